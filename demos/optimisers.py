"""Optimisers: momentum and Adam, on the contour that plain gradient descent has trouble with.

A narrow valley makes one learning rate too large across and too small along. Momentum averages the swings away and
gathers speed along the valley. Adam divides each weight's step by how large its gradients have been, so that steep
and flat directions are walked alike, and it hardly cares which rate it is given.
"""

from pathlib import Path

import numpy as np

import nn
from demos.gradient_descent import valley
from demos.runner import run, save, table
from engine import Value
from viz import plots

START = -9.0, 2.0
OPTIMISERS = {  # the first three are drawn
    "Adam, rate 0.6": (nn.Adam, {"lr": 0.6}),
    "momentum 0.6, rate 0.06": (nn.SGD, {"lr": 0.06, "momentum": 0.6}),
    "plain, rate 0.076": (nn.SGD, {"lr": 0.076}),
    "plain, rate 0.081": (nn.SGD, {"lr": 0.081}),
    "Nesterov 0.6, rate 0.05": (nn.SGD, {"lr": 0.05, "momentum": 0.6, "nesterov": True}),
    "RMSProp, rate 0.3": (nn.RMSProp, {"lr": 0.3}),
    "Adam, rate 1.2": (nn.Adam, {"lr": 1.2}),
}


def descend(optimizer: nn.Optimizer, steps: int) -> np.ndarray:
    """Where the optimiser's two weights are at first and after each step, (steps + 1, 2)."""
    x, y = optimizer.parameters
    path = [(x.data, y.data)]
    for _ in range(steps):
        optimizer.zero_grad()
        valley(x, y).backward()
        optimizer.step()
        path.append((x.data, y.data))
    return np.array(path)


def main(out: Path, seed: int = 0, steps: int = 100) -> None:
    """The same valley, several optimisers.

    steps   of each
    seed    not used here: nothing is random
    """
    ax, rows = plots.new_axes(9, 5), []
    for name, (kind, settings) in OPTIMISERS.items():
        path = descend(kind([Value(number) for number in START], **settings), steps)
        above = np.flatnonzero(valley(*path.T) >= 0.01)[-1] + 1
        rows.append((name, f"{above} steps" if above < len(path) else "not yet", valley(*path[-1])))
        if len(rows) <= 3:
            plots.descent_contour(valley, path, ax=ax, label=f"{name}: {rows[-1][1]}")
    table(("", "until the loss stays below 0.01", f"after {steps} steps"), rows)
    print("\nAcross the valley 2/curvature is 0.08: no plain rate beyond that comes down.")
    ax.set(title="Three ways through a narrow valley", xlabel="weight x", ylabel="weight y")
    save(ax, out / "contour.png", "Three optimisers on their way from the ring to the origin; lines of equal loss.")


if __name__ == "__main__":
    run(main)
