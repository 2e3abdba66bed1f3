"""The file of a page: complete in itself, the same every time, and nothing in it runs but its own script."""

import base64
import hashlib
import html
import json
import re
from pathlib import Path

import pytest

import engine
from engine import Value
from tests.viz.pages.pages import box, label, network, open_pages, small, wait_until
from viz.pages.page import MOST_NODES, page
from viz.pages.views import MOST_INSIDE, Views
from viz.words.words import name_graph


@pytest.fixture
def open_page(browser, tmp_path):
    yield from open_pages(browser, tmp_path)


def test_the_same_graph_gives_the_same_bytes():
    assert page(network()).html == page(network()).html


def test_saving_is_all_or_nothing(tmp_path):
    path = tmp_path / "step.html"
    made = page(small())
    made.save(path)
    assert path.read_text(encoding="utf-8") == made.html
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(ValueError, match=r"end in \.html or \.png, not .*step\.txt"):
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


def test_every_box_opens_down_to_single_nodes():
    value = Value(0.5, "x")
    for _ in range(4000):
        value = -value
    views = Views(value, name_graph(value))
    (view,) = views.views
    planes = [view["plane"], *views.insides.values()]
    assert max(len(plane["boxes"]) for plane in planes) <= MOST_INSIDE
    alone = {box["members"][0] for plane in planes for box in plane["boxes"] if len(box["members"]) == 1}
    assert alone == set(range(4001))


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
    assert tab.inner_text("#source-title").startswith("test_page_file.py, line ")
    assert "def test_the_line_that_made_a_node_is_highlighted" in tab.inner_text("#source pre")
    tab.click(box("v3"))
    assert [mark.strip() for mark in tab.locator("#source mark").all_inner_texts()] == ["größe", "* größe"]
    assert str(Path(__file__).parent) not in page(z).html


def test_a_source_that_was_changed_meanwhile_is_shown_around_the_line(open_page, tmp_path):
    path = tmp_path / "changed.py"
    text = "from engine import Value\n" + "\n" * 20 + "x = Value(1.0, 'x')\n" + "\n" * 20 + "y = x * 2\n"
    path.write_text(text, encoding="utf-8")
    names = {}
    with engine.debug():
        exec(compile(text, str(path), "exec"), names)
    path.write_text(text.replace("from engine", "from from engine"), encoding="utf-8")
    tab = open_page(names["y"])
    tab.click(box("v1"))
    assert tab.inner_text("#source-title") == "changed.py, line 43"
    assert tab.inner_text("#source mark") == "x * 2"
    shown = tab.evaluate("page.source.listings.map(({ first, lines }) => [first, lines.length])")
    assert shown == [[7, 37]]  # fifteen lines around each, in one piece


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
    for leaf in tab.evaluate("page.graph.leaves"):
        tab.evaluate(f"page.pin({leaf})")
    assert tab.is_visible("#path")
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


def test_the_policy_blocks_whatever_else_is_tried(browser, tmp_path):
    path = tmp_path / "page.html"
    page(small()).save(path)
    context = browser.new_context(offline=True)
    tab = context.new_page()
    tab.goto(path.as_uri())
    blocked, ran = tab.evaluate(
        """async () => {
            const blocked = [];
            document.addEventListener("securitypolicyviolation", (event) => blocked.push(event.effectiveDirective));
            const add = (tag, given) => document.body.append(Object.assign(document.createElement(tag), given));
            add("script", { textContent: "window.ran = true" });
            add("style", { textContent: "body { color: red }" });
            add("img", { src: "https://example.org/picture.png" });
            add("iframe", { src: "https://example.org/" });
            document.body.setAttribute("onclick", "window.ran = true");
            document.body.click();
            await fetch("https://example.org/").catch(() => {});
            const pause = () => new Promise((done) => setTimeout(done, 100));
            await pause();
            for (let tries = 0; tries < 50 && blocked.length < 6; tries++) await pause();
            return [blocked.sort(), Boolean(window.ran)];
        }"""
    )
    context.close()
    assert blocked == ["connect-src", "frame-src", "img-src", "script-src-attr", "script-src-elem", "style-src-elem"]
    assert not ran


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


def test_the_address_keeps_what_is_shown_over_a_reload(open_page):
    tab = open_page(small())
    tab.evaluate("page.setLeaf(0, 0.25); page.go(7); page.chooseMistake('overwrite'); page.go(7); page.pin(1)")
    wait_until(tab, "location.hash.length > 1")
    shown = tab.evaluate("JSON.stringify(page.readState())")
    address = tab.url
    tab.reload()
    assert tab.evaluate("JSON.stringify(page.readState())") == shown
    assert tab.evaluate("[page.k, page.mistake.name, page.pinned, page.leaves.get(0)]") == [7, "overwrite", 1, 0.25]
    assert tab.input_value("#mistake") == "overwrite"
    tab.evaluate("location.hash = '#step'")  # the skip link's: no state
    assert tab.evaluate("[page.k, document.getElementById('live').textContent.includes('address')]") == [7, False]
    tab.evaluate("location.hash = '#1=%7B%22step%22%3A%22x%22%7D'")
    wait_until(tab, "document.getElementById('live').textContent.includes('The address was not written by this page')")
    assert tab.evaluate("JSON.stringify(page.readState())") == shown
    tab.goto(address)
    assert tab.evaluate("JSON.stringify(page.readState())") == shown


def test_a_descent_is_not_told_of_numbers_that_an_address_brings(open_page):
    tab = open_page(small())
    for _ in range(3):
        tab.keyboard.press("d")
    assert tab.inner_text("#trace").startswith("L after 3 steps: from ")
    tab.evaluate("location.hash = '#1=' + encodeURIComponent(JSON.stringify({ step: 99, leaves: [[0, -7]] }))")
    wait_until(tab, "page.run.values[0] === -7")
    assert tab.is_visible("#descent")
    assert tab.locator("#trace").count() == 0
    tab.keyboard.press("u")
    assert tab.evaluate("page.run.values[0]") == -7


def test_another_graph_is_shown_in_place_of_one(open_page):
    """Nothing of the first is left: what listened to it, its cards, its quiz; the colours that were chosen stay."""
    tab = open_page(network())
    tab.evaluate("page.tour.take(); page.setDark(true); page.setView(page.scene.view.key, false); page.controls.play()")
    data = page(small()).html
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', data, re.DOTALL)[1]
    tab.evaluate("(data) => { window.first = page; openGraph(JSON.parse(data)); }", data)
    assert tab.evaluate("[page.graph.size, page.dark, page.k, byId('tour').hidden, byId('constants').checked]") == [
        12, True, 0, True, True,
    ]  # fmt: skip
    tab.keyboard.press("ArrowRight")
    tab.wait_for_timeout(100)
    assert tab.evaluate("[page.k, first.controls.playing, first === page]") == [1, 0, False]
    assert tab.locator("#order li").count() == 12
    assert tab.locator("#map > *").count() == 3
    assert label(tab, box("L")).startswith("L, ")
