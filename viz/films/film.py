"""The film of a training: a page with a slider over its epochs."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.arrays import read_array
from engine.numbers import write_count
from viz.figures.boundary import warn_of_threshold
from viz.films.frames import DECADES, GRID, Array, Camera, Frame, find_high, pack, pack_shares, pack_signed, pack_sizes
from viz.lines import fill
from viz.numbers import format_number
from viz.offline import OfflinePage, read_script, write_page
from viz.pages.page import FOLDER as PAGES
from viz.svg import shorten

FOLDER = "viz.films"
MOST_FRAMES = 201  # the start and 200 epochs
MOST_BYTES = 4_600_000  # of frames in a page; the whole page stays below 5 MB
MOST_POINTS = 400
SHOWN = 11  # frames in the printed table
DRAWING = ("drawing/pen", "drawing/network", "drawing/plane", "drawing/charts")  # scripts that the playground shares
CLASSES = 6  # with a colour of their own; those beyond have the colours of the first
NONE = 255  # in the place of a class, where an output is nan


class Film(OfflinePage):
    """A callback for `nn.fit` that records a training. It prints as a table; notebooks show the page.

    html    the page as text; it is self-contained, and loads and sends nothing

    >>> import nn
    >>> film(nn.MLP(2, [1]), [[0.0, 0.0], [1.0, 1.0]], [0, 1])
    Film(MLP(2, [1], output='linear'): 1 frame, one an epoch; .save('film.html') writes it)
    """

    def __init__(self, camera: Camera, X: Array, y: Array, labels: list[str], threshold: float, title: str) -> None:
        self._camera, self._X, self._y, self._labels = camera, X, y, labels
        self._threshold, self._title = threshold, title
        self._stride = 1
        self._series: dict[str, list[float]] = {"loss": [], "validation_loss": []}
        self._frames = [camera.take(0)]
        self._last: Frame | None = None

    def __call__(self, history: Any) -> None:
        """Take a frame; the epoch is the length of `history.loss`. TypeError for anything but a history."""
        losses = getattr(history, "loss", None)
        if not isinstance(losses, list) or not losses:
            raise TypeError(f"a film takes the history of nn.fit after each epoch, not {str(history)[:60]}")
        for name, series in self._series.items():
            series[:] = getattr(history, name, [])
        epoch = len(losses)
        if epoch <= (self._last or self._frames[-1]).epoch:  # a new training: start again
            self._frames, self._stride = [], 1
        frame = self._camera.take(epoch)
        self._last = frame
        if epoch % self._stride == 0:
            self._frames.append(frame)
        if len(self._frames) > 2 * MOST_FRAMES:  # thin out evenly, to make room for more
            self._stride *= 2
            self._frames = [each for each in self._frames if each.epoch % self._stride == 0]

    @property
    def frames(self) -> list[Frame]:
        """The frames of the page, thinned evenly to at most 201 and to fit in 5 MB; the last frame is always kept."""
        frames = self._frames
        if self._last and frames[-1] is not self._last:
            frames = [*frames, self._last]
        size = (2 * frames[-1].gradients.size + 4 * frames[-1].numbers.size) * 4 / 3
        size += 4 / 3 * len(self._camera.grid) + 60 * len(self._camera.layers) + 20
        most = max(2, min(MOST_FRAMES, int(MOST_BYTES / size)))
        step = math.ceil((len(frames) - 1) / (most - 1)) if len(frames) > most else 1
        return [*frames[:-1][::step], frames[-1]]

    @property
    def html(self) -> str:  # type: ignore[override]
        """The page."""
        frames = self.frames
        data = {
            "title": self._title,
            "said": self._say(frames),
            "epochs": [frame.epoch for frame in frames],
            "series": {name: [_float(number) for number in series] for name, series in self._series.items()},
            "layers": [shorten(name, 24) for name in self._camera.layers],
            "quantiles": [[[_float(number) for number in row] for row in frame.quantiles] for frame in frames],
            "network": self._pack_network(frames),
            "plane": self._pack_plane(frames),
        }
        script = f"{read_script(PAGES, 'canvas/elements')}\n{read_script(FOLDER, *DRAWING, 'film', 'reel')}"
        return write_page(FOLDER, "film", f"{self._title} · the film of its training", data, script)

    def __repr__(self) -> str:
        return f"Film({self._title}: {self._say(self.frames)}; .save('film.html') writes it)"

    def __str__(self) -> str:
        frames, layers = self.frames, self._camera.layers
        series = {name.replace("validation_loss", "held out"): each for name, each in self._series.items() if each}
        told = [0, len(layers) - 1][: len(layers)]
        rows = [["epoch", *series, *(f"|grad| {shorten(layers[layer], 24)}" for layer in told)]]
        for frame in (frames[index] for index in np.unique(np.linspace(0, len(frames) - 1, SHOWN).round().astype(int))):
            losses = [format_number(each[frame.epoch - 1]) if frame.epoch else "" for each in series.values()]
            medians = [format_number(frame.quantiles[layer][2]) if frame.epoch else "" for layer in told]
            rows.append([str(frame.epoch), *losses, *medians])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.rjust, row, widths)) for row in rows]
        return "\n".join([fill(f"{self._title}: {self._say(frames)}; gradients are medians".split()), *lines])

    def _say(self, frames: list[Frame]) -> str:
        done = (self._last or self._frames[-1]).epoch
        if len(frames) == done + 1 or len(frames) < 3:
            return f"{write_count(len(frames), 'frame')}, one an epoch"
        step = frames[1].epoch - frames[0].epoch
        return f"{len(frames)} frames, one every {step} epochs of {done:,}" if step > 1 else f"{len(frames)} frames"

    def _pack_network(self, frames: list[Frame]) -> dict[str, Any] | None:
        camera = self._camera
        if not camera.dense:
            return None
        weights, gradients, numbers = (
            np.array([getattr(frame, name) for frame in frames]) for name in ("weights", "gradients", "numbers")
        )
        ends = np.cumsum(camera.widths)[:-1]
        most = [_largest(part) for part in np.split(numbers, ends, axis=1)]
        high = find_high(np.abs(gradients))
        return {
            "names": ["inputs", *(shorten(layer.name, 20) for layer in camera.dense)],
            "widths": camera.widths,
            "drawn": [bool(weights) for weights in camera.drawn],
            "weights": pack_signed(weights, _largest(weights)),
            "gradients": pack_sizes(gradients, high),
            "scale": [high - DECADES, high],
            "numbers": pack_shares(numbers, np.repeat(most, camera.widths)),
            "most": [_float(number) for number in most],
        }

    def _pack_plane(self, frames: list[Frame]) -> dict[str, Any] | None:
        grid = self._camera.grid
        if not len(grid):
            return None
        outputs = np.array([frame.outputs for frame in frames]) - self._threshold
        several = outputs.shape[2] > 1
        if not several:
            warn_of_threshold(outputs, np.unique(self._y), self._threshold)
        classes = len(self._labels) > 0
        reach = float(np.quantile(np.abs(outputs[np.isfinite(outputs)]), 0.98)) if np.isfinite(outputs).any() else 1.0
        chosen = np.unique(np.linspace(0, len(self._X) - 1, MOST_POINTS).round().astype(int))
        points = []
        for row, label in zip(self._X[chosen].tolist(), self._y[chosen].tolist(), strict=True):
            share = min(max((label - self._threshold) / (reach or 1.0), -1.0), 1.0)
            points.append([_float(row[0]), _float(row[1]), int(label) % CLASSES if classes else round(share, 3)])
        largest = np.where(np.isnan(outputs).any(axis=2), NONE, outputs.argmax(axis=2)).astype(np.uint8)
        return {
            "size": GRID,
            "low": grid[0].tolist(),
            "high": grid[-1].tolist(),
            "kind": "classes" if several else "number",
            "classes": self._labels,
            "bytes": pack(largest) if several else pack_signed(np.cbrt(outputs[:, :, 0]), np.cbrt(reach)),
            "threshold": self._threshold,
            "points": points,
        }


def film(
    model: Any,
    X: Any,
    y: Any,
    *,
    sample: Sequence[float] | None = None,
    predict: Callable[[Array], Any] | None = None,
    boundary: bool | None = None,
    threshold: float = 0.0,
    title: str = "",
) -> Film:
    """A film of a training, for `nn.fit(..., callback=film)`; `.save("film.html")` writes its page.

    model       the model to train; its current state is the first frame
    X, y        the data that the page shows, rows (n, inputs) and targets (n,): numbers or names of classes. Where the
                model has several outputs, these are the classes 0, 1, ..., or those in y in ascending order
    sample      the inputs to show on their way through the network; the first row of X by default
    predict     a function from rows to outputs, such as lambda rows: nn.predict(model, rows), which may be faster. By
                default the model is called, as it predicts: a Dropout or BatchNorm is not in training
    boundary    whether to show the outputs over the plane of two inputs; by default, if there are two, and one target
    threshold   the output at which one class ends and the other begins, for a model of one output: 0 for logits, 0.5
                for probabilities

    The page has at most 201 frames, the start and 200 epochs, thinned evenly, and at most 5 MB. It shows the network
    (for dense layers), the gradients of each layer after the last batch of the epoch, the loss, and the outputs over
    the plane. TypeError or ValueError if `model` is not a model or the data do not fit.

    >>> import nn
    >>> model, X, y = nn.MLP(2, [1], init="zeros"), [[0.0, 0.0], [1.0, 1.0]], [0.0, 1.0]
    >>> camera = film(model, X, y)
    >>> history = nn.fit(model, X, y, epochs=2, callback=camera, progress=False)
    >>> camera
    Film(MLP(2, [1], output='linear'): 3 frames, one an epoch; .save('film.html') writes it)
    """
    if not callable(model) or not hasattr(model, "named_parameters") or not model.named_parameters():
        raise TypeError(f"expected a model with named_parameters(), not {type(model).__name__}: {str(model)[:60]}")
    X, y = read_array("X", X, float), read_array("y", y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if X.ndim == 2 and boundary is None:
        boundary = X.shape[1] == 2 and y.ndim == 1
    if X.ndim != 2 or y.shape[: None if boundary else 1] != X.shape[:1] or not len(X):
        raise ValueError(f"X must be (n, inputs) and y (n,), not {X.shape} and {y.shape}")
    if boundary and X.shape[1] != 2:
        raise ValueError(
            f"a decision boundary needs 2 inputs, X has {X.shape[1]}: train on two columns, or pass boundary=False"
        )
    if not isinstance(title, str):
        raise TypeError(f"title must be a text, not {type(title).__name__}: {str(title)[:60]}")
    if not title.isascii() and title.encode(errors="replace").decode() != title:
        raise ValueError(f"title has half a character, which a page cannot hold: {title[:60]!r}")
    sample = X[0].tolist() if sample is None else [float(number) for number in sample]
    if len(sample) != X.shape[1]:
        raise ValueError(f"the sample must have {X.shape[1]} numbers, not {len(sample)}")
    for name, numbers in (("X", X), ("y", y), ("the sample", sample), ("threshold", threshold)):
        if np.asarray(numbers).dtype.kind in "biuf" and not np.isfinite(numbers).all():
            raise ValueError(f"{name} must be finite, but contains nan or infinity")
    camera = Camera(model, sample, _make_grid(X) if boundary else X[:0], predict)
    y, labels = _number_classes(y, camera.outputs) if boundary else (y, [])
    return Film(camera, X, y, labels, float(threshold), title or shorten(repr(model), 70))


def _number_classes(y: NDArray[Any], outputs: int) -> tuple[Array, list[str]]:
    """The targets as the numbers of classes, and the names of these; no names where the targets are numbers."""
    labels, indices = np.unique(y, return_inverse=True)
    numbers = y.dtype.kind in "biuf"
    if outputs > 1 and numbers and set(labels.tolist()) <= set(range(outputs)):
        return y.astype(float), [str(number) for number in range(outputs)]
    if len(labels) == max(outputs, 2):
        names = [f"{label:g}" if numbers else shorten(str(label), 24) for label in labels.tolist()]
        return indices.astype(float), names
    if outputs > 1:
        raise ValueError(
            f"{outputs} outputs stand for {outputs} classes, y has {len(labels)} others: pass boundary=False to show "
            "no plane"
        )
    return read_array("y", y.tolist(), float), []


def _make_grid(X: Array) -> Array:
    low, high = X.min(axis=0), X.max(axis=0)
    room = np.where(high > low, 0.12 * (high - low), 1.0)
    across, up = (np.linspace(a, b, GRID) for a, b in zip(low - room, high + room, strict=True))
    return np.column_stack([part.ravel() for part in np.meshgrid(across, up)])


def _largest(numbers: Array) -> float:
    finite = np.abs(numbers[np.isfinite(numbers)])
    return float(finite.max()) if finite.size else 0.0


def _float(number: float) -> float | None:
    """The number to six digits; None if it is not finite, since JSON has no nan or infinity."""
    return float(f"{number:.6g}") if math.isfinite(number) else None
