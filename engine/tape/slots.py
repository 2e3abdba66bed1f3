"""Slots: where numbers are stored, and whether they can be read without a copy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
MOST_AXES = 4


@dataclass(frozen=True)
class Region:
    """The slots of an operand, or of a result, of a whole group.

    sampled   whether a slot holds a number per sample, or one for all
    slots     an array of the shape in which they are used
    learns    whether any of them depends on a parameter
    constant  whether none of them gets a gradient
    """

    sampled: bool
    slots: Array
    learns: bool = True
    constant: bool = False

    @cached_property
    def strides(self) -> list[int]:
        """The distance of the slots along each axis."""
        return find_strides(self.slots)

    @cached_property
    def is_view(self) -> bool:
        """Whether the slots are evenly spaced, so that they can be read where they are."""
        return is_view(self.slots)

    @cached_property
    def is_matrix(self) -> bool:
        """Whether a matrix product can read the last two axes without a copy."""
        return is_matrix(self.slots, self.sampled)

    @cached_property
    def is_distinct(self) -> bool:
        """Whether no slot occurs twice."""
        return len({*self.slots.ravel().tolist()}) == self.slots.size


def view(arrays: Sequence[Array], region: Region, sampled: bool) -> Array:
    """Return a view of the numbers of a region, given the arrays without and with an axis of samples.

    With `sampled`, numbers that all samples share get an axis of samples too, by broadcasting.
    """
    base = arrays[region.sampled]
    row = base.strides[0]
    last = base.shape[1:] if region.sampled else (1,) if sampled else ()
    strides = [stride * row for stride in region.strides]
    offset = region.slots.item(0) * row
    return np.ndarray(region.slots.shape + last, float, base, offset, (*strides, *([8] * len(last))))


def columns(array: Array, region: Region) -> Array:
    """Return the matrices of a region, with one column per number, or as many as there are samples."""
    if not region.sampled:
        return array
    *_, width, samples = array.shape
    shape = (*array.shape[:-2], width * samples)
    return np.lib.stride_tricks.as_strided(array, shape, (*array.strides[:-2], 8))


def is_view(slots: Array) -> bool:
    """Whether the slots are evenly spaced along each axis."""
    if slots.size == 1:
        return True
    strides = find_strides(slots)
    regular = slots.flat[0]
    for size, stride in zip(slots.shape, strides, strict=True):
        regular = np.add.outer(regular, np.arange(size) * stride)
    return min(strides) >= 0 and bool((slots == regular).all())


def find_strides(slots: Array) -> list[int]:
    """Return the distance of the slots along each axis."""
    strides, step = [], slots.size
    for size in slots.shape:
        step //= size
        strides.append(slots.item(step) - slots.item(0) if size > 1 else 0)
    return strides


def is_matrix(slots: Array, sampled: bool) -> bool:
    """Whether the last two axes can be given to a matrix product without a copy."""
    if not is_view(slots):
        return False
    height, width = slots.shape[-2:]
    down, across = find_strides(slots)[-2:]
    by_column = (width == 1 or across == 1) and (height == 1 or down >= width)
    return by_column or (not sampled and (height == 1 or down == 1) and across >= height)


def lies_by_row(slots: Array) -> bool:
    """Whether the numbers of a column lie side by side, and those of a row do not."""
    down, across = find_strides(slots)[-2:]
    return slots.shape[-1] > 1 and across != 1 and down in (0, 1) and is_view(slots)


def shaped(region: Region, shape: tuple[int, ...]) -> Region:
    """Return the region with its slots in another shape."""
    return replace(region, slots=region.slots.reshape(shape))


def common_shape(operands: list[Array], count: int) -> tuple[int, ...]:
    """Return the shape in which most operands are evenly spaced."""
    sizes = [count]
    for slots in operands if count > 1 else ():
        wanted = sorted({*sizes, *_find_runs(slots if slots.ndim == 1 else slots[0])})
        if len(wanted) <= MOST_AXES and not any(large % small for small, large in pairwise(wanted)):
            sizes = wanted
    return tuple(large // small for small, large in zip([1, *sizes], sizes, strict=False))[::-1]


def _find_runs(slots: Array) -> list[int]:
    """Return the lengths of evenly spaced runs, of evenly spaced runs of runs, ...; empty if there are none."""
    lengths = []
    total = 1
    while len(slots) > 1:
        steps = slots[1:] - slots[:-1]  # faster than np.diff
        breaks = np.flatnonzero(steps != steps[0])
        run = int(breaks[0]) + 1 if len(breaks) else len(slots)
        if len(slots) % run or run == 1:
            return []
        blocks = slots.reshape(-1, run)
        if (blocks - blocks[:, :1] != np.arange(run) * steps[0]).any():
            return []
        total *= run
        lengths.append(total)
        slots = blocks[:, 0]
    return lengths


def find_stretches(slots: list[int]) -> list[tuple[int, int, int]]:
    """Return slot, start and stop of each stretch of adjacent inputs."""
    runs: list[tuple[int, int, int]] = []
    for at, slot in enumerate(slots):
        if runs and runs[-1][0] + at - runs[-1][1] == slot:
            runs[-1] = (*runs[-1][:2], at + 1)
        else:
            runs.append((slot, at, at + 1))
    return runs
