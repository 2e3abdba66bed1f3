"""Claims: what textbooks say of activations, each with the number that bears it out.

A sigmoid lies between 0 and 1, so what it passes on is not centred on zero; its slope is never above a quarter. tanh
is a sigmoid stretched to twice its height and squeezed to half its width, symmetric around the origin. A ReLU passes
no gradient for negative sums, and so does not fire every neuron. Softmax makes probabilities. And layers without an
activation, however many, are one linear layer.
"""

from pathlib import Path

import numpy as np

import nn
from demos.activations import trace
from demos.runner import lines, run, save, table
from engine import Value, grad, softmax


def check(generator: np.random.Generator) -> dict[str, float]:
    """Each claim, and its number."""
    xs = np.linspace(-8, 8, 1601)
    sigmoid, slope = trace("sigmoid", xs)
    tanh, mirrored = trace("tanh", xs)[0], trace("tanh", -xs)[0]
    negative = Value(-1.0)
    hidden = nn.Layer(2, 200, "relu", generator=generator)([0.5, -1.0])

    # Two linear layers, and the product of their matrices.
    first, second = (nn.Layer(3, 3, "linear", generator=generator) for _ in range(2))
    A, B = (np.array([[w.data for w in neuron.weights] for neuron in layer.neurons]) for layer in (first, second))
    row = generator.normal(size=3)
    stacked = np.array([value.data for value in second(first(row.tolist()))])
    return {
        "sigmoid: least value": sigmoid.min(),
        "sigmoid: largest value": sigmoid.max(),
        "sigmoid: mean value, so not centred on zero": sigmoid.mean(),
        "sigmoid: largest slope": slope.max(),
        "tanh(x) - (2·sigmoid(2x) - 1), at most": abs(tanh - 2 * trace("sigmoid", 2 * xs)[0] + 1).max(),
        "tanh(x) + tanh(-x), at most": abs(tanh + mirrored).max(),
        "relu: slope at -1": grad(negative.relu(), negative),
        "relu: share of 200 neurons that fire for one row": np.mean([value.data > 0 for value in hidden]),
        "softmax of (1, 2, 3): sum": sum(value.data for value in softmax([1.0, 2.0, 3.0])),
        "two linear layers against their product, at most": abs(stacked - B @ A @ row).max(),
    }


def main(out: Path, seed: int = 0) -> None:
    """Claims, and the curves that most of them are about."""
    claims = check(np.random.default_rng(seed))
    table(("claim", "number"), [(claim, f"{number:.4g}") for claim, number in claims.items()])
    xs = np.linspace(-6, 6, 241)
    (sigmoid, slope), (tanh, steep) = trace("sigmoid", xs), trace("tanh", xs)
    series = {"sigmoid": sigmoid, "slope of sigmoid": slope, "tanh": tanh, "slope of tanh": steep}
    ax = lines(xs, series, title="Two curves that saturate", xlabel="x", ylabel="value, slope")
    ax.axhline(0.25, color="black", linewidth=0.8, linestyle=":", label="0.25")
    ax.legend()
    save(ax, out / "curves.png", "Sigmoid and tanh with their slopes: at most 0.25 the one, at most 1 the other.")


if __name__ == "__main__":
    run(main)
