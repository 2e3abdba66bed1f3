"""Mistakes: backpropagation broken in each classic way, and what training makes of it.

Each of these backward passes has one mistake of those that everybody makes who writes one. For each: how far its first
gradient points away from the right one, how much too long or short it is, and how the same network learns with it. The
worst of them are not those that fail: they are those that nearly work.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

import nn
from demos.runner import heading, panels, run, save, say
from engine import Value
from engine import sum as add
from engine.mistakes import MISTAKES, RIGHT
from viz.plots import COLOURS

RATE = 0.1
Backward = Callable[[Value], dict[Value, float]]


def compute_loss(model: nn.MLP, X: np.ndarray, y: np.ndarray) -> Value:
    """The mean squared error of all points, as one graph."""
    return add([(target - model(row)) ** 2 for row, target in zip(X.tolist(), y.tolist(), strict=True)]) / len(y)


def train(backward: Backward, X: np.ndarray, y: np.ndarray, seed: int, steps: int, zero: bool = True) -> list[float]:
    """The loss before each step of gradient descent, with gradients from this backward pass; ends where it diverges."""
    model = nn.MLP(2, [4, 4, 1], "tanh", generator=np.random.default_rng(seed))
    optimizer = nn.SGD(model.parameters(), lr=RATE)
    losses: list[float] = []
    while len(losses) < steps and (not losses or losses[-1] < 1e3):
        loss = compute_loss(model, X, y)
        losses.append(loss.data)
        gradients = backward(loss)
        for parameter in model.parameters():
            parameter.grad = gradients[parameter] + (0.0 if zero else parameter.grad)
        optimizer.step()
    return losses


def compare(backward: Backward, X: np.ndarray, y: np.ndarray, seed: int) -> tuple[float, float]:
    """The angle in degrees between this pass's first gradient and the right one, and how many times as long it is."""
    model = nn.MLP(2, [4, 4, 1], "tanh", generator=np.random.default_rng(seed))
    loss = compute_loss(model, X, y)
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
    print(f"  {'mistake':54}{'angle':>5}{'length':>8}{'loss':>9}")
    print(f"  {'none':54}{0:4d}°{1:8.3g}{right[-1]:9.3g}")
    axes = panels(3, 4, 12, 8, sharex=True, sharey=True)
    for ax, mistake in zip(axes.flat, MISTAKES, strict=True):
        # Gradients that are never set to zero add up over all steps, not over two: that is what a person would see.
        forgets_zero = mistake.name == "no_zero"
        losses = train(RIGHT if forgets_zero else mistake, X, y, seed, steps, zero=not forgets_zero)
        angle, length = compare(mistake, X, y, seed)
        shown = f"{angle:.0f}°" if length else "-"
        print(f"  {mistake.title:54.54}{shown:>5}{length:8.3g}{losses[-1]:9.3g}")
        ax.plot(right, color="grey", linewidth=3, alpha=0.6, label="right")
        ax.plot(losses, color=COLOURS[1], linewidth=2, label="with the mistake")
        ax.set(yscale="log", ylim=(0.02, 100))
        ax.set_title(f"{mistake.name}: {losses[-1]:.2g}", fontsize=11)
        ax.grid(alpha=0.3)
    axes[0, 0].legend(fontsize=9)
    for ax in axes[-1]:
        ax.set_xlabel("step")
    for ax in axes[:, 0]:
        ax.set_ylabel("mean loss (log scale)")
    print()
    say("The angle is that between the first gradient and the right one: beyond 90° it points uphill.")
    save(
        axes,
        out / "mistakes.png",
        "The loss with each mistake, and (grey) with the right pass; above, what it comes to.",
    )


if __name__ == "__main__":
    run(main)
