import math
import random
import re
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from engine import Value, grad, toposort
from engine import sum as add
from engine.numbers import CONSTANT
from engine.teaching.expression import parse
from engine.teaching.paths import UNCOUNTED, paths
from tests.conftest import optional, tries
from tests.viz.words.written import parse_formula, read_latex
from viz.numbers import format_number
from viz.words.chain import chain_text
from viz.words.explain import explain
from viz.words.latex import latex_name, latex_number, latex_words, write_latex
from viz.words.words import name_graph

# v2 = 2·(-3) + 6 = 0, so y = 1/2 and sigmoid'(v2) = 1/4
NEURON = """\
∂y/∂w = ∂y/∂v2 · ∂v2/∂v1 · ∂v1/∂w
      = y*(1 - y) · 1 · x
      = 0.25 · 1.0 · 2.0 = 0.5"""

# h = -6, L = h² + h: ∂L/∂w = h·x + h·x + x
SHARED = """\
∂L/∂w is the sum over 3 paths, each with all else held fixed:
  1) ∂L/∂v1 · ∂v1/∂h · ∂h/∂w = 1 · h · x = 1.0 · (-6.0) · 3.0 = -18.0
  2) ∂L/∂v1 · ∂v1/∂h · ∂h/∂w = 1 · h · x = 1.0 · (-6.0) · 3.0 = -18.0
  3) ∂L/∂h · ∂h/∂w = 1 · x = 1.0 · 3.0 = 3.0
∂L/∂w = -18.0 + (-18.0) + 3.0 = -33.0"""


def test_one_path_by_hand():
    root, leaves = parse("y = sigmoid(x*w + b)", x=2, w=-3, b=6)
    assert str(explain(root, "w")) == str(explain(root, leaves["w"])) == NEURON


def test_several_paths_by_hand():
    root, _ = parse("h = w*x; L = h*h + h", w=-2, x=3)
    assert str(explain(root, "w")) == SHARED
    shortened = str(explain(root, "w", most=1)).split("\n")
    assert shortened[0] == "∂L/∂w is the sum over 3 paths, each with all else held fixed; the largest:"
    assert shortened[-1] == "∂L/∂w = -18.0 + (-15.0) from the other 2 paths = -33.0"
    assert str(explain(root, "w", most=2)).endswith("∂L/∂w = -18.0 + (-18.0) + 3.0 from the other path = -33.0")


def test_a_node_in_between_the_root_itself_and_a_single_factor():
    root, _ = parse("h = w*x; L = relu(h)", w=2, x=3)
    assert str(explain(root, "L")) == "∂L/∂L = 1.0"
    assert str(explain(root, "h")) == "∂L/∂h = 1.0, as h > 0"
    assert str(explain(parse("y = tanh(x)", x=0)[0], "x")) == "∂y/∂x = 1 - y*y\n      = 1.0"


def test_terms_on_one_path_have_letters_of_their_own():
    text = str(explain(parse("y = silu(silu(t))", t=0)[0], "t"))
    assert "s*(1 + v1*(1 - s)) · u*(1 + t*(1 - u))" in text
    assert "with s = sigmoid(v1) = 0.5, with u = sigmoid(t) = 0.5" in text


def random_graph(seed: int) -> Value:
    rng = random.Random(seed)
    values = [Value(rng.uniform(-2, 2), f"x{number}") for number in range(3)]
    for _ in range(14):
        a, b = rng.choice(values[-5:]), rng.choice(values)
        values.append(rng.choice([a + b, a - b, a * b, (a * b).tanh(), a.maximum(b), a.silu(), -a]))
    return values[-1] + values[-2]


def products_one_by_one(root: Value, leaf: Value) -> list[float]:
    """The product along every path, by listing them all."""
    if root is leaf:
        return [1.0]
    edges = zip(root.operands, root.local_derivatives, strict=True)
    return [local * product for operand, local in edges for product in products_one_by_one(operand, leaf)]


@pytest.mark.parametrize("seed", range(tries(12, 3)))
@pytest.mark.parametrize("most", [1, 3, 10**6])
def test_the_largest_paths_are_those_found_by_listing_all(seed, most):
    root = random_graph(seed)
    for leaf in [node for node in set(walk_down(root)) if not node.operands]:
        every = products_one_by_one(root, leaf)
        found, count = paths(root, leaf, most)
        assert count == len(every)
        assert [abs(path.product) for path in found] == pytest.approx(sorted(map(abs, every), reverse=True)[:most])
        for path in found:
            check_path(root, leaf, path)
        explanation = explain(root, leaf, most)
        assert explanation.gradient == grad(root, leaf)
        total = sum(route.product for route in explanation.routes) + explanation.rest
        assert total == pytest.approx(grad(root, leaf), rel=1e-12, abs=1e-12)
        assert max(map(len, str(explanation).split("\n"))) <= 80


def walk_down(root: Value) -> list[Value]:
    return [root, *(node for operand in root.operands for node in walk_down(operand))]


def test_what_the_other_paths_come_to_is_no_rounding():
    x = Value(1.0, "x")
    weights = [0.1, 0.2, 0.3, 0.7, 0.6, 0.4]  # which do not add up to 2.3 as floats do
    few = add([x * weight for weight in [*weights, 0.0, 0.0, 0.0]])
    assert explain(few, x).rest == 0.0
    assert str(explain(few, x)).endswith("= 0.7 + 0.6 + 0.4 + 0.3 + 0.2 + 0.1 + 0.0 from the other 3 paths = 2.300")
    large = add([x * weight for weight in (1e16, -1e16, 3.0, 0.5, 0.25)])  # 1e16 + 3.75 is no float
    assert explain(large, x, most=2).rest == 3.75
    assert str(explain(large, x, most=2)).endswith(" ≈ -1e+16 + 1e+16 + 3.75 from the other 3 paths ≈ 4.0")
    many = add([x * weight for weight in [*weights, *[0.0] * 200]])
    assert str(explain(many, x)).endswith("0.7 + 0.6 + 0.4 + 0.3 + 0.2 + 0.1 + … from the other 200 paths\n    = 2.300")
    some = add([x * weight for weight in [*weights, *[0.125] * 200]])
    assert explain(some, x).rest == pytest.approx(24.975, rel=1e-12)  # 0.1 and 199 times 0.125


def check_path(root, leaf, path):
    product, node = 1.0, root
    for at, index in path.edges:
        assert at is node
        product *= at.local_derivatives[index]
        node = at.operands[index]
    assert node is leaf
    assert product == pytest.approx(path.product, rel=1e-12)


def passed_back(root: Value, leaf: Value, product: float = 1.0) -> list[float]:
    """The product along every path, each multiplied from the root on as the backward pass does it."""
    if root is leaf:
        return [product]
    found: list[float] = []
    for operand, local in zip(root.operands, root.branch_derivatives, strict=True):
        behind = passed_back(operand, leaf, 0.0 if local is None else product * local)
        found += [0.0] * len(behind) if root.op == "detach" else behind
    return found


SIZES = (1e200, 1e-200, -1e-300, 0.0, math.inf, math.nan, 3.0)


def extreme_graph(seed: int) -> Value:
    rng = random.Random(seed)
    values = [Value(rng.choice(SIZES), f"x{number}") for number in range(3)]
    for _ in range(9):
        a, b = rng.choice(values[-4:]), rng.choice(values)
        values.append(rng.choice([a * b, a * b, a + b, a.relu(), a.detach(), -a, a.maximum(b)]))
    return values[-1] * values[-2]


def test_products_are_those_of_the_backward_pass_whatever_their_size():
    alone, unusual = 0, 0
    for seed in range(150):
        root = extreme_graph(seed)
        root.backward()
        for leaf in toposort(root):
            every = passed_back(root, leaf)
            found, count = paths(root, leaf, most=len(every))
            assert count == len(every)
            assert sorted(map(repr, (path.product for path in found))) == sorted(repr(x + 0.0) for x in every)
            sizes = [abs(path.product) if path.product == path.product else math.inf for path in found]
            assert sizes == sorted(sizes, reverse=True)
            if len(every) == 1 and leaf.op != CONSTANT:
                assert repr(found[0].product) == repr(leaf.grad + 0.0)
                assert str(explain(root, leaf)).split(",")[0].endswith(format_number(leaf.grad))
                alone += 1
                unusual += not math.isfinite(leaf.grad)
    assert alone > 500
    assert unusual > 50


def test_a_product_is_worked_out_from_the_root_on_by_hand():
    x = Value(1.0, "x")
    small = (x * 1e200 * 1e200) * 1e-300
    assert explain(small, x).routes[0].product == grad(small, x) == 1e-300 * 1e200 * 1e200  # not 1e400 · 1e-300
    root = (x * math.inf).minimum(0.0) * 2.0  # 2 · 0 · inf: a branch not taken, and infinity behind it
    assert str(explain(root, x)).endswith("= 2.0 · 0.0 · inf = nan, as v1 > 0, branch not taken")
    assert str(explain((x - 2).relu() * math.inf, x)).split(",")[0].endswith("= inf · 0.0 · 1.0 = 0.0")


def test_more_paths_than_anyone_could_list():
    node = x = Value(0.5, "x")
    for _ in range(60):
        node = node + node
    explanation = explain(node, x)
    assert explanation.count == 2**60
    assert explanation.gradient == 2.0**60
    text = str(explanation)
    assert text.startswith(
        "∂v60/∂x is the sum over 1,152,921,504,606,846,976 paths, each with all else held\nfixed; the 6 largest:"
    )
    assert text.endswith("+ 1.153e+18 from the other 1,152,921,504,606,846,970 paths = 1.153e+18")
    assert "· … (48 more)" in text
    assert len(explanation.routes[0].factors) == 12
    for _ in range(400):
        node = node + node
    assert explain(node, x).count == UNCOUNTED
    assert "the sum over more than 10^100 paths" in re.sub(r"\s+", " ", str(explain(node, x)))


def test_a_long_path():
    node = Value(0.5, "x")
    for _ in range(5000):
        node = node.tanh()
    explanation = explain(node, "x")
    assert explanation.count == 1
    assert explanation.routes[0].left_out == 4976
    assert explanation.gradient == pytest.approx(explanation.routes[0].product, rel=1e-12)
    assert max(map(len, str(explanation).split("\n"))) <= 80


def test_gradients_that_are_no_numbers():
    root, _ = parse("log(x) + x", x=0)
    assert str(explain(root, "x")).endswith("= inf + 1.0 = inf")
    root, _ = parse("y = x*0*(1/x)", x=0)
    assert "nan" in str(explain(root, "x"))


def test_a_factor_between_long_names_fits():
    w = Value(0.3, "layers[0].neurons[1].weights[2]")
    hidden = w.tanh()
    hidden.label = "layers[0].neurons[1].output"
    text = str(explain(hidden.exp(), w))
    assert max(map(len, text.split("\n"))) <= 80
    assert "∂layers[0].neurons[1].output/∂layers[0].neurons[1].weights[2]" in text


def test_a_leaf_that_is_not_there():
    root, leaves = parse("tanh(w*x + 2)", w=1, x=2)
    with pytest.raises(ValueError, match=r"unknown node: 'w1' \(one of w, x, v1, v2, v3\)"):
        explain(root, "w1")
    with pytest.raises(ValueError, match=r"Value\(data=3.0, grad=0.0\) is not a node of this graph \(one of w, x, v1"):
        explain(root, Value(3.0))
    with pytest.raises(ValueError, match="is not a node of this graph"):
        explain(leaves["w"], leaves["x"])
    with pytest.raises(ValueError, match="2 is a constant and has no gradient"):
        explain(root, root.operands[0].operands[1])
    with pytest.raises(ValueError, match="unknown node: '2'"):
        explain(root, "2")
    with pytest.raises(ValueError, match=r"unknown node: 'x'$"):
        explain(parse("2")[0], "x")
    for text, name in ("h = 2*3; h*x", "h"), ("pi*x", "pi"), ("x/(2*pi)", "2*pi"):
        with pytest.raises(ValueError, match=rf"^{re.escape(name)} is a constant and has no gradient \(one of x, v1\)"):
            explain(parse(text, x=2)[0], name)
    with pytest.raises(TypeError, match="expected a Value of the graph or its name, not int"):
        explain(root, 3)
    with pytest.raises(TypeError, match="expected a Value, the result of a computation, not float"):
        explain(2.0, "x")
    for most in (0, -1, 1.5, "3", None):
        for tell in (explain, chain_text):
            with pytest.raises(ValueError, match=f"most must be a whole number from 1, not {most!r}"):
                tell(root, "w", most=most)


def test_of_many_names_some_are_listed():
    root, _ = parse("+".join(f"a{n}" for n in range(40)), **{f"a{n}": n for n in range(40)})
    with pytest.raises(ValueError, match=r"\(one of a0, a1, a2, .* a11 and 67 more\)"):
        explain(root, "b")


SYMBOLS = r" \cdot ".join(rf"\frac{{\partial {a}}}{{\partial {b}}}" for a, b in pairwise(["y", "v_{2}", "v_{1}", "w"]))
LATEX = rf"""\begin{{aligned}}
\frac{{\partial y}}{{\partial w}} &= {SYMBOLS} \\
&= y \cdot \left(1 - y\right) \cdot 1 \cdot x_{{1}} \\
&= 0.25 \cdot 1.0 \cdot 2.0 = 0.5
\end{{aligned}}"""


def test_latex_by_hand():
    explanation = explain(parse("y = sigmoid(x1*w + b)", x1=2, w=-3, b=6)[0], "w")
    assert explanation.latex == LATEX
    assert explanation._repr_latex_() == f"$$\n{LATEX}\n$$"


def test_latex_of_several_paths():
    root, _ = parse("h = w*x; L = h*h + h", w=-2, x=3)
    *_, symbols, numbers, _ = explain(root, "w").latex.split("\n")
    assert symbols == r"\frac{\partial L}{\partial w} &= P_{1} + P_{2} + P_{3} \\"
    assert numbers == r"&= -18.0 + \left(-18.0\right) + 3.0 = -33.0"
    *_, symbols, numbers, _ = explain(root, "w", most=1).latex.split("\n")
    assert symbols == r"\frac{\partial L}{\partial w} &= P_{1} + \mathrm{the\ other\ 2\ paths} \\"
    assert numbers == r"&= -18.0 + \left(-15.0\right) = -33.0"


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("x", "x"),
        ("x1", "x_{1}"),
        ("x_12", "x_{12}"),
        ("α2", r"\alpha_{2}"),
        ("loss", r"\mathrm{loss}"),
        ("w_in", r"\mathrm{w\_in}"),
        ("layers[0].weights[1]", r"\mathrm{layers[0].weights[1]}"),
        ("50% & #1 {a}^b~$c", r"\mathrm{50\%\ \&\ \#1\ \{a\}\wedge b\sim \$c}"),
        (r"\input{x}", r"\mathrm{\backslash input\{x\}}"),
        ("ß漢", r"\mathrm{\text{ß}\text{漢}}"),
        ("-3", "-3"),
        ("2.5e-05", r"2.5 \cdot 10^{-5}"),
        ("3-+2", r"\mathrm{3-+2}"),
        ("1//2", r"\mathrm{1//2}"),
        ("x_", r"\mathrm{x\_}"),  # another leaf than x
        ("µ_1", r"\mu_{1}"),
        ("f(x)", r"\mathrm{f(x)}"),
        ("1/3", r"\left(\frac{1}{3}\right)"),  # what constants are called
        ("2*π", r"\left(2 \cdot \pi\right)"),
        ("1e-3-2²", r"\left(0.001 - {2}^{2}\right)"),
        ("exp(1)", r"\exp\left(1\right)"),
        ("c-1", r"\mathrm{c-1}"),
        ("max(2,σ(1))", r"\max\left(2, \sigma\left(1\right)\right)"),
        ("", r"\mathrm{}"),
    ],
)
def test_names_in_latex(name, latex):
    assert latex_name(name) == latex


@pytest.mark.parametrize(
    ("formula", "latex"),
    [
        ("a - (b - c)", r"a - \left(b - c\right)"),
        ("a - (-b)", r"a - \left(-b\right)"),
        ("(a + b)*c", r"\left(a + b\right) \cdot c"),
        ("-(a + b)", r"-\left(a + b\right)"),
        ("a / (1 + abs(b))**2", r"\frac{a}{{\left(1 + \left|b\right|\right)}^{2}}"),
        ("a**(b - 1)", "{a}^{b - 1}"),
        ("exp(a - y)", r"\exp\left(a - y\right)"),
        ("0.5 / sqrt(a)", r"\frac{0.5}{\sqrt{a}}"),
        ("sign(a)", r"\operatorname{sign}\left(a\right)"),
    ],
)
def test_formulas_in_latex(formula, latex):
    assert write_latex(formula, {}) == latex
    assert write_latex("a*b", {"a": "-3", "b": "x"}) == r"\left(-3\right) \cdot x"
    assert write_latex("(a - b)*c", {"a": "x", "b": "c-1", "c": "c+1"}) == (
        r"\left(x - \left(\mathrm{c-1}\right)\right) \cdot \left(\mathrm{c+1}\right)"
    )
    assert write_latex("a**b", {"a": "c*2", "b": "x"}) == r"{\left(\mathrm{c*2}\right)}^{x}"
    assert write_latex("a**b", {"a": "1e-30", "b": "x"}) == r"{\left(1 \cdot 10^{-30}\right)}^{x}"


def test_paths_are_named_unlike_leaves():
    root, _ = parse("P1*P1*x + Q_2", P1=3, x=2, Q_2=1)
    explained = explain(root, "P1").latex
    assert r"\frac{\partial v_{3}}{\partial P_{1}} &= Q_{1} + Q_{2} \\" in explained  # Q_2 is not on these paths
    assert r"&= R_{1} + R_{2} \\" in explain(parse("P1*P1*Q_2", P1=3, Q_2=1)[0], "P1").latex


def check_latex(latex: str) -> None:
    """Structure by hand, and every line by matplotlib's parser, which knows neither aligned nor an escaped &."""
    depth = 0
    for brace in re.findall(r"(?<!\\)(?:\\\\)*([{}])", latex):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    first, *lines, last = latex.split("\n")
    assert (first, last) == (r"\begin{aligned}", r"\end{aligned}")
    for number, line in enumerate(lines):
        assert line.endswith(r" \\") == (number < len(lines) - 1)
        cells = re.split(r"(?<!\\)&", line.removesuffix(r" \\"))
        assert len(cells) == 2
        for cell in filter(None, cells):
            read_math().parse(f"${cell.replace(chr(92) + '&', '+')}$".replace("$ ", "$"))


@cache
def read_math():
    return optional("matplotlib.mathtext").MathTextParser("path")


HOSTILE = [
    "a_b^c",
    "100%",
    "x & y",
    "#1",
    "{",
    "}}",
    "\\",
    "\\end{aligned}",
    "~$",
    "</td><script>alert(1)</script>",
    "&amp;",
]


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_names_are_escaped(label):
    leaf, other = Value(0.5, label), Value(2.0, f"{label}2")
    root = (leaf * other).tanh() * leaf
    explanation = explain(root, leaf)
    check_latex(explanation.latex)
    texts = read_html(explanation.html)
    assert f"∂v3/∂{label}" in texts
    assert f"· {label}2" in texts or f"· ({label}2)" in texts


class Reader(HTMLParser):
    """The texts of an HTML fragment, and a check that it is made of these elements only, properly nested."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag, attrs):
        assert tag in ("div", "table", "tr", "td", "p")
        assert dict(attrs) in ({}, {"style": "overflow-x: auto"})
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def read_html(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open
    return [text for text in reader.texts if text.strip()]


@pytest.mark.parametrize("seed", range(tries(6, 2)))
def test_latex_and_html_of_random_graphs(seed):
    root = random_graph(seed)
    for leaf in {node for node in walk_down(root) if not node.operands}:
        explanation = explain(root, leaf)
        check_latex(explanation.latex)
        gradient = str(explanation).split()[-1]
        assert read_html(explanation.html)[-1].split()[-1] == gradient
        assert explanation.latex.split("\n")[-2].endswith(latex_number(gradient))


@pytest.mark.parametrize("seed", range(tries(200, 100)))
def test_the_latex_of_what_a_person_writes_is_read_as_it_was_meant(seed):
    text, root, leaves = parse_formula(seed)
    called = name_graph(root)
    names = {"c": 5.0} | {latex_name(name): node.data for node, name in called.items()}
    for leaf in set(leaves.values()) & called.keys():
        explanation = explain(root, leaf)
        rows = re.sub(r" \\\\\n&\\quad", "", explanation.latex).split("\n")
        products = [row for before, row in pairwise(rows) if r"\partial" in before.partition("&")[2]]
        routes = [route for route in explanation.routes if len(route.factors) > 1]
        for route, product in zip(routes, products, strict=True):
            if not any(note.startswith("with ") for note in route.notes):  # else a term is not written out
                read = read_latex(product.removeprefix("&= ").removesuffix(r" \\"), names)
                assert not math.isfinite(read) or read == pytest.approx(route.product, rel=1e-9), (text, product)


def test_latex_and_html_of_long_and_of_no_paths():
    node = x = Value(0.5, "x")
    for _ in range(60):
        node = (node + node).tanh()
    explanation = explain(node, x)
    check_latex(explanation.latex)
    assert r"\mathrm{the\ other\ 1,152,921,504,606,846,970\ paths}" in explanation.latex
    assert max(line.count(r"\frac{\partial") for line in explanation.latex.split("\n")) <= 7  # with the one sought
    assert "<td>… (108 more)</td>" in explanation.html
    check_latex(explain(x, x).latex)
    assert read_html(explain(x, x).html)[-1] == "∂x/∂x = 1.0"
    assert explain(x, x)._repr_html_() == explain(x, x).html


def test_notes_are_told_in_latex_and_html():
    explanation = explain(parse("relu(a_1)", a_1=2)[0], "a_1")
    assert explanation.latex.endswith("&= 1.0,\\quad \\mathrm{as\\ a\\_1\\ >\\ 0}\n\\end{aligned}")
    assert "as a_1 &gt; 0" in explanation.html
    assert latex_words("a_1 > 0") == r"\mathrm{a\_1\ >\ 0}"
