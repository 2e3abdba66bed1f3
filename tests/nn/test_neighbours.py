"""The neighbours' names: each of them is PyTorch's, makes what is the same there, and none hides a name of our own."""

import inspect

import numpy as np
import pytest

import nn
from engine import Value
from nn import activations, init, losses, neighbours, optim
from nn.module import Module
from nn.nested import each, flatten


@pytest.mark.parametrize("name", neighbours.NAMES)
def test_a_name_is_pytorchs_and_makes_something(name, torch):
    places = (torch.nn, torch.optim, torch.nn.utils)
    assert any(hasattr(place, name) for place in places)
    assert name not in vars(nn)
    assert callable(getattr(nn, name))


@pytest.mark.parametrize("name", [name for name, entry in neighbours.NAMES.items() if entry.here == "Activate"])
def test_an_activation_has_its_numbers(name, torch):
    options = {"GELU": {"approximate": "tanh"}, "Softmax": {"dim": -1}, "LogSoftmax": {"dim": -1}}.get(name, {})
    numbers = [-2.0, 0.5, 3.0]
    expected = getattr(torch.nn, name)(**options)(torch.tensor(numbers, dtype=torch.float64))
    ours = getattr(nn, name)(**options)([Value(number) for number in numbers])
    assert [value.data for value in ours] == pytest.approx(expected.tolist(), rel=1e-12)


def test_no_sentence_stands_for_what_there_is():
    parameters = inspect.signature(nn.fit).parameters
    assert not neighbours.OF_FIT.keys() & parameters.keys()
    assert not [name for name in neighbours.OF_A_MODEL if hasattr(Module, name)]
    assert not [name for name in neighbours.ELSEWHERE if name in vars(nn)]
    tables = {"loss": losses.table, "activation": activations.table, "optimizer": optim.table}
    tables["initialisation"] = init.table
    for what, names in neighbours.ALIASES.items():
        assert not names.keys() & tables[what].keys()
        assert set(names.values()) <= tables[what].keys()


@pytest.mark.parametrize("name", ["weight_decay", "l1", "momentum", "clip_norm", "clip_value"])
def test_what_an_optimizer_takes_is_no_argument_of_fit(name):
    model = nn.MLP(1, [1])
    with pytest.raises(TypeError, match=f"nn.fit has no {name}: write optimizer=") as told:
        nn.fit(model, [[1.0]], [1.0], **{name: 0.5})
    written = str(told.value).split("optimizer=", 1)[1]
    assert getattr(eval(written, {"nn": nn, "model": model}), name) > 0


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop"])
def test_an_optimizer_takes_kerass_words(name):
    assert getattr(nn, name)(nn.MLP(1, [1]).parameters(), learning_rate=0.25).lr == 0.25
    assert name == "SGD" or getattr(nn, name)(nn.MLP(1, [1]).parameters(), epsilon=0.5).eps == 0.5


def test_an_argument_is_not_given_under_two_names():
    with pytest.raises(TypeError, match="learning_rate and lr are the same argument"):
        nn.Adam(nn.MLP(1, [1]).parameters(), lr=0.1, learning_rate=0.2)
    with pytest.raises(TypeError, match="kernel_size and kernel are the same argument"):
        nn.Conv1d(1, 1, kernel=2, kernel_size=3)
    with pytest.raises(TypeError, match="in_features and n_in are the same argument"):
        nn.Linear(in_features=2, n_in=3, out_features=1)


def test_attributes_by_their_names_elsewhere_are_described():
    for name, attributes in neighbours.ATTRIBUTES.items():
        for there, own in attributes.items():
            assert getattr(getattr(nn, name), there).__doc__ == f"PyTorch's name of `{own}`."


def test_what_is_not_there_is_suggested():
    with pytest.raises(AttributeError, match="nn has no 'Linearr'; did you mean Linear"):
        _ = nn.Linearr
    assert not hasattr(nn, "no_such_thing")
    with pytest.raises(TypeError, match=r"nn.ReLU takes 1 positional arguments, 2 given"):
        nn.ReLU(True, 3)


def test_arguments_by_their_names_elsewhere():
    assert repr(nn.LSTM(input_size=2, hidden_size=3)) == repr(nn.LSTM(2, 3))
    assert nn.GRU(2, 3, return_sequences=True).every_step
    assert repr(nn.Embedding(num_embeddings=4, embedding_dim=2)) == repr(nn.Embedding(4, 2))
    norm = nn.BatchNorm1d(2, 1e-3, 0.5)
    assert (norm.eps, norm.momentum, norm.running_var) == (1e-3, 0.5, [1.0, 1.0])
    assert inspect.signature(nn.Conv1d).parameters.keys() >= {"kernel", "stride"}


# What PyTorch's users write with arguments in PyTorch's order: the same numbers, or an error.


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("SGD", (0.1, 0.9, 0.3, 0.2)),  # lr, momentum, dampening, weight_decay
        ("SGD", (0.1, 0.9, 0.0, 0.2, True)),
        ("Adam", (0.1, (0.8, 0.9), 1e-3, 0.2, True)),  # lr, betas, eps, weight_decay, amsgrad
        ("AdamW", (0.1, (0.8, 0.9), 1e-3)),
        ("AdamW", (0.1, (0.8, 0.9), 1e-3, 0.2, True)),
        ("RMSprop", (0.1, 0.9, 1e-3, 0.2, 0.5)),  # lr, alpha, eps, weight_decay, momentum
    ],
)
def test_optimisers_take_their_arguments_in_torchs_order(torch, name, arguments):
    w, theirs = Value(2.0), torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    pairs = [(getattr(nn, name)([w], *arguments), w), (getattr(torch.optim, name)([theirs], *arguments), theirs)]
    for _ in range(5):
        for optimizer, leaf in pairs:
            optimizer.zero_grad()
            (leaf * leaf).backward()
            optimizer.step()
    assert w.data == pytest.approx(theirs.item(), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "arguments", "sizes"),
    [
        ("Linear", (3, 2), (3,)),
        ("Conv1d", (2, 3, 2), (2, 6)),
        ("Conv1d", (2, 3, 2, 2, 1), (2, 6)),  # stride, padding
        ("Conv2d", (1, 2, (2, 3), 1, (1, 0)), (1, 5, 4)),
        ("MaxPool1d", (3, 2), (2, 7)),
        ("AvgPool2d", (2, 1), (1, 4, 4)),
        ("LayerNorm", (4, 0.1), (4,)),
        ("BatchNorm1d", (3, 0.1, 0.5), (3,)),  # eps, momentum
        ("PReLU", (), (3,)),
        ("PReLU", (1, 0.1), (3,)),
    ],
)
def test_layers_take_their_arguments_in_torchs_order(torch, name, arguments, sizes):
    theirs = getattr(torch.nn, name)(*arguments).double()
    ours = getattr(nn, name)(*arguments)
    same = nn.from_torch(theirs.eval())
    assert repr(same).replace(", activation='linear'", "") == repr(ours.eval()).replace(", activation='linear'", "")
    row = torch.linspace(-1, 1, int(np.prod(sizes)), dtype=torch.float64).reshape(sizes)
    expected = theirs(row[None] if name == "BatchNorm1d" else row).detach().numpy().ravel()
    given = each(Value, row.tolist())
    assert [value.data for value in flatten(same(given))] == pytest.approx(expected.tolist(), rel=1e-9)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("nn.PReLU(3)", r"a PReLU has 1 slope, .* not 3: for a starting slope write nn.PReLU\(init=0.1\)"),
        ("nn.GELU()", r"nn.GELU takes approximate='tanh' alone: write nn.GELU\(approximate='tanh'\)"),
        ("nn.GELU('none')", r"write nn.GELU\(approximate='tanh'\)"),
        ("nn.Softmax(0)", "nn.Softmax takes dim=None or 1 or -1 alone"),
        ("nn.Linear(2, 3, False)", "nn.Linear takes bias=True alone"),
        ("nn.LeakyReLU(0.2)", "nn.LeakyReLU takes negative_slope=0.01 alone"),
        ("nn.Dropout(0.5, True)", "positional arguments"),  # inplace
        ("nn.Embedding(9, 2, 0)", "positional arguments"),  # padding_idx
        ("nn.LSTM(2, 3, 2)", "positional arguments"),  # num_layers
        ("nn.RNN(2, 3, 2)", "unknown activation of an RNN: 2"),
        ("nn.GRU(2, 3, batch_first=True)", "batch_first"),
        ("nn.Conv2d(1, 1, 3, 1, 0, 2)", "positional arguments"),  # dilation
        ("nn.MaxPool2d(2, 2, 1)", "nn.MaxPool2d takes padding=0 alone"),
        ("nn.LayerNorm([3])", "n must be a whole number"),
        ("nn.LayerNorm(3, 1e-5, False)", "positional arguments"),  # elementwise_affine
        ("nn.BatchNorm(3, 1e-5, 0.1)", "positional arguments"),
        ("nn.BatchNorm1d(3, 1e-5, None)", "momentum: expected an int, a float"),
        ("nn.OneCycleLR(nn.SGD([Value(1.0)]), 0.1, 100, 10)", "positional arguments"),  # epochs
        ("nn.MSELoss(size_average=False)", "mse has no setting 'size_average' .it has reduction."),
        ("nn.BCELoss(weight=[1.0])", "binary_cross_entropy has no setting 'weight'"),
        ("nn.BCEWithLogitsLoss(weight=[1.0])", "has no setting 'weight' .it has pos_weight, reduction."),
        ("nn.CrossEntropyLoss(None, True)", "positional arguments"),
        ("nn.Adam([Value(1.0)], 0.1, 0.9, 0.999)", "betas must be a pair of numbers, not 0.9"),
    ],
)
def test_what_means_something_else_in_torch_is_refused(call, sentence):
    with pytest.raises((TypeError, ValueError), match=sentence):
        eval(call, {"nn": nn, "Value": Value})
