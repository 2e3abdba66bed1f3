import numpy as np
import pytest

from engine import Value, gradcheck, toposort
from engine import sum as add
from nn import Layer
from nn.layers import GRU, LSTM, RNN, Embedding, Sequential
from nn.nested import flatten
from tests.arrays import data, gradients, leaves, seeded

LAYERS = [(RNN, "RNN", {}), (RNN, "RNN", {"activation": "relu"}), (LSTM, "LSTM", {}), (GRU, "GRU", {})]


def in_torch(torch, ours, name, options):
    more = {"nonlinearity": options["activation"]} if options else {}
    theirs = getattr(torch.nn, name)(ours.n_inputs, ours.n_hidden, dtype=torch.float64, **more)
    with torch.no_grad():
        for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(theirs, f"{part}_l0").copy_(torch.tensor(data(getattr(ours, part))))
    return theirs


@pytest.mark.parametrize(("layer_class", "name", "options"), LAYERS)
@pytest.mark.parametrize("length", [1, 2, 6])
def test_they_agree_with_torch_over_any_length(torch, layer_class, name, options, length):
    ours = layer_class(2, 3, generator=seeded(), **options)
    theirs = in_torch(torch, ours, name, options)
    sequence = seeded(length).normal(size=(length, 2))
    inputs = leaves(sequence)
    x = torch.tensor(sequence, requires_grad=True)
    outputs, state = ours.unroll(inputs)
    expected, expected_state = theirs(x)
    assert data(outputs) == pytest.approx(expected.detach().numpy(), rel=1e-9)
    for one, other in zip(state if name == "LSTM" else [state], expected_state if name == "LSTM" else [expected_state],
                          strict=True):  # fmt: skip
        assert data(one) == pytest.approx(other[0].detach().numpy(), rel=1e-9)
    add([value * (index + 1) for index, value in enumerate(flatten(outputs))]).backward()
    (expected.ravel() * torch.arange(1, 3 * length + 1)).sum().backward()
    assert gradients(inputs) == pytest.approx(x.grad.numpy(), rel=1e-9, abs=1e-12)
    for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        wanted = getattr(theirs, f"{part}_l0").grad.numpy()
        assert gradients(getattr(ours, part)) == pytest.approx(wanted, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("layer_class", "name", "options"), LAYERS)
def test_a_state_carries_on(torch, layer_class, name, options):
    ours = layer_class(1, 2, generator=seeded(), **options)
    outputs, _ = ours.unroll([0.5, -1.0, 2.0, 0.25])
    first, state = ours.unroll([0.5, -1.0])
    second, _ = ours.unroll([2.0, 0.25], state)
    assert data(first + second).tolist() == data(outputs).tolist()
    start = [0.3, -0.6] if name != "LSTM" else ([0.3, -0.6], [1.0, 0.5])
    theirs = in_torch(torch, ours, name, options)
    begun = [torch.tensor([part], dtype=torch.float64) for part in (start if name == "LSTM" else [start])]
    expected, _ = theirs(torch.tensor([[0.5]], dtype=torch.float64), tuple(begun) if name == "LSTM" else begun[0])
    assert data(ours.unroll([0.5], start)[0]) == pytest.approx(expected.detach().numpy(), rel=1e-9)


def test_the_last_output_or_all_of_them():
    sequence = seeded().normal(size=(4, 2)).tolist()
    last, every = GRU(2, 3, generator=seeded()), GRU(2, 3, every_step=True, generator=seeded())
    assert data(every(sequence)).shape == (4, 3)
    assert data(every(sequence))[-1].tolist() == data(last(sequence)).tolist()
    stack = Sequential(RNN(2, 3, every_step=True), LSTM(3, 2), Layer(2, 1, "sigmoid"))
    assert [len(stack(sequence[:length])) for length in (1, 2, 4)] == [1, 1, 1]


@pytest.mark.parametrize("layer_class", [RNN, LSTM, GRU])
def test_gradcheck_through_time(layer_class):
    layer = layer_class(2, 2, generator=seeded())
    model = Sequential(Embedding(3, 2, generator=seeded()), layer, Layer(2, 1, "linear"))
    check = gradcheck(lambda *_: model([2, 0, 2, 1])[0], model.parameters())
    assert check.ok, str(check)


def test_parameters_are_named_as_in_torch():
    model = LSTM(2, 3)
    names = [name for name, _ in model.named_parameters()]
    assert len(names) == 4 * 3 * (2 + 3 + 1 + 1)
    assert names[0] == "weight_ih[0][0]"
    assert names[-1] == "bias_hh[11]"
    assert max(abs(parameter.data) for parameter in model.parameters()) <= 1 / np.sqrt(3)
    reprs = [repr(LSTM(2, 3)), repr(GRU(1, 1, every_step=True)), repr(RNN(1, 2, "relu"))]
    assert reprs == ["LSTM(2, 3)", "GRU(1, 1, every_step=True)", "RNN(1, 2, activation='relu')"]


def test_with_an_initialisation_each_gate_is_drawn_by_itself():
    model = GRU(2, 4, init="orthogonal", generator=seeded())
    blocks = data(model.weight_hh).reshape(3, 4, 4)
    for block in blocks:
        assert block @ block.T == pytest.approx(np.eye(4), abs=1e-12)
    assert not np.allclose(blocks[0], blocks[1])
    assert not data(model.bias_hh).any()


def test_embedding_agrees_with_torch(torch):
    ours = Embedding(5, 3, generator=seeded())
    theirs = torch.nn.Embedding(5, 3, dtype=torch.float64)
    with torch.no_grad():
        theirs.weight.copy_(torch.tensor(data(ours.weights)))
    outputs, expected = ours([1, 4, 1.0]), theirs(torch.tensor([1, 4, 1]))
    assert data(outputs).tolist() == expected.tolist()
    add([value * value for value in flatten(outputs)]).backward()
    (expected**2).sum().backward()
    assert gradients(ours.weights).tolist() == theirs.weight.grad.tolist()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: RNN(2, 0), ValueError, "n_hidden must be at least 1, not 0"),
        (lambda: RNN(2, 3, "sigmoid"), ValueError, "unknown activation of an RNN: 'sigmoid' .*'tanh', 'relu'"),
        (lambda: RNN(2, 3)([]), ValueError, r"RNN\(2, 3\): a sequence of at least one step expected, not \[\]"),
        (lambda: RNN(2, 3)(1.0), ValueError, "a sequence of at least one step expected, not 1.0"),
        (lambda: RNN(2, 3)([[1.0, 2.0], [1.0]]), ValueError, r"RNN\(2, 3\): 2 inputs expected, 1 given"),
        (lambda: RNN(2, 3)([1.0, 2.0]), TypeError, r"RNN\(2, 3\): a list of 2 numbers expected, not float"),
        (lambda: GRU(1, 3).unroll([1.0], [0.0]), ValueError, r"GRU\(1, 3\): 3 inputs expected, 1 given"),
        (lambda: LSTM(1, 3).unroll([1.0], [0.0]), ValueError, r"the state is a pair \(hidden, cell\), not \[0.0\]"),
        (lambda: Embedding(3, 2)(3), IndexError, r"Embedding\(3, 2\): an index from 0 to 2 expected, 3 given"),
        (lambda: Embedding(3, 2)([0, -1]), IndexError, r"an index from 0 to 2 expected, -1 given"),
        (lambda: Embedding(3, 2)(0.5), TypeError, "must be a whole number, not float: 0.5"),
        (lambda: Embedding(3, 2)([Value(1.0)]), TypeError, "must be a whole number, not Value"),
    ],
)
def test_arguments_are_checked(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_the_graph_names_gates_and_steps():
    """Each name stands at the number that the formula of the paper gives for it."""
    layer = LSTM(1, 2, generator=seeded(3))
    named = {node.label: node.data for node in toposort(add(layer([[0.5], [-1.0]]))) if not node.is_leaf and node.label}
    w, u = np.array(data(layer.weight_ih)), np.array(data(layer.weight_hh))
    bias = np.array(data(layer.bias_ih)) + np.array(data(layer.bias_hh))
    hidden = cell = np.zeros(2)
    expected = {}
    for step, x in enumerate((0.5, -1.0), 1):
        sums = (w[:, 0] * x + u @ hidden + bias).reshape(4, 2)
        i, f, o = 1 / (1 + np.exp(-sums[[0, 1, 3]]))
        g = np.tanh(sums[2])
        cell = f * cell + i * g
        hidden = o * np.tanh(cell)
        words = {"input gate": i, "forget gate": f, "candidate": g, "output gate": o, "cell": cell, "hidden": hidden}
        expected |= {f"{word}[{unit}], step {step}": each[unit] for word, each in words.items() for unit in (0, 1)}
    assert named == pytest.approx(expected, rel=1e-12)


def test_one_unit_needs_no_number_and_a_gru_has_its_own_gates():
    def names(layer):
        return {node.label for node in toposort(layer([0.5, 0.25])[0]) if not node.is_leaf and node.label}

    words = ("reset gate", "update gate", "candidate", "hidden")
    assert names(GRU(1, 1, generator=seeded())) == {f"{word}, step {step}" for word in words for step in (1, 2)}
    assert names(RNN(1, 1, generator=seeded())) == {"hidden, step 1", "hidden, step 2"}
