"""Gradients while a backward pass is planned: where they lie, which slots have one yet, and how more are added."""

from typing import Any

import numpy as np

from engine.tape.arithmetic import Arithmetic
from engine.tape.places import Array, Place, columns, find_strides, view


class Slopes:
    """The gradients of a replay.

    bases     one for each slot, and one for each slot and sample
    written   likewise, whether the calls planned so far have written the slot
    """

    def __init__(self, shared: Array, sampled: Array) -> None:
        self.bases = shared, sampled
        self.written = np.zeros(len(shared), bool), np.zeros(len(sampled), bool)
        self.samples = sampled.shape[1]

    def add_product(self, plan: Arithmetic, place: Place, a: Array, b: Array) -> None:
        """Add the matrix product a @ b to the gradients of a place."""
        slots = place.slots
        if place.is_distinct and place.is_view and self.is_fresh(place):
            found = view(self.bases, place, False)
            matrix = columns(found, place)
            if matrix[0].flags.c_contiguous:
                plan.multiply(a, b, matrix)
                self.written[place.sampled][slots] = True
                return
        product = plan.temporary(slots.shape + ((self.samples,) if place.sampled else ()))
        plan.multiply(a, b, columns(product, place))
        self.add(plan, place, place.sampled, product, 1.0)
        plan.release(product)

    def is_fresh(self, place: Place) -> bool:
        """Whether no gradient has come to any slot of the place yet."""
        return not self.written[place.sampled][place.slots].any()

    def start(self, plan: Arithmetic, place: Place) -> bool:
        """Whether any gradient has come to this place; then those that have not are zero."""
        written = self.written[place.sampled]
        slots = place.slots.ravel()
        missing = slots[~written[slots]]
        if len(missing) == len(slots):
            return False
        for slot in np.unique(missing).tolist():
            plan.append(self.bases[place.sampled][slot : slot + 1].fill, 0.0)
            written[slot] = True
        return True

    def add(self, plan: Arithmetic, place: Place, sampled: bool, gradient: Array, factor: Any) -> None:
        """Add gradient · factor to the gradients of a place; write it, where they have none yet."""
        base, written = self.bases[place.sampled], self.written[place.sampled]
        fresh = self.is_fresh(place)
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
            found = view(self.bases, target, sampled)
            if not axes:
                _accumulate(plan, found, gradient, factor, fresh)
                return
            total, direct = (found, True) if fresh else (plan.temporary(found.shape), False)
            self._sum(plan, gradient, factor, shape, axes, total)
            if not direct:
                plan.append(np.add, found, total, found)
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
            plan.append(*((np.copyto, out, gradient) if factor == 1.0 else (np.negative, gradient, out)))
        else:
            plan.append(np.add if factor == 1.0 else np.subtract, out, gradient, out)
    elif fresh:
        plan.append(np.multiply, gradient, factor, out)
    else:
        product = plan.temporary(np.broadcast_shapes(gradient.shape, np.shape(factor)))
        plan.append(np.multiply, gradient, factor, product)
        plan.append(np.add, out, product, out)
        plan.release(product)
