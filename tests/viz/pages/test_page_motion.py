"""What a gradient means: nudges and descents on the page, by mouse and by keyboard."""

import re

import pytest

from engine import Value, parse
from tests.viz.pages.pages import box, network, open_pages, typeset, wait_until
from viz.numbers import format_number


@pytest.fixture
def open_page(browser, tmp_path):
    yield from open_pages(browser, tmp_path)


def neuron(w=0.25, x=0.5, b=0.125):
    """y = tanh(w·x + b)."""
    leaves = Value(w, "w"), Value(x, "x"), Value(b, "b")
    y = (leaves[0] * leaves[1] + leaves[2]).tanh()
    y.label = "y"
    y.backward()
    return y, *leaves


def rows(tab, card):
    return {cells[0]: cells[1:] for cells in (row.split("\t") for row in tab.locator(f"{card} tr").all_inner_texts())}


def drag(tab, selector, way):
    frame = tab.locator(f"{selector} > .body").bounding_box()
    x, y = frame["x"] + 20, frame["y"] + frame["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + way / 2, y)
    tab.mouse.move(x + way, y)
    tab.mouse.up()


def nudge_of(now):
    """What the card is to say of w, moved from 0.25: its own numbers, and the output's."""
    y, w, *_ = neuron()
    after = neuron(w=now)[0]
    moved, grown, said = now - w.data, after.data - y.data, w.grad * (now - w.data)
    return {
        "nudge": ["Δw", typeset(format_number(moved))],
        "what happened": ["Δy", typeset(format_number(grown))],
        "gradient · nudge": [f"{format_number(w.grad)} · {format_number(moved)}", typeset(format_number(said))],
    }


def test_what_was_let_go_of_elsewhere_moves_no_more(open_page):
    tab = open_page(neuron()[0])
    seen = "[page.picture.camera.x, page.picture.camera.y, page.run.values]"
    before = tab.evaluate(seen)
    leaf = tab.locator(f"{box('w')} > .body").bounding_box()
    canvas = tab.locator("#graph").bounding_box()
    x, y = leaf["x"] + 20, leaf["y"] + leaf["height"] - 2
    right, middle = canvas["x"] + canvas["width"], canvas["y"] + canvas["height"] / 2
    for start, end, back in (
        ((x, y), (x + 2, y + 40), (x + 60, y - 10)),
        ((right - 2, middle), (right + 40, middle), (right - 80, middle)),
    ):
        tab.mouse.move(*start)
        tab.mouse.down()
        tab.mouse.move(*end)
        tab.mouse.up()
        tab.mouse.move(*back, steps=3)
        assert tab.evaluate(seen) == before
    tab.mouse.move(right - 2, middle)
    tab.mouse.down()
    moved = "new PointerEvent('pointermove', { pointerType: 'mouse', pointerId: 1, clientX: 9, clientY: 9 })"
    tab.evaluate(f"page.picture.camera.move({moved})")
    assert tab.evaluate(seen) == before  # the button went up over a menu, of which no page is told


def test_a_leaf_is_nudged_on_its_box_by_its_slider_and_by_keys(open_page):
    tab = open_page(neuron()[0])
    seen = tab.evaluate("[page.picture.camera.x, page.pinned]")
    drag(tab, box("w"), 40)
    now = tab.evaluate("page.run.values[0]")
    assert now == 0.25 + 40 / 160 * 2
    assert rows(tab, "#nudge") == nudge_of(now)
    assert tab.locator("#title .lit").all_inner_texts() == ["w"]  # it is spoken of, and no step
    assert tab.locator("#graph .current").count() == 0
    assert tab.inner_text("#ledger-title") == "Ledger of w"
    assert tab.evaluate("[page.picture.camera.x, page.pinned]") == seen  # neither panned nor chosen
    (old, w, *_), (new, *_) = neuron(), neuron(w=now)
    assert tab.locator(f"{box('y')} .old").all_text_contents() == [format_number(old.data)]  # its gradient is 1 still
    assert tab.locator(f"{box('y')} .number").first.text_content() == format_number(new.data)
    assert tab.locator(f"{box('w')} .old").all_text_contents() == ["0.25", format_number(w.grad)]
    assert tab.locator(f"{box('b')} .word:not(.old)").first.text_content() == "data"
    # the curve ends where the slider does, and the tangent has the gradient's slope
    ends = tab.evaluate("[page.nudge.curve[0], page.nudge.curve.at(-1)]")
    assert ends == [[x, pytest.approx(neuron(w=x)[0].data, rel=1e-12)] for x in (-1.75, 2.25)]
    assert f"slope {format_number(neuron()[1].grad)} at w = 0.25" in tab.get_attribute("#nudge .plot", "aria-label")
    written = [
        float(text.replace("−", "-")) for text in tab.locator("#nudge .plot text:not(.axis)").all_text_contents()
    ]
    low, high = written[2:]  # up the side, after those along the bottom
    assert low < tab.evaluate("page.run.values[page.graph.root]") < high
    tab.focus("input[aria-label='Drag w']")
    tab.keyboard.press("ArrowLeft")
    assert rows(tab, "#nudge") == nudge_of(0.73)  # further from where it began
    tab.click("#put-back")
    assert tab.is_hidden("#nudge")
    assert tab.evaluate("page.run.values[0]") == 0.25
    # a click still chooses; a leaf that keys lead to is nudged by them
    tab.click(box("x"))
    assert tab.evaluate("page.pinned") == 1
    tab.keyboard.press("ArrowLeft")
    assert tab.evaluate("page.k < page.run.steps.length")
    tab.keyboard.press("End")
    tab.locator(box("x")).focus()
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("ArrowRight")
    assert rows(tab, "#nudge") == nudge_of(0.27)
    assert f"the gradient says {format_number(neuron()[1].grad * 0.02)}" in tab.inner_text("#live")
    tab.click("#from-here")
    assert rows(tab, "#nudge")["nudge"] == ["Δw", "0.0"]
    tab.keyboard.press("Home")
    assert tab.is_hidden("#nudge")
    tab.click("#cover")
    drag(tab, box("w"), 40)
    assert tab.evaluate("page.run.values[0]") == 0.27  # no numbers change behind a question


def descend(numbers, rate, chosen, times):
    """The leaves and the output, from step to step, by Python."""
    numbers, trace = dict(numbers), []
    for _ in range(times + 1):
        y, *leaves = neuron(**numbers)
        trace.append((dict(numbers), y.data))
        for leaf in leaves:
            if leaf.label in chosen:
                numbers[leaf.label] -= rate * leaf.grad
    return trace


@pytest.mark.parametrize(
    ("text", "numbers", "place"),
    [
        ("relu(x) + x", {"x": 0}, "v1"),  # a kink
        ("maximum(x, y)*2", {"x": 2, "y": 2}, "v1"),  # a tie
        ("detach(x)*x", {"x": 3}, "v1"),
        ("log(x)*2", {"x": -1}, "v1"),  # not defined
        ("(step(x) - 1)**2", {"x": 0}, "v1"),  # a jump where the upstream gradient is 0
        ("minimum(step(x), 0.5)*2", {"x": 0}, "v1"),
        ("(x % 2)**2", {"x": 4}, "v1"),
        ("log(x)*0", {"x": -1}, "v1"),
        ("exp(x) - exp(x)", {"x": 710}, None),  # nan
        ("log(step(x))", {"x": -1}, None),
    ],
)
def test_a_gradient_that_is_no_slope_is_not_called_one(open_page, text, numbers, place):
    root, _ = parse(text, **numbers)
    tab = open_page(root)
    names = tab.evaluate("page.graph.names")
    for step, node in enumerate(tab.evaluate("page.run.steps.map(({ kind, node }) => kind === 'backward' && node)")):
        if node is not False and names[node] == place:
            tab.evaluate(f"page.go({step + 1})")
            assert "times as much" not in tab.inner_text("#step")
    tab.focus("input[aria-label='Drag x']")
    tab.keyboard.press("ArrowRight")
    said = "Here the gradient need not be how fast {} changes with x" + (
        f": see the step back from {place}." if place else "."
    )
    assert tab.inner_text("#nudge .note") == said.format(names[-1])
    assert "tangent" not in tab.get_attribute("#nudge svg", "aria-label")
    tab.click("#put-back")
    tab.evaluate("page.tour.take()")
    for stop in range(5):
        told = tab.inner_text("#tour")
        assert not re.search(r"the slope of|nan times|(?<!\.)\b0 = 0", told)
        if stop == 1:
            assert said.format(names[-1]) in told
        if stop < 4:
            tab.click("#tour .main")


def test_a_gradient_with_a_kink_beside_its_way_is_a_slope(open_page):
    root, _ = parse("abs(x)*0 + relu(y)*z + sqrt(relu(u)) + binary_cross_entropy(1, t)", x=0, y=1, z=2, u=-1, t=1)
    tab = open_page(root)
    assert tab.evaluate("page.graph.leaves.map((leaf) => findBreak(page.graph, page.run, leaf))") == [-1] * 5


def test_no_factor_below_a_kink_is_called_a_slope(open_page):
    root, _ = parse("relu(x*w) + 0*x", x=0, w=2)
    tab = open_page(root)
    names = tab.evaluate("page.graph.names")
    for number, node in enumerate(tab.evaluate("page.run.steps.map(({ kind, node }) => kind === 'backward' && node)")):
        if node is not False and names[node] == "v1":  # the upstream gradient is that of a kink
            tab.evaluate(f"page.go({number + 1})")
            assert "times as much" not in tab.inner_text("#step")


def test_a_dragged_number_has_no_digits_that_a_pixel_cannot_mean(open_page):
    tab = open_page(neuron()[0])
    slider = tab.locator("input[aria-label='Drag w']")
    slider.scroll_into_view_if_needed()
    track = slider.bounding_box()
    slider.click(position={"x": 0.37 * track["width"], "y": track["height"] / 2})
    dragged = tab.evaluate("page.run.values[page.graph.names.indexOf('w')]")
    assert dragged == float(f"{dragged:.3g}") != 0.25
    drag(tab, box("w"), 37)
    again = tab.evaluate("page.run.values[page.graph.names.indexOf('w')]")
    assert again == float(f"{again:.3g}") != dragged


def test_the_keys_of_the_page_go_on_where_a_slider_was_moved(open_page):
    tab = open_page(neuron()[0])
    tab.focus("input[aria-label='Drag w']")
    tab.keyboard.press("d")
    assert "after 1 step" in tab.inner_text("#trace")
    tab.focus("#slider")
    tab.keyboard.press("ArrowLeft")  # the slider's own
    tab.keyboard.press("q")
    assert tab.is_visible("#quiz")


@pytest.mark.parametrize("width", [1280, 978, 390])
def test_the_slider_of_a_short_name_is_wide_enough_to_drag(open_page, width):
    tab = open_page(neuron()[0], width=width)
    assert tab.locator("input[aria-label='Drag w']").bounding_box()["width"] > 90


@pytest.mark.parametrize("width", [1280, 390])
def test_the_names_of_weights_stay_on_one_line_beside_their_sliders(open_page, width):
    tab = open_page(network(9), width=width)
    tops = """[...document.querySelectorAll("#leaves .name")].map((name) => {
      const range = document.createRange();
      range.selectNodeContents(name);
      return new Set([...range.getClientRects()].map(({ top }) => top)).size;
    })"""
    assert set(tab.evaluate(tops)) == {1}


def test_a_descent_promises_no_smaller_result(open_page):
    tab = open_page(parse("x**2", x=1)[0])
    assert "Where η is too large, it overshoots." in tab.inner_text("#descent")
    tab.fill("#rate", "1.5")
    tab.click("#descend")  # to 1 - 1.5·2 = -2, whose square is 4
    assert tab.inner_text("#trace") == "v1 after 1 step: from 1.0 to 4.0"


def test_the_leaves_descend_step_by_step_and_come_back(open_page):
    start = {"w": 0.25, "x": 0.5, "b": 0.125}
    tab = open_page(neuron()[0], begin=True)
    assert tab.is_hidden("#descent")
    tab.evaluate("page.setLeaf(0, 0.5)")  # where nothing is seen yet, first to the end
    assert tab.evaluate("page.k === page.run.steps.length")
    ledger, descent = (tab.locator(card).bounding_box()["y"] for card in ("#ledger", "#descent"))
    assert ledger < descent
    tab.click("#reset")
    tab.keyboard.press("Home")
    tab.keyboard.press("d")  # first to the end of the backward pass
    assert tab.is_visible("#descent")
    assert tab.evaluate("page.leaves") is None
    tab.keyboard.press("d")
    tab.keyboard.press("d")
    trace = tab.locator("#trace").bounding_box()
    assert trace["y"] + trace["height"] < tab.locator("footer").bounding_box()["y"]  # in view
    expected = descend(start, 0.1, "wxb", 2)
    got = "[page.run.values.slice(0, 2), page.run.values.at(-1)]"

    def agrees(numbers, y):
        return tab.evaluate(got) == [
            pytest.approx([numbers["w"], numbers["x"]], rel=1e-12),
            pytest.approx(y, rel=1e-12),
        ]

    assert agrees(*expected[2])
    begun, y = (format_number(expected[i][1]) for i in (0, 2))
    assert tab.inner_text("#trace") == f"y after 2 steps: from {begun} to {y}"
    old = tab.locator(f"{box('y')} .old").first.text_content()
    assert old == f"{expected[1][1]:.2g}"  # as many digits as there is room for
    tab.keyboard.press("u")
    assert agrees(*expected[1])
    tab.click("#ascend")
    assert tab.evaluate("page.leaves") is None
    assert tab.is_disabled("#ascend")
    # other leaves and another rate, by mouse
    tab.click("#descend-leaves summary")
    tab.uncheck("#descend-1")
    tab.fill("#rate", "0,5")
    tab.keyboard.press("Tab")
    w = neuron()[1]
    assert tab.locator("#descent tr").first.inner_text().split("\t")[1:] == [
        "0.25",
        f"− 0.5 · {format_number(w.grad)}",
        f"→ {format_number(w.data - 0.5 * w.grad)}",
    ]
    tab.fill("#rate", "0.25")
    tab.click("#descend")  # the click that leaves the field counts, as Enter in it does
    assert agrees(*descend(start, 0.25, "wb", 1)[1])
    tab.fill("#rate", "0.25")
    tab.keyboard.press("Enter")
    assert agrees(*descend(start, 0.25, "wb", 2)[2])
    tab.fill("#rate", "-1")
    tab.click("#descend")
    assert agrees(*descend(start, 0.25, "wb", 2)[2])
    assert "η is a number above 0 (such as 0.1), not -1." in tab.inner_text("#descent .note")
    tab.fill("[aria-label='Number of w']", "0.75")
    tab.click("#reset")
    assert tab.evaluate("page.leaves") is None
    tab.evaluate("page.setLeaf(0, 1)")  # by hand: the trace is another one
    assert tab.locator("#trace").count() == 0
    tab.check("#descend-all")
    tab.uncheck("#descend-all")
    assert tab.is_disabled("#descend")


def test_a_descent_stops_where_a_leaf_would_be_lost(open_page):
    x = Value(0.0, "x")
    tab = open_page(x.log())
    tab.click("#descend")
    assert tab.inner_text("#descent .note") == "No step from here: x would be -inf."
    assert tab.evaluate("page.run.values[0]") == 0


# In the browser: what the number on its way reads, each time beside the sum that it goes to.
WATCH = """() => {
    window.seen = []; window.places = [];
    new MutationObserver(() => {
        const text = document.querySelector(".bubble text");
        if (!text?.textContent) return;
        places.push(text.getBoundingClientRect().x);
        const { grad } = page.scene.boxOf(0).lines;
        if (text.textContent !== seen.at(-1)?.[0]) seen.push([text.textContent, grad.textContent]);
    }).observe(byId("graph"), { subtree: true, childList: true, attributes: true });
}"""


def test_a_gradient_goes_back_along_its_edge_and_drops_into_the_sum(open_page):
    y, w, x, *_ = neuron()
    still = open_page(y, begin=True, reduced_motion="reduce")
    tab = open_page(y, begin=True)
    for each in (tab, still):
        each.evaluate("page.go(page.run.steps.findIndex((step) => step.kind === 'backward' && step.operand === 0))")
        each.evaluate(WATCH)
        each.keyboard.press("ArrowRight")
    told = f"+ {format_number(w.grad)}"
    for each in (tab, still):
        assert each.text_content(".brings") == told
        assert each.locator(".local.current").all_text_contents() == [f"× {format_number(x.data)}"]
        at, head = (each.locator(s).bounding_box() for s in (f"{box('w')} > .body", ".journey .back"))
        assert abs(head["x"] - at["x"] - at["width"]) < 5  # at the receiving end
    assert still.locator(".bubble").count() == 0
    assert still.locator(f"{box('w')} .grad, {box('w')} .number").nth(1).text_content() == format_number(w.grad)
    # on its way: the three numbers, and the sum as it was before
    wait_until(tab, "!page.journey.frame")
    upstream = format_number(w.grad / x.data)
    assert tab.evaluate("seen") == [
        [upstream, ""],
        [f"{upstream} × {format_number(x.data)}", ""],
        [format_number(w.grad), ""],
    ]
    left, right = tab.evaluate("[Math.min(...places), Math.max(...places)]")
    assert right - left > 50
    assert tab.evaluate("page.scene.boxOf(0).lines.grad.textContent") == format_number(w.grad)
    # whoever goes on at once sees each sum at once
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("page.scene.boxOf(0).lines.grad.textContent") == format_number(w.grad)
    assert tab.locator(".bubble").count() == 1
    tab.evaluate("page.setCover(true)")
    assert tab.locator(".bubble, .back").count() == 0


def test_whoever_leaves_a_step_while_its_number_is_on_its_way_sees_the_sums_of_the_next(open_page):
    a, b = Value(3.0, "a"), Value(0.5, "b")
    y = a * b + a * a  # a receives three times, twice in a row
    y.backward()
    tab = open_page(y, begin=True)
    for arrival in tab.evaluate("page.run.ledger[0]"):
        for key in ("ArrowRight", "End", "ArrowLeft", "Home"):
            tab.evaluate(f"page.go({arrival})")
            tab.keyboard.press("ArrowRight")
            assert tab.locator(".bubble").count() == 1
            tab.keyboard.press(key)
            wait_until(tab, "!page.journey.frame")
            seen = tab.evaluate("page.scene.boxOf(0).lines.grad.textContent")
            assert seen == tab.evaluate("minus(describeBox(page, page.scene.boxOf(0)).grad)"), (arrival, key)
            tab.keyboard.press("End")
            assert tab.evaluate("page.scene.boxOf(0).lines.grad.textContent") == "6.5"
