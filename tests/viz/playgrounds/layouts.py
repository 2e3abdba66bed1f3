"""Lay out graphs in JavaScript, and some of them in Python too, check both alike, and print how they compare.

python -m tests.viz.playgrounds.layouts --graphs 3000 --seed 0 --beside 10
"""

import argparse
import json
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

import nn
from engine import Value, parse
from engine.teaching.folding import find_scopes
from tests.agreement.__main__ import open_browser
from tests.graphs import random_graph as random_values
from tests.viz.layouts import Edges, Sizes, check, check_texts, count_drawn_crossings, random_graph
from tests.viz.pages.pages import network
from viz.offline import read_script
from viz.pages.arrangement import TEXT, Plane
from viz.pages.javascript import operations
from viz.pages.page import FOLDER, _nodes
from viz.pages.views import Views
from viz.pictures.layout import lay_out
from viz.pictures.plan import Curve, Layout
from viz.playgrounds.measures import SCRIPTS, measures
from viz.words.words import name_graph

BATCH = 50  # graphs that the browser is given at once


# ---- graphs


def expression(seed: int) -> Value:
    """An expression of a few names, up to six operations deep."""
    draw = np.random.default_rng(seed)

    def write(depth: int) -> str:
        if depth == 0 or draw.random() < 0.15:
            return str(draw.choice(["x", "y", "w", "b", "2", "0.5"]))
        if draw.random() < 0.4:
            return f"{draw.choice(['tanh', 'sigmoid', 'exp', 'relu', 'sin'])}({write(depth - 1)})"
        return f"({write(depth - 1)} {draw.choice(['+', '-', '*', '/'])} {write(depth - 1)})"

    text = f"x + {write(1 + seed % 6)}"
    return parse(text, **{name: 0.5 for name in "xywb" if re.search(rf"\b{name}\b", text)})[0]


def chain(count: int) -> Value:
    value = Value(2.0, "x")
    for _ in range(count):
        value = value.sigmoid()
    return value


def residual(blocks: int) -> Value:
    value = Value(0.5, "x")
    for i in range(blocks):
        value = value + (Value(0.1, f"w{i}") * value + Value(0.2, f"b{i}")).tanh()
    return value


def recurrent(kind: int, steps: int) -> Value:
    layer = (nn.RNN, nn.LSTM, nn.GRU)[kind % 3](1, 1 + kind % 2)
    outputs = layer([[0.1 * step] for step in range(steps)])
    while isinstance(outputs, list | tuple):
        outputs = outputs[-1]
    return (outputs - 1) ** 2


KINDS: dict[str, Callable[[int], Value]] = {
    "random": lambda seed: random_values(seed, size=2 + seed % (60 if seed % 8 == 3 else 16)).root,
    "expression": expression,
    "sigmoid chain": lambda seed: chain(1 + seed % 60),
    "residual net": lambda seed: residual(1 + seed % 25),
    "unrolled RNN": lambda seed: recurrent(seed // 7, 1 + seed % 4),
    "MLP": lambda seed: network(1 + seed % 4, (*[1 + (seed // 3 + i) % 8 for i in range(1 + seed % 3)], 1)),
}


# ---- both layouts


def open_layout(browser: Any) -> Any:
    """A tab of a browser that knows the layout's scripts."""
    calculus = read_script(FOLDER, "calculus/numbers", "calculus/names", "calculus/engine")
    script = "\n".join([
        read_script(FOLDER, "calculus/arithmetic"), operations(), calculus, measures(),
        read_script("viz.playgrounds", *SCRIPTS),
    ])  # fmt: skip
    tab = browser.new_context(offline=True).new_page()
    tab.add_script_tag(content=f'"use strict";\n{script}')
    return tab


READ = """(text) => JSON.stringify(JSON.parse(text).map(([nodes, parts]) => {
    arrangementsFound.clear();
    const start = performance.now();
    const { views, insides } = readViews(nodes, parts);
    return { views, insides, time: performance.now() - start };
}))"""

PLACE = """(text) => JSON.stringify(JSON.parse(text).map(
    ([sizes, ends, texts, width]) => layOut(sizes, ends, texts, MOST_WAYS, width ?? Infinity)))"""


def read_nodes(root: Value) -> list[Any]:
    """What `readViews` is given: the nodes, and the neuron and the layer of each."""
    called = name_graph(root)
    scopes = find_scopes(list(called))
    parts = [[scope, scope.rpartition(".")[0] or scope] for scope in scopes]
    return [_nodes(called), parts if any(scopes) else None]


def read_views(tab: Any, given: list[list[Any]]) -> list[dict[str, Any]]:
    """The views of graphs in JavaScript, and the milliseconds that each took."""
    read: list[dict[str, Any]] = json.loads(tab.evaluate(READ, json.dumps(given)))
    return read


def place_boxes(tab: Any, given: list[list[Any]]) -> list[Layout]:
    """The layouts of boxes in JavaScript: of each the sizes, the edges, the texts and the width of rows, or None."""
    found = json.loads(tab.evaluate(PLACE, json.dumps(given)))
    return [
        Layout(
            **each
            | {
                "boxes": [tuple(at) for at in each["boxes"]],
                "ends": [tuple(at) for at in each["ends"]],
                "curves": read_curves(each["curves"]),
            }
        )
        for each in found
    ]


def read_curves(curves: Iterable[dict[str, Any]]) -> list[Curve]:
    return [Curve([tuple(at) for at in each["points"]], tuple(each["edges"])) for each in curves]


def read_plane(plane: Plane) -> tuple[Layout, Sizes, Sizes, Edges]:
    """A plane as a layout, and the boxes and edges that it is of."""
    boxes, edges = plane["boxes"], plane["edges"]
    layout = Layout(
        plane["width"], plane["height"], [(box["x"], box["y"]) for box in boxes], read_curves(plane["curves"]),
        [tuple(edge["end"]) for edge in edges], [], [edge["source"] for edge in edges],
    )  # fmt: skip
    ends = [(edge["source"], edge["target"]) for edge in edges]
    return layout, [box["w"] for box in boxes], [box["h"] for box in boxes], ends


def list_planes(views: Sequence[dict[str, Any]], insides: dict[str, Plane]) -> Iterator[tuple[str, Plane]]:
    """All planes, by name."""
    for view in views:
        for name, plane in ((view["key"], view["plane"]), (f"{view['key']} bare", view["bare"])):
            while plane:
                yield name, plane
                name, plane = f"{name}, narrow", plane.get("narrow")
    yield from sorted(insides.items())


# ---- checks


def check_plane(plane: Plane) -> Layout:
    """All that holds of every layout; the layout. A folded box has no room for what many edges bring."""
    layout, widths, heights, edges = read_plane(plane)
    check(layout, widths, heights, edges)
    folded = [box["kind"] == "folded" for box in plane["boxes"]]
    told = [len(edge["uses"]) == 1 and not folded[edge["target"]] for edge in plane["edges"]]
    check_texts(layout, widths, heights, [TEXT[0] * (plane["texts"] and each) for each in told])
    return layout


def show_plane(plane: Plane) -> Any:
    """What a plane shows, wherever it stands: leaves that later rows have again are left out."""
    members = [box["members"] for box in plane["boxes"]]
    count = len(members)
    while plane["boxes"][count - 1]["kind"] == "outside" and members[count - 1] in members[: count - 1]:
        count -= 1
    boxes = [{**box, "x": 0, "y": 0} for box in plane["boxes"][:count]]
    edges = [(members.index(members[edge["source"]]), edge["target"], edge["uses"]) for edge in plane["edges"]]
    return boxes, edges, plane["texts"], plane.get("parts")


def show_views(views: Sequence[dict[str, Any]], insides: dict[str, Plane]) -> Any:
    """What all planes show, as JSON has it."""
    planes = {name: show_plane(plane) for name, plane in list_planes(views, insides)}
    said = [(view["key"], view["title"], view["said"]) for view in views]
    return json.loads(json.dumps([said, planes]))


@dataclass
class Tally:
    """What was laid out in JavaScript; and of what was laid out in both, pairs of figures, Python's the first."""

    graphs: int = 0
    planes: int = 0
    boxes: int = 0
    pairs: int = 0
    alike: int = 0  # planes that are the same to the tenth of a pixel
    crossings: list[int] = field(default_factory=lambda: [0, 0])
    heights: list[float] = field(default_factory=lambda: [0.0, 0.0])
    widths: list[float] = field(default_factory=lambda: [0.0, 0.0])
    worse: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    times: list[tuple[int, float]] = field(default_factory=list)  # nodes of a graph, and its milliseconds

    def check(self, name: str, *makers: Callable[[], Layout]) -> None:
        """Count a plane, laid out in JavaScript or in Python and in JavaScript, if it passes its checks."""
        found = []
        for make in makers:
            try:
                found.append(make())
            except AssertionError as error:
                side = "JavaScript" if make is makers[-1] else "Python"
                self.failures.append(f"{name}, {side}: {str(error).splitlines()[0]}")
                return
        self.planes += 1
        self.boxes += len(found[-1].boxes)
        if len(found) == 2:
            self._compare(name, found)

    def _compare(self, name: str, pair: list[Layout]) -> None:
        self.pairs += 1
        self.alike += pair[0] == pair[1]
        crossings = [count_drawn_crossings(layout) for layout in pair]
        for side, layout in enumerate(pair):
            self.crossings[side] += crossings[side]
            self.heights[side] += layout.height
            self.widths[side] += layout.width
        if crossings[1] > 1.25 * crossings[0] + 5:
            self.worse.append(f"{name}: {crossings[0]} and {crossings[1]} crossings")


def check_views(tab: Any, roots: dict[str, Value], beside: set[str], tally: Tally) -> None:
    """Lay out graphs, those `beside` in Python too, and check all planes."""
    found = read_views(tab, [read_nodes(root) for root in roots.values()])
    for (name, root), theirs in zip(roots.items(), found, strict=True):
        called = name_graph(root)
        tally.graphs += 1
        tally.times.append((len(called), theirs["time"]))
        planes = [list_planes(theirs["views"], theirs["insides"])]
        is_unrolled = any(", step " in each for each in called.values())  # what only Python folds, by gates and steps
        if name in beside and not is_unrolled:
            ours = Views(root, called)
            planes.insert(0, list_planes(ours.views, ours.insides))
            if show_views(ours.views, ours.insides) != show_views(theirs["views"], theirs["insides"]):
                tally.failures.append(f"{name}: they do not show the same")
                continue
        for each in zip(*planes, strict=True):
            tally.check(f"{name}, {each[0][0]}", *(partial(check_plane, plane) for _, plane in each))


def check_boxes(tab: Any, seeds: Iterable[int], beside: set[int], tally: Tally) -> None:
    """The same with boxes of random sizes; some in rows, some with texts at their edges."""
    cases = []
    for seed in seeds:
        widths, heights, edges = random_graph(seed)
        texts, width = None, 900.0 if seed % 3 == 1 else None
        if seed % 3 == 2:
            uses = [sum(target == box for _, target in edges) for box in range(len(widths))]
            heights = [max(height, 13.0 * use + 5) for height, use in zip(heights, uses, strict=True)]
            texts = [(length, 13.0) for length in np.random.default_rng(seed).uniform(10, 60, len(edges)).tolist()]
        cases.append((seed, widths, heights, edges, texts, width))
    given = [[list(zip(w, h, strict=True)), edges, texts, width] for _, w, h, edges, texts, width in cases]
    for (seed, *case, width), theirs in zip(cases, place_boxes(tab, given), strict=True):
        tally.graphs += 1
        layouts = [theirs]
        if seed in beside:
            layouts.insert(0, lay_out(*case, width=width or np.inf))
        tally.check(f"boxes {seed}", *(partial(check_case, layout, *case) for layout in layouts))


def check_case(
    layout: Layout, widths: Sizes, heights: Sizes, edges: Edges, texts: list[tuple[float, float]] | None
) -> Layout:
    check(layout, widths, heights, edges)
    if texts:
        check_texts(layout, widths, heights, [length for length, _ in texts])
    return layout


def run(tab: Any, graphs: int, seed: int, beside: int) -> dict[str, Tally]:
    """What was found, by kind of graph; of each kind, one in `beside` is laid out in Python too."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    kinds = [*KINDS, "boxes"]
    for first in range(seed, seed + graphs, BATCH):
        numbers = range(first, min(first + BATCH, seed + graphs))
        for place, kind in enumerate(kinds):
            seeds = [number // len(kinds) for number in numbers if number % len(kinds) == place]
            chosen = {each for each in seeds if each % beside == 0}
            if kind == "boxes":
                check_boxes(tab, seeds, chosen, tallies[kind])
            else:
                roots = {f"{kind} {each}": KINDS[kind](each) for each in seeds}
                check_views(tab, roots, {f"{kind} {each}" for each in chosen}, tallies[kind])
    return tallies


def main(arguments: list[str] | None = None) -> int:
    """0 if all checks hold, 1 if not."""
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--graphs", type=int, default=300, help="how many graphs, of all kinds in turn")
    parser.add_argument("--seed", type=int, default=0, help="of the first graph")
    parser.add_argument("--beside", type=int, default=10, help="of so many graphs, one is laid out in Python too")
    given = parser.parse_args(arguments)
    start = time.perf_counter()
    with open_browser() as browser:
        tallies = run(open_layout(browser), given.graphs, given.seed, given.beside)
    print(f"{'':14} {'graphs':>7} {'planes':>7} {'boxes':>8}   in both: planes, alike; crossings; heights; widths")
    for kind, tally in tallies.items():
        both = "; ".join(f"{a:,.0f} {b:,.0f}" for a, b in (tally.crossings, tally.heights, tally.widths))
        counts = f"{tally.graphs:7,} {tally.planes:7,} {tally.boxes:8,}   {tally.pairs:,} {tally.alike:,}"
        print(f"{kind:14} {counts}; {both}")
    times = [each for tally in tallies.values() for each in tally.times]
    for low, high in ((1, 20), (21, 60), (61, 120), (121, 200), (201, 10_000)):
        took = sorted(time for nodes, time in times if low <= nodes <= high)
        if took:
            print(f"{low:,} to {high:,} nodes: {took[len(took) // 2]:.1f} ms (median)")
    for tally in tallies.values():
        for line in tally.worse:
            print(f"more crossings: {line}")
        for line in tally.failures:
            print(f"FAILED {line}")
    print(f"{time.perf_counter() - start:.0f} s")
    return 1 if any(tally.failures for tally in tallies.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
