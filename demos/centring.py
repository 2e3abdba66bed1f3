"""Centring: the price of a sigmoid's outputs being all positive, and so not centred on zero.

The gradient of a weight is the error of its neuron times the weight's input. If all inputs are positive, the gradients
of all weights of a neuron have the sign of that error, so each row moves them all up or all down. Raising one weight
and lowering another takes a zigzag. The control is the same curve shifted by one half, and so centred on zero:
`sigmoid(x) - 1/2`, which is half of `tanh(x/2)`.
"""

from pathlib import Path

import numpy as np

import nn
from demos.gradient_descent import descend
from demos.runner import heading, once, panels, run, save, say, table
from viz import plots

GOAL = np.array([2.0, -1.0])
SHIFTS = {"sigmoid": 0.0, "sigmoid - 1/2": 0.5}


def agree(shift: float, seed: int) -> float:
    """The share of 50 rows for which the gradients of all six weights of the output neuron have one sign."""
    generator = np.random.default_rng(seed)
    X, y = nn.circle(50, generator)
    model = nn.MLP(2, [6, 1], lambda x: x.sigmoid() - shift, init="xavier_uniform", generator=generator)
    same = []
    for row, target in zip(X.tolist(), y.tolist(), strict=True):
        model.zero_grad()
        nn.binary_cross_entropy_with_logits(model(row), target).backward()
        same.append(abs(sum(np.sign(weight.grad) for weight in model.layers[1].neurons[0].weights)) == 6)
    return float(np.mean(same))


@once
def walk(shift: float, seed: int):
    """Two weights on their way from (0, 0) to the goal: the loss, the rate, and the weights after each step."""
    H = 1 / (1 + np.exp(-np.random.default_rng(seed).normal(size=(50, 2)))) - shift  # what comes in

    def loss(w1, w2):
        errors = H[:, 0] * w1 + H[:, 1] * w2 - H @ GOAL
        return (errors * errors).sum() / len(H)

    # The rule of the demo gradient_descent: a rate converges below 2/curvature. Both use eight tenths of that.
    rate = 0.8 * 2 / np.linalg.eigvalsh(2 * H.T @ H / len(H)).max()
    return loss, rate, descend(loss, [0.0, 0.0], rate, 60)


def count_steps(shift: float, seed: int) -> int:
    """How many steps it takes until both weights stay within 0.1 of the goal."""
    far = abs(walk(shift, seed)[2] - GOAL).max(axis=1) > 0.1
    return int(np.flatnonzero(far)[-1]) + 1


def main(out: Path, seed: int = 0) -> None:
    """Signs, then a zigzag."""
    heading("1. Do the gradients of a neuron's six weights have one sign?")
    table(("hidden activation", "rows for which they do"), [(k, f"{agree(s, seed):.0%}") for k, s in SHIFTS.items()])

    heading("2. One weight should rise to 2, the other fall to -1")
    axes = panels(1, 2, 11, 4.6)
    for ax, (name, shift) in zip(axes, SHIFTS.items(), strict=True):
        loss, rate, path = walk(shift, seed)
        plots.descent_contour(loss, path[: count_steps(shift, seed) + 1], ax=ax)
        ax.set(title=f"{name}: {count_steps(shift, seed)} steps", xlabel="weight w1", ylabel="weight w2")
        print(f"  {name}: rate {rate:.2f}, arrives after {count_steps(shift, seed)} steps")
    print()
    say("Both rates are eight tenths of the largest that converges. The inputs' common mean makes the loss steep in "
        "one direction, so that every step must be small.")  # fmt: skip
    save(
        axes,
        out / "zigzag.png",
        "From ring to disc: positive inputs make a zigzag, centred ones a straight path.",
    )


if __name__ == "__main__":
    run(main)
