"""What data and grad take, what == and bool read, and what a backward pass leaves behind when it does not end."""

import math
import os
import signal
import threading
import warnings

import numpy as np
import pytest

import engine
from engine import Value
from engine.formulas import _parsing, parse_formula
from engine.modes import mode, one_pass
from engine.numbers import write_count
from engine.value import lift


@pytest.mark.parametrize("attribute", ["data", "grad"])
@pytest.mark.parametrize(
    ("bad", "named"),
    [
        (Value(1.0), "Value"), ("3", "str"), (1j, "complex"), ([1.0], "list"), (np.array([1.0, 2.0]), "ndarray"),
        (np.array([1.0]), "ndarray"), (np.complex128(1), "complex128"), (object(), "object"),
        (np.timedelta64(1, "ns"), "timedelta64"), (np.array(1, "m8[s]"), "ndarray"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_with_the_name_of_the_node(attribute, bad, named):
    node = Value(2.0, "w")
    node.grad = 0.5
    with pytest.raises(
        TypeError, match=rf"w\.{attribute}: expected an int, a float or a NumPy real scalar, not {named}"
    ):
        setattr(node, attribute, bad)
    with pytest.raises(TypeError, match=rf"a Value\.{attribute}: expected"):
        setattr(Value(1.0), attribute, bad)
    assert (node.data, node.grad) == (2.0, 0.5)


def test_every_real_scalar_of_numpy_is_a_number_and_a_span_of_time_is_none():
    for code in np.typecodes["AllInteger"] + np.typecodes["Float"]:
        assert Value(np.dtype(code).type(3)).data == 3.0
        assert Value(3.0) == np.dtype(code).type(3)
    for unit in ("ns", "s", "D", "Y"):  # NumPy will do without spans that have no unit
        with pytest.raises(TypeError, match="expected an int, a float or a NumPy real scalar, not timedelta64"):
            Value(np.timedelta64(3, unit))


def test_none_is_a_gradient_of_zero_and_no_number():
    node = Value(2.0)
    node.grad = 3.0
    node.grad = None
    assert (node.grad, type(node.grad)) == (0.0, float)
    with pytest.raises(TypeError, match="not NoneType"):
        node.data = None
    with pytest.raises(ValueError, match="an int of 2001 bits is too large"):
        node.data = 2**2000


def test_a_network_of_single_precision_computes_in_double():
    w, x = Value(1.0), Value(np.float32(0.1))
    w.data = np.float32(0.3)
    w.data -= np.float32(0.1) * w.grad
    y = (w * x).tanh()
    y.backward()
    assert {type(node.data) for node in engine.toposort(y)} == {float}
    assert {type(node.grad) for node in engine.toposort(y)} == {float}


@pytest.mark.parametrize(
    ("left", "right"), [(2.5, 2.5), (0.0, -0.0), (2.5, 2), (math.nan, math.nan), (math.inf, math.inf)]
)
def test_equality_with_a_number_compares_data(left, right):
    value, expected = Value(left), left == right
    for number in (right, np.float64(right)):
        assert (value == number, number == value) == (expected, expected)
        assert (value != number, number != value) == (not expected, not expected)
    assert Value(3.0) == 3
    assert Value(1.0) == True  # noqa: E712 as 1.0 is


def test_equality_of_two_values_is_identity():
    a, b = Value(1.0), Value(1.0)
    assert a != b
    assert a == a
    assert lift(1.0) != lift(1.0)
    assert len({a, b, a}) == 2
    assert {a: 1}[a] == 1
    assert [a, b].index(b) == 1
    assert (a == "x", a != "x", a == None, a == [1.0]) == (False, True, False, False)  # noqa: E711
    assert a not in (2.0, "x", None)


@pytest.mark.parametrize("number", [0.0, -0.0, 1.0, -2.0, 1e-300, math.nan, math.inf])
def test_the_truth_of_a_value_is_that_of_its_number(number):
    assert bool(Value(number)) == bool(number)


def test_arrays_compare_element_by_element_from_either_side():
    value, array = Value(2.0), np.array([1.0, 2.0])
    assert (value == array).tolist() == (array == value).tolist() == [False, True]
    assert (value != array).tolist() == (array != value).tolist() == [True, False]


def test_comparisons_are_seen_with_their_outcome_and_looks_are_seen():
    seen, looked = [], []
    a, b = Value(1.0), Value(2.0)
    with mode(on_comparison=lambda *what: seen.append(what), on_look=looked.append):
        _ = (a == 1.0, a != 1.0, bool(a), a < b, a >= 3, a == b)
        assert not looked
        _ = (a.data, float(b), repr(a), a.label, engine.peek(a), a.grad)
    assert [(sign, outcome) for sign, _, _, outcome in seen] == [
        ("==", True), ("==", True), ("==", False), ("<", True), (">=", False)
    ]  # fmt: skip
    assert looked == [a, b]


def test_other_threads_are_not_looked_at():
    looked = []
    value = Value(1.0)
    with mode(on_look=looked.append):
        thread = threading.Thread(target=lambda: value.data)
        thread.start()
        thread.join()
    assert not looked


class Equal(Value):
    def __eq__(self, other):
        return isinstance(other, Value) and self.data == other.data


class Hashed(Equal):
    def __hash__(self):
        return hash(self.data)


@pytest.mark.parametrize("subclass", [Equal, Hashed])
def test_results_of_subclasses_that_define_equality_work(subclass):
    a, b = subclass(2.0), subclass(2.0)
    y = a * b + a
    y.backward()
    assert (a.grad, b.grad) == (3.0, 2.0)
    assert engine.grad(y, [a, b]) == [3.0, 2.0]
    assert len(engine.toposort(y)) == 4
    assert engine.record(y, [a]).forward([[3.0]]).tolist() == [9.0]
    assert len(list(engine.steps(y))) > 4


def test_detach_has_the_number_and_passes_nothing_on():
    x = Value(3.0)
    y = x * x.detach()
    y.backward()
    assert (y.data, x.grad) == (9.0, 3.0)
    assert engine.grad(x.detach(), x) == 0.0
    assert engine.record(x * x.detach(), [x]).value_and_gradient([[2.0]])[0] == 4.0


def test_under_no_grad_a_result_is_a_constant():
    with engine.no_grad():
        y = Value(2.0) * 3.0
    assert (y.data, y.op, y.operands, y.is_leaf) == (6.0, "constant", (), True)


def test_a_star_import_leaves_python_its_own_sum():
    names: dict[str, object] = {}
    exec("from engine import *", names)
    assert "sum" not in names
    assert engine.sum([Value(1.0), 2.0]).data == 3.0


# ---- a pass that does not end


def broken(where):
    """A graph of which a node's gradient cannot be added up; the leaves have gradients from before."""
    a, b = Value(2.0, "a"), Value(3.0, "b")
    y = (a * b).tanh() * a + b
    a.grad, b.grad = 0.25, -0.5
    engine.toposort(y)[where].da = "no number"
    return y, a, b


@pytest.mark.parametrize("where", [2, 3, 4, 5])
def test_a_pass_that_fails_leaves_the_gradients_of_leaves_as_they_were(where):
    y, a, b = broken(where)
    with pytest.raises(TypeError):
        y.backward()
    assert (a.grad, b.grad) == (0.25, -0.5)


def test_an_interrupted_pass_leaves_the_gradients_of_leaves_as_they_were():
    class Interrupting(float):
        def __rmul__(self, other):
            raise KeyboardInterrupt

    y, a, b = broken(2)
    engine.toposort(y)[2].da = Interrupting(1.0)
    with pytest.raises(KeyboardInterrupt):
        y.backward()
    assert (a.grad, b.grad) == (0.25, -0.5)


def test_a_pass_that_debug_refuses_leaves_the_gradients_of_leaves_as_they_were():
    x = Value(0.0, "x")
    x.grad = 0.5
    with engine.debug():
        y = x.sqrt()
        with pytest.raises(FloatingPointError):
            y.backward()
    assert x.grad == 0.5


def test_threads_go_back_through_graphs_that_share_nodes_one_at_a_time():
    x = Value(0.5)
    shared = x
    for _ in range(200):
        shared = shared * 1.001
    roots = [shared * float(number) for number in range(1, 5)]
    x.grad, once = 0.0, 1.001**200
    start = threading.Barrier(4)

    def work(root):
        start.wait()
        for _ in range(25):
            root.backward()

    threads = [threading.Thread(target=work, args=(root,)) for root in roots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert x.grad == pytest.approx(25 * once * (1 + 2 + 3 + 4), rel=1e-9)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_process_can_go_back_and_read_formulas_while_another_thread_of_the_parent_did():
    held, done = threading.Event(), threading.Event()

    def hold():
        with one_pass, _parsing:
            held.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(30)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python 3.12 warns of threads, and so does JAX where it is loaded
        child = os.fork()
    if not child:
        signal.alarm(30)
        parse_formula("a + 1")
        x = Value(2.0)
        (x * x).backward()
        os._exit(0 if x.grad == 4.0 else 1)
    _, status = os.waitpid(child, 0)
    done.set()
    thread.join()
    assert os.waitstatus_to_exitcode(status) == 0


def test_one_is_written_without_a_plural():
    assert [write_count(count, "box", "boxes") for count in (0, 1, 2)] == ["0 boxes", "1 box", "2 boxes"]
    assert write_count(12345, "row") == "12,345 rows"
    x = Value(2.0, "x")
    assert repr(engine.record(x * 3.0, [x])).startswith("Tape(1 input, 0 parameters, ")
