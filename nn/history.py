"""History: what happened during training."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class History:
    """What happened during training, one number an epoch.

    loss                 the mean over the epoch's samples, each taken before its batch's update
    accuracy             the share of those samples that were right; empty where the loss knows no classes
    validation_loss      of the validation data, at the end of the epoch; empty without such data
    validation_accuracy  likewise
    stopped              why training ended: "epochs", "threshold", "patience", "callback", "interrupted" or "diverged"
    reason               the same in a sentence
    best                 the epoch whose weights were restored, counted from 1; 0 where none were

    When training is interrupted or diverges, the epoch under way leaves no number.
    """

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    stopped: str = ""
    reason: str = ""
    best: int = 0

    @property
    def epochs(self) -> int:
        """How many epochs were completed."""
        return len(self.loss)

    def plot(self, ax: Any = None) -> Any:
        """Draw the losses against the epoch, and a line at the epoch that was restored; returns matplotlib's Axes.

        ax   to draw on; None for new ones

        ValueError before the first epoch is done, ImportError without matplotlib.
        """
        if not self.loss:
            raise ValueError("a plot needs at least one epoch; the history is empty")
        if ax is None:
            try:
                from matplotlib import pyplot
            except ImportError:
                raise ImportError('plots need matplotlib: pip install ".[plots]"') from None
            ax = pyplot.subplots(layout="constrained")[1]
        for losses, style, name in ((self.loss, "-", "training"), (self.validation_loss, "--", "validation")):
            if losses:
                ax.plot(range(1, len(losses) + 1), losses, style, marker="." if len(losses) == 1 else "", label=name)
        if self.best:
            ax.axvline(self.best, color="0.4", linestyle=":", label=f"restored: epoch {self.best}")
        ax.set(xlabel="epoch", ylabel="mean loss")
        if min([*self.loss, *self.validation_loss]) > 0:
            ax.set(yscale="log", ylabel="mean loss (log scale)")
        ax.locator_params(axis="x", integer=True)
        ax.grid(alpha=0.3)
        ax.legend()
        return ax
