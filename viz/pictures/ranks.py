"""Assigns every box of a layered drawing to a rank, and orders the boxes of each rank from top to bottom.

The method is Sugiyama's (1981). A box goes into the last rank it can, just before its first use. An edge that
passes a rank runs through a virtual node there; all edges from one source share their virtual nodes, the trunk.
The order within the ranks starts from a depth-first search. Barycentre sweeps and swaps of neighbours then
improve it by counting crossings.

Two extra ranks mark the break between two rows of the picture: one has a virtual node for every trunk that
continues, the other has the same virtual nodes and the leaves that are used right after the break.
"""

from bisect import bisect, bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

MOST = 16  # arrangements to try
NODES = 8000  # boxes and virtual nodes in all arrangements together
Edges = Sequence[tuple[int, int]]


@dataclass
class Ranks:
    """Boxes, numbered from 0 to count - 1, followed by the virtual nodes at which trunks pass a rank.

    ranks     the nodes of each rank, from top to bottom
    rank      the rank of each node
    depth     the length of the longest path of boxes to each node (of a virtual node: to the box of its trunk)
    left      each node's neighbours in the rank before; a box has one for every edge that arrives
    right     each node's neighbours in the rank after
    starts    the ranks that begin a row, except the first
    """

    count: int
    ranks: list[list[int]]
    rank: list[int]
    depth: list[int]
    left: list[list[int]]
    right: list[list[int]]
    starts: list[int]

    def cut(self) -> "Ranks":
        """The same ranks without the links from one row to the next."""
        left, right = list(self.left), list(self.right)
        for start in self.starts:
            for node in self.ranks[start]:
                left[node] = []
            for node in self.ranks[start - 1]:
                right[node] = []
        return replace(self, left=left, right=right)


def arrangements(count: int, edges: Edges, most: int = MOST, breaks: Sequence[int] = ()) -> Iterator[Ranks]:
    """Yield arrangements of `count` boxes; each edge leads from a box to one with a higher number.

    breaks   the ranks, numbered as if there were no breaks, that end a row
    most     how many arrangements to yield; large graphs get fewer, but at least one

    The same input gives the same arrangements.
    """
    grid = _assign(count, edges, breaks)
    shuffle = Random(count).shuffle
    for start in range(max(1, min(most, NODES // len(grid.rank)))):
        ranks = _search(grid, shuffle if start > 1 else lambda operands: None)
        yield replace(grid, ranks=_reduce_crossings(ranks, grid, steady=start % 2 == 1))


def _assign(count: int, edges: Edges, breaks: Sequence[int]) -> Ranks:
    users: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        users[source].append(target)
    behind = [0] * count
    for source in reversed(range(count)):
        behind[source] = max((behind[target] + 1 for target in users[source]), default=0)
    last = max(behind)
    rank = [last - steps for steps in behind]
    leaves = set(range(count)).difference(target for _, target in edges)
    for box, c in enumerate(rank):
        rank[box] += 2 * bisect_left(breaks, c) + 2 * (box in leaves and c in breaks)
    last += 2 * len(breaks)
    depth = [0] * count
    for source, target in sorted(edges):
        depth[target] = max(depth[target], depth[source] + 1)
    left: list[list[int]] = [[] for _ in range(count)]
    right: list[list[int]] = [[] for _ in range(count)]
    trunks = []
    for source in range(count):
        trunk = [source]
        for c in range(rank[source] + 1, max((rank[target] for target in users[source]), default=0)):
            virtual = len(rank)
            rank.append(c)
            depth.append(depth[source])
            left.append([trunk[-1]])
            right.append([])
            right[trunk[-1]].append(virtual)
            trunk.append(virtual)
        trunks.append(trunk)
    for source, target in edges:
        before = trunks[source][rank[target] - rank[source] - 1]
        left[target].append(before)
        right[before].append(target)
    starts = [c + 2 * i + 2 for i, c in enumerate(breaks)]
    return Ranks(count, [[] for _ in range(last + 1)], rank, depth, left, right, starts)


def _search(grid: Ranks, shuffle: Callable[[list[int]], None]) -> list[list[int]]:
    """Order the ranks by a depth-first search from the output, which keeps related boxes together."""
    ranks: list[list[int]] = [[] for _ in grid.ranks]
    seen = set()
    stack = [box for box, users in enumerate(grid.right) if not users][::-1]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            ranks[grid.rank[node]].append(node)
            operands = grid.left[node][::-1]
            shuffle(operands)
            stack += operands
    return ranks


def _reduce_crossings(ranks: list[list[int]], grid: Ranks, steady: bool) -> list[list[int]]:
    """Sweep back and forth, keep the best order, and swap neighbours; `steady` trunks ignore their branches."""
    best, fewest = ranks, count_crossings(ranks, grid)
    relative = [0.0] * len(grid.rank)
    for rank in ranks:
        _space_evenly(rank, relative)
    ranks = [list(rank) for rank in ranks]
    right = grid.right
    if steady:
        right = [
            [n for n in near if n >= grid.count] or near if node >= grid.count else near
            for node, near in enumerate(right)
        ]
    for _ in range(4):
        for rank in ranks:
            _sort(rank, grid.left, right, relative)
        for rank in reversed(ranks):
            _sort(rank, right, grid.left, relative)
        crossings = count_crossings(ranks, grid)
        if crossings < fewest:
            best, fewest = [list(rank) for rank in ranks], crossings
    position = {node: i for rank in best for i, node in enumerate(rank)}
    swapped = True
    while swapped:
        swapped = sum(_swap(rank, grid, position) for rank in best) > 0
    for rank in best:
        _sort_alike(rank, grid)
    for start in grid.starts:  # trunks keep their order across the break
        best[start - 1] = [grid.left[node][0] for node in best[start] if node >= grid.count]
    return best


def _sort_alike(rank: list[int], grid: Ranks) -> None:
    """Sort boxes with the same neighbours by number: neurons of a layer, weights of a neuron."""
    alike: dict[tuple[tuple[int, ...], ...], list[int]] = {}
    for i, node in enumerate(rank):
        if node < grid.count:
            alike.setdefault(tuple(tuple(sorted(side[node])) for side in (grid.left, grid.right)), []).append(i)
    for positions in alike.values():
        boxes = sorted(rank[i] for i in positions)
        for i, box in zip(positions, boxes, strict=True):
            rank[i] = box


def _space_evenly(rank: list[int], relative: list[float]) -> None:
    """Set each node's position relative to its rank, from 0 at the top to 1 at the bottom."""
    for i, node in enumerate(rank):
        relative[node] = (i + 0.5) / len(rank)


def _sort(rank: list[int], first: list[list[int]], second: list[list[int]], relative: list[float]) -> None:
    """Sort by the mean position of the neighbours on the first side, or on the second where the first has none."""
    mean = {}
    for node in rank:
        near = first[node] or second[node]
        mean[node] = sum(relative[n] for n in near) / len(near) if near else relative[node]
    rank.sort(key=mean.__getitem__)
    _space_evenly(rank, relative)


def count_crossings(ranks: list[list[int]], grid: Ranks) -> int:
    """Count the crossings of edges between the ranks."""
    position = {node: i for rank in ranks for i, node in enumerate(rank)}
    crossings = 0
    for rank in ranks:
        ends: list[int] = []
        for node in rank:
            for end in sorted([position[n] for n in grid.right[node]]):
                crossings += len(ends) - bisect(ends, end)
                insort(ends, end)
    return crossings


def _swap(rank: list[int], grid: Ranks, position: dict[int, int]) -> bool:
    """Swap neighbours while that removes crossings; returns whether any were swapped."""
    left, right = ([sorted([position[n] for n in side[node]]) for node in rank] for side in (grid.left, grid.right))
    swapped = False
    i = 0
    while i + 1 < len(rank):
        gain = _cross(left[i], left[i + 1]) - _cross(left[i + 1], left[i])
        gain += _cross(right[i], right[i + 1]) - _cross(right[i + 1], right[i])
        if gain > 0:
            rank[i], rank[i + 1] = rank[i + 1], rank[i]
            left[i], left[i + 1] = left[i + 1], left[i]
            right[i], right[i + 1] = right[i + 1], right[i]
            swapped = True
            i = max(i - 2, -1)
        i += 1
    for i, node in enumerate(rank):
        position[node] = i
    return swapped


def _cross(upper: list[int], lower: list[int]) -> int:
    """Count the edges to `upper` that cross edges to `lower`; both ascend."""
    if not upper or not lower or upper[-1] <= lower[0]:
        return 0
    return sum(bisect_left(lower, end) for end in upper)
