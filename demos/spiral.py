"""Spiral: three arms wound around one another, a class each, and how depth unwinds them.

Each point belongs to one of three arms of a spiral. A linear classifier cuts the plane into three sectors and gets
about half of the points right; hidden layers bend the borders along the arms. The network gives one number for each
class, softmax makes probabilities of them, and cross-entropy is the loss.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import run, save
from viz import plots


def main(out: Path, seed: int = 0, width: int = 16, epochs: int = 300) -> None:
    """Tell three arms of a spiral apart, with no, one and two hidden layers.

    width    neurons in each hidden layer
    epochs   of training
    """
    generator = np.random.default_rng(seed)
    X, y = nn.spiral(300, generator=generator)
    X_new, y_new = nn.spiral(300, generator=generator)
    axes = plots.new_axes(12, 4.2, columns=3)

    # The same data, the same optimiser; only the number of hidden layers differs.
    print(f"  hidden layers   parameters   loss   right in training   of {len(X_new)} new points")
    for ax, hidden in zip(axes, range(3), strict=True):
        model = nn.MLP(2, [width] * hidden + [3], "tanh", generator=generator)
        history = nn.fit(
            model, X, y, loss="cross_entropy", optimizer=nn.Adam(model.parameters(), lr=0.03),
            epochs=epochs, progress=False,
        )  # fmt: skip
        right = nn.accuracy(nn.predict(model, X_new), y_new, "cross_entropy")
        figures = f"{history.loss[-1]:7.3f}{history.accuracy[-1]:20.1%}{right:20.1%}"
        print(f"  {hidden:13}{len(model.parameters()):13}{figures}")

        plots.decision_boundary(lambda rows, model=model: nn.predict(model, rows), X, y, ax=ax, resolution=60)
        ax.set(title=f"Hidden layers: {hidden}, right: {right:.0%}", xlabel="x1", ylabel="x2", aspect="equal")
    caption = "The class with the largest output, for each point of the plane, and the 300 points learned from."
    save(axes[0], out / "boundaries.png", caption)


if __name__ == "__main__":
    run(main)
