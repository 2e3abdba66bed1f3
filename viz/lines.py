"""Lines of text: as wide as a terminal, names cut short, the middle of a list left out."""

import textwrap

WIDTH = 80
LONGEST = 40  # characters of a name


def fill(pieces: list[str], indent: int = 0, hanging: int = 0) -> str:
    """Pieces joined by spaces, broken between them where a line would grow too long; inside where one would."""
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


def shorten(name: str, longest: int = LONGEST) -> str:
    """A name cut in the middle where it is longer."""
    return name if len(name) <= longest else f"{name[: longest // 2 - 1]}…{name[-(longest // 2) :]}"


def ends(count: int, most: int) -> list[int]:
    """The numbers from 0 below count; of more than `most` the first and the last."""
    last = max(count - most // 2, most - most // 2)
    return [*range(count)[: most - most // 2], *range(count)[last:]]
