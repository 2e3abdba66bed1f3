"""Draws the legend of a picture, which explains its colours, widths, marks and shapes."""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap

from viz import svg
from viz.pictures.picture import INK, NOT_RUN, Picture
from viz.scale import Scale, colour

SMALL = 9.0
ROW, GAP = 34.0, 26.0
BASE = 16.5  # of the texts in a row
RAMP, STEPS = 160.0, 32
AGAIN = "a box of a row above, repeated", "a box of a column before, repeated"


@dataclass(frozen=True)
class Legend:
    """SVG elements that start at the origin, and their size."""

    body: str
    width: float
    height: float


def draw_legend(picture: Picture, width: float, again: bool = False, down: bool = False) -> Legend:
    """The legend in rows of at most `width`; it explains only what the picture shows.

    again   whether boxes are repeated in later rows, or in later columns if the picture runs down
    """
    graph = picture.graph
    said = [line for line in ("" if graph.ran else NOT_RUN, graph.changed, graph.folded) if line]
    lines = [row for line in said for row in wrap(line, int(width / (SMALL * svg.EM)))]
    parts = [svg.text(0.0, 12 + 15.0 * i, line, font_weight="bold") for i, line in enumerate(lines)]
    widest = max((svg.width_of(line, SMALL) for line in lines), default=0.0)
    x, y = 0.0, 15.0 * len(lines)
    for room, content in _items(picture, AGAIN[down] if again else ""):
        if x and x + room > width:
            x, y = 0.0, y + ROW
        parts.append(svg.element("g", content, transform=svg.shift(x, y)))
        widest = max(widest, x + room)
        x += room + GAP
    return Legend(svg.element("g", "\n".join(parts), font_size=SMALL, fill="#222222"), widest, y + ROW)


def _items(picture: Picture, again: str) -> Iterator[tuple[float, str]]:
    """The width and the elements of each entry."""
    if picture.graph.ran:
        yield _ramp(picture.scale)
        for mark, said in (("zero", "gradient is zero"), ("not finite", "gradient is inf or nan")):
            if any(card.mark == mark for card in picture.cards):
                yield 15 + svg.width_of(said, SMALL), svg.mark(mark, 6.0, 13.0) + svg.text(15.0, BASE, said)
    if picture.graph.edges:
        if picture.graph.ran:
            yield _widths(picture.scale)
        said = "number on an edge: local derivative" if any(picture.texts) else "local derivatives: hover over an edge"
        yield svg.width_of(said, SMALL), svg.text(0.0, BASE, said)
    for kind in ("leaf", "operation", "constant", "folded"):
        if any(card.node.kind == kind for card in picture.cards):
            shape = svg.shape(kind, 0.0, 5.5, 24.0, 15.0, svg.WHITE)
            if kind == "folded":
                shape = svg.shape(kind, 3.0, 8.5, 24.0, 15.0, svg.WHITE) + shape
            yield 33 + svg.width_of(kind, SMALL), shape + svg.text(33.0, BASE, kind)
    if again:
        shape = svg.shape("leaf", 0.0, 5.5, 24.0, 15.0, svg.WHITE, again=True)
        yield 33 + svg.width_of(again, SMALL), shape + svg.text(33.0, BASE, again)


def _ramp(scale: Scale) -> tuple[float, str]:
    step = RAMP / STEPS
    parts = [
        svg.element("rect", x=i * step, y=8.0, width=step + 0.3, height=10.0, fill=colour(i / (STEPS - 1)))
        for i in range(STEPS)
    ]
    parts.append(svg.element("rect", x=0.0, y=8.0, width=RAMP, height=10.0, fill="none", stroke=INK))
    said = "|gradient|, log scale"
    first, *between, last = scale.ticks()
    used, room = svg.width_of(f"{first:g}", SMALL) + 5, RAMP - svg.width_of(f"{last:g}", SMALL) - 5
    for tick in (first, *between, last):
        x, half = scale.place(tick) * RAMP, svg.width_of(f"{tick:g}", SMALL) / 2
        parts.append(svg.element("path", d=f"M{svg.number(x)} 18v3", stroke=INK))
        if tick in between and not used <= x - half < x + half <= room:
            continue
        used = max(used, x + half + 5)
        anchor = "start" if tick == first else "end" if tick == last else "middle"
        parts.append(svg.text(x, 30.0, f"{tick:g}", text_anchor=anchor))
    parts.append(svg.text(RAMP + 8, BASE, said))
    return RAMP + 8 + svg.width_of(said, SMALL), "".join(parts)


def _widths(scale: Scale) -> tuple[float, str]:
    said = "width: |upstream · local|, log scale"
    ends = (10.0**scale.low, 10.0**scale.high)
    thin, thick = (scale.width(end) for end in ends)
    shape = f"M0 {13 - thin / 2:.1f}L90 {13 - thick / 2:.1f}v{thick:.1f}L0 {13 + thin / 2:.1f}z"
    parts = [
        svg.element("path", d=shape, fill=INK),
        svg.text(0.0, 30.0, f"{ends[0]:g}"),
        svg.text(90.0, 30.0, f"{ends[1]:g}", text_anchor="end"),
        svg.text(98.0, BASE, said),
    ]
    return 98 + svg.width_of(said, SMALL), "".join(parts)
