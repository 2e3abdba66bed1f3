"""Masked arrays are refused wherever numbers are read: what is masked is no number, and NumPy would read it as one."""

import numpy as np
import pytest

import engine
import nn
import viz
from engine import Value
from viz import plots

X = np.array([[0.0, 1.0], [1.0, 0.5], [-1.0, 2.0], [0.5, 0.5]])
Y = np.array([0, 1, 1, 0])


def masked(numbers):
    numbers = np.asarray(numbers)
    mask = np.zeros(numbers.shape, bool)
    mask.flat[1] = True
    return np.ma.array(numbers, mask=mask)


def tape():
    x, y = Value(1.0), Value(2.0)
    return engine.record(x * y * Value(3.0), [x, y])


def seed(numbers):
    replayed = tape()
    replayed.forward(X)
    replayed.backward(numbers)


def set_parameters(numbers):
    x, a, b = Value(1.0), Value(2.0), Value(3.0)
    engine.record(x * a + b, [x]).parameters = numbers


def mlp(output="linear"):
    return nn.MLP(2, [3, 1], output=output, generator=np.random.default_rng(0))


def fit(X, y, loss="mse", **options):
    nn.fit(mlp(), X, y, loss=loss, epochs=1, progress=False, **options)


READERS = {
    "a batch": lambda: tape().forward(masked(X)),
    "a batch, as a list": lambda: tape().value_and_gradient([*masked(X)]),
    "a cell of a batch": lambda: tape().forward([[1.0, 2.0], [np.ma.masked, 1.0]]),
    "a seed": lambda: seed(masked(Y)),
    "weights of samples": lambda: tape().value_and_gradient(X, masked(Y)),
    "a tape's parameters": lambda: set_parameters(masked([1.0, 2.0])),
    "fit X": lambda: fit(masked(X), Y),
    "fit X, as a list": lambda: fit([*masked(X)], Y),
    "fit y": lambda: fit(X, masked(Y)),
    "fit validation": lambda: fit(X, Y, validation=(X, masked(Y))),
    "fit sequences": lambda: nn.fit(nn.RNN(2, 1), masked([X, X]), [0.0, 1.0], epochs=1, progress=False),
    "predict": lambda: nn.predict(mlp(), masked(X)),
    "evaluate": lambda: nn.evaluate(mlp(), X, masked(Y)),
    "doctor": lambda: nn.doctor(mlp(), masked(X), Y),
    "standardise": lambda: nn.standardise(masked(X)),
    "split X": lambda: nn.split(masked(X), Y),
    "split y": lambda: nn.split(X, masked(Y)),
    "batches": lambda: nn.batches(X, masked(Y), 2),
    "one_hot": lambda: nn.one_hot(masked(Y)),
    "accuracy": lambda: nn.accuracy(masked(Y), Y, "binary_cross_entropy"),
    "confusion_matrix": lambda: nn.confusion_matrix(Y, masked(Y), "binary_cross_entropy"),
    "r2": lambda: nn.r2(masked(Y), Y),
    "a loss": lambda: nn.mse([Value(1.0), Value(2.0)], masked([1.0, 2.0])),
    "a perceptron": lambda: nn.Perceptron(2).fit(masked(X), 2 * Y - 1),
    "a row": lambda: mlp()(masked(X[0])),
    "weights": lambda: nn.Neuron(2, weights=masked([1.0, 2.0])),
    "film X": lambda: viz.film(mlp(), masked(X), Y),
    "film y": lambda: viz.film(mlp(), X, masked(Y)),
    "film predict": lambda: viz.film(mlp(), X, Y, predict=lambda rows: masked(rows[:, 0])),
    "decision_boundary X": lambda: plots.decision_boundary(lambda rows: rows[:, 0], masked(X), Y),
    "decision_boundary y": lambda: plots.decision_boundary(lambda rows: rows[:, 0], X, masked(Y)),
    "decision_boundary predict": lambda: plots.decision_boundary(lambda rows: masked(rows[:, 0]), X, Y),
    "plots.confusion_matrix": lambda: plots.confusion_matrix(Y, masked(Y)),
    "loss_curve": lambda: plots.loss_curve(masked([1.0, 0.5])),
    "descent_curve": lambda: plots.descent_curve(lambda x: x * x, masked([1.0, 0.5])),
    "activation_histograms": lambda: plots.activation_histograms(mlp(), masked(X)),
    "gradient_flow": lambda: viz.gradient_flow(mlp(), masked(X), Y, nn.mse),
    "table": lambda: viz.table(masked(X)),
}


@pytest.mark.parametrize("name", READERS)
def test_masked_arrays_are_refused(name):
    with pytest.raises(TypeError, match=r"mask"):
        READERS[name]()


def test_the_error_says_where_and_what_to_do():
    message = r"X\[1\] is a masked array: leave out what is masked, or fill it, as X\[1\]\.filled\(0\.0\) does"
    with pytest.raises(TypeError, match=message):
        nn.predict(mlp(), [[1.0, 2.0], masked([1.0, 2.0])])
