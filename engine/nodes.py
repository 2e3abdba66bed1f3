"""Blank nodes, which Python's collector of cycles does not look through.

The collector looks for objects that hold one another in a circle. A Value holds only what was made before it, so there
is nothing to find among Values; but graphs of a million of them are looked through again and again while they grow,
which takes several times as long as to build them. So nodes are made some hundreds at a time, and the collector is told
not to mind them. It goes on minding everything else. Where it is switched off, or another one than CPython's, nodes
are as they are.
"""

import gc
import sys
from collections import deque
from collections.abc import Callable, Iterator
from itertools import repeat, tee
from typing import Any

CHUNK = 256  # nodes made at a time


def make_supply(kind: type) -> tuple[list[Any], Callable[[], Any], Callable[[int], list[Any]]]:
    """Blank nodes of a class: a list to pop from, what returns one where it is empty, and what returns so many."""
    supply: list[Any] = []
    untrack = find_untrack()

    def make(count: int) -> list[Any]:
        blank: Iterator[Any] = map(object.__new__, repeat(kind, count))
        nodes, made = tee(blank)
        if untrack and gc.isenabled():
            deque(map(untrack, map(id, made)), 0)  # each as soon as it is made, before the collector comes by
        return list(nodes)

    def refill() -> Any:
        nodes = make(CHUNK)
        last = nodes.pop()  # ours, whatever other threads take
        supply.extend(nodes)
        return last

    return supply, refill, make


def find_untrack() -> Callable[[int], None] | None:
    """What tells the collector not to mind the object at an address; None where it cannot be told.

    https://docs.python.org/3/c-api/gcsupport.html#c.PyObject_GC_UnTrack
    """
    # Without the lock there is another collector.
    has_lock: Callable[[], bool] = getattr(sys, "_is_gil_enabled", lambda: True)
    try:
        import ctypes
    except ImportError:
        return None
    if sys.implementation.name != "cpython" or not has_lock():
        return None
    untrack = ctypes.pythonapi["PyObject_GC_UnTrack"]  # a function of our own: its types are not for everybody
    untrack.argtypes, untrack.restype = [ctypes.c_void_p], None
    return untrack
