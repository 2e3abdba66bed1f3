"""GAN: a forger and a judge teach each other, until forged numbers are spread as the real ones are.

The real numbers come from a normal distribution. The generator turns noise into numbers, the discriminator says how
likely a number is to be real. The discriminator learns to tell them apart; the generator learns from the gradient
that comes back through the discriminator, which says in what direction a forged number would look more real. Neither
is ever shown the formula of the distribution.
"""

from pathlib import Path

import numpy as np

import nn
import viz
from demos.runner import once, run, save, table
from engine import Tape, Value, record
from viz.figures.axes import add_legend
from viz.figures.plots import COLOURS, new_axes

DEVIATION = 0.7  # of the real numbers


class Game(nn.Module):
    """Noise goes in, the judge's opinion on the forged number comes out."""

    def __init__(self, generator: np.random.Generator) -> None:
        hidden, last = nn.Layer(1, 8, "tanh", generator=generator), nn.Layer(8, 1, "linear", generator=generator)
        self.forger = nn.Sequential(hidden, last)
        self.judge = nn.MLP(1, [16, 16, 1], "leaky_relu", generator=generator)
        self.name_parts()

    def forward(self, noise: list[Value]) -> Value:
        """One logit."""
        return self.judge(self.forger(noise))


def update(tape: Tape, optimizer: nn.Optimizer, batch: np.ndarray) -> float:
    """One step by one network on a batch; the gradient that reaches the other network is left alone."""
    optimizer.zero_grad()
    losses = tape.forward(batch)
    tape.backward(1 / len(batch))
    optimizer.step()
    return losses.mean()


@once
def play(seed: int, rounds: int = 2000, mean: float = 3.0) -> tuple[Game, Value, np.ndarray, np.ndarray, list]:
    """A game of so many rounds, one update a round for each of the two networks.

    Returns the game, the forger's loss as a graph, 2,000 numbers forged before and as many after, and how it went.
    """
    generator = np.random.default_rng(seed)
    game = Game(generator)
    forger, judge = game.forger, game.judge

    # Two graphs. In the judge's loss a forged number is a number like any other; in the forger's loss it is what the
    # forger computes from noise, so that the gradient goes on from the judge into the forger.
    real, forged, noise = Value(0.0, "real"), Value(0.0, "forged"), Value(0.0, "noise")
    judging = nn.binary_cross_entropy_with_logits([judge([real]), judge([forged])], [1, 0])
    forging = nn.binary_cross_entropy_with_logits(game([noise]), 1)
    judging_tape, forging_tape = record(judging, [real, forged]), record(forging, [noise])
    learn_judging = nn.Adam(judge.parameters(), lr=0.01, betas=(0.5, 0.99))
    learn_forging = nn.Adam(forger.parameters(), lr=0.005, betas=(0.5, 0.99))
    schedules = [nn.LinearLR(optimizer, 1.0, 0.05, rounds) for optimizer in (learn_judging, learn_forging)]

    forgery = record(*forger([noise]), [noise])

    def forge(count: int) -> np.ndarray:
        return forgery.forward(generator.normal(size=(count, 1)))

    # In turns, a batch for each. A judge that cannot tell says one half to everything, at a loss of log 2.
    batch, before, rows = 100, forge(2000), []
    for step in range(1, rounds + 1):
        numbers = generator.normal(mean, DEVIATION, batch)
        judged = update(judging_tape, learn_judging, np.column_stack([numbers, forge(batch)]))
        fooled = update(forging_tape, learn_forging, generator.normal(size=(batch, 1)))
        for schedule in schedules:
            schedule.step()
        if step % max(1, rounds // 10) == 0:
            sample = forge(500)
            rows.append((step, *(f"{x:.2f}" for x in (sample.mean(), sample.std())), f"{judged:.3f}", f"{fooled:.3f}"))
    return game, forging, before, forge(2000), rows


def main(out: Path, seed: int = 0, rounds: int = 2000, mean: float = 3.0) -> None:
    """Learn to forge normally distributed numbers.

    rounds   of one update for each of the two networks
    mean     of the real numbers
    """
    print(f"Real numbers: mean {mean:.2f}, deviation {DEVIATION:.2f}. log 2 is {np.log(2):.3f}.\n")
    game, forging, before, after, rows = play(seed, rounds, mean)
    table(("round", "mean forged", "deviation", "the judge's loss", "the forger's"), rows)

    # The real numbers, the forged ones before and after, and what the judge thinks of each place at the end.
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
    game.zero_grad()  # of what training left
    forging.backward()
    save(viz.draw(forging, fold="layer"), out / "graph.svg", "The forger's loss: forger, then judge, layer by layer.")


if __name__ == "__main__":
    run(main)
