"""Samples: lay out all samples for a tape once, and run both passes over some of them at a time."""

from math import isfinite
from typing import Any

import numpy as np

from engine.tape.calls import silence
from engine.tape.grouping import SAMPLE
from engine.tape.replay import Replay
from engine.tape.slots import Array
from engine.tape.tape import Tape


class Samples:
    """The mean over the samples at some positions, and its gradient, for a training loop.

    Passes set the tape's `learned_gradient` as well.

    gradient  the gradient (leaves,) of the last pass, which the next one overwrites
    outputs   the numbers of the nodes that the tape keeps, (nodes, samples), likewise
    can_run   whether `run` is right: there are no conditions to check, and what the tape keeps depends on the sample
    """

    def __init__(self, tape: Tape, samples: Any) -> None:
        self.tape, self.gradient = tape, tape._gradient
        self.outputs: Array = np.empty((0, 0))
        self._columns = _lay_out(tape, np.asarray(samples, float).T)
        nodes = [tape._graph.number[node] for node in tape.keep]
        self._slots: Any = tape._layout.slots[nodes]
        if len(nodes) and (np.diff(self._slots) == 1).all():  # reading a view is faster than copying
            self._slots = slice(int(self._slots[0]), int(self._slots[-1]) + 1)
        self.can_run = not tape.conditions and all(tape._graph.dependences[node] == SAMPLE for node in nodes)
        self._quietly = silence()

    def look(self) -> Array:
        """Return the results of all samples (samples,), with the tape's `parameters`, by the forward pass alone."""
        positions, results, outputs = np.arange(self._columns.shape[1]), [], []
        for block in self.tape.divide(len(positions)):
            replay = self.tape._replay(block.stop - block.start, False, False)
            replay.fill_from(self._columns, positions[block])
            self._quietly(replay.forward)
            results.append(replay.results.copy())
            outputs.append(replay.values[self._slots].copy())
        self.outputs = np.concatenate(outputs, axis=1)
        return np.concatenate(results)

    def run(self, positions: Array, rest: Array | None = None) -> float:
        """Return the mean over the samples at these positions, with the tape's `parameters`; nan if not finite.

        rest   the last inputs (samples, inputs), if the laid-out samples have only the first ones
        """
        tape, count = self.tape, len(positions)
        if count <= tape._block:
            replay = self._fill(positions, rest, 1.0 / count)
            self._quietly(replay.run)
            self.outputs = replay.values[self._slots]
            total = self._quietly(replay.total)
            if tape.learns:
                tape.learned_gradient = tape.read_learned(replay)
        else:
            total = self._run_by_blocks(positions, rest)
        return total / count if isfinite(total) and tape.is_finite() else np.nan

    def _run_by_blocks(self, positions: Array, rest: Array | None) -> float:
        """Run both passes block by block; return the sum of the results."""
        tape, count, outputs, learned = self.tape, len(positions), [], []
        total, gradients = 0.0, np.zeros_like(tape._gradients)
        for block in tape.divide(count):
            replay = self._fill(positions[block], None if rest is None else rest[block], 1.0 / count)
            self._quietly(replay.forward)
            self._quietly(replay.backward_sampled)
            total += self._quietly(replay.total)
            gradients += tape._gradients
            learned.append(tape.read_learned(replay))
            outputs.append(replay.values[self._slots].copy())
        tape._gradients[:] = gradients
        self._quietly(replay.backward_shared)
        self.outputs, tape.learned_gradient = np.concatenate(outputs, axis=1), np.concatenate(learned)
        return total

    def _fill(self, positions: Array, rest: Array | None, share: float) -> Replay:
        """Return the replay for so many samples, with these samples in it."""
        replay = self.tape._replay(len(positions), False, False)
        replay.fill_from(self._columns, positions)
        if rest is not None:
            replay.fill_up(rest)
        replay.share(share)
        return replay


def _lay_out(tape: Tape, inputs: Array) -> Array:
    """Return an array (slots, samples) of the first inputs (inputs, samples), and of the constants between them."""
    slots = tape._input_slots[: len(inputs)]
    columns = np.empty((max(slots, default=-1) + 1, inputs.shape[1]))
    for slot, number in tape._layout.constants.items():
        if slot < len(columns):
            columns[slot] = number
    columns[slots] = inputs
    return columns
