"""Special numbers: compute rows by NumPy where Python's floats raise an error and IEEE 754 has inf or nan."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from engine.arrays import NUMPY
from engine.branches import closed, find_closed
from engine.ops import Op, compile_formula, table


def carefully(name: str, *numbers: Any) -> tuple[Any, ...]:
    """Return result and local derivatives of a row by NumPy, which follows IEEE 754 where Python raises."""
    (forward, _), *derivatives = _read_for_numpy(table[name])
    with np.errstate(all="ignore"):
        operands = [np.array(number) for number in numbers]
        y = forward(*operands)
        local: list[Any] = []
        for x, (derivative, is_closed) in zip(operands, derivatives, strict=True):
            passed = np.where(is_closed(*operands, y), closed, derivative(*operands, y))
            local.append(np.broadcast_to(passed, x.shape).tolist())
    return float(y), *(tuple(d) if isinstance(d, list) else d for d in local)


@cache
def _read_for_numpy(row: Op) -> list[tuple[Callable[..., Any], Callable[..., Any]]]:
    """Return the formulas of a row as functions; for a derivative also whether it is a branch not taken."""

    def read(formula: str, letters: str) -> Callable[..., Any]:
        return compile_formula(NUMPY, formula, letters, row.sequences, row.term)

    given = [(row.forward, row.letters), *[(formula, row.letters + "y") for formula in row.derivatives]]
    return [(read(x, letters), read(find_closed(x), letters)) for x, letters in given]
