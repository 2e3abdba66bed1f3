"""The strongest path on the page: its numbers and sentences against Python's, and what lights up."""

import math

import numpy as np
import pytest

import engine
import nn
from engine import Value, dot, parse, toposort
from engine.numbers import CONSTANT
from tests.graphs import SPECIAL, random_graph
from tests.viz.pages.pages import box, exported, label, network, open_pages, small, typeset
from viz.numbers import format_number
from viz.paths.strongest import path


@pytest.fixture
def open_page(browser, tmp_path):
    yield from open_pages(browser, tmp_path)


def chain():
    """Two sigmoids, one behind the other."""
    return parse("y = sigmoid(w2*sigmoid(w1*x + b))", w1=0.4, w2=-3, x=2, b=0.1)[0]


def perceptron():
    model = nn.MLP(2, [3, 3, 1], "sigmoid", generator=np.random.default_rng(0))
    return nn.mse(model([1.0, -0.5]), 0.3)


def ladder(rungs):
    """2**rungs paths; the stronger of each two edges has the factor 3."""
    signal = Value(1.0, "x")
    for _ in range(rungs):
        signal = signal * 1.0 + signal * 3.0
    return signal


# In the browser: the strongest path to every leaf, numbers as text.
FIND = """(nodes) => {
    const graph = new Graph(nodes);
    const run = runPasses(graph);
    return graph.leaves.map((leaf) => {
        const path = findStrongest(graph, run, leaf);
        const links = [...path.links.values()].map(({ node, index, kind, factor, after, bound }) =>
            [node, index, kind, exactNumber(factor), exactNumber(after), bound]);
        return { count: String(path.count), said: tellPath(graph, path), links };
    });
}"""


def found_by_page(tab, root):
    found = tab.evaluate(FIND, exported(root))
    for each in found:
        for link in each["links"]:
            link[3:5] = [repr(float(text)) for text in link[3:5]]
    return found


def found_by_python(root, leaf):
    found = path(root, leaf)
    number = {node: i for i, node in enumerate(toposort(root))}
    (route,) = found.routes
    links = [
        [number[link.edge[0]], link.edge[1], link.kind, repr(link.factor), repr(link.after), link.bound]
        for link in route
    ]
    said = [text.replace(" = -0.0,", " = 0.0,") for text in found.tell(0)]  # the page adds contributions up from zero
    return {"count": str(found.count), "said": said, "links": links}


def differences(tab, root):
    """The paths that the page has otherwise than Python, as both have them."""
    leaves = [node for node in toposort(root) if not node.operands and node.op != CONSTANT]
    pairs = zip(found_by_page(tab, root), [found_by_python(root, leaf) for leaf in leaves], strict=True)
    return [(mine, theirs) for mine, theirs in pairs if mine != theirs]


def test_paths_and_sentences_are_pythons(open_page):
    tab = open_page(small())
    x, z = Value(3.0, "x"), Value(0.0, "z")
    roots = [small(), chain(), network(), perceptron(), ladder(60), ladder(400)]
    roots += [x, z.log() * x.relu(), (x * -2.0).leaky_relu(z - 4.0)]
    roots += [random_graph(seed, size=12, special=seed > 20).root for seed in range(30)]
    few = ("*", "*", "relu", "detach", "minimum", "+")
    roots += [random_graph(seed, 8, True, numbers=(1e200, 1e-300, *SPECIAL), operations=few).root for seed in range(30)]
    for root in roots:
        assert differences(tab, root) == []
    kinds = {link[2] for root in roots for each in found_by_page(tab, root) for link in each["links"]}
    assert kinds == {"slope", "weight", "input", "signal", "sum", "other"}
    assert "summed over 1,152,921,504,606,846,976 paths" in found_by_page(tab, ladder(60))[0]["said"][0]
    assert "summed over more than 10^100 paths" in found_by_page(tab, ladder(400))[0]["said"][0]


def test_a_wrong_rule_for_the_strongest_path_would_be_found(open_page):
    tab = open_page(small())
    tab.evaluate("sizeOf = (product) => product")
    assert differences(tab, small())


def lit(tab):
    """The boxes that are lit, by name, and the lit uses of operands, as (user, operand)."""
    names = [text.split(",")[0] for text in tab.locator("#graph .box.lit > title").all_text_contents()]
    uses = tab.evaluate(
        """() => page.picture.curves.filter(({ path }) => path.classList.contains("lit")).flatMap(({ edges }) =>
            edges.flatMap(({ uses }) => uses.map((use) => use.map((number) => number))))"""
    )
    return names, [tuple(use) for use in uses]


def test_a_click_on_a_leaf_lights_up_its_strongest_path(open_page):
    root = chain()
    tab = open_page(root)
    found = path(root, "w1")
    (route,) = found.routes
    number = {node: i for i, node in enumerate(toposort(root))}
    assert lit(tab) == ([], [])
    tab.click(box("w1"))
    names, uses = lit(tab)
    assert set(names) == {"y", *(link.operand for link in route)}
    assert set(uses) == {(number[link.edge[0]], link.edge[1]) for link in route}
    assert tab.inner_text("#ledger-title") == "Ledger of w1"  # as before
    assert tab.inner_text("#path-title") == "Strongest path to w1"
    said = tab.locator("#path .said").all_inner_texts()
    assert said[0].startswith("∂y/∂w1 = −0.1168, ")  # a minus, as on the other cards
    assert [text.replace("−", "-") for text in said] == found.tell()
    assert tab.inner_text("#live").replace("−", "-") == " ".join(found.tell())
    assert "on the strongest path to w1" in label(tab, box("v1"))
    rows = [row.split("\t") for row in tab.locator("#path tbody tr:not(.bar)").all_inner_texts()]
    assert rows[0] == ["y", "", "", "1.0"]
    assert [row[0] for row in rows[1:]] == [link.operand for link in route]
    numbers = [[typeset(format_number(number)) for number in (link.factor, link.after)] for link in route]
    assert [row[2:] for row in rows[1:]] == numbers
    assert tab.locator("#path .bar td:first-child").all_inner_texts() == [link.part for link in route]
    tab.click(box("w1"))
    assert lit(tab) == ([], [])
    assert tab.is_hidden("#path")
    assert tab.locator("#graph .road").count() == 0


def test_bars_lie_on_a_log_scale_from_product_to_product(open_page):
    root = chain()
    tab = open_page(root)
    tab.click(box("w1"))
    (route,) = path(root, "w1").routes
    low, high = -2, 0
    assert "log scale from 0.01 to 1" in tab.inner_text("#path")
    for link, spans in zip(
        route,
        tab.locator("#path .waterfall").evaluate_all(
            """all => all.map((bar) => [...bar.children].map((span) =>
                [span.className, parseFloat(span.style.left), parseFloat(span.style.width)]))"""
        ),
        strict=True,
    ):
        places = [100 * (math.log10(abs(product)) - low) / (high - low) for product in (link.before, link.after)]
        bars = [(left, left + width) for classes, left, width in spans if classes == ""]
        assert min(bars)[0] == pytest.approx(min(places), abs=1e-3)
        assert max(end for _, end in bars) == pytest.approx(max(places), abs=1e-3)
        ticks = [left for classes, left, _ in spans if classes == "tick"]
        if link.kind == "slope":
            assert ticks == [pytest.approx(places[0] + 100 * math.log10(0.25) / (high - low), abs=1e-3)]
        else:
            assert ticks == []


def test_it_is_lit_from_the_keyboard_and_cleared_by_escape(open_page):
    tab = open_page(chain())
    tab.focus("#graph")
    tab.keyboard.press("ArrowDown")
    while not tab.evaluate("document.activeElement.textContent").startswith("w1, leaf"):
        tab.keyboard.press("ArrowUp")
    tab.keyboard.press("Enter")
    assert "w1" in lit(tab)[0]
    assert tab.evaluate("document.activeElement.textContent").startswith("w1, leaf")
    tab.keyboard.press("Escape")
    assert lit(tab) == ([], [])
    tab.locator("#leaves .name", has_text="w2").click()
    assert "w2" in lit(tab)[0]
    tab.focus('[aria-label="Number of w2"]')
    tab.keyboard.press("Escape")
    assert lit(tab) == ([], [])
    tab.locator("#leaves .name", has_text="w2").click()
    tab.click("#clear")
    assert lit(tab) == ([], [])
    tab.click(box("v1"))  # an operation: its ledger, no path
    assert lit(tab) == ([], [])
    assert tab.is_hidden("#path")


def test_the_path_follows_a_changed_number(open_page):
    a, b, x = Value(1.0, "a"), Value(2.0, "b"), Value(0.5, "x")
    root = a * x + b * x
    tab = open_page(root)
    tab.click(box("x"))
    before = lit(tab)[1]
    tab.fill('[aria-label="Number of a"]', "5")
    tab.keyboard.press("Enter")
    a, b, x = Value(5.0, "a"), Value(2.0, "b"), Value(0.5, "x")
    assert tab.locator("#path .said").all_inner_texts() == path(a * x + b * x, "x").tell()
    assert lit(tab)[1] != before
    tab.click("#reset")
    assert lit(tab)[1] == before


def test_it_waits_for_the_gradient_and_keeps_out_of_the_quiz(open_page):
    tab = open_page(chain())
    tab.click("#fit")
    tab.click("#turn")
    tab.click(box("w1"))
    assert "once the gradient is complete" in tab.inner_text("#path")
    assert lit(tab) == ([], [])
    tab.click("#end")
    tab.click(box("w1"))
    assert lit(tab)[0]
    tab.click("#cover")
    tab.click(box("w1"))
    assert lit(tab) == ([], [])
    assert tab.is_hidden("#path")


def test_folded_boxes_and_the_insides_of_opened_ones_are_lit(open_page):
    root = network(2, (3, 2, 1))
    tab = open_page(root)
    leaf = "layers[0].neurons[1].weights[0]"
    tab.select_option("#view", "layers")
    tab.evaluate("(name) => page.pin(page.graph.names.indexOf(name))", leaf)
    names, _ = lit(tab)
    assert {name for name in names if name.startswith("layers")} == {"layers[0]", "layers[1]", "layers[2]"}
    for _ in range(30):  # open whatever is lit and can be opened
        closed = "page.picture.boxes.find(({ box, child, group }) => box.inside && !child && group.matches('.lit'))"
        if not tab.evaluate(f"Boolean({closed})"):
            break
        tab.evaluate(f"page.scene.toggle({closed})")
    names, _ = lit(tab)
    (route,) = path(root, leaf).routes
    opened = tab.evaluate("page.picture.boxes.filter(({ child }) => child).map(({ box }) => box.name)")
    assert {link.operand for link in route} <= {*names, *opened}
    parts = [text.split(",")[0] for text in tab.locator("#graph .part.lit > title").all_text_contents()]
    assert sorted(parts) == sorted(["*", "sum", "+"] * 3)  # of each fused sum the product on the path, and what follows
    assert tab.locator("#graph .operand.lit").count() == 3


def test_of_a_fused_operation_the_parts_that_pass_the_gradient_on_are_lit(open_page):
    a, b = Value(1.0, "a"), Value(2.0, "b")
    tab = open_page(engine.logsumexp([a, b, Value(0.5, "c")]))
    tab.click("#graph .opener")
    tab.click("#fit")
    tab.click(f"{box('b')} >> nth=0")
    parts = [text.split(",")[0] for text in tab.locator("#graph .part.lit > title").all_text_contents()]
    assert parts == ["-", "exp", "sum", "log", "+"] or sorted(parts) == sorted(["-", "exp", "+", "+", "log", "+"])
    assert not any("largest" in part for part in parts)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_lit_path_does_not_rely_on_colour_and_is_printed(open_page, scheme):
    tab = open_page(chain(), color_scheme=scheme)
    tab.click(box("w1"))
    style = "getComputedStyle(document.querySelector('#graph .{}')).{}"
    widths = tab.locator("#graph .edge").evaluate_all(
        "all => all.map((e) => parseFloat(getComputedStyle(e).strokeWidth))"
    )
    assert float(tab.evaluate(style.format("road", "strokeWidth"))[:-2]) > 1.5 * max(widths)
    assert tab.evaluate(style.format("edge.lit:not(.current)", "strokeDasharray")) != "none"
    tab.emulate_media(media="print")
    assert tab.is_visible("#path")
    assert tab.is_hidden("#clear")
    assert tab.evaluate(style.format("road", "display")) == "inline"


def test_a_long_path_is_cut_in_the_middle(open_page):
    signal = Value(0.3, "x")
    for _ in range(50):
        signal = (signal * 2.0).tanh()
    tab = open_page(signal)
    tab.evaluate("page.pin(0)")
    assert "… 40 factors left out …" in tab.inner_text("#path")
    assert tab.locator("#path .waterfall").count() == 60


def test_dot_of_a_leaf_with_itself_has_one_lit_use(open_page):
    a = Value(3.0, "a")
    tab = open_page(dot([a, a], [a, Value(1.0, "b")]))
    tab.click(f"{box('a')} >> nth=0")
    assert len(lit(tab)[1]) == 1


def test_the_minus_of_an_infinity_is_one(open_page):
    tab = open_page(parse("exp(x)*2 - exp(x)*3", x=710)[0])
    tab.evaluate("page.pin(0)")
    assert "the strongest contributes −inf" in tab.inner_text("#path")
