"""One of each thing that Gradwalk makes from a seed: python -m tests.products FOLDER writes them into a folder."""

import contextlib
import io
import sys
from pathlib import Path

import numpy as np

import nn
import viz
from demos import runner
from engine import record
from tests.graphs import random_graph


def make_graph(folder: Path) -> None:
    """What is made of a graph: pictures, pages, texts, the numbers of its tape."""
    graph = random_graph(7, size=6, inputs=2)
    root, leaf = graph.root, graph.inputs[0]
    root.backward()
    viz.draw(root).save(folder / "graph.svg")
    viz.path(root, leaf).save(folder / "path.svg")
    viz.page(root).save(folder / "step.html")
    tape = record(root, graph.inputs)
    texts = {
        "walk": viz.walk_text(root),
        "dot": viz.draw_dot(root).source,
        "explanation": str(viz.explain(root, leaf)),
        "tape": f"{tape.forward(graph.samples).tolist()} {tape.backward().tolist()}",
    }
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")


def make_worksheets(folder: Path) -> None:
    """A worksheet of each level."""
    for level in range(1, 7):
        viz.worksheet(level=level, seed=10 * level).save(folder / f"level{level}.html")


def make_training(folder: Path, record: bool) -> None:
    """What is left of a training in which all that can be random is: weights, dropout, order, the share held out."""
    generator = np.random.default_rng(3)
    X, y = nn.moons(40, 0.1, generator)
    between = [] if record else [nn.Dropout(0.25, generator=generator)]
    model = nn.Sequential(
        nn.Layer(2, 6, "tanh", generator=generator), *between, nn.Layer(6, 1, "linear", generator=generator)
    )
    optimizer = nn.Adam(model.parameters(), lr=0.05)
    film = viz.film(model, X, y, predict=lambda rows: nn.predict(model, rows))
    history = nn.fit(
        model, X, y, optimizer=optimizer, epochs=5, batch_size=7, validation=0.25, generator=generator, record=record,
        callback=film, progress=False,
    )  # fmt: skip
    name = "recorded" if record else "eager"
    nn.save(model, folder / f"{name}.npz", optimizer=optimizer, notes=vars(history))
    film.save(folder / f"{name}.html")
    viz.network(model.eval(), X[0].tolist()).save(folder / f"{name}-network.svg")
    viz.draw(model(X[0].tolist())[0]).save(folder / f"{name}-graph.svg")
    flow = viz.gradient_flow(model, X[:5], y[:5], nn.mse)
    (folder / f"{name}.txt").write_text(f"{history}\n{flow}", encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()):
        runner.save(flow.plot(), folder / f"{name}-plot.{'png' if record else 'svg'}", "The gradients.")


def make(folder: Path) -> None:
    """All of them."""
    make_graph(folder)
    make_worksheets(folder)
    for recorded in (True, False):
        make_training(folder, recorded)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
