import numpy as np
import pytest

import nn
from engine import Value, debug, toposort
from nn import MLP, Layer, Neuron, activations, moons


def seeded(seed=0):
    return np.random.default_rng(seed)


def in_torch(torch, model):
    """The same network in PyTorch, with the same numbers."""
    parts = []
    for layer in model.layers:
        linear = torch.nn.Linear(layer.n_in, layer.n_out, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(np.array([[w.data for w in n.weights] for n in layer.neurons])))
            linear.bias.copy_(torch.from_numpy(np.array([n.bias.data for n in layer.neurons])))
        name = activations.describe(activations.name(layer.activation)).torch
        parts += [linear, torch.nn.Softmax(-1) if name == "Softmax" else getattr(torch.nn, name)()]
    return torch.nn.Sequential(*parts)


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
    ("activation", "output"),
    [("tanh", "sigmoid"), ("relu", "linear"), (["silu", "tanh"], "softplus"), ("tanh", "softmax")],
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
    assert [activations.name(layer.activation) for layer in model.layers] == ["tanh", "relu", "sigmoid"]
    assert repr(model) == "MLP(1, [2, 2, 1], activation=['tanh', 'relu'], output='sigmoid')"
    assert repr(MLP(2, [16, 16, 1])) == "MLP(2, [16, 16, 1], activation='relu', output='linear')"
    assert repr(MLP(2, [1])) == "MLP(2, [1], output='linear')"
    assert repr(model.layers[0]) == "Layer(1, 2, 'tanh')"
    assert repr(model.layers[2].neurons[0]) == "Neuron(2, 'sigmoid')"


@pytest.mark.parametrize("activation", [name for name in activations.table if name != "step"])
def test_a_batch_gives_what_its_samples_give_one_by_one(activation):
    rows = [[0.5, -1.0], np.array([1.5, 2.0]), (Value(0.0), 1)]
    model = MLP(2, [3, 2], activation, output=activation, generator=seeded())

    def outputs_and_gradients(outputs):
        model.zero_grad()
        sum(3.0 * first - second for first, second in outputs).backward()
        return [y.data for pair in outputs for y in pair], [p.grad for p in model.parameters()]

    one_by_one, slopes = outputs_and_gradients([model(row) for row in rows])
    numbers, gradients = outputs_and_gradients(model.batch(rows))
    assert numbers == one_by_one
    assert gradients == pytest.approx(slopes, rel=1e-13, abs=1e-15)
    assert any(slopes)


def test_a_batch_with_a_wrong_sample_is_refused():
    for module in (MLP(2, [1]), Layer(2, 1), Neuron(2)):
        with pytest.raises(ValueError, match="2 inputs expected, 3 given"):
            module.batch([[1.0, 2.0], [1.0, 2.0, 3.0]])


def test_a_neuron_in_a_batch_has_its_scope():
    model = MLP(2, [2, 1], "tanh")
    with debug():
        outputs = model.batch([[1.0, 2.0], [3.0, 4.0]])
    scopes = [{node.origin.scope for node in toposort(y) if not node.is_leaf} for y in outputs]
    assert scopes == [{"layers[0].neurons[0]", "layers[0].neurons[1]", "layers[1].neurons[0]"}] * 2


def test_wrong_numbers_of_inputs():
    with pytest.raises(ValueError, match=r"MLP\(2, \[4, 1\], .*\): 2 inputs expected, 1 given"):
        MLP(2, [4, 1])([1.0])
    with pytest.raises(ValueError, match=r"Layer\(2, 4, 'relu'\): 2 inputs expected, 3 given"):
        Layer(2, 4)([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"Neuron\(2, 'relu'\): 2 inputs expected, 0 given"):
        Neuron(2)([])
    with pytest.raises(TypeError, match=r"MLP\(1, .*\): a list of 1 number expected, not float: 1.0"):
        MLP(1, [1])(1.0)
    with pytest.raises(TypeError, match="not str: 'a'"):
        MLP(1, [1])(["a"])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: MLP(2, [1], "rlu"), ValueError, "unknown activation: 'rlu'"),
        (lambda: MLP(2, [1], 5), ValueError, "unknown activation: 5"),
        (lambda: MLP(0, [1]), ValueError, "n_in must be at least 1, not 0"),
        (lambda: MLP(2.5, [1]), TypeError, "n_in must be a whole number, not float: 2.5"),
        (lambda: MLP(2, []), ValueError, r"widths must be a list of at least one layer's number of neurons, not \[\]"),
        (lambda: MLP(2, 3), ValueError, "widths must be a list .* not 3"),
        (lambda: MLP(2, [3, -1]), ValueError, r"widths\[1\] must be at least 1, not -1"),
        (lambda: MLP(2, [3, 1], ["relu", "relu"]), ValueError, "1 activation for 1 hidden layer expected, 2 given"),
        (lambda: Neuron(2, weights=[1.0]), ValueError, "2 weights for 2 inputs expected, 1 given"),
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


@pytest.mark.parametrize("record", [True, False])
def test_numbers_in_the_place_of_weights_are_not_learned(record):
    model = nn.MLP(2, [2, 1], "tanh", generator=seeded())
    model.layers[0].neurons[0].weights, model.layers[1].neurons[0].bias = [1.0, 2.0], 0.5
    assert model.layers[0].neurons[0]([1.0, 1.0]).data == pytest.approx(np.tanh(3.0))
    assert len(model.parameters()) == 9 - 3
    history = nn.fit(model, [[1.0, 2.0], [0.0, 1.0]], [0.0, 1.0], epochs=5, progress=False, record=record)
    assert history.loss[-1] < history.loss[0]
    assert (model.layers[0].neurons[0].weights, model.layers[1].neurons[0].bias) == ([1.0, 2.0], 0.5)
    for layer in model.layers:
        layer.reset()
    assert (model.layers[0].neurons[0].weights, model.layers[1].neurons[0].bias) == ([1.0, 2.0], 0.5)
    model.layers[1].neurons[0].bias = "a"
    with pytest.raises(TypeError, match="not str: 'a'"):
        model([1.0, 2.0])
