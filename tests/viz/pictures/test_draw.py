import hashlib
import math
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import nn
import viz.files
from engine import Value, dot, logsumexp
from tests.contrast import contrast, luminance
from viz import svg
from viz.files import check_path
from viz.numbers import format_number
from viz.pages.page import page
from viz.pictures.draw import Drawing, draw
from viz.scale import Scale, colour, find_scale

NAMESPACE = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "</text><script>alert(1)</script>",
    "<!--",
    "]]>&amp;\"'",
    "\u202eright to left\u202c\u2066\u200f\u00ad",
    "\x00\x07\x1b[31m\r\n\t",
    "\ud800\ufffe",
    "x" * 100_000,
    "javascript:alert(1)",
    "漢字" * 30,
    "e" + "\u0301" * 500,
    "שלום",
    " ",
    "layers[0].neurons[1]." + "w" * 400,
]


def neuron() -> Value:
    """Karpathy's two-input neuron, whose gradients are 1, -1.5, 0, 0.5 and 0.5."""
    x1, x2, w1, w2, b = (
        Value(number, label)
        for number, label in [(2.0, "x1"), (0.0, "x2"), (-3.0, "w1"), (1.0, "w2"), (6.8813735870195432, "b")]
    )
    y = (x1 * w1 + x2 * w2 + b).tanh()
    y.label = "y"
    return y


def hostile() -> Value:
    return dot([Value(1.0, label) for label in HOSTILE], [Value(-0.5 * i, label) for i, label in enumerate(HOSTILE)])


def several() -> Iterator[Value]:
    a = Value(3.0, "a")
    yield a
    yield a * a
    yield neuron()
    yield hostile()
    yield -logsumexp([Value(1.0, "z1"), Value(-1e-7, "z2"), Value(1e300, "z3")])
    yield Value(0.0, "x").log() + Value(-1.0, "y").sqrt() + Value(-1.0).relu() * 2.0
    weights = [Value(0.1 * i, f"layers[0].neurons[{i}].weights[0]") for i in range(12)]
    yield sum(((w * a + 1.0).tanh() for w in weights), Value(0.0))
    yield sum(((w * a + 1.0).tanh() for w in weights * 40), Value(0.0))


@cache
def drawings() -> list[Drawing]:
    found = [draw(root) for root in several()]
    for root in several():
        root.backward()
        found += [draw(root), draw(root, constants=False, digits=10), draw(root, fold="neuron")]
    return found


def parse(drawing: Drawing) -> ElementTree.Element:
    return ElementTree.fromstring(drawing.svg)


def boxes(tree: ElementTree.Element) -> Iterator[tuple[list[ElementTree.Element], list[ElementTree.Element]]]:
    """The rectangles and the texts of every box."""
    for group in tree.iter(f"{NAMESPACE}g"):
        rects = group.findall(f"{NAMESPACE}rect")
        if rects and group.find(f"{NAMESPACE}title") is not None:
            yield rects, group.findall(f"{NAMESPACE}text")


def check_texts(tree: ElementTree.Element) -> None:
    """No text leaves its box, at 0.62 em a character and with two for a wide one."""
    for rects, texts in boxes(tree):
        x, y, width, height = (float(rects[-1].get(key, "nan")) for key in ("x", "y", "width", "height"))
        for text in texts:
            size = float(text.get("font-size", "11"))
            room = svg.cells(text.text or "") * 0.62 * size
            left = float(text.get("x", "nan")) - (room / 2 if text.get("text-anchor") == "middle" else 0)
            base = float(text.get("y", "nan"))
            assert left >= x
            assert left + room <= x + width + 0.1
            assert base - 0.8 * size >= y
            assert base + 0.2 * size <= y + height


def test_texts_stay_in_their_boxes() -> None:
    for drawing in drawings():
        check_texts(parse(drawing))


def test_the_check_of_texts_rejects_a_small_box() -> None:
    text = draw(neuron()).svg
    for wrong in (
        re.sub(r'width="9\d(\.\d)?"', 'width="60"', text),
        text.replace(">x1<", ">x1, the first of the inputs<"),
    ):
        assert wrong != text
        with pytest.raises(AssertionError):
            check_texts(ElementTree.fromstring(wrong))


def test_the_neuron_in_numbers() -> None:
    root = neuron()
    root.backward()
    shown = {texts[0].text: [text.text for text in texts[1:]] for _, texts in boxes(parse(draw(root)))}
    assert shown == {
        "x1": ["data", "2.0", "grad", "-1.500"],
        "x2": ["data", "0.0", "grad", "0.5000"],
        "w1": ["data", "-3.0", "grad", "1.000"],
        "w2": ["data", "1.0", "grad", "0.0"],
        "b": ["data", "6.881", "grad", "0.5000"],
        "v1 = *": ["data", "-6.0", "grad", "0.5000"],
        "v2 = *": ["data", "0.0", "grad", "0.5000"],
        "v3 = +": ["data", "-6.0", "grad", "0.5000"],
        "v4 = +": ["data", "0.8814", "grad", "0.5000"],
        "y = tanh": ["data", "0.7071", "grad", "1.0"],
    }
    assert ">gradient is zero<" in draw(root).svg


def test_edges_carry_their_local_derivative() -> None:
    a, b = Value(3.0, "a"), Value(-2.0, "b")
    y = a * a - b
    y.backward()
    text = draw(y).svg
    titles = [title.text for title in parse(draw(y)).iter(f"{NAMESPACE}title")]
    assert "a → v1, operand 1 of *\nlocal derivative 3.0\nupstream 1.0 · local = contribution 3.0" in titles
    assert "a → v1, operand 2 of *\nlocal derivative 3.0\nupstream 1.0 · local = contribution 3.0" in titles
    assert "b → v2, operand 2 of -\nlocal derivative -1.0\nupstream 1.0 · local = contribution -1.0" in titles
    assert text.count(">3.0</text>") == 3  # data of a, and both edges of a*a
    assert "number on an edge: local derivative" in text


def test_full_numbers_and_formulas_are_under_the_mouse() -> None:
    root = neuron()
    root.backward()
    titles = [title.text for title in parse(draw(root)).iter(f"{NAMESPACE}title")]
    assert f"y = tanh(v4)\ndata {root.data!r}\ngrad 1.0" in titles
    assert "v3 = v1 + v2\ndata -6.0\ngrad 0.5" in {
        re.sub(r"(grad 0\.(4999|5000)\d+)", "grad 0.5", t or "") for t in titles
    }


def test_without_backward_the_picture_says_so() -> None:
    drawing = draw(neuron())
    shown = {text.text for _, texts in boxes(parse(drawing)) for text in texts}
    assert "grad" not in shown
    assert drawing.svg.count("backward() has not run: no gradients yet") == 2  # to be read, and to be heard
    root = neuron()
    root.backward()
    assert "has not run" not in draw(root).svg


def test_a_constant_has_no_gradient() -> None:
    y = Value(2.0, "a") * 7.0
    y.backward()
    assert [text.text for _, texts in boxes(parse(draw(y))) for text in texts if len(texts) == 1] == ["7.0"]
    assert [texts[0].text for _, texts in boxes(parse(draw(y, constants=False)))] == ["a", "v1 = *"]


def test_what_is_not_finite_is_marked() -> None:
    root = Value(0.0, "x").sqrt() + Value(1.0, "y")
    root.backward()
    text = draw(root).svg
    assert ">gradient is inf or nan<" in text
    assert ">gradient is zero<" not in text
    assert ">inf<" in text
    assert text.count(">!</text>") == 2  # at x, and in the legend


def test_kinds_differ_in_outline_and_not_only_in_colour() -> None:
    x = Value(0.5, "net.w")
    y = x * 2.0 + Value(1.0, "x")
    outlines = {}
    for drawing in (draw(y), draw(y, fold="neuron")):
        for node, (rects, _) in zip(drawing.graph.nodes[:-1], boxes(parse(drawing)), strict=False):
            rect = rects[-1]
            outlines[node.kind] = (len(rects), rect.get("rx"), rect.get("stroke-width"), rect.get("stroke-dasharray"))
    assert set(outlines) == {"leaf", "constant", "operation", "folded"}
    assert len(set(outlines.values())) == 4


def test_width_grows_with_the_contribution() -> None:
    a, b = Value(1.0, "a"), Value(1.0, "b")
    y = a * 1000.0 + b * 0.001
    y.backward()
    widths = {}
    for group in parse(draw(y)).iter(f"{NAMESPACE}g"):
        title, path = group.find(f"{NAMESPACE}title"), group.find(f"{NAMESPACE}path")
        if title is not None and path is not None and title.text:
            widths[title.text.split(" →")[0]] = float(path.get("stroke-width", "nan"))
    assert widths["b"] < widths["v2"] < widths["a"]


def test_large_graphs_are_folded_and_say_so() -> None:
    a = Value(0.5, "a")
    y = a
    for _ in range(150):
        y = (y * 1.1).tanh()
    y.backward()
    drawing = draw(y)
    assert len(drawing.graph.nodes) < 30
    assert re.search(r">\d[\d,]* nodes folded into \d+ boxes: stretches", drawing.svg)
    assert "nodes folded into" in repr(drawing)
    whole = draw(y, fold=False)
    assert len(list(boxes(parse(whole)))) == 451
    assert "local derivatives: hover over an edge" in whole.svg


def test_hostile_labels_are_text() -> None:
    root = hostile()
    root.backward()
    for fold in (None, "neuron"):
        text = draw(root, fold=fold).svg
        tree = ElementTree.fromstring(text)
        tags = {element.tag.removeprefix(NAMESPACE) for element in tree.iter()}
        assert tags == {"svg", "g", "rect", "path", "text", "title", *({"circle"} & tags)}
        names = {name for element in tree.iter() for name in element.attrib}
        assert not [name for name in names if name.startswith("on") or "href" in name]
        assert not re.search(
            "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufffe\uffff]", text
        )
        assert max(len(element.text or "") for element in tree.iter()) < 2000
        text.encode("utf-8")


@pytest.mark.slow
def test_the_same_bytes_in_every_process() -> None:
    code = (
        "from tests.viz.pictures.test_draw import *; "
        "print(hashlib.sha256(repr([d.svg for d in drawings()]).encode()).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONHASHSEED": "1"},  # here it is another, or none
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == hashlib.sha256(repr([d.svg for d in drawings()]).encode()).hexdigest()


def test_ids_are_the_drawing_s_own() -> None:
    ids = [re.findall(r' id="([^"]+)"', draw(root).svg) for root in several()]
    assert all(len(found) == 1 for found in ids)
    assert len({found[0] for found in ids}) == len(ids)


def test_notebooks_and_the_prompt() -> None:
    root = neuron()
    root.backward()
    drawing = draw(root)
    assert drawing._repr_svg_() == drawing.svg
    assert repr(drawing) == "Drawing(y = 0.7071: 10 nodes, 9 edges)"
    tree = parse(drawing)
    assert tree.get("role") == "img"
    assert tree.get("aria-label") == "Computation graph of y = 0.7071: 10 nodes, 9 edges"
    ground = tree.find(f"{NAMESPACE}rect")
    assert ground is not None
    assert (ground.get("fill"), ground.get("width")) == ("#ffffff", tree.get("width"))


def test_a_drawing_keeps_the_numbers_of_its_time() -> None:
    root = neuron()
    root.backward()
    drawing = draw(root)
    before = drawing.svg
    root.grad = 7.0
    assert drawing.svg == before


def test_save(tmp_path: Path) -> None:
    drawing = draw(neuron())
    path = tmp_path / "neuron.svg"
    path.write_text("old")
    drawing.save(path)
    drawing.save(str(path))
    assert path.read_text(encoding="utf-8") == drawing.svg
    assert os.listdir(tmp_path) == ["neuron.svg"]


def test_save_says_what_is_wrong(tmp_path: Path) -> None:
    drawing = draw(neuron())
    with pytest.raises(ValueError, match=r"must end in \.svg or \.png, not '.*neuron\.pdf'"):
        drawing.save(tmp_path / "neuron.pdf")
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        drawing.save(tmp_path / "missing" / "neuron.svg")
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(IsADirectoryError, match="it is a folder"):
        drawing.save(tmp_path / "folder.svg")
    assert os.listdir(tmp_path) == ["folder.svg"]


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    with pytest.raises(PermissionError, match="no permission"):
        check_path(tmp_path / "neuron.svg", ".svg")


def test_a_failed_save_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "neuron.svg"
    path.write_text("old")

    def fail(*paths: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(viz.files.os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        draw(neuron()).save(path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["neuron.svg"]


def smallest_letter(drawing: Drawing, width: float) -> float:
    """The size of the smallest letter where the picture is shown in a column of that width."""
    tree = parse(drawing)
    sizes = [float(element.get("font-size", "inf")) for element in tree.iter()]
    return min(sizes) * min(1.0, width / float(tree.get("width", "nan")))


def unrolled() -> Value:
    """Five steps of a recurrent neuron whose weights every step uses."""
    w, u, b, h = Value(0.7, "w"), Value(0.3, "u"), Value(0.1, "b"), Value(0.0, "h0")
    for t in range(1, 6):
        h = (w * h + u * Value(0.2 * t, f"x{t}") + b).tanh()
    return h


def chain(count: int) -> Value:
    y = Value(0.5, "x")
    for _ in range(count):
        y = y.sigmoid()
    return y


def test_long_graphs_can_be_read_in_a_notebook_and_in_a_readme() -> None:
    model = nn.MLP(2, [4, 4, 1], "tanh", generator=np.random.default_rng(0))
    for root in (chain(20), unrolled(), (model([1.0, -2.0]) - 1.0) ** 2):
        root.backward()
        drawing = draw(root)
        check_texts(parse(drawing))
        assert smallest_letter(drawing, 840.0) >= 9.0
        assert smallest_letter(drawing, 978.0) >= 9.0
        assert draw(root).svg == drawing.svg
    wide = nn.MLP(8, [16, 16, 1], "tanh", generator=np.random.default_rng(0))([0.1] * 8)
    assert smallest_letter(draw(wide), 840.0) >= 9.0  # higher than long, and yet in the width of a README
    for cell in (nn.RNN, nn.GRU, nn.LSTM):
        for width in (1, 2):
            drawing = draw(cell(1, width)([[0.1 * t] for t in range(5)]))
            assert smallest_letter(drawing, 840.0) >= 9.0
            assert float(parse(drawing).get("height", "nan")) < 2200.0
    assert smallest_letter(draw(chain(20), width=math.inf), 840.0) < 3.0  # in one row


def test_a_leaf_of_a_row_above_is_named_again() -> None:
    root = unrolled()
    root.backward()
    names = [texts[0].text for _, texts in boxes(parse(draw(root)))]
    assert names.count("w") == names.count("u") > 1
    assert "a box of a row above, repeated" in draw(root).svg
    model = nn.MLP(2, [2, 1], "tanh", generator=np.random.default_rng(2))
    batch = draw(sum((model(row) - 1.0) ** 2 for row in ([1, 2], [0, 1], [-1, 0.5], [2, -2])))
    check_texts(parse(batch))
    again = [[text.text for text in texts] for _, texts in boxes(parse(batch)) if len(texts) == 2]
    assert ["layers[0].neurons[0]", "bias"] in again  # whose bias it is
    assert ["layers[0].neurons[1]", "bias"] in again
    whole = draw(root, width=math.inf)
    assert [texts[0].text for _, texts in boxes(parse(whole))].count("w") == 1
    assert "again" not in whole.svg


def test_width_is_that_of_the_picture() -> None:
    root = chain(20)
    for width in (500, 700.5, 1200):
        assert float(parse(draw(root, width=width)).get("width", "nan")) <= width


def test_from_top_to_bottom() -> None:
    root = neuron()
    root.backward()
    tree = parse(draw(root, direction="down"))
    check_texts(tree)
    tops = {texts[0].text: float(rects[0].get("y", "nan")) for rects, texts in boxes(tree)}
    assert tops["w1"] < tops["v1 = *"] < tops["v3 = +"] < tops["v4 = +"] < tops["y = tanh"]
    assert not [text for text in tree.iter(f"{NAMESPACE}text") if "transform" in text.attrib]


def test_what_is_higher_than_a_page_runs_in_columns_within_the_width() -> None:
    for width, count in ((300, 2), (600, 4), (840, 3), (1200, 2)):
        tree = parse(draw(chain(40), direction="down", width=width))
        check_texts(tree)
        assert float(tree.get("width", "nan")) <= max(width, 488)  # of the legend
        places = [[float(rects[0].get(key, "nan")) for key in ("x", "width", "y")] for rects, _ in boxes(tree)]
        corners = [(round(x + wide / 2), y) for x, wide, y in places]
        columns = [[y for x, y in corners if x == middle] for middle in sorted({x for x, _ in corners})]
        assert [y for column in columns for y in column] == [y for _, y in corners]  # one column after another
        assert all(column == sorted(column) for column in columns)
        assert len(columns) == count
    whole = draw(chain(40), direction="down", width=math.inf)
    assert float(parse(whole).get("height", "nan")) > 41 * 60  # in one column
    root = unrolled()
    again = parse(draw(root, direction="down"))
    check_texts(again)
    names = [texts[0].text for _, texts in boxes(again)]
    assert names.count("w") == names.count("u") > 1
    assert "a box of a column before, repeated" in draw(root, direction="down").svg


def test_neurons_stand_in_their_order() -> None:
    for seed in range(3):
        model = nn.MLP(2, [4, 4, 1], "tanh", generator=np.random.default_rng(seed))
        drawing = draw((model([Value(1.0, "x1"), Value(-2.0, "x2")]) - 1.0) ** 2)
        assert "boxes: neurons" in drawing.graph.folded
        found: dict[str, list[str]] = {}
        for _, texts in sorted(boxes(parse(drawing)), key=lambda box: float(box[0][-1].get("y", "nan"))):
            if (texts[0].text or "").startswith("layers["):
                found.setdefault(texts[0].text or "", []).append(texts[1].text or "")
        assert [len(names) for names in found.values()] == [4, 4, 1]
        assert all(names == sorted(names) for names in found.values())


def test_a_gate_shows_its_largest_gradient_and_five_steps_of_them_are_read_at_once() -> None:
    (hidden,) = nn.LSTM(1, 1, generator=np.random.default_rng(3))([[0.1 * t] for t in range(5)])
    hidden.backward()
    drawing = draw(hidden, fold="gate")
    check_texts(parse(drawing))
    assert float(parse(drawing).get("height", "nan")) < 1800.0
    cards = {tuple(text.text for text in texts[:2]): texts[2:] for _, texts in boxes(parse(drawing))}
    (gate,) = [node for node in drawing.graph.nodes if node.name == "step 5.input gate"]
    most = max(abs(member.grad) for member in gate.members)
    assert [text.text for text in cards["step 5", "input gate"]] == ["nodes", "3", "|grad|≤", format_number(most)]


def test_fold_false_draws_everything() -> None:
    root = nn.MLP(2, [4, 4, 1], "tanh", generator=np.random.default_rng(0))([1.0, -2.0])
    assert len(draw(root, fold=False).graph.nodes) == len(draw(root).graph.names) > 50
    assert draw(root, fold=False).svg == draw(root, fold="none").svg


def test_bad_direction_and_width() -> None:
    with pytest.raises(ValueError, match="unknown direction: 'left'"):
        draw(neuron(), direction="left")
    for width in ("840", True, [1]):
        with pytest.raises(TypeError, match="width must be a number of pixels or None, not"):
            draw(neuron(), width=width)
    for number in (0, -5.0, 199, math.nan):
        with pytest.raises(ValueError, match="width must be at least 200 pixels"):
            draw(neuron(), width=number)
    with pytest.raises(ValueError, match="unknown fold: True"):
        draw(neuron(), fold=True)


def test_bad_input() -> None:
    with pytest.raises(TypeError, match="must be a Value, not float"):
        draw(1.0)
    with pytest.raises(ValueError, match="unknown fold: 'all'"):
        draw(neuron(), fold="all")
    for digits in (0, 18, 2.5, True, "4"):
        with pytest.raises(ValueError, match="digits must be a whole number from 1 to 17"):
            draw(neuron(), digits=digits)


def test_the_ramp_darkens_evenly_and_black_text_reads_on_it() -> None:
    ramp = [luminance(colour(i / 100)) for i in range(101)]
    assert all(later < earlier for earlier, later in zip(ramp[::10], ramp[10::10], strict=False))
    assert min(contrast(colour(i / 100), "#000000") for i in range(101)) >= 4.5
    lightness = [116 * light ** (1 / 3) - 16 for light in ramp]  # CIE L*
    steps = -np.diff(lightness[::10])
    assert steps.max() < 1.6 * steps.min()


def test_scale() -> None:
    scale = find_scale([1e-7, 0.5, 0.0, math.inf, math.nan])
    assert scale == Scale(-7, 0)
    assert [scale.place(x) for x in (1e-9, 1e-7, 10**-3.5, 1.0, 50.0)] == pytest.approx([0, 0, 0.5, 1, 1])
    assert find_scale([]) == Scale(-2, 0)
    assert find_scale([5e-324]) == Scale(-323, -321)
    assert find_scale([1.7e308]) == Scale(306, 308)
    assert find_scale([5e-324, 1.7e308]).ticks()[::3] == [1e-323, 1e308]
    assert Scale(-7, 0).ticks() == pytest.approx([1e-7, 1e-3, 1.0])


def test_numbers_are_short() -> None:
    rng = np.random.default_rng(0)
    numbers = [*(rng.normal(size=300) * 10.0 ** rng.integers(-320, 308, 300)).tolist(), 1e6, -1e6, 0.0, math.inf]
    for x in numbers:
        text = format_number(x)
        assert len(text) <= 11
        assert float(text) == pytest.approx(x, rel=6e-4, abs=5e-324)
    assert format_number(math.nan) == "nan"
    assert [format_number(x) for x in (0.5, 0.49999999, 3, 1e6, 1234.56)] == ["0.5", "0.5000", "3.0", "1e+06", "1235"]


def test_folded_boxes_and_shared_weights_say_more() -> None:
    model = nn.MLP(2, [2, 1], "tanh", generator=np.random.default_rng(0))
    root = model([1.0, 2.0]) + model([0.5, -1.0])
    root.backward()
    text = draw(root, fold="layer").svg
    assert ">median</text>" in text
    assert ">6, used 2 times</text>" in text
    text = draw(root, fold=["layers[1]"]).svg
    assert ">2 times</text>" in text
    assert ">3, used 2 times</text>" in text


def test_ten_thousand_nodes_fold_into_a_small_picture() -> None:
    model = nn.MLP(2, [16, 16, 1], "tanh", generator=np.random.default_rng(0))
    losses = []
    for row in np.random.default_rng(1).normal(size=(20, 2)).tolist():
        signal = row
        for layer in model.layers:
            signal = [
                sum((w * x for w, x in zip(n.weights, signal, strict=True)), n.bias).tanh() for n in layer.neurons
            ]
        losses.append(signal[0] ** 2)
    root = sum(losses[1:], losses[0])
    root.backward()
    drawing = draw(root)
    assert len(drawing.graph.names) > 10_000
    assert len(drawing.graph.nodes) < 60
    assert len(drawing.svg) < 300_000


@pytest.mark.parametrize("seed", [5e-324, 1e-320, 1e308])
def test_gradients_of_any_size_are_drawn(seed):
    x = Value(0.5, "x")
    y = (x * 3.0).tanh() * 1.5
    y.backward(seed)
    assert str(x.grad)[:4] in draw(y).svg
    assert "inf or nan" not in draw(y).svg
    assert len(page(y).html) > 10_000
