"""Checks of what a tape is given: Values to record, and batches of numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.arrays import read_array
from engine.numbers import CONSTANT, write_count
from engine.tape.slots import Array
from engine.value import Value

FLOAT = np.dtype(float)


def check_values(root: Value, inputs: Sequence[Value], keep: Sequence[Value], learned: Sequence[Value]) -> None:
    """Raise TypeError for anything but Values, and ValueError for inputs that are not leaves or are given twice.

    ValueError too for a learned Value that is no input.
    """
    several = {"inputs": inputs, "keep": keep}
    given = {f"{name}[{index}]": value for name, values in several.items() for index, value in enumerate(values)}
    for name, value in {"root": root, **given}.items():
        if not isinstance(value, Value):
            raise TypeError(f"record: {name} must be a Value, not {type(value).__name__}: {value!r}")
    seen: set[Value] = set()
    for index, value in enumerate(inputs):
        if value.op == CONSTANT:
            raise ValueError(f"inputs[{index}] is a constant, {value.data:g}, not a leaf")
        if value.op:
            raise ValueError(f"inputs[{index}] is the result of {value.op!r}, not a leaf")
        if value in seen:
            raise ValueError(f"inputs[{index}] is given twice")
        seen.add(value)
    for index, value in enumerate(learned):
        if value not in seen:
            raise ValueError(f"learned[{index}] is not among the inputs")


def read_batch(batch: Any, width: int) -> Array:
    """Return a batch as numbers (samples, width), for a tape with so many inputs; TypeError or ValueError otherwise."""
    if batch is None and not width:
        return np.empty((1, 0))
    if batch is None:
        raise ValueError(f"a batch of shape (samples, {width}) is needed: the tape has {write_count(width, 'input')}")
    is_ready = batch.__class__ is np.ndarray and batch.dtype is FLOAT
    numbers = batch if is_ready else read_numbers(batch, "the batch")
    if numbers.ndim != 2 or numbers.shape[1] != width or not len(numbers):
        raise ValueError(f"a batch of shape (samples, {width}) expected, not {numbers.shape}")
    if not width and len(numbers) != 1:
        raise ValueError(f"a tape without inputs has one sample, not {len(numbers)}")
    return numbers


def read_numbers(given: Any, name: str) -> Array:
    """Return real numbers as a float64 array."""
    try:
        numbers = read_array(name, given)
    except ValueError:
        raise ValueError(f"{name}: rows of equal length expected") from None
    if numbers.dtype.kind not in "biuf":
        raise TypeError(f"{name}: real numbers expected, not an array of {numbers.dtype}")
    return numbers.astype(float, copy=False)
