"""Optimisers: momentum and Adam, on the contour that plain gradient descent has trouble with.

In a narrow valley, one learning rate is too large across and too small along. Momentum averages the swings away and
gathers speed along the valley. Adam has two moments for each weight. The first averages its gradients, as momentum
does. The second averages their squares, and each step is divided by its root, so that steep and flat directions get
steps of the same size. RMSProp has only the second moment; with exact gradients it is the fastest here. Noisy gradients
show what the first is for: those of mini-batches point somewhere else each time, and an average shakes less.

Adam's betas set how long the moments remember: (0.7, 0.999) here, where steps are few. With the usual (0.9, 0.999),
which suit the noisy batches of a network, Adam swings here and is slower than plain descent.
"""

from pathlib import Path

import numpy as np

from demos.descents import ADAM, BETAS, OPTIMISERS, count_steps, descend, shake
from demos.gradient_descent import valley
from demos.runner import heading, run, save, say, table
from viz import plots


def main(out: Path, seed: int = 0, steps: int = 100) -> None:
    """The same valley, several optimisers.

    steps   of each optimiser
    seed    of the start: 0 is (-9, 2)
    """
    ax, rows = plots.new_axes(9, 5), []
    for name in OPTIMISERS:
        path, taken = descend(name, seed, steps), count_steps(name, seed, steps)
        said = f"{taken} steps" if taken < np.inf else "not yet"
        rows.append((name, said, valley(*path[-1]), shake(name, seed, steps)))
        if len(rows) <= 3:
            plots.descent_contour(valley, path, ax=ax, label=f"{name}: {rows[-1][1]}")
    table(("", "steps to 0.01", "last loss", "with noise"), rows)
    print("\nAcross the valley 2/curvature is 0.08: plain descent diverges at any rate above.\n")
    say("The columns: how many steps until the loss stays below 0.01; the last loss; and the mean loss of the second "
        "half of the steps if each sees the minimum somewhere else, 0.3 off in x and in y, as mini-batches do. With "
        "exact gradients RMSProp is fastest: it has no first moment, and its second begins at 0, which makes its first "
        "step ten times as long. With noisy gradients, at equal rates of 0.9, the first moment averages.")  # fmt: skip
    ax.set(title="Three ways through a narrow valley", xlabel="weight x", ylabel="weight y")
    save(ax, out / "contour.png", "Three optimisers on their way from the ring to the origin; lines of equal loss.")

    heading("Adam's two moments, for its first three steps")
    say("first = 0.7 · first + 0.3 · gradient, second = 0.999 · second + 0.001 · gradient². Both begin at 0 and are "
        "too small at first. To correct this, each is divided by 1 - beta**step. The step taken is "
        "-0.9 · first / √second.")  # fmt: skip
    print()
    moments, rows = np.zeros((2, 2)), []
    for number, place in enumerate(descend(ADAM, seed, steps)[:3], 1):
        gradient = place * (1, 25)  # of x²/2 + 12.5·y²
        moments = (moments.T * BETAS + np.outer(gradient, 1 - np.array(BETAS)) * np.stack([gradient**0, gradient], 1)).T
        first, second = moments / (1 - np.array([BETAS]) ** number).T
        for name, *numbers in zip("xy", place, gradient, first, second, -0.9 * first / np.sqrt(second), strict=True):
            rows.append((f"{number}: {name}", *(f"{each:.3f}" for each in numbers)))
    table(("step", "weight", "gradient", "first", "second", "step taken"), rows)


if __name__ == "__main__":
    run(main)
