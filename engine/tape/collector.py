"""The collector: switch Python's collection of cycles off while a graph is flattened."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collector() -> Iterator[None]:
    """Switch the collector off: it would search hundreds of thousands of small lists, which form no cycles, many times.

    It is on again before any other code runs.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
