"""Fits text into terminal lines: wraps, shortens names, and leaves out the middle of long lists."""

import textwrap

WIDTH = 80
LONGEST = 40  # characters of a name


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


def ends(count: int, most: int) -> list[int]:
    """The indices below `count`; if there are more than `most`, the first and last of them."""
    last = max(count - most // 2, most - most // 2)
    return [*range(count)[: most - most // 2], *range(count)[last:]]
