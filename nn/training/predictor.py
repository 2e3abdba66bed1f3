"""Predictor: the outputs of a model for rows, and the losses of outputs, by tapes if possible, else with Values."""

from contextlib import suppress
from functools import partial
from math import ceil
from typing import Any

import numpy as np

from engine import Value, dot
from engine.tape.watching import Given
from engine.value import lift
from nn.arguments import Array, check_flag
from nn.module import Module, find_parameters, in_mode
from nn.nested import each, flatten, reshape, shape
from nn.rules import Loss
from nn.training.environment import Environment
from nn.training.graphs import Graph, NotRecordedError, agree, build_twice
from nn.training.recording import Recording
from nn.training.sequences import Rows, Sequences, as_inputs, as_rows, find_steps, group

FEW = 8  # so few rows are computed faster without recording
BLOCK = 128  # rows whose losses are replayed at once


class Predictor:
    """Predict by a tape that is recorded at the first call, or with Values if the model cannot be recorded.

    output_shape   that of the model's output for one row; () for a single Value
    """

    def __init__(self, model: Module, record: bool = True) -> None:
        self.model, self.record = model, check_flag("record", record)
        self.output_shape: tuple[int, ...] = ()
        self._tapes: dict[Any, _OutputTape] = {}
        self._losses: dict[Any, _LossTape] = {}
        self._environment: Environment | None = None
        self._calls = 0
        self._pads = True  # whether a tape may serve several lengths

    def predict(self, rows: Rows) -> Array:
        """Return the outputs for the rows: (rows,), or (rows, outputs) for several outputs.

        ValueError if sequences of different lengths have outputs of different shapes.
        """
        found: dict[tuple[int, ...], list[tuple[Array, Array]]] = {}
        with in_mode(self.model, training=False):
            if self.record:
                self._check()
                if self._pads and isinstance(rows, Sequences) and len(rows) > FEW:
                    rows = rows.pad()
            for length, indices in group(rows).items():
                numbers = self._predict_alike(rows[indices], length)
                found.setdefault(numbers.shape[1:], []).append((indices, numbers))
        if len(found) > 1:
            raise ValueError(f"the outputs have different shapes: {', '.join(map(str, found))}")
        (sizes, parts), *_ = found.items()
        outputs = np.empty((len(rows), *sizes))
        for indices, numbers in parts:
            outputs[indices] = numbers
        return outputs[:, 0] if sizes == (1,) else outputs

    def find_losses(self, predictions: Array, targets: Array, rule: Loss) -> Array:
        """Return the loss of each prediction (rows,) by a loss of nn."""
        numbers = predictions.reshape(len(predictions), -1)
        if self.record and len(numbers) > FEW:
            with suppress(Exception):  # as in `_replay`
                losses = self._record_loss(rule, numbers[0], targets[0]).run(numbers, targets)
                if np.isfinite(losses).all():
                    return losses
        pairs = zip(numbers.tolist(), targets.tolist(), strict=True)
        shape = self.output_shape
        return np.array([float(rule.function(each(lift, reshape(row, shape)), target)) for row, target in pairs])

    def add_own_losses(self, rows: Rows, targets: Array, rule: Loss) -> float:
        """Return the sum of the losses of rows by a function that may need more of the model than its predictions.

        It may take derivatives, or read what the model holds, and so is recorded with the model, or computed with it.
        """
        with in_mode(self.model, training=False):
            if self.record and len(rows) > FEW:
                recording = Recording(self.model, rule, find_parameters(self.model), rows, targets, at_once=False)
                before = recording.environment.save()
                with suppress(Exception):  # whose cause the rows will tell
                    parts = np.array_split(np.arange(len(rows)), ceil(len(rows) / BLOCK))
                    total = sum(recording.run(part)[0] * len(part) for part in parts if recording.is_finite)
                    if recording.is_finite:
                        return total
                recording.environment.restore(before)
            pairs = zip(rows.tolist(), targets.tolist(), strict=True)
            return sum(float(rule.function(each(lift, self.model(row)), target)) for row, target in pairs)

    def _record_loss(self, rule: Loss, prediction: Array, target: Array) -> "_LossTape":
        """Return the tape of a loss; it is kept if there are no settings, which somebody could change."""
        key = rule.name, self.output_shape, np.shape(target)
        if rule.settings or key not in self._losses:
            self._losses[key] = _LossTape(rule, reshape(prediction.tolist(), self.output_shape), target)
        return self._losses[key]

    def _predict_alike(self, rows: Rows, length: Any) -> Array:
        """Return the outputs for rows of the same length, or padded to one."""
        can_replay = self.record and len(rows) > FEW
        numbers = self._replay(rows, length) if can_replay else None
        if numbers is None and isinstance(rows, Sequences) and rows.steps:  # let each length have its own tape
            self.record, self._pads = True, False
            return self.predict(Sequences(rows.arrays))
        numbers = self._compute(rows) if numbers is None else numbers
        return numbers.reshape(len(rows), *(self.output_shape or (1,)))

    def _compute(self, rows: Rows) -> Array:
        """Return the numbers of the outputs (rows, numbers), by Values."""
        found = []
        for row in rows.tolist():
            output = self.model(row)  # not under no_grad: a model may take derivatives
            found.append([lift(number).data for number in flatten(output)])
        self.output_shape = shape(output)
        return np.array(found)

    def _replay(self, rows: Rows, length: Any) -> Array | None:
        """Return the same by the tape; None, from then on, if they are not the model's."""
        # On any error, compute with Values instead, whose errors make sense to the caller.
        with suppress(Exception):
            known = self._tapes.get(length)
            numbers = known.run(as_rows(rows, find_steps(rows))) if known else self._record(rows, length)
            if not find_steps(rows) or np.isfinite(numbers).all():  # else it may be the padding that is not finite
                return numbers
        self.record = False
        return None

    def _record(self, rows: Rows, length: Any) -> Array:
        """Record a tape and return its numbers, after comparing a few of them with Values."""
        assert self._environment
        tried = np.array([0, len(rows) // 2, len(rows) - 1])
        tape = _OutputTape(self.model, rows[tried[:1]], self._environment)
        with self._environment.borrowed():
            numbers, expected = tape.run(as_rows(rows, find_steps(rows))), self._compute(rows[tried])
        if not agree(numbers[tried], expected):
            raise NotRecordedError("the graph of one row is not that of another")
        self._tapes[length] = tape
        if self._environment.has_changed():
            self._environment.explore()
        return numbers

    def _check(self) -> None:
        """Forget the tapes if something has changed, and check them at calls 2, 4, 8, ... in case it has."""
        self._calls += 1
        if self._environment is None:
            self._environment = Environment(self.model)
        elif self._environment.has_changed() or not self._calls & (self._calls - 1):
            with self._environment.borrowed():
                if not all(tape.fits() for tape in self._tapes.values()):
                    self._tapes = {}
            self._environment.explore()


class _OutputTape:
    """The tape of a model's output for a sample, given as a batch of one."""

    def __init__(self, model: Module, sample: Rows, environment: Environment) -> None:
        self.model, self.sample = model, sample
        self.graph = build_twice(self._build, environment)
        self.tape = self.graph.record(find_parameters(model))

    def run(self, rows: Array) -> Array:
        """Return the outputs (rows, outputs)."""
        found = []
        for block in self.tape.divide(len(rows)):
            self.tape.forward(self.graph.complete(rows[block], self.graph.usual))
            found.append(self.tape.kept)
        return np.concatenate(found)

    def fits(self) -> bool:
        """Whether the model's graph is still the same."""
        with suppress(NotRecordedError):
            return self._build().is_like(self.graph)
        return False

    def _build(self) -> Graph:
        given, inputs = as_inputs(self.sample)

        def program() -> tuple[Any, Value]:
            outputs = self.model(given)
            first, *others = flatten(outputs)
            return outputs, sum(others, first * 1)  # on which each of them can be reached

        return Graph(program, inputs)


class _LossTape:
    """The tape of a loss, whose inputs are predictions and targets."""

    def __init__(self, rule: Loss, prediction: Any, target: Any) -> None:
        given = each(Given, prediction)
        self._rule, self._count = rule, len(flatten(given))
        self._from_right = rule.from_right if not np.ndim(target) else None  # else it is one probability per class
        aims = each(Given, (self._list(target)[0] if self._from_right else target).tolist())

        def program() -> tuple[Any, Value]:
            if self._from_right:
                return given, self._from_right(given, partial(dot, aims))
            return given, rule.function(given, aims)

        self.graph = Graph(program, [*flatten(given), *flatten(aims)])
        self.tape = self.graph.record()

    def _list(self, targets: Array) -> Array:
        return self._rule.encode(np.ravel(targets), self._count) if self._from_right else targets

    def run(self, numbers: Array, targets: Array) -> Array:
        """Return the losses (rows,) of predictions (rows, outputs)."""
        aims = self._list(targets).reshape(len(targets), -1)
        batch = np.concatenate([numbers, aims], axis=1)[:, self.graph.columns]
        return np.concatenate([self.tape.forward(batch[block]) for block in self.tape.divide(len(batch))])
