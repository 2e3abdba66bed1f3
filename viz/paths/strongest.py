"""Finds the strongest paths from a result to one of its leaves, to show where a gradient shrinks and why."""

from dataclasses import dataclass

from engine import grad
from engine.changes import tell_changed
from engine.teaching.paths import UNCOUNTED, Path, paths
from engine.value import Value
from viz.files import SvgFile
from viz.lines import Ends, fill
from viz.numbers import format_number
from viz.paths.links import Link, find_kind, tell_route
from viz.paths.longest import find_longest
from viz.paths.waterfall import MOST, draw_waterfall
from viz.slopes import find_bound
from viz.words.chain import chain_table, running_products
from viz.words.words import find_node, name_graph


@dataclass(frozen=True, repr=False)
class StrongestPaths(SvgFile):
    """The result of `path`. Prints as tables; notebooks show a picture.

    root, leaf   their names
    gradient     ∂root/∂leaf, the sum over all paths
    routes       the paths with the largest products (by magnitude), largest first, each as its links
    products     their products
    count        the number of paths, counted up to `engine.teaching.paths.UNCOUNTED`

    >>> path(Value(2.0, "w") * Value(3.0, "x"), "w").products
    (3.0,)
    """

    root: str
    leaf: str
    gradient: float
    routes: tuple[tuple[Link, ...], ...]
    products: tuple[float, ...]
    count: int
    tables: tuple[str, ...]
    changed: str  # as of `engine.changes.tell_changed`

    def tell(self, number: int = 0) -> list[str]:
        """Describe a path in sentences: which factors lose how many orders of magnitude."""
        warning = [f"{self.changed[0].upper()}{self.changed[1:]}."] if self.changed else []
        return [self._head(number), *tell_route(self.routes[number]), *warning]

    @property
    def svg(self) -> str:  # type: ignore[override]
        """The picture: each factor is a bar from the product before it to the product after it, on a log scale."""
        told = [self.tell(number) for number in range(len(self.routes))]
        return draw_waterfall(self.root, self.leaf, self.routes, told)

    def __str__(self) -> str:
        blocks = []
        for number, written in enumerate(self.tables):
            blocks.append("\n".join([*(fill(said.split()) for said in self.tell(number)), written]))
        return "\n\n".join(blocks)

    __repr__ = __str__

    def _head(self, number: int) -> str:
        sought = f"∂{self.root}/∂{self.leaf} = {format_number(self.gradient)}"
        if self.count == 1:
            return f"{sought}, along the only path."
        counted = f"{self.count:,}" if self.count < UNCOUNTED else "more than 10^100"
        which = "the strongest" if number == 0 else f"this one, number {number + 1},"
        return f"{sought}, summed over {counted} paths; {which} contributes {format_number(self.products[number])}."


def path(root: Value, leaf: Value | str | None = None, most: int = 1) -> StrongestPaths:
    """Find the strongest path from `root` to `leaf`, the one whose local derivatives have the largest product.

    leaf   a node of the graph, or its name; None for the leaf farthest from the root, such as the start of a chain
    most   how many paths to return, the strongest first

    The result is exact for any number of paths. No backward pass is needed, and no `.grad` changes. Raises TypeError
    if root is not a Value, ValueError if the graph has no such node and for `most` below 1.

    >>> x, w1, w2 = Value(1.0, "x"), Value(0.0, "w1"), Value(2.0, "w2")
    >>> print(path(w2 * (w1 * x).sigmoid(), "w1"))
    ∂v3/∂w1 = 0.5, along the only path.
    3 factors lose 0.3 orders of magnitude: 1 slope loses 0.6, 1 weight gains 0.3, 1
    input keeps the size.
    The most is lost at v2 = sigmoid(v1): its slope is 0.25, and at most 0.25.
      node  local derivative  part            factor  product
      v3                                                  1.0  ███████████
      v2    w2                weight             2.0      2.0  ██████████████
      v1    v2*(1 - v2)       sigmoid ≤ 0.25    0.25      0.5  ████████
      w1    x                 input              1.0      0.5  ████████
      bars on a log scale, 1e-1 to 1e1

    A chain of eight sigmoids:

    >>> signal = x
    >>> for _ in range(8):
    ...     signal = signal.sigmoid()
    >>> print("\\n".join(path(signal).tell()))
    ∂v8/∂x = 5.515e-06, along the only path.
    8 factors lose 5.3 orders of magnitude: 8 slopes lose 5.3.
    The most is lost at v1 = sigmoid(x): its slope is 0.1966, and at most 0.25.
    """
    called = name_graph(root)
    if leaf is None:
        edges = find_longest(called)
        leaf = edges[-1][0].operands[edges[-1][1]] if edges else root
    leaf = find_node(leaf, called)
    found, count = paths(root, leaf, most)
    routes = tuple(_read(each, leaf, called) for each in found)
    tables = tuple(
        chain_table(root, each, called, [link.part for link in route])
        for each, route in zip(found, routes, strict=True)
    )
    products = tuple(each.product for each in found)
    changed = tell_changed(root, called.__getitem__)
    return StrongestPaths(called[root], called[leaf], grad(root, leaf), routes, products, count, tables, changed)


def _read(found: Path, leaf: Value, called: dict[Value, str]) -> tuple[Link, ...]:
    products = running_products(found)
    route = []
    for (node, index), before, after in zip(found.edges, products, products[1:], strict=False):
        kind = find_kind(node, index, leaf)
        bound = find_bound(node) if kind == "slope" else None
        route.append(Link((node, index), node.op, kind, node.local_derivatives[index], before, after, bound, called))
    for link in filter(None, Ends(MOST, route)):  # write the formulas shown now, before numbers change
        link.symbols  # noqa: B018
    return tuple(route)
