"""Grouping: sort the nodes of a graph into groups that a tape computes together.

Nodes are numbered in topological order, followed by a few nodes of the tape's own. Numbers that depend only on
constants are folded. Chains of ``+`` over ``*`` become one node, a sum of products (``dot`` or ``affine``), if nothing
else reads the nodes in between.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from engine.branches import find_reached
from engine.letters import find_length
from engine.numbers import CONSTANT
from engine.ops import Op, table
from engine.value import Value, toposort

# What a number depends on: nothing; it is a parameter; on parameters; on the inputs (one number per sample).
FIXED, LEAF, SHARED, SAMPLE = range(4)
SIDES = (2, 0, 1, 3)  # in a product the factor of lower dependence is on the left
BROADCAST = Op("broadcast", "a", ("1",))  # a shared number, repeated for every sample
MEAN = Op("batch_mean", "a", ("1",))  # the mean over all samples, repeated for each; of a single sample, its number

OWN = {row.name: row for row in (BROADCAST, MEAN)}

# The rows that sums of products consist of. If their derivatives differ from these, nothing is rewritten.
SUMS = {"+": ("1", "1"), "*": ("b", "a"), "sum": ("1",), "dot": ("b", "a"), "affine": ("b", "a", "1")}

Sum = tuple[list[tuple[int, int]], list[int]]  # products, other terms


def find_row(name: str) -> Op:
    """Return the row of the op table, or one of the tape's own."""
    return OWN.get(name) or table[name]


def is_product(op: Op) -> bool:
    """Whether the row is a sum of products, so that a grid of such rows is a matrix product."""
    return op.name in ("dot", "affine") and op.derivatives == SUMS[op.name]


@dataclass
class Group:
    """Nodes that are computed together: one operation, one level, operands that depend on the same.

    op           the row of the op table
    nodes        their numbers
    operands     for each node, the numbers of its operands
    dependences  what each letter's operands depend on: FIXED, SHARED (LEAF included) or SAMPLE
    dependence   what the results depend on: SHARED or SAMPLE
    """

    op: Op
    dependences: tuple[int, ...]
    dependence: int
    nodes: list[int] = field(default_factory=list)
    operands: list[Sequence[int]] = field(default_factory=list)


class GroupedGraph:
    """The nodes of a graph, in groups.

    nodes        every Value, operands first
    number       the number of each Value
    operands     the operands of each node, in order
    dependences  what each node depends on
    learns       whether each node depends on a leaf that is not an input, or on one of the `learned` inputs
    reached      whether each node gets a gradient
    leaves       the numbers of those leaves
    groups       the groups, in an order in which they can be computed
    """

    def __init__(self, roots: Sequence[Value], inputs: Sequence[Value], learned: Iterable[Value] = ()) -> None:
        order = toposort(roots[0])
        self.nodes = [*order]
        self.number = {node: index for index, node in enumerate(self.nodes)}
        for root in roots[1:]:
            for node in toposort(root) if root not in self.number else ():
                if node not in self.number:
                    self.number[node] = len(self.nodes)
                    self.nodes.append(node)
        count = len(self.nodes)
        self.dependences = [LEAF] * count  # of which most are parameters
        self.learns = [True] * count
        self.operands: list[list[int]] = [[]] * count
        self._broadcast: dict[int, int] = {}
        self._levels = [0] * count
        self._results: list[int] = []  # the nodes that are computed
        self._read(inputs, set(learned))
        reached = find_reached(order)
        self.reached = [True] * count
        if len(reached) < count:
            among = set(reached)
            self.reached = [node in among for node in self.nodes]
        self._roots = [self.number[root] for root in roots]
        self.leaves = [index for index, dependence in enumerate(self.dependences) if dependence == LEAF]
        self._groups: dict[tuple[object, ...], Group] = {}
        self._write()
        # groups of one level do not depend on each other
        self.groups = [group for _, group in sorted(self._groups.items(), key=lambda item: item[0][0])]  # type: ignore[arg-type, return-value]

    @cached_property
    def readers(self) -> list[list[tuple[int, int]]]:
        """Return for each node the nodes that pass it a gradient, and which operand of theirs it is."""
        readers: list[list[tuple[int, int]]] = [[] for _ in self.nodes]
        for index, operands in enumerate(self.operands):
            for position, operand in enumerate(operands if self.reached[index] else ()):
                if self.nodes[operand].op != CONSTANT:
                    readers[operand].append((index, position))
        return readers

    def _read(self, inputs: Sequence[Value], learned: set[Value]) -> None:
        number, dependences, learns = self.number, self.dependences, self.learns
        known: dict[int, list[int]] = {}  # the operands of a tuple by its id; many nodes may share one
        sampled = {number[value] for value in inputs if value in number}
        for index, node in enumerate(self.nodes):
            if node.a is None:
                if node.op == CONSTANT or index in sampled:
                    dependences[index], learns[index] = SAMPLE if index in sampled else FIXED, node in learned
                continue
            operands: list[int] = []
            for held in (node.a, node.b, node.c):
                if held.__class__ is not tuple:
                    operands += () if held is None else (number[held],)
                    continue
                if id(held) not in known:
                    known[id(held)] = [*map(number.__getitem__, held)]
                operands += known[id(held)]
            dependence = max(map(dependences.__getitem__, operands))
            dependences[index] = SHARED if dependence == LEAF else dependence
            learns[index] = True in map(learns.__getitem__, operands)
            self.operands[index] = operands
            self._results.append(index)

    def _write(self) -> None:
        """Put every node into its group."""
        sums = self._find_sums() if all(table[name].derivatives == rule for name, rule in SUMS.items()) else {}
        for index in self._results:
            if self.dependences[index] == FIXED or sums.get(index) == ():
                continue
            found = sums.get(index)
            if not found:
                self._enter(index, self.nodes[index].op, self.operands[index])
                continue
            products, terms = found
            pairs = [operand for side in zip(*products, strict=True) for operand in side]
            bias = [term for term in terms if self.dependences[term] == LEAF][:1] or terms[: len(terms) == 1]
            rest = terms.copy()
            if products:
                for term in bias:
                    rest.remove(term)
                number = self._new(pairs + bias, self.reached[index]) if rest else index
                rest.insert(0, self._enter(number, "affine" if bias else "dot", pairs + bias))
            if len(rest) > 1:
                self._enter(index, "sum" if len(rest) > 2 else "+", rest)

    def _new(self, operands: Iterable[int], reached: bool) -> int:
        """Return the number of a new node of the tape's own."""
        operands = list(operands)
        dependence = max(self.dependences[operand] for operand in operands)
        self.dependences.append(SHARED if dependence == LEAF else dependence)
        self.learns.append(any(self.learns[operand] for operand in operands))
        self.reached.append(reached)
        self._levels.append(0)
        return len(self.dependences) - 1

    def _find_sums(self) -> "dict[int, tuple[()] | Sum]":
        """Return the sums as products and other terms, by the number of their last node; () for nodes within them."""
        found: dict[int, tuple[()] | Sum] = {}
        sums = [index for index in self._results if self.nodes[index].op in ("+", "sum")]
        self._uses = Counter(chain(self._roots, *self.operands) if sums else ())
        for index in reversed(sums):
            if index not in found and self.dependences[index] != FIXED:
                products, terms, within = self._expand(index)
                single = len(products) == 1 and not self._is_weighted(products[0])
                if (not single and products) or (len(terms) > 2 and self.nodes[index].op == "+"):
                    found[index] = products, terms
                    found.update(dict.fromkeys(within, ()))
        return found

    def _expand(self, index: int) -> tuple[list[tuple[int, int]], list[int], list[int]]:
        """Return the products and other terms of a sum, and the nodes in between that nothing else reads."""
        products: list[tuple[int, int]] = []
        terms: list[int] = []
        within: list[int] = []
        stack = self.operands[index][::-1]
        while stack:
            term = stack.pop()
            op = self.nodes[term].op
            operands = self.operands[term]
            if self.dependences[term] == FIXED and self.nodes[term].data == 0.0:
                continue  # the start of Python's sum()
            if self._uses[term] > 1 or self.dependences[term] == FIXED or op not in ("+", "sum", "*"):
                terms.append(term)
            elif op == "*":
                products.append((operands[0], operands[1]))
                within.append(term)
            else:
                stack += operands[::-1]
                within.append(term)
        dots = [term for term in terms if self.nodes[term].op == "dot" and self._uses[term] == 1]
        if not products and len(dots) == 1:
            terms.remove(dots[0])
            operands = self.operands[dots[0]]
            half = len(operands) // 2
            products += zip(operands[:half], operands[half:], strict=True)
            within += dots
        return products, terms, within

    def _is_weighted(self, product: tuple[int, int]) -> bool:
        """Whether a single product is the weighted input of a neuron."""
        a, b = sorted(self.dependences[factor] for factor in product)
        return a == LEAF and b > LEAF

    def _enter(self, index: int, name: str, operands: Sequence[int]) -> int:
        op = find_row(name)
        dependences = self.dependences
        count = len(operands)
        if is_product(op):
            half = count // 2
            operands = list(operands)
            lefts, rights = (
                {SIDES[dependence] for dependence in {*map(dependences.__getitem__, side)}}
                for side in (operands[:half], operands[half : 2 * half])
            )
            # weights on the left, their factors on the right
            for left in range(half) if max(lefts) > min(rights) else ():
                right = left + half
                if SIDES[dependences[operands[left]]] > SIDES[dependences[operands[right]]]:
                    operands[left], operands[right] = operands[right], operands[left]
        if op.sequences:
            length = find_length(op, count)
            lists = [operands[at : at + length] for at in range(0, length * len(op.sequences), length)]
            rest = operands[length * len(op.sequences) :]
            signature = []
            operands = []
            for part in lists:
                among = {*map(dependences.__getitem__, part)}
                dependence = max(among)
                if dependence == SAMPLE and not among <= {FIXED, SAMPLE}:
                    part = [self._to_sample(operand) for operand in part]
                operands += part
                signature.append(SHARED if dependence == LEAF else dependence)
            operands += rest
        else:
            rest, signature = operands, []
        level = 0
        for operand in rest:
            signature.append(SHARED if dependences[operand] == LEAF else dependences[operand])
            level = max(level, self._levels[operand])
        if rest is not operands:
            level = max(map(self._levels.__getitem__, operands))
        level += 1
        key = (level, name, count, self.reached[index], *signature)  # nodes without a gradient get their own group
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(op, tuple(signature), max(SHARED, dependences[index]))
        group.nodes.append(index)
        group.operands.append(operands)
        self._levels[index] = level
        return index

    def _to_sample(self, index: int) -> int:
        """Return a node with a number for every sample, even if `index` is shared; constants do not change."""
        if self.dependences[index] in (SAMPLE, FIXED):
            return index
        if index not in self._broadcast:
            self._broadcast[index] = self._new([index], True)
            self.dependences[-1] = SAMPLE
            self._enter(self._broadcast[index], BROADCAST.name, [index])
        return self._broadcast[index]
