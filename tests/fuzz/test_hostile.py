"""Hostile input by hand, and what fuzzing found (see `tests.fuzz`), so that it stays mended."""

import io
import json
import zipfile

import numpy as np
import pytest

import engine
import nn
from engine import Value, parse
from engine.teaching.expression import ExpressionError
from nn.export.checkpoint import build
from tests.fuzz import expressions, files, labels, readers
from tests.fuzz.runs import find_fault
from tests.fuzz.words import MARKS, NAMES
from tests.nn.test_gradcheck import NETWORKS
from tests.viz.pages.test_page_numbers import find_differences
from viz.pages.page import page
from viz.pictures.draw import draw
from viz.sheets.worksheet import worksheet
from viz.terminal.cli import main
from viz.words.explain import explain

# ---- expressions


def test_names_that_mean_something_elsewhere_are_names():
    names = [name for name in NAMES if name.isidentifier()]
    numbers = {name: float(place) for place, name in enumerate(names, 1)}
    root, leaves = parse(" + ".join(f"{name}*{name}" for name in names), **numbers)
    assert root.data == sum(number * number for number in numbers.values())
    assert list(leaves) == names
    root.backward()
    assert [leaf.grad for leaf in leaves.values()] == [2 * number for number in numbers.values()]


def test_numbers_of_any_size_are_those_of_float64():
    for text, number in (
        ("9**9**9", "inf"), ("-9**9**9", "-inf"), ("0*9**9**9", "nan"), ("2**-9**9", "0.0"), ("1e308*10", "inf"),
        ("0." + "0" * 4900 + "1", "0.0"), ("1e-99999", "0.0"), ("0" * 4990 + "7", "7.0"),
        ("\u3000 1\x1c+\x85 1", "2.0"),
    ):  # fmt: skip
        assert repr(parse(text)[0].data) == number
        assert find_fault(expressions.check_expression, [text]) == ("accepted", "")


def test_thousands_of_numbers_that_python_raises_for_take_no_time():
    # each division by zero compiled the formulas anew, for 5,000 of them 1.2 s in all
    for text in ("/".join(["0"] * 2500), "9**9**9" + "*log(0)" * 700):
        assert find_fault(expressions.check_expression, [text])[0].startswith("accepted")


def test_messages_quote_a_little_of_what_is_long():
    name = "a" * 2000
    for text, numbers in (
        (name, {}),
        (f"{name} + b", {"b": 1, "a" * 999: 2}),
        ("b", {"b": 1, name: 2}),
        (f"{name}(1)", {name: 1}),
        (f"{name} = 2; {name} = 3; 1", {}),
        (f"{name} = {name}", {}),
        (f"{name} = 1", {name: 1}),
        ("+".join(f"x{i}" for i in range(900)), {}),
    ):
        with pytest.raises(ExpressionError) as caught:
            parse(text, **numbers)
        assert max(map(len, str(caught.value).split("\n"))) <= 500
    many = {f"x{i}": 1.0 for i in range(900)}
    with pytest.raises(ExpressionError, match=r"no 'y' in the expression \(its names: 'x0', .* and 892 more\)"):
        parse("+".join(many), **many, y=2.0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x", "x\ny=one"], "gradwalk: error: x y=one: 'one' is not a number (such as 0.42, -3, 1.5e-3 or 1/3)\n"),
        (["x", "\x1b[2J=one"], "gradwalk: error: ?[2J=one: 'one' is not a number (such as 0.42, -3, 1.5e-3 or 1/3)\n"),
        (["x", "--\u202e\n"], "gradwalk: error: unrecognized arguments: --?\n"),
    ],
)
def test_errors_of_the_command_stay_in_their_line(arguments, said, capsys):
    assert main(arguments) == 2
    assert capsys.readouterr().err == said
    assert main(["x", "=" + "1" * 100_000]) == 2
    assert len(capsys.readouterr().err) < 500


# ---- labels

NASTY = ["<script>hit()</script>" * 5000, "\n" * 100_000, "\u202e" * 100_000, "…" * 100_000, *MARKS, *NAMES]


@pytest.mark.parametrize("output", ["picture", "page", "worksheet", "terminal", "dot", "latex"])
def test_labels_are_text_everywhere(output):
    check = labels.TARGETS[output].check
    for first in range(0, len(NASTY), 48 if output in ("page", "worksheet") else 12):
        assert find_fault(check, NASTY[first : first + 12])[1] == ""


def test_a_label_of_many_lines_does_not_fill_the_picture():
    assert len(draw(Value(1.0, "\n" * 100_000).exp()).svg) < 10_000


def test_a_page_with_all_nasty_names_runs_nothing_and_computes_as_python_does(browser, tmp_path):
    leaves = [Value(0.01 + place / 64, name) for place, name in enumerate([*NAMES, *MARKS[::3]])]
    parts = [(a * b).sigmoid() for a, b in zip(leaves, leaves[1:] + leaves[:1], strict=True)]
    for part, leaf in zip(parts, reversed(leaves), strict=True):
        part.label = leaf.label
    root = engine.sum(parts).tanh()
    root.label = "__proto__"
    path = tmp_path / "page.html"
    page(root).save(path)
    context = browser.new_context(offline=True)
    context.add_init_script("window.ran = false; window.hit = () => { window.ran = true; }; window.alert = window.hit;")
    tab = context.new_page()
    requests, complaints = [], []
    tab.on("request", lambda request: requests.append(request.url))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda message: complaints.append(message.text))
    tab.goto(path.as_uri())
    for place in range(0, tab.evaluate("page.run.steps.length"), 60):
        tab.evaluate(f"page.go({place})")
    assert find_differences(tab, [root, *parse_each(NAMES)]) == []
    assert tab.evaluate("window.ran") is False
    assert tab.evaluate("Object.prototype.toString.call({}) + Object.keys(Object.prototype)") == "[object Object]"
    assert (requests, complaints) == ([path.as_uri()], [])
    context.close()


def parse_each(names):
    """An expression on each of the names."""
    return [parse(f"h = {name}*{name}; tanh(h) + {name}", **{name: 0.5})[0] for name in names if name.isidentifier()]


def test_a_page_that_did_run_something_would_be_noticed(browser):
    tab = browser.new_page()
    tab.add_init_script("window.ran = false; window.hit = () => { window.ran = true; };")
    tab.goto("data:text/html,<img src=x onerror=hit()>")
    tab.wait_for_function("window.ran")
    tab.close()


def test_names_in_latex_do_not_act():
    for name in ("\\end{aligned}", "\\write18{id}", "a%b", "$$", "^^M", "x_y", "\\\\", "#1", "&"):
        root = Value(2.0, name) * Value(3.0, "b")
        readers.read_latex(explain(root, root.operands[0]).latex)


# ---- tables


def test_a_table_with_very_many_columns_takes_no_time(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where the checker writes
    # to look every name up among all the others took 6 s
    text = ",".join(f"c{i}" for i in range(20_000)) + "\n" + "1," * 19_999 + "x\n"
    assert find_fault(files.check_table, (text.encode(), None, True)) == ("accepted", "")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x1b[2J,b\n2,1\nx,1\n", r"data.csv, line 3, '\x1b[2J': a number expected, 'x' given"),
        (b"a,b\n2,1\n" + b"x" * 100_000 + b",1\n", f"data.csv, line 3, a: a number expected, '{'x' * 39}…' given"),
        (
            "a,\u202e\n1,\n".encode(),
            "data.csv, line 2, '\\u202e': a class expected, nothing given (missing=\"drop\" leaves it out)",
        ),
        (b"a,b\n1,\x00\n1," + b"y" * 200_000, "data.csv, line 3: field larger than field limit (131072)"),
        (b"\xff\xfea\x00", "data.csv: not UTF-8 text: invalid start byte at byte 0"),
    ],
)
def test_errors_of_a_table_stay_in_their_line(data, said, tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"data\.csv") as caught:
        nn.load_csv(path)
    assert str(caught.value) == said


def test_of_many_columns_some_are_listed(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(",".join(f"c{i}" for i in range(99)) + "\n")
    with pytest.raises(ValueError, match=r"no column 'z' \(one of 'c0', .*'c11', …\)$"):
        nn.load_csv(path, target="z")


# ---- checkpoints


def forged(tmp_path, compression=zipfile.ZIP_STORED, **changes):
    """The path of a checkpoint with another header, or with other arrays."""
    header = {
        "format": "gradwalk checkpoint", "version": 1, "model": "MLP(1, [1], output='linear')",
        "names": ["layers[0].neurons[0].weights[0]", "layers[0].neurons[0].bias"],
        "optimizer": None, "schedule": None, "notes": None,
    }  # fmt: skip
    arrays = {name: changes.pop(name) for name in ("header.npy", "numbers.npy") if name in changes}
    text = json.dumps(header | changes).encode()
    arrays.setdefault("header.npy", files.write_array(np.frombuffer(text, np.uint8)))
    arrays.setdefault("numbers.npy", files.write_array(np.array([1.0, 2.0])))
    path = tmp_path / "m.npz"
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in arrays.items():
            archive.writestr(name, content)
    return path


def test_a_sound_checkpoint_made_by_hand_is_read(tmp_path):
    assert list(nn.load(forged(tmp_path)).state_dict().values()) == [1.0, 2.0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("MLP(2, [99999999])", "m.npz: MLP(2, [99999999]) holds more than the 2 numbers that are there"),
        ("Layer(n_in=99999, n_out=99999)", "is not made of nn's own layers"),
        ("RNN(n_hidden=99999, n_in=1)", "is not made of nn's own layers"),
        ("Sequential(LSTM(1, 99999))", "holds more than the 2 numbers"),
        ("Conv2d(1, 1, 99999)", "holds more than the 2 numbers"),
        ("Conv2d(1, 1, 2, 1)", "holds more than the 2 numbers"),
        ("Conv1d(1, 1, 9999999, padding=0)", "holds more than the 2 numbers"),
        ("BatchNorm(999999999, 0)", "holds more than the 2 numbers"),
        ("Embedding(99999, 99999)", "holds more than the 2 numbers"),
        ("Sequential(" + "Layer(1, 1), " * 99 + ")", "holds more than the 2 numbers"),
        ("MLP(2, [1]", "is not made of nn's own layers"),
        ("\x1b[2J\n", r"m.npz: '\x1b[2J\n' is not made of nn's own layers"),
        ("__import__('os').system('id')", "is not made of nn's own layers"),
    ],
)
def test_a_model_larger_than_its_file_is_not_made(text, said, tmp_path):
    path = forged(tmp_path, model=text)
    with pytest.raises(ValueError, match=r"m\.npz: ") as caught:
        nn.load(path)
    assert said in str(caught.value)


def test_models_of_every_kind_are_not_taken_for_too_large(tmp_path):
    models = [
        *[network for network, _ in NETWORKS],
        nn.MLP(300, [1, 300]), nn.MLP(1, [1]), nn.Neuron(3), nn.Perceptron(3), nn.Layer(2, 3, "prelu"), nn.RNN(1, 2),
        nn.LSTM(2, 3), nn.GRU(3, 1), nn.Embedding(5, 2), nn.BatchNorm(3, momentum=0.5), nn.LayerNorm(4),
        nn.Conv1d(2, 3, 4, stride=5, padding=6), nn.Conv2d(1, 2, 3, stride=9, padding=9), nn.Conv2d(1, 2, (3, 1)),
        nn.Sequential(nn.Unflatten((2, 8)), nn.MaxPool(2), nn.AvgPool(4), nn.Flatten(), nn.Activate("relu")),
        nn.Sequential(nn.Residual(nn.Layer(2, 2)), nn.Dropout(0.5), nn.GaussianNoise(1), nn.Activate("prelu")),
        nn.Sequential(nn.PReLU(init=9.0), nn.PReLU()),
    ]  # fmt: skip
    assert {type(part).__name__ for model in models for part in model.modules()} == set(nn.checkpoint.MODULES)
    for model in models:
        nn.save(model, tmp_path / "m.npz")
        assert nn.load(tmp_path / "m.npz").state_dict() == model.state_dict()
        assert repr(build(repr(model), len(model.state_dict()))) == repr(model)


@pytest.mark.parametrize("name", ["header.npy", "numbers.npy"])
def test_a_zip_bomb_is_refused_before_it_is_unpacked(name, tmp_path):
    bomb = files.write_array(np.zeros(40_000_000, np.uint8))
    path = forged(tmp_path, zipfile.ZIP_DEFLATED, **{name: bomb})
    del bomb
    assert path.stat().st_size < 100_000
    outcome, said = find_fault(lambda _: refuse(path), None, megabytes=20)
    assert said == ""
    assert outcome == "m.npz: not a gradwalk checkpoint, or damaged (packed arrays)"


def refuse(path):
    with pytest.raises(ValueError, match=r"m\.npz") as caught:
        nn.load(path)
    return str(caught.value)


@pytest.mark.parametrize("shape", ["(99999999999,)", "(500000000,)", "(-1,)", "(1e3,)"])
def test_numbers_that_are_not_there_get_no_room(shape, tmp_path):
    array = files.write_array(np.array([1.0, 2.0])).replace(b"(2,), }" + b" " * 20, f"{shape}, }}".ljust(27).encode())
    path = forged(tmp_path, **{"numbers.npy": array})
    outcome, said = find_fault(lambda _: refuse(path), None, megabytes=20)
    assert said == ""
    assert outcome.startswith("m.npz: not a gradwalk checkpoint, or damaged (")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": "9" * 5000}, "version '999"),
        ({"\x1b" * 5000: 1}, "its header has '"),
        ({"names": [["a"], "b"]}, "names and numbers do not match"),
        ({"names": ["a" * 99_999, "\n"]}, "not the state of this MLP: missing: layers[0]"),
        ({"optimizer": {"lr": "x"}}, ""),
    ],
)
def test_errors_of_a_checkpoint_stay_in_their_line(changes, said, tmp_path):
    path = forged(tmp_path, **changes)
    if not said:
        assert nn.load(path)
        model = nn.MLP(1, [1])
        with pytest.raises(ValueError, match=r"m\.npz: "):
            nn.load(path, model, optimizer=nn.Adam(model.parameters()))
        return
    message = refuse(path)
    assert said in message
    assert message.isprintable()
    assert len(message) < 500


def test_an_array_with_a_broken_header_is_refused(tmp_path):
    array = files.write_array(np.array([1.0, 2.0]))
    for broken in (
        array.replace(b"}", b" "),  # NumPy's reader of headers of Python 2 has the tokenizer's errors
        array.replace(b"<f8", b",f8"),  # its reader of types has those of Python's parser
        b"no array",
    ):
        assert "damaged" in refuse(forged(tmp_path, **{"numbers.npy": broken}))
    file = io.BytesIO()
    np.save(file, np.zeros(3))
    (tmp_path / "m.npz").write_bytes(file.getvalue())
    assert "damaged" in refuse(tmp_path / "m.npz")


# ---- worksheets


@pytest.mark.parametrize("seed", [2**64, 10**40])
def test_any_whole_number_is_a_seed(seed):
    assert worksheet(level=1, seed=seed).html == worksheet(level=1, seed=seed).html


def test_other_requests_are_refused_in_a_line():
    for request in (
        (1.5, 0, 1), ("1", 0, 1), ([], 0, 1), (1, 1.5, 1), (1, "0", 1), (1, 0, 1.5), (1, 0, "1"), (1, -1, 1),
        (1, 0, 201), (1, 10**5000, 1), (10**5000, 1, 1), (1, 1, 10**5000),
    ):  # fmt: skip
        assert find_fault(files.check_request, request) == ("refused", ""), str(request[1:])[:99]
