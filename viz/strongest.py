"""The strongest paths from a result to one of its leaves: where a gradient shrinks, and what is to blame."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine import grad
from engine.letters import bind, find_derivative
from engine.ops import table
from engine.paths import UNCOUNTED, Path, paths
from engine.value import Value
from viz.chain import chain_table, running_products
from viz.files import SvgFile
from viz.numbers import format_number
from viz.slopes import find_bound
from viz.text import fill
from viz.waterfall import draw_waterfall
from viz.words import LONGEST, definition, derivative_words, find_node, name_graph, shorten

Kind = Literal["slope", "weight", "input", "signal", "sum", "other"]
MANY = {"slope": "slopes", "weight": "weights", "input": "inputs", "signal": "signals"}


@dataclass(frozen=True)
class Link:
    """A factor of the chain rule along a path: ∂node/∂operand.

    node, operand   their names; `edge` is the node itself and the index of the operand
    op              the operation
    kind            "slope" of an activation; "weight" or "input" that the operand is multiplied by, or "signal",
                    another result; "sum", which passes the gradient on; "other"
    symbols         the formula of the factor with its names
    factor          the number
    before, after   the running product on both sides of it
    bound           the largest size that a slope of this operation can have; None where there is none
    """

    node: str
    operand: str
    edge: tuple[Value, int]
    op: str
    kind: Kind
    symbols: str
    factor: float
    before: float
    after: float
    bound: float | None

    @property
    def part(self) -> str:
        """What it is, in a word or two."""
        if self.bound is None:
            return self.kind
        return f"{self.op} ≤ {self.bound:.4g}"


@dataclass(frozen=True, repr=False)
class StrongestPaths(SvgFile):
    """What `path` found; prints as tables, shows itself in notebooks as a picture.

    root, leaf   their names
    gradient     ∂root/∂leaf, the sum over all paths
    routes       the paths with the largest products (by magnitude), largest first, as the links along each
    products     their products
    count        how many paths there are; from `engine.paths.UNCOUNTED` on they are not counted further
    """

    root: str
    leaf: str
    gradient: float
    routes: tuple[tuple[Link, ...], ...]
    products: tuple[float, ...]
    count: int
    tables: tuple[str, ...]

    def tell(self, number: int = 0) -> list[str]:
        """What happens along a path, in sentences: which factors lost how many orders of magnitude."""
        return [self._head(number), *_tell(self.routes[number], self.products[number])]

    @property
    def svg(self) -> str:  # type: ignore[override]
        """The picture: each factor a bar from the product before it to the product behind it, on a log scale."""
        return draw_waterfall(self)

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
        return f"{sought}, summed over {counted} paths; {which} brings {format_number(self.products[number])}."


def path(root: Value, leaf: Value | str, most: int = 1) -> StrongestPaths:
    """The strongest path from `root` to `leaf`, whose local derivatives have the largest product, factor by factor.

    leaf   a node of the graph, or its name
    most   how many paths, the strongest first

    Exact however many paths there are: they are not listed. It needs no backward pass and changes no `.grad`.
    TypeError where root is no Value; ValueError where the graph has no such node, and for `most` below 1.

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
    """
    called = name_graph(root)
    leaf = find_node(leaf, called)
    found, count = paths(root, leaf, most)
    routes = tuple(_read(each, leaf, called) for each in found)
    tables = tuple(
        chain_table(root, each, called, [link.part for link in route])
        for each, route in zip(found, routes, strict=True)
    )
    products = tuple(each.product for each in found)
    return StrongestPaths(called[root], called[leaf], grad(root, leaf), routes, products, count, tables)


def _read(found: Path, leaf: Value, called: dict[Value, str]) -> tuple[Link, ...]:
    products = running_products(found)
    return tuple(
        Link(
            definition_of(node, called),
            called[node.operands[index]],
            (node, index),
            node.op,
            find_kind(node, index, leaf),
            derivative_words(node, index, called).symbols,
            node.local_derivatives[index],
            before,
            after,
            find_bound(node.op) if find_kind(node, index, leaf) == "slope" else None,
        )
        for (node, index), before, after in zip(found.edges, products, products[1:], strict=False)
    )


def definition_of(node: Value, called: dict[Value, str]) -> str:
    """``v2 = sigmoid(v1)``, in at most 40 characters."""
    text = f"{called[node]} = {definition(node, called)}"
    if len(text) > LONGEST and node.op.isidentifier():
        text = f"{called[node]} = {node.op}(…)"
    return shorten(text)


def find_kind(node: Value, index: int, leaf: Value) -> Kind:
    """What the local derivative of a node by operand `index` is, on the way to `leaf`; see `Link`."""
    row = table[node.op]
    formula = find_derivative(row, index, len(node.operands))
    if formula in ("1", "-1"):
        return "sum"
    if formula in row.letters:  # a product: the factor is the other operand
        other: Value = bind(row, node.operands, index)[formula]
        if other.operands:
            return "signal" if node.operands[index] is not leaf else "input"
        return "input" if node.operands[index] is leaf and "." not in other.label else "weight"
    return "slope" if len(row.letters) == 1 or (node.op == "leaky_relu" and index == 0) else "other"


def _tell(route: Sequence[Link], product: float) -> list[str]:
    if not route:
        return ["The leaf is the result itself: no factor lies between."]
    broken = next((link for link in route if not math.isfinite(link.factor)), None)
    if broken:
        return [f"It is not finite: at {broken.node} the {_part(broken)} is {format_number(broken.factor)}."]
    zero = next((link for link in route if link.factor == 0), None)
    if zero:
        return [f"Nothing arrives: at {zero.node} the {_part(zero)} is 0."]
    orders = {link: math.log10(abs(link.factor)) for link in route}
    total = sum(orders.values())
    kinds = [_tell_kind(kind, [orders[link] for link in route if link.kind == kind]) for kind in (*MANY, "other")]
    said = ", ".join(text for text in kinds if text)
    count = f"{len(route):,} factor{'s' * (len(route) > 1)}"
    verb = _change(total, len(route) == 1)
    sentences = [f"{count} {verb}{' orders of magnitude' * ('size' not in verb)}{': ' * bool(said)}{said}."]
    weakest = min(route, key=orders.__getitem__)
    if orders[weakest] < -0.05:
        bound = "" if weakest.bound is None else f", and at most {weakest.bound:.4g}"
        number = format_number(abs(weakest.factor) if weakest.kind == "slope" else weakest.factor)
        sentences.append(f"The most is lost at {weakest.node}: its {_part(weakest)} is {number}{bound}.")
    return sentences


def _part(link: Link) -> str:
    return link.kind if link.kind in MANY else "factor"


def _tell_kind(kind: str, orders: list[float]) -> str:
    if not orders:
        return ""
    name = MANY.get(kind, "other factors") if len(orders) > 1 else kind if kind in MANY else "other factor"
    return f"{len(orders):,} {name} {_change(sum(orders), len(orders) == 1)}"


def _change(orders: float, one: bool) -> str:
    if abs(orders) < 0.05:
        return f"keep{'s' * one} the size"
    return f"{'gain' if orders > 0 else 'lose'}{'s' * one} {abs(orders):.1f}"


def as_data(found: StrongestPaths, number: dict[Value, int]) -> dict[str, Any]:
    """The paths as numbers and lists, ready for JSON; a node is its number in topological order.

    Each path has its links as [node, index of the operand, kind, factor, product behind it, bound or None].
    """
    return {
        "count": str(found.count),
        "gradient": found.gradient,
        "paths": [
            {
                "said": found.tell(place),
                "links": [
                    [number[link.edge[0]], link.edge[1], link.kind, link.factor, link.after, link.bound]
                    for link in route
                ],
            }
            for place, route in enumerate(found.routes)
        ],
    }
