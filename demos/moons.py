"""Moons: a boundary that bends while a network learns, as in micrograd's own demonstration.

Two half circles are interleaved, so that no straight line separates them. A network of two hidden layers starts with an
accidental boundary and bends it, epoch by epoch, until it runs between the moons. The loss is the hinge of support
vector machines: a point that is right by a margin of 1 costs nothing, so that only points near the boundary still
teach.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import panels, run, save, table
from viz import plots


def main(out: Path, seed: int = 0, width: int = 16, epochs: int = 60) -> None:
    """Tell two moons apart.

    width    neurons in each of the two hidden layers
    epochs   of training
    """
    generator = np.random.default_rng(seed)
    X, y = nn.moons(100, generator=generator)
    X_new, y_new = nn.moons(500, generator=generator)
    signs, signs_new = 2 * y - 1, 2 * y_new - 1  # the hinge loss takes -1 and +1
    model = nn.MLP(2, [width, width, 1], generator=generator)
    print(f"{model}\n{len(model.parameters())} parameters, {len(X)} points\n")

    # Four moments of training: the beginning, two on the way, and the end.
    moments = [0, max(1, epochs // 12), max(1, epochs // 3), epochs]
    axes, rows = panels(2, 2, 9, 7).ravel(), []

    def look(history: nn.History) -> None:
        if history.epochs in moments:
            seen, new = nn.evaluate(model, X, signs, "hinge"), nn.evaluate(model, X_new, signs_new, "hinge")
            teaching = int(np.sum(signs * nn.predict(model, X) < 1))
            rows.append((history.epochs, seen["loss"], f"{seen['accuracy']:.1%}", f"{new['accuracy']:.1%}", teaching))
            ax = axes[moments.index(history.epochs)]
            plots.decision_boundary(lambda rows: nn.predict(model, rows), X, y, ax=ax, resolution=30)
            ax.set_title(f"Two moons after {history.epochs} epochs")

    look(nn.History())
    history = nn.fit(
        model, X, signs, loss="hinge", optimizer=nn.Adam(model.parameters(), lr=0.02, weight_decay=1e-4),
        epochs=epochs, batch_size=20, generator=generator, callback=look, progress=False,
    )  # fmt: skip
    table(("epoch", "loss", "right", f"of {len(X_new)} new points", "points that teach"), rows)
    save(axes, out / "boundary.png", "The network's output and the line where it is 0, at four moments of training.")
    save(plots.loss_curve(history), out / "loss.png", "The mean hinge loss, epoch by epoch.")


if __name__ == "__main__":
    run(main)
