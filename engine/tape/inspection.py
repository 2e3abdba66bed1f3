"""Inspection: the number and gradient of every node in a replay, even if the tape stores none for it."""

from functools import cache
from typing import Any

import numpy as np

from engine.arrays import NUMPY
from engine.branches import multiply
from engine.letters import bind, find_derivative
from engine.ops import compile_formula, table
from engine.tape.grouping import FIXED, SAMPLE, GroupedGraph
from engine.tape.replay import Replay
from engine.tape.slots import Array


class Inspection:
    """The numbers and gradients of the nodes in a replay; nodes are given by number.

    `shared` are the numbers that samples shared in the replay.

    A node within a sum of products has no slot: its number comes from its operands, and its gradient, by the
    chain rule, from the nodes that read it. So does the share of each sample in the gradient of a parameter, and after
    a pass that leaves out what depends on inputs alone, the gradient of such a node: what it has stored is partial.
    """

    def __init__(self, graph: GroupedGraph, replay: Replay, root: int, shared: Array) -> None:
        self._graph, self._replay, self._root, self._shared = graph, replay, root, shared
        self._values: dict[int, Array] = {}
        self._gradients: dict[int, Array] = {}

    def find_values(self, wanted: int) -> Array:
        """Return the numbers (samples,) of a node."""
        graph, found = self._graph, self._values
        stack = [wanted]
        while stack:
            index = stack[-1]
            node = graph.nodes[index]
            if index not in found:
                if graph.dependences[index] == FIXED:
                    found[index] = self._broadcast(np.array(node.data))
                elif self._replay.layout.slots[index] >= 0:
                    found[index] = self._broadcast(self._read(index))
            missing = [] if index in found else [operand for operand in graph.operands[index] if operand not in found]
            stack += missing
            if not missing:
                stack.pop()
                if index not in found:
                    operands = bind(table[node.op], [found[operand] for operand in graph.operands[index]])
                    with np.errstate(all="ignore"):
                        found[index] = _forward(node.op)(*map(np.array, operands.values()))
        return found[wanted]

    def find_gradients(self, wanted: int) -> Array:
        """Return the gradients (samples,) of a node."""
        graph, found = self._graph, self._gradients
        stack = [wanted]
        while stack:
            index = stack[-1]
            if index not in found and (stored := self._read_gradient(index)) is not None:
                found[index] = self._broadcast(stored)
            readers = [] if index in found else graph.readers[index]
            missing = [reader for reader, _ in readers if reader not in found]
            stack += missing
            if not missing:
                stack.pop()
                if index not in found:
                    total = np.zeros(self._replay.samples)
                    with np.errstate(all="ignore"):
                        for reader, position in readers:
                            total += self._find_passed(reader, position)
                    found[index] = total
        return found[wanted]

    def _broadcast(self, numbers: Array) -> Array:
        samples = self._replay.samples
        return numbers if np.shape(numbers) == (samples,) else np.broadcast_to(numbers, samples)

    def _read(self, index: int) -> Array:
        if self._graph.dependences[index] == SAMPLE:
            return self._replay.read(index)
        slot = self._replay.layout.slots[index]
        return self._shared[slot : slot + 1]

    def _read_gradient(self, index: int) -> Array | None:
        dependence, replay = self._graph.dependences[index], self._replay
        if dependence == FIXED or replay.layout.slots[index] < 0:
            return None
        if dependence != SAMPLE and replay.layout.sampled:  # what is stored is the sum over the samples
            return None
        if not replay.full and not self._graph.learns[index] and index != self._root:
            return None
        return replay.read_gradient(index)

    def _find_passed(self, index: int, position: int) -> Array:
        """Return what a node passes on to the operand at this position, given its own gradient."""
        operands = self._graph.operands[index]
        op = table[self._graph.nodes[index].op]
        meaning = bind(op, operands, position) | {"y": index}
        given = [self.find_values(operand) for operand in meaning.values()]
        passed = _passed(op.name, find_derivative(op, position, len(operands)))
        return self._broadcast(passed(*given, self._gradients[index]))


@cache
def _forward(name: str) -> Any:
    op = table[name]
    return compile_formula(NUMPY, op.forward, op.letters, op.sequences, op.term)


@cache
def _passed(name: str, formula: str) -> Any:
    op = table[name]
    return compile_formula(NUMPY, multiply(formula), op.letters + "yu", term="" if op.sequences else op.term)
