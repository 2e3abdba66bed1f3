"""The camera of the page: what is spoken of is in view, and can be read."""

import re

import pytest
from numpy.random import default_rng

import nn
from engine import Value, parse
from tests.viz.pages.pages import box, network, open_pages, small, weighted
from viz import playground


@pytest.fixture
def open_page(browser, tmp_path):
    yield from open_pages(browser, tmp_path)


# The boxes that the page speaks of and that are not wholly in the canvas; the first is the node of the step.
OUT = """() => {
    const canvas = byId("canvas").getBoundingClientRect();
    const camera = page.picture.camera;
    return page.scene.spoken.slice(0, 1).filter(({ x, y, width, height }) => {
        const left = (x - camera.x) * camera.scale, top = (y - camera.y) * camera.scale;
        const right = left + width * camera.scale, bottom = top + height * camera.scale;
        return left < 0 || top < 0 || right > canvas.width || bottom > canvas.height;
    });
}"""
# The smallest letter of the graph, in pixels.
SMALLEST = """() => Math.min(...[...document.querySelectorAll("#graph text")].filter((text) => text.textContent).map(
    (text) => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a))"""
BOXES_IN_SIGHT = """() => page.picture.boxes.filter(({ group }) => {
    const box = group.getBoundingClientRect(), canvas = byId("canvas").getBoundingClientRect();
    return box.right > canvas.left && box.left < canvas.right && box.bottom > canvas.top && box.top < canvas.bottom;
}).length"""


def resize(tab, width, height):
    """Give the window another size, and wait until the page has seen it."""
    before = tab.evaluate("page.picture.camera.size.width")
    tab.set_viewport_size({"width": width, "height": height})
    for _ in range(1000):  # from here, since the page's policy forbids what Playwright would have to run in it
        if tab.evaluate("page.picture.camera.size.width") != before:
            return
        tab.wait_for_timeout(10)
    raise AssertionError(f"after 10 seconds the page is still {before} wide")


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_what_is_spoken_of_is_in_view_and_can_be_read(open_page, width, height):
    tab = open_page(network(2, (4, 4, 1)), width, height, begin=True)
    assert tab.evaluate("page.scene.view.plane.boxes.length") <= 60
    for k in range(tab.evaluate("page.run.steps.length") + 1):
        tab.evaluate(f"page.go({k})")
        assert tab.evaluate(OUT) == []
    assert tab.evaluate(SMALLEST) >= 11
    tab.keyboard.press("Home")
    for _ in range(5):
        tab.keyboard.press("ArrowRight")
    resize(tab, 700, 500)
    assert tab.evaluate(OUT) == []
    assert tab.evaluate(SMALLEST) >= 11
    for key in ("Shift+ArrowRight",) * 40 + ("Shift+ArrowDown",) * 40:  # away from everything
        tab.focus("#graph")
        tab.keyboard.press(key)
    assert tab.evaluate(BOXES_IN_SIGHT) > 0
    tab.evaluate("page.setLeaf(page.graph.leaves[0], 0.3)")
    assert tab.evaluate(OUT) == []  # back to the step


# The texts beside edges that lie over a box.
COVERING = """() => {
    const boxes = [...document.querySelectorAll("#graph .body")].map((body) => body.getBoundingClientRect());
    const texts = [...document.querySelectorAll("#graph .local, #graph .brings")].filter((each) => each.textContent);
    return texts.filter((text) => {
        const { left, right, top, bottom } = text.getBoundingClientRect();
        const aside = (box) => left >= box.right || right <= box.left || top + 2 >= box.bottom || bottom - 2 <= box.top;
        return !boxes.every(aside);
    }).map((text) => text.textContent);
}"""


def test_texts_beside_edges_cover_no_box(open_page):
    v = Value(-12.0, "x")
    for _ in range(8):
        v = v.sigmoid()
    tab = open_page(v)
    assert tab.evaluate(COVERING) == []
    assert tab.text_content(".brings") == f"+ {tab.evaluate('formatNumber(page.run.gradients[0])')}".replace("-", "−")
    assert tab.locator(".local.current").text_content() == "× 6.144e−06"
    assert tab.locator("#graph .box .word").nth(1).text_content() == "∂"
    locals_ = tab.locator("#graph .local").all_text_contents()
    assert [bool(text) for text in locals_] == [True] * 8
    tab.keyboard.press("ArrowLeft")
    assert tab.evaluate(COVERING) == []
    assert "6.14e−06" in tab.locator("#graph .local").all_text_contents()  # as many digits as there is room for


def test_the_map_shows_the_whole_where_not_all_is_seen(open_page):
    tab = open_page(network(2, (4, 4, 1)), 390, 844)
    assert tab.is_visible("#map")
    canvas = tab.locator("#graph").bounding_box()
    for each in ("#map", "#legend"):  # below the picture
        assert tab.locator(each).bounding_box()["y"] >= canvas["y"] + canvas["height"]
    place = tab.locator("#map").bounding_box()
    before = tab.evaluate("page.picture.camera.x")
    tab.mouse.click(place["x"] + 6, place["y"] + place["height"] / 2)
    first = tab.evaluate("page.picture.camera.x")
    tab.mouse.click(place["x"] + place["width"] - 6, place["y"] + place["height"] / 2)
    assert first < before or first < tab.evaluate("page.picture.camera.x")
    tab.click("#fit")
    assert tab.is_hidden("#map")


# Whether two elements of the page cover one another.
MEET = """([one, other]) => {
    const [a, b] = [one, other].map((each) => document.querySelector(each).getBoundingClientRect());
    return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}"""


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (844, 390), (390, 844)])
def test_a_long_chain_runs_in_rows_with_the_map_beside(open_page, width, height):
    tab = open_page(weighted(), width, height)
    assert tab.evaluate("page.scene.view.plane.width") <= 832 < tab.evaluate("page.scene.view.plane.height")
    assert tab.evaluate(COVERING) == []
    for other in ("#map", ".zoom", "#legend"):
        assert not tab.evaluate(MEET, ["#graph", other])
    assert tab.is_visible("#map")
    place = tab.locator("#map").bounding_box()
    assert place["height"] > 1.5 * place["width"]
    for k in range(0, 123, 7):
        tab.evaluate(f"page.go({k})")
        assert tab.evaluate(OUT) == []
    assert tab.evaluate(SMALLEST) >= 11


def test_a_network_unrolled_in_time_opens_by_its_steps_and_a_step_by_its_gates(open_page):
    lstm = nn.LSTM(1, 1, generator=default_rng(3))
    loss = (lstm([[Value(t / 10, f"x{t}")] for t in range(5)])[-1] - 1) ** 2
    tab = open_page(loss)
    assert tab.evaluate("page.scene.views.map((view) => view.key)") == ["steps", "gates", "graph"]
    assert tab.evaluate("page.picture.camera.showsAll")
    assert tab.evaluate(SMALLEST) >= 11
    assert tab.evaluate(COVERING) == []
    step = tab.locator("#graph .box.folded", has=tab.locator("title", has_text=re.compile("^step 4,")))
    words = step.locator(".word").all_text_contents()
    assert words == ["nodes", "|∂|≤"]
    step.locator(".opener").click()
    names = tab.evaluate("page.picture.boxes.map(({ box }) => box.name)")
    gates = ("input gate", "forget gate", "candidate", "output gate", "cell", "hidden")
    assert {f"step 4.{gate}" for gate in gates} <= set(names)
    tab.select_option("#view", "graph")
    assert tab.evaluate("page.scene.view.plane.width") <= 832


def test_a_recurrent_layer_below_another_opens_by_its_gates_too_with_whole_names(open_page):
    generator = default_rng(3)
    model = nn.Sequential(nn.LSTM(2, 2, generator=generator), nn.Layer(2, 1, "linear", generator=generator))
    (root,) = model([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])
    tab = open_page(root, begin=True)
    assert tab.evaluate("page.scene.views.map((view) => view.key)") == ["gates", "steps", "graph", "neurons"]
    title = tab.locator("title", has_text=re.compile(r"^layers\[0\].step 2.forget gate,"))
    gate = tab.locator("#graph .box.folded", has=title)
    assert gate.locator(".scope").text_content() == "layers[0].step 2"
    assert gate.locator(".name").text_content() == "forget gate"
    scope, opener = gate.locator(".scope").bounding_box(), gate.locator(".opener").bounding_box()
    assert scope["x"] + scope["width"] <= opener["x"]


def test_a_label_with_a_blank_and_a_dot_is_no_name_in_a_scope(open_page):
    tab = open_page(Value(2.0, "my rate.x") * Value(3.0, "net.w"))
    assert tab.locator("#graph .scope").all_text_contents() == ["net"]
    assert "my rate.x" in tab.locator("#graph .box.leaf .name").all_text_contents()


# The local derivatives beside edges through which an edge runs.
CROSSED = """() => page.picture.texts.filter(({ element }) => element.textContent).filter(({ element, origin }) => {
    const { x, width } = element.getBBox();
    return page.picture.curves.some((curve) => {
        const length = curve.path.getTotalLength();
        for (let at = 0; at < length; at += 1) {
            const point = curve.path.getPointAtLength(at);
            const [along, up] = [point.x + curve.x - origin.x - x, Number(element.getAttribute("y")) - point.y];
            if (along > 1 && along < width - 1 && up > 1 && up < 7) return true;
        }
        return false;
    });
}).map(({ element }) => element.textContent)"""


def test_no_edge_runs_through_a_weight(open_page):
    tab = open_page(network(2, (4, 4, 1)))
    assert tab.evaluate("page.scene.view.key") == "neurons"
    assert tab.evaluate("page.picture.texts.filter(({ element }) => element.textContent).length") > 20
    assert tab.evaluate(CROSSED) == []


def test_at_200_percent_no_number_breaks_and_what_is_spoken_of_is_seen(open_page):
    v = Value(0.5, "x")
    for _ in range(8):
        v = v.sigmoid()
    tab = open_page(v, 640, 360, device_scale_factor=2)
    numbers = tab.locator("#step .number")
    assert numbers.count() > 4
    assert numbers.evaluate_all("(all) => all.filter((each) => each.getClientRects().length !== 1).length") == 0
    title = tab.locator("#title").bounding_box()
    assert title["height"] < 30  # one line
    for k in (1, 5, 12, 18):
        tab.evaluate(f"page.go({k})")
        lit = tab.locator("#title .lit").last.bounding_box()
        assert title["x"] <= lit["x"] + lit["width"] / 2 <= title["x"] + title["width"]
    tab.evaluate("page.setLeaf(0, 0.6)")
    aside = tab.locator("aside").bounding_box()
    assert tab.locator("#nudge").bounding_box()["x"] >= aside["x"]


def test_the_strongest_path_is_in_view_as_far_as_there_is_room(open_page):
    w, x, bias = Value(0.5, "w"), Value(-0.4, "a_name_of_many_letters"), Value(0.1, "b")
    hidden = (w * x + bias).tanh()
    for _ in range(6):
        hidden = (hidden * Value(0.9, "another_name_of_many_letters") + Value(0.2, "c")).tanh()
    tab = open_page(hidden)
    tab.evaluate("page.pin(page.graph.leaves[page.graph.leaves.length - 1])")
    on_path = tab.evaluate("page.scene.spoken.length")
    assert on_path > 1
    assert tab.evaluate(OUT.replace("slice(0, 1)", "slice(0, 3)")) == []


def test_a_folded_box_counts_its_constants_as_the_note_above_and_the_picture_do(open_page):
    root = nn.MLP(2, [8, 8, 1], generator=default_rng(0))([0.5, -0.3])
    root.backward()
    shown = open_page(root).evaluate(
        "page.picture.boxes.filter(({ box }) => box.kind === 'folded')"
        ".map((drawn) => [drawn.box.members.length, describeFolded(page, drawn).label])"
    )
    assert shown
    for size, said in shown:
        assert f" {size} nodes folded into one box, {size} computed" in said


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (640, 360), (390, 844)])
def test_no_gradient_of_a_leaf_is_cut(open_page, width, height):
    big, small_one = Value(-1.7e308, "a_name_of_many_letters"), Value(-1.234e-300, "e")
    tab = open_page(big / small_one + small_one * -1.23456e-200, width, height)
    texts = tab.locator(".slope").all_inner_texts()
    assert max(map(len, texts)) >= 11
    assert tab.evaluate("(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(page.leafRows.list)") == 0


def test_an_exponent_is_one_line_that_can_be_read(open_page):
    bias = Value(1.5, "bias_of_last_layer_of_all")
    tab = open_page(bias**2 * Value(-2.0, "scale_factor"))
    for k in range(tab.evaluate("page.run.steps.length") + 1):
        tab.evaluate(f"page.go({k})")
        raised = "[...document.querySelectorAll('sup')].filter((each) => each.getClientRects().length)"
        lines = f"{raised}.map((each) => new Set([...each.getClientRects()].map(({{ y }}) => y)).size)"
        assert set(tab.evaluate(lines)) <= {1}
        assert tab.evaluate(f"{raised}.every((each) => parseFloat(getComputedStyle(each).fontSize) >= 11)")


def test_a_small_graph_fills_the_canvas(open_page):
    a = Value(3.0, "a")
    tab = open_page(a * a + a)
    used = tab.evaluate("page.picture.camera.bounds.width * page.picture.camera.scale / byId('canvas').clientWidth")
    assert used > 0.75
    tab = open_page(small(), 640, 360)
    assert tab.evaluate(OUT) == []


# Whether all boxes lie in the canvas, between its upper side and the legend.
WHOLE = """() => {
    const canvas = byId("canvas").getBoundingClientRect(), legend = byId("legend").getBoundingClientRect();
    return page.picture.boxes.every(({ group }) => {
        const { left, right, top, bottom } = group.getBoundingClientRect();
        return left >= 0 && right <= canvas.right && top >= canvas.top && bottom <= legend.top;
    });
}"""


def test_a_phone_held_upright_shows_all_of_a_small_graph_above_its_card(open_page):
    v = Value(0.5, "x")
    for _ in range(8):
        v = v.sigmoid()
    w, x, b = Value(-1.5, "w"), Value(2.0, "x"), Value(0.5, "b")
    for root, cards in ((v, 0), ((w * x + b).tanh(), 120)):
        tab = open_page(root, 390, 844, begin=True)
        for k in range(0, tab.evaluate("page.run.steps.length") + 1, 5):
            tab.evaluate(f"page.go({k})")
            assert tab.evaluate(WHOLE)
        assert tab.evaluate(SMALLEST) >= 11
        assert tab.evaluate(COVERING) == []
        for other in ("#zoom", "#legend", "#map"):
            assert not tab.evaluate(MEET, ["#graph", other])
        footer = tab.locator("footer").bounding_box()["y"]
        assert tab.locator("#step-title").bounding_box()["y"] + 20 < footer
        assert tab.locator("#step").bounding_box()["y"] + cards < footer
    resize(tab, 1280, 720)
    assert tab.evaluate("page.scene.plane === page.scene.view.plane && page.picture.camera.showsAll")
    assert tab.is_visible("#graph .current")  # what was shown is shown
    resize(tab, 390, 844)
    assert tab.evaluate("page.scene.plane === page.scene.view.plane.narrow.narrow")
    assert tab.evaluate(WHOLE)


def lstm():
    h = nn.LSTM(1, 1, generator=default_rng(0))([[Value(i / 4, f"x{i}")] for i in range(4)])[0]
    h.label = "h"
    return h


@pytest.mark.parametrize("height", [844, 667])
def test_a_phone_shows_the_beginning_of_the_card_whatever_stands_above_the_graph(browser, open_page, tmp_path, height):
    tabs = [open_page(lstm(), 390, height, begin=True)]  # a formula of three lines
    path = tmp_path / "playground.html"
    playground().save(path)
    tabs.append(browser.new_page(viewport={"width": 390, "height": height}))
    tabs[1].goto(path.as_uri())
    for tab in tabs:
        for k in range(0, tab.evaluate("page.run.steps.length") + 1, 9):
            tab.evaluate(f"page.go({k})")
            title = tab.locator("#step-title").bounding_box()
            assert title["y"] + 20 < tab.locator("footer").bounding_box()["y"]
    tabs[1].close()


def test_the_graph_does_not_jump_when_the_value_appears_behind_the_formula(open_page):
    for width in (1280, 390):
        tab = open_page(lstm(), width, 844, begin=True)
        before = tab.locator("#canvas").bounding_box()
        assert "= 0." not in tab.inner_text("#title")
        tab.evaluate("page.go(Infinity)")
        assert " = " in tab.inner_text("#value")
        assert tab.locator("#canvas").bounding_box() == before


# What the step brings, where its box is in view and it is not.
CUT = """() => {
    const { view } = page.picture.camera, box = page.scene.boxOf(page.step.operand).at;
    const canvas = byId("graph").getBoundingClientRect();
    return holds(view, box) && [...document.querySelectorAll("#graph .brings")].some((text) => {
        const { left, right, top, bottom } = text.getBoundingClientRect();
        return left < canvas.left - 1 || right > canvas.right + 1 || top < canvas.top - 1 || bottom > canvas.bottom + 1;
    });
}"""


@pytest.mark.parametrize(("width", "height"), [(978, 600), (390, 844)])
def test_what_a_step_brings_is_not_cut_off(open_page, width, height):
    chain = Value(0.5, "x")
    for _ in range(20):
        chain = chain.sigmoid()
    for root in (chain, lstm()):
        tab = open_page(root, width, height)
        size, last = tab.evaluate("[page.graph.size, page.run.steps.length]")
        for k in range(size + 2, last + 1, 1 if size < 30 else 5):
            tab.evaluate(f"page.go({k})")
            assert not tab.evaluate(CUT), k


@pytest.mark.parametrize(("width", "height"), [(840, 900), (1000, 720), (740, 900)])
def test_a_column_shows_all_of_the_classic_neuron(open_page, width, height):
    root, _ = parse("tanh(x1*w1 + x2*w2 + b)", x1=2, x2=0, w1=-3, w2=1, b=6.88)
    tab = open_page(root, width, height, begin=True)
    assert tab.evaluate("page.scene.plane === page.scene.view.plane.narrow")
    assert tab.evaluate(WHOLE)
    assert tab.evaluate(SMALLEST) >= 11


@pytest.mark.parametrize("root", [small(), weighted(20)], ids=["small", "long"])
def test_a_frame_without_room_and_then_with_it(open_page, root):
    tab = open_page(root)  # which fails in the end if the browser complained, as of a rectangle's negative height
    for width in (1, 60, 320, 1280):
        for height in (1, 60, 400, 720):
            tab.set_viewport_size({"width": width, "height": height})
            tab.wait_for_timeout(40)  # of what the page then thinks, nothing but its last size is told
    assert tab.evaluate("page.scene.spoken.length")
    assert tab.evaluate(OUT) == []


def test_a_box_keeps_the_focus_where_the_graph_is_drawn_anew(open_page):
    tab = open_page(small())
    focused = "page.controls.focused?.box.name ?? document.activeElement.id"
    tab.focus(box("h"))
    tab.evaluate("globalThis.before = page.controls.focused")
    resize(tab, 390, 844)
    assert tab.evaluate("page.controls.focused !== before")
    assert tab.evaluate(focused) == "h"
    tab.uncheck("#constants")
    tab.focus(box("h"))
    tab.evaluate("page.setView(page.scene.view.key, true)")
    assert tab.evaluate(focused) == "h"
    tab.focus(box("1"))
    tab.evaluate("page.setView(page.scene.view.key, false)")  # where it has no box of its own
    assert tab.evaluate(focused) == "v3"


def test_a_factor_beside_a_box_that_is_seen_is_not_cut_off(open_page):
    root, _ = parse("exp(x)*y", x=700, y=1e10)  # its factor is too long for the edge
    tab = open_page(root, width=390, height=844)
    text = tab.locator("#graph text.local.current").bounding_box()
    assert tab.text_content("#graph text.local.current") == "× 1.014e+304"
    frame = tab.locator("#graph").bounding_box()
    assert frame["y"] <= text["y"]
    assert text["y"] + text["height"] <= frame["y"] + frame["height"]


def test_keys_begin_at_the_result(open_page):
    root, _ = parse("a = x*y; a*a + a*x + x/y", x=1.5, y=-2)
    tab = open_page(root, begin=True)
    assert tab.evaluate("page.picture.boxes.at(-1).box.kind") == "outside"  # y again, drawn last
    tab.focus("#graph")
    tab.keyboard.press("ArrowDown")
    assert tab.evaluate("document.activeElement.textContent").endswith(tab.evaluate("page.topName"))


def test_on_a_phone_what_is_spoken_of_is_above_the_footer(open_page):
    tab = open_page(small(), 390, 844)
    footer = tab.locator("footer").bounding_box()["y"]

    def is_seen(place):
        box = tab.locator(place).bounding_box()
        return box["y"] >= 0 and box["y"] + box["height"] <= footer

    tab.click("#cover")
    for answer in ("what", "3"):
        tab.fill("#answer", answer)
        tab.click("#check")
        assert is_seen("#feedback"), answer
    tab.click("#cover")
    tab.keyboard.press("d")
    assert is_seen("#descent")
    tab.evaluate("scrollTo(0, 0); page.tour.take()")
    assert is_seen("#tour")
    tab.evaluate("scrollTo(0, 0); page.startHunt()")
    assert is_seen("#hunt")
