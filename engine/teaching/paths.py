"""Paths: the strongest paths from a result to a Value behind it, which are the summands of the chain rule."""

from dataclasses import dataclass

from engine.value import Value, toposort

UNCOUNTED = 10**100  # counts stop here, since exact ones would grow with the graph


@dataclass(frozen=True)
class Path:
    """One way through the graph, and what it contributes to the gradient.

    edges     (node, index of its operand), from the root to the leaf; none where the two are one
    product   the product of the local derivatives along them; 0 with a branch not taken among them
    """

    edges: tuple[tuple[Value, int], ...]
    product: float


# The product of a partial path (None: not taken), and its first edge with the rest of the path behind it.
_Way = tuple[float | None, "tuple[Value, int, _Way] | None"]


def paths(root: Value, leaf: Value, most: int = 6) -> tuple[list[Path], int]:
    """The `most` paths with the largest products (by magnitude), largest first, and how many there are.

    Takes time in proportion to the graph, however many paths run through it; counts up to
    `UNCOUNTED`. Without a path: ``([], 0)``. ValueError where `most` is below 1.

    >>> x = Value(3.0)
    >>> found, count = paths(x * x + 2 * x, x)
    >>> [path.product for path in found], count
    ([3.0, 3.0, 2.0], 3)
    """
    if most < 1:
        raise ValueError(f"at least one path is to be found, not {most}")
    counts = {leaf: 1}
    best: dict[Value, list[_Way]] = {leaf: [(1.0, None)]}
    for node in toposort(root):
        ways: list[_Way] = []
        count = 0
        for index, (operand, local) in enumerate(zip(node.operands, node.branch_derivatives, strict=True)):
            if operand in best:
                # the best paths from a node are an edge and one of the best paths from there
                ways += [(multiply(local, way[0]), (node, index, way)) for way in best[operand]]
                count += counts[operand]
        if ways:
            best[node] = sorted(ways, key=_size, reverse=True)[:most]
            counts[node] = min(count, UNCOUNTED)
    return [_path(way) for way in best.get(root, [])], counts.get(root, 0)


def _size(way: _Way) -> float:
    product = way[0] or 0.0
    return abs(product) if product == product else float("inf")  # a nan is worth finding


def _path(way: _Way) -> Path:
    edges = []
    product, link = way
    while link:
        node, index, (_, behind) = link
        edges.append((node, index))
        link = behind
    return Path(tuple(edges), product or 0.0)


def multiply(product: float | None, local: float | None) -> float | None:
    """The product with one more local derivative; None as soon as one of them is that of a branch not taken."""
    return None if product is None or local is None else product * local
