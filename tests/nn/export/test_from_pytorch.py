"""from_torch: outputs and gradients are PyTorch's; what cannot be taken is named, with its place."""

import numpy as np
import pytest

import nn
from engine import Value
from nn import from_torch, to_torch
from nn.nested import flatten
from tests.arrays import seeded
from tests.nn.export.test_export import MODELS, compute


def build(torch, name):
    """A module of PyTorch's own, and the size of a sample."""
    torch.manual_seed(1)
    t = torch.nn
    modules = {
        "dense": (t.Sequential(t.Linear(3, 5), t.ReLU(), t.Linear(5, 4), t.LayerNorm(4), t.Softmax(dim=-1)), (3,)),
        "nested": (t.Sequential(t.Sequential(t.Linear(3, 2), t.PReLU()), t.LeakyReLU(0.2), t.ELU()), (3,)),
        "slopes": (t.Sequential(t.Linear(3, 4), t.PReLU(4), t.Linear(4, 2), t.PReLU()), (3,)),
        "image": (
            t.Sequential(
                t.Conv2d(2, 3, (2, 3), stride=(1, 2), padding=1), t.BatchNorm2d(3), t.Tanh(), t.MaxPool2d(2, 1),
                t.AvgPool2d((1, 2)), t.Flatten(), t.Linear(9, 1), t.Sigmoid(),
            ),
            (2, 3, 6),
        ),
        "signal": (t.Sequential(t.Conv1d(2, 3, 2), t.GELU(approximate="tanh"), t.MaxPool1d(2), t.AvgPool1d(2)), (2, 9)),
        "rnn": (t.RNN(2, 3, nonlinearity="relu", batch_first=True), (4, 2)),
        "lstm": (t.LSTM(2, 3, batch_first=True), (4, 2)),
        "gru": (t.GRU(2, 3, batch_first=True), (4, 2)),
        "noisy": (t.Sequential(t.Dropout(0.3), t.Unflatten(1, (2, 3)), t.Identity(), t.SiLU(), t.Softsign()), (6,)),
    }  # fmt: skip
    return modules[name]


@pytest.mark.parametrize("name", ["dense", "nested", "slopes", "image", "signal", "rnn", "lstm", "gru", "noisy"])
def test_outputs_and_gradients_are_theirs(torch, name):
    theirs, size = build(torch, name)
    theirs = theirs.double().eval()
    model = from_torch(theirs)
    X = seeded(2).normal(size=(3, *size))
    outputs = theirs(torch.tensor(X))
    outputs = outputs[0] if isinstance(outputs, tuple) else outputs
    assert compute(model, X) == pytest.approx(outputs.detach().numpy().reshape(3, -1), rel=1e-9)
    if model.parameters():
        outputs.square().sum().backward()
        sum(value * value for sample in X.tolist() for value in flatten(model(sample))).backward()
        expected = np.concatenate([parameter.grad.flatten() for parameter in theirs.parameters()])
        # by neuron here, weights before biases there
        ours = np.sort([parameter.grad for parameter in model.parameters()])
        assert ours == pytest.approx(np.sort(expected), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("model", "size"), MODELS)
def test_what_went_over_comes_back(torch, model, size):
    X = seeded(3).normal(size=(4, *size))
    back = from_torch(to_torch(model))
    assert compute(back, X) == pytest.approx(compute(model, X), rel=1e-12, abs=1e-14)
    assert sorted(value.data for value in back.parameters()) == sorted(value.data for value in model.parameters())


def test_an_embedding_and_a_layer_in_two_places_come_over(torch):
    theirs = torch.nn.Embedding(5, 2)
    assert [value.data for value in from_torch(theirs)(3)] == theirs.weight[3].tolist()
    shared = torch.nn.Linear(2, 2)
    model = from_torch(torch.nn.Sequential(shared, torch.nn.Tanh(), shared))
    assert model.layers[0] is model.layers[2]
    assert len(model.parameters()) == 6


def test_each_module_stays_in_its_mode(torch):
    theirs = torch.nn.Sequential(torch.nn.Dropout(0.5), torch.nn.BatchNorm1d(2))
    theirs[1].eval()
    model = from_torch(theirs)
    assert [module.training for module in model.modules()] == [True, True, False]


def test_it_learns_on(torch):
    X, y = nn.moons(40, 0.1, seeded())
    torch.manual_seed(0)
    model = from_torch(torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)))
    history = nn.fit(
        model, X, y, loss="binary_cross_entropy_with_logits", epochs=20, generator=seeded(), progress=False
    )
    assert history.loss[-1] < 0.7 * history.loss[0]
    assert model.parameters()[0].label == "layers[0].neurons[0].weights[0]"


def test_what_cannot_be_taken_is_named_with_its_place(torch):
    t = torch.nn

    class Net(t.Module):
        pass

    for theirs, error, message in (
        (
            t.Sequential(t.Sequential(t.Linear(1, 1), Net())),
            TypeError,
            r"from_torch does not know Net at 0\.1 \(one of ",
        ),
        (t.Bilinear(1, 1, 1), TypeError, r"from_torch does not know Bilinear \(one of "),
        (
            t.Sequential(t.Linear(1, 1, bias=False)),
            ValueError,
            "Linear at 0: bias must be True, as a layer here has one",
        ),
        (t.GELU(), ValueError, "GELU: approximate must be 'tanh', not 'none'"),
        (t.Conv1d(2, 2, 1, groups=2), ValueError, "Conv1d: groups must be 1, not 2"),
        (t.Conv1d(2, 2, 1, padding="same"), ValueError, "Conv1d: padding must be a number, not 'same'"),
        (t.Conv1d(2, 2, 1, bias=False), ValueError, "Conv1d: bias must be True"),
        (t.MaxPool2d(2, padding=1), ValueError, "MaxPool2d: padding must be 0, not 1"),
        (t.LSTM(1, 1, num_layers=2), ValueError, "LSTM: num_layers must be 1, not 2"),
        (t.GRU(1, 1, bias=False), ValueError, "GRU: bias must be True"),
        (t.BatchNorm1d(2, affine=False), ValueError, "BatchNorm1d: affine must be True, not False"),
        (
            t.Sequential(t.BatchNorm1d(2, momentum=None)),
            ValueError,
            "BatchNorm1d at 0: momentum: .* not NoneType: None",
        ),
        (t.Sequential(t.Linear(1, 1, dtype=torch.complex64)), ValueError, "Linear at 0: .* complex"),
        (t.Linear, TypeError, "a torch.nn.Module expected, not type: <class"),
        (t.LayerNorm((2, 2)), ValueError, "LayerNorm: normalized_shape must be one number"),
        (t.PReLU(3), ValueError, "a PReLU of several parameters stands right behind a Linear of as many outputs"),
        (t.Sequential(t.Conv1d(2, 3, 1), t.PReLU(3)), ValueError, "Sequential: a PReLU of several parameters stands"),
        (t.Sequential(*[t.Sequential(t.Linear(3, 3), t.PReLU(3))] * 2), ValueError, "in one place alone"),
        (t.Linear(200, 200), ValueError, "up to 20,000 parameters, each as a Value; this module has 40,200"),
    ):
        with pytest.raises(error, match=message):
            from_torch(theirs)
    hooked, tied = t.Linear(1, 1), t.Sequential(t.Linear(2, 2), t.Linear(2, 2))
    hooked.register_forward_hook(lambda *_: None)
    tied[1].weight = tied[0].weight
    patched, parent = t.Linear(1, 1), t.Linear(1, 1)
    patched.forward = lambda x: x
    parent.add_module("child", t.Tanh())
    for theirs, error, message in (
        (t.Sequential(hooked), ValueError, "Linear at 0 has hooks"),
        (t.utils.spectral_norm(t.Linear(2, 2)), ValueError, "Linear has hooks"),
        (tied, ValueError, "Linear at 1 shares its weight with 0: a layer here has its own"),
        (patched, TypeError, "from_torch does not know Linear"),
        (parent, TypeError, "from_torch does not know Linear"),
        (t.Softplus(threshold=1), ValueError, "Softplus: threshold must be 20, not 1"),
        (t.LogSoftmax(dim=0), ValueError, "LogSoftmax: dim must be -1, not 0"),
    ):
        with pytest.raises(error, match=message):
            from_torch(theirs)
    with pytest.raises(TypeError, match=r"a torch\.nn\.Module expected, not Value"):
        from_torch(Value(1.0))
