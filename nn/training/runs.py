"""Runs: the results of a sweep, a row for each setting."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nn.summary import cut
from nn.training.history import History

WIDTH, CELL = 80, 16  # columns of the table, and of a setting in it at most


@dataclass(frozen=True)
class Run:
    """One setting of a sweep, and its result.

    setting    the arguments of the function, by name
    returned   what it returned; None if it failed
    error      what it raised; KeyboardInterrupt if Ctrl-C cut the run short or prevented it; else None
    """

    setting: dict[str, Any]
    returned: Any = None
    error: BaseException | None = None

    @property
    def result(self) -> Any:
        """Return what the function returned, or raise the error of the run."""
        if self.error is not None:
            raise self.error
        return self.returned

    @property
    def history(self) -> History:
        """The History that was returned, or the first one among other things; an empty one if there is none."""
        parts = self.returned.values() if isinstance(self.returned, Mapping) else self.returned
        among = [self.returned, *parts] if isinstance(self.returned, list | tuple | Mapping) else [self.returned]
        return next((part for part in among if isinstance(part, History)), History())

    def __str__(self) -> str:
        if self.error is not None:
            return f"{type(self.error).__name__}: {self.error}"
        numbers = [f"{name.replace('_', ' ')} {number:.4g}" for name, number in self.history.last.items()]
        ended = [self.history.stopped] if self.history.stopped in ("diverged", "interrupted") else []
        return ", ".join(numbers + ended) or _write(self.returned)


class Runs(list[Run]):
    """The runs of a sweep, in the order of their settings; prints as a table."""

    def __repr__(self) -> str:
        names = list(dict.fromkeys(name for run in self for name in run.setting))
        rows = [[*names, "result"]]
        for run in self:
            settings = [_write(run.setting[name]) if name in run.setting else "" for name in names]
            rows.append([*(cut(text, CELL) for text in settings), " ".join(str(run).split())])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.ljust, cells, widths)).rstrip() for cells in rows]
        return "\n".join(cut(line, WIDTH) for line in lines)


def _write(value: Any) -> str:
    """A value in one line: floats with four digits, functions by their names."""
    text = f"{value:.4g}" if isinstance(value, float) else str(getattr(value, "__name__", value))
    return " ".join(text.split())
