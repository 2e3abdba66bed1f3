"""Regularisation: a network with more freedom than data learns the noise by heart, and five ways to stop it.

Sixteen noisy points of a sine wave are given to a network of two hidden layers, which goes through them one by one
and is far off in between: it overfits. A single hidden neuron, in turn, cannot follow the wave at all: it underfits.
L1 drives many weights to exactly zero, L2 keeps all of them small, dropout lets no neuron rely on another, noise on
the inputs blurs every point, and early stopping keeps the network that did best on points it did not learn from.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import panels, run, save, table
from viz.figures.plots import COLOURS


def build(seed: int, width: int = 20, between: tuple[nn.Module, ...] = ()) -> nn.Sequential:
    """Two hidden layers, and what lies between them; always from the same weights."""
    start = np.random.default_rng(seed)
    first, second = nn.Layer(1, width, "tanh", generator=start), nn.Layer(width, width, "tanh", generator=start)
    return nn.Sequential(first, *between, second, nn.Layer(width, 1, "linear", generator=start))


def main(out: Path, seed: int = 0, points: int = 16, epochs: int = 1500) -> None:
    """Fit noisy points of a sine wave, with and without regularisation.

    points   to learn from
    epochs   of training; a fifth of them with dropout, whose graph is another each time and cannot be recorded
    """
    generator = np.random.default_rng(seed)

    def sample(count: int) -> tuple[np.ndarray, np.ndarray]:
        x = np.linspace(-1, 1, count) + generator.uniform(-0.05, 0.05, count)
        return x[:, None], np.sin(np.pi * x) + 0.4 * generator.normal(size=count)

    (X, y), held_out = sample(points), sample(points)
    blurred = np.repeat(X, 20, axis=0) + generator.normal(0, 0.15, (20 * points, 1))  # twenty copies of each point
    dropout = nn.Dropout(0.1, generator=generator)
    short = max(1, epochs // 5)
    ways = {  # to build, what to learn from, settings of the optimiser and of fit
        "one neuron": (build(seed, 1), (X, y), {}, {}),
        "no regularisation": (build(seed), (X, y), {}, {}),
        "L1": (build(seed), (X, y), {"l1": 0.1}, {}),
        "L2": (build(seed), (X, y), {"weight_decay": 0.003}, {}),
        "dropout": (build(seed, between=(dropout,)), (X, y), {}, {"epochs": short, "record": False}),
        "noise on inputs": (build(seed), (blurred, np.repeat(y, 20)), {}, {}),
        "early stopping": (build(seed), (X, y), {}, {"validation": held_out, "patience": 200}),
    }

    # The wave itself, which none of them has seen, tells which of them learned more than the points.
    line = np.linspace(-1, 1, 101)
    wave = np.sin(np.pi * line)
    axes, rows = panels(2, 4, 13, 6, sharex=True, sharey=True).ravel(), []
    for ax, (name, (model, data, shrinking, settings)) in zip(axes, ways.items(), strict=False):
        adam = nn.Adam(model.parameters(), lr=0.02, **shrinking)
        history = nn.fit(model, *data, optimizer=adam, progress=False, **{"epochs": epochs, **settings})
        curve = nn.predict(model, line[:, None])
        near, far = np.mean((nn.predict(model, X) - y) ** 2), np.mean((curve - wave) ** 2)
        weights = [number for path, number in model.state_dict().items() if "weights" in path]
        rows.append((name, f"{near:.3f}", f"{far:.3f}", len(weights), weights.count(0.0)))
        ax.plot(line, wave, "k:", label="the wave")
        ax.plot(X[:, 0], y, "o", color="grey", label="points learned from")
        ax.plot(line, curve, color=COLOURS[1], linewidth=2, label="the network")
        ax.set(title=f"{name}: error {far:.3f}", ylim=(-1.8, 1.8))
    print(f"Mean squared error on the {points} points learned from, and against the wave itself:\n")
    table(("", "points", "wave", "weights", "exactly 0"), rows)
    print(f"\nEarly stopping kept epoch {history.best}, and ended after {history.epochs} of {epochs}.")
    axes[7].axis("off")
    axes[7].legend(*ax.get_legend_handles_labels(), loc="center", title="error: mean square against the wave")
    save(axes, out / "fits.png", "Seven networks after the same points; the error is against the wave, not the points.")


if __name__ == "__main__":
    run(main)
