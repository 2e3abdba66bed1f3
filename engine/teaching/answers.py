"""Answers: what a person typed, read as a number, and whether it means a certain one.

How close is close enough is said here once: the quiz, the page (viz/pages/calculus/numbers.js) and the signs of
equations ask the same question.
"""

import math
import re
from typing import Literal

from engine.teaching.expression import parse

NEAR = 0.005  # of a number, half a percent
LONGEST = 200  # characters of an answer
NUMBER = re.compile(r"[+-]?(([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?|inf|infinity|nan)")
ARITHMETIC = re.compile(r"[0-9.e+*/() -]+")


def is_near(answer: float, number: float, digits: int = 3) -> bool:
    """Whether a number is within half a percent of the other, or within one in its third digit.

    digits   where closeness is judged: with 5 it is a hundredth of that

    >>> is_near(0.7865, 0.7864477), is_near(0.0101, 0.01), is_near(0.0102, 0.01), is_near(0.0, 1e-9)
    (True, True, False, False)
    """
    if not (math.isfinite(answer) and math.isfinite(number)) or number == 0:
        return answer == number or (math.isnan(answer) and math.isnan(number))
    last = 10.0 ** (int(f"{number:.{digits - 1}e}".partition("e")[2]) - digits + 1)
    return abs(answer - number) <= max(NEAR * 10.0 ** (3 - digits) * abs(number), last) * (1 + 1e-9)


def is_exact(answer: str, number: float) -> bool:
    """Whether a typed answer is the number but for rounding in the last digits of a float: not even rounded.

    >>> is_exact("1/3", 1 / 3), is_exact("0.333", 1 / 3)
    (True, False)
    >>> is_exact("0", 5.6e-17), is_exact("-3e-13", 3e-13)  # what rounding leaves of 0, and another number
    (True, False)
    """
    typed = as_number(answer)
    same = typed == number or (math.isnan(typed) and math.isnan(number))
    return same or math.isclose(typed, number, rel_tol=1e-9, abs_tol=1e-15)


def accepts(answer: str, number: float) -> bool:
    """Whether a typed answer means `number`: it is near, or the number rounded to the digits typed, two at least.

    A number halfway between two may be rounded either way. ValueError for what is no number.

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
    exponent = int(f"{number:.{min(digits, 100) - 1}e}".partition("e")[2])
    return abs(typed - number) <= 0.5 * 10.0 ** (exponent - digits + 1) * (1 + 1e-9)


def judge(answer: str, number: float, rough: float = math.nan) -> Literal["right", "rounded", "wrong"]:
    """What to say of a typed answer: the tolerance of every quiz.

    rough   what the person gets who works the number out from the digits shown, where that is farther away

    >>> judge("0.5", 0.5), judge("0.7865", 0.7864477), judge("0", 5.555e-11), judge("0", 5.555e-11, rough=0.0)
    ('right', 'rounded', 'wrong', 'rounded')
    """
    if is_exact(answer, number):
        return "right"
    return "rounded" if accepts(answer, number) or is_near(as_number(answer), rough) else "wrong"


def as_number(answer: str) -> float:
    """The number that a person typed: with a decimal point or comma, or as arithmetic; ValueError if it is none.

    The arithmetic is that of `engine.parse` without names, which executes nothing: + - * / ** and brackets.

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
    shown = answer if len(answer) <= 40 else f"{answer[:37]}..."
    raise ValueError(f"not a number: {shown!r} (such as 0.42, -3, 1.5e-3 or 2*0.25)")


def _plain(answer: str) -> str:
    """An answer with the signs that a computer types: point, minus, times, power."""
    text = re.sub(r"(?<=[0-9]),(?=[0-9])|^,(?=[0-9])|(?<=[0-9]),$", ".", answer.strip().lower())
    return text.replace("−", "-").replace("·", "*").replace("×", "*").replace("^", "**")
