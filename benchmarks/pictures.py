"""How fast pictures are: graphs of 60,000 nodes folded, laid out and saved, and the film of a training.

python -m benchmarks.pictures
"""

import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import nn
import viz
from demos.gpt_model import draw_model
from demos.names import encode, read_names
from engine import Value, toposort
from engine import sum as add

NODES, SECONDS, BYTES, FRAMES = 60_000, 5.0, 5_000_000, 200  # so many at least, and what they are to stay below


def mlp() -> Value:
    """The loss of an MLP 2-16-16-1 over as many samples as it takes."""
    generator = np.random.default_rng(0)
    model = nn.MLP(2, [16, 16, 1], generator=generator)
    return mean([nn.mse(model(x), 1.0) for x in generator.normal(size=(880, 2)).tolist()])


def convolution() -> Value:
    """Two convolutions with a pooling layer between, and a dense layer, over images of 12 by 12."""
    generator = np.random.default_rng(0)
    model = nn.Sequential(
        nn.Conv2d(1, 6, 3, activation="relu", generator=generator),
        nn.MaxPool(2),
        nn.Conv2d(6, 8, 3, activation="relu", generator=generator),
        nn.Flatten(),
        nn.Layer(72, 10, "linear", generator=generator),
    )
    images = generator.normal(size=(36, 1, 12, 12)).tolist()
    return mean([nn.cross_entropy(model(x), i % 10) for i, x in enumerate(images)])


def lstm() -> Value:
    """An LSTM unrolled over a sequence, and a dense layer behind it."""
    generator = np.random.default_rng(0)
    model = nn.Sequential(nn.LSTM(4, 16, generator=generator), nn.Layer(16, 1, "linear", generator=generator))
    return nn.mse(model(generator.normal(size=(240, 4)).tolist()), 0.5)


def gpt() -> Value:
    """The loss of a small GPT over a few names."""
    model = draw_model(np.random.default_rng(0))
    return mean([model.loss(encode(name)) for name in read_names()[:17]])


def mean(losses: list[Value]) -> Value:
    return add(losses) / len(losses)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def measure_folding(build: Callable[[], Value], folder: Path) -> None:
    """Print a row for each way to fold the graph."""
    root = build()
    root.backward()
    path = folder / "graph.svg"
    for fold in (None, "neuron", "layer"):
        seconds, drawing = timed(lambda fold=fold: draw(root, fold, path))
        print(
            f"  {build.__name__:12}{len(toposort(root)):8,}  {fold or 'as needed':10}{len(drawing.graph.nodes):7,}"
            f"{path.stat().st_size:12,}{seconds:8.2f}"
        )


def draw(root: Value, fold: str | None, path: Path) -> viz.Drawing:
    drawing = viz.draw(root, fold=fold)
    drawing.save(path)
    return drawing


def measure_film(name: str, model: nn.Module, X: Any, y: Any, loss: str, folder: Path) -> None:
    """Print a row: a training with and without its film, and the page."""
    options = {"loss": loss, "epochs": FRAMES, "progress": False}
    film = viz.film(model, X, y)
    filmed, _ = timed(lambda: nn.fit(model, X, y, callback=film, **options))
    model.reset(generator=np.random.default_rng(0))
    alone, _ = timed(lambda: nn.fit(model, X, y, **options))
    path = folder / "film.html"
    saving, _ = timed(lambda: film.save(path))
    print(f"  {name:20}{len(film.frames):7}{path.stat().st_size:12,}{alone:10.2f}{filmed:10.2f}{saving:8.2f}")


def main() -> None:
    ArgumentParser(prog="python -m benchmarks.pictures", description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"Folded, laid out and saved: to stay below {SECONDS:.0f} s at {NODES:,} nodes (processor time)\n")
        print(f"  {'graph':12}{'nodes':>8}  {'fold':10}{'boxes':>7}{'bytes':>12}{'seconds':>8}")
        for build in (mlp, convolution, lstm, gpt):
            measure_folding(build, folder)
        print(f"\nThe film of a training of {FRAMES} epochs: to stay below {BYTES:,} bytes (times in seconds)\n")
        print(f"  {'network':20}{'frames':>7}{'bytes':>12}{'training':>10}{'filmed':>10}{'saving':>8}")
        generator = np.random.default_rng(0)
        X, y = nn.moons(200, generator=generator)
        for hidden in ([16, 16], [64, 64, 64]):
            model = nn.MLP(2, [*hidden, 1], "tanh", generator=generator)
            measure_film(f"MLP 2-{'-'.join(map(str, hidden))}-1", model, X, 2 * y - 1, "hinge", folder)
        digits = nn.load_digits()
        model = nn.MLP(64, [64, 10], generator=generator)
        measure_film("MLP 64-64-10, digits", model, digits.X / 16, digits.y, "cross_entropy", folder)


if __name__ == "__main__":
    main()
