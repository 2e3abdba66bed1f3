"""Activations, their slopes and the bounds of these slopes, from the op table."""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from engine.arrays import NUMPY
from engine.ops import ROWS, Op, compile_formula, table
from engine.value import Value

Array = NDArray[np.float64]
LARGE = 100.0  # an unbounded slope exceeds this somewhere from -40 to 40


def measure_curve(op: str, x: Array) -> tuple[Array, Array]:
    """The values and slopes of an operation of one number at each x; leaky_relu has the slope 0.01 below 0.

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
def find_bounds() -> dict[str, float]:
    """The largest \\|slope\\| of each operation of one number, found on a fine grid; see `measure_curve`.

    Operations with a constant or unbounded slope are left out, and so are those that a program has registered: what
    these do beyond a grid is not known.

    >>> bounds = find_bounds()
    >>> bounds["sigmoid"], bounds["tanh"], "exp" in bounds
    (0.25, 1.0, False)
    """
    x = np.linspace(-40, 40, 80_001)  # 0 is on it
    bounds = {}
    for row in filter(is_curve, ROWS):
        with np.errstate(all="ignore"):
            slopes = measure_curve(row.name, x)[1]
            if np.abs(slopes).max() < LARGE and np.ptp(slopes):
                near = x[np.abs(slopes).argmax()] + np.linspace(-1e-3, 1e-3, 2001)
                largest = np.abs(measure_curve(row.name, near)[1]).max()
                # the last digits differ between versions of NumPy; no slope exceeds what is rounded up
                bounds[row.name] = math.ceil(1e9 * largest - 1e-3) / 1e9
    return bounds


def find_bound(node: Value) -> float | None:
    """The largest \\|slope\\| of the operation of a node, at whichever number; None if it is not bounded."""
    bound = find_bounds().get(node.op)
    if node.op == "leaky_relu":
        bound = max(1.0, abs(node.operands[1].data))
    return bound


def is_curve(row: Op) -> bool:
    """Whether an operation is a function of one number."""
    return (len(row.letters) == 1 and not row.sequences) or row.name == "leaky_relu"
