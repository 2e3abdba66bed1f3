"""Provides matplotlib axes, and the colours, markers and dashes shared by all plots."""

import io
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from viz.files import Shown

# Okabe and Ito's palette for all kinds of colour vision, with the light colours darkened to a contrast of 3 on paper;
# series also differ by marker and dash, for print.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#b8588f", "#b07a00", "#3a90cb", "#000000", "#808080")
MARKERS = "osD^vPX*"
TALLEST = 16  # entries of a legend in a column beside the axes; more would flatten them
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)))


def new_axes(width: float = 6.0, height: float = 4.2, columns: int = 1) -> Any:
    """New axes in a figure of this size in inches; an array of axes for several columns.

    Raises ImportError, which names the extra, if matplotlib is missing.
    """
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError('plots need matplotlib: pip install -e ".[plots]" in the checkout') from None
    return pyplot.subplots(1, columns, figsize=(width, height), sharey=True, layout="constrained")[1]


def find_style(number: int) -> dict[str, Any]:
    """The colour, marker and dash of series `number`, as arguments of `plot`."""
    turn, index = divmod(number, len(COLOURS))
    return {
        "color": COLOURS[index],
        "marker": MARKERS[(index + turn) % len(MARKERS)],
        "linestyle": DASHES[(index + turn) % len(DASHES)],
    }


def mark_unshown(ax: Any, x: Any, numbers: Any, low: float, high: float, style: Mapping[str, Any]) -> None:
    """Mark what a log scale cannot show: zeros by hollow markers at `low`, what is not finite by crosses at `high`.

    style   of the series; its colour, and its marker for zeros

    The first of each in the axes has a label for the legend.
    """
    zero, broken = numbers == 0, ~np.isfinite(numbers)
    known = ax.get_legend_handles_labels()[1]
    zeros, others = (None if label in known else label for label in ("hollow: 0", "cross: not finite"))
    if zero.any():
        hollow = dict(style) | {"linestyle": "none", "markerfacecolor": "white", "clip_on": False, "label": zeros}
        ax.plot(x[zero], np.full(zero.sum(), low), **hollow)
    if broken.any():
        ax.plot(x[broken], np.full(broken.sum(), high), "x", color=style["color"], markersize=9, label=others)


def add_legend(ax: Any, below: bool = False, **settings: Any) -> None:
    """Add a legend beside the axes, or below them if a colour bar is beside them.

    settings   keyword arguments of matplotlib's ax.legend

    In a figure without a layout engine, which makes no room for it, the legend stays within the axes.
    """
    if ax.figure.get_layout_engine() is None:
        ax.legend(**settings)
    elif below:
        from matplotlib.transforms import ScaledTranslation

        lower = ax.transAxes + ScaledTranslation(0, -3 / 6, ax.figure.dpi_scale_trans)  # inches, below the labels
        longest = max(map(len, ax.get_legend_handles_labels()[1]), default=0)
        entry = (0.6 * longest + 5) * settings.get("fontsize", 10)  # points: the text, its marker and the space
        columns = min(max(int(0.8 * 72 * ax.figure.get_figwidth() / entry), 1), 6)
        position = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "bbox_transform": lower, "ncols": columns}
        ax.legend(**position | settings, borderaxespad=0, frameon=False)
    else:
        position = {"loc": "upper left", "bbox_to_anchor": (1.01, 1)}
        columns = -(-len(ax.get_legend_handles_labels()[1]) // TALLEST)
        ax.legend(**position | {"ncols": max(columns, 1)} | settings, borderaxespad=0, frameon=False)


def name_axes(ax: Any, x: str, y: str, title: str) -> None:
    """Write what is along the axes, and a title above them."""
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.set_title(title, fontsize=11)


def count_whole(ax: Any) -> None:
    """Put ticks along x at whole numbers only, for epochs, steps and depths."""
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(10, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))


def round_ticks() -> Any:
    """A locator for at most seven ticks at round numbers."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(7)


class Plotted(Shown):
    """The base of what `.plot()` draws. Prints as text; pictures need matplotlib but no browser."""

    def plot(self) -> Any:
        """Draw it and return the axes."""
        raise NotImplementedError(f"{type(self).__name__} has no plot()")

    def _find_ways(self) -> Mapping[str, Callable[[], str | bytes]]:
        return {f".{suffix}": partial(self._render, suffix) for suffix in ("svg", "png", "pdf")}

    def _repr_svg_(self) -> str | None:
        try:
            return self._render("svg").decode()
        except ImportError:  # notebooks then show the text
            return None

    def _render(self, suffix: str) -> bytes:
        axes = self.plot()
        return render(np.ravel(axes)[0].figure, suffix)


def render(figure: Any, suffix: str) -> bytes:
    """Render a matplotlib figure as "png", "svg" or "pdf", the same bytes every time, and close it."""
    from matplotlib import pyplot

    content = io.BytesIO()
    metadata = {"png": None, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[suffix]
    with pyplot.rc_context({"svg.hashsalt": "gradwalk"}):
        figure.savefig(content, format=suffix, dpi=150, metadata=metadata)
    pyplot.close(figure)
    return content.getvalue()
