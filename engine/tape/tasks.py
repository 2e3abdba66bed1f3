"""Tasks: what a tape computes one by one: formulas over a group, matrix products and chains."""

from dataclasses import dataclass
from functools import cache

from engine.branches import mark_closed
from engine.formulas import names
from engine.ops import Op
from engine.tape.slots import Array, Region


@dataclass(frozen=True)
class Elementwise:
    """A group computed by its formulas. `operands` are those of the letters: a Region, or a number that all share.

    The elements of a sequence are along the first axis of its region.
    """

    op: Op
    operands: tuple[Region | float, ...]
    result: Region


@dataclass(frozen=True)
class Product:
    """Sums of products that make matrix products: result = left @ right (+ bias).

    left    (products, rows, length)
    right   (products, length, columns); with samples, each slot has one column per sample
    bias    the bias, in the shape of the result; None if there is none, or if it is the last column of `left` and
            `right` ends with a row of ones
    result  (products, rows, columns)
    length  the number of products in a sum, without such a bias
    """

    op: Op
    left: Region
    right: Region
    bias: Region | float | None
    result: Region
    length: int


@dataclass(frozen=True)
class Chain:
    """A long thin stretch of the graph, with hardly anything to compute together.

    Its numbers have positions: first the constants, then the shared numbers and those of samples that it reads, whose
    slots are given, then the results of its links.

    links    the op of each, and the positions of its operands
    learns   whether the number at each position depends on a parameter
    result   the slots of the results
    """

    constants: list[float]
    shared: Array
    sampled: Array
    links: list[tuple[Op, list[int]]]
    learns: list[bool]
    result: Region


Task = Elementwise | Product | Chain


@cache
def can_close(op: Op) -> bool:
    """Whether the operation can have a branch not taken."""
    return any("closed" in names(mark_closed(formula)) for formula in op.derivatives)


def closes(task: Task) -> bool:
    """Whether an operation of the task can have a branch not taken."""
    return any(can_close(op) for op, _ in task.links) if isinstance(task, Chain) else can_close(task.op)
