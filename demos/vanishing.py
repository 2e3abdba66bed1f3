"""Vanishing gradients: why deep sigmoid networks do not learn at their beginning.

On its way back a gradient is multiplied by the slope of every activation that it passes, and a sigmoid's slope is at
most 0.25. Two neurons show it on paper, three leave at most 1/64, fifty layers in practice next to nothing: their
first layers stay where they are, whatever the optimiser. The demo `remedies` shows the ways out.
"""

from pathlib import Path

import numpy as np

import nn
import viz
from demos.runner import heading, run, save, say
from engine import Value

LOSS = "binary_cross_entropy_with_logits"


def build_chain(*weights: float) -> Value:
    """One neuron after another, each with a weight w1, w2, ... and a sigmoid; and the squared error at the end."""
    signal = Value(1.0, "x")
    for number, weight in enumerate(weights, 1):
        signal = (signal * Value(weight, f"w{number}")).sigmoid()
        signal.label = f"a{number}"
    loss = (signal - 1) ** 2
    loss.label = "loss"
    return loss


def main(out: Path, seed: int = 0, depth: int = 50) -> None:
    """Two neurons, three, and many layers.

    depth   hidden layers of the deepest network
    """
    heading("1. Two neurons: the gradient of w1 is w2's, times two more factors")
    loss = build_chain(0.5, 0.8)
    print(f"{viz.chain_text(loss, 'w2')}\n\n{viz.chain_text(loss, 'w1')}")
    loss.backward()
    save(viz.draw(loss), out / "two_neurons.svg", "Two sigmoids in a row: the gradient fades from right to left.")

    heading("2. Three neurons: the slopes alone leave at most 0.25 · 0.25 · 0.25 = 1/64")
    print(viz.chain_text(build_chain(0.5, 0.8, 0.6), "w1"))

    heading(f"3. From 2 to {depth} layers of 12 neurons: the gradient that reaches the first of them")
    shrink = viz.shrink(depth=range(min(2, depth), depth + 1), init=("xavier", "he"), seed=seed)
    print(shrink)
    save(shrink.plot(), out / "depth.png", "The first layer's gradient from real backward passes, and its bound.")

    heading(f"4. Within one network of {depth} sigmoid layers")
    generator = np.random.default_rng(seed)
    X, y = nn.circle(24, generator)
    model = nn.MLP(2, [10] * depth + [1], "sigmoid", generator=generator)
    flow = viz.gradient_flow(model, X, y, nn.binary_cross_entropy_with_logits)
    save(flow.plot(of="parameters"), out / "layers.png", "Each layer loses most of what the next one gave it.")

    # What this means for learning: how far the weights of each layer move in a hundred steps.
    before = [np.array([p.data for p in layer.parameters()]) for layer in model.layers]
    nn.fit(model, X, y, loss=LOSS, optimizer=nn.SGD(model.parameters(), lr=0.5), epochs=100, progress=False)
    after = [np.array([p.data for p in layer.parameters()]) for layer in model.layers]
    moved = [abs(new - old).max() for new, old in zip(after, before, strict=True)]
    print()
    verdict = "it does not learn" if moved[0] < 1e-3 * moved[-1] else "it learns as well"
    say(f"A hundred steps of training move the last layer's weights by up to {moved[-1]:.2g}, those of the first by "
        f"{moved[0]:.2g}: {verdict}.")  # fmt: skip


if __name__ == "__main__":
    run(main)
