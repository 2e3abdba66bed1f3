"""Draw a graph with its gradients, as a picture that needs nothing but itself."""

from collections import Counter

from engine.teaching.folding import Fold
from engine.teaching.graph import Graph
from engine.value import Value
from viz import svg
from viz.files import SvgFile
from viz.pictures.card import ABOVE, ACROSS, SMALL, STACK, Card
from viz.pictures.layout import CORNER, TEXT_PORT, Curve, Layout, lay_out
from viz.pictures.legend import draw_legend
from viz.pictures.picture import Picture

MARGIN = 14.0
LEAST = 460.0  # width for the legend
ARROW = 7.0
NARROW_PORT = 3.0  # between edges that end at one box, where no text stands on them
LOCAL = 9.0  # font size of local derivatives


class Drawing(SvgFile):
    """A picture of a graph as it was when drawn; prints as a list of its boxes, and notebooks show it.

    svg     the picture as text, complete in itself
    graph   the boxes and edges that it shows
    """

    def __init__(self, svg: str, graph: Graph, text: str, listing: str) -> None:
        self.svg, self.graph, self._text, self._listing = svg, graph, text, listing

    def __repr__(self) -> str:
        return f"Drawing({self._text})"

    def __str__(self) -> str:
        return self._listing


def draw(root: Value, *, fold: Fold = None, constants: bool = True, digits: int = 4) -> Drawing:
    """Draw the graph behind `root`: a box for every node, with its data and, after backward(), its gradient.

    fold        None folds a graph of more than 300 nodes as far as needed; "none" folds nothing,
                "neuron" and "layer" fold these, names such as ["layers[0]", "layers[1].neurons[2]"] these parts only
    constants   whether plain numbers have boxes of their own
    digits      significant digits of the numbers; all of them are shown under the mouse

    Raises TypeError if root is no Value, ValueError for an unknown fold or for digits outside 1 to 17.

    >>> a = Value(3.0, "a")
    >>> draw(a * a)
    Drawing(v1 = 9.0: 2 nodes, 2 edges; backward() has not run: no gradients yet)
    """
    picture = Picture(root, fold, constants, digits)
    heights = _find_heights(picture)
    layout = lay_out(
        [card.width for card in picture.cards],
        heights,
        [(edge.source, edge.target) for edge in picture.graph.edges],
        [svg.width_of(text, LOCAL) for text in picture.texts] if any(picture.texts) else None,
    )
    return Drawing(_draw(picture, heights, layout), picture.graph, picture.describe(), picture.write())


def _find_heights(picture: Picture) -> list[float]:
    """The heights of the boxes: what their texts need, or the edges that arrive."""
    operands = Counter(edge.target for edge in picture.graph.edges)
    labelled = {edge.target for edge, text in zip(picture.graph.edges, picture.texts, strict=True) if text}
    heights = []
    for box, card in enumerate(picture.cards):
        apart, ends = (TEXT_PORT, TEXT_PORT + CORNER) if box in labelled else (NARROW_PORT, 2 * CORNER)
        heights.append(max(card.height, (operands[box] - 1) * apart + ends))
    return heights


def _draw(picture: Picture, heights: list[float], layout: Layout) -> str:
    edges = "\n".join(_draw_curve(picture, curve, layout) for curve in layout.curves)
    boxes = map(_draw_box, [picture] * len(heights), picture.cards, heights, layout.boxes)
    texts = [
        svg.text(x - ARROW - 2, y - 4, text) for text, (x, y) in zip(picture.texts, layout.ends, strict=True) if text
    ]
    legend = draw_legend(picture, max(layout.width, LEAST))
    body = [
        svg.element("g", edges, fill="none"),
        *boxes,
        svg.element("g", "\n".join(texts), font_size=LOCAL, fill="#333333", text_anchor="end"),
        svg.element("g", legend.body, transform=svg.shift(0.0, layout.height + MARGIN)),
    ]
    width = max(layout.width, legend.width) + 2 * MARGIN
    height = layout.height + legend.height + 2.5 * MARGIN
    inner = svg.element("g", "\n".join(body), transform=svg.shift(MARGIN, MARGIN))
    return svg.document(width, height, f"Computation graph of {picture.describe()}", inner)


def _draw_box(picture: Picture, card: Card, height: float, at: tuple[float, float]) -> str:
    (x, y), width, kind = at, card.width, card.node.kind
    parts = [svg.title(card.full)]
    if kind == "folded":
        width, height = width - STACK, height - STACK
        parts.append(svg.shape(kind, x + STACK, y + STACK, width, height, svg.WHITE))
    output = card.node is picture.graph.nodes[-1]
    parts.append(svg.shape(kind, x, y, width, height, picture.fill(card), bold=output))
    if card.mark:
        parts.append(svg.mark(card.mark, x + width - 9, y + 9))
    if kind == "constant":
        parts.append(svg.text(x + width / 2, y + height / 2 + 4, card.name, text_anchor="middle"))
        return svg.element("g", "".join(parts))
    line = svg.SIZE * svg.LINE
    x += ACROSS
    y += ABOVE + (height - card.height + STACK * (kind == "folded")) / 2 - 3
    if card.scope:
        y += SMALL * svg.LINE
        parts.append(svg.text(x, y + 1, card.scope, font_size=SMALL))
    parts.append(svg.text(x, y + line, card.name, font_weight="bold"))
    for i, (word, number) in enumerate(card.rows, 2):
        parts.append(svg.text(x, y + i * line, word))
        parts.append(svg.text(x + card.place(number), y + i * line, number))
    return svg.element("g", "".join(parts))


def _draw_curve(picture: Picture, curve: Curve, layout: Layout) -> str:
    edges = [picture.graph.edges[e] for e in curve.edges]
    stroke = picture.stroke(edges)
    points = list(curve.points)
    head = ""
    if len(edges) == 1:  # a line with one edge goes all the way to its end
        x, y = points[-1]
        points[-1] = (x - ARROW + 1, y)
        half = 2.5 + stroke.width / 2
        arrow = f"M{svg.number(x)} {svg.number(y)}l{svg.number(-ARROW)} {svg.number(-half)}v{svg.number(2 * half)}z"
        head = svg.element("path", d=arrow, fill=stroke.colour)
    line = svg.element(
        "path",
        d=svg.curve(points),
        stroke=stroke.colour,
        stroke_width=stroke.width,
        stroke_dasharray=stroke.dash or None,
    )
    return svg.element("g", svg.title(picture.tell(edges)) + line + head)
