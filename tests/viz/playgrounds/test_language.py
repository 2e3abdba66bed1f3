"""Expressions are read in the browser as Python reads them."""

import os

import pytest

from engine.teaching.grammar import NOT_FINITE
from tests.agreement.expressions import (
    compare_expressions,
    find_texts,
    make_expressions,
    mutate_expressions,
    open_language,
)

MADE, MUTATED = (1000, 3000) if os.environ.get("CI") else (300, 1000)


@pytest.fixture(scope="module")
def read(browser):
    return open_language(browser)


def test_expressions_of_tests_and_demos_and_random_ones_are_read_alike(read):
    written, made = find_texts(), list(make_expressions(MADE, 0))
    assert len(written) > 200
    agreement = compare_expressions(read, written + made)
    assert agreement.disagreements == {}
    assert agreement.accepted > 300
    assert agreement.nodes > 2000


def test_what_was_mutated_is_refused_with_the_same_sentence(read):
    given = [*find_texts(), *make_expressions(100, 1)]
    agreement = compare_expressions(read, list(mutate_expressions(given, MUTATED, 0)))
    assert agreement.disagreements == {}
    assert agreement.texts - agreement.accepted > MUTATED / 2


def test_names_that_mean_no_number_are_refused_alike(read):
    texts = "{} + x", "-{}", "y = {}; y", "{} = 3; {}*x", "{}(x)", "x {}", "1e{}", "{}; {} = 2", "({}", "tanh({}²)"
    names = [*NOT_FINITE, "NAN", "INFINITY", "ｎａｎ", "inf_", "∞"]
    given = [
        (text.replace("{}", name), numbers)
        for text in texts
        for name in names
        for numbers in ({"x": 2.0}, {"x": 2.0, "nan": 1.0}, {"inf": 0.5})
    ]
    agreement = compare_expressions(read, given)
    assert agreement.disagreements == {}
    assert 0 < agreement.accepted < agreement.texts


def test_a_difference_would_be_found(read):
    def read_otherwise(given):
        readings = read(given)
        for reading in readings:
            if len(reading) == 3:
                reading[1] = 0
            else:
                reading[0][-1][3] = 1.0
        return readings

    given = [("x*2", {"x": 3.0}), ("x*(", {"x": 3.0}), ("tanh(x)", {"x": 0.5})]
    assert compare_expressions(read, given).disagreements == {}
    assert len(compare_expressions(read_otherwise, given).disagreements) == 3
