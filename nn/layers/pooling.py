"""MaxPool and AvgPool: layers that reduce each window of a channel to its largest number or its mean."""

from collections.abc import Sequence
from typing import Any

from engine import Value
from engine import sum as add
from engine.value import lift
from nn.module import Module
from nn.nested import check_sizes, flatten, is_list, reshape, shape, windows


class _Pool(Module):
    """The base of MaxPool and AvgPool."""

    def __init__(self, kernel: int | Sequence[int], stride: int | Sequence[int] | None = None) -> None:
        self.kernel, self.stride = kernel, kernel if stride is None else stride
        for name, sizes in (("kernel", self.kernel), ("stride", self.stride)):
            check_sizes(name, sizes, len(sizes) if is_list(sizes) else 1)  # type: ignore[arg-type]

    def forward(self, image: Any) -> list[Any]:
        """Return a smaller array for each channel of a signal or an image; ValueError if a channel is too small."""
        _, *sizes = shape(image) or (0,)
        if len(sizes) not in (1, 2):
            raise ValueError(f"{self!r}: channels of 1 or 2 axes expected, an input of shape {shape(image)} given")
        kernel, stride = check_sizes("kernel", self.kernel, len(sizes)), check_sizes("stride", self.stride, len(sizes))
        counts, positions = windows(sizes, kernel, stride, [0] * len(sizes))
        outputs = []
        for array in image:
            values = [lift(value) for value in flatten(array)]
            pooled = [self.pool([values[at] for at in window]) for window in positions]
            outputs.append(reshape(pooled, counts))
        return outputs

    def pool(self, values: list[Value]) -> Value:
        """Reduce the Values of one window to one."""
        raise NotImplementedError(f"{type(self).__name__} has no pool()")

    def __repr__(self) -> str:
        stride = f", stride={self.stride!r}" if self.stride != self.kernel else ""
        return f"{type(self).__name__}({self.kernel!r}{stride})"


class MaxPool(_Pool):
    """The largest number of each window; PyTorch's MaxPool1d and MaxPool2d, Keras' MaxPooling1D and MaxPooling2D.

    If several are the largest, they share the gradient; PyTorch gives it to the first.

    kernel   the size of a window along each axis; for an image also a pair (height, width)
    stride   the distance between windows; by default the size of the kernel

    Keras calls them pool_size and strides.

    TypeError or ValueError for sizes that are not whole numbers of at least 1.

    >>> [value.data for value in MaxPool(2)([[1.0, 3.0, 2.0, 0.0]])[0]]
    [3.0, 2.0]
    """

    def pool(self, values: list[Value]) -> Value:
        """Return the largest, comparing pairs."""
        while len(values) > 1:
            pairs = zip(values[::2], values[1::2], strict=False)
            values = [a.maximum(b) for a, b in pairs] + values[len(values) // 2 * 2 :]
        return values[0]


class AvgPool(_Pool):
    """The mean of each window; PyTorch's AvgPool1d and AvgPool2d, Keras' AveragePooling1D and AveragePooling2D.

    The arguments are those of `MaxPool`.

    TypeError or ValueError for sizes that are not whole numbers of at least 1.

    >>> [value.data for value in AvgPool(2)([[1.0, 3.0, 2.0, 0.0]])[0]]
    [2.0, 1.0]
    """

    def pool(self, values: list[Value]) -> Value:
        """Return the mean."""
        return add(values) / len(values)
