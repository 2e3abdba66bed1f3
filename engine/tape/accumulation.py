"""Accumulation: plan how the gradients of a backward pass are written and added up, slot by slot."""

from typing import Any

import numpy as np

from engine.tape.arithmetic import Arithmetic
from engine.tape.slots import Array, Region, columns, view


class Accumulation:
    """The gradients of a replay.

    bases     the array with a gradient for each slot, and that for each slot and sample
    written   for each of the two, whether the calls planned so far have written a slot
    """

    def __init__(self, shared: Array, sampled: Array) -> None:
        self.bases = shared, sampled
        self.written = np.zeros(len(shared), bool), np.zeros(len(sampled), bool)
        self.samples = sampled.shape[1]

    def add_product(self, plan: Arithmetic, region: Region, a: Array, b: Array) -> None:
        """Add the matrix product a @ b to the gradients of a region."""
        slots = region.slots
        if region.is_distinct and region.is_matrix and self.is_fresh(region):
            found = view(self.bases, region, False)
            matrix = columns(found, region)
            if matrix[0].flags.c_contiguous:
                plan.multiply(a, b, matrix)
                self.written[region.sampled][slots] = True
                return
        product = plan.temporary(slots.shape + ((self.samples,) if region.sampled else ()))
        plan.multiply(a, b, columns(product, region))
        self.add(plan, region, region.sampled, product, 1.0)
        plan.release(product)

    def is_fresh(self, region: Region) -> bool:
        """Whether no slot of the region has a gradient yet."""
        return not self.written[region.sampled][region.slots].any()

    def start(self, plan: Arithmetic, region: Region) -> bool:
        """Whether any slot of this region has a gradient; if so, set the others to zero."""
        written = self.written[region.sampled]
        slots = region.slots.ravel()
        missing = slots[~written[slots]]
        if len(missing) == len(slots):
            return False
        for slot in sorted({*missing.tolist()}):
            plan.append(self.bases[region.sampled][slot : slot + 1].fill, 0.0)
            written[slot] = True
        return True

    def add(self, plan: Arithmetic, region: Region, sampled: bool, gradient: Array, factor: Any) -> None:
        """Add gradient · factor to the gradients of a region, or write it where there are none yet."""
        base, written = self.bases[region.sampled], self.written[region.sampled]
        fresh = not self.start(plan, region)
        written[region.slots] = True
        shape = region.slots.shape + ((self.samples,) if sampled else ())
        repeated = [
            axis
            for axis, size in enumerate(region.slots.shape)
            if size > 1 and region.is_view and not region.strides[axis]
        ]
        slots = region.slots[
            tuple(slice(0, 1) if axis in repeated else slice(None) for axis in range(region.slots.ndim))
        ]
        target = Region(region.sampled, slots)
        axes = (*repeated, *([len(shape) - 1] if sampled and not region.sampled else []))
        if region.is_view and target.is_distinct:
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
        total = plan.temporary(slots.shape + ((self.samples if region.sampled else 1,) if sampled else ()))
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
        """Add rows to the rows of `base` at these slots; slots may occur more than once."""
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
