"""Sequences: samples of several steps, of any lengths, where other data have rows."""

from typing import Any

import numpy as np

from engine import Value
from engine.tape.watching import Given
from nn.arguments import Array, read_rows
from nn.frames import as_numeric, as_plain
from nn.nested import is_list, refill, reshape
from nn.padding import PaddedSequence

MOST = 4  # how many times as long as the mean the longest sequence may be, for all to be padded to it


class Sequences:
    """Samples of steps, each step a list of as many numbers; the samples may be of different lengths.

    arrays   one array (steps, numbers) for each sample
    steps    how many steps a tape has for each of them, shorter ones being padded; None if for each length there is one
    """

    def __init__(self, arrays: list[Array], steps: int | None = None) -> None:
        self.arrays, self.steps = arrays, steps

    @property
    def lengths(self) -> Array:
        """The number of steps of each sample."""
        return np.array([len(array) for array in self.arrays])

    def pad(self) -> "Sequences":
        """Return the samples for a tape that serves all lengths, unless there is only one or most would be padding."""
        lengths = self.lengths
        longest = int(lengths.max())
        return Sequences(self.arrays, longest if lengths.min() < longest <= MOST * lengths.mean() else None)

    def flatten(self, steps: int | None = None) -> Array:
        """Return the numbers of samples of equal length, an array (samples, steps * numbers).

        With `steps`, those of any length: each is padded to so many, and after them has a 1 for its last, 0 for others.
        """
        if not steps:
            return np.stack([array.ravel() for array in self.arrays])
        size = steps * self.arrays[0].shape[1]
        rows = np.zeros((len(self), size + steps))
        for row, array in zip(rows, self.arrays, strict=True):
            row[: array.size] = array.ravel()
            row[size + len(array) - 1] = 1.0
        return rows

    def tolist(self) -> list[Any]:
        """Return nested lists: sample, step, number."""
        return [array.tolist() for array in self.arrays]

    def __len__(self) -> int:
        return len(self.arrays)

    def __getitem__(self, chosen: Any) -> "Sequences":
        """Return the samples at an array of indices."""
        return Sequences([self.arrays[index] for index in chosen], self.steps)


Rows = Array | Sequences  # an array (rows, columns), or samples of several steps
Samples = tuple[Rows, Array]  # rows and their targets


def read_samples(given: Any, name: str = "X") -> Rows:
    """Return samples of finite numbers: an array (rows, columns), or Sequences if the samples are arrays.

    TypeError or ValueError says where the error is.
    """
    given = as_numeric(given, name)
    if not is_list(given) or not len(given) or not _is_sequence(given[0] if hasattr(given, "__getitem__") else None):
        return read_rows(given, name)
    if _is_sequence(as_plain(given[0])[0]):
        raise TypeError(
            f"{name}[0]: a row of numbers or a sequence of rows expected, not an image: write X.reshape(len(X), -1), "
            "and nn.Unflatten((channels, height, width)) as the first layer"
        )
    first = read_rows(given[0], f"{name}[0]")
    return Sequences([read_rows(part, f"{name}[{at}]", first.shape[1]) for at, part in enumerate(given)])


def find_steps(samples: Rows) -> int | None:
    """Return to how many steps the samples are padded; None if they are not."""
    return samples.steps if isinstance(samples, Sequences) else None


def group(samples: Rows) -> dict[Any, Array]:
    """Return the indices of the samples of each tape, by length; rows, and padded samples, all have one."""
    if not isinstance(samples, Sequences):
        return {None: np.arange(len(samples))}
    if samples.steps:
        return {("padded", samples.steps): np.arange(len(samples))}
    lengths = samples.lengths
    return {length: np.flatnonzero(lengths == length) for length in dict.fromkeys(lengths.tolist())}


def list_sizes(samples: Rows) -> list[int]:
    """Return the different lengths that the tapes of the samples serve, or the width of rows."""
    if steps := find_steps(samples):
        return list(range(1, steps + 1))
    if isinstance(samples, Sequences):
        return sorted({len(array) for array in samples.arrays})
    return [samples.shape[1]]


def as_rows(samples: Rows, steps: int | None = None) -> Array:
    """Return the numbers of samples, one row each; of sequences, which are of one length or padded to `steps`."""
    return samples.flatten(steps) if isinstance(samples, Sequences) else samples


def as_inputs(samples: Rows) -> tuple[Any, list[Value]]:
    """Return the first sample as inputs of a graph: as a model takes it, and as a list."""
    steps = find_steps(samples)
    first = samples[np.array([0])]
    values: list[Value] = [Given(number) for number in as_rows(first, steps)[0].tolist()]
    if not steps:
        return refill(first.tolist()[0], iter(values)), values
    width = len(values) // steps - 1
    return PaddedSequence(reshape(values[:-steps], (steps, width)), values[-steps:]), values


def _is_sequence(sample: Any) -> bool:
    sample = as_plain(sample)  # which is indexed by places, not by the names of columns
    return is_list(sample) and len(sample) > 0 and is_list(sample[0])
