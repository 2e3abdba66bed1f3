"""Forgery: a generator and a discriminator, and the game in which both learn; `gan` shows it."""

import numpy as np

import nn
from demos.replay import update
from demos.runner import once
from engine import Value, record

DEVIATION = 0.7  # of the real numbers


class Game(nn.Module):
    """From noise to a forged number to the judge's opinion of it."""

    def __init__(self, generator: np.random.Generator) -> None:
        hidden, last = nn.Layer(1, 8, "tanh", generator=generator), nn.Layer(8, 1, "linear", generator=generator)
        self.forger = nn.Sequential(hidden, last)
        self.judge = nn.MLP(1, [16, 16, 1], "leaky_relu", generator=generator)
        self.name_parts()

    def forward(self, noise: list[Value]) -> Value:
        """One logit."""
        return self.judge(self.forger(noise))


@once
def play(seed: int, rounds: int = 2000, mean: float = 3.0) -> tuple[Game, Value, np.ndarray, np.ndarray, list]:
    """A game of so many rounds, one update a round for each of the two networks.

    Returns the game, the forger's loss as a graph, 2,000 numbers forged before and as many after, and how it went.
    """
    generator = np.random.default_rng(seed)
    game = Game(generator)
    forger, judge = game.forger, game.judge

    # Two graphs. In the judge's loss a forged number is a number like any other; in the forger's loss it is what the
    # forger computes from noise, so that the gradient flows through the judge into the forger.
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
