"""The page: its arithmetic against Python's, and every control driven in a browser."""

import base64
import hashlib
import html
import json
import math
import re
from pathlib import Path

import pytest
from graphs import random_graph

import engine
from engine import Value, dot, mistakes, steps, toposort
from engine.value import CONSTANT
from viz.numbers import format_number
from viz.page.javascript import SUPPLIED, expression, formula_tree, operations
from viz.page.page import MOST_NODES, SCRIPTS, page
from viz.words import definition, derivative_words, forward_words, name_graph


@pytest.fixture
def open_page(browser, tmp_path):
    """A function that opens the page of a graph, offline; in the end nothing was requested and nothing complained."""
    contexts, requests, complaints = [], [], []

    def open_page(root, width=1280, height=720, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True, **options)
        contexts.append(context)
        tab = context.new_page()
        path = tmp_path / "page.html"
        page(root).save(path)
        tab.on("request", lambda request: requests.append(request.url))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("dialog", lambda dialog: complaints.append(dialog.message))
        tab.goto(path.as_uri())
        return tab

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
    assert all(url.startswith("file://") and url.endswith("/page.html") for url in requests)


def small():
    """L = (tanh(w·x + b) - 1)² + w·w: a shared leaf, a square, two constants."""
    w, x, b = Value(-1.5, "w"), Value(2.0, "x"), Value(0.5, "b")
    h = (w * x + b).tanh()
    h.label = "h"
    loss = (h - 1) ** 2 + w * w
    loss.label = "L"
    return loss


def network(inputs=2, widths=(3, 1)):
    """A tanh network with the labels that networks have."""
    values = [Value((i + 1) / 4, f"x{i}") for i in range(inputs)]
    for layer, width in enumerate(widths):
        outputs = []
        for neuron in range(width):
            scope = f"layers[{layer}].neurons[{neuron}]"
            weights = [Value((i - neuron) / 3 + 0.2, f"{scope}.weights[{i}]") for i in range(len(values))]
            outputs.append(dot(weights, values, Value(0.1, f"{scope}.bias")).tanh())
        values = outputs
    loss = (values[0] - 1) ** 2
    loss.label = "loss"
    return loss


def plain(number):
    return number if math.isfinite(number) else str(number)


def exported(root, blank=False):
    """The nodes as the page holds them; `blank`: without the numbers that are to be computed."""
    order = toposort(root)
    called = name_graph(root)
    number = {node: i for i, node in enumerate(order)}
    return [
        [
            called[node],
            node.op,
            [number[operand] for operand in node.operands],
            "nan" if blank and not node.is_leaf else plain(node.data),
            [] if blank else [plain(local) for local in node.local_derivatives],
        ]
        for node in order
    ]


def agree(a, b):
    """Equal to 1e-12 relative; 1 - y*y near saturation is small by cancellation."""
    return (a != a and b != b) or math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-15)


# In the browser: recompute graphs from their leaves.
RECOMPUTE = """(graphs) => graphs.map((nodes) => {
    const text = (x) => Number.isFinite(x) ? x : x !== x ? "nan" : x > 0 ? "inf" : "-inf";
    const run = runPasses(new Graph(nodes), new Map());
    return [run.values.map(text), run.gradients.map(text)];
})"""


def find_differences(tab, roots):
    """The nodes whose value or gradient the page has otherwise than Python."""
    computed = tab.evaluate(RECOMPUTE, [exported(root, blank=True) for root in roots])
    wrong = []
    for root, (values, gradients) in zip(roots, computed, strict=True):
        root.backward()
        for node, value, gradient in zip(toposort(root), values, gradients, strict=True):
            if not agree(node.data, float(value)):
                wrong.append((node.op, node.data, value))
            if node.op != CONSTANT and not agree(node.grad, float(gradient)):
                wrong.append((node.op, node.grad, gradient))
    return wrong


def test_recomputed_numbers_equal_pythons_on_200_random_graphs(open_page):
    tab = open_page(small())
    roots = [random_graph(seed, size=20).root for seed in range(200)]
    assert {node.op for root in roots for node in toposort(root)} >= set(engine.ops.table)
    assert find_differences(tab, roots) == []


def test_special_numbers_are_pythons_too(open_page):
    tab = open_page(small())
    assert find_differences(tab, [random_graph(seed, size=20, special=True).root for seed in range(60)]) == []


def test_a_wrong_derivative_in_the_page_would_be_found(open_page):
    tab = open_page(small())
    tab.evaluate("operations.tanh.derivatives[0] = (a, y) => 1.00001 - y * y")
    assert find_differences(tab, [small()])


def test_powers_are_those_of_c(open_page):
    tab = open_page(small())
    assert tab.evaluate("[power(1, NaN), power(-1, Infinity), power(-1, -Infinity), power(NaN, 0)]") == [1, 1, 1, 1]


def test_steps_and_their_words_are_pythons(open_page):
    tab = open_page(small())
    for seed in range(15):
        root = random_graph(seed, size=25).root
        called = name_graph(root)
        number = {node: i for i, node in enumerate(called)}
        listed, said = tab.evaluate(
            """(nodes) => {
                const graph = new Graph(nodes);
                const run = runPasses(graph);
                const words = run.steps.map((step) => {
                    if (step.kind !== "forward" && step.kind !== "backward") return null;
                    const { symbols, numbers, notes } = describe(graph, run, step.node, step.index ?? null);
                    return [definition(graph, step.node), symbols, numbers, notes];
                });
                return [run.steps.map((step) => [step.kind, step.node, step.index ?? null, step.total ?? 0]), words];
            }""",
            exported(root),
        )
        expected = list(steps(root))
        assert listed == [[step.kind, number[step.node], step.index, step.total] for step in expected]
        for step, texts in zip(expected, said, strict=True):
            if step.kind == "forward":
                words = forward_words(step.node, called)
            elif step.kind == "backward":
                words = derivative_words(step.node, step.index, called)
            else:
                continue
            assert texts == [definition(step.node, called), words.symbols, words.numbers, list(words.notes)]


def test_numbers_are_written_as_everywhere(open_page):
    tab = open_page(small())
    numbers = [sign * i * 10.0**power / 64 for i in range(1, 90) for power in range(-9, 8) for sign in (1, -1)]
    numbers += [0.0, -0.0, 1e6, 999999.0, 99995.0, 0.000099995, 1e300, 5e-324, 2**0.5]
    assert tab.evaluate("(numbers) => numbers.map(formatNumber)", numbers) == [format_number(x) for x in numbers]


def test_mistakes_give_pythons_numbers_and_names(open_page):
    tab = open_page(small())
    for root in [small(), *(random_graph(seed, size=12).root for seed in range(12))]:
        order = toposort(root)
        only = order[len(order) // 2]
        given = tab.evaluate(
            """([nodes, only]) => {
                const graph = new Graph(nodes);
                const run = runPasses(graph);
                const text = (list) => list && list.map((x) => Number.isFinite(x) ? x : String(x));
                const made = (mistake, node) => text(runMistake(graph, run, mistake, node));
                return mistakes.map((mistake) => [made(mistake, null), made(mistake, only)]);
            }""",
            [exported(root), order.index(only)],
        )
        for mistake, results in zip(mistakes.MISTAKES, given, strict=True):
            for found, node in zip(results, (None, only), strict=True):
                try:
                    expected = mistake(root, only=node)
                except OverflowError:
                    assert found is None
                    continue
                for each, number in zip(order, found, strict=True):
                    assert each.op == CONSTANT or agree(expected[each], float(number)), mistake.name


def test_answers_are_accepted_as_in_python(open_page):
    tab = open_page(small())
    numbers = [0.4199743, -3.0, -0.4199743, 1.0, 0.0]
    for answer in ("0.42", "0,42", "0.4", "-3", "4.2e-1", "0.41997", "0.41998", "1", "x", "", "nan", "inf", "−0.42"):
        try:
            expected = [mistakes.accepts(answer, number) for number in numbers]
        except ValueError:
            expected = [False] * len(numbers)
        accepted = tab.evaluate("([answer, numbers]) => numbers.map((x) => accepts(answer, x))", [answer, numbers])
        assert accepted == expected, answer


def test_fused_operations_opened_give_the_same_contributions(open_page):
    a, b, c, d = (Value(x, name) for x, name in zip((0.5, -1.2, 2.0, 0.3), "abcd", strict=True))
    roots = [dot([a, b, c], [d, a, b]), dot([a, b], [c, 2.0], d), engine.sum([a, b, a, c]), engine.logsumexp([a, b, c])]
    for root in roots:
        tab = open_page(root)
        received, value = tab.evaluate(
            """() => {
                const box = page.boxOf(page.graph.root);
                const node = page.graph.root;
                const { parts } = page.data.insides[box.box.inside];
                const { values, received } = computeParts(page.graph, page.run, node, parts);
                return [received, values.at(-1)];
            }"""
        )
        assert value == pytest.approx(root.data, rel=1e-12)
        for operand, local, contribution in zip(root.operands, root.local_derivatives, received, strict=True):
            assert operand.op == CONSTANT or contribution == pytest.approx(local, rel=1e-12)


# The controls


def wait_until(tab, condition):
    for _ in range(100):
        if tab.evaluate(condition):
            return
        tab.wait_for_timeout(50)
    raise AssertionError(f"never came true: {condition}")


def position(tab):
    return tab.inner_text("#position").replace(" ", "")


def box(name):
    return f'#graph [aria-label^="{name}, "]'


def test_stepping_forward_backward_and_jumping(open_page):
    tab = open_page(small())
    count = len(list(steps(small())))
    turn = len(toposort(small()))
    assert position(tab) == f"{count}/{count}"
    tab.click("#start")
    assert position(tab) == f"0/{count}"
    assert "data" not in tab.get_attribute(box("h"), "aria-label")
    assert tab.locator(f"{box('h')} .number").all_text_contents() == ["", ""]  # blank, not zero
    assert tab.is_disabled("#back")
    tab.click("#next")
    assert tab.inner_text("#step-title") == "w is given"
    tab.click("#turn")
    assert position(tab) == f"{turn}/{count}"
    assert "data 0" not in tab.get_attribute(box("L"), "aria-label")
    tab.click("#next")
    assert "backward pass starts" in tab.inner_text("#step-title")
    tab.click("#next")
    assert tab.inner_text("#step-title") == "L passes its gradient on to v4"
    tab.click("#back")
    tab.click("#back")
    assert position(tab) == f"{turn}/{count}"
    tab.click("#end")
    assert "every gradient is known" in tab.inner_text("#step")


def test_keys_slider_and_play(open_page):
    tab = open_page(small())
    tab.keyboard.press("Home")
    assert position(tab).startswith("0/")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowLeft")
    assert position(tab).startswith("1/")
    tab.keyboard.press("End")
    tab.locator("#slider").evaluate("(slider) => { slider.value = 7; slider.dispatchEvent(new Event('input')); }")
    assert position(tab).startswith("7/")
    tab.focus("#slider")
    tab.keyboard.press("ArrowRight")
    assert position(tab).startswith("8/")
    tab.select_option("#speed", label="very fast")
    tab.evaluate("document.activeElement.blur()")
    tab.keyboard.press("Space")
    wait_until(tab, "page.k > 10")
    tab.keyboard.press("Space")
    stopped = position(tab)
    tab.wait_for_timeout(150)
    assert position(tab) == stopped
    tab.click("#play")
    wait_until(tab, "page.k === page.run.steps.length && !page.controls.playing")


def test_the_formula_in_symbols_and_in_numbers(open_page):
    tab = open_page(small())
    expected = list(steps(small()))
    number = next(i for i, step in enumerate(expected) if step.kind == "backward" and step.node.op == "tanh")
    tab.evaluate(f"page.go({number + 1})")
    step = expected[number]
    tiles = tab.locator(".tile").all_inner_texts()
    assert tiles[0].split("\n") == ["upstream gradient", "∂L/∂h", format_number(step.upstream)]
    assert tiles[1].split("\n")[1] == "∂h/∂v2 = 1 - h*h"
    assert tiles[1].endswith(f"= {format_number(step.local)}")
    assert tiles[2].split("\n")[-1] == format_number(step.contribution)
    assert tab.locator("path.edge.current").count() == 1
    assert "current" in tab.get_attribute(box("v2"), "class")
    assert "sender" in tab.get_attribute(box("h"), "class")
    live = tab.inner_text("#live")
    assert live.startswith(f"Step {number + 1} of {len(expected)}, backward: h passes")


def test_the_ledger_has_a_line_for_every_edge(open_page):
    tab = open_page(small())
    tab.click(box("w"))
    rows = tab.locator("#ledger tbody tr").all_inner_texts()
    assert len(rows) == 1 + 3  # to begin with; both edges of w*w; by way of v1
    contributions = [step for step in steps(small()) if step.kind == "backward" and step.operand.label == "w"]
    assert [row.split("\t")[2] for row in rows[1:]] == [
        f"+ ({format_number(s.contribution)})" if s.contribution < 0 else f"+ {format_number(s.contribution)}"
        for s in contributions
    ]
    assert rows[-1].split("\t")[3] == format_number(contributions[-1].total)
    assert tab.inner_text("#ledger-title") == "Ledger of w"
    tab.click("#ledger tbody tr:nth-child(2) button")  # a line leads to its step
    assert tab.evaluate("page.step.operand") == 0
    tab.click("#follow")
    assert tab.evaluate("page.pinned") is None


def test_the_order_says_who_is_ready_and_who_waits(open_page):
    tab = open_page(small())
    tab.evaluate("page.go(page.graph.size + 2)")  # the seed, and L to v4
    chips = tab.locator("#order button")
    assert [label.split(", ")[0] for label in chips.evaluate_all("all => all.map((b) => b.ariaLabel)")] == [
        str(i + 1) for i in range(len(toposort(small())))
    ]
    by_name = {
        label.split(", ")[1].split(":")[0]: label for label in chips.evaluate_all("a => a.map((b) => b.ariaLabel)")
    }
    assert "not ready: 3 of 3 uses" in by_name["w"]
    assert "complete, to be passed on" in by_name["v4"]
    tab.click("#start")
    assert "not ready: 2 of 2 operands" in chips.nth(2).get_attribute("aria-label")
    chips.nth(2).click()
    assert "v1" in tab.inner_text("#ledger-title")


def test_changing_a_leaf_recomputes_both_passes(open_page):
    tab = open_page(small())

    def changed(number):
        w = Value(number)
        loss = ((w * 2.0 + 0.5).tanh() - 1) ** 2 + w * w
        loss.backward()
        return loss.data, w.grad

    tab.fill('[aria-label="Number of w"]', "0,75")
    tab.keyboard.press("Enter")
    value, gradient = changed(0.75)
    assert tab.evaluate("page.run.values.at(-1)") == pytest.approx(value, rel=1e-12)
    assert f"gradient {format_number(gradient)}" in tab.get_attribute(box("w"), "aria-label")
    tab.focus('[aria-label="Drag w"]')
    tab.keyboard.press("ArrowRight")
    moved = tab.evaluate("page.run.values[0]")
    assert moved > 0.75
    assert tab.evaluate("page.run.gradients[0]") == pytest.approx(changed(moved)[1], rel=1e-12)
    tab.fill('[aria-label="Number of w"]', "nonsense")
    tab.keyboard.press("Enter")
    assert "not a number" in tab.inner_text("#leaves")
    assert tab.evaluate("page.run.values[0]") == moved
    tab.click("#reset")
    assert tab.evaluate("page.run.values") == [node.data for node in toposort(small())]
    assert tab.is_disabled("#reset")


def test_the_recorded_numbers_are_shown_even_where_a_leaf_was_changed_afterwards(open_page):
    root = small()
    recorded = [step.total for step in steps(root)]
    toposort(root)[0].data = 99.0  # an optimiser's step, say
    tab = open_page(root)
    assert tab.evaluate("page.run.steps.map((step) => step.total ?? 0)") == recorded


def test_colour_and_width_follow_the_size_of_the_gradient(open_page):
    a, b = Value(1.0, "a"), Value(1.0, "b")
    tab = open_page(a * 1000.0 + b * 0.001)
    strips = {
        name: tab.locator(f"{box(name)} .strip").evaluate("(strip) => getComputedStyle(strip).fill") for name in "ab"
    }
    lightness = {name: sum(map(int, re.findall(r"\d+", fill))) for name, fill in strips.items()}
    assert lightness["a"] < lightness["b"]
    widths = tab.evaluate(
        """() => [0, 1].map((node) => {
            const leaf = page.graph.leaves[node];
            const from = ({ uses }) => uses.some(([user, k]) => page.graph.operands[user][k] === leaf);
            const curve = page.picture.curves.find(({ edges }) => edges.some(from));
            return parseFloat(curve.path.style.strokeWidth);
        })"""
    )
    assert widths[0] > widths[1]
    assert tab.inner_text("#legend .ticks").split() == ["0.001", "1000"]


def test_constants_can_be_hidden(open_page):
    tab = open_page(small())
    count = tab.locator("#graph .constant").count()
    assert count == 2
    tab.uncheck("#constants")
    assert tab.locator("#graph .constant").count() == 0
    tab.check("#constants")
    assert tab.locator("#graph .constant").count() == count


OVERLAPS = """() => {
    // boxes that overlap without one being inside the other
    const boxes = page.picture.boxes.map(({ at, path }) => ({ ...at, path }));
    const inside = (a, b) => b.path.startsWith(a.path + "/");
    const right = (a) => a.x + a.width, bottom = (a) => a.y + a.height;
    const meet = (a, b) => a.x < right(b) && b.x < right(a) && a.y < bottom(b) && b.y < bottom(a);
    const holds = (a, b) => a.x <= b.x && a.y <= b.y && right(b) <= right(a) && bottom(b) <= bottom(a);
    const found = [];
    for (const a of boxes) for (const b of boxes) {
        if (a === b || inside(b, a)) continue;
        if (inside(a, b) ? !holds(a, b) : meet(a, b)) found.push([a.path, b.path]);
    }
    return found;
}"""


def test_folding_by_neuron_and_layer_and_opening_in_place(open_page):
    tab = open_page(network(2, (3, 2, 1)))
    for view, boxes in (("graph", len(toposort(network(2, (3, 2, 1))))), ("neurons", 10), ("layers", 7)):
        tab.select_option("#view", view)
        assert tab.locator("#graph .box").count() == boxes
    tab.locator("#graph .opener").first.click()  # a layer: its neurons
    assert tab.locator('#graph [aria-label^="layers[0].neurons["]').count() == 3
    opened = tab.evaluate("page.opened.size")
    for _ in range(20):  # everything that can be opened, to the last product
        path = tab.evaluate("page.picture.boxes.find((drawn) => drawn.box.inside && !drawn.child)?.path ?? null")
        if path is None:
            break
        tab.evaluate("(path) => page.toggle(page.picture.boxes.find((drawn) => drawn.path === path))", path)
        assert tab.evaluate(OVERLAPS) == []
    assert tab.evaluate("page.opened.size") > opened
    assert tab.locator("#graph .part").count() > 20
    tab.evaluate("for (let k = 0; k <= page.run.steps.length; k++) page.go(k)")
    tab.evaluate("for (let open; (open = page.picture.boxes.find((drawn) => drawn.child)); ) page.toggle(open)")
    assert tab.locator("#graph .box").count() == 7


def test_a_fused_node_opens_into_products_and_a_sum_by_keyboard(open_page):
    w, x = [Value(0.5, "w0"), Value(-1.0, "w1")], [Value(2.0, "x0"), Value(3.0, "x1")]
    tab = open_page(dot(w, x, Value(0.25, "b")))
    tab.focus("#graph")
    for _ in range(5):
        tab.keyboard.press("ArrowDown")
    tab.keyboard.press("End")
    tab.locator(box("v1")).focus()
    tab.keyboard.press("o")
    labels = tab.locator("#graph .part").evaluate_all("all => all.map((e) => e.ariaLabel)")
    assert [label.split(",")[0] for label in labels] == ["*", "*", "sum", "+"]
    assert [re.search(r"data (\S+),", label)[1] for label in labels] == ["1.0", "-3.0", "-2.0", "-1.75"]
    tab.keyboard.press("o")
    assert tab.locator("#graph .part").count() == 0


POINT = """([kind, at]) => {
    byId("graph").setPointerCapture = () => {};  // there is no such finger
    byId("graph").dispatchEvent(new PointerEvent(kind, at));
}"""


def test_zoom_pan_and_fit(open_page):
    tab = open_page(small())
    scale = "page.picture.camera.scale"
    before = tab.evaluate(scale)
    tab.click("#nearer")
    assert tab.evaluate(scale) > before
    tab.click("#farther")
    assert tab.evaluate(scale) == pytest.approx(before)
    tab.mouse.move(400, 300)
    tab.mouse.wheel(0, -200)
    assert tab.evaluate(scale) > before
    x = tab.evaluate("page.picture.camera.x")
    tab.mouse.down()
    tab.mouse.move(460, 330, steps=3)
    tab.mouse.up()
    assert tab.evaluate("page.picture.camera.x") < x
    tab.focus("#graph")
    tab.keyboard.press("Shift+ArrowRight")
    tab.keyboard.press("+")
    tab.keyboard.press("0")
    assert tab.evaluate(scale) == pytest.approx(before)
    for kind, where in (("pointerdown", 300), ("pointermove", 310), ("pointermove", 260)):
        for finger, side in ((1, 1), (2, -1)):
            at = {"pointerId": finger, "clientX": 400 + side * (where - 200), "clientY": 300, "bubbles": True}
            tab.evaluate(
                POINT,
                [kind, at],
            )
    assert tab.evaluate(scale) < before  # two fingers moved together


def test_mistakes_beside_the_right_gradients_and_difference_quotients(open_page):
    tab = open_page(small())
    tab.select_option("#mistake", "overwrite")
    table = {row.split("\t")[0]: row.split("\t")[1:] for row in tab.locator("#comparison tbody tr").all_inner_texts()}
    root = small()
    wrong = {node.label: number for node, number in mistakes.table["overwrite"](root).items()}
    root.backward()
    right = {node.label: node.grad for node in toposort(root)}
    assert table["w"] == [format_number(right["w"]), f"≠ {format_number(wrong['w'])}", format_number(right["w"])]
    assert table["h"] == [format_number(right["h"])] * 3
    assert "second use of w overwrites the first" in tab.inner_text("#comparison .said")
    assert "mistaken" in tab.get_attribute(box("w"), "class")
    tab.select_option("#mistake", "own_operand")
    assert "mistaken" in tab.get_attribute(box("x"), "class")
    tab.click("#repair")
    assert tab.is_hidden("#comparison")
    assert tab.locator("#graph .mistaken").count() == 0
    for mistake in mistakes.MISTAKES:
        tab.select_option("#mistake", mistake.name)
        assert mistake.title in tab.inner_text("#comparison-title")


def test_plain_recursion_over_too_many_paths_says_so(open_page):
    x = Value(1.0, "x")
    for _ in range(40):
        x = x + x
    tab = open_page(x)
    tab.select_option("#mistake", "recursion")
    assert "would visit more than" in tab.inner_text("#comparison")


def test_cover_mode_asks_hints_names_mistakes_and_keeps_score(open_page):
    tab = open_page(small())
    root = small()
    order = [node for node in reversed(toposort(root)) if node.op != CONSTANT and node is not root]
    root.backward()
    called = name_graph(root)
    tab.click("#cover")
    assert tab.locator("#graph .strip").evaluate_all("all => all.filter((s) => s.style.fill).length") == 1  # the output
    assert tab.is_hidden("#step")
    assert tab.is_disabled("#next")
    for number, node in enumerate(order):
        assert tab.inner_text("#quiz-title") == f"What is ∂L/∂{called[node]}?"
        if node.label == "w":
            tab.fill("#answer", repr(mistakes.table["overwrite"](root)[node]))
            tab.keyboard.press("Enter")
            assert "second use of w overwrites the first" in tab.inner_text("#feedback")
            assert tab.is_disabled("#reveal")
            tab.click("#hint")
            assert "used more than once" in tab.inner_text("#feedback")
            tab.click("#reveal")
            assert format_number(node.grad) in tab.inner_text("#feedback")
        elif number == 1:
            tab.fill("#answer", "123.4")
            tab.click("#check")
            assert "no common mistake gives it" in tab.inner_text("#feedback")
            tab.fill("#answer", "what")
            tab.click("#check")
            assert "not a number" in tab.inner_text("#feedback")
            tab.fill("#answer", f"{node.grad:.3g}" if node.grad % 1 else f"{node.grad:.0f}")
            tab.click("#check")
        else:
            assert "gradient not known yet" in tab.get_attribute(box(called[node]), "aria-label")
            tab.fill("#answer", repr(node.grad))
            tab.keyboard.press("Enter")
            assert tab.inner_text("#feedback").startswith("Right.")
        assert f"gradient {format_number(node.grad)}" in tab.get_attribute(box(called[node]), "aria-label")
        tab.click("#check")
    assert tab.inner_text("#quiz-title") == f"{len(order) - 2} of {len(order)} right at once"
    assert [row.split("\t")[1] for row in tab.locator("#score tr").all_inner_texts()] == [str(len(order) - 2), "1", "1"]
    tab.click("#again")
    assert "question 1 of" in tab.inner_text("#quiz")
    tab.click("#cover")
    assert tab.is_visible("#step")


def test_a_typed_answer_of_each_mistake_is_recognised(open_page):
    # tanh, a difference, a product and shared nodes give each mistake a place where it matters
    a, b = Value(0.7, "a"), Value(-1.3, "b")
    t = (a * b).tanh()
    root = t * t * b - (a - b).exp() * (a * a).tanh()
    order = toposort(root)
    right = mistakes.RIGHT(root)
    tab = open_page(root)
    for mistake in mistakes.MISTAKES:
        wrong = mistake(root)
        node = next(n for n in order if abs(right[n] - wrong[n]) > 0.01 * abs(right[n]))
        answer = f"{wrong[node]:.4g}"
        names = tab.evaluate(
            "([node, answer]) => diagnose(page.graph, page.run, node, answer).map((mistake) => mistake.name)",
            [order.index(node), answer],
        )
        assert mistake.name in names
        assert names == [found.name for found in mistakes.diagnose(root, node, answer)]


def test_the_line_that_made_a_node_is_highlighted(open_page):
    with engine.debug():
        größe, x = Value(2.0, "w"), Value(3.0, "x")
        y = größe * x  # the letters before take two bytes each
        z = y.tanh() + (
            größe
            * größe
        )  # fmt: skip
    tab = open_page(z)
    tab.click(box("v1"))
    assert tab.inner_text("#source mark") == "größe * x"
    assert tab.inner_text("#source-title").startswith("test_page.py, line ")
    assert "def test_the_line_that_made_a_node_is_highlighted" in tab.inner_text("#source pre")
    tab.click(box("v3"))
    assert [mark.strip() for mark in tab.locator("#source mark").all_inner_texts()] == ["größe", "* größe"]
    assert str(Path(__file__).parent) not in page(z).html


def test_light_dark_and_the_switch(open_page):
    tab = open_page(small(), color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = tab.evaluate(ground)
    tab.click("#theme")
    light = tab.evaluate(ground)
    assert sum(map(int, re.findall(r"\d+", dark))) < 200 < sum(map(int, re.findall(r"\d+", light)))
    tab.click("#theme")
    assert tab.evaluate(ground) == dark


def test_print_shows_the_whole_graph_on_white(open_page):
    tab = open_page(small(), color_scheme="dark")
    tab.click("#nearer")
    tab.emulate_media(media="print", color_scheme="dark")
    wait_until(tab, "byId('graph').hasAttribute('viewBox')")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.is_hidden(".transport")
    assert tab.is_visible("#graph")
    tab.emulate_media(media="screen", color_scheme="dark")
    wait_until(tab, "!byId('graph').hasAttribute('viewBox')")
    assert tab.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize("width", [1280, 375])
def test_nothing_is_wider_than_the_screen(open_page, width):
    tab = open_page(network(), width=width, height=720)
    for k in (0, 12, 40):
        tab.evaluate(f"page.go({k})")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    for button in ("#start", "#back", "#play", "#next", "#turn", "#end"):
        assert tab.locator(button).bounding_box()["x"] + tab.locator(button).bounding_box()["width"] <= width


def test_every_control_has_a_name_and_can_be_reached_by_tab(open_page):
    tab = open_page(network())
    unnamed = tab.evaluate(
        """() => [...document.querySelectorAll("button, input, select, svg [role=button]")].filter((element) =>
            !(element.ariaLabel || element.textContent.trim() || element.labels?.length)).length"""
    )
    assert unnamed == 0
    reached = set()
    for _ in range(60):
        tab.keyboard.press("Tab")
        reached.add(tab.evaluate("document.activeElement.id"))
    assert reached >= {"view", "constants", "mistake", "cover", "theme", "graph", "nearer", "farther", "fit"}
    assert tab.get_attribute("#live", "aria-live") == "polite"


HOSTILE = [
    "</script><script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "\"'`${alert(1)}&lt;b&gt;",
    "a\u202eb\u2066c\u200fd",
    "null\x00bell\x07\x1b[31m\u2028\u2029",
    "x" * 10_000,
    "__proto__",
    "constructor.prototype[0]",
    "\ud800",
    "שלום",
]


def test_hostile_labels_are_text(open_page):
    leaves = [Value(0.5 + i, label) for i, label in enumerate(HOSTILE)]
    root = engine.sum([leaf * leaf for leaf in leaves]).tanh()
    root.label = HOSTILE[0]
    tab = open_page(root)
    for k in range(0, tab.evaluate("page.run.steps.length"), 3):
        tab.evaluate(f"page.go({k})")
    tab.select_option("#mistake", "overwrite")
    tab.click("#cover")
    tab.click("#hint")
    assert tab.locator("script").count() == 2
    assert tab.locator("img").count() == 0
    shown = tab.evaluate("document.body.innerText + document.title + page.graph.names.join('')")
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\x00\x07\x1b\u2028]", shown)
    assert max(map(len, tab.evaluate("page.graph.names"))) <= 40
    assert tab.inner_text("#title").startswith("</script>")


def test_hostile_source_is_text(open_page, tmp_path):
    path = tmp_path / "hostile.py"
    line = "y = x * 2  # </script><script>alert(1)</script> \u202e \x07 " + "z" * 9000
    path.write_text(f"from engine import Value\nx = Value(1.0, 'x')\n{line}\n", encoding="utf-8")
    names = {}
    with engine.debug():
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
    tab = open_page(names["y"])
    assert tab.locator("script").count() == 2
    listing = tab.inner_text("#source pre")
    assert "</script><script>alert(1)" in listing
    assert not re.search("[\u202e\x07]", listing)
    assert max(map(len, listing.split("\n"))) < 300


def test_the_policy_allows_this_script_and_style_only():
    text = page(small()).html
    policy = html.unescape(re.search(r'Security-Policy" content="([^"]*)"', text)[1])
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for name, pattern in (("script", r"<script>(.*?)</script>"), ("style", r"<style>(.*?)</style>")):
        body = re.search(pattern, text, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert "http" not in re.sub(r'"http://www.w3.org/2000/svg"|http-equiv', "", text)
    assert not re.search(r"\binnerHTML|\beval\(|new Function|insertAdjacentHTML|document\.write", text)


def test_a_notebook_shows_it_in_a_sandbox(browser):
    tab = browser.new_page()
    errors = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.set_content(page(small())._repr_html_())
    frame = tab.frames[1]
    frame.wait_for_selector("#graph .box")
    assert tab.get_attribute("iframe", "sandbox") == "allow-scripts"
    frame.click("#cover")
    frame.fill("#answer", "1")
    frame.click("#check")
    assert frame.inner_text("#feedback").startswith("Right.")
    assert errors == []
    tab.close()


def test_3000_nodes_open_folded(open_page):
    root = network(8, (40, 40, 12, 1))
    assert len(toposort(root)) > 2500
    tab = open_page(root)
    assert tab.locator("#graph .box").count() <= 48
    tab.evaluate("page.toggle(page.picture.boxes.find((drawn) => drawn.box.inside))")
    assert tab.evaluate(OVERLAPS) == []


def test_a_large_graph_without_scopes_opens_down_to_its_nodes(open_page):
    value = Value(0.5, "x")
    for _ in range(400):
        value = (value * 1.01).tanh()
    tab = open_page(value)
    assert tab.locator("#graph .box").count() <= 300
    for _ in range(4):
        tab.evaluate(
            "page.picture.boxes.filter(({ box, child }) => box.inside && !child).slice(-1).map((b) => page.toggle(b))"
        )
    assert tab.evaluate(
        "page.picture.boxes.some((drawn) => drawn.box.kind === 'operation' && drawn.path.split('/').length > 2)"
    )


@pytest.mark.parametrize("root", [Value(3.0, "x"), Value(3.0, "", "constant"), Value(math.nan), Value(0.0).log()])
def test_the_smallest_graphs_have_a_page(open_page, root):
    tab = open_page(root)
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowRight")
    tab.click("#cover")
    tab.click("#cover")
    tab.select_option("#mistake", "overwrite")


# The file


def test_the_same_graph_gives_the_same_bytes():
    assert page(network()).html == page(network()).html


def test_saving_is_all_or_nothing(tmp_path):
    path = tmp_path / "step.html"
    made = page(small())
    made.save(path)
    assert path.read_text(encoding="utf-8") == made.html
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(ValueError, match=r"end in \.html: .*step\.txt"):
        made.save(tmp_path / "step.txt")
    with pytest.raises(FileNotFoundError, match="no folder"):
        made.save(tmp_path / "missing" / "step.html")


def test_what_a_page_cannot_be_made_of():
    with pytest.raises(TypeError, match="float"):
        page(3.0)
    value = Value(1.0)
    for _ in range(MOST_NODES):
        value = -value
    with pytest.raises(ValueError, match="at most 20,000 nodes, the graph has 20,001"):
        page(value)


def test_text_for_a_terminal():
    assert re.fullmatch(r"Page\(L: 12 nodes, [\d,]+ bytes; \.save\('step\.html'\) writes it\)", repr(page(small())))


def test_nothing_of_the_graph_can_end_the_json():
    text = page(Value(1.0, "</script><!--") * 2).html
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1]
    assert "<" not in data
    assert data.isascii()
    assert json.loads(data)["nodes"][0][0] == "</script><!--"


def test_formulas_the_page_cannot_compute_are_refused():
    assert expression("where(a <= 0, 0, -a)") == "((a <= 0) ? 0 : (-a))"
    with pytest.raises(ValueError, match="erf is neither supplied nor a row"):
        expression("erf(a)")
    with pytest.raises(ValueError, match="not part of the syntax"):
        formula_tree("a if b else c")


def test_the_arithmetic_supplies_what_formulas_call():
    script = (Path(engine.__file__).parent.parent / "viz" / "page" / "arithmetic.js").read_text(encoding="utf-8")
    for name in SUPPLIED:
        assert re.search(rf"\b{name}\b[,(]? ?", script), name
    assert len(set(SCRIPTS)) == len(SCRIPTS)
    assert operations().count("forward:") == len(engine.ops.table)
