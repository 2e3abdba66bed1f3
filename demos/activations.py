"""Activations: what a neuron makes of its weighted sum, where it saturates or dies, and what each one is good for.

Step, linear, sigmoid, tanh, ReLU, leaky and parametric ReLU are the seven of every course; softmax, which takes a
whole layer, has its own demo. Each curve is drawn with its derivative, the factor in the backward pass.
Where the derivative is small, the neuron is saturated and learns slowly; where it is zero for every row, it is dead.
The same network then learns the same points inside and outside a circle with each activation. Linear layers can draw
only a straight line; a step passes no gradient, so its hidden layers keep their starting weights.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import heading, lines, panels, run, save, table
from engine import Value, grad
from viz.figures.axes import add_legend

CLASSIC = ("step", "linear", "sigmoid", "tanh", "relu", "leaky_relu", "prelu")
WHOLE = ("softmax", "log_softmax")  # of a layer
LATER = [name for name in nn.activations.table if name not in (*CLASSIC, *WHOLE)]
NAMES = [*CLASSIC, *LATER]
LOSS = "binary_cross_entropy_with_logits"


def trace(name: str, xs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The activation and its derivative at every x."""
    leaves = [Value(x) for x in xs.tolist()]
    values = [nn.activations.get(name)(leaf) for leaf in leaves]
    return np.array([v.data for v in values]), np.array([grad(v, x) for v, x in zip(values, leaves, strict=True)])


def train(name: str, seed: int, epochs: int) -> nn.History:
    """The same network on the same points, with this activation in its hidden layers."""
    generator = np.random.default_rng(seed)
    X, y = nn.circle(100, generator)
    model = nn.MLP(2, [8, 8, 1], name, generator=generator)
    adam = nn.Adam(model.parameters(), lr=0.03)
    return nn.fit(model, X, y, loss=LOSS, optimizer=adam, epochs=epochs, progress=False)


def main(out: Path, seed: int = 0, epochs: int = 200) -> None:
    """Curves, and a contest.

    epochs   of training with each activation
    """
    heading("One by one")
    for name in nn.activations.table:
        print(nn.activations.describe(name), end="\n\n")
    xs = np.linspace(-5, 5, 501)
    for names, rows, what in ((CLASSIC, 2, "The seven of every course"), (LATER, 1, "Those that came later")):
        axes = panels(rows, -(-len(names) // rows), 10.5, 2.7 * rows, "weighted sum x", sharey=True)
        for ax, name in zip(axes.flat, names, strict=False):
            value, slope = trace(name, xs)
            lines(xs, {"value": value, "derivative": slope}, ax, title=name, ylim=(-1.6, 3.2))
        for ax in axes.flat[len(names) :]:
            ax.remove()
        add_legend(axes.flat[-(-len(names) // rows) - 1])  # at the end of the first row
        save(axes, out / f"{'seven' if rows == 2 else 'later'}.png", f"{what}: value (line) and derivative (dashes).")

    heading(f"A network with each of them, after {epochs} epochs on points in and out of a circle")
    axes, rows = panels(3, 4, 10.5, 7.5, "epoch", "mean loss (log scale)", sharex=True, sharey=True), []
    for ax, name in zip(axes.flat, NAMES, strict=True):
        history = train(name, seed, epochs)
        right = f"{history.accuracy[-1]:.0%}"
        rows.append((name, history.loss[-1], right))
        lines(None, {"": history.loss}, ax, title=f"{name}: {right} right", yscale="log")
    table(("", "loss", "right"), rows)
    save(axes, out / "contest.png", "The same network learns the same 100 points with each activation.")


if __name__ == "__main__":
    run(main)
