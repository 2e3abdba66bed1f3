"""Plots gradient descent on a curve and on contours, and the loss around the weights of a model."""

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import record
from engine.arrays import refuse_masked
from engine.numbers import write_count
from engine.value import Value
from viz.figures.axes import add_legend, find_colour, find_ink, name_axes, new_axes, round_ticks, write_plain

Array = NDArray[np.float64]
LEVELS = 18


def descent_curve(function: Callable[[float], Any], path: Sequence[float], *, ax: Any = None, label: str = "") -> Any:
    """Plot a function of one number and the steps of a descent on it.

    function   a function from a number to a number or a Value
    path       the position before each step and at the end, (steps + 1,)
    label      of the path, such as "learning rate 0.1"
    """
    steps = _read_path(path, 1)[:, 0]
    ax = new_axes() if ax is None else ax
    number = sum(line.get_gid() == "descent" for line in ax.lines)
    seen = [end for line in ax.lines if line.get_gid() == "descent" for end in line.get_xdata()]
    low, high = float(min([*steps, *seen])), float(max([*steps, *seen]))
    room = 0.15 * (high - low) or 1.0
    x = np.linspace(low - room, high + room, 300)
    for line in [line for line in ax.lines if line.get_gid() == "function"]:
        line.remove()  # the new path may reach farther
    look = {"color": find_ink(), "linewidth": 1.3, "gid": "function", "zorder": 1}
    ax.plot(x, [_number(function(each)) for each in x.tolist()], **look)
    heights = [_number(function(each)) for each in steps.tolist()]
    _draw_steps(ax, steps, np.array(heights), number, label)
    name_axes(ax, "parameter", "loss", "Gradient descent")
    ax.grid(alpha=0.3)
    return ax


def descent_contour(
    function: Callable[[float, float], Any], path: Any, *, ax: Any = None, label: str = "", resolution: int = 80
) -> Any:
    """Plot a function of two numbers as contour lines and the steps of a descent on it.

    function   a function from two numbers to a number or a Value
    path       the position before each step and at the end, (steps + 1, 2)
    label      of the path, such as "learning rate 0.1"
    """
    steps = _read_path(path, 2)
    ax = new_axes() if ax is None else ax
    number = sum(line.get_gid() == "descent" for line in ax.lines)
    if not number:
        low, high = steps.min(axis=0), steps.max(axis=0)
        room = np.maximum(0.2 * (high - low), 0.2 * (high - low).max() or 1.0)
        axes = [np.linspace(a, b, resolution) for a, b in zip(low - room, high + room, strict=True)]
        heights = np.array([[_number(function(x, y)) for x in axes[0].tolist()] for y in axes[1].tolist()])
        _draw_contours(ax, axes[0], axes[1], heights)
    _draw_steps(ax, steps[:, 0], steps[:, 1], number, label)
    name_axes(ax, "first parameter", "second parameter", "Gradient descent")
    return ax


def loss_surface(
    loss: Callable[[], Any],
    parameters: Sequence[Value],
    *,
    ax: Any = None,
    reach: float = 1.0,
    resolution: int = 21,
    seed: int = 0,
) -> Any:
    """Plot the loss around the current parameters, along two random directions; see `measure_surface`."""
    ax = new_axes() if ax is None else ax
    offsets, heights = measure_surface(loss, parameters, reach=reach, resolution=resolution, seed=seed)
    _draw_contours(ax, offsets, offsets, heights)
    ax.plot(0, 0, "*", color="black", markeredgecolor="white", markersize=13, label="the weights now", linestyle="none")
    name_axes(ax, "along one random direction", "along another", "The loss around the weights")
    add_legend(ax, below=True, fontsize=9)
    return ax


def measure_surface(
    loss: Callable[[], Any], parameters: Sequence[Value], *, reach: float = 1.0, resolution: int = 21, seed: int = 0
) -> tuple[Array, Array]:
    """Offsets (resolution,), and the loss (resolution, resolution) at each pair; rows follow the second direction.

    loss         a function of no arguments that returns a number or a Value. It is recorded, if it can be, and called a
                 few times; else resolution² times
    parameters   the Values to move; they are restored afterwards
    reach        the largest offset; 1 moves the weights of each neuron by their own norm

    The directions are scaled neuron by neuron, as in Li et al., "Visualizing the loss landscape of neural nets", 2018.
    """
    leaves = list(parameters)
    if not leaves or not all(isinstance(leaf, Value) and not leaf.operands for leaf in leaves):
        raise TypeError("parameters must be leaf Values, at least one")
    if isinstance(resolution, bool) or not isinstance(resolution, int) or resolution < 2 or not 0 < reach < math.inf:
        raise ValueError(
            f"a resolution of at least 2 and a positive reach are needed, not {resolution!r} and {reach!r}"
        )
    before = np.array([leaf.data for leaf in leaves])
    generator = np.random.default_rng(seed)
    first, second = (_direction(leaves, before, generator) for _ in range(2))
    offsets = reach * np.linspace(-1, 1, resolution)
    points = [before + np.outer(offsets, first) + up * second for up in offsets.tolist()]
    heights = _replay(loss, leaves, points)
    return offsets, np.array([_compute(loss, leaves, row) for row in points]) if heights is None else heights


def _replay(loss: Callable[[], Any], leaves: list[Value], points: list[Array]) -> Array | None:
    """The losses at rows of points by a tape; None if it cannot have them, or has others than the function."""
    with suppress(TypeError, ValueError):
        tape = record(lambda *_: loss(), leaves)
        heights = np.array([tape.forward(row) for row in points])
        some = [0, len(points) // 2, -1]
        expected = _compute(loss, leaves, np.array([points[index][index] for index in some]))
        if np.allclose(heights[some, some], expected, 1e-9, 1e-9, equal_nan=True):
            return heights
    return None


def _compute(loss: Callable[[], Any], leaves: list[Value], points: Array) -> Array:
    """The losses at points, one after another; the leaves are restored afterwards."""
    before = [leaf.data for leaf in leaves]
    heights = []
    try:
        for point in points.tolist():
            for leaf, number in zip(leaves, point, strict=True):
                leaf.data = number
            heights.append(_number(loss()))
    finally:
        for leaf, number in zip(leaves, before, strict=True):
            leaf.data = number
    return np.array(heights)


def _direction(leaves: list[Value], numbers: Array, generator: np.random.Generator) -> Array:
    """A random direction; its part for each neuron has the norm of the neuron's own numbers."""
    direction = generator.normal(size=len(leaves))
    groups: dict[str, list[int]] = {}
    for index, leaf in enumerate(leaves):
        groups.setdefault(leaf.label.rpartition(".")[0], []).append(index)
    for group in groups.values():
        direction[group] *= np.linalg.norm(numbers[group]) / np.linalg.norm(direction[group])
    return direction


def _read_path(path: Any, width: int) -> Array:
    refuse_masked("path", path)
    steps = np.asarray([[each] if np.ndim(each) == 0 else each for each in path], float)
    if steps.ndim != 2 or steps.shape[1] != width:
        raise ValueError(
            f"a path of at least one step with {write_count(width, 'number')} each is needed, not {steps.shape}"
        )
    if not np.isfinite(steps).all():
        first = int(np.flatnonzero(~np.isfinite(steps).all(axis=1))[0])
        raise ValueError(f"step {first} of the path is not finite: the descent diverged; pass the steps before it")
    return steps


def _draw_steps(ax: Any, x: Array, y: Array, number: int, label: str) -> None:
    """Draw the steps as a line with arrows, with a ring at the start."""
    colour = find_colour(number + 1)
    marker = "osD^v"[number % 5]
    look = {"color": colour, "marker": marker, "markersize": 4.5, "linewidth": 1.2}
    ax.plot(x, y, label=write_plain(label) or None, gid="descent", zorder=3, **look)
    for i in range(min(len(x) - 1, 12)):
        if math.hypot(x[i + 1] - x[i], y[i + 1] - y[i]) > 0:
            ends = {"xy": (x[i + 1], y[i + 1]), "xytext": (x[i], y[i])}
            ax.annotate("", **ends, arrowprops={"arrowstyle": "->", "color": colour, "linewidth": 1.2})
    ring = {"marker": "o", "markersize": 10, "markerfacecolor": "white", "markeredgewidth": 1.0, "linestyle": "none"}
    ax.plot(x[:1], y[:1], color=colour, zorder=4, **ring)
    if label:
        add_legend(ax, below=True, fontsize=9)


def _draw_contours(ax: Any, x: Array, y: Array, heights: Array) -> None:
    from matplotlib.colors import LogNorm

    finite = heights[np.isfinite(heights)]
    if not finite.size:
        raise ValueError("the function is not finite anywhere around the path")
    low, high = float(finite.min()), float(finite.max())
    logarithmic = low > 0 and high / low > 100
    levels = np.geomspace(low, high, LEVELS) if logarithmic else np.linspace(low, high, LEVELS)
    if (np.diff(levels) <= 0).any():  # constant but for rounding
        levels = np.linspace(low, low + max(1.0, abs(low)), LEVELS)
    scale = {"norm": LogNorm(low, high)} if logarithmic else {}
    shown = np.where(np.isfinite(heights), heights, np.nan)
    shade = ax.contourf(x, y, shown, levels=levels, cmap="Blues", alpha=0.75, **scale)
    ax.contour(x, y, shown, levels=levels, colors="black", linewidths=0.4, alpha=0.6)
    ax.xaxis.set_major_locator(round_ticks())
    ticks = levels[:: LEVELS // 6]
    bar = ax.figure.colorbar(shade, ax=ax, label="loss (log scale)" if logarithmic else "loss", ticks=ticks)
    bar.ax.set_yticks(ticks, [f"{tick:.3g}" for tick in ticks])
    bar.ax.minorticks_off()


def _number(result: Any) -> float:
    return result.data if isinstance(result, Value) else float(result)
