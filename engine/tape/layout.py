"""Layout: give the numbers of a tape slots, so that numbers that are read together are stored together.

There are two arrays: one with a number per slot, parameters first, and one with a number per slot and sample. Operands
whose slots are evenly spaced are read as views, others are copied.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from engine.letters import find_length
from engine.tape.grids import find_grids, makes_products
from engine.tape.grouping import FIXED, LEAF, OWN, SAMPLE, SHARED, Group, GroupedGraph
from engine.tape.slots import Array, Region, common_shape, is_matrix, lies_by_row, shaped
from engine.tape.tasks import Chain, Elementwise, Product, Task

THIN = 2  # the largest group in a thin stretch
LONG = 300  # groups from which a thin stretch is walked node by node


class Layout:
    """The tasks of a tape, and the slots of its numbers.

    slots      the slot of each node of the graph (-1 for none)
    leaves     the numbers of the leaves, in the order of the parameters
    shared     the initial content of the slots without samples: parameters first, then constants and results
    sampled    the number of slots with a number per sample; those of the inputs come first
    constants  the numbers of those slots that never change, by slot
    tasks      the tasks, in order of computation
    """

    def __init__(self, graph: GroupedGraph, inputs: Sequence[int]) -> None:
        self.graph = graph
        self.dependences, self.learns = graph.dependences, graph.learns
        self.slots = np.full(len(self.dependences), -1)
        self.leaves: list[int] = []
        self.shared: list[float] = [0.0] * len(graph.leaves)
        self.sampled = 0
        self.constants: dict[int, float] = {}
        self._ones: set[tuple[bool, int]] = set()
        self.tasks: list[Task] = []
        self._tails = self._find_tails()
        for is_tail, found in groupby(inputs, self._tails.__contains__):  # many at once, which is faster
            for nodes in [[index] for index in found] if is_tail else [[*found]]:
                self._put(nodes)
        for dependence in (SHARED, SAMPLE):
            groups = [group for group in graph.groups if group.dependence == dependence]
            for is_thin, stretch in groupby(groups, lambda each: len(each.nodes) <= THIN and each.op.name not in OWN):
                self._add_stretch(list(stretch), is_thin)
        self._put_leaves(np.array(graph.leaves, int))

    def _find_tails(self) -> set[int]:
        """Return the nodes that need a row of ones behind them, for a bias in a matrix product."""
        tails: set[int] = set()
        for group in self.graph.groups:
            if group.op.name == "affine" and makes_products(group):
                tails.update([operands[-2] for operands in group.operands])
        return tails

    def _put_leaves(self, nodes: Array) -> None:
        """Give a slot to each leaf among these nodes that has none yet."""
        missing = dict.fromkeys(nodes[self.slots[nodes] < 0].tolist())
        leaves = [index for index in missing if self.dependences[index] == LEAF]
        self.slots[leaves] = np.arange(len(self.leaves), len(self.leaves) + len(leaves))
        self.leaves += leaves

    def _put(self, nodes: list[int]) -> Array:
        """Give the results of these nodes adjacent slots, with ones behind them where a bias needs these."""
        sampled = self.dependences[nodes[0]] == SAMPLE
        start = self.sampled if sampled else len(self.shared)
        if sampled:
            self.sampled += len(nodes)
        else:
            self.shared += [0.0] * len(nodes)
        slots = np.arange(start, start + len(nodes))
        self.slots[nodes] = slots
        for node in nodes:
            if node in self._tails:
                self._constant(1.0, sampled)
        return slots

    def _constant(self, number: float, sampled: bool) -> int:
        if sampled:
            slot = self.sampled
            self.constants[slot] = number
            self.sampled += 1
        else:
            slot = len(self.shared)
            self.shared.append(number)
        if number == 1.0:
            self._ones.add((sampled, slot))
        return slot

    def _find(self, nodes: Sequence[int], sampled: bool) -> Array:
        """Return the slots of operands; leaves and constants get theirs now."""
        chosen = np.array(nodes, int)
        self._put_leaves(chosen)
        found: Array = self.slots[chosen]
        for at in np.flatnonzero(found < 0).tolist():
            found[at] = self._constant(self.graph.nodes[nodes[at]].data, sampled)
        return found

    def _region(self, nodes: Sequence[int], sampled: bool) -> Region:
        learns, dependences = self.learns, self.dependences
        return Region(
            sampled,
            self._find(nodes, sampled),
            any(learns[node] for node in nodes),
            all(dependences[node] == FIXED for node in nodes),
        )

    def _operand(self, nodes: Sequence[int], dependence: int) -> Region | float:
        if dependence == FIXED:
            numbers = {repr(self.graph.nodes[node].data) for node in nodes}
            if len(numbers) == 1:
                return self.graph.nodes[nodes[0]].data
        return self._region(nodes, dependence == SAMPLE)

    def _add_stretch(self, groups: list[Group], is_thin: bool) -> None:
        if is_thin and len(groups) >= LONG:
            self._add_chain(groups)
            return
        for group in groups:
            if makes_products(group):
                self._add_products(group)
            else:
                self._add_elementwise(group, range(len(group.nodes)))

    # ---- node by node

    def _add_chain(self, groups: list[Group]) -> None:
        found = [pair for group in groups for pair in zip(group.nodes, group.operands, strict=True)]
        inside = [node for node, _ in found]
        result = Region(groups[0].dependence == SAMPLE, self._put(inside))
        read = {operand for _, operands in found for operand in operands}.difference(inside)
        by_dependence: dict[int, list[int]] = {FIXED: [], SHARED: [], SAMPLE: []}
        for node in sorted(read):
            by_dependence[SHARED if self.dependences[node] == LEAF else self.dependences[node]].append(node)
        constants, shared, sampled = by_dependence.values()
        order = [*constants, *shared, *sampled, *inside]
        position = {node: at for at, node in enumerate(order)}
        ops = [group.op for group in groups for _ in group.nodes]
        self.tasks.append(
            Chain(
                [self.graph.nodes[node].data for node in constants],
                self._find(shared, False),
                self._find(sampled, True),
                [(op, [position[at] for at in operands]) for op, (_, operands) in zip(ops, found, strict=True)],
                [self.learns[node] for node in order],
                result,
            )
        )

    # ---- by formula

    def _add_elementwise(self, group: Group, chosen: Sequence[int]) -> None:
        op, count = group.op, len(group.operands[0])
        length = find_length(op, count)
        operands = [group.operands[at] for at in chosen]
        columns = len(op.sequences) * length
        if len(chosen) > 1:
            # order nodes as their operands, so that these are read in order
            keys = [
                [self.slots[own[at]] if self.dependences[own[at]] > LEAF else 0 for own in operands]
                for at in (*range(0, columns, max(1, length)), *range(columns, count))
            ]
            order = np.lexsort(keys[::-1]).tolist()
            operands = [operands[at] for at in order]
            chosen = [chosen[at] for at in order]
        regions: list[Region | float] = []
        for number, dependence in enumerate(group.dependences):
            if number < len(op.sequences):
                within = range(number * length, (number + 1) * length)
                region = self._region([own[at] for own in operands for at in within], dependence == SAMPLE)
                regions.append(replace(region, slots=region.slots.reshape(-1, length).T))
            else:
                at = columns + number - len(op.sequences)
                regions.append(self._operand([own[at] for own in operands], dependence))
        result = Region(group.dependence == SAMPLE, self._put([group.nodes[at] for at in chosen]))
        shape = common_shape([region.slots for region in regions if isinstance(region, Region)], len(chosen))
        for number, operand in enumerate(regions):
            if isinstance(operand, Region):
                regions[number] = shaped(operand, (length, *shape) if number < len(op.sequences) else shape)
        self.tasks.append(Elementwise(op, tuple(regions), shaped(result, shape)))

    # ---- as matrix products

    def _add_products(self, group: Group) -> None:
        grids, others = find_grids(group, self.graph.nodes)
        for indices in grids:
            self._add_product(group, indices, len(group.operands[0]) // 2)
        if others:
            self._add_elementwise(group, others)

    def _add_product(self, group: Group, indices: Array, length: int) -> None:
        """Make a matrix product of each grid. `indices` in the group: (grids, left lists, right lists)."""
        sampled = group.dependences[1] == SAMPLE
        if len(indices) == 1 and group.dependences[1] != FIXED:  # columns in the order of their slots
            first = [self.slots[group.operands[index][length]] for index in indices[0, 0]]
            indices = indices[:, :, np.argsort(first, kind="stable")]
        grids, height, width = indices.shape
        biases = [group.operands[index][-1] for index in indices.ravel()] if group.op.name == "affine" else []
        by_neuron = grids == 1 and all(self.dependences[index] == LEAF for index in biases)
        foldable = (
            bool(biases) and by_neuron and len({*zip(np.arange(height).repeat(width), biases, strict=True)}) == height
        )

        listed: list[int] = []
        for index in indices[:, :, 0].ravel():
            listed += group.operands[index][:length]
            listed += group.operands[index][-1:] if foldable else ()
        left = self._region(listed, False)
        left = replace(left, slots=left.slots.reshape(grids, height, -1))
        cells = [
            [[group.operands[index][length + at] for index in grid[0]] for at in range(length)] for grid in indices
        ]
        right = self._region(np.array(cells).ravel().tolist(), sampled)
        right = replace(right, slots=right.slots.reshape(grids, length, width))
        if foldable and (ones := self._find_ones(right.slots[0], sampled, group.dependences[1] == FIXED)) is not None:
            right = replace(right, slots=np.concatenate([right.slots, ones.reshape(1, 1, width)], axis=1))
            biases = []
        elif foldable:
            left = replace(left, slots=left.slots[:, :, :-1])

        if sampled and width > 1 and lies_by_row(right.slots):  # one product for each list of operands
            indices = indices.reshape(height, width).T.reshape(width, height, 1)
            right = replace(right, slots=right.slots[0].T.reshape(width, -1, 1))
            left = replace(left, slots=np.broadcast_to(left.slots, (width, *left.slots.shape[1:])))
        if lies_by_row(right.slots):
            slots = self._put([group.nodes[index] for index in indices.swapaxes(1, 2).ravel()])
            slots = slots.reshape(indices.swapaxes(1, 2).shape).swapaxes(1, 2)
        else:
            slots = self._put([group.nodes[index] for index in indices.ravel()]).reshape(indices.shape)
        bias: Region | float | None = None
        if biases:
            bias = self._operand([group.operands[index][-1] for index in indices.ravel()], group.dependences[2])
            bias = shaped(bias, indices.shape) if isinstance(bias, Region) else bias
        self.tasks.append(Product(group.op, left, right, bias, Region(sampled, slots), length))

    def _find_ones(self, right: Array, sampled: bool, new: bool) -> Array | None:
        """Return the slots of ones below the matrix `right` (length, columns), if both can be read together."""
        width = right.shape[1]
        if not new and is_matrix(right, sampled):
            below = right[-1] + (right[1] - right[0] if len(right) > 1 else width)
            return below if all((sampled, slot) in self._ones for slot in below.tolist()) else None
        return np.array([self._constant(1.0, sampled) for _ in range(width)])
