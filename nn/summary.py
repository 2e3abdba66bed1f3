"""Summary: a table of a model's layers, with their output shapes and numbers of parameters."""

from dataclasses import dataclass
from html import escape

HEAD = ("name", "layer", "output", "parameters")
WIDTHS = (22, 30, 13, 10)  # 80 columns with the spaces between
RULE = "-" * (sum(WIDTHS) + len(WIDTHS) + 1)


@dataclass(frozen=True)
class Summary:
    """The table that `Module.summary` prints.

    title   the model
    layers  the name, repr, output shape and number of parameters of each
    total   the number of parameters of the whole model
    """

    title: str
    layers: list[tuple[str, str, str, str]]
    total: str

    def __str__(self) -> str:
        lines = [cut(self.title, len(RULE)), RULE, _row(*HEAD), RULE]
        for name, *cells in self.layers:
            lines.append(_row(name if len(name) <= WIDTHS[0] else "…" + name[1 - WIDTHS[0] :], *cells))
        return "\n".join([*lines, RULE, self.total])

    def html(self, most: int = 40) -> str:
        """Return the table as HTML, for notebooks; beyond `most` layers, the first and the last alone."""
        shown = self.layers
        if len(shown) > most:
            more = ("…", f"{len(shown) - most} more", "", "")
            shown = [*shown[: most // 2], more, *shown[-(most // 2) :]]
        lines = ["".join(f"<th>{cell}</th>" for cell in HEAD)]
        lines += ["".join(f"<td>{escape(cut(cell, 80))}</td>" for cell in cells) for cells in shown]
        body = "\n".join(f"<tr>{line}</tr>" for line in lines)
        return f"<p><b>{escape(cut(self.title, 120))}</b>: {self.total}</p>\n<table>\n{body}\n</table>"


def _row(*cells: str) -> str:
    left = [f"{cut(cell, width):{width}}" for cell, width in zip(cells, WIDTHS[:-1], strict=False)]
    return " ".join([*left, f"{cells[-1]:>{WIDTHS[-1]}}"])


def cut(text: str, width: int) -> str:
    """Cut a text that is longer than the width."""
    return text if len(text) <= width else text[: width - 1] + "…"
