"""What nn.predict and nn.evaluate say, on tapes and with Values."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

import nn
from engine import Value, grad, no_grad
from engine.modes import mode
from nn import losses
from nn.module import in_mode
from nn.training.evaluation import measure
from nn.training.predictor import Predictor, _LossTape

X = np.random.default_rng(0).normal(size=(30, 6))


def seeded(seed=1):
    return np.random.default_rng(seed)


def norm():
    layer = nn.BatchNorm(4)
    layer.running_mean[:], layer.running_variance[:] = [0.5, -1.0, 0.0, 2.0], [2.0, 0.5, 1.0, 3.0]
    return nn.Sequential(nn.Layer(6, 4, "linear", generator=seeded()), layer, nn.Activate("relu"))


MODELS = {
    "mlp": lambda: nn.MLP(6, [5, 3], "tanh", generator=seeded()),
    "single": lambda: nn.MLP(6, [5, 1], "relu", "sigmoid", generator=seeded()),
    "perceptron": lambda: nn.Perceptron(6, init="normal", generator=seeded()),
    "softmax": lambda: nn.MLP(6, [5, 3], "tanh", "softmax", generator=seeded()),
    "batch norm": norm,
    "layer norm": lambda: nn.Sequential(nn.LayerNorm(6), nn.Layer(6, 2, generator=seeded())),
    "dropout": lambda: nn.Sequential(nn.Layer(6, 4, generator=seeded()), nn.Dropout(0.5)),
    "residual": lambda: nn.Residual(nn.Layer(6, 6, generator=seeded())),
    "convolution": lambda: nn.Sequential(nn.Unflatten((1, 6)), nn.Conv1d(1, 2, 3, generator=seeded()), nn.Flatten()),
    "pooling": lambda: nn.Sequential(nn.Unflatten((1, 2, 3)), nn.MaxPool(2, stride=1), nn.Flatten()),
    "gru": lambda: nn.Sequential(nn.Unflatten((3, 2)), nn.GRU(2, 3, generator=seeded())),
    "every step": lambda: nn.Sequential(nn.Unflatten((3, 2)), nn.LSTM(2, 4, every_step=True, generator=seeded())),
}


@pytest.mark.parametrize("name", MODELS)
def test_tapes_and_values_predict_the_same(name):
    model = MODELS[name]()
    state, gradients = model.state_dict(), [parameter.grad for parameter in model.parameters()]
    with no_grad():
        model.eval()
        expected = np.array(
            [
                [[value.data for value in step] for step in output] if isinstance(output[0], list)
                else [value.data for value in output]
                for output in ([out] if isinstance(out, Value) else out for out in map(model, X.tolist()))
            ]
        )  # fmt: skip
        model.train()
    expected = expected[:, 0] if expected.shape == (30, 1) else expected
    for record in (True, False):
        np.testing.assert_allclose(nn.predict(model, X, record=record), expected, rtol=1e-12, atol=1e-15)
        assert nn.predict(model, X, record=record).shape == expected.shape
    assert model.training
    assert model.state_dict() == state
    assert [parameter.grad for parameter in model.parameters()] == gradients


def count_calls(model):
    calls, forward = [], model.forward
    model.forward = lambda row: calls.append(row) or forward(row)
    return calls


def test_a_recorded_model_is_called_a_few_times_only():
    for model in (nn.MLP(6, [5, 3]), norm(), nn.Sequential(nn.Layer(6, 2), nn.Dropout(0.5))):
        calls = count_calls(model)
        nn.predict(model, np.tile(X, (50, 1)))
        assert len(calls) == 5  # two recorded, three compared
        nn.predict(model, X, record=False)
        assert len(calls) == 5 + 30


class Own(nn.Module):
    def __init__(self):
        self.slope = Value(2.0)


class Branching(Own):
    def forward(self, row):
        return self.slope * row[0] if row[0] > 0 else row[1] - self.slope


class Reading(Own):
    def forward(self, row):
        return self.slope * float(row[0])


class Picking(Own):
    def forward(self, row):
        return self.slope * [1, 2, 3][int(row[0]) % 3]


class Constant(Own):
    def forward(self, row):
        return self.slope * 3


class Passing(Own):
    def forward(self, row):
        return [Value(row[0]) if not isinstance(row[0], Value) else row[0], self.slope, self.slope * row[2]]


@pytest.mark.parametrize("model_class", [Branching, Reading, Picking, Constant, Passing])
def test_models_that_no_tape_can_hold_are_computed_with_values(model_class):
    model = model_class()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        predicted = nn.predict(model, X)
    assert predicted.tolist() == nn.predict(model, X, record=False).tolist()


def test_a_branch_taken_by_one_row_only_is_found():
    rows = np.ones((2000, 2))
    rows[1234, 0] = -1.0
    assert nn.predict(Branching(), rows)[[1233, 1234]].tolist() == [2.0, -1.0]


def test_embeddings_are_predicted():
    model = nn.Sequential(nn.Embedding(5, 2, generator=seeded()), nn.Flatten(), nn.Layer(4, 1, generator=seeded()))
    rows = np.arange(40).reshape(20, 2) % 5
    assert nn.predict(model, rows).shape == (20,)


def test_evaluations_by_hand():
    class Twice(Own):
        def forward(self, row):
            return self.slope * row[0]

    assert nn.evaluate(Twice(), [[1.0], [2.0]], [2.0, 3.0]) == {"loss": 0.5, "r2": -1.0}
    assert nn.evaluate(Twice(), [[1.0], [0.25]], [1, -1], "hinge") == {"loss": 0.75, "accuracy": 0.5}
    assert nn.evaluate(Twice(), [[1.0]], [5.0], lambda prediction, target: prediction - target) == {"loss": -3.0}


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_evaluations_are_those_of_torch(torch, loss):
    model = MODELS["mlp"]()
    y = np.arange(30) % 3 if loss == "cross_entropy" else seeded(2).normal(size=(30, 3))
    outputs = torch.tensor(nn.predict(model, X))
    expected = getattr(torch.nn.functional, {"mse": "mse_loss"}.get(loss, loss))(outputs, torch.tensor(y)).item()
    for record in (True, False):
        found = nn.evaluate(model, X, y, loss, record=record)
        assert found["loss"] == pytest.approx(expected, rel=1e-12)
    if loss == "cross_entropy":
        assert found["accuracy"] == nn.accuracy(outputs.numpy(), y, loss)
    else:
        assert found["r2"] == pytest.approx(nn.r2(outputs.numpy(), y), rel=1e-12)


@pytest.mark.parametrize("loss", ["binary_cross_entropy_with_logits", "hinge", "cross_entropy", "mae"])
def test_a_model_is_evaluated_by_the_loss_of_the_classes_it_has_learned(loss, tmp_path):
    """As classify does: the squared error between logits and classes was the answer, and an R2."""
    sides = (X[:, 0] > 0).astype(int)
    y = 2 * sides - 1 if loss == "hinge" else sides
    model = nn.MLP(6, [3, 2 if loss == "cross_entropy" else 1], "tanh", generator=seeded())
    if loss != "cross_entropy":
        assert nn.evaluate(model, X, y) == nn.evaluate(model, X, y, "mse")  # it has learned nothing yet
    nn.fit(model, X, y, loss=loss, epochs=5, progress=False)
    nn.save(model, tmp_path / "model.npz")
    learned = "mse" if loss == "mae" else loss
    for each in (model, nn.load(tmp_path / "model.npz")):
        assert nn.evaluate(each, X, y) == nn.evaluate(each, X, y, learned)
        assert nn.doctor(each, X, y).loss == pytest.approx(nn.evaluate(each, X, y, learned)["loss"], rel=1e-12)
    if loss != "mae":
        assert nn.evaluate(model, X, y)["accuracy"] == (nn.classify(model, X) == y).mean()


def test_a_model_may_return_numbers():
    for X in ([[1.0, 2.0]] * 2, [[1.0, 2.0]] * 20):
        assert nn.predict(nn.Unflatten((1, 2)), X).tolist() == [[row] for row in X]
    with pytest.raises(TypeError, match="not str: 'one'"):
        nn.predict(nn.Activate(lambda value: "one"), [[1.0]])


def test_what_is_not_learned_is_said_where_something_is_learned():
    """Predicting and evaluating said it too."""
    model = nn.MLP(2, [1], generator=seeded())
    model.factor = Value(2.0) * 3
    with pytest.warns(UserWarning, match="not found and not learned"):
        model.parameters()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.predict(model, X[:, :2])
        nn.evaluate(model, X[:, :2], X[:, 0], lambda p, t: (p - t) ** 2)


def test_a_loss_without_a_name_is_none():
    """It was the default, in classify, evaluate and the doctor; an array was an error of NumPy."""
    model = nn.MLP(2, [2], generator=np.random.default_rng(0))
    X, y = [[0.0, 1.0], [1.0, 0.0]], [0, 1]
    nn.fit(model, X, y, loss="cross_entropy", epochs=1, progress=False)
    for given in ("", [], np.zeros(2)):
        for use in (
            lambda given: nn.classify(model, X, given), lambda given: nn.evaluate(model, X, y, given),
            lambda given: nn.doctor(model, X, y, loss=given),
        ):  # fmt: skip
            with pytest.raises(ValueError, match="unknown loss"):
                use(given)


class Remembers(nn.Module):
    """A model that keeps its hidden numbers, of which its loss wants little; rows may be sequences."""

    def __init__(self, generator):
        self.first, self.second = nn.RNN(2, 3, generator=generator), nn.MLP(3, [1], generator=generator)

    def forward(self, given):
        self.hidden = self.first(given if isinstance(given[0], list) else [given])
        return self.second(self.hidden)

    def sparse(self, prediction, target):
        return (prediction - target) ** 2 + sum(h * h for h in self.hidden)

    def read(self, prediction, target):
        return (prediction - target) ** 2 * (1 + float(self.hidden[0]) ** 2)

    def penalised(self, prediction, target):
        error = (prediction - target) ** 2
        return error + sum(slope * slope for slope in grad(error, self.parameters(), create_graph=True))

    def sensitive(self, prediction, target):
        return (prediction - target) ** 2 + grad(prediction, self.second.parameters()[0]) ** 2


@pytest.mark.parametrize("name", ["sparse", "read", "penalised", "sensitive"])
@pytest.mark.parametrize("record", [True, False])
@pytest.mark.parametrize("kind", ["few", "many", "sequences"])
def test_a_loss_may_need_more_of_the_model_than_its_prediction(name, record, kind):
    generator = np.random.default_rng(3)
    model = Remembers(generator)
    X = generator.normal(size=(5 if kind == "few" else 40, 2)).tolist()
    X = [[row] * (1 + index % 3) for index, row in enumerate(X)] if kind == "sequences" else X
    y = generator.normal(size=len(X)).tolist()
    loss = getattr(model, name)
    expected = pytest.approx(
        np.mean([float(loss(model(row), target)) for row, target in zip(X, y, strict=True)]), 1e-12
    )
    model(X[0])
    assert nn.evaluate(model, X, y, loss=loss, record=record)["loss"] == expected
    with warnings.catch_warnings():
        warnings.simplefilter("error" if name in ("sparse", "penalised") else "ignore")  # which are recorded
        history = nn.fit(
            model, X, y, loss=loss, epochs=2, lr=0.0, validation=(X, y), progress=False, record=record, batch_size=3
        )  # fmt: skip
    assert history.loss + history.validation_loss == [expected] * 4


class Line(nn.Module):
    """A model that keeps its row, and of whose loss a rare row has another."""

    def __init__(self):
        self.slope, self.row = Value(0.5), None

    def forward(self, row):
        self.row = row
        return self.slope * row[0]

    def loss(self, prediction, target):
        return (prediction - target) ** 2 * (10 if self.row[0] == 17.0 else 1)


@pytest.mark.parametrize("write", [lambda model: model.loss, lambda model: lambda p, t: model.loss(p, t)])
def test_a_loss_that_needs_more_for_a_rare_row(write):
    model, X = Line(), np.arange(40.0)[:, None]
    squares = np.where(X[:, 0] == 17, 10, 1) * (0.5 * X[:, 0]) ** 2
    assert nn.evaluate(model, X, np.zeros(40), loss=write(model))["loss"] == pytest.approx(squares.mean(), 1e-12)


@pytest.mark.parametrize("kind", ["decay", "method", "settings"])
def test_a_loss_that_shares_something_with_its_model_is_recorded(kind):
    """Its rows were computed one by one, as those of a method, or with settings in common."""
    model, settings = Remembers(np.random.default_rng(3)), {"share": 0.5}
    model.settings = settings
    loss = {
        "decay": lambda p, t: (p - t) ** 2 + 1e-2 * sum(value * value for value in model.parameters()),
        "method": model.sparse,
        "settings": lambda p, t: (p - t) ** 2 * settings["share"],
    }[kind]
    X = np.random.default_rng(4).normal(size=(200, 2))
    counts, found = [], []
    for record in (True, False):
        nodes: list[Value] = []
        with mode(on_node=nodes.append):
            found.append(nn.evaluate(model, X, X[:, 0], loss, record=record)["loss"])
        counts.append(len(nodes))
    assert found[0] == pytest.approx(found[1], 1e-12)
    assert counts[0] < counts[1] / 3


def margin(prediction, target):
    """The hinge loss of several classes, which is the number 0 where every margin is kept."""
    return sum(max(0, 1 + other - prediction[target]) for index, other in enumerate(prediction) if index != target)


def test_a_loss_may_return_a_number_for_some_rows():
    model = nn.Sequential(nn.Layer(1, 1, "relu", init="zeros"), nn.Layer(1, 3, "linear", init="zeros"))
    model.layers[0].neurons[0].weights[0].data = 1.0
    for neuron, weight in zip(model.layers[1].neurons, (0.0, 1.0, 2.0), strict=True):
        neuron.weights[0].data = weight
    X, y = [[0.5], [0.25], [-1.0], [2.0]], [2, 2, 0, 2]
    expected = (0.5 + (0.5 + 0.75) + 2 + 0) / 4
    for record in (True, False):
        assert nn.evaluate(model, X, y, loss=margin, record=record) == {"loss": expected}
        assert nn.doctor(model, X, y, loss=margin).rows == 4
    history = nn.fit(model, X, y, loss=margin, epochs=1, lr=0.0, validation=(X, y), progress=False, record=False)
    assert history.loss + history.validation_loss == [expected, expected]


def test_bad_arguments():
    for function in (lambda: nn.predict(len, X), lambda: nn.evaluate(len, X, X)):
        with pytest.raises(TypeError, match=r"model must be an nn.Module, not builtin_function_or_method"):
            function()
    model = MODELS["mlp"]()
    with pytest.raises(ValueError, match=r"MLP\(6, .* 6 inputs expected, 2 given"):
        nn.predict(model, np.zeros((20, 2)))
    with pytest.raises(ValueError, match=r"y\[0\] is 7, not a class from 0 to 2"):
        nn.evaluate(model, X, [7] * 30, "cross_entropy")
    with pytest.raises(ValueError, match="equally long: 30 rows, but 2 targets"):
        nn.evaluate(model, X, [0, 1], "cross_entropy")


def test_a_loss_is_evaluated_with_the_settings_it_has_now():
    model, classes = MODELS["mlp"](), np.arange(30) % 3
    weight = [1.0, 1.0, 1.0]
    loss = nn.CrossEntropyLoss(weight=weight)
    predictor = Predictor(model)
    first = measure(predictor, X, classes, loss)
    weight[0] = 5.0
    again = measure(predictor, X, classes, loss)
    assert again == nn.evaluate(model, X, classes, loss)
    assert again["loss"] != first["loss"]


def test_a_model_whose_train_is_its_own_is_put_into_evaluation_by_it():
    class Frozen(nn.Sequential):
        def train(self, mode=True):
            super().train(mode)
            self.layers[1].training = False
            return self

    model = Frozen(nn.Layer(6, 4, generator=seeded()), nn.BatchNorm(4), nn.Dropout(0.5))
    with in_mode(model, training=True):
        assert [layer.training for layer in model.layers] == [True, False, True]
    with in_mode(model, training=False):
        assert not any(layer.training for layer in model.layers)


@pytest.mark.parametrize("name", losses.table)
def test_the_losses_of_many_rows_are_computed_by_a_tape_as_by_values(name):
    calls = []
    rule = losses.table[name]
    counted = replace(rule, function=lambda *given: calls.append(given) or rule.function(*given))
    model = nn.MLP(6, [4, 3], output="sigmoid", generator=seeded(4))
    signs = np.where(seeded().uniform(size=(30, 3)) < 0.5, 1.0, -1.0)
    targets = {"class": np.arange(30) % 3, "probability": (signs + 1) / 2}.get(rule.targets, signs)
    values, taped = Predictor(model, record=False), Predictor(model)
    expected = values.find_losses(values.predict(X), targets, rule)
    assert taped.find_losses(taped.predict(X), targets, counted) == pytest.approx(expected, rel=1e-12)
    assert len(calls) <= 1


@pytest.mark.parametrize("loss", ["mse", "binary_cross_entropy_with_logits"])
def test_validation_of_a_model_that_drops_out_records_its_loss_once_and_measures_what_values_do(loss, monkeypatch):
    made = []
    monkeypatch.setattr("nn.training.predictor._LossTape", lambda *given: made.append(given) or _LossTape(*given))
    y = (X[:, 0] > 0).astype(float)
    found = []
    for record in (True, False):
        hidden, dropout = nn.Layer(6, 4, "relu", generator=seeded(1)), nn.Dropout(0.3, generator=seeded(2))
        model = nn.Sequential(hidden, dropout, nn.Layer(4, 1, "linear", init="zeros"))
        history = nn.fit(model, X, y, loss=loss, epochs=5, validation=(X, y), progress=False, record=record)
        found.append(history.validation_loss)
    assert found[0] == pytest.approx(found[1], rel=1e-9)
    assert len(made) == 1


@pytest.mark.parametrize("number", [np.inf, -np.inf, np.nan])
def test_a_vector_that_is_not_finite_counts_only_where_it_is_chosen(number):
    """Also if all rows that are tried choose it: the first, the middle and the last one."""
    model = nn.Sequential(nn.Embedding(3, 1, generator=seeded()), nn.Flatten(), nn.Layer(1, 1, "tanh", init="constant"))
    model.layers[0].weights[0][0].data = number
    indices = np.array([0, 1, 2, 1, 1, 0, 1, 2, 1, 2, 0])
    expected = np.tanh([model.layers[0].weights[index][0].data for index in indices])
    assert np.isfinite(expected[1:5]).all()
    assert nn.predict(model, indices[:, None]) == pytest.approx(expected, rel=1e-12, nan_ok=True)


class Slope(nn.Module):
    """The slope of a network of one input, as a force is that of an energy."""

    def __init__(self):
        super().__init__()
        self.network = nn.MLP(1, [3, 1], "tanh", generator=seeded())

    def __call__(self, row):
        x = row[0] if isinstance(row[0], Value) else Value(row[0])
        return grad(self.network([x]), x, create_graph=True)


@pytest.mark.parametrize("record", [True, False])
@pytest.mark.parametrize("count", [3, 20])
def test_a_model_may_take_derivatives(count, record):
    X, model = np.linspace(-0.5, 2.0, count).reshape(-1, 1), Slope()
    y = np.cos(X[:, 0])
    before, expected = model.state_dict(), np.array([model([number]).data for number in X[:, 0]])
    assert (expected != 0).all()
    assert nn.predict(model, X, record=record) == pytest.approx(expected)
    loss = nn.evaluate(model, X, y, loss="mse")["loss"]
    assert loss == pytest.approx(((expected - y) ** 2).mean())
    history = nn.fit(model, X, y, loss="mse", epochs=3, validation=(X, y), record=record, progress=False)
    again = Slope()
    again.load_state_dict(before)
    with_values = nn.fit(again, X, y, loss="mse", epochs=3, validation=(X, y), record=False, progress=False)
    assert history.loss == pytest.approx(with_values.loss)
    assert history.validation_loss == pytest.approx(with_values.validation_loss)
    assert history.loss[0] == pytest.approx(loss)
    model.summary([0.5])
