"""Folding: decide which nodes of a large graph share a box, so that its picture can be read.

Nodes that belong together are folded: constants into the operation that uses them, then neurons (in a network unrolled
in time, gates or steps), then layers, larger parts, and at last stretches of the order of computation. No fold may
close a circle, so a folded graph is still read from the leaves to the output.
"""

import math
import re
from collections import Counter, deque
from collections.abc import Collection, Hashable, Iterable, Iterator

from engine.numbers import CONSTANT
from engine.value import Value

FOLDS = ("none", "neuron", "gate", "step", "layer")
SCOPED = ("neurons", "layers", "modules")
GATES, STEPS = "gates and states of time steps", "time steps"
CONSTANTS = "constants"
STRETCHES = "stretches of the order of computation"
NAMED = "the parts named"
PARAMETERS = "parameters"  # in a network unrolled in time
LONGEST = 400  # characters of a label that may name a part

MOST_STRETCHES = 24
FEW = 50  # boxes in a picture that is easy to read; beyond, the parts of a network are folded
FEWER = 24  # the same for gates, which take more room

Parts = str | Collection[str] | None  # one of FOLDS, the names of the parts to fold, or None: as far as needed
Fold = Parts | bool  # False for "none"

Keys = list[Hashable]  # for every node, what identifies its box; a str is a scope
Links = list[tuple[int, int, int]]  # for every edge, the numbers of operand and result, and which operand it is

_COMPONENT = r"[^\W\d]\w*(\[[^\[\]]*\])*"
_MOMENT = re.compile(r"([^.]+?)(?:\[\d+\])*, (step \d+)")  # forget gate[0], step 2
_DOTTED = re.compile(rf"{_COMPONENT}(\.{_COMPONENT})+")  # layers[0].neurons[3].weights[1]


def fold_nodes(
    order: list[Value], links: Links, fold: Parts, constants: bool, limit: int
) -> tuple[list[int], Keys, str]:
    """For every node of a topological order the number of its box and what the box stands for; what was folded.

    Boxes are numbered in an order of computation; none are where the parts named would close a circle. See
    `engine.teaching.graph.read_graph` for the arguments.
    """
    best: tuple[list[int], Keys, str] | None = None  # the fewest boxes, if all ways leave more than FEW
    for said, keys in _ways(order, fold, limit):
        if said or not constants:
            _fold_constants(order, keys, everywhere=said != NAMED or not constants)
        boxes = _number_boxes(order, keys, links)
        scoped = said not in ("", CONSTANTS, NAMED, STRETCHES)
        if not boxes and scoped:
            _close_circles(keys, links)
            _fold_constants(order, keys, everywhere=True)  # once more: some are used by what has found its part
            boxes = _number_boxes(order, keys, links)
        if boxes and max(boxes) >= limit // 3 and scoped:
            _fold_rest(order, keys, links, boxes)
            boxes = _number_boxes(order, keys, links)
        if said == STRETCHES and best:
            return best
        if boxes and (fold is not None or max(boxes) < min(FEWER if said.startswith(GATES) else FEW, limit)):
            break
        if boxes and max(boxes) < limit and (best is None or (scoped and max(boxes) < max(best[0]))):
            best = boxes, keys, said
    return boxes, keys, said


def _ways(order: list[Value], fold: Parts, limit: int) -> Iterator[tuple[str, Keys]]:
    """Yield ways to fold, from the finest to the coarsest, each with a name. The last one closes no circle."""
    if fold is not None and not isinstance(fold, str):
        scopes = find_scopes(order)
        moments = find_moments(order, scopes)
        yield NAMED, _name_keys([moment or scope for moment, scope in zip(moments, scopes, strict=True)], fold)
        return
    if fold is None:
        yield "", list(range(len(order)))
        yield CONSTANTS, list(range(len(order)))
    scopes = find_scopes(order) if fold != "none" else []
    moments = find_moments(order, scopes) if fold in (None, "gate", "step") else []
    if len({*moments} - {""}) > (fold is None):  # all of it in one box is no picture
        neurons = " and neurons" * any(scope and not moment for scope, moment in zip(scopes, moments, strict=True))
        if fold != "step":
            yield GATES + neurons, [*_either(moments, scopes)]
        yield STEPS + neurons, [*_either(map(name_step, moments), scopes)]
    if any(scopes) and fold not in ("gate", "step"):
        for word in SCOPED[: 2 + max(scope.count(".") for scope in scopes)]:
            if word != "neurons":
                scopes = [scope.rpartition(".")[0] or scope for scope in scopes]
            if word != "neurons" or fold != "layer":
                yield word, [scope or i for i, scope in enumerate(scopes)]
    elif fold is not None:
        yield "", list(range(len(order)))
    length = math.ceil(len(order) / min(limit, MOST_STRETCHES))
    yield STRETCHES, [("stretch", i // length) if node is not order[-1] else i for i, node in enumerate(order)]


def _either(moments: Iterable[str], scopes: Iterable[str]) -> Iterator[Hashable]:
    return (moment or scope or i for i, (moment, scope) in enumerate(zip(moments, scopes, strict=True)))


def name_step(moment: str) -> str:
    """Return the step of a gate; parameters have none."""
    return moment if moment.endswith(PARAMETERS) else moment.rpartition(".")[0]


def _name_keys(scopes: list[str], parts: Collection[str]) -> Keys:
    """Every node that lies in one of the parts belongs to it, to the largest where they lie in one another."""
    within = {scope: _enclosing(scope) for scope in dict.fromkeys(scopes) if scope}
    known = dict.fromkeys(part for each in within.values() for part in each)
    unknown = [part for part in parts if part not in known]
    if unknown:
        listed = ", ".join(sorted(known, key=lambda part: (part.count("."), len(part), part))[:12])
        raise ValueError(
            f"no part to fold: {unknown[0]!r} (one of {listed or 'none: no name of a parameter tells of one'})"
        )
    chosen = {scope: next((part for part in each if part in parts), "") for scope, each in within.items()}
    return [chosen.get(scope) or i for i, scope in enumerate(scopes)]


def _enclosing(scope: str) -> list[str]:
    """The parts that a scope lies in, from the largest: layers[0].neurons[3] lies in layers[0] and in itself."""
    pieces = scope.split(".")
    return [".".join(pieces[: count + 1]) for count in range(len(pieces))]


def find_scope(node: Value) -> str:
    """Return the part of a network that a node belongs to, by a parameter's label or under debug()."""
    if node.is_leaf:
        if "." not in node.label or len(node.label) > LONGEST or not _DOTTED.fullmatch(node.label):
            return ""
        return node.label.rpartition(".")[0]
    return node.origin.scope if hasattr(node, "origin") else ""


def find_scopes(order: list[Value]) -> list[str]:
    """Return the part of every node of a topological order, inferred where the node does not say."""
    scopes: dict[Value, str] = {}
    for node in order:
        says = node.is_leaf or hasattr(node, "origin")
        scopes[node] = find_scope(node) if says else _infer_scope(node, scopes, inherit=node is not order[-1])
    _look_ahead(order, scopes)
    return list(scopes.values())


def _look_ahead(order: list[Value], scopes: dict[Value, str]) -> None:
    """Let what leads to one part only belong to it, such as the mean before a layer that normalises."""
    leads: dict[Value, set[str]] = {}
    for node in reversed(order):
        if not scopes[node] and not node.is_leaf and len(leads.get(node, ())) == 1:
            (scopes[node],) = leads[node]
        for operand in node.operands:
            if not operand.is_leaf:
                leads.setdefault(operand, set()).add(scopes[node])


def find_moments(order: list[Value], scopes: list[str]) -> list[str]:
    """For every node of a network unrolled in time the gate or state that it belongs to, else "".

    Labels such as "forget gate[0], step 2" tell of them, and what leads to one of them only belongs to it. It is named
    ``step 2.forget gate``, behind its scope where it has one: ``layers[0].step 2.forget gate``. Leaves that several
    steps use, and nothing else does, are ``parameters``.
    """
    within: dict[Value, str] = {}  # the scope of the first parameter that a node is computed from
    moments: dict[Value, str] = {}
    for node, scope in zip(order, scopes, strict=True):
        within[node] = next(filter(None, (within[operand] for operand in node.operands)), scope)
        if not node.is_leaf and len(node.label) <= LONGEST and (found := _MOMENT.fullmatch(node.label)):
            moments[node] = ".".join(filter(None, (within[node], found[2], found[1])))
    if not moments:
        return [""] * len(order)
    leads: dict[Value, set[str]] = {node: set() for node in order}
    for node in reversed(order):
        if node not in moments and len(leads[node]) == 1 and not node.is_leaf:
            moments[node] = next(iter(leads[node]))
        for operand in node.operands:
            leads[operand].add(moments.get(node, ""))
    for node, scope in zip(order, scopes, strict=True):
        if node.is_leaf and node.op != CONSTANT and "" not in leads[node] and len(set(map(name_step, leads[node]))) > 1:
            moments[node] = f"{scope}.{PARAMETERS}" if scope else PARAMETERS
    return [moments.get(node, "") for node in order]


def _infer_scope(node: Value, scopes: dict[Value, str], inherit: bool) -> str:
    """Return the part of its parameters, else that of its operands if it continues them: b + c, tanh(a), not a - 1."""
    operands = node.operands
    parameters = {scopes[operand] for operand in operands if operand.is_leaf} - {""}
    if len(parameters) == 1:
        return parameters.pop()
    inner = [operand for operand in operands if operand.op != CONSTANT]
    goes_on = len(inner) > 1 or node.op.isidentifier() or (node.op == "+" and operands[0].data == 0.0)  # sum()'s 0
    common = {scopes[operand] for operand in inner}
    return common.pop() if inherit and goes_on and len(common) == 1 else ""


def _fold_constants(order: list[Value], keys: Keys, everywhere: bool) -> None:
    """Fold every constant into its first use; unless `everywhere`, only if that is in a part of the network."""
    number = {node: i for i, node in enumerate(order) if node.op == CONSTANT}
    folded = set()
    for i, node in enumerate(order):
        for operand in node.operands:
            if operand.op == CONSTANT and operand not in folded:
                folded.add(operand)
                if everywhere or isinstance(keys[i], str):
                    keys[number[operand]] = keys[i]


def _close_circles(keys: Keys, links: Links) -> None:
    """Let what lies between two nodes of a part belong to it: a layer unrolled in time is one part."""
    parts = [key for key in dict.fromkeys(keys) if isinstance(key, str)]
    bits: dict[Hashable, int] = {part: 1 << i for i, part in enumerate(parts)}  # a set of parts is a whole number
    before, behind = ([bits.get(key, 0) for key in keys] for _ in range(2))
    for source, target, _ in links:
        before[target] |= before[source]
    for source, target, _ in reversed(links):
        behind[source] |= behind[target]
    named: dict[int, Hashable] = {bit: part for part, bit in bits.items()}
    keys[:] = [named.get(one & other, key) for key, one, other in zip(keys, before, behind, strict=True)]


def _fold_rest(order: list[Value], keys: Keys, links: Links, boxes: list[int]) -> None:
    """Fold what belongs to no scope as well: leaves, and operations by how many scopes lie before them.

    That number never falls along an edge and grows behind a scope, so no circle is closed.
    """
    depth = [0] * (max(boxes) + 1)
    scoped = {boxes[i] for i, key in enumerate(keys) if isinstance(key, str)}
    for source, target in sorted((boxes[source], boxes[target]) for source, target, _ in links):
        if source < target:  # a constant folded elsewhere may lie behind
            depth[target] = max(depth[target], depth[source] + (source in scoped))
    for i, node in enumerate(order):
        if boxes[i] not in scoped and node is not order[-1]:
            keys[i] = ("operations" if node.op else "leaves", depth[boxes[i]])


def _number_boxes(order: list[Value], keys: Keys, links: Links) -> list[int]:
    """For every node the number of its box, in an order of computation; [] if the boxes form a circle."""
    first: dict[Hashable, int] = {}
    box = [first.setdefault(key, len(first)) for key in keys]
    if len(first) == len(order):
        return box
    users: list[set[int]] = [set() for _ in first]
    for source, target, _ in seen_links(order, links, box):
        users[box[source]].add(box[target])
    waiting = [0] * len(first)
    for targets in users:
        for target in targets:
            waiting[target] += 1
    ready = deque(b for b, count in enumerate(waiting) if not count)
    rank: dict[int, int] = {}
    while ready:
        rank[b := ready.popleft()] = len(rank)
        for target in sorted(users[b]):
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return [rank[b] for b in box] if len(rank) == len(first) else []


def seen_links(order: list[Value], links: Links, box: list[int]) -> Links:
    """The links between boxes; a constant folded into a box is seen there only."""
    size = Counter(box)
    return [
        (source, target, index)
        for source, target, index in links
        if box[source] != box[target] and (order[source].op != CONSTANT or size[box[source]] == 1)
    ]
