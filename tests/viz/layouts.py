"""What holds of every layout, of Python's and of the one in JavaScript: the checks, and random boxes to lay out."""

import re
from itertools import pairwise

import numpy as np

from viz import svg
from viz.pictures.plan import Layout

Sizes = list[float]
Edges = list[tuple[int, int]]
ROUNDED = 0.16  # by how much what is rounded three times may be off


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


def find_crossed(points: np.ndarray, areas: np.ndarray, border: float = 0.2) -> list[int]:
    """The numbers of the areas (n, 4), each left, top, right and bottom, in which any of the points lies."""
    low, high = points.min(axis=0), points.max(axis=0)
    near = np.flatnonzero(((areas[:, 2:] > low) & (areas[:, :2] < high)).all(axis=1))
    x, y = points.T[:, :, None]
    left, top, right, bottom = areas[near].T
    inside = (x > left + border) & (x < right - border) & (y > top + border) & (y < bottom - border)
    return near[inside.any(axis=0)].tolist()


def find_areas(layout: Layout, widths: Sizes, heights: Sizes) -> np.ndarray:
    """Left, top, right and bottom of every box."""
    corners = np.array(layout.boxes)
    return np.column_stack([corners, corners + np.column_stack([widths, heights])])


def check(layout: Layout, widths: Sizes, heights: Sizes, edges: Edges) -> None:
    """No box overlaps another or leaves the picture; curves join their boxes and cross no other.

    What stands for a leaf is as large as the leaf.
    """
    whole = [*range(len(widths)), *layout.again]
    widths, heights = [widths[box] for box in whole], [heights[box] for box in whole]
    assert [whole[source] for source in layout.sources] == [source for source, _ in edges]
    edges = [(source, target) for source, (_, target) in zip(layout.sources, edges, strict=True)]
    boxes = find_areas(layout, widths, heights)
    assert (boxes >= -0.1).all()
    assert (boxes[:, 2:] <= np.array([layout.width, layout.height]) + ROUNDED).all()
    apart = (boxes[:, None, 2:] < boxes[None, :, :2]).any(axis=2)
    assert (apart | apart.T | np.eye(len(boxes), dtype=bool)).all(), "boxes overlap"
    carried: list[list[tuple[float, float]]] = [[] for _ in edges]
    for curve in layout.curves:
        assert len({edges[e][0] for e in curve.edges}) == 1
        points = sample(curve.points)
        assert points[:, 1].min() >= -0.1
        assert points[:, 1].max() <= layout.height + ROUNDED
        assert points[:, 0].max() <= layout.width + ROUNDED
        crossed = find_crossed(points, boxes)
        assert not crossed, f"a curve of {curve.edges} crosses box {crossed}"
        for e in curve.edges:
            carried[e] += [curve.points[0], curve.points[-1]]
    for (source, target), points, end in zip(edges, carried, layout.ends, strict=True):
        _, top, right, bottom = boxes[source]
        assert any(abs(x - right) < ROUNDED and top <= y <= bottom for x, y in points), "an edge does not leave its box"
        left, top, _, bottom = boxes[target]
        assert end in points, "an edge does not arrive"
        assert abs(end[0] - left) < 0.1
        assert top < end[1] < bottom
    for target in range(len(boxes)):
        rows = sorted(end[1] for (_, t), end in zip(edges, layout.ends, strict=True) if t == target)
        assert all(lower - upper > 1.0 for upper, lower in pairwise(rows)), "two edges arrive at one point"


def check_texts(layout: Layout, widths: Sizes, heights: Sizes, texts: Sizes) -> None:
    """Beside the end of every edge is room for its text, of that length: no box, no edge and no other text is there."""
    rooms = np.array([(x - 9 - w, y - 13, x - 9, y - 3) for (x, y), w in zip(layout.ends, texts, strict=True) if w])
    if not len(rooms):
        return
    for others in (find_areas(layout, widths, heights), rooms):
        apart = (rooms[:, None, 2:] <= others[None, :, :2] + 0.11).any(axis=2)
        apart |= (others[None, :, 2:] <= rooms[:, None, :2] + 0.11).any(axis=2)
        assert (apart | (np.eye(len(rooms), dtype=bool) if others is rooms else False)).all(), "a text is covered"
    for curve in layout.curves:
        assert not find_crossed(sample(curve.points), rooms), "an edge runs through a text"


def count_drawn_crossings(layout: Layout) -> int:
    """How often edges from different boxes cross, as they are drawn: between two columns they change their order."""
    pieces = {
        (layout.sources[curve.edges[0]], x, x2, y, y2)
        for curve in layout.curves
        for (x, y), (x2, y2) in pairwise(curve.points)
        if x2 > x
    }
    crossings = 0
    for start, end in {(x, x2) for _, x, x2, y, y2 in pieces if y != y2}:
        here = {
            (source, y, y2)
            for source, x, x2, y, y2 in pieces
            if (x, x2) == (start, end) or (y == y2 and x <= start and end <= x2)
        }
        source, before, behind = np.array(sorted(here)).T
        turned = np.sign(before[:, None] - before) * np.sign(behind[:, None] - behind) < 0
        crossings += int((turned & (source[:, None] != source)).sum()) // 2
    return crossings
