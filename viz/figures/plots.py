"""Plots with matplotlib. Each function draws on `ax` or on new axes and returns the axes, without showing them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.arrays import read_array, refuse_masked
from engine.ops import ROWS, table
from engine.teaching.check import VERDICTS, GradientCheck
from viz.figures.axes import (
    COLOURS,
    DASHES,
    MARKERS,
    add_legend,
    count_whole,
    find_colour,
    find_ink,
    find_style,
    name_axes,
    new_axes,
    write_plain,
)
from viz.figures.boundary import decision_boundary, measure_boundary
from viz.figures.descents import descent_contour, descent_curve, loss_surface, measure_surface
from viz.figures.histograms import activation_histograms, measure_activations, measure_weights, weight_histograms
from viz.slopes import find_bounds, is_curve, measure_curve

__all__ = [
    "activation_curves",
    "activation_histograms",
    "confusion_matrix",
    "decision_boundary",
    "descent_contour",
    "descent_curve",
    "gradcheck_errors",
    "learning_rates",
    "loss_curve",
    "loss_surface",
    "measure_activations",
    "measure_boundary",
    "measure_curve",
    "measure_surface",
    "measure_weights",
    "new_axes",
    "weight_histograms",
]

WHITE = 0.715  # from this share of a class on, white text is more readable than black on its blue
LEAST = 1e-12  # share of the initial loss below which the plot is cut off; above its reciprocal, too


def loss_curve(training: Any, validation: Sequence[float] = (), *, ax: Any = None, label: str = "training") -> Any:
    """Plot the loss by epoch, on a log scale if all losses are positive, those drawn on `ax` before among them.

    training, validation   mean losses, one per epoch; validation may be empty. `training` may also be the history
                           returned by nn.fit, which holds both

    A cross at the top marks an epoch whose loss is not finite. A curve that rises to 1e12 times the first loss leaves
    the plot at the upper edge.
    """
    if hasattr(training, "loss"):
        training, validation = training.loss, training.validation_loss
    refuse_masked("training", training)
    refuse_masked("validation", validation)
    if not len(training):
        raise ValueError("a loss curve needs at least one epoch")
    ax = new_axes() if ax is None else ax
    for losses, name, style in ((training, label, "-"), (validation, "held out", "--")):
        if len(losses):
            colour = find_colour(len(_find_losses(ax)))
            x, finite = np.arange(1, len(losses) + 1), np.isfinite(np.asarray(losses, float))
            alone = finite & ~np.r_[False, finite[:-1]] & ~np.r_[finite[1:], False]  # no line leads to or from these
            dots = {"marker": "o", "markevery": alone.tolist()} if alone.any() else {}
            ax.plot(x, losses, style, label=write_plain(name), color=colour, gid="loss", **dots)
            top = {"transform": ax.get_xaxis_transform(), "clip_on": False}
            if not finite.all():
                ax.update_datalim([(1, 0), (len(x), 0)], updatey=False)  # which that of the crosses does not
                ax.scatter(x[~finite], np.ones(len(x))[~finite], marker="x", color=colour, **top)
    ax.set_xlabel("epoch")
    if _scale(ax, "mean loss") and ax.get_autoscaley_on():
        _cut_off(ax)
    ax.set_title("Loss by epoch", fontsize=11)
    count_whole(ax)
    ax.grid(alpha=0.3)
    add_legend(ax)
    return ax


def learning_rates(losses: Mapping[Any, Any], *, ax: Any = None) -> Any:
    """Plot the loss by step, or epoch, for several learning rates; a cross marks one that diverges.

    losses   for each rate (a number or a text), the loss before each step; not finite once it has diverged. Or the
             history returned by nn.fit, which knows whether it has

    A curve that rises to 1e12 times the first loss ends at the upper edge, its cross at the last step below.
    """
    if not isinstance(losses, Mapping):
        raise TypeError(f"losses must be a dictionary, such as {{0.1: history}}, not {type(losses).__name__}")
    along = "epoch" if all(hasattr(series, "loss") for series in losses.values()) else "step"
    losses = {rate: _read_losses(series) for rate, series in losses.items()}
    if not losses or not all(len(series) for series in losses.values()):
        raise ValueError("a comparison needs at least one learning rate, and a loss for each")
    ax = new_axes() if ax is None else ax
    for number, (rate, series) in enumerate(losses.items()):
        style = find_style(number) | {"markevery": max(1, len(series) // 10), "markersize": 5}
        name = f"{rate:g}" if isinstance(rate, int | float) else write_plain(rate)
        end = next((step for step, loss in enumerate(series) if not math.isfinite(loss)), len(series))
        diverged = end < len(series) or bool(series[-1] - series[0] > 9 * abs(series[0]))
        ax.plot(range(end), series[:end], label=name + ", diverges" * diverged, gid="loss", **style)
        if diverged and end:
            end = next((step for step in range(end) if abs(series[step]) * LEAST > abs(series[0]) > 0), end)
            ax.plot(end - 1, series[end - 1], "x", color=find_ink(), markersize=10, markeredgewidth=2)
    ax.set_xlabel(along)
    if _scale(ax, "loss") and ax.get_autoscaley_on():
        start = _cut_off(ax)
        least = min(loss for line in _find_losses(ax) for loss in line if loss > 0)
        ax.set_ylim(bottom=max(least / 2, start * LEAST), auto=None)
    ax.set_title("Learning rates compared", fontsize=11)
    count_whole(ax)
    ax.grid(alpha=0.3)
    add_legend(ax, title="learning rate")
    return ax


def _read_losses(given: Any) -> Sequence[float]:
    """The losses by step of a list or a history; infinite at the end if training has diverged."""
    if not hasattr(given, "loss"):
        losses: Sequence[float] = given
        return losses
    return [*given.loss, *[math.inf] * (given.stopped == "diverged")]


def _find_losses(ax: Any) -> list[list[float]]:
    """The losses that were drawn on these axes, line by line."""
    return [list(line.get_ydata()) for line in ax.lines if line.get_gid() == "loss"]


def _cut_off(ax: Any) -> float:
    """Leave out what rises far above the largest of the first losses, which is returned."""
    finite = [[loss for loss in line if math.isfinite(loss)] for line in _find_losses(ax)]
    start = max(line[0] for line in finite if line)
    if start < LEAST * max(max(line) for line in finite if line):
        ax.set_ylim(top=start / LEAST, auto=None)  # only until more is drawn
    return start


def _scale(ax: Any, name: str) -> bool:
    """Set a log scale if it can show all losses that were drawn, also by other calls; returns whether it is one."""
    drawn = [loss for line in _find_losses(ax) for loss in line]
    is_log = any(loss > 0 for loss in drawn) and not any(loss <= 0 for loss in drawn)  # nan is neither
    ax.set_yscale("log" if is_log else "linear")
    ax.set_ylabel(f"{name} (log scale)" if is_log else name)
    return is_log


def activation_curves(
    names: str | Sequence[str] = ("sigmoid", "tanh", "relu"), *, ax: Any = None, reach: float = 5.0
) -> Any:
    """Plot activations and their derivatives (dashed) from -reach to reach.

    names   of operations, such as "tanh", and "linear"; leaky_relu has the slope 0.01 below 0

    Raises ValueError for an unknown name, and unless reach is positive and finite.
    """
    if not 0 < reach < math.inf:
        raise ValueError(f"reach must be positive and finite, not {reach!r}")
    chosen = [names] if isinstance(names, str) else list(names)
    registered = [row.name for row in table.values() if row not in ROWS and is_curve(row)]
    known = [*find_bounds(), "step", "linear", *registered]
    unknown = next((name for name in chosen if name not in known), None)
    if unknown is not None or not chosen:
        raise ValueError(f"unknown activation: {unknown!r} (one of {', '.join(map(repr, known))})")
    ax = new_axes() if ax is None else ax
    x = np.linspace(-reach, reach, 401)
    for number, name in enumerate(chosen):
        y, slope = (x, np.ones_like(x)) if name == "linear" else measure_curve(name, x)
        colour, marker = find_colour(number), MARKERS[number % len(MARKERS)]
        style = {"color": colour, "marker": marker, "markevery": (8 * number + 12, 60), "markersize": 5}
        ax.plot(x, y, label=name, **style)
        ax.plot(x, slope, linestyle=DASHES[1], linewidth=1.2, label=f"{name}'", **style)
    ax.axhline(0, color=find_ink(), linewidth=0.6)
    ax.axvline(0, color=find_ink(), linewidth=0.6)
    ax.set_ylim(-1.6, 2.6)
    name_axes(ax, "input", "output, and slope (dashed)", "Activations and their derivatives")
    ax.grid(alpha=0.3)
    add_legend(ax, fontsize=9)
    return ax


def confusion_matrix(truth: Any, predicted: Any, *, names: Sequence[str] = (), ax: Any = None) -> Any:
    """Plot how often each true class (row) was predicted as each class (column), shaded by the share of the row.

    truth, predicted   classes 0, 1, ... (n,)
    names              of the classes; by default their numbers
    """
    truth, predicted = read_array("truth", truth), read_array("predicted", predicted)
    if truth.ndim != 1 or truth.shape != predicted.shape or not truth.size:
        raise ValueError(f"truth and predicted must be classes 0, 1, ... (n,), not {truth.shape} and {predicted.shape}")
    for name, given in (("truth", truth), ("predicted", predicted)):
        for row, label in enumerate(given.tolist()):
            if not isinstance(label, int | float) or label < 0 or label % 1:
                raise ValueError(f"{name}[{row}] is {label!r}, not one of the classes 0, 1, ...")
    count = max(int(truth.max()), int(predicted.max()), len(names) - 1) + 1
    if names and len(names) != count:
        raise ValueError(f"{count} classes need {count} names, {len(names)} given")
    counts = np.zeros((count, count), int)
    np.add.at(counts, (truth.astype(int), predicted.astype(int)), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    labels = list(map(write_plain, names)) or [str(number) for number in range(count)]
    size = 12 if count < 6 else 8
    side = max(0.3 * count, 0.7 * size / 72 * len(f"{counts.max()}") * count, 2.8)  # inches
    ax = new_axes(side + 2.2, side + 1.6) if ax is None else ax
    shade = ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    ax.figure.colorbar(shade, ax=ax, label="share of the true class")
    for (row, column), number in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > WHITE else "black"
        ax.text(column, row, f"{number}", ha="center", va="center", color=colour, fontsize=size)
    ax.set_xticks(range(count), labels, rotation=90 * (count * max(map(len, labels)) > 30), ha="center")
    ax.set_yticks(range(count), labels)
    right, total = np.trace(counts), counts.sum()
    share = f"{right / total:.1%}"
    if 0 < right < total:
        share = {"0.0%": "under 0.1%", "100.0%": "over 99.9%"}.get(share, share)
    name_axes(ax, "predicted class", "true class", f"{right} of {total} right ({share})")
    return ax


def gradcheck_errors(check: GradientCheck, *, ax: Any = None, tolerance: float = 1e-6) -> Any:
    r"""Plot the relative error of each gradient compared by `engine.gradcheck`, against its size.

    check       the result of gradcheck
    tolerance   that gradcheck was given; drawn as a line

    Rounding errors grow as gradients shrink; errors of a wrong formula do not depend on the size. Hollow markers have
    a number that a log scale cannot show: zeros are drawn at the lower or left end, infinity and nan at the upper or
    right one.
    """
    if not isinstance(check, GradientCheck):
        raise TypeError(f"expected the result of engine.gradcheck, not {type(check).__name__}")
    ax = new_axes() if ax is None else ax
    sizes = _within([abs(row.analytic) for row in check.rows], [1.0])
    errors = _within([row.relative_error for row in check.rows], [tolerance, 1.0])
    shown = [[abs(row.analytic), row.relative_error] for row in check.rows]
    hollow, ground = np.array([not all(0 < number < math.inf for number in pair) for pair in shown]), ax.get_facecolor()
    for number, verdict in enumerate(VERDICTS):
        chosen = np.array([row.verdict == verdict for row in check.rows])
        if chosen.any():
            label = f"{verdict} ({chosen.sum()})"
            colour, style = COLOURS[number], {"marker": MARKERS[number], "s": 36}
            ax.scatter([], [], color=colour, label=label, **style)
            for some, face, edge in ((chosen & ~hollow, colour, "white"), (chosen & hollow, ground, colour)):
                ax.scatter(sizes[some], errors[some], facecolor=face, edgecolor=edge, **style)
    if hollow.any():
        ax.scatter([], [], facecolor=ground, edgecolor=find_ink(), label="hollow: 0, or not finite")
    label = f"tolerance {tolerance:g}, rounding aside"
    ax.axhline(tolerance, color=find_ink(), linestyle=DASHES[1], linewidth=1.2, label=label)
    ax.set_xscale("log")
    ax.set_yscale("log")
    name_axes(ax, "|gradient| (log scale)", "relative error (log scale)", "Gradient check: error against size")
    ax.grid(alpha=0.3)
    add_legend(ax, below=True, fontsize=9)
    return ax


def _within(numbers: list[float], usual: list[float]) -> Any:
    """The numbers as a log scale shows them: a tenth of the least for zeros, ten times the largest for inf and nan."""
    shown = [*usual, *(number for number in numbers if 0 < number < math.inf)]
    array = np.maximum(numbers, min(shown) / 10)
    return np.where(np.isfinite(array), array, max(shown) * 10)
