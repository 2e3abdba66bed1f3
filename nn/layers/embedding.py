"""Embedding: a learned vector for each word, letter or other category."""

from typing import Any

from numpy.random import Generator

from engine import Value
from nn.arguments import Array, check_whole
from nn.extra_inputs import choose, is_recording
from nn.init import Init, assign, draw
from nn.module import Module
from nn.nested import each, flatten


class Embedding(Module):
    """`weights[index]`, a list of n_out Values, for each index from 0 to n - 1; PyTorch's and Keras' Embedding.

    n           the number of indices; Keras' input_dim
    n_out       the length of each vector; Keras' output_dim
    init        a name of `nn.init.table`, or a function; normal by default, as in PyTorch
    generator   a numpy.random.Generator to draw from; None for a new, unseeded one

    TypeError or ValueError for sizes that are not whole numbers of at least 1, and for unknown names.

    >>> letters = Embedding(26, 2, init="zeros")
    >>> len(letters([0, 25])), [value.label for value in letters(25)]
    (2, ['weights[25][0]', 'weights[25][1]'])
    """

    def __init__(
        self, n: int, n_out: int, *, init: str | Init | None = None, generator: Generator | None = None
    ) -> None:
        self.n, self.n_out = check_whole("n", n), check_whole("n_out", n_out)
        rows = draw(self.n_out, self.n, "linear", init or "normal", generator)
        self.weights = [[Value(number) for number in row] for row in rows]
        self.name_parts()

    def forward(self, indices: Any) -> Any:
        """Return a list of n_out Values for an index, or nested lists with such a list for each index.

        An index is a whole number and may be a float. IndexError for one out of range.
        """
        return each(self._look_up, indices)

    def _look_up(self, given: Any) -> list[Value]:
        return choose(given, self._find, self.weights) or self.weights[self._read(given)]

    def _find(self, numbers: Array) -> Array:
        """Return the indices that these numbers are."""
        for number in numbers[(numbers % 1 != 0) | (numbers < 0) | (numbers >= self.n)].tolist():
            self._read(number)  # raises the error
        return numbers.astype(int)

    def _read(self, given: Any) -> int:
        given = float(given) if is_recording() and isinstance(given, Value) else given  # reads its number
        index = int(given) if isinstance(given, float) and given.is_integer() else given
        if index.__class__ is int and 0 <= index < self.n:
            return index  # nearly always
        index = check_whole(f"an index of {self!r}", index, least=None)
        if not 0 <= index < self.n:
            raise IndexError(f"{self!r}: an index from 0 to {self.n - 1} expected, {index} given")
        return index

    def reset(self, init: str | Init | None = None, generator: Generator | None = None) -> None:
        """Draw the numbers anew."""
        assign(flatten(self.weights), flatten(draw(self.n_out, self.n, "linear", init or "normal", generator)))

    def __repr__(self) -> str:
        return f"Embedding({self.n}, {self.n_out})"
