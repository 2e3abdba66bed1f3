"""Fits text into terminal lines: wraps, shortens names, and leaves out the middle of long lists."""

import textwrap
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

WIDTH = 80
LONGEST = 40  # characters of a name

T = TypeVar("T")


def fill(pieces: list[str], indent: int = 0, hanging: int = 0) -> str:
    """Join pieces with spaces and wrap the lines between pieces; a piece too long for a line is wrapped itself."""
    room = WIDTH - indent - hanging
    bound = [piece.replace(" ", "\0") if len(piece) <= room else piece for piece in pieces]
    wrapped = textwrap.fill(
        " ".join(bound),
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hanging),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return wrapped.replace("\0", " ")


def find_room(pieces: list[str], indent: int) -> int:
    """The largest indent at which each piece fits; of a piece too long for a line of this indent, each word."""
    parts = [part for piece in pieces for part in ([piece] if len(piece) <= WIDTH - indent else piece.split())]
    return WIDTH - max(map(len, parts), default=0)


def shorten(name: str, longest: int = LONGEST) -> str:
    """The name, with its middle replaced by … if it is longer."""
    return name if len(name) <= longest else f"{name[: longest // 2 - 1]}…{name[-(longest // 2) :]}"


class Ends(Generic[T]):
    """Keeps the first and last of many items; iteration yields None for those in between."""

    def __init__(self, most: int, items: Iterable[T] = ()) -> None:
        self.first: list[T] = []
        self.last: deque[T] = deque(maxlen=most // 2)
        self.room = most - most // 2
        self.left_out = 0
        for item in items:
            self.add(item)

    def add(self, item: T) -> None:
        """Append an item."""
        if len(self.first) < self.room:
            self.first.append(item)
        else:
            self.left_out += len(self.last) == self.last.maxlen
            self.last.append(item)

    def __iter__(self) -> Iterator[T | None]:
        yield from self.first
        if self.left_out:
            yield None
        yield from self.last

    @property
    def gap(self) -> str:
        """The line for the items left out."""
        return f"  … {self.left_out:,} left out …"
