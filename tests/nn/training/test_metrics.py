import sys

import numpy as np
import pytest

import nn
from nn import History, accuracy, confusion_matrix, r2
from tests.conftest import optional


def test_rows_are_the_truth():
    logits = [[2.0, 1.0, 0.0], [0.0, 3.0, 1.0], [0.0, 1.0, 0.5], [1.0, 0.0, 0.5]]
    matrix = confusion_matrix(logits, [0, 1, 2, 2], "cross_entropy")
    assert matrix.tolist() == [[1, 0, 0], [0, 1, 0], [1, 1, 0]]
    assert matrix.trace() / matrix.sum() == accuracy(logits, [0, 1, 2, 2], "cross_entropy")


@pytest.mark.parametrize(
    ("loss", "low", "high", "no"),
    [("hinge", -2.0, 0.5, -1), ("binary_cross_entropy", 0.1, 0.9, 0), ("binary_cross_entropy_with_logits", -2, 1, 0)],
)
def test_two_classes_of_one_output(loss, low, high, no):
    matrix = confusion_matrix([low, low, high, high, high], [no, 1, no, no, 1], loss)
    assert matrix.tolist() == [[1, 2], [1, 1]]
    assert confusion_matrix([[low]], [[1]], loss).tolist() == [[0, 0], [1, 0]]


def test_a_matrix_needs_classes():
    with pytest.raises(ValueError, match="mse predicts numbers, not classes"):
        confusion_matrix([0.5], [1.0], "mse")
    with pytest.raises(ValueError, match="one answer a row, not 2"):
        confusion_matrix([[0.5, 0.5]], [[1, 0]], "binary_cross_entropy")
    with pytest.raises(ValueError, match=r"y\[0\] is 3, not a class from 0 to 1"):
        confusion_matrix([[0.5, 0.5]], [3], "cross_entropy")


def test_labels_have_numbers_in_a_matrix():
    model, X, y = nn.Layer(1, 2, "linear", init="zeros"), [[0.0], [1.0], [2.0]], ["no", "yes", "yes"]
    nn.fit(model, X, y, loss="cross_entropy", epochs=40, progress=False)
    outputs = nn.predict(model, X)
    with pytest.raises(ValueError, match=r"labels such as 'no'.*; their numbers are ") as told:
        nn.confusion_matrix(outputs, y, "cross_entropy")
    numbers = eval(str(told.value).split("their numbers are ")[1], {"model": model, "y": y})
    assert nn.confusion_matrix(outputs, numbers, "cross_entropy").tolist() == [[1, 0], [0, 2]]


def test_r2_by_hand():
    assert r2([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]) == 1.0
    assert r2([2.0, 2.0, 2.0], [1.0, 2.0, 3.0]) == 0.0
    assert r2([3.0, 2.0, 1.0], [1.0, 2.0, 3.0]) == -3.0  # 1 - (4 + 0 + 4) / (1 + 0 + 1)
    assert r2([[1.0, 2.0], [3.0, 2.0]], [[1.0, 1.0], [3.0, 3.0]]) == 0.5  # 1 for one column, 0 for the other
    assert r2([[1.0], [2.0]], [1.0, 2.0]) == 1.0
    assert np.isnan(r2([1.0, 2.0], [1.0, 1.0]))
    for size in (1e-323, 1e-200, 1e200, 1e308):
        assert r2([size, 0.0], [0.0, size]) == -3.0  # 1 - (1 + 1) / (1/4 + 1/4)
    assert r2([1.0, 1.0], [1.0, 1.0 + 2**-52]) == -1.0  # 1 - (0 + 1) / (1/4 + 1/4)
    for constant in (0.1, 1e9 + 0.1, -3e-9, 0.0):  # whose mean may be rounded
        for count in range(1, 12):
            assert np.isnan(r2([0.0] * count, [constant] * count))
            assert np.isnan(r2([[0.0, 0.0]] * count, [[constant, at] for at in range(count)]))
    with pytest.raises(ValueError, match="equally long"):
        r2([1.0], [1.0, 2.0])
    with pytest.raises(ValueError, match=r"predictions of shape \(2, 2\), targets of shape \(2,\)"):
        r2([[1.0, 2.0], [1.0, 2.0]], [1.0, 2.0])


@pytest.mark.parametrize("record", [True, False])
def test_numbers_that_overflow_are_infinite_without_a_warning(record):
    """Warnings are errors here, as they may be around a training."""
    model = nn.Layer(1, 1, "linear", init="zeros")
    model.neurons[0].weights[0].data = 1e200
    X, y = [[1.0], [2.0]] * 8, [1.0, 2.0] * 8
    assert nn.evaluate(model, X, y, record=record) == {"loss": np.inf, "r2": -np.inf}
    model.neurons[0].weights[0].data = 9e307
    assert nn.evaluate(model, X, y, "mae", record=record) == {"loss": np.inf, "r2": -np.inf}
    assert r2([1e200, 2.0], [1.0, 2.0]) == -np.inf
    history = nn.fit(
        model, [[0.0], [0.0]], y[:2], validation=([[1.0], [2.0]], y[:2]), epochs=1, progress=False, record=record
    )
    assert history.validation_loss == [np.inf]


@pytest.fixture
def pyplot():
    optional("matplotlib").use("agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


def test_a_history_plots_itself(pyplot):
    ax = History(loss=[3.0, 2.0, 1.0], validation_loss=[4.0, 2.0, 3.0], best=2).plot()
    lines = {line.get_label(): line for line in ax.get_lines()}
    assert list(lines) == ["training", "validation", "restored: epoch 2"]
    assert list(lines["training"].get_xdata()) == [1, 2, 3]
    assert list(lines["validation"].get_ydata()) == [4.0, 2.0, 3.0]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_yscale()) == ("epoch", "mean loss (log scale)", "log")
    _, mine = pyplot.subplots()
    assert History(loss=[1.0, 0.0]).plot(mine) is mine
    assert (len(mine.get_lines()), mine.get_yscale()) == (1, "linear")
    with pytest.raises(ValueError, match="at least one epoch"):
        History().plot()


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r'pip install -e ".\[plots\]" in the checkout'):
        History(loss=[1.0]).plot()


@pytest.mark.parametrize(
    ("loss", "outputs", "targets"),
    [
        ("cross_entropy", 2, [0, 1]),
        ("hinge", 1, [-1, 1]),
        ("binary_cross_entropy", 1, [0, 1]),
        ("binary_cross_entropy_with_logits", 2, [[0, 0], [0, 1]]),
    ],
)
@pytest.mark.parametrize("record", [True, False])
def test_an_output_that_is_nan_is_no_class_and_never_right(loss, outputs, targets, record):
    model = nn.Layer(1, outputs, "sigmoid" if loss == "binary_cross_entropy" else "linear", init="zeros")
    X, y = [[-1.0], [1.0]] * 8, targets * 8
    assert nn.evaluate(model, X, y, loss, record=record)["accuracy"] >= 0.5  # as every answer is the first class
    for neuron in model.neurons:
        neuron.weights[0].data = float("nan")
    found = nn.evaluate(model, X, y, loss, record=record)
    assert (np.isnan(found["loss"]), found["accuracy"]) == (True, 0.0)
    with pytest.raises(ValueError, match=r"^nn\.predict\(model, X\)\[0\].* is nan, not an answer"):
        nn.classify(model, X, loss)
