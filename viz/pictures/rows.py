"""Rows: how high every box stands, and every place where a trunk passes a column.

Column by column, to the right and back, everything is pulled towards its neighbours; isotonic regression
keeps what stands in one column apart and in order. Then trunks, and boxes that follow upon one another, are
put on straight lines, where that takes little; lines never cross, so there is an order from the uppermost
to the lowest in which they can push one another aside.
"""

from bisect import bisect
from collections.abc import Iterator, Sequence
from itertools import pairwise

from viz.pictures.columns import Columns

BETWEEN = (14.0, 11.0, 9.0)  # room between two boxes, box and line, two lines
STEP = 32.0  # what is farther apart than this is not put on one line
STILL = 1.0  # what moves by less in a round has found its row
ROUNDS = 12  # to and fro, at most; the lines are moved half as often
TRUNK, LEAF = 8.0, 0.1  # how strongly they pull; everything else with 1


def find_rows(grid: Columns, half: Sequence[float]) -> list[float]:
    """The y of the middle of every box and place; `half` is half the height of each."""
    gaps = [[_gap(grid, half, *pair) for pair in pairwise(column)] for column in grid.columns]
    pulls = _find_pulls(grid)
    y = [0.0] * len(half)
    for column, gap in zip(grid.columns, gaps, strict=True):
        row = -sum(gap) / 2
        for node, below in zip(column, [*gap, 0.0], strict=True):
            y[node] = row
            row += below
    rounds = max(2, min(ROUNDS, 60_000 // len(y)))  # fewer for many
    columns = list(zip(grid.columns, gaps, strict=True))
    for _ in range(rounds):
        before = y.copy()
        for column, gap in (*columns, *reversed(columns)):
            _settle(column, gap, pulls, y)
        if all(abs(one - other) < STILL for one, other in zip(before, y, strict=True)):
            break
    return _Lines(grid, gaps, pulls, y).find(min(rounds, ROUNDS // 2))


def _gap(grid: Columns, half: Sequence[float], upper: int, lower: int) -> float:
    return half[upper] + half[lower] + BETWEEN[(upper >= grid.count) + (lower >= grid.count)]


def _find_pulls(grid: Columns) -> list[list[tuple[int, float]]]:
    """For every box and place its neighbours and how strongly they pull: a box does not follow its leaves."""
    leaf = [not grid.left[box] and len(grid.right[box]) == 1 for box in range(grid.count)]
    leaf += [False] * (len(grid.left) - grid.count)

    def weight(one: int, other: int) -> float:
        if one >= grid.count and other >= grid.count:
            return TRUNK
        return LEAF if leaf[one] or leaf[other] else 1.0

    return [[(near, weight(near, node)) for near in (*grid.left[node], *grid.right[node])] for node in range(len(leaf))]


def _settle(column: list[int], gaps: list[float], pulls: list[list[tuple[int, float]]], y: list[float]) -> None:
    """Put each node of a column where its neighbours pull it, as far as the others leave room."""
    wanted, weights, offsets = [], [], []
    offset = 0.0
    for node, gap in zip(column, [*gaps, 0.0], strict=True):
        total = weight = 0.0
        for near, strength in pulls[node]:
            total += strength * y[near]
            weight += strength
        wanted.append((total / weight if weight else y[node]) - offset)
        weights.append(weight or 1.0)
        offsets.append(offset)
        offset += gap
    for node, offset, row in zip(column, offsets, isotonic(wanted, weights), strict=True):
        y[node] = row + offset


def isotonic(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The ascending numbers nearest to those wanted by weighted squares: pool adjacent violators.

    >>> isotonic([1.0, 3.0, 2.0], [1.0, 1.0, 3.0])
    [1.0, 2.25, 2.25]
    """
    pools: list[tuple[float, float, int]] = []
    for mean, weight in zip(wanted, weights, strict=True):
        size = 1
        while pools and pools[-1][0] >= mean:
            other, its_weight, its_size = pools.pop()
            mean = (mean * weight + other * its_weight) / (weight + its_weight)
            weight += its_weight
            size += its_size
        pools.append((mean, weight, size))
    return [mean for mean, _, size in pools for _ in range(size)]


class _Lines:
    """Straight lines of one or more boxes and places, each in one row.

    line      for each box or place the number of its line
    members   for each line what is on it
    above     for each line the lines just above it, with the room they need; `below` likewise
    """

    def __init__(
        self, grid: Columns, gaps: list[list[float]], pulls: list[list[tuple[int, float]]], y: list[float]
    ) -> None:
        self.pulls = pulls
        self.line = _join(grid, y)
        count = max(self.line) + 1
        self.members: list[list[int]] = [[] for _ in range(count)]
        for node, line in enumerate(self.line):
            self.members[line].append(node)
        self.y = [sum(y[node] for node in nodes) / len(nodes) for nodes in self.members]
        self.above: list[dict[int, float]] = [{} for _ in range(count)]
        self.below: list[dict[int, float]] = [{} for _ in range(count)]
        for column, gap in zip(grid.columns, gaps, strict=True):
            for (upper, lower), room in zip(pairwise(column), gap, strict=True):
                a, b = self.line[upper], self.line[lower]
                self.above[b][a] = self.below[a][b] = max(room, self.above[b].get(a, 0.0))

    def find(self, rounds: int) -> list[float]:
        """Move the lines apart, from the wanted rows as little down as up, then back together."""
        order = list(self._order())
        down, up = list(self.y), list(self.y)
        for line in order:
            for a, room in self.above[line].items():
                down[line] = max(down[line], down[a] + room)
        for line in reversed(order):
            for b, room in self.below[line].items():
                up[line] = min(up[line], up[b] - room)
        self.y = [(one + other) / 2 for one, other in zip(down, up, strict=True)]
        for _ in range(rounds):
            for line in (*order, *reversed(order)):
                self._shift(line)
        return [self.y[line] for line in self.line]

    def _order(self) -> Iterator[int]:
        """The lines from the uppermost to the lowest."""
        waiting = [len(above) for above in self.above]
        ready = [line for line, count in enumerate(waiting) if not count]
        for line in ready:  # grows while it is read
            yield line
            for lower in self.below[line]:
                waiting[lower] -= 1
                if not waiting[lower]:
                    ready.append(lower)

    def _shift(self, line: int) -> None:
        """Move one line to where its neighbours pull it, as far as the lines above and below leave room."""
        total = weight = 0.0
        for node in self.members[line]:
            for near, strength in self.pulls[node]:
                if self.line[near] != line:
                    total += strength * self.y[self.line[near]]
                    weight += strength
        if weight:
            row = total / weight
            for b, room in self.below[line].items():
                row = min(row, self.y[b] - room)
            for a, room in self.above[line].items():
                row = max(row, self.y[a] + room)
            self.y[line] = row


def _join(grid: Columns, y: list[float]) -> list[int]:
    """For every box and place the number of the line it goes on."""
    position = [0] * len(y)
    for column in grid.columns:
        for i, node in enumerate(column):
            position[node] = i
    line = [-1] * len(y)
    count = 0
    for column in grid.columns:
        befores: list[int] = []  # positions of what is joined, ascending on both sides: lines do not cross
        nodes: list[int] = []
        for _, before, node in sorted(_offer(column, grid)):
            i = bisect(befores, position[before])
            crosses = (i and nodes[i - 1] >= position[node]) or (i < len(nodes) and nodes[i] <= position[node])
            taken = i and befores[i - 1] == position[before]
            if not crosses and not taken and line[node] < 0 and abs(y[before] - y[node]) <= STEP:
                line[node] = line[before]
                befores.insert(i, position[before])
                nodes.insert(i, position[node])
        for node in column:
            if line[node] < 0:
                line[node] = count
                count += 1
    return line


def _offer(column: list[int], grid: Columns) -> Iterator[tuple[int, int, int]]:
    """Pairs of neighbours that look well on one line, and how late they are to be chosen.

    A trunk goes straight on; a box follows its only operand, or the one that is deepest.
    """
    for node in column:
        near = set(grid.left[node])
        depths = sorted(grid.depth[before] for before in near)
        deepest = depths[-1] if len(depths) == 1 or (depths and depths[-1] > depths[-2]) else None
        for before in near:
            if node >= grid.count:
                yield (0 if before >= grid.count else 3), before, node
            elif grid.depth[before] == deepest:
                yield (2 if before >= grid.count else 1), before, node
