"""What a typed answer means, and how close is close enough."""

import math
import random
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

import pytest

from engine.teaching.answers import accepts, as_number, is_exact, is_near


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ("0.42", 0.4199743),
        ("0,42", 0.4153),
        ("−0.42", -0.4153),
        ("-3", -3.0),
        ("+3.", 3.0),
        ("0.12", 0.125),
        ("0.13", 0.125),
        ("10", 9.96),
        ("1.0", 0.996),
        ("0", -3e-17),
        ("1.5e-3", 0.00151),
        ("0.0015", 0.00151),
        ("0", 0.0),
        ("0", -0.0),
        (" 27 ", 27.0),
        ("1200", 1200.4),
        ("inf", math.inf),
        ("-Infinity", -math.inf),
        ("nan", math.nan),
        ("0.30000000000000004", 0.3),
        ("0.420", 0.4191),  # a quarter of a percent
        ("1.01", 1.0),  # one in the third digit
        ("2*0.2689", 0.5378),
        ("1 - 0,4621^2", 0.7864477),
        ("-(1/3)·0.5", -1 / 6),
        ("1/0", math.inf),
    ],
)
def test_what_is_accepted(answer, number):
    assert accepts(answer, number)


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ("0.4", 0.4199743),  # one digit is too few
        ("0.43", 0.4199743),
        ("0.42", -0.4199743),
        ("9", 9.4),
        ("9.5", 9.96),  # which is written as 10 with two digits
        ("0.96", 1.0),
        ("0.951", 1.0),
        ("96", 100.0),
        ("0.095", 0.0996),
        ("-3e-17", 3e-17),
        ("4e-17", 3e-17),
        ("0.01", 0.0),
        ("0", 0.001),
        ("0.00", 0.001),
        ("inf", -math.inf),
        ("nan", 1.0),
        ("1e400", 1.0),
        ("0.433", 0.4199743),
        ("2*0.2", 0.4199743),
        ("0", 1e-9),
        ("1.02", 1.0),
        ("inf", 1e308),
    ],
)
def test_what_is_not_accepted(answer, number):
    assert not accepts(answer, number)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "abc",
        "1_0",
        "0x10",
        "1.2.3",
        "1e",
        "½",
        "٣",
        "x" * 1000,
        "2*",
        "tanh(1)",
        "e",
        "1;2",
        "(" * 150,
        "1+" * 99 + "1+1",
        "1,2,3",
        "().__class__",
    ],
)
def test_what_is_no_number(answer):
    with pytest.raises(ValueError, match="not a number: ") as error:
        as_number(answer)
    assert len(str(error.value)) < 120


def test_near_is_half_a_percent_or_one_in_the_third_digit():
    """Worked with fractions, which do not round."""
    generator = random.Random(5)
    for _ in range(2_000):
        number = Fraction(generator.randint(-99_999, 99_999) or 1, 10 ** generator.randint(0, 9))
        answer = number * Fraction(generator.randint(9_880, 10_120), 10_000)
        size, third = abs(number), Fraction(1, 100)
        while size >= Fraction(1999, 200):  # from 9.995 on it is written as 10.0
            size, third = size / 10, third * 10
        while size < Fraction(1999, 2000):
            size, third = size * 10, third / 10
        expected = abs(answer - number) <= max(abs(number) / 200, third)
        assert is_near(float(answer), float(number)) == expected, (answer, number)


def test_a_rounded_answer_is_the_number_rounded_to_its_digits():
    """Rounded by decimal arithmetic, of a number halfway between two to either."""
    generator = random.Random(6)
    accepted = 0
    for _ in range(6_000):
        size = generator.choice([generator.random(), 1 - generator.random() / 20, 1.0, 1e-17, 1e-200])
        number = size * 10.0 ** generator.randint(-9, 9)
        answer = f"{number * generator.uniform(0.93, 1.07):.{generator.randint(0, 3)}e}"
        digits = len(answer.partition("e")[0].replace(".", ""))
        both = [Context(digits, mode).create_decimal(Decimal(number)) for mode in (ROUND_HALF_UP, ROUND_HALF_DOWN)]
        rounded = digits >= 2 and Decimal(answer) in both
        assert accepts(answer, number) == (rounded or is_near(float(answer), number)), (answer, number)
        accepted += rounded
    assert 500 < accepted < 5_500


def test_what_is_exact_was_not_rounded():
    assert is_exact("1/3", 1 / 3)
    assert is_exact("-0", 0.0)
    assert is_exact("nan", math.nan)
    assert not is_exact("0.3333", 1 / 3)
