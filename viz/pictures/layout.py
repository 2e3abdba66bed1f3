"""Computes positions for boxes and curves for edges, in ranks from left to right.

Input and output are plain numbers, in pixels. `viz.pictures.ranks` assigns the boxes to ranks and orders them,
`viz.pictures.coordinates` computes their y coordinates. Curves bend only between ranks; within a rank they are
level and have room of their own, so no edge crosses a box.

A picture that is too long continues in a row below, like text; `viz.pictures.breaks` decides where rows end. An
edge that continues runs to the right margin, back between the two rows, and in from the left; several edges keep
their order and never cross. A leaf that several rows use is drawn in each of them. What runs down continues in a
column to the right, in the same way.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from viz.pictures.breaks import find_breaks
from viz.pictures.coordinates import find_coordinates, isotonic
from viz.pictures.ranks import MOST, Edges, Ranks, arrangements, count_crossings

CROSSING = 150.0  # this much vertical movement weighs as much as one crossing
PORT = 8.0  # between the ends of two edges at a box, where they have no text
CORNER = 5.0  # no edge starts or ends closer to the corner of a box
BEND = (26.0, 120.0)  # least and most room for curves between two ranks
STEEP = (80.0, 50.0)  # smaller maxima, tried to keep a picture in one row
STRAIGHT = 6.0  # room where no curve bends
OFTEN = 200  # layouts of up to this many boxes are cached
LEVEL = 8.0  # an edge is level for at least this long before it ends
MARGIN, CHANNEL, TRACK = 8.0, 14.0, 7.0  # beside rows, between rows, and between two trunks there
MOST_ROWS, LOOSE = 12, 1.1  # rows that `fit` tries, and how much longer than its share a row may be
TRIES, LEAST = 4, 0.6  # attempts to break into rows that fit, and the shortest rows tried

Point = tuple[float, float]
Sizes = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Curve:
    """A line through points: straight between two with the same y, else a curve that is level at both.

    edges   the numbers of the edges that run along it; a trunk has more than one
    """

    points: list[Point]
    edges: tuple[int, ...]


@dataclass(frozen=True)
class Layout:
    """The upper left corner of every box, the curves, and the end of every edge.

    boxes     the given boxes, followed by copies of leaves in later rows
    again     for each copy, the leaf that it stands for
    sources   for every edge, the box from which it is drawn: a given box or a copy of a leaf
    down      whether the picture runs down: boxes and ends are then as they are seen, while curves are as if the
              picture ran to the right, to be drawn with x and y exchanged
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
        """The same layout from top to bottom, for boxes whose widths and heights were given exchanged."""
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
    """Lay out boxes of the given sizes, at least one, from left to right.

    edges   (source, target) numbers of boxes, source < target, one for each operand, in order
    texts   for every edge, the length and breadth of the text beside its end, (0, 0) for none
    most    how many arrangements to try
    width   where to break the picture into rows, as far as its ranks allow
    again   for every box, the width and height of its copy, drawn if it is a leaf in each later row that uses it

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
    """Lay out boxes in the number of rows that makes the picture largest in a room of that width and height.

    A picture that fits at full size stays in one row.
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
    whole = best = lay_out(heights, widths, edges, texts)
    for columns in range(2, MOST_ROWS + 1):
        if best.width <= room[1]:
            break
        length = max(whole.width / columns * LOOSE, room[1])
        layout = lay_out(heights, widths, edges, texts, width=length, again=again)
        if layout.height > room[0]:
            break
        best = layout
        if length == room[1]:
            break
    return best.turn()


def _break(whole: "_Plan", breaks: list[int], again: Sizes, most: int) -> "_Plan":
    """The plan broken into rows. A leaf that several rows use is copied into each of them."""
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
    return _Plan(widths, heights, edges, whole.texts, most, breaks, leaves)


@lru_cache(maxsize=128)  # a page holds hundreds of neurons of the same few shapes
def _arrange(
    heights: tuple[float, ...], edges: Edges, most: int, breaks: tuple[int, ...]
) -> tuple[Ranks, list[float], list[float]]:
    """The ranks, half heights and y coordinates of the best arrangement; cached, so do not change them."""
    best = math.inf
    tried = []
    for grid in arrangements(len(heights), edges, most, breaks):
        if grid.ranks in tried:
            continue
        tried.append(grid.ranks)
        half = [height / 2 for height in heights] + [0.0] * (len(grid.rank) - len(heights))
        cut = grid.cut()
        y = find_coordinates(cut, half)
        steps = sum(abs(y[before] - y[node]) for node in range(len(y)) for before in cut.left[node])
        score = count_crossings(grid.ranks, grid) + steps / CROSSING
        if score < 0.9 * best:  # the first arrangement keeps operands in order
            best, chosen = score, (grid, half, y)
    return chosen


class _Plan:
    """Ranks and coordinates, and from them where every edge leaves its box, bends and arrives.

    arriving   for every box, the edges that end there, in the order of its operands
    exits      for every box, the y at which its trunk leaves
    starts     for some edges, a y of their own instead
    ends       for every edge, the y at which it arrives
    ways       for every virtual node at the end of a row, the way of its trunk into the next row
    again      the leaves that the first boxes are copies of, numbered without these copies
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
        find = _arrange if len(widths) <= OFTEN else _arrange.__wrapped__
        self.grid, self.half, y = find(tuple(heights), tuple(edges), most, tuple(breaks))
        self.bottoms: list[float] = []
        self.y = self._stack(y)
        self.arriving: list[list[int]] = [[] for _ in widths]
        for e, (_, target) in enumerate(edges):
            self.arriving[target].append(e)
        self._find_ports()
        self._place_ranks()
        self.ways: dict[int, list[Point]] = {}
        self._find_ways()

    def draw(self) -> Layout:
        """The layout."""
        more = len(self.again)
        corners = [(self._box_left(box), self.y[box] - self.half[box]) for box in range(self.grid.count)]
        curves = [curve for box in range(self.grid.count) if self.grid.right[box] for curve in self._trace(box)]
        ends = [(self._box_left(target), y) for (_, target), y in zip(self.edges, self.ends, strict=True)]
        sources = [source - more if source >= more else len(self.widths) - more + source for source, _ in self.edges]
        boxes = corners[more:] + corners[:more]
        return Layout(self.right, self.bottoms[-1], boxes, curves, ends, list(self.again), sources)

    def find_bend(self, width: float) -> float | None:
        """The most room for curves that makes this layout, which has no breaks, no longer than `width`."""
        over = self.right - width
        return next((most for most in STEEP if sum(max(bend - most, 0.0) for bend in self.bends) >= over), None)

    def find_breaks(self, width: float) -> list[int]:
        """The ranks of this layout, which has no breaks yet, at which to break it into rows of that width."""
        grid = self.grid
        rights = [left + width for left, width in zip(self.left, self.width, strict=True)]
        lengths = [right - left for left, right in pairwise([0.0, *rights])]
        passing: list[set[int]] = [set() for _ in rights]  # the boxes whose trunks continue after each rank
        leaves = [0.0] * len(rights)  # the widest leaf used right after it, which moves to the next row
        for source, target in self.edges:
            first, last = grid.rank[source], grid.rank[target]
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
        """The y coordinates with each row of the picture below the one before, and room for trunks between them."""
        grid = self.grid
        y = list(y)
        top = 0.0
        for first, behind in pairwise([0, *grid.starts, len(grid.ranks)]):
            nodes = [node for rank in grid.ranks[first:behind] for node in rank]
            down = top - min(y[node] - self.half[node] for node in nodes)
            for node in nodes:
                y[node] += down
            self.bottoms.append(max(y[node] + self.half[node] for node in nodes))
            top = self.bottoms[-1] + 2 * CHANNEL + TRACK * (len(grid.ranks[behind - 1]) - 1)
        return y

    def _find_ways(self) -> None:
        """Lead each trunk into the next row, around the others, so that they keep their order and never cross."""
        grid = self.grid
        self.right = max(left + width for left, width in zip(self.left, self.width, strict=True))
        margin = self.right + MARGIN
        for start, bottom in zip(grid.starts, self.bottoms, strict=False):
            virtual = grid.ranks[start - 1]
            for i, node in enumerate(virtual):
                out, back = TRACK * (len(virtual) - 1 - i), TRACK * i
                left = self.left[start] - MARGIN - back
                right, between = margin + out, bottom + CHANNEL + out
                self.right = max(self.right, right)
                (entry,) = grid.right[node]
                self.ways[node] = [(right, self.y[node]), (right, between), (left, between), (left, self.y[entry])]

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
            self._place_ends(box, numbers)
            for e, before in zip(numbers, grid.left[box], strict=True):
                if before < grid.count and only[before] == box:
                    self.starts[e] = self._towards(before, self.ends[e])

    def _towards(self, box: int, y: float) -> float:
        """The y at which a straight line leaves a box for `y`; where none can, a y on that side of the box."""
        away = y - self.y[box]
        room = self.half[box] - CORNER
        return y if abs(away) <= room else self.y[box] + math.copysign(0.3 * room, away)

    def _place_ends(self, box: int, numbers: list[int]) -> None:
        """Let edges end on the left side of a box, close to where they come from and in that order."""
        apart, upper = PORT, CORNER
        if self.texts and (breadth := max((self.texts[e][1] for e in numbers), default=0.0)):
            apart = upper = breadth
        low, high = self.y[box] - self.half[box] + upper, self.y[box] + self.half[box] - CORNER
        apart = min(apart, (high - low) / max(len(numbers) - 1, 1))
        come = [self._exit(before) for before in self.grid.left[box]]
        order = sorted(range(len(numbers)), key=come.__getitem__)
        lined_up = isotonic([come[k] - i * apart for i, k in enumerate(order)], [1.0] * len(order))
        for i, (k, y) in enumerate(zip(order, lined_up, strict=True)):
            self.ends[numbers[k]] = min(max(y, low), high - (len(order) - 1) * apart) + i * apart

    def _exit(self, node: int) -> float:
        """The y at which trunks leave a node."""
        return self.exits[node] if node < self.grid.count else self.y[node]

    def _place_ranks(self) -> None:
        """Find the left side and the width of every rank, and the level room before it."""
        grid = self.grid
        self.width = [
            max((self.widths[node] for node in rank if node < grid.count), default=0.0) for rank in grid.ranks
        ]
        self.level = [LEVEL] * len(grid.ranks)
        for (_, target), (length, _) in zip(self.edges, self.texts or (), strict=False):
            c = grid.rank[target]
            if length:
                self.level[c] = max(self.level[c], length + LEVEL + 4)
        most = max((len(grid.ranks[start - 1]) for start in grid.starts), default=0)
        begin = MARGIN + TRACK * (most - 1) if most else 0.0
        self.left, self.bends = [begin], list[float]()
        for c, rank in enumerate(grid.ranks[1:], 1):
            if c in grid.starts:
                self.left.append(begin)
                continue
            steps = [abs(self._exit(before) - self.y[node]) for node in rank for before in grid.left[node]]
            bend = min(max(max(steps) / 4, BEND[0]), self.bend)
            if max(steps) < 0.1:
                bend = STRAIGHT
            self.bends.append(bend)
            self.left.append(self.left[-1] + self.width[c - 1] + bend + self.level[c])

    def _box_left(self, box: int) -> float:
        c = self.grid.rank[box]
        return self.left[c] + (self.width[c] - self.widths[box]) / 2

    def _trace(self, box: int) -> Iterator[Curve]:
        """The curves from a box: its trunk, in pieces from branch to branch, and each branch to its end."""
        grid = self.grid
        trunk = [box]
        while virtual := [near for near in grid.right[trunk[-1]] if near >= grid.count]:
            trunk += virtual
        branches = [self._branches(node) for node in trunk]
        edges = [e for branch in branches for e in branch]
        passed = 0
        points = [(self._box_left(box) + self.widths[box], self.exits[box])]
        for i, node in enumerate(trunk):
            c = grid.rank[node]
            points.append((self.left[c] + self.width[c], self._exit(node)))
            here = len(branches[i])
            if node != box and here and passed + 1 < len(edges):
                yield Curve(_straighten(points), tuple(edges[passed:]))
                points = points[-1:]
            passed += here
            bend = self.left[c + 1] - self.level[c + 1]
            for e in branches[i]:
                start = [(x, self.starts.get(e, y)) for x, y in points]
                end, y = self._box_left(self.edges[e][1]), self.ends[e]
                yield Curve(_straighten([*start, (bend, y), (end, y)]), (e,))
            if passed < len(edges):
                points += self.ways.get(node) or [(bend, self.y[trunk[i + 1]])]

    def _branches(self, node: int) -> list[int]:
        """The edges from a node that end in the next rank."""
        targets = dict.fromkeys(near for near in self.grid.right[node] if near < self.grid.count)
        return [
            e
            for target in targets
            for e, before in zip(self.arriving[target], self.grid.left[target], strict=True)
            if before == node
        ]


def _straighten(points: list[Point]) -> list[Point]:
    """The line without the points in the middle of a straight stretch."""
    kept = points[:1]
    for point, after in zip(points[1:], [*points[2:], None], strict=True):
        if after is None or not kept[-1][1] == point[1] == after[1]:
            kept.append(point)
    return kept
