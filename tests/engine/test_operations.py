"""Operations: the functions of Values that are written from the rows of the op table, and rows of one's own."""

import builtins
import copy
import dataclasses
import gc
import inspect
import math
import operator
import pdb
import pickle
import random
import subprocess
import sys
import traceback
from io import StringIO
from keyword import iskeyword

import numpy as np
import pytest

import engine
import engine.tape.layout
import nn
import viz
from engine import Op, Value, toposort
from engine.formulas import FLOAT, parse_formula
from engine.operations import OPERATORS
from engine.ops import ROWS, table
from engine.registry import RESERVED, SUPPLIED, check_row
from engine.special import carefully
from engine.tape.grouping import OWN
from engine.tape.source import CALLED
from engine.value import operation
from tests.conftest import tries

# Three operands, each with a formula of its own; one of them that is not linear, and one that looks at another.
BLEND = Op("blend", "a*b + (1 - a)*c**2", ("b - c**2", "a", "2*(1 - a)*c"))
SCALED = Op("scaled", "sum(a*b)*c", ("b*c", "a*c", "y / c"), sequences="ab")


@pytest.fixture
def blend():
    """BLEND and SCALED in the table."""
    for row in (BLEND, SCALED):
        engine.register(row)


# ---- what a debugger shows


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_source_of_every_operation_is_shown(row):
    source = inspect.getsource(operation(row.name))
    assert source.startswith(f"def {OPERATORS.get(row.name, row.name)}(va")
    assert "        y = " in source


def test_a_debugger_steps_into_a_product_and_shows_its_line():
    screen = StringIO()
    shell = pdb.Pdb(
        stdin=StringIO("step\n" * 3 + "next\n" * 5 + "continue\n"), stdout=screen, nosigint=True, readrc=False
    )
    tracer = sys.gettrace()  # of a coverage run, which the debugger would end
    shell.runcall(lambda a, b: a * b, Value(2.0), Value(3.0))
    sys.settrace(tracer)
    assert "-> y = a * b\n" in screen.getvalue()
    assert "[EOF]" not in screen.getvalue()


def test_a_traceback_quotes_the_line():
    class Broken(Value):
        @property
        def _data(self):
            raise RuntimeError("no number")

    broken = object.__new__(Broken)
    with pytest.raises(RuntimeError) as caught:
        Value(1.0) * broken
    assert "b = vb._data" in "".join(traceback.format_exception(caught.value))


def test_operations_say_what_they_compute():
    assert Value.tanh.__doc__ == "y = tanh(a); local derivative: 1 - y*y."


# ---- slots


def test_a_nodes_slots_are_its_rows_letters(blend):
    a, b, c = Value(0.25), Value(3.0), Value(-2.0)
    y = engine.apply("blend", a, b, c)
    assert (y.a, y.b, y.c) == (a, b, c)
    assert (y.da, y.db, y.dc) == (3.0 - 4.0, 0.25, 2 * 0.75 * -2.0)
    neuron = engine.dot([a, b], [c, c], a)
    assert (neuron.a, neuron.b, neuron.c) == ((a, b), (c, c), a)
    assert (neuron.da, neuron.db, neuron.dc) == ((-2.0, -2.0), (0.25, 3.0), 1.0)
    assert neuron.operands == (a, b, c, c, a)
    assert neuron.local_derivatives == (-2.0, -2.0, 0.25, 3.0, 1.0)


def test_a_third_operand_gets_its_gradient_whichever_way(blend):
    # by hand at (0.25, 3, -2): y = 0.75 + 0.75*4 = 3.75, and 2 · (-1, 0.25, -3)
    a, b, c = Value(0.25), Value(3.0), Value(-2.0)
    y = engine.apply("blend", a, b, c)
    y.backward(2.0)
    assert y.data == 3.75
    assert (a.grad, b.grad, c.grad) == (-2.0, 0.5, -6.0)
    assert engine.grad(y, [a, b, c]) == [-1.0, 0.25, -3.0]
    first = engine.grad(y, [a, b, c], create_graph=True)
    assert [value.data for value in first] == [-1.0, 0.25, -3.0]
    assert engine.grad(first[2], [a, c]) == [4.0, 1.5]  # ∂(2(1 - a)c)/∂a = -2c, ∂/∂c = 2(1 - a)
    assert engine.gradcheck(lambda *values: engine.apply("blend", *values), [0.25, 3.0, -2.0])
    tape = engine.record(y, [a])
    assert tape.forward([[0.25], [1.0]]).tolist() == [3.75, 3.0]
    assert tape.value_and_gradient([[0.25]])[1].tolist() == [0.25, -3.0]
    total = engine.apply("blend", c, c, c)  # three edges to one leaf: c² + (1 - c)c², so 2c + 2c - 3c²
    assert engine.grad(total, c) == -4.0 - 4.0 - 12.0
    assert len([step for step in engine.steps(total) if step.kind == "backward"]) == 3


def test_a_third_operand_beside_sequences_may_have_any_derivative(blend):
    w, x, c = [Value(2.0), Value(-1.0)], [Value(3.0), Value(4.0)], Value(5.0)
    y = engine.apply("scaled", w, x, c)  # (6 - 4)·5
    y.backward()
    assert (y.data, c.grad) == (10.0, 2.0)
    assert [v.grad for v in (*w, *x)] == [15.0, 20.0, 10.0, -5.0]
    assert engine.grad(engine.grad(y, c, create_graph=True), w[0]) == 3.0
    tape = engine.record(y, x)
    assert tape.value_and_gradient([[3.0, 4.0]])[1].tolist() == [15.0, 20.0, 2.0]


def test_the_source_of_a_tape_defines_rows_of_ones_own(blend):
    engine.register(Op("wide", "gelu(a)*sigmoid(a)", ("0*a",)))
    w, x, c = [Value(2.0), Value(-1.0)] * 20, [Value(3.0), Value(4.0)] * 20, Value(0.5, "c")
    y = engine.apply("scaled", w, x, engine.apply("wide", c)) + engine.apply("blend", c, c, 2.0)
    y.backward()
    names: dict[str, float] = {}
    exec(engine.record(y).source(), names)
    found = next(number for name, number in names.items() if number == y.data and name[0] == "v")
    assert found == y.data
    assert names["d_c"] == pytest.approx(c.grad, rel=1e-12)


def test_the_derivative_by_a_third_operand_is_that_of_the_table(monkeypatch):
    monkeypatch.setitem(table, "affine", dataclasses.replace(table["affine"], derivatives=("b", "a", "2")))
    bias, one = Value(5.0), Value(1.0)
    y = engine.apply("affine", [one], [one], bias)
    y.backward(3.0)
    assert (bias.grad, y.local_derivatives[-1]) == (6.0, 2.0)


def test_operands_shared_by_a_layers_neurons_are_one_tuple():
    layer = nn.Layer(3, 4, "tanh")
    sums = [output.operands[0] for output in layer([1.0, 2.0, 3.0])]
    assert len({id(node.b) for node in sums}) == 1
    assert sums[0].a is layer.neurons[0].weights


def test_a_tuple_that_was_seen_does_not_hide_another_one_that_was_not():
    x = Value(3.0)
    weights, first, second = (Value(2.0),), (x,), (x * 5.0,)
    apply = operation("dot")
    y = apply(weights, first) + apply(weights, first) + apply(weights, second)
    y.backward()
    assert (x.grad, weights[0].grad) == (2.0 + 2.0 + 10.0, 3.0 + 3.0 + 15.0)
    assert toposort(y).index(second[0]) < toposort(y).index(y.operands[1])


def test_a_sum_of_negative_zeros_is_zero_as_pythons_and_numpys_are():
    for count in (1, 2, 65):
        zeros, ones = [Value(-0.0) for _ in range(count)], [1.0] * count
        for total in (engine.sum(zeros), engine.dot(zeros, ones), engine.dot(zeros, ones, -0.0)):
            assert (1 / total).data == math.inf


def test_infinite_operands_of_a_dead_sum_give_nan_as_in_ieee_754():
    weight, bias = Value(0.0), Value(1.0)
    total = engine.dot([weight], [Value(math.inf)], bias)
    assert math.isnan(total.data)
    (total * 0.0).backward()
    assert math.isnan(weight.grad)  # 0 · inf
    assert bias.grad == 0.0


# ---- neurons


def test_a_neuron_that_got_another_bias_or_other_weights_uses_them():
    neuron = nn.Neuron(1, "linear", weights=[2.0])
    assert neuron([1.0]).a is neuron([5.0]).a
    neuron.bias = Value(10.0)
    assert neuron([1.0]).data == 12.0
    neuron.weights = (Value(3.0),)
    assert neuron([1.0]).data == 13.0
    copied = copy.deepcopy(neuron)
    copied([1.0]).backward()
    assert (copied.bias.grad, neuron.bias.grad) == (1.0, 0.0)


def test_a_neuron_takes_weights_that_were_replaced_by_a_list():
    neuron = nn.Neuron(2, "linear", weights=[1.0, 2.0])
    neuron.weights = [Value(3.0), Value(4.0)]
    y = neuron([1.0, 10.0])
    neuron.weights[0] = Value(1000.0)  # the graph keeps what it was computed from
    y.backward()
    assert (y.data, y.operands[0].data, y.operands[0].grad, y.operands[1].grad) == (43.0, 3.0, 1.0, 10.0)


def test_an_activation_of_ones_own_is_used_whatever_its_name_and_kind():
    class Threefold:
        __hash__ = None

        def __call__(self, value):
            return value * 3.0

    def relu(value):
        return value * 3.0

    for activation in (relu, Threefold()):
        assert nn.Neuron(1, activation, weights=[-2.0])([1.0]).data == -6.0


# ---- the process


def test_an_import_leaves_the_collector_the_interpreter_and_the_table_alone():
    code = (
        "import gc, sys; before = gc.isenabled(), gc.get_threshold(), gc.get_freeze_count(); import engine, nn, viz; "
        "assert before == (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()); "
        "assert gc.is_tracked(engine.Value(1.0) + 1); "
        "from engine.ops import ROWS, table; assert list(table) == [row.name for row in ROWS]; print(len(table))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert int(done.stdout) == len(ROWS)


def test_cycles_made_through_labels_and_origins_are_freed_by_the_collector():
    class Noted(Value):
        __slots__ = ("note", "__weakref__")

    import weakref

    node = Noted(1.0)
    node.note = [node]
    seen = weakref.ref(node)
    del node
    gc.collect(1)
    assert seen() is None


# ---- a row of one's own


def test_a_registered_operation_serves_everything():
    engine.register(Op("cube", "a**3", ("3*a**2",)))
    x = Value(2.0, "x")
    y = engine.apply("cube", x) + 1
    y.backward()
    assert (y.data, x.grad) == (9.0, 12.0)
    assert engine.grad(engine.grad(y, x, create_graph=True), x) == 12.0  # (x³)'' = 6x
    assert engine.record(y, [x]).forward([[3.0], [-1.0]]).tolist() == [28.0, 0.0]
    root, _ = engine.parse("cube(w) * 2", w=3)
    assert root.data == 54.0
    assert "cube(x) = x**3 = 2.0**3 = 8.0" in viz.walk_text(y)
    assert "∂v2/∂v1 · 3*x**2 = 1.0 · 3*2.0**2" in viz.walk_text(y)
    assert "cube" in viz.page(y).html
    assert engine.apply("cube", 2).data == 8.0
    assert nn.Neuron(1, lambda v: engine.apply("cube", v), weights=[2.0])([1.0]).data == 8.0
    saved = pickle.dumps(y)
    del table["cube"]
    with pytest.raises(ValueError, match=r"operation 'cube' is not known here: engine.register\(Op\('cube', ...\)\)"):
        pickle.loads(saved)
    with pytest.raises(ValueError, match="operation 'cube' is not known here"):
        engine.apply("cube", 2)


def test_apply_lifts_numbers_and_counts_operands():
    assert engine.apply("*", 2, 3.0).data == 6.0
    assert engine.apply("affine", [1, 2], [Value(3.0), 4], 5).data == 16.0
    with pytest.raises(TypeError, match=r"tanh takes 1 operand, 2 given"):
        engine.apply("tanh", 1.0, 2.0)
    with pytest.raises(ValueError, match="dot: sequences of different lengths, 1 and 2"):
        engine.apply("dot", [1.0], [2.0, 3.0])
    with pytest.raises(ValueError, match="sum: at least one value"):
        engine.apply("sum", [])
    with pytest.raises(TypeError, match="'x'"):
        engine.apply("tanh", "x")


@pytest.mark.parametrize("name", ["tanh", "+", "exp", "where", "sum", "a", "y", "t", "constant", "largest", "power"])
def test_a_name_that_is_taken_is_refused(name):
    with pytest.raises(ValueError, match=r"name is taken|a name such as 'cube'"):
        engine.register(Op(name, "a**3", ("3*a**2",)))
    assert len(table) == len(ROWS)


@pytest.mark.parametrize("name", ["", 5, None, "a b", "if", "2x", "x.y", "<b>", "ϕ", "𝐦𝐚𝐱"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(ValueError, match="a name such as 'cube' expected"):
        engine.register(Op(name, "a**3", ("3*a**2",)))


def test_what_is_no_row_is_refused():
    with pytest.raises(TypeError, match="takes an Op, such as"):
        engine.register("cube")


WORDS = {*dir(builtins), *vars(math), *vars(operator), *CALLED, *OWN, *"uvfLx", "equal", "Fraction", "np", "row"}
NAMES = sorted(word for word in WORDS if word.isidentifier() and not iskeyword(word))
random.Random(0).shuffle(NAMES)


@pytest.mark.parametrize("name", NAMES[: tries(len(NAMES), 80)])
def test_a_name_is_refused_or_means_the_operation_wherever_another_calls_it(name):
    try:
        engine.register(Op(name, "a*b", ("b", "a")))
    except ValueError:
        assert name in {*table, *RESERVED, *SUPPLIED}
        return
    engine.register(Op("caller", f"{name}(a, b) + 1", (f"{name}(b, 1)", f"{name}(1, a)")))
    engine.register(Op("several", f"sum({name}(a, b))", (f"{name}(b, 1)", f"{name}(1, a)"), sequences="ab"))
    a, b = Value(2.0, "a"), Value(3.0, "b")
    roots = (name, a, b), ("caller", a, b), ("several", [a, b], [b, a])
    for root, number in zip([engine.apply(*called) for called in roots], (6.0, 7.0, 12.0), strict=True):
        assert root.data == number
        both, uses = root * a, number // 6  # of a·b
        assert engine.grad(both, [a, b]) == [number + 2 * uses * 3, 2 * uses * 2]
        first = engine.grad(root, b, create_graph=True)
        assert engine.grad(first, a) == uses
        tape = engine.record(both, [a])
        assert tape.forward([[2.0]]) == [2 * number]
        assert [tape.backward().item(), tape.gradients(b).item()] == engine.grad(both, [a, b])
        found: dict[str, float] = {}
        exec(tape.source(), found)
        assert (found["d_a"], found["d_b"]) == tuple(engine.grad(both, [a, b]))
        assert f" = {number}" in viz.walk_text(root)
    # no other operation has become another
    assert engine.dot([a, 4.0], [b, a], b).data == 17.0
    assert (a * 2 / 0).data == math.inf
    assert (a * np.array([1.0, 2.0])).tolist()[1].data == 4.0
    assert engine.logsumexp([a, b]).data == pytest.approx(3.313261687518223)


WRONG: list[tuple[Op, str]] = [
    (Op("own", "own(a)", ("1",)), "operation 'own': its formula calls itself"),
    (Op("own", "sum(a)", ("1",), sequences=["a"]), r"its sequences are letters, such as 'ab', not \['a'\]"),
    (Op("own", "sum(a)", ("1",), sequences=("a",)), r"its sequences are letters, such as 'ab', not \('a',\)"),
    (Op("own", "a + t", ("1",), term="own(a)"), "operation 'own': its formula calls itself"),
    (Op("own", "sinus(a)", ("1",)), "operation 'own': unknown function 'sinus'"),
    (Op("own", "sin(a)", ("cosine(a)",)), "operation 'own': unknown function 'cosine'"),
    (Op("own", "sin(a, b)", ("1", "1")), "operation 'own': sin takes 1 argument, not 2"),
    (Op("own", "where(a, b)", ("1", "1")), "operation 'own': where takes 3 arguments, not 2"),
    (Op("own", "dot(a, b)", ("b", "a")), "operation 'own': unknown function 'dot'"),
    (Op("own", "a*x", ("1",)), r"operation 'own': 'x' in 'a\*x' is none of its letters, a"),
    (Op("own", "a*y", ("1",)), r"operation 'own': 'y' in 'a\*y' is none of its letters, a"),
    (Op("own", "a*t", ("1",)), r"operation 'own': 't' in 'a\*t' is none of its letters, a"),
    (Op("own", "exp(a)", ("b",)), "operation 'own': 'b' in 'b' is none of its letters, a, y"),
    (Op("own", "a*b", ("b",)), "operation 'own': 1 derivative for the operands a, b"),
    (Op("own", "a*a", ("a", "a")), "operation 'own': 2 derivatives for the operands a"),
    (Op("own", "b*b", ("2*b",)), "operation 'own': its operands must be a, or a and b, or a, b and c, not b"),
    (Op("own", "a*c", ("c", "a")), "operation 'own': its operands must be a, or a and b, or a, b and c, not a, c"),
    (Op("own", "2", ()), r"operation 'own': its operands must be a, or a and b, or a, b and c, not \(none\)"),
    (Op("own", "sum(a)", ("1",)), r"operation 'own': 'sum\(a\)' reduces something that is not a sequence"),
    (
        Op("own", "sum(a)", ("sum(a)",), sequences="a"),
        r"operation 'own': 'sum\(a\)' reduces something that is not a sequence",
    ),
    (
        Op("own", "a + sum(b)", ("1", "1"), sequences="b"),
        "operation 'own': sequences 'b': the first of its letters, ab",
    ),
    (Op("own", "a*sum(b)", ("1", "1"), sequences="ab"), r"operation 'own': 'a\*sum\(b\)' leaves a sequence"),
    (Op("own", "sum(a)/sum(1)", ("1",), sequences="a"), r"operation 'own': 'sum\(1\)' reduces something that is not"),
    (Op("own", "sum(a*b) + sum(c)", ("b", "a", "1"), sequences="ab"), r"operation 'own': 'sum\(c\)' reduces something"),
    (Op("own", "sum(t)", ("1",), sequences="a", term="sum(a)"), r"operation 'own': 'sum\(t\)' reduces something"),
    (Op("own", "sum(a*sum(b))", ("1", "1"), sequences="ab"), "operation 'own': .* has a reduction within another"),
    (
        Op("own", "sum(a)*b", ("b", "a"), sequences="a"),
        "operation 'own': 'a', the derivative by b, leaves a sequence",
    ),
    (Op("own", "a +", ("1",)), "operation 'own': invalid syntax"),
    (Op("own", "a**3", ("3a**2",)), r"operation 'own': invalid decimal literal in '3a\*\*2'"),
    (Op("own", "x**2", ("2*x",)), r"operation 'own': 'x' in 'x\*\*2' is none of its letters, a, b, c$"),
    (Op("own", "a**3", ("3*a**2")), r"operation 'own': its derivatives are a tuple .*, not '3\*a\*\*2'$"),  # no comma
    (Op("own", "a**3", ["3*a**2"]), r"operation 'own': its derivatives are a tuple .*, not \['3\*a\*\*2'\]$"),
    (Op("own", "a", None), "operation 'own': its derivatives are a tuple .*, not None$"),
    (Op("own", "a", (1,)), "operation 'own': a formula is a str, such as '1', not int: 1$"),
    (Op("own", abs, ("1",)), "operation 'own': a formula is a str, such as '1', not builtin_function_or_method: "),
    (Op("own", "a if a else 1", ("1",)), "operation 'own': formula .*: IfExp is not part of the syntax"),
    (Op("own", "a + 'x'", ("1",)), "operation 'own': formula .*: 'x' is not a number$"),
    (Op("own", "a", ("True",)), "operation 'own': formula 'True': True is not a number$"),
    (Op("own", "where(0 < a < 2, a, 0)", ("1",)), "operation 'own': .*: 0 < a < 2 is more than one comparison"),
    (Op("own", "a > 0", ("0",)), r"operation 'own': 'a > 0' is no number: where\(a > 0, 1, 0\) expected$"),
    (Op("own", "a*a", ("2*a*(a == a)",)), r"operation 'own': 'a == a' is no number: where\(a == a, 1, 0\) expected$"),
    (Op("own", "a*t", ("1",), term="-(a > 0)"), "operation 'own': 'a > 0' is no number"),
    (Op("own", "where(a, 1, 0)", ("0",)), "operation 'own': 'a' is no condition: a > 0 expected, or a product"),
    (Op("own", "where((a > 0) + (b > 0), 1, 0)", ("0", "0")), r"operation 'own': '\(a > 0\) \+ \(b > 0\)' is no cond"),
    (Op("own", "where(a*(b > 0), 1, 0)", ("0", "0")), "operation 'own': 'a' is no condition"),
    (Op("own", "a*1e999", ("1",)), "operation 'own': 1e309 is too large for a float"),
    (Op("own", f"a*{10**400}", ("1",)), "operation 'own': 10+ is too large for a float"),
    (Op("own", "a*(1/0)", ("1",)), "operation 'own': 1 / 0 divides by 0"),
    (Op("own", "a*a", ("2*a + 1 % 0.0",)), "operation 'own': 1 % 0.0 divides by 0"),
    (Op("own", "a*1j", ("1",)), "operation 'own': formula .*: 1j is not a number$"),
    (Op("own", "exp(a)*exp", ("y",)), r"operation 'own': 'exp' in 'exp\(a\)\*exp' is none of its letters"),
    (Op("own", "b*b", ("t", "2*b"), term="a*b"), "operation 'own': its operands must be a, or a and b, .* not b"),
    (Op("own", "a*a", ("t",), term="a*b"), r"operation 'own': 'b' in 'a\*b' is none of its letters, a"),
]


@pytest.mark.parametrize(("row", "message"), WRONG, ids=lambda x: x if isinstance(x, str) else "")
def test_a_row_that_is_wrong_is_refused_with_a_sentence(row, message):
    with pytest.raises(ValueError, match=message):
        engine.register(row)
    assert row.name not in table


def test_rows_that_call_one_another_in_a_circle_are_refused():
    rows = {"one": Op("one", "two(a)", ("1",)), "two": Op("two", "one(a)", ("1",))}
    with pytest.raises(ValueError, match="operation 'one': its formula calls itself"):
        check_row(rows["one"], {**table, **rows})


def test_a_derivative_may_call_the_function_itself():
    engine.register(Op("logistic", "1 / (1 + exp(-a))", ("logistic(a)*(1 - logistic(a))",)))
    x = Value(0.3)
    y = engine.apply("logistic", x)
    assert engine.grad(y, x) == pytest.approx(engine.grad(x.sigmoid(), x), rel=1e-15)
    second = engine.grad(engine.grad(y, x, create_graph=True), x)
    assert second == pytest.approx(engine.grad(engine.grad(x.sigmoid(), x, create_graph=True), x), rel=1e-14)


def test_numbers_of_numpy_and_arrays_without_axes_are_converted():
    for number in (np.float32(0.5), np.int64(3), np.array(2.5), True, 7):
        value = Value(1.0)
        value.data = value.grad = number
        assert type(Value(number).data) is type(value.data) is type(value.grad) is float
        assert value.data == value.grad == number


def test_a_formula_is_read_while_another_thread_reads_one(monkeypatch):
    def parse(formula):
        if formula == "sum(exp(a))":
            assert FLOAT.python("a**2") == "power(a, 2.0)"
        return parse_formula(formula)

    monkeypatch.setattr("engine.formulas.parse_formula", parse)
    assert FLOAT.python("sum(exp(a))", "a") == "sum([exp(a) for a in a])"


@pytest.mark.parametrize("special", [math.inf, -math.inf, math.nan, 1.5])
def test_the_largest_of_a_sequence_is_the_same_for_every_reader(special):
    engine.register(Op("maximum_of", "largest(a)", ("where(a == y, 1, 0)",), sequences="a"))
    for numbers in ([special, 1.0], [1.0, special], [special, special]):
        values = [Value(number) for number in numbers]
        root = engine.apply("maximum_of", values)
        expected = max(min(max(special, *numbers), sys.float_info.max), -sys.float_info.max)
        tape = engine.record(root, values)
        found: dict[str, float] = {}
        exec(tape.source(), found)
        for number in (root.data, *tape.forward([numbers] * 2), carefully("maximum_of", numbers)[0], found["v3"]):
            assert number == expected or (math.isnan(number) and math.isnan(special)), numbers


def test_the_largest_of_a_sequence_can_be_an_operation_of_its_own():
    engine.register(Op("maximum_of", "largest(a)", ("where(a == y, 1, 0)",), sequences="a"))
    a, b = Value(2.0, "a"), Value(3.0, "b")
    root = engine.apply("maximum_of", [a, b]) * b
    found: dict[str, float] = {}
    exec(engine.record(root).source(), found)
    assert (found["v2"], found["d_a"], found["d_b"]) == (9.0, *engine.grad(root, [a, b])) == (9.0, 0.0, 6.0)


@pytest.mark.parametrize("long", [1, 300])
def test_a_tape_computes_a_sum_of_multiples_and_what_raises_in_python(long, monkeypatch):
    monkeypatch.setattr(engine.tape.layout, "LONG", long)
    engine.register(Op("halves", "log(sum(0.5*a))", ("0.5 / exp(y)",), sequences="a"))
    x = [Value(1.0), Value(4.0)]
    root = engine.apply("halves", x)
    tape = engine.record(root, x)
    assert tape.forward([[1.0, 4.0], [-1.0, 3.0]]).tolist() == pytest.approx([root.data, 0.0])
    assert tape.backward().tolist() == pytest.approx(np.array([[0.2, 0.2], [0.5, 0.5]]))
    assert tape.forward([[1.0, -1.0]]).tolist() == [-math.inf]  # log(0) raises
    assert tape.backward().tolist() == [[math.inf, math.inf]]


@pytest.mark.parametrize("samples", [1, 2, 3])
@pytest.mark.parametrize("product", ["a*b", "b*a"])
def test_a_tape_multiplies_a_sequence_by_a_number_of_as_many_samples(product, samples):
    engine.register(Op("multiples", f"sum({product}) + 1", ("b", "(y - 1) / b"), sequences="a"))
    weights, x = [Value(2.0), Value(3.0)], Value(1.0)
    tape = engine.record(engine.apply("multiples", weights, x), [x])
    batch = np.arange(1.0, samples + 1).reshape(-1, 1)
    assert tape.forward(batch) == pytest.approx(5 * batch[:, 0] + 1)
    assert tape.backward() == pytest.approx(np.full((samples, 1), 5.0))
    assert [weight.grad for weight in weights] == [batch.sum()] * 2


@pytest.mark.parametrize("choice", [1.0, -1.0])
@pytest.mark.parametrize(
    "formula", ["sum(where(c > 0, a, b))", "sum(where(c > 0, a, 2))", "sum(b*where(c > 0, b, a))",
                "largest(where(c > 0, a, b)) + b", "largest(where(c > 0, b, a)) + sum(a)", "where(c > 0, sum(a), b)"]
)  # fmt: skip
def test_a_tape_chooses_by_a_constant_what_a_sequence_shares(formula, choice):
    """A where() whose condition is a number is what it chooses alone, which may have no element for each of a."""
    formula = formula if "b" in formula else f"{formula}*b"
    engine.register(Op("chosen", formula, ("where(c > 0, 1, b)", "where(c > 0, y, 2)", "0"), sequences="a"))
    weights, xs = [Value(1.5), Value(2.0), Value(4.0)], [Value(3.0), Value(5.0)]
    for leaves in ([], xs[:1], xs):
        root = engine.dot([engine.apply("chosen", weights, x, choice) for x in xs], [1.0, 2.0])
        tape = engine.record(root, leaves)
        expected = engine.grad(root, [*leaves, *tape.leaves])
        samples = [[leaf.data for leaf in leaves]] * 3 if leaves else None
        assert tape.forward(samples).tolist() == [root.data] * len(samples or [[]])
        assert tape.backward().tolist() == [expected[: len(leaves)]] * len(samples or [[]])
        mean, gradient = tape.value_and_gradient(samples)
        assert (mean, gradient.tolist()) == (pytest.approx(root.data), pytest.approx(expected[len(leaves) :]))
