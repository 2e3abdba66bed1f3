from functools import partial

import numpy as np
import pytest

import nn
from engine import Op, Value, apply, no_grad, register
from nn import MLP, SGD, Adam, Layer, Module, Sequential, doctor, init
from nn.diagnosis.findings import Report
from tests.arrays import seeded


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
    assert str(report) == f"60 rows, mean loss {report.loss:.4g}: no findings"
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
        Sequential(nn.Unflatten((1, 4, 4)), nn.Conv2d(1, 3, 2, activation="relu", generator=generator),
                   nn.MaxPool(3), nn.Flatten(),
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
    model = Sequential(
        nn.Conv1d(1, 3, 2, activation="relu", generator=seeded()),
        nn.Flatten(),
        Layer(9, 1, "linear", generator=seeded()),
    )
    model.layers[0].biases[1].data = -50.0

    class Signal(Module):
        def __init__(self):
            self.inner = model

        def forward(self, row):
            return self.inner([row])

    finding = find(doctor(Signal(), seeded().normal(size=(10, 4)), seeded(1).normal(size=10)), "dead")
    assert (finding.place, finding.numbers["units"]) == ("inner.layers[0]", [1])


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "softsign"])
def test_saturated_units(activation):
    X, y = moons()
    model = MLP(2, [6, 6, 1], activation, generator=seeded())
    model.layers[1].neurons[3].bias.data = 25.0
    finding = find(doctor(model, X, y, **BINARY), "saturated")
    assert (finding.place, finding.numbers["units"]) == ("layers[1]", [3])
    assert f"{activation}s are saturated, with a derivative near 0, for at least 90% of the rows" in finding.text
    large = MLP(2, [6, 6, 1], activation, init=partial(init.normal, deviation=60.0), generator=seeded())
    assert "saturated" in kinds(doctor(large, X, y, **BINARY))


@pytest.mark.parametrize("rows", [6, 60])  # by Values and by a tape
@pytest.mark.parametrize("step", ["step", Value.sign])
def test_steps_pass_no_gradient_back(step, rows):
    X, y = moons()
    model = MLP(2, [3, 2, 1], [step, "relu"], generator=seeded())
    finding = find(doctor(model, X[:rows], y[:rows]), "dead")
    assert (finding.place, finding.numbers["units"]) == ("layers[0]", [0, 1, 2])
    assert "derivative is 0" in finding.text
    before = model.layers[0].neurons[0].weights[0].data
    nn.fit(model, X[:rows], y[:rows], epochs=3, progress=False)
    assert model.layers[0].neurons[0].weights[0].data == before
    on_inputs = Sequential(nn.Activate(step), Layer(2, 1, "linear", generator=seeded()))
    assert "dead" not in kinds(doctor(on_inputs, X[:rows], y[:rows]))


class StraightThrough(Module):
    """Steps forward, and the slope of tanh backward."""

    def __init__(self):
        self.hidden, self.output = (Layer(2, n, "linear", generator=seeded()) for n in (2, 1))
        self.step = nn.Activate("step")
        self.name_parts()

    def forward(self, inputs):
        sums = self.hidden(inputs)
        smooth = [value.tanh() for value in sums]
        return self.output([s + (hard - s).detach() for s, hard in zip(smooth, self.step(sums), strict=True)])


@pytest.mark.parametrize("rows", [6, 60])
def test_a_step_behind_a_detach_keeps_nothing_from_learning(rows):
    X, y = moons()
    model = StraightThrough()
    assert "dead" not in kinds(doctor(model, X[:rows], y[:rows]))
    before = model.hidden.neurons[0].weights[0].data
    nn.fit(model, X[:rows], y[:rows], epochs=3, progress=False)
    assert model.hidden.neurons[0].weights[0].data != before


def test_a_step_of_ones_own_is_found_as_well():
    register(Op("half_step", "where(a > 0, 0.5, 0)", ("0",)))
    X, y = moons()
    model = MLP(2, [3, 1], [lambda value: apply("half_step", value)], generator=seeded())
    assert find(doctor(model, X, y), "dead").numbers["units"] == [0, 1, 2]


def test_no_rate_helps_where_no_gradient_arrives():
    report = doctor(nn.Perceptron(2), *moons())
    assert find(report, "dead").numbers["units"] == [0]
    assert "learning rate" not in find(report, "not falling").advice


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
    conv = Sequential(
        nn.Conv1d(2, 2, 1, activation="relu", init="constant"), nn.Flatten(), Layer(2, 1, "linear", init="constant")
    )
    report = doctor(Sequential(nn.Unflatten((2, 1)), conv), X, y)
    assert find(report, "symmetric").place == "layers[1].layers[0]"


def test_an_output_that_is_sure_and_wrong_is_saturated():
    X, y = moons()
    for loss in ("binary_cross_entropy", "mse", nn.losses.get("mse", reduction="sum")):
        model = MLP(2, [8, 1], "tanh", "sigmoid", generator=seeded())
        assert doctor(model, X, y, loss=loss).healthy
        model.layers[1].neurons[0].bias.data = 50.0
        finding = find(doctor(model, X, y, loss=loss), "saturated")
        assert (finding.place, finding.numbers["units"]) == ("layers[1]", [0])
        assert "a loss on logits" in finding.advice
    rare = (np.arange(60) == 7).astype(float)  # where a small probability is right for every row
    model.layers[1].neurons[0].restart(np.zeros(8))
    model.layers[1].neurons[0].bias.data = np.log(1 / 400)
    assert "saturated" not in kinds(doctor(model, X, rare, loss="binary_cross_entropy"))


def test_gradients_that_cancel_but_for_rounding_do_not_vanish():
    """With equal weights, those of all classes add up to 0, which no other activation changes."""
    iris = nn.load_iris()
    for widths in ([8, 3], [8, 8, 3]):
        model = MLP(4, widths, "tanh", init="constant")
        found = kinds(doctor(model, nn.standardise(iris.X)[0], iris.y, loss="cross_entropy"))
        assert "symmetric" in found
        assert "vanishing" not in found


def test_an_optimizer_that_maximizes_is_named():
    X, y = moons()
    for lr, own in ((0.001, False), (1.0, False), (0.1, True)):
        model = MLP(2, [8, 1], "tanh", generator=seeded())
        loss = (lambda output, target: -nn.mse(output, target)) if own else "mse"
        report = doctor(model, X, y, loss=loss, optimizer=SGD(model.parameters(), lr=lr, maximize=True))
        assert report.healthy == own
        if not own:
            assert find(report, "diverging").advice == "maximize=False"
            assert "follows the gradients upwards" in find(report, "diverging").text


def test_decay_that_leaves_nothing():
    """Within 12 steps: a step multiplies by 1 - lr * weight_decay, or takes lr * l1 away."""
    iris = nn.load_iris()
    for make, is_strong in (
        (partial(SGD, lr=0.1, weight_decay=5.0), True),
        (partial(SGD, lr=0.1, weight_decay=0.01), False),
        (partial(Adam, lr=0.01, l1=20.0), True),
        (partial(Adam, lr=0.01, l1=0.1), False),
        (partial(nn.AdamW, lr=0.02, weight_decay=50.0), True),
        (partial(nn.AdamW, lr=0.02), False),
    ):
        model = MLP(4, [8, 3], "tanh", generator=seeded())
        optimizer = make(model.parameters())
        report = doctor(model, nn.standardise(iris.X)[0], iris.y, loss="cross_entropy", optimizer=optimizer)
        assert report.healthy != is_strong, str(report)
        if is_strong:
            assert "of the size of the parameters in 12 steps" in find(report, "large steps").text


def test_advice_names_the_setting_that_makes_steps_small_or_large():
    X, y = moons()
    for settings, kind, advice in (
        ({"clip_norm": 1e-9}, "small steps", "or less clipping"),
        ({"clip_value": 1e-9}, "small steps", "or less clipping"),
        ({"weight_decay": 100.0}, "diverging", "less weight decay"),
    ):
        model = MLP(2, [8, 1], "tanh", generator=seeded())
        report = doctor(model, X, y, optimizer=SGD(model.parameters(), lr=0.1, **settings), **BINARY)
        assert advice in find(report, kind).advice


def test_targets_that_are_all_the_same():
    X, _ = moons()
    finding = find(doctor(MLP(2, [4, 1], "tanh", generator=seeded()), X, np.full(60, 0.5)), "constant")
    assert (finding.place, finding.numbers) == ("y", {"columns": [0]})
    assert finding.text == "y is the same in every row: the same answer is always right"
    both = np.column_stack([X[:, 0], np.full(60, 0.5)])
    assert find(doctor(MLP(2, [4, 2], "tanh", generator=seeded()), X, both), "constant").place == "y[:, 1]"


def test_zeros_say_nothing_of_the_size_of_the_other_numbers():
    X, y = moons()
    for number, size in ((1.0, None), (1 / 16, None), (0.001, 0.001), (300.0, 300.0)):
        rare = np.column_stack([X, np.zeros(60)])
        rare[7, 2] = number
        report = doctor(MLP(3, [8, 1], "tanh", generator=seeded()), rare, y, **BINARY)
        assert report.healthy == (size is None)
        if size:
            assert find(report, "unscaled").numbers == {"columns": [2], "size": pytest.approx(size)}
    digits = nn.load_digits()
    report = doctor(MLP(64, [10], generator=seeded()), digits.X[:300] / 16, digits.y[:300], loss="cross_entropy")
    assert kinds(report) == {"constant"}


def test_unscaled_targets():
    """With prices in full, the answers are nowhere near after a hundred epochs; scaled, they are."""
    X = seeded().uniform(-1.0, 1.0, (80, 2))
    scaled = X[:, 0] * X[:, 1] + X[:, 0]
    for y, place, size in ((500 + scaled, "y", 500), (scaled / 10_000, "y", scaled.std() / 10_000), (scaled, None, 0)):
        model = MLP(2, [8, 1], "tanh", generator=seeded())
        found = [finding for finding in doctor(model, X, y).findings if finding.kind == "unscaled"]
        assert [finding.place for finding in found] == ([place] if place else [])
        assert all(finding.numbers["size"] == pytest.approx(size, rel=0.1) for finding in found)
        nn.fit(model, X, y, progress=False)
        assert (nn.evaluate(model, X, y)["r2"] > 0.98) == (place is None)
    both = np.column_stack([scaled, 500 + scaled])
    assert find(doctor(MLP(2, [8, 2], "tanh", generator=seeded()), X, both), "unscaled").place == "y[:, 1]"
    signs = np.sign(scaled)
    assert doctor(MLP(2, [8, 1], "tanh", generator=seeded()), X, signs, loss="hinge").healthy


@pytest.mark.filterwarnings("error")
def test_numbers_of_any_size_are_unscaled_and_nothing_else():
    X, y = nn.moons(80, 0.1, seeded())
    for size in (1e200, 1e307):
        report = doctor(MLP(2, [4, 1], "tanh", generator=seeded()), X * size, y, **BINARY)
        assert find(report, "unscaled").numbers["size"] == pytest.approx(size, rel=0.5)
        assert "unrelated" not in kinds(report)
        report = doctor(MLP(2, [4, 1], "tanh", generator=seeded()), X, X[:, 0] * size, loss="mae")
        assert find(report, "unscaled").place == "y"
        assert "unrelated" not in kinds(report)


def test_a_single_row_is_one_row():
    assert str(doctor(MLP(2, [1], generator=seeded()), [[1.0, 2.0]], [0.5])).startswith("1 row, mean loss")


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
    assert finding.numbers["update"] > 100
    assert not finding.numbers["losses"][-1] < 100 * finding.numbers["losses"][0]
    assert "a learning rate ten times smaller" in finding.advice
    assert doctor(model, X, y, optimizer=SGD(model.parameters(), lr=0.1)).healthy


@pytest.mark.parametrize("rate", [3.0, 30.0])
def test_steps_as_large_as_the_weights(rate):
    """Such a rate kills the ReLUs in its first step, after which the loss is that of the mean answer: it fell."""
    X, y = moons()
    model = MLP(2, [8, 8, 1], "relu", generator=seeded(4))
    optimizer = SGD(model.parameters(), lr=rate)
    finding = find(doctor(model, X, y, optimizer=optimizer, **BINARY), "large steps")
    assert finding.place == "the optimiser"
    nn.fit(model, X, y, optimizer=SGD(model.parameters(), lr=rate), epochs=1, progress=False, **BINARY)
    before, after = MLP(2, [8, 8, 1], "relu", generator=seeded(4)).layers[2], model.layers[2]
    sizes = np.array(
        [[one.data, other.data] for one, other in zip(before.parameters(), after.parameters(), strict=True)]
    )
    update = np.linalg.norm(sizes[:, 1] - sizes[:, 0]) / np.linalg.norm(sizes[:, 0])
    assert finding.numbers["update"] >= 0.7 * update > 1  # the trial is on 40 of the 60 rows
    assert f"usual is {0.001:g}" in finding.text
    advised = float(finding.advice.split("such as ")[1].split(";")[0])
    assert advised < rate / 50
    model = MLP(2, [8, 8, 1], "relu", generator=seeded(4))
    assert doctor(model, X, y, optimizer=SGD(model.parameters(), lr=advised), **BINARY).healthy


def test_large_steps_straight_down_are_healthy():
    X = seeded().normal(size=(80, 3))
    y = X @ [1.0, 2.0, -1.0]
    for seed in range(4):
        model = Layer(3, 1, "linear", generator=seeded(seed))
        sgd = SGD(model.parameters(), lr=0.3)
        report = doctor(model, X, y, optimizer=sgd)
        assert report.healthy, str(report)
        assert nn.fit(model, X, y, optimizer=sgd, progress=False).loss[-1] < 1e-9


def test_a_loss_that_jumps_is_told_as_it_is_after_the_last_step():
    X, y = moons()
    model = MLP(2, [8, 1], "tanh", generator=seeded())
    finding = find(doctor(model, X, y, optimizer=SGD(model.parameters(), lr=100.0), **BINARY), "diverging")
    path = finding.numbers["losses"]
    assert min(path[-3:]) < path[-1]
    assert f"takes the loss from {path[0]:.4g} to {path[-1]:.4g} in 12 steps" in finding.text


def test_steps_that_are_tiny():
    X, y = moons()
    model = MLP(2, [6, 1], "relu", generator=seeded())
    for lr in (1e-7, 1e-12):
        finding = find(doctor(model, X, y, optimizer=SGD(model.parameters(), lr=lr), **BINARY), "small steps")
        assert 0 < finding.numbers["update"] < 1e-6
        advised = float(finding.advice.removeprefix("a larger learning rate, such as "))
        assert 1e-4 < advised < 0.1
    assert doctor(model, X, y, optimizer=SGD(model.parameters(), lr=0.5), **BINARY).healthy
    nn.fit(model, X, y, optimizer=SGD(model.parameters(), lr=0.5), epochs=300, progress=False, **BINARY)
    # half trained, so better than the mean answer: the size of the steps tells
    finding = find(doctor(model, X, y, optimizer=SGD(model.parameters(), lr=1e-8), **BINARY), "small steps")
    assert finding.numbers["losses"][0] < 0.5


@pytest.mark.parametrize("make", [Adam, SGD])
def test_a_learning_rate_of_zero(make):
    X, y = moons()
    model = MLP(2, [6, 1], "relu", generator=seeded())
    nn.fit(model, X, y, epochs=50, progress=False, **BINARY)  # better than the mean answer
    finding = find(doctor(model, X, y, optimizer=make(model.parameters(), lr=0.0), **BINARY), "small steps")
    assert finding.numbers["update"] == 0.0
    assert finding.advice == "a learning rate above 0"


def test_nothing_left_to_learn_is_no_fault_of_the_rate():
    X = seeded().normal(size=(20, 2))
    model = MLP(2, [1], generator=seeded())
    y = [model(row).data for row in X.tolist()]
    assert doctor(model, X, y, optimizer=SGD(model.parameters(), lr=0.1)).healthy
    model.layers[0].neurons[0].bias.data += 1e-9
    assert doctor(model, X, y, optimizer=SGD(model.parameters(), lr=0.1)).healthy


def test_a_trial_without_a_step():
    """The loss is finite, its gradient is not."""
    model = Sequential(Layer(1, 1, "linear", init="constant"), nn.Activate(lambda v: ((v - 1) ** 0.5 - 1e-300) * 1e-10))
    report = doctor(model, [[1.0], [1.0]], [0.0, 1.0], optimizer=SGD(model.parameters(), lr=1e-320))
    assert report.loss == pytest.approx(0.5)
    assert "large steps" not in kinds(report)


def test_a_loss_that_does_not_fall():
    X, y = moons()
    model = MLP(2, [6, 1], "relu", generator=seeded())
    finding = find(doctor(model, X, y, optimizer=SGD(model.parameters(), lr=3e-5), **BINARY), "not falling")
    assert finding.numbers["losses"][-1] == pytest.approx(finding.numbers["losses"][0], rel=1e-3)
    assert "always giving the mean of the outputs costs" in finding.text
    assert "a step changes the numbers of layers[1] by" in finding.text
    assert finding.numbers["update"] < 1e-3
    assert finding.advice.startswith("a larger learning rate")
    assert doctor(model, X, y, optimizer=SGD(model.parameters(), lr=0.5), **BINARY).healthy


@pytest.mark.parametrize(
    "settings",
    [
        {"weight": [7.0, 7.0]},
        {"weight": [0.01, 0.01]},
        {"weight": [1.0, 2.0]},
        {"ignore_index": -1},
        {"reduction": "sum"},
    ],
)
def test_what_the_mean_answer_costs_is_that_of_torch(torch, settings):
    X, y = seeded().normal(size=(30, 2)), np.arange(30) % 2
    y = np.where(np.arange(30) % 5, y, settings.get("ignore_index", 0))
    model = MLP(2, [2], generator=seeded(3))
    loss = nn.losses.get("cross_entropy", **settings)
    finding = find(doctor(model, X, y, loss=loss, optimizer=SGD(model.parameters(), lr=1e-6)), "not falling")
    mean = torch.tensor(nn.predict(model, X).mean(axis=0)).expand(30, 2)
    options = {key: torch.tensor(given).double() if key == "weight" else given for key, given in settings.items()}
    cost = torch.nn.functional.cross_entropy(mean, torch.tensor(y), **options).item()
    assert f"always giving the mean of the outputs costs {cost:.4g};" in finding.text


def test_steps_that_are_large_are_not_told_to_be_larger():
    y = seeded(3).normal(size=60)  # which has nothing to do with X
    model = MLP(2, [1], generator=seeded())
    finding = find(
        doctor(model, moons()[0] * 0.1, y - y.mean(), optimizer=SGD(model.parameters(), lr=0.3)), "not falling"
    )
    assert finding.numbers["update"] > 1e-3
    assert "larger" not in finding.advice


# gradients never zeroed


def loop(model, X, y, updates, lr=0.1, zero=True, total=False):
    """A training loop as one writes it by hand, on all rows: the squared error, its mean or its sum."""
    optimizer = SGD(model.parameters(), lr=lr)
    for _ in range(updates):
        if zero:
            optimizer.zero_grad()
        losses = [(model(row) - target) ** 2 for row, target in zip(X, y, strict=True)]
        loss = sum(losses)
        (loss if total else loss / len(losses)).backward()
        optimizer.step()
    return optimizer


LECTURE = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]], [1.0, -1.0, -1.0, 1.0]


@pytest.mark.parametrize("total", [False, True])
def test_gradients_that_were_never_zeroed_are_seen_in_the_parameters(total):
    """The four rows of Karpathy's lecture "The spelled-out intro to neural networks", where he forgets it as well."""
    for seed in range(2):
        model = MLP(3, [4, 4, 1], "tanh", "tanh", generator=seeded(seed))
        loop(model, *LECTURE, updates=60, lr=0.01, zero=False, total=total)
        report = doctor(model, *LECTURE)
        finding = find(report, "not zeroed")
        assert finding.place == "the parameters"
        assert finding.numbers["size"] > 10 * finding.numbers["bound"]
        assert finding.advice == "optimizer.zero_grad() before each backward()"
        loop(model, *LECTURE, updates=1, lr=0.0, total=total)
        assert "not zeroed" not in kinds(doctor(model, *LECTURE))


@pytest.mark.parametrize("total", [False, True])
@pytest.mark.parametrize("updates", [1, 20, 200])
def test_gradients_of_the_last_update_are_no_finding(total, updates):
    model = MLP(3, [4, 4, 1], "tanh", "tanh", generator=seeded())
    loop(model, *LECTURE, updates, lr=0.05, total=total)
    assert "not zeroed" not in kinds(doctor(model, *LECTURE))
    X, y = moons()
    model = MLP(2, [8, 1], "tanh", generator=seeded())
    optimizer = Adam(model.parameters(), lr=0.05)
    options = {"epochs": updates, "batch_size": 5, "generator": seeded(), "progress": False}
    nn.fit(model, X, y, optimizer=optimizer, **options, **BINARY)
    assert np.linalg.norm([parameter.grad for parameter in model.parameters()]) > 0
    assert "not zeroed" not in kinds(doctor(model, X, y, **BINARY))


def test_class_weights_do_not_make_gradients_look_too_large(torch):
    X, y = seeded().normal(size=(20, 2)), np.arange(20) % 2
    loss = nn.CrossEntropyLoss(weight=[0.001, 0.001])
    model = MLP(2, [2], generator=seeded(1))
    nn.fit(model, X, y, loss=loss, optimizer=SGD(model.parameters(), lr=1.0), epochs=3000, progress=False)
    nn.fit(model, X[:1], y[:1], loss=loss, optimizer=SGD(model.parameters(), lr=0.0), epochs=1, progress=False)
    logits = torch.tensor(nn.predict(model, X[:1]), requires_grad=True)
    weight = torch.tensor([0.001, 0.001]).double()
    torch.nn.functional.cross_entropy(logits, torch.tensor(y[:1]), weight=weight).backward()
    held = [neuron.bias.grad for neuron in model.layers[0].neurons]
    assert held == pytest.approx(logits.grad[0].tolist())  # a batch of one row, however little it weighs
    assert "not zeroed" not in kinds(doctor(model, X, y, loss=loss))
    for parameter in model.parameters():
        parameter.grad *= 1000
    assert "not zeroed" in kinds(doctor(model, X, y, loss=loss))


def test_gradients_held_by_a_model_that_looks_across_the_batch():
    model = Sequential(
        Layer(3, 4, "linear", generator=seeded()), nn.BatchNorm(4), Layer(4, 1, "tanh", generator=seeded())
    )
    for parameter in model.parameters():
        parameter.grad = 1e3
    assert find(doctor(model, *LECTURE), "not zeroed").place == "the parameters"


@pytest.mark.parametrize(
    ("zero", "clip", "adds"),
    [
        ("before", False, False),
        ("after", False, False),
        ("never", False, True),
        ("never", True, True),
        ("half", False, True),
    ],
)
def test_a_step_that_never_zeroes(zero, clip, adds):
    model = MLP(3, [4, 1], "tanh", generator=seeded())
    optimizer = Adam(model.parameters(), lr=0.01)

    def step():
        if zero == "before":
            model.zero_grad()
        if zero == "half":
            model.layers[0].zero_grad()
        row = seeded().integers(4)  # a batch of its own choice
        ((model(LECTURE[0][row]) - LECTURE[1][row]) ** 2).backward()
        if clip:
            nn.clip_grad_norm(model.parameters(), 1.0)
        optimizer.step()
        if zero == "after":
            optimizer.zero_grad()

    for parameter in model.parameters():
        parameter.grad = 0.5
    before = model.state_dict(), optimizer.state_dict()
    report = doctor(model, *LECTURE, optimizer=optimizer, step=step)
    assert ("not zeroed" in kinds(report)) is adds
    if adds:
        finding = find(report, "not zeroed")
        assert (finding.place, finding.advice) == ("step()", "optimizer.zero_grad() before each backward()")
    else:
        assert report.healthy, str(report)
    assert (model.state_dict(), optimizer.state_dict()) == before
    assert {parameter.grad for parameter in model.parameters()} == {0.5}


@pytest.mark.parametrize("make", [SGD, Adam, nn.RMSProp])
@pytest.mark.parametrize("order", ["bzs", "zsb", "zb", "zs", "b", "", "zbs", "szb", "bsz"])
def test_a_step_that_learns_nothing(order, make):
    """Such as one that sets the gradients to zero between backward() and step(): it was "no findings"."""
    model = MLP(3, [4, 1], "tanh", generator=seeded())
    optimizer = make(model.parameters(), lr=0.01)

    def back():
        nn.mse([model(row) for row in LECTURE[0]], LECTURE[1]).backward()

    def step():
        for call in order:
            {"z": optimizer.zero_grad, "b": back, "s": optimizer.step}[call]()

    before = model.state_dict()
    for _ in range(3):
        step()
    idle = model.state_dict() == before
    assert idle is (order not in ("zbs", "szb", "bsz"))
    report = doctor(model, *LECTURE, optimizer=optimizer, step=step)
    assert ("no update" in kinds(report)) is idle
    if idle:
        finding = find(report, "no update")
        assert (finding.place, finding.text) == (
            "step()",
            "step() changes no parameter, though the gradients are not 0",
        )
        assert finding.advice == "optimizer.zero_grad(), loss.backward() and optimizer.step(), in this order"
        assert "not zeroed" not in kinds(report)


def test_a_step_is_not_blamed_where_there_is_nothing_to_learn():
    model = MLP(1, [1], init="zeros")
    optimizer = SGD(model.parameters(), lr=0.1)

    def step():
        optimizer.zero_grad()
        nn.mse([model([1.0]), model([2.0])], [0.0, 0.0]).backward()
        optimizer.step()

    assert "no update" not in kinds(doctor(model, [[1.0], [2.0]], [0.0, 0.0], optimizer=optimizer, step=step))


def test_a_step_that_fails_leaves_everything_as_it_was():
    model = MLP(3, [4, 1], "tanh", generator=seeded())
    optimizer = Adam(model.parameters())

    def step():
        optimizer.step()
        raise RuntimeError("mine")

    before = model.state_dict(), optimizer.state_dict()
    with pytest.raises(RuntimeError, match="mine"):
        doctor(model, *LECTURE, optimizer=optimizer, step=step)
    assert (model.state_dict(), optimizer.state_dict()) == before


# sequences


def sequences(steps, count=12, generator=None):
    generator = generator or seeded()
    lengths = [steps] * count if isinstance(steps, int) else [steps[i % len(steps)] for i in range(count)]
    X = [generator.normal(size=(length, 2)) for length in lengths]
    return X, [float(x[-1].sum()) for x in X]


def recurrent(kind, generator=None, **options):
    generator = generator or seeded()
    return Sequential(kind(2, 6, generator=generator, **options), Layer(6, 1, "linear", generator=generator))


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_recurrent_networks_are_healthy_on_sequences_of_different_lengths(kind):
    report = doctor(recurrent(kind), *sequences((3, 5, 1), count=6))
    assert report.healthy, str(report)
    assert report.rows == 6


def test_gradients_vanish_through_time():
    X, y = sequences(25, count=2)
    report = doctor(recurrent(nn.RNN), X, y)
    finding = find(report, "vanishing through time")
    assert finding.place == "layers[0]"
    assert len(finding.numbers["sizes"]) == 25
    assert finding.numbers["sizes"][finding.numbers["steps"]] * 1000 < finding.numbers["sizes"][0]
    assert finding.numbers["sizes"][finding.numbers["steps"] - 1] * 1000 >= finding.numbers["sizes"][0]
    assert finding.advice.startswith("LSTM or GRU")
    lstm = recurrent(nn.LSTM)
    assert "a bias of 1 or more for the gate that keeps" in find(doctor(lstm, X, y), "vanishing through time").advice
    for unit in range(6):
        lstm.layers[0].bias_ih[6 + unit].data = 5.0  # the forget gate: 0.993**25 = 0.84
    assert doctor(lstm, X, y).healthy


def test_the_sizes_through_time_are_those_of_torch(torch):
    X, y = sequences(5, count=3)
    model = recurrent(nn.RNN, init="orthogonal")
    for row in model.layers[0].weight_hh:
        for weight in row:
            weight.data *= 0.1
    finding = find(doctor(model, X, y), "vanishing through time")
    layer, linear = model.layers[0], model.layers[1].neurons[0]
    W, U = (
        torch.tensor([[w.data for w in row] for row in rows], dtype=torch.float64)
        for rows in (layer.weight_ih, layer.weight_hh)
    )
    output = torch.tensor([w.data for w in linear.weights], dtype=torch.float64)
    squares = np.zeros(5)
    for x, target in zip(X, y, strict=True):
        state, states = torch.zeros(6, dtype=torch.float64), []
        for inputs in torch.tensor(x):
            state = torch.tanh(W @ inputs + U @ state)
            state.retain_grad() if state.requires_grad else state.requires_grad_()
            states.append(state)
        ((output @ state + linear.bias.data - target) ** 2 / len(X)).backward()
        squares += [float((state.grad**2).mean()) for state in reversed(states)]
    assert finding.numbers["sizes"] == pytest.approx(np.sqrt(squares / len(X)), rel=1e-9)


def test_gradients_explode_through_time():
    X, y = sequences(30, count=2)
    model = recurrent(nn.RNN, activation="relu", init=lambda n_in, n_out, generator: np.eye(n_out, n_in) * 1.5)
    finding = find(doctor(model, X, y), "exploding through time")
    assert 1e3 < finding.numbers["ratio"] < 2 * 1.5**29  # some units rest at 0 now and then
    assert finding.advice.startswith("clip_norm")


def test_features_of_sequences_are_looked_at_over_all_steps():
    X, y = sequences((2, 3))
    wide = [x * [1.0, 5000.0] for x in X]
    assert find(doctor(recurrent(nn.GRU), wide, y), "unscaled").numbers["columns"] == [1]
    flat = [np.column_stack([x[:, 0], np.full(len(x), 3.0)]) for x in X]
    assert find(doctor(recurrent(nn.GRU), flat, y), "constant").place == "X[:, 1]"


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


def test_a_loss_that_overflows_has_no_layer_to_blame():
    model = Layer(1, 1, "linear", init="constant")
    model.neurons[0].weights[0].data = 1e200
    finding = find(doctor(model, [[1.0], [2.0]], [0.0, 1.0]), "not finite")
    assert finding.text == "mse in the loss is infinite or nan"


def test_parameters_that_the_loss_does_not_reach():
    class Forgetful(Module):
        def __init__(self):
            self.used, self.forgotten = Layer(1, 1, "linear", init="constant"), Layer(1, 2)

        def forward(self, row):
            return self.used(row)[0]

    finding = find(doctor(Forgetful(), [[1.0], [-1.0]], [3.0, 0.0]), "unreached")
    assert finding.place == "forgotten.neurons[0].weights[0]"
    assert len(finding.numbers["parameters"]) == 4


def test_parameters_behind_a_detach_are_not_reached_either():
    class Cut(Module):
        def __init__(self):
            self.first, self.last = Layer(1, 2, init="constant"), Layer(2, 1, "linear", init="constant")

        def forward(self, row):
            return self.last([value.detach() for value in self.first(row)])[0]

    finding = find(doctor(Cut(), [[1.0], [-1.0]], [3.0, 0.0]), "unreached")
    assert finding.numbers["parameters"] == [name for name, _ in Cut().named_parameters() if name.startswith("first")]
    assert "4 parameters get no gradient from the loss" in finding.text


def test_a_model_under_no_grad_is_not_reached_and_learns_nothing():
    class Constant(Module):
        def __init__(self):
            self.layer = Layer(1, 1, "linear", init="constant")

        def forward(self, row):
            with no_grad():
                return self.layer(row)[0]

    assert len(find(doctor(Constant(), [[1.0], [-1.0]], [3.0, 0.0]), "unreached").numbers["parameters"]) == 2
    with pytest.warns(UserWarning, match="every gradient is 0"):
        nn.fit(Constant(), [[1.0], [-1.0]], [3.0, 0.0], record=False, progress=False)
    with no_grad(), pytest.raises(ValueError, match=r"there are none under no_grad\(\): call it outside"):
        nn.fit(MLP(1, [1]), [[1.0], [-1.0]], [3.0, 0.0], progress=False)


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
        (lambda m: doctor(m, [[1.0, 2.0]], [1.0, 2.0]), ValueError, "1 row, but 2 targets"),
        (lambda m: doctor(m, [[1.0, 2.0]], [3.0], loss="hinge"), ValueError, r"y\[0\] is 3, not -1 or \+1"),
        (lambda m: doctor(m, [[1.0, 2.0]], [3.0], loss="hinges"), ValueError, "unknown loss: 'hinges'"),
        (lambda m: doctor(m, [[1.0, 2.0]], [1.0], optimizer="adam"), TypeError, "optimizer must be an Optimizer"),
        (lambda m: doctor(m, [[1.0, 2.0]], [1.0], optimizer=SGD([Value(1.0)])), ValueError, "are not the model's"),
        (lambda m: doctor(m, [[1.0, 2.0]], [1.0], step=print), ValueError, "step needs the optimizer that it moves"),
        (lambda m: doctor(m, [[1.0, 2.0]], [1.0], step=3), TypeError, "step must be a function .*, not int: 3"),
    ],
)
def test_bad_arguments_change_nothing(call, error, message):
    model = MLP(2, [1], generator=seeded())
    before = model.state_dict()
    with pytest.raises(error, match=message):
        call(model)
    assert model.state_dict() == before


class Declared(Module):
    """A deep network whose layers are attributes in another order than they run, with one that does not run."""

    def __init__(self, depth, size):
        self.out = Layer(8, 1, "linear", generator=seeded())
        self.hidden = [Layer(8, 8, "sigmoid", generator=seeded(i)) for i in range(depth)]
        self.first = Layer(2, 8, "sigmoid", generator=seeded(99))
        self.unused = Layer(2, 1, "linear", generator=seeded())
        for parameter in self.first.parameters():
            parameter.data *= size

    def forward(self, inputs):
        outputs = self.first(inputs)
        for layer in self.hidden:
            outputs = layer(outputs)
        return self.out(outputs)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
def test_weights_so_large_that_all_layers_explode_alike(activation):
    X, y = moons()
    for size, loss, targets in ((100.0, BINARY["loss"], y), (100.0, "mse", 3.0 * y), (1.0, "mse", 3.0 * y)):
        model = MLP(2, [16, 16, 1], activation, generator=seeded())
        for parameter in model.parameters():
            parameter.data *= size
        report = doctor(model, X, targets, loss=loss)
        assert ("exploding" in kinds(report)) == (size > 1)
        if size > 1:
            finding = find(report, "exploding")
            outputs = np.abs(nn.predict(model, X))
            assert finding.numbers == {"size": pytest.approx(outputs.mean()), "usual": 3.0 if loss == "mse" else 1.0}
            assert f"the loss is {nn.evaluate(model, X, targets, loss)['loss']:.3g}" in finding.text


def test_layers_are_compared_in_the_order_in_which_they_run():
    report = doctor(Declared(10, 1.0), *moons(), **BINARY)
    assert "exploding" not in kinds(report)
    finding = find(report, "vanishing")
    assert "those of out" in finding.text
    assert finding.numbers["layers"][:2] == ["first", "hidden[0]"]
    assert find(doctor(Declared(0, 50.0), *moons(), **BINARY), "saturated").place == "first"


def test_a_layer_without_a_gradient_makes_no_other_explode():
    report = doctor(Declared(0, 1.0), *moons(), **BINARY)
    assert kinds(report) == {"unreached"}


class Early(Module):
    """Reads the state after the first step alone."""

    def __init__(self):
        self.cell = nn.RNN(1, 3, every_step=True, generator=seeded())
        self.out = Layer(3, 1, "linear", generator=seeded())

    def forward(self, inputs):
        return self.out(self.cell(inputs)[0])


def test_a_last_state_that_is_not_read_is_no_measure():
    X = seeded().normal(size=(20, 4, 1))
    report = doctor(Early(), X.tolist(), X[:, 0, 0])
    assert not {kind for kind in kinds(report) if "through time" in kind}, str(report)
