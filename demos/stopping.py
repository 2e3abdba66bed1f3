"""Stopping: end training after a number of epochs, below a threshold, or when it no longer improves.

The number of epochs always ends training. A threshold ends it as soon as the loss is low enough, and saves the
remaining epochs. Neither knows about overfitting: the loss on held-out data falls and then rises again, while the
training loss still falls. Patience watches the held-out loss: if there is no new low for a number of epochs, training
ends, and the weights of the best epoch are restored. `history.reason` says which rule ended it.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import heading, lines, once, panels, run, save, say, table
from viz.figures.axes import add_legend

LOSS = "binary_cross_entropy_with_logits"
RULES = {"epochs": {}, "threshold": {"threshold": 0.1}, "patience": {"patience": 20}}


@once
def train(rule: str, seed: int, epochs: int = 400) -> tuple[nn.History, float]:
    """A network that could learn 30 points by heart, ended by this rule; its history and its loss on new points."""
    generator = np.random.default_rng(seed)
    (X, y), held_out, new = (nn.moons(count, 0.3, generator) for count in (30, 100, 300))
    model = nn.MLP(2, [16, 1], "tanh", generator=generator)
    adam = nn.Adam(model.parameters(), lr=0.05)
    settings = {"optimizer": adam, "epochs": epochs, "validation": held_out, "progress": False}
    history = nn.fit(model, X, y, loss=LOSS, **settings, **RULES[rule])
    return history, nn.evaluate(model, *new, LOSS)["loss"]


def main(out: Path, seed: int = 0) -> None:
    """Three rules, the same start."""
    heading("The same network, data and start; only the rule differs")
    axes, rows = panels(1, 3, 12, 3.8, "epoch", sharex=True, sharey=True), []
    for ax, rule in zip(axes, RULES, strict=True):
        history, loss = train(rule, seed)
        say(f"{rule}: {history.reason}")
        rows.append((rule, history.epochs, history.best or history.epochs, history.loss[-1], loss))
        lines(None, {"training": history.loss, "held out": history.validation_loss}, ax, yscale="log")
        ax.set_title(f"Ended by {rule}, after {history.epochs}")
        if history.best:
            ax.axvline(history.best, color="black", linestyle=":", label="weights kept")
        add_legend(ax)
    print()
    table(("rule", "epochs", "weights of epoch", "training loss", "on new points"), rows)
    axes[0].set_ylabel("mean loss (log scale)")
    save(
        axes,
        out / "stopping.png",
        "The held-out loss falls, then rises; patience ends training there and restores the best weights.",
    )


if __name__ == "__main__":
    run(main)
