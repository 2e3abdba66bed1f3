"""Regularisation: a network with more freedom than data learns the noise by heart, and five ways to stop it.

Sixteen noisy points of a sine wave are given to a network of two hidden layers, which goes through them one by one
and is far off in between: it overfits. A single hidden neuron, in turn, cannot follow the wave at all: it underfits.
L1 drives many weights to exactly zero, L2 keeps all of them small, dropout lets no neuron rely on another, noise on
the inputs blurs every point, and early stopping keeps the network that did best on points it did not learn from.
"""

from pathlib import Path
from typing import Any

import numpy as np

import nn
from demos.runner import panels, run, save
from viz import plots


def main(out: Path, seed: int = 0, points: int = 16, width: int = 20, epochs: int = 1500) -> None:
    """Fit noisy points of a sine wave, with and without regularisation.

    points   to learn from
    width    neurons in each of the two hidden layers
    epochs   of training; a fifth of them with dropout, whose graph is another each time and cannot be recorded
    """
    generator = np.random.default_rng(seed)

    def sample(count: int) -> tuple[np.ndarray, np.ndarray]:
        x = np.linspace(-1, 1, count) + generator.uniform(-0.05, 0.05, count)
        return x[:, None], np.sin(np.pi * x) + 0.4 * generator.normal(size=count)

    (X, y), held_out = sample(points), sample(points)

    # Every network starts from the same weights.
    def build(*between: nn.Module, width: int = width) -> nn.Sequential:
        start = np.random.default_rng(seed)
        first, second = (nn.Layer(n_in, width, "tanh", generator=start) for n_in in (1, width))
        return nn.Sequential(first, *between, second, nn.Layer(width, 1, "linear", generator=start))

    def learn(
        model: nn.Sequential, rows: Any = X, targets: Any = y, epochs: int = epochs, l1: float = 0.0, l2: float = 0.0,
        **options: Any,
    ) -> nn.Sequential:  # fmt: skip
        optimizer = nn.Adam(model.parameters(), lr=0.02, l1=l1, weight_decay=l2)
        nn.fit(model, rows, targets, optimizer=optimizer, epochs=epochs, progress=False, **options)
        return model

    # Noise on the inputs: twenty blurred copies of each point. Early stopping: after each epoch the held-out points
    # judge, and the best state so far is kept; 200 epochs without a better one are enough.
    noisy = np.repeat(X, 20, axis=0) + generator.normal(0, 0.15, (20 * points, 1))
    stopped, best = build(), {"loss": np.inf, "epoch": 0, "state": {}}

    def judge(history: nn.History) -> bool:
        if history.validation_loss[-1] < best["loss"]:
            best.update(loss=history.validation_loss[-1], epoch=history.epochs, state=stopped.state_dict())
        return history.epochs >= best["epoch"] + 200

    learn(stopped, validation=held_out, callback=judge).load_state_dict(best["state"])
    dropout = nn.Dropout(0.1, generator=generator)
    models = {
        "one neuron": learn(build(width=1)),
        "no regularisation": learn(build()),
        "L1": learn(build(), l1=0.1),
        "L2": learn(build(), l2=0.003),
        "dropout": learn(build(dropout), epochs=max(1, epochs // 5), record=False),
        "noise on inputs": learn(build(), noisy, np.repeat(y, 20)),
        "early stopping": stopped,
    }

    # The wave itself, which none of them has seen, tells which of them learned more than the points.
    line = np.linspace(-1, 1, 101)
    wave = np.sin(np.pi * line)
    axes = panels(2, 4, 13, 6, sharex=True, sharey=True).ravel()
    print(f"Mean squared error on the {points} points learned from, and against the wave itself:\n")
    print(f"  {'':17}{'points':>9}{'wave':>9}{'weights':>10}{'exactly 0':>12}")
    for ax, (name, model) in zip(axes, models.items(), strict=False):
        curve = nn.predict(model, line[:, None])
        near, far = np.mean((nn.predict(model, X) - y) ** 2), np.mean((curve - wave) ** 2)
        weights = [number for path, number in model.state_dict().items() if "weights" in path]
        print(f"  {name:17}{near:9.3f}{far:9.3f}{len(weights):10}{weights.count(0.0):12}")
        ax.plot(line, wave, "k:", label="the wave")
        ax.plot(X[:, 0], y, "o", color="grey", label="points learned from")
        ax.plot(line, curve, color=plots.COLOURS[1], linewidth=2, label="the network")
        ax.set(title=f"{name}: error {far:.3f}", ylim=(-1.8, 1.8))
    axes[7].axis("off")
    axes[7].legend(
        *ax.get_legend_handles_labels(), loc="center", title="mean squared error against the wave", frameon=False
    )
    print(f"\nEarly stopping kept epoch {best['epoch']} of {epochs}.")
    save(axes, out / "fits.png", "Seven networks after the same points; the error is against the wave, not the points.")


if __name__ == "__main__":
    run(main)
