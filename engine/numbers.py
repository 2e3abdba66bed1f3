"""Numbers: convert what a Value accepts as a number to a Python float, tell one from several, and write how many."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

CONSTANT = "constant"  # the op of a number that stood beside a Value in an expression; a leaf has ""
# np.integer has spans of time too, which are no numbers.
WHOLE = [np.dtype(code).type for code in np.typecodes["AllInteger"]]
REAL: tuple[type[Any], ...] = (int, float, np.floating, *WHOLE, np.bool_)


def as_float(number: Any, whose: str = "") -> float:
    """Return the number as a Python float; error messages begin with `whose`.

    TypeError for anything but int, float, and NumPy's real scalars and arrays without axes; ValueError for an int
    beyond the largest float.
    """
    if number.__class__ is float:
        return number
    scalar = number[()] if isinstance(number, np.ndarray) and not number.ndim else number
    if not isinstance(scalar, REAL):
        text = repr(number)
        given = f"{type(number).__name__}: {text if len(text) <= 60 else text[:57] + '...'}"
        raise TypeError(f"{whose}expected an int, a float or a NumPy real scalar, not {given}")
    try:
        return float(scalar)
    except OverflowError:
        bits = int(number).bit_length()
        raise ValueError(f"{whose}an int of {bits} bits is too large for a float (1024 bits)") from None


def go_through(several: Any, name: str) -> Iterator[Any]:
    """Return the elements of a list or the like, one by one; TypeError, beginning with `name`, for anything else."""
    if several.__class__ in (list, tuple):
        return iter(several)
    with suppress(TypeError):
        if not is_no_list(several):
            return iter(several)
    raise TypeError(f"{name}: several are expected, such as a list, not {type(several).__name__}: {several!r:.60}")


def is_no_list(given: Any) -> bool:
    """Whether it is a text, a mapping, a set, or a DataFrame, which is a list of the names of its columns."""
    return isinstance(given, str | bytes | Mapping | set | frozenset) or hasattr(given, "columns")


def write_count(number: int, what: str, many: str = "") -> str:
    """Return a number of things as text: "1 row", "2,000 rows"; `many` is a plural that is not formed by an s."""
    return f"{number:,} {what if number == 1 else many or what + 's'}"
