"""A GPT of one layer, written to be read, in which every number is a Value; after Karpathy's microgpt.

demos/gpt.py trains it.

A name goes in letter by letter. For each position it returns 27 logits, one for each letter that may come next. In
between are embeddings of letters and positions, attention with several heads, root-mean-square norms, a layer of
neurons with squared ReLUs, and residual connections.
"""

from collections.abc import Callable
from typing import Any

from numpy.random import Generator

import engine
import nn
from engine import Value

LETTERS = "abcdefghijklmnopqrstuvwxyz."  # the last begins and ends a name
END = 26
WIDTH, HEADS, LENGTH = 16, 4, 16  # numbers for each position, attention heads, most positions
SHAPES = {  # of the matrices: rows and columns
    "letters": (27, WIDTH), "places": (LENGTH, WIDTH), "head": (27, WIDTH),
    "query": (WIDTH, WIDTH), "key": (WIDTH, WIDTH), "value": (WIDTH, WIDTH), "output": (WIDTH, WIDTH),
    "up": (4 * WIDTH, WIDTH), "down": (WIDTH, 4 * WIDTH),
}  # fmt: skip

Vector = list[Value]
Token = int | Vector  # the number of a letter, or one number for each letter: 1 for this one, 0 for the others


class Matrix(nn.Module):
    """Rows of weights."""

    def __init__(self, weights: list[Vector], dot: Callable[..., Value]) -> None:
        self.weights, self._dot = weights, dot

    def forward(self, x: Vector) -> Vector:
        """Return the product with a vector."""
        return [self._dot(row, x) for row in self.weights]


class GPT(nn.Module):
    """One layer of a transformer.

    matrices   rows of Values, by the names in SHAPES
    math       where dot, sum, softmax and logsumexp come from: the engine, or what does the same with other Values
    """

    def __init__(self, matrices: dict[str, list[Vector]], math: Any = engine) -> None:
        self._math = math
        for name in SHAPES:
            setattr(self, name, Matrix(matrices[name], math.dot))
        self.name_parts()

    def forward(self, tokens: list[Token]) -> list[Vector]:
        """Return for each position the logits of the next letter."""
        letters = [self.look_up(token, self.letters.weights) for token in tokens]
        xs = [self.normalise(add(letter, place)) for letter, place in zip(letters, self.places.weights, strict=False)]
        heard = self.attend([self.normalise(x) for x in xs])
        xs = [add(x, news) for x, news in zip(xs, heard, strict=True)]
        xs = [add(x, self.down([a.relu() ** 2 for a in self.up(self.normalise(x))])) for x in xs]
        return [self.head(x) for x in xs]

    def attend(self, xs: list[Vector]) -> list[Vector]:
        """Each position compares its query with the keys of those up to itself, and mixes their values accordingly."""
        keys, values = [self.key(x) for x in xs], [self.value(x) for x in xs]
        return [self.output(self.look_back(self.query(x), keys[:at], values[:at])) for at, x in enumerate(xs, 1)]

    def look_back(self, query: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
        """The mixed values for one position; each head works on its share of the numbers."""
        seen, size = [], WIDTH // HEADS
        for start in range(0, WIDTH, size):
            part = slice(start, start + size)
            attention = self._math.softmax([self._math.dot(query[part], key[part]) / size**0.5 for key in keys])
            seen += [self._math.dot(attention, column) for column in zip(*(v[part] for v in values), strict=True)]
        return seen

    def normalise(self, x: Vector) -> Vector:
        """RMS norm: divide the numbers by the root of their mean square."""
        scale = (self._math.dot(x, x) / len(x) + 1e-5) ** -0.5
        return [a * scale for a in x]

    def look_up(self, token: Token, rows: list[Vector]) -> Vector:
        """The row of a token."""
        columns = zip(*rows, strict=True)
        return rows[token] if isinstance(token, int) else [self._math.dot(token, column) for column in columns]

    def loss(self, tokens: list[Token]) -> Value:
        """The mean cross-entropy of each token after those before it."""
        losses = []
        for logits, token in zip(self(tokens[:-1]), tokens[1:], strict=True):
            (expected,) = self.look_up(token, [[logit] for logit in logits])
            losses.append(self._math.logsumexp(logits) - expected)
        return self._math.sum(losses) / len(losses)


def add(x: Vector, y: Vector) -> Vector:
    """The sums, one by one."""
    return [a + b for a, b in zip(x, y, strict=True)]


def draw_model(generator: Generator) -> GPT:
    """A GPT with small random weights."""
    numbers = {name: generator.normal(0, 0.08, shape).tolist() for name, shape in SHAPES.items()}
    return GPT({name: [[Value(number) for number in row] for row in rows] for name, rows in numbers.items()})
