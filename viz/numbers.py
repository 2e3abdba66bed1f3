"""Formats numbers and the signs between them, the same way in pictures, in the terminal and on pages.

Every printed equation holds. Digits are dropped, so a side worked out from the digits shown may differ from the number
shown: the sign is then ≈. If terms cancel and it would not even be close, more digits are shown.
viz/pages/calculus/numbers.js follows the same rule.
"""

import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction

from engine.teaching.answers import is_near

DIGITS = 4  # by default
MOST_DIGITS = 17  # enough to distinguish all floats
SURE_DIGITS = 13  # up to which a float is near enough to what is written to work with

EXACT, ROUNDED, OUTDATED = "=", "≈", "≠"  # how a side of an equation relates to the number

_shown = ContextVar("digits", default=DIGITS)


@contextmanager
def show_digits(digits: int) -> Iterator[None]:
    """Show numbers with this many significant digits within the block; ValueError unless 1 to 17.

    >>> with show_digits(7):
    ...     print(format_number(2**0.5))
    1.414214
    """
    token = _shown.set(check_digits(digits))
    try:
        yield
    finally:
        _shown.reset(token)


def check_digits(digits: int) -> int:
    """The number of digits, unchanged; ValueError unless it is a whole number from 1 to 17."""
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= MOST_DIGITS:
        raise ValueError(f"digits must be a whole number from 1 to {MOST_DIGITS}, not {digits!r}")
    return digits


def count_digits() -> int:
    """The significant digits shown where no more are needed: 4, or the number set by `show_digits`."""
    return _shown.get()


def format_number(x: float, digits: int | None = None) -> str:
    """Format a number with this many significant digits (default: `count_digits`); 4 digits take up to 11 characters.

    An exact number is written short: ``0.5`` is exact, ``0.5000`` is rounded. A whole number keeps its ``.0``. The
    sign of a zero is shown only with more than 4 digits.

    >>> [format_number(x) for x in (1, -3.0, 0.5, 2**0.5 / 2, 1.715e-05, 0.99999, float("-inf"))]
    ['1.0', '-3.0', '0.5', '0.7071', '1.715e-05', '1.000', '-inf']
    """
    x, digits = float(x), digits or count_digits()
    if x == 0 and digits <= DIGITS:
        return "0.0"
    if x.is_integer() and abs(x) < 1e6:
        return f"{x:.1f}"
    short = f"{x:.{digits}g}"
    return short if float(short) == x or x != x else f"{x:#.{digits}g}".removesuffix(".").replace(".e", "e")


def as_shown(x: float, digits: int | None = None) -> float:
    """The number as a person reads it, rounded to the digits shown."""
    return float(format_number(x, digits))


def find_digits(work: Callable[[int], float], number: float) -> int:
    """The fewest digits, at least `count_digits`, from which a side comes near `number`, or as near as rounding allows.

    work   computes the side from its numbers rounded to this many digits

    >>> y = 1 - 2**-30
    >>> find_digits(lambda digits: 1 - as_shown(y, digits) ** 2, 1 - y**2)
    11
    """
    least = count_digits()
    gaps: dict[int, float] = {}
    for digits in range(least, MOST_DIGITS + 1):
        worked = work(digits)
        if is_near(worked, number, max(least - 1, 2)):
            return digits
        gaps[digits] = abs(worked - number)
    smallest = min(gaps.values())
    return next((digits for digits, gap in gaps.items() if gap <= 100 * smallest), least)  # none of nan


def compare(worked: float | Fraction, number: float, digits: int | None = None) -> str:
    """EXACT if `worked`, the value of a side, is `number` as shown, else ROUNDED.

    worked   a fraction is exact; a float is near, but no fraction
    digits   shown of the numbers in the side (default: `count_digits`); beyond 13 a float may round otherwise

    A number written short is exact, so the side has to equal it; any other is rounded, and so may the side be.

    >>> compare(Fraction("1.5728"), 1.5728862), compare(Fraction("0.9999"), 1.0), compare(math.tanh(400), 1.0)
    ('=', '≈', '≈')
    """
    text, least = format_number(number), count_digits()
    if not (math.isfinite(worked) and math.isfinite(number)):
        return EXACT if worked == number or (worked != worked and number != number) else ROUNDED
    worked, is_fraction = Fraction(worked), isinstance(worked, Fraction | int)  # 0 is what no terms add up to
    is_short = text.endswith(".0") or len(re.sub(r"e.*|\D", "", text).lstrip("0")) < least
    if is_short and float(text) == number:
        return EXACT if is_fraction and worked == Fraction(text) else ROUNDED
    is_float = math.isfinite(float(text))  # the largest floats are rounded up to none
    if not is_fraction and ((digits or least) > SURE_DIGITS or not is_float):
        return ROUNDED
    shown = float(text) if is_float else number
    tie = Fraction(10) ** (int(f"{shown:.{least - 1}e}".partition("e")[2]) - least + 1) / 2
    doubt = 0 if is_fraction else abs(worked) / 10**15
    return EXACT if abs(worked - Fraction(text)) <= tie - doubt else ROUNDED


def find_sign(left: str, right: str) -> str:
    """The sign between two sides of an equation.

    >>> find_sign(EXACT, EXACT), find_sign(EXACT, ROUNDED), find_sign(ROUNDED, ROUNDED), find_sign(OUTDATED, EXACT)
    ('=', '≈', '≈', '≠')
    """
    if OUTDATED in (left, right):
        return EXACT if left == right else OUTDATED
    return ROUNDED if ROUNDED in (left, right) else EXACT
