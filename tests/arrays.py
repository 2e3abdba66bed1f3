"""Nests of Values as arrays, and seeded generators: what nearly every test of a layer needs."""

import numpy as np

from engine import Value


def seeded(seed=0):
    return np.random.default_rng(seed)


def leaves(numbers):
    """A nest of new leaves."""
    return np.vectorize(Value, otypes=[object])(numbers).tolist()


def data(nest):
    return np.vectorize(lambda value: value.data, otypes=[float])(np.array(nest, dtype=object))


def gradients(nest):
    return np.vectorize(lambda value: value.grad, otypes=[float])(np.array(nest, dtype=object))
