"""Computes the y coordinate of every box and virtual node of a layered drawing.

Sweeps over the ranks, to the right and back, pull every node towards its neighbours; isotonic regression keeps
the nodes of a rank apart and in order. Then trunks and chains of boxes are moved onto straight lines where that
takes little. Lines never cross, so they can be ordered from top to bottom and pushed apart in that order.
"""

import math
from bisect import bisect
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from viz.pictures.ranks import Edges, Ranks, arrangements, count_crossings

BETWEEN = (14.0, 11.0, 9.0)  # gaps between two boxes, a box and a line, two lines
STEP = 32.0  # nodes farther apart than this are not put on one line
STILL = 1.0  # the sweeps end when no node moves by more than this
ROUNDS = 12  # sweeps at most; the lines get half as many
TRUNK, LEAF = 8.0, 0.1  # how strongly they pull; all others pull with 1
CROSSING = 150.0  # this much vertical movement weighs as much as one crossing
OFTEN = 200  # arrangements of up to this many boxes are cached


@lru_cache(maxsize=128)  # a page holds hundreds of neurons of the same few shapes
def choose_arrangement(
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


def find_coordinates(grid: Ranks, half: Sequence[float]) -> list[float]:
    """The y of the middle of every node; `half` is half the height of each."""
    gaps = [[_gap(grid, half, *pair) for pair in pairwise(rank)] for rank in grid.ranks]
    pulls = _find_pulls(grid)
    y = [0.0] * len(half)
    for rank, gap in zip(grid.ranks, gaps, strict=True):
        top = -sum(gap) / 2
        for node, below in zip(rank, [*gap, 0.0], strict=True):
            y[node] = top
            top += below
    rounds = max(2, min(ROUNDS, 60_000 // len(y)))  # fewer for large graphs
    ranks = list(zip(grid.ranks, gaps, strict=True))
    for _ in range(rounds):
        before = y.copy()
        for rank, gap in (*ranks, *reversed(ranks)):
            _settle(rank, gap, pulls, y)
        if all(abs(one - other) < STILL for one, other in zip(before, y, strict=True)):
            break
    return _Lines(grid, gaps, pulls, y).find(min(rounds, ROUNDS // 2))


def _gap(grid: Ranks, half: Sequence[float], upper: int, lower: int) -> float:
    return half[upper] + half[lower] + BETWEEN[(upper >= grid.count) + (lower >= grid.count)]


def _find_pulls(grid: Ranks) -> list[list[tuple[int, float]]]:
    """Each node's neighbours and how strongly they pull; leaves pull weakly, so that a box does not follow them."""
    leaf = [not grid.left[box] and len(grid.right[box]) == 1 for box in range(grid.count)]
    leaf += [False] * (len(grid.left) - grid.count)

    def weight(one: int, other: int) -> float:
        if one >= grid.count and other >= grid.count:
            return TRUNK
        return LEAF if leaf[one] or leaf[other] else 1.0

    return [[(near, weight(near, node)) for near in (*grid.left[node], *grid.right[node])] for node in range(len(leaf))]


def _settle(rank: list[int], gaps: list[float], pulls: list[list[tuple[int, float]]], y: list[float]) -> None:
    """Move each node of a rank towards its neighbours, as far as the others leave room."""
    wanted, weights, offsets = [], [], []
    offset = 0.0
    for node, gap in zip(rank, [*gaps, 0.0], strict=True):
        total = weight = 0.0
        for near, strength in pulls[node]:
            total += strength * y[near]
            weight += strength
        wanted.append((total / weight if weight else y[node]) - offset)
        weights.append(weight or 1.0)
        offsets.append(offset)
        offset += gap
    for node, offset, base in zip(rank, offsets, isotonic(wanted, weights), strict=True):
        y[node] = base + offset


def isotonic(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The ascending numbers nearest to `wanted` by weighted squares, found by pooling adjacent violators.

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
    """Straight horizontal lines of one or more nodes.

    line      the line of each node
    members   the nodes of each line
    above     for each line, the lines just above it and the distance to keep from each; `below` likewise
    """

    def __init__(
        self, grid: Ranks, gaps: list[list[float]], pulls: list[list[tuple[int, float]]], y: list[float]
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
        for rank, gap in zip(grid.ranks, gaps, strict=True):
            for (upper, lower), room in zip(pairwise(rank), gap, strict=True):
                a, b = self.line[upper], self.line[lower]
                self.above[b][a] = self.below[a][b] = max(room, self.above[b].get(a, 0.0))

    def find(self, rounds: int) -> list[float]:
        """Move the lines apart, as little down as up, then back towards their neighbours."""
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
        """The lines from top to bottom."""
        waiting = [len(above) for above in self.above]
        ready = [line for line, count in enumerate(waiting) if not count]
        for line in ready:  # grows while it is read
            yield line
            for lower in self.below[line]:
                waiting[lower] -= 1
                if not waiting[lower]:
                    ready.append(lower)

    def _shift(self, line: int) -> None:
        """Move one line towards its neighbours, as far as the lines above and below leave room."""
        total = weight = 0.0
        for node in self.members[line]:
            for near, strength in self.pulls[node]:
                if self.line[near] != line:
                    total += strength * self.y[self.line[near]]
                    weight += strength
        if weight:
            y = total / weight
            for b, room in self.below[line].items():
                y = min(y, self.y[b] - room)
            for a, room in self.above[line].items():
                y = max(y, self.y[a] + room)
            self.y[line] = y


def _join(grid: Ranks, y: list[float]) -> list[int]:
    """The line of each node, by number."""
    position = [0] * len(y)
    for rank in grid.ranks:
        for i, node in enumerate(rank):
            position[node] = i
    line = [-1] * len(y)
    count = 0
    for rank in grid.ranks:
        befores: list[int] = []  # positions of joined nodes, ascending on both sides so that lines do not cross
        nodes: list[int] = []
        for _, before, node in sorted(_offer(rank, grid)):
            i = bisect(befores, position[before])
            crosses = (i and nodes[i - 1] >= position[node]) or (i < len(nodes) and nodes[i] <= position[node])
            taken = i and befores[i - 1] == position[before]
            if not crosses and not taken and line[node] < 0 and abs(y[before] - y[node]) <= STEP:
                line[node] = line[before]
                befores.insert(i, position[before])
                nodes.insert(i, position[node])
        for node in rank:
            if line[node] < 0:
                line[node] = count
                count += 1
    return line


def _offer(rank: list[int], grid: Ranks) -> Iterator[tuple[int, int, int]]:
    """Pairs of neighbours to put on one line, each with a priority; lower numbers are chosen first.

    A trunk continues straight; a box follows its only operand, or its deepest one.
    """
    for node in rank:
        near = set(grid.left[node])
        depths = sorted(grid.depth[before] for before in near)
        deepest = depths[-1] if len(depths) == 1 or (depths and depths[-1] > depths[-2]) else None
        for before in near:
            if node >= grid.count:
                yield (0 if before >= grid.count else 3), before, node
            elif grid.depth[before] == deepest:
                yield (2 if before >= grid.count else 1), before, node
