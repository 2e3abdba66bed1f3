"""engine: calculus and graphs. `Value` records a computation graph and differentiates it."""

from engine import copies as copies  # how Values are pickled
from engine import mistakes
from engine.check import GradientCheck, gradcheck
from engine.debug import debug
from engine.expression import ExpressionError, parse
from engine.functions import apply, dot, logsumexp, maximum, minimum, softmax, sum
from engine.gradients import grad
from engine.modes import no_grad
from engine.ops import Op
from engine.registry import register
from engine.steps import Step, steps
from engine.tape import BranchError, Tape, comparisons, record
from engine.value import Value, toposort

__all__ = [
    "BranchError",
    "ExpressionError",
    "GradientCheck",
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
    "record",
    "register",
    "softmax",
    "steps",
    "sum",
    "toposort",
]
