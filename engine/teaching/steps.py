"""Steps: both passes as a sequence of steps, one for each line that a person would write down.

Steps are data. Texts, pages and worksheets display them and compute nothing themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from engine.branches import find_reached, pass_on
from engine.letters import bind, find_derivative
from engine.modes import current, open_blocks
from engine.numbers import CONSTANT, as_float
from engine.ops import table
from engine.value import Value, toposort


@dataclass(frozen=True)
class Step:
    """One line of the forward or of the backward pass.

    kind      "leaf"      a number is given: `node.data`
              "forward"   `node` is computed from its operands by `formula`
              "seed"      the gradient of the output with respect to itself
              "backward"  `operand` receives upstream gradient · local derivative by way of `node`
    node      the Value that is computed, or that passes its gradient on
    operand   the Value whose gradient grows; but for "backward", the node itself
    index     which of the node's operands receives; None except for "backward"
    formula   the op table's forward formula, or its formula for the local derivative
    upstream, local, contribution, total
              ∂L/∂node, ∂node/∂operand, their product, and the operand's gradient so far
    closed    whether this is a branch not taken: local and contribution are 0, whatever upstream is

    >>> [step.kind for step in steps(Value(2.0) * Value(3.0))]
    ['leaf', 'leaf', 'forward', 'seed', 'backward', 'backward']
    """

    kind: Literal["leaf", "forward", "seed", "backward"]
    node: Value
    operand: Value
    index: int | None = None
    formula: str = ""
    upstream: float = 0.0
    local: float = 0.0
    contribution: float = 0.0
    total: float = 0.0
    closed: bool = False

    def letters(self) -> dict[str, Any]:
        """The Value of each letter of `formula`, or a list of Values for a sequence."""
        if self.kind not in ("forward", "backward"):
            return {}
        return bind(table[self.node.op], self.node.operands, self.index) | {"y": self.node}


def steps(root: Value, seed: float = 1.0) -> Iterator[Step]:
    """Yield the steps of the forward pass to `root`, then of the backward pass from it.

    The graph does not change; gradients in steps start from zero. Constants are given, and receive no gradient.

    TypeError if root is not a Value or the seed is not a number.

    >>> a = Value(3.0, "a")
    >>> [(step.kind, step.operand.label, step.total) for step in steps(a * a) if step.kind == "backward"]
    [('backward', 'a', 3.0), ('backward', 'a', 6.0)]
    """
    if open_blocks and current.on_look:
        current.on_look(root)
    order = toposort(root)
    for node in order:
        if node.is_leaf:
            yield Step("leaf", node, node)
        else:
            yield Step("forward", node, node, formula=table[node.op].forward)
    totals = dict.fromkeys(order, 0.0)
    totals[root] = as_float(seed)
    yield Step("seed", root, root, total=totals[root])
    for node in reversed(find_reached(order)):
        if node.is_leaf:
            continue
        row = table[node.op]
        upstream, count = totals[node], len(node.operands)
        for index, (operand, local) in enumerate(zip(node.operands, node.branch_derivatives, strict=True)):
            if operand.op == CONSTANT:
                continue
            totals[operand] += (contribution := pass_on(upstream, local))
            formula = find_derivative(row, index, count)
            numbers = upstream, local or 0.0, contribution, totals[operand]
            yield Step("backward", node, operand, index, formula, *numbers, closed=local is None)
