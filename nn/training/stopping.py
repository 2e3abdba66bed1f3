"""Stopping: decide when training ends, and make Ctrl-C wait until nothing is half done."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import inf
from threading import current_thread, main_thread
from typing import Any, Self

import numpy as np

from engine import Value
from engine.numbers import write_count
from nn.arguments import check_real, check_whole
from nn.module import Module
from nn.optim import Optimizer
from nn.training.history import History


class Stopping:
    """Decides when training ends. The arguments are those of `nn.fit`, and are checked here.

    best     with patience, the epoch of the lowest validation loss, counted from 1; 0 before the first
    lowest   that loss
    """

    def __init__(
        self, model: Module, optimizer: Optimizer, epochs: int, threshold: Any, patience: Any, callback: Any
    ) -> None:
        self.model, self.optimizer, self.best, self.lowest = model, optimizer, 0, inf
        self.epochs = check_whole("epochs", epochs)
        self.threshold = -inf if threshold is None else check_real("threshold", threshold)
        self.patience = inf if patience is None else check_whole("patience", patience)
        self.callbacks = list(callback) if isinstance(callback, list | tuple) else [callback] * (callback is not None)
        for given in self.callbacks:
            if not callable(given):
                raise TypeError(f"callback must be a function of the history, not {type(given).__name__}: {given!r}")
        self._state: dict[str, float] = {}
        self._learned: list[tuple[Value, float]] = []  # which may be more than the model's, as a number in the loss

    def keep_best(self, epoch: int, measured: Mapping[str, float]) -> None:
        """With patience, keep what is learned if this is the lowest validation loss."""
        if self.patience < inf and measured["loss"] < self.lowest:
            self.best, self.lowest, self._state = epoch, measured["loss"], self.model.state_dict()
            self._learned = [(value, value.data) for value in self.optimizer.parameters]

    def is_over(self, epoch: int, history: History) -> bool:
        """Whether this epoch was the last; if so, the history says why."""
        loss, end = history.loss[-1], ("", "")
        if loss < self.threshold:
            end = "threshold", f"the loss {loss:.4g} of epoch {epoch} is below {self.threshold:g}"
        elif True in [_is_true(function(history)) for function in self.callbacks]:  # each is called
            end = "callback", f"the callback ended training after epoch {epoch}"
        elif epoch - self.best >= self.patience:
            end = "patience", f"no new low of the validation loss in {write_count(epoch - self.best, 'epoch')}"
        elif epoch == self.epochs:
            end = "epochs", f"all epochs are done: {epoch}"
        history.stopped, history.reason = end
        return bool(history.stopped)

    def restore(self, history: History) -> None:
        """Restore the numbers of the best epoch, if any were kept."""
        if self.best:
            for value, number in self._learned:
                value.data = number
            self.model.load_state_dict(self._state)
            history.best = self.best
            history.reason += f"; restored epoch {self.best}, with a validation loss of {self.lowest:.4g}"


class Interruptions:
    """Makes Ctrl-C wait until a block `with interruptions:` is done, also one around others.

    came   whether Ctrl-C has come, even if something below caught it, as `nn.fit` does
    """

    def __init__(self) -> None:
        self.came = False
        self._handler: Any = None
        self._blocks = 0  # that are open
        self._waiting: tuple[Any, ...] = ()

    def __enter__(self) -> None:
        self._blocks += 1

    def __exit__(self, *error: object) -> None:
        self._blocks -= 1
        if self._waiting and not self._blocks:
            waiting, self._waiting = self._waiting, ()
            self._handler(*waiting)

    def _handle(self, *what: Any) -> None:
        self.came = True
        if self._blocks:
            self._waiting = what
        else:
            self._handler(*what)

    @contextmanager
    def watch(self) -> Iterator[Self]:
        """Replace the handler of SIGINT while the block runs.

        Python gives signals to the main thread alone, so this does nothing in other threads, nor if the handler was not
        set from Python.
        """
        self._handler = signal.getsignal(signal.SIGINT)
        if current_thread() is not main_thread() or not callable(self._handler):
            yield self
            return
        signal.signal(signal.SIGINT, self._handle)
        try:
            yield self
        finally:
            signal.signal(signal.SIGINT, self._handler)


def _is_true(answer: Any) -> bool:
    """Whether a callback returned True itself; other true objects may be returned by accident."""
    return isinstance(answer, bool | np.bool_) and bool(answer)
