"""Supplies: numbers that a layer needs for each sample besides its inputs, and what it keeps of a batch.

Computed with Values they are made, and kept, on the spot. While a graph is recorded, inputs of it stand for them: each
replay makes them anew for its samples, as Values would, and keeps afterwards what is to be kept.
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


NONE: Array = np.empty((1, 0))  # what is drawn for a sample if no layer draws


@dataclass(frozen=True)
class Draw:
    """Numbers that a layer draws: `values` stand for what `change` makes of those that the generator's method gives."""

    owner: Any
    generator: Generator
    method: str
    change: Change
    values: list[Value]


@dataclass(frozen=True)
class Choice:
    """Numbers that an input decides: `values` stand for the row that `make` gives for each of its numbers."""

    source: Value
    make: Change
    values: list[Value]


@dataclass(frozen=True)
class Reading:
    """Numbers that a layer holds and that change, such as running statistics; `values` stand for what `read` gives."""

    owner: Any
    read: Callable[[], list[float]]
    values: list[Value]


@dataclass
class Supplies:
    """What the layers of a graph asked for, in order."""

    draws: list[Draw] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    kept: list[tuple[Callable[..., None], list[list[Value]]]] = field(default_factory=list)
    by_layer: bool = False  # whether a layer draws for all samples before the next one does

    @property
    def values(self) -> list[Value]:
        """The inputs that stand for them."""
        held = [supply.values for supplies in (self.draws, self.readings, self.choices) for supply in supplies]
        return [value for values in held for value in values]

    @property
    def pattern(self) -> list[Any]:
        """What two graphs must have alike, but for what the choices are made of."""
        draws = [(id(draw.owner), id(draw.generator), draw.method, len(draw.values)) for draw in self.draws]
        readings = [(id(reading.owner), len(reading.values)) for reading in self.readings]
        return [draws, readings, [len(choice.values) for choice in self.choices], len(self.kept)]

    def save(self) -> list[Any]:
        """The states of the generators, to be restored where what was drawn is not used."""
        return [draw.generator.bit_generator.state for draw in self.draws]

    def restore(self, states: list[Any]) -> None:
        """Give the generators the states that `save` found."""
        for draw, state in zip(self.draws, states, strict=True):
            draw.generator.bit_generator.state = state

    def read(self) -> list[float]:
        """What the layers hold now."""
        return [number for reading in self.readings for number in reading.read()]

    def draw(self, count: int) -> Array:
        """What so many samples draw (samples, numbers), in the order in which Values do."""
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
            else:  # some draw other numbers than the rest, and the order matters
                for numbers in zip(*columns, strict=True):
                    for draw_into, part in zip(methods, numbers, strict=True):
                        draw_into(out=part)
            parts |= {index: draw.change(part) for (index, draw), part in zip(wanted, columns, strict=True)}
        return np.concatenate([parts[index] for index in range(len(self.draws))], axis=1)

    def choose(self, columns: Sequence[Array]) -> list[Array]:
        """What each choice makes of its source's numbers (samples,): arrays (samples, numbers)."""
        return [choice.make(column) for choice, column in zip(self.choices, columns, strict=True)]


class _Open(threading.local):
    supplies: Supplies | None = None
    drawn: Iterator[float] = iter(())  # what stands for draws in the graph itself, instead of the usual
    log: list[Any] | None = None  # who draws, each time


_open = _Open()


@contextmanager
def collect(drawn: Iterable[float] = ()) -> Iterator[Supplies]:
    """Let inputs stand for what layers ask for in this block, in this thread; `drawn` are numbers for those drawn."""
    before = _open.supplies, _open.drawn
    try:
        _open.supplies, _open.drawn = Supplies(), iter(drawn)
        yield _open.supplies
    finally:
        _open.supplies, _open.drawn = before


@contextmanager
def log_draws() -> Iterator[list[Any]]:
    """Who draws in this block, in this thread, in order, computed with Values."""
    before, _open.log = _open.log, []
    try:
        yield _open.log
    finally:
        _open.log = before


def draw(owner: Any, generator: Generator, method: str, count: int, change: Change, usual: float) -> Sequence[Any]:
    """So many numbers: what `change` makes of those that the method of this name gives; `usual` is one of them."""
    if _open.supplies is None:
        if _open.log is not None:
            _open.log.append(owner)
        return change(getattr(generator, method)(count)).tolist()  # type: ignore[no-any-return]
    values: list[Value] = [Given(next(_open.drawn, usual)) for _ in range(count)]
    _open.supplies.draws.append(Draw(owner, generator, method, change, values))
    return values


def read(owner: Any, numbers: Callable[[], list[float]]) -> list[Any]:
    """The numbers that a layer holds and that change; where a graph is recorded, each replay reads them again."""
    if _open.supplies is None:
        return numbers()
    values: list[Value] = [Given(number) for number in numbers()]
    _open.supplies.readings.append(Reading(owner, numbers, values))
    return values


def choose(source: Any, make: Change) -> list[Value] | None:
    """The Values for a row of numbers that an input decides; None where it is no input of a graph being recorded."""
    if _open.supplies is None or not isinstance(source, Given):
        return None
    values: list[Value] = [Given(number) for number in make(np.array([peek(source)]))[0].tolist()]
    _open.supplies.choices.append(Choice(source, make, values))
    return values


def is_recording() -> bool:
    """Whether inputs stand for supplies now, and a sample for all of its batch."""
    return _open.supplies is not None


def keep(action: Callable[..., None], *values: list[Value]) -> None:
    """Call the action with 1 and the numbers of each list.

    Where a graph is recorded, it is called after each of its replays, with the number of samples instead of 1.
    """
    if _open.supplies is None:
        action(1, *[[peek(value) for value in part] for part in values])
    else:
        _open.supplies.kept.append((action, list(values)))
