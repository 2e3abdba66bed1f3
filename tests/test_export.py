import sys

import numpy as np
import pytest

import nn
from engine import Value
from nn import Activate, Layer, Module, Residual, Sequential, activations, to_torch
from nn.export import CONVERSIONS
from nn.nests import flatten


def seeded(seed=0):
    return np.random.default_rng(seed)


MODELS = [
    (nn.Neuron(3, "tanh", generator=seeded()), (3,)),
    (nn.MLP(3, [5, 2], "prelu", "softmax", generator=seeded()), (3,)),
    (Sequential(Layer(3, 4, nn.PReLU(0.4), generator=seeded()), nn.LayerNorm(4), Activate("sigmoid")), (3,)),
    (Residual(Layer(3, 2, generator=seeded()), Layer(3, 2, "linear", generator=seeded(1))), (3,)),
    (Sequential(nn.Unflatten((1, 6, 6)), nn.Conv2d(1, 3, 3, padding=1, stride=2, generator=seeded()), nn.BatchNorm(3),
                nn.MaxPool(2, stride=1), nn.Flatten(), Layer(12, 2, "linear", generator=seeded())), (36,)),
    (Sequential(nn.Conv1d(2, 3, 2, activation="prelu", generator=seeded()), nn.AvgPool(2), nn.Flatten()), (2, 7)),
    (Sequential(nn.RNN(2, 3, "relu", every_step=True), nn.LSTM(3, 2), Layer(2, 1, "linear")), (4, 2)),
    (Sequential(nn.GRU(1, 3, generator=seeded()), Layer(3, 1, "linear", generator=seeded())), (5,)),
    (Sequential(Layer(3, 3, "silu", generator=seeded()), Residual(Layer(3, 3)), nn.Dropout(0.5), nn.GaussianNoise(0.5)),
     (3,)),
]  # fmt: skip


@pytest.mark.parametrize(("model", "size"), MODELS)
def test_the_outputs_are_the_same(torch, model, size):
    for module in model.modules():
        if isinstance(module, nn.BatchNorm):
            module.running_mean[:], module.running_variance[:] = [0.1, 0.2, 0.3], [1.5, 2.0, 0.5]
    model.eval()
    X = seeded(3).normal(size=(4, *size))
    theirs = to_torch(model)
    assert not theirs.training
    outputs = theirs(torch.tensor(X)).detach().numpy()
    ours = [[value.data for value in flatten(model(row))] for row in X.tolist()]
    assert np.array(ours) == pytest.approx(outputs.reshape(4, -1), rel=1e-12, abs=1e-14)
    assert sum(p.numel() for p in theirs.parameters()) == len(model.parameters())


@pytest.mark.parametrize("name", list(activations.table))
def test_every_activation_goes_over(torch, name):
    model = Layer(2, 3, name, generator=seeded())
    rows = [[30.0, -2.0], [0.0, 0.0], [-3.0, 40.0]]
    expected = to_torch(model)(torch.tensor(rows, dtype=torch.float64)).detach().numpy()
    assert np.array([[value.data for value in model(row)] for row in rows]) == pytest.approx(expected, rel=1e-12)


def test_training_goes_on_alike(torch):
    model = Sequential(Layer(2, 4, "linear", generator=seeded()), nn.BatchNorm(4), Activate("tanh"))
    theirs = to_torch(model)
    assert theirs.training
    X = seeded(1).normal(size=(5, 2))
    ours = [[value.data for value in row] for row in model.batch(X.tolist())]
    assert np.array(ours) == pytest.approx(theirs(torch.tensor(X)).detach().numpy(), rel=1e-9)
    assert theirs[1].running_var.tolist() == pytest.approx(model.layers[1].running_variance, rel=1e-9)
    noisy = to_torch(Sequential(nn.Dropout(0.5), nn.GaussianNoise(0.1)))
    ones = torch.ones(1, 1000, dtype=torch.float64)
    assert noisy(ones).std() > 0.5
    assert (noisy.eval()(ones) == ones).all()


def test_an_embedding_goes_over(torch):
    model = Sequential(nn.Embedding(5, 2, generator=seeded()), nn.LSTM(2, 3, generator=seeded()))
    expected = to_torch(model)(torch.tensor([[0, 4, 1]])).detach().numpy()
    assert np.array([[value.data for value in model([0, 4, 1])]]) == pytest.approx(expected, rel=1e-12)


def test_what_does_not_go_over_is_named(torch, monkeypatch):
    class Line(Module):
        def __init__(self):
            self.slope = Value(1.0)

    with pytest.raises(TypeError, match=r"to_torch knows nn's own layers, not Line: Line\(1 parameters\)"):
        to_torch(Sequential(Line()))
    with pytest.raises(TypeError, match="to_torch knows no activation exp"):
        to_torch(Layer(1, 1, Value.exp))
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="to_torch needs PyTorch: pip install torch"):
        to_torch(Layer(1, 1))


def test_all_layers_of_nn_are_known():
    kinds = {kind for kind in vars(nn).values() if isinstance(kind, type) and issubclass(kind, Module)}
    assert kinds - {Module, nn.Perceptron} == set(CONVERSIONS)  # a Perceptron is a Neuron
