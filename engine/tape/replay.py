"""Replay: both passes of a tape as NumPy calls, for a given number of samples."""

from collections.abc import Callable, Sequence
from functools import cached_property
from math import nan
from typing import Any

import numpy as np

from engine.branches import DETACH
from engine.tape.accumulation import Accumulation
from engine.tape.arithmetic import Arithmetic, parse
from engine.tape.calls import Call, write_out
from engine.tape.chains import ChainReplay
from engine.tape.collector import without_collector
from engine.tape.grouping import MEAN, SAMPLE
from engine.tape.layout import Layout
from engine.tape.slots import Array, Region, columns, view
from engine.tape.tasks import Chain, Product, Task, can_close

NARROW = 500  # up to so many columns, multiplying with the bias in the matrix is faster than adding it


class Replay:
    """The passes over a graph for a number of samples.

    The tape holds the numbers that samples share, and their gradients; those of the samples are here:
    values     (slots, samples)
    gradients  (slots, samples)
    full       whether inputs, and nodes that depend on inputs alone, get gradients too
    masked     whether branches not taken pass nothing on, not even an infinite gradient; this takes longer

    results    the numbers of the root: (samples,), or (1,) if the samples share one
    seeds      the gradients of the root, likewise, which the backward pass reads

    The passes are functions without arguments, and `run` runs all of them. The first part of the backward pass, for the
    samples, overwrites the gradients of shared numbers; the second, shared part passes them on.
    """

    def __init__(
        self,
        layout: Layout,
        shared: Array,
        shared_gradients: Array,
        root: int,
        inputs: Sequence[tuple[int, int, int]],
        samples: int,
        full: bool,
        masked: bool,
    ) -> None:
        self.layout, self.samples, self.full, self.masked = layout, samples, full, masked
        self.values = np.zeros((layout.sampled, samples))
        self.gradients = np.zeros((layout.sampled, samples))
        for slot, number in layout.constants.items():
            self.values[slot] = number
        self._numbers = shared, self.values
        self._accumulation = Accumulation(shared_gradients, self.gradients)
        self._accumulation.written[layout.dependences[root] == SAMPLE][layout.slots[root]] = True
        self.results = self.read(root)
        seeds = self.read_gradient(root)
        assert seeds is not None
        self.seeds = seeds
        self._total, self._ones = self.results.dot, np.ones(len(self.results))
        self.width = max([stop for _, _, stop in inputs], default=0)
        self._inputs = [(self.values[slot : slot + stop - start], start, stop) for slot, start, stop in inputs]
        self._saved: dict[int, dict[str, Any]] = {}
        self._chains: dict[int, ChainReplay] = {}
        self._shared, self._sampled = Arithmetic(), Arithmetic()
        for number, task in enumerate(layout.tasks):
            self._plan_forward(number, task)
        self._forward = [*self._shared.calls, *self._sampled.calls]
        self._share = nan

    @cached_property
    def forward(self) -> Callable[[], Any]:
        """The forward pass."""
        return write_out(self._forward)

    @cached_property
    def backward_sampled(self) -> Callable[[], Any]:
        """The part of the backward pass with a number for each sample."""
        return write_out(self._backward[0])

    @cached_property
    def backward_shared(self) -> Callable[[], Any]:
        """The rest of the backward pass."""
        return write_out(self._backward[1])

    @cached_property
    def run(self) -> Callable[[], Any]:
        """Both passes."""
        return write_out([*self._forward, *self._backward[0], *self._backward[1]])

    def fill(self, batch: Array) -> None:
        """Set the inputs (samples, inputs)."""
        given = batch.T
        for numbers, start, stop in self._inputs:
            numbers[...] = given[start:stop]

    def fill_from(self, array: Array, positions: Array) -> None:
        """Set the first slots to the columns at some positions of an array (slots, samples)."""
        array.take(positions, 1, self.values[: len(array)], "clip")

    def fill_up(self, rest: Array) -> None:
        """Set the last inputs (samples, inputs)."""
        for numbers, start, stop in self._inputs:
            first = self.width - rest.shape[1]  # the input that comes first in `rest`
            if stop > first:
                numbers[max(0, first - start) :] = rest.T[max(0, start - first) : stop - first]

    def share(self, share: float) -> None:
        """Give every result the same weight."""
        if share != self._share:  # usually it is already set
            self._share = share
            self.seeds.fill(share)

    def weigh(self, weights: Array) -> None:
        """Weight the results (samples,)."""
        self._share = nan
        self.seeds[...] = weights

    def total(self) -> float:
        """Return the weighted sum of the results."""
        return float(self._total(self._ones))

    def read(self, node: int) -> Array:
        """Return the numbers of a node that has a slot: (samples,), or (1,) if the samples share one."""
        slot = self.layout.slots[node]
        is_sampled = self.layout.dependences[node] == SAMPLE
        numbers: Array = self.values[slot] if is_sampled else self._numbers[0][slot : slot + 1]
        return numbers

    def read_gradient(self, node: int) -> Array | None:
        """Return the gradients of a node that has a slot, likewise; None if the backward pass gives it none."""
        sampled, slot = self.layout.dependences[node] == SAMPLE, self.layout.slots[node]
        if not self._accumulation.written[sampled][slot]:
            return None
        return self.gradients[slot] if sampled else self._accumulation.bases[0][slot : slot + 1]

    def _arithmetic(self, sampled: bool) -> Arithmetic:
        return self._sampled if sampled else self._shared

    def _read(self, region: Region, sampled: bool, is_view: bool) -> Array:
        """Return the numbers of a region: a view, or a copy that the forward pass fills."""
        if is_view:
            return view(self._numbers, region, sampled)
        base = self._numbers[region.sampled]
        copy = np.empty(region.slots.shape + base.shape[1:])
        self._arithmetic(region.sampled).append(base.take, region.slots, 0, copy, "clip")
        return copy[..., None] if sampled and not region.sampled else copy

    # ---- forward

    def _plan_forward(self, number: int, task: Task) -> None:
        plan = self._arithmetic(task.result.sampled)
        if isinstance(task, Chain):
            self._chains[number] = chain = ChainReplay(task, self._numbers, self._accumulation, self.masked)
            plan.append(chain.forward)
            return
        result = view(self._numbers, task.result, task.result.sampled)
        if isinstance(task, Product):
            self._plan_product(number, task, plan, result)
            return
        if task.op is MEAN and task.result.sampled:
            (region,) = task.operands
            assert isinstance(region, Region)
            self._plan_mean(plan, self._read(region, True, region.is_view), result)
            return
        op = task.op
        read = [self._read(x, task.result.sampled, x.is_view) if isinstance(x, Region) else x for x in task.operands]
        names: dict[str, Any] = dict(zip(op.letters, read, strict=True))
        names["y"] = result
        if op.term:
            names["t"] = plan.keep(plan.compute(parse(op.term), names))
        value = plan.compute(parse(op.forward), names, result)
        if value is not result:
            plan.append(np.copyto, result, value)
            plan.release(value)
        self._saved[number] = names

    def _plan_mean(self, plan: Arithmetic, numbers: Array, out: Array) -> None:
        """Plan the mean over the samples, repeated for each: of numbers forward, of gradients backward."""
        total = plan.temporary((*np.broadcast_shapes(numbers.shape, out.shape)[:-1], 1))
        plan.append(np.add.reduce, np.broadcast_to(numbers, out.shape), -1, None, total, True)
        plan.append(np.multiply, total, 1.0 / self.samples, total)
        plan.append(np.copyto, out, total)
        plan.release(total)

    def _plan_product(self, number: int, task: Product, plan: Arithmetic, result: Array) -> None:
        left = self._read(task.left, False, task.left.is_matrix)
        right = columns(self._read(task.right, False, task.right.is_matrix), task.right)
        product = columns(result, task.result)
        plan.multiply(left, right, product)
        if left.shape[-1] == 1:
            plan.append(np.add, product, 0.0, product)  # a sum starts at 0.0, which turns -0.0 into 0.0
        if task.bias is not None:
            bias: Any = task.bias
            if isinstance(bias, Region):
                bias = self._read(bias, task.result.sampled, bias.is_view)
            plan.append(np.add, result, bias, result)
        self._saved[number] = {"left": left, "right": right}

    # ---- backward

    @cached_property
    def _backward(self) -> tuple[list[Call], list[Call]]:
        """The calls for the samples, and those for what they share."""
        self._shared.calls, self._sampled.calls = [], []
        tasks = self.layout.tasks
        with without_collector():
            for sampled in (True, False):
                for number in range(len(tasks) - 1, -1, -1):
                    if tasks[number].result.sampled == sampled:
                        self._plan_backward(number, tasks[number])
        return self._sampled.calls, self._shared.calls

    def _plan_backward(self, number: int, task: Task) -> None:
        if isinstance(task, Chain):
            if self._chains[number].plan_backward(self.full):
                self._arithmetic(task.result.sampled).append(self._chains[number].backward)
            return
        plan = self._arithmetic(task.result.sampled)
        if task.op.name == DETACH or not self._accumulation.start(plan, task.result):
            return
        gradient = view(self._accumulation.bases, task.result, task.result.sampled)
        if isinstance(task, Product):
            self._plan_product_backward(number, task, plan, gradient)
            return
        if task.op is MEAN and task.result.sampled:
            (region,) = task.operands
            assert isinstance(region, Region)
            if self._is_wanted(region):
                passed = plan.temporary(gradient.shape)
                self._plan_mean(plan, gradient, passed)
                self._accumulation.add(plan, region, True, passed, 1.0)
                plan.release(passed)
            return
        names = self._saved[number]
        for index, region in enumerate(task.operands):
            if isinstance(region, Region) and self._is_wanted(region):
                if self.masked and can_close(task.op):
                    passed, factor = plan.compute_passed(task.op, index, gradient, names), 1.0
                else:
                    passed, factor = gradient, plan.compute_derivative(task.op, index, names)
                self._accumulation.add(plan, region, task.result.sampled, passed, factor)
                plan.release(passed, factor)

    def _is_wanted(self, region: Region) -> bool:
        return not region.constant and (self.full or region.learns)

    def _plan_product_backward(self, number: int, task: Product, plan: Arithmetic, gradient: Array) -> None:
        saved = self._saved[number]
        sampled = task.result.sampled
        upstream = columns(gradient, task.result)
        if isinstance(task.bias, Region) and self._is_wanted(task.bias):
            self._accumulation.add(plan, task.bias, sampled, gradient, 1.0)
        if self._is_wanted(task.left):
            self._accumulation.add_product(plan, task.left, upstream, saved["right"].swapaxes(-1, -2))
        if self._is_wanted(task.right):
            left, right = saved["left"], task.right
            if upstream.shape[-1] > NARROW or not (right.is_view and self._accumulation.is_fresh(right)):
                left, right = left[..., : task.length], Region(right.sampled, right.slots[:, : task.length])
            self._accumulation.add_product(plan, right, left.swapaxes(-1, -2), upstream)
