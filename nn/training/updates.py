"""Updates: loss, gradient and step of one batch after another, by tapes if possible, else with Values."""

from collections.abc import Iterator
from functools import cached_property
from math import inf, isfinite, nan
from typing import Any

import numpy as np
from numpy.random import Generator

from engine import Value
from engine.tape.calls import silence
from engine.tape.numbers import push_gradients
from engine.teaching.debug import warn_outside
from nn.arguments import Array, check_whole
from nn.module import Module
from nn.nested import flatten
from nn.optim import Optimizer
from nn.parts import find_parts
from nn.rules import Loss
from nn.training.environment import buffers_kept
from nn.training.graphs import NotRecordedError
from nn.training.programs import pass_back, run
from nn.training.recording import Recording
from nn.training.sequences import Samples, Sequences
from nn.training.stopping import Interruptions


class DivergenceError(ArithmeticError):
    """A loss or a gradient is not finite, so training cannot go on."""


class Batches:
    """The indices of the samples in batches of `size`: shuffled each time, or all at once in order.

    The order depends on the generator alone, so training in two parts is the same as in one.

    at_once   whether the model looks across a batch, which is then of at least two samples
    """

    def __init__(self, count: int, size: int | None, generator: Generator, at_once: bool) -> None:
        self.generator, self.order = generator, np.arange(count)
        self.size = count if size is None else check_whole("batch_size", size)
        least = 2 if at_once else 1
        for name, given in (("the number of rows to learn from", count), ("batch_size", self.size)):
            if given < least:
                raise ValueError(f"{name} must be at least 2 for a model that looks across the batch, not {given}")
        self.parts = divide(self.order, self.size, least)  # views, which change as the order does

    def __iter__(self) -> Iterator[Array]:
        if self.size < len(self.order):
            self.order[:] = self.generator.permutation(len(self.order))
        return iter(self.parts)


class Updates:
    """Makes the updates of one training, while the model is in training.

    record       use tapes, if the model allows it; if not, a warning says why
    waiting      holds Ctrl-C while numbers are being written
    predictions  for each sample, before its last update, where they stand for classes
    made         the number of updates made
    at_once      whether the model looks across a batch
    """

    def __init__(
        self,
        model: Module,
        rule: Loss,
        optimizer: Optimizer,
        samples: Samples,
        record: bool,
        waiting: Interruptions,
        at_once: bool,
    ) -> None:
        self.model, self.rule, self.optimizer, self.waiting = model, rule, optimizer, waiting
        self.rows, self.targets = samples
        self.predictions: Array = np.empty(0)
        self.made = 0
        self._quietly = silence(over="ignore", invalid="ignore")
        self.at_once = at_once
        self._is_own = type(optimizer).__module__ != Optimizer.__module__
        self._checked, self._misfits = 0, 0  # the last epoch after which the tapes were right; how often they were not
        self._recording = self._start_recording() if record else None

    def _start_recording(self) -> Recording:
        rows = self.rows.pad() if isinstance(self.rows, Sequences) else self.rows
        return Recording(self.model, self.rule, self.optimizer.parameters, rows, self.targets, self.at_once)

    @cached_property
    def _frozen(self) -> list[Value]:
        """The parameters that the optimizer does not hold."""
        learned, found = set(self.optimizer.parameters), (part for _, part in find_parts(self.model, Module))
        return [part for part in found if isinstance(part, Value) and part not in learned]

    def make(self, indices: Array) -> float:
        """Make one update from the samples at these indices; return the sum of their losses, and set `predictions`.

        DivergenceError for a loss or a gradient that is not finite. After it, or an interruption, nothing has changed.
        """
        total = None
        if self._recording:
            try:
                total = self._replay(self._recording, indices)
            except NotRecordedError as reason:
                with self.waiting:
                    self._recording.push_numbers()
                self._give_up(str(reason))
        if total is None:
            total = self._compute(indices)
        self.made += 1
        return total

    def measure(self, samples: Samples) -> tuple[float, Array] | None:
        """Return mean loss and predictions of other samples in evaluation, by the tape; None if it cannot."""
        found = self._recording.measure(*samples) if self._recording else None
        if not found or not self.rule.settings:
            return found
        mean, predictions = found
        return mean * len(predictions) / (self.rule.find_divisor(samples[1]) or nan), predictions

    def push(self) -> None:
        """Copy numbers and gradients to the Values."""
        if self._recording:
            with self.waiting:
                self._recording.push()

    def pull(self) -> None:
        """Read the Values again: they, and what the optimizer holds of the model, may have changed."""
        vars(self).pop("_frozen", None)
        if self._recording:
            self._recording.pull()
            if self._recording.parameters != self.optimizer.parameters:
                self.optimizer.check_memory()
                self._recording = self._start_recording()

    def may_read(self, part: Any) -> bool:
        """Whether a recorded program holds an object, and so may read its attributes."""
        return self._recording is not None and self._recording.environment.holds(part)

    def look_around(self) -> None:
        """Check whether anything else has changed."""
        if self._recording and self._recording.has_environment_changed() and self._find_misfit():
            self._recording.start_anew()

    def look_back(self, epoch: int) -> None:
        """Give up the tapes if the updates of an epoch have changed what the program reads."""
        if self._recording and self._recording.has_environment_changed() and (misfit := self._find_misfit()):
            self._give_up(f"{misfit}, from an update in epoch {epoch} on, and nobody noticed")

    def check(self, epoch: int, is_last: bool) -> None:
        """After epochs 1, 2, 4, 8, ... and the last one, warn if the tapes no longer match the program."""
        if not self._recording or (epoch & (epoch - 1) and not is_last):
            return
        misfit = self._find_misfit()
        if not misfit:
            self._checked = epoch
            return
        unchecked = f"{misfit}, and nobody noticed: from epoch {self._checked + 1} on numbers were not checked"
        self._misfits += 1
        if is_last:
            _warn(unchecked, "has computed with a recorded tape")
        elif self._misfits > 1:
            self._give_up(unchecked)
        else:
            _warn(unchecked, "records anew")
            self._recording.start_anew()

    def _find_misfit(self) -> str:
        """Return why a tape no longer matches; a graph that cannot be built is a reason too."""
        assert self._recording
        self.push()
        try:
            return self._recording.misfit()
        except NotRecordedError as reason:
            return str(reason)

    def _give_up(self, reason: str) -> None:
        _warn(reason)
        self._recording = None

    def _replay(self, recording: Recording, indices: Array) -> float:
        mean, outputs = recording.run(indices)
        total = mean * len(indices)
        if not recording.is_finite or not isfinite(total):
            _check_finite(total, recording.gradient)
        if self.rule.settings:
            recording.gradient *= len(indices) / (self.rule.find_divisor(self.targets[indices]) or inf)
        with self.waiting:
            if self._is_own:
                self._follow_own(recording)
            else:
                self._quietly(self.optimizer.update, recording.numbers, recording.gradient)
            recording.keep(len(indices))
        self._keep(indices, outputs)
        return total

    def _follow_own(self, recording: Recording) -> None:
        """Make a step of your own optimiser, which may read and change the Values."""
        recording.push_numbers()
        self.optimizer.zero_grad()
        for parameter, gradient in zip(recording.parameters, recording.gradient.tolist(), strict=True):
            parameter.grad += gradient
        self.optimizer.step()
        self.pull()

    def _keep(self, indices: Array, outputs: Array) -> None:
        if self.rule.classifies:
            if not len(self.predictions):
                self.predictions = np.empty((len(self.rows), *outputs.shape[1:]))
            self.predictions[indices] = outputs

    def _compute(self, indices: Array) -> float:
        self.optimizer.zero_grad()
        held = [parameter.grad for parameter in self._frozen]
        with buffers_kept(self.model) as done:
            total, predictions = self._pass_over(indices)
            push_gradients(self._frozen, np.array(held))  # as with a tape
            _check_finite(total, np.array([parameter.grad for parameter in self.optimizer.parameters]))
            with self.waiting:
                self.optimizer.step()
                done.append(True)
        self._keep(indices, np.array(predictions))
        return total

    def _pass_over(self, indices: Array) -> tuple[float, list[Any]]:
        """Differentiate the graph of each sample, or one of all at once, and free it; the gradients add up."""
        total, predictions = 0.0, list[Any]()
        divisor = self.rule.find_divisor(self.targets[indices]) or inf
        for part in [indices] if self.at_once else indices[:, None]:
            outputs, losses = run(self.model, self.rule, self.rows[part], self.targets[part], self.at_once)
            total += pass_back(losses, 1 / divisor)
            predictions += map(_read, outputs)
        return total, predictions


def _warn(reason: str, what: str = "computes with Values, not with a recorded tape") -> None:
    """Warn about what fit does, at the line that called it."""
    warn_outside(f"nn.fit {what}: {reason}")


def divide(order: Array, size: int, least: int) -> list[Array]:
    """Split the order into batches of `size`, the last perhaps smaller; below `least` it joins the one before."""
    starts = list(range(0, len(order), size))
    if len(starts) > 1 and len(order) - starts[-1] < least:
        starts.pop()
    return [order[start:stop] for start, stop in zip(starts, [*starts[1:], len(order)], strict=True)]


def _check_finite(loss: float, gradient: Array) -> None:
    if not np.isfinite(loss):
        raise DivergenceError(f"the loss became {loss}")
    if not np.isfinite(gradient).all():
        raise DivergenceError("a gradient became infinite or nan")


def _read(prediction: Value | list[Value]) -> Any:
    """Return the numbers of a prediction, or a single number."""
    numbers = [value.data for value in flatten(prediction)]
    return numbers[0] if len(numbers) == 1 else numbers
