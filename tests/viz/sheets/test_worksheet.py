import os
import re
import subprocess
from html.parser import HTMLParser

import pytest

import viz
from engine import Value, parse
from engine.numbers import CONSTANT
from engine.teaching.mistakes import RIGHT
from tests.conftest import CHROMIUM
from viz.sheets.blanks import draw_blanks, short
from viz.sheets.exercises import LEVELS, make_exercise
from viz.sheets.worksheet import ROOM, worksheet
from viz.words.text import walk_text
from viz.words.words import name_graph


class Reader(HTMLParser):
    """The sections of a worksheet, each with its texts, and a check that elements are nested properly."""

    VOID = ("meta", "path", "rect", "circle")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.sections: list[list[str]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        assert not any(name.startswith("on") or name in ("src", "href") for name, _ in attrs)
        if tag == "section":
            self.sections.append([])
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "section" in self.open and data.strip():
            self.sections[-1].append(data.strip())


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open
    assert reader.tags.isdisjoint({"script", "img", "link", "iframe", "a", "form"})
    return reader


# h = 3, L = 9·2 = ...: a = 1, b = 2, c = 4: h = 3, L = 12; ∂L/∂h = 4, ∂L/∂c = 3, ∂L/∂a = ∂L/∂b = 4
def test_by_hand():
    root, _ = parse("h = a + b; L = h*c", a=1, b=2, c=4)
    sheet, key = read(worksheet(root, text="h = a + b; L = h*c").html).sections
    assert sheet[:3] == ["Backpropagation by hand", "Name", "Date"]
    assert "h = a + b; L = h*c" in sheet
    assert "a = 1, b = 2, c = 4" in sheet
    assert sheet.count("All numbers come out exactly.") == 0
    assert any(text.endswith("All numbers come out exactly.") for text in sheet)
    forward, backward = (
        sheet.index("1. Forward: compute every value"),
        sheet.index("2. Backward: compute every gradient, from L back"),
    )
    assert sheet[forward + 1 : backward : 2] == ["h = a + b =", "L = h*c ="]
    assert sheet[backward + 2 :: 2] == ["∂L/∂L =", "∂L/∂c =", "∂L/∂h =", "∂L/∂b =", "∂L/∂a ="]
    assert "12" not in " ".join(sheet)
    boxes = " ".join(key[key.index("a") - 0 :])
    for box in ("a value 1 grad 4", "h = a + b value 3 grad 4", "c value 4 grad 3", "L = h*c value 12 grad 1"):
        assert box in boxes
    assert "∂L/∂a += ∂L/∂h · 1 = 4.0 · 1.0 = 4.0" in key[-2]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", [0, 7])
def test_a_sheet_has_a_blank_for_every_number_and_its_key_every_answer(level, seed):
    root, text = make_exercise(level, seed)
    html = worksheet(level=level, seed=seed).html
    sheet, key = read(html).sections
    nodes = [node for node in RIGHT(root) if node.op != CONSTANT]
    computed = [node for node in nodes if not node.is_leaf]
    front = html[: html.index("Answer key")]
    assert front.count('<td>= <span class="blank">') == len(nodes) + len(computed)  # in the tables
    picture = front[front.index("<svg") : front.index("</svg>")]
    assert picture.count('stroke-width="0.8"') == len(nodes) + len(computed)  # and in the picture
    assert text in sheet
    assert "\n\n".join(key[-3:]) == walk_text(root)
    numbers = [short(number) for node in nodes for number in (node.data, RIGHT(root)[node])]
    words = " ".join(key).split()
    assert all(number in words for number in numbers)
    given = {short(node.data) for node in nodes if node.is_leaf}
    in_picture = set(re.findall(r">(-?[\d.]+)</text>", picture))
    assert in_picture == given
    assert "<title>" not in picture  # nothing to read under the mouse


@pytest.mark.parametrize("level", LEVELS)
def test_the_numbers_of_exercises_are_short(level):
    texts = set()
    for seed in range(40):
        root, text = make_exercise(level, seed)
        texts.add(text)
        gradients = RIGHT(root)
        leaves = [node for node in gradients if not node.op]
        assert len({leaf.data for leaf in leaves}) == len(leaves)
        assert sum(gradients[leaf] != 0 for leaf in leaves) > len(leaves) / 2
        for number in [x for node, gradient in gradients.items() for x in (node.data, gradient)]:
            assert len(short(number)) <= 6
            assert number * 4 == int(number * 4)
    assert texts == set(LEVELS[level])


def test_levels_go_from_one_product_to_two_neurons_with_a_shared_weight():
    assert "L = a*b" in LEVELS[1]
    sizes = [max(len(RIGHT(make_exercise(level, seed)[0])) for seed in range(10)) for level in LEVELS]
    assert min(sizes) == sizes[0]
    assert max(sizes) == sizes[-1]
    for seed in range(5):
        assert find_shared(make_exercise(4, seed)[0])
        assert "w" in find_shared(make_exercise(6, seed)[0])


def find_shared(root: Value) -> list[str]:
    """The names of what is used more than once."""
    uses = [operand for node in RIGHT(root) for operand in node.operands]
    return [node.label for node in RIGHT(root) if uses.count(node) > 1]


def test_the_same_seed_gives_the_same_bytes():
    assert worksheet(level=4, seed=3).html == worksheet(level=4, seed=3).html
    assert worksheet(level=4, seed=3).html != worksheet(level=4, seed=4).html
    assert worksheet().html == worksheet(level=1, seed=0).html


def test_sheets_for_a_class():
    sections = read(worksheet(level=2, seed=5, sheets=4).html).sections
    heads = [section[0] for section in sections]
    assert heads == ["Backpropagation by hand"] * 4 + ["Answer key"] * 4
    for number, pair in enumerate(zip(sections[:4], sections[4:], strict=True), 5):
        for section in pair:
            assert any(text.startswith(f"Level 2, sheet {number}.") for text in section)
    alone = read(worksheet(level=2, seed=6).html).sections
    assert [sections[1], sections[5]] == alone


def test_numbers_that_are_not_short_have_a_rule():
    root, _ = parse("tanh(x*w)", x=0.3, w=1.7)
    sheet, _ = read(worksheet(root).html).sections
    assert any("Round each number to 3 significant digits; the key has 4." in text for text in sheet)


def test_save_and_notebook(tmp_path):
    sheet = viz.worksheet(level=1, seed=2)
    sheet.save(tmp_path / "sheet.html")
    assert (tmp_path / "sheet.html").read_text(encoding="utf-8") == sheet.html
    assert sheet._repr_html_().startswith('<iframe title="Worksheet(level 1, sheet 2;')
    assert repr(sheet) == "Worksheet(level 1, sheet 2; .save('sheet.html') writes it)"
    with pytest.raises(ValueError, match=r"must end in \.html or \.png"):
        sheet.save(tmp_path / "sheet.pdf")
    with pytest.raises(FileNotFoundError):
        sheet.save(tmp_path / "missing" / "sheet.html")
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.html"]


@pytest.mark.parametrize(
    "label", ["<b>x</b>", "</svg><script>alert(1)</script>", "a&b", '"', "\x07\u202ex", "w" * 10_000, "x\ny"]
)
def test_hostile_labels_are_text(label):
    leaf = Value(2.0, label)
    html = worksheet(leaf * leaf + 1, text=f"{label}; y = 2").html
    reader = read(html)
    assert reader.tags <= {
        *("html", "head", "meta", "title", "style", "body", "section", "header", "h1", "h2", "span", "p", "figure"),
        *("svg", "g", "path", "rect", "text", "div", "table", "tr", "td", "pre", "tbody"),
    }
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", html)
    assert len(worksheet(leaf * leaf).html) < 30_000


def test_what_is_refused():
    a = Value(1.0, "a")
    for wrong in ({"level": 0}, {"level": 7}):
        with pytest.raises(ValueError, match=r"unknown level: \d \(one of 1, 2, 3, 4, 5, 6\)"):
            worksheet(**wrong)
    with pytest.raises(ValueError, match="a seed is a whole number from 0 on, not -1"):
        worksheet(seed=-1)
    for sheets in (0, 201):
        with pytest.raises(ValueError, match=f"a file holds 1 to 200 sheets, not {sheets}"):
            worksheet(sheets=sheets)
    for wrong in ({"level": 1}, {"seed": 0}, {"sheets": 2}):
        with pytest.raises(ValueError, match="are for exercises"):
            worksheet(a * a, **wrong)
    with pytest.raises(TypeError, match="expected a Value"):
        worksheet(2.0)
    with pytest.raises(ValueError, match="is a constant"):
        worksheet(parse("1 + 1")[0])
    chain = a
    for _ in range(30):
        chain = chain.tanh()
    with pytest.raises(ValueError, match="a graph of 31 nodes is too large to fill in"):
        worksheet(chain)
    assert len(read(worksheet(chain.operands[0]).html).sections) == 2
    assert len(read(worksheet(a).html).sections) == 2


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    numbers = r'<rect x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)" height="([\d.]+)"'
    return [tuple(map(float, found)) for found in re.findall(numbers, svg)]


@pytest.mark.parametrize("level", LEVELS)
def test_pictures_have_no_overlaps_and_stay_in_their_frame(level):
    for seed in range(6):
        root, _ = make_exercise(level, seed)
        svg = draw_blanks(name_graph(root), ROOM)
        width, height = map(float, re.search(r'viewBox="-2 -2 ([\d.]+) ([\d.]+)"', svg).groups())
        found = boxes(svg)
        assert len(found) == len([node for node in RIGHT(root) if node.op != CONSTANT])
        for i, (x, y, w, h) in enumerate(found):
            assert x >= 0
            assert y >= 0
            assert x + w <= width - 3
            assert y + h <= height - 3
            for x2, y2, w2, h2 in found[:i]:
                assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
        assert max(width / ROOM[0], height / ROOM[1]) < 1.35  # on paper the text keeps 6.5 points at least


def test_a_picture_is_black_and_white():
    svg = draw_blanks(name_graph(make_exercise(6, 1)[0]), ROOM, filled=True)
    assert set(re.findall(r"#[0-9a-f]{6}", svg)) <= {"#000000", "#222222", "#ffffff"}


@pytest.mark.skipif(not os.path.exists(CHROMIUM) and not os.environ.get("CI"), reason=f"a browser at {CHROMIUM}")
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_on_paper_each_sheet_and_each_key_has_a_page_of_its_own(paper, tmp_path):
    html = worksheet(level=4, seed=7, sheets=3).html
    (tmp_path / "sheet.html").write_text(html.replace("@page {", f"@page {{ size: {paper};"), encoding="utf-8")
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    arguments += [f"--user-data-dir={tmp_path / 'profile'}", f"--print-to-pdf={tmp_path / 'sheet.pdf'}"]
    command = [CHROMIUM, *arguments, (tmp_path / "sheet.html").as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    pdf = (tmp_path / "sheet.pdf").read_bytes()
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    expected = {"A4": (595, 842), "Letter": (612, 792)}[paper]  # points
    assert [tuple(round(float(x)) for x in size) for size in sizes] == [expected] * 6
