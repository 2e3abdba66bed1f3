"""Answers: read a typed answer as a number, and judge whether it is right.

The tolerances are defined here alone; the quiz, the page (viz/pages/calculus/numbers.js) and the signs of equations all
use them.
"""

import math
import re
from typing import Literal

from engine.teaching.expression import parse
from engine.teaching.tokens import shorten

NEAR = 0.005  # half a percent of a number
LONGEST = 200  # characters in an answer
NUMBER = re.compile(r"[+-]?(([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?|inf|infinity|nan)")
ARITHMETIC = re.compile(r"[0-9.e+*/() -]+")


def is_near(answer: float, number: float, digits: int = 3) -> bool:
    """Whether a number is within half a percent of the other, or differs by at most one in its third digit.

    digits   the digit to judge by; with 5, the tolerance is a hundredth of that

    >>> is_near(0.7865, 0.7864477), is_near(0.0101, 0.01), is_near(0.0102, 0.01), is_near(0.0, 1e-9)
    (True, True, False, False)
    """
    if not (math.isfinite(answer) and math.isfinite(number)) or number == 0:
        return answer == number or (math.isnan(answer) and math.isnan(number))
    last = 10.0 ** (int(f"{number:.{digits - 1}e}".partition("e")[2]) - digits + 1)
    return abs(answer - number) <= max(NEAR * 10.0 ** (3 - digits) * abs(number), last) * (1 + 1e-9)


def is_exact(answer: str, number: float) -> bool:
    """Whether a typed answer is exactly the number, up to rounding in the last digits of a float.

    >>> is_exact("1/3", 1 / 3), is_exact("0.333", 1 / 3)
    (True, False)
    >>> is_exact("0", 5.6e-17), is_exact("-3e-17", 3e-17)  # what rounding leaves of 0, and another number
    (True, False)
    """
    typed = as_number(answer)
    same = typed == number or (math.isnan(typed) and math.isnan(number))
    return same or math.isclose(typed, number, rel_tol=1e-9, abs_tol=0.0 if typed and number else 1e-15)


def accepts(answer: str, number: float) -> bool:
    """Whether a typed answer means `number`: it is near, or is the number rounded to the digits typed, at least two.

    A number halfway between two may be rounded either way. ValueError for an answer that is not a number.

    >>> accepts("0.42", 0.4153), accepts("2*0.21", 0.4199743), accepts("0.4", 0.4199743), accepts("0.13", 0.125)
    (True, True, False, True)
    """
    typed = as_number(answer)
    if is_exact(answer, number) or is_near(typed, number):
        return True
    plain = _plain(answer)
    digits = len(re.sub("e.*", "", plain).lstrip("+-0.").replace(".", "")) if NUMBER.fullmatch(plain) else 0
    if digits < 2 or number == 0 or not (math.isfinite(typed) and math.isfinite(number)):
        return False
    # of the first digit: 9.96 is 10, but 9.5 is not, and 1.0 is not 0.96
    exponent = min(int(f"{each:.17e}".partition("e")[2]) for each in (typed, number))
    return abs(typed - number) <= 0.5 * 10.0 ** (exponent - digits + 1) * (1 + 1e-9)


def judge(answer: str, number: float, rough: float = math.nan) -> Literal["right", "rounded", "wrong"]:
    """Judge a typed answer as "right", "rounded" or "wrong", as every quiz does.

    rough   the number that one gets by computing with the digits shown, if that is farther away

    >>> judge("0.5", 0.5), judge("0.7865", 0.7864477), judge("0", 5.555e-11), judge("0", 5.555e-11, rough=0.0)
    ('right', 'rounded', 'wrong', 'rounded')
    """
    if is_exact(answer, number):
        return "right"
    return "rounded" if accepts(answer, number) or is_near(as_number(answer), rough) else "wrong"


def as_number(answer: str) -> float:
    """Return a typed number, with a decimal point or comma, or as arithmetic; ValueError for anything else.

    The arithmetic is that of `engine.parse` without names: + - * / ** and brackets. Nothing is executed.

    >>> as_number("0,42"), as_number("2·0.21"), as_number("(1 − 0.5^2)/2")
    (0.42, 0.42, 0.375)
    """
    text = _plain(answer)
    if NUMBER.fullmatch(text):
        return float(text)
    if len(text) <= LONGEST and ARITHMETIC.fullmatch(text):
        try:
            return parse(text)[0].data
        except ValueError:
            pass
    raise ValueError(f"not a number: {shorten(answer)!r} (such as 0.42, -3, 1.5e-3 or 2*0.25)")


def _plain(answer: str) -> str:
    """Replace typographic signs by those of Python: point, minus, times, power."""
    text = re.sub(r"(?<=[0-9]),(?=[0-9])|^,(?=[0-9])|(?<=[0-9]),$", ".", answer.strip().lower())
    return text.replace("−", "-").replace("·", "*").replace("×", "*").replace("^", "**")
