"""The first minute on the page: the opening card, the formula, the tour, the keys; and that nothing loses its way."""

import re
from itertools import pairwise

import pytest

from engine import Value, parse
from tests.viz.pages.pages import box, network, open_pages, position, small, typeset, wait_until
from viz.numbers import format_number


@pytest.fixture
def open_page(browser, tmp_path):
    yield from open_pages(browser, tmp_path)


FOCUSED = "document.activeElement.id || document.activeElement.tagName"


def neuron():
    y = (Value(0.5, "w") * Value(-1.0, "x") + Value(1.0, "b")).tanh()
    y.label = "y"
    return y


def test_it_opens_on_a_card_that_says_what_to_do(open_page):
    tab = open_page(neuron(), begin=True)
    assert position(tab) == "0/12"
    said = tab.locator("#step > p:not(.heading)").all_inner_texts()
    assert len(said) == 3
    assert "Press →" in said[1]
    assert tab.is_hidden("#ledger")  # the forward pass needs none
    assert tab.inner_text("#title") == "y = tanh(w·x + b)"
    tab.keyboard.press("ArrowRight")
    assert tab.inner_text("#step-title") == "w is given"
    assert tab.locator("#title .lit").all_inner_texts() == ["w"]
    tab.keyboard.press("End")
    assert tab.inner_text("#title") == "y = tanh(w·x + b) = 0.4621"
    assert tab.is_visible("#ledger")
    tab.evaluate("page.go(9)")
    assert tab.inner_text("#step-title") == "v2 passes its gradient on to v1"
    assert tab.locator("#title .lit.backward").all_inner_texts() == ["w·x"]
    assert tab.locator("#title .from").all_inner_texts() == ["w·x + b"]


def test_a_touch_screen_is_told_of_no_keys(open_page):
    for hidden, options in ((False, {}), (True, {"has_touch": True, "is_mobile": True})):
        tab = open_page(neuron(), 390, 844, begin=True, **options)
        assert [tab.is_hidden(button) for button in ("#keys", "#ask")] == [hidden, hidden]
        tab.evaluate("page.go(Infinity)")
        assert "press" not in tab.inner_text("aside").lower()


@pytest.mark.parametrize("width", [640, 844])
def test_what_is_chosen_is_not_cut_off_where_there_is_little_height(open_page, width):
    tab = open_page(network(2, (4, 4, 1)), width, 390)
    for select in ("#view", "#mistake"):
        assert tab.evaluate(
            """(select) => {
                const box = document.querySelector(select), whole = box.cloneNode();
                whole.append(new Option(box.selectedOptions[0].text));
                whole.style.maxWidth = "none";
                box.after(whole);
                return box.offsetWidth >= whole.offsetWidth;
            }""",
            select,
        )


def test_two_uses_in_one_operation_are_told_apart(open_page):
    a = Value(3.0, "a")
    tab = open_page(a * a + a, begin=True)
    lit = "[...byId('title').querySelectorAll('[data-part=\"0\"]')].map((part) => part.classList.contains('lit'))"
    for step, occurrence, operand in ((6, 2, 2), (7, 0, 1), (8, 1, 2)):
        tab.evaluate(f"page.go({step})")
        assert tab.evaluate(lit) == [occurrence == each for each in range(3)]
        # of v1 + a too: v1 does not move along
        assert f"by operand {operand} of 2, the other held fixed" in tab.inner_text(".local-part")
    rows = [row.split("\t")[0] for row in tab.locator("#ledger tbody tr").all_inner_texts()]
    assert rows == ["start", "v2", "v1 operand 1 of 2", "v1 operand 2 of 2"]
    assert "on to a, operand 2 of 2" in tab.inner_text("#live")
    tab.select_option("#mistake", "overwrite")  # what is right is struck, and called so where there is room
    assert tab.text_content(f"{box('a')} .word:has(.old)") == "right 4.0"


@pytest.mark.parametrize(
    ("root", "formula"),
    [
        (lambda: (Value(3.0, "a") - 1) ** 2 / (Value(2.0, "b") + 1), "v5 = (a − 1)² / (b + 1)"),
        (small, "L = (h − 1)² + w·w, where h = tanh(w·x + b)"),
        (lambda: network(2, (3, 2, 1)), "loss = (layers[2](layers[1](layers[0](x0, x1))) − 1)²"),
        (lambda: network([0.5, -0.25], (3, 1)), "loss = (layers[1](layers[0](0.5, −0.25)) − 1)²"),
        (lambda: Value(2.0, "hidden, step 5") - 1, "v1 = (hidden, step 5) − 1"),
        (lambda: -(Value(1.0, "a") - (Value(2.0, "b") - Value(3.0, "c"))), "v3 = −(a − (b − c))"),
        (lambda: Value(2.0, "a") * -3 - (-Value(3.0, "b")) + -1, "v4 = a·(−3) − (−b) + (−1)"),
        (lambda: 1 - -Value(2.0, "a") - -2 * Value(3.0, "b"), "v4 = 1 − (−a) − (−2·b)"),
        (lambda: -2 * Value(2.0, "a") ** -2, "v2 = −2·a⁻²"),
        (lambda: parse("x/y*z - w*x/z", w=1, x=2, y=3, z=4)[0], "v4 = (x / y)·z − w·x / z"),
        (lambda: Value(2.0, "x-y") * Value(3.0, "p*q"), "v1 = (x-y)·(p*q)"),  # names stay as they are
    ],
)
def test_the_formula_is_the_one_that_was_written(open_page, root, formula):
    tab = open_page(root(), begin=True)
    written = re.sub(r"\s+", " ", tab.inner_text("#title")).replace("v4 =", "v5 =").strip()
    assert re.sub(r"^v\d", "v", written) == re.sub(r"^v\d", "v", formula)


def test_the_value_stands_behind_the_formula_that_it_is_of(open_page):
    tab = open_page(small())
    value = typeset(format_number(small().data))
    assert tab.inner_text("#title") == f"L = (h − 1)² + w·w = {value}, where h = tanh(w·x + b)"


def test_a_comma_stands_behind_what_is_seen_of_the_formula(open_page):
    tab = open_page(small(), begin=True)
    comma = "(id) => byId(id).nextElementSibling.textContent"
    assert [tab.evaluate(comma, id) for id in ("formula", "value")] == [",", " where h = tanh(w·x + b)"]
    tab.evaluate("page.go(Infinity)")
    assert [tab.evaluate(comma, id) for id in ("value", "formula")] == [
        ",",
        f" = {typeset(format_number(small().data))}",
    ]


def test_long_names_are_broken_between_their_words(open_page):
    leaf = Value(0.5, "attention_head_output_weight")
    tab = open_page(leaf * leaf)
    assert tab.locator("#leaves .row .name bdi").inner_html() == "attention_<wbr>head_<wbr>output_<wbr>weight"
    tab.locator("#leaves input[type=range]").focus()
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("byId('nudge').scrollWidth <= byId('nudge').clientWidth")


def test_the_tour_by_keyboard_and_by_mouse_and_the_keys(open_page):
    tab = open_page(small(), begin=True)
    tab.keyboard.press("?")
    assert tab.is_visible("#help")
    assert tab.locator("#help dt").count() >= 10
    tab.keyboard.press("Escape")
    assert tab.is_hidden("#help")
    tab.click("#begin")
    titles = []
    for _ in range(5):
        titles.append(tab.inner_text("#tour-title"))
        assert tab.evaluate(FOCUSED) == "onward"
        assert tab.inner_text("#live").startswith(f"Stop {len(titles)} of 5")
        if len(titles) == 2:  # what it says of the slope is true
            slope = tab.evaluate("page.run.gradients[page.pinned]")
            assert typeset(f"{slope:.4g}") in tab.inner_text("#tour")
        if len(titles) == 4:
            assert "w is used 3 times" in tab.inner_text("#tour")
        tab.keyboard.press("Enter")
    assert titles == ["A value", "Its slope", "The chain", "Paths add up", "Why this order"]
    assert tab.is_hidden("#tour")
    assert position(tab).startswith("0/")
    tab.click("#ask")
    tab.click("#take")
    tab.click("#onward")
    tab.click("#skip-tour")
    assert tab.is_hidden("#tour")


def test_the_tour_tells_the_numbers_of_the_page_and_none_of_a_mistake_or_a_quiz(open_page):
    tab = open_page(small(), begin=True)
    for stop in range(5):
        tab.evaluate(f"page.resetLeaves(); page.tour.show({stop})")
        before = tab.inner_text("#tour")
        tab.evaluate("page.setLeaf(0, -0.25); page.setLeaf(1, 1.5)")
        moved = tab.inner_text("#tour")
        tab.evaluate(f"page.tour.show({stop})")
        assert moved == tab.inner_text("#tour")
        assert (moved == before) == (stop == 4)  # which has none
    tab.select_option("#mistake", "overwrite")
    assert tab.is_hidden("#tour")
    tab.evaluate("page.chooseMistake(''); page.tour.take()")
    assert tab.is_visible("#tour")
    tab.keyboard.press("q")
    assert tab.is_hidden("#tour")
    assert tab.evaluate(FOCUSED) == "answer"


def test_the_tour_fits_graphs_of_every_kind(open_page):
    a = Value(3.0, "a")
    h = a.tanh()
    often_used = h.exp() + h.tanh() + h * h + h
    told = []
    for root in (neuron(), Value(1.0, "x"), network(), Value(0.0, "x").log(), a * a + a, often_used):
        tab = open_page(root, begin=True)
        told.append([])
        for stop in range(5):
            tab.evaluate(f"page.tour.show({stop})")
            told[-1].append(tab.inner_text("#tour"))
        tab.keyboard.press("Escape")
        assert tab.is_hidden("#tour")
    once, *_, often, shared = told
    assert "along this use alone" not in once[2]
    assert "One path each" in once[3]
    # a is used three times: y changes 7 times as much, along one of them 3 times
    assert "Look at one use of a" in often[2]
    assert "3.0 times as much as a along this use alone" in often[2]
    assert "v1 waits for v7 and v5 and v3 and v2." in shared[4]  # all that use it


def test_names_drop_the_scope_they_share(open_page):
    tab = open_page(network(), begin=True)
    node = tab.evaluate("page.graph.names.indexOf('layers[0].neurons[1].bias')")
    tab.evaluate(f"page.go({node + 1})")
    assert tab.inner_text("#step-title") == "bias is given"
    assert tab.inner_text("#step .scope") == "layers[0].neurons[1]"
    assert "layers[0].neurons[1]" in tab.locator("#order .scope").all_inner_texts()
    tab.evaluate(f"page.go({node + 2})")  # the weighted sum of that neuron
    assert tab.locator("#step .equation").first.inner_text().endswith("weights[0]·x0 + weights[1]·x1 + bias")


def test_the_focus_is_never_lost(open_page):
    tab = open_page(small())
    for button, key in (("#start", "Home"), ("#back", "ArrowLeft"), ("#next", "ArrowRight"), ("#end", "End")):
        tab.focus(button)
        tab.keyboard.press("Enter")
        tab.keyboard.press(key)
        assert f"#{tab.evaluate(FOCUSED)}" == button  # also where it can do no more
    tab.focus("#ledger tbody button >> nth=0")
    tab.keyboard.press("Enter")
    assert tab.evaluate("byId('ledger').contains(document.activeElement)")
    tab.focus(box("x"))
    tab.keyboard.press("Space")
    assert tab.inner_text("#ledger-title") == "Ledger of x"
    assert tab.evaluate("page.controls.playing") == 0
    tab.focus("#follow")
    tab.keyboard.press("Enter")
    assert tab.evaluate(FOCUSED) != "BODY"
    tab.select_option("#mistake", "overwrite")
    tab.focus("#repair")
    tab.keyboard.press("Enter")
    assert tab.evaluate(FOCUSED) == "mistake"
    tab.keyboard.press("ArrowRight")  # the toolbar has arrow keys
    assert tab.evaluate(FOCUSED) == "cover"
    tab.keyboard.press("Home")
    assert tab.evaluate(FOCUSED) == "constants"
    at = position(tab)
    tab.keyboard.press("End")
    assert (tab.evaluate(FOCUSED), position(tab)) == ("theme", at)


def test_it_speaks_while_it_plays(open_page):
    tab = open_page(small(), begin=True)
    tab.select_option("#speed", label="slow")
    tab.click("#play")
    wait_until(tab, "byId('live').textContent.startsWith('Step 2 of')")
    assert tab.evaluate("page.controls.playing") != 0


def test_a_box_is_released_as_soon_as_it_plays(open_page):
    tab = open_page(small())
    tab.click("#order button >> nth=1")
    tab.select_option("#speed", label="slow")
    tab.evaluate("page.go(2); page.controls.play(); page.controls.pause()")
    assert tab.locator("#order .selected").inner_text().split() == ["2", "x"]
    assert tab.is_hidden("#ledger")


def test_a_field_that_shows_its_number_again_is_not_called_wrong(open_page):
    tab = open_page(small())
    tab.fill("[aria-label='Number of w']", "one")
    tab.keyboard.press("Tab")
    assert "one is not a number" in tab.inner_text("#leaves .note")
    tab.click("#back")
    assert tab.input_value("[aria-label='Number of w']") == "-1.5"
    assert tab.inner_text("#leaves .note") == ""
    tab.click("#end")
    tab.fill("#rate", "one")
    tab.keyboard.press("Tab")
    assert "not one" in tab.inner_text("#descent .note")
    tab.evaluate("page.setLeaf(0, 0.5)")
    assert tab.inner_text("#descent .note") == ""
    assert tab.input_value("#rate") == "0.1"
    assert tab.locator("aside [aria-invalid=true]").count() == 0


def test_numbers_that_a_leaf_can_and_cannot_take(open_page):
    tab = open_page(small())
    field, slider = '[aria-label="Number of w"]', '[aria-label="Drag w"]'

    def put(text):
        tab.fill(field, text)
        tab.keyboard.press("Enter")
        return tab.inner_text("#leaves .note")

    ends = "(slider) => [Number(slider.min), Number(slider.max)]"
    before = tab.locator(slider).evaluate(ends)
    assert "1e999 is too large" in put("1e999")
    assert tab.locator(".row:has([aria-invalid]) + .note").inner_text() == put("1e999")  # beside the field
    assert tab.get_attribute(field, "aria-invalid") == "true"
    tab.click("#reset", force=True)
    assert tab.get_attribute(field, "aria-invalid") is None
    assert tab.input_value(field) == "-1.5"
    assert "is not a number" in put("one")
    assert put("") == "Type a number."
    put("-1.23456789e-05")
    assert tab.locator(field).evaluate("(typed) => typed.scrollWidth <= typed.clientWidth")
    assert put("1e308") == ""
    low, high = tab.locator(slider).evaluate(ends)
    assert low < 0 < high
    assert put("0.5") == ""
    assert tab.locator(slider).evaluate(ends) == before  # a large number has not ruined it
    assert tab.evaluate("byId('leaves').contains(document.activeElement)")


def test_the_scale_only_widens_while_numbers_change(open_page):
    tab = open_page(small())
    scales = []
    for number in (100.0, 0.001, 5.0):
        tab.evaluate(f"page.setLeaf(0, {number})")
        scales.append(tab.evaluate("[page.run.scale.low, page.run.scale.high]"))
    for (low, high), (later_low, later_high) in pairwise(scales):
        assert later_low <= low
        assert later_high >= high
    tab.evaluate("page.resetLeaves()")
    assert tab.evaluate("[page.run.scale.low, page.run.scale.high]") != scales[-1]


def test_coming_back_to_the_page_the_controls_say_what_is(open_page):
    tab = open_page(network(), begin=True)
    view = tab.input_value("#view")
    tab.select_option("#mistake", "overwrite")
    tab.fill('#leaves input[type="text"] >> nth=0', "7")
    tab.goto("about:blank")
    tab.go_back()
    assert tab.input_value("#view") == view == tab.evaluate("page.scene.view.key")
    assert tab.input_value("#mistake") == tab.evaluate("page.mistake?.name ?? ''")
    assert tab.is_checked("#constants") == tab.evaluate("page.scene.constants")
    leaf = tab.evaluate("page.run.values[[...page.leafRows.rows.keys()][0]]")
    assert float(tab.input_value('#leaves input[type="text"] >> nth=0')) == pytest.approx(leaf, rel=1e-6)


@pytest.mark.parametrize(("width", "height"), [(640, 360), (844, 390)])  # 200 % zoom, a phone on its side
def test_graph_and_card_are_seen_together_where_it_is_low(open_page, width, height):
    tab = open_page(neuron(), width, height)
    for seen in ("#graph", "#step-title", "#next"):
        place = tab.locator(seen).bounding_box()
        assert place["y"] >= 0
        assert place["y"] + min(place["height"], 60) <= height
    assert tab.locator("#canvas").bounding_box()["height"] > height / 2


CONTRASTS = """() => {
    // of the number on each colour of the scale, complete and so far, on a canvas that knows what colours are
    const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const light = (...layers) => {
        for (const [colour, alpha] of layers) {
            context.globalAlpha = alpha;
            context.fillStyle = colour;
            context.fillRect(0, 0, 1, 1);
        }
        const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((part) => linear(part / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const card = getComputedStyle(document.body).getPropertyValue("--card");
    return page.ramp.flatMap((_, index) => {
        const { fill, ink } = paintAt(page, index);
        return [[ink, 1], [page.dark ? "#fff" : ink, 0.55]].map(
            ([letters, alpha]) => contrast(light([card, 1], [fill, alpha]), light([letters, 1])));
    });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_number_is_read_on_every_colour_of_the_scale(open_page, scheme):
    contrasts = open_page(small(), color_scheme=scheme).evaluate(CONTRASTS)
    assert len(contrasts) == 66
    assert min(contrasts) >= 4.5


# What has light letters on a dark ground, under which a browser that forces colours lays a light plate.
PLATED = """() => [...document.querySelectorAll("body *")].filter((each) => {
    const { backgroundColor, forcedColorAdjust } = getComputedStyle(each);
    const isDark = backgroundColor === "rgb(0, 0, 0)" && each.textContent.trim();
    return isDark && forcedColorAdjust !== "none" && each.checkVisibility();
}).map((each) => each.outerHTML)"""


def test_forced_colours_keep_the_legend_and_the_current_step(open_page):
    tab = open_page(small(), forced_colors="active")
    swatches = tab.locator(".swatches span").evaluate_all("all => all.map((s) => getComputedStyle(s).backgroundColor)")
    assert len(set(swatches)) > 20
    ground = "(chip) => getComputedStyle(chip).backgroundColor"
    assert tab.locator("#order .current").evaluate(ground) != tab.locator("#order .done").first.evaluate(ground)
    assert tab.evaluate(PLATED) == []
    stroke = "(body) => getComputedStyle(body).stroke"
    current = tab.locator("#graph .current > .body").first.evaluate(stroke)
    assert current != tab.locator("#graph .box:not(.current):not(.sender) > .body").first.evaluate(stroke)
