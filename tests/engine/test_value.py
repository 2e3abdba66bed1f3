"""Value and backward: the semantics that the design fixes."""

import gc
import math
import re
import threading
import tracemalloc

import numpy as np
import pytest

import engine
from engine import Value, dot, no_grad
from engine.ops import table
from engine.value import operation


def test_micrograd_sanity_check_gives_pytorch_numbers(torch):
    def run(make):
        x = make(-4.0)
        z = 2 * x + 2 + x
        q = z.relu() + z * x
        h = (z * z).relu()
        y = h + q + q * x
        y.backward()
        return y, x

    (y, x), (expected_y, expected_x) = (
        run(Value),
        run(lambda n: torch.tensor(n, dtype=torch.float64, requires_grad=True)),
    )
    assert (y.data, x.grad) == (expected_y.item(), expected_x.grad.item()) == (-20.0, 46.0)


def test_micrograd_more_operations_give_pytorch_numbers(torch):
    def run(make):
        a, b = make(-4.0), make(2.0)
        c = a + b
        d = a * b + b**3
        c += c + 1
        c += 1 + c + (-a)
        d += d * 2 + (b + a).relu()
        d += 3 * d + (b - a).relu()
        e = c - d
        f = e**2
        g = f / 2.0
        g += 10.0 / f
        g.backward()
        return g, a, b

    (g, a, b), expected = run(Value), run(lambda n: torch.tensor(n, dtype=torch.float64, requires_grad=True))
    assert math.isclose(g.data, expected[0].item(), rel_tol=1e-14)
    assert math.isclose(a.grad, expected[1].grad.item(), rel_tol=1e-14)
    assert math.isclose(b.grad, expected[2].grad.item(), rel_tol=1e-14)


def test_numbers_become_floats_and_labels_stay():
    for number in (3, True, np.float32(3), np.int64(3), np.float64(3), np.bool_(True)):
        value = Value(number, "x")
        assert type(value.data) is float
        assert value.data == float(number)
    assert (value.label, value.op, value.operands, value.grad) == ("x", "", (), 0.0)
    assert repr(Value(2.0, "x")) == "Value(data=2.0, grad=0.0, label='x')"


@pytest.mark.parametrize(
    "bad", ["3", None, 1j, np.complex128(1), [1.0], np.array([1.0]), np.array(1j), object(), np.timedelta64(1, "ns")]
)
def test_wrong_types_are_refused_by_name(bad):
    value = Value(1.0)
    name = type(bad).__name__
    operators = (
        lambda: value + bad, lambda: value - bad, lambda: value * bad, lambda: value / bad, lambda: value**bad,
        lambda: value < bad,
    )  # fmt: skip
    for attempt in (
        lambda: Value(bad), lambda: value.leaky_relu(bad), lambda: value.backward(bad),
        lambda: engine.maximum(bad, value), lambda: engine.sum([value, bad]),
        *(() if isinstance(bad, np.ndarray) and bad.ndim else operators),  # which arrays apply to each element
    ):  # fmt: skip
        with pytest.raises(TypeError, match=f"not {name}"):
            attempt()
    if not isinstance(bad, np.ndarray | np.generic):  # NumPy's own operators come first on the left
        for attempt in (lambda: bad + value, lambda: bad - value, lambda: bad / value, lambda: bad**value):
            with pytest.raises(TypeError):
                attempt()


@pytest.mark.parametrize("sign", ["+", "-", "*", "/", "**", "<", "<=", ">", ">="])
@pytest.mark.parametrize("dtype", [float, object])
def test_an_array_applies_an_operator_to_each_element_from_either_side(sign, dtype):
    apply = eval(f"lambda a, b: a {sign} b")
    value, array = Value(1.5), np.array([0.5, 2.0], dtype=dtype)
    for left, right in ((value, array), (array, value)):
        found = apply(left, right)
        pairs = [(value, x) if left is value else (x, value) for x in array.tolist()]
        assert found.shape == (2,)
        assert [float(x) for x in found] == [float(apply(*pair)) for pair in pairs]


def test_labels_and_huge_ints_are_checked():
    with pytest.raises(TypeError, match="a label is a str, not int: 7"):
        Value(1.0, 7)
    with pytest.raises(ValueError, match="too large for a float"):
        Value(10**400)


def test_operands_are_ordered_and_keep_duplicates():
    a, b = Value(2.0), Value(3.0)
    assert (a * a).operands == (a, a)
    assert (a - b).operands == (a, b)
    assert (1 - b).operands[0].op == "constant"
    assert (a * b).local_derivatives == (3.0, 2.0)
    a.grad = 0.0
    (a * a).backward()
    assert a.grad == 4.0


def test_a_second_backward_doubles_the_leaves_and_nothing_else():
    a = Value(3.0)
    square = a * a
    y = square * a
    y.backward()
    assert (a.grad, square.grad, y.grad) == (27.0, 3.0, 1.0)
    y.backward()
    assert (a.grad, square.grad, y.grad) == (54.0, 3.0, 1.0)
    y.backward(seed=-2)
    assert (a.grad, square.grad, y.grad) == (0.0, -6.0, -2.0)
    leaf = Value(1.0)
    leaf.backward()
    leaf.backward(0.5)
    assert leaf.grad == 1.5


def test_doubling_is_exact_even_where_addition_rounds():
    generator = np.random.default_rng(3)
    a = Value(0.1)
    y = engine.sum([a * float(x) for x in generator.normal(size=50)])
    y.backward()
    once = a.grad
    y.backward()
    assert a.grad == 2 * once


def test_the_local_derivative_by_a_constant_is_0_on_either_side():
    x = Value(3.0)
    for node, expected in (
        (x * 2, (2.0, 0.0)), (2 * x, (0.0, 2.0)), (x / 0.0, (math.inf, 0.0)), (2**x, (0.0, 8 * math.log(2))),
        (x.maximum(3.0), (0.5, 0.0)), (x.clip(0.0, 2.0), (0.0, 0.0, 0.0)),
        (dot([x, 2.0], [4.0, x]), (4.0, 0.0, 0.0, 2.0)),
    ):  # fmt: skip
        assert node.local_derivatives == pytest.approx(expected)
    assert (Value(-3.0) ** 2).branch_derivatives == (-6.0, None)  # its logarithm is not even computed


def test_local_derivatives_belong_to_the_forward_pass():
    a, b = Value(2.0), Value(5.0)
    y = a * b
    a.data = 100.0
    y.data = -1.0
    y.backward()
    assert (a.grad, b.grad) == (5.0, 2.0)


def test_constants_receive_no_gradient():
    a = Value(-2.0)
    y = (a * 3) ** 2
    y.backward()
    assert [node.grad for node in engine.toposort(y) if node.op == "constant"] == [0.0, 0.0]
    assert a.grad == -36.0  # 2 · (3 · -2) · 3


def test_a_result_without_leaves_has_no_backward_pass():
    w = Value(3.0)
    with no_grad():
        constant = w * 2
    for result in (constant, constant + 1, engine.sum([1.0, 2.0])):
        with pytest.raises(ValueError, match="depends on no leaf"):
            result.backward()
        assert result.grad == 0.0
    (constant * w).backward()
    with no_grad():
        leaf = Value(1.0)
        leaf.backward()
    assert (w.grad, leaf.grad) == (6.0, 1.0)


def test_a_constant_receives_no_gradient_on_either_side():
    w = Value(2.0)
    with engine.no_grad():
        k = w * 3
    for y in (k * w, w * k, k - w, engine.dot([k, w], [w, k]), engine.apply("clip", k, w, w * 4), k**2 * w):
        y.backward()
        tape = engine.record(y)
        tape.forward()
        tape.backward()
        found = k.grad, engine.grad(y, k), engine.grad(y, k, create_graph=True).data, *tape.gradients(k)
        assert found == (0.0, 0.0, 0.0, 0.0), y.op


def test_ieee_754_numbers():
    assert Value(1000.0).exp().data == math.inf
    assert Value(0.0).log().data == -math.inf
    assert math.isnan(Value(-1.0).log().data)
    assert (Value(1.0) / 0).data == math.inf
    assert (Value(-1.0) / Value(0.0)).data == -math.inf
    assert math.isnan((Value(0.0) / 0.0).data)
    assert math.isnan((Value(-8.0) ** (1 / 3)).data)
    assert (Value(0.0) ** -1).data == math.inf
    assert (Value(10.0) ** 400).data == math.inf
    assert math.isnan(Value(math.inf).sin().data)
    assert (2 ** Value(3.0)).data == 8.0
    assert (Value(2.0) ** Value(3.0)).data == 8.0


def test_saturating_functions_are_stable_at_a_thousand():
    assert (Value(1000.0).sigmoid().data, Value(-1000.0).sigmoid().data) == (1.0, 0.0)
    assert (Value(1000.0).softplus().data, Value(-1000.0).softplus().data) == (1000.0, 0.0)
    for name in ("sigmoid", "softplus", "tanh", "gelu", "silu", "elu", "softsign"):
        for number in (1000.0, -1000.0):
            value = Value(number)
            getattr(value, name)().backward()
            assert math.isfinite(value.grad)


def test_kinks_are_those_of_pytorch():
    def slope(function, number=0.0):
        value = Value(number)
        function(value).backward()
        return value.grad

    assert slope(Value.relu) == 0.0
    assert slope(abs) == 0.0
    assert slope(lambda v: v.leaky_relu(0.1)) == 0.1
    a, b = Value(2.0), Value(2.0)
    engine.maximum(a, b).backward()
    assert (a.grad, b.grad) == (0.5, 0.5)
    assert slope(lambda v: engine.minimum(v, 0)) == 0.5


def test_a_slope_that_is_a_value_learns():
    a, slope = Value(-2.0), Value(0.25)
    y = a.leaky_relu(slope)
    y.backward()
    assert (y.data, a.grad, slope.grad) == (-0.5, 0.25, -2.0)


def test_comparisons_read_data_and_equality_is_identity():
    a, b = Value(1.0), Value(2.0)
    assert a < b
    assert a <= 1
    assert 2 > a  # noqa: SIM300
    assert b >= 2.0
    assert not a > b
    assert np.float64(0.5) < a
    assert a != Value(1.0)
    assert {a: "a", b: "b"}[a] == "a"
    assert float(a) == 1.0
    assert max(a, b) is b
    with pytest.raises(TypeError, match="not MaskedConstant"):
        assert a < np.ma.masked  # beneath which is a 0.0


def test_numpy_scalars_and_object_arrays():
    value = Value(2.0)
    for result, number in (
        (np.float64(3) * value, 6.0), (np.float64(3) - value, 1.0), (np.float32(3) + value, 5.0),
        (np.int64(3) / value, 1.5), (np.float64(3) ** value, 9.0), (value * np.float64(3), 6.0),
    ):  # fmt: skip
        assert isinstance(result, Value)
        assert result.data == number
    matrix = np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
    vector = np.array([Value(5.0), Value(6.0)])
    assert [v.data for v in matrix @ vector] == [17.0, 39.0]
    assert [v.data for v in (vector * 2 + vector) * value] == [30.0, 36.0]
    assert [v.data for v in value * vector] == [10.0, 12.0]
    for name in ("tanh", "exp", "log", "sqrt"):
        assert [v.data for v in getattr(np, name)(vector)] == pytest.approx(getattr(np, name)([5.0, 6.0]), rel=1e-15)
    total = (matrix @ vector).sum()
    total.backward()
    assert [v.grad for v in vector] == [4.0, 6.0]
    assert [v.grad for v in matrix.flat] == [5.0, 6.0, 5.0, 6.0]


def test_builtin_sum_and_in_place_operators():
    values = [Value(1.0), Value(2.0)]
    total = sum(values)
    total += 1
    total.backward()
    assert total.data == 4.0
    assert [v.grad for v in values] == [1.0, 1.0]


def test_topological_order_is_iterative_ordered_and_complete():
    a, b = Value(1.0, "a"), Value(2.0, "b")
    c = a * b
    d = c + a
    assert engine.toposort(d) == [a, b, c, d]
    total = dot([a, b], [Value(3.0, "x"), Value(4.0, "y")], bias=Value(5.0, "z"))
    assert [node.label for node in engine.toposort(total)] == ["a", "b", "x", "y", "z", ""]
    y = a
    for _ in range(60):
        y = y + y  # 2**60 paths
    y.backward()
    assert len(engine.toposort(y)) == 61
    assert a.grad == 2.0**60


@pytest.mark.parametrize("root", [3, None, "ab", [Value(1.0)], {}, Value])
def test_only_a_value_has_an_order_steps_and_mistakes(root):
    for read in (engine.toposort, lambda root: next(engine.steps(root)), engine.mistakes.table["overwrite"]):
        with pytest.raises(TypeError, match=f"expected a Value, the .*, not {type(root).__name__}"):
            read(root)


def test_graphs_hold_no_reference_cycles():
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        a = Value(0.5)
        y = a
        for _ in range(2000):
            y = (y * a).tanh() + engine.dot([a, y], [1.0, 2.0], a)
        y.backward()
        assert len(gc.get_objects()) > before + 10_000
        del y
        assert len(gc.get_objects()) < before + 100
    finally:
        gc.enable()


@pytest.mark.parametrize("name", [name for name, row in table.items() if len(row.letters) == 2 and not row.sequences])
def test_a_node_of_two_operands_takes_at_most_160_bytes_as_built(name):
    a, b = Value(1.3), Value(1.000001)
    compute = operation(name)
    own = (
        48 if name in ("/", "%", "**", "atan2") or name.startswith("binary_cross_entropy") else 0
    )  # derivatives of their own

    def build(count):
        y = a
        for _ in range(count):
            y = compute(y, b)
        return y

    build(10)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = build(10_000)
        assert kept.operands
        assert (tracemalloc.get_traced_memory()[0] - before) / 10_000 <= 160 + own
    finally:
        tracemalloc.stop()


def test_no_grad_is_for_this_thread_only():
    a = Value(2.0)
    elsewhere = []
    with no_grad():
        assert (a * 3).operands == ()
        assert (a * 3).data == 6.0
        thread = threading.Thread(target=lambda: elsewhere.append(a * 3))
        thread.start()
        thread.join()
        with no_grad():
            pass
        assert (a * 3).operands == ()
    assert elsewhere[0].operands[0] is a
    assert (a * 3).operands[0] is a


ONE_FOR_SEVERAL = {
    "sum": lambda x: engine.sum(x),
    "dot": lambda x: engine.dot([1.0], x),
    "softmax": lambda x: engine.softmax(x),
    "logsumexp": lambda x: engine.apply("logsumexp", x),
    "grad": lambda x: engine.grad(Value(1.0), x),
    "gradcheck": lambda x: engine.gradcheck(lambda a: a * 2, x),
    "record: inputs": lambda x: engine.record(Value(1.0) * 2, x),
    "record: keep": lambda x: engine.record(Value(1.0) * 2, keep=x),
    "record: learned": lambda x: engine.record(Value(1.0) * 2, learned=x),
}


@pytest.mark.parametrize("name", ONE_FOR_SEVERAL)
def test_what_is_no_list_is_refused_where_several_are_expected(name):
    for one in (3, None, Value(2.0, "x"), np.array(2.0), "ab", {1.0: 2.0}, {1.0, 2.0}):
        if name != "grad" or not isinstance(one, Value):  # which takes one as well
            given = re.escape(f"{type(one).__name__}: {one!r}")
            with pytest.raises(TypeError, match=f"^{name}: several are expected, such as a list, not {given}$"):
                ONE_FOR_SEVERAL[name](one)
    with pytest.raises(TypeError, match=r"^record: inputs: several are expected, such as a list, not float: 0.5$"):
        engine.record(lambda a: a * 2, 0.5)
