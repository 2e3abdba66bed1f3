"""Prints to the terminal in letters and colours that it supports, and reads lines from it."""

import os
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from viz.terminal.keys import has_keys, read_line

ASCII = str.maketrans(
    {"∂": "d", "·": "*", "…": "...", "█": "#", "→": "->", "←": "<-", "≈": "~=", "≠": "!=", "≤": "<="}
    | {"²": "**2", "³": "**3"}
)
COLOURS = {"dim": 2, "bold": 1, "green": 32, "red": 31, "yellow": 33, "cyan": 36}


def show(text: str) -> None:
    """Print a text, with ASCII letters if the terminal's encoding lacks ∂ and the like.

    >>> show("∂L/∂w = 0.5")
    ∂L/∂w = 0.5
    """
    print(_encodable(text))
    flush()


def ask(prompt: str, keys: Collection[str] = ()) -> str | None:
    """Read a line after the prompt, without the spaces around it; None at the end of the input (Ctrl-D).

    keys   returned at once if pressed first in a terminal; see `viz.terminal.keys.read_line`
    """
    if sys.stdin is None or sys.stdout is None:  # closed by whoever started the program
        return None
    if has_keys():
        print(_encodable(prompt), end="", flush=True)
        typed = read_line(keys)
        return typed if typed is None else typed.strip() or typed[:1]
    try:
        line = input(_encodable(prompt)).strip()
    except EOFError:
        print()
        return None
    except UnicodeDecodeError:
        return "\ufffd"
    if not sys.stdin.isatty():  # input from a pipe is not echoed otherwise
        show(line)
    return line


def paint(text: str, colour: str) -> str:
    """Colour a text, unless output is not a terminal or NO_COLOR or TERM=dumb forbids it."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb"
    if plain or sys.stdout is None or not sys.stdout.isatty():
        return text
    return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m"


def _encodable(text: str) -> str:
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(ASCII).encode(encoding, "backslashreplace").decode(encoding)
    return text


def flush() -> None:
    """Write out what was printed; on OSError, print nothing from then on."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        close_output()
        raise


def close_output() -> None:
    """Discard all further output: the reader of a pipe, such as `head`, has closed it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def tell_failures(program: str) -> Iterator[None]:
    """On OSError, end the program with status 1 and a line; without the line if the output was closed."""
    try:
        try:
            yield
        finally:
            flush()
    except BrokenPipeError:
        close_output()
        raise SystemExit(1) from None
    except OSError as error:
        raise SystemExit(f"{program}: {error}") from None
