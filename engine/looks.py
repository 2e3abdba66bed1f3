"""Comparisons and conversions: what a program reads off a Value, outside its graph."""

import operator
from collections.abc import Callable
from typing import Any

from engine.modes import current, open_blocks
from engine.numbers import REAL, as_float

SIGNS = {"==": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def comparison(sign: str) -> Callable[[Any, Any], Any]:
    """Return the method that compares the data of a Value with another Value's, or with a number."""
    holds = SIGNS[sign]

    def compare(self: Any, other: Any) -> Any:
        if getattr(other, "ndim", 0):  # an array compares each of its elements
            return NotImplemented
        outcome = holds(self._data, other._data if isinstance(other, Number) else as_float(other))
        if open_blocks and current.on_comparison:
            current.on_comparison(sign, self, other, outcome)
        return outcome

    return compare


equals = comparison("==")


class Number:
    """What a Value is apart from its graph: a number that is compared, converted and printed."""

    __slots__ = ()
    data: float
    _data: float  # which is read without `on_look`: a comparison is noted as one, and printing is no look
    _grad: float
    label: str

    def __eq__(self, other: object) -> bool:
        if isinstance(other, REAL):
            return bool(equals(self, other))
        return self is other if isinstance(other, Number) else NotImplemented

    def __bool__(self) -> bool:
        return not equals(self, 0.0)

    __hash__ = object.__hash__
    __lt__ = comparison("<")
    __le__ = comparison("<=")
    __gt__ = comparison(">")
    __ge__ = comparison(">=")

    def __float__(self) -> float:
        """Return the number."""
        return self.data

    item = __float__  # PyTorch's

    def __int__(self) -> int:
        return int(self.data)

    def __round__(self, digits: int | None = None) -> float:
        return round(self.data, digits)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self._data!r}, grad={self._grad!r}{label})"

    def __format__(self, layout: str) -> str:
        return format(self.data, layout) if layout else str(self)

    def __init_subclass__(cls) -> None:
        """Keep hashing by identity, by which graphs tell nodes apart, even if the subclass defines __eq__."""
        cls.__hash__ = Number.__hash__  # type: ignore[method-assign]
