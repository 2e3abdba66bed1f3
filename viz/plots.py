"""Plots with matplotlib. Each draws on `ax`, or on new axes, returns the axes, and never shows them."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Okabe and Ito's palette for all kinds of colour vision; classes differ by marker as well.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
MARKERS = "osD^vP"


def new_axes(width: float = 6.0, height: float = 4.2) -> Any:
    """New axes of a figure of this size in inches; ImportError names the extra if matplotlib is missing."""
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError('plots need matplotlib: pip install -e ".[plots]" in the checkout') from None
    return pyplot.subplots(figsize=(width, height), layout="constrained")[1]


def _round_ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(7)


def loss_curve(
    training: Sequence[float], validation: Sequence[float] = (), *, ax: Any = None, label: str = "training"
) -> Any:
    """The loss against the epoch, on a log scale where every loss is positive.

    training, validation   mean losses, one number an epoch; validation may be empty
    """
    if not len(training):
        raise ValueError("a loss curve needs at least one epoch")
    ax = new_axes() if ax is None else ax
    for losses, name, style in ((training, label, "-"), (validation, "held out", "--")):
        if len(losses):
            ax.plot(range(1, len(losses) + 1), losses, style, label=name, color=COLOURS[style == "--"])
    if min([*training, *validation]) > 0:
        ax.set_yscale("log")
    ax.set_xlabel("epoch")
    ax.set_ylabel("mean loss")
    ax.grid(alpha=0.3)
    ax.legend()
    return ax


def decision_boundary(
    predict: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    X: NDArray[np.float64],
    y: NDArray[Any],
    *,
    ax: Any = None,
    threshold: float = 0.0,
    resolution: int = 60,
) -> Any:
    """Two classes of points, the output of a model as shade, and the line where it crosses the threshold.

    predict      from rows (n, 2) to outputs (n,)
    X, y         points (n, 2) and their classes (n,), two different numbers
    resolution   points of the grid along each axis
    """
    X, y = np.asarray(X, float), np.asarray(y)
    classes = np.unique(y)
    if X.ndim != 2 or X.shape[1] != 2 or len(X) != len(y) or len(classes) != 2:
        raise ValueError(
            f"X must be (n, 2) and y (n,) with two classes, not {X.shape}, {y.shape}, {len(classes)} classes"
        )
    ax = new_axes() if ax is None else ax
    low, high = X.min(axis=0), X.max(axis=0)
    low, high = low - 0.1 * (high - low), high + 0.1 * (high - low)
    across, up = np.meshgrid(np.linspace(low[0], high[0], resolution), np.linspace(low[1], high[1], resolution))
    output = np.asarray(predict(np.column_stack([across.ravel(), up.ravel()]))).reshape(across.shape)
    reach = max(float(np.abs(output - threshold).max()), 1e-12)
    shade = ax.contourf(
        across, up, output, levels=np.linspace(threshold - reach, threshold + reach, 13), cmap="PuOr_r", alpha=0.6
    )
    ax.figure.colorbar(shade, ax=ax, label="output", ticks=_round_ticks())
    if output.min() < threshold < output.max():
        ax.contour(across, up, output, levels=[threshold], colors="black", linewidths=1.5)
    for number, (name, marker) in enumerate(zip(classes, MARKERS, strict=False)):
        ax.scatter(
            *X[y == name].T, marker=marker, s=28, color=COLOURS[number], edgecolor="white", label=f"class {name}"
        )
    ax.set_xlabel("x1")
    ax.set_ylabel("x2")
    ax.legend()
    return ax
