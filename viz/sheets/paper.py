"""Puts one exercise on paper: its sheets with questions, its key, and its row in the table of answers."""

import math
import re
from html import escape

from engine.changes import tell_changed
from engine.numbers import CONSTANT
from engine.teaching.mistakes import RIGHT
from engine.teaching.steps import Step, steps
from engine.value import Value
from viz import svg
from viz.files import find_size
from viz.lines import fill, shorten
from viz.numbers import DIGITS, EXACT, OUTDATED
from viz.sheets.blanks import draw_blanks, short
from viz.sheets.exercises import check_size, comes_out, find_rounding
from viz.words.exact import balance
from viz.words.text import no_leaf
from viz.words.words import CLOSED, definition, derivative_words, factor, forward_words, name_graph, tell_remarks

LONGEST = 44  # characters before the room to work
ROOM = 680.0, 740.0  # for the picture on a page of A4 or Letter: 180 by 196 mm
PAGE = 235.0  # mm that fit on a page of A4 and of Letter
HEAD, LINE, TITLE, ROW = 16.0, 6.0, 16.0, 10.5  # mm of the heading, a line of text, the title of a part, a row
BLANK = '<section class="blank-page"><p>&nbsp;</p></section>'  # the back of a sheet, left blank


class Exercise:
    """A graph to work through on paper.

    name    distinguishes it from others
    title   of its sheet
    """

    def __init__(self, root: Value, text: str, name: str, title: str) -> None:
        self.called, self.root, self.text, self.name = name_graph(root), root, text, name
        self.title = svg.clean(title)
        if all(node.op == CONSTANT or node.operands for node in self.called):
            raise ValueError(no_leaf(root, self.called))
        self.gradients = RIGHT(root)
        self.nodes = [node for node in self.called if node.op != CONSTANT]
        self.cares = self._find_cares()
        check_size(root)
        self.rounding = find_rounding(root)
        self.given = max(self.rounding, DIGITS)  # digits of the numbers given

    def sheet(self) -> str:
        """The pages with blanks, an even number, so that each exercise has sheets of paper of its own."""
        top = self.called[self.root]
        how = f"Begin with ∂{top}/∂{top} = 1. For any other node, add up over all its uses "
        how += "the gradient of the user times the local derivative."
        who = '<span class="who">Name <span class="blank" style="width: 46mm"></span> '
        who += 'Date <span class="blank" style="width: 24mm"></span></span>'
        picture = draw_blanks(self.called, ROOM, digits=self.given)
        begin = [f"<header><h1>{escape(self.title)}</h1>{who}</header>", *self._exercise(), _figure(picture)]
        lines = sum(math.ceil(len(text) / 70) for text in (self.text, ", ".join(self._given()), *self.cares))
        pages, used = [begin], HEAD + LINE * (lines + 2) + _find_height(picture)
        forward, backward = self._ask()
        parts = [("1. Forward: compute every value", "", forward)] if forward else []
        parts.append((f"2. Backward: compute every gradient, from {top} back", how, backward))
        for title, sentence, rows in parts:
            while rows:
                high = TITLE + LINE * bool(sentence) * 2
                fit = int((PAGE - used - high) / ROW)
                if fit < min(len(rows), 20) and used:  # keep a part together if it fits on a page
                    pages.append([])
                    used = 0.0
                    continue
                pages[-1].append(_part(title, sentence, rows[:fit]))
                used += high + ROW * len(rows[:fit])
                rows, title, sentence = rows[fit:], f"{title} (continued)", ""
        sections = ["\n".join(["<section>", *page, "</section>"]) for page in pages]
        return "\n".join(sections + [BLANK] * (len(pages) % 2))

    def write(self) -> str:
        """The questions as text."""
        *others, last = self._given()
        given = ["Given:", *(f"{each}," for each in others), last]
        blanks = [fill([*row.split(), "= ____"], 2, 4) for rows in self._ask() for row in rows]
        return "\n".join([fill([*f"{self.name.capitalize()}.".split(), *given], 0, 2), *blanks])

    def key(self) -> str:
        """The page with the answers, row by row, and how to get them."""
        received: dict[Value, list[Step]] = {}
        for step in steps(self.root):
            if step.kind == "backward":
                received.setdefault(step.operand, []).append(step)
        forward, backward = self._ask()
        computed = [node for node in self.nodes if node.operands]
        values = [(row, *self._work(node)) for row, node in zip(forward, computed, strict=True)]
        gradients = [
            (row, *self._add(node, received.get(node, [])))
            for row, node in zip(backward, reversed(self.nodes), strict=True)
        ]
        return "\n".join(
            [
                "<section>",
                f"<header><h1>Answer key</h1><span>{escape(self.title)}</span></header>",
                *self._exercise(),
                _figure(draw_blanks(self.called, ROOM, True, self.given)),
                _answers("1. Forward", values) if values else "",
                _answers("2. Backward", gradients),
                "</section>",
            ]
        )

    def answers(self) -> tuple[str, str]:
        """One line with every value, and one with every gradient."""
        top = self.called[self.root]
        values = [f"{self.called[node]} = {short(node.data)}" for node in self.nodes if node.operands]
        asked = [node for node in reversed(self.nodes) if node is not self.root]
        gradients = [f"∂{top}/∂{self.called[node]} = {short(self.gradients[node])}" for node in asked]
        values, gradients = (
            [text.replace(" ", "\N{NO-BREAK SPACE}").replace("/", "/\N{WORD JOINER}") for text in texts]
            for texts in (values, gradients)
        )
        return ", ".join(values), ", ".join(gradients)

    def _ask(self) -> tuple[list[str], list[str]]:
        """The values to compute, and the gradients to compute."""
        top = self.called[self.root]
        forward = [f"{self.called[node]} = {definition(node, self.called)}" for node in self.nodes if node.operands]
        return forward, [f"∂{top}/∂{self.called[node]}" for node in reversed(self.nodes)]

    def _work(self, node: Value) -> tuple[str, str]:
        """The computation of a value, and its result."""
        words = forward_words(node, self.called)
        sign = words.compare(node.data)
        work = f"{EXACT if sign == OUTDATED else sign} {_typeset(', '.join([words.numbers, *words.notes]))}"
        return work, f"{sign} {short(node.data)}"

    def _add(self, node: Value, received: list[Step]) -> tuple[str, str]:
        """The computation of a gradient in symbols and numbers, and its result."""
        if not received:
            return "", f"= {short(self.gradients[node])}"
        top, total = self.called[self.root], self.gradients[node]
        taken = [step for step in received if not step.closed]
        digits, sign = balance(lambda read: sum(read(step.upstream) * read(step.local) for step in taken), total)
        symbols, numbers = [], []
        for step in received:
            assert step.index is not None
            words = derivative_words(step.node, step.index, self.called)
            symbols.append(f"∂{top}/∂{self.called[step.node]} · {_typeset(factor(words.symbols))}")
            numbers.append(f"{factor(short(step.upstream, digits))} · {factor(short(step.local, digits))}")
        why = f", {CLOSED}" if len(taken) < len(received) else ""
        return f"= {' + '.join(symbols)} {sign} {' + '.join(numbers)}{why}", f"{sign} {short(total)}"

    def _find_cares(self) -> list[str]:
        """Warnings of changed numbers and of kinks, with the convention used there."""
        found = [tell_changed(self.root, self.called.__getitem__)]
        for node in self.nodes:
            by = [index for index, operand in enumerate(node.operands) if operand.op != CONSTANT]
            remarks = [said for index in (None, *by) for said in tell_remarks(node, index)] if by else []
            found += [f"at {self.called[node]}, {said}" for said in remarks]
        return [said for said in dict.fromkeys(found) if said]

    def _given(self) -> list[str]:
        return [f"{self.called[node]} = {short(node.data, self.given)}" for node in self.nodes if not node.operands]

    def _exercise(self) -> list[str]:
        """The formula, the given numbers, and how to round."""
        given = ", ".join(self._given())
        rule = f"Round each number to {self.rounding} significant digits; the key has {DIGITS}."
        rule = "All numbers come out exactly." if comes_out(self.root) else rule
        parts = [svg.clean(part.strip()) for part in self.text.split(";") if part.strip()]
        lines = [f'<p class="formula">{escape("; ".join(parts))}</p>'] if parts else []
        return [
            *lines,
            *(f"<p>Careful: {escape(said)}.</p>" for said in self.cares),
            f'<p>{escape(self.name.capitalize())}. Given: <span class="given">{escape(given)}</span>. {rule}</p>',
        ]


def write_table(exercises: list[Exercise]) -> str:
    """The page with the answers to all sheets, one row each."""
    formulas = len({exercise.text for exercise in exercises}) > 1
    rows = []
    for exercise in exercises:
        formula = f"<br>{escape(exercise.text)}" if formulas else ""
        cells = [f"{escape(exercise.name)}{formula}", *map(escape, exercise.answers())]
        rows.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    head = "".join(f'<th scope="col">{text}</th>' for text in ("sheet", "values", "gradients"))
    common = "" if formulas else f'<p class="formula">{escape(exercises[0].text)}</p>'
    title = f"<header><h1>All answers</h1><span>{escape(exercises[0].title)}</span></header>"
    table = ['<table class="all">', f"<thead><tr>{head}</tr></thead>", "<tbody>", *rows, "</tbody>", "</table>"]
    return "\n".join(["<section>", title, common, *table, "</section>"])


def _find_height(picture: str) -> float:
    """The height of a picture on paper in mm, with its margins."""
    width, height = find_size(picture)
    return 8 + height * min(1.0, ROOM[0] / width, ROOM[1] / height) * 25.4 / 96


def _typeset(formula: str) -> str:
    """A formula with its numbers as a person writes them: 2·(-3), not 2.0*(-3.0)."""
    return re.sub(r"(?<!\*)\*(?!\*)", " · ", re.sub(r"(?<![\w.])(\d+)\.0(?![\w.])", r"\1", formula))


def _figure(picture: str) -> str:
    return f'<figure tabindex="0">\n{picture}\n</figure>'  # so that keys can scroll it


def _part(title: str, how: str, rows: list[str]) -> str:
    """A heading, and a row for each number: its name, room to work, a blank."""
    work = '<td class="room"></td><td>= <span class="blank"></span></td>'
    cells = [f"<tr><td>{escape(shorten(row, LONGEST))} =</td>{work}</tr>" for row in rows]
    head = [f"<h2>{escape(title)}</h2>", *([f"<p>{escape(how)}</p>"] if how else [])]
    return "\n".join(['<div class="part">', *head, "<table>", *cells, "</table>", "</div>"])


def _answers(title: str, rows: list[tuple[str, str, str]]) -> str:
    """A heading, and a row for each number: its name, the computation, the answer."""
    cells = [
        f"<tr><td>{escape(shorten(row, LONGEST))}</td><td>{escape(work)}</td>"
        f'<td class="answer">{escape(answer)}</td></tr>'
        for row, work, answer in rows
    ]
    return "\n".join([f"<h2>{escape(title)}</h2>", '<table class="answers">', *cells, "</table>"])
