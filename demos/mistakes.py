"""Mistakes: backpropagation broken in each classic way, and how training copes.

For each mistake, this shows how far its first gradient points away from the right one, how much too long or short it
is, and how the same network learns with it. The worst mistakes are not those that fail, but those that nearly work.
"""

from collections.abc import Callable
from pathlib import Path
from textwrap import shorten

import numpy as np

import nn
from demos.runner import heading, lines, panels, run, save, table
from engine import Value
from engine import sum as add
from engine.teaching.mistakes import MISTAKES, RIGHT, Mistake
from viz.figures.axes import add_legend


def start(X: np.ndarray, y: np.ndarray, seed: int) -> tuple[nn.MLP, Callable[[], Value]]:
    """A network, and its mean squared error as a graph, built anew at each call."""
    model = nn.MLP(2, [4, 4, 1], "tanh", generator=np.random.default_rng(seed))
    points = list(zip(X.tolist(), y.tolist(), strict=True))
    return model, lambda: add([(target - model(row)) ** 2 for row, target in points]) / len(points)


def train(backward: Mistake, X: np.ndarray, y: np.ndarray, seed: int, steps: int, zero: bool = True) -> list[float]:
    """The loss before each step of gradient descent, with gradients from this backward pass, until it diverges."""
    model, compute = start(X, y, seed)
    losses: list[float] = []
    while len(losses) < steps and (not losses or losses[-1] < 1e3):
        loss = compute()
        losses.append(loss.data)
        gradients = backward(loss)
        for parameter in model.parameters():
            parameter.grad = gradients[parameter] + (0.0 if zero else parameter.grad)
            parameter.data -= 0.1 * parameter.grad
    return losses


def compare(backward: Mistake, X: np.ndarray, y: np.ndarray, seed: int) -> tuple[float, float]:
    """The angle in degrees between this pass's first gradient and the right one, and how many times as long it is."""
    model, compute = start(X, y, seed)
    loss = compute()
    right, wrong = (np.array([found[p] for p in model.parameters()]) for found in (RIGHT(loss), backward(loss)))
    lengths = np.linalg.norm(right) * np.linalg.norm(wrong)
    angle = np.degrees(np.arccos(np.clip(right @ wrong / lengths, -1, 1))) if lengths else np.nan
    return float(angle), float(np.linalg.norm(wrong) / np.linalg.norm(right))


def main(out: Path, seed: int = 0, steps: int = 100) -> None:
    """Each mistake, in a table and a picture.

    steps   of training with each
    """
    X, y = nn.moons(20, 0.1, np.random.default_rng(seed))
    y = 2.0 * y - 1  # -1 and +1
    right = train(RIGHT, X, y, seed, steps)

    heading(f"A network 2-4-4-1 on two moons, {steps} steps of gradient descent")
    rows = [("none", "0°", 1.0, right[-1])]
    axes = panels(-(-len(MISTAKES) // 4), 4, 12, 8, "step", "mean loss (log scale)", sharex=True, sharey=True)
    for ax, mistake in zip(axes.flat, MISTAKES, strict=False):
        forgets = mistake.name == "no_zero"  # its gradients add up over all steps, as in a real training
        losses = train(RIGHT if forgets else mistake, X, y, seed, steps, zero=not forgets)
        angle, length = compare(mistake, X, y, seed)
        what = shorten(mistake.title, 50, placeholder=" …")
        rows.append((what, f"{angle:.0f}°" if length else "-", length, losses[-1]))
        title = f"{mistake.name.replace('_', ' ')}: {losses[-1]:.2g}"
        lines(None, {"right": right, "with the mistake": losses}, ax, title=title, yscale="log", ylim=(0.02, 100))
    for ax in axes.flat[len(MISTAKES) :]:
        ax.axis("off")
    add_legend(axes[0, -1], fontsize=9)
    table(("mistake", "angle", "length", "loss"), rows)
    save(axes, out / "mistakes.png", "The loss with each mistake and with the right pass; titles say where it ends.")


if __name__ == "__main__":
    run(main)
