"""Dying ReLUs: neurons that answer 0 to every row and can never learn again, and what keeps them alive.

Where its weighted sum is negative a ReLU passes no gradient. A neuron whose sum is negative for every row of the data
is dead: no row can move its weights, so it stays dead. Here all neurons begin dead, with biases of -3. A leaky ReLU
passes a hundredth of the gradient, which is enough to recover. A PReLU learns how much to pass: each neuron has its
own slope. Neurons can also die during training, when a step is so large that it throws them below zero.
"""

from pathlib import Path

import numpy as np

import nn
from demos.diagnosis import find
from demos.runner import heading, lines, once, panels, run, save, say, table
from viz import plots

LOSS = "binary_cross_entropy_with_logits"
ACTIVATIONS = {"relu": "ReLU", "leaky_relu": "Leaky ReLU", "prelu": "PReLU"}


@once
def train(activation: str, seed: int, width: int = 8, bias: float = -3.0, rate: float = 0.2, optimizer: type = nn.Adam):
    """Points in and out of a circle, a network trained on them for 300 epochs, its history, and its slopes by epoch."""
    generator = np.random.default_rng(seed)
    X, y = nn.circle(100, generator)
    model = nn.MLP(2, [width, 1], activation, generator=generator)
    for neuron in model.layers[0].neurons:
        neuron.bias.data = bias
    slopes = [value for name, value in model.named_parameters() if name.endswith("slope")]
    path = [[slope.data for slope in slopes]]
    watch = (lambda history: path.append([slope.data for slope in slopes])) if slopes else None
    optimizer = optimizer(model.parameters(), lr=rate)
    history = nn.fit(model, X, y, loss=LOSS, optimizer=optimizer, epochs=300, progress=False, callback=watch)
    return X, y, model, history, np.array(path)


def count_off(*settings) -> int:
    """How many hidden neurons have no weighted sum above 0 on any row, after training with these settings."""
    X, _, model, *_ = train(*settings)
    sums = [X @ [w.data for w in neuron.weights] + neuron.bias.data for neuron in model.layers[0].neurons]
    return sum(bool(row.max() <= 0) for row in sums)


def share_right(activation: str, seed: int) -> float:
    """The share of points that are right at the end."""
    return train(activation, seed)[3].accuracy[-1]


def main(out: Path, seed: int = 0) -> None:
    """Dead, leaky, learned; then death by a large step."""
    axes, rows = panels(2, 2, 9.5, 7.2), []
    for ax, (activation, name) in zip(axes.flat, ACTIVATIONS.items(), strict=False):
        X, y, model, history, slopes = train(activation, seed)
        right = f"{share_right(activation, seed):.0%}"
        rows.append((name, f"{count_off(activation, seed)} of 8", history.loss[-1], right))
        plots.decision_boundary(lambda rows, model=model: nn.predict(model, rows), X, y, ax=ax)
        ax.set_title(f"{name}: {right} right")

    heading("1. Biases of -3, and training for 300 epochs")
    table(("", "weighted sum below 0 for every row", "loss", "right"), rows)
    print(f"\nSlopes of the PReLUs, from 0.25: {', '.join(f'{slope:.1f}' for slope in slopes[-1])}")
    each = {f"neuron {at}": slope for at, slope in enumerate(slopes.T, 1)}
    lines(range(len(slopes)), each, axes.flat[3], title="PReLU: the slopes it learns", xlabel="epoch")
    save(axes, out / "dying.png", "Dead ReLUs answer the same everywhere; leaky and parametric ones come back.")

    heading("2. What the doctor says about the dead ones")
    print(find(train("relu", seed)[2], X, y, "dead"))
    heading("3. Neurons that die in training, after too large a step")
    slow, fast = (count_off("relu", seed, 32, 0.0, rate, nn.SGD) for rate in (1.0, 10.0))
    say(f"Of 32 ReLUs whose biases start at 0, plain descent kills {slow}, and {fast} at ten times the rate.")


if __name__ == "__main__":
    run(main)
