"""The playground of a model: what the page is told of it, and what is refused before there is a page."""

import json
import math

import numpy as np
import pytest

import nn
import viz
from engine import Value
from viz.playgrounds.network.reading import read_network


def seeded():
    return np.random.default_rng(0)


def moons(count=20):
    return nn.moons(count, 0.1, seeded())


def test_the_page_is_told_of_the_model_its_data_and_its_training():
    (X, y), model = moons(), nn.MLP(2, [4, 3, 1], "leaky_relu", generator=seeded())
    options = {"optimizer": "momentum", "lr": 0.05, "momentum": 0.8, "batch_size": 5, "weight_decay": 0.01, "seed": 7}
    made = viz.playground(model, X, 2 * y - 1, loss="hinge", **options)
    data = json.loads(made.html.partition('id="data">')[2].partition("</script>")[0])
    settings = data["network"]["settings"]
    assert settings["points"] == [[*row, target] for row, target in zip(X.tolist(), y.tolist(), strict=True)]
    assert settings["start"] == [leaf.data for leaf in model.parameters()]
    assert (settings["hidden"], settings["activation"], settings["loss"]) == ([4, 3], "leaky_relu", "hinge")
    assert (settings["optimiser"], settings["rate"], settings["batch"]) == ("momentum", 0.05, 5)
    assert settings["momentum"] == 0.8
    assert (settings["decay"], settings["seed"], settings["classes"]) == (0.01, 7, 2)
    assert repr(made).startswith("Playground(\"MLP(2, [4, 3, 1], activation='leaky_relu', output='linear')\": ")
    assert len(made.html.encode()) < 600_000


@pytest.mark.parametrize(
    ("model", "y", "loss", "classes", "labels"),
    [
        (nn.MLP(2, [2, 1], generator=seeded()), [0, 1, 1], "binary_cross_entropy_with_logits", 2, []),
        (nn.MLP(2, [2, 1], "tanh", "sigmoid", generator=seeded()), [0, 1, 1], "binary_cross_entropy", 2, []),
        (nn.MLP(2, [2, 3], "gelu", generator=seeded()), [0, 2, 1], "cross_entropy", 3, []),
        (nn.MLP(2, [2, 3], "silu", "log_softmax", generator=seeded()), ["b", "c", "a"], "nll", 3, ["a", "b", "c"]),
        (nn.MLP(2, [1], generator=seeded()), [True, False, True], None, 2, ["False", "True"]),
    ],
)
def test_a_loss_that_goes_with_the_outputs_is_chosen(model, y, loss, classes, labels):
    told = read_network(model, [[1.0, 2.0], [0.5, -1.0], [2.0, 0.0]], y, {})
    assert told["settings"]["loss"] == loss or loss is None
    assert (told["settings"]["classes"], told["labels"]) == (classes, labels)


def test_targets_that_are_numbers_are_numbers():
    told = read_network(nn.MLP(1, [3, 1], generator=seeded()), [[1.0], [2.0]], [0.5, -3.0], {"loss": "mse"})
    assert told["settings"]["classes"] == 0
    assert [point[-1] for point in told["settings"]["points"]] == [0.5, -3.0]
    told = read_network(nn.Sequential(nn.Layer(1, 1, "linear", generator=seeded())), [[1.0]], [[0.5]], {"loss": "mae"})
    assert told["settings"]["hidden"] == []


class Doubled(nn.MLP):
    """Does more than its layers."""

    def forward(self, inputs):
        return 2 * super().forward(inputs)


class Bent(nn.MLP):
    """Its numbers are those of the layers for small inputs only."""

    def forward(self, inputs):
        return super().forward([x if abs(float(x)) < 1.5 else 0.0 for x in inputs])


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (nn.MLP(3, [1], generator=seeded()), r"X must be rows of 3 numbers, as the model takes them"),
        (
            nn.MLP(2, [3, 3, 1], ["relu", "tanh"], generator=seeded()),
            "one activation for all hidden layers.*relu, tanh",
        ),
        (nn.MLP(2, [3, 1], "prelu", generator=seeded()), "is neither a weight nor a bias of a dense layer"),
        (nn.MLP(2, [3, 1], "step", generator=seeded()), "hidden layers: step is not among tanh, relu"),
        (
            nn.MLP(2, [3, 2], output="softmax", generator=seeded()),
            "the playground has no loss for 2 softmax outputs",
        ),
        (nn.MLP(2, [3, 1], output="tanh", generator=seeded()), "the playground has no loss for 1 tanh output"),
        (
            nn.MLP(2, [65, 1], generator=seeded()),
            "6 hidden layers of at most 64 neurons; the model has 1, the widest of 65",
        ),
        (nn.MLP(2, [64] * 6, generator=seeded()), "at most 12,000 parameters"),
        (Doubled(2, [3, 1], generator=seeded()), "shows dense layers in sequence"),
        (Bent(2, [3, 1], generator=seeded()), "shows dense layers in sequence"),
        (
            nn.Sequential(nn.Layer(2, 3, generator=seeded()), nn.BatchNorm(3), nn.Layer(3, 1)),
            "neither a weight nor a bias",
        ),
    ],
)
def test_models_that_the_playground_does_not_train_are_refused(model, said):
    X, y = moons()
    with pytest.raises(ValueError, match=said):
        viz.playground(model, X, y)


def test_data_and_settings_that_do_not_fit_are_refused():
    (X, y), model = moons(), nn.MLP(2, [3, 1], generator=seeded())
    for kind, said, given in (
        (TypeError, "unknown argument: 'learning_rate' \\(one of loss, optimizer", {"learning_rate": 1}),
        (ValueError, "optimizer must be 'sgd' or 'momentum' or 'adam', not 'lion'", {"optimizer": "lion"}),
        (ValueError, "loss must be a name, one of .*, not 'mape'", {"loss": "mape"}),
        (ValueError, "cross_entropy needs several outputs, linear; the model has 1", {"loss": "cross_entropy"}),
        (ValueError, "lr must be from 0 to 1000, not -1", {"lr": -1}),
        (TypeError, "lr: expected an int", {"lr": "fast"}),
        (ValueError, "momentum must be from 0 to 1, not 9", {"momentum": 9}),
        (ValueError, "batch_size must be a whole number, at least 1, not 0", {"batch_size": 0}),
        (ValueError, "seed must be a whole number, at least 0, not 0.5", {"seed": 0.5}),
        (ValueError, "the targets of hinge are -1 and \\+1", {"loss": "hinge"}),
    ):
        with pytest.raises(kind, match=said):
            viz.playground(model, X, y, **given)
    with pytest.raises(ValueError, match="y must be 20 targets, one per row"):
        viz.playground(model, X, y[:5])
    with pytest.raises(
        ValueError, match=r"y: 7 is not a class of binary_cross_entropy_with_logits \(0, 1\); loss='mse' takes numbers"
    ):
        viz.playground(model, X, y + 7)
    with pytest.raises(ValueError, match="X must be finite"):
        viz.playground(model, X * math.nan, y)
    with pytest.raises(ValueError, match="X has 2,001 rows; the playground takes at most 2,000"):
        viz.playground(model, np.zeros((2001, 2)), np.zeros(2001))
    with pytest.raises(TypeError, match=r"viz\.page shows the graph of a Value"):
        viz.playground(Value(1.0), X, y)
    with pytest.raises(TypeError, match="X and y are data of a model"):
        viz.playground("a*b", X)
    model.layers[0].neurons[0].bias.data = math.inf
    with pytest.raises(ValueError, match="parameters that are not finite"):
        viz.playground(model, X, y)
