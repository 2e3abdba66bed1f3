"""History: the losses, metrics and end of a training, as `nn.fit` returns them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from math import isfinite, log10
from typing import Any

from engine.numbers import write_count

WIDTH, HEIGHT = 320, 80  # size of the curves in a notebook, in pixels
STYLES = {"loss": 'stroke="#0072b2"', "validation_loss": 'stroke="#d55e00" stroke-dasharray="6 3"'}


@dataclass(repr=False)
class History:
    """The course of a training, one number per epoch.

    loss                 the mean over the epoch's samples, each before its batch's update
    accuracy             the share of those samples that were right; empty for a loss without classes
    validation_loss      the loss of the validation data at the end of the epoch; empty without such data
    validation_accuracy  the accuracy, likewise
    stopped              why training ended: "epochs", "threshold", "patience", "callback", "interrupted" or "diverged"
    reason               the same in a sentence
    best                 the epoch whose weights were restored, counted from 1; 0 if none were

    An epoch in which training is interrupted or diverges adds no number.

    >>> history = History(loss=[2.0, 0.5], stopped="epochs")
    >>> history
    History(2 epochs, loss 2 to 0.5; epochs)
    """

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    stopped: str = ""
    reason: str = ""
    best: int = 0

    def __getitem__(self, name: str) -> list[float]:
        """Return the numbers of a name, such as "loss"; "val_loss" is "validation_loss". KeyError lists the names."""
        known = [each for each, numbers in vars(self).items() if isinstance(numbers, list)]
        meant = name.replace("val_", "validation_", 1) if str(name).startswith("val_") else name
        if meant not in known:
            raise KeyError(f"a history has {', '.join(known)}, not {name!r}")
        found: list[float] = getattr(self, meant)
        return found

    @property
    def history(self) -> dict[str, list[float]]:
        """Raise AttributeError for Keras' `history`, saying what to write instead."""
        raise AttributeError('a history has no history: write history["loss"]')

    @property
    def epochs(self) -> int:
        """The number of epochs completed."""
        return len(self.loss)

    @property
    def last(self) -> dict[str, float]:
        """The numbers of the last epoch, by name; empty before the first is complete."""
        return {name: numbers[-1] for name, numbers in vars(self).items() if isinstance(numbers, list) and numbers}

    def add(self, learned: Mapping[str, float], measured: Mapping[str, float]) -> None:
        """Add an epoch: "loss" and "accuracy" of the samples, and of the validation data, if there are any."""
        series = vars(self)
        for prefix, numbers in (("", learned), ("validation_", measured)):
            for name, number in numbers.items():
                if name in ("loss", "accuracy"):
                    series[prefix + name].append(number)

    def plot(self, ax: Any = None) -> Any:
        """Plot the losses by epoch, with a line at a restored epoch; returns matplotlib's Axes.

        ax   the Axes to draw on; None for new ones

        ValueError before the first epoch is complete, ImportError without matplotlib.
        """
        if not self.loss:
            raise ValueError("a plot needs at least one epoch; the history is empty")
        if ax is None:
            try:
                from matplotlib import pyplot
            except ImportError:
                raise ImportError('plots need matplotlib: pip install -e ".[plots]" in the checkout') from None
            ax = pyplot.subplots(layout="constrained")[1]
        for losses, style, name in ((self.loss, "-", "training"), (self.validation_loss, "--", "validation")):
            if losses:
                ax.plot(range(1, len(losses) + 1), losses, style, marker="." if len(losses) == 1 else "", label=name)
        if self.best:
            ax.axvline(self.best, color="0.4", linestyle=":", label=f"restored: epoch {self.best}")
        ax.set(xlabel="epoch", ylabel="mean loss", title="Loss by epoch")
        if min([*self.loss, *self.validation_loss]) > 0:
            ax.set(yscale="log", ylabel="mean loss (log scale)")
        ax.locator_params(axis="x", integer=True)
        ax.grid(alpha=0.3)
        ax.legend()
        return ax

    def __repr__(self) -> str:
        ends = [f"{name} {numbers[0]:.4g} to {numbers[-1]:.4g}" for name, numbers in self._series()]
        return f"History({', '.join([self._count(), *ends])}{f'; {self.stopped}' if self.stopped else ''})"

    def _repr_html_(self) -> str:
        rows = ["<tr><th></th><th>first</th><th>lowest</th><th>highest</th><th>last</th></tr>"]
        for name, numbers in self._series():
            cells = "".join(f"<td>{n:.4g}</td>" for n in (numbers[0], min(numbers), max(numbers), numbers[-1]))
            rows.append(f"<tr><th>{name}</th>{cells}</tr>")
        said = f"<p>{self._count()}{f': {escape(self.reason)}' if self.reason else ''}</p>"
        return "\n".join([said, "<table>", *rows, "</table>", self._draw()]) if self.loss else said

    def _count(self) -> str:
        return write_count(self.epochs, "epoch")

    def _series(self) -> list[tuple[str, list[float]]]:
        """Return the measured curves, by name."""
        names = ("loss", "validation_loss", "accuracy", "validation_accuracy")
        return [(name.replace("_", " "), getattr(self, name)) for name in names if getattr(self, name)]

    def _draw(self) -> str:
        """Draw the losses as an SVG, from the first epoch to the last; "" if there is nothing to draw."""
        curves = {name: getattr(self, name) for name in STYLES if len(getattr(self, name)) > 1}
        numbers = [number for losses in curves.values() for number in losses]
        if not numbers or not all(map(isfinite, numbers)):
            return ""
        scale, said = (log10, ", log scale") if min(numbers) > 0 else (float, "")
        low, high = scale(min(numbers)), scale(max(numbers))
        lines = []
        for name, losses in curves.items():
            across = WIDTH / (len(losses) - 1)
            rows = [(high - scale(loss)) / (high - low or 1.0) * HEIGHT for loss in losses]
            points = " ".join(f"{epoch * across:.1f},{row + 2:.1f}" for epoch, row in enumerate(rows))
            lines.append(f'<polyline points="{points}" fill="none" stroke-width="1.6" {STYLES[name]}/>')
        said = f"{', dashed: '.join(name.replace('_', ' ') for name in curves)}, by epoch{said}"
        text = f'<text y="{HEIGHT + 16}" font-size="11" fill="currentColor">{said}</text>'
        size = f'width="{WIDTH}" height="{HEIGHT + 20}" role="img" aria-label="{said}"'
        return f"<svg {size}>{''.join(lines)}{text}</svg>"
