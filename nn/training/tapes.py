"""The tape of a sample, replayed over batches."""

from collections.abc import Sequence

import numpy as np

from engine import BranchError, Value
from engine.tape.table import Table
from nn.arguments import Array
from nn.training.graphs import Graph, NotRecordedError
from nn.training.sequences import Sequences, as_rows

# How a target enters a tape: as a leaf; as a 1 among zeros, one leaf for each class; or not at all, where each
# different target has a tape of its own.
LEAF, ONE_OF, EACH = range(3)


class SampleTape:
    """The tape of a sample, which is a batch of one; `places` are those of its learned parameters among all."""

    def __init__(
        self, graph: Graph, sample: tuple[Array | Sequences, Array], parameters: Sequence[Value], entry: int
    ) -> None:
        self.graph, self.sample, self.tape, self._entry = graph, sample, graph.record(), entry
        place = {parameter: index for index, parameter in enumerate(parameters)}
        learned = [index for index, leaf in enumerate(self.tape.leaves) if leaf in place]
        self.places = np.array([place[self.tape.leaves[index]] for index in learned], int)
        self._learned = np.array(learned, int)
        self._ones = np.eye(len(graph.outputs))
        self._is_whole = len(learned) == len(self.tape.leaves) == len(parameters)
        self._back = np.argsort(self.places)  # where each parameter stands in the tape, if it is whole

    def arrange(self, rows: Array | Sequences, targets: Array) -> Array:
        """What the tape takes for samples, a row for each; a target that is a class as a 1 among zeros."""
        columns = [as_rows(rows)]
        if self._entry != EACH:
            columns.append(self._ones[targets] if self._entry == ONE_OF else targets.reshape(len(targets), -1))
        numbers: Array = np.concatenate([part.T for part in columns]).T  # lies column by column, as a tape likes it
        return numbers if len(self.graph.columns) == numbers.shape[1] else numbers[:, self.graph.columns]

    def tabulate(self, rows: Array | Sequences, targets: Array) -> Table:
        """All samples, laid out for the tape."""
        return Table(self.tape, self.arrange(rows, targets))

    def load(self, parameters: Array) -> None:
        """Give the tape the numbers of the parameters."""
        if self._is_whole:
            parameters.take(self.places, 0, self.tape.parameters, "clip")
        else:
            self.tape.parameters[self._learned] = parameters[self.places]

    def spread(self, slopes: Array, gradient: Array) -> None:
        """Write the gradient by the tape's leaves into that by the parameters."""
        if self._is_whole:
            slopes.take(self._back, 0, gradient, "clip")
        else:
            gradient.fill(0.0)
            gradient[self.places] = slopes[self._learned]

    def run(self, numbers: Array, parameters: Array, chosen: Array | None = None) -> tuple[float, Array, Array]:
        """The mean loss, its gradient by the learned parameters, and the predictions, perhaps of chosen samples alone.

        BranchError where a sample takes another course, NotRecordedError where the tape does not do.
        """
        self.load(parameters)
        weights = None
        if chosen is not None:  # in the place of the others stands one of them, so that the batch keeps its size
            numbers = np.where(chosen[:, None], numbers, numbers[np.argmax(chosen)])
            weights = chosen / chosen.sum()
        try:
            mean, gradient = self.tape.value_and_gradient(numbers, weights)
        except BranchError:
            raise
        except ValueError as error:
            raise NotRecordedError(str(error)) from None
        outputs = self.tape.kept if chosen is None else self.tape.kept[chosen]
        return mean, gradient[self._learned], outputs if outputs.shape[1] > 1 else outputs[:, 0]

    def holds(self, numbers: Array, parameters: Array) -> Array:
        """Which samples (samples,) take the course of the tape."""
        self.load(parameters)
        return self.tape.holds(numbers)
