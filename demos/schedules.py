"""Schedules: a learning rate that falls while training goes on, so that it is large at first and small at the end.

Gradients of mini-batches are noisy. At a large constant rate, the weights soon come near the minimum and then shake
around it for ever. At a small one they shake less, but take long to get there. A schedule combines both: it begins with
a large rate and lowers it. One cycle also begins with a small rate, for networks whose first steps are wild.
"""

from pathlib import Path

import numpy as np

import nn
from demos.gradient_descent import valley
from demos.runner import lines, once, panels, run, save, say, table
from engine import Value
from viz.figures.axes import add_legend

STEPS, NOISE = 200, 0.3
RATES = {"constant": 0.06, "small, constant": 0.002}  # the others fall from 0.06
FALLING = {
    "step by step": lambda sgd: nn.StepLR(sgd, STEPS // 4, 0.3),
    "exponential": lambda sgd: nn.ExponentialLR(sgd, 0.97),
    "cosine": lambda sgd: nn.CosineAnnealingLR(sgd, STEPS),
    "one cycle": lambda sgd: nn.OneCycleLR(sgd, 0.06, STEPS, cycle_momentum=False),
}


@once
def descend(name: str, seed: int) -> tuple[list[float], list[float]]:
    """The rate of each step, and the loss after it, from (-9, 2); each step sees the minimum somewhere else."""
    x, y = Value(-9.0), Value(2.0)
    sgd, generator = nn.SGD([x, y], lr=RATES.get(name, 0.06)), np.random.default_rng(seed)
    schedule = FALLING[name](sgd) if name in FALLING else None
    rates, losses = [], []
    for _ in range(STEPS):
        sgd.zero_grad()
        valley(x - generator.normal(0, NOISE), y - generator.normal(0, NOISE)).backward()
        rates.append(sgd.lr)
        sgd.step()
        if schedule:
            schedule.step()
        losses.append(valley(x.data, y.data))
    return rates, losses


def settle(name: str, seed: int) -> float:
    """The mean loss of the last twenty steps."""
    return float(np.mean(descend(name, seed)[1][-20:]))


def main(out: Path, seed: int = 0) -> None:
    """The same noisy valley, constant rates and falling ones."""
    names = [*RATES, *FALLING]
    rows = [(name, *(f"{descend(name, seed)[0][step]:.4f}" for step in (0, 60, -1)), settle(name, seed))
            for name in names]  # fmt: skip
    table(("rate", "first", "step 61", "last", "mean loss of the last 20 steps"), rows)
    print()
    say("The valley is that of `gradient_descent`. Each step sees its minimum somewhere else, 0.3 off in x and in y.")
    left, right = axes = panels(1, 2, 11, 4.2, "step")
    lines(None, {name: descend(name, seed)[0] for name in names}, left, title="Learning rate")
    smooth = {name: np.convolve(descend(name, seed)[1], np.full(10, 0.1), "valid") for name in names}
    lines(None, smooth, right, title="Loss, mean of 10 steps (log scale)", yscale="log")
    add_legend(right)
    save(
        axes,
        out / "schedules.png",
        "A constant rate shakes, a small one crawls. A rate that falls arrives, unless it falls too soon.",
    )


if __name__ == "__main__":
    run(main)
