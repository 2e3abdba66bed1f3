"""Pages in a browser: what the tests of the page share."""

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from engine import Value, dot, toposort
from engine.numbers import CONSTANT
from viz.pages.page import _nodes, page
from viz.words.words import name_graph

# Until the page is laid out: before its second frame nobody sees it.
LAID_OUT = "new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))"


def open_pages(browser: Any, folder: Path) -> Iterator[Callable[..., Any]]:
    """A function that opens the page of a graph, offline; in the end nothing was requested and nothing complained.

    The page is taken to its last step, unless it is to `begin` where it opens.
    """
    contexts, requests, complaints = [], [], []

    def open_page(root, width=1280, height=720, begin=False, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True, **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        tab = context.new_page()
        path = folder / "page.html"
        page(root).save(path)
        tab.on("request", lambda request: requests.append(request.url))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("dialog", lambda dialog: complaints.append(dialog.message))
        tab.goto(path.as_uri())
        tab.evaluate(LAID_OUT)
        if not begin:
            tab.evaluate("page.go(Infinity)")
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


def weighted(steps=20):
    """y = sigmoid(w19·…sigmoid(w0·x)): a chain of more than sixty boxes."""
    y = Value(0.5, "x")
    for i in range(steps):
        y = (y * Value(1 + i / 10, f"w{i}")).sigmoid()
    y.label = "y"
    return y


def network(inputs=2, widths=(3, 1)):
    """A tanh network with the labels that networks have, of so many inputs or of these numbers."""
    values = [Value((i + 1) / 4, f"x{i}") for i in range(inputs)] if isinstance(inputs, int) else inputs
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


def exported(root, blank=False):
    """The nodes as the page holds them; `blank`: without the numbers that are to be computed."""
    nodes = _nodes(name_graph(root))
    for node in nodes:
        if blank and node[2]:
            node[3], node[4] = "nan", []
    return nodes


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


def wait_until(tab, condition):
    for _ in range(100):
        if tab.evaluate(condition):
            return
        tab.wait_for_timeout(50)
    raise AssertionError(f"never came true: {condition}")


def typeset(text):
    """A formula as the page sets it."""
    return text.replace("-", "−").replace("*", "·")


def position(tab):
    return tab.inner_text("#position").replace(" ", "")


def box(name):
    return f'#graph .box:not(.outside):has(> title:text-matches("^{re.escape(name)}, "))'.replace("\\", "\\\\")


def label(tab, selector):
    """What a box is called."""
    return tab.locator(f"{selector} > title").text_content()
