import numpy as np
import pytest

from nn import Perceptron, batches, blobs, circles, examples, one_hot, separable, spiral, xor
from nn.datasets.data import Dataset
from tests.arrays import seeded

GENERATORS = [(circles, 2), (blobs, 3), (spiral, 3), (xor, 2), (separable, 2)]
EXAMPLES = [examples.customers, examples.house_prices, examples.student_scores, examples.spam_words, examples.loans]


@pytest.mark.parametrize(("make", "classes"), GENERATORS)
def test_generators_are_seeded_balanced_and_shuffled(make, classes):
    X, y = make(120, generator=seeded())
    assert X.shape == (120, 2)
    assert set(y) == set(range(classes))
    if make is not separable:
        assert len(set(np.bincount(y))) == 1
    assert (np.diff(y) == 0).any()  # not simply in turn
    again, other = make(120, generator=seeded()), make(120, generator=seeded(1))
    assert (again[0] == X).all()
    assert (again[1] == y).all()
    assert (other[0] != X).any()


def test_generators_follow_their_rules():
    X, y = circles(50, noise=0.0, factor=0.3, generator=seeded())
    assert np.hypot(*X.T) == pytest.approx(np.where(y == 0, 1.0, 0.3))
    X, y = blobs(40, 4, deviation=0.0, generator=seeded())
    centres = 2 * np.stack([np.cos(np.pi / 2 * y), np.sin(np.pi / 2 * y)], axis=1)
    assert abs(X - centres).max() < 1e-12
    X, y = spiral(60, 3, noise=0.0, generator=seeded())
    radius = np.hypot(*X.T)
    turned = np.arctan2(X[:, 1], X[:, 0]) - 2 * np.pi * (y / 3 + 0.65 * radius)
    assert np.cos(turned) == pytest.approx(np.ones(60))
    X, y = xor(8, noise=0.0, generator=seeded())
    assert sorted(map(tuple, X.tolist())) == sorted([(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)] * 2)
    assert (y == (X[:, 0] != X[:, 1])).all()


def test_a_perceptron_learns_what_is_separable_and_not_xor():
    X, y = separable(60, 0.1, seeded())
    assert Perceptron(2).fit(X, y, epochs=200)[-1] == 0
    assert min(Perceptron(2).fit(*xor(60, 0.05, seeded()), epochs=50)) > 5


@pytest.mark.parametrize("make", EXAMPLES)
def test_examples_are_datasets(make):
    data = make(80, generator=seeded())
    assert isinstance(data, Dataset)
    assert data.X.shape == (80, len(data.features))
    assert data.X.dtype == float
    assert np.isfinite(data.X).all()
    if data.classes:
        assert set(data.y) == {0, 1}
        assert 0.1 < data.y.mean() < 0.9
    else:
        assert data.y.std() > 5
    assert (make(80, generator=seeded()).y == data.y).all()


def test_examples_follow_the_rules_they_tell():
    house = examples.house_prices(50, noise=0.0, generator=seeded())
    size, location, rooms = house.X.T
    assert house.y == pytest.approx(20 + size + 0.8 * size * location + 8 * rooms)
    student = examples.student_scores(50, noise=0.0, generator=seeded())
    study, sleep = student.X.T
    assert student.y == pytest.approx(np.clip(40 + 6 * study - 1.5 * (sleep - 8) ** 2, 0, 100))
    loan = examples.loans(50, noise=0.0, generator=seeded())
    assert (loan.y == ((loan.X - [300, 20]) / [550, 130]).sum(axis=1).__gt__(1)).all()
    mail = examples.spam_words(200, seeded())
    for (free, win, money, meeting, report, friend), spam in zip(mail.X, mail.y, strict=True):
        expected = (free != friend or (win and money)) and not (meeting and report)
        assert bool(spam) == bool(expected)


def test_one_hot():
    assert one_hot([1, 0], 3).tolist() == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    for y, message in (([0, 3], r"y\[1\] is 3, not a class from 0 to 2"), ([0.5], "y.0. is 0.5"), ([-1], "y.0. is -1")):
        with pytest.raises(ValueError, match=message):
            one_hot(y, 3)
    with pytest.raises(ValueError, match=r"y\[0\] is -1, not a class from 0 to 0"):
        one_hot([-1])


def test_batches_take_each_row_once():
    X, y = np.arange(20.0).reshape(10, 2), np.arange(10)
    parts = list(batches(X, y, 4, generator=seeded()))
    assert [len(part) for part, _ in parts] == [4, 4, 2]
    assert sorted(np.concatenate([part for _, part in parts])) == list(range(10))
    assert all((part[:, 0] == 2 * targets).all() for part, targets in parts)
    assert [targets.tolist() for _, targets in batches(X, y, 5, shuffle=False)] == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]
    for X_bad, y_bad, size, message in (
        (X, y[:3], 4, "10 rows, but 3 targets"),
        (X, y, 0, "size must be at least 1, not 0"),
        ([], [], 4, "X is empty"),
    ):
        with pytest.raises(ValueError, match=message):
            batches(X_bad, y_bad, size)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: circles(1), "n must be at least 2, not 1"),
        (lambda: circles(factor=1.0), "factor must be at least 0 and below 1"),
        (lambda: blobs(2, 3), "n must be at least 3, not 2"),
        (lambda: spiral(noise=-1), "noise must be at least 0"),
        (lambda: xor(3), "n must be at least 4, not 3"),
        (lambda: separable(margin=1.0), "margin must be at least 0 and below 1"),
        (lambda: examples.loans(0), "n must be at least 1, not 0"),
    ],
)
def test_arguments_are_checked(make, message):
    with pytest.raises(ValueError, match=message):
        make()
