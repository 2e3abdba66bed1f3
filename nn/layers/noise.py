"""Dropout and GaussianNoise: layers that add noise in training and do nothing in evaluation."""

from typing import Any

from numpy.random import Generator

from engine.value import lift
from nn.arguments import Array, check_real, choose_generator
from nn.extra_inputs import draw
from nn.module import Module
from nn.nested import flatten, refill


class Dropout(Module):
    """In training, set each number to 0 with probability p, and divide it by 1 - p otherwise, to keep its mean.

    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: a simple way to prevent neural networks
    from overfitting", 2014. PyTorch's Dropout; Keras calls p the rate.

    p           the probability, at least 0 and below 1
    generator   a numpy.random.Generator to draw from; None for a new, unseeded one

    TypeError or ValueError for a p outside 0 to 1.

    >>> Dropout(0.5).eval()([1.0, 2.0])
    [Value(data=1.0, grad=0.0), Value(data=2.0, grad=0.0)]
    """

    def __init__(self, p: float = 0.5, *, generator: Generator | None = None) -> None:
        self.p = check_real("p", p, below=1.0)
        self._generator = choose_generator(generator)

    def forward(self, nested: Any) -> Any:
        """Return nested lists of Values or numbers, with some dropped in training."""
        values = [lift(value) for value in flatten(nested)]
        if self.training and self.p:
            factors = draw(self, self._generator, "random", len(values), self._drop, 1.0)
            values = [value * factor for value, factor in zip(values, factors, strict=True)]
        return refill(nested, iter(values))

    def _drop(self, drawn: Array) -> Array:
        return (drawn >= self.p) / (1 - self.p)

    def __repr__(self) -> str:
        return f"Dropout({self.p!r})"


class GaussianNoise(Module):
    """In training, add normal noise of mean 0 to each number; Keras' GaussianNoise.

    deviation   the standard deviation of the noise; Keras' stddev
    generator   a numpy.random.Generator to draw from; None for a new, unseeded one

    TypeError or ValueError for a deviation below 0.

    >>> GaussianNoise(0.5).eval()([1.0])[0].data
    1.0
    """

    def __init__(self, deviation: float = 0.1, *, generator: Generator | None = None) -> None:
        self.deviation = check_real("deviation", deviation)
        self._generator = choose_generator(generator)

    def forward(self, nested: Any) -> Any:
        """Return nested lists of Values or numbers, with noise added in training."""
        values = [lift(value) for value in flatten(nested)]
        if self.training and self.deviation:
            noise = draw(self, self._generator, "standard_normal", len(values), self._scale, 0.0)
            values = [value + number for value, number in zip(values, noise, strict=True)]
        return refill(nested, iter(values))

    def _scale(self, drawn: Array) -> Array:
        return drawn * self.deviation

    def __repr__(self) -> str:
        return f"GaussianNoise({self.deviation!r})"
