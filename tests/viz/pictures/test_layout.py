import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from viz import svg
from viz.pictures.columns import arrangements, count_crossings
from viz.pictures.layout import Curve, Layout, fit, lay_out
from viz.pictures.rows import isotonic

Sizes = list[float]
Edges = list[tuple[int, int]]


def random_graph(seed: int) -> tuple[Sizes, Sizes, Edges]:
    """Boxes of all sizes; edges near and far, doubled, and some sources with many uses."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 50))
    widths, heights = rng.uniform(20, 140, count).tolist(), rng.uniform(20, 120, count).tolist()
    edges = []
    for target in range(1, count):
        for _ in range(rng.integers(1, 4) if target < count - 1 else 3):
            near = int(rng.integers(max(0, target - 6), target))
            edges.append((near if rng.random() < 0.7 else int(rng.integers(0, min(target, 3))), target))
    return widths, heights, edges


def sample(points: list[tuple[float, float]]) -> np.ndarray:
    """Points (n, 2) along a curve as it is drawn: from the path data, not from what that is made of."""
    found = []
    t = np.linspace(0, 1, 40)[:, None]
    for command, numbers in re.findall(r"([MHC])([-\d. ]+)", svg.curve(points)):
        values = np.array(numbers.split(), dtype=float)
        if command == "M":
            at = values
        elif command == "H":
            found.append(at + (np.array([values[0], at[1]]) - at) * t)
        else:
            one, two, end = values.reshape(3, 2)
            found.append((1 - t) ** 3 * at + 3 * (1 - t) ** 2 * t * one + 3 * (1 - t) * t**2 * two + t**3 * end)
        at = found[-1][-1] if found else at
    return np.concatenate(found)


def within(points: np.ndarray, box: np.ndarray, border: float = 0.2) -> bool:
    """Whether any of the points lies inside the box (left, top, right, bottom)."""
    return bool(((points > box[:2] + border).all(axis=1) & (points < box[2:] - border).all(axis=1)).any())


def check(layout: Layout, widths: Sizes, heights: Sizes, edges: Edges) -> None:
    """No box overlaps another or leaves the picture; curves join their boxes and cross no other.

    What stands for a leaf is as large as the leaf.
    """
    whole = [*range(len(widths)), *layout.again]
    widths, heights = [widths[box] for box in whole], [heights[box] for box in whole]
    assert [whole[source] for source in layout.sources] == [source for source, _ in edges]
    edges = [(source, target) for source, (_, target) in zip(layout.sources, edges, strict=True)]
    corners, sizes = np.array(layout.boxes), np.column_stack([widths, heights])
    boxes = np.column_stack([corners, corners + sizes])
    assert (corners >= -0.1).all()
    assert (boxes[:, 2:] <= np.array([layout.width, layout.height]) + 0.1).all()
    apart = (boxes[:, None, 2:] < boxes[None, :, :2]).any(axis=2)
    assert (apart | apart.T | np.eye(len(boxes), dtype=bool)).all(), "boxes overlap"
    carried: list[list[tuple[float, float]]] = [[] for _ in edges]
    for curve in layout.curves:
        assert len({edges[e][0] for e in curve.edges}) == 1
        points = sample(curve.points)
        assert points[:, 1].min() >= -0.1
        assert points[:, 1].max() <= layout.height + 0.1
        for box in range(len(boxes)):
            assert not within(points, boxes[box]), f"a curve of {curve.edges} crosses box {box}"
        for e in curve.edges:
            carried[e] += [curve.points[0], curve.points[-1]]
    for (source, target), points, end in zip(edges, carried, layout.ends, strict=True):
        _, top, right, bottom = boxes[source]
        assert any(abs(x - right) < 0.1 and top <= y <= bottom for x, y in points), "an edge does not leave its box"
        left, top, _, bottom = boxes[target]
        assert end in points, "an edge does not arrive"
        assert abs(end[0] - left) < 0.1
        assert top < end[1] < bottom
    for target in range(len(boxes)):
        rows = sorted(end[1] for (_, t), end in zip(edges, layout.ends, strict=True) if t == target)
        assert all(lower - upper > 1.0 for upper, lower in pairwise(rows)), "two edges arrive at one point"


@pytest.mark.parametrize("seed", range(20))
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
    rooms = np.array([(x - 9 - w, y - 13, x - 9, y - 3) for (x, y), w in zip(layout.ends, texts, strict=True)])
    corners = np.array(layout.boxes)
    boxes = np.column_stack([corners, corners + np.column_stack([widths, heights])])
    for others in (boxes, rooms):
        apart = (rooms[:, None, 2:] <= others[None, :, :2] + 0.01).any(axis=2)
        apart |= (others[None, :, 2:] <= rooms[:, None, :2] + 0.01).any(axis=2)
        assert (apart | (np.eye(len(rooms), dtype=bool) if others is rooms else False)).all(), "a text is covered"
    for curve in layout.curves:
        points = sample(curve.points)
        assert not any(within(points, room) for room in rooms), "an edge runs through a text"


@pytest.mark.parametrize("seed", range(12))
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
    assert count_crossings(grid.columns, grid) == 1
    # a ladder can be drawn without crossings
    edges = [(i, i + 2) for i in range(18)] + [(18, 20), (19, 20)]
    best = min(count_crossings(grid.columns, grid) for grid in arrangements(21, edges))
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
