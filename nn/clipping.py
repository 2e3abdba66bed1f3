"""Clipping: limit the size of gradients, of each by itself or of all together."""

from collections.abc import Iterable
from math import inf
from typing import Any

import numpy as np

from engine import Value
from nn.arguments import Array, check_positive, read_parameters


def clip_grad_value(parameters: Iterable[Value], limit: float) -> None:
    """Cut each gradient to at most `limit` in size; PyTorch's clip_grad_value_.

    TypeError for parameters that are no Values; TypeError or ValueError for a limit that is not a number above 0.

    >>> w = Value(1.0)
    >>> w.grad = -7.0
    >>> clip_grad_value([w], 5.0)
    >>> w.grad
    -5.0
    """
    limit = check_limit("limit", limit)
    for parameter in read_parameters(parameters):
        parameter.grad = min(max(parameter.grad, -limit), limit)


def clip_grad_norm(parameters: Iterable[Value], limit: float, norm: float = 2.0) -> float:
    """Scale all gradients by one factor, so that their norm is at most `limit`; PyTorch's clip_grad_norm_.

    norm   the order of the norm; inf takes the largest gradient

    Returns the norm before clipping. If it is not finite, the gradients become 0 or nan, as in PyTorch. It is right
    also where a float cannot hold the squares, as those of 1e200 and 1e-200.

    TypeError for parameters that are no Values; TypeError or ValueError for a limit that is not a number above 0.

    >>> a, b = Value(1.0), Value(1.0)
    >>> a.grad, b.grad = 3.0, 4.0
    >>> clip_grad_norm([a, b], 1.0)
    5.0
    >>> round(a.grad, 4), round(b.grad, 4)
    (0.6, 0.8)
    """
    limit = check_limit("limit", limit)
    listed = read_parameters(parameters)
    gradients = np.array([parameter.grad for parameter in listed])
    factor = scale(gradients, limit, norm)
    for parameter in listed:
        parameter.grad *= factor
    return _norm(gradients, norm)


def scale(gradients: Array, limit: float, norm: float = 2.0) -> float:
    """Return the factor that brings the gradients' norm down to `limit`, or 1; PyTorch's 1e-6 is added to the norm."""
    return float(np.minimum(limit / (_norm(gradients, norm) + 1e-6), 1.0))


def _norm(gradients: Array, norm: float) -> float:
    if not len(gradients):
        return 0.0
    with np.errstate(over="ignore"):
        found = float(np.linalg.norm(gradients, norm))
        if 1e-100 < found < inf or not 0 < (largest := float(abs(gradients).max())) < inf:
            return found
        return largest * float(np.linalg.norm(gradients / largest, norm))  # their powers are beyond what a float holds


def check_limit(name: str, given: Any) -> float:
    """Return a number above 0, perhaps infinite."""
    return inf if given == inf else check_positive(name, given)
