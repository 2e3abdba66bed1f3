from functools import partial
from math import sqrt

import numpy as np
import pytest

from nn import MLP, SGD, Layer, fit, init, moons
from nn.layers import LSTM, BatchNorm, Conv2d, Embedding, LayerNorm, Residual, Sequential
from tests.arrays import seeded

SPREADS = {
    "normal": 1.0, "uniform": sqrt(1 / 3), "orthogonal": sqrt(1 / 200),
    "xavier_uniform": sqrt(2 / 300), "xavier_normal": sqrt(2 / 300),
    "he_uniform": sqrt(2 / 200), "he_normal": sqrt(2 / 200),
}  # fmt: skip


@pytest.mark.parametrize("name", list(SPREADS))
def test_initialisation_has_the_spread_it_names(name):
    weights = init.table[name](200, 100, seeded())
    assert weights.shape == (100, 200)
    assert weights.std() == pytest.approx(SPREADS[name], rel=0.02)
    assert weights.mean() == pytest.approx(0.0, abs=0.02)
    if name.endswith("uniform"):
        assert abs(weights).max() == pytest.approx(SPREADS[name] * sqrt(3), rel=0.01)
    else:
        assert abs(weights).max() > 3 * SPREADS[name]


def test_every_initialisation_is_tested():
    assert set(init.table) == {*SPREADS, "zeros", "constant"}
    assert not init.zeros(3, 2, seeded()).any()
    assert init.constant(3, 2, seeded()).tolist() == [[1.0] * 3] * 2
    assert init.constant(3, 2, seeded(), number=0.5).tolist() == [[0.5] * 3] * 2


@pytest.mark.parametrize("name", ["uniform", "normal", "xavier_uniform", "xavier_normal", "he_uniform", "he_normal"])
def test_a_number_more_scales_it(name):
    keyword = {"uniform": "bound", "normal": "deviation"}.get(name, "gain")
    usual, wide = init.table[name](9, 7, seeded()), partial(init.table[name], **{keyword: 3.0})(9, 7, seeded())
    default = sqrt(2) if name.startswith("he") else 1.0
    assert wide == pytest.approx(usual * 3 / default, rel=1e-12)


def test_initialisation_bounds_are_those_of_torch(torch):
    weight = torch.empty(100, 200, dtype=torch.float64)
    torch.manual_seed(0)
    torch.nn.init.kaiming_uniform_(weight, nonlinearity="relu")
    assert abs(init.he_uniform(200, 100, seeded())).max() == pytest.approx(weight.abs().max().item(), rel=1e-3)
    torch.nn.init.xavier_uniform_(weight)
    assert abs(init.xavier_uniform(200, 100, seeded())).max() == pytest.approx(weight.abs().max().item(), rel=1e-3)
    torch.nn.init.kaiming_normal_(weight, nonlinearity="relu")
    assert init.he_normal(200, 100, seeded()).std() == pytest.approx(weight.std().item(), rel=0.02)
    torch.nn.init.xavier_normal_(weight, gain=2.0)
    assert init.xavier_normal(200, 100, seeded(), gain=2.0).std() == pytest.approx(weight.std().item(), rel=0.02)


@pytest.mark.parametrize(("n_in", "n_out"), [(5, 5), (7, 3), (3, 7), (1, 4)])
def test_orthogonal_rows_or_columns(n_in, n_out):
    weights = init.orthogonal(n_in, n_out, seeded(), gain=2.0)
    assert weights.shape == (n_out, n_in)
    product = weights @ weights.T if n_out <= n_in else weights.T @ weights
    assert product == pytest.approx(4 * np.eye(min(n_in, n_out)), abs=1e-12)
    determinants = {round(np.linalg.det(init.orthogonal(3, 3, seeded(seed)))) for seed in range(20)}
    assert determinants == {-1, 1}  # rotations and reflections


@pytest.mark.parametrize("name", ["linear", "sigmoid", "tanh", "relu", "leaky_relu"])
def test_gains_are_those_of_torch(torch, name):
    assert init.gain(name) == pytest.approx(torch.nn.init.calculate_gain(name), rel=1e-15)
    if name == "leaky_relu":
        assert init.gain(name, 0.3) == pytest.approx(torch.nn.init.calculate_gain(name, 0.3), rel=1e-15)


def test_gains_follow_the_slope():
    assert init.gain("prelu") == sqrt(2 / (1 + 0.25**2))
    with pytest.raises(ValueError, match="unknown activation: 'selu'"):
        init.gain("selu")
    with pytest.raises(ValueError, match="tanh has no slope"):
        init.gain("tanh", 0.1)


def test_he_keeps_the_size_of_signals_through_relus_and_xavier_does_not():
    row = seeded(1).normal(size=40)

    def size(name):
        model = MLP(40, [40] * 8, "relu", "relu", init=name, generator=seeded(2))
        return sqrt(np.mean([value.data**2 for value in model(row)]))

    assert 0.3 < size("he_normal") < 3
    assert size("xavier_normal") < 0.2
    assert size("normal") > 1e4  # large weights explode


def test_initialisation_follows_the_activation_unless_given():
    relu, tanh = Layer(50, 50, "relu", generator=seeded()), Layer(50, 50, "tanh", generator=seeded())
    assert relu.neurons[3].weights[4].data == pytest.approx(tanh.neurons[3].weights[4].data * sqrt(2))
    assert {w.data for w in MLP(3, [2, 1], init="zeros").parameters()} == {0.0}
    layer = Layer(2, 1, init=lambda n_in, n_out, generator: np.full((n_out, n_in), 0.5))
    assert layer.neurons[0].weights[1].data == 0.5


def test_initialisation_is_seeded_by_the_generator_alone():
    first, second = MLP(2, [3, 1], generator=seeded(1)), MLP(2, [3, 1], generator=seeded(1))
    assert first.state_dict() == second.state_dict()
    assert first.state_dict() != MLP(2, [3, 1], generator=seeded(2)).state_dict()
    assert MLP(2, [3, 1]).state_dict() != MLP(2, [3, 1]).state_dict()


# apply


def everything():
    return Sequential(
        Layer(4, 4, "prelu"), BatchNorm(4), LayerNorm(4), Residual(Layer(4, 4, "tanh")), MLP(4, [3, 2]),
        Conv2d(1, 2, 2), LSTM(2, 3), Embedding(3, 2),
    )  # fmt: skip


def test_apply_draws_every_layer_anew():
    model = everything()
    for parameter in model.parameters():
        parameter.data = 77.0
    model.layers[1].running_mean[2] = 77.0
    assert init.apply(model, generator=seeded()) is model
    state = model.state_dict()
    assert 77.0 not in state.values()
    assert init.apply(model, None, seeded()).state_dict() == state
    assert init.apply(model, None, seeded(1)).state_dict() != state
    init.apply(model, "zeros")
    left = {name: number for name, number in model.state_dict().items() if number}
    assert set(left.values()) == {0.25, 1.0}  # slopes, and the scales and variances of normalisation
    init.apply(model, partial(init.constant, number=3.0))
    assert model.layers[6].weight_hh[11][2].data == model.layers[5].weights[1][0][1][1].data == 3.0


def test_apply_draws_what_the_constructor_draws():
    for make in (
        lambda g: Layer(3, 4, generator=g),
        lambda g: MLP(3, [4, 2], "tanh", generator=g),
        lambda g: Conv2d(2, 3, 2, generator=g),
        lambda g: LSTM(2, 3, generator=g),
        lambda g: LSTM(2, 3, init="orthogonal", generator=g),
        lambda g: Embedding(5, 2, generator=g),
    ):
        model, other = make(seeded(3)), make(seeded(4))
        how = "orthogonal" if 0.0 in [p.data for p in model.parameters()] and isinstance(model, LSTM) else None
        assert init.apply(other, how, seeded(3)).state_dict() == model.state_dict()


def test_a_bad_initialisation_changes_nothing():
    model = everything()
    before = model.state_dict()

    def half(n_in, n_out, generator):
        return np.ones((n_out, n_in)) if n_in == 4 else np.ones((1, 1))

    for how, message in (("he", "unknown initialisation: 'he'"), (half, "the initial weights")):
        with pytest.raises(ValueError, match=message):
            init.apply(model, how)
        assert model.state_dict() == before
    with pytest.raises(TypeError, match=r"generator must be a numpy.random.Generator"):
        init.apply(model, "zeros", 3)
    assert model.state_dict() == before


@pytest.mark.parametrize("name", ["zeros", "constant"])
def test_neurons_that_start_alike_stay_alike(name):
    X, y = moons(20, 0.1, seeded())
    model = MLP(2, [4, 1], "tanh", init=name)
    model.layers[1].neurons[0].restart([0.5] * 4)
    optimizer = SGD(model.parameters(), lr=0.5)
    fit(model, X, y, loss="binary_cross_entropy_with_logits", optimizer=optimizer, epochs=10, progress=False)
    first, *others = [[p.data for p in neuron.parameters()] for neuron in model.layers[0].neurons]
    assert first[0] not in (0.0, 1.0)
    assert others == [first] * 3


def test_initialisation_errors():
    with pytest.raises(
        ValueError, match=r"unknown initialisation: 'he' \(one of 'zeros', .*'orthogonal', or a function\)"
    ):
        Layer(2, 3, init="he")
    with pytest.raises(TypeError, match=r"generator must be a numpy.random.Generator.* not int: 0"):
        MLP(2, [3, 1], generator=0)
    with pytest.raises(ValueError, match=r"the initial weights\[0\]: 2 numbers expected, 3 given"):
        Layer(2, 3, init=lambda n_in, n_out, generator: np.zeros((n_in, n_out)))
    with pytest.raises(ValueError, match="the initial weights must be 3 rows, not 1"):
        Layer(2, 3, init=lambda n_in, n_out, generator: np.zeros((1, n_in)))


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("glorot_uniform", "xavier_uniform"), ("glorot_normal", "xavier_normal"), ("kaiming_uniform", "he_uniform"),
     ("kaiming_normal", "he_normal")],
)  # fmt: skip
def test_other_libraries_names_are_known(theirs, ours):
    assert init.get(theirs) is init.get(ours)
