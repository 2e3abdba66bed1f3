"""Reads the source lines that made the nodes of a graph built under `engine.debug`."""

import ast
import linecache
import os
from collections.abc import Iterable
from typing import Any

from engine.teaching.debug import Origin

AROUND = 15  # lines before and after, if the function is unknown or too long
LONGEST_FUNCTION = 60  # most lines of a function shown whole
LONGEST_LINE = 240  # most characters shown of a line

Listing = dict[str, Any]


def read_listings(origins: Iterable[Origin | None]) -> tuple[list[Listing], list[list[int] | None]]:
    """Excerpts of the source files, and for each origin where it is: [excerpt, line, column, last line, column].

    Lines count from 1, columns in characters from 0. None for an unknown origin or a file that cannot be read.
    """
    wanted = list(origins)
    made: dict[str, set[tuple[int, int]]] = {}
    for origin in wanted:
        if origin is not None:
            made.setdefault(origin.file, set()).add((origin.line, origin.last_line))
    spans = {file: _find_spans(lines, made[file]) for file in made if (lines := linecache.getlines(file))}
    listings: list[Listing] = []
    where: dict[str, list[int]] = {}
    for file, found in spans.items():
        lines = linecache.getlines(file)
        for first, last in _merge(found):
            where.setdefault(file, []).append(len(listings))
            shown = [printable(line.rstrip("\r\n")) for line in lines[first - 1 : last]]
            listings.append({"file": printable(os.path.basename(file)), "first": first, "lines": shown})
    return listings, [_place(origin, listings, where) for origin in wanted]


def printable(text: str) -> str:
    """A line of printable characters, cut if it is too long."""
    text = text.expandtabs(4)
    shown = text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in shown)


def _find_spans(lines: list[str], made: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """The first and last line to show for each pair of lines: the innermost function, or some lines around."""
    try:
        nodes = list(ast.walk(ast.parse("".join(lines))))
    except (SyntaxError, ValueError, RecursionError):
        nodes = []
    functions = [
        (node.lineno, node.end_lineno or node.lineno)
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    spans = set()
    for line, last_line in made:
        around = [(a, b) for a, b in functions if a <= line <= b < a + LONGEST_FUNCTION]
        spans.add(max(around, default=(max(line - AROUND, 1), min(last_line + AROUND, len(lines)))))
    return spans


def _merge(spans: set[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _place(origin: Origin | None, listings: list[Listing], where: dict[str, list[int]]) -> list[int] | None:
    for number in where.get(origin.file, []) if origin else []:
        assert origin
        first, count = listings[number]["first"], len(listings[number]["lines"])
        if first <= origin.line < first + count:
            lines = linecache.getlines(origin.file)
            last = min(origin.last_line, first + count - 1)
            start = _characters(lines[origin.line - 1], origin.column)
            return [number, origin.line, start, last, _characters(lines[last - 1], origin.end_column)]
    return None


def _characters(line: str, column: int) -> int:
    """Convert a column in bytes of UTF-8, as Python counts it, to shown characters."""
    before = line.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore")
    return min(len(before.expandtabs(4)), LONGEST_LINE)
