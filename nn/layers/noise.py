"""Dropout and GaussianNoise: layers that disturb a network while it learns, and leave it alone in evaluation."""

from typing import Any

from numpy.random import Generator

from engine.value import lift
from nn.arguments import check_real, choose_generator
from nn.module import Module
from nn.nests import each


class Dropout(Module):
    """In training each number becomes 0 with probability p, and is divided by 1 - p otherwise: its mean stays.

    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: a simple way to prevent neural networks
    from overfitting", 2014. PyTorch's Dropout; Keras calls p the rate.

    p           from 0 up to, but not including, 1
    generator   a numpy.random.Generator to draw from; None for a new, unseeded one

    >>> Dropout(0.5).eval()([1.0, 2.0])
    [Value(data=1.0, grad=0.0), Value(data=2.0, grad=0.0)]
    """

    def __init__(self, p: float = 0.5, *, generator: Generator | None = None) -> None:
        self.p = check_real("p", p, below=1.0)
        self._generator = choose_generator(generator)

    @property
    def eager(self) -> bool:  # type: ignore[override]
        """Whether it draws anew for each sample."""
        return self.training and self.p > 0

    def forward(self, nest: Any) -> Any:
        """The nest of Values or numbers with some of them dropped, in training; as it is in evaluation."""
        if not self.eager:
            return each(lift, nest)
        kept = 1 / (1 - self.p)
        return each(lambda value: lift(value) * (kept if self._generator.random() >= self.p else 0.0), nest)

    def __repr__(self) -> str:
        return f"Dropout({self.p!r})"


class GaussianNoise(Module):
    """In training, normal noise of mean 0 is added to each number; Keras' GaussianNoise.

    deviation   the standard deviation of the noise; Keras' stddev
    generator   a numpy.random.Generator to draw from; None for a new, unseeded one
    """

    def __init__(self, deviation: float = 0.1, *, generator: Generator | None = None) -> None:
        self.deviation = check_real("deviation", deviation)
        self._generator = choose_generator(generator)

    @property
    def eager(self) -> bool:  # type: ignore[override]
        """Whether it draws anew for each sample."""
        return self.training and self.deviation > 0

    def forward(self, nest: Any) -> Any:
        """The nest of Values or numbers with noise on each, in training; as it is in evaluation."""
        if not self.eager:
            return each(lift, nest)
        return each(lambda value: lift(value) + self._generator.normal(0.0, self.deviation), nest)

    def __repr__(self) -> str:
        return f"GaussianNoise({self.deviation!r})"
