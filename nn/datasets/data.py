"""Data: split, batch and scale rows, and classes as columns; with them, what `files` reads."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.random import Generator

from engine.arrays import read_array
from nn import arguments
from nn.answers import check_unmixed
from nn.arguments import Array
from nn.datasets.files import Dataset, load_csv, load_digits, load_iris
from nn.frames import as_plain

__all__ = ["Dataset", "batches", "load_csv", "load_digits", "load_iris", "one_hot", "split", "standardise"]


def split(
    X: Any, y: Any, fraction: float = 0.2, *, stratify: bool = False, generator: Generator | None = None
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Shuffle the rows and hold out a fraction of them; returns (X, y) to learn from and (X, y) held out.

    stratify   hold out this fraction of each class, or of each different row of y, to within a row
    generator  a numpy.random.Generator; None for a new, unseeded one

    TypeError or ValueError for arrays that do not fit together, a label that is none among others, and a fraction that
    leaves a part empty.

    >>> X, y, *_ = load_iris()
    >>> (X_train, y_train), (X_test, y_test) = split(X, y, 0.2, stratify=True)
    >>> X_train.shape, np.bincount(y_test)
    ((120, 4), array([10, 10, 10]))
    """
    check_unmixed(y, "y")
    X, y = arguments.read_rows(X), read_array("y", as_plain(y))
    arguments.check_lengths(X, y)
    fraction = arguments.check_real("fraction", fraction, below=1.0)
    order = arguments.choose_generator(generator).permutation(len(X))
    groups = [order]
    if arguments.check_flag("stratify", stratify):
        _, first, which = np.unique(y[order], axis=0 if y.ndim > 1 else None, return_index=True, return_inverse=True)
        groups = [order[which.ravel() == one] for one in np.argsort(first)]  # in random order
    shares = fraction * np.array([len(group) for group in groups])
    counts = shares.astype(int)
    missing = round(fraction * len(X)) - counts.sum()
    counts[np.argsort(counts - shares, kind="stable")[:missing]] += 1  # where rounding down has taken most
    held_out = np.zeros(len(X), bool)
    for group, count in zip(groups, counts, strict=True):
        held_out[group[:count]] = True
    if held_out.all() or not held_out.any():
        raise ValueError(f"a fraction of {fraction:g} of {len(X)} rows leaves one part empty")
    train, test = order[~held_out[order]], order[held_out[order]]
    return (X[train], y[train]), (X[test], y[test])


def standardise(X: Any, *others: Any) -> tuple[Array, ...]:
    """Scale the columns of X to mean 0 and standard deviation 1, and those of the other arrays in the same way.

    Returns as many arrays as given. Pass the rows to learn from first, so that held-out rows have no influence.
    A column that is constant in X becomes 0 there, and its number is taken from the other arrays.

    TypeError or ValueError for arrays of other widths.

    >>> train, test = standardise([[1.0], [3.0]], [[5.0]])
    >>> train.tolist(), test.tolist()
    ([[-1.0], [1.0]], [[3.0]])
    """
    first = arguments.read_rows(X)
    arrays = [first, *(arguments.read_rows(other, width=first.shape[1]) for other in others)]
    constant = (first == first[0]).all(axis=0)
    exponents = np.frexp(np.abs(first).max(axis=0))[1]  # of powers of two, which round nothing: squares do not overflow
    first, *_ = arrays = [np.ldexp(array, np.where(constant, 0, -exponents)) for array in arrays]
    first, *_ = arrays = [array - first[0] for array in arrays]  # differences of large numbers are small
    deviation = np.where(constant, 1.0, first.std(axis=0))
    return tuple((array - first.mean(axis=0)) / deviation for array in arrays)


def one_hot(y: Any, classes: int | None = None) -> Array:
    """Return a row for each class in y, 1.0 in its column and 0.0 elsewhere; float64 (rows, classes).

    classes   the number of classes; by default one more than the largest in y

    TypeError or ValueError for anything but classes.

    >>> one_hot([0, 2]).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    numbers = arguments.read_column(y)
    classes = int(max(numbers.max(), 0)) + 1 if classes is None else arguments.check_whole("classes", classes)
    allowed = f"a class from 0 to {classes - 1}"
    arguments.check_every("y", numbers, lambda y: (y >= 0) & (y < classes) & (y == y.round()), allowed)
    rows: Array = np.eye(classes)[numbers.astype(int)]
    return rows


def batches(
    X: Any, y: Any, size: int, *, shuffle: bool = True, generator: Generator | None = None
) -> Iterator[tuple[Array, Array]]:
    """Yield (X, y) in batches of `size` rows, the last perhaps smaller; each row occurs once.

    shuffle     take the rows in random order
    generator   a numpy.random.Generator; None for a new, unseeded one

    TypeError or ValueError for arrays that do not fit together, and for a size below 1.

    >>> [part_y.tolist() for part_X, part_y in batches([[1.0], [2.0], [3.0]], [0, 1, 1], 2, shuffle=False)]
    [[0, 1], [1]]
    """
    X, y, size = arguments.read_rows(X), read_array("y", as_plain(y)), arguments.check_whole("size", size)
    arguments.check_lengths(X, y)
    shuffle = arguments.check_flag("shuffle", shuffle)
    order = arguments.choose_generator(generator).permutation(len(X)) if shuffle else np.arange(len(X))
    return ((X[order[at : at + size]], y[order[at : at + size]]) for at in range(0, len(X), size))
