"""The links of a path: the factors of the chain rule along it, their kinds, and their effect in sentences."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from engine.letters import bind, find_derivative
from engine.numbers import write_count
from engine.ops import table
from engine.value import Value
from viz.lines import LONGEST, shorten
from viz.numbers import format_number
from viz.words.words import CLOSED, definition, derivative_words

Kind = Literal["slope", "weight", "input", "signal", "sum", "other"]
MANY = {"slope": "slopes", "weight": "weights", "input": "inputs", "signal": "signals"}


@dataclass(frozen=True)
class Link:
    """A factor of the chain rule along a path: ∂node/∂operand.

    edge            the node and the index of the operand
    op              the operation
    kind            "slope" of an activation; "weight" or "input" (by name), or "signal" (another result), by which the
                    operand is multiplied; "sum", which passes the gradient on unchanged; or "other"
    factor          the number
    before, after   the running product before and after this factor
    bound           the largest size of a slope of this operation; None if it has no bound
    names           of every node of the graph
    """

    edge: tuple[Value, int]
    op: str
    kind: Kind
    factor: float
    before: float
    after: float
    bound: float | None
    names: dict[Value, str] = field(repr=False, compare=False)

    @property
    def node(self) -> str:
        """The node's name and formula."""
        return definition_of(self.edge[0], self.names)

    @property
    def operand(self) -> str:
        """The operand's name."""
        node, index = self.edge
        return self.names[node.operands[index]]

    @cached_property
    def symbols(self) -> str:
        """The formula of the factor with its names."""
        return derivative_words(*self.edge, self.names).symbols

    @property
    def closed(self) -> bool:
        """Whether the factor belongs to a branch not taken, which passes nothing on."""
        node, index = self.edge
        return node.branch_derivatives[index] is None

    @property
    def part(self) -> str:
        """The kind of the factor in a word or two."""
        if self.bound is None:
            return self.kind
        return f"{self.op} ≤ {self.bound:.4g}"


def definition_of(node: Value, called: dict[Value, str]) -> str:
    """``v2 = sigmoid(v1)``, in at most 40 characters."""
    text = f"{called[node]} = {definition(node, called)}"
    if len(text) > LONGEST and node.op.isidentifier():
        text = f"{called[node]} = {node.op}(…)"
    return shorten(text)


def find_kind(node: Value, index: int, leaf: Value) -> Kind:
    """The kind of the local derivative of a node by operand `index`, on the way to `leaf`; see `Link`."""
    row = table[node.op]
    formula = find_derivative(row, index, len(node.operands))
    if formula in ("1", "-1"):
        return "sum"
    if formula in row.letters:  # a product: the factor is the other operand
        other: Value = bind(row, node.operands, index)[formula]
        if other.operands:
            return "signal" if node.operands[index] is not leaf else "input"
        if _is_weight(other):
            return "weight"
        if node.operands[index] is not leaf:
            return "input" if _is_input(other) else "weight"
        return "input" if _is_weight(leaf) or _is_input(other) else "other"  # two leaves of unknown roles
    return "slope" if len(row.letters) == 1 or (node.op == "leaky_relu" and index == 0) else "other"


def _is_weight(leaf: Value) -> bool:
    """Whether a leaf has a weight's name: w, w1, W, weight, layers[0].weights[1]."""
    return "." in leaf.label or leaf.label[:1] in ("w", "W")


def _is_input(leaf: Value) -> bool:
    return leaf.label[:1] in ("x", "X")


def tell_route(route: Sequence[Link]) -> list[str]:
    """Describe a path in sentences: which factors lose how many orders of magnitude."""
    if not route:
        return ["It is the result itself: there is no factor in between."]
    product, zero = route[-1].after, next((link for link in route if link.closed or link.factor == 0), None)
    if zero and product == 0:
        closed = next((link for link in route if link.closed), zero)
        return [f"Nothing arrives: at {closed.node} the {_part(closed)} is 0{f', {CLOSED}' * closed.closed}."]
    if not math.isfinite(product) and (zero or not all(math.isfinite(link.factor) for link in route)):
        broken = next(link for link in reversed(route) if math.isfinite(link.before))
        return [f"The gradient is not finite: at {broken.node} the {_part(broken)} is {format_number(broken.factor)}."]
    orders = [math.log10(abs(link.factor)) for link in route]
    total = sum(orders)
    kinds = [
        _tell_kind(kind, [order for link, order in zip(route, orders, strict=True) if link.kind == kind])
        for kind in (*MANY, "other")
    ]
    said = ", ".join(text for text in kinds if text) if any(kinds[:-1]) else ""  # else none are others
    count = write_count(len(route), "factor")
    verb = _change(total, len(route) == 1)
    sentences = [f"{count} {verb}{' orders of magnitude' * ('size' not in verb)}{': ' * bool(said)}{said}."]
    weakest = route[orders.index(min(orders))]
    if min(orders) < -0.05:
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
