"""The links of a path: the factors of the chain rule along it, what each of them is, and what they do, told."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engine.letters import bind, find_derivative
from engine.ops import table
from engine.value import Value
from viz.numbers import format_number

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


def tell_route(route: Sequence[Link]) -> list[str]:
    """What happens along a path, in sentences: which factors lost how many orders of magnitude."""
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
