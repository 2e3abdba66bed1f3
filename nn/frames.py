"""Frames: read DataFrames, Series and tensors of pandas, polars and PyTorch, without importing these."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from engine.numbers import as_float

PLAIN = (np.ndarray, list, tuple)
FILL = "leave the row out, or fill the cell"


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
                hint = _advise(cell)
                raise ValueError(f"{name}[{column!r}][{row}]: a number expected, {cell!r} given; {hint}") from None
            if not np.isfinite(number):
                raise ValueError(f"{name}[{column!r}][{row}] is {number:g}: {FILL}")
    return np.array(cells, float, order="C")  # pandas stores it column by column


def _advise(cell: Any) -> str:
    """Return what to do about a cell that is not a number."""
    if type(cell).__name__ in ("NoneType", "NAType", "NaTType"):  # missing, to Python and to pandas
        return FILL
    if isinstance(cell, str):
        with suppress(ValueError):
            float(cell)
            return "make numbers of the texts in the column, as pandas.to_numeric does"
    return "leave the column out, or make columns of numbers of it, as pandas.get_dummies does"


def choose_columns(before: Sequence[str], given: Any) -> tuple[str, ...]:
    """Return the names of the columns that a model learns from; it keeps its own if rows come without names.

    ValueError for those that it has learned from before in another order.
    """
    names = _name_columns(given)
    if set(names) == set(before):
        check_columns(before, given, "X")
    return names or tuple(before)


def check_columns(learned: Sequence[str], given: Any, name: str) -> None:
    """Raise ValueError for a DataFrame whose columns are not those that a model has learned from, in order."""
    for index, (column, expected) in enumerate(zip(_name_columns(given), learned, strict=False)):
        if column != expected:
            raise ValueError(
                f"{name}: column {index} is {column!r}, but the model has learned from {expected!r} there; "
                f"{name}[list(model.columns)] selects its columns in order"
            )


def _name_columns(given: Any) -> tuple[str, ...]:
    """Return the names of a DataFrame's columns; () if they are not texts, and for anything else."""
    names = tuple(given.columns) if hasattr(given, "to_numpy") and hasattr(given, "columns") else ()
    return names if all(isinstance(name, str) for name in names) else ()
