import contextlib
import os
import threading

import numpy as np
import pytest

from nn import circle, load_csv, load_digits, load_iris, moons, one_hot, split, standardise
from tests.arrays import seeded

# iris


def test_iris_is_fishers():
    X, y, classes, features = load_iris()
    assert X.shape == (150, 4)
    assert X.dtype == float
    assert y.tolist() == [0] * 50 + [1] * 50 + [2] * 50
    assert classes == ("setosa", "versicolor", "virginica")
    assert features == ("sepal_length_cm", "sepal_width_cm", "petal_length_cm", "petal_width_cm")
    # the means of each species, Fisher 1936, table II
    means = [[5.006, 3.428, 1.462, 0.246], [5.936, 2.770, 4.260, 1.326], [6.588, 2.974, 5.552, 2.026]]
    assert [X[y == k].mean(axis=0).tolist() for k in range(3)] == [pytest.approx(row, abs=1e-9) for row in means]
    # sd() of R's iris, a copy of the same table
    assert X.std(axis=0, ddof=1) == pytest.approx([0.8280661, 0.4358663, 1.7652982, 0.7622377], abs=1e-7)
    # the two rows in which UCI's file departs from the paper
    assert X[34].tolist() == [4.9, 3.1, 1.5, 0.2]
    assert X[37].tolist() == [4.9, 3.6, 1.4, 0.1]


# digits


def test_digits_are_those_of_the_source():
    X, y, classes, features = load_digits()
    assert X.shape == (1797, 64)
    assert X.dtype == float
    # how many there are of each, from optdigits.names beside the source
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert (X.min(), X.max()) == (0.0, 16.0)
    assert (X.round() == X).all()
    # the first image, as scikit-learn's documentation of its copy prints it
    first = [[0, 0, 5, 13, 9, 1, 0, 0], [0, 0, 13, 15, 10, 15, 5, 0], [0, 3, 15, 2, 0, 11, 8, 0]]
    assert X[0].reshape(8, 8)[:3].tolist() == first
    assert X.sum() == 561718  # of scikit-learn's copy
    assert classes == tuple("0123456789")
    assert (features[0], features[63]) == ("row 0, column 0", "row 7, column 7")


# CSV


@pytest.fixture
def write(tmp_path):
    def write_file(text, name="flowers.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_file


def test_a_csv_file_is_read(write):
    path = write('\ufeff# note, "with a quote\n\nlength,width,kind\n1.5, 2,"b, big"\n# more\n-3,4e1,a\n\n2,2,a\n')
    X, y, classes, features = load_csv(path)
    assert X.tolist() == [[1.5, 2.0], [-3.0, 40.0], [2.0, 2.0]]
    assert y.tolist() == [1, 0, 0]
    assert y.dtype == int
    assert classes == ("a", "b, big")
    assert features == ("length", "width")


def test_quoted_texts_are_read_as_they_are(write):
    """Lines of them may begin with #, and there may be a space before them."""
    data = load_csv(write('size, kind\n1, "b, big"\n"2", "two\n# lines\n\n#"\n# note, "\n3, small\n'))
    assert data.X.tolist() == [[1.0], [2.0], [3.0]]
    assert data.classes == ("b, big", "small", "two\n# lines\n\n#")


@pytest.mark.parametrize(
    "space", [" ", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}", "\N{RIGHT SINGLE QUOTATION MARK}"]
)
def test_numbers_with_marks_between_the_thousands_are_no_texts(write, space):
    with pytest.raises(ValueError, match=r"line 2, price: a number expected, '1.*000' given"):
        load_csv(write(f"price,kind\n1{space}000,x\n20{space}000{space}000,y\n"))


def test_any_column_may_be_the_target(write):
    X, y, classes, features = load_csv(write("price,size\n10,1\n20.5,2\n"), target="price", classes=False)
    assert X.tolist() == [[1.0], [2.0]]
    assert y.tolist() == [10.0, 20.5]
    assert (classes, features) == ((), ("size",))


@pytest.mark.parametrize("targets", [[250.5, 99.0, 180.0], [1.0, 0.0, 1.0]])
def test_targets_that_are_numbers_are_read_as_numbers(write, targets):
    """They were numbered as classes: a model learned in which order prices stood, and 1, 0, 1 became 0, 1, 0."""
    path = write("size,aim\n" + "".join(f"3,{target}\n" for target in targets))
    assert load_csv(path).y.tolist() == targets
    assert load_csv(path).classes == ()
    named = load_csv(path, classes=True)
    assert [float(named.classes[code]) for code in named.y] == targets


def test_classes_and_texts_have_the_same_numbers_in_two_files_of_them(write):
    """As those of scikit-learn and pandas: rows to learn from and rows to test with may begin with others."""
    train = load_csv(write("city,spam\nRome,yes\nOslo,no\n"))
    test = load_csv(write("city,spam\nOslo,no\nRome,yes\n"))
    assert train.classes == test.classes == ("no", "yes")
    assert train.features == test.features == ("city=Oslo", "city=Rome")
    assert train.X.tolist() == test.X[::-1].tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert train.y.tolist() == test.y[::-1].tolist() == [1, 0]


def test_classes_that_are_numbers_are_in_their_order(write):
    data = load_csv(write("size,digit\n1,10\n2,9\n3,2\n"), classes=True)
    assert data.classes == ("2", "9", "10")
    assert data.y.tolist() == [2, 1, 0]
    for cells in ("1,NAN,2,1.0", "NAN,1.0,1,2"):
        data = load_csv(write("size,digit\n" + "".join(f"0,{cell}\n" for cell in cells.split(","))), classes=True)
        assert data.classes == ("1", "1.0", "2", "NAN")


def test_whether_targets_are_classes_is_true_or_false(write):
    for given in ("no", "", [True], 2):
        with pytest.raises(TypeError, match="classes must be True or False"):
            load_csv(write("size,kind\n1,a\n2,b\n"), classes=given)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("high", "line 3, aim: a number expected, 'high' given .classes=True takes targets for names of classes"),
        ("1,000", "line 3, aim: a number expected, '1,000' given"),
        ("", "line 3, aim: a number expected, nothing given .missing=.drop. leaves it out"),
        ("NA", "line 3, aim: a number expected, 'NA' given .missing=.drop. leaves it out"),
    ],
)
def test_a_target_that_is_no_number_among_others_is_refused(write, cell, message):
    with pytest.raises(ValueError, match=message):
        load_csv(write(f'size,aim\n1,2.5\n2,"{cell}"\n3,4\n'))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,kind\n1,2,x\n# note\n1,x\n", r"^flowers.csv, line 4: 3 fields expected, 2 given$"),
        ("a,b,kind\n1,2,x,\n", r"line 2: 3 fields expected, 4 given$"),
        ("a,b,kind\n1,2,x\n1,two,x\n", r"^flowers.csv, line 3, b: a number expected, 'two' given$"),
        ("a,b,kind\n1,,x\n", "line 2, b: a number expected, '' given"),
        ("a,b,kind\n1,nan,x\n", "line 2, b: a number expected, 'nan' given"),
        ("a,b,kind\n1,1e999,x\n", "line 2, b: a number expected, '1e999' given"),
        ("a,b,kind\n1,1_0,x\n", "line 2, b: a number expected, '1_0' given"),
        ('a,b,kind\n1,"1,000,000",x\n', "line 2, b: a number expected, '1,000,000' given"),
        ("a,b,kind\n1,1.000.000,x\n", "line 2, b: a number expected, '1.000.000' given"),
        ("a,b,kind\n1,5 000,x\n", "line 2, b: a number expected, '5 000' given"),
        ("a,b,kind\n1,−5,x\n", "line 2, b: a number expected, '−5' given"),
        ("a,b,kind\n1,5%,x\n", "line 2, b: a number expected, '5%' given"),
        ("a,b,kind\n1,$5.50,x\n", r"line 2, b: a number expected, '\$5.50' given"),
        ("a,b,kind\n1,2,\n", "line 2, kind: a class expected, nothing given"),
        ("a,b,kind\n1,2,x\n1,2,NA\n", r"line 3, kind: a class expected, 'NA' given .missing=.drop. leaves it out"),
        ("a,b,kind\n1,Rome,x\n1,NA,x\n", "line 3, b: a number expected, 'NA' given"),
        ('a,b,kind\n1,2,"x\n', "line 2: unexpected end of data"),
        ("a,b,kind\n", "flowers.csv: no rows below the column names"),
        ("", "flowers.csv: a line of at least 2 column names expected, 0 given"),
        ("kind\nx\n", "line 1: a line of at least 2 column names expected, 1 given"),
        ("1,2,x\n1,2,x\n", "line 1: names of columns expected, '1' given$"),
        (",a,x\n0,2,x\n", "line 1: names of columns expected, '' given .in pandas index=False leaves out"),
        ("a,a,x\n1,2,x\n", "line 1: different column names expected, 'a' given twice"),
        ("a,a=Rome,x\nRome,1,x\nOslo,2,y\n", "flowers.csv: two columns would be called 'a=Rome': rename one"),
        ("a=Rome,a,x\n1,Rome,x\n2,Oslo,y\n", "flowers.csv: two columns would be called 'a=Rome': rename one"),
        (b"a,kind\n1,\xff\n", "flowers.csv: not UTF-8 text: invalid start byte at byte 9"),
    ],
)
def test_a_malformed_file_is_refused_by_line(write, text, message):
    with pytest.raises(ValueError, match=message):
        load_csv(write(text))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), "median", [1.0]])
def test_missing_cells_become_finite_numbers(write, number):
    with pytest.raises(ValueError, match='missing must be "drop", "mean", a finite number or None, not'):
        load_csv(write("a,kind\n1,x\n,y\n"), missing=number)
    for given in (7, np.float32(7), np.int64(7)):
        assert load_csv(write("a,kind\n1,x\n,y\n"), missing=given).X.tolist() == [[1.0], [7.0]]


def test_the_target_is_a_name(write):
    with pytest.raises(ValueError, match=r"no column '1' \(one of 'a', 'kind'\)"):
        load_csv(write("a,kind\n1,x\n"), target=1)


@pytest.mark.parametrize(
    ("first", "endless", "number"),
    [
        (b"", b"a,", 1),
        (b"", b"\0", 1),
        (b"", b" ", 1),
        (b"", b"#", 1),
        (b"", b'"', 1),
        (b"# note\n\n", "α".encode(), 3),
        (b"a,b\n1,2\n", b"1", 3),
        (b'a,b\n1,"', b"2", 2),
    ],
)
def test_a_line_without_end_is_refused(first, endless, number, tmp_path):
    """From a pipe, to which more is written for as long as somebody reads."""
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    written = []

    def write():
        with contextlib.suppress(BrokenPipeError), path.open("wb", buffering=0) as pipe:
            pipe.write(first)
            while len(written) < 2000:
                written.append(pipe.write(endless * 1000))

    thread = threading.Thread(target=write)
    thread.start()
    with pytest.raises(ValueError, match=rf"^pipe.csv, line {number}: more than 1,048,576 characters$"):
        load_csv(path)
    thread.join()
    assert len(written) < 2000


def test_a_long_line_is_read(write):
    names = [f"column{number}" for number in range(20_000)]
    data = load_csv(write(f"{','.join(names)}\n{','.join('1.25e-10' for _ in names)}\n"), classes=False)
    assert data.X.shape == (1, 19_999)


def test_other_errors_of_a_file(write, tmp_path):
    with pytest.raises(ValueError, match=r"flowers.csv: no column 'c' \(one of 'a', 'b'\)"):
        load_csv(write("a,b\n1,2\n"), target="c")
    with pytest.raises(ValueError, match="line 2, b: a number expected, 'x' given"):
        load_csv(write("a,b\n1,x\n"), classes=False)
    with pytest.raises(FileNotFoundError):
        load_csv(tmp_path / "none.csv")


# generated


def test_moons_lie_on_two_half_circles():
    X, y = moons(101, 0.0, seeded())
    assert X.shape == (101, 2)
    assert np.bincount(y).tolist() == [51, 50]
    upper, lower = X[y == 0], X[y == 1]
    assert np.hypot(*upper.T) == pytest.approx(1.0)
    assert np.hypot(*(lower - [1.0, 0.5]).T) == pytest.approx(1.0)
    assert upper[:, 1].min() >= 0.0
    assert lower[:, 1].max() <= 0.5
    noisy, _ = moons(2000, 0.1, seeded())
    clean, _ = moons(2000, 0.0, seeded())
    assert noisy.shape == clean.shape
    radii = np.hypot(*noisy[moons(2000, 0.1, seeded())[1] == 0].T)
    assert radii.std() == pytest.approx(0.1, rel=0.1)


def test_a_circle_covers_half_of_its_square():
    X, y = circle(4000, seeded())
    assert abs(X).max() <= 1.0
    assert y.mean() == pytest.approx(0.5, abs=0.03)
    assert (np.hypot(*X.T) < 0.7978845608).astype(int).tolist() == y.tolist()


@pytest.mark.parametrize("generate", [moons, circle])
def test_generated_data_follow_the_generator(generate):
    first, second, other = (generate(20, generator=seeded(s))[0] for s in (1, 1, 2))
    assert first.tolist() == second.tolist() != other.tolist()
    with pytest.raises(TypeError, match=r"generator must be a numpy.random.Generator"):
        generate(20, generator=1)
    with pytest.raises(ValueError, match="n must be at least"):
        generate(0)


def test_noise_is_checked():
    with pytest.raises(ValueError, match="noise must be at least 0 and finite, not -1"):
        moons(10, -1)


# split and standardise


def test_split_shares_the_rows_out():
    X, y = np.arange(40.0).reshape(20, 2), np.arange(20)
    (X_train, y_train), (X_test, y_test) = split(X, y, 0.25, generator=seeded())
    assert X_train.shape == (15, 2)
    assert X_test.shape == (5, 2)
    assert sorted([*y_train, *y_test]) == list(range(20))
    assert (X_train[:, 0] == 2 * y_train).all()
    assert (X_test[:, 0] == 2 * y_test).all()
    assert list(y_train) != sorted(y_train)
    again = split(X, y, 0.25, generator=seeded())
    assert again[1][1].tolist() == y_test.tolist()


def test_split_takes_the_same_share_of_each_class():
    y = np.array([0] * 40 + [1] * 10)
    for seed in range(5):
        _, (_, held_out) = split(y[:, None], y, 0.2, stratify=True, generator=seeded(seed))
        assert np.bincount(held_out).tolist() == [8, 2]
        _, (_, rows) = split(y[:, None], one_hot(y), 0.2, stratify=True, generator=seeded(seed))
        assert rows.argmax(axis=1).tolist() == held_out.tolist()


@pytest.mark.parametrize("sizes", [[15, 15], [2] * 20, [1] * 10, [5, 9, 5, 7, 4], [3, 8, 7, 11, 1], [100, 1, 1]])
@pytest.mark.parametrize("fraction", [0.2, 0.29, 0.3, 0.5])
def test_the_shares_of_all_classes_add_up_to_the_fraction(sizes, fraction):
    y = np.repeat(np.arange(len(sizes)), sizes)
    seen = np.zeros(len(sizes), bool)
    for seed in range(30):
        _, (_, held_out) = split(y[:, None], y, fraction, stratify=True, generator=seeded(seed))
        counts = np.bincount(held_out, minlength=len(sizes))
        assert counts.sum() == round(fraction * len(y))
        assert (abs(counts - fraction * np.array(sizes)) < 1).all()
        seen |= counts > 0
    if len(set(sizes)) == 1:
        assert seen.all()  # chance decides between classes of one size


@pytest.mark.parametrize("fraction", [0.0, 0.01, 0.99, 1.0, -0.5])
def test_split_leaves_no_part_empty(fraction):
    with pytest.raises(ValueError, match="fraction"):
        split(np.zeros((10, 1)), np.zeros(10), fraction)


def test_standardise_measures_the_first_table_only():
    X, other = seeded().normal(3.0, 2.0, (50, 2)), seeded(1).normal(size=(5, 2))
    first, second = standardise(X, other)
    assert first.mean(axis=0) == pytest.approx(0.0, abs=1e-12)
    assert first.std(axis=0) == pytest.approx(1.0)
    assert second == pytest.approx((other - X.mean(axis=0)) / X.std(axis=0))
    assert standardise([[0.1, 1.0]] * 3)[0].tolist() == [[0.0, 0.0]] * 3
    assert standardise([[5.0], [5.0]], [[7.0]])[1].tolist() == [[2.0]]
    for size in (1e-323, 1e-170, 1e200, 1.7e308):
        assert standardise([[size, 1.0], [-size, 3.0]])[0].tolist() == [[1.0, -1.0], [-1.0, 1.0]]
    for size in (1.0, 1e17):  # of which the mean, halfway between neighbouring floats, is none
        rows = [[size], [np.nextafter(size, 1e18)]]
        assert [part.tolist() for part in standardise(rows, rows)] == [[[-1.0], [1.0]]] * 2
    with pytest.raises(ValueError, match=r"X\[0\]: 2 numbers expected, 3 given"):
        standardise(X, np.zeros((2, 3)))


@pytest.mark.parametrize("given", [[[1.0, 2.0]], [[1, 2]], [[1.0, 2.0], [3.0]], ((1.0, 2.0),), np.zeros((2, 2))])
def test_rows_of_another_width_are_refused_in_the_same_words_however_they_are_read(given):
    with pytest.raises(ValueError, match=r"^X\[0\]: 1 number expected, 2 given$"):
        standardise([[1.0], [3.0]], given)


def test_a_data_set_is_shown_in_80_columns(write):
    names = ",".join(f"{letter * 30}" for letter in "abcd")
    wide = load_csv(write(f"{names},kind\n1,2,3,4,{'x' * 60}\n"))
    lines = [line for data in (load_digits(), load_iris(), wide) for line in repr(data).split("\n")]
    assert max(map(len, lines)) <= 80
    assert lines[1] == "row 0, column 0  row 0, column 1  row 0, column 2  row 0, column 3  …  class"
    assert lines[-2:] == [f"{'a' * 23}…  {'b' * 23}…  …  class", f"{'1.000':>24}  {'2.000':>24}  …  {'x' * 23}…"]


@pytest.mark.parametrize("stratify", [False, True])
@pytest.mark.parametrize("missing", [None, 1, float("nan")])
def test_a_label_that_is_none_is_not_split(missing, stratify):
    X, y = np.zeros((4, 1)), ["a", missing, "b", "a"]
    for labels in (y, np.array(y, object)):
        with pytest.raises(TypeError, match=r"y\[1\]: a label such as 'a' expected, not "):
            split(X, labels, 0.5, stratify=stratify)
