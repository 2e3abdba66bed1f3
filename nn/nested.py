"""Nested lists: their shape, flattening and rebuilding. A sample is a number, a list of numbers or a list of lists."""

from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from engine.numbers import is_no_list, write_count
from nn.arguments import check_whole


def is_list(given: Any) -> bool:
    """Whether this is a list, a tuple or an array rather than a number."""
    return given.__class__ is list or (
        hasattr(given, "__len__") and not is_no_list(given) and getattr(given, "ndim", 1) != 0
    )


def shape(nested: Any) -> tuple[int, ...]:
    """Return the length of the lists at each level, () for a number; ValueError where lists of one level differ.

    >>> shape([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    (2, 3)
    """
    if not is_list(nested):
        return ()
    within = [shape(part) for part in nested]
    for index, other in enumerate(within):
        if other != within[0]:
            raise ValueError(f"lists of equal shape expected: [0] is {within[0]}, but [{index}] is {other}")
    return (len(nested), *(within[0] if within else ()))


def flatten(nested: Any) -> list[Any]:
    """Return the numbers of nested lists as one list, in order."""
    return [leaf for part in nested for leaf in flatten(part)] if is_list(nested) else [nested]


def reshape(flat: Sequence[Any], sizes: Sequence[int]) -> Any:
    """Return nested lists of this shape with these numbers; the inverse of `flatten`.

    >>> reshape([1, 2, 3, 4, 5, 6], (3, 2))
    [[1, 2], [3, 4], [5, 6]]
    """
    if len(flat) != prod(sizes):
        raise ValueError(f"the shape {tuple(sizes)} holds {write_count(prod(sizes), 'number')}, {len(flat)} given")
    if not sizes:
        return flat[0]
    size, width = sizes[0], prod(sizes[1:])
    return [reshape(flat[index * width : (index + 1) * width], sizes[1:]) for index in range(size)]


def each(function: Callable[[Any], Any], nested: Any) -> Any:
    """Apply `function` to each number of nested lists."""
    return [each(function, part) for part in nested] if is_list(nested) else function(nested)


def refill(nested: Any, numbers: Iterator[Any]) -> Any:
    """Replace each number of nested lists by the next of `numbers`."""
    return each(lambda _: next(numbers), nested)


def windows(
    sizes: Sequence[int], kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int]
) -> tuple[tuple[int, ...], list[list[int]]]:
    """Return how many windows a kernel has along each axis of an array, and the flat positions that each covers.

    A position in the padding is -1. ValueError for a kernel larger than the padded array.

    >>> windows([4], [3], [2], [1])
    ((2,), [[-1, 0, 1], [1, 2, 3]])
    """
    for size, width, margin in zip(sizes, kernel, padding, strict=True):
        if width > size + 2 * margin:
            padded = f", {margin} of padding on each side" if margin else ""
            raise ValueError(f"a kernel of {tuple(kernel)} is larger than its input of {tuple(sizes)}{padded}")
    positions = np.pad(np.arange(prod(sizes)).reshape(sizes), [(margin,) * 2 for margin in padding], constant_values=-1)
    covered = sliding_window_view(positions, kernel)[tuple(slice(None, None, step) for step in stride)]
    return covered.shape[: len(sizes)], covered.reshape(-1, prod(kernel)).tolist()


def check_sizes(name: str, given: Any, count: int, least: int = 1) -> tuple[int, ...]:
    """Return one whole number for each of `count` axes, from a list of them or from one number for all."""
    if not is_list(given):
        return (check_whole(name, given, least),) * count
    if len(given) != count:
        raise ValueError(f"{name} must be one whole number or {count}, not {given!r}")
    return tuple(check_whole(f"{name}[{axis}]", size, least) for axis, size in enumerate(given))


def shorten(sizes: Sequence[int]) -> Any:
    """Return a single number where all are equal, as a repr shows it."""
    return sizes[0] if len(set(sizes)) == 1 else tuple(sizes)
