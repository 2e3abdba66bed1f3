"""What a tape plans, a formula as calls of NumPy, gives the numbers of the formula read by NumPy itself."""

import numpy as np
import pytest

import engine
from engine.arrays import NUMPY
from engine.formulas import _sum
from engine.ops import ROWS, Op, compile_formula, table
from engine.tape import calls
from engine.tape.arithmetic import WIDE, Arithmetic, parse
from engine.tape.calls import write_out

A = np.array([-2.0, -0.0, 0.0, 0.5, 3.0, 40.0, np.inf, np.nan])
B = np.array([1.0, 0.25, -1.5, 3.0, 0.5, 2.0, -np.inf, 1.0])
C = 2.0

FORMULAS = [
    "2**3 + 1",  # nothing but numbers
    "a**2 + (a + b)**3", "a**-1 + (a*b)**-1", "a**1 - b", "a**c",
    "(a > 0)*(b > 0)",
    *(f"where(a {sign} 0.5, a, b)" for sign in ("<", "<=", ">", ">=", "==")),
    "where((a > 0)*b, a, b)",  # what chooses is no truth value
    "where(c > 1, a, b)", "where(c < 1, a, b)", "where(c > 1, 0, 1)*a", "where(c > 1, 1, 0)*a",
    "where(a <= 0, 0, a) + where(c <= 0, 0, c)",
    "maximum(a, b) - minimum(a, c)", "abs(a)*exp(-abs(b))",
    "silu(a + b)*silu(a)", "gelu(a*b) + sigmoid(c)", "softplus(a + b) + softsign(a*b)",  # rows within a formula
    "atan2(a*b, a + b)*c", "binary_cross_entropy(sigmoid(a), sigmoid(b))",  # and rows that share a term
]  # fmt: skip


def plan(formula, names, shape=A.shape):
    planned = Arithmetic()
    result = planned.compute(parse(formula), names)
    run = write_out(planned.calls)
    with np.errstate(all="ignore"):
        run()
        run()  # as often as it is replayed
    return np.broadcast_to(result, shape)


def read(formula, names, shape=A.shape):
    with np.errstate(all="ignore"):
        return np.broadcast_to(compile_formula(NUMPY, formula, "".join(names))(*names.values()), shape)


@pytest.mark.parametrize("longest", [calls.LONGEST, 0])
@pytest.mark.parametrize("formula", [*FORMULAS, *(row.forward for row in ROWS if not (row.sequences or row.term))])
def test_a_planned_formula_gives_the_numbers_of_the_formula(formula, longest, monkeypatch):
    monkeypatch.setattr(calls, "LONGEST", longest)
    names = {"a": A, "b": B, "c": C}
    np.testing.assert_allclose(plan(formula, names), read(formula, names), rtol=1e-14, atol=1e-300)


@pytest.mark.parametrize("formula", ["where(a > 0, b, c)", "where(b > 0, a, c)", "where(c > 0, b, a)"])
def test_a_choice_is_made_among_arrays_of_other_shapes(formula):
    names = {"a": A[:6].reshape(2, 3), "b": A[3:6], "c": B[:2].reshape(2, 1)}
    np.testing.assert_array_equal(plan(formula, names, (2, 3)), read(formula, names, (2, 3)))


def test_truth_values_are_one_and_zero():
    assert plan("(a > 0) + (b > 0)", {"a": A, "b": B}).tolist() == [1, 1, 0, 2, 2, 2, 1, 1]
    assert plan("-(a > 0)", {"a": A}).tolist() == [0, 0, 0, -1, -1, -1, -1, 0]


def test_another_formula_gives_others():
    names = {"a": A, "b": B, "c": C}
    assert not np.allclose(plan("a + b", names), read("a - b", names), equal_nan=True)


def test_a_row_that_changes_nothing_can_be_called(monkeypatch):
    monkeypatch.setitem(table, "same", Op("same", "a", ("1",)))
    monkeypatch.setitem(NUMPY.functions, "same", lambda a: a)
    names = {"a": A, "b": B}
    for given, meant in (("same(a + b)*same(a + b)", "(a + b)*(a + b)"), ("same(a + b)*(a - b)", "(a + b)*(a - b)")):
        np.testing.assert_array_equal(plan(given, names), read(meant, names))


def test_sums_go_from_left_to_right():
    """As a chain of + does; Python's own sum() compensates from 3.12 on."""
    assert _sum([1e16, 1.0, 1.0, -1e16]) == 0.0
    assert engine.sum([1e16, 1.0, 1.0, -1e16]).data == 0.0


@pytest.mark.parametrize(
    ("height", "length", "width", "function"),
    [
        (3, 2, 4, np.matmul), (3, 1, 4, np.matmul), (1, 1, 4, np.multiply), (3, 1, 1, np.multiply),
        (3, 1, WIDE, np.matmul), (3, 1, WIDE + 1, np.multiply), (1, 2, WIDE + 1, np.matmul),
    ],
)  # fmt: skip
def test_a_column_by_a_row_is_multiplied_by_what_is_quickest(height, length, width, function):
    a, b = np.full((2, height, length), 2.0), np.full((2, length, width), 3.0)
    planned, out = Arithmetic(), np.empty((2, height, width))
    planned.multiply(a, b, out)
    assert [call[0] for call in planned.calls] == [function]
    write_out(planned.calls)()
    assert (out == 6.0 * length).all()
