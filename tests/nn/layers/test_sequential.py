import numpy as np
import pytest

import nn
from engine import Value, gradcheck
from nn import Activate, BatchNorm, Dropout, GaussianNoise, Layer, Residual, Sequential
from tests.arrays import seeded


def data(values):
    return [value.data for value in values]


# Sequential, Residual


def test_modules_in_a_row():
    model = Sequential(Layer(2, 3, "tanh", generator=seeded()), Layer(3, 2, "linear", generator=seeded()))
    x = [0.5, -1.0]
    assert data(model(x)) == data(model.layers[1](model.layers[0](x)))
    assert model.n_in == 2
    assert [name for name, _ in model.named_parameters()][-1] == "layers[1].neurons[1].bias"
    assert repr(model) == "Sequential(Layer(2, 3, 'tanh'), Layer(3, 2, 'linear'))"
    assert model.children() == model.layers


def test_a_residual_block_agrees_with_torch(torch):
    model = Residual(Layer(3, 3, "tanh", generator=seeded()))
    linear = torch.nn.Linear(3, 3, dtype=torch.float64)
    with torch.no_grad():
        linear.weight.copy_(torch.tensor(np.array([data(n.weights) for n in model.body.neurons])))
        linear.bias.zero_()
    x = [Value(0.5), Value(-1.0), Value(2.0)]
    theirs = torch.tensor(data(x), dtype=torch.float64, requires_grad=True)
    outputs, expected = model(x), theirs + torch.tanh(linear(theirs))
    sum(outputs).backward()
    expected.sum().backward()
    assert data(outputs) == pytest.approx(expected.tolist(), rel=1e-12)
    assert [value.grad for value in x] == pytest.approx(theirs.grad.tolist(), rel=1e-9)


def test_a_shortcut_changes_the_width():
    model = Residual(Layer(2, 3, "relu", generator=seeded()), Layer(2, 3, "linear", generator=seeded(1)))
    assert data(model([1.0, 2.0])) == pytest.approx(
        [a + b for a, b in zip(data(model.body([1.0, 2.0])), data(model.shortcut([1.0, 2.0])), strict=True)]
    )
    assert data(model.batch([[1.0, 2.0]])[0]) == data(model([1.0, 2.0]))
    assert repr(model) == "Residual(Layer(2, 3, 'relu'), Layer(2, 3, 'linear'))"
    with pytest.raises(ValueError, match=r"the body gives \(3,\), the way around it \(2,\)"):
        Residual(Layer(2, 3))([1.0, 2.0])


def test_around_a_block_the_gradient_keeps_its_size():
    def first_gradient(block):
        model = Sequential(*[block(Layer(4, 4, "sigmoid", generator=seeded(seed))) for seed in range(12)])
        x = [Value(0.5) for _ in range(4)]
        sum(model(x)).backward()
        return abs(x[0].grad)

    assert first_gradient(lambda layer: layer) < 1e-6 < 0.5 < first_gradient(Residual)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Sequential(), ValueError, "Sequential needs at least one module"),
        (lambda: Sequential(Layer(1, 1), "relu"), TypeError, r"module 1 of Sequential must be an nn.Module .*Activate"),
        (lambda: Sequential([Layer(1, 1)]), TypeError, r"module 0 of Sequential must be an nn.Module .* not \[Layer"),
        (lambda: Residual(abs), TypeError, "the body of Residual must be an nn.Module"),
        (lambda: Residual(Layer(1, 1), 3), TypeError, "the shortcut of Residual must be an nn.Module .* not 3"),
        (lambda: Dropout(1.0), ValueError, "p must be at least 0 and below 1, not 1"),
        (lambda: Dropout(-0.1), ValueError, "p must be at least 0 and below 1, not -0.1"),
        (lambda: Dropout(0.5, generator=0), TypeError, r"generator must be a numpy.random.Generator"),
        (lambda: GaussianNoise(-1), ValueError, "deviation must be at least 0"),
    ],
)
def test_arguments_are_checked(make, error, message):
    with pytest.raises(error, match=message):
        make()


# Dropout, GaussianNoise


def test_dropout_keeps_the_expectation():
    p, n = 0.3, 20_000
    outputs = np.array(data(Dropout(p, generator=seeded())([2.0] * n)))
    dropped = outputs == 0.0
    assert set(outputs[~dropped]) == {2.0 * (1 / (1 - p))}
    assert dropped.mean() == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / n))  # four standard errors
    assert outputs.mean() == pytest.approx(2.0, abs=4 * outputs.std() / np.sqrt(n))


def test_dropped_numbers_pass_no_gradient():
    values = [Value(2.0) for _ in range(50)]
    for value, output in zip(values, Dropout(generator=seeded())(values), strict=True):
        output.backward()
        assert value.grad == output.data / 2.0
    assert {value.grad for value in values} == {0.0, 2.0}


def test_noise_has_the_spread_it_names():
    outputs = np.array(data(GaussianNoise(0.5, generator=seeded())([1.0] * 20_000)))
    assert outputs.mean() == pytest.approx(1.0, abs=0.02)
    assert outputs.std() == pytest.approx(0.5, rel=0.03)


@pytest.mark.parametrize("make", [Dropout, GaussianNoise])
def test_disturbances_end_with_evaluation_and_are_seeded(make):
    nested = [[Value(1.0), 2.0], [3.0, 4.0]]
    model = Sequential(make(generator=seeded()))
    again = make(generator=seeded())
    outputs = [data(row) for row in model(nested)]
    assert outputs == [data(row) for row in again(nested)]
    assert outputs != [data(row) for row in model(nested)]
    model.eval()
    assert [data(row) for row in model(nested)] == [[1.0, 2.0], [3.0, 4.0]]


# the whole


EVERYTHING = Sequential(
    nn.Unflatten((1, 6, 6)),
    nn.Conv2d(1, 2, 3, activation="silu", generator=seeded(1)),
    nn.BatchNorm(2),
    Activate("tanh"),
    nn.AvgPool(2),
    nn.Flatten(),
    nn.Dropout(0.25),
    Residual(Sequential(nn.LayerNorm(8), Layer(8, 8, "prelu", generator=seeded(2)), nn.GaussianNoise(0.1))),
    nn.Unflatten((4, 2)),
    nn.GRU(2, 3, generator=seeded(3)),
    nn.MLP(3, [4, 2], "gelu", "softmax", generator=seeded(4)),
)


def test_gradcheck_of_everything_at_once():
    model = EVERYTHING.eval()
    x = seeded(5).normal(size=36).tolist()
    some = model.parameters()[::7]
    check = gradcheck(lambda *_: model(x)[0].log(), some)
    assert check.ok, str(check)
    model.train()


def test_modes_reach_everything_and_batches_pass_through():
    model = EVERYTHING
    assert model.needs_batch
    X = seeded(6).normal(size=(3, 36)).tolist()
    assert [len(output) for output in model.batch(X)] == [2, 2, 2]
    model.eval()
    assert not model.needs_batch
    assert [data(row) for row in model.batch(X)] == [data(model(row)) for row in X]
    model.train()


def test_every_layer_is_shown_as_it_is_made():
    names = {name: getattr(nn, name) for name in nn.__all__}
    for module in (*EVERYTHING.modules(), nn.Perceptron(2), nn.Embedding(3, 2), nn.RNN(1, 2), nn.Conv1d(1, 1, 2)):
        again = eval(repr(module), names)  # what it says is how it is made
        assert repr(again) == repr(module)
        assert again.state_dict().keys() == module.state_dict().keys()


def test_the_summary(capsys):
    EVERYTHING.summary()
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) == 80
    table = [line.rsplit(maxsplit=1) for line in lines[4:-2]]
    shapes = {line[0].split()[0]: line[0].split(") (")[-1] for line in table}
    assert shapes["layers[1]"].endswith("2, 4, 4)")
    assert shapes["layers[10].layers[1]"].endswith("2,)")
    counts = [int(line[1].replace(",", "")) for line in table]
    assert sum(counts) == len(EVERYTHING.parameters())
    assert lines[-1] == f"{sum(counts):,} parameters, and 4 running statistics"


def test_the_summary_of_an_mlp(capsys):
    nn.MLP(2, [16, 16, 1], "tanh").summary()
    assert capsys.readouterr().out.splitlines() == [
        "MLP(2, [16, 16, 1], activation='tanh', output='linear')",
        "-" * 80,
        "name                   layer                          output        parameters",
        "-" * 80,
        "layers[0]              Layer(2, 16, 'tanh')           (16,)                 48",
        "layers[1]              Layer(16, 16, 'tanh')          (16,)                272",
        "layers[2]              Layer(16, 1, 'linear')         (1,)                  17",
        "-" * 80,
        "337 parameters",
    ]
    model = Sequential(nn.Conv1d(1, 2, 3))
    model.summary()
    assert "? " in capsys.readouterr().out
    model.summary([[1.0] * 5])
    assert "(2, 3) " in capsys.readouterr().out
    nn.Neuron(2).summary()
    assert "Neuron(2, 'relu')              ()" in capsys.readouterr().out


def test_a_summary_leaves_the_model_as_it_was():
    model = Sequential(Layer(2, 2), BatchNorm(2), Dropout())
    model.layers[1].eval()
    before = model.state_dict(), [module.training for module in model.modules()]
    model.summary()
    assert (model.state_dict(), [module.training for module in model.modules()]) == before
    assert all("forward" not in vars(module) for module in model.modules())
