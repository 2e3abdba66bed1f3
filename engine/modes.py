"""Modes: blocks such as `no_grad` that hook into new nodes, backward passes and comparisons of one thread."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from weakref import WeakSet

from engine.numbers import CONSTANT


class Mode(threading.local):
    """The hooks of one thread; each function is given Values.

    detach          whether results become constants without operands
    on_node         called with each new node
    on_backward     called with the gradients of a finished backward pass, by node, in topological order
    on_look         called with a Value whose number the program reads
    on_comparison   called with the sign of a comparison, both sides (the second may be a number) and the outcome
    """

    detach: bool = False
    on_node: Callable[[Any], None] | None = None
    on_backward: Callable[[dict[Any, float]], None] | None = None
    on_look: Callable[[Any], None] | None = None
    on_comparison: Callable[[str, Any, Any, bool], None] | None = None


current = Mode()
# One entry for each open block of `mode`, in any thread; while it is empty, nothing reads `current`.
open_blocks: list[object] = []
_locks: WeakSet[Any] = WeakSet()


def make_lock() -> Any:
    """Return a lock; it is open again in a forked child process, which has only one thread."""
    lock = threading.RLock()
    _locks.add(lock)
    return lock


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: [lock._at_fork_reinit() for lock in _locks])

one_pass = make_lock()  # held while a backward pass writes gradients: graphs may share nodes


@contextmanager
def mode(**settings: Any) -> Iterator[None]:
    """Change this thread's `Mode` while the block runs."""
    opened = open_blocks
    before = current.detach, current.on_node, current.on_backward, current.on_look, current.on_comparison
    # Ctrl-C can interrupt only at a call: there is none from here to the block, and none at its end.
    opened += (before,)
    try:
        vars(current).update(settings)
        yield
    finally:
        current.detach, current.on_node, current.on_backward, current.on_look, current.on_comparison = before
        del opened[-1]


def call_both(before: Callable[..., None] | None, hook: Callable[..., None]) -> Callable[..., None]:
    """Return a hook that calls the one that was there before, if any, and then another."""
    if before is None:
        return hook

    def both(*given: Any) -> None:
        before(*given)
        hook(*given)

    return both


def settle(node: Any) -> None:
    """Apply the modes of this thread to a new node."""
    if current.on_node:
        current.on_node(node)
    if current.detach and node.a is not None:
        node.op = CONSTANT  # nothing to learn
        node.a = node.b = node.c = None


def no_grad() -> AbstractContextManager[None]:
    """Return a context in which results are constants without operands, for this thread only.

    >>> from engine import Value
    >>> w = Value(3.0)
    >>> with no_grad():
    ...     (w * 2).operands
    ()
    """
    return mode(detach=True)


def peek(value: Any) -> float:
    """Return the number of a Value without ending a recording; for code whose result does not depend on it.

    Reading `Value.data` while a graph is recorded ends the recording, since the next sample may have another number.

    >>> from engine import Value
    >>> peek(Value(2.0))
    2.0
    """
    number: float = value._data
    return number
