"""GAN: a forger and a judge teach each other, until forged numbers are distributed like the real ones.

The real numbers come from a normal distribution. The generator turns noise into numbers, the discriminator says how
likely a number is to be real. The discriminator learns to tell them apart; the generator learns from the gradient
that comes back through the discriminator, which says in what direction a forged number would look more real. Neither
is ever shown the formula of the distribution.
"""

from pathlib import Path

import numpy as np

import nn
import viz
from demos.forgery import DEVIATION, play
from demos.runner import run, save, table
from viz.figures.axes import add_legend
from viz.figures.plots import COLOURS, new_axes


def main(out: Path, seed: int = 0, rounds: int = 2000, mean: float = 3.0) -> None:
    """Learn to forge normally distributed numbers.

    rounds   of one update for each of the two networks
    mean     of the real numbers
    """
    print(f"Real numbers: mean {mean:.2f}, deviation {DEVIATION:.2f}. log 2 is {np.log(2):.3f}.\n")
    game, forging, before, after, rows = play(seed, rounds, mean)
    table(("round", "mean forged", "deviation", "judge's loss", "forger's loss"), rows)

    # The real numbers, the forged ones before and after, and what the judge thinks of each number at the end.
    places = np.linspace(min(before.min(), mean - 4 * DEVIATION), mean + 4 * DEVIATION, 121)
    density = np.exp(-(((places - mean) / DEVIATION) ** 2) / 2) / (DEVIATION * np.sqrt(2 * np.pi))
    believed = 1 / (1 + np.exp(-nn.predict(game.judge, places[:, None])))
    ax = new_axes(7, 4.4)
    ax.hist(before, 30, density=True, histtype="step", linestyle=":", color="black", label="forged, before training")
    ax.hist(after, 40, density=True, color=COLOURS[5], label="forged, after training")
    ax.plot(places, density, color=COLOURS[1], linewidth=2, label="real numbers: their density")
    ax.plot(places, believed, "--", color="black", label="the judge: probability to be real")
    ax.set(title="A generator against a discriminator", xlabel="number", ylabel="density, probability")
    add_legend(ax, below=True, ncols=2)
    save(ax, out / "numbers.png", "Forged numbers before and after training, the real ones, and the judge's opinion.")

    # The gradient that teaches the forger comes through the judge.
    forging.label = "loss"
    game.zero_grad()  # training left some gradients
    forging.backward()
    save(viz.draw(forging, fold="layer"), out / "graph.svg", "The forger's loss: forger, then judge, layer by layer.")


if __name__ == "__main__":
    run(main)
