"""Exploding gradients: what large weights do through depth, and any recurrent weight above 1 through time.

The product that makes gradients vanish makes them explode where its factors are larger than 1: with large starting
weights from layer to layer, and in a recurrent network from time step to time step, since there it is the same factor
every time. The demo `clipping` shows what such a gradient does to training, and how to survive it.
"""

from functools import partial
from pathlib import Path

import numpy as np

import nn
import viz
from demos.diagnosis import find
from demos.runner import heading, lines, run, save, table
from engine import Value, grad
from viz.figures.axes import add_legend


def fade(weight: float, steps: int) -> float:
    """The derivative of the last state by the first, in the smallest recurrent network: state = weight · state + 1."""
    state = first = Value(0.0, "state")
    for _ in range(steps):
        state = weight * state + 1.0
    return grad(state, first)


def main(out: Path, seed: int = 0, depth: int = 10, steps: int = 50) -> None:
    """Through depth, and through time.

    depth    hidden layers
    steps    in time of the recurrent networks
    """
    heading(f"1. Depth: {depth} ReLU layers, weights drawn from -bound to bound")
    X, y = nn.circle(20, np.random.default_rng(seed))
    nets = {}
    for bound in (0.25, 0.5, 1.0, 2.0):
        init, generator = partial(nn.init.uniform, bound=bound), np.random.default_rng(seed)
        nets[f"bound {bound:g}"] = nn.MLP(2, [10] * depth + [1], "relu", init=init, generator=generator)
    flow = viz.gradient_flow(nets, X, y, nn.binary_cross_entropy_with_logits)
    largest = {name: [layer.neurons.largest for layer in layers] for name, layers in flow.flows.items()}
    table(("largest |gradient|", "first layer", "last"), [(name, each[0], each[-1]) for name, each in largest.items()])
    settings = {"xlabel": "layer, from input to output", "ylabel": "largest |gradient| of a neuron", "yscale": "log"}
    ax = lines(None, largest, title="Small, about right, too large", **settings)
    add_legend(ax)
    save(ax, out / "depth.png", "Small weights let the gradient vanish on its way back, large ones make it explode.")

    # Each step back in time multiplies by the same weight, so the gradient is weight**steps.
    heading("2. Time: state = w · state + 1, and the gradient of its last value by its first")
    counts = sorted({1, *range(10, steps, 10), steps})
    sizes = {f"w = {weight:g}": [fade(weight, count) for count in counts] for weight in (0.5, 0.9, 1.0, 1.1, 1.5)}
    table(("steps", *map(str, counts[-6:])), [(name, *series[-6:]) for name, series in sizes.items()])
    settings |= {"xlabel": "time steps between the two", "ylabel": "gradient (log scale)"}
    ax = lines(counts, sizes, title="The same factor at every step", **settings)
    add_legend(ax)
    save(ax, out / "time.png", "A recurrent weight below 1 makes the gradient vanish, one above 1 makes it explode.")
    cell, inputs = nn.RNN(1, 1, "relu"), np.random.default_rng(seed).normal(size=(4, 30))
    for parameter, number in zip(cell.parameters(), (0.1, 1.5, 1.0, 0.0), strict=True):  # 1.5 · state + 1, and inputs
        parameter.data = number
    print(f"\nThe doctor, of w = 1.5:\n{find(cell, inputs, [0, 1, 0, 1], 'exploding through time')}")


if __name__ == "__main__":
    run(main)
