"""Graphs: build the graph of one sample, checking that a tape of it can replace the program."""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from math import isfinite
from typing import Any

import numpy as np

from engine import Value, peek, record
from engine.formulas import LARGEST
from engine.numbers import CONSTANT
from engine.operations import OPERATORS
from engine.tape import Comparison, Tape, watch
from engine.teaching.debug import find_outside, is_active
from engine.value import lift, toposort
from nn.arguments import Array
from nn.extra_inputs import collect
from nn.nested import flatten, shape
from nn.training.environment import Environment

TOLERANCE = 1e-9
Build = Callable[[], tuple[Any, Value]]
PLAIN = {*OPERATORS, "abs"}  # the operations that plain numbers have
ERROR = "it computes 1/0 or the like of plain numbers, which is an error, where a tape has inf or nan"
WAYS_OUT = "compare Values (p <= 1), compute with v.detach(), look in a callback, or say record=False"


class NotRecordedError(Exception):
    """Why a graph cannot be replayed for other samples."""


class TargetError(NotRecordedError):
    """A graph cannot be replayed for other targets."""


class Graph:
    """The graph that a program builds; NotRecordedError under debug() and, naming the line, if it looks at a number.

    program  returns a prediction and the root of the graph
    inputs   the leaves with a number for each sample, features and targets. The program may add to the list; the extra
             inputs of layers come after them
    targets  the targets among the inputs; TargetError if the program looks at these alone
    drawn    numbers for the layers' random draws, instead of the usual ones
    """

    def __init__(
        self, program: Build, inputs: list[Value], targets: Iterable[Value] = (), drawn: Iterable[float] = ()
    ) -> None:
        if is_active():
            raise NotRecordedError("engine.debug() watches Values")
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
        self.comparisons = [*seen.comparisons, *_find_errors(seen.made, inputs, set(targets))]
        self._made = set(map(id, seen.made))
        sides = [side for seen in self.comparisons for side in (seen.left, seen.right)]
        self._ends = [self.root, *self.outputs, *self.kept, *sides]
        for end in self._ends:
            if not isinstance(end, Value):
                raise NotRecordedError(f"it returns {end!r} where a Value is expected")
        self._column = {id(leaf): index for index, leaf in enumerate(self.inputs)}
        self._sources = [self._column[id(choice.source)] for choice in self.extra.choices]
        self.columns: list[int] = []  # those of the inputs that the tape takes
        self._numbers: list[tuple[Value, float]] = []  # the constants on the tape

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
        """Return the numbers of the extra inputs, a row for each sample."""
        extra, count = self.extra, len(given)
        if not extra.readings and not extra.choices:
            return np.broadcast_to(drawn, (count, drawn.shape[1]))
        parts = [np.broadcast_to(drawn, (count, drawn.shape[1])), np.tile(extra.read(), (count, 1))]
        return np.concatenate([*parts, *extra.choose([given[:, column] for column in self._sources])], axis=1)

    def is_like(self, other: "Graph") -> bool:
        """Whether both have the same operations on the same leaves, with the same constants."""
        if self.extra.pattern != other.extra.pattern or self._sources != other._sources:
            return False
        outcomes = [[(seen.sign, seen.outcome) for seen in graph.comparisons] for graph in (self, other)]
        if outcomes[0] != outcomes[1] or len(self._ends) != len(other._ends):
            return False
        if not all(_is_same(peek(node), number) for node, number in [*self._numbers, *other._numbers]):
            return False
        return self._find_partners(other)

    def _find_partners(self, other: "Graph") -> bool:
        """Whether each node has a partner in the other graph, from the ends to the leaves."""
        partners: dict[int, Any] = {}  # by the id of a node, or of a tuple of operands, which many nodes may share
        stack: list[tuple[Any, Any]] = list(zip(self._ends, other._ends, strict=True))
        while stack:
            one, two = stack.pop()
            if one is two:
                continue
            if id(one) in partners:
                if partners[id(one)] is not two:
                    return False
                continue
            partners[id(one)] = two
            if one.__class__ is tuple and two.__class__ is tuple and len(one) == len(two):
                if one != two:  # between Values, == is identity
                    stack += zip(one, two, strict=True)
            elif not isinstance(one, Value) or not isinstance(two, Value) or one.op != two.op:
                return False
            elif one.a is not None and two.a is not None:
                stack += ((one.a, two.a), (one.b, two.b), (one.c, two.c))
            elif not self._is_same_leaf(one, other, two):
                return False
        return len({*map(id, partners.values())}) == len(partners)

    def _is_same_leaf(self, leaf: Value, other: "Graph", theirs: Value) -> bool:
        """Whether two leaves are the same input, or constants of the same number; any other is only itself."""
        columns = self._column.get(id(leaf)), other._column.get(id(theirs))
        if columns != (None, None):
            return columns[0] == columns[1]
        are_made = [node.op or id(node) in graph._made for graph, node in ((self, leaf), (other, theirs))]
        return all(are_made) and _is_same(peek(leaf), peek(theirs))

    def record(self, parameters: Iterable[Value] = (), learned: Collection[Value] = ()) -> Tape:
        """Record the tape, which takes the inputs of `columns` and keeps the outputs and what layers keep.

        parameters   leaves whose numbers change; NotRecordedError if the program holds what it once computed from them
        learned      inputs whose gradients are wanted; the tape finds them for those that it takes, in their order
        """
        nodes: dict[Value, None] = {}
        for end in self._ends:
            if end not in nodes:
                nodes |= dict.fromkeys(toposort(end))
        self.columns = [index for index, leaf in enumerate(self.inputs) if leaf in nodes]
        made = self._made
        leaves = [node for node in nodes if node.op == CONSTANT or (not node.op and id(node) in made)]
        self._numbers = [(node, peek(node)) for node in leaves]
        new = {*made, *self._column, *map(id, parameters)}
        for node in nodes:
            if node.a is not None and id(node) not in made and not new.isdisjoint(map(id, node.operands)):
                raise NotRecordedError(f"it takes a {node.op!r} that it computed earlier, or in another thread")
        self._made = set(map(id, leaves))  # as many ids as nodes would be much to keep
        try:
            inputs = [self.inputs[index] for index in self.columns]
            keep, wanted = [*self.outputs, *self.kept], [value for value in inputs if value in learned]
            return record(self.root, inputs, keep=keep, comparisons=self.comparisons, learned=wanted)
        except (AttributeError, TypeError, ValueError) as error:
            raise NotRecordedError(str(error)) from None


def build_twice(build: Callable[[], Graph], environment: Environment) -> Graph:
    """Build a graph twice; NotRecordedError if the two differ, or if the program draws random numbers."""
    (graph, earlier, again), drew = environment.observe(lambda: (build(), environment.copy(), build()))
    if drew:
        raise NotRecordedError("the program draws random numbers, others for each sample")
    if not graph.is_like(again):
        raise NotRecordedError("the graph differs each time it is built, as by a counter or the time")
    if counts := environment.tell_counts(earlier):
        raise NotRecordedError(counts)
    return again  # for which what the first kept is old


def agree(numbers: Any, expected: Any) -> bool:
    """Whether what a tape has computed is what Values have, but for rounding."""
    is_close = partial(np.allclose, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
    return np.shape(numbers) == np.shape(expected) and is_close(numbers, expected)


def _find_errors(made: Iterable[Value], inputs: Iterable[Value], targets: Collection[Value]) -> Iterator[Comparison]:
    """Yield that each result is finite which is an error otherwise, as 1/0 is, where the inputs are plain numbers.

    NotRecordedError, or TargetError where it depends on targets alone, if one is not finite.
    """
    plain = {leaf: leaf not in targets for leaf in inputs}  # each with whether it depends on more than targets
    for node in made:
        operands = [operand for operand in node.operands if operand.op != CONSTANT] if node.op in PLAIN else []
        if not operands or not all(operand in plain for operand in operands):
            continue
        plain[node] = any(plain[operand] for operand in operands)
        if _may_be_error(node):
            if not isfinite(peek(node)):
                raise (NotRecordedError if plain[node] else TargetError)(ERROR)
            yield Comparison("<=", node, lift(LARGEST), True)
            yield Comparison(">=", node, lift(-LARGEST), True)


def _may_be_error(node: Value) -> bool:
    """Whether it divides by what may be 0, or has an exponent that may be negative or no whole number."""
    if node.op not in ("/", "%", "**"):
        return False
    fixed = peek(node.b) if node.b.op == CONSTANT else 0.0
    return not (fixed >= 1 and fixed.is_integer() if node.op == "**" else fixed)


def _is_same(number: float, other: float) -> bool:
    return number == other or (number != number and other != other)


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
