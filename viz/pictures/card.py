"""The texts of the boxes in a picture, and the sizes they need."""

import math
from dataclasses import dataclass

from engine.letters import bind
from engine.ops import table
from engine.teaching.graph import Graph, Node
from engine.teaching.writing import write
from engine.value import Value
from viz import svg
from viz.numbers import format_number

NAME, SCOPE = 24, 32  # characters at most
LEAST = 12  # characters; makes most boxes equally wide
SMALL = 9.0  # font size of the scope
MARK = 14.0  # room for the mark in the corner
ACROSS, ABOVE, BELOW = 8.0, 5.0, 6.0  # between border and text
FEW = 4  # up to this many nodes in a folded box, it shows their largest gradient alone
STACK = 4.0  # how far the card behind a folded box shows


@dataclass(frozen=True)
class Card:
    """The texts of a box.

    scope, name   the first lines; the scope is in small type, or ""
    numbers       the lines below, each a word and a number
    full          the same at full length, shown on hover
    mark          "zero" or "not finite" if the gradient is, else ""
    """

    node: Node
    scope: str
    name: str
    numbers: list[tuple[str, str]]
    full: str
    mark: str

    def indent(self, number: str) -> float:
        """How far a number is indented behind its word; leaves room for a sign, so that decimal points align."""
        word = max(len(word) for word, _ in self.numbers) + 1
        return (word + (self.node.kind != "folded" and number[0] != "-")) * svg.SIZE * svg.EM

    @property
    def width(self) -> float:
        """The width of the box."""
        lines = [svg.width_of(self.scope, SMALL), svg.width_of(self.name)]
        lines[not self.scope] += MARK * bool(self.mark)  # the mark is in the first line
        lines += [self.indent(number) + svg.width_of(number) for _, number in self.numbers]
        if self.node.kind in ("leaf", "operation"):
            lines.append(LEAST * svg.SIZE * svg.EM)
        return max(lines) + 2 * ACROSS + STACK * (self.node.kind == "folded")

    @property
    def height(self) -> float:
        """The height of the box."""
        if self.node.kind == "constant":
            return 2 * svg.SIZE
        lines = SMALL * bool(self.scope) + svg.SIZE * (1 + len(self.numbers))
        return lines * svg.LINE + ABOVE + BELOW + STACK * (self.node.kind == "folded")


def read_card(node: Node, graph: Graph, digits: int) -> Card:
    """The card of a node; it shows gradients only if backward() has run."""
    low, high = node.gradients
    shown = graph.ran and node.kind != "constant"
    mark = ""
    if shown:
        mark = "not finite" if not math.isfinite(high) else "zero" if high == 0.0 else ""
    scope, name = "", node.name
    if node.scope and node.kind in ("leaf", "folded"):
        scope, _, name = name.rpartition(".")
    lines: list[tuple[str, str]] = []
    if node.kind == "folded":
        lines.append(("nodes", f"{len(node.members):,}"))
        if shown:
            sizes = list(dict.fromkeys(format_number(size, digits) for size in (low, high)))
            if len(sizes) == 1:
                lines.append(("|grad|", sizes[0]))
            elif len(node.members) <= FEW:
                lines.append(("|grad|≤", sizes[1]))
            else:
                lines += zip(("|grad|", "to"), sizes, strict=True)
                lines.append(("median", format_number(node.median, digits)))
    elif node.kind == "constant":
        name = format_number(node.value.data, digits)
    else:
        numbers = {"data": node.value.data, "grad": node.value.grad} if shown else {"data": node.value.data}
        lines += [(word, format_number(x, digits)) for word, x in numbers.items()]
    if max(node.uses, default=0) > 1:
        lines.append(("used" if node.kind == "leaf" else "shared", _write_uses(node)))
    name = svg.shorten(name, NAME) + (f" = {node.op}" if node.kind == "operation" else "")
    return Card(node, svg.shorten(scope, SCOPE), name, lines, _describe(node, graph), mark)


def _write_uses(node: Node) -> str:
    """The number of parameters in a box, and how often each is used."""
    most = f"{max(node.uses):,} times"
    if node.kind == "leaf":
        return most
    return f"{len(node.uses):,}, used {'up to ' * (min(node.uses) < max(node.uses))}{most}"


def _describe(node: Node, graph: Graph) -> str:
    if node.kind == "folded":
        ops = ", ".join(f"{count:,} {op}" for op, count in node.ops.items())
        lines = [node.name, f"{len(node.members):,} nodes: {ops or 'leaves'}"]
        if max(node.uses, default=0) > 1:
            lines.append(f"parameters: {_write_uses(node)}")
        low, high = node.gradients
        said = f"|grad| from {low!r} to {high!r}, median {node.median!r}"
        return "\n".join([*lines, said] if graph.ran else lines)
    value = node.value
    lines = [f"{node.name} = {write_formula(value, graph.names)}" if value.operands else node.name]
    lines.append(f"data {value.data!r}")
    if node.kind == "constant":
        lines[0] = "constant"
    elif graph.ran:
        lines.append(f"grad {value.grad!r}")
    if node.scope and node.kind == "operation":
        lines.append(f"in {node.scope}")
    if hasattr(value, "origin"):
        lines.append(f"made at {value.origin.file}:{value.origin.line}")
    return "\n".join(lines)


def write_formula(value: Value, names: dict[Value, str]) -> str:
    """The formula of a node with the names of its operands: ``w1*x1``, ``tanh(v3)``."""
    row = table[value.op]
    texts = [svg.shorten(names[operand], NAME) for operand in value.operands]
    if value.op.isidentifier() and (row.term or not row.sequences):
        return f"{value.op}({', '.join(texts)})"
    return write(row.forward, bind(row, texts))
