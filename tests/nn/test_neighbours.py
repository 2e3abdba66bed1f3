"""The neighbours' names: each of them is PyTorch's, makes what is the same there, and none hides a name of our own."""

import inspect

import pytest

import nn
from engine import Value
from nn import activations, losses, neighbours, optim
from nn.module import Module


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
    for what, names in neighbours.ALIASES.items():
        assert not names.keys() & tables[what].keys()
        assert set(names.values()) <= tables[what].keys()


def test_what_is_not_there_is_suggested():
    with pytest.raises(AttributeError, match="nn has no 'Linearr'; did you mean Linear"):
        _ = nn.Linearr
    assert not hasattr(nn, "no_such_thing")
    with pytest.raises(TypeError, match=r"nn.ReLU takes 1 positional arguments, 2 given"):
        nn.ReLU(True, 3)


def test_arguments_by_their_names_elsewhere():
    assert repr(nn.LSTM(input_size=2, hidden_size=3)) == repr(nn.LSTM(2, 3))
    assert repr(nn.Embedding(num_embeddings=4, embedding_dim=2)) == repr(nn.Embedding(4, 2))
    norm = nn.BatchNorm1d(2, 1e-3, 0.5)
    assert (norm.eps, norm.momentum, norm.running_var) == (1e-3, 0.5, [1.0, 1.0])
    assert inspect.signature(nn.Conv1d).parameters.keys() >= {"kernel", "stride"}
