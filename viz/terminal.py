"""The terminal: texts in the letters it has, colour where it is wanted, and lines that a person types."""

import os
import sys

ASCII = str.maketrans({"∂": "d", "·": "*", "…": "...", "█": "#", "→": "->"})
COLOURS = {"dim": 2, "bold": 1, "green": 32, "red": 31, "yellow": 33, "cyan": 36}


def show(text: str) -> None:
    """Print a text; in plain letters where the terminal's encoding has no ∂ and the like."""
    print(_encodable(text), flush=True)


def ask(prompt: str) -> str | None:
    """The line typed after the prompt, without the spaces around it; None at the end of the input (Ctrl-D)."""
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
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb":
        return text
    return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m"


def _encodable(text: str) -> str:
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(ASCII).encode(encoding, "backslashreplace").decode(encoding)
    return text


def close_output() -> None:
    """Print nowhere from here on: the reader of a pipe, such as `head`, has seen enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
