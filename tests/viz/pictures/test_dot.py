import os
import re
import sys
import time
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import graphviz
import pytest

from engine import Value
from engine import dot as dot_product
from tests.conftest import lacks
from viz.pictures.dot import Dot, draw_dot

HOSTILE = [
    "<b>bold</b>",
    "<>",
    "ends in \\",
    "\\N \\G \\l \\n",
    '\\"',
    '"; n0 -> n9; "',
    "{a|b} <port> c",
    "node",
    "&lt;&#60;",
    "line\nbreak\x00\x1b",
    "x" * 100_000,
    "javascript:alert(1)",
    "/* comment */ // #",
    "",
]
QUOTED = r'"(?:[^"\\\n]|\\[^\n])*"'
ATTRIBUTE = rf"\w+=(?:{QUOTED}|[\w.-]+)"
STATEMENT = re.compile(rf"\t(?:graph|node|edge|n\d+|n\d+ -> n\d+) \[{ATTRIBUTE}(?: {ATTRIBUTE})*\]|\tlabel={QUOTED}")


def check(source: str) -> None:
    """The source is statements of the kinds we write, and every text is one quoted string without markup."""
    first, *lines, last = source.splitlines()
    assert (first, last) == ("digraph {", "}")
    for line in lines:
        assert STATEMENT.fullmatch(line), line


def labels(source: str) -> list[str]:
    """The labels of the nodes as `dot` would show them: escapes read as it reads them."""
    found = re.findall(rf"\tn\d+ \[label=({QUOTED})", source)
    return [unescape(re.sub(r"\\(.)", lambda m: "\n" if m[1] == "l" else m[1], text[1:-1])) for text in found]


def test_the_graph_as_text() -> None:
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    y = a * b + 10.0
    y.label = "y"
    y.backward()
    dot = draw_dot(y)
    check(dot.source)
    assert isinstance(dot, graphviz.Digraph)
    assert dot.format == "svg"
    assert labels(dot.source) == [
        "a\ndata 2.0\ngrad -3.0\n",
        "b\ndata -3.0\ngrad 2.0\n",
        "v1 = *\ndata -6.0\ngrad 1.0\n",
        "10.0\n",
        "y = +\ndata 4.0\ngrad 1.0\n",
    ]
    assert re.findall(r"(n\d+ -> n\d+) \[(label=\S+)?", dot.source) == [
        ("n0 -> n2", "label=-3.0"),
        ("n1 -> n2", "label=2.0"),
        ("n2 -> n4", "label=1.0"),
        ("n3 -> n4", ""),
    ]


def test_both_edges_of_a_product_with_itself() -> None:
    a = Value(3.0, "a")
    assert draw_dot(a * a).source.count("n0 -> n1 [label=3.0") == 2


def test_settings() -> None:
    dot = draw_dot(Value(1.0).exp(), format="png", rankdir="TB")
    assert dot.format == "png"
    assert "graph [nslimit=2 nslimit1=2 rankdir=TB]" in dot.source
    assert "ortho" not in dot.source
    assert "backward() has not run: no gradients yet" in dot.source


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels_are_text(label: str) -> None:
    a = Value(1.0, label)
    y = a.exp()
    y.label = label
    source = draw_dot(y).source
    check(source)
    shown = re.sub(r"[\x00-\x1f]", " ", label)
    name = labels(source)[0].split("\n")[0]
    head, ellipsis, tail = name.partition("…")
    assert name == (shown or "v1") or (ellipsis and shown.startswith(head) and shown.endswith(tail))


@pytest.mark.parametrize(
    "source",
    [
        "digraph {\n\tn0 [label=<<b>x</b>>]\n}",
        'digraph {\n\tn0 [label="x\\"]\n}',
        'digraph {\n\tn0 [label="a"; n0 -> n9; "b"]\n}',
        'digraph {\n\tn0 [label="x"]\n\tevil [label="y"]\n}',
    ],
)
def test_the_check_rejects_markup_and_broken_quotes(source: str) -> None:
    with pytest.raises(AssertionError):
        check(source)


def test_large_graphs_are_folded() -> None:
    y = Value(0.5, "x")
    for _ in range(500):
        y = y.sin()
    source = draw_dot(y).source
    check(source)
    assert "nodes folded into" in source
    assert source.count(" -> ") < 30


def test_without_dot_it_says_how_to_come_by_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    dot = draw_dot(Value(1.0, "a").exp())
    assert dot.source
    for use in (dot.pipe, lambda: dot.render(tmp_path / "graph"), dot._repr_mimebundle_):
        with pytest.raises(graphviz.ExecutableNotFound, match=r"apt install graphviz.*viz\.draw"):
            use()


def put_dot(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Make a `dot` that runs this code the only program there is."""
    path = folder / "dot"
    path.write_text(f"#!{sys.executable}\nimport sys, time\n{code}\n", encoding="utf-8")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


ECHO = """
source = sys.stdin.read()
sys.stderr.write("a warning")
sys.stdout.write(f"<svg>{sys.argv[1:]} {source}</svg>")
"""


def test_pipe_and_render(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    put_dot(tmp_path, monkeypatch, ECHO)
    dot = draw_dot(Value(1.0, "a").exp())
    expected = f"<svg>['-Kdot', '-Tsvg'] {dot.source}</svg>"
    assert dot.pipe() == expected.encode()
    assert dot.pipe(encoding="utf-8") == expected
    assert capsys.readouterr().err == "a warning" * 2
    assert dot.pipe(quiet=True, engine="neato", renderer="cairo", formatter="gd", neato_no_op=2).startswith(
        b"<svg>['-Kneato', '-Tsvg:cairo:gd', '-n2']"
    )
    assert dot._repr_mimebundle_()["image/svg+xml"] == expected
    assert dot.render("graph", tmp_path / "new", quiet=True) == str(tmp_path / "new" / "graph.svg")
    assert (tmp_path / "new" / "graph.svg").read_text() == expected
    assert (tmp_path / "new" / "graph").read_text() == dot.source
    assert dot.render(tmp_path / "second", cleanup=True) == str(tmp_path / "second.svg")
    assert not (tmp_path / "second").exists()
    assert dot.render(outfile=tmp_path / "third.svg") == str(tmp_path / "third.svg")
    assert (tmp_path / "third.gv").read_text() == dot.source
    capsys.readouterr()


def test_the_source_is_saved_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    dot = draw_dot(Value(1.0, "α").exp())
    assert dot.save("graph.gv", Path("new", "folder")) == os.path.join("new", "folder", "graph.gv")
    path = tmp_path / "new" / "folder" / "graph.gv"
    assert path.read_text(encoding="utf-8") == dot.source
    path.write_text("old")
    monkeypatch.setattr(Dot, "source", property(lambda dot: "\ud800"))
    with pytest.raises(UnicodeEncodeError):
        dot.save()
    assert dot.save(skip_existing=True) == os.path.join("new", "folder", "graph.gv")
    assert path.read_text() == "old"
    assert os.listdir(path.parent) == ["graph.gv"]


def test_view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_dot(tmp_path, monkeypatch, ECHO)
    seen: list[tuple[Path, bool]] = []
    monkeypatch.setattr(graphviz, "view", lambda path, quiet: seen.append((path, quiet)))
    draw_dot(Value(1.0)).view(tmp_path / "graph", quiet=True, quiet_view=True)
    assert seen == [(tmp_path / "graph.svg", True)]


def test_a_dot_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_dot(tmp_path, monkeypatch, "time.sleep(600)")
    dot = draw_dot(Value(1.0, "a").exp())
    assert dot.limit == 60
    dot.limit = 0.2
    (tmp_path / "graph.svg").write_text("old")
    start = time.monotonic()
    for use in (dot.pipe, lambda: dot.render(tmp_path / "graph"), dot._repr_mimebundle_):
        with pytest.raises(TimeoutError, match=r"dot was stopped after 0\.2 seconds.*\.limit.*viz\.draw"):
            use()
    assert time.monotonic() - start < 60
    assert (tmp_path / "graph.svg").read_text() == "old"


@pytest.mark.parametrize(
    ("code", "error", "said"),
    [
        ("sys.stdout.buffer.write(bytes(range(256)))", RuntimeError, "dot wrote no svg but 256 bytes"),
        ("pass", RuntimeError, "dot wrote no svg but 0 bytes"),
        ("sys.stderr.buffer.write(b'broken \\xff'); sys.exit(3)", graphviz.CalledProcessError, "status 3.*broken"),
    ],
)
def test_a_dot_that_writes_garbage(
    code: str, error: type[Exception], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_dot(tmp_path, monkeypatch, code)
    dot = draw_dot(Value(1.0, "a").exp())
    (tmp_path / "graph.svg").write_text("old")
    for use in (dot.pipe, lambda: dot.render(tmp_path / "graph")):
        with pytest.raises(error, match=said):
            use()
    assert (tmp_path / "graph.svg").read_text() == "old"


@pytest.mark.skipif(lacks("dot"), reason="Graphviz's dot")
def test_dot_itself_reads_hostile_labels() -> None:
    root = dot_product([Value(1.0, label) for label in HOSTILE], [Value(2.0)] * len(HOSTILE))
    root.backward()
    picture = draw_dot(root).pipe(encoding="utf-8")
    shown = "".join(ElementTree.fromstring(picture.partition("<svg")[2].join(["<svg", ""])).itertext())
    for label in ("<b>bold</b>", "ends in \\", "{a|b} <port> c", "&lt;&#60;", "line break"):
        assert label in shown.replace("\xa0", " ")
    assert "<b>" not in picture


def test_bad_input() -> None:
    a = Value(1.0)
    with pytest.raises(ValueError, match=r"unknown format: 'svgg' \(one of .*'svg'"):
        draw_dot(a, format="svgg")
    with pytest.raises(ValueError, match=r"unknown rankdir: 'RL' \(one of 'LR', 'TB'\)"):
        draw_dot(a, rankdir="RL")
    with pytest.raises(TypeError, match="must be a Value, not int"):
        draw_dot(3)


def test_nothing_is_folded_where_that_is_asked_for() -> None:
    total = Value(0.0)
    for _ in range(200):
        total = total + Value(1.0) * Value(2.0)
    assert draw_dot(total).source.count("\tn") < 300
    assert draw_dot(total, fold="none").source.count(" = *\\l") == 200
