import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.conftest import tries
from tests.viz.layouts import check, check_texts, random_graph, sample
from viz.pictures.coordinates import isotonic
from viz.pictures.layout import fit, lay_out
from viz.pictures.plan import Curve
from viz.pictures.ranks import arrangements, count_crossings


@pytest.mark.parametrize("seed", range(tries(20, 5)))
def test_random_graphs(seed: int) -> None:
    widths, heights, edges = random_graph(seed)
    check(lay_out(widths, heights, edges), widths, heights, edges)


@pytest.mark.parametrize("seed", range(6))
def test_texts_have_room_of_their_own(seed: int) -> None:
    widths, heights, edges = random_graph(seed)
    uses = [sum(target == box for _, target in edges) for box in range(len(widths))]
    heights = [max(height, 13.0 * use + 5) for height, use in zip(heights, uses, strict=True)]
    texts = np.random.default_rng(seed).uniform(10, 60, len(edges)).tolist()
    layout = lay_out(widths, heights, edges, [(text, 13.0) for text in texts])
    check(layout, widths, heights, edges)
    check_texts(layout, widths, heights, texts)


@pytest.mark.parametrize("seed", range(tries(12, 3)))
def test_random_graphs_in_rows(seed: int) -> None:
    widths, heights, edges = random_graph(seed)
    whole = lay_out(widths, heights, edges)
    width = max(whole.width / 3, 500.0)
    layout = lay_out(widths, heights, edges, width=width)
    check(layout, widths, heights, edges)
    assert layout.width <= max(whole.width, width)
    targets = {target for _, target in edges}
    assert not targets.intersection(layout.again)  # operations are drawn once
    again = lay_out(widths, heights, edges, width=width)
    assert again == layout


def test_steeper_curves_before_another_row() -> None:
    edges = [(i, 12 + k) for i in range(12) for k in range(12)] + [(12 + k, 24) for k in range(12)]
    sizes = [100.0] * 25, [110.0] * 25
    whole = lay_out(*sizes, edges)
    layout = lay_out(*sizes, edges, width=whole.width - 100.0)
    check(layout, *sizes, edges)
    assert layout.width <= whole.width - 100.0
    assert layout.height == whole.height
    assert lay_out(*sizes, edges, width=whole.width - 150.0).height > whole.height


def test_a_chain_is_read_like_text() -> None:
    edges = [(i, i + 1) for i in range(20)]
    layout = lay_out([100.0] * 21, [40.0] * 21, edges, width=600.0)
    check(layout, [100.0] * 21, [40.0] * 21, edges)
    assert layout.width <= 600.0
    rows = sorted({y for _, y in layout.boxes})
    assert len(rows) == 5
    assert layout.boxes == sorted(layout.boxes, key=lambda at: (at[1], at[0]))  # row by row, from the left
    crossing = [curve.points for curve in layout.curves if curve.points[0][1] != curve.points[-1][1]]
    assert len(crossing) == 4
    for points in crossing:  # out to the right of all boxes, back between the rows, in to the left of all
        xs = [x for x, _ in points]
        assert max(xs) > max(x + 100.0 for x, _ in layout.boxes)
        assert min(xs) < min(x for x, _ in layout.boxes)
        assert len(points) == 6


def test_what_goes_on_into_the_next_row_keeps_its_order() -> None:
    # three chains side by side, joined at the end
    edges = [(i, i + 3) for i in range(27)] + [(i, 30) for i in (27, 28, 29)]
    layout = lay_out([100.0] * 31, [40.0] * 31, edges, width=600.0)
    check(layout, [100.0] * 31, [40.0] * 31, edges)
    lines = [sample(curve.points) for curve in layout.curves if len(curve.points) == 6]
    assert len(lines) % 3 == 0
    for i, one in enumerate(lines):
        for other in lines[:i]:
            assert np.hypot(*(one[:, None] - other[None]).transpose(2, 0, 1)).min() > 3.0


def test_a_leaf_that_several_rows_use_stands_in_each() -> None:
    edges = [(i, i + 1) for i in range(1, 21)] + [(0, i) for i in range(2, 22)]
    layout = lay_out([100.0] * 22, [40.0] * 22, edges, width=600.0)
    check(layout, [100.0] * 22, [40.0] * 22, edges)
    assert set(layout.again) == {0}
    assert len(layout.again) + 1 == len({round(layout.boxes[s][1]) for s in layout.sources[20:]})


def test_a_room_is_filled() -> None:
    edges = [(i, i + 1) for i in range(20)]
    widths, heights = [100.0] * 21, [40.0] * 21
    layout = fit(widths, heights, edges, None, (800.0, 450.0))
    assert layout.width <= 800.0
    assert layout.height <= 450.0
    short = lay_out(widths[:4], heights[:4], edges[:3])
    assert fit(widths[:4], heights[:4], edges[:3], None, (800.0, 450.0)) == short


def test_a_picture_is_turned() -> None:
    widths, heights, edges = random_graph(3)
    right = lay_out(heights, widths, edges)
    down = right.turn()
    assert (down.width, down.height) == (right.height, right.width)
    assert [(y, x) for x, y in down.boxes] == right.boxes
    for source, target in edges:
        assert down.boxes[source][1] + heights[source] < down.boxes[target][1]


def test_the_check_rejects_bad_rows() -> None:
    edges = [(i, i + 1) for i in range(20)]
    sizes = [100.0] * 21, [40.0] * 21
    good = lay_out(*sizes, edges, width=600.0)
    curve = next(curve for curve in good.curves if len(curve.points) == 6)
    straight = replace(curve, points=[curve.points[0], curve.points[-1]])
    with pytest.raises(AssertionError, match="crosses box"):
        check(replace(good, curves=[straight if each is curve else each for each in good.curves]), *sizes, edges)


def test_the_check_rejects_bad_layouts() -> None:
    widths, heights, edges = [50.0] * 4, [30.0] * 4, [(0, 1), (1, 2), (0, 3), (2, 3)]
    good = lay_out(widths, heights, edges)
    check(good, widths, heights, edges)
    middle = good.boxes[1][0] + 25, good.boxes[1][1] + 15
    through = [Curve([good.curves[0].points[0], middle, good.curves[0].points[-1]], good.curves[0].edges)]
    for bad in (
        replace(good, boxes=[good.boxes[1], *good.boxes[1:]]),
        replace(good, boxes=[(-30.0, -30.0), *good.boxes[1:]]),
        replace(good, height=good.height - 20),
        replace(good, curves=[*through, *good.curves[1:]]),
        replace(good, curves=good.curves[1:]),
        replace(good, ends=good.ends[::-1]),
    ):
        with pytest.raises(AssertionError):
            check(bad, widths, heights, edges)


def test_boxes_stand_just_before_their_first_use() -> None:
    # 0 -> 1 -> 2 -> 4, and 3 is used by 4 only: it stands beside 2, not beside 0
    layout = lay_out([40.0] * 5, [20.0] * 5, [(0, 1), (1, 2), (2, 4), (3, 4)])
    assert layout.boxes[3][0] == layout.boxes[2][0]


def test_operands_stand_in_their_order() -> None:
    layout = lay_out([40.0] * 6, [20.0] * 6, [(0, 4), (1, 4), (2, 4), (3, 5), (4, 5)])
    rows = [y for _, y in layout.boxes]
    assert rows[0] < rows[1] < rows[2]
    assert layout.curves[1].points[0][1] == layout.curves[1].points[-1][1]  # the middle one is straight


def test_a_chain_is_straight() -> None:
    layout = lay_out([40.0] * 30, [20.0] * 30, [(i, i + 1) for i in range(29)])
    assert layout.height == 20.0
    assert all(len({y for _, y in curve.points}) == 1 for curve in layout.curves)


def test_a_trunk_is_straight_and_drawn_once() -> None:
    # box 0 is used by every second box of a chain, as a weight of a recurrent network is
    edges = [(i, i + 1) for i in range(1, 21)] + [(0, i) for i in range(2, 22, 2)]
    layout = lay_out([40.0] * 22, [20.0] * 22, edges)
    check(layout, [40.0] * 22, [20.0] * 22, edges)
    trunk = [curve for curve in layout.curves if len(curve.edges) > 1]
    rows = {round(y, 1) for curve in trunk for _, y in curve.points}
    assert len(trunk) == 8  # ten uses: the first needs no trunk, the last is its end
    assert len(rows) == 1
    stretches = sorted((curve.points[0][0], curve.points[-1][0]) for curve in trunk)
    assert all(end <= start + 0.1 for (_, end), (start, _) in pairwise(stretches))


def test_both_edges_of_a_product_with_itself() -> None:
    layout = lay_out([40.0, 40.0], [40.0, 40.0], [(0, 1), (0, 1)])
    first, second = layout.curves
    assert (first.edges, second.edges) == ((0,), (1,))
    rows = [y for curve in layout.curves for _, y in curve.points]
    assert rows[0] == rows[1]
    assert rows[2] == rows[3]
    assert rows[2] - rows[0] >= 8


def test_crossings_are_counted_and_few() -> None:
    # K(2,2) between two columns crosses once in any order
    grid = next(arrangements(5, [(0, 2), (0, 3), (1, 2), (1, 3), (2, 4), (3, 4)]))
    assert count_crossings(grid.ranks, grid) == 1
    # a ladder can be drawn without crossings
    edges = [(i, i + 2) for i in range(18)] + [(18, 20), (19, 20)]
    best = min(count_crossings(grid.ranks, grid) for grid in arrangements(21, edges))
    assert best == 0


def test_isotonic_against_a_search() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        wanted, weights = rng.normal(size=6), rng.uniform(0.1, 2, 6)
        found = np.array(isotonic(wanted.tolist(), weights.tolist()))
        assert (np.diff(found) >= -1e-12).all()
        cost = (weights * (found - wanted) ** 2).sum()
        for _ in range(300):  # no ascending sequence is nearer
            other = np.sort(found + rng.normal(scale=0.1, size=6))
            assert (weights * (other - wanted) ** 2).sum() >= cost - 1e-12


def test_a_single_box() -> None:
    layout = lay_out([30.0], [20.0], [])
    assert (layout.width, layout.height, layout.boxes, layout.curves) == (30.0, 20.0, [(0.0, 0.0)], [])


@pytest.mark.parametrize("edge", [(1, 0), (0, 0), (0, 2), (-1, 1)])
def test_bad_edges(edge: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=re.escape(f"not {edge[0]} -> {edge[1]}")):
        lay_out([10.0, 10.0], [10.0, 10.0], [edge])
