"""The graph in Graphviz' language, for those who have `dot`. `viz.draw` needs no such program."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import graphviz

from engine.value import Value
from viz import svg
from viz.card import Card
from viz.picture import NOT_RUN, Picture

RANKDIRS = ("LR", "TB")
STYLES = {"leaf": "filled", "operation": "filled,rounded", "constant": "filled,rounded,dashed", "folded": "filled,bold"}
INSTALL = (
    "Install Graphviz (apt install graphviz, brew install graphviz, winget install graphviz, "
    "conda install graphviz), or use viz.draw, which does not need it"
)


class Dot(graphviz.Digraph):  # type: ignore[misc]  # graphviz comes without types
    """A `graphviz.Digraph` that, where `dot` is missing, says how to come by it."""

    def render(self, *args: Any, **options: Any) -> Any:
        """Write the source and the picture; see `graphviz.Digraph.render`."""
        with _saying_how():
            return super().render(*args, **options)

    def pipe(self, *args: Any, **options: Any) -> Any:
        """The picture as bytes, or as text with an encoding; see `graphviz.Digraph.pipe`."""
        with _saying_how():
            return super().pipe(*args, **options)


@contextmanager
def _saying_how() -> Iterator[None]:
    try:
        yield
    except graphviz.ExecutableNotFound as error:
        error.args = (f"{error}. {INSTALL}",)
        raise


def draw_dot(root: Value, format: str = "svg", rankdir: str = "LR") -> graphviz.Digraph:
    """The graph behind `root` as a `graphviz.Digraph`, as micrograd's draw_dot; folded beyond 300 nodes.

    format    one of `graphviz.FORMATS`: "svg", "png", "pdf", ...
    rankdir   "LR" from left to right, "TB" from top to bottom

    Raises TypeError if root is no Value, ValueError for an unknown format or direction. Without `dot`
    only `.render()`, `.pipe()` and `.view()` fail; `.source` is the text.

    >>> a = Value(3.0, "a")
    >>> source = draw_dot(a * a).source.splitlines()
    >>> print(source[5].strip())
    n0 [label="a\\ldata 3.0\\l" fillcolor="#ffffff" style=filled]
    >>> print(source[-2].strip())
    n0 -> n1 [label=3.0 color="#444444" penwidth=1]
    """
    if format not in graphviz.FORMATS:
        raise ValueError(f"unknown format: {format!r} (one of {', '.join(map(repr, sorted(graphviz.FORMATS)))})")
    if rankdir not in RANKDIRS:
        raise ValueError(f"unknown rankdir: {rankdir!r} (one of {', '.join(map(repr, RANKDIRS))})")
    picture = Picture(root)
    graph = picture.graph
    dot = Dot(format=format, graph_attr={"rankdir": rankdir, "nslimit": "2", "nslimit1": "2"})
    dot.attr(label=_lines([graph.folded, "" if graph.ran else NOT_RUN]))
    dot.attr("node", shape="box", fontname="monospace", fontsize="10", margin="0.1,0.05")
    dot.attr("edge", fontname="monospace", fontsize="8", arrowsize="0.6")
    for i, card in enumerate(picture.cards):
        dot.node(f"n{i}", _write(card), style=STYLES[card.node.kind], fillcolor=picture.fill(card))
    for edge, text in zip(graph.edges, picture.texts, strict=True):
        stroke = picture.stroke([edge])
        style = "dashed" if stroke.dash else None
        ends = f"n{edge.source}", f"n{edge.target}"
        dot.edge(*ends, label=text or None, color=stroke.colour, penwidth=svg.number(stroke.width), style=style)
    return dot


def _write(card: Card) -> Any:
    return _lines([card.scope, card.name, *(f"{word} {number}" for word, number in card.rows)])


def _lines(lines: list[str]) -> Any:
    """Lines of plain text as a label, set to the left: no markup, no escapes, whatever they hold."""
    return graphviz.nohtml("".join(graphviz.escape(svg.clean(line)) + "\\l" for line in lines if line))
