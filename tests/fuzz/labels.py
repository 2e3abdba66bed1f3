"""Fuzzing of labels and source lines, in every output that shows them."""

import json
import linecache
import re
import shutil
import subprocess
from html import escape
from random import Random
from xml.etree import ElementTree

import engine
from engine import Value
from engine.teaching.debug import Origin
from engine.teaching.graph import read_graph
from tests.fuzz.readers import SVG, check_html, check_svg, essence, read_dot, read_label, read_latex, set_math, tells
from tests.fuzz.watch import unwatched
from tests.fuzz.words import Target, word
from viz.pages.page import page
from viz.pictures.dot import draw_dot
from viz.pictures.draw import draw
from viz.sheets.worksheet import worksheet
from viz.words.explain import explain
from viz.words.text import walk_text


def make_labels(random: Random) -> list[str]:
    return [word(random) for _ in range(random.choice((2, 2, 3, 5)))]


def build(labels: list[str]) -> Value:
    """A graph with these labels, on a leaf each, and the first on its root too; the last line of source made it."""
    labels = labels or [""]
    leaves = [Value(0.5 + i, label) for i, label in enumerate(labels)]
    product = leaves[0] * leaves[-1]
    root = engine.sum([product, *(leaf * 2 for leaf in leaves)]).tanh()
    product.label, root.label = labels[-1], labels[0]
    name = f"<{labels[0][:50]}>"
    linecache.cache.clear()
    linecache.cache[name] = 0, None, [f"y = {labels[-1]}\n"], name  # type: ignore[assignment]
    root.origin = Origin(name, 1, 1, 0, 200, labels[0], labels[-1])
    return root


def check_picture(labels: list[str]) -> str:
    """An SVG is well-formed, has the elements and attributes of ours only, and tells every name."""
    root = build(labels)
    root.backward()
    drawing = draw(root)
    check_svg(drawing.svg)
    groups = ElementTree.fromstring(drawing.svg).iter(f"{SVG}g")
    boxes = [group for group in groups if {f"{SVG}title", f"{SVG}rect"} <= {element.tag for element in group}]
    for box, node in zip(boxes, drawing.graph.nodes, strict=True):
        bold = [text.text or "" for text in box.iter(f"{SVG}text") if text.get("font-weight") == "bold"]
        if node.kind != "constant":  # behind the name there may be the ! of a gradient that is not finite
            name = node.name.rpartition(".")[2] if node.scope and node.kind == "leaf" else node.name
            assert tells(bold[0].removesuffix(f" = {node.op}"), name), f"{bold[0]!r} for {name[:200]!r}"
    return "drawn"


def check_page(labels: list[str]) -> str:
    """A page differs from that of a harmless graph in its title and its data only, and these hold text only."""
    root = build(labels)
    title, data, rest = take_apart(page(root).html)
    assert rest == take_apart(page(build(["a", "b"])).html)[2], "markup changed"
    assert data.isascii()
    assert not re.search("[<>&]", data), "markup in the data"
    held = json.loads(data)
    assert title == escape(f"{held['nodes'][-1][0]} · backpropagation step by step"), title[:200]
    for node, (name, *_) in zip(engine.toposort(root), held["nodes"], strict=True):
        plain = re.sub(r"#\d+$", "", name)  # where a name occurs again, or a second time once it is printable
        plainer = re.sub(r"#\d+$", "", plain)
        told = any(tells(shown, node.label) for shown in (name, plain, plainer))
        assert told or not node.label, f"{name!r} for {node.label[:200]!r}"
    for listing in held["listings"]:
        for line in [listing["file"], *listing["lines"]]:
            assert line.isprintable()
            assert len(line) <= 240
    return "made"


def take_apart(html: str) -> tuple[str, str, str]:
    """The title, the data, and all the rest of a page."""
    first, _, after = html.partition("<title>")
    title, _, after = after.partition("</title>")
    middle, _, after = after.partition('<script type="application/json" id="data">')
    data, _, last = after.partition("</script>")
    return title, data, "\n".join([first, middle, last])


def check_worksheet(labels: list[str]) -> str:
    """A worksheet and an explanation are made of elements that do nothing."""
    root = build(labels)
    check_html(worksheet(root, text=labels[-1]).html)
    explanation = explain(root, root.operands[0].operands[0].operands[0])
    check_html(explanation.html)
    for picture in re.findall("<svg.*?</svg>", worksheet(root).html, re.DOTALL):
        check_svg(picture)
    return "made"


def check_terminal(labels: list[str]) -> str:
    """What goes to a terminal is printable: it moves no cursor, sets no title, turns no text."""
    root = build(labels)
    for text in (walk_text(root), str(explain(root, root.operands[0].operands[0].operands[0]))):
        for line in text.split("\n"):
            assert line.isprintable(), f"unprintable: {line[:200]!r}"
    return "written"


def check_dot(labels: list[str]) -> str:
    """The text is DOT, and every name in it a label that shows just this name."""
    root = build(labels)
    source = draw_dot(root).source
    names = [read_label(label) for label in read_dot(source)]
    for shown, node in zip(names, read_graph(root).nodes, strict=True):
        if node.kind != "constant":  # a name may stand below its scope, and with nothing to be seen it has no line
            name = node.name.rpartition(".")[2] if node.scope and node.kind == "leaf" else node.name
            lines = [line.removesuffix(f" = {node.op}") for line in shown.split("\n")[:2]]
            assert any(tells(line, name) for line in lines) or not essence(name), f"{lines!r} for {name[:200]!r}"
    return "written"


def check_graphviz(labels: list[str]) -> str:
    """Graphviz itself reads the text."""
    if not shutil.which("dot"):
        return "no dot on this machine"
    source = draw_dot(build(labels)).source
    with unwatched():
        done = subprocess.run(["dot", "-Tcanon"], input=source.encode(), capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b""), done.stderr[:300]
    return "read"


def check_latex(labels: list[str]) -> str:
    """LaTeX is written in which no name does anything."""
    root = build(labels)
    read_latex(explain(root, root.operands[0].operands[0].operands[0]).latex)
    return "written"


def check_mathtext(labels: list[str]) -> str:
    """What is written, matplotlib's mathtext can set, which takes it long."""
    root = build(labels)
    for cell in read_latex(explain(root, root.operands[0].operands[0].operands[0]).latex):
        set_math(cell)
    return "set"


TARGETS = {
    "picture": Target(make_labels, check_picture, 0.5),
    "page": Target(make_labels, check_page, 0.2),
    "worksheet": Target(make_labels, check_worksheet, 0.15),
    "terminal": Target(make_labels, check_terminal, 2),
    "dot": Target(make_labels, check_dot, 1),
    "graphviz": Target(make_labels, check_graphviz, 0.05),
    "latex": Target(make_labels, check_latex, 1),
    "mathtext": Target(make_labels, check_mathtext, 0.02),
}
