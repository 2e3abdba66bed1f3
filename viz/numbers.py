"""Numbers as short text, and the signs between them: the same in pictures, in the terminal and on pages.

No false equation is printed. Where digits were dropped, a side of an equation, worked out from the digits shown, may
not come to the number as shown: then the sign is ≈. Where it would not even be near, since terms cancel, it is shown
with more digits. viz/pages/calculus/numbers.js has the same rule.
"""

import math
from collections.abc import Callable

from engine.teaching.answers import is_near

DIGITS = 4
MOST_DIGITS = 17  # enough to tell any float from all others
SURE_DIGITS = 15  # that a float keeps of what is written

EXACT, ROUNDED, OUTDATED = "=", "≈", "≠"  # what a side of an equation is


def format_number(x: float, digits: int = DIGITS) -> str:
    """A number with `digits` significant digits, in at most 11 characters where digits is 4.

    A number that needs fewer is written short, so that ``0.5`` is exact and ``0.5000`` is rounded; a
    whole number keeps its ``.0``. The sign of a zero is shown only where more than 4 digits are wanted.

    >>> [format_number(x) for x in (1, -3.0, 0.5, 2**0.5 / 2, 1.715e-05, 0.99999, float("-inf"))]
    ['1.0', '-3.0', '0.5', '0.7071', '1.715e-05', '1.000', '-inf']
    """
    x = float(x)
    if x == 0 and digits <= DIGITS:
        return "0.0"
    if x.is_integer() and abs(x) < 1e6:
        return f"{x:.1f}"
    short = f"{x:.{digits}g}"
    return short if float(short) == x or x != x else f"{x:#.{digits}g}".removesuffix(".")


def as_shown(x: float, digits: int = DIGITS) -> float:
    """The number that a person reads."""
    return float(format_number(x, digits))


def find_digits(work: Callable[[int], float], number: float) -> int:
    """The fewest digits, 4 or more, from which a side comes near `number`; 4 where none are enough.

    work   the side worked out from so many digits of each number in it

    >>> y = 1 - 2**-30
    >>> find_digits(lambda digits: 1 - as_shown(y, digits) ** 2, 1 - y**2)
    11
    """
    counts = range(DIGITS, MOST_DIGITS + 1)
    return next((digits for digits in counts if is_near(work(digits), number)), DIGITS)


def compare(worked: float, number: float, digits: int = DIGITS) -> str:
    """What a side is that comes to `worked`: EXACT if that rounds to `number` as shown, else ROUNDED.

    digits   of the numbers in it: beyond 15 a float does not hold what is written

    >>> compare(0.7864 * 2, 1.5728862), compare(1 - 0.4621**2, 0.7864477)
    ('=', '≈')
    """
    text = format_number(number)
    shown = float(text)
    if worked == shown or (math.isnan(worked) and math.isnan(shown)):
        return EXACT
    if not (math.isfinite(worked) and math.isfinite(shown)) or shown == 0 or digits > SURE_DIGITS:
        return ROUNDED
    unit = 10.0 ** (int(f"{shown:.{DIGITS - 1}e}".partition("e")[2]) - DIGITS + 1)
    if text.endswith(".0"):
        unit = min(unit, 0.1)
    return EXACT if abs(worked - shown) <= 0.5 * unit * (1 + 1e-9) else ROUNDED


def find_sign(left: str, right: str) -> str:
    """The sign between two sides of an equation.

    >>> find_sign(EXACT, EXACT), find_sign(EXACT, ROUNDED), find_sign(ROUNDED, ROUNDED), find_sign(OUTDATED, EXACT)
    ('=', '≈', '≈', '≠')
    """
    if OUTDATED in (left, right):
        return EXACT if left == right else OUTDATED
    return ROUNDED if ROUNDED in (left, right) else EXACT
