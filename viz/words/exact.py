"""Works a side of an equation out exactly, as a person with a pencil does from the digits that are printed.

viz/pages/calculus/exact.js does the same.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from operator import add
from typing import Any

from engine.formulas import ELEMENTARY, FLOAT, Reader
from viz.numbers import as_shown, compare, count_digits, find_digits, find_sign, format_number

MOST = 1000  # an exponent that is multiplied out

# Computes a side; its argument reads a number as it is printed, or each with the digits that it is given.
Work = Callable[[Callable[..., Any]], Any]


def balance(work: Work, number: float) -> tuple[int, str]:
    """How many digits to show of the numbers in a side that comes to `number`, and the sign between the two.

    >>> balance(lambda read: read(1.0) - read(1 - 2**-30), 2**-30), balance(lambda read: read(0.1) * read(3.0), 0.1 * 3)
    ((11, '≈'), (4, '='))
    """
    digits = find_digits(lambda digits: work(lambda x: as_shown(x, digits)), number)
    return digits, find_sign_of(work, number, digits)


def find_sign_of(work: Work, number: float, digits: int | None = None) -> str:
    """The sign between a side and the number it comes to; see `viz.numbers.compare`.

    digits   shown of the numbers in the side (default: as of all numbers)
    """
    digits = digits or count_digits()
    is_fraction = True
    try:
        worked = work(lambda x, shown=digits: Fraction(format_number(x, shown)) if math.isfinite(x) else math.nan)
        if math.isfinite(number) and isinstance(worked, Fraction | int):
            return compare(worked, number)
    except (ValueError, ZeroDivisionError):  # what makes an infinity
        pass
    except ArithmeticError:
        is_fraction = False
    worked = float(work(lambda x, shown=digits: as_shown(x, shown)))
    if is_fraction or not math.isfinite(worked):
        return compare(Fraction(repr(worked)) if math.isfinite(worked) else worked, number, digits)
    gap = worked - float(work(lambda x, shown=digits: _as_beside(x, shown)))
    return find_sign(compare(worked - gap, number, digits), compare(worked + gap, number, digits))


def _as_beside(x: float, digits: int) -> float:
    """The float beside the one that is shown, unless that is a whole number just as printed."""
    near = as_shown(x, digits)
    is_whole = near.is_integer() and near == Fraction(format_number(x, digits))
    return near if is_whole or not math.isfinite(near) else near * (1 - 2**-52)


def _function(name: str) -> Callable[..., Fraction | float]:
    """An elementary function at the few fractions at which its value is one too."""

    def apply(x: Fraction, *others: Fraction) -> Fraction | float:
        if math.isnan(x) or any(map(math.isnan, others)):
            return math.nan
        y = Fraction(repr(getattr(math, name)(x, *others)))
        match name:
            case "sqrt":
                is_exact = y * y == x
            case "log2" | "log10":
                is_exact = y.denominator == 1 and Fraction(int(name[3:])) ** y == x
            case "log" | "acos":
                is_exact = x == 1
            case _:
                is_exact = x == 0 and all(other > 0 for other in others)
        if not is_exact:
            raise ArithmeticError(f"{name}({x}) is no fraction")
        return y

    return apply


def _power(base: Fraction, exponent: Fraction) -> Fraction | float:
    if math.isnan(base) or math.isnan(exponent):
        return math.nan
    if base == 1 or (base == 0 and exponent > 0):
        return base
    if exponent.denominator > MOST or abs(exponent.numerator) > MOST:
        raise ArithmeticError(f"{base}**{exponent} is not multiplied out")
    if exponent.denominator == 1:
        return base ** int(exponent)
    root = Fraction(repr(math.pow(base, exponent)))
    if root**exponent.denominator != base**exponent.numerator:
        raise ArithmeticError(f"{base}**{exponent} is no fraction")
    return root


FUNCTIONS: dict[str, Callable[..., Any]] = {name: _function(name) for name in (*ELEMENTARY, "atan2")}
FUNCTIONS |= {"constant": Fraction, "power": _power, "abs": abs, "detach": lambda x: x}
FUNCTIONS |= {name: FLOAT.functions[name] for name in ("maximum", "minimum")}
FUNCTIONS |= {"largest": lambda x: reduce(FUNCTIONS["maximum"], x), "sum": lambda x: reduce(add, x)}
# Reads formulas as arithmetic of fractions; ArithmeticError where the result is none. An infinity among the numbers is
# nan, and so is all that is computed from it.
EXACT = Reader(FUNCTIONS, lazy=True, elementwise=True)
