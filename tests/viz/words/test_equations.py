"""No false equation is printed, in walks, ledgers and explanations, as text and in LaTeX."""

import math
import re
import sys
from fractions import Fraction

import numpy as np
import pytest

import nn
from engine import Value, parse, toposort
from engine.numbers import CONSTANT
from tests.conftest import tries
from tests.graphs import random_graph
from tests.viz.words.equations import find_complaints, unwrap, unwrap_latex
from tests.viz.words.written import parse_formula
from viz.numbers import as_shown, compare, find_digits, find_sign, format_number, show_digits
from viz.words.explain import explain
from viz.words.text import walk_text


def mlp():
    return nn.MLP(2, [4, 4, 1], "tanh", generator=np.random.default_rng(3))([0.3, -1.2])


def lstm():
    return nn.LSTM(1, 2, generator=np.random.default_rng(4))([[0.5], [-0.25]])[0]


def sigmoids():
    h = Value(0.5, "x")
    for number in range(8):
        h = (h * Value(1.3 - number / 4, f"w{number}") + 0.1).sigmoid()
    return h


GRAPHS = [
    mlp,
    lstm,
    sigmoids,
    lambda: parse("y = tanh(w*x + b)", w=-3, x=2, b=6.5)[0],
    lambda: parse("y = tanh(w*x)", w=3, x=4.1)[0],  # saturated
    lambda: parse("y = (a - b)*1000 + (a/b - 1)", a=1.00012345, b=1.00012)[0],  # cancelling
    lambda: parse("y = a + b - c", a=0.1, b=0.2, c=0.3)[0],  # nothing but rounding is left
    lambda: parse("y = 1/(w*x)", w=-1, x=0)[0],
    *(lambda seed=seed: random_graph(seed, size=25).root for seed in range(30, 30 + tries(12, 4))),
    *(lambda seed=seed: random_graph(seed, size=12, special=True).root for seed in range(tries(6, 2))),
]


@pytest.mark.parametrize("number", range(len(GRAPHS)))
def test_equations(number):
    root = GRAPHS[number]()
    count, complaints = 0, []
    leaves = [node for node in toposort(root) if node.is_leaf and node.op != CONSTANT]
    explained = [explain(root, leaf) for leaf in leaves[:4]]
    statements = unwrap(walk_text(root))
    statements += [statement for each in explained for statement in unwrap(str(each))]
    statements += [statement for each in explained for statement in unwrap_latex(each.latex)]
    for statement in statements:
        found, wrong = find_complaints(statement)
        count += found
        complaints += wrong
    assert complaints == []
    assert count > len(leaves)


@pytest.mark.parametrize("seed", range(tries(100, 20)))
def test_equations_of_what_a_person_writes(seed):
    text, root, leaves = parse_formula(seed)
    statements = unwrap(walk_text(root))
    for leaf in set(leaves.values()) & set(toposort(root)):
        statements += unwrap(str(explain(root, leaf))) + unwrap_latex(explain(root, leaf).latex)
    for statement in statements:
        if not re.search("inf|origin", statement):  # exp(1000) is infinite to a float alone, a 0 may be -0.0
            assert find_complaints(statement)[1] == [], text


@pytest.mark.parametrize("digits", [2, 3, 7, 14, 15, 16, 17])
def test_equations_of_other_digits(digits):
    count, complaints = 0, []
    for make in GRAPHS[1:8]:
        root = make()
        with show_digits(digits):
            leaf = next(node for node in toposort(root) if node.is_leaf and node.op != CONSTANT)
            for statement in unwrap(walk_text(root)) + unwrap(str(explain(root, leaf))):
                found, wrong = find_complaints(statement, digits)
                count += found
                complaints += wrong
    assert complaints == []
    assert count > 100


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("logsumexp(a, -50, b)", "log(exp(0.0 - 0.0) + exp((-50.0) - 0.0) + exp((-inf) - 0.0)) ≈ 0.0"),
        ("logsumexp(a, b)", "log(exp(0.0 - 0.0) + exp((-inf) - 0.0)) = 0.0"),
        ("minimum(0.4, -b)", "minimum(0.4, v1) = minimum(0.4, inf) = 0.4"),
        ("clip(a + 0.3, b, -b)", "= minimum(maximum(0.3, -inf), inf) = 0.3"),
        ("0.3 % (-b)", "0.3 % v1 = 0.3 % inf = 0.3"),
        ("abs(b - b) + a", "1.0 · sign(nan) = 1.0 · 0.0 = 0.0"),
        ("1/3 + exp(b)", "(1/3) + v1 = 0.3333 + 0.0 = 0.3333"),
    ],
)
def test_beside_an_infinity_too(text, said):
    assert said in walk_text(parse(text, **{name: x for name, x in (("a", 0), ("b", -math.inf)) if name in text})[0])


@pytest.mark.parametrize("text", ["x*1", "x + 1", "-x", "x - x/1e9"])
def test_the_largest_float_is_rounded_to_no_float(text):
    root, _ = parse(text, x=sys.float_info.max)
    walked = walk_text(root)
    assert "1.798e+308" in walked
    said = [*unwrap(walked), *unwrap(str(explain(root, "x"))), *unwrap_latex(explain(root, "x").latex)]
    assert [complaint for each in said for complaint in find_complaints(each)[1]] == []


def test_a_constant_has_as_many_digits_in_formulas_as_in_numbers():
    root = Value(2.0, "x") * (1 / 3)
    with show_digits(9):
        assert "v1 = x*0.333333333 ≈ 2.0*0.333333333 ≈ 0.666666667" in walk_text(root)
    assert "v1 = x*0.333333 ≈ 2.0*0.3333 ≈ 0.6667" in walk_text(root)
    assert "v1 = x*0.123456789 ≈ 2.0*0.1235" in walk_text(parse("x*0.123456789", x=2)[0])


EXPRESSIONS = [
    "x*10 + 0",
    "x*10 - 1",
    "x + 0.2 - 0.3",
    "sqrt(x*40) + exp(x - x) + log(10*x) + x**2 + x**0.5",
    "sum(10000000000000000*x, x*10, -1000000000000000)",
    "exp(x/1000000000000000) + tanh(200*x)",
    "cos(x/10000000)",
    "(x*10)*(1/x) - x % 0.03",
    "x/3*3 + 1/(1/x)",
    "(x/10000000000)**20*(x/10000000000)**20",
    "(x*10)**(x/3) + (x*10)**-(x/3) + (x - x)**(x*12345.678) + (x*10)**(x*123456)",
]


@pytest.mark.parametrize("digits", [4, 13, 14, 15, 16, 17])
@pytest.mark.parametrize("text", EXPRESSIONS)
def test_no_equation_is_false_to_who_works_with_the_digits_that_are_printed(text, digits):
    count, complaints = 0, []
    root, leaves = parse(text, x=0.1)
    with show_digits(digits):
        statements = unwrap(walk_text(root))
        for leaf in leaves.values():
            statements += unwrap(str(explain(root, leaf))) + unwrap_latex(explain(root, leaf).latex)
    for statement in statements:
        found, wrong = find_complaints(statement, digits)
        count += found
        complaints += wrong
    assert complaints == []
    assert count


@pytest.mark.parametrize(
    ("statement", "complains"),
    [
        ("y = 1 - 0.4621*0.4621 = 0.7864", True),
        ("y ≈ 1 - 0.4621*0.4621 ≈ 0.7864", False),
        ("v = 0.5*0.5 = 0.25", False),
        ("v ≈ 0.5*0.5 ≈ 0.25", True),
        ("v ≈ 1 - 1.000*1.000 ≈ 5.555e-11", True),
        ("v ≈ 1 - 0.9999999999722*0.9999999999722 ≈ 5.555e-11", False),
        ("w.grad: 0 + 0.3333·0.3333 via v1 + (-2.0)·1.0 via v2 = -1.889", False),
        ("w.grad: 0 + 0.3333·0.3333 via v1 + (-2.0)·1.0 via v2 = -1.888", True),
        ("∂y/∂b += ∂y/∂v2 · 1 = 0.7864 · 1.0 = 0.7864, now 1.0 + (-6.0) = -4.0", True),
        ("v = 1 / 0.0 = inf", False),
        ("v = 1 / 0.0 = -inf", True),
        ("v = tanh(0.5) = 0.4621", False),
        ("v = tanh(0.5) = 0.4622", True),
        ("v = 1e+16 + 1.0 + (-1e+16) = 0.0", True),
        ("v = 1e-200*1e-200 = 0.0", True),
    ],
)
def test_the_checker_finds_what_is_false(statement, complains):
    count, complaints = find_complaints(statement)
    assert count
    assert bool(complaints) == complains


@pytest.mark.parametrize(
    ("statement", "digits", "complains"),
    [
        ("v = 0.10000000000000001*10.0 = 1.0", 17, True),
        ("v ≈ 0.10000000000000001*10.0 ≈ 1.0", 17, False),
        ("v = 0.1*10.0 = 1.0", 16, False),
        ("v ≈ 0.1*10.0 ≈ 1.0", 16, True),
        ("v = 0.1000000000000001*10.0 = 1.000000000000001", 16, False),
        ("v = 0.1*3.0 = 0.3000000000000000", 16, False),
        ("v = 0.1*3.0 = 0.3000000000000001", 16, True),
        ("v = 0.333333333333333*3.0 = 1.0", 15, True),
        ("v = 0.333333333333333*3.0 = 0.999999999999999", 15, False),
        ("v = exp(1e-16) = 1.0", 17, True),
        ("v = sqrt(4.0) = 2.0", 17, False),
    ],
)
def test_the_checker_works_with_as_many_digits_as_are_shown(statement, digits, complains):
    count, complaints = find_complaints(statement, digits)
    assert count
    assert bool(complaints) == complains


def test_where_terms_cancel_more_digits_are_shown():
    root, _ = parse("y = tanh(x)", x=12.3)
    text = " ".join(walk_text(root).split())
    assert "1 - 1.000*1.000" not in text
    assert "≈ 1.0 · (1 - 0.9999999999586*0.9999999999586) ≈ 1.0 · 8.287e-11 = 8.287e-11" in text


@pytest.mark.parametrize(
    ("text", "x", "said"),  # sin(10**23) is 0.7011, the tangent -9.673e+12; no float is what is written
    [
        ("sin(x)", 1e22, "= sin(1e+22) = -0.8522"),
        ("sin(x)", 1e23, "≈ sin(1e+23) ≈ -0.3241"),
        ("cos(x)", -1e23, "≈ cos(-1e+23) ≈ 0.9460"),
        ("tan(x)", 1.570796326795, "≈ tan(1.570796326795) ≈ -9.670e+12"),
        ("tan(x)", 1.5, "= tan(1.5) = 14.10"),
    ],
)
def test_what_a_float_holds_is_told_from_what_is_written(text, x, said):
    assert f"v1 = {text} {said}" in walk_text(parse(text, x=x)[0])


def test_where_terms_cancel_to_0_they_do_so_as_they_are_shown():
    """The factors are k/t and -t·(1 + c): the product does not depend on t."""
    root, _ = parse("(k/t)*(-t - t*c)", k=-100, t=-0.25, c=0.00012345)
    assert str(explain(root, "t")).endswith("∂v5/∂t = 400.04938 + (-400.0) + (-0.049380000) = 0.0")


def test_a_zero_has_a_sign_only_where_it_matters():
    root, _ = parse("y = 1/(w*x)", w=-1, x=0)
    text = " ".join(walk_text(root).split())
    assert "v1 = w*x = (-1.0)*0.0 = 0.0" in text
    assert "y = 1 / v1 = 1.0 / (-0.0) = -inf" in text
    assert format_number(-0.0) == "0.0"


def test_numbers_that_are_not_from_these_operands():
    root, leaves = parse("y = w*x", w=2, x=3)
    leaves["w"].data = 5.0
    assert "y = w*x = 5.0*3.0 ≠ 6.0" in walk_text(root)
    assert r"\neq" not in explain(root, "w").latex
    assert "= x ≠" not in str(explain(root, "w"))


def test_the_rule_by_hand():
    assert [compare(Fraction(worked), 0.25) for worked in ("0.25", "0.25004", "0.25006")] == ["=", "≈", "≈"]
    assert [compare(worked, 1 / 3) for worked in (0.3333, 0.33334, 0.33336)] == ["=", "=", "≈"]
    assert compare(12345.04, 12345.0) == "≈"
    assert compare(1e-20, 0.0) == "≈"
    assert compare(math.nan, math.nan) == "="
    assert compare(Fraction("5.551e-17"), 5.5511e-17) == "="
    assert compare(5.551e-17, 5.5511e-17, digits=17) == "≈"
    assert find_digits(lambda digits: as_shown(2 / 3, digits) - 0.6666, 2 / 3 - 0.6666) == 6
    assert find_digits(lambda digits: 1.0, 2.0) == 4
    assert find_digits(lambda digits: math.nan, 2.0) == find_digits(lambda digits: math.inf, 2.0) == 4
    terms = 400.04938, -400.0, -0.04938  # whose sum is 5.7e-14 to a float
    assert find_digits(lambda digits: sum(as_shown(x, digits) for x in terms), 0.0) == 8
    assert find_sign("≠", "≠") == "="
    assert find_sign("≠", "≈") == "≠"
