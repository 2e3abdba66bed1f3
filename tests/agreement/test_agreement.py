"""Values and their peers agree on random graphs, and a wrong derivative would be found."""

import dataclasses
import re
import subprocess
import sys
from functools import partial
from itertools import count, islice

import pytest
from hypothesis import settings

import engine
from engine import Value, functions
from engine.ops import Op, table
from engine.value import operation
from tests.agreement import __main__ as command
from tests.agreement import programs, shrinking
from tests.agreement.pairs import NEEDS, OPENED, PAIRS, find_errors, refuse_kinks
from tests.agreement.peers import PeerError, open_jax, open_page
from tests.agreement.programs import Row, build, read_program, write
from tests.agreement.shrinking import disagrees, shrink
from tests.agreement.verdicts import agree, run
from tests.conftest import optional, tries

GRAPHS = tries(500, 20)
DEEP = 30
SIGMOID = (Row("", (), (0.5,)), Row("sigmoid", (0,)))


@pytest.fixture(scope="module", params=[*PAIRS, *OPENED])
def compare(request):
    if request.param in NEEDS:
        optional(NEEDS[request.param])
    if request.param == "page":
        yield partial(OPENED["page"], open_page(request.getfixturevalue("browser")))
    elif request.param == "jax":
        with open_jax() as compute:
            yield partial(OPENED["jax"], compute)
    else:
        yield PAIRS[request.param]


def test_a_peer_agrees_on_random_graphs(compare):
    verdict = run(compare, GRAPHS)
    assert verdict.disagreements == {}
    assert verdict.graphs == GRAPHS
    # test_ops.py compares the second derivatives of a cross-entropy, where those of PyTorch have fewer digits
    assert set(table) - set(verdict.ops) == ({"binary_cross_entropy"} if compare is PAIRS["second"] else set())
    assert verdict.cancelled < verdict.numbers / 50


def test_the_graphs_are_of_all_kinds():
    graphs = [read_program(seed) for seed in range(60)]
    assert {row.op for program in graphs for row in program} == {"", "constant", *table}
    numbers = {repr(number) for program in graphs for row in program for number in row.numbers}
    assert {"inf", "-inf", "nan", "0.0", "-0.0", "1e+300", "5e-324"} <= numbers
    assert max(map(depth, graphs)) > DEEP
    assert max(len(row.operands) for program in graphs for row in program) > 20
    uses = [operand for row in graphs[1] for operand in row.operands]
    assert len(set(uses)) < len(uses)


def depth(program):
    depths = []
    for row in program:
        depths.append(1 + max((depths[operand] for operand in row.operands), default=-1))
    return depths[-1]


# ---- a wrong derivative is found, and shrunk


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tanh", "/", "affine"])
def test_a_wrong_derivative_is_found_and_shown_by_the_smallest_expression(name, monkeypatch):
    optional("mpmath")
    plant(monkeypatch, name, "1.00000001")
    compare = PAIRS["differences"]
    having = (seed for seed in count() if any(row.op == name for row in read_program(seed)))
    verdicts = [run(compare, 1, seed) for seed in islice(having, tries(60, 8))]  # from which to take a small one
    found = [program for verdict in verdicts for program in verdict.disagreements.values()]
    assert found
    smallest = shrink(compare, min(found, key=len))
    assert disagrees(compare, smallest)
    assert [row.op for row in smallest if row.operands] == [name]
    assert len(smallest) <= 4


def test_what_disagrees_in_special_numbers_only_is_shrunk_to_them(monkeypatch, torch):
    relu = dataclasses.replace(table["relu"], derivatives=("where(a < 0, 0, 1)",))  # 1 at 0
    plant_row(monkeypatch, relu)
    compare = PAIRS["torch"]
    program = next(iter(run(compare, 150).disagreements.values()))
    assert len(program) > 10
    assert write(shrink(compare, program)) in ("relu(x0)  where x0 = 0.0", "relu(x0)  where x0 = -0.0")


def test_what_disagrees_in_one_sample_only_is_shrunk_to_it():
    program = (Row("", (), (1.0, 0.5, 3.0)), Row("exp", (0,)), Row("", (), (2.0,)), Row("*", (1, 2)))

    def compare(given):
        for sample in range(3):
            nodes = build(given, sample)
            yield "planted", 0.0, float(any(node.op == "exp" and node.data > 20 for node in nodes)), 0.0

    assert write(shrink(compare, program)) == "exp(x0)  where x0 = 3.0"


def test_in_the_beginning_of_a_program_not_all_leads_to_its_last_node():
    beginning = (Row("", (), (0.5, 1.0)), Row("exp", (0,)), *SIGMOID[:1], Row("sigmoid", (2,)))
    assert not disagrees(PAIRS["tape"], beginning)
    assert len(list(PAIRS["tape"](beginning))) > 8


def test_a_sum_of_negative_zeros_is_left_out_where_a_product_may_compute_it():
    zero = Row("", (), (-0.0,))
    with pytest.raises(PeerError, match=r"-0.0 \+ -0.0"):
        list(PAIRS["tape"]((zero, zero, Row("+", (0, 1)), Row("/", (0, 2)))))


def test_what_cannot_be_found_again_is_shown_whole(monkeypatch):
    monkeypatch.setattr(shrinking, "SETTINGS", settings(shrinking.SETTINGS, max_examples=20))
    assert shrink(lambda given: iter(()), SIGMOID) == SIGMOID


def test_a_wrong_derivative_is_found_by_pytorch_in_both_orders(monkeypatch, torch):
    plant(monkeypatch, "sin", "1.00000001")
    assert run(PAIRS["torch"], 30).disagreements
    assert run(PAIRS["second"], 30).disagreements


def test_a_wrong_derivative_is_found_by_jax(monkeypatch):
    optional("jax")
    with open_jax() as compute:
        compare = partial(OPENED["jax"], compute)
        assert not disagrees(compare, SIGMOID)
        plant(monkeypatch, "sigmoid", "1.00000001")
        assert disagrees(compare, SIGMOID)


def test_a_row_that_peers_do_not_know_is_read_from_its_formula(monkeypatch, torch):
    optional("mpmath")
    for factor, disagree in (("2", False), ("2.00000001", True)):
        bell = Op("bell", "t*maximum(a, -2)", (f"where(a < -2, 0, t) - {factor}*a*y",), term="exp(-a*a)")
        plant_row(monkeypatch, bell)
        for number in (0.5, -3.0):
            program = (Row("", (), (number,)), Row("bell", (0,)))
            for name in ("torch", "differences"):
                assert disagrees(PAIRS[name], program) is disagree


def plant(monkeypatch, name, factor):
    row = table[name]
    plant_row(
        monkeypatch,
        dataclasses.replace(row, derivatives=(f"({row.derivatives[0]})*{factor}", *row.derivatives[1:])),
    )


def plant_row(monkeypatch, row):
    """Put a row in the table, and make the operation anew that the agreement uses."""
    monkeypatch.setitem(table, row.name, row)
    if row.name == "affine":
        monkeypatch.setattr(functions, "affine", operation(row.name))
    else:
        monkeypatch.setitem(programs.OPERATIONS, row.name, operation(row.name))


# ---- the rest


def test_rounding_errors_are_bounded_where_terms_cancel_and_not_much_elsewhere():
    a, b = Value(1.0), Value(-1.0 + 1e-9)
    cancelled = a + b
    values, gradients = find_errors([a, b, cancelled, y := cancelled * cancelled])
    assert 1e-16 < values[cancelled] < 1e-13  # of 1, not of 1e-9
    assert values[y] < 1e-21
    assert gradients[a] < 1e-12
    x = Value(20.0)
    y = x.tanh()
    y.backward()
    assert x.grad == 0.0  # 1.7e-17, in truth
    assert 1.7e-17 < find_errors([x, y])[1][x] < 1e-13


def test_numbers_agree_only_if_they_do():
    nan, inf = float("nan"), float("inf")
    assert agree(nan, nan)
    assert agree(inf, inf)
    assert agree(1.0, 1.0 + 1e-10)
    for ours, theirs in ((1.0, 1.0 + 1e-8), (nan, 0.0), (0.0, nan), (inf, -inf), (inf, 1e308), (0.0, 1e-300)):
        assert not agree(ours, theirs), (ours, theirs)
    for error, excused in ((1.1e-8, True), (1e-9, False)):
        assert disagrees(lambda given, error=error: [("planted", 1.0, 1.0 + 1e-8, error)], SIGMOID) is not excused
    for theirs in (nan, inf):
        assert disagrees(lambda given, theirs=theirs: [("planted", 1.0, theirs, inf)], SIGMOID)


def test_a_graph_is_the_same_for_the_same_seed():
    assert repr(read_program(5)) == repr(read_program(5))
    assert read_program(5) != read_program(6)


def test_an_expression_can_be_read():
    program = (Row("", (), (2.0,)), Row("constant", (), (3.0,)), Row("+", (0, 1)), Row("maximum", (2, 2)))
    assert write(program) == "maximum(v2, v2)  where x0 = 2.0, v2 = x0 + 3.0"
    assert write((Row("", (), (2.0,)), Row("neg", (0,)), Row("-", (1, 0)))) == "neg(x0) - x0  where x0 = 2.0"


def test_the_command_counts_and_says_what_disagrees(capsys, monkeypatch):
    assert command.main(["--graphs", "3", "--only", "first"]) == 0
    assert "3 graphs" in capsys.readouterr().out
    right = PAIRS["first"]

    def wrong(program):
        yield from right(program)
        if any(row.op == "tanh" for row in program):
            yield "planted", 1.0, 2.0, 0.0

    monkeypatch.setitem(PAIRS, "first", wrong)
    assert command.main(["--graphs", "3", "--only", "first"]) == 1
    said = capsys.readouterr().out
    assert "planted: 1.0 and 2.0: tanh(x0)  where x0 = 1.0" in said
    monkeypatch.setattr(command, "SHOWN", 1)
    command.main(["--graphs", "3", "--only", "first"])
    assert re.search(r"and \d+ more", capsys.readouterr().out)


def test_the_command_says_which_peer_is_missing(capsys, monkeypatch):
    monkeypatch.setitem(NEEDS, "first", "no_such_module")
    assert command.main(["--graphs", "3", "--only", "first"]) == 0
    assert "left out: No module named 'no_such_module'" in capsys.readouterr().out
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    command.main(["--graphs", "3", "--only", "page"])
    assert "left out: " in capsys.readouterr().out


def test_a_closed_pipe_is_quiet():
    arguments = [sys.executable, "-m", "tests.agreement", "--graphs", "2", "--only", "first"]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()  # as `head` does
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait()


def test_a_kink_where_rounding_decides_is_left_out_and_one_where_it_does_not_is_not():
    x, y = Value(0.323), Value(1.313)
    for lost in (x * y - x * y, engine.dot([-x, x], [y, y]).tanh()):
        for kinked in (lost.relu(), lost.maximum(0.0), abs(lost)):
            nodes = engine.toposort(kinked)
            with pytest.raises(PeerError, match="at a kink"):
                refuse_kinks(nodes, find_errors(nodes)[0])
    infinite = Value(float("inf")) + x * y
    sure = (x - y, x - x, abs(-x) - x.maximum(0.0), Value(0.0) + Value(0.0), infinite, infinite * y)
    for kinked in (x.relu(), x.maximum(x), *(number.relu() for number in sure)):
        nodes = engine.toposort(kinked)
        refuse_kinks(nodes, find_errors(nodes)[0])
