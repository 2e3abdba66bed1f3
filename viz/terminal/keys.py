"""Reads single keys from a terminal without Enter, and lines that can be edited as they are typed.

The terminal is in key-by-key mode only while waiting for a key. It is restored whatever happens: an error, Ctrl-C, a
signal that ends the program.
"""

import os
import select
import signal
import sys
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from types import FrameType

try:
    import termios
    import tty
except ImportError:  # on Windows, whole lines are read
    pass

KEYS = {
    "[A": "up", "[B": "down", "[C": "right", "[D": "left", "[H": "home", "[F": "end", "[1~": "home", "[4~": "end",
    "OA": "up", "OB": "down", "OC": "right", "OD": "left", "OH": "home", "OF": "end",
}  # fmt: skip
PATIENCE = 0.05  # seconds to wait for the rest of an arrow key


def is_interactive() -> bool:
    """Whether both input and output are terminals."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def has_keys() -> bool:
    """Whether single keys can be read: input and output are a capable terminal."""
    if os.environ.get("TERM", "dumb") == "dumb" or "termios" not in sys.modules:
        return False
    return is_interactive()


def read_line(keys: Collection[str]) -> str | None:
    """Read a line, or return one of these keys at once if it is pressed first; None at the end of the input.

    keys   letters, and "up", "down", "left", "right", "home", "end", "enter", "escape"

    Echoes the line. Backspace deletes a letter, Ctrl-U all letters; Ctrl-D on an empty line ends the input.
    """
    line = ""
    with _listening():
        while True:
            key = _read_key()
            if key is None or (key == "\x04" and not line):
                _echo("\n")
                return None
            if not line and key in keys:
                _echo("\n")
                return key
            if key == "enter":
                _echo("\n")
                return line
            if key in ("\x7f", "\b", "\x15"):
                count = len(line) if key == "\x15" else min(1, len(line))
                line = line[: len(line) - count]
                _echo("\b \b" * count)
            elif len(key) == 1 and key.isprintable():
                line += key
                _echo(key)


@contextmanager
def _listening() -> Iterator[None]:
    """Let the terminal report every key as it is pressed, without echo."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGTERM, _leave) if main else None
    try:
        tty.setcbreak(terminal, termios.TCSADRAIN)
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        if main:
            signal.signal(signal.SIGTERM, handler)


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)  # runs every `finally`


def _read_key() -> str | None:
    """Read a letter or the name of a key; None at the end of the input."""
    first = _read_byte()
    if first == b"\x1b":
        sequence = b""
        while _follows() and not (len(sequence) > 1 and (sequence[-1:].isalpha() or sequence.endswith(b"~"))):
            sequence += _read_byte()
        return KEYS.get(sequence.decode("ascii", "replace"), "escape")
    if first in (b"\r", b"\n"):
        return "enter"
    length = next((count for count, least in ((4, 0xF0), (3, 0xE0), (2, 0xC0)) if first >= bytes([least])), 1)
    for _ in range(length - 1):
        first += _read_byte()
    return first.decode("utf-8", "replace") if first else None


def _read_byte() -> bytes:
    try:
        return os.read(sys.stdin.fileno(), 1)
    except OSError:  # the terminal is gone
        return b""


def _follows() -> bool:
    return bool(select.select([sys.stdin], [], [], PATIENCE)[0])


def _echo(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()
