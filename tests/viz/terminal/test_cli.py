import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine import grad
from engine.teaching.expression import parse
from tests.conftest import tries
from viz.playgrounds.playground import playground
from viz.sheets.worksheet import worksheet
from viz.terminal.cli import main
from viz.words.explain import explain
from viz.words.text import walk_text

NEURON = ["tanh(x1*w1 + x2*w2 + b)", "x1=2", "x2=0", "w1=-3", "w2=1", "b=6.8813735870195432"]
HERE = Path(__file__).parents[3]


def run(*arguments: str, given: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own, with these bytes to read."""
    command = [sys.executable, "-W", "error", "-m", "viz.terminal.cli", *arguments]
    env = os.environ | {"PYTHONIOENCODING": "utf-8"} | environment
    return subprocess.run(command, capture_output=True, input=given, cwd=HERE, env=env, timeout=60, check=False)


def test_the_walk(capsys):
    assert main(NEURON) == 0
    printed = capsys.readouterr()
    root, _ = parse(NEURON[0], x1=2, x2=0, w1=-3, w2=1, b=6.8813735870195432)
    assert printed.out == walk_text(root) + "\n"
    assert printed.err == ""
    # the numbers of the lecture: tanh(0.8814) = 0.7071, and the gradient of w1 is 1
    assert "v5 = tanh(v4) = tanh(0.8814) = 0.7071" in printed.out
    assert re.search(r"^  w1\.grad: .* = 1\.0+$", printed.out, re.MULTILINE)
    assert re.search(r"^  x1\.grad: .* = -1\.50*$", printed.out, re.MULTILINE)


def test_the_chain_rule_of_one_leaf(capsys):
    assert main([*NEURON, "--explain", "w1"]) == 0
    root, leaves = parse(NEURON[0], x1=2, x2=0, w1=-3, w2=1, b=6.8813735870195432)
    assert capsys.readouterr().out == f"{explain(root, 'w1')}\n"
    assert explain(root, "w1").gradient == grad(root, leaves["w1"]) == pytest.approx(1.0)


def test_the_path_to_one_leaf(capsys):
    assert main(["tanh(w*x)", "x=1", "w=2", "--path", "x"]) == 0
    assert capsys.readouterr().out.startswith("∂v2/∂x = 0.1413, along the only path.")


def test_a_leaf_that_the_result_does_not_depend_on_is_told(capsys):
    given = ["h = w*x + z; L = 2*x", "w=1", "x=3", "z=2"]
    said = "L does not depend on w, z: the gradient is 0"
    assert main(given) == 0
    assert capsys.readouterr().out.startswith(f"{said}\n\nForward: ")
    assert main([*given, "--explain", "x"]) == 0
    assert capsys.readouterr().out == "∂L/∂x = 2.0\n"
    for option in ("--explain", "--path"):
        assert main([*given, option, "w"]) == 2
        assert capsys.readouterr().err == f"gradwalk: error: {said}\n"


def test_digits(tmp_path, capsys):
    given, file = ["w*tanh(x)", "w=3", "x=0.5", "--digits", "9"], tmp_path / "graph.svg"
    number = f"{3 * math.tanh(0.5):.9g}"
    for shown in ([], ["--walk"], ["--explain", "x"], ["--path", "x"], ["--svg", str(file)]):
        assert main([*given, *shown]) == 0
        assert (number if "x" not in shown else f"{3 - 3 * math.tanh(0.5) ** 2:.9g}") in capsys.readouterr().out
    assert f">{number}<" in file.read_text(encoding="utf-8")
    assert main([*given[:-1], "1", "--path", "w"]) == 0
    assert capsys.readouterr().out.startswith("∂v2/∂w = 0.5, along")
    assert main(given[:-2]) == 0  # four again
    assert "= 1.386\n" in capsys.readouterr().out
    asked = run("a*b", "a=2", "b=0.123456", "--quiz", "--digits", "6", given=b"x\na\n3\n")
    assert "∂v1/∂a" in (said := asked.stdout.decode())
    assert "0.123456" in said


@pytest.mark.parametrize(
    ("text", "number"), [("1/3", 1 / 3), ("-pi/2", -math.pi / 2), ("e", math.e), ("2*e-1", 2 * math.e - 1)]
)
def test_numbers_may_be_worked_out(text, number, capsys):
    assert main(["x", f"x={text}"]) == 0
    assert f"x = {number:.4g}"[:8] in capsys.readouterr().out


def test_a_picture(tmp_path, capsys):
    file = tmp_path / "neuron.svg"
    assert main([*NEURON, "--svg", str(file)]) == 0
    assert file.read_text(encoding="utf-8").startswith("<svg")
    assert capsys.readouterr().out.endswith(f"The graph is drawn in {file}\n")


@pytest.mark.parametrize("given", [["2+3"], ["max(2, 3)*2"], ["y = 2*x; 2+3", "x=1"]])
def test_a_picture_of_a_constant(given, tmp_path, capsys):
    file = tmp_path / "constant.svg"
    assert main([*given, "--svg", str(file)]) == 0
    assert file.read_text(encoding="utf-8").startswith("<svg")
    assert "is a constant: no leaf stands behind it" in capsys.readouterr().out


def test_a_page_to_step_through(tmp_path, capsys):
    file = tmp_path / "step.html"
    assert main([*NEURON, "--html", str(file), "--explain", "b"]) == 0
    assert "<html" in file.read_text(encoding="utf-8")
    assert capsys.readouterr().out.endswith(f"The page to step through is {file}: open it in a browser\n")


def test_a_playground_is_written(tmp_path, capsys):
    file = tmp_path / "playground.html"
    assert main(["--playground", str(file)]) == 0
    assert capsys.readouterr().out == f"The playground is in {file}: open it in a browser\n"
    assert file.read_text(encoding="utf-8") == playground().html
    assert main(["w*x", "w=2", "x=3", "--playground", str(file)]) == 0
    assert file.read_text(encoding="utf-8") == playground("w*x", w=2, x=3).html


def test_the_walk_and_the_quiz_without_a_terminal():
    done = run(*NEURON, "--walk")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == run(*NEURON).stdout
    done = run("w*x", "w=2", "x=3", "--quiz", given=b"2\n3\n")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "2 of 2 right at once" in done.stdout.decode()
    assert run("w*x", "w=2", "x=3", "--quiz", given=b"2\n").returncode == 1


def test_the_chain_rule_in_latex(capsys):
    assert main([*NEURON, "--explain", "w1", "--latex"]) == 0
    root, _ = parse(NEURON[0], x1=2, x2=0, w1=-3, w2=1, b=6.8813735870195432)
    assert capsys.readouterr().out == f"{explain(root, 'w1').latex}\n"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--level", "2", "--seed", "7"], lambda: worksheet(level=2, seed=7)),
        (["--sheets", "3"], lambda: worksheet(sheets=3)),
        (["--level", "1-2,4", "--title", "A test"], lambda: worksheet(level=[1, 2, 4], title="A test")),
        (["a*b + c", "c=3", "--sheets", "2"], lambda: worksheet(text="a*b + c", sheets=2, numbers={"c": 3})),
        (["a*b + c", "c=3"], lambda: worksheet(text="a*b + c", numbers={"c": 3})),
        (["a*b + c", "a=1", "b=2", "c=3"], lambda: worksheet(parse("a*b + c", a=1, b=2, c=3)[0], text="a*b + c")),
    ],
)
def test_worksheets(arguments, expected, tmp_path, capsys):
    file = tmp_path / "sheet.html"
    assert main([*arguments, "--worksheet", "--html", str(file)]) == 0
    assert file.read_text(encoding="utf-8") == expected().html
    assert capsys.readouterr().out == f"The worksheet is in {file}, followed by its answers: print it from a browser\n"


@pytest.mark.parametrize("name", ["missing/neuron.svg", "."])
def test_a_picture_that_cannot_be_written(name, tmp_path, capsys):
    assert main([*NEURON, "--svg", str(tmp_path / name)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("gradwalk: error: ")
    assert str(tmp_path / name) in printed.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "first", "last"),
    [
        (["-x", "x=3"], "Forward: from the numbers given to v1", "  x.grad: 0 + 1.0·(-1.0) via v1 = -1.0"),
        (["-(x)", "--explain", "x", "x=3"], "∂v1/∂x = -1.0", "∂v1/∂x = -1.0"),
        (["--explain", "x", "--", "--x", "x=-3"], "∂v2/∂x = ∂v2/∂v1 · ∂v1/∂x", "      = -1.0 · (-1.0) = 1.0"),
        (
            ["h = 2*x; h*h", "x=-1.5e0", "--explain=h"],
            "∂v1/∂h is the sum over 2 paths, each with all else held fixed:",
            "∂v1/∂h = -3.0 + (-3.0) = -6.0",
        ),
        (["-2", "--explain", "x"], None, "unknown node: 'x'"),
        (["α*β", "α= 1", "β=inf", "--explain", "β"], "∂v1/∂β = α", "       = 1.0"),
    ],
)
def test_arguments_that_look_like_options(arguments, first, last, capsys):
    assert main(arguments) == (0 if first else 2)
    printed = capsys.readouterr()
    lines = (printed.out or printed.err).rstrip("\n").split("\n")
    assert lines[0].startswith(first or "gradwalk: error:")
    assert last in lines[-1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], 'an expression is needed, such as "tanh(w*x + b)" w=1 x=2 b=3'),
        ([""], "the expression is empty"),
        (["x"], "column 1: no value for x: give x=NUMBER"),
        (["x", "x=1", "y=2"], "no 'y' in the expression (its names: 'x')"),
        (["x", "x=one"], "x=one: 'one' is not a number (such as 0.42, -3, 1.5e-3 or 1/3)"),
        (["x", "x="], "x=: '' is not a number (such as 0.42, -3, 1.5e-3 or 1/3)"),
        (["x", "x"], "expected name=number, not 'x'"),
        (["x", "=1"], "expected name=number, not '=1'"),
        (["x", "x=1", "x=2"], "x is given twice: 1.0 and 2"),
        (["x", "x=1e999"], "x=1e999: too large for a float (largest: 1.8e308)"),
        (["x", "x=-1e999"], "x=-1e999: too large for a float (largest: 1.8e308)"),
        (["x", "x=1/0"], "x=1/0: comes to inf"),
        (["x", "x=log(0)"], "x=log(0): comes to -inf"),
        (["x", "x=0/0"], "x=0/0: comes to nan"),
        (["x + tahn(x)", "x=1"], "column 5: unknown function: 'tahn' (did you mean tan or tanh?)"),
        (["x**", "x=1"], "column 4: expected a number"),
        (["x", "x=1", "--explain", "w"], "unknown node: 'w' (one of x)"),
        (["x", "x=1", "--sgv", "f"], "unrecognized arguments: --sgv f (did you mean --svg?)"),
        (["x", "x=1", "--frobnicate"], "unrecognized arguments: --frobnicate\n"),
        (["x", "x=1", "-explain", "x"], "unknown option: -explain (did you mean --explain?)"),
        (["x", "x=1/2y"], "x=1/2y: '1/2y' is not a number (such as 0.42, -3, 1.5e-3 or 1/3)"),
        (["x", "x=1", "--path", "w"], "unknown node: 'w' (one of x)"),
        (["x", "x=1", "--svg"], "argument --svg: expected one argument"),
        (["x", "x=1", "--walk", "--quiz"], "argument --quiz: not allowed with argument --walk"),
        (["x", "x=1", "--latex"], "--latex goes with a chain rule: --explain NAME --latex"),
        (["x", "x=1", "--level", "2"], "--level is for a worksheet: --worksheet --html sheet.html"),
        (["--level", "2"], 'an expression is needed, such as "tanh(w*x + b)" w=1 x=2 b=3'),
        (["--playground", "a.html", "--svg", "a.svg"], "--playground allows no other output: --playground"),
        (["--playground", "a.txt"], "the file name must end in .html, not 'a.txt'"),
        (["--worksheet"], "a worksheet needs a file of its own: --worksheet --html sheet.html"),
        (["--worksheet", "--html", "a.html", "--svg", "a.svg"], "a worksheet needs a file of its own"),
        (["--worksheet", "--html", "a.html", "--level", "9"], "unknown level: 9 (one of 1, 2, 3, 4, 5, 6)"),
        (
            ["--worksheet", "--html", "a.html", "--level", "two"],
            "--level 'two': a level such as 2, or several such as 1-3 or 2,4",
        ),
        (["--worksheet", "--html", "a.html", "--level", "3-1,2"], "--level '3-1,2': 3-1 has no levels: give 1-3"),
        (["--worksheet", "--html", "a.html", "--seed", "-1"], "seed must be a whole number from 0, not -1"),
        (["--worksheet", "--html", "a.html", "--sheets", "0"], "a file holds 1 to 200 sheets, not 0"),
        (["x", "x=1", "--sheets", "2"], "--sheets is for a worksheet: --worksheet --html sheet.html"),
        (["x", "--worksheet", "--html", "a.html", "--level", "2"], "--level is for a generated worksheet: leave out"),
        (
            ["--worksheet", "--html", "a.html", "--key", "./a.html"],
            "the worksheets and their answers need different",
        ),
        (["--worksheet", "--html", "a.pdf"], "the file name must end in .html, not 'a.pdf'"),
        (["x", "x=1", "--html", "missing/a.html"], "cannot write 'missing/a.html': there is no folder 'missing'"),
        *((["x", "x=1", "--digits", n], f"--digits {n!r}: a whole number from 1 to 17") for n in ("0", "18", "x")),
        (["x", "x=1", "--digits", "5", "--html", "a.html"], "--digits is for text and drawings, not for a page"),
        (["(" * 5000], "column 101: nested more than 100 levels deep"),
        (["1" * 20_000], "an expression of 20,000 characters (at most 5,000)"),
    ],
)
def test_errors_are_one_clear_line(arguments, message, capsys):
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"gradwalk: error: {message}")
    first, *caret = printed.err.rstrip("\n").split("\n")
    assert len(caret) == (2 if "column" in first else 0)
    assert all(len(line) <= 80 for line in caret)


def test_a_process_of_its_own(tmp_path):
    done = run(*NEURON, "--explain", "w1", "--svg", str(tmp_path / "neuron.svg"))
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().startswith("∂v5/∂w1 = ")
    assert (tmp_path / "neuron.svg").exists()


def test_a_process_that_fails():
    done = run("x +", "x=1")
    assert (done.returncode, done.stdout) == (2, b"")
    lines = done.stderr.decode().splitlines()
    assert lines == [
        "gradwalk: error: column 4: expected a number, a name or '(', not the end",
        "    x +",
        "       ^",
    ]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"][: tries(3, 1)])
def test_a_terminal_without_unicode(encoding):
    done = run("tanh(α*x)", "α=1", "x=2", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"dv2/d\u03b1 += dv2/dv1 * x" in done.stdout
    assert b"  tanh <= 1  " in run("tanh(x)", "x=1", "--path", "x", PYTHONIOENCODING=encoding).stdout
    failed = run("α +", "α=1", PYTHONIOENCODING=f"{encoding}:strict")
    assert failed.returncode == 2
    assert b"Traceback" not in failed.stderr


def test_a_reader_that_closes_early():
    command = [sys.executable, "-m", "viz.terminal.cli", "+".join(["x*x"] * 400), "x=2"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=HERE)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 0


def test_help_and_version(capsys):
    for argument, expected in [("--help", "gradwalk [-h]"), ("--version", "gradwalk ")]:
        with pytest.raises(SystemExit) as done:
            main([argument])
        assert done.value.code == 0
        text = capsys.readouterr().out
        assert expected in text
        assert max(map(len, text.split("\n"))) <= 80


def test_the_help_says_what_t_is_where_a_derivative_has_it(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    rows = re.split(r"\n  (?=\w+\()", capsys.readouterr().out.partition("functions, and")[2])
    assert len(rows) > 30
    for row in rows:
        derivatives, _, term = row.partition("where t is")
        assert bool(term) == bool(re.search(r"\bt\b", derivatives.partition(")")[2])), row


def test_the_example_in_the_help_works(capsys):
    with pytest.raises(SystemExit):
        main(["-h"])
    example = capsys.readouterr().out.rstrip().split("\n")[-1]
    assert example.split() == ["gradwalk", *f'"{NEURON[0]}"'.split(), *NEURON[1:]]


def test_the_answers_go_into_a_file_of_their_own(tmp_path, capsys):
    file, key = tmp_path / "class.html", tmp_path / "key.html"
    assert main(["--worksheet", "--sheets", "2", "--html", str(file), "--key", str(key)]) == 0
    made = worksheet(sheets=2)
    assert file.read_text(encoding="utf-8") == made.questions.html
    assert key.read_text(encoding="utf-8") == made.answers.html
    assert f"its answers are in {key}" in capsys.readouterr().out
    assert main(["--worksheet", "--html", str(tmp_path / "new.html"), "--key", str(tmp_path / "key.txt")]) == 2
    assert not (tmp_path / "new.html").exists()
