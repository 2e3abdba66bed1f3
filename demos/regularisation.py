"""Regularisation: a network with more freedom than data learns the noise by heart, and five ways to stop it.

Two hidden layers go through sixteen noisy points of a sine wave one by one and are far off in between: they overfit.
A single hidden neuron cannot follow the wave at all: it underfits. L1 drives most weights to exactly zero, L2 keeps all
small, dropout lets no neuron rely on another, noise on the inputs blurs every point, and early stopping keeps what did
best on points it did not learn from.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import lines, once, panels, run, save, table
from viz.figures.axes import add_legend
from viz.figures.plots import COLOURS

WAYS = {  # the width of the layers, the dropout behind them, settings of the optimiser and of the training
    "one neuron": (1, 0, {}, {}),
    "no regularisation": (20, 0, {}, {}),
    "L1": (20, 0, {"l1": 0.2}, {}),
    "L2": (20, 0, {"weight_decay": 0.008}, {}),
    "dropout": (20, 0.2, {}, {}),
    "noise on inputs": (20, 0, {}, {}),
    "early stopping": (20, 0, {}, {"patience": 200}),
}
LINE = np.linspace(-1, 1, 101)
WAVE = np.sin(1.15 * np.pi * LINE)  # which no network has seen


@once
def learn(way: str, seed: int, points: int = 16, epochs: int = 1000) -> dict:
    """All there is to know of a training: points, curve, history, errors, weights."""
    generator = np.random.default_rng(seed)
    x = np.linspace(-1, 1, points) + generator.uniform(-0.05, 0.05, (2, points))
    y, held_out = np.sin(1.15 * np.pi * x) + 0.35 * generator.normal(size=(2, points))
    X, X_held_out = x[:, :, None]
    blurred = np.repeat(X, 20, axis=0) + generator.normal(0, 0.1, (20 * points, 1))  # twenty copies of each point
    data = (blurred, np.repeat(y, 20)) if way == "noise on inputs" else (X, y)

    width, dropped, shrinking, settings = WAYS[way]
    *hidden, last = nn.MLP(1, [width, width, 1], "tanh", generator=np.random.default_rng(seed)).layers
    model = nn.Sequential(*hidden, *([nn.Dropout(dropped, generator=generator)] if dropped else []), last)
    adam = nn.Adam(model.parameters(), lr=0.02, **shrinking)
    settings = {"epochs": epochs, "validation": (X_held_out, held_out), **settings}
    history = nn.fit(model, *data, optimizer=adam, progress=False, **settings)
    noisy = np.repeat(LINE, 20)[:, None] + np.random.default_rng(seed).normal(0, 0.1, (20 * len(LINE), 1))
    curve = nn.predict(model, LINE[:, None])
    return {
        "X": X, "y": y, "curve": curve, "history": history,
        "points": np.mean((nn.predict(model, X) - y) ** 2),
        "wave": np.mean((curve - WAVE) ** 2),
        "noisy": np.mean((nn.predict(model, noisy) - np.repeat(WAVE, 20)) ** 2),
        "weights": [number for path, number in model.state_dict().items() if "weights" in path],
    }  # fmt: skip


def main(out: Path, seed: int = 0, points: int = 16, epochs: int = 1000) -> None:
    """Fit noisy points of a sine wave, with and without regularisation.

    points   to learn from
    epochs   of training, the same for all; early stopping may end sooner
    """
    axes, rows = panels(2, 4, 13, 6, sharex=True, sharey=True).ravel(), []
    for ax, way in zip(axes, WAYS, strict=False):
        found = learn(way, seed, points, epochs)
        errors = [f"{found[what]:.3f}" for what in ("points", "wave", "noisy")]
        rows.append((way, *errors, len(found["weights"]), found["weights"].count(0.0)))
        ax.plot(LINE, WAVE, "k:", label="the wave")
        ax.plot(found["X"][:, 0], found["y"], "o", color="grey", label="points learned from")
        ax.plot(LINE, found["curve"], color=COLOURS[1], linewidth=2, label="the network")
        ax.set(title=f"{way}: error {errors[1]}", ylim=(-1.8, 1.8))
    print(f"Mean squared error on the {points} points, against the wave, and that with noisy inputs:\n")
    table(("", "points", "wave", "noisy", "weights", "exactly 0"), rows)
    axes[7].axis("off")
    axes[7].legend(*ax.get_legend_handles_labels(), loc="center", title="error: mean square against the wave")
    save(axes, out / "fits.png", "Seven networks after the same points; the error is against the wave, not the points.")

    # The same training without an end: where the loss on other points was lowest, early stopping has kept it.
    stopped, whole = (learn(way, seed, points, epochs)["history"] for way in ("early stopping", "no regularisation"))
    print(f"\nEarly stopping kept epoch {stopped.best}, and ended after {stopped.epochs} of {epochs}.")
    curves = {"points learned from": whole.loss, "other points": whole.validation_loss}
    ax = lines(None, curves, title="When to stop", xlabel="epoch", ylabel="error (log scale)", yscale="log")
    ax.axvline(stopped.best, color="black", linestyle=":", label=f"kept: epoch {stopped.best}")
    add_legend(ax)
    save(ax, out / "stopping.png", "Learning by heart: the loss on other points rises while that on its own falls.")


if __name__ == "__main__":
    run(main)
