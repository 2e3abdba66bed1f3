"""Plots the decision boundaries of a model in the plane of its two inputs."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.arrays import read_array
from engine.teaching.debug import MACHINERY, warn_outside
from viz.figures.axes import COLOURS, MARKERS, add_legend, name_axes, new_axes, round_ticks, write_plain

Array = NDArray[np.float64]
Predict = Callable[[Array], Any]
MACHINERY.add(os.path.dirname(os.path.dirname(__file__)))  # a warning is at the line that called viz
SHADES = 14  # levels; an even number puts a band on each side of white


def decision_boundary(
    predict: Predict,
    X: Array,
    y: NDArray[Any],
    *,
    ax: Any = None,
    threshold: float = 0.0,
    resolution: int = 60,
) -> Any:
    """Plot points of two or more classes over the outputs of a model as shade, with the lines between the classes.

    predict      a function from rows (n, 2) to outputs: (n,) for two classes, or (n, classes), where the largest wins
    X, y         points (n, 2) and their classes (n,), as numbers; their ascending order is that of the outputs, so that
                 every class needs a point
    threshold    the output that separates two classes: 0 for logits; 0.5 for probabilities, and for answers 0 and 1
    resolution   points of the grid along each axis
    """
    X, y = read_array("X", X, float), read_array("y", y)
    classes = np.unique(y)
    if X.ndim != 2 or X.shape[1] != 2 or len(X) != len(y) or len(classes) < 2:
        raise ValueError(
            f"X must be (n, 2) and y (n,) with two classes or more, not {X.shape}, {y.shape}, {len(classes)} classes; "
            "if the model has more inputs, plot the outputs over two of them"
        )
    if not (np.isfinite(X).all() and (classes == classes).all()):
        raise ValueError("X and y must be finite: leave out the points of which a number is missing")
    across, up, outputs = measure_boundary(predict, X, resolution)
    count = 1 if outputs.ndim == 2 else len(outputs)
    if count not in ((1, 2) if len(classes) == 2 else (len(classes),)):
        few = "; every output needs a point of its class" * (count > len(classes))
        raise ValueError(f"{len(classes)} classes need {len(classes)} outputs for each row, not {count}{few}")
    if not np.isfinite(outputs).all():
        place = np.argwhere(~np.isfinite(outputs))[0][-2:]
        raise ValueError(f"an output is not finite, at x1 = {across[*place]:.4g}, x2 = {up[*place]:.4g}")
    if outputs.ndim == 2:
        warn_of_threshold(outputs, classes, threshold)
    ax = new_axes() if ax is None else ax
    if outputs.ndim == 2:
        _shade_output(ax, across, up, outputs, threshold)
    else:
        _shade_classes(ax, across, up, outputs)
    for number, name in enumerate(classes):
        marker, colour = MARKERS[number % len(MARKERS)], COLOURS[number % len(COLOURS)]
        look = {"marker": marker, "s": 32, "color": colour, "edgecolor": "white", "linewidth": 0.7}
        ax.scatter(*X[y == name].T, **look, label=write_plain(f"class {name}"))
    name_axes(ax, "x1", "x2", "Decision boundary")
    add_legend(ax, below=True)
    return ax


def warn_of_threshold(outputs: Array, classes: Array, threshold: float) -> None:
    """Warn if the outputs for two classes seem to be probabilities, and the threshold is 0."""
    if len(classes) == 2 and threshold == 0 <= outputs.min() < outputs.max() <= 1:
        text = "the outputs are from 0 to 1, as probabilities are, so the threshold 0 separates nothing"
        warn_outside(f"{text}: threshold=0.5 shows where they are 1/2")


def measure_boundary(predict: Predict, X: Array, resolution: int = 60) -> tuple[Any, Any, Any]:
    """The numbers that `decision_boundary` draws: a grid around the points X, and the outputs on it.

    Returns x1, x2 and the outputs, each (resolution, resolution); several outputs have one more axis, the first.
    """
    low, high = X.min(axis=0), X.max(axis=0)
    room = np.where(high > low, 0.1 * (high - low), np.maximum(0.1 * np.abs(low), 1.0))  # of points in a row, too
    low, high = low - room, high + room
    across, up = np.meshgrid(np.linspace(low[0], high[0], resolution), np.linspace(low[1], high[1], resolution))
    outputs = read_array("predict(X)", predict(np.column_stack([across.ravel(), up.ravel()])), float).T
    several = outputs.ndim == 2 and len(outputs) > 1
    return across, up, outputs.reshape(-1, *across.shape) if several else outputs.reshape(across.shape)


def _shade_output(ax: Any, across: Any, up: Any, output: Any, threshold: float) -> None:
    """Shade in the colour of the second class above the threshold, of the first below it; white at the threshold."""
    from matplotlib.colors import LinearSegmentedColormap

    reach = max(float(np.abs(output - threshold).max()), 1e-12)
    levels = np.linspace(threshold - reach, threshold + reach, SHADES)
    hues = LinearSegmentedColormap.from_list("classes", [_tint(COLOURS[0]), "white", _tint(COLOURS[1])])
    shade = ax.contourf(across, up, output, levels=levels, cmap=hues)
    ax.figure.colorbar(shade, ax=ax, label="output", ticks=round_ticks())
    if output.min() < threshold < output.max():
        ax.contour(across, up, output, levels=[threshold], colors="black", linewidths=1.5)


def _shade_classes(ax: Any, across: Any, up: Any, outputs: Any) -> None:
    """Shade each class where its output is the largest."""
    for number, output in enumerate(outputs):
        lead = output - np.delete(outputs, number, axis=0).max(axis=0)
        if not lead.max() > 0:
            continue
        tint = _tint(COLOURS[number % len(COLOURS)], 0.35)
        ax.contourf(across, up, lead, levels=[0, lead.max()], colors=[tint])
        if lead.min() < 0:
            ax.contour(across, up, lead, levels=[0], colors="black", linewidths=1.2, linestyles="-")


def _tint(colour: str, share: float = 0.55) -> Any:
    """Mix a share of a colour with white, so that points of the colour stand out."""
    from matplotlib.colors import to_rgb

    return tuple(1 + share * (part - 1) for part in to_rgb(colour))
