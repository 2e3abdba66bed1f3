"""engine: calculus and graphs. `Value` records a computation graph and differentiates it."""

from engine.value import Value, dot, logsumexp, maximum, minimum, no_grad, softmax, sum, toposort

__all__ = ["Value", "dot", "logsumexp", "maximum", "minimum", "no_grad", "softmax", "sum", "toposort"]
