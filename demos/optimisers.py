"""Optimisers: momentum and Adam, on the contour that plain gradient descent has trouble with.

A narrow valley makes one learning rate too large across and too small along. Momentum averages the swings away and
gathers speed along the valley. Adam has two moments for each weight: the first averages its gradients, as momentum
does; the second averages their squares, and the step is divided by its root, so that steep and flat directions are
walked alike. RMSProp has the second alone, and where every gradient is exact it is the fastest here. What the first is
for shows where they are not: gradients of mini-batches point somewhere else each time, and an average shakes less.

How long the moments remember, Adam's betas say: (0.7, 0.999) here, where steps are few; a network with its noisy
batches is better off with the usual (0.9, 0.999), which swings here and is slower than plain descent.
"""

from pathlib import Path

import numpy as np

import nn
from demos.gradient_descent import valley
from demos.runner import heading, once, run, save, say, table
from engine import Value
from viz import plots

BETAS = 0.7, 0.999
OPTIMISERS = {  # the first three are drawn
    "Adam, rate 0.9": (nn.Adam, {"lr": 0.9, "betas": BETAS}),
    "momentum 0.6, rate 0.06": (nn.SGD, {"lr": 0.06, "momentum": 0.6}),
    "plain, rate 0.06": (nn.SGD, {"lr": 0.06}),
    "plain, rate 0.076": (nn.SGD, {"lr": 0.076}),
    "plain, rate 0.081": (nn.SGD, {"lr": 0.081}),
    "momentum 0.7, rate 0.9": (nn.SGD, {"lr": 0.9, "momentum": 0.7}),
    "Nesterov 0.6, rate 0.05": (nn.SGD, {"lr": 0.05, "momentum": 0.6, "nesterov": True}),
    "RMSProp, rate 0.3": (nn.RMSProp, {"lr": 0.3}),
    "RMSProp, rate 0.9": (nn.RMSProp, {"lr": 0.9}),
    "Adam, rate 0.6": (nn.Adam, {"lr": 0.6, "betas": BETAS}),
    "Adam, betas 0.9, 0.999": (nn.Adam, {"lr": 0.9}),
    "Adam without its first moment": (nn.Adam, {"lr": 0.9, "betas": (0.0, 0.999)}),
}


def choose_start(seed: int) -> tuple[float, float]:
    """Where to start: far along the valley, up on one side."""
    if not seed:
        return -9.0, 2.0
    generator = np.random.default_rng(seed)
    along, across = generator.uniform((6, 1), (9, 3)) * generator.choice((-1, 1), 2)
    return float(along), float(across)


@once
def descend(name: str, seed: int = 0, steps: int = 100, noise: float = 0.0) -> np.ndarray:
    """Where the two weights are at first and after each step, (steps + 1, 2); ends early beyond a million.

    noise   how far from the origin each step believes the minimum to be, as a standard deviation
    """
    kind, settings = OPTIMISERS[name]
    x, y = (Value(number) for number in choose_start(seed))
    optimizer, path = kind([x, y], **settings), [(x.data, y.data)]
    generator = np.random.default_rng(seed)
    while len(path) <= steps and np.abs(path[-1]).max() < 1e6:
        optimizer.zero_grad()
        valley(x - generator.normal(0, noise), y - generator.normal(0, noise)).backward()
        optimizer.step()
        path.append((x.data, y.data))
    return np.array(path)


def count_steps(name: str, seed: int = 0, steps: int = 100) -> float:
    """After how many steps the loss stays below 0.01; infinity if it does not."""
    above = np.flatnonzero(valley(*descend(name, seed, steps).T) >= 0.01)[-1] + 1
    return above if above < len(descend(name, seed, steps)) else np.inf


def shake(name: str, seed: int, steps: int = 100) -> float:
    """The mean loss of the second half of the steps, where each step has a gradient of its own noise."""
    return float(np.mean(valley(*descend(name, seed, steps, 0.3)[-(steps // 2) :].T)))


ADAM, MOMENTUM, PLAIN, FASTEST_PLAIN = list(OPTIMISERS)[:4]


def main(out: Path, seed: int = 0, steps: int = 100) -> None:
    """The same valley, several optimisers.

    steps   of each
    seed    of the start: 0 is (-9, 2)
    """
    ax, rows = plots.new_axes(9, 5), []
    for name in OPTIMISERS:
        path, taken = descend(name, seed, steps), count_steps(name, seed, steps)
        rows.append(
            (name, f"{taken} steps" if taken < np.inf else "not yet", valley(*path[-1]), shake(name, seed, steps))
        )
        if len(rows) <= 3:
            plots.descent_contour(valley, path, ax=ax, label=f"{name}: {rows[-1][1]}")
    table(("", "until below 0.01", "in the end", "with noise"), rows)
    print("\nAcross the valley 2/curvature is 0.08: no plain rate beyond that comes down.\n")
    say("How many steps until the loss stays below 0.01; the loss in the end; and its mean over the second half of the "
        "steps where each sees the minimum somewhere else, as mini-batches do, 0.3 off in x and in y. With exact "
        "gradients RMSProp is fastest: it has no first moment, and its second begins at 0, which makes its first step "
        "ten times as long. With noisy ones, at equal rates of 0.9, the first moment averages.")  # fmt: skip
    ax.set(title="Three ways through a narrow valley", xlabel="weight x", ylabel="weight y")
    save(ax, out / "contour.png", "Three optimisers on their way from the ring to the origin; lines of equal loss.")

    heading("Adam's two moments, for its first three steps")
    say("first = 0.7 · first + 0.3 · gradient, second = 0.999 · second + 0.001 · gradient². Both begin at 0 and are "
        "too small at first, which is made good: each is divided by 1 - beta to the power of the step. The step is "
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
