"""Learning rates: too small, good and too large, for a driver who learns to brake, and for a network.

A driver has to stop at a line. After each ride he corrects how early he brakes, against the slope of his squared error;
the learning rate says by how much. If it is too small, he still rolls past the line after ten rides. If it is too
large, he stops before and behind the line in turn, farther away each time. A network has more weights and no such clear
limit, but its rates too are too small, good or too large.
"""

from pathlib import Path

import numpy as np

import nn
from demos.gradient_descent import descend
from demos.runner import heading, lines, once, run, save, table
from viz import plots
from viz.figures.axes import add_legend

LOSS = "binary_cross_entropy_with_logits"
BRAKING = {"too small": 0.02, "good": 0.3, "too large": 1.1}
NETWORK = 0.01, 0.1, 1.0, 10.0, 30.0, 100.0


def stop(early: float) -> float:
    """Metres from the line to where the car stops, negative before it, if the driver brakes so many metres early.

    From 20 metres a second, slowing down by 5 metres a second each second, it rolls 20²/(2·5) = 40 metres.
    """
    return 20**2 / (2 * 5) - early


@once
def ride(rate: float, rides: int = 10) -> np.ndarray:
    """Where the car stops in each ride; in the first, the driver brakes 10 metres early."""
    return stop(descend(lambda early: stop(early) ** 2, [10.0], rate, rides - 1)[:, 0])


@once
def train(rate: float, seed: int) -> nn.History:
    """A network 2-8-1 on two moons, 100 epochs of plain gradient descent at this rate; the same start for all."""
    generator = np.random.default_rng(seed)
    X, y = nn.moons(100, 0.1, generator)
    model = nn.MLP(2, [8, 1], "tanh", generator=generator)
    sgd = nn.SGD(model.parameters(), lr=rate)
    return nn.fit(model, X, y, loss=LOSS, optimizer=sgd, epochs=100, progress=False)


def main(out: Path, seed: int = 0) -> None:
    """A driver, then a network."""
    heading("1. Learning to brake: where the car stops, in metres behind the line")
    paths = {f"{name}, rate {rate:g}": ride(rate) for name, rate in BRAKING.items()}
    shown = (0, 1, 2, 3, 9)
    table(
        ("", *(f"ride {at + 1}" for at in shown)),
        [(k, *(f"{path[at]:.1f}" for at in shown)) for k, path in paths.items()],
    )
    ax = lines(None, paths, title="Learning to stop at a line", xlabel="ride", ylabel="metres behind the line")
    ax.axhline(0, color="black", linewidth=0.8)
    add_legend(ax)
    save(ax, out / "braking.png", "Where the car stops, ride after ride: corrected too little, well and too much.")

    heading("2. A network on two moons: the loss after 100 epochs, from the same start")
    losses = {rate: train(rate, seed).loss for rate in NETWORK}
    table(("rate", "at first", "in the end"), [(f"{rate:g}", loss[0], loss[-1]) for rate, loss in losses.items()])
    ax = plots.learning_rates(losses, ax=plots.new_axes(8.5, 4.6))
    ax.set(title="One network, six learning rates", xlabel="epoch")
    save(ax, out / "network.png", "Too small a rate crawls, too large a rate diverges.")


if __name__ == "__main__":
    run(main)
