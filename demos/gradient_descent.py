"""Gradient descent: steps downhill, in a valley of one dimension and in one of two.

The rule is one line: new weight = old weight - learning rate · gradient. Far from the minimum the slope is steep and
the steps are large; near it both shrink by themselves. A rate too small crawls; a larger one overshoots and swings
from side to side; beyond a limit that the curvature sets, every swing is wider than the one before. In two dimensions
a narrow valley makes one rate too large across and too small along. Momentum averages the swings away; Adam gives each
weight steps of its own size, and hardly cares which rate it is given.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import heading, panels, run, save, say
from engine import Value
from viz.plots import COLOURS

RATES = {"too small": 0.02, "good": 0.3, "swinging": 0.95, "too large": 1.05}

OPTIMISERS = {
    "plain, rate 0.076": (nn.SGD, {"lr": 0.076}),
    "momentum 0.6, rate 0.06": (nn.SGD, {"lr": 0.06, "momentum": 0.6}),
    "Adam, rate 0.6": (nn.Adam, {"lr": 0.6}),
}


def curve(w):
    """A parabola with its minimum at w = 3, where it is 1. Its second derivative is 2, so rates below 1 converge."""
    return (w - 3) ** 2 + 1


def valley(x, y):
    """A valley 25 times as steep across (y) as along (x), with its minimum at the origin."""
    return 0.5 * x**2 + 12.5 * y**2


def descend(loss, weights: list[Value], optimizer: nn.Optimizer, steps: int) -> np.ndarray:
    """Where the weights are at first and after each step, (steps + 1, weights); ends early beyond 1e6."""
    path = [[w.data for w in weights]]
    while len(path) <= steps and np.abs(path[-1]).max() < 1e6:
        optimizer.zero_grad()
        loss(*weights).backward()
        optimizer.step()
        path.append([w.data for w in weights])
    return np.array(path)


def cross_valley(kind, **settings) -> tuple[np.ndarray, str]:
    """The path through the valley in 100 steps, and how long it took until the loss stayed below 0.01."""
    weights = [Value(-9.0, "x"), Value(2.0, "y")]
    path = descend(valley, weights, kind(weights, **settings), 100)
    steps = np.flatnonzero(valley(*path.T) >= 0.01)[-1] + 1
    return path, f"{steps} steps" if steps < len(path) else f"not in 100 steps, the loss is {valley(*path[-1]):.3g}"


def main(out: Path, seed: int = 0, steps: int = 20) -> None:
    """Four rates in one dimension, three optimisers in two.

    steps   of each descent in one dimension
    seed    not used here: nothing is random
    """
    heading(f"One dimension: the same {steps} steps, four learning rates")
    axes = panels(2, 2, 9, 6.4, sharex=True, sharey=True)
    print(f"  {'rate':>5}  {'':10}" + "".join(f"{f'step {n}':>9}" for n in (0, 1, 2, 3)) + f"{f'step {steps}':>12}")
    for ax, (verdict, rate), colour in zip(axes.flat, RATES.items(), COLOURS, strict=False):
        w = Value(-1.0, "w")
        path = descend(curve, [w], nn.SGD([w], lr=rate), steps)[:, 0]
        print(f"  {rate:5.2f}  {verdict:10}" + "".join(f"{x:9.3f}" for x in path[:4]) + f"{path[-1]:12.5g}")
        line = np.linspace(-3, 9, 200)
        ax.plot(line, curve(line), color="grey")
        ax.plot(path, curve(path), "o-", color=colour, markersize=5, linewidth=1)
        ax.plot(path[0], curve(path[0]), "s", color="black", markersize=8)
        ax.set(title=f"rate {rate:g}: {verdict}", xlim=(-3, 9), ylim=(0, 38))
        ax.text(3, 32, f"after {steps} steps: w = {path[-1]:.4g}", ha="center", bbox={"color": "white"})
    for ax in axes[1]:
        ax.set_xlabel("weight w")
    for ax in axes[:, 0]:
        ax.set_ylabel("loss")
    what = (
        "Steps on the loss (w - 3)² + 1 from w = -1 (square). The distance to 3 is multiplied by 1 - 2·rate each time."
    )
    save(axes, out / "rates.png", what)

    # No rate is small enough to be safe on every loss, but each loss tells: the limit is 2 / curvature.
    w = Value(-1.0, "w")
    path = descend(curve, [w], nn.SGD([w], lr=RATES["too large"]), 1000)[:, 0]
    grows = abs((path[2] - 3) / (path[1] - 3))
    print()
    say(
        f"The rate {RATES['too large']} diverges: beyond a million after {len(path) - 1} steps, each swing {grows:.2f} "
        "times as wide as the one before. Rates below 2/curvature, which is 1 here, come down."
    )

    heading("Two dimensions: a narrow valley, from (-9, 2), until the loss stays below 0.01")
    x, y = np.meshgrid(np.linspace(-10, 3, 200), np.linspace(-2.6, 2.6, 200))
    axes = panels(3, 1, 9, 8, sharex=True)
    for ax, colour, (name, (kind, settings)) in zip(axes, COLOURS, OPTIMISERS.items(), strict=False):
        path, told = cross_valley(kind, **settings)
        print(f"  {name:24} {told}")
        ax.contour(x, y, valley(x, y), levels=np.geomspace(0.1, 120, 10), colors="grey", linewidths=0.7)
        ax.plot(*path.T, "o-", color=colour, markersize=4, linewidth=1)
        ax.plot(*path[0], "s", color="black", markersize=8)
        ax.plot(0, 0, "*", color="black", markersize=12)
        ax.set(title=f"{name}: {told}", ylabel="weight y")
    for rate in (0.3, 1.2):
        print(f"  {f'Adam, rate {rate:g}':24} {cross_valley(nn.Adam, lr=rate)[1]}")
    print(f"  {'plain, rate 0.081':24} {cross_valley(nn.SGD, lr=0.081)[1]}")
    print("\nAcross the valley 2/curvature is 0.08: no plain rate beyond that comes down.")
    axes[-1].set_xlabel("weight x")
    what = "Three optimisers on their way from the square to the star. The ellipses are lines of equal loss."
    save(axes, out / "valley.png", what)


if __name__ == "__main__":
    run(main)
