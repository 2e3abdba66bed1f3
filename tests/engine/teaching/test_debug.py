"""debug: source lines, scopes, the first number that is not finite."""

import threading
import time
from pathlib import Path

import pytest

import engine
from engine import Value, debug, no_grad, record
from engine.teaching.debug import MOST, _here, is_active, scope


def test_nodes_know_the_line_and_columns_that_made_them():
    a = Value(2.0, "a")
    with debug():
        y = (a * 3).tanh() + engine.dot(
            [a], [a]
        )  # fmt: skip
    origins = [node.origin for node in engine.toposort(y) if node.op == "tanh" or node.op == "+"]
    line = test_nodes_know_the_line_and_columns_that_made_them.__code__.co_firstlineno
    assert [(o.line, o.last_line) for o in origins] == [(line + 3, line + 3), (line + 3, line + 5)]
    assert all(o.file == __file__ for o in origins)
    source = Path(__file__).read_text(encoding="utf-8").splitlines()[line + 2]
    assert source[origins[0].column : origins[0].end_column] == "(a * 3).tanh()"
    assert origins[0].function.endswith("test_nodes_know_the_line_and_columns_that_made_them")
    assert not hasattr(a, "origin")
    assert not hasattr(a * 2, "origin")


def test_nodes_know_their_scope():
    a = Value(2.0)
    with debug():
        with scope("layers[0]"), scope("layers[0].neurons[3]"):
            inner = a * 2
        outer = a * 2
    assert inner.origin.scope == "layers[0].neurons[3]"
    assert str(inner.origin).endswith(" in layers[0].neurons[3]")
    assert outer.origin.scope == ""


def test_the_first_value_that_is_not_finite_is_named():
    a = Value(-1.0, "a")
    with debug(), scope("layers[2]"), pytest.raises(FloatingPointError) as raised:
        (a * 2).log()
    message = str(raised.value)
    assert message.startswith("log(*) = nan, where * = -2.0; made at ")
    assert message.endswith(" in layers[2]")
    assert f"{__file__}:" in message
    with debug(), pytest.raises(FloatingPointError, match="w = inf"):
        Value(float("inf"), "w")
    assert (a * 2).log().operands  # outside, nan is just a number


def test_the_first_gradient_that_is_not_finite_is_named():
    a = Value(0.0, "a")
    with debug():
        y = a.sqrt() * 2
        with pytest.raises(
            FloatingPointError, match=r"the gradient of a is not finite: upstream 2.0 · local derivative inf"
        ):
            y.backward()
    y.backward()
    x = Value(1.0, "x")
    with debug():
        y = x * 1e308 - x * -9e307 * 0.5
        x.data = 0.0
        x.grad = 1.5e308
        with pytest.raises(FloatingPointError, match="the gradient of x adds up to inf"):
            y.backward()


def test_gradients_that_only_grad_returns_are_watched_too():
    x = Value(2.0, "x")
    with debug():
        y = (x - 2).abs().sqrt()
        with pytest.raises(FloatingPointError, match="the gradient of abs is not finite"):
            engine.grad(y, x)
        with pytest.raises(FloatingPointError, match="= inf"):
            engine.grad(y, x, create_graph=True)
        assert engine.grad(x * x, [x]) == [4.0]
    assert x.grad == 0.0


def test_exponents_that_are_numbers_raise_no_alarm():
    with debug():
        y = Value(-2.0, "a") ** 2
        y.backward()


def test_debug_composes_with_no_grad_and_nests():
    with debug():
        with no_grad():
            y = Value(2.0) * 3
            assert y.operands == ()
            assert y.origin.line > 0
        with debug():
            pass
        assert is_active()
        assert hasattr(Value(1.0) * 2, "origin")
    assert not is_active()


def test_what_debug_reads_is_no_look_of_the_program():
    w, x = Value(2.0, "w"), Value(1.0, "x")
    with debug():
        assert record(lambda x: (x * w).tanh(), [x]).forward([[0.0]]).tolist() == [0.0]
        with pytest.raises(FloatingPointError, match=r"log\(x\) = nan"):
            record(lambda x: x.log(), [Value(-1.0, "x")])


def test_debug_is_for_this_thread_only():
    seen = []
    with debug():
        thread = threading.Thread(target=lambda: seen.append((is_active(), Value(-1.0).log())))
        thread.start()
        thread.join()
    assert seen[0][0] is False
    assert not hasattr(seen[0][1], "origin")


def test_a_long_program_takes_time_in_proportion():
    """20,000 lines took 77 seconds."""
    lines = 10_000
    program = compile("with debug():\n" + "    x = x.tanh()\n" * lines, "<long>", "exec")
    names = {"debug": debug, "x": Value(0.5)}
    began = time.process_time()
    exec(program, names)
    assert time.process_time() - began < 5
    origins = [node.origin for node in engine.toposort(names["x"]) if node.op]
    assert [origin.line for origin in origins] == list(range(2, lines + 2))
    assert {(origin.column, origin.end_column) for origin in origins} == {(8, 16)}


def test_programs_that_come_and_go_are_told_apart_and_forgotten():
    """Each is equal to the others, apart from its place, and may lie where another lay."""
    with debug():
        for number in range(3 * MOST):
            names = {"x": Value(0.5)}
            exec(compile("\n" * number + "y = x.tanh()", f"<{number % 2}>", "exec"), names)
            assert (names["y"].origin.line, names["y"].origin.file) == (number + 1, f"<{number % 2}>")
            assert len(_here.positions) <= MOST
        with debug():
            pass
        assert _here.positions
    assert not _here.positions


def test_debug_ends_with_its_block_even_after_an_error():
    with pytest.raises(ZeroDivisionError), debug():
        1 / 0  # noqa: B018
    assert not is_active()
    assert not hasattr(Value(1.0) * 2, "origin")
