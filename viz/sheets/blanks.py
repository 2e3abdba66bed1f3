"""Draws the graph of a worksheet in black and white, with blanks for its numbers or filled in."""

from engine.numbers import CONSTANT
from engine.teaching.mistakes import RIGHT
from engine.value import Value
from viz import svg
from viz.numbers import DIGITS, format_number
from viz.pictures.layout import fit
from viz.pictures.plan import Layout, Sizes
from viz.pictures.ranks import Edges
from viz.words.words import definition

NAME = 26  # characters of a box's first line
ROW, BLANK = 21.0, 80.0  # the height of a line, the width of a number: enough for handwriting
WORD, INSET, ARROW, PORT = 46.0, 9.0, 7.0, 10.0
INK = "#000000"


def draw_blanks(called: dict[Value, str], room: tuple[float, float], filled: bool = False, digits: int = DIGITS) -> str:
    """Draw the graph of these named nodes (see `viz.words.words.name_graph`) as SVG; constants appear in formulas only.

    room     the width and height to fit into; the graph runs to the right, in rows if it is long, or down, in columns,
             if that makes it larger
    filled   whether to show all numbers; otherwise only the values of the leaves are given
    digits   of the values of the leaves
    """
    nodes = [node for node in called if node.op != CONSTANT]
    number = {node: i for i, node in enumerate(nodes)}
    edges = [
        (number[operand], i) for i, node in enumerate(nodes) for operand in node.operands if operand.op != CONSTANT
    ]
    titles = [svg.shorten(_title(node, called), NAME) for node in nodes]
    values = [short(node.data, DIGITS if node.operands else digits) for node in nodes]
    lengths = [
        max(svg.width_of(title, 12.0), WORD + max(BLANK, svg.width_of(value, 12.0)))
        for title, value in zip(titles, values, strict=True)
    ]
    widths = [length + 2 * INSET for length in lengths]
    heights = [3 * ROW + INSET] * len(nodes)
    ports = [PORT * (len(node.operands) + 1) for node in nodes]  # long sums need room for their arrows
    widths, heights = list(map(max, widths, ports)), list(map(max, heights, ports))
    layout = _lay_out(widths, heights, edges, room, [(svg.width_of(title, 12.0) + 2 * INSET, ROW) for title in titles])
    arrows = []
    for curve in layout.curves:
        points = list(curve.points)
        if len(curve.edges) == 1:
            x, y = points[-1]
            points[-1] = (x - ARROW + 1, y)
            arrows.append(svg.element("path", d=_arrow(x, y), fill=INK, stroke="none"))
        arrows.append(svg.element("path", d=svg.curve(points)))
    swap = svg.EXCHANGE if layout.down else None
    lines = svg.element("g", "\n".join(arrows), fill="none", stroke=INK, transform=swap) if arrows else ""

    gradients = RIGHT(nodes[-1])
    boxes = []
    for node, title, value, at, wide, high in zip(nodes, titles, values, layout.boxes, widths, heights, strict=False):
        numbers = value if filled or not node.operands else "", short(gradients[node]) if filled else ""
        boxes.append(_box(node, title, numbers, at, wide, high))
    boxes += [_again(titles[leaf], at) for leaf, at in zip(layout.again, layout.boxes[len(nodes) :], strict=True)]
    width, height = layout.width + 4, layout.height + 4
    frame = f"-2 -2 {svg.number(width)} {svg.number(height)}"
    size = {"width": width, "height": height, "viewBox": frame, "xmlns": "http://www.w3.org/2000/svg"}
    label = f"Computation graph of {svg.shorten(called[nodes[-1]], NAME)}" + ("" if filled else ", to be filled in")
    body = "\n".join([lines, *boxes])
    return svg.element("svg", body, **size, role="img", aria_label=label, font_family=svg.FONT, font_size=12.0)


def _lay_out(
    widths: list[float], heights: list[float], edges: Edges, room: tuple[float, float], again: Sizes
) -> Layout:
    """Lay out to the right, in rows, or down, in columns, whichever is larger in the room."""
    right = fit(widths, heights, edges, None, room, again)
    down = fit(heights, widths, edges, None, room[::-1], [size[::-1] for size in again]).turn()
    sizes = [max(layout.width / room[0], layout.height / room[1], 1.0) for layout in (right, down)]
    return down if sizes[1] < sizes[0] else right


def _title(node: Value, called: dict[Value, str]) -> str:
    return f"{called[node]} = {definition(node, called)}" if node.operands else called[node]


def short(number: float, digits: int = DIGITS) -> str:
    """Write a number as a person does, with this many digits and whole numbers without a point.

    >>> short(2.0), short(-0.0), short(0.25), short(121.96)
    ('2', '0', '0.25', '122.0')
    """
    text = format_number(number + 0.0, digits)
    return text.removesuffix(".0") if float(number).is_integer() else text


def _arrow(x: float, y: float) -> str:
    left = svg.number(x - ARROW)
    return f"M{left} {svg.number(y - 3.5)}L{svg.number(x)} {svg.number(y)}L{left} {svg.number(y + 3.5)}z"


def _box(
    node: Value, title: str, numbers: tuple[str, str], at: tuple[float, float], width: float, height: float
) -> str:
    x, y = at
    parts = [svg.shape("operation" if node.operands else "leaf", x, y, width, height, svg.WHITE)]
    parts.append(svg.text(x + INSET, y + ROW - 6, title, font_weight="bold"))
    for row, (word, number) in enumerate(zip(("value", "grad"), numbers, strict=True), 2):
        base = y + row * ROW - 3
        parts.append(svg.text(x + INSET, base, word))
        if number:
            parts.append(svg.text(x + INSET + WORD, base, number))
        else:
            line = f"M{svg.number(x + INSET + WORD)} {svg.number(base + 2)}H{svg.number(x + width - INSET)}"
            parts.append(svg.element("path", d=line, stroke=INK, stroke_width=0.8))
    return svg.element("g", "".join(parts), fill=INK)


def _again(title: str, at: tuple[float, float]) -> str:
    """The copy of a leaf in a later row: its name, with nothing to fill in."""
    (x, y), width = at, svg.width_of(title, 12.0) + 2 * INSET
    shape = svg.shape("leaf", x, y, width, ROW, svg.WHITE, again=True)
    return svg.element("g", shape + svg.text(x + INSET, y + ROW - 6, title), fill=INK)
