"""The graph as data: names for its nodes, so that every text and picture calls a node the same."""

from engine.value import CONSTANT, Value


def name_nodes(order: list[Value]) -> dict[Value, str]:
    """A distinct name for every node of a topological order.

    A label where there is one, the number of a constant, else v1, v2, ... in order of computation.
    A label that occurs again gets a number: ``x``, ``x#2``.

    >>> from engine import toposort
    >>> x = Value(3.0, "x")
    >>> list(name_nodes(toposort((x * 2).tanh())).values())
    ['x', '2', 'v1', 'v2']
    """
    labels = {node.label for node in order}
    names: dict[Value, str] = {}
    uses: dict[str, int] = {}
    count = 0
    for node in order:
        if node.label:
            uses[node.label] = uses.get(node.label, 0) + 1
            name = node.label if uses[node.label] == 1 else f"{node.label}#{uses[node.label]}"
        elif node.op == CONSTANT:
            name = f"{node.data:.6g}"
        else:
            count += 1
            while f"v{count}" in labels:
                count += 1
            name = f"v{count}"
        names[node] = name
    return names
