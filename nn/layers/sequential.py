"""Sequential and Residual: modules that combine other modules."""

from collections.abc import Sequence
from typing import Any

from engine.value import lift
from nn.module import Module
from nn.nested import each, flatten, refill, shape


class Sequential(Module):
    """Modules in a row, each fed with the output of the one before; PyTorch's and Keras' Sequential.

    TypeError for anything but modules; ValueError if there are none.

    >>> from nn.layers import Layer
    >>> Sequential(Layer(2, 3, "tanh", init="zeros"), Layer(3, 1, "linear"))([1.0, 2.0])[0].data
    0.0
    """

    def __init__(self, *layers: Module) -> None:
        if not layers:
            raise ValueError("Sequential needs at least one module")
        for index, layer in enumerate(layers):
            check_module(f"module {index} of Sequential", layer)
        self.layers = list(layers)
        self.name_parts()

    @property
    def n_in(self) -> int | None:
        """The number of inputs of the first module, if it has an n_in."""
        width: int | None = getattr(self.layers[0], "n_in", None)
        return width

    def forward(self, sample: Any) -> Any:
        """Return the output of the last module."""
        for layer in self.layers:
            sample = layer(sample)
        return sample

    def forward_batch(self, samples: Sequence[Any]) -> list[Any]:
        """Return the output of the last module for each sample; each module gets the whole batch."""
        for layer in self.layers:
            samples = layer.batch(samples)
        return list(samples)

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"


class Residual(Module):
    """Add a module's output to its input, so that gradients also flow around the module.

    He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2016.

    body       a module whose output has the shape of its input
    shortcut   a module on the way around, for a body that changes the shape; none by default

    TypeError for anything but a module.

    >>> from nn.layers import Layer
    >>> [value.data for value in Residual(Layer(2, 2, init="zeros"))([1.0, 2.0])]
    [1.0, 2.0]
    """

    def __init__(self, body: Module, shortcut: Module | None = None) -> None:
        self.body = check_module("the body of Residual", body)
        self.shortcut = None if shortcut is None else check_module("the shortcut of Residual", shortcut)
        self.name_parts()

    @property
    def n_in(self) -> int | None:
        """The number of inputs of the body, if it has an n_in."""
        width: int | None = getattr(self.body, "n_in", None)
        return width

    def forward(self, sample: Any) -> Any:
        """Return the sum, in the shape of the input; ValueError if the shapes differ."""
        sample = each(lift, sample)
        return self._add(self.body(sample), sample if self.shortcut is None else self.shortcut(sample))

    def forward_batch(self, samples: Sequence[Any]) -> list[Any]:
        """Return the sum for each sample."""
        samples = [each(lift, sample) for sample in samples]
        around = samples if self.shortcut is None else self.shortcut.batch(samples)
        return [self._add(*pair) for pair in zip(self.body.batch(samples), around, strict=True)]

    def _add(self, output: Any, around: Any) -> Any:
        if shape(output) != shape(around):
            raise ValueError(f"{self!r}: the body gives {shape(output)}, the way around it {shape(around)}")
        sums = [one + other for one, other in zip(flatten(output), flatten(around), strict=True)]
        return refill(output, iter(sums))

    def __repr__(self) -> str:
        return f"Residual({self.body!r})" if self.shortcut is None else f"Residual({self.body!r}, {self.shortcut!r})"


def check_module(name: str, given: Any) -> Module:
    """Return the module given; TypeError for anything else."""
    if not isinstance(given, Module):
        raise TypeError(f"{name} must be an nn.Module (for a function: nn.Activate), not {given!r}")
    return given
