"""Initialisation: where the weights of a layer start.

Each function takes the layer's number of inputs and of outputs and a generator, and returns an array
(outputs, inputs). Biases start at zero.
"""

from collections.abc import Callable
from math import sqrt

import numpy as np
from numpy.random import Generator

from nn.arguments import Array, choose

Init = Callable[[int, int, Generator], Array]


def zeros(n_in: int, n_out: int, generator: Generator) -> Array:
    """All zero. The neurons of a hidden layer then stay copies of one another."""
    return np.zeros((n_out, n_in))


def uniform(n_in: int, n_out: int, generator: Generator) -> Array:
    """Uniform from -1 to 1, as micrograd has it."""
    return generator.uniform(-1.0, 1.0, (n_out, n_in))


def normal(n_in: int, n_out: int, generator: Generator) -> Array:
    """Normal with mean 0 and standard deviation 1."""
    return generator.normal(0.0, 1.0, (n_out, n_in))


def xavier_uniform(n_in: int, n_out: int, generator: Generator) -> Array:
    """Uniform with variance 2 / (n_in + n_out), which suits sigmoid and tanh.

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
    Keras calls it glorot_uniform.
    """
    bound = sqrt(6 / (n_in + n_out))
    return generator.uniform(-bound, bound, (n_out, n_in))


def xavier_normal(n_in: int, n_out: int, generator: Generator) -> Array:
    """Normal with variance 2 / (n_in + n_out)."""
    return generator.normal(0.0, sqrt(2 / (n_in + n_out)), (n_out, n_in))


def he_uniform(n_in: int, n_out: int, generator: Generator) -> Array:
    """Uniform with variance 2 / n_in, which suits ReLU: half of the neurons are silent.

    He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015. PyTorch calls it kaiming_uniform.
    """
    bound = sqrt(6 / n_in)
    return generator.uniform(-bound, bound, (n_out, n_in))


def he_normal(n_in: int, n_out: int, generator: Generator) -> Array:
    """Normal with variance 2 / n_in."""
    return generator.normal(0.0, sqrt(2 / n_in), (n_out, n_in))


table: dict[str, Init] = {
    function.__name__: function
    for function in (zeros, uniform, normal, xavier_uniform, xavier_normal, he_uniform, he_normal)
}

RECTIFIERS = ("relu", "leaky_relu", "elu", "softplus", "gelu", "silu")


def get(init: str | Init | None, activation: str = "linear") -> Init:
    """The initialisation of this name, or the function itself; ValueError lists the names.

    None chooses by the activation that follows: he_uniform for the ReLU family, xavier_uniform for the others.
    """
    if init is None:
        return he_uniform if activation in RECTIFIERS else xavier_uniform
    return init if callable(init) else choose("initialisation", init, table)
