"""Copies: pickle and copy.deepcopy for graphs of any depth, in which shared nodes stay shared.

Both follow references by recursion, which fails for a long chain of Values. So a result hands them the list of the
nodes behind it, each after its operands: all operands of a node have been written before it.
"""

import copyreg
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from engine.modes import current, open_blocks
from engine.registry import find_row
from engine.value import Value


class Writing:
    """The nodes that one pickler, or one deepcopy, has been given; its memo holds this object.

    written    the nodes that it knows
    expected   the nodes it will ask for next, in order
    """

    def __init__(self) -> None:
        self.written: set[Value] = set()
        self.expected: deque[Value] = deque()

    def accepts(self, node: Value) -> bool:
        """Whether a node can be written now, since all its operands are; then it counts as written."""
        while self.expected and node not in self.written:
            self.written.add(self.expected.popleft())
        if all(operand in self.written for operand in node.operands if not operand.is_leaf):
            self.written.add(node)
        return node in self.written

    def list_nodes(self, root: Value) -> Iterator[Value]:
        """Return the nodes behind a result that are not written yet, except leaves, each after its operands."""
        listed: set[Value] = set()
        stack = [root]
        while stack:
            node = stack.pop()
            if node in listed or node in self.written:
                continue
            ahead = [x for x in node.operands if not (x.is_leaf or x in listed or x in self.written)]
            if ahead:
                stack += (node, *ahead)
            else:
                listed.add(node)
                self.expected.append(node)
                yield node


class Nodes:
    """The nodes behind a result, written as a list."""

    def __init__(self, root: Value, writing: Writing) -> None:
        self.root, self.writing = root, writing

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (), None, self.writing.list_nodes(self.root)


class _Here(threading.local):
    def __init__(self) -> None:
        self.writing: Callable[[], Writing | None] = lambda: None  # the latest of this thread, if it is still alive


_here = _Here()


def reduce_value(value: Value) -> Any:
    """Return how to make the Value again, in the form that `copyreg` wants."""
    if open_blocks and current.on_look:
        current.on_look(value)  # a copy has its number, and no way back to it
    if value.is_leaf:
        return object.__reduce_ex__(value, 2)
    writing = _here.writing()
    if not writing or value in writing.written:  # no pickler asks twice for a node, so this is another one
        writing = Writing()
        _here.writing = weakref.ref(writing)
    elif writing.accepts(value):
        return object.__reduce_ex__(value, 2)
    return last, (Nodes(value, writing),)


def last(nodes: list[Value] | Nodes) -> Value:
    """Return the result once its nodes have been read; for copy.copy, which reads none, a copy of the node."""
    if isinstance(nodes, list):
        for name in {node.op for node in nodes if not node.is_leaf}:
            find_row(name)  # ValueError for an operation that this process does not have
        return nodes[-1]
    alone: Any = object.__reduce_ex__(nodes.root, 2)
    construct, arguments, (_, slots), *_ = alone
    node: Value = construct(*arguments)
    for name, content in slots.items():
        setattr(node, name, content)
    return node


copyreg.pickle(Value, reduce_value)
