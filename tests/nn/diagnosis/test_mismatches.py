"""Outputs, losses and targets that do not go together are found, before training and after; those that do are not."""

from itertools import product

import numpy as np
import pytest

import nn
from nn import MLP, doctor, losses
from nn.diagnosis.examination import Examination
from nn.diagnosis.mismatches import check_targets
from tests.arrays import seeded

X, CLASSES = nn.moons(20, 0.1, seeded())
SIGNS, NUMBERS = 2 * CLASSES - 1, X[:, 0] + 0.5 * X[:, 1]
POSITIVE = np.exp(NUMBERS)

WRONG = [  # loss, output, outputs, targets, what is said
    ("binary_cross_entropy_with_logits", "sigmoid", 1, CLASSES, "sigmoid's, from 0 to 1: right answers stay out of"),
    ("binary_cross_entropy_with_logits", "relu", 1, CLASSES, "relu's, from 0 up: right answers stay out of reach"),
    ("binary_cross_entropy_with_logits", "tanh", 1, CLASSES, "tanh's, from -1 to 1"),
    ("binary_cross_entropy_with_logits", "elu", 1, CLASSES, "elu's, from -1 up"),
    ("hinge", "sigmoid", 1, SIGNS, "hinge takes any numbers, and the outputs are sigmoid's, from 0 to 1"),
    ("hinge", "relu", 1, SIGNS, "relu's, from 0 up"),
    ("cross_entropy", "softmax", 2, CLASSES, "the softmax is applied twice"),
    ("cross_entropy", "sigmoid", 2, CLASSES, "sigmoid's, from 0 to 1"),
    ("binary_cross_entropy_with_logits", "softmax", 2, nn.one_hot(CLASSES), "probabilities that add up to 1: right"),
    ("nll", "linear", 2, CLASSES, "those of a row do not add up to 1"),
    ("nll", "softmax", 2, CLASSES, "those of a row do not add up to 1"),
    ("mse", "relu", 1, NUMBERS - 3, "20 of 20 targets, such as -3.674,"),
    ("mae", "sigmoid", 1, 9 * POSITIVE, "out of reach: the outputs are sigmoid's, from 0 to 1"),
    ("huber", "tanh", 1, NUMBERS * 3, "out of reach: the outputs are tanh's, from -1 to 1"),
]
RIGHT = [
    ("binary_cross_entropy", "sigmoid", 1, CLASSES),
    ("binary_cross_entropy_with_logits", "linear", 1, CLASSES),
    ("binary_cross_entropy_with_logits", "leaky_relu", 1, CLASSES),
    ("hinge", "linear", 1, SIGNS),
    ("hinge", "tanh", 1, SIGNS),
    ("cross_entropy", "linear", 2, CLASSES),
    ("mse", "relu", 1, POSITIVE),
    ("mse", "linear", 1, NUMBERS),
    ("mse", "sigmoid", 1, CLASSES),
]


def look(loss, output, outputs, targets, trained=False):
    model = MLP(2, [6, outputs], "tanh", output=output, generator=seeded(1))
    if trained:
        nn.fit(model, X, targets, loss=loss, epochs=5, batch_size=16, generator=seeded(), progress=False)
    return [finding for finding in doctor(model, X, targets, loss=loss).findings if finding.kind in KINDS]


KINDS = ("mismatch", "one class", "unrelated")


@pytest.mark.parametrize(("loss", "output", "outputs", "targets", "said"), WRONG)
def test_what_does_not_go_together_is_said_before_training_and_after(loss, output, outputs, targets, said):
    for trained in (False, True):
        (finding,) = look(loss, output, outputs, targets, trained)
        assert finding.kind == "mismatch"
        assert said in finding.text


@pytest.mark.parametrize(("loss", "output", "outputs", "targets"), RIGHT)
def test_what_goes_together_is_left_alone(loss, output, outputs, targets):
    assert look(loss, output, outputs, targets) == []


@pytest.mark.parametrize("output", ["linear", "tanh", "relu"])
def test_probabilities_that_happen_to_be_some_are_none(output):
    model = MLP(2, [6, 1], "tanh", output=output, init="zeros")
    (finding,) = [f for f in doctor(model, X, CLASSES, loss="binary_cross_entropy").findings if f.kind == "mismatch"]
    assert "binary_cross_entropy takes probabilities, and the outputs are" in finding.text
    assert output in finding.text


def test_one_class_alone_is_said():
    (finding,) = look("cross_entropy", "linear", 2, np.ones(20, int))
    assert finding.text.startswith("every target is 1")
    (finding,) = look("cross_entropy", "linear", 2, np.tile([0.0, 1.0], (20, 1)))
    assert finding.text.startswith("every target is [0. 1.]")


@pytest.mark.parametrize("loss", ["cross_entropy", "one-hot", "mse"])
def test_targets_in_another_order_than_the_rows_are_noticed(loss):
    X, classes = nn.moons(80, 0.1, seeded())
    targets = {"cross_entropy": classes, "one-hot": nn.one_hot(classes), "mse": X[:, 0]}[loss]
    loss = loss.replace("one-hot", "cross_entropy")

    def look(order):
        return list(check_targets(Examination(ends=["affine"]), X, targets[order], losses.get(loss)))

    found = [look(seeded(seed).permutation(80)) for seed in range(20)]
    assert sum([finding.kind for finding in findings] == ["unrelated"] for findings in found) >= 15
    assert look(np.arange(80)) == []
    model = MLP(2, [2 if loss == "cross_entropy" else 1], generator=seeded())
    shuffled = targets[seeded(3).permutation(80)]
    assert "unrelated" in [finding.kind for finding in doctor(model, X, shuffled, loss=loss).findings]


def test_targets_that_only_neighbours_or_only_a_line_shows_are_not_called_unrelated():
    generator = seeded()
    corners = generator.integers(0, 2, size=(120, 2))
    X = corners + generator.normal(scale=0.1, size=corners.shape)
    xor = corners[:, 0] ^ corners[:, 1]
    assert list(check_targets(Examination(ends=["affine"]), X, xor, losses.get("cross_entropy"))) == []
    X = generator.normal(size=(120, 30))  # where no row is near another
    y = X[:, 3] + generator.normal(scale=0.5, size=120)
    assert list(check_targets(Examination(ends=["affine"]), X, y, losses.get("mse"))) == []


def test_targets_that_neighbours_never_share_are_not_called_unrelated():
    bits = np.array(list(product([0.0, 1.0], repeat=6)))
    assert (
        list(check_targets(Examination(ends=["affine"]), bits, bits.sum(axis=1) % 2, losses.get("cross_entropy"))) == []
    )
    squares = np.array(list(product(range(8), repeat=2)), float)
    chessboard = 2 * (squares.sum(axis=1) % 2) - 1
    for loss in ("hinge", "mse"):
        assert list(check_targets(Examination(ends=["affine"]), squares, chessboard, losses.get(loss))) == []


def test_a_loss_that_is_not_finite_from_the_start_is_not_blamed_on_the_rate():
    model = MLP(1, [1], "linear", init="zeros")
    far = nn.fit(model, [[0.0]], [1e200], epochs=2, progress=False)
    assert far.reason.endswith("in epoch 1; nn.doctor says where, before any update")
    steep = nn.SGD(model.parameters(), lr=1e200)
    late = nn.fit(model, [[1.0], [2.0]], [1.0, 2.0], optimizer=steep, epochs=9, progress=False)
    assert late.reason.endswith("; a smaller learning rate may help")


@pytest.mark.parametrize("kind", ["one class", "unrelated", ""])
def test_rows_that_the_loss_ignores_say_nothing_of_the_targets(kind):
    """The findings are those of the same data without these rows."""
    rows = seeded().normal(size=(240, 2))
    answers = {"one class": np.ones(240, int), "unrelated": np.arange(240) % 2, "": (rows[:, 0] > 0).astype(int)}[kind]
    model, some = MLP(2, [2], generator=seeded(1)), np.arange(240) % 3 == 0
    found = [
        [(finding.kind, finding.text) for finding in doctor(model, X, y, loss=loss).findings if finding.kind in KINDS]
        for X, y, loss in (
            (rows, np.where(some, answers, -100), nn.CrossEntropyLoss(ignore_index=-100)),
            (rows[some], answers[some], nn.CrossEntropyLoss()),
        )
    ]
    assert found[0] == found[1]
    assert [each for each, _ in found[0]] == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("y", "settings"),
    [([-1] * 4, {"ignore_index": -1}), ([0, 1] * 2, {"weight": [0.0, 0.0]}),
     ([-1, 1] * 2, {"ignore_index": -1, "weight": [1.0, 0.0]})],
)  # fmt: skip
@pytest.mark.parametrize("record", [True, False])
def test_targets_of_which_none_counts(y, settings, record):
    X, loss = seeded().normal(size=(4, 2)), nn.losses.get("cross_entropy", **settings)
    model = MLP(2, [2], generator=seeded())
    report = doctor(model, X, y, loss=loss)
    assert np.isnan(report.loss)
    (finding,) = report.findings
    assert (finding.place, finding.text.split(":")[0]) == ("y", "no row counts")
    with pytest.warns(UserWarning, match="changed no parameter, since every gradient is 0"):
        nn.fit(model, X, y, loss=loss, record=record, epochs=2, progress=False)


def test_a_class_without_weight_leaves_one():
    X, y = nn.moons(60, 0.1, seeded())
    report = doctor(MLP(2, [2], generator=seeded()), X, y, loss=nn.CrossEntropyLoss(weight=[0.0, 2.0]))
    (finding,) = (finding for finding in report.findings if finding.kind == "one class")
    assert finding.text.startswith("every target that counts is 1:")
