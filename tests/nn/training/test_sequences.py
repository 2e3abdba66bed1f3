"""Sequences of different lengths in nn.fit, nn.predict and nn.evaluate: one tape for all, or one for each length."""

import warnings

import numpy as np
import pytest

import nn
from engine import Value
from nn.padding import PaddedSequence
from nn.training import branches
from tests.conftest import tries
from tests.nn.training.comparing import Own, assert_right


def seeded(seed=0):
    return np.random.default_rng(seed)


LENGTHS = [3, 1, 4, 3, 2, 4, 3, 1, 2, 3]
X = [seeded(length + 10 * at).normal(size=(length, 2)).tolist() for at, length in enumerate(LENGTHS)]
SUMS = np.array([np.sin(np.sum(sequence)) for sequence in X])
CLASSES = (SUMS > 0).astype(int)


def build(layer_class, outputs=1):
    return nn.Sequential(layer_class(2, 3, generator=seeded(1)), nn.Layer(3, outputs, "linear", generator=seeded(2)))


def learn(layer_class, record, loss, y, **options):
    model = build(layer_class, 2 if loss == "cross_entropy" else 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = nn.fit(
            model, X, y, loss=loss, epochs=4, batch_size=4, generator=seeded(3), progress=False, record=record,
            optimizer=nn.SGD(model.parameters(), lr=0.1), **options,
        )  # fmt: skip
    return model, history


@pytest.mark.parametrize("layer_class", [nn.RNN, nn.LSTM, nn.GRU])
@pytest.mark.parametrize(("loss", "y"), [("mse", SUMS), ("cross_entropy", CLASSES)])
def test_tapes_and_values_learn_the_same(layer_class, loss, y):
    model, history = learn(layer_class, True, loss, y, validation=0.3)
    other, expected = learn(layer_class, False, loss, y, validation=0.3)
    np.testing.assert_allclose(history.loss, expected.loss, rtol=1e-12)
    np.testing.assert_allclose(history.validation_loss, expected.validation_loss, rtol=1e-12)
    assert history.accuracy == expected.accuracy
    numbers, others = ([p.data for p in one.parameters()] for one in (model, other))
    np.testing.assert_allclose(numbers, others, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("record", [True, False])
def test_an_lstm_learns_as_in_torch(torch, record):
    model = build(nn.LSTM)
    cell, linear = torch.nn.LSTM(2, 3, dtype=torch.float64), torch.nn.Linear(3, 1, dtype=torch.float64)
    ours, theirs = model.layers[0], cell.all_weights[0]
    with torch.no_grad():
        for name, tensor in zip(("weight_ih", "weight_hh"), theirs[:2], strict=True):
            tensor.copy_(torch.from_numpy(np.array([[w.data for w in row] for row in getattr(ours, name)])))
        for name, tensor in zip(("bias_ih", "bias_hh"), theirs[2:], strict=True):
            tensor.copy_(torch.from_numpy(np.array([b.data for b in getattr(ours, name)])))
        neuron = model.layers[1].neurons[0]
        linear.weight.copy_(torch.from_numpy(np.array([[w.data for w in neuron.weights]])))
        linear.bias.fill_(neuron.bias.data)
    history = nn.fit(
        model, X, SUMS, epochs=5, progress=False, record=record, optimizer=nn.SGD(model.parameters(), lr=0.2)
    )
    step, expected = torch.optim.SGD([*cell.parameters(), *linear.parameters()], lr=0.2), []

    def outputs():
        sequences = [torch.tensor(sequence, dtype=torch.float64) for sequence in X]
        return torch.stack([linear(cell(sequence)[0][-1])[0] for sequence in sequences])

    for _ in range(5):
        step.zero_grad()
        loss = ((outputs() - torch.tensor(SUMS)) ** 2).mean()
        loss.backward()
        step.step()
        expected.append(loss.item())
    assert history.loss == pytest.approx(expected, rel=1e-9)
    assert nn.predict(model, X, record=record) == pytest.approx(outputs().detach().numpy(), rel=1e-9)


def test_predictions_keep_the_order():
    model = build(nn.GRU, 2).eval()
    many = X * 10  # more than a few of each length
    calls, forward = [], model.forward
    model.forward = lambda sequence: calls.append(sequence) or forward(sequence)
    predicted = nn.predict(model, many)
    assert len(calls) == 5  # for four lengths
    np.testing.assert_allclose(predicted, nn.predict(model, many, record=False), rtol=1e-12)
    np.testing.assert_allclose(predicted[1], [value.data for value in model(X[1])], rtol=1e-12)
    assert nn.evaluate(model, X, CLASSES, "cross_entropy").keys() == {"loss", "accuracy"}


def mean_of_steps(own, sequence):
    outputs = own.layer(sequence)
    return sum(output[0] for output in outputs) / len(outputs)


def decode(own, sequence):
    state = own.layer.unroll(sequence)[1]
    return own.layer.unroll([[0.5, -0.5]], state)[0][-1][0]


def recurrent(layer_class=nn.LSTM, every_step=False, n_in=2):
    return layer_class(n_in, 3, every_step=every_step, generator=seeded(1))


def dense():
    return nn.Layer(3, 1, "linear", generator=seeded(2))


MODELS = {  # and how many tapes they need
    "stacked": (lambda: nn.Sequential(recurrent(every_step=True), recurrent(nn.GRU, n_in=3), dense()), 1),
    "Dropout": (lambda: nn.Sequential(recurrent(), nn.Dropout(0.5, generator=seeded()), dense()), 1),
    "BatchNorm": (lambda: nn.Sequential(recurrent(), nn.BatchNorm(3), dense()), 1),
    "compares": (
        lambda: Own(lambda own, x: own.layer(x)[0] if own.layer(x)[1] > 0 else own.layer(x)[2], recurrent()),
        2,
    ),
    "decoder": (lambda: Own(decode, recurrent()), 1),
    "mean": (lambda: Own(mean_of_steps, recurrent(every_step=True)), 4),
    "last step": (lambda: Own(lambda own, x: own.layer(x)[0] * x[-1][0], recurrent()), 4),
    "length": (lambda: Own(lambda own, x: own.layer(x)[0] * len(x), recurrent()), 4),
    "backwards": (lambda: Own(lambda own, x: own.layer(x[::-1])[0], recurrent(nn.GRU)), 4),
    "asks for a list": (lambda: Own(lambda own, x: own.layer(x)[int(not isinstance(x, list))], recurrent()), 4),
}


@pytest.fixture
def recorded(monkeypatch):
    """The tapes that training records."""
    tapes, tape_class = [], branches.SampleTape
    monkeypatch.setattr(branches, "SampleTape", lambda *given: tapes.append(tape_class(*given)) or tapes[-1])
    return tapes


@pytest.mark.parametrize("name", MODELS)
def test_one_tape_serves_all_lengths_unless_the_program_reads_the_steps(name, recorded):
    make, tapes = MODELS[name]
    for validation in (0.3, None)[: tries(2, 1)]:
        recorded.clear()
        assert_right(lambda model: {"model": make()}, X=X, y=SUMS, batch_size=4, validation=validation, epochs=3)
        assert len(recorded) <= tapes + 4 * (name == "asks for a list")  # whose first ones are wrong
    assert name == "BatchNorm" or len(recorded) >= tapes - 1
    model = make()
    np.testing.assert_allclose(nn.predict(model, X * 2), nn.predict(model, X * 2, record=False), rtol=1e-12)


def test_training_that_diverges_records_no_tape_for_each_length(recorded):
    model = build(nn.RNN)
    history = nn.fit(model, X, SUMS, epochs=9, optimizer=nn.SGD(model.parameters(), lr=1e160), progress=False)
    assert (history.stopped, history.epochs) == ("diverged", 1)
    assert {tape.sample[0].steps for tape in recorded} == {4}


def test_padding_may_be_infinite(recorded):
    def make():
        model = nn.RNN(1, 1, "relu", init=nn.init.constant)
        model.weight_hh[0][0].data = 1e200
        return model

    given = [[[1.0]], [[0.0]] * 4, [[0.5]], [[0.0]] * 3, [[2.0]], [[0.0]] * 4, [[-1.0]] * 2, [[0.25]], [[0.1]]]
    options = {"optimizer": "sgd", "lr": 0.0, "batch_size": 3}
    assert_right(lambda model: {"model": make()}, X=given, y=np.arange(9.0), epochs=2, **options)
    assert len(recorded) > 4  # there are four lengths
    assert nn.predict(make(), given).tolist() == [1.0, 0.0, 0.5, 0.0, 2.0, 0.0, 0.0, 0.25, 0.1]


@pytest.mark.parametrize(("longest", "tapes"), [(9, 1), (40, 4)])
def test_few_long_sequences_have_tapes_of_their_own(longest, tapes, recorded):
    given = [*X, seeded(1).normal(size=(longest, 2)).tolist()]
    other = [sequence for sequence in given if len(sequence) > 1]
    y = np.array([np.sin(np.sum(sequence)) for sequence in other])
    assert_right(lambda model: {"model": build(nn.RNN)}, X=other, y=y, epochs=3)
    assert len(recorded) == tapes


def test_a_padded_sequence_gives_its_last_step():
    steps = [[Value(2.0), Value(3.0)], [Value(5.0), Value(7.0)], [Value(11.0), Value(13.0)]]
    last = PaddedSequence(steps, [Value(0.0), Value(1.0), Value(0.0)]).pick_last()
    assert [value.data for value in last] == [5.0, 7.0]
    (last[0] * 4 + last[1]).backward()
    assert [[value.grad for value in step] for step in steps] == [[0.0, 0.0], [4.0, 1.0], [0.0, 0.0]]


def test_tables_of_equal_size_are_samples_too():
    images = seeded().normal(size=(12, 1, 6))
    model = nn.Sequential(nn.Conv1d(1, 2, 3, generator=seeded()), nn.Flatten(), nn.Layer(8, 1, generator=seeded()))
    history = nn.fit(model, images, np.arange(12.0) / 12, epochs=3, progress=False)
    assert history.loss[-1] < history.loss[0]
    assert nn.predict(model, images).shape == (12,)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([[[1.0, 2.0]], [[1.0, 2.0], [3.0]]], r"^X\[1\]\[1\]: 2 numbers expected, 1 given"),
        ([[[1.0, 2.0]], [[1.0]]], r"^X\[1\]\[0\]: 2 numbers expected, 1 given"),
        ([[[1.0, 2.0]], []], r"^X\[1\] is empty"),
        ([[[1.0, 2.0]], [[1.0, float("nan")]]], r"^X\[1\]\[0\]\[1\] is nan"),
        ([[[1.0]], [[2.0]]], r"RNN\(2, 3\): 2 inputs expected, 1 given"),
    ],
)
def test_bad_sequences_change_nothing(given, message):
    model = build(nn.RNN)
    before = model.state_dict()
    with pytest.raises(ValueError, match=message):
        nn.fit(model, given, [0.0, 1.0], progress=False)
    with pytest.raises(ValueError, match=message):
        nn.predict(model, given)
    assert model.state_dict() == before


def test_sequences_and_targets_are_equally_many():
    with pytest.raises(ValueError, match="X and y must be equally long: 10 rows, but 2 targets"):
        nn.fit(build(nn.RNN), X, [0.0, 1.0], progress=False)
    with pytest.raises(ValueError, match=r"the outputs have different shapes: \(3, 3\), \(1, 3\)"):
        nn.predict(nn.RNN(2, 3, every_step=True), X)
