"""Plans where every box, curve and edge of a picture lies, in ranks from left to right.

Curves bend only between ranks; within a rank they are level and have room of their own, so no edge crosses a box.
An edge that continues in the row below runs to the right margin, back between the two rows, and in from the left;
several edges keep their order and never cross.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from viz.pictures.breaks import find_breaks
from viz.pictures.coordinates import OFTEN, choose_arrangement, isotonic
from viz.pictures.ranks import MOST, Edges

PORT = 8.0  # between the ends of two edges at a box, where they have no text
CORNER = 5.0  # no edge starts or ends closer to the corner of a box
BEND = (26.0, 120.0)  # least and most room for curves between two ranks
STEEP = (80.0, 50.0)  # smaller maxima, tried to keep a picture in one row
STRAIGHT = 6.0  # room where no curve bends
LEVEL = 8.0  # an edge is level for at least this long before it ends
MARGIN, CHANNEL, TRACK = 8.0, 14.0, 7.0  # beside rows, between rows, and between two trunks there

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


class Plan:
    """Ranks and coordinates, and from them where every edge leaves its box, bends and arrives.

    arriving   for every box, the edges that end there, in the order of its operands
    exits      for every box, the y at which its trunk leaves
    starts     for some edges, a y of their own instead
    arrivals   for every edge, the y at which it arrives
    level      the level room before every rank
    bends      the room for curves before each rank that begins no row
    ways       for every virtual node at the end of a row, the way of its trunk into the next row
    again      the leaves that the first boxes are copies of, numbered without these copies

    Raises ValueError for an edge that does not lead from a box to a later one.
    """

    def __init__(
        self,
        widths: Sequence[float],
        heights: Sequence[float],
        edges: Edges,
        texts: Sizes | None,
        most: int = MOST,
        breaks: Sequence[int] = (),
        again: Sequence[int] = (),
        bend: float = BEND[1],
    ) -> None:
        for source, target in edges:
            if not 0 <= source < target < len(widths):
                edge = f"{source} -> {target}"
                raise ValueError(f"an edge must lead from one of {len(widths)} boxes to a later one, not {edge}")
        self.widths, self.heights, self.edges, self.texts = list(widths), list(heights), edges, texts
        self.most, self.again, self.bend = most, again, bend
        find = choose_arrangement if len(widths) <= OFTEN else choose_arrangement.__wrapped__
        self.grid, self.half, y = find(tuple(heights), tuple(edges), most, tuple(breaks))
        self.bottoms: list[float] = []
        self.y = self._stack_rows(y)
        self.arriving: list[list[int]] = [[] for _ in widths]
        for e, (_, target) in enumerate(edges):
            self.arriving[target].append(e)
        self._find_ports()
        self.width = [
            max((self.widths[node] for node in rank if node < self.grid.count), default=0.0) for rank in self.grid.ranks
        ]
        self.level = self._find_levels()
        self.bends: list[float] = []
        self.left = self._find_lefts()
        self.right = max(left + width for left, width in zip(self.left, self.width, strict=True))
        self.ways: dict[int, list[Point]] = {}
        self._find_ways()

    def draw(self) -> Layout:
        """The layout."""
        more = len(self.again)
        corners = [(self._box_left(box), self.y[box] - self.half[box]) for box in range(self.grid.count)]
        curves = [curve for box in range(self.grid.count) if self.grid.right[box] for curve in self._trace(box)]
        ends = [(self._box_left(target), y) for (_, target), y in zip(self.edges, self.arrivals, strict=True)]
        sources = [source - more if source >= more else len(self.widths) - more + source for source, _ in self.edges]
        boxes = corners[more:] + corners[:more]
        return Layout(self.right, self.bottom, boxes, curves, ends, list(self.again), sources)

    @property
    def bottom(self) -> float:
        """The height of the picture, as `right` is its width."""
        return self.bottoms[-1]

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

    def _stack_rows(self, y: list[float]) -> list[float]:
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
        self.arrivals = [0.0] * len(self.edges)
        self.starts: dict[int, float] = {}
        for box, numbers in enumerate(self.arriving):
            self._place_ends(box, numbers)
            for e, before in zip(numbers, grid.left[box], strict=True):
                if before < grid.count and only[before] == box:
                    self.starts[e] = self._towards(before, self.arrivals[e])

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
        come = [self._exit_of(before) for before in self.grid.left[box]]
        order = sorted(range(len(numbers)), key=come.__getitem__)
        lined_up = isotonic([come[k] - i * apart for i, k in enumerate(order)], [1.0] * len(order))
        for i, (k, y) in enumerate(zip(order, lined_up, strict=True)):
            self.arrivals[numbers[k]] = min(max(y, low), high - (len(order) - 1) * apart) + i * apart

    def _exit_of(self, node: int) -> float:
        """The y at which trunks leave a node."""
        return self.exits[node] if node < self.grid.count else self.y[node]

    def _find_levels(self) -> list[float]:
        """The level room before every rank."""
        level = [LEVEL] * len(self.grid.ranks)
        for (_, target), (length, _) in zip(self.edges, self.texts or (), strict=False):
            c = self.grid.rank[target]
            if length:
                level[c] = max(level[c], length + LEVEL + 4)
        return level

    def _find_lefts(self) -> list[float]:
        """The left side of every rank."""
        grid = self.grid
        most = max((len(grid.ranks[start - 1]) for start in grid.starts), default=0)
        begin = MARGIN + TRACK * (most - 1) if most else 0.0
        left = [begin]
        for c, rank in enumerate(grid.ranks[1:], 1):
            if c in grid.starts:
                left.append(begin)
                continue
            steps = [abs(self._exit_of(before) - self.y[node]) for node in rank for before in grid.left[node]]
            bend = min(max(max(steps) / 4, BEND[0]), self.bend)
            if max(steps) < 0.1:
                bend = STRAIGHT
            self.bends.append(bend)
            left.append(left[-1] + self.width[c - 1] + bend + self.level[c])
        return left

    def _box_left(self, box: int) -> float:
        c = self.grid.rank[box]
        return self.left[c] + (self.width[c] - self.widths[box]) / 2

    def _trace(self, box: int) -> Iterator[Curve]:
        """The curves from a box: its trunk, in pieces from branch to branch, and each branch to its end."""
        grid = self.grid
        trunk = [box]
        while virtual := [near for near in grid.right[trunk[-1]] if near >= grid.count]:
            trunk += virtual
        branches = [self._branches_of(node) for node in trunk]
        edges = [e for branch in branches for e in branch]
        passed = 0
        points = [(self._box_left(box) + self.widths[box], self.exits[box])]
        for i, node in enumerate(trunk):
            c = grid.rank[node]
            points.append((self.left[c] + self.width[c], self._exit_of(node)))
            here = len(branches[i])
            if node != box and here and passed + 1 < len(edges):
                yield Curve(_straighten(points), tuple(edges[passed:]))
                points = points[-1:]
            passed += here
            bend = self.left[c + 1] - self.level[c + 1]
            for e in branches[i]:
                start = [(x, self.starts.get(e, y)) for x, y in points]
                end, y = self._box_left(self.edges[e][1]), self.arrivals[e]
                yield Curve(_straighten([*start, (bend, y), (end, y)]), (e,))
            if passed < len(edges):
                points += self.ways.get(node) or [(bend, self.y[trunk[i + 1]])]

    def _branches_of(self, node: int) -> list[int]:
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
