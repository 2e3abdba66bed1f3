"""Axes of matplotlib, and the colours, markers and dashes that all plots share."""

import io
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from viz.files import Shown

# Okabe and Ito's palette for all kinds of colour vision, the light ones darkened so that lines are seen on paper
# (contrast 3); series differ by marker and dash as well, for print.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#b8588f", "#b07a00", "#3a90cb", "#000000", "#808080")
MARKERS = "osD^vPX*"
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)))


def new_axes(width: float = 6.0, height: float = 4.2, columns: int = 1) -> Any:
    """New axes of a figure of this size in inches, an array of them beyond one column.

    ImportError names the extra if matplotlib is missing.
    """
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError('plots need matplotlib: pip install -e ".[plots]" in the checkout') from None
    return pyplot.subplots(1, columns, figsize=(width, height), sharey=True, layout="constrained")[1]


def look(number: int) -> dict[str, Any]:
    """The colour, marker and dash of series `number`, as arguments of `plot`."""
    turn, place = divmod(number, len(COLOURS))
    return {
        "color": COLOURS[place],
        "marker": MARKERS[(place + turn) % len(MARKERS)],
        "linestyle": DASHES[(place + turn) % len(DASHES)],
    }


def add_legend(ax: Any, below: bool = False, **settings: Any) -> None:
    """A legend beside the axes, where no line runs, or below them, where a scale of colours stands beside.

    settings   those of matplotlib's ax.legend

    In a figure without a layout, which makes no room for it, it stays within the axes.
    """
    if ax.figure.get_layout_engine() is None:
        ax.legend(**settings)
    elif below:
        from matplotlib.transforms import ScaledTranslation

        lower = ax.transAxes + ScaledTranslation(0, -3 / 6, ax.figure.dpi_scale_trans)  # inches, below the labels
        place = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "bbox_transform": lower, "ncols": 6}
        ax.legend(**place | settings, borderaxespad=0, frameon=False)
    else:
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0, frameon=False, **settings)


def count_whole(ax: Any) -> None:
    """Ticks along x at whole numbers only: epochs, steps, depths."""
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(10, steps=[1, 2, 5, 10], integer=True))


def round_ticks() -> Any:
    """A locator for seven ticks at most, at round numbers."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(7)


class Plotted(Shown):
    """What `.plot()` draws, printed as text; as a picture it needs matplotlib, and no browser."""

    def plot(self) -> Any:
        """Draw it, and return the axes."""
        raise NotImplementedError(f"{type(self).__name__} has no plot()")

    def _find_ways(self) -> Mapping[str, Callable[[], str | bytes]]:
        return {f".{kind}": partial(self._render, kind) for kind in ("svg", "png", "pdf")}

    def _repr_svg_(self) -> str | None:
        try:
            return self._render("svg").decode()
        except ImportError:  # the notebook has the text
            return None

    def _render(self, kind: str) -> bytes:
        axes = self.plot()
        return render(np.ravel(axes)[0].figure, kind)


def render(figure: Any, kind: str) -> bytes:
    """A figure of matplotlib as "png", "svg" or "pdf", the same bytes each time; it is closed."""
    from matplotlib import pyplot

    content = io.BytesIO()
    metadata = {"png": None, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[kind]
    with pyplot.rc_context({"svg.hashsalt": "gradwalk"}):
        figure.savefig(content, format=kind, dpi=150, metadata=metadata)
    pyplot.close(figure)
    return content.getvalue()
