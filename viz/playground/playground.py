"""The playground: an expression typed in a browser becomes a graph to step through, with nothing installed there."""

import json

from engine.teaching import grammar
from engine.teaching.expression import parse
from viz.offline import OfflinePage, read, read_script, write_page
from viz.pages.page import FOLDER as PAGE
from viz.pages.page import ramp, write_script

FOLDER = "viz.playground"
PARTS = {  # the scripts by folder, behind those of the page
    "language": ("tokens", "suggestions", "parser"),
    "layout": ("breaks", "columns", "rows", "layout", "arrange", "folding", "views"),
    "shell": ("examples", "state", "export", "shell"),
}
SCRIPTS = ("recording", *(f"{part}/{name}" for part, names in PARTS.items() for name in names))
GRAMMAR = (
    "LONGEST", "DEEPEST", "MOST_LISTED", "LONGEST_WORD", "TOKENS", "BINDING", "SIGN", "POWERS", "NUMBERS", "FAMILIAR",
    "SEVERAL", "OPTIONAL", "HINTS", "SENTENCES",
)  # fmt: skip


class Playground(OfflinePage):
    """A page to type expressions into; notebooks show it.

    html    the page as text, complete in itself: it loads nothing and sends nothing
    """

    height = 860

    def __init__(self, html: str, text: str) -> None:
        self.html, self._text = html, text

    def __repr__(self) -> str:
        return f"Playground({self._text!r}: {len(self.html.encode()):,} bytes; .save('playground.html') writes it)"


def write_grammar() -> str:
    """The grammar of expressions as the JavaScript object `grammar`."""
    told = {name.lower(): getattr(grammar, name) for name in GRAMMAR}
    return f"const grammar = {json.dumps(told, indent=1)};\n"
