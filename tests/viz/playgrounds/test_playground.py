"""The playground in a browser: what is typed is what is shown, shared, undone and taken along."""

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

import nn
from engine import parse
from engine.teaching.expression import ExpressionError
from tests.viz.pages.pages import LAID_OUT, box, label, wait_until
from viz.playgrounds.playground import playground

ROOT = Path(__file__).parents[3]
TYPED = """(text) => {
    const start = performance.now();
    shell.expression.box.value = text;
    shell.expression.type();
    return performance.now() - start;
}"""


@pytest.fixture
def open_tab(browser, tmp_path):
    """A function that opens the playground, offline; in the end nothing was requested and nothing complained."""
    contexts, requests, complaints = [], [], []
    path = tmp_path / "playground.html"
    playground().save(path)

    def open_tab(state="", width=1280, height=720, **options):
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, offline=True, **options))
        tab = contexts[-1].new_page()
        tab.set_default_timeout(10_000)
        tab.on("request", lambda request: requests.append(request.url))
        for event in ("pageerror", "console", "dialog"):
            tab.on(event, lambda told: complaints.append(str(told)))
        tab.goto(path.as_uri() + state)
        tab.evaluate(LAID_OUT)
        return tab

    yield open_tab
    for context in contexts:
        context.close()
    assert complaints == []
    assert {url.split("#")[0] for url in requests} <= {path.as_uri()}


def type_in(tab, text):
    tab.fill("#expression", text)
    wait_until(tab, f"shell.expression.text === {json.dumps(text)}")


def numbers(tab):
    return tab.evaluate("[page.run.values.at(-1), ...page.graph.leaves.map((leaf) => page.run.gradients[leaf])]")


def computed(text, **given):
    root, leaves = parse(text, **given)
    root.backward()
    return [root.data, *(leaf.grad for leaf in leaves.values())]


def test_what_is_typed_is_shown_and_its_numbers_stay(open_tab):
    tab = open_tab()
    assert tab.input_value("#expression") == "tanh(x1*w1 + x2*w2 + b)"
    assert tab.evaluate("page.k") == 0  # it opens at the beginning
    type_in(tab, "w*x + b")
    assert tab.evaluate("page.k === page.run.steps.length")  # where it can be seen what it does
    assert numbers(tab) == pytest.approx(computed("w*x + b", w=2, x=-0.5, b=1.5))  # not the neuron's 6.88
    tab.get_by_label("Number of x").fill("4")
    tab.keyboard.press("Enter")
    type_in(tab, "w*x + c")
    assert label(tab, box("x")).startswith("x, leaf, data 4.0")
    type_in(tab, "e**t + pi")  # Euler's number is what e is taken for
    assert tab.evaluate("page.run.values[page.graph.names.indexOf('e')]") == pytest.approx(2.718281828459045, abs=0)
    tab.fill("#expression", "x + b")
    tab.keyboard.press("Enter")  # reads at once, and goes to where keys step
    assert tab.evaluate("page.run.values.at(-1)") == 4 - 0.5  # the 4 that was chosen, and a b as if there had been none
    assert tab.inner_text("#live") == "v1 is 3.5, from 3 nodes."
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("page.k") == 1


def test_ctrl_z_keeps_the_keys_where_they_step(open_tab):
    tab = open_tab()
    type_in(tab, "w*x + b")
    for place, key in (("#graph .box >> nth=0", "z"), ("#leaves .row >> nth=0 >> button", "Shift+Z")):
        tab.focus(place)
        tab.keyboard.press(f"Control+{key}")
        assert tab.evaluate("document.activeElement.id") == "graph"
        tab.keyboard.press("Home")
        tab.keyboard.press("ArrowRight")
        assert tab.evaluate("page.k") == 1


def test_an_error_points_at_its_place_and_what_may_be_meant_is_put_there(open_tab):
    tab = open_tab()
    type_in(tab, "tanh(w*x)")
    before = numbers(tab)
    text = "tahn(w*x) + 1"
    tab.fill("#expression", text)
    tab.wait_for_selector("#complaint p")
    with pytest.raises(ExpressionError) as caught:
        parse(text, w=1, x=1)
    sentence = tab.inner_text("#complaint p")
    assert sentence == caught.value.reason[0].upper() + caught.value.reason[1:]
    assert tab.inner_text("#complaint pre").rstrip() == f"{text}\n^"
    assert tab.get_attribute("#expression", "aria-invalid") == "true"
    assert numbers(tab) == before  # the last graph stays
    tab.click("#share")
    assert (
        tab.inner_text("#sharing p:has(code)")
        == "What is typed cannot be read. Link, frame and program hold what is shown: tanh(w*x)"
    )
    tab.keyboard.press("Escape")
    tab.click("#complaint button:has-text('tanh')")
    assert tab.input_value("#expression") == "tanh(w*x) + 1"
    assert tab.inner_text("#complaint") == ""
    assert numbers(tab)[0] == before[0] + 1
    type_in(tab, "softmax * w")  # as a name
    tab.fill("#expression", "inf * w")
    tab.wait_for_selector("#complaint p:text('Expected a finite number')")
    tab.fill("#expression", "x^2 − 1")
    for sign in ("**", "-"):
        tab.click(f"#complaint button:has-text('{sign}')")
    assert tab.evaluate("shell.expression.text") == "x**2 - 1"


def test_every_example_is_a_graph_and_a_chain_is_as_long_as_it_is_to_be(open_tab):
    tab = open_tab()
    count = tab.evaluate("EXAMPLES.length")
    assert count >= 12
    for number in range(count):
        tab.select_option("#examples", str(number))
        text, given = tab.evaluate("[shell.expression.text, Object.fromEntries(shell.expression.readState().numbers)]")
        assert sorted(numbers(tab)) == pytest.approx(sorted(computed(text, **given)), rel=1e-9, abs=1e-15)
        assert tab.inner_text("#complaint") == ""
    tab.select_option("#examples", "3")
    tab.fill("#length", "12")
    assert tab.evaluate("page.graph.ops.filter((op) => op === 'sigmoid').length") == 12


def test_the_address_holds_what_is_shown_and_undo_goes_back(open_tab):
    tab = open_tab()
    type_in(tab, "h = tanh(w*x); h*h + x")
    tab.evaluate("page.setLeaf(page.graph.names.indexOf('w'), 0.25)")
    tab.evaluate("page.chooseMistake('overwrite')")
    tab.evaluate("page.go(5); page.pin(0)")
    state = tab.evaluate("(address.write(), location.hash)")
    shown = tab.evaluate("JSON.stringify(shell.readState())")
    again = open_tab(state)
    assert again.evaluate("page.mistake.name") == "overwrite"
    assert again.evaluate("[page.k, page.pinned]") == [5, 0]
    assert again.evaluate("page.run.values[page.graph.names.indexOf('w')]") == 0.25
    assert again.evaluate("page.graph.recorded.values[page.graph.names.indexOf('w')]") == 2  # what a reset brings back
    assert again.evaluate("JSON.stringify(shell.readState())") == shown
    # undo, by the key outside of a field, and redo
    tab.evaluate("page.chooseMistake(''); shell.expression.past.keep()")
    for text in ("w", "w - t", "w - x"):  # in one go
        type_in(tab, text)
    tab.focus("#graph")
    tab.keyboard.press("Control+z")
    assert tab.input_value("#expression") == "h = tanh(w*x); h*h + x"
    tab.click("#redo")
    assert tab.input_value("#expression") == "w - x"
    assert tab.get_attribute("#redo", "aria-disabled") == "true"


def test_numbers_that_json_does_not_have_are_kept_and_taken_along(open_tab):
    tab = open_tab()
    numbers = "{ numbers: new Map([['a', -0], ['b', Infinity]]), chosen: new Set('ab') }"
    tab.evaluate(f"Object.assign(shell.expression, {numbers})")
    type_in(tab, "1/a + tanh(b)")
    again = open_tab(tab.evaluate("address.hash"))
    assert again.evaluate("page.run.values.map(String)") == ["1", "0", "-Infinity", "Infinity", "1", "-Infinity"]
    assert again.evaluate("Object.is(page.run.values[1], -0)")
    program = again.evaluate("writeProgram(shell.expression)")
    assert 'numbers = {"a": float("-0.0"), "b": float("inf")}' in program
    type_in(again, "tanh(w*x)")
    again.get_by_label("Number of x").fill("1e308")  # whose change no plot has room for
    again.keyboard.press("Enter")
    assert again.evaluate("page.run.values.at(-1)") == 1


def test_links_of_version_1_are_read_for_ever(open_tab):
    tab = open_tab(
        "#1=%7B%22text%22%3A%22a*a%20%2B%20a%22%2C%22numbers%22%3A%5B%5B%22a%22%2C3%5D%5D%2C%22page%22%3A%7B"
        "%22step%22%3A7%2C%22leaves%22%3A%5B%5B0%2C2.5%5D%5D%2C%22mistake%22%3A%22overwrite%22%2C%22constants%22%3Afalse%7D%7D"
    )
    assert tab.evaluate("shell.expression.text") == "a*a + a"
    shown = "[page.k, page.run.values[0], page.mistake.name, page.scene.constants]"
    assert tab.evaluate(shown) == [7, 2.5, "overwrite", False]


FORGED = (
    "#1=%7B", "#2=%7B%7D", "#0=1", "#1=null", "#1=%7B%7D", '#1={"text":3}', '#1={"text":"x +"}', '#1=%E0%A4%A',
    '#1={"text":"x","numbers":{"x":1}}', '#1={"text":"x","numbers":[["x","1"]]}', '#1={"text":"x","numbers":[[1,1]]}',
    '#1={"text":"x","numbers":[["x",1e999]]}', '#1={"text":"x","page":{"step":-1}}', '#1={"text":"x","page":[]}',
    '#1={"text":"x","page":{"step":"<img src=x onerror=hit()>"}}', '#1={"text":"x","page":{"mistake":"toString"}}',
    '#1={"text":"x","page":{"leaves":[[7,1]]}}', '#1={"text":"x","page":{"pinned":"__proto__"}}',
    '#1={"text":"x","network":{"data":"toString"}}', '#1={"text":"x","network":7,"tab":"network"}',
    '#1={"text":"((","network":{"rate":0.5,"updates":100000}}',
    '#1={"text":"' + "x" * 210_000 + '"}', '#1={"text":"' + "(" * 4000 + '"}',
)  # fmt: skip


def test_a_forged_state_is_refused_with_a_sentence_and_nothing_changes(open_tab):
    tab = open_tab()
    tab.evaluate("() => { window.hit = () => { throw new Error('ran'); }; }")
    for forged in FORGED:
        tab.evaluate("(hash) => { location.hash = hash; }", forged)
        wait_until(tab, "byId('warning').textContent !== ''")
        said = tab.inner_text("#warning")
        assert re.fullmatch(r"The address was not written by this page: .{10,120}\.", said), said
        assert tab.evaluate("[shell.expression.text, shell.expression.box.value]") == ["tanh(x1*w1 + x2*w2 + b)"] * 2
        assert tab.locator("#network").is_hidden()
        tab.evaluate("document.dispatchEvent(new Event('pointerdown'))")
        assert tab.inner_text("#warning") == ""
    assert tab.evaluate("page.graph.size") == 10
    assert tab.evaluate("shell.network?.training.updates ?? 0") == 0  # nor is one trained unseen
    tab.click("#network-tab")
    tab.evaluate("location.hash = '#1=null'")
    tab.wait_for_selector("#warning:not(:empty)")
    assert tab.locator("#network").is_visible()


def test_hostile_texts_neither_run_nor_hang(open_tab):
    tab = open_tab()
    for text in (
        "<img src=x onerror=hit()>", "x" * 10_000, "(" * 3000, "-" * 4999 + "x", "tanh(" * 900,
        "constructor + __proto__",
        "+".join(["x"] * 2500), "*".join(f"a{number}" for number in range(900)), "9**9**9**9",
    ):  # fmt: skip
        assert tab.evaluate(TYPED, text) < 5000, text[:30]
        assert tab.evaluate("document.documentElement.scrollWidth") == 1280, text[:30]
    assert tab.evaluate("Object.keys(Object.prototype).length") == 0


def test_what_is_taken_along(open_tab, tmp_path):
    tab = open_tab()
    type_in(tab, "lambda*x² + tanh(lambda)")
    tab.evaluate("page.setLeaf(page.graph.names.indexOf('x'), 1.25); page.pin(0)")
    value, *gradients = numbers(tab)
    tab.click("#share")
    for button, name in (("Picture as SVG", "graph.svg"), ("Picture as PNG", "graph.png")):
        with tab.expect_download() as download:
            tab.click(f"text={button}")
        assert download.value.suggested_filename == name
        download.value.save_as(tmp_path / name)
    svg = (tmp_path / "graph.svg").read_text(encoding="utf-8")
    assert "lambda" in svg
    assert "class=" not in svg
    assert "var(" not in svg
    assert "color(" not in svg
    assert (tmp_path / "graph.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    link, program, frame = (tab.input_value(f"#{field}") for field in ("link", "python", "frame"))
    assert link == tab.url
    assert re.fullmatch(r'<iframe src="file://[^"]*" [^>]*sandbox="allow-scripts"[^>]*></iframe>', frame)
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True).stdout
    lines = [line.split() for line in told.splitlines()]
    assert lines[0] == ["result", repr(value)]
    assert [float(line[2]) for line in lines[1:]] == pytest.approx(gradients, rel=1e-15)
    tab.keyboard.press("Escape")  # closes the dialog, and lets go of nothing behind it
    assert tab.evaluate("[byId('sharing').open, page.pinned]") == [False, 0]
    tab.evaluate("page.chooseMistake('overwrite')")
    wrong = numbers(tab)[1:]
    assert wrong != gradients
    program = tab.evaluate("writeProgram(shell.expression)")
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True).stdout
    assert [float(line.split()[2]) for line in told.splitlines()[1:]] == pytest.approx(wrong, rel=1e-15)


def test_the_expression_is_there_again_after_the_inside_of_a_network(open_tab):
    tab = open_tab()
    type_in(tab, "w*x + b")
    tab.evaluate("page.setLeaf(0, 0.5); page.go(4)")
    shown = tab.evaluate("JSON.stringify(shell.expression.readState())")
    tab.evaluate(
        """() => {
        const { nodes } = parseExpression("tanh(u)", new Map([["u", 0.5]]));
        shell.lookInside({ nodes, parts: null }, () => { window.back = true; });
    }"""
    )
    assert tab.evaluate("page.topName + page.graph.names[0]") == "v1u"
    assert tab.evaluate("JSON.stringify(shell.expression.readState())") == shown  # what a link holds
    tab.click("#share")
    assert tab.locator("#python").count() == 0  # it would be of the other graph
    assert "Link and frame open the training" in tab.inner_text("#sharing")
    assert tab.evaluate("shell.readState().tab") == "network"
    tab.keyboard.press("Escape")
    tab.evaluate("shell.showNetwork(false)")
    assert tab.evaluate("JSON.stringify(shell.expression.readState())") == shown
    assert tab.evaluate("[page.k, page.run.values[0]]") == [4, 0.5]
    tab.evaluate("shell.showNetwork(true); shell.network.lookInside()")
    tab.evaluate("""() => { location.hash = '#1={"text":"p*q"}'; }""")
    wait_until(tab, "shell.expression.text === 'p*q'")
    assert tab.is_visible("#expression")
    assert tab.is_hidden("#training")


def test_a_frame_without_rights_works(browser, tmp_path):
    path = tmp_path / "playground.html"
    playground("w*x", w=2, x=3).save(path)
    (tmp_path / "course.html").write_text(
        '<iframe src="playground.html" sandbox="allow-scripts" width=900 height=700></iframe>'
    )
    tab = browser.new_context(offline=True).new_page()
    complaints = []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto((tmp_path / "course.html").as_uri())
    frame = tab.frame_locator("iframe")
    frame.locator("#expression").fill("w*x*x")
    frame.locator("#value", has_text="18").wait_for()
    tab.wait_for_timeout(500)  # in which it would keep its address
    tab.context.close()
    assert complaints == []


def test_no_name_of_a_script_is_taken_twice():
    script = playground().html
    names = re.findall(r"^(?:async )?(?:function|class|const|let) (\w+)", script, re.M)
    assert len(names) > 300
    assert {name for name in names if names.count(name) > 1} == set()


def test_what_python_says_of_it():
    made = playground("a*a + a", a=3)
    assert re.fullmatch(r"Playground\('a\*a \+ a': [\d,]+ bytes; \.save\('playground\.html'\) writes it\)", repr(made))
    assert made.html == playground("a*a + a", a=3).html
    assert len(playground().html.encode()) < 600_000
    with pytest.raises(ExpressionError, match="no value for a"):
        playground("a*a")
    with pytest.raises(ValueError, match=r"numbers for a, but no expression: playground\('w\*x', w=2, x=3\)"):
        playground(a=3)
    for data in ((), ([[1.0, 2.0]],)):
        with pytest.raises(TypeError, match=r"a model needs its data: playground\(model, X, y\)"):
            playground(nn.MLP(2, [1]), *data)
    for no_model in (5, [1, 2], math.sin):
        with pytest.raises(TypeError, match="expected a model"):
            playground(no_model)
    assert '"inf"' in playground("x", x=float("inf")).html
