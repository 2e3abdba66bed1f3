"""gradcheck: finds wrong derivatives, knows kinks, leaves everything as it was."""

import math

import numpy as np
import pytest

from engine import Value, gradcheck


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


@pytest.mark.parametrize("error", [1e-5, -1e-5, 1e-3, 0.5])
@pytest.mark.parametrize("x", [1e-6, 0.01, 1.0, 30.0, 1e5])
def test_small_errors_are_found_at_every_size_of_input(x, error):
    def cube(v):
        return with_derivative(v * v * v, v.data, v.data**2 * (1 + 3 * error))

    assert gradcheck(lambda v: v**3, [x])
    assert not gradcheck(cube, [x])


@pytest.mark.parametrize("function", [Value.relu, abs, lambda v: v.leaky_relu(0.1), lambda v: v.maximum(0)])
def test_a_kink_is_reported_as_a_kink(function):
    check = gradcheck(function, [0.0])
    assert check
    assert check.rows[0].verdict == "kink"
    for x in (0.5, -0.5, 1e-7, -1e-7):
        assert gradcheck(function, [x])


def test_a_wrong_gradient_at_a_kink_is_still_wrong():
    check = gradcheck(lambda v: with_derivative(v.relu(), 1.5), [0.0])
    assert check.rows[0].verdict == "wrong"


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


def test_differences_that_never_settle_are_no_verdict():
    check = gradcheck(lambda v: v + (v * 1e4) ** 3, [0.0])
    assert [row.verdict for row in check.rows] == ["unclear"]
    assert not check


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
    with pytest.raises(ValueError, match="at least one input"):
        gradcheck(Value.tanh, [])
    with pytest.raises(ValueError, match=r"inputs\[0\] is the result of '\*', not a leaf"):
        gradcheck(Value.tanh, [Value(1.0) * 2])
    with pytest.raises(TypeError, match="return a Value, not float"):
        gradcheck(lambda v: v.data, [1.0])
    with pytest.raises(TypeError, match="not str"):
        gradcheck(Value.tanh, ["1"])
    assert math.isnan(gradcheck(Value.log, [-1.0]).rows[0].numeric)
