"""Lays out the planes of the page: the graph, its folded views, and the inside of every box that can be opened.

The results are numbers and lists for JSON. Each node is its number in topological order.
"""

import re
from collections.abc import Iterable
from graphlib import TopologicalSorter
from math import ceil
from typing import Any

from engine.letters import bind
from engine.numbers import CONSTANT
from engine.ops import Op, table
from engine.teaching.folding import FEW, FEWER
from engine.teaching.graph import LIMIT, Graph, read_graph
from engine.value import Value
from viz.pages.arrangement import LETTER, LOW, MOST_LETTERS, ROOM, Plane, arrange
from viz.pages.javascript import Tree, formula_tree
from viz.pictures.ranks import MOST

NARROWEST, HEIGHT = 112.0, 56.0  # of a box, in pixels
SIGN, SMALL = 8.0, 6.7  # the width of a character of an operation, of a scope
MOST_SCOPE = 32  # characters of a scope in a box
SCOPE, OPENER = 12.0, 22.0  # room for a scope above the name, and for the button that opens a box
MOST_INSIDE = 150  # boxes inside a box; beyond, the inside is folded again
MOST_OUTSIDE = 24  # operands from elsewhere that are drawn inside a box one by one
TRIES = 2000  # nodes arranged to try out the insides of boxes: where there are many, each gets fewer tries
FOLDS = (("graph", "every node", "none"), ("neurons", "neurons", "neuron"), ("layers", "layers", "layer"))
UNROLLED = (("gates", "gates", "gate"), ("steps", "time steps", "step"))  # of a network unrolled in time

WORDS = {"affine": "weighted sum"}  # what an operation is called in its box, where not by its name

DOTTED = re.compile(r"[^\W\d]\w*(\[\d+\])*(\.[^\W\d]\w*(\[\d+\])*)+")  # layers[0].neurons[3].weights[1]


class Views:
    """The views of a graph on the page.

    views     [{key, title, said, plane, bare}]: the first is shown first; bare is without constants, or None
    insides   by key: the plane that a box opens to; of a fused operation also its primitive parts
    """

    def __init__(self, root: Value, called: dict[Value, str]) -> None:
        self.names = list(called.values())
        self.nodes = list(called)
        self.number = {node: i for i, node in enumerate(self.nodes)}
        self.insides: dict[str, Plane] = {}
        self.keys: dict[tuple[int, ...], str] = {}
        self.part: dict[int, tuple[int, ...]] = {}  # the neuron or gate that a node belongs to, as its members
        self.called: dict[tuple[int, ...], str] = {}  # these by name
        self.views = self._views(root)

    def _views(self, root: Value) -> list[dict[str, Any]]:
        ways = UNROLLED * any(", step " in name for name in self.names) + FOLDS
        graphs = {key: read_graph(root, fold) for key, _, fold in ways if fold != "none" or len(self.nodes) <= LIMIT}
        for key in ("neurons", "gates"):
            self._find_parts(graphs.get(key))
        views = []
        sizes = set()
        for key, title, fold in ways:
            graph = graphs.get(key)
            if graph is None or len(graph.nodes) > LIMIT or len(graph.nodes) in sizes:
                continue
            if key != "graph" and not any(box.kind == "folded" for box in graph.nodes):
                continue
            sizes.add(len(graph.nodes))
            bare = read_graph(root, fold, constants=False) if key == "graph" else None
            views.append(self._view(key, title, graph, bare))
        if not views:
            views.append(self._view("overview", "folded", read_graph(root), None))
        fitting = (view for view in views if len(view["plane"]["boxes"]) <= (FEWER if view["key"] == "gates" else FEW))
        first = next(fitting, views[-1])
        return [first, *(view for view in views if view is not first)]

    def _find_parts(self, graph: Graph | None) -> None:
        for box in graph.nodes if graph else ():
            members = self._numbers(box.members)
            if box.kind == "folded" and box.scope and self.part.keys().isdisjoint(members):
                self.part.update(dict.fromkeys(members, members))
                self.called[members] = box.name

    def _view(self, key: str, title: str, graph: Graph, bare: Graph | None) -> dict[str, Any]:
        planes = [self._base(graph), self._base(bare) if bare and len(bare.nodes) < len(graph.nodes) else None]
        said = "; ".join(text for text in (graph.changed, graph.folded) if text)
        return {"key": key, "title": title, "said": said, "plane": planes[0], "bare": planes[1]}

    def _base(self, graph: Graph) -> Plane:
        return self._plane([(self._numbers(box.members), box.name) for box in graph.nodes], {})

    def _numbers(self, members: Iterable[Value]) -> tuple[int, ...]:
        return tuple(self.number[node] for node in members)

    def _plane(self, groups: list[tuple[tuple[int, ...], str]], outside: dict[int, int]) -> Plane:
        """The plane of boxes, given as groups of nodes in an order of computation.

        outside   for nodes that are in none of the groups, the number of the box that stands for them
        """
        box = {node: i for i, (members, _) in enumerate(groups) for node in members} | outside
        alone = {members[0] for members, _ in groups if len(members) == 1}
        edges: dict[tuple[int, ...], list[tuple[int, int]]] = {}
        folded = [self._kind(members) in ("folded", "outside") for members, _ in groups]
        for members, _ in groups:
            for node in members:
                if node in outside:
                    continue
                for index, operand in enumerate(self.nodes[node].operands):
                    source = self.number[operand]
                    if operand.op == CONSTANT and source not in alone:
                        continue  # it is seen only where it is folded
                    s, t = box[source], box[node]
                    if s != t:
                        edges.setdefault((s, t) if folded[s] or folded[t] else (s, t, index), []).append((node, index))
        boxes = []
        for members, name in groups:
            kind = "outside" if members[0] in outside else self._kind(members)
            op = "" if kind in ("folded", "outside") else self.nodes[self._shown(members)[-1]].op
            is_scoped = DOTTED.fullmatch(name) if kind == "leaf" else kind == "folded" and " " in name  # a gate, a step
            scope, _, last = name.rpartition(".") if is_scoped else ("", "", name)
            width = LETTER * min(len(last), MOST_LETTERS) + 22
            if kind not in ("constant", "outside"):
                opener = OPENER * (kind == "folded" or (op in table and table[op].sequences != ""))
                above = SMALL * min(len(scope), MOST_SCOPE) + 20
                width = max(NARROWEST, width + SIGN * len(WORDS.get(op, op)) + opener, above + opener)
            height = LOW if kind in ("constant", "outside") else HEIGHT + SCOPE * bool(scope)
            boxes.append((width, height, kind, name, list(members)))
        if outside:
            most = max(1, min(MOST, TRIES // len(self.nodes)))
            plane = arrange(boxes, list(edges), list(edges.values()), most)
        else:
            plane = arrange(boxes, list(edges), list(edges.values()), room=ROOM)
        shown: Plane | None = plane
        while shown:
            for drawn in shown["boxes"]:
                drawn["inside"] = self._open(tuple(drawn["members"]), drawn["kind"])
            shown = shown.get("narrow")
        return plane

    def _shown(self, members: tuple[int, ...]) -> list[int]:
        return [node for node in members if self.nodes[node].op != CONSTANT] or list(members)

    def _kind(self, members: tuple[int, ...]) -> str:
        shown = [self.nodes[node] for node in self._shown(members)]
        if len(shown) > 1:
            return "folded"
        return "operation" if not shown[0].is_leaf else "constant" if shown[0].op else "leaf"

    def _open(self, members: tuple[int, ...], kind: str) -> str | None:
        """The key of the inside of a box; None where there is nothing to open."""
        if kind == "operation":
            node = self.nodes[self._shown(members)[-1]]
            return self._fused(table[node.op], len(node.operands))
        if kind != "folded":
            return None
        if members not in self.keys:
            self.keys[members] = key = f"inside {len(self.keys)}"
            groups = self._split(members)
            box = {node: i for i, group in enumerate(groups) for node in group}
            operands = {operand for node in members for operand in self.nodes[node].operands}
            before = sorted({self.number[each] for each in operands if each.op != CONSTANT} - box.keys())
            ghosts = [(node,) for node in before] if len(before) <= MOST_OUTSIDE else [tuple(before)]
            named = [(ghost, self._name(ghost) if len(ghost) == 1 else f"{len(ghost)} operands") for ghost in ghosts]
            named += [(group, self._name(group)) for group in groups]
            self.insides[key] = self._plane(named, {node: i for i, ghost in enumerate(ghosts) for node in ghost})
        return self.keys[members]

    def _name(self, members: tuple[int, ...]) -> str:
        shown = self._shown(members)
        if len(shown) == 1:
            return self.names[shown[0]]
        if self.part.get(shown[0]) == members:
            return self.called[members]
        return f"{self.names[shown[0]]} … {self.names[shown[-1]]}"

    def _split(self, members: tuple[int, ...]) -> list[tuple[int, ...]]:
        """The groups inside a group, in an order of computation: neurons, nodes, or stretches of these."""
        inside = set(members)
        group: dict[int, tuple[int, ...]] = {node: (node,) for node in members}
        for node in members:
            neuron = self.part.get(node, ())
            if neuron != members and inside.issuperset(neuron):
                group.update(dict.fromkeys(neuron, neuron))
        before: dict[tuple[int, ...], dict[tuple[int, ...], None]] = {}
        for node in members:
            operands = before.setdefault(group[node], {})
            for operand in self._numbers(self.nodes[node].operands):
                if operand in inside and group[operand] != group[node] and self.nodes[operand].op != CONSTANT:
                    operands[group[operand]] = None
        groups = list(TopologicalSorter(before).static_order())
        if len(groups) <= MOST_INSIDE:
            return groups
        length = ceil(len(groups) / 50)
        stretches = [groups[i : i + length] for i in range(0, len(groups), length)]
        return [tuple(sorted(node for each in stretch for node in each)) for stretch in stretches]

    def _fused(self, row: Op, count: int) -> str | None:
        if not row.sequences or 2 * count > MOST_INSIDE or (row.name == "sum" and count < 3):
            return None
        if not all(map(_is_plain, [formula_tree(formula) for formula in (row.term, row.forward) if formula])):
            return None
        key = f"{row.name}/{count}"
        if key not in self.insides:
            parts = primitives(row, count)
            boxes = [(NARROWEST, LOW, "operand", "", [i]) for i in range(count)]
            boxes += [(NARROWEST, HEIGHT, "part", op, [i]) for i, (op, _) in enumerate(parts)]
            edges: list[tuple[int, ...]] = [
                (index + (count if where == "part" else 0), count + i, k)
                for i, (_, operands) in enumerate(parts)
                for k, (where, index) in enumerate(operands)
            ]
            uses = [[(edge[1] - count, edge[2])] for edge in edges]
            self.insides[key] = arrange(boxes, edges, uses) | {"parts": parts}
        return key


def _is_plain(tree: Tree) -> bool:
    """Whether a formula has only letters and operations, neither constants nor branches."""
    return isinstance(tree, str) or (isinstance(tree, list) and tree[0] != "where" and all(map(_is_plain, tree[1:])))


def primitives(row: Op, count: int) -> list[tuple[str, list[tuple[str, int]]]]:
    """An operation over sequences as its primitive operations, in order of computation.

    Each is (operation, operands), an operand ("operand", index) or ("part", number of an earlier one).

    >>> from engine.ops import table
    >>> primitives(table["dot"], 2)
    [('*', [('operand', 0), ('operand', 1)]), ('sum', [('part', 0)])]
    """
    parts: list[tuple[str, list[tuple[str, int]]]] = []
    bound = bind(row, [("operand", index) for index in range(count)])
    length = max(len(bound[letter]) for letter in row.sequences)

    def add(op: str, operands: list[tuple[str, int]]) -> tuple[str, int]:
        parts.append((op, operands))
        return "part", len(parts) - 1

    def expand(tree: Tree, element: int = 0) -> tuple[str, int]:
        if isinstance(tree, str):
            if tree == "t":
                return term
            found: tuple[str, int] = bound[tree][element] if tree in row.sequences else bound[tree]
            return found
        assert isinstance(tree, list)
        op, *arguments = tree
        if op == "-" and len(arguments) == 1:
            op = "neg"
        if op in ("sum", "largest"):
            elements = [expand(arguments[0], i) for i in range(length)]
            if row.name != "sum":
                return add(op, elements)
            total = elements[0]
            for each in elements[1:]:
                total = add("+", [total, each])
            return total
        return add(op, [expand(argument, element) for argument in arguments])

    term = expand(formula_tree(row.term)) if row.term else ("part", -1)
    expand(formula_tree(row.forward))
    return parts
