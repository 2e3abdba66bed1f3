"""Progress: a bar that shows how far training has come."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nn.training.history import History


@contextmanager
def show_progress(epochs: int, wanted: bool) -> Iterator[Callable[[History], None]]:
    """A bar, as a function that takes the history after each epoch; it does nothing where no bar is wanted.

    Without tqdm a warning says so.
    """
    if not wanted:
        yield lambda history: None
        return
    try:
        from tqdm.auto import tqdm
    except ImportError:
        warnings.warn('no progress bar, since tqdm is missing: pip install ".[demos]"', stacklevel=4)
        yield lambda history: None
        return
    with tqdm(total=epochs, unit="epoch") as bar:

        def show(history: History) -> None:
            series = {name: numbers for name, numbers in vars(history).items() if isinstance(numbers, list) and numbers}
            bar.set_postfix({name: f"{numbers[-1]:.4g}" for name, numbers in series.items()}, refresh=False)
            bar.update()

        yield show
