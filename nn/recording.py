"""Training on tapes: the graph of a sample recorded once, replayed over batches (see `engine.record`)."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine import Value
from engine.tape import Tape, record
from engine.tape.branches import comparisons
from engine.value import toposort
from nn.arguments import Array
from nn.nests import each, flatten
from nn.sequences import Sequences, as_rows, group

Compute = Callable[[Any, Any], tuple[Any, Value]]  # row and target to prediction and loss
TRIED = 3  # samples of the first batch at which a new tape is compared with Values
TOLERANCE = 1e-9


class NotRecordedError(Exception):
    """Why a graph cannot be replayed for other samples."""


class Recording:
    """Loss and gradient of batches by tapes, one for each shape that the graph of a sample takes.

    compute     builds the graph of a sample: row and target, numbers or Values, to prediction and loss
    parameters  the Values to be learned; `numbers` holds their numbers, in order, in one array
    by_class    the targets are classes, each of which makes a graph of its own
    """

    def __init__(self, compute: Compute, parameters: Sequence[Value], by_class: bool) -> None:
        self.compute, self.parameters, self.by_class = compute, list(parameters), by_class
        self.numbers = np.zeros(len(self.parameters))
        self.gradient = np.zeros(len(self.parameters))
        self._tapes: dict[Any, _SampleTape] = {}
        self.pull()

    def pull(self) -> None:
        """Read the Values."""
        self.numbers[:] = [parameter.data for parameter in self.parameters]
        for tape in self._tapes.values():
            tape.tape.pull()

    def push(self) -> None:
        """Write the numbers, and the gradients of the last batch, to the Values."""
        for parameter, number, slope in zip(
            self.parameters, self.numbers.tolist(), self.gradient.tolist(), strict=True
        ):
            parameter.data, parameter.grad = number, slope

    def run(self, rows: Array | Sequences, targets: Array) -> tuple[float, Array]:
        """The mean loss of a batch and the predictions (samples,) or (samples, outputs); sets `gradient`.

        NotRecordedError says what a tape cannot do; then nothing has changed.
        """
        total, gradient = 0.0, np.zeros(len(self.parameters))
        predictions: Array = np.empty(0)
        groups = self._group(rows, targets)
        for kind, chosen in groups.items():
            label = kind[1]
            some, answers = (rows, targets) if len(groups) == 1 else (rows[chosen], targets[chosen])
            columns = [as_rows(some)] + ([answers.reshape(len(chosen), -1)] if label is None else [])
            numbers = np.concatenate([part.T for part in columns]).T  # lies column by column, as a tape likes it
            known = kind in self._tapes
            if not known:
                self.push_numbers()
                row = some.tolist()[0]
                self._tapes[kind] = _SampleTape(self.compute, row, answers[0], label, self.parameters)
            tape = self._tapes[kind]
            try:
                mean, slopes, outputs = tape.run(numbers, self.numbers)
            except ValueError as error:
                raise NotRecordedError(str(error)) from None
            if not known:
                self._compare(tape, some, answers, numbers)
                mean, slopes, outputs = tape.run(numbers, self.numbers)
            share = len(chosen) / len(rows)
            total += share * mean
            gradient[tape.places] += share * slopes
            if not len(predictions):
                predictions = np.empty((len(rows), *outputs.shape[1:]))
            predictions[chosen] = outputs
        self.gradient = gradient
        return total, predictions

    def push_numbers(self) -> None:
        """Write the numbers alone to the Values."""
        for parameter, number in zip(self.parameters, self.numbers.tolist(), strict=True):
            parameter.data = number

    def _group(self, rows: Array | Sequences, targets: Array) -> dict[Any, Array]:
        """The places of the samples of each kind: length and, where each class has a graph of its own, class."""
        if not self.by_class:
            return {(length, None): places for length, places in group(rows).items()}
        return {
            (length, label): places[targets[places] == label]
            for length, places in group(rows).items()
            for label in dict.fromkeys(targets[places].tolist())
        }

    def _compare(self, tape: "_SampleTape", rows: Array | Sequences, targets: Array, numbers: Array) -> None:
        """Check a new tape against Values at a few samples: numbers that were read while recording show."""
        kept = [parameter.grad for parameter in self.parameters]
        try:
            samples, answers = rows.tolist(), targets.tolist()
            for sample in sorted({0, len(rows) // 2, len(rows) - 1})[:TRIED]:
                for parameter in self.parameters:
                    parameter.grad = 0.0
                _, loss = self.compute(samples[sample], answers[sample])
                loss.backward()
                mean, slopes, _ = tape.run(numbers[sample : sample + 1], self.numbers)
                expected = np.array([loss.data, *[self.parameters[place].grad for place in tape.places]])
                if not np.allclose([mean, *slopes], expected, TOLERANCE, TOLERANCE, equal_nan=True):
                    raise NotRecordedError(
                        "the graph of one sample is not that of another: it holds numbers that depend on the sample"
                    )
        finally:
            for parameter, slope in zip(self.parameters, kept, strict=True):
                parameter.grad = slope


class _SampleTape:
    """The tape of a sample; `places` are those of its learned parameters among all."""

    def __init__(self, compute: Compute, row: Any, target: Any, label: Any, parameters: Sequence[Value]) -> None:
        given = each(Value, row)
        wanted: Any = label
        if label is None:
            listed = [Value(number) for number in np.ravel(target).tolist()]
            wanted = listed if np.ndim(target) else listed[0]
            inputs = [*flatten(given), *listed]
        else:
            inputs = flatten(given)
        try:
            with comparisons() as seen:
                prediction, loss = compute(given, wanted)
        except Exception as error:  # the model may want numbers, not Values
            raise NotRecordedError(f"{type(error).__name__}: {error}") from error
        outputs = [prediction] if isinstance(prediction, Value) else list(prediction)
        watched = [side for comparison in seen for side in (comparison.left, comparison.right)]
        used = {node for root in (loss, *watched) for node in toposort(root)}
        self.columns = [index for index, value in enumerate(inputs) if value in used]
        try:
            self.tape: Tape = record(loss, [inputs[index] for index in self.columns], keep=outputs, comparisons=seen)
        except (TypeError, ValueError) as error:
            raise NotRecordedError(str(error)) from None
        place = {parameter: index for index, parameter in enumerate(parameters)}
        learned = [index for index, leaf in enumerate(self.tape.leaves) if leaf in place]
        self.places = np.array([place[self.tape.leaves[index]] for index in learned], int)
        self._learned = np.array(learned, int)

    def run(self, numbers: Array, parameters: Array) -> tuple[float, Array, Array]:
        """The mean loss, its gradient by the learned parameters, and the predictions."""
        self.tape.parameters[self._learned] = parameters[self.places]
        batch = numbers if len(self.columns) == numbers.shape[1] else numbers[:, self.columns]
        mean, gradient = self.tape.value_and_gradient(batch)
        outputs = self.tape.kept if self.tape.kept.shape[1] > 1 else self.tape.kept[:, 0]
        return mean, gradient[self._learned], outputs
