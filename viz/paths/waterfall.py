"""Draws the factors along a path as bars between running products, on a logarithmic scale."""

import math
from collections.abc import Callable, Sequence
from itertools import accumulate

from viz import svg
from viz.lines import Ends
from viz.numbers import format_number
from viz.paths.links import Link
from viz.scale import find_decades

MARGIN, ROW, GAP = 14.0, 20.0, 26.0
WIDEST = 840.0 - 2 * MARGIN  # of the picture, where the texts allow it: the width of a README
CHART = 200.0, 380.0  # width of the scale, at least and at most
MOST = 60  # factors drawn of a path
NAME, SYMBOLS = 34, 26  # characters
BAR = 11.0  # height
FILL = {
    "slope": "#d55e00",
    "weight": "#0072b2",
    "input": "#009e73",
    "signal": "#b8588f",
    "sum": "#8a8a8a",
    "other": "#555555",
}
MEANING = {
    "slope": "activation slope",
    "weight": "weight",
    "input": "input",
    "signal": "another signal",
    "sum": "passed on by a sum",
    "other": "another factor",
}
PALE = "#f3c3a0"  # the part of a slope's loss that is inevitable, given its bound


def draw_waterfall(root: str, leaf: str, routes: Sequence[tuple[Link, ...]], told: Sequence[Sequence[str]]) -> str:
    """Draw paths one below the other as SVG, each under the sentences told of it."""
    y = 0.0
    parts, widths = [], [0.0]
    for route, sentences in zip(routes, told, strict=True):
        lines = [(line, said is sentences[0]) for said in sentences for line in _wrap(said)]
        for i, (line, is_first) in enumerate(lines):
            weight = "bold" if is_first else None
            parts.append(svg.text(0.0, y + 12 + 15 * i, line, font_weight=weight))
            widths.append(svg.width_of(line))
        y += 15.0 * len(lines) + 10
        body, width, height = _draw(root, route)
        parts.append(svg.element("g", body, transform=svg.shift(0.0, y)))
        widths.append(width)
        y += height + GAP
    kinds = [kind for kind in FILL if any(link.kind == kind for route in routes for link in route)]
    bound = any(link.bound is not None for route in routes for link in route)
    legend, width, height = _legend(kinds, bound)
    parts.append(svg.element("g", legend, transform=svg.shift(0.0, y - 10), font_size=9.0, fill="#222222"))
    inner = svg.element("g", "\n".join(parts), transform=svg.shift(MARGIN, MARGIN), fill="#222222")
    label = f"Strongest path from {root} to {leaf}: {' '.join(told[0])}"
    return svg.document(max(*widths, width) + 2 * MARGIN, y + height + 2 * MARGIN - 16, label, inner)


def _draw(root: str, route: tuple[Link, ...]) -> tuple[str, float, float]:
    """Draw one path, a row for each factor; also returns the width and height."""
    shown = Ends(MOST, route)
    rows = list(shown)
    low, high = find_decades([1.0, *(link.after for link in route)])
    texts = [_texts(link) for link in rows if link] or [("", "", "", "")]
    columns = [max(svg.width_of(text) for text in column) + 14 for column in zip(*texts, strict=True)]
    start = sum(columns) + 10
    chart = min(max(WIDEST - 8 - start, CHART[0]), CHART[1])
    end = start + chart
    bottom = 16 + ROW * len(rows) + 6

    def place(product: float) -> float:
        if not math.isfinite(product):
            return end
        size = abs(product)
        return start + chart * ((math.log10(size) - low) / (high - low) if size else 0.0)

    anchor = "middle" if place(1.0) < end - 30 else "end"
    origin = svg.text(place(1.0), 8.0, f"1, at {svg.shorten(root, 16)}", font_size=9.0, text_anchor=anchor)
    parts = [_axis(low, high, start, chart, bottom), origin]
    y = 16.0
    for row, link in enumerate(rows, 1):
        if link is None:
            parts.append(svg.text(0.0, y + 14, f"… {shown.left_out:,} factors left out …"))
            y += ROW
            continue
        for text, offset in zip(_texts(link), accumulate(columns, initial=0.0), strict=False):
            parts.append(svg.text(offset, y + 14, text))
        parts.append(svg.element("g", svg.title(_full(link)) + _bar(link, place, y + ROW / 2)))
        if row < len(rows) and math.isfinite(link.after):
            down, dash = (ROW, None) if rows[row] else (2 * ROW, "2 2")
            d = f"M{svg.number(place(link.after))} {svg.number(y + ROW / 2)}v{svg.number(down)}"
            parts.append(svg.element("path", d=d, stroke="#444444", stroke_dasharray=dash))
        y += ROW
    return "\n".join(parts), end + 8, bottom + 24


def _texts(link: Link) -> tuple[str, str, str, str]:
    symbols = svg.shorten(link.symbols, SYMBOLS)
    word = "factor" if link.kind == "other" else link.kind
    return svg.shorten(link.node, NAME), word, symbols, format_number(link.factor)


def _bar(link: Link, place: Callable[[float], float], y: float) -> str:
    """A bar from the product before the factor to the product after it; what a slope's bound takes is pale."""
    before, after = place(link.before), place(link.after)
    top = y - BAR / 2
    if link.before == link.after == 0:  # no length on a log scale
        return svg.mark("zero", after + 5, y)

    def rect(a: float, b: float, fill: str) -> str:
        return svg.element("rect", x=min(a, b), y=top, width=max(abs(a - b), 1.4), height=BAR, fill=fill)

    parts = []
    if link.bound is not None and link.before and math.isfinite(link.before):
        limit = place(link.before * link.bound)
        parts.append(rect(before, max(limit, after) if limit < before else before, PALE))
        parts.append(rect(min(limit, before), after, FILL["slope"]))
        tick = f"M{svg.number(limit)} {svg.number(top - 2.5)}v{svg.number(BAR + 5)}"
        parts.append(svg.element("path", d=tick, stroke="#000000", stroke_width=1.6))
    else:
        parts.append(rect(before, after, FILL[link.kind]))
    if link.after == 0 and link.before:
        parts.append(svg.mark("zero", after + 5, y))
    elif not math.isfinite(link.after):
        parts.append(svg.mark("not finite", after - 6, y))
    return "".join(parts)


def _axis(low: int, high: int, start: float, chart: float, bottom: float) -> str:
    step = math.ceil((high - low) / (chart // 47))  # room for 1e-300
    parts = []
    for exponent in range(high, low - 1, -step):
        x = start + chart * (exponent - low) / (high - low)
        parts.append(svg.element("path", d=f"M{svg.number(x)} 12V{svg.number(bottom)}", stroke="#dddddd"))
        parts.append(svg.text(x, bottom + 11, f"1e{exponent}", font_size=9.0, text_anchor="middle"))
    parts.append(svg.text(start + chart, bottom + 23, "|product so far|, log scale", font_size=9.0, text_anchor="end"))
    return "".join(parts)


def _legend(kinds: list[str], bound: bool) -> tuple[str, float, float]:
    """Explain the colours; also returns the width and height."""
    parts, x, y, widest = [], 0.0, 0.0, 0.0
    for kind in kinds:
        parts.append(svg.element("rect", x=x, y=2.0, width=18.0, height=9.0, fill=FILL[kind]))
        parts.append(svg.text(x + 23, 10.0, MEANING[kind]))
        x += 23 + svg.width_of(MEANING[kind], 9.0) + 18
    if bound:
        said = "lost even at the steepest slope of this activation"
        room = 23 + svg.width_of(said, 9.0)
        if x + room > WIDEST:
            widest, x, y = x, 0.0, 18.0
        parts.append(svg.element("rect", x=x, y=y + 2.0, width=18.0, height=9.0, fill=PALE))
        parts.append(svg.element("path", d=f"M{svg.number(x)} {svg.number(y)}v13", stroke="#000000", stroke_width=1.6))
        parts.append(svg.text(x + 23, y + 10.0, said))
        x += room
    return "".join(parts), max(widest, x), y + 16


def _full(link: Link) -> str:
    lines = [
        f"∂({link.node})/∂{link.operand} = {link.symbols} = {link.factor!r}",
        f"product {link.before!r} → {link.after!r}",
    ]
    return "\n".join([*lines, f"{link.op}'s slope is at most {link.bound:.4g}"] if link.bound is not None else lines)


def _wrap(said: str, most: int = 110) -> list[str]:
    lines, line = [], ""
    for word in said.split():
        if line and svg.cells(line) + svg.cells(word) >= most:
            lines.append(line)
            line = ""
        line += f" {word}" if line else word
    return [*lines, line]
