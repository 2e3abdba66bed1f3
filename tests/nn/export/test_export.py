import copy
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

import nn
from engine import Value
from nn import Activate, Layer, Module, Residual, Sequential, activations, to_onnx, to_torch
from nn.export import onnx
from nn.export import pytorch as export
from nn.nested import flatten
from tests.arrays import seeded
from tests.conftest import optional

MODELS = [
    (nn.Neuron(3, "tanh", generator=seeded()), (3,)),
    (nn.Perceptron(3, init="normal", generator=seeded()), (3,)),
    (nn.MLP(3, [5, 2], "prelu", "softmax", generator=seeded()), (3,)),
    (Sequential(Layer(3, 4, nn.PReLU(init=0.4), generator=seeded()), nn.LayerNorm(4), Activate("sigmoid")), (3,)),
    (Residual(Layer(3, 2, generator=seeded()), Layer(3, 2, "linear", generator=seeded(1))), (3,)),
    (Sequential(nn.Unflatten((1, 6, 6)), nn.Conv2d(1, 3, 3, padding=1, stride=2, generator=seeded()), nn.BatchNorm(3),
                nn.MaxPool(2, stride=1), nn.Flatten(), Layer(12, 2, "linear", generator=seeded())), (36,)),
    (Sequential(nn.Conv2d(2, 2, (1, 3), padding=(2, 0), stride=(1, 2), activation="elu", generator=seeded()),
                nn.AvgPool((2, 1))), (2, 3, 7)),
    (Sequential(nn.Conv1d(2, 3, 2, activation="prelu", generator=seeded()), nn.AvgPool(2), nn.Flatten()), (2, 7)),
    (Sequential(nn.RNN(2, 3, "relu", every_step=True), nn.LSTM(3, 2), Layer(2, 1, "linear")), (4, 2)),
    (nn.LSTM(2, 3, every_step=True, generator=seeded()), (4, 2)),
    (Sequential(nn.GRU(1, 3, generator=seeded()), Layer(3, 1, "linear", generator=seeded())), (5,)),
    (Sequential(Layer(3, 3, "silu", generator=seeded()), Residual(Layer(3, 3)), nn.Dropout(0.5), nn.GaussianNoise(0.5)),
     (3,)),
]  # fmt: skip

for module in (part for model, _ in MODELS for part in model.eval().modules()):
    if isinstance(module, nn.BatchNorm | nn.LayerNorm):
        for index, value in enumerate(module.parameters()):
            value.data = 1.5 - index
    if isinstance(module, nn.BatchNorm):
        module.running_mean[:], module.running_variance[:] = [0.1, 0.2, 0.3], [1.5, 2.0, 0.5]


def compute(model, X):
    """What the model makes of each sample."""
    return np.array([[value.data for value in flatten(model(sample))] for sample in np.asarray(X).tolist()])


@pytest.fixture
def through_onnx(tmp_path):
    """What onnxruntime makes of samples, by the file of a model."""
    onnxruntime = optional("onnxruntime")
    optional("onnx")

    def run(model, *batches, **options):
        to_onnx(model, tmp_path / "model.onnx", **options)
        session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
        outputs = [session.run(["output"], {"input": np.asarray(X)})[0] for X in batches]
        return outputs[0] if len(outputs) == 1 else outputs

    return run


# to PyTorch


@pytest.mark.parametrize(("model", "size"), MODELS)
def test_the_outputs_are_the_same(torch, model, size):
    X = seeded(3).normal(size=(4, *size))
    theirs = to_torch(model)
    assert not theirs.training
    outputs = theirs(torch.tensor(X)).detach().numpy()
    assert compute(model, X) == pytest.approx(outputs.reshape(4, -1), rel=1e-12, abs=1e-14)
    assert sum(p.numel() for p in theirs.parameters()) == len(model.parameters())


LOADS = """
import sys, torch
whole, X = torch.load(sys.argv[1], weights_only=False)
torch.save(whole(X), sys.argv[1])
"""


@pytest.mark.parametrize("way", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
@pytest.mark.parametrize(("model", "size"), MODELS)
def test_what_goes_over_can_be_copied(torch, model, size, way):
    X = torch.tensor(seeded(3).normal(size=(4, *size)))
    theirs = to_torch(model)
    expected = theirs(X)
    again = way(theirs)
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.zero_()
    assert torch.equal(again(X), expected)
    if expected.requires_grad:  # all but of a step
        again.train()(X).sum().backward()
        assert all(parameter.grad is not None for parameter in again.parameters())
    assert all(parameter.grad is None for parameter in theirs.parameters())


def test_torch_saves_it_for_another_process(torch, tmp_path):
    model, X = Residual(Sequential(Layer(3, 3, "step"), nn.GaussianNoise(0.5))).eval(), torch.ones(2, 3).double()
    theirs = to_torch(model)
    torch.save((theirs, X), tmp_path / "model.pt")
    subprocess.run([sys.executable, "-c", LOADS, tmp_path / "model.pt"], check=True)
    assert torch.equal(torch.load(tmp_path / "model.pt"), theirs(X))


def test_a_layer_in_two_places_stays_one(torch, through_onnx):
    shared = Layer(3, 3, "tanh", generator=seeded())
    norm = nn.BatchNorm(3)
    model = Sequential(shared, norm, Residual(shared), Activate("relu"), norm, shared)
    theirs = copy.deepcopy(to_torch(model))
    assert sum(p.numel() for p in theirs.parameters()) == len(model.parameters())
    X = seeded(1).normal(size=(4, 3))
    outputs = theirs(torch.tensor(X))
    ours = model.batch(X.tolist())
    assert np.array([[value.data for value in row] for row in ours]) == pytest.approx(
        outputs.detach().numpy(), rel=1e-9
    )
    outputs.sum().backward()
    sum(value for row in ours for value in row).backward()
    assert [value.grad for value in shared.neurons[0].weights] == pytest.approx(theirs[0][0].weight.grad[0].tolist())
    assert theirs[1].running_var.tolist() == pytest.approx(norm.running_variance, rel=1e-9)
    assert through_onnx(model.eval(), X) == pytest.approx(compute(model, X), rel=1e-9)


def tied_values():
    one, other = Layer(3, 3), Layer(3, 3)
    other.neurons[0].bias = one.neurons[0].bias
    return Sequential(one, other)


def test_what_different_layers_share_is_not_pulled_apart(torch):
    slope, partly = nn.PReLU(), Layer(1, 3, "prelu")
    partly.neurons[2].activation = partly.neurons[0].activation
    fixed = Layer(2, 1)
    fixed.neurons[0].bias = 1.0
    fixed.name_parts()
    for model, counts in (
        (partly, "8 parameters here, 9 there"),
        (fixed, "nor numbers among the Values: 2 parameters here, 3 there"),
        (tied_values(), "23 parameters here, 24 there"),
        (Sequential(Layer(3, 3, slope), Layer(3, 3, slope)), "25 parameters here, 26 there"),
        (Sequential(slope, nn.Conv1d(1, 1, 1, activation=slope)), "3 parameters here, 4 there"),
    ):
        with pytest.raises(ValueError, match=counts):
            to_torch(model)
    assert sum(p.numel() for p in to_torch(Sequential(slope, Layer(3, 3), slope)).parameters()) == 13


@pytest.mark.parametrize("name", list(activations.table))
def test_every_activation_goes_over(torch, name):
    model = Layer(2, 3, name, generator=seeded())
    rows = [[30.0, -2.0], [0.0, 0.0], [-3.0, 40.0]]
    expected = to_torch(model)(torch.tensor(rows, dtype=torch.float64)).detach().numpy()
    assert compute(model, rows) == pytest.approx(expected, rel=1e-12)


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
    assert compute(model, [[0, 4, 1]]) == pytest.approx(expected, rel=1e-12)


# to ONNX


@pytest.mark.parametrize(("model", "size"), MODELS)
def test_onnxruntime_gives_the_same_for_any_number_of_rows(through_onnx, model, size):
    batches = [seeded(rows).normal(size=(rows, *size)) for rows in (4, 1)]
    for X, outputs in zip(batches, through_onnx(model, *batches, shape=size), strict=True):
        assert outputs.dtype == np.float64
        assert outputs.reshape(len(X), -1) == pytest.approx(compute(model, X), rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("name", list(activations.table))
def test_every_activation_runs_in_onnxruntime(through_onnx, name):
    numbers = [0.0, 1e-9, -1e-9, 0.5, -0.5, 3.0, -3.0, 30.0, -30.0, 700.0, -700.0]
    X = [[number, number / 3] for number in numbers]
    model = Activate(name)
    assert through_onnx(model, X, shape=(2,)) == pytest.approx(
        compute(model, X), rel=1e-9, abs=1e-15 if name == "log_softmax" else 1e-300
    )


def test_softsign_does_not_stand_for_tanh(through_onnx):
    assert through_onnx(Activate("softsign"), [[3.0]], shape=(1,)) == pytest.approx(0.75, rel=1e-12)


def test_lengths_and_sizes_may_differ_from_run_to_run(through_onnx):
    recurrent = Sequential(nn.GRU(2, 3, every_step=True, generator=seeded()), nn.LSTM(3, 2, generator=seeded()))
    images = Sequential(nn.Conv2d(1, 2, 2, padding=1, generator=seeded()), nn.MaxPool((2, 1)), nn.BatchNorm(2))
    signals = nn.Conv1d(2, 1, 3, generator=seeded())
    for model, sizes in (
        (recurrent, [(1, 2), (3, 2), (9, 2)]),
        (nn.RNN(1, 2, generator=seeded()), [(1, 1), (4, 1)]),
        (images.eval(), [(1, 2, 2), (1, 5, 3)]),
        (signals, [(2, 3), (2, 10)]),
    ):
        batches = [seeded(1).normal(size=(2, *size)) for size in sizes]
        for X, outputs in zip(batches, through_onnx(model, *batches), strict=True):
            assert outputs.reshape(2, -1) == pytest.approx(compute(model, X), rel=1e-9, abs=1e-14)
    batches = [seeded().normal(size=(2, steps)) for steps in (1, 6)]
    bare = nn.GRU(1, 2, generator=seeded())
    for X, outputs in zip(batches, through_onnx(bare, *batches, shape=("steps",)), strict=True):
        assert outputs == pytest.approx(compute(bare, X), rel=1e-9)


def test_indices_are_whole_numbers(through_onnx):
    model = Sequential(nn.Embedding(5, 2, generator=seeded()), nn.LSTM(2, 3, generator=seeded()))
    batches = [np.array([[0, 4, 1], [2, 2, 2]]), np.array([[3]])]
    for X, outputs in zip(batches, through_onnx(model, *batches), strict=True):
        assert outputs == pytest.approx(compute(model, X), rel=1e-9)
    embedding = nn.Embedding(5, 2, generator=seeded())
    for index in (-1, 5):
        with pytest.raises(Exception, match="indices element out of data bounds"):
            through_onnx(embedding, [[0, index]])
    assert (
        through_onnx(Sequential(nn.Dropout(0.5), embedding), [[1, 4]])[0].tolist()
        == np.reshape([value.data for value in flatten(embedding([1, 4]))], (2, 2)).tolist()
    )


def test_a_model_that_was_trained_goes_over_as_it_is_in_evaluation(through_onnx):
    X, y = nn.moons(40, 0.1, seeded())
    model = Sequential(Layer(2, 4, "linear", generator=seeded()), nn.BatchNorm(4), Activate("gelu"), nn.Dropout(0.2),
                       Layer(4, 1, "sigmoid", generator=seeded()))  # fmt: skip
    nn.fit(model, X, y, loss="binary_cross_entropy", epochs=3, generator=seeded(), progress=False)
    assert model.training
    assert through_onnx(model, X)[:, 0] == pytest.approx(nn.predict(model, X), rel=1e-9)
    assert model.training


def test_the_file_says_what_goes_in_and_out(tmp_path):
    package = optional("onnx")
    path = tmp_path / "model.onnx"

    def sizes(model, **options):
        to_onnx(model, path, **options)
        graph = package.load(path).graph
        axes = [part.type.tensor_type.shape.dim for part in (*graph.input, *graph.output)]
        return [[axis.dim_param or axis.dim_value for axis in part] for part in axes]

    assert sizes(nn.MLP(2, [3, 1])) == [["rows", 2], ["rows", 1]]
    assert package.load(path).graph.doc_string == "MLP(2, [3, 1], activation='relu', output='linear')"
    assert sizes(Sequential(nn.Dropout(0.1), Activate("tanh"), Layer(4, 3)))[0] == ["rows", 4]
    assert sizes(Residual(nn.Conv1d(3, 3, 1)))[0] == ["rows", 3, "length"]
    assert sizes(nn.Conv2d(1, 2, 3))[0] == ["rows", 1, "height", "width"]
    assert sizes(nn.LSTM(2, 3)) == [["rows", "steps", 2], ["rows", 3]]
    assert sizes(nn.Embedding(9, 2))[0] == ["rows", "steps"]
    assert sizes(nn.MaxPool(2), shape=(3, "length"))[0] == ["rows", 3, "length"]
    assert os.listdir(tmp_path) == ["model.onnx"]


# what does not go over


class Line(Module):
    def __init__(self):
        self.slope = Value(1.0)


class Doubled(Layer):
    def forward(self, inputs):
        return [value * 2 for value in super().forward(inputs)]


def relu(value):
    return value * value


def replaced():
    layer = Layer(1, 2)
    layer.neurons[1] = type("Twice", (nn.Neuron,), {})(1)
    return layer


def patched():
    layer = Layer(1, 2)
    layer.forward = lambda row: [value * 2 for value in Layer.forward(layer, row)]
    return layer


@pytest.mark.parametrize(
    ("model", "options", "error", "message"),
    [
        (
            Sequential(Line()),
            {"shape": (1,)},
            TypeError,
            r"to_onnx knows nn's own layers, not Line: Line\(1 parameters\)",
        ),
        (Doubled(1, 1), {}, TypeError, "to_onnx knows nn's own layers, not Doubled"),
        (Layer(1, 1, Value.exp), {}, TypeError, r"to_onnx knows no activation exp \(one of linear, step, "),
        (Layer(1, 1, relu), {}, TypeError, r"to_onnx knows no activation own relu \(one of linear, step, "),
        (replaced(), {}, TypeError, "to_onnx knows nn's own layers, not Twice"),
        (patched(), {}, TypeError, "to_onnx knows nn's own layers, not Layer with a forward of its own"),
        ([1.0], {}, TypeError, r"model must be an nn.Module, not list: \[1.0\]"),
        (nn.MaxPool(2), {}, ValueError, r"MaxPool\(2\) says nothing of its input: give the shape of a sample"),
        (nn.MaxPool(2), {"shape": (4,)}, ValueError, r"MaxPool\(2\) takes samples of 2 axes, not of 1"),
        (nn.Conv1d(1, 1, 2), {"shape": (1, 4, 4)}, ValueError, r"Conv1d\(.*\) takes samples of 2 axes, not of 3"),
        (Sequential(nn.GRU(2, 2, every_step=True), Layer(2, 1)), {}, ValueError, r"takes samples of 1 axis, not of 2"),
        (Layer(2, 1), {"shape": (3,)}, ValueError, r"samples of shape \(3,\) do not go through Layer\(2, 1, 'relu'\)"),
        (Sequential(Layer(2, 3), Layer(4, 1)), {}, ValueError, r"samples of shape \(2,\) do not go through Sequential"),
        (Layer(2, 1), {"shape": 2}, ValueError, r"shape must be the sizes of a sample, such as \(3, 'length'\), not 2"),
        (Layer(2, 1), {"shape": (0,)}, ValueError, r"shape\[0\] must be at least 1, not 0"),
        (Layer(2, 1), {"shape": ("a b",)}, TypeError, r"shape\[0\] must be a whole number, not str: 'a b'"),
    ],
)
def test_what_does_not_go_to_onnx_is_named_and_nothing_is_written(tmp_path, model, options, error, message):
    optional("onnx")
    path = tmp_path / "model.onnx"
    path.write_text("before")
    with pytest.raises(error, match=message):
        to_onnx(model, path, **options)
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["model.onnx"]


def test_a_missing_package_or_folder_is_named(tmp_path, monkeypatch):
    optional("onnx")
    with pytest.raises(FileNotFoundError):
        to_onnx(Layer(1, 1), tmp_path / "none" / "model.onnx")
    monkeypatch.setitem(sys.modules, "onnx", None)
    message = r'to_onnx needs the package onnx: pip install -e "\.\[onnx\]" in the checkout'
    with pytest.raises(ImportError, match=message):
        to_onnx(Layer(1, 1), tmp_path / "model.onnx")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="to_torch needs PyTorch: pip install torch"):
        to_torch(Layer(1, 1))


def test_what_does_not_go_to_torch_is_named(torch):
    with pytest.raises(TypeError, match=r"to_torch knows nn's own layers, not Line: Line\(1 parameters\)"):
        to_torch(Sequential(Line()))
    with pytest.raises(TypeError, match="to_torch knows nn's own layers, not Doubled"):
        to_torch(Doubled(1, 1))
    with pytest.raises(TypeError, match="to_torch knows no activation exp"):
        to_torch(Layer(1, 1, Value.exp))
    with pytest.raises(TypeError, match="to_torch knows no activation own relu"):
        to_torch(Layer(1, 1, relu))
    with pytest.raises(TypeError, match="to_torch knows nn's own layers, not Twice"):
        to_torch(replaced())
    with pytest.raises(TypeError, match="to_torch knows nn's own layers, not Layer with a forward of its own"):
        to_torch(patched())


def test_all_layers_of_nn_are_known():
    classes = {found for found in vars(nn).values() if isinstance(found, type) and issubclass(found, Module)} - {Module}
    assert classes == set(export.CONVERSIONS) == set(onnx.CONVERSIONS)
