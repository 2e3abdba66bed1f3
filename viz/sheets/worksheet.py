"""Makes printable worksheets: a graph with blanks for every number, room to work, and an answer key."""

from collections.abc import Mapping, Sequence
from html import escape
from operator import index
from typing import Any

from engine.value import Value
from viz.lines import shorten
from viz.offline import OfflinePage, read
from viz.sheets.exercises import draw_numbers, find_leaves, make_exercise
from viz.sheets.paper import Exercise, write_table

MOST_SHEETS = 200
TITLE = "Backpropagation by hand"
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


class Worksheet(OfflinePage):
    """Pages to print: all sheets, a table of all answers if there are several, then the keys.

    Printed on both sides, no key is on the back of a sheet. Prints as the questions alone; notebooks show the pages.

    html    the file as text; it loads nothing and runs nothing

    >>> print(worksheet(level=1, seed=1))
    Level 1, sheet 1. Given: a = -3, b = 0.5, c = 4
      v1 = a*b = ____
      L = v1*c = ____
      ∂L/∂L = ____
      ∂L/∂c = ____
      ∂L/∂v1 = ____
      ∂L/∂b = ____
      ∂L/∂a = ____
    """

    sandbox = ""  # it has no script
    window = 860.0, None

    def __init__(self, exercises: Sequence[Exercise], name: str, parts: str = "questions and answers") -> None:
        self._exercises, self._name = list(exercises), name
        pages = [exercise.sheet() for exercise in exercises] if "questions" in parts else []
        if "answers" in parts:
            pages += [write_table(self._exercises)] if len(exercises) > 1 else []
            pages += [exercise.key() for exercise in exercises]
        self.html = _document(f"{exercises[0].title}: {name}", pages)

    @property
    def questions(self) -> "Worksheet":
        """The sheets alone, to save in a file of their own."""
        return Worksheet(self._exercises, self._name, "questions")

    @property
    def answers(self) -> "Worksheet":
        """The table of all answers and the keys alone."""
        return Worksheet(self._exercises, self._name, "answers")

    def __repr__(self) -> str:
        return f"Worksheet({self._name}; .save('sheet.html') writes it)"

    def __str__(self) -> str:
        return "\n\n".join(exercise.write() for exercise in self._exercises)


def worksheet(
    root: Value | None = None,
    *,
    level: int | Sequence[int] | None = None,
    seed: int | None = None,
    sheets: int | None = None,
    text: str = "",
    numbers: Mapping[str, float] | None = None,
    title: str = TITLE,
) -> Worksheet:
    """A worksheet on the graph behind `root`, on an expression, or on a generated exercise.

    level     1 (one product) to 6 (two neurons that share a weight), 1 by default; a list, such as [1, 2, 3], is used
              in turn
    seed      a whole number from 0, 0 by default; the same arguments give the same bytes
    sheets    how many sheets to make, with this seed and the following ones; by default one for each level
    text      the expression to print above `root`; without a root, the expression of every sheet, each with numbers
              of its own
    numbers   for an expression: the numbers of leaves that are the same on every sheet, by name
    title     the title of each sheet

    The numbers of exercises are chosen so that no mistake of `engine.mistakes` gives the right answer by chance.

    Raises TypeError if root is not a Value, level, seed or sheets is not whole, text or title is no text, or numbers is
    no dictionary. Raises ValueError for an unknown
    level, a negative seed, a graph of more than 30 nodes, an expression with leaves that its result does not
    depend on, and arguments that do not go together.

    >>> worksheet(level=2, seed=7)
    Worksheet(level 2, sheet 7; .save('sheet.html') writes it)
    >>> worksheet(text="h = a*b; L = h + c", sheets=3)
    Worksheet(h = a*b; L = h + c, sheet 0 to 2; .save('sheet.html') writes it)
    """
    for name, given in (("text", text), ("title", title)):
        if not isinstance(given, str):
            raise TypeError(f"{name} must be a text, not {type(given).__name__}: {given!r:.60}")
    if not isinstance(numbers, Mapping | None):
        raise TypeError(f"numbers must be a dictionary, not {type(numbers).__name__}: {numbers!r:.60}")
    if root is not None:
        if level is not None or seed is not None or sheets not in (None, 1) or numbers:
            raise ValueError("level, seed, sheets and numbers are for exercises: a graph of your own makes one sheet")
        return Worksheet([Exercise(root, text, "your own graph", title)], "your own graph")
    if numbers and not text:
        raise ValueError("numbers needs an expression, such as text='h = a*b; L = h + c'")
    if text and level is not None:
        raise ValueError("level is for generated exercises: leave out text or level")
    levels = [
        _whole("level", each) for each in (level if isinstance(level, Sequence) else [1 if level is None else level])
    ]
    if not levels:
        raise ValueError("level is empty: give at least one level")
    seed = _whole("seed", 0 if seed is None else seed)
    sheets = _whole("sheets", len(levels) if sheets is None else sheets)
    if not 1 <= sheets <= MOST_SHEETS:
        raise ValueError(f"a file holds 1 to {MOST_SHEETS} sheets, not {sheets}")
    if sheets < len(levels):
        raise ValueError(f"{len(levels)} levels need at least {len(levels)} sheets, not {sheets}")
    seeds = range(seed, seed + sheets)
    if text and sheets > 1 and {*find_leaves(text)} <= {*(numbers or {})}:
        raise ValueError(f"all numbers of {shorten(text)!r} are given: leave some out, or all sheets are the same")
    if text:
        exercises = [Exercise(draw_numbers(text, each, numbers or {}), text, f"sheet {each}", title) for each in seeds]
        name = text
    else:
        turns = [(levels[turn % len(levels)], each) for turn, each in enumerate(seeds)]
        exercises = [Exercise(*make_exercise(*turn), "level {}, sheet {}".format(*turn), title) for turn in turns]
        name = f"level{'s' * (len(levels) > 1)} {', '.join(map(str, levels))}"
    return Worksheet(exercises, f"{name}, sheet {seed}" + (f" to {seeds[-1]}" if sheets > 1 else ""))


def _whole(name: str, given: Any) -> int:
    try:
        return index(given)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, not {type(given).__name__}: {given!r:.60}") from None


def _document(title: str, pages: list[str]) -> str:
    style = read("viz.sheets", "worksheet.css")
    head = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>",
        f"<style>\n{style}</style>",
        "</head>",
        "<body>",
        "<main>",
    ]
    return "\n".join([*head, *pages, "</main>", "</body>", "</html>", ""])
