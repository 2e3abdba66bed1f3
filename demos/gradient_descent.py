"""Gradient descent: steps downhill, in a valley of one dimension and in one of two.

The rule is one line: new weight = old weight - learning rate · gradient. Far from the minimum, slope and steps are
large; near it, both shrink. A rate that is too small crawls; a larger one swings from side to side; above a limit set
by the curvature, every swing grows. In a narrow valley, one rate is too large across and too small along.
"""

import itertools
from pathlib import Path

import numpy as np

from demos.runner import heading, panels, run, save, say, table
from engine import Value
from viz import plots

RATES = {"too small": 0.02, "good": 0.3, "swinging": 0.95, "too large": 1.05}


def curve(w):
    """A parabola with its minimum at w = 3, where it is 1. Its second derivative is 2 everywhere."""
    return (w - 3) ** 2 + 1


def valley(x, y):
    """A valley 25 times as steep across (y) as along (x), with its minimum at the origin."""
    return 0.5 * x**2 + 12.5 * y**2


def descend(loss, start: list[float], rate: float, steps: int) -> np.ndarray:
    """The weights at first and after each step, (steps + 1, weights); ends early beyond a million."""
    path = [start]
    while len(path) <= steps and np.abs(path[-1]).max() < 1e6:
        weights = [Value(number) for number in path[-1]]
        loss(*weights).backward()
        path.append([w.data - rate * w.grad for w in weights])
    return np.array(path)


def main(out: Path, seed: int = 0, steps: int = 20) -> None:
    """Four rates in one dimension, two in two.

    steps   of each descent in one dimension
    seed    not used here: nothing is random
    """
    heading("The rule, with numbers: new weight = old weight - rate · gradient")
    path = descend(curve, [-1.0], RATES["good"], 3)[:, 0]
    for old, new in itertools.pairwise(path):
        print(f"  {old:.4g} - {RATES['good']} · ({2 * (old - 3):.4g}) = {new:.4g}")  # the slope of (w - 3)² is 2(w - 3)

    heading(f"One dimension: the same {steps} steps, four learning rates")
    axes, line = panels(2, 2, 9, 6.4, sharex=True, sharey=True), np.linspace(-3, 9, 100)
    rows, first = [], range(min(4, steps))
    for ax, (name, rate) in zip(axes.flat, RATES.items(), strict=True):
        path = descend(curve, [-1.0], rate, steps)[:, 0]
        rows.append((f"{rate:g}", name, *path[first], path[-1]))
        ax.plot(line, curve(line), color="black", linewidth=1)
        plots.descent_curve(curve, path, ax=ax)
        ax.set(title=f"rate {rate:g}: {name}, ends at {path[-1]:.4g}", xlim=(-3, 9), ylim=(0, 38))
        ax.label_outer()
    table(("rate", "", *(f"step {step}" for step in first), f"step {steps}"), rows)
    save(axes, out / "rates.png", "Steps on (w - 3)² + 1, from the ring: each leaves 1 - 2·rate of the distance to 3.")

    heading("Divergence")
    path = descend(curve, [-1.0], RATES["too large"], 1000)[:, 0]
    say(f"At {RATES['too large']} each step ends 1.1 times as far from 3 as the one before; step {len(path) - 1} "
        "passes a million. Rates below 2/curvature, which is 1 here, converge.")  # fmt: skip

    heading("Two dimensions: a narrow valley, from (-9, 2); 2/curvature across is 0.08")
    ax = plots.new_axes(9, 5)
    for rate in (0.076, 0.02):
        path = descend(valley, [-9.0, 2.0], rate, 50)
        plots.descent_contour(valley, path, ax=ax, label=f"rate {rate:g}")
        print(f"  rate {rate:5g}: loss {valley(*path[-1]):.2g} after 50 steps")
    ax.set(title="Down a narrow valley", xlabel="weight x", ylabel="weight y")
    save(ax, out / "valley.png", "The large rate swings across the valley, the small one creeps along it.")


if __name__ == "__main__":
    run(main)
