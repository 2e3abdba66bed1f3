"""Watching: note the comparisons of a program while its graph is built, and whether it looks at a number."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from engine.looks import equals
from engine.modes import call_both, current, mode
from engine.numbers import CONSTANT
from engine.tape.branches import Comparison
from engine.teaching.debug import find_outside
from engine.value import Value, lift, toposort

WAYS_OUT = "compare Values (p <= 1), or compute with v.detach()"


class LookError(ValueError):
    """A program looked at a number while its graph was recorded, which a replay cannot follow.

    >>> from engine import Value, record
    >>> record(lambda x: x * x.data, [Value(2.0)])
    Traceback (most recent call last):
    engine.tape.watching.LookError: ... looks at a number that a replay could not follow: ...
    """


class Given(Value):
    """A leaf with a number for each sample, which a program that computes with Values has as a plain number.

    So while a graph is recorded == compares its number with a Value's too, and writing it as text, alone or in a list,
    or looking it up in a dict or a set counts as a look at its number.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if current.on_comparison and isinstance(other, Value):
            return bool(equals(self, other))
        return super().__eq__(other)

    def __repr__(self) -> str:
        return repr(self.data)


def _look_up(given: Given) -> int:
    if current.on_look:
        current.on_look(given)
    return object.__hash__(given)


Given.__hash__ = _look_up  # type: ignore[method-assign, assignment]  # in the class it would be set back, as every subclass's is


class Watch:
    """What a program did while its graph was built.

    comparisons   its comparisons of Values, in order
    line          "file:line" of its first look at a number that depends on a leaf; "" for none
    line_apart    the same for a number that depends only on the leaves in `apart`
    made          the nodes that it made, in this thread
    """

    def __init__(self, apart: Iterable[Value] = ()) -> None:
        self.comparisons: list[Comparison] = []
        self.line, self.line_apart = "", ""
        self.made: list[Value] = []
        self._apart = {id(leaf) for leaf in apart}

    def look(self, value: Value) -> None:
        """Note the line at which the program looks at the number of a Value."""
        if self.line:
            return
        with mode(on_look=None):
            leaves = {id(node) for node in toposort(value) if not node.op}
        if leaves - self._apart:
            self.line = find_line()
        elif leaves and not self.line_apart:
            self.line_apart = find_line()

    def compare(self, sign: str, left: Value, right: Any, outcome: bool) -> None:
        """Note a comparison, unless both sides are constants."""
        right = lift(right)
        if left.op != CONSTANT or right.op != CONSTANT:
            self.comparisons.append(Comparison(sign, left, right, outcome))

    def meet(self, node: Value) -> None:
        """Note a new node; a result under no_grad counts as a look at its number."""
        self.made.append(node)
        if current.detach and node.a is not None:
            self.look(node)

    def refuse(self) -> None:
        """Raise LookError if the program looked at a number."""
        if line := self.line or self.line_apart:
            raise LookError(f"{line} looks at a number that a replay could not follow: {WAYS_OUT}")


@contextmanager
def watch(apart: Iterable[Value] = ()) -> Iterator[Watch]:
    """Watch this thread while it builds a graph in the block. Other watchers stay active."""
    seen = Watch(apart)
    on_look, on_comparison = call_both(current.on_look, seen.look), call_both(current.on_comparison, seen.compare)
    on_node = call_both(current.on_node, seen.meet)
    on_backward = call_both(current.on_backward, lambda found: seen.look([*found][-1]))  # gradients are numbers
    with mode(on_look=on_look, on_comparison=on_comparison, on_node=on_node, on_backward=on_backward):
        yield seen


@contextmanager
def comparisons() -> Iterator[list[Comparison]]:
    """Collect the comparisons of Values in this block, in this thread, for `engine.record` to watch.

    It does not notice other looks at numbers; `record(function, inputs)` does.

    >>> from engine.tape import record
    >>> x = Value(2.0)
    >>> with comparisons() as seen:
    ...     y = x * 3 if x > 0 else -x
    >>> record(y, [x], comparisons=seen).forward([[1.0], [-1.0]])
    Traceback (most recent call last):
    engine.tape.branches.BranchError: a comparison (>) that was True when the graph was built is False for sample 1
    """
    with watch() as seen:
        yield seen.comparisons


def build(function: Callable[..., Any], inputs: Sequence[Value]) -> tuple[Any, list[Comparison]]:
    """Call the function with the inputs; return its result and comparisons. LookError if it looks at a number."""
    with watch() as seen:
        root = function(*inputs)
    seen.refuse()
    return root, seen.comparisons


def find_line() -> str:
    """Return the current line of the user's own code, as "file:line"."""
    frame = find_outside(sys._getframe(1), installed=True)
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
