"""The layout in JavaScript shows what Python's shows, and passes the same checks."""

import pytest

from engine import Value
from tests.graphs import random_graph
from tests.viz.pages.pages import network
from tests.viz.playgrounds.layouts import (
    chain,
    check_plane,
    open_layout,
    read_nodes,
    read_views,
    recurrent,
    run,
    show_views,
)
from viz.pages.arrangement import ROOM
from viz.playgrounds.playground import playground


@pytest.fixture(scope="module")
def tab(browser):
    return open_layout(browser)


def test_both_layouts_pass_the_same_checks_on_the_same_graphs(tab):
    tallies = run(tab, 28, 0, 4)
    assert [failure for tally in tallies.values() for failure in tally.failures] == []
    assert sum(tally.graphs for tally in tallies.values()) == 28
    ours, theirs = (sum(tally.crossings[side] for tally in tallies.values()) for side in (0, 1))
    assert theirs < 1.1 * ours
    ours, theirs = (sum(tally.heights[side] for tally in tallies.values()) for side in (0, 1))
    assert theirs < 1.1 * ours


def test_the_same_graph_gives_the_same_picture(tab):
    given = read_nodes(Value(2.0, "a") * Value(3.0, "b") + 1)
    first, second = (
        [show_views(found["views"], found["insides"]), found["views"]] for found in read_views(tab, [given, given])
    )
    assert first == second


def test_what_is_too_long_is_read_in_rows(tab):
    value = Value(2.0, "x")
    for _ in range(20):
        value = value.sigmoid()
    (found,) = read_views(tab, [read_nodes(value)])
    layout = check_plane(found["views"][0]["plane"])
    assert layout.width <= ROOM[0]
    assert layout.height <= 1.05 * ROOM[1]
    assert len({y for _, y in layout.boxes}) > 2
    bad = found["views"][0]["plane"]
    bad["boxes"][3]["x"] += 30
    with pytest.raises(AssertionError):
        check_plane(bad)


# Lays out graphs on the page, and tells which texts stand outside their box in any of the views.
OUTSIDE = """(graphs) => graphs.flatMap(([nodes, parts, narrower]) => {
    const read = readViews(nodes, parts);
    for (const box of read.views[0].plane.boxes) box.w -= narrower;
    openGraph({ ...read, nodes, ramp: shell.data.ramp, listings: [], places: [] });
    return read.views.flatMap((view) => {
        page.setView(view.key, true);
        page.go(Infinity);
        return [...document.querySelectorAll("#graph .box")].flatMap((box) => {
            const body = box.querySelector(".body").getBoundingClientRect();
            const texts = [...box.querySelectorAll("text")].filter((text) => text.textContent);
            return texts.filter((text) => {
                const { left, right, top, bottom } = text.getBoundingClientRect();
                return left < body.left || right > body.right || top < body.top - 1 || bottom > body.bottom + 1;
            }).map((text) => text.textContent);
        });
    });
})"""


def test_no_text_stands_outside_its_box(browser):
    wide = Value(-1.23456e-7, "W" * 30) * Value(1234.5678, "layers[0].neurons[10].weights[123]") + Value(1.0, "名前")
    roots = [network(2, (4, 4, 1)), chain(8), recurrent(1, 1), random_graph(7, size=20).root, wide]
    given = [[*read_nodes(root), 0] for root in roots]
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    tab = context.new_page()
    tab.set_content(playground().html)
    assert tab.evaluate(OUTSIDE, given) == []
    assert tab.evaluate(OUTSIDE, [[*read_nodes(roots[0]), 70]]) != []
    context.close()
