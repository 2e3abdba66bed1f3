"""The forward and the backward pass of a tape as calls of NumPy, for one number of samples."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.tape.arithmetic import Arithmetic, parse, write_out
from engine.tape.layout import Layout, Product, Task
from engine.tape.places import Array, Place, find_strides
from engine.tape.rows import SAMPLE


class Replay:
    """The passes over a graph for a number of samples.

    The numbers that samples share, and their gradients, are the tape's; those of the samples are here:
    values     (slots, samples)
    gradients  (slots, samples)
    full       whether the inputs and all that depends on nothing else get gradients too

    The passes are functions without arguments. The backward pass reads the gradient of the root; its part
    for samples writes the gradients of shared numbers afresh, its shared part carries them on.
    """

    def __init__(
        self, layout: Layout, shared: Array, shared_gradients: Array, root: int, samples: int, full: bool
    ) -> None:
        self.layout, self.root, self.samples, self.full = layout, root, samples, full
        self.values = np.zeros((layout.sampled, samples))
        self.gradients = np.zeros((layout.sampled, samples))
        for slot, number in layout.constants.items():
            self.values[slot] = number
        self._numbers = shared, self.values
        self._slopes = shared_gradients, self.gradients
        self._written = np.zeros(len(shared), bool), np.zeros(layout.sampled, bool)
        self._written[layout.kinds[root] == SAMPLE][layout.slots[root]] = True
        self._saved: dict[int, dict[str, Any]] = {}
        self._shared, self._sampled = Arithmetic(), Arithmetic()
        for number, task in enumerate(layout.tasks):
            self._plan_forward(number, task)
        self.forward_shared = write_out(self._shared.calls)
        self.forward_sampled = write_out(self._sampled.calls)
        self._shared.calls, self._sampled.calls = [], []
        for sampled in (True, False):
            for number in range(len(layout.tasks) - 1, -1, -1):
                if layout.tasks[number].result.sampled == sampled:
                    self._plan_backward(number, layout.tasks[number])
        self.backward_shared = write_out(self._shared.calls)
        self.backward_sampled = write_out(self._sampled.calls)

    def seed(self, gradient: Any) -> None:
        """Set the gradient of the root: a number, or one a sample."""
        root = self.read_gradient(self.root)
        assert root is not None
        root[...] = gradient

    def read(self, row: int) -> Array:
        """The numbers of a row that has a slot: (samples,), or (1,) where they share one."""
        slot = self.layout.slots[row]
        numbers: Array = self.values[slot] if self.layout.kinds[row] == SAMPLE else self._numbers[0][slot : slot + 1]
        return numbers

    def read_gradient(self, row: int) -> Array | None:
        """The gradients of a row that has a slot, likewise; None where the backward pass gives it none."""
        sampled, slot = self.layout.kinds[row] == SAMPLE, self.layout.slots[row]
        if not self._written[sampled][slot]:
            return None
        return self.gradients[slot] if sampled else self._slopes[0][slot : slot + 1]

    def _arithmetic(self, sampled: bool) -> Arithmetic:
        return self._sampled if sampled else self._shared

    def _view(self, arrays: Sequence[Array], place: Place, sampled: bool) -> Array:
        """The numbers of a place where they are; a number for all samples is as good as one a sample."""
        base = arrays[place.sampled]
        row = base.strides[0]
        last = (self.samples,) if place.sampled else (1,) if sampled else ()
        strides = [stride * row for stride in find_strides(place.slots)]
        offset = int(place.slots.flat[0]) * row
        return np.ndarray(place.slots.shape + last, float, base, offset, (*strides, *([8] * len(last))))

    def _read(self, place: Place, sampled: bool, is_view: bool) -> Array:
        """The numbers of a place: a view, or a copy that the forward pass makes."""
        if is_view:
            return self._view(self._numbers, place, sampled)
        base = self._numbers[place.sampled]
        copy = np.empty(place.slots.shape + base.shape[1:])
        self._arithmetic(place.sampled).append(base.take, place.slots, 0, copy, "clip")
        return copy[..., None] if sampled and not place.sampled else copy

    # ---- forward

    def _plan_forward(self, number: int, task: Task) -> None:
        plan = self._arithmetic(task.result.sampled)
        result = self._view(self._numbers, task.result, task.result.sampled)
        if isinstance(task, Product):
            self._plan_product(number, task, plan, result)
            return
        op = task.op
        read = [self._read(x, task.result.sampled, x.is_view) if isinstance(x, Place) else x for x in task.operands]
        names: dict[str, Any] = dict(zip(op.letters, read, strict=True))
        names["y"] = result
        if op.term:
            names["t"] = plan.keep(plan.compute(parse(op.term), names))
        value = plan.compute(parse(op.forward), names, result)
        if value is not result:
            plan.append(np.copyto, result, value)
            plan.release(value)
        self._saved[number] = names

    def _plan_product(self, number: int, task: Product, plan: Arithmetic, result: Array) -> None:
        left = self._read(task.left, False, task.left.is_matrix)
        right = self._columns(self._read(task.right, False, task.right.is_matrix), task.right)
        product = self._columns(result, task.result)
        _multiply(plan, left, right, product)
        if task.bias is not None:
            bias: Any = task.bias
            if isinstance(bias, Place):
                bias = self._read(bias, task.result.sampled, bias.is_view)
            plan.append(np.add, result, bias, result)
        self._saved[number] = {"left": left, "right": right}

    def _columns(self, array: Array, place: Place) -> Array:
        """The matrices of a place, each number a column wide, or as many columns as there are samples."""
        if not place.sampled:
            return array
        *_, width, samples = array.shape
        shape = (*array.shape[:-2], width * samples)
        return np.lib.stride_tricks.as_strided(array, shape, (*array.strides[:-2], 8))

    # ---- backward

    def _plan_backward(self, number: int, task: Task) -> None:
        if not self._start(task.result):
            return
        gradient = self._view(self._slopes, task.result, task.result.sampled)
        plan = self._arithmetic(task.result.sampled)
        if isinstance(task, Product):
            self._plan_product_backward(number, task, plan, gradient)
            return
        names = self._saved[number]
        for place, formula in zip(task.operands, task.op.derivatives, strict=True):
            if isinstance(place, Place) and self._is_wanted(place):
                factor = plan.compute(parse(formula), names)
                self._add(plan, place, task.result.sampled, gradient, factor)
                plan.release(factor)

    def _is_wanted(self, place: Place) -> bool:
        return not place.constant and (self.full or place.learns)

    def _plan_product_backward(self, number: int, task: Product, plan: Arithmetic, gradient: Array) -> None:
        saved = self._saved[number]
        sampled = task.result.sampled
        upstream = self._columns(gradient, task.result)
        if isinstance(task.bias, Place) and self._is_wanted(task.bias):
            self._add(plan, task.bias, sampled, gradient, 1.0)
        if self._is_wanted(task.left):
            self._add_product(plan, task.left, upstream, saved["right"].swapaxes(-1, -2))
        if self._is_wanted(task.right):
            inner = Place(task.right.sampled, task.right.slots[:, : task.length])
            left = saved["left"][..., : task.length].swapaxes(-1, -2)
            self._add_product(plan, inner, left, upstream)

    def _add_product(self, plan: Arithmetic, place: Place, a: Array, b: Array) -> None:
        slots = place.slots
        if place.is_distinct and place.is_view and self._is_fresh(place):
            view = self._view(self._slopes, place, False)
            columns = self._columns(view, place)
            if columns[0].flags.c_contiguous:
                _multiply(plan, a, b, columns)
                self._written[place.sampled][slots] = True
                return
        product = plan.temporary(slots.shape + ((self.samples,) if place.sampled else ()))
        _multiply(plan, a, b, self._columns(product, place))
        self._add(plan, place, place.sampled, product, 1.0)
        plan.release(product)

    def _is_fresh(self, place: Place) -> bool:
        return not self._written[place.sampled][place.slots].any()

    def _start(self, place: Place) -> bool:
        """Whether any gradient has come to this place; then those that have not are zero."""
        written = self._written[place.sampled]
        slots = place.slots.ravel()
        missing = slots[~written[slots]]
        if len(missing) == len(slots):
            return False
        for slot in np.unique(missing).tolist():
            self._arithmetic(place.sampled).append(self._slopes[place.sampled][slot : slot + 1].fill, 0.0)
            written[slot] = True
        return True

    def _add(self, plan: Arithmetic, place: Place, sampled: bool, gradient: Array, factor: Any) -> None:
        """Add gradient · factor to the gradients of a place; write it, where they have none yet."""
        base, written = self._slopes[place.sampled], self._written[place.sampled]
        fresh = self._is_fresh(place)
        if not fresh:
            missing = np.unique(place.slots[~written[place.slots]]).tolist()
            for slot in missing:
                plan.append(base[slot : slot + 1].fill, 0.0)
        written[place.slots] = True
        shape = place.slots.shape + ((self.samples,) if sampled else ())
        strides = find_strides(place.slots)
        repeated = [
            axis for axis, size in enumerate(place.slots.shape) if size > 1 and place.is_view and not strides[axis]
        ]
        slots = place.slots[tuple(slice(0, 1) if axis in repeated else slice(None) for axis in range(place.slots.ndim))]
        target = Place(place.sampled, slots)
        axes = (*repeated, *([len(shape) - 1] if sampled and not place.sampled else []))
        if place.is_view and target.is_distinct:
            view = self._view(self._slopes, target, sampled)
            if not axes:
                _accumulate(plan, view, gradient, factor, fresh)
                return
            total, direct = (view, True) if fresh else (plan.temporary(view.shape), False)
            self._sum(plan, gradient, factor, shape, axes, total)
            if not direct:
                plan.append(np.add, view, total, view)
                plan.release(total)
            return
        total = plan.temporary(slots.shape + ((self.samples if place.sampled else 1,) if sampled else ()))
        if axes:
            self._sum(plan, gradient, factor, shape, axes, total)
        else:
            _accumulate(plan, total, gradient, factor, True)
        self._scatter(plan, base, slots.ravel(), total.reshape(slots.size, *base.shape[1:]), fresh)
        plan.release(total)

    def _sum(
        self, plan: Arithmetic, gradient: Array, factor: Any, shape: tuple[int, ...], axes: tuple[int, ...], out: Array
    ) -> None:
        product = gradient
        if type(factor) is not float or factor != 1.0:
            product = plan.temporary(np.broadcast_shapes(gradient.shape, np.shape(factor)))
            plan.append(np.multiply, gradient, factor, product)
        wide = np.broadcast_to(product, shape)
        plan.append(np.add.reduce, wide, axes if len(axes) > 1 else axes[0], None, out, True)
        plan.release(product)

    def _scatter(self, plan: Arithmetic, base: Array, slots: Array, rows: Array, fresh: bool) -> None:
        """Add rows to the rows of `base` at these slots, which may occur more than once."""
        order = np.argsort(slots, kind="stable")
        found, starts = np.unique(slots[order], return_index=True)
        if len(found) < len(slots):
            ordered = plan.temporary(rows.shape)
            plan.append(rows.take, order, 0, ordered, "clip")
            rows = plan.temporary((len(found), *rows.shape[1:]))
            plan.append(np.add.reduceat, ordered, starts, 0, None, rows)
            plan.release(ordered)
            slots = found
        if not fresh:
            before = plan.temporary(rows.shape)
            plan.append(base.take, slots, 0, before, "clip")
            plan.append(np.add, before, rows, before)
            plan.release(rows)
            rows = before
        plan.append(base.__setitem__, slots, rows)
        plan.release(rows)


def _accumulate(plan: Arithmetic, out: Array, gradient: Array, factor: Any, fresh: bool) -> None:
    """out = gradient · factor, or out += gradient · factor."""
    if type(factor) is float and factor in (1.0, -1.0):
        if fresh:
            plan.append(np.copyto if factor > 0 else np.negative, *((out, gradient) if factor > 0 else (gradient, out)))
        else:
            plan.append(np.add if factor > 0 else np.subtract, out, gradient, out)
    elif fresh:
        plan.append(np.multiply, gradient, factor, out)
    else:
        product = plan.temporary(np.broadcast_shapes(gradient.shape, np.shape(factor)))
        plan.append(np.multiply, gradient, factor, product)
        plan.append(np.add, out, product, out)
        plan.release(product)


def _multiply(plan: Arithmetic, a: Array, b: Array, out: Array) -> None:
    """A matrix product, by the quickest function for it."""
    if len(out) == len(a) == len(b) == 1:
        a, b, out = a[0], b[0], out[0]
    if a.shape[-1] == 1 == min(a.shape[-2], b.shape[-1]):  # BLAS would take 0 times infinity for 0
        plan.append(np.multiply, a, b, out)
    else:
        plan.append(np.dot if out.ndim == 2 and out.flags.c_contiguous else np.matmul, a, b, out)
