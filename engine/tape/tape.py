"""Tape: a graph flattened once, replayed over NumPy arrays, forward and backward."""

from collections.abc import Callable, Sequence
from functools import partial
from math import isfinite
from sys import maxsize
from typing import Any

import numpy as np

from engine.modes import current, make_lock, one_pass
from engine.numbers import go_through, write_count
from engine.tape.branches import Comparison, Conditions
from engine.tape.calls import silence
from engine.tape.checks import check_values, read_batch, read_numbers
from engine.tape.collector import without_collector
from engine.tape.grouping import FIXED, MEAN, SAMPLE, GroupedGraph
from engine.tape.inspection import Inspection
from engine.tape.layout import Layout
from engine.tape.numbers import pull, push
from engine.tape.replay import Replay
from engine.tape.slots import Array, find_stretches
from engine.tape.source import write_source
from engine.tape.tasks import closes
from engine.tape.watching import build
from engine.value import Value

CACHE = 3 * 2**19  # bytes of numbers and gradients that a block of samples may take
LEAST_BLOCK = 64
REPLAYS = 6  # sets of buffers that a tape keeps, one for each number of samples


def record(
    root: Value | Callable[..., Value],
    inputs: Sequence[Value] = (),
    *,
    keep: Sequence[Value] = (),
    comparisons: Sequence[Comparison] = (),
    learned: Sequence[Value] = (),
) -> "Tape":
    """Flatten the graph of `root` into a tape that computes it and its gradients for whole arrays of inputs.

    root         a Value, or a function that computes one from the inputs; the comparisons that a function makes become
                 conditions of the tape
    inputs       leaves that get a number for each sample; every other leaf is a parameter that all samples share
    keep         further nodes whose numbers are wanted, see `Tape.kept`
    comparisons  as collected by `comparisons()`; a replay in which one comes out differently raises BranchError
    learned      inputs whose gradients are wanted, see `Tape.learned_gradient`

    TypeError for anything but Values. ValueError for an input that is not a leaf, is given twice or does not affect the
    result, for a learned Value that is no input, and for a root that depends on no leaf. LookError, naming the line,
    for a function that reads a number (`.data`, float(), int() ...) that depends on a leaf. If `root` is a finished
    graph, such reads cannot be seen: the numbers become constants of the tape. Random draws and counters become
    constants in both cases. Terms added up by ``+`` become one sum that starts at 0.0, so a sum whose terms are all
    -0.0 is 0.0.

    >>> w, x = Value(3.0), Value(0.0)
    >>> tape = record((w * x - 1) ** 2, [x])
    >>> tape.forward([[1.0], [2.0]])
    array([ 4., 25.])
    >>> mean, gradient = tape.value_and_gradient([[1.0], [2.0]])
    >>> mean, gradient
    (14.5, array([12.]))
    >>> record(lambda x: w * x if x > 0 else -x, [x]).forward([[-1.0]])
    array([1.])
    """
    if not isinstance(root, Value) and callable(root):
        if current.detach:
            raise ValueError("record: under no_grad() the results of a function are constants: record it outside")
        inputs = [*go_through(inputs, "record: inputs")]
        made, seen = build(root, inputs)
        return record(made, inputs, keep=keep, comparisons=[*comparisons, *seen], learned=learned)
    with without_collector():
        return Tape(root, inputs, keep, [*comparisons], learned)


class Tape:
    """A recorded graph, made by `engine.record`. Several threads may use it, one call at a time.

    inputs      the leaves that get a number for each sample
    leaves      the other leaves, in the order of `parameters`
    parameters  their numbers, one float64 array, which replays read
    conditions  the comparisons of the program; a replay must have the same outcomes
    kept        the numbers of the nodes in `keep` in the last replay, (samples, nodes)
    learned_gradient  the gradient that `value_and_gradient` found last, by the inputs in `learned`, (samples, inputs)

    Its methods raise TypeError or ValueError for batches that are not of shape (samples, inputs).

    >>> w, x = Value(3.0), Value(2.0)
    >>> tape = record(w * x, [x])
    >>> tape.forward([[1.0], [4.0]])
    array([ 3., 12.])
    >>> tape.value_and_gradient([[1.0], [3.0]])  # means over the samples; the gradient is that of w
    (6.0, array([2.]))
    """

    def __init__(
        self,
        root: Value,
        inputs: Sequence[Value],
        keep: Sequence[Value],
        comparisons: Sequence[Comparison],
        learned: Sequence[Value],
    ) -> None:
        given = {"inputs": inputs, "keep": keep, "learned": learned}
        self.inputs, self.keep, learned = [[*go_through(some, f"record: {name}")] for name, some in given.items()]
        self.root = root
        check_values(root, self.inputs, self.keep, learned)
        roots = [root, *self.keep, *[side for seen in comparisons for side in (seen.left, seen.right)]]
        self._graph = graph = GroupedGraph(roots, self.inputs, learned)
        number = graph.number
        unused = [index for index, value in enumerate(self.inputs) if value not in number]
        if unused:
            raise ValueError(f"inputs[{unused[0]}] is not part of the graph: nothing depends on it")
        if graph.dependences[number[root]] == FIXED:
            raise ValueError("the result depends on no leaf: there is nothing to replay")
        if self.inputs and graph.dependences[number[root]] != SAMPLE:
            raise ValueError("the result depends on none of the inputs")
        self._layout = Layout(graph, [number[value] for value in self.inputs])
        self.leaves = [graph.nodes[index] for index in self._layout.leaves]
        self._shared = np.array(self._layout.shared)
        self._gradients = np.zeros_like(self._shared)
        self._parameters, self._gradient = self._shared[: len(self.leaves)], self._gradients[: len(self.leaves)]
        self._root = number[root]
        self.conditions = Conditions(comparisons)
        self._input_slots = self._layout.slots[[number[value] for value in self.inputs]]
        self._columns = find_stretches(self._input_slots.tolist())
        self._learned_slots = self._layout.slots[[number[value] for value in learned]]
        self.learns, self.learned_gradient = bool(learned), np.empty((0, len(learned)))
        self._replays: dict[tuple[int, bool, bool], Replay] = {}
        self._can_close = any(map(closes, self._layout.tasks))
        self._square = self._gradient.dot
        self._lock = make_lock()
        self._block = max(LEAST_BLOCK, CACHE // (16 * max(1, self._layout.sampled)))
        if any(group.op is MEAN for group in graph.groups):  # the mean over all samples, shared by them
            self._block = maxsize
        self._quietly = silence()
        self._last: Replay | None = None  # read by `values` and `gradients`
        self._held = self._shared  # what the samples of that replay shared
        self._inspection: Inspection | None = None
        self._is_differentiated = False
        self._batch: Array = np.empty((0, 0))
        self.kept = np.empty((0, len(self.keep)))
        self.pull()

    @property
    def parameters(self) -> Array:
        """The leaves' numbers, one float64 array that may be changed in place."""
        return self._parameters

    @parameters.setter
    def parameters(self, numbers: Any) -> None:
        if numbers is not self._parameters:
            numbers = read_numbers(numbers, "parameters")
            if numbers.shape != self._parameters.shape:
                expected = write_count(len(self.leaves), "parameter")
                raise ValueError(f"{expected} expected, not an array of shape {numbers.shape}")
            self._parameters[:] = numbers

    def pull(self) -> None:
        """Copy the leaves' numbers into `parameters`."""
        pull(self.leaves, self._parameters)

    def push(self) -> None:
        """Copy `parameters` to the leaves."""
        push(self.leaves, self._parameters)

    def value_and_gradient(self, batch: Any = None, weights: Array | None = None) -> tuple[float, Array]:
        """Return the mean result of a batch (samples, inputs) and its gradient (leaves,); changes no Value.

        With weights (samples,) it is the weighted sum instead of the mean. A tape without inputs takes no batch. Arrays
        in column order (order "F") are read fastest. ValueError for a batch or weights of another shape, TypeError for
        anything but numbers.
        """
        batch = read_batch(batch, len(self.inputs))
        if weights is not None:
            weights = read_numbers(weights, "weights")
            if weights.shape != (len(batch),):
                expected = write_count(len(batch), "number")
                raise ValueError(f"weights: {expected} expected, not an array of shape {weights.shape}")
        with self._lock:
            count, run = len(batch), self._pass if len(batch) <= self._block else self._pass_by_blocks
            if self.keep:
                self.kept = np.empty((count, len(self.keep)))
            self._last = None  # no replay is valid until this one is done
            total: float = self._quietly(run, batch, weights, False)
            if self._can_close and not self.is_finite():
                total = self._quietly(run, batch, weights, True)
            return total / count if weights is None else total, self._gradient.copy()

    def is_finite(self) -> bool:
        """Whether the gradients of the last pass are finite, and their squares."""
        if not isfinite(self._quietly(self._square, self._gradient)):
            return False
        return not self.learns or bool(np.isfinite(self.learned_gradient).all())

    def _pass(self, batch: Array, weights: Array | None, masked: bool) -> float:
        """Run both passes; return the weighted sum of the results."""
        replay = self._prepare(batch, weights, 1.0 / len(batch), masked)
        replay.run()
        self._look(replay, 0)
        self.learned_gradient = self.read_learned(replay)
        self._remember(replay, batch, True)
        return replay.total() if weights is None else float(np.dot(weights, replay.results))

    def _pass_by_blocks(self, batch: Array, weights: Array | None, masked: bool) -> float:
        """Run both passes over a large batch, in blocks of equal size except the last."""
        self._remember(None, batch, True)
        total, gradients, learned = 0.0, np.zeros_like(self._gradients), []
        for block in self.divide(len(batch)):
            weighed = None if weights is None else weights[block]
            replay = self._prepare(batch[block], weighed, 1.0 / len(batch), masked)
            replay.forward()
            self._look(replay, block.start)
            replay.backward_sampled()
            total += replay.total() if weighed is None else float(np.dot(weighed, replay.results))
            gradients += self._gradients
            learned.append(self.read_learned(replay))
        self._gradients[:], self.learned_gradient = gradients, np.concatenate(learned)
        replay.backward_shared()
        return total

    def read_learned(self, replay: Replay) -> Array:
        """Return the gradients of a replay by the inputs in `learned` (samples, inputs)."""
        found: Array = replay.gradients[self._learned_slots].T
        return found

    def divide(self, count: int) -> list[slice]:
        """Divide so many samples into blocks that are replayed at once, all of equal size except the last."""
        step = -(-count // -(-count // self._block))
        return [slice(start, min(start + step, count)) for start in range(0, count, step)]

    def _prepare(self, batch: Array, weights: Array | None, share: float, masked: bool) -> Replay:
        """Return the replay for a batch, with the batch in it."""
        replay = self._replay(len(batch), False, masked)
        replay.fill(batch)
        if weights is None:
            replay.share(share)
        else:
            replay.weigh(weights)
        return replay

    def _look(self, replay: Replay, start: int) -> None:
        """Check the conditions and store the kept numbers of samples from `start` on."""
        if self.conditions:
            self.conditions.check(partial(self._read, replay), start)
        if self.keep:
            self._keep(replay, start)

    def holds(self, batch: Any) -> Array:
        """Return for which samples (samples,) the program would take the recorded branches, with `parameters`."""
        batch = read_batch(batch, len(self.inputs))
        held = np.ones(len(batch), bool)
        with self._lock:
            full = self._last is None or not self._last.full  # the numbers of the last replay stay as they are
            for block in self.divide(len(batch)) if self.conditions else ():
                replay = self._replay(block.stop - block.start, full, False)
                replay.fill(batch[block])
                self._quietly(replay.forward)
                held[block] = self.conditions.hold(partial(self._read, replay), replay.samples)
        return held

    def forward(self, batch: Any = None) -> Array:
        """Return the results (samples,) for a batch (samples, inputs), with the leaves' current numbers."""
        batch = read_batch(batch, len(self.inputs))
        with self._lock:
            self.pull()
            replay = self._forward(batch.copy(), False)
            self._last = None  # no replay is valid until its conditions hold
            self.conditions.check(partial(self._read, replay), 0)
            self._last = replay
            self.kept = np.empty((len(batch), len(self.keep)))
            self._keep(replay, 0)
            return np.array(replay.results)

    def _forward(self, batch: Array, masked: bool) -> Replay:
        replay = self._replay(len(batch), True, masked)
        replay.fill(batch)
        self._quietly(replay.forward)
        self._remember(replay, batch, False)
        return replay

    def backward(self, seed: Any = 1.0) -> Array:
        """Add the gradients of the sum of seed · result to the leaves' .grad, and return the gradients of the inputs.

        seed     a number, or one for each sample of the last `forward`
        returns  (samples, inputs)

        Leaves whose numbers have changed since `forward` are read again. RuntimeError if there was no `forward`.
        """
        with self._lock:
            if self._last is None or not self._last.full:
                raise RuntimeError("backward() follows forward(): there is no forward pass to go back through")
            count = len(self._batch)
            seeds = read_numbers(seed, "seed")
            if seeds.shape not in ((), (count,)):
                raise ValueError(f"seed: a number or {count} numbers expected, not an array of shape {seeds.shape}")
            self.pull()
            if self._held.tobytes() != self._shared.tobytes():  # of which 0.0 and -0.0 differ
                self.forward(self._batch)
            by_input = self._backward(self._last, seeds)
            if self._can_close and not (np.isfinite(self._gradient).all() and np.isfinite(by_input).all()):
                by_input = self._backward(self._forward(self._batch, True), seeds)
            self._is_differentiated, self._inspection = True, None
            with one_pass:
                for leaf, gradient in zip(self.leaves, self._gradient.tolist(), strict=True):
                    leaf.grad += gradient
            return by_input

    def _backward(self, replay: Replay, seeds: Array) -> Array:
        """Return the gradients of the inputs (samples, inputs)."""
        replay.weigh(seeds)
        self._quietly(replay.backward_sampled)
        self._quietly(replay.backward_shared)
        by_input: Array = replay.gradients[self._input_slots].T.copy()
        return by_input

    def values(self, node: Value) -> Array:
        """Return the numbers (samples,) of any node of the graph in the last replay.

        ValueError for a Value outside the graph. RuntimeError if nothing was replayed, or if `value_and_gradient` had
        to replay the batch in blocks.
        """
        with self._lock:
            return self._inspect(node).find_values(self._graph.number[node]).copy()

    def gradients(self, node: Value) -> Array:
        """Return the gradients (samples,) of any node: of `backward`'s sum, or of what `value_and_gradient` returned.

        For a parameter it is each sample's contribution. Errors as in `values`; RuntimeError before a backward pass.
        """
        with self._lock:
            inspection = self._inspect(node)
            if not self._is_differentiated:
                raise RuntimeError("gradients() follows backward(): there was only a forward pass")
            return inspection.find_gradients(self._graph.number[node]).copy()

    def source(self) -> str:
        """Return both passes as straight-line Python on floats, with the same gradients.

        It starts from the numbers that the Values have now. See `engine.tape.source`.
        """
        return write_source(self.root)

    def __reduce__(self) -> Any:
        """Refuse to be copied and pickled: a replay of a shallow copy would change the numbers behind `backward`."""
        raise TypeError("a Tape cannot be copied or pickled: record its graph, or a copy of that, once more")

    def __repr__(self) -> str:
        inputs, parameters = write_count(len(self.inputs), "input"), write_count(len(self.leaves), "parameter")
        nodes, steps = write_count(len(self._graph.nodes), "node"), write_count(len(self._layout.tasks), "step")
        return f"Tape({inputs}, {parameters}, {nodes} in {steps})"

    # ---- one replay

    def _replay(self, samples: int, full: bool, masked: bool) -> Replay:
        """Return the replay for so many samples; the last few are kept."""
        replay = self._replays.get((samples, full, masked))
        if replay is None:
            if len(self._replays) >= REPLAYS:
                self._replays.pop(next(iter(self._replays)))
            arrays = self._layout, self._shared, self._gradients
            with without_collector():
                replay = Replay(*arrays, self._root, self._columns, samples, full, masked)
            self._replays[samples, full, masked] = replay
        return replay

    def _read(self, replay: Replay, node: Value) -> Array:
        index = self._graph.number[node]
        return np.array([node.data]) if self._graph.dependences[index] == FIXED else replay.read(index)

    def _keep(self, replay: Replay, start: int) -> None:
        for column, node in enumerate(self.keep):
            self.kept[start : start + replay.samples, column] = self._read(replay, node)

    def _remember(self, replay: Replay | None, batch: Array, differentiated: bool) -> None:
        self._last, self._batch, self._is_differentiated, self._inspection = replay, batch, differentiated, None
        self._held = self._shared.copy()  # `parameters` may change before anybody looks

    def _inspect(self, node: Value) -> Inspection:
        if not isinstance(node, Value) or node not in self._graph.number:
            raise ValueError(f"not part of the recorded graph: {node!r}")
        if self._last is None:
            raise RuntimeError("nothing was replayed, or so many samples that they went in blocks; see forward()")
        if self._inspection is None:
            self._inspection = Inspection(self._graph, self._last, self._root, self._held)
        return self._inspection
