"""Arranges the boxes and edges of a plane, in rows if it would be a long strip.

A picture that fits on a screen is made as large as possible there; a larger one is read by scrolling down its rows,
like text. A picture of few boxes has further arrangements, in narrower rows.
"""

from collections import Counter
from typing import Any

from viz.pictures.layout import fit, lay_out
from viz.pictures.plan import Layout, Sizes
from viz.pictures.ranks import MOST

LOW = 28.0  # the height of a box with one line
LETTER, MOST_LETTERS = 7.3, 22  # width of a letter of a name in a box, and most letters shown
TEXT = 42.0, 13.0  # room for a local derivative on an edge, along it and across
ROOM = 864.0, 440.0  # of the graph on a screen of 1280 by 720
WHOLE, ROOMY = 60, 130  # most boxes fitted into that room; most with room for local derivatives
LONG, BESIDE = 2.0, 52.0  # how much longer than the room a strip is; room for the map beside its rows
NARROW, FEW = (584.0, 374.0), 12  # widths of rows in a column and on an upright phone; most boxes laid out in them
QUICK = 4  # arrangements to try for pictures that are scrolled anyway

Plane = dict[str, Any]


def arrange(
    boxes: list[tuple[float, float, str, str, list[int]]],
    edges: list[tuple[int, ...]],
    uses: list[list[tuple[int, int]]],
    most: int = MOST,
    room: tuple[float, float] | None = None,
) -> Plane:
    """Lay out boxes (width, height, kind, name, members) and edges (source, target, ...) with the uses along them.

    room   the width and height to fill, in rows if that makes the picture larger; in later rows, one-line boxes of
           kind "outside" repeat the leaves. A plane of few boxes has a narrower one, "narrow", which may have one too
    """
    texts = [TEXT if len(use) == 1 else (0.0, 0.0) for use in uses] if len(boxes) <= ROOMY else None
    widths, heights = [box[0] for box in boxes], [box[1] for box in boxes]
    for box, count in Counter(edge[1] for edge in edges).items():
        if texts and boxes[box][2] != "folded":
            heights[box] = max(heights[box], TEXT[1] * count + 10)
    ends = [(edge[0], edge[1]) for edge in edges]
    again = [(LETTER * min(len(box[3]), MOST_LETTERS) + 22, LOW) for box in boxes]

    def write(layout: Layout) -> Plane:
        copies = [(*again[leaf], "outside", *boxes[leaf][3:]) for leaf in layout.again]
        high = heights + [LOW] * len(copies)
        placed = zip(boxes + copies, high, layout.boxes, strict=True)
        return {
            "width": _round(layout.width),
            "height": _round(layout.height),
            "texts": texts is not None,
            "boxes": [
                {"x": _round(x), "y": _round(y), "w": _round(w), "h": h, "kind": kind, "name": name, "members": members}
                for (w, _, kind, name, members), h, (x, y) in placed
            ],
            "edges": [
                {"source": source, "target": edge[1], "uses": use, "end": [_round(x), _round(y)]}
                for source, edge, use, (x, y) in zip(layout.sources, edges, uses, layout.ends, strict=True)
            ],
            "curves": [
                {"points": [[_round(x), _round(y)] for x, y in curve.points], "edges": list(curve.edges)}
                for curve in layout.curves
            ],
        }

    if room is None:
        return write(lay_out(widths, heights, ends, texts, most))
    fill = fit if len(boxes) <= WHOLE else lay_in_rows
    plane = last = write(fill(widths, heights, ends, texts, room, again))
    for width in NARROW if len(boxes) <= FEW else ():
        if last["width"] > width:
            last["narrow"] = write(lay_out(widths, heights, ends, texts, most, width, again))
            last = last["narrow"]
    return plane


def lay_in_rows(
    widths: list[float],
    heights: list[float],
    ends: list[tuple[int, int]],
    texts: Sizes | None,
    room: tuple[float, float],
    again: Sizes,
) -> Layout:
    """Lay out a picture too large to be seen as a whole; a long strip goes into rows as wide as the room."""
    whole = lay_out(widths, heights, ends, texts)
    if whole.width * room[1] < whole.height * room[0] * LONG:
        return whole
    return lay_out(widths, heights, ends, texts, QUICK, room[0] - BESIDE, again)


def _round(number: float) -> float:
    return round(number, 1)
