"""Layout: positions for boxes and curves for edges, in columns from left to right.

Input and output are plain numbers, in pixels; what the boxes hold is none of its concern. Columns and their
order come from `viz.pictures.columns`, rows from `viz.pictures.rows`. Curves bend between columns only; inside a column
they are level and have a row of their own, so that no edge crosses a box.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from viz.pictures.columns import MOST, Columns, Edges, arrangements, count_crossings
from viz.pictures.rows import find_rows, isotonic

CROSSING = 150.0  # one crossing less is worth so much of up and down
PORT, TEXT_PORT = 8.0, 13.0  # between the ends of two edges at one box, without and with text above them
CORNER = 5.0  # no edge starts or ends nearer to the corner of a box
BEND = (26.0, 120.0)  # the least and the most room for curves between two columns
OFTEN = 200  # boxes up to which a picture is likely to come again
LEVEL = 8.0  # the least an edge is level before it ends

Point = tuple[float, float]


@dataclass(frozen=True)
class Curve:
    """A line through points: straight where two have the same y, else a curve that is level at both.

    edges   the numbers of the edges that run along it; more than one on a trunk
    """

    points: list[Point]
    edges: tuple[int, ...]


@dataclass(frozen=True)
class Layout:
    """Where everything is: the upper left corner of every box, the curves, and where every edge ends."""

    width: float
    height: float
    boxes: list[Point]
    curves: list[Curve]
    ends: list[Point]


def lay_out(
    widths: Sequence[float],
    heights: Sequence[float],
    edges: Edges,
    texts: Sequence[float] | None = None,
    most: int = MOST,
) -> Layout:
    """Place boxes of the given sizes, one at least.

    edges   (source, target) numbers of boxes, source < target, one for each operand, in order
    texts   for every edge the width of a text that stands above its end, 0 where none does; None for no texts
    most    how many arrangements to try

    Raises ValueError for an edge that does not lead from a box to a later one.
    """
    count = len(widths)
    for source, target in edges:
        if not 0 <= source < target < count:
            raise ValueError(f"an edge must lead from one of {count} boxes to a later one, not {source} -> {target}")
    find = _find_places if count <= OFTEN else _find_places.__wrapped__
    return _Plan(*find(tuple(heights), tuple(edges), most), widths, edges, texts).draw()


@lru_cache(maxsize=128)  # a page opens into hundreds of neurons, or stretches of nodes, of the same few shapes
def _find_places(heights: tuple[float, ...], edges: Edges, most: int) -> tuple[Columns, list[float], list[float]]:
    """Columns, half of every height, and rows: the best of the arrangements, to be read and not changed."""
    best = math.inf
    tried = []
    for grid in arrangements(len(heights), edges, most):
        if grid.columns in tried:
            continue
        tried.append(grid.columns)
        half = [height / 2 for height in heights] + [0.0] * (len(grid.column) - len(heights))
        y = find_rows(grid, half)
        steps = sum(abs(y[before] - y[node]) for node in range(len(y)) for before in grid.left[node])
        score = count_crossings(grid.columns, grid) + steps / CROSSING
        if score < 0.9 * best:  # the first keeps operands in their order
            best, chosen = score, (grid, half, y)
    return chosen


class _Plan:
    """Columns and rows, and from them where every edge leaves its box, bends and arrives.

    arriving   for every box the edges that end there, in the order of its operands
    exits      for every box the row in which its trunk leaves
    starts     for some edges a row of their own instead
    ends       for every edge the row in which it arrives
    """

    def __init__(
        self,
        grid: Columns,
        half: list[float],
        y: list[float],
        widths: Sequence[float],
        edges: Edges,
        texts: Sequence[float] | None,
    ) -> None:
        top = min(row - h for row, h in zip(y, half, strict=True))
        self.y = [row - top for row in y]
        self.grid, self.half, self.widths, self.edges, self.texts = grid, half, widths, edges, texts
        self.arriving: list[list[int]] = [[] for _ in widths]
        for e, (_, target) in enumerate(edges):
            self.arriving[target].append(e)
        self._find_ports()
        self._find_columns()

    def draw(self) -> Layout:
        """The layout."""
        width = self.left[-1] + self.width[-1]
        height = max(row + h for row, h in zip(self.y, self.half, strict=True))
        corners = [(self._box_left(box), self.y[box] - self.half[box]) for box in range(self.grid.count)]
        curves = [curve for box in range(self.grid.count) if self.grid.right[box] for curve in self._trace(box)]
        ends = [(self._box_left(target), row) for (_, target), row in zip(self.edges, self.ends, strict=True)]
        return Layout(width, height, corners, curves, ends)

    def _find_ports(self) -> None:
        grid, y = self.grid, self.y
        self.exits = y[: grid.count]
        only = [near[0] if near and near.count(near[0]) == len(near) else -1 for near in grid.right[: grid.count]]
        for box, near in enumerate(only):
            if near >= 0:
                self.exits[box] = self._towards(box, y[near])
        self.ends = [0.0] * len(self.edges)
        self.starts: dict[int, float] = {}
        for box, numbers in enumerate(self.arriving):
            self._spread(box, numbers)
            for e, before in zip(numbers, grid.left[box], strict=True):
                if before < grid.count and only[before] == box:
                    self.starts[e] = self._towards(before, self.ends[e])

    def _towards(self, box: int, row: float) -> float:
        """The row of a box from which a straight line leads to `row`; where there is none, one on that side."""
        away = row - self.y[box]
        room = self.half[box] - CORNER
        return row if abs(away) <= room else self.y[box] + math.copysign(0.3 * room, away)

    def _spread(self, box: int, numbers: list[int]) -> None:
        """Let edges end on the left side of a box, near the rows they come from, in that order."""
        apart, upper = PORT, CORNER
        if self.texts and any(self.texts[e] for e in numbers):
            apart = upper = TEXT_PORT
        low, high = self.y[box] - self.half[box] + upper, self.y[box] + self.half[box] - CORNER
        apart = min(apart, (high - low) / max(len(numbers) - 1, 1))
        come = [self._row(before) for before in self.grid.left[box]]
        order = sorted(range(len(numbers)), key=come.__getitem__)
        rows = isotonic([come[k] - i * apart for i, k in enumerate(order)], [1.0] * len(order))
        for i, (k, row) in enumerate(zip(order, rows, strict=True)):
            self.ends[numbers[k]] = min(max(row, low), high - (len(order) - 1) * apart) + i * apart

    def _row(self, node: int) -> float:
        """The row in which a box or place is left."""
        return self.exits[node] if node < self.grid.count else self.y[node]

    def _find_columns(self) -> None:
        """The left side and the width of every column, and the level room before it."""
        grid = self.grid
        self.width = [max(self.widths[node] for node in column if node < grid.count) for column in grid.columns]
        self.level = [LEVEL] * len(grid.columns)
        for (_, target), text in zip(self.edges, self.texts or (), strict=False):
            c = grid.column[target]
            if text:
                self.level[c] = max(self.level[c], text + LEVEL + 4)
        self.left = [0.0]
        for c, column in enumerate(grid.columns[1:], 1):
            steps = [abs(self._row(before) - self.y[node]) for node in column for before in grid.left[node]]
            bend = min(max(max(steps) / 4, BEND[0]), BEND[1])
            self.left.append(self.left[-1] + self.width[c - 1] + bend + self.level[c])

    def _box_left(self, box: int) -> float:
        c = self.grid.column[box]
        return self.left[c] + (self.width[c] - self.widths[box]) / 2

    def _trace(self, box: int) -> Iterator[Curve]:
        """The curves from a box: its trunk in pieces from one branch to the next, and each branch to its end."""
        grid = self.grid
        trunk = [box]
        while places := [near for near in grid.right[trunk[-1]] if near >= grid.count]:
            trunk += places
        branches = [self._branches(node) for node in trunk]
        edges = [e for branch in branches for e in branch]
        passed = 0
        points = [(self._box_left(box) + self.widths[box], self.exits[box])]
        for i, node in enumerate(trunk):
            c, row = grid.column[node], self._row(node)
            points.append((self.left[c] + self.width[c], row))
            here = len(branches[i])
            if node != box and here and passed + 1 < len(edges):
                yield Curve(_straighten(points), tuple(edges[passed:]))
                points = points[-1:]
            passed += here
            bend = self.left[c + 1] - self.level[c + 1]
            for e in branches[i]:
                start = [(x, self.starts.get(e, y)) for x, y in points]
                end, row = self._box_left(self.edges[e][1]), self.ends[e]
                yield Curve(_straighten([*start, (bend, row), (end, row)]), (e,))
            if passed < len(edges):
                points.append((bend, self.y[trunk[i + 1]]))

    def _branches(self, node: int) -> list[int]:
        """The edges that end in the column behind a box or place."""
        targets = dict.fromkeys(near for near in self.grid.right[node] if near < self.grid.count)
        return [
            e
            for target in targets
            for e, before in zip(self.arriving[target], self.grid.left[target], strict=True)
            if before == node
        ]


def _straighten(points: list[Point]) -> list[Point]:
    """The same line without points in the middle of a straight stretch."""
    kept = points[:1]
    for point, after in zip(points[1:], [*points[2:], None], strict=True):
        if after is None or not kept[-1][1] == point[1] == after[1]:
            kept.append(point)
    return kept
