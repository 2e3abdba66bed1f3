"""Driving: accelerate, brake or turn? A decision among three, from distance, speed and angle.

The rule, which the network has to discover: brake if the car could not stop in time (it rolls speed² / 12 metres, and
should keep 5 more); otherwise turn if the road bends by more than 15 degrees; otherwise accelerate. Softmax turns the
network's three outputs into probabilities. Combinations matter: whether a distance is short depends on the speed, and a
bend counts only if there is time for it. A single layer, which only adds up, is not enough.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import heading, lines, once, panels, run, save, table
from viz.figures.axes import add_legend

DECISIONS = ("accelerate", "brake", "turn")
MIDDLE, REACH = np.array([50.0, 15.0, 0.0]), np.array([50.0, 15.0, 45.0])  # of distance, speed and angle
SITUATIONS = {  # distance in metres, speed in metres a second, angle in degrees
    "free road, straight": (90, 10, 0),
    "free road, a bend": (90, 10, 35),
    "near, and slow": (25, 8, 0),
    "as near, and fast": (25, 25, 0),
    "near, fast, a bend": (25, 25, 35),
}


def draw(count: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Situations, scaled to -1 to 1, and the right decision in each."""
    X = generator.uniform(-1, 1, (count, 3))
    distance, speed, angle = (MIDDLE + REACH * X).T
    return X, np.where(distance < speed**2 / 12 + 5, 1, np.where(abs(angle) > 15, 2, 0))


@once
def train(hidden: int, seed: int) -> tuple[nn.MLP, float]:
    """A network with this many hidden neurons, or none; and the share of 500 new situations that it gets right."""
    generator = np.random.default_rng(seed)
    model = nn.MLP(3, [hidden, 3] if hidden else [3], "tanh", generator=generator)
    adam = nn.Adam(model.parameters(), lr=0.05)
    nn.fit(model, *draw(300, generator), loss="cross_entropy", optimizer=adam, epochs=200, progress=False)
    return model, nn.evaluate(model, *draw(500, generator), "cross_entropy")["accuracy"]


def decide(model: nn.MLP, situations) -> np.ndarray:
    """The probability of each decision in each situation, (situations, 3)."""
    powers = np.exp(nn.predict(model, (np.array(situations, float) - MIDDLE) / REACH))
    return powers / powers.sum(axis=1, keepdims=True)


def main(out: Path, seed: int = 0) -> None:
    """Learn to decide, then look at the probabilities."""
    (model, right), (_, plain) = train(12, seed), train(0, seed)
    print(f"Right of 500 new situations: {right:.1%}; without a hidden layer: {plain:.1%}")

    heading("What it decides")
    chances = decide(model, list(SITUATIONS.values()))
    shares = [[f"{p:.1%}" for p in row] + [DECISIONS[row.argmax()]] for row in chances]
    table(("", *DECISIONS, "decision"), [(name, *row) for name, row in zip(SITUATIONS, shares, strict=True)])

    # One of the three numbers changes, the others stay.
    speeds, angles, distances = np.linspace(0, 30, 61), np.linspace(-45, 45, 61), np.linspace(0, 100, 61)
    paths = {
        "Faster: 40 metres away, straight": ("speed (metres a second)", speeds, [(40, speed, 0) for speed in speeds]),
        "More of a bend: 90 metres, slow": ("angle (degrees)", angles, [(90, 10, angle) for angle in angles]),
        "Nearer: fast, a bend": ("distance (metres)", distances, [(distance, 20, 35) for distance in distances]),
    }
    axes = panels(1, 3, 12, 3.9, sharey=True)
    for ax, (title, (name, numbers, situations)) in zip(axes, paths.items(), strict=True):
        series = dict(zip(DECISIONS, decide(model, situations).T, strict=True))
        lines(numbers, series, ax, title=title, xlabel=name)
    axes[0].set_ylabel("probability")
    add_legend(axes[-1])
    save(axes, out / "decisions.png", "Three probabilities that add up to 1, as one of the three inputs changes.")


if __name__ == "__main__":
    run(main)
