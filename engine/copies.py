"""Copies of graphs, by pickle and copy.deepcopy: graphs of any depth, and what is shared stays shared.

Both go from an object to what it refers to by recursion, which a long chain of Values would not survive. So a result
is given to them as the list of the nodes behind it, each after its operands: when a node is written, whatever it
refers to has been.
"""

import copyreg
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from engine.registry import find_row
from engine.value import Value


class Writing:
    """What one pickler, or one deepcopy, has been given of graphs; it is in its memo, and lives as long.

    written    nodes that it knows
    expected   nodes on their way to it, in order; it does not ask for those that it knows
    """

    def __init__(self) -> None:
        self.written: set[Value] = set()
        self.expected: deque[Value] = deque()

    def accepts(self, node: Value) -> bool:
        """Whether a node not yet written can be now, since all it refers to is; then it counts as written."""
        while self.expected and node not in self.written:
            self.written.add(self.expected.popleft())
        if all(operand in self.written for operand in node.operands if not operand.is_leaf):
            self.written.add(node)
        return node in self.written

    def list_nodes(self, root: Value) -> Iterator[Value]:
        """The nodes behind a result that are not written yet, leaves aside, each after its operands."""
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
    """The nodes behind a result, which are written as a list."""

    def __init__(self, root: Value, writing: Writing) -> None:
        self.root, self.writing = root, writing

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (), None, self.writing.list_nodes(self.root)


class _Here(threading.local):
    def __init__(self) -> None:
        self.writing: Callable[[], Writing | None] = lambda: None  # of this thread, the last one that is still alive


_here = _Here()


def reduce_value(value: Value) -> Any:
    """How to make the Value again, in the form that `copyreg` wants."""
    if value.is_leaf:
        return object.__reduce_ex__(value, 2)
    writing = _here.writing()
    if not writing or value in writing.written:  # none asks twice for a node: this is another pickler
        writing = Writing()
        _here.writing = weakref.ref(writing)
    elif writing.accepts(value):
        return object.__reduce_ex__(value, 2)
    return last, (Nodes(value, writing),)


def last(nodes: list[Value] | Nodes) -> Value:
    """The result, once its nodes have been read; for copy.copy, which reads none, a node like it."""
    if isinstance(nodes, list):
        for name in {node.op for node in nodes if not node.is_leaf}:
            find_row(name)  # ValueError for an operation that this process has not
        return nodes[-1]
    alone: Any = object.__reduce_ex__(nodes.root, 2)
    construct, arguments, (_, slots), *_ = alone
    node: Value = construct(*arguments)
    for name, content in slots.items():
        setattr(node, name, content)
    return node


copyreg.pickle(Value, reduce_value)
