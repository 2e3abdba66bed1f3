"""Worksheets: a graph with blanks for every number, room to work, and an answer key; to be printed."""

from html import escape
from operator import index
from typing import Any

from engine.changes import tell_changed
from engine.numbers import CONSTANT
from engine.teaching.mistakes import RIGHT
from engine.value import Value
from viz import svg
from viz.lines import fill, shorten
from viz.offline import OfflinePage, read
from viz.sheets.blanks import draw_blanks, short
from viz.sheets.exercises import is_exact, make_exercise
from viz.words.text import no_leaf, walk_text
from viz.words.words import definition, name_graph

MOST_NODES = 30  # in a graph that a person fills in
MOST_SHEETS = 200
LONGEST = 44  # characters in front of the room to work
ROOM = 680.0, 740.0  # for the picture on a page of A4 or Letter: 180 by 196 mm
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


class Worksheet(OfflinePage):
    """Pages to print: every sheet, then the answer keys, each on a page of its own.

    As text it is the questions alone; notebooks show it.

    html    the file as text, complete in itself: it loads nothing and runs nothing
    """

    sandbox = ""  # it has no script
    window = 860.0, None

    def __init__(self, html: str, title: str, text: str) -> None:
        self.html, self._title, self._text = html, title, text

    def __repr__(self) -> str:
        return f"Worksheet({self._title}; .save('sheet.html') writes it)"

    def __str__(self) -> str:
        return self._text


def worksheet(
    root: Value | None = None, *, level: int | None = None, seed: int | None = None, sheets: int = 1, text: str = ""
) -> Worksheet:
    """A worksheet on the graph behind `root`, or on an exercise made for the purpose.

    level    1 (one product) to 6 (two neurons that share a weight); 1 if not given
    seed     a whole number from 0 on, 0 if not given; the same level and seed give the same bytes
    sheets   how many sheets, of this seed and those that follow it
    text     of a graph of one's own: the expression that stands above it, if any

    Raises TypeError if root is no Value, or a number is not whole; ValueError for an unknown level, a negative seed,
    a graph of more than 30 nodes, or level, seed or sheets beside a root.

    >>> worksheet(level=2, seed=7)
    Worksheet(level 2, sheet 7; .save('sheet.html') writes it)
    """
    if root is not None:
        if level is not None or seed is not None or sheets != 1:
            raise ValueError("level, seed and sheets are for exercises: a graph of your own makes one sheet")
        exercises = [_Exercise(root, text, "your own graph")]
        title = exercises[0].name
    else:
        level, seed = _whole("level", 1 if level is None else level), _whole("seed", 0 if seed is None else seed)
        sheets = _whole("sheets", sheets)
        if not 1 <= sheets <= MOST_SHEETS:
            raise ValueError(f"a file holds 1 to {MOST_SHEETS} sheets, not {sheets}")
        numbers = range(seed, seed + sheets)
        exercises = [_Exercise(*make_exercise(level, each), f"level {level}, sheet {each}") for each in numbers]
        title = f"level {level}, sheet {seed}" + (f" to {numbers[-1]}" if sheets > 1 else "")
    pages = [exercise.sheet() for exercise in exercises] + [exercise.key() for exercise in exercises]
    text = "\n\n".join(exercise.write() for exercise in exercises)
    return Worksheet(_document(f"Backpropagation by hand: {title}", pages), title, text)


def _whole(name: str, given: Any) -> int:
    try:
        return index(given)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, not {type(given).__name__}: {given!r:.60}") from None


class _Exercise:
    """A graph to work through on paper."""

    def __init__(self, root: Value, text: str, name: str) -> None:
        self.called, self.root, self.text, self.name = name_graph(root), root, text, name
        if root.op == CONSTANT:
            raise ValueError(no_leaf(root, self.called))
        self.gradients = RIGHT(root)
        self.nodes = [node for node in self.called if node.op != CONSTANT]
        if len(self.nodes) > MOST_NODES:
            raise ValueError(f"a graph of {len(self.nodes):,} nodes is too large to fill in (at most {MOST_NODES})")

    def sheet(self) -> str:
        """The page with blanks."""
        top, (forward, backward) = self.called[self.root], self._ask()
        how = f"Begin with ∂{top}/∂{top} = 1. Any other node adds up, over all its uses, "
        how += "the gradient of the user times the local derivative."
        who = '<span class="who">Name <span class="blank" style="width: 46mm"></span> '
        who += 'Date <span class="blank" style="width: 24mm"></span></span>'
        return "\n".join(
            [
                "<section>",
                f"<header><h1>Backpropagation by hand</h1>{who}</header>",
                *self._exercise(),
                _figure(draw_blanks(self.called, ROOM)),
                _part("1. Forward: compute every value", "", forward) if forward else "",
                _part(f"2. Backward: compute every gradient, from {top} back", how, backward),
                "</section>",
            ]
        )

    def write(self) -> str:
        """The questions as text."""
        given = ", ".join(self._given())
        blanks = [f"  {row} = ____" for rows in self._ask() for row in rows]
        return "\n".join([fill(f"{self.name.capitalize()}. Given: {given}".split(), 0, 2), *blanks])

    def _ask(self) -> tuple[list[str], list[str]]:
        """What is to be computed: every value, and every gradient."""
        top = self.called[self.root]
        forward = [f"{self.called[node]} = {definition(node, self.called)}" for node in self.nodes if node.operands]
        return forward, [f"∂{top}/∂{self.called[node]}" for node in reversed(self.nodes)]

    def _given(self) -> list[str]:
        return [f"{self.called[node]} = {short(node.data)}" for node in self.nodes if not node.operands]

    def key(self) -> str:
        """The page with the answers."""
        return "\n".join(
            [
                "<section>",
                "<header><h1>Answer key</h1></header>",
                *self._exercise(),
                _figure(draw_blanks(self.called, ROOM, filled=True)),
                "<h2>Every step</h2>",
                *(f"<pre>{escape(passage)}</pre>" for passage in walk_text(self.root).split("\n\n")),
                "</section>",
            ]
        )

    def _exercise(self) -> list[str]:
        """What is to be worked on, and how exactly."""
        given = ", ".join(self._given())
        exact = all(is_exact(node.data) and is_exact(self.gradients[node]) for node in self.nodes)
        rule = "All numbers come out exactly." if exact else "Round each number to 3 significant digits; the key has 4."
        parts = [svg.clean(part.strip()) for part in self.text.split(";") if part.strip()]
        lines = [f'<p class="formula">{escape("; ".join(parts))}</p>'] if parts else []
        changed = tell_changed(self.root, self.called.__getitem__)
        return [
            *lines,
            *([f"<p>Careful: {escape(changed)}.</p>"] if changed else []),
            f'<p>{escape(self.name.capitalize())}. Given: <span class="given">{escape(given)}</span>. {rule}</p>',
        ]


def _figure(picture: str) -> str:
    return f"<figure>\n{picture}\n</figure>"


def _part(title: str, how: str, rows: list[str]) -> str:
    """A heading, and a row for each number: what is sought, room to work, a blank."""
    work = '<td class="room"></td><td>= <span class="blank"></span></td>'
    cells = [f"<tr><td>{escape(shorten(row, LONGEST))} =</td>{work}</tr>" for row in rows]
    head = [f"<h2>{escape(title)}</h2>", *([f"<p>{escape(how)}</p>"] if how else [])]
    return "\n".join(['<div class="part">', *head, "<table>", *cells, "</table>", "</div>"])


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
