"""A short run of `tests.fuzz`, the same checks with hypothesis' inputs, and faults that each of them must notice."""

import json
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
import viz.offline
import viz.pictures.dot
import viz.svg
import viz.words.latex
from engine.teaching.expression import find_functions, parse
from nn import checkpoint
from tests.conftest import lacks, tries
from tests.fuzz import expressions, files, labels, runs
from tests.fuzz.runs import TARGETS, find_fault, main, run, shrink
from tests.fuzz.words import MARKS, NAMES, Target
from viz.pictures.draw import draw
from viz.terminal import cli

# ---- no faults


@pytest.mark.parametrize("target", TARGETS)
def test_a_short_run_finds_no_faults(target):
    verdict = run(target, 0, range(1 + round(5 * TARGETS[target].share)))
    assert verdict.faults == {}


@pytest.mark.parametrize("target", ["expression", "command", "table", "checkpoint"])
def test_of_all_inputs_some_are_accepted_and_some_refused(target):
    assert {"accepted", "refused"} <= set(run(target, 1, range(60)).outcomes)


TOKENS = [*"+-*/()=;, ", "**", "x", "y", "2", ".5", "1e999", *find_functions()]
SEARCH = settings(max_examples=tries(40, 15), derandomize=True, database=None, deadline=None)


@pytest.mark.parametrize("target", ["terminal", "dot", "latex"])
@SEARCH
@given(labels=st.lists(st.text(), min_size=1, max_size=3))
def test_hypothesis_finds_no_label_that_does_harm(target, labels):
    assert find_fault(TARGETS[target].check, labels)[1] == ""


@SEARCH
@given(
    tokens=st.lists(
        st.sampled_from([*"+-*/()=;, ", "**", "x", "y", "2", ".5", "1e999", *find_functions()]) | st.text(max_size=2)
    )
)
def test_hypothesis_finds_no_expression_that_is_misread(tokens):
    text = "".join(tokens)
    names = [name for name in ("x", "y") if name in expressions.NAME.findall(text)]
    assert find_fault(expressions.check_expression, [text, *(f"{name}=-1.5" for name in names)])[1] == ""


# ---- faults that must be noticed


def script_in_a_picture(root):
    drawing = draw(root)
    return SimpleNamespace(svg=drawing.svg.replace("<title>", "<script>hit()</script><title>", 1), graph=drawing.graph)


def load_with_pickles(file):
    arrays = np.load(file, allow_pickle=True)
    return arrays["header"], arrays["numbers"]


def saved():
    return files.saved()[0][0]


def pickled():
    _, header, _ = files.saved()[0]
    entries = {"header.npy": np.frombuffer(header, np.uint8), "numbers.npy": np.array([files.Bomb()])}
    return files.pack({name: files.write_array(array) for name, array in entries.items()})


TWO_LINES = "gradwalk: error: a\nb"
TABLE = b"a,b\n1,x\n1e999,y\n"
# What is wrong: the target, an input that shows it, what is replaced by what.
PLANTED = {
    "another number": ("expression", ["x**3", "x=2"], expressions, "parse", lambda text, **x: parse("x*3", **x)),
    "what is no expression": ("expression", ["x, x", "x=2"], expressions, "parse", lambda text, **x: parse("x", **x)),
    "a KeyError": ("expression", ["x"], expressions, "parse", lambda text: {}[text]),
    "an order to the terminal": ("command", ["x"], cli, "main", lambda argv: print("\x1b[2J") or 0),
    "an error of two lines": ("command", ["x"], cli, "main", lambda argv: print(TWO_LINES, file=sys.stderr) or 2),
    "a script in a picture": ("picture", ["a"], labels, "draw", script_in_a_picture),
    "a mark that turns the text": ("picture", ["a\u202eb"], viz.svg, "clean", str),
    "the end of a script in a page": ("page", ["</script>"], viz.offline, "to_json", json.dumps),
    "markup in a worksheet": ("worksheet", ["<img>"], sys.modules["viz.sheets.paper"], "escape", str),
    "a raw label in the terminal": ("terminal", ["\x1b[2J"], labels, "walk_text", lambda root: root.label),
    "markup in DOT": ("dot", ["<b>x</b>"], viz.pictures.dot, "_lines", lambda lines: lines[-2]),
    "another name in DOT": ("dot", ["a", "b"], viz.svg, "clean", lambda text: text.replace("b", "c")),
    "no DOT": ("graphviz", ["a"], labels, "draw_dot", lambda root: SimpleNamespace(source="digraph {")),
    "a brace in LaTeX": ("latex", ["a}b"], viz.words.latex, "SPECIAL", {"#": r"\#"}),
    "a command in LaTeX": ("latex", [r"\input"], viz.words.latex, "SPECIAL", {"#": r"\#"}),
    "what mathtext cannot set": ("mathtext", ["a"], labels, "read_latex", lambda latex: [r"\nonsense"]),
    "a foreign message": ("table", (TABLE, None, True), nn.datasets.files, "_number", lambda text, *_: int(text)),
    "infinity in a table": ("table", (TABLE, None, True), nn.datasets.files, "isfinite", lambda number: True),
    "a pickle": ("checkpoint", (pickled, "forged"), checkpoint, "_read_arrays", load_with_pickles),
    "other numbers": ("checkpoint", (saved, "damaged"), checkpoint, "load", lambda *_, **__: nn.MLP(2, [3, 1])),
    "an OSError": ("request", (1, 1, 1), files, "worksheet", lambda **_: os.stat("missing")),
}


def test_every_checker_has_a_fault_to_notice():
    assert {target for target, *_ in PLANTED.values()} == set(TARGETS)


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_noticed(fault, monkeypatch, tmp_path):
    target, given, owner, name, new = PLANTED[fault]
    if target == "graphviz" and lacks("dot"):
        pytest.skip("Graphviz's dot")
    monkeypatch.chdir(tmp_path)
    if callable(given[0]):
        given = given[0](), given[1]
    assert find_fault(TARGETS[target].check, given)[1] == ""
    monkeypatch.setattr(owner, name, new)
    assert find_fault(TARGETS[target].check, given)[0] == "fault"


@pytest.mark.parametrize(
    "act",
    [
        lambda _: exec("1"),
        lambda _: eval("1 + 1"),
        lambda _: os.system("true"),
        lambda _: subprocess.run(["true"], check=True),
        lambda _: pickle.loads(pickle.dumps(Path("x"))),
        lambda _: Path("../elsewhere").write_text("x"),
        lambda _: os.remove(__file__),
    ],
)
def test_what_runs_or_writes_elsewhere_is_noticed(act, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert "it ran" in find_fault(act, None)[1]
    assert Path(__file__).exists()
    assert find_fault(lambda _: Path("here").write_text("x") and "written", None) == ("written", "")


def test_what_takes_long_is_noticed_and_stopped():
    def forever(_):
        while True:
            pass

    assert re.search(r"it (took|was)", find_fault(lambda _: sum(range(3_000_000)), None, seconds=0.01)[1])
    assert "it was stopped after 0.1 s" in find_fault(forever, None, seconds=0.01)[1]


def test_what_takes_much_memory_is_noticed():
    assert find_fault(lambda _: str(len(b"x" * 15_000_000)), None) == ("15000000", "")
    assert re.search("it took 1[45][0-9] MB", find_fault(lambda _: len(b"x" * 150_000_000), None)[1])


def test_inputs_at_fault_are_made_small():
    assert shrink("some x and more", lambda text: "x" in text) == "x"
    assert shrink(["a", "bx", "c", "xy"], lambda parts: "".join(parts).count("x") == 2) == ["x", "x"]
    assert shrink((b"abc", "stays"), lambda parts: b"b" in parts[0]) == (b"b", "stays")
    assert shrink((1, 2), lambda parts: True) == (1, 2)


def test_the_command(monkeypatch, capsys):
    def check(given):
        assert given < 95, f"{given} is too much"
        return "small"

    monkeypatch.setattr(runs, "TARGETS", {"sound": Target(lambda random: 0, lambda given: "sound", 1.0)})
    assert main(["--inputs", "7"]) == 0
    assert capsys.readouterr().out.endswith("7 sound\n7 inputs, 0 faults\n")
    monkeypatch.setitem(runs.TARGETS, "planted", Target(lambda random: random.randrange(100), check, 1.0))
    assert main(["--inputs", "100", "--seed", "1", "planted"]) == 1
    *_, fault, given, total = capsys.readouterr().out.splitlines()
    assert "is too much" in fault
    number = int(fault.split("first number ")[1].split(":")[0])
    assert runs.make("planted", 1, number) == int(given)
    assert total.startswith("100 inputs, ")
    assert main(["--inputs", "1", "--seed", "1", "--first", str(number), "planted"]) == 1
    with pytest.raises(SystemExit):
        main(["nothing"])
    assert "unknown target: 'nothing' (one of sound, planted)" in capsys.readouterr().err


def test_words_are_hostile():
    assert {"__proto__", "constructor", "toString", "lambda", "import", "function"} <= set(NAMES)
    assert any("onerror" in mark for mark in MARKS)
    assert {"\x00", "\u202e", "\ud800", "javascript:hit()"} <= set(MARKS)
