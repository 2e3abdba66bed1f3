"""Tapes: the tape of one sample, replayed over batches."""

from collections.abc import Sequence

import numpy as np

from engine import BranchError, Value
from engine.tape.samples import Samples
from nn.arguments import Array
from nn.rules import Loss
from nn.training.graphs import Graph, NotRecordedError
from nn.training.sequences import Rows, as_rows, find_steps

# How a target enters a tape: as a leaf; as a 1 among zeros, one leaf for each class; or not at all, where each
# different target has a tape of its own.
LEAF, ONE_OF, EACH = range(3)
NOWHERE: Array = np.empty((0, 0), int)


class SampleTape:
    """The tape of a sample, which is a batch of one; `positions` are those of its learned parameters among all."""

    def __init__(
        self, graph: Graph, sample: tuple[Rows, Array], parameters: Sequence[Value], entry: int, rule: Loss
    ) -> None:
        self.graph, self.sample, self._entry, self._rule, self._count = graph, sample, entry, rule, len(parameters)
        looked_up = self._find_looked_up(parameters)
        self.tape = graph.record(parameters, looked_up)
        self._looked_up = np.flatnonzero([graph.inputs[index] in looked_up for index in graph.columns])
        self._other: tuple[Rows, Samples] | None = None  # samples to look at
        self._is_in_order = self.tape.leaves == [*parameters]  # between Values, == is identity
        self.positions = self._learned = np.arange(len(parameters))
        if not self._is_in_order:
            position = _number(parameters)
            learned = [index for index, leaf in enumerate(self.tape.leaves) if leaf in position]
            self.positions = np.array([position[self.tape.leaves[index]] for index in learned], int)
            self._learned = np.array(learned, int)

    def _find_looked_up(self, parameters: Sequence[Value]) -> set[Value]:
        """Return the inputs that are vectors of parameters; they are given by the positions of these."""
        extra = self.graph.extra
        position = _number(parameters) if extra.choices else {}
        for vectors in {id(choice.vectors): choice.vectors for choice in extra.choices}.values():
            positions = np.array([[position.get(value, -1) for value in vector] for vector in vectors])
            if (positions >= 0).all():
                extra.positions[id(vectors)] = positions
            elif (positions >= 0).any() or any(value.op for vector in vectors for value in vector):
                raise NotRecordedError("only a part of an embedding is learned, or it is computed")
        return {value for choice in extra.choices if id(choice.vectors) in extra.positions for value in choice.values}

    def _look_up(self, numbers: Array, parameters: Array) -> tuple[Array, Array]:
        """Replace positions among the last inputs by their parameters; return the positions (samples, inputs) too."""
        if not len(self._looked_up):
            return numbers, NOWHERE
        columns = self._looked_up - (len(self.tape.inputs) - numbers.shape[1])
        positions = numbers[:, columns].astype(int)
        numbers = numbers.copy("K")
        numbers[:, columns] = parameters[positions]
        return numbers, positions

    def draw(self, count: int) -> Array:
        """Return the layers' draws for so many samples (samples, numbers)."""
        return self.graph.extra.draw(count)

    def arrange(self, rows: Rows, targets: Array, drawn: Array) -> Array:
        """Return the tape's inputs, a row for each sample, with the draws for the samples, or one draw for all."""
        return self.graph.complete(self._list(rows, targets), drawn)

    def _list(self, rows: Rows, targets: Array) -> Array:
        """Return the numbers of samples; a target that is a class becomes one-hot."""
        columns = [as_rows(rows, find_steps(self.sample[0]))]
        if self._entry != EACH:
            is_class = self._entry == ONE_OF
            aims = self._rule.encode(targets, len(self.graph.outputs)) if is_class else targets
            columns.append(aims.reshape(len(targets), -1))
        return np.concatenate([part.T for part in columns]).T  # in column order, which tapes read fastest

    def tabulate(self, rows: Rows, targets: Array) -> None:
        """Lay out all samples for `run_at`."""
        self._given = given = self._list(rows, targets)
        used, width = np.array(self.graph.columns), given.shape[1]
        self._extra = used[used >= width] - width  # of what comes behind
        first = used[used < width]
        self._samples = Samples(self.tape, given if len(first) == width else given[:, first])

    def look(self, rows: Rows, targets: Array, parameters: Array) -> tuple[float, Array]:
        """Return the mean loss and the predictions of other samples."""
        if self._other is None or self._other[0] is not rows or self.graph.extra.choices:  # whose numbers change
            numbers, _ = self._look_up(self.arrange(rows, targets, self.graph.usual), parameters)
            self._other = rows, Samples(self.tape, numbers)
        self.load(parameters)
        samples = self._other[1]
        losses = samples.look()
        with np.errstate(over="ignore"):
            total = float(np.add.reduce(losses))
        return total / len(losses), self._read(samples)

    @property
    def can_run_at(self) -> bool:
        """Whether `run_at` is right for this tape."""
        return self._samples.can_run

    def run_at(self, indices: Array, drawn: Array, parameters: Array, gradient: Array) -> float:
        """Return the mean loss of samples, nan if not finite; write its gradient by all parameters into the array."""
        self.load(parameters)
        rest, positions = None, NOWHERE
        if len(self._extra):
            rest = self.graph.read_extra(self._given[indices], drawn)
            rest = rest if rest.shape[1] == len(self._extra) else rest[:, self._extra]
            rest, positions = self._look_up(rest, parameters)
        mean = self._samples.run(indices, rest)
        if mean == mean:
            self._scatter(self._samples.gradient, positions, gradient)
        return mean

    @property
    def outputs(self) -> Array:
        """Return the predictions of `run_at`, (samples,) or (samples, outputs)."""
        return self._read(self._samples)

    def _read(self, samples: Samples) -> Array:
        count = len(self.graph.outputs)
        return samples.outputs[0] if count == 1 else samples.outputs[:count].T

    def keep(self, samples: int) -> None:
        """Let layers keep what they need of the last batch of `run_at`, of so many samples."""
        kept = iter(self._samples.outputs[len(self.graph.outputs) :, 0].tolist())
        for action, parts in self.graph.extra.kept:
            action(samples, *[[next(kept) for _ in part] for part in parts])

    def load(self, parameters: Array) -> None:
        """Set the numbers of the tape's parameters."""
        if self._is_in_order:
            self.tape.parameters[...] = parameters
        else:
            self.tape.parameters[self._learned] = parameters[self.positions]

    def _scatter(self, own: Array, positions: Array, gradient: Array) -> None:
        """Write the gradient by the tape's leaves, and by what was looked up, into the gradient by the parameters."""
        if self._is_in_order:
            gradient[...] = own
        else:
            gradient.fill(0.0)
            gradient[self.positions] = own[self._learned]
        if len(self._looked_up):
            np.add.at(gradient, positions, self.tape.learned_gradient)

    def run(self, numbers: Array, parameters: Array, chosen: Array | None = None) -> tuple[float, Array, Array]:
        """Return mean loss, its gradient by all parameters and the predictions, of all or the chosen samples.

        BranchError if a sample takes another branch, NotRecordedError if the tape cannot be used.
        """
        self.load(parameters)
        weights = None
        if chosen is not None:  # replace the others by one of these, so that the batch keeps its size
            numbers = np.where(chosen[:, None], numbers, numbers[np.argmax(chosen)])
            weights = chosen / chosen.sum()
        numbers, positions = self._look_up(numbers, parameters)
        try:
            mean, own = self.tape.value_and_gradient(numbers, weights)
        except BranchError:
            raise
        except ValueError as error:
            raise NotRecordedError(str(error)) from None
        outputs = self.tape.kept[:, : len(self.graph.outputs)]
        outputs = outputs if chosen is None else outputs[chosen]
        gradient = np.empty(self._count)
        self._scatter(own, positions, gradient)
        return mean, gradient, outputs if outputs.shape[1] > 1 else outputs[:, 0]

    def holds(self, numbers: Array, parameters: Array) -> Array:
        """Return which samples (samples,) take the branch of the tape."""
        self.load(parameters)
        return self.tape.holds(self._look_up(numbers, parameters)[0])


def _number(parameters: Sequence[Value]) -> dict[Value, int]:
    """Return the position of each parameter."""
    return {parameter: index for index, parameter in enumerate(parameters)}
