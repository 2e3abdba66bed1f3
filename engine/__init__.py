"""engine: calculus and graphs. `Value` records a computation graph and differentiates it."""

from engine.gradients import grad
from engine.steps import Step, steps
from engine.value import Value, dot, logsumexp, maximum, minimum, no_grad, softmax, sum, toposort

__all__ = [
    "Step", "Value", "dot", "grad", "logsumexp", "maximum", "minimum", "no_grad", "softmax", "steps", "sum", "toposort",
]  # fmt: skip
