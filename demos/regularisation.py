"""Regularisation: a network with too few data learns the noise by heart; five ways to prevent it.

Two hidden layers hit each of sixteen noisy points of a sine wave and are far off in between: they overfit. A single
hidden neuron cannot follow the wave at all: it underfits. L1 drives most weights to exactly zero, L2 keeps them all
small, dropout lets no neuron rely on another, noise on the inputs blurs every point, and early stopping keeps the
weights that did best on points that were not used for training.
"""

from pathlib import Path

from demos.runner import lines, panels, run, save, table
from demos.wave import LINE, POINTS, WAVE, WAYS, learn
from viz.figures.axes import add_legend
from viz.figures.plots import COLOURS


def main(out: Path, seed: int = 0, epochs: int = 1000) -> None:
    """Fit noisy points of a sine wave, with and without regularisation.

    epochs   of training, the same for all; early stopping may end sooner
    """
    axes, rows = panels(2, 4, 13, 6, sharex=True, sharey=True).ravel(), []
    for ax, way in zip(axes, WAYS, strict=False):
        found = learn(way, seed, epochs)
        errors = [f"{found[what]:.3f}" for what in ("points", "wave", "noisy")]
        rows.append((way, *errors, len(found["weights"]), found["weights"].count(0.0)))
        ax.plot(LINE, WAVE, "k:", label="the wave")
        ax.plot(found["X"][:, 0], found["y"], "o", color="grey", label="points learned from")
        ax.plot(LINE, found["curve"], color=COLOURS[1], linewidth=2, label="the network")
        ax.set(title=f"{way}: error {errors[1]}", ylim=(-1.8, 1.8))
    print(f"Mean squared error on the {POINTS} points, against the wave, and with noisy inputs:\n")
    table(("", "points", "wave", "noisy", "weights", "exactly 0"), rows)
    axes[7].axis("off")
    axes[7].legend(*ax.get_legend_handles_labels(), loc="center", title="error: mean square against the wave")
    save(axes, out / "fits.png", "Seven networks trained on the same points; the error is measured against the wave.")

    stopped, whole = (learn(way, seed, epochs)["history"] for way in ("early stopping", "no regularisation"))
    print(f"\nEarly stopping kept epoch {stopped.best}, and ended after {stopped.epochs} of {epochs}.")
    curves = {"points learned from": whole.loss, "other points": whole.validation_loss}
    ax = lines(None, curves, title="When to stop", xlabel="epoch", ylabel="error (log scale)", yscale="log")
    ax.axvline(stopped.best, color="black", linestyle=":", label=f"kept: epoch {stopped.best}")
    add_legend(ax)
    save(ax, out / "stopping.png", "Learning by heart: the loss on other points rises while the loss on its own falls.")


if __name__ == "__main__":
    run(main)
