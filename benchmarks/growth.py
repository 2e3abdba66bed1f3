"""How time and memory grow with the graph: nanoseconds and bytes a node."""

import gc
import time
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from engine import Value, toposort
from engine.tape import record

SIZES = (1_000, 10_000, 100_000, 1_000_000)
SAMPLE = 680  # nodes of a sample of MLP 2-16-16-1 written as sums of products
OFF = ", collector off"
TIMES = ("eager build", "eager build" + OFF, "backward", "backward" + OFF, "tape build", "replay")
MOST = dict.fromkeys(TIMES, 1.5) | {"eager build": 3.0, "backward": 3.0}  # times the smallest graph
DRAWN = (30, 100, 300, 1_000, 3_000, 10_000)


def build_graph(size: int) -> Value:
    """About `size` nodes: the loss of an MLP for as many samples as that takes."""
    generator = np.random.default_rng(0)
    widths = (2, 16, 16, 1)
    layers = [[[Value(x) for x in generator.normal(size=n + 1)] for _ in range(m)] for n, m in pairwise(widths)]
    losses = []
    for row in generator.normal(size=(max(1, size // SAMPLE), 2)).tolist():
        x: list[Any] = row
        for index, layer in enumerate(layers):
            x = [sum((w * v for w, v in zip(weights, x, strict=False)), weights[-1]) for weights in layer]
            x = [value.relu() for value in x] if index < 2 else x
        losses.append((1 - x[0]).relu())
    return sum(losses) * (1 / len(losses))


def measure(size: int, quick: bool) -> dict[str, float]:
    """Nanoseconds a node, each the best of several, and bytes a node; eager with the collector on and off."""
    turns = max(2, min(10, 200_000 // size)) if not quick else 2
    times: dict[str, list[float]] = {name: [] for name in TIMES}
    root: Any
    for _ in range(turns):
        for ending in ("", OFF):
            if ending:
                gc.disable()
            try:
                seconds, root = _timed(lambda: build_graph(size))
                times["eager build" + ending].append(seconds)
                times["backward" + ending].append(_timed(root.backward)[0])
            finally:
                gc.enable()
            nodes = len(toposort(root))
            if ending:
                seconds, tape = _timed(lambda: record(root))  # noqa: B023
                times["tape build"].append(seconds)
                tape.value_and_gradient()
                times["replay"] += [_timed_often(tape.value_and_gradient) for _ in range(5)]
            root = tape = None
    memory = _measure_memory(lambda: build_graph(size))
    return {
        "nodes": nodes,
        **{name: min(found) / nodes * 1e9 for name, found in times.items()},
        "bytes": memory / nodes,
    }


def build_chain(size: int) -> Value:
    """`size` operations on two operands, one after the other."""
    w, x = Value(0.5), Value(1.0)
    y = x
    for _ in range(size // 2):
        y = y * w + x
    return y


def measure_chains(quick: bool) -> dict[str, tuple[float, float]]:
    """How much longer a node of a long chain takes than one of a short chain, and its bytes; with the most allowed."""
    long, short = (10**5 if quick else 10**6), 10**3

    def build_and_differentiate(size: int) -> Value:
        root = build_chain(size)
        root.backward()
        return root

    def measure(size: int) -> float:
        return min(_timed(lambda: build_and_differentiate(size))[0] for _ in range(3 if size == long else 50)) / size

    factor = measure(long) / measure(short)
    memory = _measure_memory(lambda: build_chain(long))
    return {
        f"{long:,} operations: times the time a node of {short:,}": (factor, 3.0),
        "bytes a node of two operands, as built": (memory / long, 160.0),
    }


def measure_drawing(size: int) -> dict[str, float]:
    """Seconds to draw a graph of about so many nodes, in full, by viz and, where there is one, by `dot`."""
    import shutil
    import subprocess

    import viz

    x = [Value(0.5, "x1"), Value(-0.5, "x2")]
    width = max(2, int((size / 4) ** 0.5))  # an MLP 2-width-width-1, a node a product
    for n_in, n_out in ((2, width), (width, width), (width, 1)):
        weights = [[Value(0.1) for _ in range(n_in)] for _ in range(n_out)]
        x = [sum(w * v for w, v in zip(row, x, strict=True)).tanh() for row in weights]
    root = x[0]
    root.backward()
    nodes = len(toposort(root))
    seconds, _ = _timed(lambda: viz.draw(root, fold="none").svg)
    found = {"nodes": nodes, "viz.draw": seconds}
    if shutil.which("dot"):
        try:
            source = viz.draw_dot(root, fold="none").source
            run = lambda: subprocess.run(["dot", "-Tsvg"], input=source.encode(), capture_output=True, timeout=120)  # noqa: E731
            found["dot"] = _timed(run, time.perf_counter)[0]  # another process
        except subprocess.TimeoutExpired:
            found["dot"] = 120.0
    return found


def _timed_often(function: Callable[[], Any], count: int = 20) -> float:
    start = time.process_time()
    for _ in range(count):
        function()
    return (time.process_time() - start) / count


def _timed(function: Callable[[], Any], clock: Callable[[], float] = time.process_time) -> tuple[float, Any]:
    """Seconds, and the result: of this process alone, so that nothing else on the machine counts."""
    gc.collect()
    start = clock()
    result = function()
    return clock() - start, result


def _measure_memory(build: Callable[[], Any]) -> int:
    """The bytes that Python holds for what is built."""
    tracemalloc.start()
    kept = build()
    memory = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del kept
    return memory


def find_factors(rows: list[dict[str, float]]) -> dict[str, float]:
    """How many times as long as in the smallest graph a node takes in the worst of the others."""
    return {name: max(row[name] for row in rows) / rows[0][name] for name in TIMES}


def lines(rows: list[dict[str, float]]) -> list[str]:
    """The table of growth."""
    columns = [name for name in rows[0] if name != "nodes"]
    text = [f"{'nodes':>10}  " + "  ".join(f"{name:>26}" for name in columns)]
    for row in rows:
        text.append(f"{row['nodes']:10,.0f}  " + "  ".join(f"{row.get(name, float('nan')):26.4g}" for name in columns))
    return text


def draw(rows: list[dict[str, float]], drawing: list[dict[str, float]], path: Path) -> None:
    """Both tables as a picture, logarithmic on both axes. ImportError names the extra to install."""
    try:
        import matplotlib as mpl
    except ImportError:
        raise ImportError('the picture needs matplotlib: pip install -e ".[plots]" in the checkout') from None
    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2 if drawing else 1, figsize=(11 if drawing else 6.5, 4.2), squeeze=False)
    left = axes[0, 0]
    nodes = [row["nodes"] for row in rows]
    colours = {"eager build": "C0", "backward": "C1", "tape build": "C2", "replay": "C3"}
    for name in TIMES:
        style = {"linestyle": "--", "markerfacecolor": "white"} if name.endswith(OFF) else {}
        colour = colours[name.removesuffix(OFF)]
        left.loglog(nodes, [row[name] for row in rows], marker="o", color=colour, label=name, **style)
    left.set(xlabel="nodes", ylabel="nanoseconds a node", title="Graphs of an MLP's loss")
    if drawing:
        right = axes[0, 1]
        for name in ("viz.draw", "dot"):
            points = [(row["nodes"], row[name]) for row in drawing if name in row]
            if points:
                right.loglog(*zip(*points, strict=True), marker="o", label=name)
        right.set(xlabel="nodes", ylabel="seconds", title="Drawing in full")
    for axis in axes[0]:
        axis.grid(True, which="major", alpha=0.3)
        axis.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    pyplot.close(figure)
