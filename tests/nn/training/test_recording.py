"""nn.fit on tapes gives what nn.fit on Values gives, and says why where it cannot."""

import copy
import math
import warnings

import numpy as np
import pytest

import engine
import nn
from engine import Value
from engine.value import lift
from nn import losses
from nn.training.graphs import NotRecordedError
from nn.training.recording import Recording

X = np.random.default_rng(0).normal(size=(30, 3))
CLASSES = np.arange(30) % 3


def train(make, loss, y, record, **options):
    model = make()
    history = nn.fit(
        model, X, y, loss=loss, epochs=4, progress=False, record=record,
        optimizer=nn.Adam(model.parameters(), lr=0.05), generator=np.random.default_rng(1), **options,
    )  # fmt: skip
    return model, history


def mlp(outputs, activation="tanh", output="linear"):
    return lambda: nn.MLP(3, [5, outputs], activation, output, generator=np.random.default_rng(2))


def assert_same(first, second):
    (model, history), (other, expected) = first, second
    np.testing.assert_allclose(history.loss, expected.loss, rtol=1e-12)
    assert history.accuracy == expected.accuracy
    for mine, theirs in zip(model.parameters(), other.parameters(), strict=True):
        assert mine.data == pytest.approx(theirs.data, rel=1e-11, abs=1e-13)
        assert mine.grad == pytest.approx(theirs.grad, rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("batch_size", [None, 7])
@pytest.mark.parametrize(
    ("loss", "make", "y"),
    [
        ("cross_entropy", mlp(3), CLASSES),
        ("mse", mlp(1, "relu"), CLASSES.astype(float)),
        ("mse", mlp(3, "gelu"), np.eye(3)[CLASSES]),
        ("hinge", mlp(1, "elu"), np.where(CLASSES > 0, 1, -1)),
        ("binary_cross_entropy", mlp(1, "silu", "sigmoid"), (CLASSES > 0) * 1),
        ("binary_cross_entropy_with_logits", mlp(1, "softplus"), (CLASSES > 0) * 1),
    ],
)
def test_tapes_and_values_learn_the_same(loss, make, y, batch_size):
    assert_same(train(make, loss, y, True, batch_size=batch_size), train(make, loss, y, False, batch_size=batch_size))


@pytest.mark.parametrize("record", [True, False])
def test_a_probability_that_is_none_is_refused_with_tapes_too(record):
    y = (CLASSES > 0) * 1
    wide = np.where(np.arange(30)[:, None] == 20, 30.0, X)  # of which no sample is tried when a tape is new
    model = nn.Layer(3, 1, "linear")
    for value, number in zip(model.parameters(), (0.05, 0.05, 0.05, 0.5), strict=True):
        value.data = number
    before = model.state_dict()
    with pytest.raises(ValueError, match="binary_cross_entropy: 5 is not a probability"):
        nn.fit(model, wide, y, loss="binary_cross_entropy", epochs=4, progress=False, record=record)
    assert model.state_dict() == before


@pytest.mark.parametrize("loss", ["cross_entropy", "nll"])
def test_one_tape_does_for_all_classes(loss):
    recording = make_recording(mlp(3), loss)
    mean, _ = recording.run(np.arange(len(X)))
    assert len(recording._branches.tapes) == 1
    model, rule = mlp(3)(), losses.get(loss)
    total = engine.sum([rule.function(model(row), label) for row, label in zip(X, CLASSES, strict=True)]) / len(X)
    total.backward()
    assert mean == pytest.approx(total.data, rel=1e-12)
    np.testing.assert_allclose(recording.gradient, [p.grad for p in model.parameters()], rtol=1e-12, atol=1e-15)


class Certain(nn.Module):
    """Gives the classes that cannot be a logarithm of minus infinity."""

    def __init__(self):
        self.weights = [Value(0.5), Value(-0.25), Value(0.125)]

    def forward(self, row):
        logarithms = [w * x - 1 for w, x in zip(self.weights, row, strict=True)]
        return [*logarithms, (self.weights[0] * 0).log()]


def test_an_infinite_number_for_a_wrong_class_does_no_harm():
    recording = make_recording(Certain, "nll")
    mean, _ = recording.run(np.arange(len(X)))
    assert np.isfinite(mean)
    assert len(recording._branches.tapes) == 3
    assert_same(train(Certain, "nll", CLASSES, True), train(Certain, "nll", CLASSES, False))


class Hidden(nn.Module):
    """Computes something else with numbers than with Values, unseen: right only for a row that begins with 2."""

    def __init__(self):
        self.weights = [Value(0.5), Value(-0.25), Value(0.125)]

    def forward(self, row):
        first = row[0] if isinstance(row[0], float) else 2.0
        return [w * first for w in self.weights[:2]] + [(self.weights[2] * row[1]).log()]


ROWS = np.column_stack([np.full(9, 2.0), np.ones(9)])  # of which rows 0, 4 and 8 are tried


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize(("wrong", "infinite"), [(8, []), (8, [4]), (8, [0, 4]), (4, []), (4, [8]), (4, [0, 8])])
def test_each_row_that_is_tried_is_compared_whatever_the_others_are(wrong, infinite, size):
    rows, batch = ROWS.copy(), np.arange(1, 1 + size)
    rows[infinite, 1] = 0.0  # its logarithm, of a wrong class, does no harm
    assert np.isfinite(make_recording(Hidden, "nll", rows, np.zeros(9, int)).run(batch)[0])
    rows[wrong, 0] = 3.0
    with pytest.raises(NotRecordedError, match="the graph of one sample is not that of another"):
        make_recording(Hidden, "nll", rows, np.zeros(9, int)).run(batch)


def test_predictions_are_compared_too():
    rows = ROWS.copy()
    rows[8, 0] = 3.0
    with pytest.raises(NotRecordedError, match="the graph of one sample is not that of another"):
        make_recording(Hidden, lambda prediction, target: prediction[2] * target, rows, np.ones(9)).run(np.arange(9))


def make_recording(make, loss, rows=X, targets=CLASSES):
    model = make()
    return Recording(model, losses.get(loss), model.parameters(), rows, targets, False)


# One of each kind of layer that can be recorded in training; rows of 6 numbers, 2 outputs. The linear layers around
# them see to it that gradients flow through.


def seeded():
    return np.random.default_rng(3)


def into(*layers, width, sizes=(3, 2)):
    """The layers, fed with 6 numbers in another shape, with 2 linear outputs after them."""
    first = nn.Layer(6, 6, "linear", generator=seeded())
    return nn.Sequential(first, nn.Unflatten(sizes), *layers, nn.Flatten(), nn.Layer(width, 2, generator=seeded()))


NETWORKS = {
    **{name: lambda name=name: nn.MLP(6, [4, 2], name, generator=seeded()) for name in nn.activations.table},
    "softmax output": lambda: nn.MLP(6, [4, 2], "tanh", "softmax", generator=seeded()),
    "Conv1d": lambda: into(nn.Conv1d(3, 2, 2, padding=1, generator=seeded()), width=6),
    "Conv2d": lambda: into(nn.Conv2d(1, 3, 2, generator=seeded()), sizes=(1, 2, 3), width=6),
    "MaxPool": lambda: into(nn.MaxPool(2), width=3),
    "AvgPool": lambda: into(nn.AvgPool(2, stride=1), sizes=(2, 3), width=4),
    "RNN": lambda: into(nn.RNN(2, 3, generator=seeded()), width=3),
    "RNN, relu": lambda: into(nn.RNN(2, 3, "relu", generator=seeded()), width=3),
    "RNN, every step": lambda: into(nn.RNN(2, 3, every_step=True, generator=seeded()), width=9),
    "LSTM": lambda: into(nn.LSTM(2, 3, generator=seeded()), width=3),
    "GRU": lambda: into(nn.GRU(2, 3, generator=seeded()), width=3),
    "LayerNorm": lambda: into(nn.LayerNorm(6), sizes=(6,), width=6),
    "Residual": lambda: into(nn.Residual(nn.Layer(6, 6, "tanh", generator=seeded())), sizes=(6,), width=6),
    "Residual, shortcut": lambda: into(
        nn.Residual(nn.Layer(6, 4, generator=seeded()), nn.Layer(6, 4, generator=seeded())), sizes=(6,), width=4
    ),
    "Activate": lambda: into(nn.Activate("gelu"), width=6),
    "Dropout(0)": lambda: into(nn.Dropout(0.0), nn.GaussianNoise(0.0), width=6),
    "Dropout": lambda: into(nn.Dropout(0.3, generator=seeded()), nn.Dropout(0.5, generator=seeded()), width=6),
    "GaussianNoise": lambda: into(nn.GaussianNoise(0.5, generator=seeded()), width=6),
    "one generator": lambda: into(*disturbances(seeded()), width=6),
    "Embedding": lambda: nn.Sequential(nn.Embedding(9, 2, generator=seeded()), nn.Flatten(), last(12)),
    "Embedding, Dropout": lambda: nn.Sequential(
        nn.Embedding(9, 2, generator=seeded()), nn.Flatten(), *disturbances(seeded()), last(12)
    ),
    "BatchNorm": lambda: into(nn.BatchNorm(6), sizes=(6,), width=6),
    "BatchNorm, channels": lambda: into(nn.BatchNorm(2), nn.Activate("tanh"), sizes=(2, 3), width=6),
    "BatchNorm, Dropout": lambda: into(
        nn.BatchNorm(6), nn.Dropout(0.3, generator=seeded()), nn.BatchNorm(6, momentum=1.0), sizes=(6,), width=6
    ),
    "BatchNorm, Residual": lambda: into(
        nn.Residual(nn.Sequential(nn.Layer(6, 6, "tanh", generator=seeded()), nn.BatchNorm(6))), sizes=(6,), width=6
    ),
}


def disturbances(generator):
    return nn.Dropout(0.3, generator=generator), nn.GaussianNoise(0.5, generator=generator)


def last(width):
    return nn.Layer(width, 2, generator=seeded())


def learn(name, record, **options):
    model = NETWORKS[name]()
    rows = np.random.default_rng(5).normal(size=(20, 6))
    if name.startswith("Embedding"):
        rows = np.round(np.abs(rows) * 3)
    optimizer = nn.SGD(model.parameters(), lr=0.05, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # such as that it was not recorded
        history = nn.fit(
            model, rows, np.sin(rows[:, :2]), epochs=3, batch_size=8, progress=False, record=record,
            optimizer=optimizer, generator=np.random.default_rng(6), validation=0.2,
        )  # fmt: skip
    numbers = list(model.state_dict().values())
    return history.loss + history.validation_loss, numbers, [parameter.grad for parameter in model.parameters()]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_learns_the_same_on_tapes(name):
    for one, other in zip(learn(name, True), learn(name, False), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
    assert np.ptp(learn(name, True)[0][:3]) > 0


def test_every_kind_of_layer_is_among_them():
    tried = {type(part).__name__ for make in NETWORKS.values() for part in make().modules()}
    layers = {name for name, found in vars(nn).items() if isinstance(found, type) and issubclass(found, nn.Module)}
    assert layers - tried == {"Perceptron", "Module"}  # which learns by a rule of its own; which is no layer


def test_what_an_optimiser_does_besides_it_does_on_tapes_too():
    options = {"l1": 0.1, "clip_norm": 0.5, "clip_value": 0.3, "weight_decay": 0.01, "momentum": 0.9}
    recorded, eager = learn("tanh", True, **options), learn("tanh", False, **options)
    for one, other in zip(recorded, eager, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
    assert eager[1].count(0.0) == recorded[1].count(0.0) > 0


class Centred(nn.Module):
    """Takes the mean over the batch away, by Values of its own."""

    across_batch = True

    def forward(self, row):
        return [lift(number) for number in row]

    def forward_batch(self, samples):
        means = [engine.sum(column) / len(samples) for column in zip(*samples, strict=True)]
        return [[x - mean for x, mean in zip(sample, means, strict=True)] for sample in samples]


def test_what_looks_across_the_batch_in_another_way_is_learned_with_values():
    model = into(Centred(), sizes=(6,), width=6)
    rows = np.random.default_rng(5).normal(size=(10, 6))
    with pytest.warns(UserWarning, match="looks across the batch, in a way that no tape does"):
        history = nn.fit(model, rows, rows[:, :2], epochs=2, progress=False)
    assert history.epochs == 2


@pytest.mark.parametrize("name", ["BatchNorm", "BatchNorm, channels", "BatchNorm, Dropout"])
def test_batch_norm_on_tapes_is_pytorch_s(torch, name):
    """Fifty steps in training: weights, running statistics."""
    model = NETWORKS[name]()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    theirs = nn.to_torch(model)
    rows = np.random.default_rng(5).normal(size=(8, 6))
    nn.fit(model, rows, np.sin(rows[:, :2]), epochs=50, progress=False, optimizer=nn.SGD(model.parameters(), lr=0.05))
    theirs.train()
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.05)
    inputs = torch.tensor(rows)
    for _ in range(50):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(theirs(inputs), torch.sin(inputs[:, :2])).backward()
        optimizer.step()
    theirs.eval()
    with torch.no_grad():
        np.testing.assert_allclose(nn.predict(model, rows), theirs(inputs).numpy(), rtol=1e-9, atol=1e-12)


def test_an_index_that_an_embedding_lacks_is_refused_as_with_values():
    model, rows = NETWORKS["Embedding"](), np.zeros((10, 6))
    rows[7, 2] = 9.0
    before = model.state_dict()
    for record in (True, False):
        with pytest.raises(IndexError, match="an index from 0 to 8 expected, 9 given"):
            nn.fit(model, rows, rows[:, :2], epochs=2, progress=False, record=record)
        assert model.state_dict() == before


class Whole(nn.Module):
    """Wants numbers, where a tape has Values."""

    def __init__(self):
        self.slopes = [Value(0.5), Value(0.1), Value(0.2)]

    def forward(self, row):
        return self.slopes[math.trunc(row[0]) % 3] * row[1]


LOOKS = {
    "item": lambda p: p.item(), "round": lambda p: round(p, 1), "int": lambda p: int(p * 10),
    "format": lambda p: float(f"{p:.1f}"),
}  # fmt: skip


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_a_look_by_another_name_is_a_look(look):
    def loss(prediction, target):
        return (prediction - target) ** 2 + look(prediction)

    def make():
        return nn.MLP(3, [3, 1], "tanh", generator=seeded())

    with pytest.warns(UserWarning, match=r"test_recording.py:\d+ looks at a number that another sample"):
        recorded = train(make, loss, CLASSES.astype(float), True)
    assert_same(recorded, train(make, loss, CLASSES.astype(float), False))


def test_a_plain_format_is_no_look():
    def loss(prediction, target):
        return (+prediction - target) ** 2 if f"{prediction}" else prediction

    def make():
        return nn.MLP(3, [3, 1], "tanh", generator=seeded())

    assert_same(*[train(make, loss, CLASSES.astype(float), record) for record in (True, False)])


def test_what_fails_while_it_is_recorded_is_learned_with_values():
    with pytest.warns(UserWarning, match="not with a recorded tape: TypeError: type .* doesn't define __trunc__"):
        recorded = train(Whole, "mse", CLASSES.astype(float), True)
    assert_same(recorded, train(Whole, "mse", CLASSES.astype(float), False))


class Line(nn.Module):
    def __init__(self):
        self.slope, self.offset = Value(0.5), Value(0.1)


class Branching(Line):
    def forward(self, row):
        return self.slope * row[0] if row[0] * self.offset > 0 else self.offset + row[1]


@pytest.mark.parametrize("batch_size", [None, 7, 1])
def test_branches_have_a_tape_each(batch_size):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        recorded = train(Branching, "mse", CLASSES.astype(float), True, batch_size=batch_size)
    assert_same(recorded, train(Branching, "mse", CLASSES.astype(float), False, batch_size=batch_size))


class Sorting(Line):
    def forward(self, row):
        places = [value > limit for value in row for limit in (-1, -0.5, 0, 0.5, 1)]
        return self.slope * row[0] + self.offset * sum(place * index for index, place in enumerate(places))


class Reading(Line):
    def forward(self, row):
        return self.slope * float(row[0]) + self.offset


class Counting(Line):
    count = 0

    def forward(self, row):
        Counting.count += 1
        return self.slope * row[0] + self.offset * Counting.count


@pytest.mark.parametrize(
    ("make", "reason"),
    [(Sorting, "more than 8 different branches"), (Reading, r"test_recording\.py:\d+ looks at a number")],
)
def test_what_a_tape_cannot_know_is_learned_with_values(make, reason):
    y = CLASSES.astype(float)
    with pytest.warns(UserWarning, match=f"not with a recorded tape: .*{reason}") as warned:
        recorded = train(make, "mse", y, True, batch_size=7)
    assert [warning.filename for warning in warned] == [__file__]
    assert_same(recorded, train(make, "mse", y, False, batch_size=7))


def test_a_graph_that_is_never_the_same_is_noticed():
    with pytest.warns(UserWarning, match="differs each time it is built"):
        train(Counting, "mse", CLASSES.astype(float), True)


def test_values_are_current_at_a_callback_and_may_be_changed_there():
    def make(record):
        model, seen = mlp(1)(), []

        def callback(history):
            seen.append([p.data for p in model.parameters()])
            model.parameters()[0].data = 0.25

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            nn.fit(
                model, X, CLASSES.astype(float), epochs=3, progress=False, record=record, callback=callback,
                optimizer=nn.SGD(model.parameters(), lr=0.1),
            )  # fmt: skip
        return np.array(seen)

    np.testing.assert_allclose(make(True), make(False), rtol=1e-11)


def test_what_the_last_callback_changes_stays():
    for answer in (True, None):
        model = mlp(1)()

        def change(history, model=model, answer=answer):
            model.parameters()[0].data = 0.25
            return answer

        nn.fit(model, X, CLASSES.astype(float), epochs=2, progress=False, callback=change)
        assert model.parameters()[0].data == 0.25


def test_divergence_leaves_the_numbers_before_the_fatal_update():
    def run(record):
        model = mlp(1, "relu")()
        history = nn.fit(
            model, X, CLASSES * 1e3, epochs=50, progress=False, record=record,
            optimizer=nn.SGD(model.parameters(), lr=1e6),
        )  # fmt: skip
        return history.stopped, len(history.loss), [p.data for p in model.parameters()]

    recorded, eager = run(True), run(False)
    assert recorded[:2] == eager[:2] == ("diverged", eager[1])
    np.testing.assert_allclose(recorded[2], eager[2], rtol=1e-9)


@pytest.mark.parametrize("record", [True, False])
def test_gradients_that_the_last_callback_sets_stay(record):
    model = mlp(1)()

    def clear(history):
        model.zero_grad()

    nn.fit(model, X, CLASSES.astype(float), epochs=2, progress=False, callback=clear, record=record)
    assert {p.grad for p in model.parameters()} == {0.0}


@pytest.mark.parametrize("record", [True, False])
def test_gradients_of_a_layer_that_a_callback_puts_in_are_left_alone(record):
    model = mlp(1)()

    def swap(history):
        if history.epochs == 2:
            model.layers[0] = copy.deepcopy(model.layers[0])
            model.zero_grad()

    nn.fit(model, X, CLASSES.astype(float), epochs=4, progress=False, callback=swap, record=record)
    assert {p.grad for p in model.layers[0].parameters()} == {0.0}
