"""The terminal: texts in the letters it has, colour where it is wanted, and lines that a person types."""

import os
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from viz.terminal.keys import has_keys, read_line

ASCII = str.maketrans({"∂": "d", "·": "*", "…": "...", "█": "#", "→": "->", "←": "<-", "≈": "~=", "≠": "!="})
COLOURS = {"dim": 2, "bold": 1, "green": 32, "red": 31, "yellow": 33, "cyan": 36}


def show(text: str) -> None:
    """Print a text; in plain letters where the terminal's encoding has no ∂ and the like.

    >>> show("∂L/∂w = 0.5")
    ∂L/∂w = 0.5
    """
    print(_encodable(text))
    flush()


def ask(prompt: str, keys: Collection[str] = ()) -> str | None:
    """The line typed after the prompt, without the spaces around it; None at the end of the input (Ctrl-D).

    keys   what is returned at once where it is pressed first, at a terminal; see `viz.terminal.keys.read_line`
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
    if not sys.stdin.isatty():  # a person sees what they type, whoever reads the output of a pipe does not
        show(line)
    return line


def is_interactive() -> bool:
    """Whether a person sits at both ends: input and output are terminals."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def paint(text: str, colour: str) -> str:
    """The text in a colour; as it is where output is no terminal, or NO_COLOR or TERM=dumb ask for none."""
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
    """See to it that what was printed is written; OSError where it cannot be, and then nothing more is."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        close_output()
        raise


def close_output() -> None:
    """Print nowhere from here on: the reader of a pipe, such as `head`, has seen enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def tell_failures(program: str) -> Iterator[None]:
    """End the program with status 1 where the system refuses something: in a line, or quietly where nobody reads on."""
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
