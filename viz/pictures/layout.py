"""Layout: positions for boxes and curves for edges, in columns from left to right.

Input and output are plain numbers, in pixels; what the boxes hold is none of its concern. Columns and their
order come from `viz.pictures.columns`, how high a box stands from `viz.pictures.rows`. Curves bend between
columns only; inside a column they are level and have a height of their own, so that no edge crosses a box.

What is too long goes on in a row below, as text does; where a row ends says `viz.pictures.breaks`. An edge that
goes on runs to the right margin, back between the two rows, and in from the left; several keep their order and
never cross. A leaf that several rows use stands in each of them.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from viz.pictures.breaks import find_breaks
from viz.pictures.columns import MOST, Columns, Edges, arrangements, count_crossings
from viz.pictures.rows import find_rows, isotonic

CROSSING = 150.0  # one crossing less is worth so much of up and down
PORT = 8.0  # between the ends of two edges at one box, where no text stands beside them
CORNER = 5.0  # no edge starts or ends nearer to the corner of a box
BEND = (26.0, 120.0)  # the least and the most room for curves between two columns
STEEP = (80.0, 50.0)  # the most where that keeps a picture in one row
STRAIGHT = 6.0  # the same where no curve bends
OFTEN = 200  # boxes up to which a picture is likely to come again
LEVEL = 8.0  # the least an edge is level before it ends
MARGIN, CHANNEL, TRACK = 8.0, 14.0, 7.0  # beside and between rows, up to what goes on into the next; between two of it
MOST_ROWS, LOOSE = 12, 1.1  # in a room, and by how much a row may be longer than its share
TRIES, LEAST = 4, 0.6  # at a break into rows that are not too long, and how short these are tried

Point = tuple[float, float]
Sizes = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Curve:
    """A line through points: straight where two have the same y, else a curve that is level at both.

    edges   the numbers of the edges that run along it; more than one on a trunk
    """

    points: list[Point]
    edges: tuple[int, ...]


@dataclass(frozen=True)
class Layout:
    """Where everything is: the upper left corner of every box, the curves, and where every edge ends.

    boxes     those given, and behind them those that stand for leaves in later rows
    again     for each of the latter the leaf that it stands for
    sources   for every edge the box from which it is drawn: the leaf, or what stands for it
    down      whether the picture runs down: then boxes and ends are where they are seen, and curves, to be
              drawn with x and y exchanged, are as if it ran to the right
    """

    width: float
    height: float
    boxes: list[Point]
    curves: list[Curve]
    ends: list[Point]
    again: list[int]
    sources: list[int]
    down: bool = False

    def turn(self) -> "Layout":
        """The same from top to bottom, of boxes given with width and height exchanged."""
        boxes, ends = ([(y, x) for x, y in points] for points in (self.boxes, self.ends))
        return replace(self, width=self.height, height=self.width, boxes=boxes, ends=ends, down=True)


def lay_out(
    widths: Sequence[float],
    heights: Sequence[float],
    edges: Edges,
    texts: Sizes | None = None,
    most: int = MOST,
    width: float = math.inf,
    again: Sizes | None = None,
) -> Layout:
    """Place boxes of the given sizes, one at least, from left to right.

    edges   (source, target) numbers of boxes, source < target, one for each operand, in order
    texts   for every edge the length and the breadth of a text that stands beside its end, (0, 0) where none does
    most    how many arrangements to try
    width   what is longer goes on in another row, as far as its columns allow it
    again   the width and height of what stands for each box, if it is a leaf, in every later row that uses it

    Raises ValueError for an edge that does not lead from a box to a later one.
    """
    count = len(widths)
    for source, target in edges:
        if not 0 <= source < target < count:
            raise ValueError(f"an edge must lead from one of {count} boxes to a later one, not {source} -> {target}")
    whole = best = _Plan(list(widths), list(heights), edges, texts, most)
    if whole.right > width and (bend := whole.find_bend(width)):
        return _Plan(list(widths), list(heights), edges, texts, most, bend=bend).draw()
    room, breaks = width, list[int]()
    for _ in range(TRIES if count <= OFTEN else 2):
        if best.right <= width or len(whole.width) < 3:
            break
        while (found := whole.find_breaks(room)) == breaks and room > LEAST * width:
            room *= 0.97
        breaks = found
        broken = _break(whole, breaks, again or list(zip(widths, heights, strict=True)), most)
        best = min(best, broken, key=lambda each: each.right)
        room *= 0.99 * min(width / broken.right, 1.0)
    return best.draw()


def fit(
    widths: Sequence[float],
    heights: Sequence[float],
    edges: Edges,
    texts: Sizes | None,
    room: tuple[float, float],
    again: Sizes | None = None,
) -> Layout:
    """The same in as many rows as leave it largest where it is to fit into a room of that width and height.

    At full size at most: what fits is not broken into rows.
    """

    def size(layout: Layout) -> float:
        return min(room[0] / layout.width, room[1] / layout.height, 1.0)

    best = whole = lay_out(widths, heights, edges, texts)
    for rows in range(2, MOST_ROWS + 1):
        if size(best) == 1.0 or whole.width * room[1] < whole.height * room[0] * (rows - 1) ** 2:
            break
        width = max(whole.width / rows * LOOSE, room[0])
        best = max(best, lay_out(widths, heights, edges, texts, width=width, again=again), key=size)
        if width == room[0]:
            break
    return best


def _break(whole: "_Plan", breaks: list[int], again: Sizes, most: int) -> "_Plan":
    """The same in rows. A leaf that several rows use stands in each of them."""
    rows = [bisect_left(breaks, c) for c in whole.grid.column]
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
    return _Plan(widths, heights, edges, whole.texts, most, breaks, leaves)


@lru_cache(maxsize=128)  # a page opens into hundreds of neurons, or stretches of nodes, of the same few shapes
def _find_places(
    heights: tuple[float, ...], edges: Edges, most: int, breaks: tuple[int, ...]
) -> tuple[Columns, list[float], list[float]]:
    """Columns, half of every height, and rows: the best of the arrangements, to be read and not changed."""
    best = math.inf
    tried = []
    for grid in arrangements(len(heights), edges, most, breaks):
        if grid.columns in tried:
            continue
        tried.append(grid.columns)
        half = [height / 2 for height in heights] + [0.0] * (len(grid.column) - len(heights))
        cut = grid.cut()
        y = find_rows(cut, half)
        steps = sum(abs(y[before] - y[node]) for node in range(len(y)) for before in cut.left[node])
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
    ways       by the place at the end of a row, the way of its trunk into the next
    again      the leaves for which the first boxes stand, by their numbers without these
    """

    def __init__(
        self,
        widths: list[float],
        heights: list[float],
        edges: Edges,
        texts: Sizes | None,
        most: int,
        breaks: Sequence[int] = (),
        again: Sequence[int] = (),
        bend: float = BEND[1],
    ) -> None:
        self.widths, self.heights, self.edges, self.texts, self.again = widths, heights, edges, texts, again
        self.bend = bend
        find = _find_places if len(widths) <= OFTEN else _find_places.__wrapped__
        self.grid, self.half, y = find(tuple(heights), tuple(edges), most, tuple(breaks))
        self.bottoms: list[float] = []
        self.y = self._stack(y)
        self.arriving: list[list[int]] = [[] for _ in widths]
        for e, (_, target) in enumerate(edges):
            self.arriving[target].append(e)
        self._find_ports()
        self._find_columns()
        self.ways: dict[int, list[Point]] = {}
        self._find_ways()

    def draw(self) -> Layout:
        """The layout."""
        more = len(self.again)
        corners = [(self._box_left(box), self.y[box] - self.half[box]) for box in range(self.grid.count)]
        curves = [curve for box in range(self.grid.count) if self.grid.right[box] for curve in self._trace(box)]
        ends = [(self._box_left(target), row) for (_, target), row in zip(self.edges, self.ends, strict=True)]
        sources = [source - more if source >= more else len(self.widths) - more + source for source, _ in self.edges]
        boxes = corners[more:] + corners[:more]
        return Layout(self.right, self.bottoms[-1], boxes, curves, ends, list(self.again), sources)

    def find_bend(self, width: float) -> float | None:
        """The most room for a curve with which this layout, which has no breaks, is no longer than that."""
        over = self.right - width
        return next((most for most in STEEP if sum(max(bend - most, 0.0) for bend in self.bends) >= over), None)

    def find_breaks(self, width: float) -> list[int]:
        """The columns of this layout, which has no breaks yet, behind which to break it into rows of that width."""
        grid = self.grid
        rights = [left + width for left, width in zip(self.left, self.width, strict=True)]
        lengths = [right - left for left, right in pairwise([0.0, *rights])]
        passing: list[set[int]] = [set() for _ in rights]  # the boxes whose trunks go on behind a column
        leaves = [0.0] * len(rights)  # the widest leaf used right behind it: such leaves go into the next row
        for source, target in self.edges:
            first, last = grid.column[source], grid.column[target]
            if self.arriving[source]:
                for c in range(first, last):
                    passing[c].add(source)
            else:
                leaves[first] = max(leaves[first], self.widths[source])
        margin = MARGIN + TRACK * (max(map(len, passing)) - 1)
        begin = [leaf + BEND[0] + LEVEL if leaf else 0.0 for leaf in [0.0, *leaves[:-1]]]
        room = width - margin
        return find_breaks(
            [length / room for length in lengths],
            [each / room for each in begin],
            margin / room,
            list(map(len, passing)),
        )

    def _stack(self, y: list[float]) -> list[float]:
        """The same with every row of the picture below the one before it, and room for what goes on between them."""
        grid = self.grid
        y = list(y)
        top = 0.0
        for first, behind in pairwise([0, *grid.starts, len(grid.columns)]):
            nodes = [node for column in grid.columns[first:behind] for node in column]
            down = top - min(y[node] - self.half[node] for node in nodes)
            for node in nodes:
                y[node] += down
            self.bottoms.append(max(y[node] + self.half[node] for node in nodes))
            top = self.bottoms[-1] + 2 * CHANNEL + TRACK * (len(grid.columns[behind - 1]) - 1)
        return y

    def _find_ways(self) -> None:
        """Let each trunk go on into the next row: around the others, so that they keep their order and never cross."""
        grid = self.grid
        self.right = max(left + width for left, width in zip(self.left, self.width, strict=True))
        margin = self.right + MARGIN
        for start, bottom in zip(grid.starts, self.bottoms, strict=False):
            places = grid.columns[start - 1]
            for i, place in enumerate(places):
                out, back = TRACK * (len(places) - 1 - i), TRACK * i
                left = self.left[start] - MARGIN - back
                right, row = margin + out, bottom + CHANNEL + out
                self.right = max(self.right, right)
                (entry,) = grid.right[place]
                self.ways[place] = [(right, self.y[place]), (right, row), (left, row), (left, self.y[entry])]

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
        if self.texts and (breadth := max((self.texts[e][1] for e in numbers), default=0.0)):
            apart = upper = breadth
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
        self.width = [
            max((self.widths[node] for node in column if node < grid.count), default=0.0) for column in grid.columns
        ]
        self.level = [LEVEL] * len(grid.columns)
        for (_, target), (length, _) in zip(self.edges, self.texts or (), strict=False):
            c = grid.column[target]
            if length:
                self.level[c] = max(self.level[c], length + LEVEL + 4)
        most = max((len(grid.columns[start - 1]) for start in grid.starts), default=0)
        begin = MARGIN + TRACK * (most - 1) if most else 0.0
        self.left, self.bends = [begin], list[float]()
        for c, column in enumerate(grid.columns[1:], 1):
            if c in grid.starts:
                self.left.append(begin)
                continue
            steps = [abs(self._row(before) - self.y[node]) for node in column for before in grid.left[node]]
            bend = min(max(max(steps) / 4, BEND[0]), self.bend)
            if max(steps) < 0.1:
                bend = STRAIGHT
            self.bends.append(bend)
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
                points += self.ways.get(node) or [(bend, self.y[trunk[i + 1]])]

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
