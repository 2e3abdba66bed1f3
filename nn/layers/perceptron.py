"""Perceptron: a single neuron with a step activation and Rosenblatt's learning rule."""

from typing import Any

from numpy.random import Generator

from engine import no_grad
from nn import arguments
from nn.init import Init
from nn.layers.dense import Neuron


class Perceptron(Neuron):
    """A neuron that answers 0 or 1, and learns by correcting its mistakes rather than by gradients.

    It learns whatever a straight line (a hyperplane) can separate, and nothing else. Rosenblatt, "The
    perceptron: a probabilistic model for information storage and organization in the brain", 1958.

    n_in       the number of inputs
    init       sets the starting weights, zero by default
    generator  a numpy.random.Generator to draw from, where `init` draws

    >>> both = Perceptron(2)
    >>> both.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1])
    [2, 3, 3, 2, 1, 0]
    >>> both([1, 1]).data
    1.0
    """

    def __init__(self, n_in: int, *, init: str | Init = "zeros", generator: Generator | None = None) -> None:
        super().__init__(n_in, "step", init=init, generator=generator)

    def fit(self, X: Any, y: Any, epochs: int = 100, lr: float = 1.0) -> list[int]:
        """Learn rows X (rows, n_in) and targets y, each 0 or 1; returns the number of mistakes in each epoch.

        Each mistake moves the weights by lr * (target - prediction) * input, and the bias by the same with an input
        of 1. Rows are taken in order. Training stops after an epoch without a mistake. TypeError or ValueError says
        where the data are wrong, before anything is learned.
        """
        rows = arguments.read_rows(X, "X", len(self.weights))
        targets = arguments.read_column(y)
        arguments.check_lengths(rows, targets)
        arguments.check_every("y", targets, lambda y: (y == 0) | (y == 1), "0 or 1")
        epochs, lr = arguments.check_whole("epochs", epochs), arguments.check_real("lr", lr)
        history: list[int] = []
        with no_grad():
            while len(history) < epochs and 0 not in history:
                mistakes = 0
                for row, target in zip(rows.tolist(), targets.tolist(), strict=True):
                    error = target - self(row).data
                    if error:
                        mistakes += 1
                        for weight, number in zip(self.weights, row, strict=True):
                            weight.data += lr * error * number
                        self.bias.data += lr * error
                history.append(mistakes)
        return history

    def __repr__(self) -> str:
        return f"Perceptron({len(self.weights)})"
