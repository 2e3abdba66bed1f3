"""Samples: lay out all samples for a tape once, and run both passes over some of them at a time."""

from math import isfinite
from typing import Any

import numpy as np

from engine.tape.calls import silence
from engine.tape.grouping import SAMPLE
from engine.tape.slots import Array
from engine.tape.tape import Tape


class Samples:
    """The mean over the samples at some positions, and its gradient, for a training loop.

    gradient  the gradient (leaves,) of the last pass, which the next one overwrites
    outputs   the numbers of the nodes that the tape keeps, (nodes, samples), likewise
    """

    def __init__(self, tape: Tape, samples: Any) -> None:
        self.tape, self.gradient = tape, tape._gradient
        self.outputs: Array = np.empty((0, 0))
        self._columns = np.ascontiguousarray(np.asarray(samples, float).T)
        nodes = [tape._graph.number[node] for node in tape.keep]
        self._slots: Any = tape._layout.slots[nodes]
        if len(nodes) and (np.diff(self._slots) == 1).all():  # reading a view is faster than copying
            self._slots = slice(int(self._slots[0]), int(self._slots[-1]) + 1)
        self._is_plain = not tape.conditions and all(tape._graph.dependences[node] == SAMPLE for node in nodes)
        self._quietly = silence()

    def look(self) -> Array:
        """Return the results of all samples (samples,), with the tape's `parameters`, by the forward pass alone."""
        count = self._columns.shape[1]
        positions, results, outputs = np.arange(count), [], []
        for start in range(0, count, self.tape._block):
            replay = self.tape._replay(min(count - start, self.tape._block), False, False)
            replay.fill_from(self._columns, positions[start : start + replay.samples])
            self._quietly(replay.forward)
            results.append(replay.results.copy())
            outputs.append(replay.values[self._slots].copy())
        self.outputs = np.concatenate(outputs, axis=1)
        return np.concatenate(results)

    def takes(self, count: int) -> bool:
        """Whether it can run so many samples: they fit into one block, and there are no conditions to check."""
        return self._is_plain and count <= self.tape._block

    def run(self, positions: Array, rest: Array | None = None) -> float:
        """Return the mean over the samples at these positions, with the tape's `parameters`; nan if not finite.

        rest   the last inputs (samples, inputs), if the laid-out samples have only the first ones
        """
        replay = self.tape._replay(len(positions), False, False)
        replay.fill_from(self._columns, positions)
        if rest is not None:
            replay.fill_up(rest)
        count = replay.samples
        replay.share(1.0 / count)
        self._quietly(replay.run)
        self.outputs = replay.values[self._slots]
        total = replay.total()
        return total / count if isfinite(total + self._quietly(self.tape._square, self.gradient)) else np.nan
