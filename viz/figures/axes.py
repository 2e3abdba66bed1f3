"""Axes of matplotlib, and the colours, markers and dashes that all plots share."""

from typing import Any

# Okabe and Ito's palette for all kinds of colour vision; series differ by marker and dash as well, for print.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
MARKERS = "osD^vP"
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
