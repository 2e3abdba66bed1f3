"""Activations and their slopes over many numbers, from the op table, and how steep they can be."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from engine.formulas import NUMPY
from engine.ops import compile_formula, table

Array = NDArray[np.float64]

BOUNDED = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "softsign", "silu", "gelu", "sin", "cos", "abs")


def measure_curve(op: str, x: Array) -> tuple[Array, Array]:
    """What an operation of one number makes of each x, and its slope there; leaky_relu has the slope 0.01.

    >>> y, slope = measure_curve("tanh", np.array([0.0]))
    >>> y.item(), slope.item()
    (0.0, 1.0)
    """
    row = table[op]
    others = [np.full_like(x, 0.01)] * (len(row.letters) - 1)
    y = compile_formula(NUMPY, row.forward, row.letters, term=row.term)(x, *others)
    slope = compile_formula(NUMPY, row.derivatives[0], row.letters + "y", term=row.term)(x, *others, y)
    return y, np.broadcast_to(slope, x.shape)


@cache
def find_bound(op: str) -> float | None:
    """The largest \\|slope\\| of a bounded operation, found on a fine grid; None for the others.

    >>> find_bound("sigmoid"), find_bound("tanh"), find_bound("exp")
    (0.25, 1.0, None)
    """
    if op not in BOUNDED:
        return None
    _, slope = measure_curve(op, np.linspace(-20, 20, 40_001))  # 0 is on it
    return round(float(np.abs(slope).max()), 9)  # the last digits differ between versions of NumPy
