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
    """The fewest digits, at least `count_digits`, from which a side comes near `number`; `count_digits` if none do.

    work   computes the side from its numbers rounded to this many digits

    >>> y = 1 - 2**-30
    >>> find_digits(lambda digits: 1 - as_shown(y, digits) ** 2, 1 - y**2)
    11
    """
    least = count_digits()
    counts, near = range(least, MOST_DIGITS + 1), max(least - 1, 2)
    return next((digits for digits in counts if is_near(work(digits), number, near)), least)


def compare(worked: float, number: float, digits: int | None = None) -> str:
    """EXACT if `worked`, the value of a side, rounds to `number` as shown, else ROUNDED.

    digits   shown of the numbers in the side (default: `count_digits`); beyond 13 a float may round otherwise

    >>> compare(0.7864 * 2, 1.5728862), compare(1 - 0.4621**2, 0.7864477)
    ('=', '≈')
    """
    text, least = format_number(number), count_digits()
    shown, is_sure = float(text), (digits or least) <= SURE_DIGITS
    is_short = len(re.sub(r"e.*|\D", "", text).strip("0")) <= SURE_DIGITS
    if (worked == shown and (is_sure or is_short)) or (math.isnan(worked) and math.isnan(shown)):
        return EXACT
    if not (math.isfinite(worked) and math.isfinite(shown)) or shown == 0 or not is_sure:
        return ROUNDED
    last_place = 10.0 ** (int(f"{shown:.{least - 1}e}".partition("e")[2]) - least + 1)
    if text.endswith(".0"):
        last_place = min(last_place, 0.1)
    # near the last digits, in doubt no
    tie = 0.5 * last_place * (1 + 1e-9) + (1e-15 if least < 10 else -1e-15) * abs(worked)
    return EXACT if abs(worked - shown) <= tie else ROUNDED


def find_sign(left: str, right: str) -> str:
    """The sign between two sides of an equation.

    >>> find_sign(EXACT, EXACT), find_sign(EXACT, ROUNDED), find_sign(ROUNDED, ROUNDED), find_sign(OUTDATED, EXACT)
    ('=', '≈', '≈', '≠')
    """
    if OUTDATED in (left, right):
        return EXACT if left == right else OUTDATED
    return ROUNDED if ROUNDED in (left, right) else EXACT
