"""How fast the page is: a step and a drag among 300 nodes, and opening 3,000 nodes, in headless Chromium.

    python benchmarks/page.py

Needs playwright and a Chromium: the one named by the environment variable CHROMIUM, or /usr/bin/chromium.
"""

import os
import tempfile
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

from playwright.sync_api import Page as Tab
from playwright.sync_api import sync_playwright

import engine
from engine import Value
from viz.pages.page import page

STEP, DRAG, OPENING, SIZE = 16.0, 32.0, 1.0, 1_000_000  # ms, ms, s, bytes: what they are to stay below
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]

ROUNDS = 3  # of which each step counts with its fastest, since other programs run as well
MOST_STEPS = 600  # around the turn, where a graph has more

# Each step once, timed with the style and layout that follow from it.
WALK = """([first, last]) => {
    const times = [];
    page.go(first);
    document.body.getBoundingClientRect();
    for (let k = first + 1; k <= last; k++) {
        const before = performance.now();
        page.go(k);
        document.body.getBoundingClientRect();
        times.push(performance.now() - before);
    }
    return times;
}"""
# A leaf dragged to 60 places, all boxes having their gradients; as the page opens, and with all of it in sight.
DRAG_LEAF = """([fit]) => {
    const times = [];
    page.go(Infinity);
    if (fit) page.scene.fit();
    for (let i = 0; i < 60; i++) {
        const before = performance.now();
        page.setLeaf(page.graph.leaves[0], Math.sin(i));
        document.body.getBoundingClientRect();
        times.push(performance.now() - before);
    }
    page.resetLeaves();
    return times.sort((a, b) => a - b);
}"""
OPENED = "performance.getEntriesByType('navigation')[0].loadEventEnd"


def network(inputs: int, widths: list[int]) -> Value:
    """The squared error of a tanh network written out in + and *, with the labels that networks of `nn` have."""
    values = [Value(((7 * i) % 11 - 5) / 5, f"x{i}") for i in range(inputs)]
    for layer, width in enumerate(widths):
        outputs = []
        for neuron in range(width):
            scope = f"layers[{layer}].neurons[{neuron}]"
            total = Value(0.1, f"{scope}.bias")
            for i, value in enumerate(values):
                total = total + Value(((3 * i + 5 * neuron + layer) % 13 - 6) / 9, f"{scope}.weights[{i}]") * value
            outputs.append(total.tanh())
        values = outputs
    loss = (values[0] - 1.0) ** 2
    loss.label = "loss"
    return loss


def measure(tab: Tab, root: Value, folder: Path) -> None:
    nodes = len(engine.toposort(root))
    before = time.perf_counter()
    made = page(root)
    making = time.perf_counter() - before
    path = folder / "page.html"
    made.save(path)
    tab.goto(path.as_uri())
    opening = tab.evaluate(OPENED) / 1000
    views = tab.evaluate("page.scene.views.map((view) => `${view.title} ${view.plane.boxes.length}`)")
    print(f"{nodes:,} nodes: made in {making:.2f} s, {len(made.html.encode()):,} bytes, opened in {opening:.2f} s")
    print(f"  views (boxes): {', '.join(views)}; shown first: {tab.evaluate('page.scene.view.title')}")
    for view in tab.evaluate("page.scene.views.map((view) => view.key)"):
        if len(views) > 1:
            tab.select_option("#view", view)
        steps = tab.evaluate("page.run.steps.length")
        first = max(min(nodes - MOST_STEPS // 2, steps - MOST_STEPS), 0)
        rounds = [tab.evaluate(WALK, [first, min(first + MOST_STEPS, steps)]) for _ in range(ROUNDS)]
        times = sorted(min(each) for each in zip(*rounds, strict=True))
        drags = {
            words: tab.evaluate(DRAG_LEAF, [fit]) for words, fit in (("as it opens", False), ("all in sight", True))
        }
        print(f"  {view}: {len(times):,} steps, {tell(times, STEP)}")
        for words, times in drags.items():
            print(f"    a drag, {words}: {tell(times, DRAG)}")


def tell(times: list[float], limit: float) -> str:
    """Sorted times in milliseconds, and how many of them are below the limit."""
    below = sum(time < limit for time in times) / len(times)
    middle, late = times[len(times) // 2], times[len(times) * 95 // 100]
    return f"median {middle:.1f} ms, 95 % {late:.1f}, slowest {times[-1]:.1f}; {below:.1%} below {limit:.0f} ms"


def main() -> None:
    ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter).parse_args()
    limits = f"{STEP:.0f} ms a step, {DRAG:.0f} ms a drag and {SIZE:,} bytes at 300 nodes"
    print(f"to stay below: {limits}, {OPENING:.0f} s to open 3,000 nodes")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=ARGUMENTS
        )
        tab = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True).new_page()
        for inputs, widths in ((3, [9, 6, 1]), (10, [31, 20, 1])):
            measure(tab, network(inputs, widths), Path(folder))
        browser.close()


if __name__ == "__main__":
    main()
