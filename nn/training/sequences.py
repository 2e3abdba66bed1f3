"""Sequences: samples of several steps, of any lengths, where other data have rows."""

from typing import Any

import numpy as np

from nn.arguments import Array, read_table
from nn.frames import as_table
from nn.nested import is_list


class Sequences:
    """Samples of steps, each step a list of as many numbers; the samples may be of different lengths.

    tables   one array (steps, numbers) for each sample
    """

    def __init__(self, tables: list[Array]) -> None:
        self.tables = tables

    @property
    def lengths(self) -> Array:
        """The number of steps of each sample."""
        return np.array([len(table) for table in self.tables])

    def flatten(self) -> Array:
        """Return the numbers of samples of equal length, an array (samples, steps * numbers)."""
        return np.stack([table.ravel() for table in self.tables])

    def tolist(self) -> list[Any]:
        """Return nested lists: sample, step, number."""
        return [table.tolist() for table in self.tables]

    def __len__(self) -> int:
        return len(self.tables)

    def __getitem__(self, chosen: Any) -> "Sequences":
        """Return the samples at an array of indices."""
        return Sequences([self.tables[index] for index in chosen])


Samples = tuple[Array | Sequences, Array]  # rows and their targets


def read_samples(given: Any, name: str = "X") -> Array | Sequences:
    """Return samples of finite numbers: an array (rows, columns), or Sequences if the samples are tables.

    TypeError or ValueError says where the error is.
    """
    given = as_table(given, name)
    if not is_list(given) or not len(given) or not _is_table(given[0] if hasattr(given, "__getitem__") else None):
        return read_table(given, name)
    first = read_table(given[0], f"{name}[0]")
    return Sequences([read_table(part, f"{name}[{at}]", first.shape[1]) for at, part in enumerate(given)])


def group(samples: Array | Sequences) -> dict[Any, Array]:
    """Return the indices of the samples of each length; rows all have the length None."""
    if not isinstance(samples, Sequences):
        return {None: np.arange(len(samples))}
    lengths = samples.lengths
    return {length: np.flatnonzero(lengths == length) for length in dict.fromkeys(lengths.tolist())}


def list_sizes(samples: Array | Sequences) -> list[int]:
    """Return the different lengths, or the width of rows: samples of one size share a tape."""
    if isinstance(samples, Sequences):
        return sorted({len(table) for table in samples.tables})
    return [samples.shape[1]]


def as_rows(samples: Array | Sequences) -> Array:
    """Return the numbers of samples of one length, one row each."""
    return samples.flatten() if isinstance(samples, Sequences) else samples


def _is_table(sample: Any) -> bool:
    return is_list(sample) and len(sample) > 0 and is_list(sample[0])
