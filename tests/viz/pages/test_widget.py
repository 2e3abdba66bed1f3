"""The page alive: a real kernel holds the graph, Chromium the page, and what changes in one changes in the other."""

import math
import os
from pathlib import Path

import pytest

import viz
from engine import Value, toposort
from tests.conftest import optional
from tests.viz.pages.pages import agree, box, open_pages, small, wait_until

ROOT = Path(__file__).parents[3]

# What a notebook's front end does: it opens models that the kernel tells of, and carries the changes of their traits.
FRONT_END = """<!doctype html><div id="output"></div><script>
const listeners = {}, dirty = new Set();
let state, stop;
const model = {
  get: (name) => state[name],
  set(name, value) {
    if (JSON.stringify(state[name]) === JSON.stringify(value)) return;
    state[name] = value;
    dirty.add(name);
    for (const listener of listeners[`change:${name}`] ?? []) listener();
  },
  save_changes() {
    if (dirty.size) toKernel(Object.fromEntries([...dirty].map((name) => [name, state[name]])));
    dirty.clear();
  },
  on: (event, listener) => (listeners[event] ??= new Set()).add(listener),
  off: (event, listener) => listeners[event].delete(listener),
};
function receive(changes) {
  for (const [name, value] of Object.entries(changes)) model.set(name, value);
  dirty.clear();
}
async function show(opened) {
  state = opened;
  const code = URL.createObjectURL(new Blob([state._esm], { type: "text/javascript" }));
  const el = document.getElementById("output");
  stop = (await import(code)).default.render({ model, el });
  await new Promise((done) => el.querySelector("iframe").addEventListener("load", done));
}
</script>"""

PROGRAM = """
import viz
from tests.viz.pages.pages import small
from engine import toposort
root = small()
w, x, b = [node for node in toposort(root) if node.is_leaf and not node.op]
shown = viz.widget(root)
def read():
    return [[node.label, node.op, node.data, node.grad] for node in toposort(root)]
"""


class Notebook:
    """A kernel and a tab that shows its widget."""

    def __init__(self, client, tab):
        self.client, self.tab = client, tab
        self.comm = None
        tab.expose_function("toKernel", lambda changes: self.send("comm_msg", {"method": "update", "state": changes}))
        tab.set_content(FRONT_END)

    def send(self, msg_type, data):
        message = self.client.session.msg(msg_type, {"comm_id": self.comm, "data": data})
        self.client.shell_channel.send(message)

    def run(self, code):
        """What the last line of a program is, as text; meanwhile the tab hears of changes."""
        asked, said = self.client.execute(code), ""
        while True:
            message = self.client.get_iopub_msg(timeout=60)
            said += self.hear(message)
            ours = message["parent_header"].get("msg_id") == asked
            if ours and message["content"].get("execution_state") == "idle":
                return said

    def hear(self, message):
        msg_type, content = message["msg_type"], message["content"]
        assert msg_type not in ("error", "stream"), content
        if msg_type == "comm_open" and "_esm" in content["data"]["state"]:
            self.comm = content["comm_id"]
            self.tab.evaluate("(state) => show(state)", content["data"]["state"])
        if msg_type == "comm_msg" and content["comm_id"] == self.comm and content["data"]["method"] == "update":
            self.tab.evaluate("(changes) => receive(changes)", content["data"]["state"])
        return content["data"]["text/plain"] if msg_type == "execute_result" else ""

    def until(self, code, expected):
        """Wait until a line of Python is this, the tab and the kernel going on."""
        for _ in range(100):
            if (found := self.run(code)) == expected:
                return
            self.tab.wait_for_timeout(50)
        raise AssertionError(f"{code} is {found}, not {expected}")

    @property
    def page(self):
        return self.tab.frames[1]


@pytest.fixture
def open_page(browser, tmp_path):
    yield from open_pages(browser, tmp_path)


@pytest.fixture
def notebook(browser, monkeypatch):
    optional("anywidget")
    optional("ipykernel")
    manager = optional("jupyter_client.manager")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    kernel, client = manager.start_new_kernel(kernel_name="python3")
    complaints = []
    context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True)
    tab = context.new_page()
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda message: complaints.append(message.text))
    yield Notebook(client, tab)
    context.close()
    client.stop_channels()
    kernel.shutdown_kernel(now=True)
    assert complaints == []


def read_page(notebook):
    """The numbers of the page, and of the kernel, by node: [label, op, value, gradient]."""
    numbers = "page.graph.names.map((_, i) => [page.right.values[i], page.right.gradients[i]].map(String))"
    shown = [[float(number) for number in pair] for pair in notebook.page.evaluate(numbers)]
    return shown, eval(notebook.run("read()"), {"nan": float("nan"), "inf": float("inf")})


def assert_same(notebook):
    """The picture's numbers are those of Python."""
    for (value, gradient), (label, op, data, grad) in zip(*read_page(notebook), strict=True):
        assert agree(data, value), (label, op)
        assert op == "constant" or agree(grad, gradient), (label, op)


def number_of(name):
    """A leaf's number, in JavaScript."""
    return f"page.right.values[page.graph.names.indexOf('{name}')]"


def by_hand(w, x, b):
    """L = (tanh(w·x + b) - 1)² + w·w, and its gradients."""
    h = math.tanh(w * x + b)
    down = 2 * (h - 1) * (1 - h * h)
    return [(h - 1) ** 2 + w * w, down * x + 2 * w, down * w, down]


@pytest.mark.filterwarnings("ignore")  # those of Jupyter itself
def test_python_and_the_page_follow_each_other(notebook):
    notebook.run(PROGRAM)
    page = notebook.page
    wait_until(page, "page.channel.port !== null")
    found = "[root.data, w.grad, x.grad, b.grad]"
    assert eval(notebook.run(found)) == pytest.approx(by_hand(-1.5, 2.0, 0.5), rel=1e-12)

    # a number that is changed in Python, and one that is changed on the page
    notebook.run("x.data = 0.7")
    assert page.evaluate("page.leaves") is None
    notebook.run("shown.refresh()")
    wait_until(page, f"{number_of('x')} === 0.7")
    assert eval(notebook.run(found)) == pytest.approx(by_hand(-1.5, 0.7, 0.5), rel=1e-12)
    assert_same(notebook)
    page.fill("[aria-label='Number of w']", "1.25")
    page.press("[aria-label='Number of w']", "Enter")
    notebook.until("w.data", "1.25")
    assert eval(notebook.run(found)) == pytest.approx(by_hand(1.25, 0.7, 0.5), rel=1e-12)
    assert_same(notebook)

    # a number that Python has changed and not shown is not lost when the page changes another one
    notebook.run("b.data = -0.25")
    page.evaluate("for (let i = 1; i <= 40; i++) page.setLeaf(page.graph.names.indexOf('w'), i / 64)")
    notebook.until("w.data, b.data", "(0.625, -0.25)")
    wait_until(page, f"{number_of('b')} === -0.25")
    assert eval(notebook.run(found)) == pytest.approx(by_hand(0.625, 0.7, -0.25), rel=1e-12)
    assert_same(notebook)
    page.click("#reset")
    notebook.until("[w.data, x.data, b.data]", "[-1.5, 2.0, 0.5]")
    for number in ("nan", "inf"):
        notebook.run(f"x.data = float('{number}'); shown.refresh()")
        wait_until(page, f"String({number_of('x')}).slice(0, 3).toLowerCase() === '{number}'")
        assert_same(notebook)
    page.fill("[aria-label='Number of x']", "-0")
    page.press("[aria-label='Number of x']", "Enter")
    notebook.until("x.data", "-0.0")

    # steps
    page.click("#start")
    notebook.until("shown.step", "0")
    notebook.tab.keyboard.press("ArrowRight")
    notebook.until("shown.step", "1")
    notebook.run("shown.step = 9")
    wait_until(page, "page.k === 9")
    notebook.run("shown.step = 1000")
    notebook.until("shown.step", str(page.evaluate("page.run.steps.length")))

    # the node whose ledger stays
    page.click(box("h"))
    notebook.until("shown.pinned", "'h'")
    notebook.run("shown.pinned = w")
    wait_until(page, "byId('ledger-title').textContent === 'Ledger of w'")
    notebook.run("shown.step = 9")
    wait_until(page, "page.k === 9 && page.pinned !== null")
    notebook.run("shown.pinned = None")
    wait_until(page, "page.pinned === null")

    # mistakes; one that is looked for is not given away
    page.select_option("#mistake", "overwrite")
    notebook.until("shown.mistake", "'overwrite'")
    assert_same(notebook)  # what is right, in Python too
    notebook.run("shown.mistake = 'forget_first'")
    wait_until(page, "page.mistake?.name === 'forget_first'")
    notebook.run("shown.mistake = ''")
    wait_until(page, "page.mistake === null")
    page.evaluate("page.startHunt(1)")
    notebook.until("shown.step", str(page.evaluate("page.k")))
    assert notebook.run("shown.mistake") == "''"
    page.click("#give-up")
    notebook.until("shown.mistake", repr(page.evaluate("page.mistake.name")))

    # a quiz is left for a step that Python asks for
    page.evaluate("page.setCover(true)")
    notebook.until("shown.mistake", "''")
    notebook.run("shown.step = 3")
    wait_until(page, "page.quiz === null && page.k === 3")

    # a channel is opened once, and to the frame alone
    page.evaluate("window.port = page.channel.port")
    open_another = "frames[0].postMessage('gradwalk', '*', [new MessageChannel().port1])"
    notebook.tab.evaluate(f"{open_another}; frames[0].postMessage({{ step: 5 }}, '*')")
    notebook.run("shown.step = 4")
    wait_until(page, "page.k === 4 && page.channel.port === port")

    # it is closed and shown again as it is
    notebook.tab.evaluate("() => { stop(); return show(state); }")
    wait_until(notebook.page, f"page.k === 4 && Object.is({number_of('x')}, -0)")


def test_a_page_of_its_own_hears_of_no_channel(open_page):
    tab = open_page(small())
    tab.evaluate("postMessage('gradwalk', '*', [new MessageChannel().port1]); page.go(2)")
    tab.wait_for_timeout(50)
    assert tab.evaluate("page.channel.port") is None


def test_what_cannot_be_set_is_refused_with_what_can():
    error = optional("traitlets").TraitError
    optional("anywidget")
    root = small()
    shown = viz.widget(root)
    for name, given, said in [
        ("pinned", "z", r"pinned: unknown node: 'z' \(one of w, x, b, v1, v2, h"),
        ("pinned", 3, "pinned: expected a Value of the graph or its name, not int"),
        ("pinned", Value(1.0, "x"), "is not a node of this graph"),
        ("mistake", "none", "expected any of .*'overwrite'"),
        ("step", -1, "should not be less than 0"),
        ("numbers", {"x": 1.0}, 'The "numbers" trait is read-only'),
    ]:
        with pytest.raises(error, match=said):
            setattr(shown, name, given)
    assert (shown.step, shown.pinned, shown.mistake) == (0, None, "")
    before = dict(shown.numbers)
    for moved in ({"x": "7.0", "w": "wide"}, {"x": "7.0", "z": "1.0"}):  # from a page of another graph
        with pytest.raises((ValueError, KeyError)):
            shown._moved = [0, moved]
    shown.refresh()
    assert shown.numbers == before
    with pytest.raises(TypeError, match="expected a Value"):
        viz.widget(3.0)


def test_a_saved_notebook_has_the_page_with_its_present_numbers():
    optional("anywidget")
    root = small()
    w, x, _ = (node for node in toposort(root) if node.is_leaf and not node.op)
    x.data = 0.7
    shown = viz.widget(root)
    assert [root.data, w.grad] == pytest.approx(by_hand(-1.5, 0.7, 0.5)[:2], rel=1e-12)  # as from now
    changes = []
    shown.observe(lambda change: changes.append(change.new["w"]), "numbers")
    w.data = 1.25
    shown.refresh()
    assert [root.data, w.grad] == pytest.approx(by_hand(1.25, 0.7, 0.5)[:2], rel=1e-12)
    shown.pinned = w
    assert (changes, shown.pinned) == ([1.25], "w")
    shown.refresh()
    assert changes == [1.25]
    assert repr(shown) == f"Widget(L = {root.data:.4g}: 12 nodes, step 0)"
    bundle, _ = shown._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/html"] == viz.page(root)._repr_html_()
    assert bundle["text/plain"] == repr(shown)
