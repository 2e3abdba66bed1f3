"""What a program looks at while its graph is recorded is noticed, with its line; what is no look is not."""

import copy
import inspect
import math
import operator
import pickle
import re
import statistics
import threading

import numpy as np
import pytest

import engine
from engine import LookError, Value, record
from engine.modes import current
from engine.tape.watching import Given, watch
from engine.teaching.paths import paths

w = Value(2.0, "w")


def reads(value):
    return value * value.data


def without_graph(value):
    with engine.no_grad():
        return value * 1.0


def assign(value):
    value.data = engine.peek(value)
    return value


LOOKS = {
    "data": lambda value: value.data,
    "float": float,
    "int": int,
    "round": round,
    "format": lambda value: float(f"{value:.20f}"),
    "math": math.sin,
    "floor": math.floor,
    "NumPy": lambda value: np.float64(value),
    "array": lambda value: np.array([value], float)[0],
    "no_grad": lambda value: without_graph(value),
    "gradient": lambda value: engine.grad(value * value, value),
    "backward": lambda value: [(value * value).backward(), value.grad][1],
    "local derivative": lambda value: value.tanh().local_derivatives[0],
    "steps": lambda value: [step.total for step in engine.steps(value.tanh())][-1],
    "mistake": lambda value: engine.mistakes.RIGHT(value.tanh())[value],
    "path": lambda value: paths(value.tanh(), value)[0][0].product,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
    "assignment": assign,
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("at", [lambda x: x, lambda x: w, lambda x: (x * w).tanh()], ids=["input", "leaf", "result"])
def test_a_look_is_refused(look, at):
    x = Value(0.5)
    with pytest.raises((LookError, TypeError)) as caught:  # TypeError where Value has no such method
        record(lambda x: x * look(at(x)), [x])
    assert caught.type is LookError or look in (int, round, LOOKS["format"])


def test_the_line_is_named_and_the_way_out():
    line = inspect.getsourcelines(reads)[1] + 1
    with pytest.raises(LookError, match=re.escape(f"{__file__}:{line} looks at a number")) as caught:
        record(reads, [Value(0.5)])
    assert "compare Values (p <= 1), or compute with v.detach()" in str(caught.value)


def test_no_line_is_blamed_where_nothing_can_be_recorded():
    with engine.no_grad(), pytest.raises(ValueError, match=r"^record: under no_grad\(\) .*: record it outside$"):
        record(lambda x: x * w, [Value(0.5)])


def test_the_line_is_that_of_the_program_where_a_library_looks():
    with pytest.raises(LookError, match=re.escape(__file__)):
        record(lambda x: x * statistics.NormalDist(x).mean, [Value(0.5)])


INNOCENT = [
    repr, str, engine.peek, engine.steps, lambda x: f"{x}", lambda x: x.label, lambda x: x.operands, lambda x: x in [x],
    lambda x: engine.grad(x * w, x, create_graph=True), lambda x: x == w, lambda x: {x: 1}, lambda x: np.array([x]),
]  # fmt: skip


@pytest.mark.parametrize("innocent", INNOCENT)
def test_what_is_no_look_is_recorded(innocent):
    def program(x):
        innocent((x * w).tanh())
        return x * w

    assert record(program, [Value(0.5)]).forward([[1.0], [2.0]]).tolist() == [2.0, 4.0]


def test_a_constant_may_be_looked_at():
    tape = record(lambda x: x * (engine.value.lift(2.0) + 1).data, [Value(0.5)])
    assert tape.forward([[1.0], [2.0]]).tolist() == [3.0, 6.0]


def test_a_detached_number_goes_on():
    x = Value(0.5)
    tape = record(lambda x: x * x.detach(), [x])
    assert tape.forward([[3.0]]).tolist() == [9.0]
    assert tape.backward().tolist() == [[3.0]]


@pytest.mark.parametrize("sign", ["lt", "le", "gt", "ge", "eq", "ne"])
def test_comparisons_are_conditions(sign):
    compare, x = getattr(operator, sign), Value(1.0)
    tape = record(lambda x: x * 3 if compare(x, 1.0) else x * 5, [x])
    rows = np.array([[0.5], [1.0], [2.0]])
    assert tape.holds(rows).tolist() == [compare(number, 1.0) == compare(1.0, 1.0) for number in (0.5, 1.0, 2.0)]
    for row in rows[~tape.holds(rows)]:
        with pytest.raises(engine.BranchError):
            tape.forward([row])


@pytest.mark.parametrize("size", [1, 2])
def test_to_ask_for_branches_is_no_replay(size):
    """Backward follows the last forward pass, and numbers are those of the last replay, whatever was asked since."""
    leaf, x = Value(3.0), Value(0.5)
    tape = record(lambda x: leaf * x if x > 0 else -x, [x])
    tape.forward([[2.0]])
    assert tape.holds([[5.0]] * size).all()
    assert tape.values(x).tolist() == [2.0]
    assert (tape.backward().tolist(), leaf.grad) == ([[3.0]], 2.0)
    tape.value_and_gradient([[4.0]])
    assert tape.holds([[5.0]] * size).all()
    assert (tape.values(x).tolist(), tape.gradients(leaf).tolist()) == ([4.0], [4.0])


def test_truth_and_extremes_are_conditions():
    for function in (lambda x: x * 3 if x else x + 1, lambda x: max(x, w) * x, lambda x: sorted([x, w])[0] * x):
        tape = record(function, [Value(3.0)])
        assert tape.holds([[3.0], [0.0]]).tolist() == [True, False]


BRANCHING = {
    "relu": lambda x: x.relu(),
    "maximum": lambda x: x.maximum(0.5),
    "minimum": lambda x: x.minimum(w),
    "clip": lambda x: x.clip(-1, 1),
    "leaky_relu": lambda x: x.leaky_relu(w),
    "elu": lambda x: x.elu(),
    "power": lambda x: x**w,
    "remainder": lambda x: w % x,
    "cross-entropy": lambda x: engine.apply("binary_cross_entropy", x, 1.0),  # whose second derivative has a branch
}


@pytest.mark.parametrize("operation", BRANCHING.values(), ids=BRANCHING)
@pytest.mark.parametrize("order", [1, 2])
def test_the_branches_of_gradients_as_values_are_conditions(operation, order):
    """A gradient taken on one side of a kink is refused on the other, also where nothing passes."""

    def program(x):
        y = operation(x) * x
        for _ in range(order):
            y = engine.grad(y, x, create_graph=True)
        return y + w * x

    rows, branches = np.array([[-2.5], [-1.0], [0.0], [0.25], [0.5], [1.0], [1.5], [2.0]]), set()
    for recorded in rows[:, 0].tolist():
        tape = record(program, [Value(recorded)])
        held = tape.holds(rows)
        branches.add(tuple(held))
        assert held[rows[:, 0] == recorded].all()
        given = [Value(number) for number in rows[held, 0].tolist()]
        for x in given:
            (y := program(x)).backward()
        np.testing.assert_allclose(tape.forward(rows[held])[-1], y.data, rtol=1e-12)
        np.testing.assert_allclose(tape.backward()[:, 0], [x.grad for x in given], rtol=1e-12)
    assert len(branches) > 1 or (operation, order) == (BRANCHING["cross-entropy"], 1)


def test_a_look_elsewhere_is_not_seen():
    before = current.on_look, current.on_node, current.on_comparison, current.on_backward
    with watch() as seen:
        thread = threading.Thread(target=lambda: w.data)
        thread.start()
        thread.join()
    assert (current.on_look, current.on_node, current.on_comparison, current.on_backward) == before
    assert (seen.line, w.data, seen.line) == ("", 2.0, "")


def test_who_watches_outside_sees_what_who_watches_inside_does():
    x = Value(1.0)
    with watch() as outer:
        with watch() as inner:
            y = x * 3 if x > 0 else -x
            float(x)
        assert x < 2
    assert [seen.sign for seen in inner.comparisons] == [">"]
    assert [seen.sign for seen in outer.comparisons] == [">", "<"]
    assert inner.line == outer.line != ""
    with pytest.raises(engine.BranchError):
        record(y, [x], comparisons=outer.comparisons).forward([[-1.0]])


def test_debug_goes_on_while_a_program_is_watched():
    with engine.debug(), pytest.raises(FloatingPointError, match="log"):
        record(lambda x: (x - 0.5).log(), [Value(0.5)])


def test_looks_at_some_leaves_are_told_apart():
    x, target = Value(0.5), Given(1.0)
    with watch([target]) as seen:
        float(target * 2)
    assert (seen.line, bool(seen.line_apart)) == ("", True)
    with watch([target]) as seen:
        float(target * x)
    assert (bool(seen.line), seen.line_apart) == (True, "")


def test_to_look_up_what_is_given_is_a_look():
    given = Given(1.0)
    for look_up in (lambda: {1.0: 5.0}.get(given), lambda: given in {1.0}, lambda: hash(given)):
        with watch() as seen:
            look_up()
        assert seen.line.startswith(__file__)
    assert hash(given) == object.__hash__(given)
