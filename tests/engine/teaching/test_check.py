"""gradcheck: finds wrong derivatives, knows kinks, leaves everything as it was."""

import math
from functools import partial

import numpy as np
import pytest

import engine
from engine import Op, Value, gradcheck


def with_derivative(node, *local_derivatives):
    """A node whose local derivatives are what somebody thought they were."""
    node.da, node.db = *local_derivatives, *[None][: 2 - len(local_derivatives)]
    return node


def wrong_square(x):
    return with_derivative(x * x, 1.001 * x.data, x.data)


def test_a_wrong_derivative_is_rejected():
    check = gradcheck(wrong_square, [0.7])
    assert not check
    assert check.rows[0].verdict == "wrong"
    assert check.rows[0].relative_error == pytest.approx(0.001 / 2.001, rel=1e-4)
    assert "wrong" in str(check)
    assert str(check).endswith("1 wrong")


def test_a_derivative_within_the_function_is_checked():
    """Under no_grad it would be 0, so that every slope of the function was a kink."""

    def slope(x, factor=1.0):
        return engine.grad(x**3, x, create_graph=True) * factor

    right, wrong = gradcheck(slope, [2.0]), gradcheck(lambda x: slope(x, x.detach()), [2.0])
    assert [(row.analytic, row.verdict) for row in (*right.rows, *wrong.rows)] == [(12.0, "right"), (24.0, "wrong")]
    assert not gradcheck(lambda x: x * engine.grad(x**3, x), [2.0])  # whose number passes nothing on


@pytest.mark.parametrize("error", [1e-5, -1e-5, 1e-3, 0.5])
@pytest.mark.parametrize("x", [1e-6, 0.01, 1.0, 30.0, 1e5])
def test_small_errors_are_found_at_every_size_of_input(x, error):
    def cube(v):
        return with_derivative(v * v * v, v.data, v.data**2 * (1 + 3 * error))

    assert gradcheck(lambda v: v**3, [x])
    assert not gradcheck(cube, [x])


KINKS = [
    Value.relu, abs, lambda v: v.leaky_relu(0.1), lambda v: v.maximum(0), lambda v: v.relu() * v.exp(),
    lambda v: abs(v) * ((v * 10).exp() + (v * -10).exp()), Value.step,
]  # fmt: skip


@pytest.mark.parametrize("function", KINKS)
def test_a_kink_is_reported_as_a_kink(function):
    check = gradcheck(function, [0.0])
    assert check
    assert check.rows[0].verdict == "kink"
    for x in (0.5, -0.5, 1e-7, -1e-7):
        assert gradcheck(function, [x])
    for x in (1 + 1e-8, 1 - 1e-7, 1 + 1e-14):  # so near that each step goes over it
        assert gradcheck(lambda v: function(v - 1), [x]).rows[0].verdict == "kink"


def test_a_wrong_gradient_at_a_kink_is_still_wrong():
    check = gradcheck(lambda v: with_derivative(v.relu(), 1.5), [0.0])
    assert check.rows[0].verdict == "wrong"
    for x in (1.0, 1 + 1e-8, 1 - 1e-7):
        check = gradcheck(lambda v: with_derivative((v - 1).relu(), 1.5), [x])
        assert check.rows[0].verdict in ("wrong", "unclear")


def test_what_cannot_be_measured_is_not_passed():
    check = gradcheck(Value.sqrt, [0.0])
    assert check.rows[0].verdict == "unclear"
    assert not check
    assert not gradcheck(Value.log, [-1.0])


def test_a_whole_model_is_checked_by_name_and_left_as_it_was():
    parameters = [Value(n, f"w{i}") for i, n in enumerate(np.random.default_rng(0).normal(size=6))]
    parameters[0].grad = 5.0
    before = [p.data for p in parameters]

    def loss(*parameters):
        a, b, c, d, e, f = parameters
        return ((a * 2 + b).tanh() * c + (d * 2 + e).relu() * f - 1) ** 2

    check = gradcheck(loss, parameters)
    assert check.ok
    assert [row.name for row in check.rows] == [f"w{i}" for i in range(6)]
    assert [p.data for p in parameters] == before
    assert parameters[0].grad == 5.0
    assert str(check).splitlines()[0].split() == ["input", "analytic", "numeric", "error"]
    assert all(len(line) <= 80 for line in str(check).splitlines())


def test_a_long_name_leaves_room_for_every_verdict():
    for function, verdict in ((wrong_square, "wrong"), (Value.sign, "unclear"), (Value.relu, "kink")):
        check = gradcheck(function, [Value(float(verdict == "wrong"), "layers[10].neurons[11].weights[12]")])
        assert [row.verdict for row in check.rows] == [verdict]
        assert all(len(line) <= 80 for line in str(check).splitlines())


def test_differences_that_never_settle_are_no_verdict():
    for function, x in (
        (lambda v: v + (v * 1e9) ** 5, 0.0),
        (lambda v: v + (v * 1e6).sin() * 1e-9, 0.0),  # larger steps would see a slope of 1 throughout
        (lambda v: (v * 1e9).tanh(), 0.0),
        (Value.sign, 0.0),
    ):
        check = gradcheck(function, [x])
        assert [row.verdict for row in check.rows] == ["unclear"]
        assert not check
    assert gradcheck(lambda v: v + (v * 1e4) ** 3, [0.0])  # the larger step tells how wrong the smaller one is


def half(v, scale, offset):
    """Half of its derivative is not recorded."""
    return v * scale + v.data * scale + offset


@pytest.mark.parametrize("x", [0.0, 0.7, 1.0, 100.0])
@pytest.mark.parametrize(
    "function",
    [
        lambda v: half(v, 1e-5, 1e6),
        lambda v: half(v, 1e-8, 1e3),
        lambda v: half(v, 1e-5, 1e6) - 1e6,  # rounded on the way
        lambda v: half(v, 1e-12, 1.0).exp(),
        lambda v: v.data * 1e-5 + v * 0 + 1e6,
    ],
)
def test_no_verdict_where_rounding_hides_the_derivative(function, x):
    check = gradcheck(function, [x])
    assert [row.verdict for row in check.rows] == ["unclear"]
    assert not check


@pytest.mark.parametrize("offset", [0.0, 1.0, 1e3, 1e5])
def test_what_rounding_does_not_hide_is_judged(offset):
    for x in (-0.3, 1e-3, 1.0, 40.0):
        assert [row.verdict for row in gradcheck(lambda v: v * 2 + offset, [x]).rows] == ["right"]
        check = gradcheck(lambda v: with_derivative(v * 2, 2.001, 0.0) + offset, [x])
        assert [row.verdict for row in check.rows] == ["wrong"]
        assert check.rows[0].numeric == pytest.approx(2.0, rel=1e-6)
        assert [row.verdict for row in gradcheck(lambda v: half(v, 1.0, offset), [x]).rows] == ["wrong"]


@pytest.mark.parametrize(
    ("function", "inputs"),
    [
        (lambda a, b: engine.sum([a * b, 1e4, -1e4]), [2.0145906235192186, -0.40339759256967955]),
        (lambda a, b: engine.dot([a, 1e6, -1e6], [b, 1.0, 1.0]), [-0.3276768356711912, 1.3292401940446954]),
        (lambda a, b: engine.dot([a, 1e4], [b, 1.0], -1e4), [2.0145906235192186, -0.40339759256967955]),
        (Value.gelu, [-4.255]),
        (Value.gelu, [-5.300746649227282]),
    ],
)
def test_rounding_within_an_operation_makes_no_derivative_wrong(function, inputs):
    assert not {"wrong", "kink"} & {row.verdict for row in gradcheck(function, inputs).rows}
    unrecorded = gradcheck(lambda *x: function(*x) + (x[0] / 2).detach(), inputs)
    assert unrecorded.rows[0].verdict == "wrong"


def test_rounding_within_a_formula_of_ones_own_makes_no_derivative_wrong():
    engine.register(Op("rise", "exp(a) - 1", ("exp(a)",)))
    engine.register(Op("sag", "1 - t", ("sin(a)",), term="cos(a)"))
    engine.register(Op("root", "sqrt(b*b - 4*a*c) - b", ("-2*c/(y + b)", "b/(y + b) - 1", "-2*a/(y + b)")))
    for name, *inputs in (
        ("rise", 1.2202388767328418e-4),
        ("sag", 1.213606283625449e-6),
        ("root", -11.777327431609041, 11469755.184960159, 27.32077993588785),
    ):
        function = partial(engine.apply, name)
        assert "wrong" not in {row.verdict for row in gradcheck(function, inputs).rows}
        unrecorded = gradcheck(lambda *x, function=function: function(*x) + (x[0] / 2).detach(), inputs)
        assert unrecorded.rows[0].verdict == "wrong"


def test_a_derivative_of_zero_is_right():
    """That of a unit that is off changes nothing, that of terms that cancel is rounded."""
    for function in (
        lambda v: (v - 5).relu() + 1,
        lambda v: (v - 0.701).relu() + 1,
        lambda v: v * 0 + 3,
        lambda v: engine.sum(engine.softmax([v + 1.3, v, v - 2.0])),
        lambda v: engine.sum([(a - (v + v * 2 + v * 3) / 3) ** 2 for a in (v, v * 2, v * 3)]) / (v * v),
    ):
        check = gradcheck(function, [0.7])
        assert check.rows[0].analytic == pytest.approx(0.0, abs=1e-12)
        assert [row.verdict for row in check.rows] == ["right"]
    check = gradcheck(lambda v: engine.sum(engine.softmax([v + 1.3, v, v - 2.0])) + v.data * 1e-3, [0.7])
    assert [row.verdict for row in check.rows] == ["wrong"]


@pytest.mark.parametrize("x", [1e200, -1e200, 1e308, -1.7e308, 5e-324, 1e-310, math.inf, -math.inf, math.nan])
def test_inputs_at_the_ends_of_the_floats(x):
    finite = math.isfinite(x)
    assert [row.verdict for row in gradcheck(lambda v: v * 0.5, [x]).rows] == ["right" if finite else "unclear"]
    check = gradcheck(lambda v: with_derivative(v * 0.5, 0.501, 0.0), [x])
    assert [row.verdict for row in check.rows] == ["wrong" if finite else "unclear"]
    for function in (lambda v: v * v, Value.exp, Value.sin, lambda v: 1 / v, abs, Value.tanh):
        assert gradcheck(function, [x]).rows[0].verdict != "wrong"


def test_a_wave_is_right_where_steps_resolve_it_and_unclear_where_they_jump_over_it():
    generator = np.random.default_rng(0)
    for exponent in range(22):
        for function in (Value.sin, Value.cos, lambda v: v.sin() * v.cos()):
            row = gradcheck(function, [10.0**exponent * generator.uniform(0.5, 1.5)]).rows[0]
            assert row.verdict == "right" or (exponent > 11 and row.verdict == "unclear")
    for x in generator.uniform(1e17, 1e18, 200):
        assert gradcheck(Value.sin, [x]).rows[0].verdict == "unclear"
    assert gradcheck(lambda v: with_derivative(v.sin(), 1.001 * math.cos(v.data)), [1e8]).rows[0].verdict == "wrong"


def test_a_function_that_draws_numbers_is_refused():
    generator = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"gives .*, then .* for the same inputs, as Dropout does"):
        gradcheck(lambda v: v * generator.normal(), [1.0])
    found = iter([1.0, float("nan")])
    with pytest.raises(ValueError, match="gives 1, then nan"):
        gradcheck(lambda v: v * next(found), [1.0])
    assert gradcheck(lambda v: (v - v).log() * 0.0, [1.0]).rows[0].verdict == "unclear"  # nan both times


def test_inputs_are_restored_when_the_function_raises():
    x = Value(1.0)

    def fragile(v):
        if v.data != 1.0:
            raise RuntimeError("no")
        return v * 2

    with pytest.raises(RuntimeError):
        gradcheck(fragile, [x])
    assert x.data == 1.0


def test_wrong_arguments():
    for tolerance in (-1, 0, 1, float("inf"), float("nan")):  # infinity would call each derivative right
        with pytest.raises(ValueError, match=f"tolerance must be above 0 and below 1, not {tolerance:g}"):
            engine.gradcheck(lambda a: a * a, [1.0], tolerance=tolerance)
    assert engine.gradcheck(lambda a, b: a * b, np.array([1.0, 2.0]))
    with pytest.raises(ValueError, match="at least one input"):
        gradcheck(Value.tanh, [])
    with pytest.raises(ValueError, match=r"inputs\[0\] is the result of '\*', not a leaf"):
        gradcheck(Value.tanh, [Value(1.0) * 2])
    with pytest.raises(ValueError, match=r"inputs\[1\] is a constant, not a leaf"):
        gradcheck(lambda a, b: a * b, [1.0, engine.value.lift(2.0)])
    with pytest.raises(TypeError, match="return a Value, not float"):
        gradcheck(lambda v: v.data, [1.0])
    with pytest.raises(TypeError, match="not str"):
        gradcheck(Value.tanh, ["1"])
    with pytest.raises(TypeError, match=r"takes a function of its inputs, such as lambda a: a [*] a, not Value"):
        gradcheck(Value(1.0) * 2, [1.0])
    assert math.isnan(gradcheck(Value.log, [-1.0]).rows[0].numeric)
