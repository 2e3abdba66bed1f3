"""Tables as pandas, polars and PyTorch have them, read without these: by what they can do."""

from typing import Any

import numpy as np

from engine.numbers import as_float

PLAIN = (np.ndarray, list, tuple)


def as_plain(given: Any) -> Any:
    """A DataFrame, Series or tensor as an array; anything else as it is."""
    if isinstance(given, PLAIN):
        return given
    if hasattr(given, "detach") and hasattr(given, "numpy"):  # a tensor, perhaps one that is learned
        return given.detach().cpu().numpy()
    return given.to_numpy() if hasattr(given, "to_numpy") else given


def as_table(given: Any, name: str) -> Any:
    """The same for rows of numbers; ValueError names the column and the row of a DataFrame's cell that is none."""
    plain = as_plain(given)
    if not hasattr(given, "columns") or not isinstance(plain, np.ndarray):
        return plain
    table = plain.reshape(len(plain), -1)
    for index, column in enumerate(given.columns):
        for row, cell in enumerate(table[:, index].tolist()):
            try:
                number = as_float(cell)
            except (TypeError, ValueError):
                hint = "leave the column out, or make columns of numbers of it, as pandas.get_dummies does"
                raise ValueError(f"{name}[{column!r}][{row}]: a number expected, {cell!r} given; {hint}") from None
            if not np.isfinite(number):
                raise ValueError(f"{name}[{column!r}][{row}] is {number:g}: leave the row out, or fill the cell")
    return np.array(table, float, order="C")  # of pandas it lies column by column
