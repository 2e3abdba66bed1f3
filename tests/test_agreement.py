"""Values and their peers agree on random graphs, and a wrong derivative would be found."""

import dataclasses
import os
from contextlib import ExitStack

import pytest

import engine.ops
from engine.operations import compile_operation
from engine.ops import table
from tests import agreement
from tests.agreement import NEEDS, PAIRS, Row, agree, disagrees, main, prepare, read_program, run, shrink, write

GRAPHS = 500 if os.environ.get("CI") else 60


@pytest.fixture(scope="module", params=PAIRS)
def pair(request):
    with ExitStack() as stack:
        missing = prepare(request.param, stack)
        if missing:  # JAX alone may be missing in CI
            assert not os.environ.get("CI") or request.param == "jax", missing
            pytest.skip(missing)
        yield request.param


def test_a_peer_agrees_on_random_graphs(pair):
    verdict = run(pair, range(GRAPHS))
    assert verdict.disagreements == []
    assert verdict.graphs > GRAPHS / 2
    assert set(verdict.ops) == set(table)
    assert verdict.cancelled < verdict.numbers / 1000


@pytest.mark.parametrize("name", ["tanh", "/", "logsumexp"])
def test_a_wrong_derivative_is_found_and_shown_by_the_smallest_expression(name, monkeypatch):
    pytest.importorskip("mpmath")
    plant(monkeypatch, name, "(1 + 1e-8)")
    verdict = run("differences", range(30))
    assert verdict.disagreements
    smallest = shrink("differences", verdict.disagreements[0][1])
    assert len(smallest) <= 3
    assert [row.op for row in smallest if row.operands] == [name]


def test_a_wrong_derivative_is_found_by_pytorch_in_both_orders(monkeypatch, torch):
    plant(monkeypatch, "sin", "(1 + 1e-8)")
    assert run("torch", range(30)).disagreements
    assert run("second", range(30)).disagreements


def test_a_wrong_derivative_of_special_numbers_is_found(monkeypatch, torch):
    row = table["relu"]
    plant_row(monkeypatch, dataclasses.replace(row, derivatives=("where(a < 0, 0, 1)",)))  # 1 at 0, and nan gives 1
    assert run("torch", range(300)).disagreements


def plant(monkeypatch, name, factor):
    row = table[name]
    derivatives = (f"({row.derivatives[0]})*{factor.replace('1e-8', '0.00000001')}", *row.derivatives[1:])
    plant_row(monkeypatch, dataclasses.replace(row, derivatives=derivatives))


def plant_row(monkeypatch, row):
    """Put a row in the table, and make the operation anew that the agreement uses."""
    monkeypatch.setitem(engine.ops.table, row.name, row)
    wrong = compile_operation(row.name)
    original = agreement.operation
    monkeypatch.setattr(agreement, "operation", lambda name: wrong if name == row.name else original(name))


def test_numbers_agree_only_if_they_do():
    nan, inf = float("nan"), float("inf")
    assert agree(nan, nan)
    assert agree(inf, inf)
    assert agree(1.0, 1.0 + 1e-10)
    for ours, theirs in ((1.0, 1.0 + 1e-8), (nan, 0.0), (0.0, nan), (inf, -inf), (inf, 1e308), (0.0, 1e-300)):
        assert not agree(ours, theirs), (ours, theirs)


def test_a_graph_is_the_same_for_the_same_seed():
    assert repr(read_program(5)) == repr(read_program(5))
    assert read_program(5) != read_program(6)


def test_an_expression_can_be_read():
    program = (Row("", (), (2.0,)), Row("constant", (), (3.0,)), Row("+", (0, 1)), Row("maximum", (2, 2)))
    assert write(program) == "maximum(v2, v2)  where x0 = 2.0, v2 = x0 + 3.0"


def test_the_command_counts_and_says_what_disagrees(capsys, monkeypatch):
    assert main(["--graphs", "3", "--only", "first"]) == 0
    assert "3 graphs" in capsys.readouterr().out
    right = PAIRS["first"]

    def wrong(program):
        yield from right(program)
        if any(row.op == "tanh" for row in program):
            yield "planted", 1.0, 2.0, 0.0

    monkeypatch.setitem(PAIRS, "first", wrong)
    assert main(["--graphs", "3", "--only", "first"]) == 1
    said = capsys.readouterr().out
    assert "planted: 1.0 and 2.0: tanh(" in said
    assert not disagrees("first", (Row("", (), (1.0,)), Row("exp", (0,))))
    assert set(NEEDS) < set(PAIRS)
