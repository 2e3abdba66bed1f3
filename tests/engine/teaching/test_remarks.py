"""Remarks against the numbers: what is not finite or has two slopes is remarked upon, and nothing else is."""

import itertools
import math
import re

import pytest

from engine import Value, apply
from engine.formulas import FLOAT
from engine.ops import ROWS, compile_formula, table
from engine.teaching.remarks import REMARKS, find_remarks

NUMBERS = (-800.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 800.0)
STEP = 2.0**-30
LOSSES = ("binary_cross_entropy", "binary_cross_entropy_with_logits")  # which no one types with such numbers
SCALARS = [row for row in ROWS if not row.sequences and row.name not in (*LOSSES, "detach")]


def remarked(name: str, letter: str, numbers: tuple[float, ...]) -> list[str]:
    """What is said of the result, or of the slope by a letter."""
    letters, y = table[name].letters + "y", apply(name, *map(Value, numbers)).data
    found = find_remarks(name, letter)
    return [said for condition, said in found if compile_formula(FLOAT, condition, letters)(*numbers, y)]


def slopes(name: str, place: int, numbers: tuple[float, ...]) -> list[float]:
    """The slopes on the left and on the right of one of the numbers."""
    here, found = apply(name, *map(Value, numbers)).data, []
    for step in (-STEP, STEP):
        moved = [number + step * (place == i) for i, number in enumerate(numbers)]
        found.append((apply(name, *map(Value, moved)).data - here) / step)
    return found


@pytest.mark.parametrize("row", SCALARS, ids=lambda row: row.name)
def test_no_kink_passes_in_silence_and_no_other_place_is_remarked_upon(row):
    count = 0
    for numbers in itertools.product(NUMBERS, repeat=len(row.letters)):
        operands = [Value(number) for number in numbers]
        y = apply(row.name, *operands)
        said = remarked(row.name, "", numbers)
        at_origin = row.name == "atan2" and numbers == (0.0, 0.0)
        assert bool(said) == (at_origin or not math.isfinite(y.data)), numbers
        assert len(said) < 2
        for place, letter in enumerate(row.letters):
            left, right = slopes(row.name, place, numbers)
            kink = abs(left - right) > 1e-3 * max(1.0, abs(left), abs(right))  # nan: the edge of where it is defined
            wild = not math.isfinite(y.data + y.local_derivatives[place]) or abs(left) > 1e6
            told = remarked(row.name, letter, numbers)
            if abs(y.data) > 1e100 or max(map(abs, numbers)) > 100:
                continue  # where a difference tells nothing
            both = row.name == "clip" and numbers[0] == numbers[1] == numbers[2] and not place  # 1 is none
            assert bool(told) == (kink or wild or both), (numbers, letter, left, right, told)
            for taken in (0, 1):
                assert y.local_derivatives[place] == taken or f"taken as {taken}" not in "".join(told), (numbers, told)
            count += bool(told)
    assert count or row.name not in {op for remark in REMARKS for op in remark.ops if remark.backward}


def test_a_remark_is_about_operations_that_there_are():
    assert {op for remark in REMARKS for op in remark.ops} <= table.keys()
    for remark in REMARKS:
        for op in remark.ops:
            compile_formula(FLOAT, remark.condition, table[op].letters + "y")
            assert remark.forward or remark.backward
            assert set(remark.by) <= set(table[op].letters)
        said = remark.forward + remark.backward  # beside a formula that has the names of the graph instead
        assert not re.search(r"\b[bcty]\b|\ba\b(?! [a-z])", said), said


@pytest.mark.parametrize(
    ("name", "numbers", "forward", "slopes"),
    [
        ("*", (1e200, 1e200), "larger than the largest float", ""),
        ("+", (1e308, 1e308), "larger than the largest float", ""),
        ("/", (1e308, 0.1), "larger than the largest float", ""),
        ("*", (math.inf, 2.0), "", ""),
        ("**", (-math.inf, 0.5), "", ""),  # IEEE 754: infinite, not nan
        ("atan2", (-0.0, 0.0), "0 is taken", "0 is taken"),
        ("atan2", (0.0, -0.0), "half a turn", "0 is taken"),
        ("atan2", (-0.0, -0.0), "half a turn", "0 is taken"),
        ("binary_cross_entropy", (1.5, 1.0), "the result is nan", "no slope"),
        ("binary_cross_entropy", (0.0, 1.0), "a logarithm ends at -100", "divided by 1e-12"),
        ("binary_cross_entropy", (1.0, 1.0), "", "divided by 1e-12"),
        ("binary_cross_entropy", (0.5, 1.0), "", ""),
    ],
)
def test_numbers_that_no_difference_reaches(name, numbers, forward, slopes):
    for letter, expected in (("", forward), ("a", slopes)):
        told = remarked(name, letter, numbers)
        assert len(told) == bool(expected)
        assert expected in "".join(told)
