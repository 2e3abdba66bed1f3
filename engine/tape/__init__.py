"""The tape: a graph flattened once, replayed over NumPy arrays, forward and backward.

Read `grouping` (the graph as groups of alike operations), `slots`, `tasks`, `grids` and `layout` (where their numbers
lie, and what is computed at once), `calls`, `arithmetic`, `accumulation`, `chains` and `replay` (the straight-line
program that computes it), `branches` and `watching` (what the program that builds it looks at), then `tape`, with
`numbers` (of Values, as arrays), `checks`, `collector`, `inspection` (the numbers of every node) and `source` (both
passes as Python code); for training, `samples` (passes over some of many) and `means` (over the samples of a pass).
"""

from engine.tape.branches import BranchError, Comparison
from engine.tape.tape import Tape, record
from engine.tape.watching import LookError, comparisons, watch

__all__ = ["BranchError", "Comparison", "LookError", "Tape", "comparisons", "record", "watch"]
