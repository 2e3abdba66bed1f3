"""Graphs as data: names for nodes, and the boxes and edges of pictures."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from statistics import median
from typing import Any, Literal

from engine.branches import find_reached, pass_on
from engine.changes import tell_changed
from engine.numbers import CONSTANT, write_count
from engine.teaching.folding import (
    FOLDS,
    NAMED,
    PARAMETERS,
    STRETCHES,
    Fold,
    Keys,
    Links,
    Parts,
    find_scope,
    fold_nodes,
    seen_links,
)
from engine.value import Value, toposort

LIMIT = 300  # boxes in one picture that a person can read

Kind = Literal["leaf", "constant", "operation", "folded"]


def name_nodes(order: list[Value]) -> dict[Value, str]:
    """Return a distinct name for every node of a topological order.

    That is its label, the number of a constant, or else v1, v2, ... in order of computation. A repeated label gets a
    number: ``x``, ``x#2``. A constant has six digits, or up to twelve if it has no more: 0.123456789, but 0.333333 for
    1/3.

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
            name = node.label
            while node.label in uses and name in labels:
                uses[node.label] += 1
                name = f"{node.label}#{uses[node.label]}"
            uses.setdefault(node.label, 1)
        elif node.op == CONSTANT:
            name, whole = f"{node.data:.6g}", f"{node.data:.12g}"
            name = whole if float(name) != node.data == float(whole) else name
        else:
            count += 1
            while f"v{count}" in labels:
                count += 1
            name = f"v{count}"
        names[node] = name
    return names


@dataclass(frozen=True)
class Node:
    """A box: one node of the graph, or several folded into one.

    name      of the node (see `name_nodes`); of a folded box its scope, or its first and last node
    kind      "leaf", "constant", "operation" or "folded"
    members   the nodes in it, in order of computation; constants may be folded into any box
    scope     the part of a network that it belongs to, such as ``layers[0].neurons[3]``, or ""
    depth     the number of boxes from the farthest leaf to it; 0 for a leaf
    uses      for each parameter in it, how many operands it is; more than one if it is shared
    """

    name: str
    kind: Kind
    members: tuple[Value, ...]
    scope: str
    depth: int
    uses: tuple[int, ...] = ()

    @property
    def value(self) -> Value:
        """The node itself; for a folded box, the last one."""
        return self.members[-1]

    @property
    def op(self) -> str:
        """The operation; "" for a leaf and for a folded box."""
        return "" if self.kind == "folded" else self.value.op

    @cached_property
    def ops(self) -> dict[str, int]:
        """How often each operation occurs, the most common first."""
        return dict(Counter(node.op for node in self.members if not node.is_leaf).most_common())

    @cached_property
    def _sizes(self) -> list[float]:
        return [abs(node.grad) for node in self.members if node.op != CONSTANT] or [0.0]

    @cached_property
    def gradients(self) -> tuple[float, float]:
        """The smallest and the largest \\|grad\\| of the members, constants aside; nan counts as largest."""
        finite = [size for size in self._sizes if size == size]
        return min(finite, default=math.nan), max(finite) if len(finite) == len(self._sizes) else math.nan

    @cached_property
    def median(self) -> float:
        """The median of the same; nan if one is nan."""
        return math.nan if any(map(math.isnan, self._sizes)) else median(self._sizes)


@dataclass(frozen=True)
class Edge:
    """One use of an operand, or all uses between two boxes of which one is folded.

    source, target   numbers of boxes: the operand's and the result's
    index            which operand of the result; None where several edges are one
    local            ∂result/∂operand; None where several edges are one
    contribution     upstream gradient · local derivative; of several edges the largest in size
    count            how many edges it stands for
    closed           whether it is a branch not taken, along which nothing passes
    """

    source: int
    target: int
    index: int | None
    local: float | None
    contribution: float
    count: int = 1
    closed: bool = False


@dataclass(frozen=True)
class Graph:
    """Boxes in order of computation (the last output's last), the edges between them, and what was folded.

    names    every node of the graph, in order of computation, with its name
    links    how many edges the graph itself has
    folded   what was folded, in a sentence; "" if nothing was
    ran      whether backward() has left gradients
    changed  which leaves' numbers have changed since the forward pass, in a sentence; "" if none has
    """

    nodes: list[Node]
    edges: list[Edge]
    names: dict[Value, str]
    links: int
    folded: str
    ran: bool
    changed: str = ""

    @cached_property
    def outputs(self) -> list[Node]:
        """The boxes that no other box uses."""
        used = {edge.source for edge in self.edges}
        return [node for box, node in enumerate(self.nodes) if box not in used]


def read_graph(
    root: Value | Sequence[Value], fold: Fold = None, *, constants: bool = True, limit: int = LIMIT
) -> Graph:
    """The graph behind `root` as boxes and edges.

    root        the output, or several in a list, whose graphs may have nodes in common
    fold        None folds what has more than 50 nodes: constants, then neurons (of a network unrolled in time gates,
                if 24 boxes are left, or else steps), then layers, then larger parts, until 50 boxes are left or as few
                as there can be; where these are more than `limit`, stretches of the topological order. False or "none"
                folds nothing, "neuron", "gate", "step" and "layer" fold these; names such as ["layers[0]", "step 2"]
                fold these parts and leave the rest open
    constants   False folds each constant into the first operation that uses it

    Which neuron a node belongs to is known for those built under `debug()`; else it is read from dotted
    labels of parameters (``layers[0].neurons[3].weights[1]``) and passed on to what is computed from them. Gates and
    steps are read from labels such as "forget gate[0], step 2", which recurrent layers of nn give.

    Raises TypeError if root is no Value, ValueError for an empty list, for an unknown fold, for parts that the graph
    does not have, and where a part lies both before and behind what stays open.

    >>> graph = read_graph(Value(2.0, "a") * 3.0)
    >>> [(node.name, node.kind) for node in graph.nodes]
    [('a', 'leaf'), ('3', 'constant'), ('v1', 'operation')]
    >>> [(edge.source, edge.target, edge.local) for edge in graph.edges]
    [(0, 2, 3.0), (1, 2, 0.0)]
    """
    roots: list[Any] = list(root) if isinstance(root, list | tuple) else [root]
    if not roots:
        raise ValueError("there is no output to read the graph of: the list is empty")
    for output in roots:
        if not isinstance(output, Value):
            raise TypeError(f"the output must be a Value, not {type(output).__name__}: {str(output)[:60]}")
    if fold is True or (isinstance(fold, str) and fold not in FOLDS):
        allowed = ", ".join(map(repr, FOLDS))
        raise ValueError(f"unknown fold: {fold!r} (None, False, names of parts, or one of {allowed})")
    parts: Parts = "none" if isinstance(fold, bool) else fold
    orders = [toposort(output) for output in roots]
    order = list(dict.fromkeys(chain.from_iterable(orders)))
    number = {node: i for i, node in enumerate(order)}
    links = [(number[operand], i, k) for i, node in enumerate(order) for k, operand in enumerate(node.operands)]
    boxes, keys, said = fold_nodes(order, links, parts, constants, limit)
    if not boxes:
        raise ValueError(f"cannot fold {', '.join(parts or ())}: something that stays open lies both before and behind")
    names = name_nodes(order)
    seen = seen_links(order, links, boxes)
    nodes = _build_nodes(order, names, boxes, keys, seen, links)
    ran = any(node.grad for node in order if not node.is_leaf or node in roots)
    edges = _build_edges(order, boxes, nodes, seen, set(chain.from_iterable(map(find_reached, orders))))
    changed = next(filter(None, (tell_changed(output, names.__getitem__) for output in roots)), "")
    return Graph(nodes, edges, names, len(links), _say(nodes, said, parts), ran, changed)


def _build_nodes(
    order: list[Value], names: dict[Value, str], boxes: list[int], keys: Keys, seen: Links, links: Links
) -> list[Node]:
    inside: list[list[int]] = [[] for _ in range(max(boxes) + 1)]
    for i, b in enumerate(boxes):
        inside[b].append(i)
    uses = Counter(source for source, _, _ in links if order[source].is_leaf)
    depth = [0] * len(inside)
    for source, target in sorted((boxes[source], boxes[target]) for source, target, _ in seen):
        depth[target] = max(depth[target], depth[source] + 1)
    nodes = []
    for b, numbers in enumerate(inside):
        members = [order[i] for i in numbers]
        shown = [node for node in members if node.op != CONSTANT] or members
        key = keys[numbers[0]]
        name = names[shown[0]]
        kind: Kind = "operation" if not shown[0].is_leaf else "constant" if shown[0].op else "leaf"
        if len(shown) > 1:
            kind = "folded"
            name = key if isinstance(key, str) else f"{name} … {names[shown[-1]]}"
        scope = key if isinstance(key, str) and kind == "folded" else find_scope(shown[0])
        shared = isinstance(key, str) and key.endswith(PARAMETERS)
        used = tuple(uses[i] for i in numbers if i in uses and (shared or find_scope(order[i])))
        nodes.append(Node(name, kind, tuple(members), scope, depth[b], used))
    return nodes


def _build_edges(
    order: list[Value], boxes: list[int], nodes: list[Node], links: Links, reached: set[Value]
) -> list[Edge]:
    edges: dict[tuple[int, ...], Edge] = {}
    local_derivatives = [node.branch_derivatives for node in order]
    for source, target, index in links:
        s, t = boxes[source], boxes[target]
        local = local_derivatives[target][index]
        passed = pass_on(order[target].grad, local) if order[target] in reached else 0.0
        edge = Edge(s, t, index, local or 0.0, passed, closed=local is None)
        folded = nodes[s].kind == "folded" or nodes[t].kind == "folded"
        key = (s, t) if folded else (s, t, index)
        if key in edges:
            other = edges[key].contribution
            largest = max(other, edge.contribution, key=lambda x: abs(x) if x == x else math.inf)
            edge = Edge(s, t, None, None, largest, edges[key].count + 1)
        edges[key] = edge
    return list(edges.values())


def _say(nodes: list[Node], words: str, fold: Parts) -> str:
    folded = [node for node in nodes if node.kind == "folded"]
    hidden = sum(len(node.members) - 1 for node in nodes if node.kind != "folded")
    parts = []
    if folded:
        count = sum(len(node.members) for node in folded)
        if words not in (STRETCHES, NAMED) and not all(node.scope for node in folded):
            words += " and the rest"
        parts.append(f"{count:,} nodes folded into {write_count(len(folded), 'box', 'boxes')}: {words}")
    if hidden:
        where = "the operations that use them" if hidden > 1 else "the operation that uses it"
        parts.append(f"{write_count(hidden, 'constant')} folded into {where} first")
    if fold in FOLDS[1:] and not folded:
        unrolled = fold in ("gate", "step")
        word, circle = (
            ("label", ", or one lies both before and behind another") if unrolled else ("name of a parameter", "")
        )
        parts.append(f"no {fold} to fold: no {word} tells of one{circle}")
    return "; ".join(parts)
