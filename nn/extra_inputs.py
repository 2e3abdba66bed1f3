"""Extra inputs: random draws, embeddings and running statistics, which layers need besides a sample.

With Values, a layer makes these numbers on the spot. In a recorded graph they are inputs: each replay makes them anew
for its samples, as Values would, and afterwards updates what layers keep of a batch.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.random import Generator

from engine import Value, peek
from engine.tape.watching import Given
from nn.arguments import Array

Change = Callable[[Array], Array]


NONE: Array = np.empty((1, 0))  # the draws of a sample if no layer draws


@dataclass(frozen=True)
class Draw:
    """Random numbers of a layer: `values` are the inputs for what `change` makes of the generator's numbers."""

    owner: Any
    generator: Generator
    method: str
    change: Change
    values: list[Value]


@dataclass(frozen=True)
class Choice:
    """One of several vectors, as in an embedding: `find` gives its index for each number of `source`."""

    source: Value
    find: Change
    vectors: list[list[Value]]
    values: list[Value]

    def choose(self, numbers: Array, positions: dict[int, Array]) -> Array:
        """Return the vectors (samples, numbers) for numbers of the source: those of their Values, or `positions`."""
        indices = self.find(numbers)
        if id(self.vectors) in positions:
            return positions[id(self.vectors)][indices]
        return np.array([[peek(value) for value in self.vectors[index]] for index in indices.tolist()])


@dataclass(frozen=True)
class Reading:
    """Numbers that a layer holds and changes, such as running statistics; `read` gives the current ones."""

    owner: Any
    read: Callable[[], list[float]]
    values: list[Value]


@dataclass
class ExtraInputs:
    """The extra inputs of a graph, in the order in which its layers asked for them."""

    draws: list[Draw] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    kept: list[tuple[Callable[..., None], list[list[Value]]]] = field(default_factory=list)
    positions: dict[int, Array] = field(default_factory=dict)  # by the id of vectors: given instead of numbers
    by_layer: bool = False  # whether each layer draws for all samples before the next one does

    @property
    def values(self) -> list[Value]:
        """The Values that are these inputs in the graph."""
        held = [request.values for requests in (self.draws, self.readings, self.choices) for request in requests]
        return [value for values in held for value in values]

    @property
    def pattern(self) -> list[Any]:
        """What must be equal for two graphs to have the same extra inputs; the sources of choices are left out."""
        draws = [(id(draw.owner), id(draw.generator), draw.method, len(draw.values)) for draw in self.draws]
        readings = [(id(reading.owner), len(reading.values)) for reading in self.readings]
        choices = [(id(choice.vectors), len(choice.values)) for choice in self.choices]
        by_id = {id(choice.vectors): choice.vectors for choice in self.choices}
        members = [id(value) for vectors in by_id.values() for vector in vectors for value in vector]
        return [draws, readings, choices, members, len(self.kept)]

    def save(self) -> list[Any]:
        """Return the states of the generators, for `restore` where the draws are not used."""
        return [draw.generator.bit_generator.state for draw in self.draws]

    def restore(self, states: list[Any]) -> None:
        """Set the generators to the states that `save` returned."""
        for draw, state in zip(self.draws, states, strict=True):
            draw.generator.bit_generator.state = state

    def read(self) -> list[float]:
        """Return the numbers that the layers hold now."""
        return [number for reading in self.readings for number in reading.read()]

    def draw(self, count: int) -> Array:
        """Draw for `count` samples (samples, numbers), in the order in which Values would."""
        if not self.draws:
            return NONE
        sources = {id(draw.generator): draw.generator for draw in self.draws}
        parts: dict[int, Array] = {}
        for generator in sources.values():
            wanted = [(index, draw) for index, draw in enumerate(self.draws) if draw.generator is generator]
            stops = list(accumulate(len(draw.values) for _, draw in wanted))
            drawn = np.empty((count, stops[-1]))
            columns = [drawn[:, stop - len(draw.values) : stop] for (_, draw), stop in zip(wanted, stops, strict=True)]
            methods = [getattr(generator, draw.method) for _, draw in wanted]
            if self.by_layer:
                for draw_into, part in zip(methods, columns, strict=True):
                    part[:] = draw_into(part.shape)
            elif len(set(methods)) == 1:
                methods[0](out=drawn)
            else:  # layers draw from different distributions, and the order matters
                for numbers in zip(*columns, strict=True):
                    for draw_into, part in zip(methods, numbers, strict=True):
                        draw_into(out=part)
            parts |= {index: draw.change(part) for (index, draw), part in zip(wanted, columns, strict=True)}
        return np.concatenate([parts[index] for index in range(len(self.draws))], axis=1)

    def choose(self, columns: Sequence[Array]) -> list[Array]:
        """Return the vectors that each choice's source (samples,) chooses: arrays (samples, numbers)."""
        return [choice.choose(column, self.positions) for choice, column in zip(self.choices, columns, strict=True)]


class _Open(threading.local):
    extra: ExtraInputs | None = None
    drawn: Iterator[float] = iter(())  # draws to build the graph with, instead of the usual number
    log: list[Any] | None = None  # the layer of each draw


_open = _Open()


@contextmanager
def collect(drawn: Iterable[float] = ()) -> Iterator[ExtraInputs]:
    """Make inputs of what layers ask for in this block, in this thread; `drawn` are the numbers of random draws."""
    before = _open.extra, _open.drawn
    try:
        _open.extra, _open.drawn = ExtraInputs(), iter(drawn)
        yield _open.extra
    finally:
        _open.extra, _open.drawn = before


@contextmanager
def log_draws() -> Iterator[list[Any]]:
    """Collect the layer of each draw in this block, in this thread, in order; for computing with Values."""
    before, _open.log = _open.log, []
    try:
        yield _open.log
    finally:
        _open.log = before


def draw(owner: Any, generator: Generator, method: str, count: int, change: Change, usual: float) -> Sequence[Any]:
    """Draw `count` numbers by the generator's method and `change` them; in a recorded graph each is `usual`."""
    if _open.extra is None:
        if _open.log is not None:
            _open.log.append(owner)
        return change(getattr(generator, method)(count)).tolist()  # type: ignore[no-any-return]
    values: list[Value] = [Given(next(_open.drawn, usual)) for _ in range(count)]
    _open.extra.draws.append(Draw(owner, generator, method, change, values))
    return values


def read(owner: Any, numbers: Callable[[], list[float]]) -> list[Any]:
    """Return the numbers that a layer holds and changes; in a recorded graph, each replay reads them again."""
    if _open.extra is None:
        return numbers()
    values: list[Value] = [Given(number) for number in numbers()]
    _open.extra.readings.append(Reading(owner, numbers, values))
    return values


def choose(source: Any, find: Change, vectors: list[list[Value]]) -> list[Value] | None:
    """Return Values for the vector that an input chooses; None unless a graph with that input is recorded."""
    if _open.extra is None or not isinstance(source, Given):
        return None
    (index,) = find(np.array([peek(source)])).tolist()
    values: list[Value] = [Given(peek(value)) for value in vectors[index]]
    _open.extra.choices.append(Choice(source, find, vectors, values))
    return values


def is_recording() -> bool:
    """Whether a graph is being recorded, in which one sample stands for the whole batch."""
    return _open.extra is not None


def keep(action: Callable[..., None], *values: list[Value]) -> None:
    """Call `action` with 1 and the numbers of each list.

    Of a recorded graph it is called after each replay, with the number of samples instead of 1.
    """
    if _open.extra is None:
        action(1, *[[peek(value) for value in part] for part in values])
    else:
        _open.extra.kept.append((action, list(values)))
