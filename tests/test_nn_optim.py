import numpy as np
import pytest

from engine import Value
from nn import SGD, Adam, Optimizer

CASES = [
    (SGD, "SGD", {"lr": 0.01}),
    (SGD, "SGD", {"lr": 0.02, "weight_decay": 0.3}),
    (SGD, "SGD", {"lr": 0.02, "momentum": 0.9}),
    (SGD, "SGD", {"lr": 0.02, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    (Adam, "Adam", {}),
    (Adam, "Adam", {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.2}),
]


def descend(optimizer, values, steps):
    """The values after each step down (a - 1)^4 + a*b^2."""
    a, b = values
    path = []
    for _ in range(steps):
        optimizer.zero_grad()
        ((a - 1) ** 4 + a * b**2).backward()
        optimizer.step()
        path += [float(a.data), float(b.data)]
    return path


def expected(torch, name, options, steps):
    values = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in (2.0, -3.0)]
    return descend(getattr(torch.optim, name)(values, **options), values, steps)


@pytest.mark.parametrize(("ours", "name", "options"), CASES)
def test_ten_steps_agree_with_torch(torch, ours, name, options):
    values = [Value(2.0), Value(-3.0)]
    assert descend(ours(values, **options), values, 10) == pytest.approx(expected(torch, name, options, 10), rel=1e-9)


def test_a_wrong_rule_is_noticed(torch):
    class Wrong(SGD):
        def update(self, data, gradient):
            super().update(data, gradient * (1 + 1e-6))

    values = [Value(2.0), Value(-3.0)]
    path = descend(Wrong(values, lr=0.01), values, 10)
    assert path != pytest.approx(expected(torch, "SGD", {"lr": 0.01}, 10), rel=1e-9)


def test_the_rule_works_on_arrays_in_place():
    optimizer = SGD([Value(0.0), Value(0.0)], lr=0.5)
    data, gradient = np.array([1.0, 2.0]), np.array([2.0, -4.0])
    optimizer.update(data, gradient)
    assert data.tolist() == [0.0, 4.0]
    assert gradient.tolist() == [2.0, -4.0]
    with pytest.raises(NotImplementedError, match=r"Optimizer has no update\(\)"):
        Optimizer([Value(1.0)], 0.1).step()


def test_the_learning_rate_may_change_between_steps():
    w = Value(1.0)
    w.grad = 1.0
    optimizer = SGD([w], lr=0.5)
    assert repr(optimizer) == "SGD(1 parameters, lr=0.5)"
    optimizer.lr = 0.25
    optimizer.step()
    assert w.data == 0.75
    optimizer.zero_grad()
    assert w.grad == 0.0


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda w: SGD([], 0.1), ValueError, "at least one parameter"),
        (lambda w: SGD([w, w], 0.1), ValueError, "each parameter once"),
        (lambda w: SGD([w, 1.0], 0.1), TypeError, "parameter 1 is not a Value but float: 1.0"),
        (lambda w: SGD([w], -0.1), ValueError, "lr must be at least 0 and finite, not -0.1"),
        (lambda w: SGD([w], float("nan")), ValueError, "lr must be at least 0 and finite, not nan"),
        (lambda w: SGD([w], "fast"), TypeError, "lr: expected an int, .* not str: 'fast'"),
        (lambda w: SGD([w], 0.1, momentum=-1), ValueError, "momentum must be at least 0 and finite, not -1"),
        (lambda w: SGD([w], 0.1, nesterov=True), ValueError, "nesterov needs a momentum above 0"),
        (lambda w: SGD([w], 0.1, weight_decay=-1), ValueError, "weight_decay must be at least 0"),
        (lambda w: Adam([w], betas=(0.9, 1.0)), ValueError, r"betas\[1\] must be at least 0 and below 1, not 1"),
        (lambda w: Adam([w], eps=-1), ValueError, "eps must be at least 0"),
    ],
)
def test_arguments_are_checked(make, error, message):
    with pytest.raises(error, match=message):
        make(Value(1.0))
