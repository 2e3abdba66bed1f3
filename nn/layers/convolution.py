"""Conv1d and Conv2d: one small set of weights, used at every position."""

from collections.abc import Sequence
from math import prod
from typing import Any

from numpy.random import Generator

from engine import Value
from engine.functions import affine
from engine.numbers import write_count
from engine.value import lift, lift_all
from nn import activations
from nn.activations import Activation
from nn.arguments import check_whole
from nn.init import Init, assign, draw
from nn.module import Module
from nn.nested import check_sizes, flatten, reshape, shape, shorten, windows

Sizes = int | Sequence[int]


class _Convolution(Module):
    """The base of Conv1d and Conv2d, with `weights[output][input][position in the kernel]` and `biases[output]`."""

    axes: int

    def __init__(
        self,
        n_in: int,
        n_out: int,
        kernel: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        *,
        activation: str | Activation = "linear",
        init: str | Init | None = None,
        generator: Generator | None = None,
    ) -> None:
        self.channels, self.n_out = check_whole("n_in", n_in), check_whole("n_out", n_out)
        self.kernel = check_sizes("kernel", kernel, self.axes)
        self.stride = check_sizes("stride", stride, self.axes)
        self.padding = check_sizes("padding", padding, self.axes, least=0)
        activations.check_single(activation)
        self.activation = activations.get(activation)
        rows = draw(self._fan_in, self.n_out, activations.name(activation), init, generator)
        self.weights = [reshape(list(map(Value, row)), (self.channels, *self.kernel)) for row in rows]
        self.biases = [Value(0.0) for _ in range(self.n_out)]
        self.name_parts()

    @property
    def _fan_in(self) -> int:
        return self.channels * prod(self.kernel)

    def forward(self, image: Any) -> list[Any]:
        """Return an array for each output channel, given an array of numbers or Values for each input channel.

        ValueError for another number of channels or axes, and for an array smaller than the kernel.
        """
        channels, *sizes = shape(image) or (0,)
        if channels != self.channels or len(sizes) != self.axes:
            expected = f"{write_count(self.channels, 'channel')} of {write_count(self.axes, 'axis', 'axes')}"
            advice = "; of a single channel, write [image]" * (self.channels == 1 and len(sizes) == self.axes - 1)
            advice = advice or "; nn.Unflatten makes such an input of a row" * (not sizes)
            raise ValueError(f"{self!r}: {expected} expected, an input of shape {shape(image)} given{advice}")
        counts, positions = windows(sizes, self.kernel, self.stride, self.padding)
        zero = lift(0.0)
        arrays = [[*map(lift, flatten(array)), zero] for array in image]  # the padding is at -1
        seen = [tuple([array[at] for array in arrays for at in window]) for window in positions]
        outputs = []
        for kernel, bias in zip(self.weights, self.biases, strict=True):
            weights, bias = lift_all(flatten(kernel), "weights"), lift(bias)
            outputs.append(reshape([self.activation(affine(weights, window, bias)) for window in seen], counts))
        return outputs

    def reset(self, init: str | Init | None = None, generator: Generator | None = None) -> None:
        """Draw the weights anew, and set the biases to zero."""
        rows = draw(self._fan_in, self.n_out, activations.name(self.activation), init, generator)
        assign(flatten(self.weights), flatten(rows))
        assign(self.biases, [0.0] * self.n_out)
        if isinstance(self.activation, Module):
            self.activation.reset()

    def __repr__(self) -> str:
        sizes = f"{self.channels}, {self.n_out}, {shorten(self.kernel)}"
        sizes += f", stride={shorten(self.stride)}" if set(self.stride) != {1} else ""
        sizes += f", padding={shorten(self.padding)}" if set(self.padding) != {0} else ""
        return f"{type(self).__name__}({sizes}, activation={activations.name(self.activation)!r})"


class Conv1d(_Convolution):
    """A convolution along one axis, such as a signal over time; PyTorch's or Keras' Conv1D, and an activation.

    It takes n_in channels of equal length L and gives n_out channels of length (L + 2*padding - kernel) // stride + 1.

    n_in, n_out  the numbers of input and output channels; Keras calls n_out filters
    kernel       the length of a window; Keras' kernel_size
    stride       the distance between windows; Keras' strides
    padding      the number of zeros added on each side; 0 is Keras' "valid"
    activation   a name of `nn.activations.table` other than softmax, or a function from Value to Value; as in
                 PyTorch, a convolution has none by default
    init         a name of `nn.init.table`, or a function; None chooses by the activation
    generator    a numpy.random.Generator to draw from; None for a new, unseeded one

    TypeError or ValueError for sizes that are not whole numbers of at least 1, and for unknown names.

    >>> smooth = Conv1d(1, 1, 3, init="constant")
    >>> [value.data for value in smooth([[1.0, 2.0, 3.0, 4.0]])[0]]
    [6.0, 9.0]
    """

    axes = 1


class Conv2d(_Convolution):
    """A convolution over an image; PyTorch's Conv2d, or Keras' Conv2D, and an activation.

    It takes n_in channels, each a list of equally long rows, and gives n_out channels, sized as in `Conv1d`. Kernel,
    stride and padding are one number for both axes, or a pair (height, width). The other arguments are those of
    `Conv1d`.

    TypeError or ValueError for sizes that are not whole numbers of at least 1, and for unknown names.

    >>> len(Conv2d(1, 4, 3).parameters())  # 4 kernels of 9 weights and a bias, whatever the size of the image
    40
    """

    axes = 2
