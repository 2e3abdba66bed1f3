"""The gradient of every parameter of a whole network of each kind, against central differences."""

import pytest

import nn
from engine import Value, gradcheck
from engine import sum as add
from nn import activations
from nn.nested import flatten
from tests.arrays import seeded

FEATURES = [0.9, -1.7, 0.4]
SEQUENCE = [[0.3, -1.1], [1.2, 0.4], [-0.6, 0.8]]


def line(*layers):
    return nn.Sequential(*layers)


NETWORKS = [
    (nn.Neuron(3, "sigmoid", generator=seeded(1)), FEATURES),
    (nn.MLP(3, [4, 3, 2], ["tanh", "prelu"], "softmax", generator=seeded(2)), FEATURES),
    (nn.Residual(nn.Layer(3, 2, "silu", generator=seeded(3)), nn.Layer(3, 2, "linear", generator=seeded(4))), FEATURES),
    (line(nn.Layer(3, 3, "linear", generator=seeded(5)), nn.LayerNorm(3), nn.Activate("elu")), FEATURES),
    (line(nn.Layer(3, 3, "linear", generator=seeded(5)), nn.BatchNorm(3), nn.Dropout(0.5)).eval(), FEATURES),
    (line(nn.Unflatten((1, 3)), nn.Conv1d(1, 3, 2, padding=1, activation="tanh", generator=seeded(6)), nn.AvgPool(2),
          nn.Flatten(), nn.Layer(6, 1, "linear", generator=seeded(7))), FEATURES),
    (line(nn.Conv2d(1, 2, 2, activation="gelu", generator=seeded(8)), nn.MaxPool((1, 2)), nn.PReLU(), nn.Flatten()),
     [[FEATURES, [0.2, 1.4, -0.8], [1.1, -0.5, 0.7]]]),
    (line(nn.Embedding(3, 2, generator=seeded(9)), nn.RNN(2, 2, every_step=True, generator=seeded(10)),
          nn.GRU(2, 2, generator=seeded(11))), [2, 0, 1]),
    (line(nn.LSTM(2, 2, generator=seeded(12)), nn.Layer(2, 1, "linear", generator=seeded(13))), SEQUENCE),
]  # fmt: skip


def weigh(outputs):
    """A loss that treats every output differently."""
    return add([value * value * (place + 1) for place, value in enumerate(flatten(outputs))])


@pytest.mark.parametrize(("network", "sample"), NETWORKS)
def test_every_parameter_of_a_network(network, sample):
    for index, value in enumerate(network.parameters()):  # biases away from zero, scales away from one
        value.data += 0.01 * (index % 7)
    check = gradcheck(lambda *_: weigh(network(sample)), network.parameters())
    assert check.ok, str(check)
    assert [row.verdict for row in check.rows] == ["right"] * len(network.parameters())


@pytest.mark.parametrize("name", [name for name in activations.table if name != "step"])  # which passes no gradient
def test_every_activation_in_a_network(name):
    model = nn.MLP(3, [3, 2], name, generator=seeded(3))
    check = gradcheck(lambda *_: weigh(model(FEATURES)), model.parameters())
    assert check.ok, str(check)


def test_every_layer_is_there():
    classes = {type(part) for network, _ in NETWORKS for part in network.modules()}
    all_classes = {found for found in vars(nn).values() if isinstance(found, type) and issubclass(found, nn.Module)}
    # a step has no gradient, noise no weight
    assert all_classes - classes == {nn.Module, nn.Perceptron, nn.GaussianNoise}


def test_a_layer_with_a_wrong_gradient_is_noticed():
    class Careless(nn.Layer):
        """Its first output does not know of its inputs."""

        def forward(self, inputs):
            first, *others = super().forward(inputs)
            return [first * 0.5 + Value(first.data * 0.5), *others]

    model = line(Careless(3, 2, "tanh", generator=seeded()))
    check = gradcheck(lambda *_: weigh(model(FEATURES)), model.parameters())
    assert [row.verdict for row in check.rows] == ["wrong"] * 4 + ["right"] * 4
