"""Recording: train on tapes; the graph of a sample is recorded once and replayed over batches (see `engine.record`)."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from math import isfinite, nan
from typing import Any

import numpy as np

from engine import Value
from engine.tape.numbers import pull, pull_gradients, push, push_gradients
from nn.arguments import Array
from nn.extra_inputs import log_draws
from nn.module import Module, in_mode
from nn.nested import each, reshape
from nn.rules import Loss
from nn.training.branches import Branches, Part
from nn.training.environment import Environment
from nn.training.graphs import Graph, NotRecordedError, TargetError, agree, build_twice
from nn.training.programs import Program
from nn.training.sequences import Rows, Sequences, group, list_sizes
from nn.training.tapes import EACH, LEAF, ONE_OF, SampleTape

MOST_TARGETS = 32  # that have a tape each


class Recording:
    """Loss and gradient of batches by tapes, one for each shape of samples and each branch that they take.

    parameters     the Values to learn; `numbers` holds their numbers, in order, in one array
    gradient       the gradient of the last batch; `is_finite` says whether it and the loss are finite
    environment    the environment of the model and its loss
    rows, targets  all samples; some are computed with Values too, before a tape is used
    at_once        whether the model looks across a batch, so that one tape has to do for every batch
    """

    def __init__(
        self, model: Module, rule: Loss, parameters: Sequence[Value], rows: Rows, targets: Array, at_once: bool
    ) -> None:
        self.model, self.rule, self.parameters = model, rule, list(parameters)
        self._rows, self._targets = rows, targets
        self.numbers = np.zeros(len(self.parameters))
        self.gradient = np.zeros(len(self.parameters))
        self.is_finite = True
        self._program = Program(model, rule, self.parameters, at_once)
        self.environment = Environment(model, rule.function)
        entry = ONE_OF if rule.from_right and targets.ndim == 1 else LEAF
        self._branches = Branches(self._program, self.environment, self.numbers, entry)
        self._at_once = at_once
        self._only: SampleTape | None = None  # the tape, if there is one for all samples
        self._is_alike: bool | None = None  # whether it is that of the model in evaluation, too; None if not yet known
        self._size = 1  # that of the last batch: a tape is fastest for a size that it has seen
        self._is_tried = False  # whether some samples have been computed with Values
        self.pull()

    def pull(self) -> None:
        """Copy the Values' numbers and gradients into the arrays."""
        pull(self.parameters, self.numbers)
        pull_gradients(self.parameters, self.gradient)
        for tape in self._branches.list_tapes():
            if len(tape.positions) < len(tape.tape.leaves):  # a leaf is held that is not learned
                tape.tape.pull()

    def push(self) -> None:
        """Copy the numbers, and the gradients of the last batch, to the Values."""
        self.push_numbers()
        push_gradients(self.parameters, self.gradient)

    def push_numbers(self) -> None:
        """Copy only the numbers to the Values."""
        push(self.parameters, self.numbers)

    def run(self, indices: Array) -> tuple[float, Array]:
        """Return mean loss and predictions, (samples,) or (samples, outputs), of samples by index; sets `gradient`.

        NotRecordedError says what a tape cannot do; then nothing has changed.
        """
        if not isinstance(self._rows, Sequences) or not self._rows.steps:
            return self._run_at(indices)
        before, entry = self._save_draws(), self._branches.entry
        with suppress(NotRecordedError):
            return self._run_at(indices)
        self._restore_draws(before)
        self._branches.entry = entry
        self._rows = Sequences(self._rows.arrays)  # the program reads the steps, or it is the padding that is infinite
        self.start_anew()
        return self._run_at(indices)

    def _run_at(self, indices: Array) -> tuple[float, Array]:
        """Run the samples, padded or not as they are now: by the laid-out tape, if there is one for all."""
        if self._at_once and not self._only:
            self._record_at_once(indices)
        only = self._only
        states = only.graph.extra.save() if only else []
        if only and only.can_run_at:
            mean = only.run_at(indices, only.draw(len(indices)), self.numbers, self.gradient)
            self.is_finite = mean == mean
            if self.is_finite:
                return mean, only.outputs
            only.graph.extra.restore(states)  # it is worth another look, which draws again
        if only and self._at_once:
            mean, self.gradient = self._compute(indices)
            if _is_finite(mean, self.gradient):
                raise NotRecordedError("a number is not finite in a batch across which the model looks")
            return mean, only.outputs
        return self._run(indices)

    def _compute(self, indices: Array) -> tuple[float, Array]:
        """Return mean loss and gradient by Values."""
        self.push_numbers()
        with self.environment.borrowed():
            return self._program.compute(self._rows[indices], self._targets[indices])[:2]

    def _run(self, indices: Array) -> tuple[float, Array]:
        """Run the samples by any number of tapes."""
        rows, targets = self._rows[indices], self._targets[indices]
        before: list[Any] = []
        while True:
            try:
                self._size = len(rows)
                if not self._is_tried:
                    self._try()
                    self._lay_out()
                before = self._save_draws()
                total, self.gradient, predictions = self._branches.replay(rows, targets)
            except TargetError as error:
                reason = str(error)
            except NotRecordedError:
                self._restore_draws(before)
                raise
            else:
                self.is_finite = _is_finite(total, self.gradient)
                if self.is_finite:
                    return total, predictions
                if self._branches.entry != ONE_OF:
                    self._check_infinite(indices, before)
                    return total, predictions
                reason = "a prediction is infinite"  # a one-hot target would multiply it by 0
            self._restore_draws(before)
            self._part_targets(reason)

    def _check_infinite(self, indices: Array, before: list[Any]) -> None:
        """Raise NotRecordedError for a result that is finite with Values, or the error that Values raise."""
        after = self._save_draws()
        self._restore_draws(before)
        mean, gradient = self._compute(indices)
        if _is_finite(mean * len(indices), gradient):  # of which Values add up the losses
            raise NotRecordedError(
                "a number is not finite that is so with Values, as where a power too large is an error"
            )
        self._restore_draws(after)

    def _save_draws(self) -> list[Any]:
        """Return the states of the generators, if the next run may draw."""
        tapes = self._branches.list_tapes()
        may_draw = not tapes or any(tape.graph.extra.draws for tape in tapes)
        return self.environment.save() if may_draw else []

    def _restore_draws(self, before: list[Any]) -> None:
        if before:
            self.environment.restore(before)

    def measure(self, rows: Rows, targets: Array) -> tuple[float, Array] | None:
        """Return mean loss and predictions of other samples; None if the model differs in evaluation.

        None also if a number is not finite.
        """
        only = self._only
        if only is None or not only.can_run_at or not {*list_sizes(rows)} <= {*list_sizes(self._rows)}:
            return None
        if only.graph.extra.draws or only.graph.extra.readings:  # other numbers each time, where once is laid out
            return None
        if self._is_alike is None:
            self._is_alike = self._find_alike(only)
        if not self._is_alike:
            return None
        loss, predictions = only.look(rows, targets, self.numbers)
        return (loss, predictions) if np.isfinite(loss) else None

    def _find_alike(self, only: SampleTape) -> bool:
        """Whether the model has the same graph and numbers in evaluation."""
        rows, targets = only.sample
        self.push_numbers()

        def run() -> tuple[Graph, Value]:
            graph = self._branches.build(rows, targets, only.graph.usual)
            return graph, self.rule.function(self.model(rows.tolist()[0]), targets.tolist()[0])

        try:
            with in_mode(self.model, training=False):
                (graph, loss), drew = self.environment.observe(run)
        except NotRecordedError:
            return False
        return not drew and graph.is_like(only.graph) and agree(loss.data, graph.root.data)

    def walk(self, indices: Array) -> Iterator[Part]:
        """Run samples by index that `run` has run, in blocks; yield them as `Branches.replay_parts` does.

        Until the next block, the numbers and gradients of the tape's nodes can be read.
        """
        if self._only and self._only.can_run_at:
            parts = [(indices, self._only)]
        else:
            shares = self._branches.replay_parts(self._rows[indices], self._targets[indices])
            parts = [(indices[part], tape) for part, tape, _ in shares]
        for part, tape in parts:
            for block in tape.tape.divide(len(part)):
                rows, targets = self._rows[part[block]], self._targets[part[block]]
                yield part[block], tape, tape.run(tape.arrange(rows, targets, tape.graph.usual), self.numbers)

    def keep(self, samples: int) -> None:
        """Let layers keep what they need of the last batch, of so many samples."""
        if self._only and self._only.graph.kept:
            self._only.keep(samples)

    def misfit(self) -> str:
        """Build the first sample of each tape again; return why a tape no longer matches the program, or "".

        A tape whose sample now takes another branch, or has no finite loss, is forgotten without a reason.
        """
        self._is_alike = None
        shown = {tape: loss for tape in self._branches.list_tapes() if isfinite(loss := self._find_loss(tape))}
        if not self._at_once:  # where there is one tape for all, or none
            for tapes in self._branches.tapes.values():
                tapes[:] = [tape for tape in tapes if tape in shown]
            self._lay_out()
        is_right, drew = self.environment.observe(lambda: all(map(self._matches, shown, shown.values())))
        return "" if is_right and not drew else "the graph of a sample is not what it was"

    def _matches(self, tape: SampleTape, loss: float) -> bool:
        graph = self._branches.build(*tape.sample, tape.graph.usual)
        return graph.is_like(tape.graph) and agree(loss, graph.root.data)

    def _find_loss(self, tape: SampleTape) -> float:
        """Return the loss of a tape's sample; nan if it takes another branch now."""
        numbers = tape.arrange(*tape.sample, tape.graph.usual)
        numbers = numbers.repeat(1 if self._at_once else self._size, 0)  # a batch for which the tape is planned
        return tape.run(numbers, self.numbers)[0] if tape.holds(numbers, self.numbers).all() else nan

    def has_environment_changed(self) -> bool:
        """Whether an attribute was set or a parameter replaced since the last call."""
        if changed := self.environment.has_changed():
            self.environment.explore()
        return changed

    def start_anew(self) -> None:
        """Forget the tapes."""
        self._branches.tapes, self._only, self._is_tried, self._is_alike = {}, None, False, None

    def _lay_out(self) -> None:
        """If one tape serves all samples, lay them out for it."""
        tapes = self._branches.list_tapes()
        if len(tapes) != 1 or self._branches.entry == EACH or len(group(self._rows)) > 1:
            self._only = None
        elif tapes[0] is not self._only:
            self._only = tapes[0]
            self._only.tabulate(self._rows, self._targets)

    def _part_targets(self, reason: str) -> None:
        """From now on, use a tape for each different target; NotRecordedError if there are too many."""
        if len(self._find_targets(MOST_TARGETS + 1)) > MOST_TARGETS:
            raise NotRecordedError(f"{reason}; and there are more than {MOST_TARGETS} different targets")
        self._branches.entry = EACH
        self.start_anew()

    def _find_targets(self, most: int) -> list[int]:
        """Return the first index of each different target, at most so many."""
        first: dict[str, int] = {}
        for index, target in enumerate(self._targets.tolist()):
            if len(first) == most:
                break
            first.setdefault(str(target), index)
        return list(first.values())

    # ---- new tapes

    def _record_at_once(self, indices: Array) -> None:
        """Record one tape for all batches of a model that looks across them, and compare it with Values."""
        if len(group(self._rows)) > 1:
            raise NotRecordedError("in training it looks across a batch, whose samples are of different lengths")
        self.push_numbers()
        sample = self._rows[indices[:1]], self._targets[indices[:1]]
        graph = build_twice(partial(self._branches.build, *sample), self.environment)
        graph.extra.by_layer = True
        tape = SampleTape(graph, sample, self.parameters, self._branches.entry, self.rule)
        tape.tabulate(self._rows, self._targets)
        if not tape.can_run_at:
            raise NotRecordedError("in training it looks across the batch, and compares Values or keeps constants")
        gradient = np.empty_like(self.gradient)
        with self.environment.borrowed():
            mean = tape.run_at(indices, tape.draw(len(indices)), self.numbers, gradient)
        with log_draws() as log:
            expected = self._compute(indices)
        in_order = [draw.owner for draw in graph.extra.draws for _ in indices]
        is_right = all(map(agree, (mean, gradient), expected)) if mean == mean else not _is_finite(*expected)
        if log != in_order or not is_right:
            raise NotRecordedError("in training it looks across the batch, in a way that no tape does")
        self._branches.tapes, self._only = {(None, None): [tape]}, tape

    def _try(self) -> None:
        """Compare with Values a few samples and, for your own loss, each target, to find looks not noticed."""
        self._is_tried = True
        with self.environment.borrowed():
            for indices in group(self._rows).values():
                first, middle, last = indices[0], indices[len(indices) // 2], indices[-1]
                self._try_samples(np.unique([first, middle, last]))
            for index in self._find_targets(MOST_TARGETS) if self.rule.targets == "any" else ():
                self._try_target(index)

    def _try_samples(self, chosen: Array) -> None:
        """Compare a batch in which these samples repeat, or several small ones."""
        for start in range(0, len(chosen), self._size):
            some = chosen[start : start + self._size]
            indices, weights = np.resize(some, self._size), np.bincount(np.arange(self._size) % len(some)) / self._size
            with self.environment.borrowed():
                total, gradient, outputs = self._branches.replay(
                    self._rows[indices], self._targets[indices], different=len(some)
                )
            if len(some) > 1 and not _is_finite(total, gradient):  # which would hide what others are
                for index in some:
                    self._try_samples(np.array([index]))
            elif self._branches.entry != ONE_OF or _is_finite(total, gradient):  # else `run` sees to it
                expected = self._program.compute(self._rows[some], self._targets[some], weights)
                self._branches.compare((total, gradient, outputs[: len(some)].ravel()), expected)

    def _try_target(self, index: int) -> None:
        """Compare the loss alone, from the prediction's numbers."""
        indices = np.full(self._size, index)
        rows, targets = self._rows[indices], self._targets[indices]
        for _, tape, (total, _, outputs) in self._branches.replay_parts(rows, targets, different=1):
            prediction = each(Value, reshape(outputs[0].ravel().tolist(), tape.graph.shape))
            is_right = False
            with suppress(Exception):  # it may want more than Values in lists
                is_right = agree(total, self.rule.function(prediction, targets.tolist()[0]).data)
            if not is_right:  # or more of the model than its prediction
                self._try_samples(np.array([index]))


def _is_finite(total: float, gradient: Array) -> bool:
    return bool(np.isfinite(total) and np.isfinite(gradient).all())
