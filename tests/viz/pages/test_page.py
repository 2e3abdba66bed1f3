"""The page: every control driven in a browser."""

import math
import re

import pytest

from engine import Value, dot, steps, toposort
from engine.value import lift
from tests.viz.pages.pages import box, label, network, open_pages, position, small, typeset, wait_until, weighted
from viz.numbers import format_number
from viz.pages.page import page


@pytest.fixture
def open_page(browser, tmp_path):
    yield from open_pages(browser, tmp_path)


def test_stepping_forward_backward_and_jumping(open_page):
    tab = open_page(small())
    count = len(list(steps(small())))
    turn = len(toposort(small()))
    assert position(tab) == f"{count}/{count}"
    tab.click("#start")
    assert position(tab) == f"0/{count}"
    assert "data" not in label(tab, box("h"))
    assert tab.locator(f"{box('h')} .number").all_text_contents() == ["", ""]  # blank, not zero
    assert tab.is_disabled("#back")
    tab.click("#next")
    assert tab.inner_text("#step-title") == "w is given"
    tab.click("#turn")
    assert position(tab) == f"{turn + 1}/{count}"
    assert "data 0" not in label(tab, box("L"))
    assert "The turn: the backward pass starts" in tab.inner_text("#step-title")
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
    tiles = tab.locator(".tile").all_text_contents()
    assert tiles[0] == typeset(f"upstream gradient∂L/∂h{format_number(step.upstream)}")
    assert tiles[1].startswith("local derivative∂h/∂v2 = 1 − h·h")
    assert tiles[1].endswith(typeset(f"≈ {format_number(step.local)}"))  # 1 - 0.9866² is 0.02662
    assert tiles[2] == typeset(f"contribution{format_number(step.contribution)}")
    assert tab.locator("path.edge.current").count() == 1
    assert "current" in tab.get_attribute(box("v2"), "class")
    assert "sender" in tab.get_attribute(box("h"), "class")
    live = tab.inner_text("#live")
    assert live.startswith(f"Step {number + 1} of {len(expected)}, backward: h passes")


def test_a_lit_part_of_the_formula_covers_no_sign(open_page):
    a = Value(3.0, "a")
    tab = open_page(a * a + a)
    lit = tab.locator(".part.lit")
    assert lit.all_inner_texts() == ["a"]  # the operand at hand, of a·a
    assert lit.first.evaluate("(part) => getComputedStyle(part).boxShadow").endswith("inset")  # within the box


def test_the_ledger_has_a_line_for_every_edge(open_page):
    tab = open_page(small())
    tab.click(box("w"))
    rows = tab.locator("#ledger tbody tr").all_inner_texts()
    assert len(rows) == 1 + 3  # to begin with; both edges of w*w; by way of v1
    contributions = [step for step in steps(small()) if step.kind == "backward" and step.operand.label == "w"]
    assert [row.split("\t")[2] for row in rows[1:]] == [
        typeset(f"+ ({format_number(s.contribution)})" if s.contribution < 0 else f"+ {format_number(s.contribution)}")
        for s in contributions
    ]
    assert rows[-1].split("\t")[3] == typeset(format_number(contributions[-1].total))
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
    assert "not complete: 3 of 3 uses" in by_name["w"]
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
    assert f"gradient {format_number(gradient)}" in label(tab, box("w"))
    tab.focus('[aria-label="Drag w"]')
    tab.keyboard.press("ArrowRight")
    moved = tab.evaluate("page.run.values[0]")
    assert moved > 0.75
    assert tab.evaluate("page.run.gradients[0]") == pytest.approx(changed(moved)[1], rel=1e-12)
    tab.fill('[aria-label="Number of w"]', "nonsense")
    tab.keyboard.press("Enter")
    assert "not a number" in tab.inner_text("#leaves")
    assert tab.evaluate("page.run.values[0]") == moved
    assert tab.locator("#leaves .row.changed").count() == 1  # of three leaves
    tab.click("#reset")
    assert tab.locator("#leaves .row.changed").count() == 0
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
    tab = open_page(network())
    assert tab.locator("#constants").is_enabled()
    tab.select_option("#view", "neurons")  # where constants are folded
    assert tab.locator("#constants").is_disabled()
    assert tab.get_attribute(".check", "title") == "No constant has a box of its own here"
    tab.evaluate("page.go(1)")
    first = tab.evaluate("page.graph.names[page.run.steps[0].node]")
    assert first.startswith("layers[")  # its name says in which box it is
    assert "inside" not in tab.inner_text("#step")
    tab.evaluate("page.go(page.run.steps.findIndex((step) => page.graph.ops[step.node] === 'affine') + 1)")
    assert "is inside the box layers[0].neurons[0]." in tab.inner_text("#step")


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
    assert tab.locator('#graph .box > title:text-matches("^layers.0..neurons")').count() == 3
    opened = tab.evaluate("page.scene.opened.size")
    for _ in range(20):  # everything that can be opened, to the last product
        path = tab.evaluate("page.picture.boxes.find((drawn) => drawn.box.inside && !drawn.child)?.path ?? null")
        if path is None:
            break
        tab.evaluate("(path) => page.scene.toggle(page.picture.boxes.find((drawn) => drawn.path === path))", path)
        assert tab.evaluate(OVERLAPS) == []
    assert tab.evaluate("page.scene.opened.size") > opened
    assert tab.locator("#graph .part").count() > 20
    tab.evaluate("for (let k = 0; k <= page.run.steps.length; k++) page.go(k)")
    tab.evaluate("for (let open; (open = page.picture.boxes.find((drawn) => drawn.child)); ) page.scene.toggle(open)")
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
    labels = tab.locator("#graph .part > title").all_text_contents()
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
    tab.click("#fit")
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
    assert tab.is_hidden("#descent")
    assert tab.is_visible("#graph")
    tab.set_viewport_size({"width": 688, "height": 1000})  # A4 is no wider than a tablet, and yet no screen
    assert tab.evaluate("getComputedStyle(document.querySelector('footer')).position") == "static"
    tab.emulate_media(media="screen", color_scheme="dark")
    wait_until(tab, "!byId('graph').hasAttribute('viewBox')")
    assert tab.pdf(format="A4").startswith(b"%PDF")
    pages = [open_page(root).pdf(format="A4") for root in (small(), weighted(40))]  # a tall one goes on over pages
    assert [max(int(number) for number in re.findall(rb"/Count (\d+)", each)) for each in pages] > [1, 3]


def test_the_picture_has_the_room_of_a_window_that_changed_while_it_was_printed(open_page):
    tab = open_page(small())
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 600, "height": 900})
    wait_until(tab, "innerWidth === 600")
    tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    tab.emulate_media(media="screen")
    wait_until(tab, "!page.picture.camera.printing")
    room = tab.evaluate("document.querySelector('#canvas').clientWidth")
    assert tab.evaluate("document.querySelector('#graph').getBoundingClientRect().width") == room <= 600


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
        if reached >= {"view"} and "cover" not in reached:  # a toolbar is one stop: the arrows go through it
            for _ in range(5):
                tab.keyboard.press("ArrowRight")
                reached.add(tab.evaluate("document.activeElement.id"))
    assert reached >= {"view", "constants", "mistake", "cover", "ask", "theme", "graph", "nearer", "farther", "fit"}
    assert tab.get_attribute("#live", "aria-live") == "polite"


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
    tab.evaluate("page.scene.toggle(page.picture.boxes.find((drawn) => drawn.box.inside))")
    assert tab.evaluate(OVERLAPS) == []


def test_a_large_graph_without_scopes_opens_down_to_its_nodes(open_page):
    value = Value(0.5, "x")
    for _ in range(400):
        value = (value * 1.01).tanh()
    tab = open_page(value)
    assert tab.locator("#graph .box").count() <= 300
    for _ in range(4):
        tab.evaluate(
            "page.picture.boxes.filter(({ box, child }) => box.inside && !child).slice(-1)"
            ".map((drawn) => page.scene.toggle(drawn))"
        )
    assert tab.evaluate(
        "page.picture.boxes.some((drawn) => drawn.box.kind === 'operation' && drawn.path.split('/').length > 2)"
    )


@pytest.mark.parametrize("root", [Value(3.0, "x"), lift(3.0), Value(math.nan), Value(0.0).log()])
def test_the_smallest_graphs_have_a_page(open_page, root):
    tab = open_page(root)
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowRight")
    tab.click("#cover")
    tab.click("#cover")
    tab.select_option("#mistake", "overwrite")


def test_a_double_click_and_the_ledger_open_a_box(open_page):
    tab = open_page(dot([Value(0.5, "w"), Value(2.0, "v")], [Value(1.0, "x"), Value(3.0, "z")]))
    tab.dblclick(box("v1"))
    assert tab.locator("#graph .part").count() == 3
    tab.dblclick(".frame .name, .opened .name")
    assert tab.locator("#graph .part").count() == 0
    tab.click(box("v1"))
    tab.click("#open")
    assert tab.locator("#graph .part").count() == 3


def test_a_leaf_is_dragged(open_page):
    tab = open_page(small())
    drag = tab.locator('[aria-label="Drag x"]')
    drag.scroll_into_view_if_needed()
    track = drag.bounding_box()
    tab.mouse.move(track["x"] + track["width"] / 2, track["y"] + track["height"] / 2)
    tab.mouse.down()
    tab.mouse.move(track["x"] + track["width"] * 0.7, track["y"] + track["height"] / 2, steps=4)
    number = tab.evaluate("page.run.values[page.graph.names.indexOf('x')]")
    tab.mouse.up()
    assert number > 3
    assert float(tab.input_value('[aria-label="Number of x"]')) == pytest.approx(number, rel=1e-6)


def test_a_field_shows_a_leaf_exactly_or_lets_one_see_that_it_is_rounded(open_page):
    numbers = {
        2.0: "2.0",
        12345678.9: "12345678.9",
        12345678.125: "1.23457e+7",
        0.99999999999: "1.00000",
        1 / 3: "0.333333",
    }
    tab = open_page(dot(*[[Value(number, f"{side}{i}") for i, number in enumerate(numbers)] for side in "wx"]))
    assert [tab.input_value(f'[aria-label="Number of w{i}"]') for i in range(len(numbers))] == list(numbers.values())


def test_kinks_say_which_branch_was_taken(open_page):
    x = Value(-2.0, "x")
    tab = open_page((x * 3.0).relu())
    tab.evaluate("page.go(page.graph.size)")
    assert tab.inner_text("#step .note") == "as v1 ≤ 0"
    tab.evaluate("page.go(page.graph.size + 2)")
    assert tab.inner_text("#step .note") == "as v1 ≤ 0"


def test_the_rest_of_the_controls(open_page):
    tab = open_page(small(), color_scheme="light")
    scale = "page.picture.camera.scale"
    tab.click("#fit")
    fitted = tab.evaluate(scale)
    tab.focus("#graph")
    tab.keyboard.press("=")
    assert tab.evaluate(scale) > fitted
    tab.keyboard.press("-")
    tab.keyboard.press("-")
    assert tab.evaluate(scale) < fitted
    tab.click("#fit")
    assert tab.evaluate(scale) == pytest.approx(fitted)
    tab.emulate_media(color_scheme="dark")
    wait_until(tab, "page.dark")
    tab.select_option("#mistake", "overwrite")
    tab.click("#comparison tbody button >> nth=0")
    assert tab.inner_text("#ledger-title") == "Ledger of w"
    tab.click("#cover")
    for _ in range(9):
        tab.click("#hint")
        tab.click("#reveal")
        tab.click("#check")
    tab.click("#leave")
    assert tab.is_visible("#step")
    assert tab.is_hidden("#quiz")
    tab.evaluate("page.go(Infinity)")
    tab.click("#play")  # from the end: once more from the start
    assert tab.evaluate("page.k") < 5
    tab.select_option("#speed", label="very fast")
    wait_until(tab, "page.k > 8")
