"""Tokens: split an expression into tokens with their columns, and the error that points at one."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple
from unicodedata import normalize

from engine.teaching.grammar import HINTS, LONGEST_WORD, SENTENCES, TOKENS, say

TOKEN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in TOKENS.items()))


class Token(NamedTuple):
    """A token of an expression."""

    kind: str  # "number", "name", "symbol" or "end"
    text: str
    column: int


class ExpressionError(ValueError):
    """An expression that cannot be read: `reason`, and `column` (from 0; None if no column is to blame).

    >>> from engine import parse
    >>> try:
    ...     parse("x +", x=1)
    ... except ExpressionError as error:
    ...     error.reason, error.column
    ("expected a number, a name or '(', not the end", 3)
    """

    def __init__(self, reason: str, text: str = "", column: int | None = None) -> None:
        super().__init__(reason if column is None else f"column {column + 1}: {reason}\n{_point(text, column)}")
        self.reason, self.column = reason, column


def _point(text: str, column: int, width: int = 72) -> str:
    """Return the part of the text around the column, with a caret below."""
    start = max(0, min(column - width // 2, len(text) - width + 1))
    shown = text[start : start + width]
    line = "".join(" " if letter.isspace() else letter if letter.isprintable() else "?" for letter in shown)
    return f"    {line}\n    {' ' * (column - start)}^"


@lru_cache(256)  # a worksheet reads the same text with many numbers
def split(text: str) -> tuple[tuple[Token, ...], Mapping[str, str]]:
    """Return the tokens of a text, and for each name as Python normalises it how the text first writes it."""
    tokens, spelt, column = [], dict[str, str](), 0
    while column < len(text):
        match = TOKEN.match(text, column)
        if not match:
            letter = text[column]
            sentence = "hint" if letter in HINTS else "alphabet" if letter.isalpha() else "letter"
            raise ExpressionError(say(sentence, letter=repr(letter), hint=HINTS.get(letter)), text, column)
        kind, word = match.lastgroup or "", match.group()
        if kind != "space":
            same = spelt.setdefault(normalize("NFKC", word), word) if kind == "name" else word
            tokens.append(Token(kind, same, column))
        column = match.end()
    return (*tokens, Token("end", SENTENCES["end"], column)), MappingProxyType(spelt)


def shorten(text: str) -> str:
    """Cut a long text."""
    return text if len(text) <= LONGEST_WORD else f"{text[: LONGEST_WORD - 3]}..."
