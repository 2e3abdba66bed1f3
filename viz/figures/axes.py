"""Provides matplotlib axes, and the colours, markers and dashes shared by all plots."""

import io
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from viz.files import Shown
from viz.lines import shorten
from viz.svg import clean

# Okabe and Ito's palette for all kinds of colour vision, with the light colours darkened to a contrast of 3 on paper;
# series also differ by marker and dash, for print.
BLACK = "#000000"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#b8588f", "#b07a00", "#3a90cb", BLACK, "#808080")
MARKERS = "osD^vPX*"
TALLEST = 16  # entries of a legend in a column beside the axes; more would flatten them
ROOM, HIGH = 4.2, 3.4  # inches beside or above a legend, at least
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)))


def new_axes(width: float = 6.0, height: float = 4.2, columns: int = 1) -> Any:
    """New axes in a figure of this size in inches; an array of axes for several columns.

    Raises ImportError, which names the extra, if matplotlib is missing.
    """
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError('plots need matplotlib: pip install -e ".[plots]" in the checkout') from None
    figure: Any
    figure, axes = pyplot.subplots(1, columns, figsize=(width, height), sharey=True, layout="constrained")
    figure.grows = columns == 1  # for its legend
    return axes


def find_ink() -> Any:
    """The colour of texts and thin lines, which is light where a style of matplotlib has a dark ground."""
    from matplotlib import rcParams

    return rcParams["text.color"]


def find_colour(number: int) -> Any:
    """The colour of series `number`; ink in the place of black."""
    colour = COLOURS[number % len(COLOURS)]
    return find_ink() if colour == BLACK else colour


def write_plain(name: object) -> str:
    """A name as matplotlib shows it letter by letter: $ begins no formula, _ keeps nothing out of a legend."""
    text = clean(shorten(str(name))).replace("$", r"\$")
    return f" {text}" if text.startswith("_") else text


def find_style(number: int) -> dict[str, Any]:
    """The colour, marker and dash of series `number`, as arguments of `plot`."""
    turn, index = divmod(number, len(COLOURS))
    return {
        "color": find_colour(index),
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
    edge = {"markeredgewidth": 1.0}  # some styles of matplotlib draw none
    if zero.any():
        hollow = {"linestyle": "none", "markerfacecolor": ax.get_facecolor(), "clip_on": False, "label": zeros}
        ax.plot(x[zero], np.full(zero.sum(), low), **dict(style) | hollow | edge)
    if broken.any():
        cross = {"color": style["color"], "markersize": 9, "label": others}
        ax.plot(x[broken], np.full(broken.sum(), high), "x", **cross, **edge)


def add_legend(ax: Any, below: bool = False, **settings: Any) -> None:
    """Add a legend beside the axes, or below them if a colour bar is beside them.

    settings   keyword arguments of matplotlib's ax.legend

    A figure of `new_axes` grows where the legend would leave too little of it. In a figure without a layout engine,
    which makes no room for it, the legend stays within the axes.
    """
    labels = ax.get_legend_handles_labels()[1]
    size, figure = settings.get("fontsize", 10), ax.figure
    entry = (0.6 * max(map(len, labels), default=0) + 5) * size  # points: the text, its marker and the space
    grows = getattr(figure, "grows", False)
    if figure.get_layout_engine() is None:
        ax.legend(**settings)
    elif below:
        from matplotlib.transforms import ScaledTranslation

        drop = (2 * ax.xaxis.label.get_size() + 16) / 72  # inches, below the labels
        lower = ax.transAxes + ScaledTranslation(0, -drop, figure.dpi_scale_trans)
        columns = min(max(int(72 * ax.bbox.width / figure.dpi / entry), 1), 6)
        if grows:
            rows = -(-len(labels) // columns)
            figure.set_figheight(max(figure.get_figheight(), HIGH + 1.6 * rows * size / 72))
        position = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "bbox_transform": lower, "ncols": columns}
        ax.legend(**position | settings, borderaxespad=0, frameon=False)
    else:
        position = {"loc": "upper left", "bbox_to_anchor": (1.01, 1)}
        columns = -(-len(labels) // TALLEST)
        if grows:
            figure.set_figwidth(max(figure.get_figwidth(), ROOM + columns * entry / 72))
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
