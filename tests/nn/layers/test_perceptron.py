import numpy as np
import pytest

from nn import Perceptron, circle, predict

CORNERS = [[0, 0], [0, 1], [1, 0], [1, 1]]


def test_the_rule_by_hand():
    # from zero, step(0) = 1: the first row is a mistake, bias -1; then [1, 1] is one: weights (1, 1), bias 0
    perceptron = Perceptron(2)
    assert perceptron.fit([[0, 0], [1, 1]], [0, 1], epochs=1) == [2]
    assert [p.data for p in perceptron.parameters()] == [1.0, 1.0, 0.0]


@pytest.mark.parametrize("targets", [[0, 0, 0, 1], [0, 1, 1, 1], [1, 1, 1, 0], [0, 1, 0, 0]])
def test_what_a_line_can_separate_is_learned(targets):
    perceptron = Perceptron(2)
    history = perceptron.fit(CORNERS, targets)
    assert history[-1] == 0
    assert 0 not in history[:-1]
    assert predict(perceptron, CORNERS).tolist() == targets


def test_exclusive_or_and_a_circle_are_not():
    assert 0 not in Perceptron(2).fit(CORNERS, [0, 1, 1, 0], epochs=50)
    generator = np.random.default_rng(0)
    history = Perceptron(2, init="normal", generator=generator).fit(*circle(60, generator), epochs=30)
    assert len(history) == 30
    assert min(history) > 5


def test_the_rate_scales_the_steps():
    perceptron = Perceptron(1)
    perceptron.fit([[2.0]], [0], epochs=1, lr=0.25)
    assert [p.data for p in perceptron.parameters()] == [-0.5, -0.25]
    assert repr(perceptron) == "Perceptron(1)"


@pytest.mark.parametrize(
    ("X", "y", "options", "error", "message"),
    [
        (CORNERS, [0, 1, 2, 0], {}, ValueError, r"y\[2\] is 2, not 0 or 1"),
        (CORNERS, [0, 1, 1], {}, ValueError, "4 rows, but 3 targets"),
        ([[0.0, 1.0], [0.0]], [0, 1], {}, ValueError, r"X\[1\]: 2 numbers expected, 1 given"),
        ([[0.0, float("nan")]], [0], {}, ValueError, r"X\[0\]\[1\] is nan"),
        ([], [], {}, ValueError, "X is empty"),
        (CORNERS, [0, 1, 1, 0], {"epochs": 0}, ValueError, "epochs must be at least 1, not 0"),
        (CORNERS, [0, 1, 1, 0], {"lr": -1.0}, ValueError, "lr must be at least 0"),
    ],
)
def test_bad_data_change_nothing(X, y, options, error, message):
    perceptron = Perceptron(2)
    with pytest.raises(error, match=message):
        perceptron.fit(X, y, **options)
    assert [p.data for p in perceptron.parameters()] == [0.0, 0.0, 0.0]
