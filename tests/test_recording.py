"""nn.fit on tapes gives what nn.fit on Values gives, and says why where it cannot."""

import warnings

import numpy as np
import pytest

import nn
from engine import Value

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


class Line(nn.Module):
    def __init__(self):
        self.slope, self.offset = Value(0.5), Value(0.1)


class Branching(Line):
    def forward(self, row):
        return self.slope * row[0] if row[0] * self.offset > 0 else self.offset + row[1]


class Reading(Line):
    def forward(self, row):
        return self.slope * float(row[0]) + self.offset


class Counting(Line):
    count = 0

    def forward(self, row):
        Counting.count += 1
        return self.slope * row[0] + self.offset * Counting.count


@pytest.mark.parametrize(("make", "reason"), [(Branching, "comparison"), (Reading, "depend on the sample")])
def test_what_a_tape_cannot_know_is_learned_with_values(make, reason):
    y = CLASSES.astype(float)
    with pytest.warns(UserWarning, match=f"not with a recorded tape: .*{reason}"):
        recorded = train(make, "mse", y, True, batch_size=7)
    assert_same(recorded, train(make, "mse", y, False, batch_size=7))


def test_a_graph_that_is_never_the_same_is_noticed():
    with pytest.warns(UserWarning, match="depend on the sample"):
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
