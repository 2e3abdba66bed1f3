"""Spiral: three arms wound around one another, a class each, and how depth unwinds them.

Each point belongs to one of three arms of a spiral. A linear classifier cuts the plane into three sectors and gets
about half of the points right; hidden layers bend the borders along the arms. The network gives one number for each
class, softmax turns these into probabilities, and cross-entropy is the loss.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import panels, run, save, table
from viz import plots


def main(out: Path, seed: int = 0, width: int = 16, epochs: int = 300) -> None:
    """Tell three arms of a spiral apart, with no, one and two hidden layers.

    width    neurons in each hidden layer
    epochs   of training
    """
    generator = np.random.default_rng(seed)
    X, y = nn.spiral(300, generator=generator)
    X_new, y_new = nn.spiral(300, generator=generator)
    axes, rows = panels(1, 3, 12, 4.2), []

    # The same data, the same optimiser; only the number of hidden layers differs.
    for hidden, ax in enumerate(axes):
        model = nn.MLP(2, [width] * hidden + [3], "tanh", generator=generator)
        adam = nn.Adam(model.parameters(), lr=0.03)
        history = nn.fit(model, X, y, loss="cross_entropy", optimizer=adam, epochs=epochs, progress=False)
        right = f"{nn.evaluate(model, X_new, y_new, 'cross_entropy')['accuracy']:.1%}"
        rows.append((hidden, len(model.parameters()), history.loss[-1], f"{history.accuracy[-1]:.1%}", right))
        plots.decision_boundary(lambda rows, model=model: nn.predict(model, rows), X, y, ax=ax)
        ax.set(title=f"Hidden layers: {hidden}, right: {right}", aspect="equal")
    table(("hidden layers", "parameters", "loss", "right in training", f"of {len(X_new)} new points"), rows)
    save(axes, out / "boundaries.png", "The class with the largest output, and the 300 training points.")


if __name__ == "__main__":
    run(main)
