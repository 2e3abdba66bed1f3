"""What else runs over all rows: how many forward passes of the tape, over the same rows, it takes.

Two moons, MLP 2-16-16-1 of ReLU, as in `benchmarks.updates`. Recording is included, except for a frame of a film, which
has one tape for all frames.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import nn
import viz
from benchmarks.networks import build_model
from benchmarks.updates import BCE, draw
from engine import Value
from engine.tape import record


def measure(rows: int, quick: bool) -> Iterator[tuple[str, float, float]]:
    """What runs over so many rows, its seconds, and those of the forward pass."""
    problem = draw(BCE, rows)
    model, X, y = build_model(problem), problem.X, problem.y
    forward = find_least(make_forward(model, X), quick)
    for name, run in {
        "nn.predict": lambda: nn.predict(model, X),
        "nn.evaluate": lambda: nn.evaluate(model, X, y, BCE),
        "nn.doctor": lambda: nn.doctor(model, X, y, loss=BCE),
    }.items():
        yield name, find_least(run, quick), forward


def measure_frame(quick: bool) -> Iterator[tuple[str, float, float]]:
    """The same of a frame of a film, over the points of its plane."""
    problem = draw(BCE, 100)
    model = build_model(problem)
    camera = viz.film(model, problem.X, problem.y)._camera
    frame = find_least(lambda: camera.take(1), quick)
    yield "a frame of viz.film", frame, find_least(make_forward(model, camera.grid), quick)


def make_forward(model: nn.Module, rows: Any) -> Callable[[], Any]:
    """The forward pass of a tape of the model over rows."""
    inputs = [Value(0.0), Value(0.0)]
    tape, batch = record(model(inputs), inputs), np.asfortranarray(rows)
    return lambda: tape.forward(batch)


def find_least(run: Callable[[], Any], quick: bool) -> float:
    """The least seconds of several turns, after a first that does not count."""
    times = []
    for _ in range(3 if quick else 21):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times[1:])
