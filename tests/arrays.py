"""Nests of Values as arrays, and seeded generators: what nearly every test of a layer needs."""

import numpy as np

from engine import Value


def seeded(seed=0):
    return np.random.default_rng(seed)


def leaves(numbers):
    """A nested of new leaves."""
    return np.vectorize(Value, otypes=[object])(numbers).tolist()


def data(nested):
    return np.vectorize(lambda value: value.data, otypes=[float])(np.array(nested, dtype=object))


def gradients(nested):
    return np.vectorize(lambda value: value.grad, otypes=[float])(np.array(nested, dtype=object))
