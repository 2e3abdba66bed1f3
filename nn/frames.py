"""Frames: read DataFrames, Series and tensors of pandas, polars and PyTorch, without importing these."""

from typing import Any

import numpy as np

from engine.numbers import as_float

PLAIN = (np.ndarray, list, tuple)


def as_plain(given: Any) -> Any:
    """Return a DataFrame, Series, tensor or matrix as an array; anything else as it is."""
    if isinstance(given, PLAIN):
        return np.asarray(given) if isinstance(given, np.matrix) else given  # whose rows are matrices again
    if hasattr(given, "detach") and hasattr(given, "numpy"):  # a tensor, which may require grad
        return given.detach().cpu().numpy()
    return given.to_numpy() if hasattr(given, "to_numpy") else given


def as_numeric(given: Any, name: str) -> Any:
    """Return the same for rows of numbers; ValueError names column and row of a cell that is not a number."""
    plain = as_plain(given)
    if not hasattr(given, "columns") or not isinstance(plain, np.ndarray):
        return plain
    cells = plain.reshape(len(plain), len(given.columns))
    are_times = cells.dtype.kind in "mM"  # tolist() would give nanoseconds, as if they were numbers
    for index, column in enumerate(given.columns):
        for row, cell in enumerate(cells[:, index] if are_times else cells[:, index].tolist()):
            try:
                number = as_float(cell)
            except (TypeError, ValueError):
                hint = "leave the column out, or make columns of numbers of it, as pandas.get_dummies does"
                raise ValueError(f"{name}[{column!r}][{row}]: a number expected, {cell!r} given; {hint}") from None
            if not np.isfinite(number):
                raise ValueError(f"{name}[{column!r}][{row}] is {number:g}: leave the row out, or fill the cell")
    return np.array(cells, float, order="C")  # pandas stores it column by column
