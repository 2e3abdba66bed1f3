"""Columns: which box stands in which column of a picture, and in what order from top to bottom.

The recipe is Sugiyama's (1981). A box stands as late as it can, just before its first use. Where an edge
passes a column it goes through a place of its own there; all edges from one source share these places, its
trunk. The order within the columns starts from a depth-first search and is improved by barycentre sweeps
and swaps of neighbours, counting crossings.

Where a row of the picture ends and the next begins stand two columns more: one with a place for every trunk
that goes on, and one with the same and with the leaves that are used right behind it.
"""

from bisect import bisect, bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

MOST = 16  # arrangements to try
PLACES = 8000  # of boxes and trunks in all arrangements together
Edges = Sequence[tuple[int, int]]


@dataclass
class Columns:
    """Boxes, numbered from 0 to count - 1, and after them places where trunks pass a column.

    columns   for each column what stands in it, from top to bottom
    column    for each box or place its column
    depth     for each how many columns of boxes lead to it (a place: to the box of its trunk)
    left      for each the neighbours in the column before; of a box one for every edge that arrives
    right     for each the neighbours in the column behind
    starts    the columns with which a row begins, but the first
    """

    count: int
    columns: list[list[int]]
    column: list[int]
    depth: list[int]
    left: list[list[int]]
    right: list[list[int]]
    starts: list[int]

    def cut(self) -> "Columns":
        """The same without the links from one row to the next."""
        left, right = list(self.left), list(self.right)
        for start in self.starts:
            for node in self.columns[start]:
                left[node] = []
            for node in self.columns[start - 1]:
                right[node] = []
        return replace(self, left=left, right=right)


def arrangements(count: int, edges: Edges, most: int = MOST, breaks: Sequence[int] = ()) -> Iterator[Columns]:
    """Yield ways to place `count` boxes; each edge leads from a box to one with a higher number.

    A row ends behind each column of `breaks`, numbers of columns without any breaks. At most so many ways, fewer the
    larger the graph is, one at least. The same input gives the same columns.
    """
    grid = _place(count, edges, breaks)
    shuffle = Random(count).shuffle
    for start in range(max(1, min(most, PLACES // len(grid.column)))):
        columns = _search(grid, shuffle if start > 1 else lambda operands: None)
        yield replace(grid, columns=_reduce_crossings(columns, grid, steady=start % 2 == 1))


def _place(count: int, edges: Edges, breaks: Sequence[int]) -> Columns:
    users: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        users[source].append(target)
    behind = [0] * count
    for source in reversed(range(count)):
        behind[source] = max((behind[target] + 1 for target in users[source]), default=0)
    last = max(behind)
    column = [last - steps for steps in behind]
    leaves = set(range(count)).difference(target for _, target in edges)
    for box, c in enumerate(column):
        column[box] += 2 * bisect_left(breaks, c) + 2 * (box in leaves and c in breaks)
    last += 2 * len(breaks)
    depth = [0] * count
    for source, target in sorted(edges):
        depth[target] = max(depth[target], depth[source] + 1)
    left: list[list[int]] = [[] for _ in range(count)]
    right: list[list[int]] = [[] for _ in range(count)]
    trunks = []
    for source in range(count):
        trunk = [source]
        for c in range(column[source] + 1, max((column[target] for target in users[source]), default=0)):
            place = len(column)
            column.append(c)
            depth.append(depth[source])
            left.append([trunk[-1]])
            right.append([])
            right[trunk[-1]].append(place)
            trunk.append(place)
        trunks.append(trunk)
    for source, target in edges:
        before = trunks[source][column[target] - column[source] - 1]
        left[target].append(before)
        right[before].append(target)
    starts = [c + 2 * i + 2 for i, c in enumerate(breaks)]
    return Columns(count, [[] for _ in range(last + 1)], column, depth, left, right, starts)


def _search(grid: Columns, shuffle: Callable[[list[int]], None]) -> list[list[int]]:
    """Depth first from the output, so that what belongs together comes to stand together."""
    columns: list[list[int]] = [[] for _ in grid.columns]
    seen = set()
    stack = [box for box, users in enumerate(grid.right) if not users][::-1]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            columns[grid.column[node]].append(node)
            operands = grid.left[node][::-1]
            shuffle(operands)
            stack += operands
    return columns


def _reduce_crossings(columns: list[list[int]], grid: Columns, steady: bool) -> list[list[int]]:
    """Sweep to and fro, keep the best, and swap neighbours; `steady` trunks do not turn towards their branches."""
    best, fewest = columns, count_crossings(columns, grid)
    place = [0.0] * len(grid.column)
    for column in columns:
        _spread(column, place)
    columns = [list(column) for column in columns]
    right = grid.right
    if steady:
        right = [
            [n for n in near if n >= grid.count] or near if node >= grid.count else near
            for node, near in enumerate(right)
        ]
    for _ in range(4):
        for column in columns:
            _sort(column, grid.left, right, place)
        for column in reversed(columns):
            _sort(column, right, grid.left, place)
        crossings = count_crossings(columns, grid)
        if crossings < fewest:
            best, fewest = [list(column) for column in columns], crossings
    position = {node: i for column in best for i, node in enumerate(column)}
    swapped = True
    while swapped:
        swapped = sum(_swap(column, grid, position) for column in best) > 0
    for column in best:
        _sort_alike(column, grid)
    for start in grid.starts:  # what goes on into the next row keeps its order
        best[start - 1] = [grid.left[node][0] for node in best[start] if node >= grid.count]
    return best


def _sort_alike(column: list[int], grid: Columns) -> None:
    """Put boxes with the same neighbours in the order of their numbers: neurons of a layer, weights of a neuron."""
    alike: dict[tuple[tuple[int, ...], ...], list[int]] = {}
    for i, node in enumerate(column):
        if node < grid.count:
            alike.setdefault(tuple(tuple(sorted(side[node])) for side in (grid.left, grid.right)), []).append(i)
    for places in alike.values():
        boxes = sorted(column[i] for i in places)
        for i, box in zip(places, boxes, strict=True):
            column[i] = box


def _spread(column: list[int], place: list[float]) -> None:
    for i, node in enumerate(column):
        place[node] = (i + 0.5) / len(column)


def _sort(column: list[int], first: list[list[int]], second: list[list[int]], place: list[float]) -> None:
    """Sort by the mean place of the neighbours on the first side; where there are none, of those on the second."""
    mean = {}
    for node in column:
        near = first[node] or second[node]
        mean[node] = sum(place[n] for n in near) / len(near) if near else place[node]
    column.sort(key=mean.__getitem__)
    _spread(column, place)


def count_crossings(columns: list[list[int]], grid: Columns) -> int:
    """How often edges cross between the columns."""
    position = {node: i for column in columns for i, node in enumerate(column)}
    crossings = 0
    for column in columns:
        ends: list[int] = []
        for node in column:
            for end in sorted([position[n] for n in grid.right[node]]):
                crossings += len(ends) - bisect(ends, end)
                insort(ends, end)
    return crossings


def _swap(column: list[int], grid: Columns, position: dict[int, int]) -> bool:
    """Swap neighbours as long as that takes crossings away; returns whether it did."""
    left, right = ([sorted([position[n] for n in side[node]]) for node in column] for side in (grid.left, grid.right))
    swapped = False
    i = 0
    while i + 1 < len(column):
        gain = _cross(left[i], left[i + 1]) - _cross(left[i + 1], left[i])
        gain += _cross(right[i], right[i + 1]) - _cross(right[i + 1], right[i])
        if gain > 0:
            column[i], column[i + 1] = column[i + 1], column[i]
            left[i], left[i + 1] = left[i + 1], left[i]
            right[i], right[i + 1] = right[i + 1], right[i]
            swapped = True
            i = max(i - 2, -1)
        i += 1
    for i, node in enumerate(column):
        position[node] = i
    return swapped


def _cross(upper: list[int], lower: list[int]) -> int:
    """How many edges to `upper` cross edges to `lower`; both ascend."""
    if not upper or not lower or upper[-1] <= lower[0]:
        return 0
    return sum(bisect_left(lower, end) for end in upper)
