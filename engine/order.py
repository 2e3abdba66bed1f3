"""Order: every node behind a result, once, and after its operands. Without recursion, so graphs may be deep."""

from typing import TYPE_CHECKING, Any

from engine.operations import Operands

if TYPE_CHECKING:
    from engine.value import Value

if float("0") is float("0"):  # where that is so, `reset_gradients` would take a grad of zero for its own
    raise ImportError("Gradwalk needs a Python in which every float is an object of its own, such as CPython")


def toposort(root: "Value") -> "list[Value]":
    """Every node that `root` depends on, each after all its operands; `root` comes last.

    >>> from engine import Value
    >>> a = Value(2.0, "a"); b = a * a
    >>> [node.label or node.op for node in toposort(b)]
    ['a', '*']
    """
    order: list[Value] = []
    seen: set[Any] = {None}  # nodes, and sequences of operands of which each has been seen
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if node is None:  # the operands of the node below are done
            order.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            if node.a.__class__ is Operands:
                node.unfuse()
            a, b = node.a, node.b
            if a is None or (a in seen and b in seen):
                order.append(node)
            elif a.__class__ is not Operands:
                stack.append(node)
                stack.append(None)
                if b not in seen:
                    stack.append(b)
                if a not in seen:
                    stack.append(a)
            elif ahead := [operand for operand in reversed(node.operands) if operand not in seen]:
                stack += (node, None, *ahead)
            else:
                seen.update((a, b))
                order.append(node)
    return order


def reset_gradients(root: "Value") -> "tuple[list[Value], list[Value], list[float]]":
    """Set the grad of every node behind `root` to zero.

    Returns the results among them, each after all its operands, and the leaves with the grad that each had. To come by
    every node once is `toposort` as well; here what has been seen shows by its grad, and no set is needed. Fused nodes
    stay as they are.
    """
    zero = float("0")  # an object of its own: whose grad it is has been here
    results: list[Value] = []
    leaves: list[Value] = []
    before: list[float] = []
    done: set[Any] = {None}  # sequences of operands of which each has been here
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if node is None:  # the operands of the node below are done
            results.append(stack.pop())
        elif node.grad is not zero:
            a, b = node.a, node.b
            if a is None and not node.op:
                leaves.append(node)
                before.append(node.grad)
            node.grad = zero
            if a is None:
                continue
            if a.__class__ is not Operands:
                stack.append(node)
                stack.append(None)
                if b is not None and b.grad is not zero:
                    stack.append(b)
                if a.grad is not zero:
                    stack.append(a)
            elif a in done and b in done:
                results.append(node)
            elif ahead := [operand for operand in reversed((*a, *(b or ()))) if operand.grad is not zero]:
                stack += (node, None, *ahead)
            else:
                done.update((a, b))
                results.append(node)
    return results, leaves, before
