"""Writes the page of a graph, to step through, change, be quizzed on and print, in one self-contained file."""

import json
import math
from dataclasses import asdict
from functools import cache
from typing import Any, get_args

from engine.numbers import write_count
from engine.teaching.mistakes import MISTAKES
from engine.teaching.paths import UNCOUNTED
from engine.value import Value
from viz.lines import fill
from viz.offline import OfflinePage, read_script, write_page
from viz.pages.constants import write_constants
from viz.pages.javascript import operations
from viz.pages.listing import read_listings
from viz.pages.views import Views
from viz.paths.links import MANY, Kind, find_kind
from viz.paths.waterfall import FILL, PALE
from viz.scale import colour
from viz.slopes import find_bounds
from viz.words.text import forward_text
from viz.words.words import name_graph

FOLDER = "viz.pages"
MOST_NODES = 20_000
SHOWN = 40  # most steps of the forward pass in the text
START = "openPage();\n"
COLOURS = 33  # of the scale of gradients
KINDS = get_args(Kind)  # of factors along a path
PARTS = {  # the scripts by folder: computing, drawing, interacting
    "calculus": (
        "arithmetic", "fractions", "numbers", "exact", "scale", "names", "engine", "parts", "words", "mistakes",
        "mistaken", "strongest",
    ),
    "canvas": (
        "plane", "elements", "dom", "mathematics", "camera", "overview", "labels", "styles", "picture", "scene",
        "journey", "plot",
    ),
    "panels": (
        "progress", "address", "headline", "order", "corrections", "step", "ledger", "waterfall", "leaves", "nudge",
        "descent", "comparison", "hunt", "hints", "quiz", "source", "tour", "controls", "channel", "state", "page",
    ),
}  # fmt: skip
SCRIPTS = tuple(f"{part}/{name}" for part, names in PARTS.items() for name in names)


class Page(OfflinePage):
    """A page that steps through the passes of one graph. Prints its forward pass; notebooks show the page.

    html    the page as self-contained text; it loads nothing and sends nothing

    >>> page(Value(2.0, "w") * Value(3.0, "x"))
    Page(v1: 3 nodes, ... bytes; .save('step.html') writes it)
    """

    def __init__(self, html: str, nodes: int, name: str, text: str) -> None:
        self.html, self._nodes, self._name, self._text = html, nodes, name, text

    def __repr__(self) -> str:
        size = f"{write_count(self._nodes, 'node')}, {len(self.html.encode()):,} bytes"
        return f"Page({self._name}: {size}; .save('step.html') writes it)"

    def __str__(self) -> str:
        return self._text


def page(root: Value) -> Page:
    """The page of the graph behind `root`, with its present numbers.

    The page steps through both passes, forward and back. It nudges leaves, runs gradient descent, lights up the
    strongest path to a leaf, asks for gradients in a quiz, and demonstrates the classic mistakes. For nodes made under
    `engine.debug()` it shows the source lines. The same graph gives the same bytes.

    Raises TypeError if root is not a Value, ValueError for more than 20,000 nodes.

    >>> w, x = Value(-3.0, "w"), Value(2.0, "x")
    >>> page((w * x).tanh())
    Page(v2: 4 nodes, ... bytes; .save('step.html') writes it)
    """
    called = name_graph(root)
    if len(called) > MOST_NODES:
        raise ValueError(
            f"a page holds at most {MOST_NODES:,} nodes, the graph has {len(called):,}: "
            "show a part of it (the loss of one sample, a smaller network), or draw it folded with viz.draw"
        )
    views = Views(root, called)
    listings, places = read_listings(getattr(node, "origin", None) for node in called)
    data = {
        "nodes": _nodes(called),
        "views": views.views,
        "insides": views.insides,
        "ramp": ramp(),
        "listings": listings,
        "places": places if listings else [],
    }
    title = f"{called[root]} · backpropagation step by step"
    text = write_page(FOLDER, "page", title, data, f"{write_script()}\n{START}")
    return Page(text, len(called), called[root], _tell(called))


def ramp() -> list[str]:
    """The colours of gradients, from the smallest to the largest."""
    return [colour(i / (COLOURS - 1)) for i in range(COLOURS)]


def _tell(called: dict[Value, str]) -> str:
    """The page as text: its forward pass, and a hint at the backward pass."""
    said = "The page, .save('step.html'), steps through this and the backward pass; viz.walk_text prints both."
    return f"{forward_text(called, SHOWN)}\n{fill(said.split())}"


def _nodes(called: dict[Value, str]) -> list[list[Any]]:
    number = {node: i for i, node in enumerate(called)}
    return [
        [
            name,
            node.op,
            [number[operand] for operand in node.operands],
            write_float(node.data),
            [None if local is None else write_float(local) for local in node.branch_derivatives],
            "".join(_kind(node, index) for index in range(len(node.operands))),
        ]
        for node, name in called.items()
    ]


def _kind(node: Value, index: int) -> str:
    """The kind of a factor on the way to a leaf, by number; no path to a leaf passes through another leaf."""
    operand = node.operands[index]
    return str(KINDS.index(find_kind(node, index, operand if operand.is_leaf else node)))


def write_float(number: float) -> float | str:
    """A number for JSON; infinity and nan, which JSON lacks, become text."""
    return number if math.isfinite(number) else str(number)


def write_script() -> str:
    """The script of a page with the present op table; `openGraph` shows a graph."""
    first, others = _read_scripts()
    return "\n".join([first, operations(), others])


@cache
def _read_scripts() -> tuple[str, str]:
    """The scripts before and after the op table, to which operations may be added."""
    mistakes = f"const mistakes = {json.dumps([asdict(mistake) for mistake in MISTAKES], indent=1)};\n"
    factors = {
        "kinds": KINDS,
        "plurals": MANY,
        "bounds": find_bounds(),
        "colours": FILL,
        "pale": PALE,
        "uncounted": str(UNCOUNTED),
    }
    constants = f"{mistakes}const factors = {json.dumps(factors, indent=1)};\n{write_constants()}"
    first, *others = SCRIPTS
    return read_script(FOLDER, first), constants + read_script(FOLDER, *others)
