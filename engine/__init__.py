"""engine: calculus and graphs. `Value` records a computation graph and differentiates it.

The core first: `formulas`, `ops`, `operations`, `value`, `functions`; beside it `branches`, `special`, `numbers`,
`modes`, `registry`, `gradients`, `letters`. Then `teaching/`, the graph and its passes as data, and `tape/`, the same
graph replayed over arrays.
`copies` is how Values are pickled, `files` how files are written.
"""

from engine import copies as copies  # how Values are pickled
from engine.functions import dot, logsumexp, maximum, minimum, peek, softmax
from engine.functions import sum as sum  # not in __all__: a star import leaves Python its own
from engine.gradients import grad
from engine.modes import no_grad
from engine.ops import Op
from engine.registry import apply, register
from engine.tape import BranchError, LookError, Tape, comparisons, record
from engine.teaching import mistakes
from engine.teaching.check import GradientCheck, gradcheck
from engine.teaching.debug import debug
from engine.teaching.expression import parse
from engine.teaching.steps import Step, steps
from engine.teaching.tokens import ExpressionError
from engine.value import Value, toposort

__all__ = [
    "BranchError",
    "ExpressionError",
    "GradientCheck",
    "LookError",
    "Op",
    "Step",
    "Tape",
    "Value",
    "apply",
    "comparisons",
    "debug",
    "dot",
    "grad",
    "gradcheck",
    "logsumexp",
    "maximum",
    "minimum",
    "mistakes",
    "no_grad",
    "parse",
    "peek",
    "record",
    "register",
    "softmax",
    "steps",
    "toposort",
]
