"""What is recorded is what the program does: it trains as with Values, or a warning says so."""

import math
import re
import types
import warnings
from functools import cached_property, lru_cache

import numpy as np
import pytest

import nn
from engine import Value, no_grad
from engine.value import lift
from nn.training.predictor import Predictor
from tests.conftest import tries
from tests.nn.training.comparing import Y, assert_right, mlp, of, own, train
from tests.nn.training.innocent import INNOCENT
from tests.nn.training.watching import Case, disagreement

MANY = np.random.default_rng(1).normal(size=(40, 2))


@pytest.mark.parametrize("name", INNOCENT)
@pytest.mark.parametrize("batch_size", [5, None, 1][: tries(3, 2)])
def test_the_innocent_train_recorded(name, batch_size):
    assert_right(INNOCENT[name], batch_size=batch_size)


def test_the_innocent_are_forty():
    assert len(INNOCENT) >= 40


# inputs and targets, which are equal where their numbers are

WHOLE = np.array([[index % 3, index // 3] for index in range(12)], float)


@pytest.mark.parametrize(
    "count",
    [
        lambda row: row[0] == row[1], lambda row: row[0] != row[1], lambda row: list(row) == list(row[::-1]),
        lambda row: row.count(row[0]), lambda row: len(np.unique(np.array(row))), lambda row: row[1] in row[:1],
        lambda row: np.array_equal(np.array(row), np.array(row)[::-1]),
        lambda row: sorted([(row[0], 2), (row[1], 1)])[0][1],
    ],
)  # fmt: skip
def test_inputs_that_are_equal(count):
    assert_right(own(lambda model, row: model.layer(row) * (1.0 + count(row))), X=np.roll(WHOLE, 1, axis=0))


def loss_of_pairs(p, t):
    return nn.losses.mse(p, t) * (3.0 if t[0] == t[1] else 1.0)


def test_targets_that_are_equal():
    y = np.where(np.arange(40)[:, None] == 35, 0.5, np.roll(MANY, 3))
    assert_right(lambda _: {"model": mlp(2), "loss": loss_of_pairs}, X=MANY, y=y, epochs=1)


@pytest.mark.parametrize(
    "write",
    [str, repr, "{}".format, lambda number: f"{number}", lambda number: f"{number!r}"],
)
def test_an_input_that_is_written_is_looked_at(write):
    factors = {"1.0": 3.0}
    forward = own(lambda model, row: model.layer(row) * factors.get(write(row[0]), 1.0))
    assert_right(forward, "looks at a number", X=np.roll(WHOLE, 1, axis=0))


@pytest.mark.parametrize("write", [str, repr, lambda row: f"{row}", lambda row: str(np.array(row).tolist())])
def test_a_row_that_is_written_is_looked_at(write):
    factors = {"[1.0, 0.0]": 3.0}
    forward = own(lambda model, row: model.layer(row) * factors.get(write(row), 1.0))
    assert_right(forward, "looks at a number", X=np.roll(WHOLE, 1, axis=0))


class Doubled(nn.Module):
    """A line whose slope is twice a parameter, as `find` gives it."""

    def __init__(self, find):
        self.slope, self.offset, self._find = Value(0.5), Value(0.1), find
        self.double, self._held = self.slope * 2, {}

    def forward(self, row):
        return self._find(self) * row[0] + self.offset

    @cached_property
    def twice(self):
        return self.slope * 2


@lru_cache
def twice(value):
    return value * 2


@pytest.mark.parametrize(
    "find",
    [
        lambda model: model.double, lambda model: model.twice, lambda model: twice(model.slope),
        lambda model: model._held.setdefault("double", model.slope * 2), lambda model: (model.double + 1).tanh(),
    ],
    ids=["at first", "cached_property", "lru_cache", "dictionary", "within"],
)  # fmt: skip
def test_what_is_computed_once_from_a_parameter(find):
    """With Values it keeps the number of the parameter at first, which a tape would compute anew."""
    assert_right(lambda _: {"model": Doubled(find)}, "computed earlier", X=MANY, y=MANY[:, 1])
    model = Doubled(find)
    model(MANY[0].tolist())
    model.slope.data = 3.0
    np.testing.assert_array_equal(nn.predict(model, MANY), nn.predict(model, MANY, record=False))


def test_what_is_computed_once_from_no_parameter_is_recorded():
    three = Value(1.0) + 2
    assert_right(own(lambda model, row: model.layer(row) * three.detach()))


def test_a_prediction_that_is_its_target():
    def loss(p, t):
        return p * 7 if p == t else (p - t) ** 2

    y = np.where(np.arange(40) == 35, mlp().parameters()[-1].data, MANY[:, 0])
    forward = own(lambda model, row: model.layer.parameters()[-1] + 0 * row[0], loss=loss)
    assert_right(forward, X=MANY, y=y, epochs=1, batch_size=None)


def halve(number):
    try:
        return number // 0.5
    except TypeError:  # of a Value
        return 7.0


@pytest.mark.parametrize(
    "find",
    [
        lambda x: 3.0 if isinstance(x, float) else 1.0, lambda x: {"float": 3.0}.get(type(x).__name__, 1.0), halve,
        lambda x: x.detach() if hasattr(x, "detach") else 2 * x,
    ],
    ids=["isinstance", "type", "error", "attribute"],
)  # fmt: skip
def test_a_rare_branch_that_takes_numbers_otherwise_than_values(find):
    """It is one that none of the first, the middle and the last sample takes."""
    X = np.where(np.arange(40)[:, None] == 7, 3.0, MANY)
    forward = own(lambda model, row: model.layer(row) * (find(row[0]) if row[0] > 2.9 else 1.0))
    assert_right(forward, "asks for their type", X=X, y=X[:, 1])
    loss = of(lambda p, t: nn.losses.mse(p, t) * (find(t) if t > 2.9 else 1.0))
    assert_right(loss, "asks for their type|more than 32", X=X, y=X[:, 1])


def attempt(compute, *numbers):
    """Compute, or 0.0 where plain numbers raise or are complex."""
    try:
        found = compute(*numbers)
    except ArithmeticError:
        return 0.0
    return 0.0 if isinstance(found, complex) else found


ERRORS = {
    "1/0": lambda x, y: 1 / x,
    "of two inputs": lambda x, y: y / x,
    "of what is computed": lambda x, y: -1 / abs(3 * x - 0.0),
    "remainder": lambda x, y: 1 % x,
    "negative power": lambda x, y: x**-2,
    "root": lambda x, y: (x - 1e-9) ** 0.5,
    "power of two inputs": lambda x, y: x**y,
}


@pytest.mark.parametrize("compute", ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize("use", [lambda z: z, np.tanh, lambda z: min(z, 5.0)], ids=["factor", "tanh", "min"])
def test_an_error_of_plain_numbers_that_a_model_catches(compute, use):
    """Finite or not on a tape, as the tanh of infinity is."""
    X = np.where(np.arange(12)[:, None] == 7, [0.0, -1.0], 0.5 + abs(MANY[:12]))
    forward = own(lambda model, row: model.layer(row) * use(lift(attempt(compute, *row))))
    assert_right(forward, "computes 1/0 or the like of plain numbers", X=X)
    model = forward(None)["model"]
    np.testing.assert_allclose(nn.predict(model, X), nn.predict(model, X, record=False), rtol=1e-12)


def test_an_error_of_plain_targets_that_a_loss_catches():
    assert_right(lambda _: {"loss": lambda p, t: (p - lift(attempt(lambda t: 1 / t, t)).tanh()) ** 2})


def test_a_division_that_a_branch_keeps_from_zero_is_recorded():
    X = np.where(np.arange(12)[:, None] % 3 == 1, 0.0, MANY[:12])
    assert_right(own(lambda model, row: model.layer(row) * (1 / row[0] if row[0] > 0 else 2.0)), X=X)
    assert_right(own(lambda model, row: model.layer([(row[0] - 1) / 2, row[1] ** 2])), X=X)


def test_predictions_that_are_not_finite_are_as_fast(monkeypatch):
    model, computed, compute = mlp(), [], Predictor._compute
    monkeypatch.setattr(Predictor, "_compute", lambda self, rows: computed.append(len(rows)) or compute(self, rows))
    model.parameters()[0].data = math.nan
    assert np.isnan(nn.predict(model, np.ones((100, 2)))).all()
    assert sum(computed) < 10


# the table, and its neighbours

HERE = re.escape(__file__) + r":\d+ looks at a number"


class Odd(nn.Module):
    """Something else where the result is large: one row of nine, of which no sample is tried."""

    def __init__(self, is_large):
        self.slope, self._is_large = Value(3.0), is_large

    def forward(self, row):
        z = self.slope * row[0]
        return z * 0 if self._is_large(z) else z


@pytest.mark.parametrize(
    "is_large",
    [
        lambda z: z.data >= 25, lambda z: float(z) >= 25, lambda z: math.floor(z) >= 25, lambda z: z >= 25,
        lambda z: np.array([z], float)[0] >= 25, lambda z: bool((z / 30).step() - (z / 25).step() + (z - 25).step()),
        lambda z: max(z, 25) is z, lambda z: sorted([z, lift(25)])[1] is z, lambda z: (z - 27).__eq__(0.0),
    ],
)  # fmt: skip
def test_the_odd_row_is_predicted(is_large):
    rows = np.array([[0.0], [1.0], [2.0], [9.0], [4.0], [5.0], [6.0], [7.0], [8.0]])
    expected = [0.0, 3.0, 6.0, 0.0, 12.0, 15.0, 18.0, 21.0, 24.0]
    model = Odd(is_large)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # predict says nothing
        assert nn.predict(model, rows).tolist() == expected
        assert nn.predict(model, rows, record=False).tolist() == expected
        assert nn.evaluate(model, rows, expected)["loss"] == 0.0


RARE = np.where(np.arange(200) % 10 == 3, 1, 0)


@pytest.mark.parametrize(
    "read",
    [
        lambda t: int(float(t)), int, lambda t: 1 if t else 0, lambda t: {0.0: 0, 1.0: 1}[t], lambda t: [0, 1][int(t)],
        lambda t: 1 if t == 1 else 0, lambda t: 1 if t > 0.5 else 0, lambda t: [0.0, 1.0].index(t), round,
        lambda t: int(f"{t:.0f}"), lambda t: math.floor(t), lambda t: int(np.int64(float(t))),
    ],
)  # fmt: skip
def test_a_rare_class_is_learned_where_the_loss_looks_at_it(read):
    rows = np.random.default_rng(2).normal(size=(200, 2)) + 3 * RARE[:, None]
    numbers, models = [], []
    for record in (True, False):
        model = mlp(2)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            history = nn.fit(
                model, rows, RARE, loss=lambda p, t: nn.losses.cross_entropy(p, read(t)), epochs=2, batch_size=25,
                optimizer=nn.SGD(model.parameters(), lr=0.5), progress=False, record=record,
                generator=np.random.default_rng(1),
            )  # fmt: skip
        numbers.append(history.loss)
        models.append(model)
    np.testing.assert_allclose(numbers[0], numbers[1], rtol=1e-9)
    found = np.argmax(nn.predict(models[0], rows), axis=1)
    assert found[RARE == 1].mean() > 0.5


@pytest.mark.parametrize("batch_size", [None, 1, 5])
def test_more_targets_than_there_may_be_tapes(batch_size):
    y = np.arange(40) / 40
    options = {"X": MANY, "batch_size": batch_size, "epochs": 3}
    assert_right(of(lambda p, t: (p - float(t)) ** 2), HERE + ".*more than 32", y=y, **options)
    assert_right(of(lambda p, t: (p - float(t)) ** 2), y=y.round(1), **options)
    assert_right(of(lambda p, t: (p - t) ** 2), y=y, **options)


def test_targets_of_several_numbers():
    pairs = np.stack([Y, 1 - Y], axis=1)

    def looks(p, t):
        return (p[0] - t[0]) ** 2 * (2.0 if float(t[1]) else 1.0) + (p[1] - t[1]) ** 2

    assert_right(lambda _: {"model": mlp(2), "loss": looks}, y=pairs)
    assert_right(lambda _: {"model": mlp(2), "loss": lambda p, t: nn.losses.mse(p, t) * (1 + t.index(1))}, y=pairs)


def norm(model, row):
    return model.layer(row) / (1 + sum(w.data**2 for w in model.layer.parameters()))


def norm_without_graph(model, row):
    with no_grad():
        size = sum(w * w for w in model.layer.parameters())
    return model.layer(row) / (1 + size)


@pytest.mark.parametrize(
    "forward",
    [
        norm, norm_without_graph,
        lambda model, row: model.layer(row) / (1 + float(np.sum(np.array(model.layer.parameters(), float) ** 2))),
        lambda model, row: model.layer(row) * math.exp(-model.layer.parameters()[0]),
        lambda model, row: model.layer(row) * next(iter(model.state_dict().values())),
        lambda model, row: model.layer([math.sin(x) for x in row]),
        lambda model, row: (h := model.layer(row)) * float(h),
    ],
)  # fmt: skip
def test_a_model_that_reads_numbers_is_warned_about(forward):
    assert_right(own(forward), HERE)


def test_a_norm_that_is_detached_is_recorded():
    def forward(model, row):
        return model.layer(row) / (1 + sum(w * w for w in model.layer.parameters()).detach())

    assert_right(own(forward))


def test_an_activation_that_reads_numbers_is_warned_about():
    def activate(value):
        return value if value.data > 0 else value * 0.1

    assert_right(lambda _: {"model": nn.MLP(2, [3, 1], activate, generator=np.random.default_rng(1))}, HERE)


def test_training_says_the_line_once_and_the_way_out():
    _, warned = train(own(norm), True)
    line = norm.__code__.co_firstlineno + 1
    assert len(warned) == 1
    assert f"{__file__}:{line} looks at a number" in warned[0]
    for way in ("compare Values (p <= 1)", "v.detach()", "callback", "record=False"):
        assert way in warned[0]


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, tries(300, 50), 50))
def test_generated_programs(first):
    assert [found for seed in range(first, first + 50) if (found := disagreement(Case(seed)))] == []


class Keeping(nn.Module):
    """A model that keeps what it was given last, as for a look at it afterwards."""

    def __init__(self, keep):
        self.layer, self._keep = nn.Layer(2, 1, "tanh", generator=np.random.default_rng(0)), keep

    def forward(self, row):
        self.last = self._keep(row)
        return self.layer(row)


@pytest.mark.parametrize(
    "keep", [list, lambda row: row[0], lambda row: [2 * x for x in row], lambda row: types.SimpleNamespace(row=row)]
)
def test_inputs_that_a_model_keeps_are_no_parameters(keep):
    model, X = Keeping(keep), np.random.default_rng(1).normal(size=(12, 2))
    names = list(model.state_dict())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.predict(model, X)
        assert list(model.state_dict()) == names
        history = nn.fit(model, X, X[:, 0], epochs=3, progress=False, validation=(X, X[:, 0]), patience=2)
        assert history.best
        assert list(model.state_dict()) == names
        assert len(nn.Adam(model.parameters()).parameters) == 3
