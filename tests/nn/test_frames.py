"""DataFrames, Series and tensors, read by what they can do; with pandas itself, where it is installed."""

import re

import numpy as np
import pytest

import nn
from engine import Value
from nn.frames import as_numeric, as_plain
from tests.arrays import seeded
from tests.conftest import optional

X = seeded().normal(size=(12, 2))
SPECIES = ["iris" if value else "rose" for value in X[:, 0] > 0]


@pytest.fixture
def pandas():
    return optional("pandas")


def test_one_who_knows_pytorch_trains_on_a_frame_with_labels(pandas, tmp_path):
    """As one would type it there."""
    frame = pandas.DataFrame({"width": X[:, 0], "height": X[:, 1], "species": SPECIES}, index=range(100, 112))
    features, target = frame[["width", "height"]], frame["species"]
    model = nn.Sequential(nn.Linear(2, 8, generator=seeded(1)), nn.ReLU(), nn.Linear(8, 2, generator=seeded(2)))
    history = nn.fit(
        model, features, target, loss=nn.CrossEntropyLoss(), optimizer="adam", lr=0.05, epochs=60, progress=False
    )
    assert history["accuracy"][-1] == 1.0
    assert nn.classify(model, features).tolist() == SPECIES
    assert nn.evaluate(model, features, target, "cross_entropy")["accuracy"] == 1.0
    nn.save(model, tmp_path / "model.npz")
    assert nn.classify(nn.load(tmp_path / "model.npz"), features).tolist() == SPECIES
    assert nn.doctor(model, features, target, loss="cross_entropy") is not None


def test_a_frame_gives_the_numbers_of_its_array(pandas):
    frame, y = pandas.DataFrame(X, columns=["a", "b"]), pandas.Series(X[:, 0], index=range(5, 17))
    models = [nn.MLP(2, [3, 1], "tanh", generator=seeded(1)) for _ in range(2)]
    given = [(frame, y), (X, X[:, 0])]
    histories = [nn.fit(model, *data, epochs=3, progress=False) for model, data in zip(models, given, strict=True)]
    assert histories[0].loss == histories[1].loss
    assert nn.predict(models[0], frame).tolist() == nn.predict(models[1], X).tolist()
    assert nn.evaluate(models[0], frame, y.to_frame()) == nn.evaluate(models[1], X, X[:, 0])
    (train, _), (test, _) = nn.split(frame, y, 0.25, generator=seeded())
    assert (train.shape, test.shape) == ((9, 2), (3, 2))
    assert nn.standardise(frame)[0].tolist() == nn.standardise(X)[0].tolist()
    assert [len(part) for part, _ in nn.batches(frame, y, 5)] == [5, 5, 2]
    assert nn.one_hot(pandas.Series([0, 2])).shape == (2, 3)


def test_columns_are_those_that_the_model_has_learned_from(pandas, tmp_path):
    frame, y = pandas.DataFrame(X, columns=["width", "height"]), X[:, 0]
    turned, model = frame[["height", "width"]], nn.MLP(2, [3, 1], "tanh", generator=seeded(1))
    assert nn.predict(model, turned).tolist() == nn.predict(model, X[:, ::-1]).tolist()  # it has learned nothing
    nn.fit(model, frame, y, epochs=1, validation=(frame, y), progress=False)
    assert model.columns == ("width", "height")
    nn.save(model, tmp_path / "model.npz")
    before = model.state_dict()
    uses = [
        nn.predict,
        lambda model, given: nn.evaluate(model, given, y),
        lambda model, given: nn.doctor(model, given, y),
        lambda model, given: nn.fit(model, given, y, epochs=1, progress=False),
        lambda model, given: nn.fit(model, frame, y, epochs=1, validation=(given, y), progress=False),
    ]
    message = "X: column 0 is 'height', but the model has learned from 'width' there"
    for each in (model, nn.load(tmp_path / "model.npz")):
        for use in uses:
            with pytest.raises(ValueError, match=message):
                use(each, turned)
        assert (each.state_dict(), each.columns) == (before, ("width", "height"))
        expected = nn.predict(each, X).tolist()  # an array has no names
        assert nn.predict(each, turned[list(each.columns)]).tolist() == expected
        assert nn.predict(each, pandas.DataFrame(X)).tolist() == expected  # 0 and 1 are no names either
    nn.fit(model, X, y, epochs=1, progress=False)
    assert model.columns == ("width", "height")
    nn.fit(model, frame.rename(columns={"width": "length"}), y, epochs=1, progress=False)
    assert model.columns == ("length", "height")


def test_a_cell_that_is_no_number_is_named(pandas):
    model = nn.MLP(2, [1])
    for cell, message in ((None, r"X\['b'\]\[1\] is nan"), ("Oslo", r"X\['b'\]\[1\]: a number expected, 'Oslo' given")):
        frame = pandas.DataFrame({"a": [1.0, 2.0], "b": [1.0, cell]})
        with pytest.raises(ValueError, match=message):
            nn.fit(model, frame, [0, 1])


def test_what_is_said_of_a_cell_that_is_no_number_fits_it(pandas):
    """Of a missing number it was said that pandas.get_dummies makes columns of it, and of "1.5" too."""
    cells = [
        (pandas.array([1, None], "Int64"), "<NA> given; leave the row out, or fill the cell"),
        (np.array([1.0, None], object), "None given; leave the row out, or fill the cell"),
        (["1.5", "2"], "'1.5' given; make numbers of the texts in the column, as pandas.to_numeric does"),
        ([1, "1,5"], "'1,5' given; leave the column out, or make columns of numbers of it, as pandas.get_dummies does"),
        (["Rome", "Oslo"], "'Rome' given; leave the column out, or make columns of numbers of it"),
        (pandas.to_timedelta([1, 2]), "; leave the column out, or make columns of numbers of it"),
        (pandas.to_datetime(["2020-01-01", None]), "; leave the column out, or make columns of numbers of it"),
    ]
    for column, message in cells:
        with pytest.raises(ValueError, match=re.escape(message)):
            nn.predict(nn.MLP(2, [1]), pandas.DataFrame({"a": [1.0, 2.0], "b": column}))


def test_a_frame_without_rows_is_empty(pandas):
    frame, model = pandas.DataFrame({"a": [], "b": []}), nn.MLP(2, [1])
    for use in (lambda: nn.fit(model, frame, []), lambda: nn.predict(model, frame)):
        with pytest.raises(ValueError, match="X is empty: at least one row of one number is needed"):
            use()


@pytest.mark.parametrize("unit", ["ns", "us", "s"])
@pytest.mark.parametrize("kind", ["m8", "M8"])
def test_dates_and_spans_of_time_are_no_numbers(pandas, kind, unit):
    times = np.array([1, 2], f"{kind}[{unit}]")
    model = nn.MLP(1, [1])
    for X in (pandas.DataFrame({"when": times}), pandas.DataFrame({"when": times, "a": [1.0, 2.0]})):
        with pytest.raises(ValueError, match=r"X\['when'\]\[0\]: a number expected"):
            nn.fit(model, X, [0, 1])
    for y in (times, pandas.Series(times)):
        with pytest.raises(TypeError, match=r"y\[0\]: expected an int, a float or a NumPy real scalar"):
            nn.fit(model, [[1.0], [2.0]], y)
    with pytest.raises(TypeError, match=r"X\[0\]\[0\]: expected"):
        nn.predict(model, times[:, None])


def test_a_list_of_named_rows_or_of_frames_is_read_as_their_arrays(pandas):
    frame = pandas.DataFrame(X, columns=["a", "b"])
    model = nn.MLP(2, [3, 1], generator=seeded())
    assert np.array_equal(nn.predict(model, [row for _, row in frame.iterrows()]), nn.predict(model, X))
    model = nn.Sequential(nn.GRU(2, 2, generator=seeded()), nn.Layer(2, 1, "linear", generator=seeded(1)))
    expected = nn.predict(model, X.reshape(3, 4, 2))
    assert np.array_equal(nn.predict(model, [frame[at : at + 4] for at in (0, 4, 8)]), expected)


def test_categories_and_booleans_are_labels(pandas):
    for target in (pandas.Series(SPECIES, dtype="category"), pandas.Series(X[:, 0] > 0)):
        model = nn.MLP(2, [2], generator=seeded())
        nn.fit(model, X, target, loss="cross_entropy", epochs=80, progress=False)
        assert nn.classify(model, X).tolist() == target.tolist()


def test_tensors_are_read_also_where_they_are_learned(torch):
    tensor = torch.tensor(X, requires_grad=True)
    assert as_plain(tensor).tolist() == X.tolist()
    model = nn.MLP(2, [1], generator=seeded())
    assert nn.predict(model, tensor).tolist() == nn.predict(model, X).tolist()
    assert nn.fit(model, tensor, torch.tensor(X[:, :1]), epochs=1, progress=False).epochs == 1
    rows = [torch.tensor(row, requires_grad=True) for row in X]
    assert nn.predict(model, rows).tolist() == nn.predict(model, X).tolist()


def test_what_is_none_of_these_stays_what_it_is():
    for given in ([1.0], (1.0,), X, None, "a"):
        assert as_plain(given) is given
        assert as_numeric(given, "X") is given


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_a_matrix_is_read_as_its_array():
    matrix, y = np.asmatrix(X), X[:, 0] > 0
    for function in (
        lambda X: nn.predict(nn.MLP(2, [3, 2], generator=seeded()), X),
        lambda X: nn.fit(nn.MLP(2, [1], generator=seeded()), X, X[:, :1], epochs=2, progress=False).loss,
        lambda X: nn.standardise(X)[0],
        lambda X: nn.split(X, y, generator=seeded())[0][0],
    ):
        found = function(matrix)
        assert not isinstance(found, np.matrix)
        assert np.array_equal(found, function(X))


@pytest.mark.parametrize(
    "use",
    [
        lambda frame: nn.mse([Value(1.0), Value(2.0)], frame),
        lambda frame: nn.mse(frame, [1.0, 2.0]),
        lambda frame: nn.cross_entropy([Value(1.0), Value(2.0)], frame),
        lambda frame: nn.cross_entropy([[Value(1.0), Value(2.0)]] * 2, frame),
        nn.BatchNorm(2).eval(),
        nn.RNN(1, 1),
        nn.Dropout(0.5),
        nn.Embedding(9, 1),
        nn.Activate("relu"),
        nn.Activate("softmax"),
        nn.Residual(nn.Dropout(0.0)),
        nn.Sequential(nn.Flatten(), nn.Layer(2, 1)),
        nn.Flatten().batch,
        nn.PReLU().batch,
        nn.Embedding(9, 1).batch,
    ],
)
def test_the_names_of_columns_are_no_numbers(pandas, use):
    for given in (pandas.DataFrame([[5.0, 6.0], [7.0, 8.0]]), {0: 5.0, 1: 6.0}):
        with pytest.raises((TypeError, ValueError)):
            use(given)


@pytest.mark.parametrize("record", [True, False])
def test_weights_of_classes_may_be_a_series(pandas, record):
    model, y = nn.Layer(2, 2, "linear", generator=seeded(1)), [0, 1] * 6
    given = [[1.0, 3.0], pandas.Series([1.0, 3.0], index=["rose", "iris"])]
    first, second = (nn.evaluate(model, X, y, nn.CrossEntropyLoss(weight=each), record=record) for each in given)
    assert first == second
