"""The playground in Firefox: what a person does there, and the same numbers as Python's."""

import os
from xml.etree import ElementTree

import numpy as np
import pytest

import nn
import viz
from engine import mistakes, parse
from tests.conftest import lacks, optional
from tests.viz.playgrounds.firefox import Firefox, wait_for

FIREFOX = os.environ.get("FIREFOX", "/usr/bin/firefox-esr")
UPDATES = "shell.network.training.updates"
SHOWN = "[shell.expression.text, Object.fromEntries(shell.expression.readState().numbers)]"


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    """The playground, opened once for all tests; in the end nothing was requested and nothing complained."""
    websocket = optional("websocket")
    if lacks(FIREFOX):
        pytest.skip(f"Firefox at {FIREFOX}")
    folder = tmp_path_factory.mktemp("firefox")
    window = Firefox(FIREFOX, folder, websocket)
    try:
        window.folder = folder
        viz.playground().save(folder / "playground.html")
        window.open((folder / "playground.html").as_uri())
        yield window
    finally:
        window.close()
    assert window.told("log.entryAdded") == []
    assert {told["request"]["url"].split(":")[0] for told in window.told("network.beforeRequestSent")} <= {
        "about", "data", "file",
    }  # fmt: skip


def test_what_is_typed_is_shown_explained_and_stepped_through(window):
    for number in range(window.evaluate("EXAMPLES.length")):
        window.choose("#examples", str(number))
        text, given = window.evaluate(SHOWN)
        root, leaves = parse(text, **given)
        root.backward()
        shown = window.evaluate(
            "[page.run.values.at(-1), ...page.graph.leaves.map((leaf) => page.run.gradients[leaf])]"
        )
        numbers = [root.data, *(leaf.grad for leaf in leaves.values())]
        assert sorted(shown) == pytest.approx(sorted(numbers), rel=1e-12, abs=1e-15)
    window.type("#expression", "tahn(a*a) + a")
    window.until("byId('complaint').textContent !== ''")
    assert window.evaluate("byId('complaint').querySelector('pre').textContent.trim()") == "tahn(a*a) + a\n^"
    window.click("#complaint button:last-of-type")
    window.until("shell.expression.text === 'tanh(a*a) + a'")
    type_square(window)
    window.press("Home", "ArrowRight", "ArrowRight")
    assert window.evaluate("page.k") == 2
    for button, step in (("next", 3), ("end", 8), ("back", 7), ("slider", 4)):
        window.click(f"#{button}")
        assert window.evaluate("page.k") == step
    window.choose("#speed", "60")
    window.click("#play")
    window.until("page.k === 8")
    window.click("#theme")
    assert window.evaluate("document.documentElement.dataset.theme") == "dark"
    window.click("#theme")


def test_numbers_are_changed_and_asked_for(window):
    type_square(window)
    window.type("#leaves input:not([type=range])", "4")
    window.press("Enter")
    window.click("#end")
    assert window.evaluate("[...page.run.values, page.run.gradients[0]]") == [4, 16, 20, 9]
    window.click("#leaves input[type=range]", right=40)
    slid = window.evaluate("page.run.values[0]")
    assert slid > 4
    window.click("#graph .box", drag=-40)
    a = window.evaluate("page.run.values[0]")
    assert a < slid
    assert window.evaluate("byId('nudge').hidden") is False
    window.choose("#mistake", "overwrite")
    root, leaves = parse("a*a + a", a=a)
    assert window.evaluate("page.run.gradients[0]") == mistakes.table["overwrite"](root)[leaves["a"]]
    window.choose("#mistake", "")
    window.click("#cover")
    window.type("#answer", "1")
    window.press("Enter")
    assert window.evaluate("byId('feedback').textContent").startswith("Right.")
    window.click("#cover")
    window.click("#end")
    window.click("#descend")
    assert window.evaluate("page.run.values[0]") == pytest.approx(a - 0.1 * (2 * a + 1), rel=1e-12)


def test_what_is_shown_is_taken_along_and_undone(window):
    type_square(window)
    window.type("#leaves input:not([type=range])", "4")
    window.press("Enter")
    window.click("#graph .box")
    window.click("#share")
    for title in ("Picture as SVG", "Picture as PNG"):
        press_button(window, "sharing", title)
    paths = [window.folder / "graph.svg", window.folder / "graph.png"]
    wait_for(lambda: all(path.exists() and path.stat().st_size for path in paths), "the pictures")
    assert 'xmlns="http://www.w3.org/2000/svg"' in paths[0].read_text(encoding="utf-8")
    assert paths[1].read_bytes()[:4] == b"\x89PNG"
    link, program = window.evaluate("[byId('link').value, byId('python').value]")
    assert 'numbers = {"a": 4.0}' in program
    window.press("Escape")
    assert window.evaluate("[byId('sharing').open, page.pinned]") == [False, 0]
    window.click("#undo")
    assert window.evaluate("page.run.values[0]") != 4
    window.open(link)
    assert window.evaluate("page.run.values") == [4, 16, 20]


def test_a_network_is_trained_looked_into_and_given_points(window):
    window.click("#network-tab")
    window.click("#net-train")
    window.until(f"{UPDATES} >= 60")
    window.click("#net-train")
    press_button(window, "network", "Epoch")  # to its end
    window.until(f"{UPDATES} % 20 === 0 && !shell.network.frame")
    updates = window.evaluate(UPDATES)
    generator = np.random.default_rng(0)
    X, y = nn.moons(200, 0.1, generator)
    model = nn.MLP(2, [8, 8, 1], "tanh", generator=generator)
    nn.fit(
        model, X, y, loss="binary_cross_entropy_with_logits", optimizer=nn.Adam(model.parameters(), lr=0.01),
        epochs=updates // 20, batch_size=10, generator=generator, progress=False,
    )  # fmt: skip
    numbers = [leaf.data for leaf in model.parameters()]
    assert window.evaluate("[...shell.network.model.parameters]") == pytest.approx(numbers, rel=1e-9, abs=1e-9)
    press_button(window, "network", "Python")
    assert "import nn" in window.evaluate("byId('net-code').value")
    window.press("Escape")
    assert window.evaluate("byId('net-program').open") is False

    press_button(window, "network", "Look inside")
    loss = nn.binary_cross_entropy_with_logits(model(X[0].tolist()), float(y[0]))
    assert window.evaluate("page.run.values.at(-1)") == pytest.approx(loss.data, rel=1e-8)
    window.click("#end")
    window.click("#descend")
    window.click("#training")
    model.zero_grad()
    loss.backward()
    stepped = [leaf.data - 0.01 * leaf.grad for leaf in model.parameters()]
    assert window.evaluate("[...shell.network.model.parameters]") == pytest.approx(stepped, rel=1e-8, abs=1e-9)
    press_button(window, "network", "Step")
    assert window.evaluate(UPDATES) == 1

    window.click("#network figure:nth-child(2) canvas", drag=80)
    assert window.evaluate("shell.network.settings.points.length") > 201
    file = window.folder / "data.csv"
    file.write_text("a,b,kind\n" + "\n".join(f"{i},{i % 3},{'yn'[i % 2]}" for i in range(30)))
    window.choose("#net-data", "file")
    chosen = window.find(".net-settings input[type=file]")
    window.command("input.setFiles", context=window.window, element=chosen, files=[str(file)])
    window.until("shell.network.settings.data === 'file'")
    assert window.evaluate("shell.network.settings.points.length") == 30


def test_a_network_is_undone_and_taken_along(window):
    window.click("#network-tab")
    window.choose("#net-data", "circles")
    for place, number in (("x1", "0.5"), ("x2", "-1")):
        window.type(f"[aria-label='{place} of a point']", number)
    press_button(window, "network", "Add")
    assert window.evaluate("shell.network.settings.points.at(-1)") == [0.5, -1, 0]
    window.click("#undo")
    assert window.evaluate("shell.network.settings.data") == "circles"
    press_button(window, "network", "Step")
    window.click("[aria-label='Larger rate']")
    window.press("s")
    assert window.evaluate(UPDATES) == 2
    numbers = window.evaluate("[...shell.network.model.parameters]")
    window.click("#share")
    for title in ("Pictures as SVG", "Pictures as PNG"):
        press_button(window, "sharing", title)
    paths = [window.folder / "network.svg", window.folder / "network.png"]
    wait_for(lambda: all(path.exists() and path.stat().st_size for path in paths), "the pictures")
    texts = [each.text for each in ElementTree.parse(paths[0]).iter("{http://www.w3.org/2000/svg}text")]
    assert {"Network", "Output", "layers[0]", "no epoch yet"} <= set(texts)
    assert paths[1].read_bytes()[:4] == b"\x89PNG"
    press_button(window, "sharing", "Copy")
    window.until("/The link is (copied|selected)/.test(byId('copied').textContent)")
    link, program, frame = window.evaluate("['link', 'python', 'frame'].map((id) => byId(id).value)")
    names = {}
    exec(program, names)
    assert [leaf.data for leaf in names["model"].parameters()] == pytest.approx(numbers, rel=1e-9, abs=1e-12)
    window.open(link)
    window.until(f"{UPDATES} === 2")
    assert window.evaluate("[...shell.network.model.parameters, shell.network.rate]") == [*numbers, 0.02]
    course = window.folder / "course.html"
    course.write_text(f"<!doctype html><title>A course</title>{frame}")
    window.open(course.as_uri())
    wait_for(lambda: window.evaluate(f"typeof shell !== 'undefined' && {UPDATES}", framed=True) == 2, "the frame")


def type_square(window):
    window.type("#expression", "a*a + a")
    window.press("Enter")
    assert window.evaluate("shell.expression.text") == "a*a + a"


def press_button(window, place, title):
    button = f"[...byId('{place}').querySelectorAll('button')].find((each) => each.textContent === '{title}')"
    window.evaluate(f"void ({button}.dataset.title = '{title}')")
    window.click(f"[data-title='{title}']")
