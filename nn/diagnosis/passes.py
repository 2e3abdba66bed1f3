"""Passes: both passes over some rows, by tapes if possible, else with Values."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import inf
from typing import Any

import numpy as np

from engine import Value
from engine.arrays import NUMPY
from engine.ops import compile_formula, table
from engine.tape import Tape
from engine.tape.numbers import push_gradients
from nn.arguments import Array
from nn.diagnosis.sights import Sight, Sights
from nn.module import Module
from nn.nested import flatten
from nn.rules import Loss
from nn.training.graphs import NotRecordedError
from nn.training.programs import pass_back, run
from nn.training.recording import Recording
from nn.training.sequences import Rows, list_sizes

STEPS, FEW = 12, 40  # the steps of a trial, and the rows that are enough for it
PRICE = 20  # so many rows are computed with Values while a tape is recorded


@dataclass(frozen=True)
class Part:
    """Both passes over some rows; until the next part, numbers of its nodes can be read: (nodes, rows).

    rows      the indices of the rows
    loss      their share of the mean loss of all rows
    outputs   (rows, outputs)
    sights    the layers' nodes
    tape      what has computed them; None for Values, where a node has a single number: (nodes, 1)
    share     what the tape's own mean, over these rows, is multiplied by
    """

    rows: Array
    loss: float
    outputs: Array
    sights: list[Sight]
    tape: Tape | None = None
    share: float = 1.0

    def gradients(self, nodes: Sequence[Value]) -> Array:
        """Return the gradients of the loss by nodes."""
        if self.tape is None:
            return np.array([[node.grad] for node in nodes])
        return self.share * np.array([self.tape.gradients(node) for node in nodes])

    def slopes(self, nodes: Sequence[Value]) -> Array:
        """Return the local derivatives of nodes with one operand."""
        if self.tape is None:
            return np.array([node.local_derivatives for node in nodes])
        read = self.tape.values
        with np.errstate(all="ignore"):
            slopes = [_find_slope(node.op)(read(node.a), read(node)) for node in nodes]
            return np.array([np.full_like(read(node), slope) for node, slope in zip(nodes, slopes, strict=True)])


@cache
def _find_slope(op: str) -> Callable[[Array, Array], Array]:
    """Return the local derivative of an operation as a function of its operand and its result."""
    return compile_formula(NUMPY, table[op].derivatives[0], "ay")


class Passes:
    """Loss and gradient of any rows, and the passes over all of them: by tapes or, where no tape can be, with Values.

    parameters   those of the model
    at_once      whether the model looks across the batch, and gets its rows at once
    few          the indices of a few rows
    sights       what the layers do, if it is watched
    """

    def __init__(self, model: Module, rows: Rows, targets: Array, rule: Loss) -> None:
        self.model, self.rows, self.targets, self.rule = model, rows, targets, rule
        self.parameters, self.at_once = model.parameters(), model.needs_batch
        self.all, self.few = np.arange(len(rows)), choose_evenly(len(rows), FEW)
        self.sights = Sights(model)
        recording = Recording(model, rule, self.parameters, rows, targets, self.at_once)
        is_worth_it = len(self.all) + STEPS * len(self.few) >= PRICE * len(list_sizes(rows))  # each length has a tape
        self._recording, self._environment = recording if is_worth_it else None, recording.environment

    def run(self, indices: Array) -> float:
        """Return the mean loss of rows; its gradient stays in the parameters' grad."""
        divisor = self.rule.find_divisor(self.targets[indices]) or inf
        loss = self._replay(indices, divisor)
        return sum(part.loss for part in self._compute(indices, divisor)) if loss is None else loss

    def walk(self) -> Iterator[Part]:
        """Yield the passes over all rows, part by part; afterwards the gradient is in the parameters' grad."""
        divisor = self.rule.find_divisor(self.targets) or inf
        # a few rows first: for a model that looks across the batch, Values check the first rows that a tape gets
        if self._replay(self.few, divisor) is None or self._replay(self.all, divisor) is None:
            yield from self._compute(self.all, divisor)
            return
        assert self._recording
        gradient = read_gradients(self.parameters)
        for rows, tape, (mean, _, outputs) in self._recording.walk(self.all):
            share, sights = len(rows) / divisor, self.sights.within(tape.graph.kept)
            if np.isfinite(tape.tape.kept).all():
                yield Part(rows, share * mean, outputs.reshape(len(rows), -1), sights, tape.tape, share)
            else:
                yield from self._compute(rows, divisor)  # Values tell what it is that is not finite
        push_gradients(self.parameters, gradient)

    def bound_gradients(self) -> Array:
        """Return for each parameter the sum of |gradient| over all rows, each by itself, which no batch can exceed."""
        bound: Array = np.zeros(len(self.parameters))
        for rows in self._split(self.all):
            self.run(rows)
            bound += len(rows) * np.abs(read_gradients(self.parameters))
        return bound

    def build_last(self) -> tuple[Any, Any]:
        """Return output and loss of the last row as Values; draws are undone."""
        with self._environment.borrowed():
            outputs, losses = self._build(self.few if self.at_once else self.all[-1:])
        return outputs[-1], losses[-1]

    def _replay(self, indices: Array, divisor: float) -> float | None:
        """Compute loss and gradient of rows by tapes; None if they cannot, or if a number is not finite."""
        if self._recording is None:
            return None
        self._recording.pull()
        try:
            mean, _ = self._recording.run(indices)
        except NotRecordedError:
            self._recording = None
            return None
        if not self._recording.is_finite:
            return None
        share = len(indices) / divisor
        with np.errstate(over="ignore"):
            push_gradients(self.parameters, share * self._recording.gradient)
        return share * mean

    def _compute(self, indices: Array, divisor: float) -> Iterator[Part]:
        """Do the same with Values, and yield the rows that are computed together."""
        push_gradients(self.parameters, np.zeros(len(self.parameters)))
        for rows in self._split(indices):
            start = len(self.sights.found)
            outputs, losses = self._build(rows)
            total = pass_back(losses, 1 / divisor)
            numbers = np.array([[value.data for value in flatten(output)] for output in outputs])
            yield Part(rows, total / divisor, numbers, self.sights.take(start))

    def _split(self, indices: Array) -> list[Array]:
        """Return one row at a time, or all at once if the model needs that."""
        return [indices] if self.at_once else list(indices[:, None])

    def _build(self, rows: Array) -> tuple[list[Any], list[Value]]:
        """Return the outputs and losses of rows as Values."""
        return run(self.model, self.rule, self.rows[rows], self.targets[rows], self.at_once)


def read_gradients(parameters: Sequence[Value]) -> Array:
    """Return the gradients of parameters."""
    return np.array([parameter.grad for parameter in parameters])


def choose_evenly(count: int, most: int) -> Array:
    """Return the indices of at most so many of `count` rows, evenly spaced, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(most, count)).astype(int))
