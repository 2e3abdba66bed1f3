"""Textbook: what textbooks say about activations, each statement with a number that supports it.

A sigmoid lies between 0 and 1, so its outputs are not centred on zero; its slope is never above a quarter. tanh
is a sigmoid stretched to twice its height and squeezed to half its width, symmetric around the origin. Its slope goes
up to 1: notes that say a quarter mean the sigmoid. A ReLU passes no gradient for negative sums, and so does not fire
every neuron. Softmax makes probabilities. And any number of layers without an activation equals one linear layer.
"""

from functools import cache
from pathlib import Path

import numpy as np

import nn
from demos.activations import trace
from demos.claims import say_claims
from demos.runner import lines, run, save, say
from engine import Value, grad
from viz.figures.axes import add_legend

XS = np.linspace(-8, 8, 321)
LOGITS = [1.0, 2.0, 3.0]
draw = cache(lambda name: trace(name, XS))  # a curve and its slope


def stretch(width: float) -> float:
    """The largest distance between tanh and a sigmoid of twice the height, squeezed by this factor."""
    return float(abs(draw("tanh")[0] - 2 * trace("sigmoid", width * XS)[0] + 1).max())


def fire(activation: str, seed: int) -> float:
    """The share of 200 neurons whose output for one row is not 0."""
    layer = nn.Layer(2, 200, activation, generator=np.random.default_rng(seed))
    return float(np.mean([value.data != 0 for value in layer([0.5, -1.0])]))


def collapse(activation: str, seed: int) -> float:
    """How far two layers of three neurons are from the product of their matrices."""
    generator = np.random.default_rng(seed)
    first, second = (nn.Layer(3, 3, activation, generator=generator) for _ in range(2))
    A, B = (np.array([[w.data for w in neuron.weights] for neuron in layer.neurons]) for layer in (first, second))
    row = generator.normal(size=3)
    return float(abs(np.array([value.data for value in second(first(row.tolist()))]) - B @ A @ row).max())


def slope_at(activation: str, x: float) -> float:
    """The derivative of an activation."""
    leaf = Value(x)
    return float(grad(nn.activations.get(activation)(leaf), leaf))


def main(out: Path, seed: int = 0) -> None:
    """Check the claims, and draw the curves that most of them are about."""
    say_claims("textbook", seed)
    print()
    say("tanh's slope reaches 1. Notes that say a quarter mean the sigmoid's.")
    near = abs(XS) <= 6
    (sigmoid, slope), (tanh, steep) = draw("sigmoid"), draw("tanh")
    series = {"sigmoid": sigmoid, "slope of sigmoid": slope, "tanh": tanh, "slope of tanh": steep}
    series = {name: curve[near] for name, curve in series.items()}
    ax = lines(XS[near], series, title="Two curves that saturate", xlabel="x", ylabel="value, slope")
    ax.axhline(0.25, color="black", linewidth=0.8, linestyle=":", label="0.25")
    add_legend(ax)
    save(ax, out / "curves.png", "Sigmoid and tanh with their slopes: the first at most 0.25, the second at most 1.")


if __name__ == "__main__":
    run(main)
