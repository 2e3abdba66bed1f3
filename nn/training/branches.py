"""Branches: a tape for each length of samples, and for each branch that they take through a program."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Any

import numpy as np

from engine import BranchError
from engine.tape.numbers import push
from nn.arguments import Array
from nn.extra_inputs import NONE
from nn.training.environment import Environment
from nn.training.graphs import Graph, NotRecordedError, TargetError, agree, build_twice
from nn.training.programs import Program
from nn.training.sequences import Rows, group
from nn.training.tapes import EACH, LEAF, SampleTape

MOST_BRANCHES = 8  # tapes of samples that take different branches

Part = tuple[Array, SampleTape, tuple[float, Array, Array]]  # indices, tape, its results


class Branches:
    """The tapes of a program, recorded when a sample needs a new one, and replayed over batches of any samples.

    numbers   the numbers of the program's parameters
    entry     how targets enter a tape (see `tapes`)
    tapes     by key of a sample, which is its length and perhaps its target, a tape for each branch of such samples
    """

    def __init__(self, program: Program, environment: Environment, numbers: Array, entry: int) -> None:
        self._program, self.environment, self.numbers, self.entry = program, environment, numbers, entry
        self.parameters = program.parameters
        self.tapes: dict[Any, list[SampleTape]] = {}

    def list_tapes(self) -> list[SampleTape]:
        """Return every tape."""
        return [tape for tapes in self.tapes.values() for tape in tapes]

    def replay(self, rows: Rows, targets: Array, different: int | None = None) -> tuple[float, Array, Array]:
        """Return the mean loss, its gradient and the predictions; the arguments are those of `replay_parts`."""
        total, gradient = 0.0, np.zeros(len(self.parameters))
        predictions: Array = np.empty(0)
        for indices, _, (mean, part, outputs) in self.replay_parts(rows, targets, different):
            share = len(indices) / len(rows)
            total += share * mean
            gradient += share * part
            if not len(predictions):
                predictions = np.empty((len(rows), *outputs.shape[1:]))
            predictions[indices] = outputs
        return total, gradient, predictions

    def replay_parts(self, rows: Rows, targets: Array, different: int | None = None) -> Iterator[Part]:
        """Yield the results of each tape, with the indices of its samples.

        different   after how many samples they repeat; layers draw once for each different one
        """
        groups = self._group(rows, targets)
        draws = self._draw(groups, rows, targets, different or len(rows))
        for key, indices in groups.items():
            here, numbers_drawn = len(indices), draws[key]
            if self.entry == EACH or len(groups) > 1:  # fill up: a tape is quick for the few sizes it has seen
                indices = np.resize(indices, 1 << (here - 1).bit_length())
            if len(numbers_drawn) < len(indices):
                numbers_drawn = numbers_drawn[np.arange(len(indices)) % len(numbers_drawn)]
            is_all = len(groups) == 1 and len(indices) == len(rows)
            some, answers = (rows, targets) if is_all else (rows[indices], targets[indices])
            left = np.arange(len(indices)) < here
            for number in count():
                index = int(np.argmax(left))
                tape = self._find(key, number, some, answers, index, numbers_drawn[index % len(numbers_drawn)])
                numbers = tape.arrange(some, answers, numbers_drawn)
                if left.all() and number == 0:
                    with suppress(BranchError):
                        yield indices, tape, tape.run(numbers, self.numbers)
                        break
                held = left & tape.holds(numbers, self.numbers)
                if held.any():
                    yield indices[held], tape, tape.run(numbers, self.numbers, held)
                left &= ~held
                if not left.any():
                    break

    def _draw(self, groups: dict[Any, Array], rows: Rows, targets: Array, count: int) -> dict[Any, Array]:
        """Draw for those samples of each key that are among the first `count`, in their order, as with Values."""
        tapes = {key: self._find(key, 0, rows, targets, int(indices[0])) for key, indices in groups.items()}
        if len(groups) == 1 or not any(tape.graph.extra.draws for tape in tapes.values()):
            return {key: tape.draw(count) for key, tape in tapes.items()}
        found: dict[Any, list[Array]] = {key: [] for key in groups}
        keys = {index: key for key, indices in groups.items() for index in indices.tolist()}
        for index in range(count):
            found[keys[index]].append(tapes[keys[index]].draw(1))
        return {key: np.concatenate(parts) for key, parts in found.items()}

    def _group(self, rows: Rows, targets: Array) -> dict[Any, Array]:
        """Return the indices of the samples of each key: length and, if each target has a tape of its own, target."""
        if self.entry != EACH:
            return {(length, None): indices for length, indices in group(rows).items()}
        found: dict[Any, list[int]] = {}
        answers = targets.tolist()
        for length, indices in group(rows).items():
            for index in indices.tolist():
                found.setdefault((length, str(answers[index])), []).append(index)
        return {key: np.array(indices) for key, indices in found.items()}

    def _find(self, key: Any, number: int, rows: Rows, targets: Array, index: int, drawn: Array = NONE) -> SampleTape:
        """Return the tape of this number for samples of a key; after the last, record one of the sample at `index`.

        drawn   the layers' draws for that sample, if they are known
        """
        tapes = self.tapes.setdefault(key, [])
        if number == MOST_BRANCHES:
            raise NotRecordedError(
                f"its comparisons make the samples take more than {MOST_BRANCHES} different branches"
            )
        if number == len(tapes):
            push(self.parameters, self.numbers)
            sample = rows[np.array([index])], targets[np.array([index])]
            graph = build_twice(partial(self.build, *sample, drawn), self.environment)
            if number and graph.extra.pattern != tapes[0].graph.extra.pattern:
                raise NotRecordedError("samples that take different branches draw different numbers")
            tape = SampleTape(graph, sample, self.parameters, self.entry, self._program.rule)
            self._try(tape)
            tapes.append(tape)
        return tapes[number]

    def _try(self, tape: SampleTape) -> None:
        """Compare a new tape with Values for its sample, with draws for which it holds."""
        with self.environment.borrowed():
            numbers = tape.arrange(*tape.sample, tape.draw(1))
        if not tape.holds(numbers, self.numbers).all():
            return
        found = tape.run(numbers, self.numbers)
        if np.isfinite(found[0]) and np.isfinite(found[1]).all():  # else the batch will not be finite either
            with self.environment.borrowed():
                expected = self._program.compute(*tape.sample)
            self.compare((*found[:2], found[2].ravel()), expected)

    def compare(self, numbers: Iterable[Any], expected: Iterable[Any]) -> None:
        """Raise NotRecordedError if what a tape has computed is not what Values have."""
        if not all(map(agree, numbers, expected)):
            reason = (
                "the graph of one sample is not that of another: it holds numbers of the sample, or asks for their type"
            )
            raise (TargetError if self.entry == LEAF else NotRecordedError)(reason)

    def build(self, rows: Rows, targets: Array, drawn: Array = NONE) -> Graph:
        """Build the graph of a sample, given as a batch of one, with the layers' draws for it."""
        return self._program.build(rows, targets, self.entry, drawn.ravel().tolist())
