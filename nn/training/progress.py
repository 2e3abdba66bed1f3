"""Progress: a bar that shows the progress of training."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any

from nn.training.history import History

_hidden = ContextVar("hidden", default=False)


@contextmanager
def show_progress(total: int, wanted: bool, counted: str = "epoch") -> Iterator[Callable[[History], None]]:
    """Return a function that takes the history after each epoch and moves a bar, or does nothing without one.

    Without tqdm a warning says so.
    """
    if not wanted or _hidden.get():
        yield lambda history: None
        return
    try:
        from tqdm.auto import tqdm
    except ImportError:
        warnings.warn('no progress bar, since tqdm is missing: pip install -e ".[demos]" in the checkout', stacklevel=4)
        yield lambda history: None
        return
    with tqdm(total=total, unit=counted) as bar:
        latest = History()

        def write(refresh: bool) -> None:
            bar.set_postfix({name: f"{number:.4g}" for name, number in latest.last.items()}, refresh=refresh)

        def show(history: History) -> None:
            nonlocal latest
            latest = history
            if bar.update():  # which says whether it is drawn again: not each time
                write(True)

        try:
            yield show
        finally:
            write(False)


def hide_progress(function: Callable[..., Any], /, **arguments: Any) -> Any:
    """Call a function without showing bars in it."""
    context = copy_context()  # that ends with the call, whenever Ctrl-C comes
    context.run(_hidden.set, True)
    return context.run(function, **arguments)
