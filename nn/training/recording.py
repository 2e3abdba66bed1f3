"""Training on tapes: the graph of a sample recorded once, replayed over batches (see `engine.record`)."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine import Value, dot
from engine.tape import Tape, record
from engine.tape.branches import comparisons
from engine.value import toposort
from nn.arguments import Array
from nn.nests import each, flatten
from nn.training.sequences import Sequences, as_rows, group

Compute = Callable[[Any, Any], tuple[Any, Value]]  # row and target to prediction and loss
FromRight = Callable[[list[Value], Value], Value]
TRIED = 3  # samples of the first batch at which a new tape is compared with Values
TOLERANCE = 1e-9


class NotRecordedError(Exception):
    """Why a graph cannot be replayed for other samples."""


class Recording:
    """Loss and gradient of batches by tapes, one for each shape that the graph of a sample takes.

    compute     builds the graph of a sample: row and target, numbers or Values, to prediction and loss
    parameters  the Values to be learned; `numbers` holds their numbers, in order, in one array
    by_class    the targets are classes
    from_right  then, where there is such: the loss from a prediction and its number for the right class. Without it
                each class makes a graph of its own
    """

    def __init__(
        self, compute: Compute, parameters: Sequence[Value], by_class: bool, from_right: FromRight | None = None
    ) -> None:
        self.compute, self.parameters, self.by_class, self.from_right = compute, list(parameters), by_class, from_right
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
        self.push_numbers()
        for parameter, slope in zip(self.parameters, self.gradient.tolist(), strict=True):
            parameter.grad = slope

    def push_numbers(self) -> None:
        """Write the numbers alone to the Values."""
        for parameter, number in zip(self.parameters, self.numbers.tolist(), strict=True):
            parameter.data = number

    def run(self, rows: Array | Sequences, targets: Array) -> tuple[float, Array]:
        """The mean loss of a batch and the predictions (samples,) or (samples, outputs); sets `gradient`.

        NotRecordedError says what a tape cannot do; then nothing has changed.
        """
        total, gradient = 0.0, np.zeros(len(self.parameters))
        predictions: Array = np.empty(0)
        groups = self._group(rows, targets)
        for kind, chosen in groups.items():
            some, answers = (rows, targets) if len(groups) == 1 else (rows[chosen], targets[chosen])
            tape = self._tapes.get(kind) or self._record(kind, some, answers)
            mean, slopes, outputs = tape.run(tape.arrange(some, answers), self.numbers)
            share = len(chosen) / len(rows)
            total += share * mean
            gradient[tape.places] += share * slopes
            if not len(predictions):
                predictions = np.empty((len(rows), *outputs.shape[1:]))
            predictions[chosen] = outputs
        if self.from_right and not (np.isfinite(total) and np.isfinite(gradient).all()):
            self.from_right = None  # 0 times infinity, for the wrong classes, may be why: then they had better not meet
            self._tapes = {}
            return self.run(rows, targets)
        self.gradient = gradient
        return total, predictions

    def _group(self, rows: Array | Sequences, targets: Array) -> dict[Any, Array]:
        """The places of the samples of each kind: length and, where each class has a graph of its own, class."""
        if not self.by_class or self.from_right:
            return {(length, None): places for length, places in group(rows).items()}
        return {
            (length, label): places[targets[places] == label]
            for length, places in group(rows).items()
            for label in dict.fromkeys(targets[places].tolist())
        }

    def _record(self, kind: Any, rows: Array | Sequences, targets: Array) -> "_SampleTape":
        """A new tape, compared with Values at a few samples: numbers that were read while recording show."""
        self.push_numbers()
        from_right = self.from_right if self.by_class else None
        tape = _SampleTape(self.compute, rows.tolist()[0], targets[0], kind[1], from_right, self.parameters)
        kept = [parameter.grad for parameter in self.parameters]
        numbers, samples, answers = tape.arrange(rows, targets), rows.tolist(), targets.tolist()
        try:
            for sample in sorted({0, len(rows) // 2, len(rows) - 1})[:TRIED]:
                for parameter in self.parameters:
                    parameter.grad = 0.0
                _, loss = self.compute(samples[sample], answers[sample])
                loss.backward()
                mean, slopes, _ = tape.run(numbers[sample : sample + 1], self.numbers)
                expected = np.array([loss.data, *[self.parameters[place].grad for place in tape.places]])
                if from_right and not np.isfinite([mean, *slopes]).all():
                    continue  # `run` sees to it
                if not np.allclose([mean, *slopes], expected, TOLERANCE, TOLERANCE, equal_nan=True):
                    raise NotRecordedError(
                        "the graph of one sample is not that of another: it holds numbers that depend on the sample"
                    )
        finally:
            for parameter, slope in zip(self.parameters, kept, strict=True):
                parameter.grad = slope
        self._tapes[kind] = tape
        return tape


class _SampleTape:
    """The tape of a sample; `places` are those of its learned parameters among all."""

    def __init__(
        self,
        compute: Compute,
        row: Any,
        target: Any,
        label: Any,
        from_right: FromRight | None,
        parameters: Sequence[Value],
    ) -> None:
        given = each(Value, row)
        listed: list[Value] = []
        wanted: Any = label
        if label is None and not from_right:
            listed = [Value(number) for number in np.ravel(target).tolist()]
            wanted = listed if np.ndim(target) else listed[0]
        try:
            with comparisons() as seen:
                prediction, loss = compute(given, int(target) if from_right else wanted)
                if from_right:
                    listed = [Value(float(index == target)) for index in range(len(prediction))]
                    loss = from_right(prediction, dot(listed, prediction))
        except Exception as error:  # the model may want numbers, not Values
            raise NotRecordedError(f"{type(error).__name__}: {error}") from error
        inputs = [*flatten(given), *listed]
        outputs = [prediction] if isinstance(prediction, Value) else list(prediction)
        watched = [side for comparison in seen for side in (comparison.left, comparison.right)]
        try:
            used = {node for root in (loss, *outputs, *watched) for node in toposort(root)}
            self.columns = [index for index, value in enumerate(inputs) if value in used]
            self.tape: Tape = record(loss, [inputs[index] for index in self.columns], keep=outputs, comparisons=seen)
        except (AttributeError, TypeError, ValueError) as error:
            raise NotRecordedError(str(error)) from None
        place = {parameter: index for index, parameter in enumerate(parameters)}
        learned = [index for index, leaf in enumerate(self.tape.leaves) if leaf in place]
        self.places = np.array([place[self.tape.leaves[index]] for index in learned], int)
        self._learned = np.array(learned, int)
        self._ones = np.eye(len(listed)) if from_right else None
        self._targets = len(listed)

    def arrange(self, rows: Array | Sequences, targets: Array) -> Array:
        """What the tape takes for samples, a row for each; a target that is a class as a 1 among zeros."""
        columns = [as_rows(rows)]
        if self._targets:
            columns.append(targets.reshape(len(targets), -1) if self._ones is None else self._ones[targets])
        numbers: Array = np.concatenate([part.T for part in columns]).T  # lies column by column, as a tape likes it
        return numbers if len(self.columns) == numbers.shape[1] else numbers[:, self.columns]

    def run(self, numbers: Array, parameters: Array) -> tuple[float, Array, Array]:
        """The mean loss, its gradient by the learned parameters, and the predictions; NotRecordedError says why not."""
        self.tape.parameters[self._learned] = parameters[self.places]
        try:
            mean, gradient = self.tape.value_and_gradient(numbers)
        except ValueError as error:
            raise NotRecordedError(str(error)) from None
        outputs = self.tape.kept if self.tape.kept.shape[1] > 1 else self.tape.kept[:, 0]
        return mean, gradient[self._learned], outputs
