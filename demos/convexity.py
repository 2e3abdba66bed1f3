"""Convexity: sets without dents and losses with a single valley, recognised by the segment test.

A set is convex if the line between any two of its points stays inside; a loss is convex if it never rises above the
line between any two of its points. Then every local minimum is a global one, and descent cannot get stuck elsewhere.
Both are tested at the midpoints of random pairs: one failure is a proof, no failure in a thousand only a hint. The
cross-entropy of a single neuron is convex; with a hidden layer it is not: two neurons that swap places compute the
same, but halfway through the swap they are copies of each other.
"""

from pathlib import Path

import numpy as np

import nn
from demos.claims import say_claims
from demos.runner import heading, once, panels, run, save
from engine import Tape, Value, record

PAIRS = 1000
INNER = {"disc": 0.0, "ring": 0.6}  # radius of the hole; 1 is that of the whole
WIDTHS = {"one neuron": [1], "hidden layer of two": [2, 1]}
SWAPPED = [3, 4, 5, 0, 1, 2, 7, 6, 8]  # the parameters, neuron by neuron, once the two have changed places


def draw_pairs(name: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of points of a set, (pairs, 2, 2), and whether the midpoint of each is outside."""
    X = np.random.default_rng(seed).uniform(-1, 1, (8 * PAIRS, 2))
    inside = [INNER[name] <= np.hypot(*point) <= 1 for point in X]
    pairs = X[inside][: 2 * PAIRS].reshape(-1, 2, 2)
    distance = np.hypot(*pairs.mean(axis=1).T)
    return pairs, (distance < INNER[name]) | (distance > 1)


@once
def build_loss(name: str, seed: int) -> tuple[Tape, np.ndarray]:
    """The cross-entropy of a network for one point, recorded; and points in and out of a circle with their classes."""
    X, y = nn.circle(20, np.random.default_rng(seed))
    model = nn.MLP(2, WIDTHS[name], "tanh", generator=np.random.default_rng(seed))
    x1, x2, target = inputs = Value(0.0), Value(0.0), Value(0.0)
    return record(nn.binary_cross_entropy_with_logits(model([x1, x2]), target), inputs), np.column_stack([X, y])


def compute_loss(name: str, numbers: np.ndarray, seed: int) -> float:
    """The mean loss with these numbers as parameters."""
    tape, batch = build_loss(name, seed)
    tape.parameters[:] = numbers
    return tape.value_and_gradient(batch)[0]


def main(out: Path, seed: int = 0) -> None:
    """Two sets, two losses."""
    heading(f"The segment test, on {PAIRS} pairs each")
    say_claims("convexity", seed)
    axes = panels(2, 2, 9, 8)
    for ax, name in zip(axes[0], INNER, strict=True):
        pairs, outside = draw_pairs(name, seed)
        first = pairs[outside.argmax()]  # one that fails, if there is one
        ax.scatter(*pairs[:200].reshape(-1, 2).T, s=6, color="0.6")
        ax.plot(*first.T, "o-", color="black", linewidth=1.5)
        ax.plot(*first.mean(axis=0), "X", color="black", markersize=11, markerfacecolor="white")
        ax.set(title=f"{name.capitalize()}: {'not convex' if outside.any() else 'convex'}", aspect="equal")

    # After 300 steps of descent: from a neuron's parameters to their opposites, or to those of two neurons swapped.
    along = np.linspace(0, 1, 81)
    for ax, name in zip(axes[1], WIDTHS, strict=True):
        tape, batch = build_loss(name, seed)
        for _ in range(300):
            tape.parameters[:] -= tape.value_and_gradient(batch)[1]
        start = tape.parameters.copy()
        end = start[SWAPPED] if len(start) == 9 else -start
        losses = [compute_loss(name, start + share * (end - start), seed) for share in along]
        ax.plot(along, losses, "k-", [0, 1], [losses[0], losses[-1]], "k--")
        told = "not convex" if losses[40] > (losses[0] + losses[-1]) / 2 else "convex"
        ax.set(title=f"{name.capitalize()}: {told}", xlabel="share of the way", ylabel="loss")
    what = "Sets: two points and their midpoint. Losses: along a line through the space of the parameters."
    save(axes, out / "convexity.png", what)


if __name__ == "__main__":
    run(main)
