"""The playground: an expression typed in a browser becomes a graph to step through, with nothing installed there."""

import json
import math
from functools import cache
from typing import Any

from engine.teaching import grammar
from engine.teaching.expression import parse
from viz.offline import OfflinePage, read, read_script, write_page
from viz.pages.page import FOLDER as PAGE
from viz.pages.page import ramp, write_script
from viz.playgrounds.measures import SCRIPTS as LAYOUT
from viz.playgrounds.measures import measures

FOLDER = "viz.playgrounds"
PARTS = {  # the scripts by folder, behind those of the page
    "language": ("tokens", "suggestions", "parser"),
    "shell": ("examples", "past", "sharing", "shell"),
}
STYLES = ("playground",)
START = "openPlayground();\n"
SCRIPTS = ("recording", *(f"{part}/{name}" for part, names in PARTS.items() for name in names))
GRAMMAR = (
    "LONGEST", "DEEPEST", "MOST_LISTED", "LONGEST_CONSTANT", "LONGEST_WORD", "TOKENS", "BINDING", "SIGN", "POWERS",
    "NUMBERS", "FAMILIAR", "SEVERAL", "OPTIONAL", "HINTS", "SENTENCES",
)  # fmt: skip


NEURON = "tanh(x1*w1 + x2*w2 + b)"
NEURON_NUMBERS = {"x1": 2.0, "x2": 0.0, "w1": -3.0, "w2": 1.0, "b": 6.881373587}


class Playground(OfflinePage):
    """A page to type expressions into; notebooks show it.

    html    the page as text, complete in itself: it loads nothing and sends nothing

    >>> Playground("<!doctype html>", "a*a")
    Playground('a*a': ... bytes; .save('playground.html') writes it)
    """

    height = 860
    sandbox = "allow-scripts allow-downloads"  # of pictures

    def __init__(self, html: str, text: str) -> None:
        self.html, self._text = html, text

    def __repr__(self) -> str:
        return f"Playground({self._text!r}: {len(self.html.encode()):,} bytes; .save('playground.html') writes it)"


def playground(expression: str | None = None, /, **numbers: float) -> Playground:
    """A page to type expressions into, and to step through what comes of them, as with `viz.page`.

    expression   what it opens with, a text for `engine.parse`; default: a neuron
    numbers      of its leaves

    Everything is computed in the browser. The address holds what is shown, to be sent on.

    Raises ExpressionError (a ValueError) for a text that cannot be read, as `engine.parse` does.

    >>> playground("a*a + a", a=3)
    Playground('a*a + a': ... bytes; .save('playground.html') writes it)
    """
    text, given = (NEURON, NEURON_NUMBERS) if expression is None else (expression, numbers)
    _, leaves = parse(text, **given)
    if expression is None and numbers:
        raise ValueError(f"numbers for {', '.join(numbers)}, but no expression: playground('w*x', w=2, x=3)")
    data = {
        "ramp": ramp(),
        "text": text,
        "numbers": [[name, _write(leaf.data)] for name, leaf in leaves.items()],
    }
    script = "\n".join([write_script(), write_grammar(), measures(), _read_scripts(), START])
    style = "".join(read(FOLDER, f"{name}.css") for name in STYLES)
    top = read(FOLDER, "playground.html")
    return Playground(write_page(PAGE, "page", "Gradwalk playground", data, script, style, top), text)


def _write(number: float) -> Any:
    """JSON has neither infinity nor nan: these go as text."""
    return number if math.isfinite(number) else str(number)


@cache
def _read_scripts() -> str:
    return read_script(FOLDER, *LAYOUT, *SCRIPTS)


def write_grammar() -> str:
    """The grammar of expressions as the JavaScript object `grammar`."""
    told = {name.lower(): getattr(grammar, name) for name in GRAMMAR}
    return f"const grammar = {json.dumps(told, indent=1)};\n"
