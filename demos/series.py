"""Series: a convolution in time learns with three weights how fast a series rises.

A kernel of three weights moves over a series of twenty numbers and says at each place how fast it rises: half of the
next number minus half of the one before. A dense layer of the same size has a weight for every pair of places. It
learns the few series that it sees, but for each place separately, where the kernel learns once for all.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import lines, once, panels, run, save, table
from viz.figures.axes import add_legend

LENGTH = 20


def find_slopes(X: np.ndarray) -> np.ndarray:
    """How fast each series rises at its 18 inner places."""
    return (X[:, 2:] - X[:, :-2]) / 2


@once
def learn(seed: int, examples: int = 10) -> tuple[np.ndarray, dict[str, nn.Module]]:
    """A hundred series held out; and the models trained on the others: a convolution and a dense layer."""
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(100 + examples, LENGTH)).cumsum(axis=1) / 4
    kernel = nn.Conv1d(1, 1, 3, generator=generator)
    convolution = nn.Sequential(nn.Unflatten((1, LENGTH)), kernel, nn.Flatten())
    models = {"convolution": convolution, "dense layer": nn.Layer(LENGTH, LENGTH - 2, "linear", generator=generator)}
    for model in models.values():
        adam = nn.Adam(model.parameters(), lr=0.03)
        nn.fit(model, X[100:], find_slopes(X[100:]), optimizer=adam, epochs=300, progress=False)
    return X[:100], models


def measure_error(name: str, seed: int) -> float:
    """The mean squared error on series that were not learned."""
    others, models = learn(seed)
    return float(np.mean((nn.predict(models[name], others) - find_slopes(others)) ** 2))


def main(out: Path, seed: int = 0) -> None:
    """Learn how fast a series rises, by a kernel and by a dense layer."""
    others, models = learn(seed)
    rows = [(name, len(model.parameters()), measure_error(name, seed)) for name, model in models.items()]
    table(("", "parameters", "error on other series"), rows)
    kernel = [weight.data for weight in models["convolution"].layers[1].weights[0][0]]
    print(f"\nThe kernel: {', '.join(f'{weight:.3f}' for weight in kernel)}; it should be -0.5, 0, 0.5.")
    left, right = axes = panels(1, 2, 10, 3.8, "time")
    lines(range(LENGTH), {"": others[0]}, left, title="A series that was not learned")
    slopes = {name: nn.predict(model, others[:1])[0] for name, model in models.items()}
    lines(
        range(1, LENGTH - 1),
        {"truth": find_slopes(others)[0], **slopes},
        right,
        title="How fast it rises",
        xticks=range(0, 20, 5),
    )
    add_legend(right)
    save(axes, out / "series.png", "The kernel is right at every place of a new series, the dense layer at few.")


if __name__ == "__main__":
    run(main)
