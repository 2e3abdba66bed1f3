import math

import numpy as np
import pytest

import nn
from engine import gradcheck
from engine import sum as add
from nn import MLP, SGD, Layer, Module
from nn.activations import Activate
from nn.layers import BatchNorm, LayerNorm, Residual, Sequential
from tests.arrays import data, gradients, leaves, seeded


def tensor(torch, numbers, **options):
    return torch.tensor(numbers, dtype=torch.float64, **options)


def spread(norm):
    """Scales and shifts that are not 1 and 0."""
    for index, parameter in enumerate(norm.parameters()):
        parameter.data += 0.1 * index
    return norm


def copied(torch, ours, theirs):
    theirs = theirs.double()
    with torch.no_grad():
        theirs.weight.copy_(tensor(torch, [value.data for value in ours.weights]))
        theirs.bias.copy_(tensor(torch, [value.data for value in ours.biases]))
    return theirs


def weigh(outputs):
    """A loss that treats every output differently."""
    flat = np.ravel(np.array(outputs, dtype=object)).tolist()
    return add([output * output * (index + 1) for index, output in enumerate(flat)])


def compare(torch, ours, theirs, samples, as_batch=True):
    """Outputs and all gradients of one pass, beside PyTorch's."""
    inputs = leaves(samples)
    x = tensor(torch, samples, requires_grad=True)
    ours.zero_grad()
    theirs.zero_grad()
    outputs = ours.batch(inputs) if as_batch else [ours(sample) for sample in inputs]
    expected = theirs(x)
    weigh(outputs).backward()
    (expected.ravel() ** 2 * torch.arange(1, expected.numel() + 1)).sum().backward()
    assert data(outputs) == pytest.approx(expected.detach().numpy(), rel=1e-9, abs=1e-12)
    assert gradients(inputs) == pytest.approx(x.grad.numpy(), rel=1e-9, abs=1e-9)
    assert [v.grad for v in ours.weights] == pytest.approx(theirs.weight.grad.tolist(), rel=1e-9)
    assert [v.grad for v in ours.biases] == pytest.approx(theirs.bias.grad.tolist(), rel=1e-9)


@pytest.mark.parametrize("options", [{}, {"momentum": 0.3, "eps": 0.01}, {"momentum": 1.0}])
def test_batch_norm_agrees_with_torch_in_training_and_evaluation(torch, options):
    ours = spread(BatchNorm(3, **options))
    theirs = copied(torch, ours, torch.nn.BatchNorm1d(3, **options))
    for seed in range(3):
        compare(torch, ours, theirs, seeded(seed).normal(seed, 2.0, (5, 3)))
        assert ours.running_mean == pytest.approx(theirs.running_mean.tolist(), rel=1e-9)
        assert ours.running_variance == pytest.approx(theirs.running_var.tolist(), rel=1e-9)
    ours.eval()
    theirs.eval()
    before = ours.state_dict()
    compare(torch, ours, theirs, seeded(9).normal(size=(4, 3)))
    compare(torch, ours, theirs, seeded(9).normal(size=(4, 3)), as_batch=False)
    assert ours.state_dict() == before


def test_batch_norm_of_channels_agrees_with_torch(torch):
    ours = spread(BatchNorm(2))
    theirs = copied(torch, ours, torch.nn.BatchNorm2d(2))
    compare(torch, ours, theirs, seeded().normal(1.0, 2.0, (3, 2, 2, 4)))
    assert ours.running_variance == pytest.approx(theirs.running_var.tolist(), rel=1e-9)
    ours.eval()
    theirs.eval()
    compare(torch, ours, theirs, seeded(1).normal(1.0, 2.0, (1, 2, 3, 2)), as_batch=False)


@pytest.mark.parametrize("momentum", [0.0, 0.3, 1.0])
def test_small_statistics_after_large_ones_keep_their_digits(torch, momentum):
    ours = BatchNorm(2, momentum=momentum, eps=1e-12)
    theirs = torch.nn.BatchNorm1d(2, momentum=momentum, eps=1e-12).double()
    for size in (1e5, 1e-9):
        X = size * np.random.default_rng(0).normal(size=(4, 2))
        ours.batch(X.tolist())
        theirs(torch.tensor(X))
    assert ours.running_mean == pytest.approx(theirs.running_mean.tolist(), rel=1e-12, abs=0)
    assert ours.running_variance == pytest.approx(theirs.running_var.tolist(), rel=1e-12, abs=0)


def test_features_may_have_different_counts_of_numbers():
    norm = BatchNorm(2, momentum=1.0)
    norm.batch([[[1.0, 2.0, 6.0], [5.0]], [[7.0], [9.0]]])
    assert norm.running_mean == [4.0, 7.0]
    assert norm.running_variance == pytest.approx([26 / 3, 8.0], rel=1e-15)  # 9 + 4 + 4 + 9 over 3, 4 + 4 over 1


def test_layer_norm_agrees_with_torch_in_both_modes(torch):
    ours = spread(LayerNorm(4, eps=0.001))
    theirs = copied(torch, ours, torch.nn.LayerNorm(4, eps=0.001))
    for model in (ours, ours.eval()):
        compare(torch, model, theirs, seeded().normal(3.0, 2.0, (3, 4)))


def test_training_with_batch_norm_is_that_of_torch(torch):
    ours = Sequential(Layer(2, 4, "linear", generator=seeded()), BatchNorm(4), Activate("relu"), Layer(4, 1, "linear"))
    theirs = torch.nn.Sequential(
        torch.nn.Linear(2, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Linear(4, 1)
    ).double()
    with torch.no_grad():
        for ours_part, linear in ((ours.layers[0], theirs[0]), (ours.layers[3], theirs[3])):
            linear.weight.copy_(tensor(torch, [[w.data for w in n.weights] for n in ours_part.neurons]))
            linear.bias.copy_(tensor(torch, [n.bias.data for n in ours_part.neurons]))
    X, y = seeded(1).normal(size=(8, 2)), seeded(2).normal(size=8)
    optimizer, step = SGD(ours.parameters(), lr=0.1), torch.optim.SGD(theirs.parameters(), lr=0.1)
    for _ in range(10):
        optimizer.zero_grad()
        step.zero_grad()
        outputs = ours.batch(X.tolist())
        loss = add([(output[0] - target) ** 2 for output, target in zip(outputs, y.tolist(), strict=True)]) / 8
        loss.backward()
        expected = torch.nn.functional.mse_loss(theirs(torch.tensor(X))[:, 0], torch.tensor(y))
        expected.backward()
        assert loss.data == pytest.approx(expected.item(), rel=1e-9)
        optimizer.step()
        step.step()
    ours.eval()
    theirs.eval()
    assert [ours(row)[0].data for row in X] == pytest.approx(theirs(torch.tensor(X))[:, 0].tolist(), rel=1e-9)


def test_the_gradient_goes_through_the_statistics():
    model = Sequential(Layer(2, 3, "tanh", generator=seeded()), Residual(BatchNorm(3)), LayerNorm(3))
    X = seeded(1).normal(size=(4, 2)).tolist()
    check = gradcheck(lambda *_: weigh(model.batch(X)), model.parameters())
    assert check.ok, str(check)


def test_a_gradient_around_the_statistics_would_be_noticed():
    class Wrong(BatchNorm):
        def forward_batch(self, samples):
            super().forward_batch(samples)  # with a momentum of 1 the running statistics are the batch's
            self.training = False
            outputs = super().forward_batch(samples)  # as constants, though
            self.training = True
            return outputs

    layer, X = Layer(2, 3, "tanh", generator=seeded()), seeded(1).normal(size=(4, 2)).tolist()

    def check(norm):
        model = Sequential(layer, norm)
        return gradcheck(lambda *_: weigh(model.batch(X)), model.parameters())

    assert check(BatchNorm(3, momentum=1.0)).ok
    assert not check(Wrong(3, momentum=1.0)).ok


def test_who_needs_a_batch():
    model = Sequential(Layer(2, 2), BatchNorm(2))
    assert model.needs_batch
    assert not model.eval().needs_batch
    assert not MLP(2, [1]).needs_batch
    assert [v.data for v in MLP(2, [3, 1], init="constant").batch([[1.0, 1.0], [0.0, 0.0]])] == [6.0, 0.0]


def test_batch_norm_says_what_it_needs():
    norm = BatchNorm(2)
    with pytest.raises(ValueError, match=r"BatchNorm\(2\) needs the whole batch in training: model.batch"):
        norm([1.0, 2.0])
    with pytest.raises(ValueError, match=r"BatchNorm\(2\) needs more than one number for each feature .* 1 given"):
        norm.batch([[1.0, 2.0]])
    with pytest.raises(ValueError, match=r"BatchNorm\(2\): a batch of at least one sample expected, 0 given"):
        norm.batch([])
    with pytest.raises(ValueError, match=r"BatchNorm\(2\): 2 inputs expected, 3 given"):
        norm.batch([[1.0, 2.0], [1.0, 2.0, 3.0]])
    assert norm.running_mean == [0.0, 0.0]

    class Closed(Module):
        def __init__(self):
            self.norm = BatchNorm(1)

        def forward(self, row):
            return self.norm(row)

    with pytest.raises(ValueError, match=r"each module around it passes batches on as nn\.Sequential does"):
        Closed().batch([[1.0], [2.0]])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: BatchNorm(0), ValueError, "n must be at least 1, not 0"),
        (lambda: BatchNorm(2, momentum=1.5), ValueError, "momentum must be at most 1, not 1.5"),
        (lambda: BatchNorm(2, eps=-1), ValueError, "eps must be at least 0"),
        (lambda: LayerNorm(2.5), TypeError, "n must be a whole number"),
        (lambda: LayerNorm(2)([1.0]), ValueError, r"LayerNorm\(2\): 2 inputs expected, 1 given"),
    ],
)
def test_arguments_are_checked(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("variance", [-1.0, math.nan, math.inf, 0.0])
def test_any_running_variance_gives_what_torch_gives(torch, variance):
    norm = BatchNorm(1).eval()
    norm.load_state_dict(norm.state_dict() | {"running_variance[0]": variance})
    expected = nn.to_torch(norm)(torch.tensor([[2.0]], dtype=torch.float64)).item()
    assert norm([2.0])[0].data == pytest.approx(expected, rel=1e-12, nan_ok=True)
    assert nn.predict(norm, [[2.0]] * 20).ravel() == pytest.approx([expected] * 20, rel=1e-12, nan_ok=True)


def test_running_statistics_belong_to_the_state():
    norm = BatchNorm(2)
    norm.batch([[1.0, 2.0], [3.0, 6.0]])
    model, other = Sequential(norm), Sequential(BatchNorm(2))
    state = model.state_dict()
    names = ["weights[0]", "weights[1]", "biases[0]", "biases[1]"]
    names += ["running_mean[0]", "running_mean[1]", "running_variance[0]", "running_variance[1]"]
    assert list(state) == [f"layers[0].{name}" for name in names]
    assert list(state.values())[4:] == pytest.approx([0.2, 0.4, 1.1, 1.7])
    other.load_state_dict(state)
    assert other.layers[0].running_mean == norm.running_mean
    assert other.layers[0].running_mean is not norm.running_mean
    with pytest.raises(ValueError, match=r"missing: layers\[0\].running_mean\[0\]"):
        other.load_state_dict({name: number for name, number in state.items() if "mean" not in name})
    assert [repr(norm), repr(BatchNorm(2, momentum=0.5)), repr(LayerNorm(3, 1e-3))] == [
        "BatchNorm(2)", "BatchNorm(2, momentum=0.5)", "LayerNorm(3, eps=0.001)",
    ]  # fmt: skip
