"""What is on the screen as a program in Python, which comes to the same numbers; settings and files that are wrong."""

import contextlib
import io
import json
from pathlib import Path

import numpy as np
import pytest

from tests.viz.playgrounds.network.scripts import open_scripts
from viz.playgrounds.network.scripts import SCRIPTS

FILE = "size,colour,kind\n" + "\n".join(f"{i % 7}.5,{(i * 5) % 11},{'ab'[i % 3 == 0]}" for i in range(40))
WRITE = """([given, updates, text]) => {
  const file = text ? readTable(text) : null;
  const own = file ? { data: "file", points: file.points, classes: file.labels.length } : {};
  if (file) own.points = [...file.points, ...(given.added ?? [])];
  const settings = checkSettings({ ...given, ...own });
  const { training, model } = startTraining(settings);
  training.advance(updates);
  return [writePython(settings, training, file), [...model.parameters], training.losses];
}"""
POINTS = [[0.1, 0.2, 0], [0.5, -1.0, 1], [-0.3, 0.4, 1], [0.9, 0.8, 0], [-1.0, 0.25, 2]]
PROGRAMS = [
    ({}, 0),
    ({"hidden": [4]}, 47),  # in the midst of an epoch
    ({"hidden": [], "batch": 0, "optimiser": "momentum", "decay": 0.01, "loss": "hinge", "data": "xor"}, 5),
    ({"hidden": [5], "data": "spiral", "classes": 3, "batch": 7, "count": 50, "initialisation": "orthogonal"}, 11),
    ({"hidden": [3], "data": "line", "activation": "relu", "loss": "huber", "optimiser": "sgd", "rate": 0.1}, 21),
    ({"hidden": [3], "data": "blobs", "classes": 2, "loss": "nll", "noise": 0.5}, 40),
    ({"hidden": [2], "data": "points", "points": POINTS, "classes": 3, "batch": 2}, 7),
    ({"hidden": [3], "count": 40, "turns": [[3, 0.3], [6, 0.002], [9, 0.05]]}, 11),  # the rate was changed on the way
    ({"hidden": [2], "batch": 0, "optimiser": "momentum", "momentum": 0.5, "turns": [[2, 0], [3, 1]]}, 5),
    ({"hidden": [1], "data": "circles", "start": [0.5, -0.25, 0.0, 1.5, 0.125], "loss": "binary_cross_entropy"}, 23),
]


@pytest.fixture(scope="module")
def scripts(browser):
    opened = open_scripts(browser)
    yield opened
    opened.close()


@pytest.mark.parametrize(("given", "updates"), PROGRAMS)
def test_the_program_comes_to_the_numbers_on_the_screen(scripts, given, updates):
    program, numbers, losses = scripts.evaluate(WRITE, [given, updates, None])
    check(program, numbers, losses)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, FILE),  # a head, and classes that are words
        ({"loss": "mse"}, FILE.replace(",a", ", 2").replace(",b", ",1").partition("\n")[2]),  # classes that are 1 and 2
        ({"loss": "cross_entropy"}, FILE.replace("a\n", '"#a, or b"\n').replace(",", ";").replace("; or", ", or")),
        ({}, "\n" + FILE.replace("a\n", '"a, or ""A"""\n').replace("\n", "\r\n")),
        ({}, FILE.replace(",a", ",1.0").replace(",b", ",1").replace("3,1\n", "3,2\n")),  # 1.0 and 1 are one class
        ({"added": [[0.5, -1, 0]], "loss": "hinge"}, FILE),  # with a point that was clicked
        ({"added": [[0.5, -1, 0.75]]}, FILE.replace(",a", ",0.5").replace(",b", ",-1.25")),
    ],
)
def test_the_program_of_a_file_reads_it(scripts, given, text, tmp_path, monkeypatch):
    numeric = "-1.25" in text
    if numeric:
        text = "".join(f"{line}{number % 9}\n" if number else f"{line}\n" for number, line in enumerate(text.split()))
    program, numbers, losses = scripts.evaluate(WRITE, [{"hidden": [3], "batch": 8, **given}, 12, text])
    (tmp_path / "data.csv").write_text(text, encoding="utf-8-sig", newline="")
    monkeypatch.chdir(tmp_path)
    check(program, numbers, losses)


def check(program, numbers, losses):
    names = {}
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(program, names)
    assert [leaf.data for leaf in names["model"].parameters()] == pytest.approx(numbers, rel=1e-9, abs=1e-12)
    assert bool(losses) == ("history" in names)
    if losses:
        assert names["history"].loss == pytest.approx(losses, rel=1e-9)
        assert said.getvalue() == f"loss {names['history'].loss[-1]:.6g}\n"


def complaint(scripts, call, *given):
    return scripts.evaluate(
        """([call, given]) => {
      try {
        return { done: { readTable, checkSettings }[call](...given) };
      } catch (error) {
        return error instanceof SettingsError ? error.message : `${error}`;
      }
    }""",
        [call, list(given)],
    )


def test_a_file_is_read_or_refused_with_a_sentence(scripts):
    found = complaint(scripts, "readTable", FILE)["done"]
    points = np.array(found["points"])
    assert (found["labels"], found["names"]) == (["a", "b"], ["size", "colour", "kind"])
    assert points[:, :2].mean(axis=0) == pytest.approx([0, 0], abs=1e-12)
    assert points[:, :2].std(axis=0) == pytest.approx([1, 1])
    assert points[:4, 2].tolist() == [1, 0, 0, 1]
    numbers = complaint(scripts, "readTable", "1;2.5\r\n2;1e3\n\n3;0.25\n4;7\n")["done"]
    assert (numbers["labels"], [row[1] for row in numbers["points"]]) == ([], [2.5, 1000, 0.25, 7])
    quoted = complaint(scripts, "readTable", '"a, or ""b""";c\n"1";"x;""y"""\n2; z\n3;"z"\n4;w"w\n')["done"]
    assert (quoted["names"], quoted["labels"]) == (['a, or "b"', "c"], ['w"w', 'x;"y"', "z"])
    assert quoted["separator"] == ";"
    rows = "1,2\n" * 4
    for text, said in (
        ("", "The file is empty."),
        ("only words\n", "Columns must be separated by commas, semicolons or tabs; the first row has none."),
        ("a,b\n1,2\n", "The file has 1 row of data; at least 4 are needed."),
        ("\ufffda,b\n" + rows, "The file is not UTF-8 text: save it as UTF-8, or as CSV UTF-8."),
        ('a,b\n1,2\n3,"4\n5,6\n7,8\n', "Row 3: a quotation mark is not closed."),
        ('a,b\n1,2\n"3"4,5\n5,6\n', "Row 3: unexpected 4 after a closing quotation mark."),
        ("a;b\n1,5;2\n2,5;3\n1,5;2\n1;3\n", "Row 2, a: expected a number, not 1,5 (the decimal sign is a point)."),
        (rows + "1,2,3\n", "Row 5 has 3 columns; the first has 2."),
        ("a,b\n1,2\nx,3\n1,2\n1,3\n", "Row 3, a: expected a number, not x."),
        ("1,2\n1e999,3\n1,2\n1,3\n", "Row 2, column 1: expected a number, not 1e999."),
        ("1,2\n0x10,3\n1,2\n1,3\n", "Row 2, column 1: expected a number, not 0x10."),
        (rows, "The last column, the target, is the same in every row."),
        ("1,2\n1,3\n1,2\n1,2\n", "column 1 is the same in every row, or too large to scale."),
        ("\n".join(f"{i},t{i}" for i in range(9)), "The last column, the target, has 9 different texts, such as t0"),
        (",".join("1" * 18) + "\n", "The file has 1 row of data"),
        ((",".join("1" * 18) + "\n") * 5, "The file has 18 columns; at most 16 and a target are allowed."),
        ("1,2\n" * 100_002, "The file has 100,002 rows; at most 100,000 are allowed."),
        ("<script>alert(1)</script>,2\n" * 5, "Row 2, <script>alert(1)</script>: expected a number, not <script>"),
    ):
        assert str(complaint(scripts, "readTable", text)).startswith(said)


def test_a_long_file_does_not_hang(scripts):
    took, count = scripts.evaluate(
        """() => {
      const rows = Array.from({ length: 100_000 }, (_, i) => `${i % 997},${i % 89},${i % 2}`).join("\\n");
      const begun = performance.now();
      const { points, labels } = readTable(rows);
      const { training } = startTraining(checkSettings({ data: "file", points, classes: labels.length, batch: 0 }));
      training.advance(1, performance.now() + 8); // of one update over all rows
      return [performance.now() - begun, training.samples.count];
    }"""
    )
    assert count == 100_000
    assert took < 10_000


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "These are not the settings of a network."),
        ({"data": "__proto__"}, "data: expected one of the data offered, not __proto__."),
        ({"loss": "constructor"}, "loss: expected one of the losses offered, not constructor."),
        ({"count": 1e9}, "points: expected a whole number from 4 to 2,000, not 1000000000."),
        ({"count": "200"}, "points: expected a whole number from 4 to 2,000, not 200."),
        ({"noise": None}, "noise: expected a number from 0 to 10, not null."),
        ({"hidden": [16, 0]}, "hidden layers: expected at most 6 widths from 1 to 64, such as 16, 16, not [16,0]."),
        ({"hidden": [64] * 6}, "hidden layers: 21,057 parameters; at most 12,000 are allowed."),
        ({"hidden": {"length": 2}}, "hidden layers: expected at most 6 widths"),
        ({"rate": -1}, "learning rate: expected a number from 0 to 1,000, not -1."),
        ({"data": "blobs", "classes": 6, "count": 5}, "points: at least 6, one of each class, not 5."),
        ({"seed": 0.5}, "seed: expected a whole number of at least 0, not 0.5."),
        ({"momentum": 1.5}, "momentum: expected a number from 0 to 1, not 1.5."),
        ({"turns": [[0, 0.1]]}, "the changes of the learning rate: expected at most 200 pairs of updates and a rate"),
        ({"turns": [[5, 0.1], [5, 0.2]]}, "the changes of the learning rate: expected at most 200"),
        ({"turns": [[5, -1]]}, "the changes of the learning rate: expected at most 200"),
        ({"turns": [7, "toString"]}, "the changes of the learning rate: expected at most 200"),
        ({"turns": [[n + 1, 1] for n in range(201)]}, "the changes of the learning rate: expected at most 200"),
        ({"batch": -1}, "batch: expected a whole number (0 takes all rows at once), not -1."),
        ({"start": [1, 2]}, "the starting numbers: expected 105, not 2."),
        ({"start": ["x"]}, 'the starting numbers: expected finite numbers, not ["x"].'),
        ({"data": "points"}, "the points: at least one is needed."),
        ({"data": "points", "points": [[1, 2, 5]]}, "the points: each class must be a whole number from 0 to 1."),
        ({"data": "points", "points": [[1, 2, 0], [1, 0]]}, "the points: expected rows of at most 17 finite numbers"),
        ({"data": "points", "points": [[1, None, 0]]}, "the points: expected rows of at most 17 finite numbers"),
    ],
)
def test_settings_that_are_not_allowed_are_refused_with_a_sentence(scripts, given, said):
    assert complaint(scripts, "checkSettings", given).startswith(said)


def test_settings_get_a_loss_that_fits_their_data(scripts):
    for given, loss in (
        ({"data": "blobs", "classes": 3}, "cross_entropy"),
        ({"data": "line"}, "mse"),
        ({"data": "line", "loss": "mae"}, "mae"),
        ({"data": "moons", "loss": "nll"}, "nll"),
    ):
        assert complaint(scripts, "checkSettings", given)["done"]["loss"] == loss
    assert json.loads(json.dumps(complaint(scripts, "checkSettings", {})["done"]))["data"] == "moons"


def test_every_script_of_the_folder_is_in_the_page():
    folder = Path(__file__).parents[4] / "viz/playgrounds/network"
    assert {str(path.relative_to(folder).with_suffix("")) for path in folder.rglob("*.js")} == set(SCRIPTS)
