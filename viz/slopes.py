"""Activations, their slopes and the bounds of these slopes, from the op table."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from engine.formulas import NUMPY
from engine.ops import compile_formula, table

Array = NDArray[np.float64]
LARGE = 100.0  # an unbounded slope exceeds this somewhere from -20 to 20


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
    """The largest \\|slope\\| of each operation of one number, found on a fine grid.

    Operations with a constant or unbounded slope are left out.

    >>> bounds = find_bounds()
    >>> bounds["sigmoid"], bounds["tanh"], "exp" in bounds
    (0.25, 1.0, False)
    """
    x = np.linspace(-20, 20, 40_001)  # 0 is on it
    bounds = {}
    for op, row in table.items():
        if (len(row.letters) == 1 and not row.sequences) or op == "leaky_relu":
            with np.errstate(all="ignore"):
                slope = measure_curve(op, x)[1]
            largest = float(np.abs(slope).max())
            if largest < LARGE and np.ptp(slope):
                bounds[op] = round(largest, 9)  # the last digits differ between versions of NumPy
    return bounds
