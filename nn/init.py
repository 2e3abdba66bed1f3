"""Initialisation: functions that draw the starting weights of a layer.

Each takes the layer's number of inputs, its number of outputs and a generator, and returns an array (outputs, inputs).
Some take one more number, by keyword; set it with functools.partial. Biases start at zero. The inputs of a convolution
are all numbers that its kernel covers, its outputs are its channels.
"""

from collections.abc import Callable, Sequence
from math import inf, sqrt
from typing import TypeVar

import numpy as np
from numpy.random import Generator

from engine import Value
from nn.activations import DESCRIPTIONS, describe
from nn.arguments import Array, check_real, choose, choose_generator, read_rows
from nn.module import Module

Init = Callable[[int, int, Generator], Array]
Model = TypeVar("Model", bound=Module)


def zeros(n_in: int, n_out: int, generator: Generator) -> Array:
    """Return zeros. The neurons of a hidden layer then stay copies of one another."""
    return np.zeros((n_out, n_in))


def constant(n_in: int, n_out: int, generator: Generator, number: float = 1.0) -> Array:
    """Return one number everywhere, 1 by default. The neurons of a hidden layer then stay copies of one another."""
    return np.full((n_out, n_in), float(number))


def uniform(n_in: int, n_out: int, generator: Generator, bound: float = 1.0) -> Array:
    """Draw uniformly from -bound to bound; by default from -1 to 1, as micrograd does."""
    return generator.uniform(-bound, bound, (n_out, n_in))


def normal(n_in: int, n_out: int, generator: Generator, deviation: float = 1.0) -> Array:
    """Draw from a normal distribution with mean 0 and this standard deviation, 1 by default."""
    return generator.normal(0.0, deviation, (n_out, n_in))


def xavier_uniform(n_in: int, n_out: int, generator: Generator, gain: float = 1.0) -> Array:
    """Draw uniformly with variance gain^2 * 2 / (n_in + n_out), which suits sigmoid and tanh.

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
    Keras calls it glorot_uniform.
    """
    bound = gain * sqrt(6 / (n_in + n_out))
    return generator.uniform(-bound, bound, (n_out, n_in))


def xavier_normal(n_in: int, n_out: int, generator: Generator, gain: float = 1.0) -> Array:
    """Draw from a normal distribution with variance gain^2 * 2 / (n_in + n_out)."""
    return generator.normal(0.0, gain * sqrt(2 / (n_in + n_out)), (n_out, n_in))


def he_uniform(n_in: int, n_out: int, generator: Generator, gain: float = sqrt(2)) -> Array:
    """Draw uniformly with variance gain^2 / n_in; by default 2 / n_in, which suits ReLU, where half the neurons are 0.

    He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015. PyTorch calls it kaiming_uniform.
    """
    bound = gain * sqrt(3 / n_in)
    return generator.uniform(-bound, bound, (n_out, n_in))


def he_normal(n_in: int, n_out: int, generator: Generator, gain: float = sqrt(2)) -> Array:
    """Draw from a normal distribution with variance gain^2 / n_in; 2 / n_in by default."""
    return generator.normal(0.0, gain / sqrt(n_in), (n_out, n_in))


def orthogonal(n_in: int, n_out: int, generator: Generator, gain: float = 1.0) -> Array:
    """Draw orthogonal rows of length `gain`; orthogonal columns, if there are fewer of these.

    Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks", 2014. The signs are drawn too, so that all such matrices are equally likely.
    """
    q, r = np.linalg.qr(generator.normal(size=(max(n_in, n_out), min(n_in, n_out))))
    q = q * np.sign(np.diag(r))
    chosen: Array = gain * (q if n_out >= n_in else q.T)
    return chosen


table: dict[str, Init] = {
    function.__name__: function
    for function in (
        zeros, constant, uniform, normal, xavier_uniform, xavier_normal, he_uniform, he_normal, orthogonal,
    )
}  # fmt: skip


def get(init: str | Init | None, activation: str = "linear") -> Init:
    """Return the initialisation of this name, or the function given; ValueError lists the names.

    None chooses by the activation that follows: he_uniform for the ReLU family, xavier_uniform for the others.
    """
    if init is None:
        return table[DESCRIPTIONS[activation].init] if activation in DESCRIPTIONS else xavier_uniform
    return init if callable(init) else choose("initialisation", init, table)


def gain(activation: str, slope: float | None = None) -> float:
    """Return the factor for the weights before an activation that keeps the size of signals; ValueError lists names.

    slope   the slope of leaky_relu (0.01 by default) or prelu (0.25)

    >>> gain("tanh")
    1.6666666666666667
    """
    usual = describe(activation).gain
    if slope is None:
        return usual
    if activation not in ("leaky_relu", "prelu"):
        raise ValueError(f"{activation} has no slope; leaky_relu and prelu have one")
    return sqrt(2 / (1 + check_real("slope", slope, least=-inf) ** 2))


def apply(model: Model, init: str | Init | None = None, generator: Generator | None = None) -> Model:
    """Reset a model: draw its weights anew, reset biases, scales and running statistics; returns the model.

    init        a name of `nn.init.table`, or a function; None lets each layer choose as it did when it was made
    generator   a numpy.random.Generator to draw from; None for a new, unseeded one

    ValueError for an unknown name or a function that returns a wrong array; the model then does not change.
    """
    get(init)
    before = model.state_dict()
    try:
        model.reset(init, choose_generator(generator))
    except BaseException:
        model.load_state_dict(before)
        raise
    return model


def draw(
    n_in: int, n_out: int, activation: str, init: str | Init | None, generator: Generator | None
) -> list[list[float]]:
    """Draw starting weights (n_out, n_in); ValueError if the function returns anything else."""
    function = get(init, activation)
    drawn = read_rows(function(n_in, n_out, choose_generator(generator)), "the initial weights", n_in)
    if len(drawn) != n_out:
        raise ValueError(f"the initial weights must be {n_out} rows, not {len(drawn)}")
    rows: list[list[float]] = drawn.tolist()
    return rows


def assign(parameters: Sequence[Value], numbers: Sequence[float]) -> None:
    """Set each parameter to its number; what stands in the place of one, such as a number, is not learned and stays."""
    for parameter, number in zip(parameters, numbers, strict=True):
        if isinstance(parameter, Value):
            parameter.data = number
