"""Losses and optimisers with options: recorded they learn what they learn with Values, and what PyTorch learns."""

from functools import partial

import numpy as np
import pytest

import nn
from engine import Value
from tests.arrays import seeded

X = seeded().normal(size=(12, 2))
CLASSES = seeded(1).integers(0, 3, 12)
SHARES = nn.one_hot(CLASSES) * 0.7 + 0.1
BINARY = (X[:, 0] > 0).astype(int)
LOSSES = [
    (lambda: nn.CrossEntropyLoss(weight=[0.5, 2.0, 3.0]), CLASSES),
    (lambda: nn.CrossEntropyLoss(label_smoothing=0.2, weight=[0.5, 2.0, 3.0]), CLASSES),
    (lambda: nn.CrossEntropyLoss(ignore_index=-1, label_smoothing=0.2), np.where(CLASSES == 2, -1, CLASSES)),
    *[(lambda ignored=ignored: nn.CrossEntropyLoss(ignore_index=ignored), CLASSES) for ignored in range(3)],
    (lambda: nn.CrossEntropyLoss(weight=[0.5, 2.0, 3.0], ignore_index=1, label_smoothing=0.2), CLASSES),
    (lambda: nn.NLLLoss(ignore_index=0), CLASSES),
    (lambda: nn.CrossEntropyLoss(label_smoothing=0.2), SHARES),
    (lambda: "cross_entropy", SHARES),
    (lambda: nn.NLLLoss(weight=[0.5, 2.0, 3.0]), CLASSES),
    (lambda: nn.BCEWithLogitsLoss(pos_weight=3.0), BINARY),
    (lambda: nn.MSELoss(reduction="sum"), SHARES),
]


def learn(loss, y, record, optimizer=nn.SGD, epochs=4, batch_size=5):
    outputs = 1 if y.max() < 2 and y.ndim == 1 and len(set(y.tolist())) == 2 else 3
    output = "log_softmax" if getattr(loss, "name", "") == "nll" else "linear"
    model = nn.MLP(2, [4, outputs], "tanh", output, generator=seeded(2))
    history = nn.fit(
        model, X, y, loss=loss, optimizer=optimizer(model.parameters(), lr=0.1), epochs=epochs, batch_size=batch_size,
        generator=seeded(3), progress=False, record=record, validation=(X, y),
    )  # fmt: skip
    return model, history


@pytest.mark.parametrize(("make", "y"), LOSSES)
def test_recorded_is_what_values_do(make, y):
    (one, history), (other, expected) = (learn(make(), y, record) for record in (True, False))
    assert history.loss == pytest.approx(expected.loss, rel=1e-9)
    assert history.accuracy == expected.accuracy
    assert history.validation_loss == pytest.approx(expected.validation_loss, rel=1e-9)
    assert list(one.state_dict().values()) == pytest.approx(list(other.state_dict().values()), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "options"),
    [("SGD", {"momentum": 0.9, "dampening": 0.3}), ("Adam", {"amsgrad": True}), ("SGD", {"maximize": True})],
)
def test_training_is_that_of_torch(torch, name, options):
    model = nn.MLP(2, [4, 3], "tanh", generator=seeded(2))
    theirs = nn.to_torch(model)
    ours = getattr(nn, name)(model.parameters(), lr=0.1, **options)
    nn.fit(model, X, CLASSES, loss=nn.CrossEntropyLoss(label_smoothing=0.2), optimizer=ours, epochs=5, progress=False)
    other = getattr(torch.optim, name)(theirs.parameters(), lr=0.1, **options)
    loss = torch.nn.CrossEntropyLoss(label_smoothing=0.2)
    inputs = torch.tensor(X)
    for _ in range(5):
        other.zero_grad()
        loss(theirs(inputs), torch.tensor(CLASSES)).backward()
        other.step()
    assert nn.predict(model, X) == pytest.approx(theirs(inputs).detach().numpy(), rel=1e-9)


WEIGHT = [0.5, 2.0, 3.0]


@pytest.mark.parametrize("record", [True, False])
@pytest.mark.parametrize(
    ("name", "options", "y"),
    [
        ("CrossEntropyLoss", {"weight": WEIGHT}, CLASSES),
        ("CrossEntropyLoss", {"weight": WEIGHT, "label_smoothing": 0.2}, CLASSES),
        ("CrossEntropyLoss", {"weight": WEIGHT, "label_smoothing": 0.2, "ignore_index": 1}, CLASSES),
        ("CrossEntropyLoss", {"weight": WEIGHT, "label_smoothing": 0.2}, SHARES),
        ("CrossEntropyLoss", {"weight": WEIGHT, "reduction": "sum"}, CLASSES),
        ("CrossEntropyLoss", {"ignore_index": -1}, np.where(CLASSES == 2, -1, CLASSES)),
        ("NLLLoss", {"weight": WEIGHT}, CLASSES),
        ("MSELoss", {"reduction": "sum"}, SHARES),
        ("MSELoss", {"reduction": "mean"}, SHARES),
        ("BCEWithLogitsLoss", {"pos_weight": WEIGHT}, SHARES),
        ("HuberLoss", {"delta": 0.3, "reduction": "sum"}, SHARES),
        ("L1Loss", {}, SHARES),
    ],
)
def test_a_batch_is_reduced_as_in_torch(torch, name, options, y, record):
    output = "log_softmax" if name == "NLLLoss" else "linear"
    model = nn.MLP(2, [4, 3], "tanh", output, generator=seeded(2))
    theirs, loss = nn.to_torch(model), getattr(nn, name)(**options)
    nn.fit(model, X, y, loss=loss, optimizer="sgd", lr=0.05, epochs=3, progress=False, record=record)
    given = {key: torch.tensor(value) if isinstance(value, list) else value for key, value in options.items()}
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.05)
    criterion = getattr(torch.nn, name)(**given).double()
    for _ in range(3):
        optimizer.zero_grad()
        criterion(theirs(torch.tensor(X)), torch.tensor(y)).backward()
        optimizer.step()
    outputs = theirs(torch.tensor(X))
    assert nn.predict(model, X) == pytest.approx(outputs.detach().numpy(), rel=1e-9)
    assert nn.evaluate(model, X, y, loss)["loss"] == pytest.approx(criterion(outputs, torch.tensor(y)).item(), rel=1e-9)


@pytest.mark.parametrize("record", [True, False])
@pytest.mark.parametrize("settings", [{"ignore_index": 1}, {"weight": [1.0, 0.0, 2.0], "label_smoothing": 0.2}])
def test_a_batch_in_which_nothing_counts_changes_nothing(settings, record):
    model, loss = nn.MLP(2, [3], generator=seeded(2)), nn.losses.get("cross_entropy", **settings)
    before = model.state_dict()
    with pytest.warns(UserWarning, match="changed no parameter"):
        history = nn.fit(model, X[:2], [1, 1], loss=loss, epochs=1, progress=False, record=record)
    assert model.state_dict() == before
    assert np.isnan(history.loss).tolist() == [True]
    assert np.isnan(history.accuracy).tolist() == ["ignore_index" in settings]


@pytest.mark.parametrize("record", [True, False])
@pytest.mark.parametrize("settings", [{"ignore_index": 1}, {"weight": [1.0, 0.0, 1.0]}])
def test_rows_of_which_none_counts_have_no_mean_and_no_best_epoch(torch, settings, record):
    model, ones = nn.MLP(2, [3], generator=seeded(2)), np.ones(len(X), int)
    loss = nn.losses.get("cross_entropy", **settings)
    options = {key: torch.tensor(given).double() if key == "weight" else given for key, given in settings.items()}
    theirs = torch.nn.functional.cross_entropy(torch.tensor(nn.predict(model, X)), torch.tensor(ones), **options)
    assert np.isnan(theirs.item())
    assert np.isnan(nn.evaluate(model, X, ones, loss, record=record)["loss"])
    history = nn.fit(
        model, X, CLASSES, loss=loss, validation=(X, ones), patience=3, epochs=9, record=record, progress=False
    )
    assert np.isnan(history.validation_loss).tolist() == [True] * 3
    assert (history.stopped, history.best) == ("patience", 0)


@pytest.mark.parametrize("record", [True, False])
@pytest.mark.parametrize("settings", [{"weight": WEIGHT}, {"ignore_index": 1}, {"label_smoothing": 0.2}])
def test_settings_may_be_those_of_a_partial_function(settings, record):
    found = []
    for loss in (partial(nn.cross_entropy, **settings), nn.CrossEntropyLoss(**settings)):
        model = nn.MLP(2, [4, 3], "tanh", generator=seeded(2))
        history = nn.fit(model, X, CLASSES, loss=loss, epochs=3, record=record, progress=False)
        found.append((history, model.state_dict(), nn.evaluate(model, X, CLASSES, loss, record=record)))
    assert found[0] == found[1]


def test_a_partial_function_of_your_own_is_your_own():
    def power(prediction, target, exponent, shift=1.0):
        return (prediction - target) ** exponent

    rule = nn.losses.get(partial(power, exponent=2, shift=None))
    assert (rule.targets, rule.settings, rule(Value(3.0), 1.0).data) == ("any", {}, 4.0)


def test_a_loss_for_each_row_is_refused():
    with pytest.raises(ValueError, match='reduction="none" gives many numbers; training needs one: "mean" or "sum"'):
        nn.fit(nn.MLP(2, [3]), X, SHARES, loss=nn.MSELoss(reduction="none"))


def test_accuracy_does_not_count_what_is_ignored():
    targets = np.array([-1, 0, 1])
    predictions = [[9.0, 0.0], [1.0, 0.0], [1.0, 0.0]]
    loss = nn.CrossEntropyLoss(ignore_index=-1)
    assert nn.accuracy(predictions, targets, loss) == 0.5
    assert nn.confusion_matrix(predictions, targets, loss).tolist() == [[1, 0], [1, 0]]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([[0.5, 0.4, 0.0]] * 12, r"y\[0\]: probabilities that add up to 1 expected, not to 0.9"),
        ([[0.5, 0.5]] * 12, "index of a class, or 3 probabilities, not rows of 2 numbers"),
        ([[1.5, -0.5, 0.0]] * 12, r"y\[0\]\[0\] is 1.5, not a number from 0 to 1"),
    ],
)
def test_shares_that_are_none_are_refused(y, message):
    model = nn.MLP(2, [3], generator=seeded())
    with pytest.raises(ValueError, match=message):
        nn.fit(model, X, y, loss="cross_entropy")


def test_a_loss_of_ones_own_gets_whole_targets_as_they_are_given():
    seen = set()

    def mine(prediction, target):
        seen.add(type(target))
        return -prediction[target]  # which only a whole number can be put to

    histories = []
    for loss in (mine, "nll"):
        model = nn.Sequential(nn.Layer(1, 2, "log_softmax", init="zeros"))
        histories.append(nn.fit(model, [[0.0], [1.0]], [0, 1], loss=loss, epochs=20, progress=False))
    assert histories[0].loss == pytest.approx(histories[1].loss, rel=1e-12)
    assert int in seen
    seen.clear()
    nn.fit(
        nn.MLP(1, [1]), [[0.0]], [1.0], loss=lambda p, t: seen.add(type(t)) or (p - t) ** 2, epochs=1, progress=False
    )
    assert seen
    assert int not in seen


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_label_smoothing_is_a_share(share):
    with pytest.raises(ValueError, match=f"label_smoothing must be from 0 to 1, not {share}"):
        nn.cross_entropy([Value(1.0), Value(2.0)], 0, label_smoothing=share)
