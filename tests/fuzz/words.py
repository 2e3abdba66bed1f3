"""Hostile words, and mutation: what fuzzing makes its inputs of."""

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

# Names that Python, JavaScript or the op table mean something by.
NAMES = (
    "x", "y", "w1", "b", "α", "Ω_2", "ϵ", "_", "__", "__proto__", "constructor", "prototype", "toString", "valueOf",
    "hasOwnProperty", "__defineGetter__", "__class__", "__import__", "__builtins__", "eval", "exec", "os", "open",
    "lambda", "class", "import", "if", "in", "is", "not", "None", "True", "self", "text", "numbers", "function", "var",
    "let", "this", "new", "delete", "typeof", "null", "undefined", "NaN", "Infinity", "nan", "inf", "window",
    "document", "alert", "arguments", "length", "then", "exp", "sum", "v1", "v2", "t", "L", "a" * 300,
)  # fmt: skip

# What means something in HTML, SVG, JavaScript, JSON, DOT, LaTeX, CSV, XML, a terminal or a file name.
MARKS = (
    "<script>hit()</script>", "</script>", "</title>", "</text></svg>", "<img src=x onerror=hit()>", "<!--", "-->",
    "]]>", "<![CDATA[", '" onload="hit()', "' onclick='hit()", "javascript:hit()", "&lt;", "&#60;", "&amp;", "&", "<",
    ">", '"', "'", "`", "${hit()}", "$", "$(id)", "\\", "\\\\", "\\N", "\\l", "\\G", '\\"', "\\u003c", "{", "}", "|",
    "<b>x</b>", "\n", "\r", "\r\n", "\t", "\v", "\f", "\x00", "\x07", "\x1b[2J", "\x1b]0;x\x07", "\x7f", "\x85",
    "\u00ad", "\u061c", "\u200b", "\u200d", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202e", "\u2066",
    "\u2069", "\ufeff", "\ufffe", "\uffff", "\ud800", "\udfff", "\U000e0001", "\U0010ffff", "e\u0301" * 9, "שלום",
    "漢字", "👩\u200d👩\u200d👧", "ﷺ", "ß", "…", "…a…", "#2", "%", "%s", "~", "^", "_", "#", "{0}", "{}", "\\input{x}",
    "\\end{aligned}", "\\write18{id}", "$$", "//", "/*", "*/", ";", "; DROP", "=cmd|'/C'!A0", "..", "../../x", "-",
    "--", "-rf", "@", ",", "[0]", "layers[0].neurons[1].weights[2]", "a.b", ".", " ", "", "0", "-0.0", "1e999", "∂",
    "·", "→", "None", "nan",
)  # fmt: skip


class Target(NamedTuple):
    """What is fuzzed: how an input is made, what must hold of it (AssertionError if not), its share of the inputs.

    A check returns what became of the input, such as "accepted" or "refused".
    """

    make: Callable[[Random], Any]
    check: Callable[[Any], str]
    share: float


def refused(error: Exception, lines: int = 1, start: str = "") -> str:
    """The outcome where a ValueError or a TypeError says in so many clear lines what is wrong, after such a start."""
    message = str(error)
    assert message.startswith(start), message[:300]
    assert type(error).__module__ in ("builtins", "engine.teaching.tokens"), f"a foreign error: {error!r}"
    assert message, f"an empty {type(error).__name__}"
    written = message.split("\n")
    assert len(written) <= lines, f"{len(written)} lines: {message[:300]!r}"
    for line in written:
        assert line.isprintable(), f"unprintable: {line[:300]!r}"
        assert len(line) <= 600, f"a line of {len(line)} characters: {line[:300]!r}"
    return "refused"


def word(random: Random) -> str:
    """A label or a line of source as nobody should write it, now and then of 100,000 characters."""
    pieces = [piece(random) for _ in range(random.choice((1, 1, 2, 3, 5, 9)))]
    if random.random() < 0.005:
        pieces[0] *= 100_000 // max(len(pieces[0]), 1)
    return "".join(pieces)


def piece(random: Random) -> str:
    kind = random.random()
    if kind < 0.6:
        return random.choice(MARKS)
    if kind < 0.85:
        return random.choice(NAMES)
    if kind < 0.95:
        return chr(random.randrange(0x20, 0x7F))
    return chr(random.randrange(0x110000))


def mutate(random: Random, text: str) -> str:
    """The text with a few pieces left out, doubled, moved or put in."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        at, end = sorted(random.randrange(len(text) + 1) for _ in range(2))
        end = min(end, at + random.choice((0, 1, 1, 3, 20)))
        new = random.choice(("", text[at:end] * 2, piece(random), random.choice("+-*/()=;,. \n0123456789eE_")))
        text = text[:at] + new + text[end:]
    return text


def mutate_bytes(random: Random, data: bytes) -> bytes:
    """The bytes cut short, with bits flipped, or with a stretch left out, doubled, zeroed or put elsewhere."""
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        at = random.randrange(len(data) + 1)
        end = min(len(data), at + random.choice((1, 2, 4, 8, 64, 1000)))
        match random.randrange(8):
            case 0:
                data = data[:at]
            case 1 | 2 | 3 if at < len(data):
                data = data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]
            case 4:
                data = data[:at] + data[end:]
            case 5:
                data = data[:end] + data[at:]
            case 6:
                data = data[:at] + random.choice((b"\x00", b"\xff", b"\x80")) * (end - at) + data[end:]
            case _:
                data = data[:at] + random.randbytes(end - at) + data[end:]
    return data
