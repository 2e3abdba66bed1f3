"""Finds the longest path of a graph, such as a chain of Values built by hand."""

from engine.numbers import CONSTANT
from engine.value import Value, toposort
from viz.words.text import no_leaf
from viz.words.words import name_graph

Edges = list[tuple[Value, int]]


def find_longest(root: Value) -> Edges:
    """The edges of the path with the most factors, from the root to the leaf that is farthest from it.

    Each edge is a node and the index of its operand. Among several longest paths, the first operands are preferred.
    Raises TypeError if root is not a Value, ValueError if it depends on constants only.

    >>> x = Value(2.0, "x")
    >>> [node.op for node, index in find_longest(x.sigmoid().tanh() * x)]
    ['*', 'tanh', 'sigmoid']
    """
    if not isinstance(root, Value):
        raise TypeError(f"expected a Value, the result of a computation, not {type(root).__name__}")
    lengths: dict[Value, int] = {}
    steps: dict[Value, int] = {}  # the index of the operand that leads farthest
    for node in toposort(root):
        behind = [(lengths[operand], -index) for index, operand in enumerate(node.operands) if operand in lengths]
        if behind:
            length, index = max(behind)
            lengths[node], steps[node] = length + 1, -index
        elif node.op != CONSTANT and not node.operands:
            lengths[node] = 0
    if root not in lengths:
        raise ValueError(no_leaf(root, name_graph(root)))
    edges = []
    while root in steps:
        edges.append((root, steps[root]))
        root = root.operands[steps[root]]
    return edges
