"""Python's collector of cycles, out of the way while a graph is flattened."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collector() -> Iterator[None]:
    """Hundreds of thousands of small lists, and no cycle among them: it would look through them again and again.

    It is back before anybody else's code runs.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
