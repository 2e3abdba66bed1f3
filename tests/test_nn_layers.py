from math import sqrt

import numpy as np
import pytest

from engine import Value, toposort
from nn import MLP, Layer, Module, Neuron, activations, init, moons

POINTS = [-3.0, -0.7, 0.0, 0.4, 2.5]


def seeded(seed=0):
    return np.random.default_rng(seed)


MODULES = {"tanh": "Tanh", "relu": "ReLU", "silu": "SiLU", "sigmoid": "Sigmoid", "softplus": "Softplus"}


def in_torch(torch, model):
    """The same network in PyTorch, with the same numbers."""
    parts = []
    for layer in model.layers:
        linear = torch.nn.Linear(layer.n_in, layer.n_out, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(np.array([[w.data for w in n.weights] for n in layer.neurons])))
            linear.bias.copy_(torch.from_numpy(np.array([n.bias.data for n in layer.neurons])))
        name = MODULES.get(activations.name(layer.neurons[0].activation), "Identity")
        parts += [linear, getattr(torch.nn, name)()]
    return torch.nn.Sequential(*parts)


# activations


def test_activations_by_name_agree_with_torch(torch):
    function = torch.nn.functional
    for name in activations.table:
        x = torch.tensor(POINTS, dtype=torch.float64)
        expected = {
            "linear": lambda x: x,
            "step": lambda x: torch.heaviside(x, torch.ones_like(x)),
            "sigmoid": torch.sigmoid,
            "tanh": torch.tanh,
            "gelu": lambda x: function.gelu(x, approximate="tanh"),
        }.get(name, getattr(function, name, None))(x)
        assert [activations.get(name)(Value(p)).data for p in POINTS] == pytest.approx(expected.tolist(), rel=1e-12)


def test_activations_are_those_of_the_issue():
    assert list(activations.table) == [
        "linear", "step", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "softsign", "gelu", "silu",
    ]  # fmt: skip


def test_an_activation_may_be_a_function_or_a_module_that_learns():
    class Slope(Module):
        def __init__(self):
            self.slope = Value(0.25)

        def forward(self, value):
            return value.leaky_relu(self.slope)

    neuron = Neuron(1, Slope(), weights=[1.0])
    assert neuron([-2.0]).data == -0.5
    assert [name for name, _ in neuron.named_parameters()] == ["activation.slope", "weights[0]", "bias"]
    assert Neuron(1, lambda value: value * 3, weights=[1.0])([2.0]).data == 6.0


@pytest.mark.parametrize("given", ["relux", 3, None, ["relu"]])
def test_an_unknown_activation_lists_the_known_ones(given):
    with pytest.raises(ValueError, match=r"unknown activation: .* \(one of 'linear', 'step', .*'silu', or a function"):
        Neuron(2, given)


# initialisation


@pytest.mark.parametrize("name", ["xavier_uniform", "xavier_normal", "he_uniform", "he_normal", "normal", "uniform"])
def test_initialisation_has_the_spread_it_names(name):
    weights = init.table[name](200, 100, seeded())
    assert weights.shape == (100, 200)
    deviation = {"xavier": sqrt(2 / 300), "he": sqrt(2 / 200), "normal": 1.0, "uniform": sqrt(1 / 3)}[
        name.split("_")[0]
    ]
    assert weights.std() == pytest.approx(deviation, rel=0.02)
    assert weights.mean() == pytest.approx(0.0, abs=0.02)
    if name.endswith("uniform"):
        assert abs(weights).max() == pytest.approx(deviation * sqrt(3), rel=0.01)
    else:
        assert abs(weights).max() > 3 * deviation


def test_initialisation_bounds_are_those_of_torch(torch):
    weight = torch.empty(100, 200, dtype=torch.float64)
    torch.manual_seed(0)
    torch.nn.init.kaiming_uniform_(weight, nonlinearity="relu")
    assert abs(init.he_uniform(200, 100, seeded())).max() == pytest.approx(weight.abs().max().item(), rel=1e-3)
    torch.nn.init.xavier_uniform_(weight)
    assert abs(init.xavier_uniform(200, 100, seeded())).max() == pytest.approx(weight.abs().max().item(), rel=1e-3)


def test_initialisation_follows_the_activation_unless_given():
    relu, tanh = Layer(50, 50, "relu", generator=seeded()), Layer(50, 50, "tanh", generator=seeded())
    assert relu.neurons[3].weights[4].data == pytest.approx(tanh.neurons[3].weights[4].data * sqrt(2))
    assert {w.data for w in MLP(3, [2, 1], init="zeros").parameters()} == {0.0}
    assert (
        Layer(2, 1, init=lambda n_in, n_out, generator: np.full((n_out, n_in), 0.5)).neurons[0].weights[1].data == 0.5
    )


def test_initialisation_is_seeded_by_the_generator_alone():
    first, second = MLP(2, [3, 1], generator=seeded(1)), MLP(2, [3, 1], generator=seeded(1))
    assert first.state_dict() == second.state_dict()
    assert first.state_dict() != MLP(2, [3, 1], generator=seeded(2)).state_dict()
    assert MLP(2, [3, 1]).state_dict() != MLP(2, [3, 1]).state_dict()


def test_initialisation_errors():
    with pytest.raises(
        ValueError, match=r"unknown initialisation: 'he' \(one of 'zeros', .*'he_normal', or a function\)"
    ):
        Layer(2, 3, init="he")
    with pytest.raises(TypeError, match=r"generator must be a numpy.random.Generator.* not int: 0"):
        MLP(2, [3, 1], generator=0)
    with pytest.raises(ValueError, match=r"the initial weights\[0\]: 2 numbers expected, 3 given"):
        Layer(2, 3, init=lambda n_in, n_out, generator: np.zeros((n_in, n_out)))
    with pytest.raises(ValueError, match="the initial weights must be 3 rows, not 1"):
        Layer(2, 3, init=lambda n_in, n_out, generator: np.zeros((1, n_in)))


# layers


def test_a_neuron_by_hand():
    # Goodfellow et al. would write sigma(w.x + b): 0.5*1 - 0.25*2 + 1 = 1, and sigma(1) = 0.731058578630005
    neuron = Neuron(2, "sigmoid", weights=[0.5, -0.25], bias=1.0)
    y = neuron([1, 2])
    y.backward()
    slope = 0.731058578630005 * (1 - 0.731058578630005)
    assert y.data == pytest.approx(0.731058578630005, rel=1e-15)
    assert [p.grad for p in neuron.parameters()] == pytest.approx([slope, 2 * slope, slope], rel=1e-14)
    assert [p.label for p in neuron.parameters()] == ["weights[0]", "weights[1]", "bias"]


@pytest.mark.parametrize(
    ("activation", "output"), [("tanh", "sigmoid"), ("relu", "linear"), (["silu", "tanh"], "softplus")]
)
def test_an_mlp_agrees_with_torch(torch, activation, output):
    model = MLP(3, [5, 4, 2], activation, output, generator=seeded())
    theirs = in_torch(torch, model)
    for row in seeded(1).normal(size=(4, 3)):
        model.zero_grad()
        theirs.zero_grad()
        ours, expected = model(row), theirs(torch.tensor(row))
        (ours[0] * 2 + ours[1]).backward()
        (expected[0] * 2 + expected[1]).backward()
        assert [v.data for v in ours] == pytest.approx(expected.tolist(), rel=1e-12)
        gradients = [g for linear in theirs if hasattr(linear, "weight") for g in row_by_row(linear)]
        assert [p.grad for p in model.parameters()] == pytest.approx(gradients, rel=1e-9, abs=1e-14)


def row_by_row(linear):
    """A linear layer's gradients neuron by neuron: its weights', then its bias's."""
    for row, bias in zip(linear.weight.grad.tolist(), linear.bias.grad.tolist(), strict=True):
        yield from (*row, bias)


def test_one_output_is_a_value_several_are_a_list():
    assert isinstance(MLP(2, [3, 1])([1, 2]), Value)
    several = MLP(2, [3, 2])([1.0, Value(2.0)])
    assert isinstance(several, list)
    assert len(several) == 2
    assert isinstance(Layer(2, 1)([1.0, 2.0]), list)


def test_inputs_may_be_values_numbers_and_numpy_rows():
    model = MLP(2, [3, 1], "tanh", generator=seeded())
    x = [Value(0.5), Value(-1.0)]
    out = model(x)
    out.backward()
    assert model(np.array([0.5, -1.0])).data == model((0.5, np.float32(-1.0))).data == out.data
    assert x[0].grad != 0.0


def test_a_number_becomes_one_constant_for_all_neurons():
    nodes = toposort(MLP(2, [16, 16, 1])([0.5, -1.0]))
    assert sum(node.op == "constant" for node in nodes) == 2
    assert len(nodes) == 2 + 337 + 33 + 32


def test_the_activation_of_each_layer():
    model = MLP(1, [2, 2, 1], ["tanh", "relu"], "sigmoid")
    assert [activations.name(layer.neurons[0].activation) for layer in model.layers] == ["tanh", "relu", "sigmoid"]
    assert repr(model) == "MLP(1, [2, 2, 1], activation=['tanh', 'relu'], output='sigmoid')"
    assert repr(MLP(2, [16, 16, 1])) == "MLP(2, [16, 16, 1], activation='relu', output='linear')"
    assert repr(MLP(2, [1])) == "MLP(2, [1], output='linear')"
    assert repr(model.layers[0]) == "Layer(1, 2, 'tanh')"
    assert repr(model.layers[2].neurons[0]) == "Neuron(2, 'sigmoid')"


def test_wrong_numbers_of_inputs():
    with pytest.raises(ValueError, match=r"MLP\(2, \[4, 1\], .*\): 2 inputs expected, 1 given"):
        MLP(2, [4, 1])([1.0])
    with pytest.raises(ValueError, match=r"Layer\(2, 4, 'relu'\): 2 inputs expected, 3 given"):
        Layer(2, 4)([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"Neuron\(2, 'relu'\): 2 inputs expected, 0 given"):
        Neuron(2)([])
    with pytest.raises(TypeError, match=r"MLP\(1, .*\): a list of 1 numbers expected, not float: 1.0"):
        MLP(1, [1])(1.0)
    with pytest.raises(TypeError, match="not str: 'a'"):
        MLP(1, [1])(["a"])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: MLP(0, [1]), ValueError, "n_in must be at least 1, not 0"),
        (lambda: MLP(2.5, [1]), TypeError, "n_in must be a whole number, not float: 2.5"),
        (lambda: MLP(2, []), ValueError, r"widths must be a list of at least one layer's number of neurons, not \[\]"),
        (lambda: MLP(2, 3), ValueError, "widths must be a list .* not 3"),
        (lambda: MLP(2, [3, -1]), ValueError, r"widths\[1\] must be at least 1, not -1"),
        (lambda: MLP(2, [3, 1], ["relu", "relu"]), ValueError, "1 hidden layers need 1 activations, 2 given"),
        (lambda: Neuron(2, weights=[1.0]), ValueError, "2 inputs need 2 weights, 1 given"),
        (lambda: Neuron(2, weights=[1.0, float("nan")]), ValueError, r"weights\[1\] is nan"),
        (lambda: Neuron(2, bias="x"), TypeError, "not str: 'x'"),
    ],
)
def test_arguments_are_checked(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_the_demo_of_micrograd_trains():
    """The loop of micrograd's demo.ipynb: hinge loss, L2, learning rate from 1.0 down, accuracy by sign."""
    X, y = moons(30, 0.1, seeded())
    y = y * 2 - 1
    model = MLP(2, [16, 16, 1], generator=seeded())

    def loss():
        inputs = [list(map(Value, xrow)) for xrow in X]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(y, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        alpha = 1e-4
        reg_loss = alpha * sum(p * p for p in model.parameters())
        accuracy = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(y, scores, strict=True)]
        return data_loss + reg_loss, sum(accuracy) / len(accuracy)

    history = []
    for k in range(25):
        total_loss, accuracy = loss()
        model.zero_grad()
        total_loss.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
        history.append(total_loss.data)
    assert accuracy > 0.9
    assert history[-1] < 0.3 * history[0]
