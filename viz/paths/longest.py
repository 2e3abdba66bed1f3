"""Finds the longest path of a graph, such as a chain of Values built by hand."""

from engine.numbers import CONSTANT
from engine.value import Value
from viz.words.text import no_leaf

Edges = list[tuple[Value, int]]


def find_longest(called: dict[Value, str]) -> Edges:
    """The edges of the path with the most factors, from the root to the leaf that is farthest from it.

    called   names the nodes in topological order; see `viz.words.words.name_graph`

    Each edge is a node and the index of its operand. Among several longest paths, the first operands are preferred.
    ValueError if the root depends on constants only.

    >>> from viz.words.words import name_graph
    >>> x = Value(2.0, "x")
    >>> [node.op for node, index in find_longest(name_graph(x.sigmoid().tanh() * x))]
    ['*', 'tanh', 'sigmoid']
    """
    lengths: dict[Value, int] = {}
    steps: dict[Value, int] = {}  # the index of the operand that leads farthest
    for node in called:
        behind = [(lengths[operand], -index) for index, operand in enumerate(node.operands) if operand in lengths]
        if behind:
            length, index = max(behind)
            lengths[node], steps[node] = length + 1, -index
        elif node.op != CONSTANT and not node.operands:
            lengths[node] = 0
    root = next(reversed(called))
    if root not in lengths:
        raise ValueError(no_leaf(root, called))
    edges = []
    while root in steps:
        edges.append((root, steps[root]))
        root = root.operands[steps[root]]
    return edges
