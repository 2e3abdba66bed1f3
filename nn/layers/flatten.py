"""Flatten and Unflatten: layers that give the same numbers another shape."""

from collections.abc import Sequence
from math import prod
from typing import Any

from nn.arguments import check_whole
from nn.module import Module
from nn.nested import flatten, is_list, reshape


class Flatten(Module):
    """Turn nested lists, such as channels and positions, into one list of numbers; as in PyTorch and Keras.

    >>> Flatten()([[1, 2], [3, 4]])
    [1, 2, 3, 4]
    """

    def forward(self, nested: Any) -> list[Any]:
        """Return the numbers of nested lists as one list."""
        return flatten(nested)

    def __repr__(self) -> str:
        return "Flatten()"


class Unflatten(Module):
    """Turn a list of numbers into nested lists, for convolutions and recurrent layers; Keras calls it Reshape.

    sizes   such as (1, 8, 8), one channel of 8 by 8; or (5, 2), a sequence of 5 steps of 2 numbers

    TypeError or ValueError for sizes that are not whole numbers of at least 1.

    >>> Unflatten((2, 2))([1, 2, 3, 4])
    [[1, 2], [3, 4]]
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        if not is_list(sizes) or not len(sizes):
            raise ValueError(f"sizes must be a list of whole numbers, not {sizes!r}")
        self.sizes = tuple(check_whole(f"sizes[{axis}]", size) for axis, size in enumerate(sizes))

    @property
    def n_in(self) -> int:
        """The number of inputs."""
        return prod(self.sizes)

    def forward(self, numbers: Sequence[Any]) -> Any:
        """Return nested lists of shape `sizes`; ValueError for another count of numbers."""
        return reshape(flatten(numbers), self.sizes)

    def __repr__(self) -> str:
        return f"Unflatten({self.sizes})"
