import math
import random
import re
import subprocess
from functools import cache
from html.parser import HTMLParser

import pytest

import viz
from engine import Value, maximum, mistakes, parse, toposort
from engine.numbers import CONSTANT
from engine.teaching.answers import accepts, is_near
from engine.teaching.mistakes import MISTAKES, RIGHT
from tests.conftest import CHROMIUM, lacks, tries
from tests.viz.pages.pages import network, wait_until
from tests.viz.words.equations import find_complaints, split
from tests.viz.words.written import parse_formula
from viz.sheets.blanks import draw_blanks, short
from viz.sheets.exercises import LEVELS, MOST_NODES, draw_numbers, find_hidden, is_on_edge, make_exercise
from viz.sheets.paper import ROOM
from viz.sheets.worksheet import worksheet
from viz.words.words import name_graph

make_exercise = cache(make_exercise)  # several tests look at the same ones


class Reader(HTMLParser):
    """The sections of a worksheet, each with its texts, and a check that elements are nested properly."""

    VOID = ("meta", "br", "path", "rect", "circle")

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
    sheet, back, key = read(worksheet(root, text="h = a + b; L = h*c").html).sections
    assert back == []
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
    rows = key[key.index("1. Forward") :]
    assert rows[1:7] == ["h = a + b", "= 1 + 2", "= 3", "L = h*c", "= 3 · 4", "= 12"]
    assert rows[-3:] == ["∂L/∂a", "= ∂L/∂h · 1 = 4 · 1", "= 4"]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", [0, 7])
def test_a_sheet_has_a_blank_for_every_number_and_its_key_every_answer(level, seed):
    root, text = make_exercise(level, seed)
    html = worksheet(level=level, seed=seed).html
    *sheet, key = read(html).sections
    assert len(sheet) % 2 == 0
    nodes = [node for node in RIGHT(root) if node.op != CONSTANT]
    computed = [node for node in nodes if not node.is_leaf]
    front = html[: html.index("Answer key")]
    assert front.count('<td>= <span class="blank">') == len(nodes) + len(computed)  # in the tables
    picture = front[front.index("<svg") : front.index("</svg>")]
    assert picture.count('stroke-width="0.8"') == len(nodes) + len(computed)  # and in the picture
    assert text in sheet[0]
    asked = [text.removesuffix(" =") for page in sheet for text in page if text.endswith(" =")]
    at = [key.index(text, key.index("1. Forward")) for text in asked]
    assert at == sorted(at)  # the key answers what is asked, in that order
    answers = [text.rpartition("= ")[2] for text in key if re.fullmatch("= [-.0-9]+", text)]
    expected = [short(node.data) for node in computed] + [short(RIGHT(root)[node]) for node in reversed(nodes)]
    assert [text for text in answers if text in expected] == answers
    assert len(answers) >= len(expected)
    given = {short(node.data) for node in nodes if node.is_leaf}
    in_picture = set(re.findall(r">(-?[\d.]+)</text>", picture))
    assert in_picture == given
    assert "<title>" not in picture  # nothing to read under the mouse


@pytest.mark.parametrize(
    "root",
    [
        parse("h = tanh(w*x + b); L = (h - t)**2 + h*h*h", w=0.7, x=-1.3, b=0.25, t=0.3)[0],
        parse("L = tanh(w*x)", w=3, x=4.1)[0],
        parse("h = a - b; L = relu(h)*1000 + h/b - 1e-3", a=1.00012345, b=1.00012)[0],
        parse("L = relu(w*x)*w", w=-2, x=3)[0],
        parse("L = relu(a) + a*b + a*c", a=-0.5, b=0.12344, c=0.43214)[0],  # a branch not taken, and others
        parse("L = a + b", a=123.456, b=-1.496)[0],  # 121.96, which is no whole number
    ],
)
def test_no_equation_of_a_key_is_false(root):
    assert count_true_equations(root) >= 2


@pytest.mark.parametrize("seed", range(tries(60, 15)))
def test_no_equation_of_a_key_to_what_a_person_writes_is_false(seed):
    _, root, _ = parse_formula(seed)
    if root.op != CONSTANT and len(toposort(root)) <= MOST_NODES:
        count_true_equations(root)


def count_true_equations(root: Value) -> int:
    """How many equations of the key come to what they say; fails for one that does not."""
    key = read(worksheet(root).html).sections[-1]
    rows, count = key[key.index("1. Forward") :], 0
    for first, work, answer in zip(rows, rows[1:], rows[2:], strict=False):
        if re.match("(?!.*(inf|origin))[=≈] ", work) and re.fullmatch("[=≈] [-.0-9e]+", answer):
            found, complaints = find_complaints(f"{first} {split(work)[0]} {answer}")
            count += found
            assert complaints == []
    return count


def test_a_leaf_that_the_result_does_not_depend_on_is_refused():
    with pytest.raises(ValueError, match=r"the result of 'h = a\*b; L = c\*c' does not depend on a, b$"):
        worksheet(text="h = a*b; L = c*c")


def test_no_question_is_asked_where_there_is_no_derivative():
    for text, numbers in (
        ("L = a % b", {"a": 4, "b": 2}),
        ("L = a % b", {"a": -1, "b": 0.5}),
        ("h = a + b; L = relu(h)", {"a": -3, "b": 3}),
        ("L = abs(a)", {"a": 0}),
        ("L = maximum(a, b)*a", {"a": 2, "b": 2}),
    ):
        assert is_on_edge(text, numbers)
    for text, numbers in (
        ("L = a % b", {"a": 4, "b": 2.5}),
        ("e = a - b; L = e**2", {"a": 2, "b": 2}),
        ("L = relu(a)*b", {"a": 0.5, "b": -4}),
        ("L = exp(exp(a))", {"a": 1.5}),
    ):
        assert not is_on_edge(text, numbers)
    root, _ = parse("h = a - b; L = relu(h)", a=2, b=2)  # where a person asks for it, the sheet says what is taken
    for page in read(worksheet(root).html).sections[::2]:
        assert "Careful: at L, relu has a kink here: its slope is taken as 0 (as in PyTorch)." in page
    assert "Careful" not in worksheet(parse("L = relu(a)", a=2)[0]).html
    for seed in range(tries(60, 15)):
        given = {node.label: node.data for node in RIGHT(draw_numbers("h = a % b; L = h*c", seed, {})) if not node.op}
        assert given["a"] / given["b"] % 1
    with pytest.raises(ValueError, match=r"no finite numbers were found for 'a % b' that avoid jumps and kinks"):
        worksheet(text="a % b", numbers={"a": 4, "b": 2})
    for seed in range(tries(40, 12)):
        root, _ = make_exercise(3, seed)
        assert all(node.operands[0].data for node in RIGHT(root) if node.op == "relu")


def test_numbers_that_hide_a_mistake_are_found():
    numbers = {"a": 1, "b": 2, "c": 4, "d": 1}
    text = "h = a + b; k = c - h; L = k*d"  # k = d = 1: the own operand is the other one
    root, _ = parse(text, **numbers)
    hidden = {(name, node.label) for name, node in find_hidden(root, text, numbers)}
    assert ("own_operand", "d") in hidden
    assert ("wrong_sign", "a") not in hidden
    numbers = {"a": -2, "b": -4, "c": 2}
    assert list(find_hidden(parse("h = a - b; L = h*c", **numbers)[0], "h = a - b; L = h*c", numbers))  # h = c
    assert not list(find_hidden(parse("L = a*b", a=3, b=-2)[0], "L = a*b", {"a": 3, "b": -2}))


@pytest.mark.parametrize("level", LEVELS)
def test_no_mistake_gives_a_right_answer_by_chance(level):
    """What is right on a sheet is right with any numbers; of the 200 sheets of each level, a few are looked at here."""
    for seed in range(0, 200, 200 // tries(8, 2)):
        root, text = make_exercise(level, seed)
        leaves = [node.label for node in RIGHT(root) if not node.op]
        closed = [node.data > 0 for node in RIGHT(root) if node.op == "relu"]
        generator = random.Random(seed)
        others = []
        while len(others) < 3:
            other, _ = parse(text, **{leaf: generator.uniform(-4, 4) for leaf in leaves})
            if [node.data > 0 for node in RIGHT(other) if node.op == "relu"] == closed:
                others.append(other)
        for mistake in MISTAKES:
            wrong, right = mistake(root), RIGHT(root)
            for place, node in enumerate(right):
                if node.op != CONSTANT and accepts(repr(wrong[node]), right[node]):
                    for other in others:
                        pairs = zip(mistake(other).values(), RIGHT(other).values(), strict=True)
                        assert [*pairs][place] == pytest.approx((x := [*RIGHT(other).values()][place], x))


@pytest.mark.parametrize("level", LEVELS)
def test_the_numbers_of_exercises_are_short(level):
    texts = set()
    for seed in range(tries(40, 12)):
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
    made = worksheet(level=2, seed=5, sheets=4)
    sections = read(made.html).sections
    heads = [section[0] if section else "" for section in sections]
    assert heads == ["Backpropagation by hand", ""] * 4 + ["All answers"] + ["Answer key"] * 4
    for number, pair in enumerate(zip(sections[:8:2], sections[9:], strict=True), 5):
        for section in pair:
            assert any(text.startswith(f"Level 2, sheet {number}.") for text in section)
    alone = read(worksheet(level=2, seed=6).html).sections
    assert [sections[2], sections[3], sections[10]] == alone
    assert read(made.questions.html).sections == sections[:8]
    assert read(made.answers.html).sections == sections[8:]


def test_one_table_has_all_answers():
    table = read(worksheet(level=[1, 2], sheets=2, title="Class 11b").html).sections[4]
    assert table[:5] == ["All answers", "Class 11b", "sheet", "values", "gradients"]
    root, text = make_exercise(1, 0)
    assert table[5:7] == ["level 1, sheet 0", text]
    assert "∂L/\N{WORD JOINER}∂a" in table[8]  # no line ends within a name
    values = dict(
        part.split(" = ") for part in table[8].replace("\N{WORD JOINER}", "").replace("\xa0", " ").split(", ")
    )
    expected = {
        f"∂L/∂{node.label or 'v1'}": short(gradient) for node, gradient in RIGHT(root).items() if node is not root
    }
    assert values == expected


def test_each_level_that_is_asked_for_has_a_sheet():
    assert repr(made := worksheet(level=[2, 4], seed=5)).startswith("Worksheet(levels 2, 4, sheet 5 to 6;")
    assert re.findall(r"^Level \d, sheet \d", str(made), re.MULTILINE) == ["Level 2, sheet 5", "Level 4, sheet 6"]


def test_a_line_of_text_ends_between_the_given_numbers():
    text = str(worksheet(level=6, seed=2, sheets=4))  # whose given numbers do not fit in a line
    assert re.search(r"^Level .*,$", text, re.MULTILINE)
    for line in text.splitlines():
        assert not line.endswith("="), line


def test_an_expression_has_sheets_with_numbers_of_their_own():
    text = "h = a*b; L = tanh(h) + c*h"
    made = worksheet(text=text, sheets=3, numbers={"c": 2})
    sections = read(made.html).sections
    assert made.html == worksheet(text=text, sheets=3, numbers={"c": 2}).html
    given = [next(text for text in section if text.startswith("a = ")) for section in sections[:-4] if text in section]
    assert len(set(given)) == 3
    assert all(each.endswith("c = 2") for each in given)
    assert text in sections[-4]  # above the table
    assert "L = exp(a)" in str(worksheet(text="exp(a)")).replace("v1", "L")


def test_no_number_is_drawn_for_a_constant():
    _, leaves = parse("pi*r + 2*π*h", r=1, h=2)
    drawn = worksheet(text="pi*r + 2*π*h")
    assert re.search("Given: (.*)", str(drawn))[1].count(" = ") == len(leaves) == 2
    assert "∂pi" not in str(drawn)
    assert "Given: pi = 3, " in str(worksheet(text="pi*r", numbers={"pi": 3}))  # a leaf of that name
    with pytest.raises(ValueError, match="expected a finite number or another name, not 'inf'"):
        worksheet(text="inf*x")
    assert "Given: ϕ = " in str(worksheet(text="ϕ*φ"))  # two spellings of one name


def test_its_text_fits_a_terminal():
    text = str(worksheet(network(3, (3, 1))))
    assert max(map(len, text.split("\n"))) <= 80
    assert "layers[0].neurons[0].weights[2]*x2 + layers[0].neurons[0].bias = ____" in " ".join(text.split())


def test_levels_take_turns_and_a_title_stands_above():
    sections = read(worksheet(level=[1, 3, 4], sheets=4, seed=2, title="<Test> & Co").html).sections
    heads = [section for section in sections if section and section[0] == "<Test> & Co"]
    names = ["Level 1, sheet 2.", "Level 3, sheet 3.", "Level 4, sheet 4.", "Level 1, sheet 5."]
    assert [any(text.startswith(name) for text in section) for section, name in zip(heads, names, strict=True)] == [
        True
    ] * 4


def test_numbers_that_are_not_short_have_a_rule():
    root, _ = parse("tanh(x*w)", x=0.3, w=1.7)
    sheet, _, _ = read(worksheet(root).html).sections
    assert any("Round each number to 3 significant digits; the key has 4." in text for text in sheet)


@pytest.mark.parametrize(
    ("text", "exact"),  # to a float tanh(400) is 1, and e**-800 is missing to it
    [("tanh(100*x)", False), ("softplus(10*x)*y", False), ("silu(10*x)", False), ("gelu(10*x)*y", False),
     ("elu(-10*x)", False), ("elu(x)", True), ("clip(x, 0.1, 5)*sum(x, y)", True), ("log(x - 3) + y", True)],
)  # fmt: skip
def test_what_is_whole_to_a_float_alone_does_not_come_out_exactly(text, exact):
    root, _ = parse(text, **({"x": 4, "y": 2} if "y" in text else {"x": 4}))
    assert root.data == round(root.data)
    said = read(worksheet(root).html).sections[0]
    assert any("All numbers come out exactly." in each for each in said) == exact


@pytest.mark.parametrize("text", ["0.1*x*10", "0.2*x*5", "leaky_relu(-x)*100", "sum(0.1*x, x)*10"])
def test_numbers_of_a_formula_are_those_that_are_written(text):
    """0.1 is 1/10, which no float is."""
    said = read(worksheet(parse(text, x=25)[0]).html).sections[0]
    assert any("All numbers come out exactly." in each for each in said)


def test_remarks_in_a_key_are_typeset_as_its_formulas():
    key = read(worksheet(parse("logsumexp(a, 2) + gelu(b)", a=1, b=0)[0]).html).sections[-1]
    assert any(text.endswith("with t = largest(a, 2) = 2") for text in key)
    assert any(text.endswith("with t = tanh(0.7978845608028654 · (b + 0.044715 · b**3)) = 0") for text in key)
    key = read(worksheet((Value(3.0, "block1.0.w") * Value(2.0, "x")).relu()).html).sections[-1]
    assert "= ∂v2/∂v1 · block1.0.w = 1 · 3" in key


def test_of_the_numbers_that_are_drawn_none_is_whole_to_a_float_alone():
    """softplus(40) is 40, and its slope 1, to a float."""
    numbers = [draw_numbers("softplus(10*x)*y", seed, {}).operands[0].data for seed in range(5)]
    assert all(number < 37 for number in numbers)


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
        *("html", "head", "meta", "title", "style", "body", "main", "section", "header", "h1", "h2", "span", "p"),
        *("figure", "pre", "tbody"),
        *("svg", "g", "path", "rect", "text", "div", "table", "tr", "td"),
    }
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", html)
    assert len(worksheet(leaf * leaf).html) < 30_000


def test_a_title_has_only_letters_that_a_file_can_hold(tmp_path):
    made = worksheet(title="Class\udcff\x07 7\u202eb", sheets=2)  # \udcff is a byte of the command line
    made.save(tmp_path / "sheet.html")
    assert (tmp_path / "sheet.html").read_text(encoding="utf-8").count("Class\ufffd  7b</h1>") == 2


def test_what_is_refused():
    a = Value(1.0, "a")
    for wrong in ({"level": 0}, {"level": 7}):
        with pytest.raises(ValueError, match=r"unknown level: \d \(one of 1, 2, 3, 4, 5, 6\)"):
            worksheet(**wrong)
    with pytest.raises(ValueError, match="seed must be a whole number from 0, not -1"):
        worksheet(seed=-1)
    for sheets in (0, 201):
        with pytest.raises(ValueError, match=f"a file holds 1 to 200 sheets, not {sheets}"):
            worksheet(sheets=sheets)
    for wrong in ({"level": 1}, {"seed": 0}, {"sheets": 2}, {"numbers": {"a": 1}}):
        with pytest.raises(ValueError, match="are for exercises"):
            worksheet(a * a, **wrong)
    with pytest.raises(ValueError, match="level is for generated exercises"):
        worksheet(text="a*b", level=2)
    with pytest.raises(ValueError, match="numbers needs an expression"):
        worksheet(numbers={"a": 1})
    with pytest.raises(ValueError, match="3 levels need at least 3 sheets, not 2"):
        worksheet(level=[1, 2, 4], sheets=2)
    with pytest.raises(ValueError, match="level is empty"):
        worksheet(level=[])
    with pytest.raises(ValueError, match=r"no finite numbers were found for 'log\(-a\*a\)' that"):
        worksheet(text="log(-a*a)", sheets=2)
    with pytest.raises(ValueError, match=r"give a wrong answer \(given: w=1, x=2\)$"):
        worksheet(text="tanh(w*x)", numbers={"w": 1, "x": 2})
    with pytest.raises(ValueError, match=r"all numbers of 'a\*b' are given: leave some out"):
        worksheet(text="a*b", numbers={"a": 1, "b": 2}, sheets=2)
    with pytest.raises(ValueError, match="no 'c' in the expression"):
        worksheet(text="a*b", numbers={"c": 1})
    with pytest.raises(TypeError, match="expected a Value"):
        worksheet(2.0)
    for name, wrong in (("text", 3), ("title", 3), ("text", None)):
        with pytest.raises(TypeError, match=f"^{name} must be a text, not {type(wrong).__name__}: {wrong}$"):
            worksheet(**{name: wrong})
        with pytest.raises(TypeError, match=f"^{name} must be a text"):
            worksheet(a * a, **{name: wrong})
    with pytest.raises(TypeError, match=r"^numbers must be a dictionary, not list: \[1, 2\]$"):
        worksheet(text="a*b", numbers=[1, 2])
    for constant in (parse("1 + 1")[0], maximum(2.0, 3.0).tanh()):
        with pytest.raises(ValueError, match="is a constant"):
            worksheet(constant)
    with pytest.raises(ValueError, match="a graph of 79 nodes is too large to fill in"):
        worksheet(text=" + ".join(f"a{number}*b{number}" for number in range(20)), sheets=2)
    chain = a
    for _ in range(30):
        chain = chain.tanh()
    with pytest.raises(ValueError, match="a graph of 31 nodes is too large to fill in"):
        worksheet(chain)
    assert len(read(worksheet(chain.operands[0]).html).sections) % 2 == 1
    assert len(read(worksheet(a).html).sections) == 3


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    numbers = r'<rect x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)" height="([\d.]+)"'
    return [tuple(map(float, found)) for found in re.findall(numbers, svg)]


@pytest.mark.parametrize("level", LEVELS)
def test_pictures_have_no_overlaps_and_stay_in_their_frame(level):
    for seed in range(6):
        root, _ = make_exercise(level, seed)
        svg = draw_blanks(name_graph(root), ROOM)
        width, height = size_of(svg)
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


def size_of(svg: str) -> tuple[float, float]:
    width, height = re.search(r'viewBox="-2 -2 ([\d.]+) ([\d.]+)"', svg).groups()
    return float(width), float(height)


def test_a_long_picture_runs_in_rows_or_in_columns():
    chain = Value(0.5, "x")
    for _ in range(29):
        chain = chain.tanh()
    svg = draw_blanks(name_graph(chain), ROOM)
    width, height = size_of(svg)
    assert 12 * min(ROOM[0] / width, ROOM[1] / height) * 72 / 96 >= 8  # points, on paper
    corners = [(x, y) for x, y, _, _ in boxes(svg)]
    assert corners == sorted(corners)
    assert len({x for x, _ in corners}) == 4
    assert svg.count('stroke="none"') == 29  # every edge has its arrowhead
    w, u, h = Value(0.5, "w"), Value(2.0, "u"), Value(0.0, "h0")
    for t in range(1, 5):
        h = (w * h + u * Value(float(t), f"x{t}")).tanh()
    svg = draw_blanks(name_graph(h), ROOM)
    assert svg.count(">w<") == svg.count(">u<") == 4  # weights are named again in each row, with nothing to fill in
    assert svg.count(">grad<") == len([node for node in name_graph(h) if node.op != CONSTANT])
    width, height = size_of(svg)
    assert 12 * min(ROOM[0] / width, ROOM[1] / height) * 72 / 96 >= 6.5


def test_a_picture_is_black_and_white():
    svg = draw_blanks(name_graph(make_exercise(6, 1)[0]), ROOM, filled=True)
    assert set(re.findall(r"#[0-9a-f]{6}", svg)) <= {"#000000", "#222222", "#ffffff"}


def test_on_a_phone_the_letters_of_a_picture_keep_their_size(browser, tmp_path):
    worksheet(level=6, seed=3).save(tmp_path / "sheet.html")
    tab = browser.new_page(viewport={"width": 390, "height": 844})
    tab.goto((tmp_path / "sheet.html").as_uri())
    assert tab.evaluate("Math.min(...[...document.querySelectorAll('svg')].map(s => 12 * s.getScreenCTM().a))") >= 9
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.focus("figure")
    tab.keyboard.press("ArrowRight")
    wait_until(tab, "document.querySelector('figure').scrollLeft > 0")
    tab.close()


def test_on_a_phone_long_names_have_lines_of_their_own(browser, tmp_path):
    root, _ = parse(
        "tanh(price_of_a_house_in_the_city*number_of_rooms_of_the_house)",
        price_of_a_house_in_the_city=0.5,
        number_of_rooms_of_the_house=2,
    )
    root.label = "predicted_price_of_everything"
    worksheet(root).save(tmp_path / "sheet.html")
    tab = browser.new_page(viewport={"width": 390, "height": 844})
    tab.goto((tmp_path / "sheet.html").as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    for cell in tab.locator("td:not(.room)").all():
        box = cell.bounding_box()
        assert box["x"] + box["width"] <= 390 - 15  # within the sheet
        assert len(cell.inner_text()) < 20 or box["width"] > 200
    tab.close()


@pytest.mark.skipif(lacks(CHROMIUM), reason=f"a browser at {CHROMIUM}")
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_on_paper_each_sheet_is_leaves_of_its_own(paper, tmp_path):
    """One page, two pages and blank backs: a file has as many pages as it has sections, none of which runs over."""
    html = worksheet(level=[4, 5, 6], seed=7, sheets=3).questions.html
    chain = Value(0.5, "x")
    for _ in range(29):
        chain = chain.tanh()
    long = worksheet(chain).questions.html
    text = html.replace("</main>", long[long.index("<main>") + 6 : long.index("</body>")])  # both in one file
    (tmp_path / "sheet.html").write_text(text.replace("@page {", f"@page {{ size: {paper};"), encoding="utf-8")
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    arguments += [f"--user-data-dir={tmp_path / 'profile'}", f"--print-to-pdf={tmp_path / 'sheet.pdf'}"]
    command = [CHROMIUM, *arguments, (tmp_path / "sheet.html").as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    pdf = (tmp_path / "sheet.pdf").read_bytes()
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    expected = {"A4": (595, 842), "Letter": (612, 792)}[paper]  # points
    first, second = len(read(html).sections), len(read(long).sections)
    assert first % 2 == second % 2 == 0
    assert [tuple(round(float(x)) for x in size) for size in sizes] == [expected] * (first + second)


@pytest.mark.parametrize("text", ["L = tanh(a*b) + a", "h = tanh(a*b + c); L = h*h + a", "L = exp(-a*a) + b*a"])
def test_no_function_is_so_flat_that_a_path_through_it_may_be_forgotten(text):
    for seed in range(tries(20, 5)):
        root = draw_numbers(text, seed, {})
        leaf = next(node for node in toposort(root) if node.label == "a")
        right = RIGHT(root)[leaf]
        for name in ("forget_first", "forget_last", "overwrite"):
            assert not is_near(mistakes.table[name](root)[leaf], right), (seed, name)


def test_numbers_that_make_it_flat_are_taken_where_they_are_given():
    assert draw_numbers("L = tanh(a*b) + a", 0, {"a": -4, "b": 4}).data == pytest.approx(-5.0)


def test_who_rounds_to_three_digits_as_the_sheet_says_comes_near_the_key():
    def rounded(number):
        return float(f"{number:.3g}")

    text = "tanh(w*x + b)"
    for seed in range(tries(20, 6)):
        root = draw_numbers(text, seed, {})
        w, x, b, *_ = numbers = [node.data for node in toposort(root) if node.label in {"w", "x", "b"}]
        y = rounded(math.tanh(rounded(rounded(w * x) + b)))
        slope = rounded(1 - rounded(y * y))
        right = {node.label: gradient for node, gradient in RIGHT(root).items()}
        assert [slope * x, slope * w, slope] == pytest.approx([right[name] for name in "wxb"], rel=0.05), numbers
        sheet = read(worksheet(text=text, seed=seed).html).sections[0]
        assert any("Round each number to 3 significant digits; the key has 4." in line for line in sheet)


@pytest.mark.parametrize(
    ("text", "numbers", "digits"),
    [
        ("tanh(w*x)", {"w": 2, "x": 3}, 6),  # tanh 6 is 0.99998771: 1 - 0.9999877² with 6 digits is near
        ("(t - 1)**2 * sigmoid(t)", {"t": 0.99954}, 5),
        ("a*b + a*c", {"a": 0.7, "b": 1.001, "c": -1}, 4),
    ],
)
def test_where_three_digits_lose_the_answer_the_sheet_asks_for_more(text, numbers, digits):
    sheet = read(worksheet(parse(text, **numbers)[0]).html).sections[0]
    assert [line.partition("Round each")[2] for line in sheet if "Round each" in line] == [
        f" number to {digits} significant digits; the key has 4."
    ]


def test_the_numbers_given_have_the_digits_that_the_answer_needs():
    root, _ = parse("a - b", a=1.23456, b=1.23411)
    sheet, _, key = read(worksheet(root).html).sections
    assert "a = 1.23456, b = 1.23411" in sheet
    assert [text for text in sheet if text.startswith("1.2")] == ["1.23456", "1.23411"]  # in the boxes
    assert "= 1.23456 - 1.23411" in key
    called = name_graph(parse("a", a=math.pi)[0])
    wide, usual = (draw_blanks(called, ROOM, digits=digits).split('"')[1] for digits in (17, 4))
    assert float(wide) > float(usual) + 20
