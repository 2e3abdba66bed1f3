"""grad: numbers and Values, first order and beyond."""

import math

import pytest

from engine import Op, Value, apply, dot, grad, gradcheck, no_grad, record, register, toposort
from engine.tape.watching import Given


def test_grad_gives_numbers_and_touches_nothing():
    a, b, unused = Value(2.0), Value(3.0), Value(1.0)
    a.grad = 7.0
    y = a * b + a
    assert grad(y, [a, b, unused]) == [4.0, 2.0, 0.0]
    assert grad(y, a) == 4.0
    assert (a.grad, b.grad, y.grad) == (7.0, 0.0, 0.0)
    assert grad(a, a) == 1.0


def test_grad_agrees_with_backward_with_respect_to_any_node():
    a, b = Value(0.4), Value(-1.5)
    hidden = (a * b).tanh()
    y = (hidden * a + 2**hidden).log1p() * hidden
    y.backward()
    assert grad(y, [a, b, hidden, y]) == [a.grad, b.grad, hidden.grad, 1.0]


def test_gradients_as_values_have_a_graph_of_their_own():
    x = Value(3.0, "x")
    first = grad(x**3, x, create_graph=True)
    second = grad(first, x, create_graph=True)
    third = grad(second, x, create_graph=True)
    assert (first.data, second.data, third.data) == (27.0, 18.0, 6.0)
    assert x in toposort(second)
    unused = grad(x, Value(1.0), create_graph=True)
    assert unused.data == 0.0


def test_newton_finds_a_minimum():
    x = Value(2.0)
    for _ in range(20):
        slope = grad((x - 1).exp() - 2 * x, x, create_graph=True)
        x = Value(x.data - slope.data / grad(slope, x))
    assert x.data == pytest.approx(1.6931471805599454)  # 1 + log 2, where exp(x - 1) = 2


def test_the_derivative_graph_passes_a_gradient_check():
    def curvature(a, b):
        first = grad((a * b).sigmoid() + dot([a, b], [b, a]).softplus() + a**b, a, create_graph=True)
        return grad(first, b, create_graph=True)

    assert [row.verdict for row in gradcheck(curvature, [0.7, 1.2]).rows] == ["right", "right"]


def test_gradients_as_values_have_a_graph_under_no_grad_too(torch):
    w, theirs = Value(2.0), torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    y, expected = w**3, theirs**3
    with no_grad(), torch.no_grad():
        first = grad(y, w, create_graph=True)
        assert grad(y, w) == first.data == torch.autograd.grad(expected, theirs, retain_graph=True)[0].item()
        assert (first * w).operands == ()
        (slope,) = torch.autograd.grad(expected, theirs, create_graph=True)
    assert grad(first, w) == torch.autograd.grad(slope, theirs)[0].item() == 12.0


@pytest.mark.parametrize(
    "differentiate", [Value.backward, lambda y: grad(y, []), lambda y: grad(y, [], create_graph=True)]
)
def test_no_gradient_is_taken_of_a_result_that_has_no_graph(differentiate):
    w = Value(2.0)
    y = w * 3
    with no_grad():
        differentiate(y)
        with pytest.raises(ValueError, match=r"under no_grad\(\)"):
            differentiate(w * 3)
    differentiate(y)


def test_a_program_that_takes_gradients_is_recorded():
    def slope(x):
        return grad((x * w).tanh() * x, x, create_graph=True)

    w = Value(0.5)
    tape = record(slope, [Given(1.0)])
    numbers = [0.3, -2.0]
    leaves = [Value(number) for number in numbers]
    assert tape.forward([[number] for number in numbers]) == pytest.approx([slope(x).data for x in leaves])
    assert tape.backward()[:, 0] == pytest.approx([grad(slope(x), x) for x in leaves])
    assert w.grad == pytest.approx(sum(grad(slope(x), w) for x in leaves))


def test_wrong_arguments():
    with pytest.raises(TypeError, match="grad takes Values, not float"):
        grad(Value(1.0), [2.0])
    with pytest.raises(TypeError, match="grad takes Values, not int"):
        grad(3, Value(2.0))


@pytest.mark.parametrize(("zero", "infinite"), [(0.0, math.inf), (-0.0, -math.inf)])
def test_a_row_of_ones_own_may_divide_by_a_constant_that_is_0(zero, infinite):
    register(Op("steep", "(a*a + 1)/b", ("2*a*(1/b)", "-y/b")))
    x = Value(2.0)
    y = apply("steep", x, zero)
    first = grad(y, x, create_graph=True)
    assert (y.data, grad(y, x), first.data, grad(first, x)) == (infinite, infinite, infinite, infinite)
    register(Op("wrapped", "a*(1 % b)", ("1 % b + 0*a", "0")))
    assert math.isnan(grad(apply("wrapped", x, zero), x, create_graph=True).data)


def test_a_row_of_ones_own_may_divide_by_a_0_that_a_condition_chooses():
    register(Op("gap", "a*a", ("a + 1/where(a > 0, 0, -a)",)))
    register(Op("called", "gap(a)*1", ("gap(1)/where(a > 0, 0, 1) + a",)))
    register(Op("shared", "a*t", ("a*t",), term="1/where(a > 0, 0, 1)"))
    for name in ("gap", "called", "shared"):
        x = Value(2.0)
        y = apply(name, x)
        first = grad(y, x, create_graph=True)
        assert grad(y, x) == first.data == math.inf
    x = Value(-2.0)
    assert grad(grad(apply("gap", x), x, create_graph=True), x) == 1.25  # 1 + 1/a**2
