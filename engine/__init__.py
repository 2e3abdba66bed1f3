"""engine: calculus and graphs. `Value` records a computation graph and differentiates it.

Values
    Value                 a number that remembers how it was computed, with .data, .grad and .backward()
    dot, sum              a weighted sum with its bias, and a plain sum: one node each
    maximum, minimum      the larger and the smaller of two
    softmax, logsumexp    probabilities of logits; log(exp(v1) + exp(v2) + ...), stable
    parse                 the graph of a text such as "tanh(w*x + b)", and its leaves by name
    toposort              the nodes behind a result, each after its operands

Gradients
    grad                  gradients as numbers, or as Values to differentiate again; no .grad changes
    gradcheck             gradients beside central differences; returns a GradientCheck
    GradientCheck         its rows; true if none is wrong
    no_grad               a block in which nothing is recorded
    debug                 a block that stops at the first nan or infinity, and names its source line

The passes, step by step
    steps                 each line of the forward and the backward pass, as a Step
    Step                  the node, the formula, upstream gradient, local derivative and their product
    mistakes              the classic wrong backward passes, and what an answer reveals

Recording
    record                a graph as a Tape, or that of a function
    Tape                  the graph replayed over NumPy arrays, forward and backward
    peek                  a number that may be looked at while a graph is recorded
    comparisons           a block that collects what a program compares

Operations
    Op                    a row of the op table: a name, a formula and its derivatives
    register, apply       add an operation; call one by its name

Errors
    ExpressionError       a text that `parse` cannot read, and where
    BranchError           a replay that would have taken another branch
    LookError             a number that was looked at while its graph was recorded

`from engine import *` leaves Python its own `sum`.
"""

from engine import beside as beside  # first

# isort: split
from engine import copies as copies  # how Values are pickled
from engine.functions import dot, logsumexp, maximum, minimum, softmax
from engine.functions import sum as sum  # not in __all__: a star import leaves Python its own
from engine.gradients import grad
from engine.modes import no_grad, peek
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
