"""Amount of data: the same network trained on more and more rows, and how well it answers new ones.

A network learns a few rows by heart and guesses elsewhere: in training all its answers are right, but on new rows it
hardly beats chance. Ten times the data helps, though less each time. The gap between the rows it has learned and the
rows it has not seen is overfitting; more data closes it.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import once, panels, run, save, table
from viz import plots
from viz.figures.axes import add_legend

AMOUNTS = 20, 50, 100, 300, 1000


@once
def train(rows: int, seed: int) -> tuple[nn.MLP, np.ndarray, np.ndarray, float, float]:
    """A network, the rows of a spiral that it learned, and the shares of these and of new rows that it gets right."""
    generator = np.random.default_rng(seed)
    X_new, y_new = nn.spiral(1000, turns=1.3, noise=0.15, generator=generator)
    X, y = nn.spiral(rows, turns=1.3, noise=0.15, generator=generator)
    model = nn.MLP(2, [16, 16, 3], "tanh", generator=np.random.default_rng(seed))
    adam = nn.Adam(model.parameters(), lr=0.02)
    history = nn.fit(model, X, y, loss="cross_entropy", optimizer=adam, epochs=200, progress=False)
    return model, X, y, history.accuracy[-1], nn.evaluate(model, X_new, y_new, "cross_entropy")["accuracy"]


def main(out: Path, seed: int = 0) -> None:
    """A learning curve."""
    found = {rows: train(rows, seed) for rows in AMOUNTS}
    table(
        ("rows", "right in training", "of 1,000 new ones"),
        [(f"{n:,}", f"{a:.0%}", f"{b:.0%}") for n, (*_, a, b) in found.items()],
    )
    axes = panels(1, 3, 12, 3.9)
    for ax, rows in zip(axes, (20, 300), strict=False):
        model, X, y, _, right = found[rows]
        plots.decision_boundary(lambda rows, model=model: nn.predict(model, rows), X, y, ax=ax)
        ax.set(title=f"{rows} rows: {right:.0%} of new ones", aspect="equal")
    axes[2].semilogx(AMOUNTS, [100 * a for *_, a, _ in found.values()], "s--", color="black", label="in training")
    axes[2].semilogx(AMOUNTS, [100 * b for *_, b in found.values()], "o-", color="black", label="new ones")
    axes[2].set(title="Learning curve", xlabel="rows (log scale)", ylabel="right, in percent", ylim=(0, 105))
    add_legend(axes[2])
    save(
        axes,
        out / "amount.png",
        "What 20 and 300 rows teach the same network, and how more data improves its answers.",
    )


if __name__ == "__main__":
    run(main)
