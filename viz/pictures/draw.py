"""Draws a graph and its gradients as a self-contained picture."""

import math
from collections.abc import Sequence
from numbers import Real

from engine.teaching.folding import Fold
from engine.teaching.graph import Graph
from engine.value import Value
from viz import svg
from viz.files import SvgFile
from viz.pictures.card import ABOVE, ACROSS, SMALL, STACK, Card
from viz.pictures.layout import lay_in_columns, lay_out
from viz.pictures.legend import draw_legend
from viz.pictures.picture import Picture
from viz.pictures.plan import CORNER, Curve, Layout

MARGIN = 14.0
LEAST = 460.0  # width for the legend
ARROW = 7.0
NARROW_PORT = 3.0  # between edges that end at a box, where they have no text
LOCAL, TEXT = 9.0, 13.0  # font size of local derivatives, and the height of one above an edge
DIRECTIONS = ("right", "down")
AGAIN = 22.0  # height of the copy of a leaf in a later row
WIDTH, NARROWEST = 840.0, 200.0  # of a picture in rows or columns, by default and at least
PAGE = math.sqrt(2)  # the height of a page of paper, in its widths

Size = tuple[float, float]


class Drawing(SvgFile):
    """A picture of a graph at the time it was drawn. Prints as a list of its boxes; notebooks show the picture.

    svg     the picture as self-contained SVG text
    graph   the boxes and edges in the picture

    `.save(path)` writes .svg, or .png with the help of a browser.

    >>> y = Value(2.0, "w") * Value(3.0, "x")
    >>> y.backward()
    >>> draw(y)
    Drawing(v1 = 6.0: 3 nodes, 2 edges)
    """

    def __init__(self, svg: str, graph: Graph, text: str, listing: str) -> None:
        self.svg, self.graph, self._text, self._listing = svg, graph, text, listing

    def __repr__(self) -> str:
        return f"Drawing({self._text})"

    def __str__(self) -> str:
        return self._listing


def draw(
    root: Value | Sequence[Value],
    *,
    direction: str = "right",
    width: float | None = None,
    fold: Fold = None,
    constants: bool = True,
    digits: int = 4,
) -> Drawing:
    """Draw the graph behind `root`: a box for every node, with its data and, after backward(), its gradient.

    root        the output, or a list of several, such as the losses of two samples or the outputs of a layer. The
                gradients shown are those of the passes that have run
    direction   "right" draws from left to right, in rows that are read like text. "down" draws from top to bottom; what
                is higher than a page, 1.4 times the width, continues in columns like those of a newspaper
    width       of the picture in pixels, at least 200, as far as its boxes allow; math.inf for a single row or column.
                None means 840, the width of a README, where no letter is smaller than 9
    fold        None folds the parts of a network of more than 50 nodes, and any graph of more than 300, as far as
                needed. False folds nothing. "neuron" and "layer" fold these, and in a network unrolled in time so do
                "gate" and "step". A list of names, such as ["layers[0]", "layers[1].neurons[2]"], folds these parts
    constants   whether plain numbers get boxes of their own
    digits      significant digits of the numbers; hovering shows all digits

    Raises TypeError if root is not a Value or width is not a number. Raises ValueError if there is no output, for an
    unknown direction or fold, for a width below 200, and unless digits is 1 to 17.

    >>> a = Value(3.0, "a")
    >>> draw(a * a)
    Drawing(v1 = 9.0: 2 nodes, 2 edges; backward() has not run: no gradients yet)
    >>> draw([a * a, a + 1])
    Drawing(v1 = 9.0, v2 = 4.0: 4 nodes, 4 edges; backward() has not run: no gradients yet)
    """
    if direction not in DIRECTIONS:
        raise ValueError(f"unknown direction: {direction!r} (one of {', '.join(map(repr, DIRECTIONS))})")
    _check_width(width)
    picture = Picture(root, fold, constants, digits)
    sizes = _find_sizes(picture, direction)
    layout = _lay_out(picture, sizes, direction, width)
    return Drawing(_draw(picture, sizes, layout), picture.graph, picture.describe(), picture.write())


def _check_width(width: float | None) -> None:
    if width is None:
        return
    if isinstance(width, bool) or not isinstance(width, Real):
        raise TypeError(f"width must be a number of pixels or None, not {type(width).__name__}: {width!r:.60}")
    if not width >= NARROWEST:
        raise ValueError(f"width must be at least {NARROWEST:g} pixels, not {width!r}")


def _lay_out(picture: Picture, sizes: list[Size], direction: str, width: float | None) -> Layout:
    edges = [(edge.source, edge.target) for edge in picture.graph.edges]
    rooms = [_find_room(text, direction) for text in picture.texts]
    texts = rooms if any(picture.texts) else None
    widths, heights = [size[0] for size in sizes], [size[1] for size in sizes]
    again = [_find_again(card) for card in picture.cards]
    room = (WIDTH if width is None else width) - 2 * MARGIN
    if direction == "down":
        return lay_in_columns(widths, heights, edges, texts, (room, room * PAGE), again)
    return lay_out(widths, heights, edges, texts, width=room, again=again)


def _find_again(card: Card) -> Size:
    """The width and height of the copy of a leaf in a later row."""
    width = max(svg.width_of(card.name), svg.width_of(card.scope, SMALL))
    return width + 2 * ACROSS, AGAIN + SMALL * svg.LINE * bool(card.scope)


def _find_room(text: str, direction: str) -> Size:
    """The room for a local derivative along its edge and across it."""
    if not text:
        return 0.0, 0.0
    room = svg.width_of(text, LOCAL)
    return (room, TEXT) if direction == "right" else (TEXT, room + 6.0)


def _find_sizes(picture: Picture, direction: str) -> list[Size]:
    """The width and height of every box, enough for its texts and for the edges that arrive."""
    arriving: list[list[float]] = [[] for _ in picture.cards]
    for edge, text in zip(picture.graph.edges, picture.texts, strict=True):
        arriving[edge.target].append(_find_room(text, direction)[1])
    sizes = []
    for card, breadths in zip(picture.cards, arriving, strict=True):
        breadth = max(breadths, default=0.0)
        apart, ends = (breadth, breadth + CORNER) if breadth else (NARROW_PORT, 2 * CORNER)
        side = (len(breadths) - 1) * apart + ends
        right = direction == "right"
        sizes.append((card.width if right else max(card.width, side), max(card.height, side) if right else card.height))
    return sizes


def _draw(picture: Picture, sizes: list[Size], layout: Layout) -> str:
    edges = "\n".join(_draw_curve(picture, curve) for curve in layout.curves)
    places, copies = layout.boxes[: len(sizes)], layout.boxes[len(sizes) :]
    boxes = [_draw_box(picture, *box) for box in zip(picture.cards, sizes, places, strict=True)]
    boxes += [_draw_again(picture, picture.cards[leaf], at) for leaf, at in zip(layout.again, copies, strict=True)]
    x_off, y_off = (-4.0, -ARROW - 3) if layout.down else (-ARROW - 2, -4.0)
    texts = [
        svg.text(x + x_off, y + y_off, text) for text, (x, y) in zip(picture.texts, layout.ends, strict=True) if text
    ]
    legend = draw_legend(picture, max(layout.width, LEAST), bool(layout.again), layout.down)
    body = [
        svg.element("g", edges, fill="none", transform=svg.EXCHANGE if layout.down else None),
        *boxes,
        svg.element("g", "\n".join(texts), font_size=LOCAL, fill="#333333", text_anchor="end"),
        svg.element("g", legend.body, transform=svg.shift(0.0, layout.height + MARGIN)),
    ]
    width = max(layout.width, legend.width) + 2 * MARGIN
    height = layout.height + legend.height + 2.5 * MARGIN
    inner = svg.element("g", "\n".join(body), transform=svg.shift(MARGIN, MARGIN))
    return svg.document(width, height, f"Computation graph of {picture.describe()}", inner)


def _draw_box(picture: Picture, card: Card, size: Size, at: tuple[float, float]) -> str:
    (x, y), (width, height), kind = at, size, card.node.kind
    parts = [svg.title(card.full)]
    if kind == "folded":
        width, height = width - STACK, height - STACK
        parts.append(svg.shape(kind, x + STACK, y + STACK, width, height, svg.WHITE))
    output = any(card.node is node for node in picture.graph.outputs)
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
    for i, (word, number) in enumerate(card.numbers, 2):
        parts.append(svg.text(x, y + i * line, word))
        parts.append(svg.text(x + card.indent(number), y + i * line, number))
    return svg.element("g", "".join(parts))


def _draw_again(picture: Picture, card: Card, at: tuple[float, float]) -> str:
    """The copy of a leaf in a later row."""
    (x, y), (width, height) = at, _find_again(card)
    parts = [svg.title(card.full), svg.shape(card.node.kind, x, y, width, height, picture.fill(card), again=True)]
    if card.scope:
        parts.append(svg.text(x + width / 2, y + 12, card.scope, font_size=SMALL, text_anchor="middle"))
    parts.append(svg.text(x + width / 2, y + height - AGAIN / 2 + 4, card.name, text_anchor="middle"))
    return svg.element("g", "".join(parts))


def _draw_curve(picture: Picture, curve: Curve) -> str:
    edges = [picture.graph.edges[e] for e in curve.edges]
    stroke = picture.stroke(edges)
    points = list(curve.points)
    head = ""
    if len(edges) == 1:  # a line with a single edge gets an arrowhead
        x, y = points[-1]
        points[-1] = (x - ARROW + 1, y)
        half = 2.5 + stroke.width / 2
        arrow = f"M{svg.number(x)} {svg.number(y)}l{svg.number(-ARROW)} {svg.number(-half)}v{svg.number(2 * half)}z"
        head = svg.element("path", d=arrow, fill=stroke.colour)
    look = {"stroke": stroke.colour, "stroke_width": stroke.width, "stroke_dasharray": stroke.dash or None}
    line = svg.element("path", d=svg.curve(points), **look)
    return svg.element("g", svg.title(picture.tell(edges)) + line + head)
