"""Graphs: build the graph of one sample, checking that a tape of it can replace the program."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from engine import Value, peek, record
from engine.tape import Tape, watch
from engine.teaching.debug import find_outside
from engine.value import toposort
from nn.arguments import Array
from nn.extra_inputs import collect
from nn.nested import flatten, shape
from nn.training.environment import Environment

Build = Callable[[], tuple[Any, Value]]
WAYS_OUT = "compare Values (p <= 1), compute with v.detach(), look in a callback, or say record=False"


class NotRecordedError(Exception):
    """Why a graph cannot be replayed for other samples."""


class TargetError(NotRecordedError):
    """A graph cannot be replayed for other targets."""


class Graph:
    """The graph that a program builds; NotRecordedError, naming the line, if the program looks at a number.

    program  returns a prediction and the root of the graph
    inputs   the leaves with a number for each sample, features and targets. The program may add to the list; the extra
             inputs of layers come after them
    targets  the targets among the inputs; TargetError if the program looks at these alone
    drawn    numbers for the layers' random draws, instead of the usual ones
    """

    def __init__(
        self, program: Build, inputs: list[Value], targets: Iterable[Value] = (), drawn: Iterable[float] = ()
    ) -> None:
        targets = list(targets)
        try:
            with watch(targets) as seen, collect(drawn) as self.extra:
                prediction, self.root = program()
        except Exception as error:  # the program may need numbers, not Values
            error_class = TargetError if targets and not seen.line else NotRecordedError
            raise error_class(_describe(seen.line) if seen.line else _describe_error(error)) from error
        if seen.line or seen.line_apart:
            raise (NotRecordedError if seen.line else TargetError)(_describe(seen.line or seen.line_apart))
        self.inputs = [*inputs, *self.extra.values]
        self.outputs, self.shape = flatten(prediction), shape(prediction)
        self.kept = [value for _, parts in self.extra.kept for part in parts for value in part]
        self.comparisons, self._fresh = seen.comparisons, {id(leaf) for leaf in seen.fresh}
        try:
            self._describe_pattern()
        except (AttributeError, TypeError) as error:  # the program returned no Values
            raise NotRecordedError(str(error)) from None

    def _describe_pattern(self) -> None:
        number: dict[Value, int] = {}
        ends = [side for seen in self.comparisons for side in (seen.left, seen.right)]
        for end in (self.root, *self.outputs, *self.kept, *ends):
            if end not in number:
                for node in toposort(end):
                    number.setdefault(node, len(number))
        column = {id(leaf): index for index, leaf in enumerate(self.inputs)}
        self.columns = [index for index, leaf in enumerate(self.inputs) if leaf in number]
        self.pattern: list[Any] = [[number[end] for end in (self.root, *self.outputs, *self.kept, *ends)]]
        self._sources = [column[id(choice.source)] for choice in self.extra.choices]
        self.pattern += [
            self.extra.pattern,
            self._sources,
            *[(seen.sign, seen.outcome) for seen in self.comparisons],
        ]
        self.numbers: list[float] = []
        sequences: dict[int, tuple[int, ...]] = {}  # by the id of the tuple, which many nodes may share

        def describe(held: Any) -> Any:
            if held.__class__ is not tuple:
                return number.get(held)
            if id(held) not in sequences:
                sequences[id(held)] = tuple(map(number.__getitem__, held))
            return sequences[id(held)]

        for node in number:
            if node.op and node.a is not None:
                self.pattern.append((node.op, describe(node.a), describe(node.b), describe(node.c)))
            elif id(node) in column:
                self.pattern.append(("input", column[id(node)]))
            elif node.op or id(node) in self._fresh:
                self.numbers.append(node.data)
                self.pattern.append(None)
            else:
                self.pattern.append(id(node))  # a leaf is the same only as itself

    @property
    def usual(self) -> Array:
        """The numbers that the graph itself has for random draws (1, numbers)."""
        return np.array([[peek(value) for draw in self.extra.draws for value in draw.values]])

    def complete(self, given: Array, drawn: Array) -> Array:
        """Return the numbers of `columns` for samples (samples, inputs), with their draws, or one draw for all."""
        extra = self.read_extra(given, drawn)
        if extra.shape[1]:
            given = np.concatenate([given.T, extra.T]).T  # in column order, which tapes read fastest
        return given if len(self.columns) == given.shape[1] else given[:, self.columns]

    def read_extra(self, given: Array, drawn: Array) -> Array:
        """Return the numbers of the extra inputs, likewise."""
        extra, count = self.extra, len(given)
        if not extra.readings and not extra.choices:
            return np.broadcast_to(drawn, (count, drawn.shape[1]))
        parts = [np.broadcast_to(drawn, (count, drawn.shape[1])), np.tile(extra.read(), (count, 1))]
        return np.concatenate([*parts, *extra.choose([given[:, column] for column in self._sources])], axis=1)

    def is_like(self, other: "Graph") -> bool:
        """Whether both have the same operations on the same leaves, with the same constants."""
        return self.pattern == other.pattern and np.array_equal(self.numbers, other.numbers, equal_nan=True)

    def record(self) -> Tape:
        """Record the tape, which takes the inputs of `columns` and keeps the outputs and what layers keep."""
        try:
            inputs = [self.inputs[index] for index in self.columns]
            return record(self.root, inputs, keep=[*self.outputs, *self.kept], comparisons=self.comparisons)
        except (AttributeError, TypeError, ValueError) as error:
            raise NotRecordedError(str(error)) from None


def build_twice(build: Callable[[], Graph], environment: Environment) -> Graph:
    """Build a graph twice; NotRecordedError if the two differ, or if the program draws random numbers."""
    with environment.borrowed() as drew:
        graph = build()
        if drew():
            raise NotRecordedError("the program draws random numbers, others for each sample")
        if not graph.is_like(build()):
            raise NotRecordedError("the graph differs each time it is built, as by a counter or the time")
        if counted := environment.find_count():
            raise NotRecordedError(f"the program changes {counted} each time, which a tape does not")
    return graph


def _describe(line: str) -> str:
    return f"{line} looks at a number that another sample or the next update changes: {WAYS_OUT}"


def _describe_error(error: Exception) -> str:
    """Describe an error that Values caused where the program usually has numbers, with its last line."""
    trace, lines = error.__traceback__, [""]
    while trace:
        if find_outside(trace.tb_frame, installed=True) is trace.tb_frame:
            lines.append(f" at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(error).__name__}: {error}{lines[-1]}"
