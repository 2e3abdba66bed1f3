from functools import partial

import numpy as np
import pytest

import nn
from engine import Value
from nn import MLP, SGD, Adam, Layer, Module, Sequential, doctor, init
from nn.doctor import Report


def seeded(seed=0):
    return np.random.default_rng(seed)


def moons():
    return nn.moons(60, 0.1, seeded())


BINARY = {"loss": "binary_cross_entropy_with_logits"}


def find(report, kind):
    """The one finding of a kind."""
    (finding,) = (finding for finding in report.findings if finding.kind == kind)
    return finding


def kinds(report):
    return {finding.kind for finding in report.findings}


# healthy models


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "gelu", "prelu"])
def test_a_healthy_model_has_no_findings_before_and_after_training(activation):
    X, y = moons()
    model = MLP(2, [8, 8, 1], activation, generator=seeded(4))
    report = doctor(model, X, y, **BINARY)
    assert report.healthy, str(report)
    assert str(report) == f"60 rows, mean loss {report.loss:.4g}: nothing to complain of"
    adam = Adam(model.parameters(), lr=0.02)  # at a higher rate ReLUs die
    nn.fit(model, X, y, optimizer=adam, epochs=30, batch_size=15, generator=seeded(), progress=False, **BINARY)
    report = doctor(model, X, y, **BINARY)
    assert report.healthy, str(report)
    assert report.loss < 0.5


def test_iris_is_healthy_by_either_optimizer():
    iris = nn.load_iris()
    (X,) = nn.standardise(iris.X)
    for make in (Adam, partial(SGD, lr=0.1, momentum=0.9)):
        model = MLP(4, [8, 3], generator=seeded())
        report = doctor(model, X, iris.y, loss="cross_entropy", optimizer=make(model.parameters()))
        assert report.healthy, str(report)


def test_healthy_networks_of_other_kinds():
    generator = seeded()
    X = generator.normal(size=(24, 16))
    y = X[:, :8].mean(axis=1) - X[:, 8:].mean(axis=1)
    for model in (
        Sequential(nn.Unflatten((1, 4, 4)), nn.Conv2d(1, 3, 2, generator=generator), nn.MaxPool(3), nn.Flatten(),
                   Layer(3, 1, "linear", generator=generator)),
        Sequential(Layer(16, 6, "linear", generator=generator), nn.BatchNorm(6), nn.Activate("relu"), nn.Dropout(0.3),
                   nn.Residual(Layer(6, 6, "tanh", generator=generator)), Layer(6, 1, "linear", generator=generator)),
        Sequential(nn.Unflatten((8, 2)), nn.LSTM(2, 4, generator=generator), Layer(4, 1, "linear")),
    ):  # fmt: skip
        report = doctor(model, X, y)
        assert report.healthy, str(report)


def test_indices_are_no_features():
    model = Sequential(nn.Embedding(50, 3, generator=seeded()), nn.GRU(3, 3, generator=seeded()),
                       Layer(3, 1, "linear", generator=seeded()))  # fmt: skip
    report = doctor(model, seeded().integers(0, 50, (10, 4)), seeded(1).normal(size=10))
    assert report.healthy, str(report)


# each finding


def test_dead_relus_are_judged_by_all_rows():
    X, y = moons()
    model = MLP(2, [6, 1], generator=seeded())
    model.layers[0].neurons[2].bias.data = model.layers[0].neurons[4].bias.data = -20.0
    finding = find(doctor(model, X, y, **BINARY), "dead")
    assert (finding.place, finding.numbers) == ("layers[0]", {"units": [2, 4], "of": 6})
    assert "2 of 6 units of layers[0] (2, 4): ReLUs put out 0 for every row" in finding.text
    model.layers[0].neurons[2].restart([30.0, 0.0])
    model.layers[0].neurons[2].bias.data = -30.0 * sorted(X[:, 0])[-2]  # it fires for a single row: not dead
    assert find(doctor(model, X, y, **BINARY), "dead").numbers["units"] == [4]


def test_dead_channels_of_a_convolution():
    model = Sequential(nn.Conv1d(1, 3, 2, generator=seeded()), nn.Flatten(), Layer(9, 1, "linear", generator=seeded()))
    model.layers[0].biases[1].data = -50.0

    class Signal(Module):
        def __init__(self):
            self.inner = model

        def forward(self, row):
            return self.inner([row])

    finding = find(doctor(Signal(), seeded().normal(size=(10, 4)), seeded(1).normal(size=10)), "dead")
    assert (finding.place, finding.numbers["units"]) == ("inner.layers[0]", [1])


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_saturated_units(activation):
    X, y = moons()
    model = MLP(2, [6, 6, 1], activation, generator=seeded())
    model.layers[1].neurons[3].bias.data = 25.0
    finding = find(doctor(model, X, y, **BINARY), "saturated")
    assert (finding.place, finding.numbers["units"]) == ("layers[1]", [3])
    assert f"{activation}s are saturated, without slope, for at least 90% of the rows" in finding.text
    large = MLP(2, [6, 6, 1], activation, init=partial(init.normal, deviation=60.0), generator=seeded())
    assert "saturated" in kinds(doctor(large, X, y, **BINARY))


def test_a_sure_output_is_not_saturated():
    X, y = [[-3.0], [-2.0], [2.0], [3.0]], [0, 0, 1, 1]
    model = MLP(1, [2, 1], "tanh", "sigmoid", generator=seeded())
    for neuron, weights in zip(
        [*model.layers[0].neurons, *model.layers[1].neurons], [[0.5], [0.4], [9, 9]], strict=True
    ):
        neuron.restart(weights)
    assert doctor(model, X, y, loss="binary_cross_entropy").healthy


def test_vanishing_gradients_say_where():
    X, y = moons()
    finding = find(doctor(MLP(2, [5] * 10 + [1], "sigmoid", generator=seeded()), X, y, **BINARY), "vanishing")
    first, *_ = finding.numbers["layers"]
    assert first == "layers[0]"
    assert finding.place == finding.numbers["layers"][-1] != "layers[9]"
    assert finding.numbers["ratio"] < 1e-3
    assert "He initialisation" in finding.advice
    assert doctor(MLP(2, [8] * 6 + [1], "leaky_relu", generator=seeded(3)), X, y, **BINARY).healthy


def test_exploding_gradients_say_where():
    X, y = moons()
    model = MLP(2, [8] * 8 + [1], "linear", init=partial(init.normal, deviation=2.0), generator=seeded())
    model.layers[-1].reset("he_normal", seeded())
    for layer in model.layers[1:8]:
        layer.neurons[0].restart([0.0] * 7 + [9.0])
    report = doctor(Scaled(model), X, y)
    finding = find(report, "exploding")
    assert finding.numbers["ratio"] > 1000
    assert "clip_norm" in finding.advice


class Scaled(Module):
    """Small signals into large weights: gradients of early layers are far above those of the last."""

    def __init__(self, model):
        self.model = model

    def forward(self, row):
        return self.model([number * 1e-6 for number in row])


def test_symmetric_neurons():
    X, y = moons()
    model = MLP(2, [4, 1], "tanh", init="constant")
    finding = find(doctor(model, X, y, **BINARY), "symmetric")
    assert (finding.place, finding.numbers) == ("layers[0]", {"units": [0, 1, 2, 3], "of": 4})
    model = MLP(2, [4, 3], "tanh", generator=seeded())
    model.layers[1].reset("zeros")  # alike, but pulled apart by the classes
    assert doctor(model, X, y, loss="cross_entropy").healthy
    model.layers[0].neurons[3].restart([w.data for w in model.layers[0].neurons[1].weights])
    assert find(doctor(model, X, y, loss="cross_entropy"), "symmetric").numbers["units"] == [1, 3]
    conv = Sequential(nn.Conv1d(2, 2, 1, init="constant"), nn.Flatten(), Layer(2, 1, "linear", init="constant"))
    report = doctor(Sequential(nn.Unflatten((2, 1)), conv), X, y)
    assert find(report, "symmetric").place == "layers[1].layers[0]"


def test_unscaled_and_constant_features():
    X, y = moons()
    model = MLP(4, [6, 1], "tanh", generator=seeded())
    wide = np.column_stack([X[:, 0], 30_000 + 9000 * X[:, 1], np.full(60, 3.0), X[:, 1] / 10_000])
    report = doctor(model, wide, y, **BINARY)
    finding = find(report, "unscaled")
    assert (finding.place, finding.numbers["columns"]) == ("X[:, [1, 3]]", [1, 3])
    assert "nn.standardise" in finding.advice
    assert (find(report, "constant").place, find(report, "constant").numbers) == ("X[:, 2]", {"columns": [2]})
    (scaled,) = nn.standardise(wide[:, [0, 1, 3]])
    assert doctor(MLP(3, [6, 1], "tanh", generator=seeded()), scaled, y, **BINARY).healthy


def test_a_learning_rate_too_large():
    X, y = moons()
    model = MLP(2, [6, 1], "relu", generator=seeded())
    finding = find(doctor(model, X, y, optimizer=SGD(model.parameters(), lr=50.0)), "diverging")
    assert finding.numbers["lr"] == 50.0
    assert not finding.numbers["losses"][-1] < 100 * finding.numbers["losses"][0]
    assert "a learning rate ten times smaller" in finding.advice
    assert doctor(model, X, y, optimizer=SGD(model.parameters(), lr=0.1)).healthy


def test_a_loss_that_does_not_fall():
    X, y = moons()
    model = MLP(2, [6, 1], "relu", generator=seeded())
    finding = find(doctor(model, X, y, optimizer=SGD(model.parameters(), lr=1e-7), **BINARY), "not falling")
    assert finding.numbers["losses"][-1] == pytest.approx(finding.numbers["losses"][0], rel=1e-3)
    assert "always giving the mean answer costs" in finding.text
    assert doctor(model, X, y, optimizer=SGD(model.parameters(), lr=0.5), **BINARY).healthy


def test_numbers_that_are_not_finite_have_a_place_and_a_row():
    class Root(Module):
        def __init__(self):
            self.inner = Layer(1, 1, "linear", init="constant")
            self.root = nn.Activate(lambda value: value.sqrt())

        def forward(self, row):
            return self.root(self.inner(row))[0]

    report = doctor(Root(), [[4.0], [1.0], [-1.0]], [2.0, 1.0, 1.0])
    assert kinds(report) == {"not finite"}
    finding = find(report, "not finite")
    assert (finding.place, finding.numbers) == ("root", {"row": 2, "op": "sqrt"})
    assert finding.text == "sqrt in root is infinite or nan for row 2"


def test_parameters_that_the_loss_does_not_reach():
    class Forgetful(Module):
        def __init__(self):
            self.used, self.forgotten = Layer(1, 1, "linear", init="constant"), Layer(1, 2)

        def forward(self, row):
            return self.used(row)[0]

    finding = find(doctor(Forgetful(), [[1.0], [-1.0]], [3.0, 0.0]), "unreached")
    assert finding.place == "forgotten.neurons[0].weights[0]"
    assert len(finding.numbers["parameters"]) == 4


# the rest


def test_it_leaves_everything_as_it_was():
    X, y = moons()
    model = Sequential(
        Layer(2, 4, "linear"), nn.BatchNorm(4), nn.Dropout(0.5, generator=seeded()), Layer(4, 1, "linear")
    )
    model.layers[2].eval()
    optimizer = Adam(model.parameters())
    for parameter in model.parameters():
        parameter.grad = 0.25
    optimizer.step()
    before = model.state_dict(), optimizer.state_dict(), [module.training for module in model.modules()]
    draw = seeded().random()
    doctor(model, X, y, optimizer=optimizer, **BINARY)
    after = model.state_dict(), optimizer.state_dict(), [module.training for module in model.modules()]
    assert after == before
    assert {parameter.grad for parameter in model.parameters()} == {0.25}
    assert model.layers[2]._generator.random() == draw


def test_a_report_reads_well():
    model = MLP(2, [4, 1], "tanh", init="zeros")
    report = doctor(model, [[1.0, 200.0], [2.0, 100.0]], [1.0, 0.0])
    text = str(report).splitlines()
    assert text[0] == f"2 rows, mean loss 0.5: {len(report.findings)} findings"
    assert max(map(len, text)) <= 80
    assert text[1] == "unscaled: X[:, 1] has numbers of about 150, far from 1"
    assert isinstance(report, Report)
    assert not report.healthy


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: doctor(3, [[1.0]], [1.0]), TypeError, r"model must be an nn.Module, not int"),
        (lambda m: doctor(m, [[1.0, float("nan")]], [1.0]), ValueError, r"X\[0\]\[1\] is nan"),
        (lambda m: doctor(m, [[1.0]], [1.0]), ValueError, "2 inputs expected, 1 given"),
        (lambda m: doctor(m, [[1.0, 2.0]], [1.0, 2.0]), ValueError, "1 rows, but 2 targets"),
        (lambda m: doctor(m, [[1.0, 2.0]], [3.0], loss="hinge"), ValueError, r"y\[0\] is 3, not -1 or \+1"),
        (lambda m: doctor(m, [[1.0, 2.0]], [3.0], loss="hinges"), ValueError, "unknown loss: 'hinges'"),
        (lambda m: doctor(m, [[1.0, 2.0]], [1.0], optimizer="adam"), TypeError, "optimizer must be an Optimizer"),
        (lambda m: doctor(m, [[1.0, 2.0]], [1.0], optimizer=SGD([Value(1.0)])), ValueError, "are not the model's"),
    ],
)
def test_bad_arguments_change_nothing(call, error, message):
    model = MLP(2, [1], generator=seeded())
    before = model.state_dict()
    with pytest.raises(error, match=message):
        call(model)
    assert model.state_dict() == before
