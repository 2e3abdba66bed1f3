"""Paths: the strongest paths from a result to a Value behind it, which are the summands of the chain rule."""

from dataclasses import dataclass
from numbers import Integral

from engine.branches import DETACH, pass_on
from engine.modes import current, open_blocks
from engine.value import Value, toposort

UNCOUNTED = 10**100  # counts stop here, since exact ones would grow with the graph


@dataclass(frozen=True)
class Path:
    """One way through the graph, and what it contributes to the gradient.

    edges     (node, index of its operand), from the root to the leaf; none where the two are one
    product   the product of the local derivatives along them, which is 0 at a branch not taken
    """

    edges: tuple[tuple[Value, int], ...]
    product: float


# The product of the beginning of a path (None: behind a detach), and its last edge with the beginning before it.
_Way = tuple[float | None, "tuple[Value, int, _Way] | None"]


def check_most(most: int) -> None:
    """ValueError unless `most` is a whole number from 1."""
    if not isinstance(most, Integral) or most < 1:
        raise ValueError(f"most must be a whole number from 1, not {most!r}")


def paths(root: Value, leaf: Value, most: int = 6) -> tuple[list[Path], int]:
    """The `most` paths with the largest products (by magnitude), largest first, and how many there are.

    Takes time in proportion to the graph, however many paths run through it; counts up to
    `UNCOUNTED`. Without a path: ``([], 0)``. ValueError where `most` is not a whole number from 1.

    >>> x = Value(3.0)
    >>> found, count = paths(x * x + 2 * x, x)
    >>> [path.product for path in found], count
    ([3.0, 3.0, 2.0], 3)
    """
    check_most(most)
    if open_blocks and current.on_look:
        current.on_look(root)
    order = toposort(root)
    counts = {leaf: 1}
    for node in order:
        count = sum(counts.get(operand, 0) for operand in node.operands)
        if count:
            counts[node] = min(count, UNCOUNTED)
    # From the root on, as in the backward pass: each product is what the pass computes, infinities included.
    best: dict[Value, list[_Way]] = {root: [(1.0, None)]}
    for node in reversed(order):
        if node not in best:
            continue
        best[node] = sorted(best[node], key=_size, reverse=True)[:most]
        for index, (operand, local) in enumerate(zip(node.operands, node.branch_derivatives, strict=True)):
            if operand in counts:
                # the best paths to an operand are one of the best paths to here and an edge
                ways = [(multiply(way[0], node, local), (node, index, way)) for way in best[node]]
                best.setdefault(operand, []).extend(ways)
    return [_path(way) for way in best.get(leaf, [])], counts.get(root, 0)


def _size(way: _Way) -> float:
    product = way[0] or 0.0
    return abs(product) if product == product else float("inf")  # a nan is worth finding


def _path(way: _Way) -> Path:
    edges = []
    product, link = way
    while link:
        node, index, (_, link) = link
        edges.append((node, index))
    return Path(tuple(reversed(edges)), product or 0.0)


def multiply(product: float | None, node: Value, local: float | None) -> float | None:
    """The product with one more local derivative of a node, as in the backward pass; None from a detach() on."""
    return None if product is None or node.op == DETACH else pass_on(product, local)
