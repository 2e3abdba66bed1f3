"""Activations: what a neuron makes of its weighted sum, where that saturates or dies, and what it is good for.

Each curve is drawn with its derivative, which is what the backward pass multiplies by. Where the derivative is small,
the neuron is saturated and learns slowly; where it is zero for every row, it is dead. The claims of the textbooks are
checked by numbers, and the same network learns the same points inside and outside a circle with each activation.
"""

import textwrap
from pathlib import Path

import numpy as np

import nn
from demos.runner import heading, panels, run, save, say
from engine import Value, grad, softmax
from viz.plots import COLOURS

NAMES = [name for name in nn.activations.table if name != "softmax"]


def trace(name: str, xs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The activation and its derivative at every x."""
    leaves = [Value(x) for x in xs.tolist()]
    values = [nn.activations.get(name)(leaf) for leaf in leaves]
    return np.array([v.data for v in values]), np.array([grad(v, x) for v, x in zip(values, leaves, strict=True)])


def check_claims() -> dict[str, float]:
    """What the textbooks say of activations, as numbers."""
    xs = np.linspace(-8, 8, 1601)
    sigmoid, slope = trace("sigmoid", xs)
    generator = np.random.default_rng(0)
    first, second = (nn.Layer(3, 3, "linear", generator=generator) for _ in range(2))
    A, B = (np.array([[w.data for w in neuron.weights] for neuron in layer.neurons]) for layer in (first, second))
    row = generator.normal(size=3)
    stacked = [value.data for value in second(first(row.tolist()))]
    hidden = nn.Layer(2, 200, "relu", generator=generator)([0.5, -1.0])
    return {
        "sigmoid: least value": sigmoid.min(),
        "sigmoid: largest value": sigmoid.max(),
        "sigmoid: mean value, so not centred on zero": sigmoid.mean(),
        "sigmoid: largest slope": slope.max(),
        "tanh(x) - (2·sigmoid(2x) - 1), at most": np.abs(
            trace("tanh", xs)[0] - 2 * trace("sigmoid", 2 * xs)[0] + 1
        ).max(),
        "tanh(x) + tanh(-x), at most": np.abs(trace("tanh", xs)[0] + trace("tanh", -xs)[0]).max(),
        "relu: slope at -1": grad((x := Value(-1.0)).relu(), x),
        "relu: share of 200 neurons that fire for one row": np.mean([value.data > 0 for value in hidden]),
        "softmax of (1, 2, 3): sum": sum(value.data for value in softmax([1.0, 2.0, 3.0])),
        "two linear layers against their product, at most": np.abs(stacked - B @ A @ row).max(),
    }


def train(name: str, seed: int, epochs: int) -> nn.History:
    """The same network on the same points, with this activation in its hidden layers."""
    generator = np.random.default_rng(seed)
    X, y = nn.circle(100, generator)
    model = nn.MLP(2, [8, 8, 1], name, generator=generator)
    optimizer = nn.Adam(model.parameters(), lr=0.03)
    loss = "binary_cross_entropy_with_logits"
    return nn.fit(model, X, y, loss=loss, optimizer=optimizer, epochs=epochs, generator=generator, progress=False)


def main(out: Path, seed: int = 0, epochs: int = 200) -> None:
    """Curves, claims, and a contest.

    epochs   of training with each activation
    """
    heading("Claims, checked")
    for claim, number in check_claims().items():
        print(f"  {claim:52}{number:10.4g}")

    heading("One by one")
    for name in [*NAMES, "softmax"]:
        lines = str(nn.activations.describe(name)).splitlines()
        print("\n".join(textwrap.fill(line, 80, subsequent_indent=" " * 12) for line in lines), end="\n\n")

    xs = np.linspace(-5, 5, 501)
    axes = panels(3, 4, 10.5, 7.5, sharex=True, sharey=True)
    for ax, name in zip(axes.flat, NAMES, strict=True):
        value, slope = trace(name, xs)
        ax.axhline(0, color="grey", linewidth=0.6)
        ax.axvline(0, color="grey", linewidth=0.6)
        ax.plot(xs, value, color=COLOURS[0], linewidth=2, label="value")
        ax.plot(xs, slope, "--", color=COLOURS[1], linewidth=2, label="derivative")
        ax.set(title=name, ylim=(-1.6, 3.2))
    axes[0, 0].legend(loc="upper left")
    for ax in axes[-1]:
        ax.set_xlabel("weighted sum x")
    save(axes, out / "curves.png", "Value (line) and derivative (dashes) of each activation.")

    heading(f"The same network with each, after {epochs} epochs on points in and out of a circle")
    axes = panels(3, 4, 10.5, 7.5, sharex=True, sharey=True)
    for ax, name in zip(axes.flat, NAMES, strict=True):
        if name == "step":  # its slope is 0 everywhere: only the output layer learns
            say("  (step passes no gradient: its hidden layers stay as they were drawn)")
        history = train(name, seed, epochs)
        print(f"  {name:12} loss {history.loss[-1]:6.4f}   accuracy {history.accuracy[-1]:4.0%}")
        ax.plot(history.loss, color=COLOURS[0], linewidth=2)
        ax.set(title=f"{name}: {history.accuracy[-1]:.0%} right", yscale="log")
        ax.grid(alpha=0.3)
    for ax in axes[-1]:
        ax.set_xlabel("epoch")
    for ax in axes[:, 0]:
        ax.set_ylabel("mean loss (log scale)")
    what = "The same network and the same points, 100 of them in and out of a circle, with each activation."
    save(axes, out / "contest.png", f"{what} Linear layers can draw only a straight line.")


if __name__ == "__main__":
    run(main)
