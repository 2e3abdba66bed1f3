"""Vanishing gradients: why deep sigmoid networks do not learn at their beginning.

On its way back a gradient is multiplied by the slope of every activation that it passes, and a sigmoid's slope is at
most 0.25. Two neurons show it on paper, three leave at most 1/64, and fifty layers in practice next to nothing: the
first layers do not move. The sigmoids are the cause. Linear layers, which some notes blame as well, have slope 1: they
separate no more than one layer can, but their gradient arrives. The demo `remedies` shows the ways out.
"""

from pathlib import Path

import numpy as np

import nn
import viz
from demos.deep import build, move
from demos.diagnosis import find
from demos.runner import heading, run, save, say
from engine import Value, grad


def build_chain(*weights: float, activation: str = "sigmoid") -> tuple[Value, list[Value]]:
    """One neuron after another, each with a weight w1, w2, ...; the squared error at the end, and the weights."""
    leaves = [Value(weight, f"w{number}") for number, weight in enumerate(weights, 1)]
    signal = Value(1.0, "x")
    for number, leaf in enumerate(leaves, 1):
        signal = nn.activations.get(activation)(signal * leaf)
        signal.label = f"a{number}"
    loss = (signal - 1) ** 2
    loss.label = "loss"
    return loss, leaves


def compare_weights(activation: str) -> float:
    """The size of w1's gradient, divided by that of w2's."""
    slope1, slope2 = grad(*build_chain(0.5, 0.8, activation=activation))
    return abs(slope1 / slope2)


def main(out: Path, seed: int = 0, depth: int = 50) -> None:
    """Two neurons, three, and many layers.

    depth   hidden layers of the deepest network
    """
    heading("1. Two neurons: the gradient of w1 has three factors in place of w2's a1")
    loss, (w1, w2) = build_chain(0.5, 0.8)
    print(f"{viz.chain_text(loss, 'w2')}\n\n{viz.chain_text(loss, 'w1')}\n")
    loss.backward()
    a1 = 1 / (1 + np.exp(-0.5))
    say(f"Both share all factors down to a2's slope. There w2's path ends, with a1 = {a1:.4f}. In the gradient of w1 "
        f"three stand in its place, two more in all: w2 · a1's slope · x = 0.8 · {a1 * (1 - a1):.4f} · 1 = "
        f"{0.8 * a1 * (1 - a1):.4f}. What is left is {w1.grad / w2.grad:.2f} of w2's gradient. ReLUs have slope 1 "
        f"instead: with them w1's gradient is {compare_weights('relu'):.1f} times that of w2.")  # fmt: skip
    save(viz.draw(loss), out / "two_neurons.svg", "Two sigmoids in a row: the gradient fades from right to left.")

    heading("2. Three neurons: the slopes alone leave at most 0.25 · 0.25 · 0.25 = 1/64")
    print(viz.chain_text(build_chain(0.5, 0.8, 0.6)[0], "w1"))

    heading(f"3. From 2 to {depth} layers of 12 neurons: the gradient at the first of them")
    activations = ("sigmoid", "tanh", "relu", "linear")
    shrink = viz.shrink(activations, range(min(2, depth), depth + 1), init=("xavier", "he"), seed=seed)
    print(shrink)
    print()
    say("Linear layers have slope 1: they separate no more than one layer can, but their gradient does not vanish.")
    save(shrink.plot(), out / "depth.png", "The first layer's gradient, from real backward passes, and its bound.")

    heading(f"4. Within one network of {depth} sigmoid layers")
    X, y = nn.circle(24, np.random.default_rng(seed))
    model = build("sigmoid", depth, np.random.default_rng(seed))
    flow = viz.gradient_flow(model, X, y, nn.binary_cross_entropy_with_logits)
    save(flow.plot(of="parameters"), out / "layers.png", "Each layer loses most of the gradient that it gets.")
    print(f"\nThe doctor:\n{find(model, X, y, 'vanishing')}")

    print()
    moved, control = move("sigmoid", seed, depth), move("tanh, residual", seed, depth)
    say(f"A hundred steps move the last layer's weights by up to {moved[-1]:.2g}, the first layer's by {moved[0]:.2g}. "
        f"With tanh and residual connections it is {control[-1]:.2g} and {control[0]:.2g}.")  # fmt: skip


if __name__ == "__main__":
    run(main)
