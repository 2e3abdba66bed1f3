import sys
import types
from math import inf

import numpy as np
import pytest

import nn
from engine import Value, debug, maximum
from nn import (
    MLP,
    SGD,
    Adam,
    CosineAnnealingLR,
    History,
    Layer,
    Module,
    accuracy,
    evaluate,
    fit,
    hinge,
    load_iris,
    moons,
    predict,
    split,
    standardise,
)

X2 = [[0.0, 1.0], [1.0, 0.5], [-1.0, 2.0], [0.5, 0.5]]


def seeded(seed=0):
    return np.random.default_rng(seed)


def quietly(model, X, y, **options):
    return fit(model, X, y, progress=False, **options)


class Line(Module):
    def __init__(self, slope=0.0):
        self.slope = Value(slope)

    def forward(self, row):
        return self.slope * row[0]


# against PyTorch


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("loss", ["mse", "binary_cross_entropy_with_logits", "cross_entropy"])
def test_training_is_that_of_torch(torch, loss, optimizer):
    outputs = 3 if loss == "cross_entropy" else 1
    X = seeded().normal(size=(12, 2))
    y = {"mse": X[:, 0] * X[:, 1], "cross_entropy": np.arange(12) % 3}.get(loss, (X[:, 0] > 0).astype(int))
    model = MLP(2, [4, outputs], "tanh", generator=seeded())
    theirs = torch.nn.Sequential(
        torch.nn.Linear(2, 4, dtype=torch.float64), torch.nn.Tanh(), torch.nn.Linear(4, outputs, dtype=torch.float64)
    )
    with torch.no_grad():
        for linear, layer in zip(theirs[::2], model.layers, strict=True):
            linear.weight.copy_(torch.from_numpy(np.array([[w.data for w in n.weights] for n in layer.neurons])))
            linear.bias.copy_(torch.from_numpy(np.array([n.bias.data for n in layer.neurons])))
    ours = {"SGD": SGD, "Adam": Adam}[optimizer](model.parameters(), lr=0.1)
    history = quietly(model, X, y, loss=loss, optimizer=ours, epochs=5, batch_size=4, generator=seeded(7))

    function = {"mse": "mse_loss"}.get(loss, loss)
    step = getattr(torch.optim, optimizer)(theirs.parameters(), lr=0.1)
    rows, targets = torch.tensor(X), torch.tensor(y)
    shuffle, expected = seeded(7), []
    for _ in range(5):
        order, total = shuffle.permutation(12), 0.0
        for batch in order.reshape(3, 4).copy():
            step.zero_grad()
            out = theirs(rows[batch])
            target = targets[batch] if outputs > 1 else targets[batch].double()
            value = getattr(torch.nn.functional, function)(out if outputs > 1 else out[:, 0], target)
            value.backward()
            step.step()
            total += value.item() * 4 / 12
        expected.append(total)
    assert history.loss == pytest.approx(expected, rel=1e-9)
    assert predict(model, X) == pytest.approx(theirs(rows).detach().numpy().reshape(12, -1).squeeze(), rel=1e-9)


def test_the_last_batch_may_be_smaller():
    model = Line()
    history = quietly(
        model, [[1.0], [2.0], [3.0]], [1.0, 2.0, 3.0], batch_size=2, epochs=1, optimizer=SGD(model.parameters(), lr=0.0)
    )
    assert history.loss == [pytest.approx((1 + 4 + 9) / 3)]


# real training


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_iris_is_learned(seed):
    X, y, *_ = load_iris()
    generator = seeded(seed)
    (X, y), (X_test, y_test) = split(X, y, 0.2, stratify=True, generator=generator)
    X, X_test = standardise(X, X_test)
    model = MLP(4, [8, 3], generator=generator)
    held_out = (X_test, y_test)
    history = quietly(
        model, X, y, loss="cross_entropy", epochs=40, batch_size=20, validation=held_out, generator=generator,
        optimizer=Adam(model.parameters(), lr=0.02, weight_decay=0.001),
    )  # fmt: skip
    assert history.loss[-1] < 0.5 * history.loss[0]
    assert history.validation_accuracy[-1] >= 0.93
    assert len(history.validation_loss) == len(history.accuracy) == history.epochs == 40
    assert accuracy(predict(model, X_test), y_test, "cross_entropy") == history.validation_accuracy[-1]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_moons_are_learned(seed):
    generator = seeded(seed)
    X, y = moons(200, 0.1, generator)
    model = MLP(2, [16, 16, 1], "tanh", generator=generator)
    schedule = CosineAnnealingLR(Adam(model.parameters(), lr=0.02), 100)
    quietly(model, X, 2 * y - 1, loss="hinge", epochs=100, batch_size=20, generator=generator, schedule=schedule)
    assert accuracy(predict(model, X), 2 * y - 1, "hinge") >= 0.99


def test_training_is_seeded():
    def run():
        generator = seeded()
        X, y = moons(40, 0.1, generator)
        model = MLP(2, [8, 1], generator=generator)
        return quietly(model, X, y, epochs=5, batch_size=10, generator=generator, validation=0.2), model.state_dict()

    assert run() == run()


# when training stops


def test_it_stops_after_the_epochs():
    history = quietly(Line(), [[1.0]], [1.0], epochs=3)
    assert (history.epochs, history.stopped, history.reason) == (3, "epochs", "all epochs are done: 3")
    assert history.accuracy == history.validation_loss == history.validation_accuracy == []


def test_it_stops_below_the_threshold():
    model = Line()
    history = quietly(
        model, [[1.0]], [1.0], epochs=99, threshold=0.1, optimizer=SGD(model.parameters(), lr=0.25)
    )  # the error halves each epoch: losses 1, 1/4, 1/16
    assert history.loss == [1.0, 0.25, 0.0625]
    assert (history.stopped, history.reason) == ("threshold", "the loss 0.0625 of epoch 3 is below 0.1")


@pytest.mark.parametrize("answer", [bool, np.bool_])
def test_it_stops_where_the_callback_says_so(answer):
    seen = []

    def callback(history):
        seen.append(history.epochs)
        return answer(history.epochs == 2)

    history = quietly(Line(), [[1.0]], [1.0], callback=callback)
    assert seen == [1, 2]
    assert (history.stopped, history.epochs) == ("callback", 2)


def test_an_interruption_leaves_the_history():
    def callback(history):
        if history.epochs == 2:
            raise KeyboardInterrupt

    history = quietly(Line(), [[1.0]], [1.0], callback=callback)
    assert (history.stopped, history.epochs) == ("interrupted", 2)


def test_divergence_is_told_and_stops_before_the_parameters():
    model = Line()
    history = quietly(model, [[1.0]], [1.0], epochs=9999, optimizer=SGD(model.parameters(), lr=1e6))
    assert history.stopped == "diverged"
    assert history.reason.startswith(f"the loss became inf in epoch {history.epochs + 1}")
    assert history.loss == sorted(history.loss)
    assert np.isfinite(model.slope.data)


@pytest.mark.parametrize(("start", "rows"), [(1.0, 30), (1e154, 30), (1e154, 200)])
def test_losses_whose_sum_overflows_stop_it_without_a_warning(start, rows, monkeypatch):
    """Each loss is finite, the square of the slope; a step makes the slope -3 times as large."""
    monkeypatch.setattr("engine.tape.tape.CACHE", 0)  # more than 64 rows go in blocks

    def train(record):
        model = Line(start)
        options = {"optimizer": SGD(model.parameters(), lr=2.0), "epochs": 900, "record": record}
        return quietly(model, [[1.0]] * rows, [0.0] * rows, **options)

    history, expected = train(True), train(False)
    assert (history.stopped, history.epochs, history.reason) == ("diverged", expected.epochs, expected.reason)
    assert history.reason.startswith("the loss became inf")
    assert expected.epochs < 900


def test_losses_whose_sum_overflows_are_measured_without_a_warning():
    model, X, y = Line(1e154), [[1.0]] * 30, [0.0] * 30
    for record in (True, False):
        assert evaluate(model, X, y, record=record)["loss"] == inf
    optimizer = SGD(model.parameters(), lr=0.0)
    assert quietly(model, X[:1], y[:1], epochs=1, validation=(X, y), optimizer=optimizer).validation_loss == [inf]


def test_a_gradient_that_is_not_finite_stops_it_as_well():
    class Root(Line):
        def forward(self, row):
            return self.slope.sqrt() * row[0]  # the slope of the root at 0 is infinite

    model = Root()
    history = quietly(model, [[1.0]], [1.0])
    assert (history.stopped, history.epochs) == ("diverged", 0)
    assert "a gradient became infinite or nan in epoch 1" in history.reason
    assert model.slope.data == 0.0


# modes, progress


def test_models_are_in_training_only_while_they_learn():
    seen = []

    class Spy(Line):
        def forward(self, row):
            seen.append(self.training)
            return super().forward(row)

    model = Spy().eval()
    quietly(model, [[1.0], [2.0]], [1.0, 2.0], epochs=1, validation=([[3.0]], [3.0]), record=False)
    assert seen == [False, False, True, True, False]  # rows are tried before
    assert not model.training
    model.train()
    predict(model, [[1.0]])
    assert model.training


def test_the_bar_shows_what_the_history_holds(monkeypatch):
    shown = []

    class Bar:
        def __init__(self, **options):
            shown.append(options)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            shown.append("closed")

        def set_postfix(self, numbers, refresh):
            shown.append(numbers)

        def update(self):
            pass

    monkeypatch.setitem(sys.modules, "tqdm", types.ModuleType("tqdm"))
    monkeypatch.setitem(sys.modules, "tqdm.auto", types.SimpleNamespace(tqdm=Bar))
    model = Line(1.0)
    fit(model, [[0.25]], [1], loss="hinge", epochs=1, validation=([[2.0]], [1]), optimizer=SGD(model.parameters(), 0.0))
    numbers = {"loss": "0.75", "accuracy": "1", "validation_loss": "0", "validation_accuracy": "1"}
    assert shown == [{"total": 1, "unit": "epoch"}, numbers, "closed"]


def test_without_tqdm_it_goes_on_after_a_warning(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.warns(UserWarning, match=r'tqdm is missing: pip install -e ".\[demos\]" in the checkout') as warned:
        history = fit(Line(), [[1.0]], [1.0], epochs=2)
    assert history.epochs == 2
    assert [warning.filename for warning in warned] == [__file__]


# predictions and accuracy


def test_predictions_are_arrays_and_leave_no_graph():
    one, three = MLP(2, [3, 1], generator=seeded()), MLP(2, [3, 3], generator=seeded())
    assert predict(one, X2).shape == (4,)
    assert predict(three, X2).shape == (4, 3)
    assert predict(one, np.array(X2)).tolist() == [one(row).data for row in X2]


def test_accuracy_of_each_kind_of_loss():
    assert accuracy([[0.0, 2.0, 1.0], [3.0, 0.0, 0.0]], [1, 2], "cross_entropy") == 0.5
    assert accuracy([0.1, -0.2, 3.0, -1.0], [1, -1, -1, -1], "hinge") == 0.75
    assert accuracy([0.1, -0.2, 3.0, -1.0], [1, -1, -1, -1], hinge) == 0.75
    assert accuracy([0.6, 0.4], [1, 1], "binary_cross_entropy") == 0.5
    assert accuracy([0.6, -0.4], [0, 0], "binary_cross_entropy_with_logits") == 0.5
    assert accuracy([[0.6], [-0.4]], [1, 1], "hinge") == 0.5
    assert accuracy([0.6, 0.4], [0.9, 0.1], "binary_cross_entropy") == 1.0
    with pytest.raises(ValueError, match="mse predicts numbers, not classes"):
        accuracy([0.6], [1], "mse")
    with pytest.raises(ValueError, match="predictions and y must be equally long: 2 rows, but 1 target"):
        accuracy([0.6, 0.4], [1], "hinge")


def test_a_layer_is_a_model_too():
    layer = Layer(2, 1, "linear", generator=seeded())
    before = predict(layer, X2)
    assert before.shape == (4,)
    history = quietly(layer, X2, [1, -1, -1, 1], loss="hinge", epochs=1)
    assert history.accuracy == [accuracy(before, [1, -1, -1, 1], "hinge")]


def test_a_loss_of_your_own():
    def absolute(prediction, target):
        return abs(prediction - target)

    model = Line()
    history = quietly(model, [[1.0]], [2.0], loss=absolute, epochs=2, optimizer=SGD(model.parameters(), lr=0.5))
    assert history.loss == [2.0, 1.5]
    with pytest.raises(TypeError, match=r"the loss wrong must return a Value, not float: 1.0"):
        quietly(model, [[1.0]], [2.0], loss=wrong)


def wrong(prediction, target):
    return 1.0


# bad arguments

NAN = float("nan")
BAD = [
    ([], [], {}, ValueError, "X is empty: at least one row of one number is needed"),
    ([[]], [0], {}, ValueError, "X is empty"),
    (np.zeros((0, 2)), [], {}, ValueError, "X is empty"),
    ([[0.0, 1.0], [1.0, NAN]], [0, 1], {}, ValueError, r"^X\[1\]\[1\] is nan$"),
    (np.array([[0.0, np.inf]]), [0], {}, ValueError, r"^X\[0\]\[1\] is inf$"),
    ([[0.0, 1.0], [1.0]], [0, 1], {}, ValueError, r"X\[1\]: 2 numbers expected, as in X\[0\], 1 given"),
    ([[0.0, "a"]], [0], {}, TypeError, r"X\[0\]\[1\]: expected an int, .* not str: 'a'"),
    ([0.0, 1.0], [0, 1], {}, TypeError, r"X\[0\]: a row of numbers expected, not float: 0.0"),
    (np.zeros(3), [0, 1, 1], {}, TypeError, r"X\[0\]: a row of numbers expected, not float64"),
    (np.zeros((2, 2), complex), [0, 1], {}, TypeError, r"X\[0\]\[0\]: expected .* not complex128"),
    (np.zeros((2, 2, 2)), [0, 1], {}, TypeError, r"takes one row of 2 numbers, not several: nn.predict"),
    ("data.csv", [0], {}, TypeError, "X: rows expected, not str: 'data.csv'"),
    (None, [0], {}, TypeError, "X: rows expected, not NoneType: None"),
    ([[1.0, 2.0, 3.0]], [0], {}, ValueError, r"MLP\(2, \[3, 1\], .*\): 2 inputs expected, 3 given"),
    (X2, [0, 1], {}, ValueError, "X and y must be equally long: 4 rows, but 2 targets"),
    (X2, [], {}, ValueError, "y is empty"),
    (X2, [0, 1, NAN, 0], {}, ValueError, r"y\[2\] is nan"),
    (X2, ["a", "b", "c", "d"], {}, ValueError, "y: mse learns numbers, not labels such as 'a'"),
    (X2, [[0, 1]] * 4, {}, ValueError, "y: the model has 1 output, the targets are rows of 2"),
    (X2, [0, 1, -1, 1], {"loss": "hinge"}, ValueError, r"y\[0\] is 0, not -1 or \+1"),
    (X2, [0, 1, 3, 1], {"loss": "binary_cross_entropy"}, ValueError, r"y\[2\] is 3, not a number from 0 to 1"),
    (X2, [0, 1, 1, 1], {"loss": "cross_entropy"}, ValueError, "one output per class, at least 2; it has 1"),
    (X2, [0, 1, 1, 1], {"loss": "msee"}, ValueError, "unknown loss: 'msee'"),
    (X2, [0, 1, 1, 1], {"epochs": 0}, ValueError, "epochs must be at least 1, not 0"),
    (X2, [0, 1, 1, 1], {"epochs": 1.5}, TypeError, "epochs must be a whole number, not float: 1.5"),
    (X2, [0, 1, 1, 1], {"batch_size": 0}, ValueError, "batch_size must be at least 1, not 0"),
    (X2, [0, 1, 1, 1], {"threshold": -1}, ValueError, "threshold must be at least 0"),
    (X2, [0, 1, 1, 1], {"generator": 3}, TypeError, r"generator must be a numpy.random.Generator"),
    (X2, [0, 1, 1, 1], {"callback": 3}, TypeError, "callback must be a function of the history, not int: 3"),
    (X2, [0, 1, 1, 1], {"optimizer": 3}, TypeError, "optimizer must be an Optimizer .* not 3"),
    (X2, [0, 1, 1, 1], {"optimizer": "sgdd"}, ValueError, "unknown optimizer: 'sgdd' .one of 'sgd', 'rmsprop'"),
    (X2, [0, 1, 1, 1], {"optimizer": "sgd", "lr": -1.0}, ValueError, "lr must be at least 0"),
    (X2, [0, 1, 1, 1], {"optimizer": SGD([Value(1.0)])}, ValueError, "the optimizer holds none of the model's"),
    (X2, [0, 1, 1, 1], {"validation": X2}, TypeError, r"validation must be a pair \(X, y\) or a share .* not list"),
    (X2, [0, 1, 1, 1], {"validation": ([[NAN, 0]], [1])}, ValueError, r"the validation X\[0\]\[0\] is nan"),
    (X2, [0, 1, 1, 1], {"validation": (X2, [1])}, ValueError, "the validation X and y must be equally long: 4 rows"),
]


@pytest.mark.parametrize(("X", "y", "options", "error", "message"), BAD)
def test_bad_arguments_change_nothing(X, y, options, error, message):
    model = MLP(2, [3, 1], generator=seeded())
    before = model.state_dict()
    with pytest.raises(error, match=message):
        quietly(model, X, y, **options)
    assert model.state_dict() == before


def test_classes_are_checked_against_the_outputs():
    model = MLP(2, [3], generator=seeded())
    for y, message in (
        ([0, 1, 3, 0], r"y\[2\] is 3, not a class from 0 to 2"),
        ([0, 1, -1, 0], r"y\[2\] is -1, not a class"),
        ([0, 1, 0.5, 0], r"y\[2\] is 0.5, not a class"),
        ([[0, 1]] * 4, "cross_entropy takes the index of a class, or 3 probabilities, not rows of 2 numbers"),
    ):
        with pytest.raises(ValueError, match=message):
            quietly(model, X2, y, loss="cross_entropy")
    with pytest.raises(ValueError, match="the model has 3 outputs, the targets are single numbers"):
        quietly(model, X2, [0, 1, 1, 0])
    assert quietly(model, X2, [[0, 1, 1]] * 4, epochs=1).epochs == 1


def test_models_are_checked():
    with pytest.raises(TypeError, match=r"model must be an nn.Module, not list: \[\[0.0\].{,60}$"):
        quietly([[0.0]] * 1000, X2, [0, 1, 1, 0])  # of data in the model's place, the beginning
    with pytest.raises(TypeError, match=r"model must be an nn.Module, not function"):
        quietly(wrong, X2, [0, 1, 1, 0])
    with pytest.raises(ValueError, match="has no parameters to learn"):
        quietly(NoParameters(), X2, [0, 1, 1, 0])
    with pytest.raises(TypeError, match=r"must return a Value or a list of them, not 1.0"):
        quietly(Floats(), X2, [0, 1, 1, 0])


class NoParameters(Module):
    def forward(self, row):
        return Value(1.0)


class Floats(Line):
    def forward(self, row):
        return 1.0


def test_targets_may_stand_in_a_column():
    model = Line()
    history = quietly(model, np.array([[1.0], [2.0]]), np.array([[1.0], [2.0]]), epochs=1)
    assert history.loss == [2.5]
    assert History() == History()


@pytest.mark.parametrize("record", [True, False])
def test_a_training_in_which_no_gradient_arrives_is_warned_about(record):
    X, y = [[0.0, 1.0], [1.0, -1.0]], [2.0, 3.0]
    for model in (nn.Perceptron(2), nn.MLP(2, [3, 1], "tanh", "step", generator=seeded())):
        with pytest.warns(UserWarning, match="changed no parameter, since every gradient is 0"):
            nn.fit(model, X, y, epochs=3, progress=False, record=record)
    nn.fit(nn.MLP(2, [1], init="zeros"), X, [0.0, 0.0], epochs=3, progress=False, record=record)  # right from the start
    nn.fit(nn.MLP(2, [1], init="zeros"), X, y, optimizer="sgd", lr=0.0, epochs=3, progress=False, record=record)
    still = {"optimizer": "sgd", "lr": 0.0, "epochs": 1, "progress": False, "record": record}
    for seed in range(8):  # it is the rate that is 0, and the gradient of just one of the two batches
        one_by_one = still | {"loss": "hinge", "batch_size": 1, "generator": seeded(seed)}
        nn.fit(nn.MLP(1, [1], init="constant"), [[99.0], [-99.0]], [1, 1], **one_by_one)


@pytest.mark.parametrize("batch_size", [1, 2, None])
def test_a_row_whose_loss_is_a_constant_teaches_nothing(batch_size):
    def cut(prediction, target):
        return maximum(0.0, 1.0 - target) if target > 0 else (prediction - target) ** 2

    found = []
    for record in (True, False):
        model = nn.MLP(2, [2, 1], init="constant")
        options = {"loss": cut, "batch_size": batch_size, "generator": seeded(), "epochs": 3, "record": record}
        history = quietly(model, X2, [2.0, -1.0, 0.5, 1.0], **options)
        found.append([*history.loss, *[parameter.data for parameter in model.parameters()]])
    assert found[0] == pytest.approx(found[1], rel=1e-12)
    assert len(set(found[0][:3])) == 3


def test_under_debug_training_and_predictions_are_computed_with_values():
    model, X, y = nn.MLP(1, [1], generator=seeded()), np.ones((60, 1)), np.ones(60)
    with debug():
        with pytest.warns(UserWarning, match=r"with Values, not with a recorded tape: engine.debug\(\) watches Values"):
            nn.fit(model, X, y, epochs=1, progress=False)
        model.parameters()[0].data = inf
        with pytest.raises(FloatingPointError, match="inf"):
            nn.predict(model, X)
