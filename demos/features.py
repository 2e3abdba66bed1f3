"""Features: what each layer of a deep network does to its inputs, and why three narrow layers beat a wide one.

Three arms of a spiral are wound around one another, so straight lines cannot separate them. Each hidden layer bends the
plane a little and passes on features that are easier to separate than its inputs, until straight lines can. How well
they can is measured after each layer. A single wide layer with as many parameters has to do all the bending at once,
and does it less well.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import heading, once, panels, run, save, table
from viz.figures.axes import COLOURS

SHAPES = {"deep": [10, 10, 10, 3], "wide": [47, 3]}


def draw(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Points of three arms, each once around."""
    return nn.spiral(count, noise=0.15, turns=1.0, generator=np.random.default_rng(seed))


@once
def train(shape: str, seed: int, epochs: int = 300) -> tuple[nn.MLP, float, float]:
    """A network of this shape, its mean loss at the end, and the share of 600 new points that it gets right."""
    model = nn.MLP(2, SHAPES[shape], "tanh", generator=np.random.default_rng(seed))
    adam = nn.Adam(model.parameters(), lr=0.02)
    history = nn.fit(model, *draw(seed, 300), loss="cross_entropy", optimizer=adam, epochs=epochs, progress=False)
    return model, history.loss[-1], nn.evaluate(model, *draw(seed + 1000, 600), "cross_entropy")["accuracy"]


def list_features(model: nn.MLP, X: np.ndarray) -> list[np.ndarray]:
    """The inputs, then the outputs of each hidden layer, (rows, neurons)."""
    return [X, *(nn.predict(nn.Sequential(*model.layers[:depth]), X) for depth in range(1, len(model.layers)))]


def map_linearly(features: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The best linear map of features to the three classes, by least squares, (rows, 3)."""
    columns = np.column_stack([features, np.ones(len(y))])
    return columns @ np.linalg.lstsq(columns, np.eye(3)[y], rcond=None)[0]


@once
def separate(seed: int, epochs: int = 300) -> list[float]:
    """The share of points that straight lines tell apart, of the inputs and after each layer of the deep network."""
    X, y = draw(seed, 300)
    layers = list_features(train("deep", seed, epochs)[0], X)
    return [float(np.mean(map_linearly(features, y).argmax(axis=1) == y)) for features in layers]


def main(out: Path, seed: int = 0) -> None:
    """A spiral, unwound."""
    heading("1. Three layers of 10, and one of 47")
    rows = []
    for shape, widths in SHAPES.items():
        model, loss, right = train(shape, seed)
        rows.append((shape, "-".join(map(str, [2, *widths])), len(model.parameters()), loss, f"{right:.1%}"))
    table(("", "neurons", "parameters", "loss", "of new points right"), rows)

    heading("2. What straight lines tell apart, layer by layer of the deep one")
    X, y = draw(seed, 300)
    names = ["The inputs", *(f"After layer {depth}" for depth in range(1, len(SHAPES["deep"])))]
    shares = [f"{share:.0%}" for share in separate(seed)]
    table(("features", "separated by lines"), list(zip(names, shares, strict=True)))

    # However many numbers a layer passes on, this shows the two directions in which straight lines separate them best.
    axes, layers = panels(1, 4, 13, 3.6), list_features(train("deep", seed)[0], X)
    for ax, name, features, share in zip(axes, names, layers, shares, strict=True):
        outputs = map_linearly(features, y)
        seen = np.linalg.svd(outputs - outputs.mean(axis=0), full_matrices=False)[0]
        for arm, (marker, fill) in enumerate((("o", "none"), ("s", COLOURS[1]), ("D", "none"))):
            ax.plot(*seen[y == arm, :2].T, marker, markersize=4, color=COLOURS[arm], markerfacecolor=fill)
        ax.set(title=f"{name}: {share}", xticks=[], yticks=[])
    save(axes, out / "features.png", "The arms after each layer, and the share that straight lines tell apart.")


if __name__ == "__main__":
    run(main)
