"""Computes positions for boxes and curves for edges, in ranks from left to right.

Input and output are plain numbers, in pixels. `viz.pictures.ranks` assigns the boxes to ranks and orders them,
`viz.pictures.coordinates` computes their y coordinates, and `viz.pictures.plan` all others and the curves.

A picture that is too long continues in a row below, like text; `viz.pictures.breaks` decides where rows end. A leaf
that several rows use is drawn in each of them. What runs down continues in a column to the right, in the same way.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence

from viz.pictures.coordinates import OFTEN
from viz.pictures.plan import Layout, Plan, Sizes
from viz.pictures.ranks import MOST, Edges

MOST_ROWS, LOOSE = 12, 1.1  # rows that `fit` tries, and how much longer than its share a row may be
TRIES, LEAST = 4, 0.6  # attempts to break into rows that fit, and the shortest rows tried


def lay_out(
    widths: Sequence[float],
    heights: Sequence[float],
    edges: Edges,
    texts: Sizes | None = None,
    most: int = MOST,
    width: float = math.inf,
    again: Sizes | None = None,
) -> Layout:
    """Lay out boxes of the given sizes, at least one, from left to right.

    edges   (source, target) numbers of boxes, source < target, one for each operand, in order
    texts   for every edge, the length and breadth of the text beside its end, (0, 0) for none
    most    how many arrangements to try
    width   where to break the picture into rows, as far as its ranks allow
    again   for every box, the width and height of its copy, drawn if it is a leaf in each later row that uses it

    Raises ValueError for an edge that does not lead from a box to a later one.
    """
    return _break_rows(Plan(widths, heights, edges, texts, most), width, again).draw()


def fit(
    widths: Sequence[float],
    heights: Sequence[float],
    edges: Edges,
    texts: Sizes | None,
    room: tuple[float, float],
    again: Sizes | None = None,
) -> Layout:
    """Lay out boxes in the number of rows that makes the picture largest in a room of that width and height.

    A picture that fits at full size stays in one row.
    """

    def scale(plan: Plan) -> float:
        return min(room[0] / plan.right, room[1] / plan.bottom, 1.0)

    best = whole = Plan(widths, heights, edges, texts)
    for rows in range(2, MOST_ROWS + 1):
        if scale(best) == 1.0 or whole.right * room[1] < whole.bottom * room[0] * (rows - 1) ** 2:
            break
        width = max(whole.right / rows * LOOSE, room[0])
        best = max(best, _break_rows(whole, width, again), key=scale)
        if width == room[0]:
            break
    return best.draw()


def lay_in_columns(
    widths: Sequence[float],
    heights: Sequence[float],
    edges: Edges,
    texts: Sizes | None,
    room: tuple[float, float],
    again: Sizes,
) -> Layout:
    """Lay out boxes from top to bottom, in as few columns as keep to the height of the room.

    There are no more columns than its width holds; with those, the picture may be higher.
    """
    again = [(height, width) for width, height in again]
    whole = best = Plan(heights, widths, edges, texts)
    for columns in range(2, MOST_ROWS + 1):
        if best.right <= room[1]:
            break
        length = max(whole.right / columns * LOOSE, room[1])
        broken = _break_rows(whole, length, again)
        if broken.bottom > room[0]:
            break
        best = broken
        if length == room[1]:
            break
    return best.draw().turn()


def _break_rows(whole: Plan, width: float, again: Sizes | None) -> Plan:
    """The plan broken into rows of that width, as far as its ranks allow."""
    if whole.right > width and (bend := whole.find_bend(width)):
        return Plan(whole.widths, whole.heights, whole.edges, whole.texts, whole.most, bend=bend)
    best, room, breaks = whole, width, list[int]()
    for _ in range(TRIES if len(whole.widths) <= OFTEN else 2):
        if best.right <= width or len(whole.width) < 3:
            break
        while (found := whole.find_breaks(room)) == breaks and room > LEAST * width:
            room *= 0.97
        breaks = found
        broken = _break_plan(whole, breaks, again or list(zip(whole.widths, whole.heights, strict=True)))
        best = min(best, broken, key=lambda each: each.right)
        room *= 0.99 * min(width / broken.right, 1.0)
    return best


def _break_plan(whole: Plan, breaks: list[int], again: Sizes) -> Plan:
    """The plan broken into rows after these ranks. A leaf that several rows use is copied into each of them."""
    rows = [bisect_left(breaks, c) for c in whole.grid.rank]
    first: dict[int, int] = {}  # the row of a leaf
    for source, target in whole.edges:
        if not whole.arriving[source]:
            first[source] = min(first.get(source, rows[target]), rows[target])
    uses = sorted({(s, rows[t]) for s, t in whole.edges if s in first and rows[t] > first[s]})
    number = {use: i for i, use in enumerate(uses)}
    edges = [(number.get((s, rows[t]), s + len(uses)), t + len(uses)) for s, t in whole.edges]
    leaves = [leaf for leaf, _ in uses]
    widths = [again[leaf][0] for leaf in leaves] + whole.widths
    heights = [again[leaf][1] for leaf in leaves] + whole.heights
    return Plan(widths, heights, edges, whole.texts, whole.most, breaks, leaves)
