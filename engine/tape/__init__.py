"""The tape: a graph flattened once, replayed over NumPy arrays, forward and backward.

Read `rows` (the graph as groups of alike operations), `places`, `tasks`, `grids` and `layout` (where their numbers
lie, and what is computed at once), `calls`, `arithmetic`, `slopes`, `chains` and `replay` (the straight-line program
that computes it), then `tape`.
"""

from engine.tape.branches import BranchError, Comparison, comparisons
from engine.tape.tape import Tape, record

__all__ = ["BranchError", "Comparison", "Tape", "comparisons", "record"]
