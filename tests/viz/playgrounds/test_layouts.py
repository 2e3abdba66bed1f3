"""The layout in JavaScript shows what Python's shows, and passes the same checks."""

import pytest

from engine import Value
from tests.viz.playgrounds.layouts import check_plane, open_layout, read_nodes, read_views, run, show_views
from viz.pages.arrangement import ROOM


@pytest.fixture(scope="module")
def tab(browser):
    return open_layout(browser)


def test_both_layouts_pass_the_same_checks_on_the_same_graphs(tab):
    tallies = run(tab, 42, 0, 3)
    assert [failure for tally in tallies.values() for failure in tally.failures] == []
    assert sum(tally.graphs for tally in tallies.values()) == 42
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
