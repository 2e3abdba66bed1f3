"""Stopping: when training has gone on long enough, and how it stops without leaving anything half done."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import Any, Self

from nn.module import Module


class EarlyStopping:
    """Keeps the numbers of a model at its lowest validation loss.

    patience   how many epochs to wait for a lower one
    epoch      that of the lowest loss, counted from 1; 0 before there was any
    """

    def __init__(self, model: Module, patience: int) -> None:
        self.model, self.patience = model, patience
        self.epoch, self.loss = 0, float("inf")
        self._state: dict[str, float] = {}

    def is_over(self, epoch: int, loss: float) -> bool:
        """Whether, with this epoch's validation loss, patience is at its end."""
        if loss < self.loss:
            self.epoch, self.loss, self._state = epoch, loss, self.model.state_dict()
        return epoch - self.epoch >= self.patience

    def restore(self) -> None:
        """Set the model's parameters and buffers to the best that were seen."""
        if self.epoch:
            self.model.load_state_dict(self._state)


class Interruptions:
    """Ctrl-C that can wait: while a block `with interruptions:` runs, until it is done."""

    def __init__(self) -> None:
        self._handler: Any = None
        self._is_held = False
        self._waiting: tuple[Any, ...] = ()

    def __enter__(self) -> None:
        self._is_held = True

    def __exit__(self, *error: object) -> None:
        self._is_held = False
        if self._waiting:
            waiting, self._waiting = self._waiting, ()
            self._handler(*waiting)

    def _handle(self, *what: Any) -> None:
        if self._is_held:
            self._waiting = what
        else:
            self._handler(*what)

    @contextmanager
    def watch(self) -> Iterator[Self]:
        """Stand before the handler of SIGINT while the block runs.

        Python hands signals to the main thread only, so that in others nothing is to be done; nor where a handler
        stands that was not set from Python.
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
