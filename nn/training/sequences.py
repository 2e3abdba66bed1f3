"""Sequences: samples of several steps, of any lengths, where other data have rows."""

from typing import Any

import numpy as np

from nn.arguments import Array, read_rows
from nn.frames import as_numeric
from nn.nested import is_list


class Sequences:
    """Samples of steps, each step a list of as many numbers; the samples may be of different lengths.

    arrays   one array (steps, numbers) for each sample
    """

    def __init__(self, arrays: list[Array]) -> None:
        self.arrays = arrays

    @property
    def lengths(self) -> Array:
        """The number of steps of each sample."""
        return np.array([len(array) for array in self.arrays])

    def flatten(self) -> Array:
        """Return the numbers of samples of equal length, an array (samples, steps * numbers)."""
        return np.stack([array.ravel() for array in self.arrays])

    def tolist(self) -> list[Any]:
        """Return nested lists: sample, step, number."""
        return [array.tolist() for array in self.arrays]

    def __len__(self) -> int:
        return len(self.arrays)

    def __getitem__(self, chosen: Any) -> "Sequences":
        """Return the samples at an array of indices."""
        return Sequences([self.arrays[index] for index in chosen])


Samples = tuple[Array | Sequences, Array]  # rows and their targets


def read_samples(given: Any, name: str = "X") -> Array | Sequences:
    """Return samples of finite numbers: an array (rows, columns), or Sequences if the samples are arrays.

    TypeError or ValueError says where the error is.
    """
    given = as_numeric(given, name)
    if not is_list(given) or not len(given) or not _is_sequence(given[0] if hasattr(given, "__getitem__") else None):
        return read_rows(given, name)
    first = read_rows(given[0], f"{name}[0]")
    return Sequences([read_rows(part, f"{name}[{at}]", first.shape[1]) for at, part in enumerate(given)])


def group(samples: Array | Sequences) -> dict[Any, Array]:
    """Return the indices of the samples of each length; rows all have the length None."""
    if not isinstance(samples, Sequences):
        return {None: np.arange(len(samples))}
    lengths = samples.lengths
    return {length: np.flatnonzero(lengths == length) for length in dict.fromkeys(lengths.tolist())}


def list_sizes(samples: Array | Sequences) -> list[int]:
    """Return the different lengths, or the width of rows: samples of one size share a tape."""
    if isinstance(samples, Sequences):
        return sorted({len(array) for array in samples.arrays})
    return [samples.shape[1]]


def as_rows(samples: Array | Sequences) -> Array:
    """Return the numbers of samples of one length, one row each."""
    return samples.flatten() if isinstance(samples, Sequences) else samples


def _is_sequence(sample: Any) -> bool:
    return is_list(sample) and len(sample) > 0 and is_list(sample[0])
