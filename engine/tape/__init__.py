"""The tape: a graph flattened once, replayed over NumPy arrays, forward and backward.

Read `rows` (the graph as groups of alike operations), `places` and `layout` (where their numbers lie),
`arithmetic` and `replay` (the straight-line program that computes them), then `tape`.
"""

from engine.tape.branches import BranchError, Comparison, comparisons
from engine.tape.tape import Tape, record

__all__ = ["BranchError", "Comparison", "Tape", "comparisons", "record"]
