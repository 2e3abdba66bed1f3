"""Changes: find the nodes of a graph that are out of date since a leaf changed, and compute them again."""

import math
from collections.abc import Callable

from engine.letters import bind
from engine.modes import mode
from engine.numbers import CONSTANT
from engine.ops import table
from engine.registry import apply, find_row
from engine.value import Value, lift, toposort


def find_changed(root: Value) -> list[Value]:
    """Return the nodes, in topological order, whose number or local derivatives would differ if computed now.

    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> y = w*x + 1
    >>> w.data = 5.0
    >>> [node.op for node in find_changed(y)]
    ['*']
    """
    with mode(detach=False, on_node=None, on_look=None):
        return [node for node in toposort(root) if node.operands and not _is_current(node)]


def tell_changed(root: Value, name: Callable[[Value], str]) -> str:
    """Return a sentence that names the leaves that may have changed since the forward pass; "" if none has."""
    changed = find_changed(root)
    if not changed:
        return ""
    operands = dict.fromkeys(operand for node in changed for operand in node.operands if operand.op != CONSTANT)
    suspects = [operand for operand in operands if operand.is_leaf] or list(operands) or changed
    names = [name(node) for node in suspects[:4]] + ["…"] * (len(suspects) > 4)
    return f"the forward pass is older than some numbers: {' or '.join(names)} has changed since"


def compute_again(root: Value) -> None:
    """Run both passes again from the leaves' current numbers; every node gets its new number and gradient.

    The graph itself does not change, even if a program would take another branch with the new numbers. Gradients of
    leaves start from zero and do not accumulate. ValueError for an unknown operation; then nothing has changed.

    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> y = w*x + 1
    >>> w.data = 5.0
    >>> compute_again(y)
    >>> y.data, w.grad, x.grad
    (16.0, 3.0, 5.0)
    """
    order = toposort(root)
    fresh: dict[Value, Value] = {}
    with mode(detach=False, on_node=None, on_look=None, on_backward=None):
        for node in order:
            operands = [fresh[operand] for operand in node.operands]
            fresh[node] = _compute(node, operands) if operands else _copy(node)
        for node in order:
            node._data, node._grad = fresh[node]._data, 0.0
            for letter in table[node.op].letters if node.operands else "":
                setattr(node, f"d{letter}", getattr(fresh[node], f"d{letter}"))
        if any(node.is_leaf and not node.op for node in order):
            root.backward()


def _copy(node: Value) -> Value:
    """Return a leaf with the number of a node, or a constant."""
    return lift(node._data) if node.op == CONSTANT else Value(node._data)


def _compute(node: Value, operands: list[Value]) -> Value:
    """Apply the operation of a node to other operands."""
    return apply(node.op, *bind(find_row(node.op), operands).values())


def _is_current(node: Value) -> bool:
    again = _compute(node, [_copy(operand) for operand in node.operands])
    before, now = [node._data, *node.branch_derivatives], [again._data, *again.branch_derivatives]
    return all(map(_is_same, before, now))


def _is_same(before: float | None, now: float | None) -> bool:
    """Whether two numbers are equal up to rounding, which may differ where a graph was loaded."""
    if before is None or now is None:
        return before is now
    return before == now or math.isclose(before, now, rel_tol=1e-9) or (before != before and now != now)
