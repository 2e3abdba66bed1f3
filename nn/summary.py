"""Summary: the layers of a model as a table, with their output shapes and numbers of parameters."""

from dataclasses import dataclass
from html import escape

HEAD = ("place", "layer", "output", "parameters")
WIDTHS = (22, 30, 13, 10)  # 80 columns with the spaces between
RULE = "-" * (sum(WIDTHS) + len(WIDTHS) + 1)


@dataclass(frozen=True)
class Summary:
    """What there is to say of a model.

    title   the model
    layers  of each its place, what it is, the shape of its output, its number of parameters
    total   the parameters of the whole
    """

    title: str
    layers: list[tuple[str, str, str, str]]
    total: str

    def __str__(self) -> str:
        lines = [cut(self.title, len(RULE)), RULE, _row(*HEAD), RULE]
        for place, *cells in self.layers:
            lines.append(_row(place if len(place) <= WIDTHS[0] else "…" + place[1 - WIDTHS[0] :], *cells))
        return "\n".join([*lines, RULE, self.total])

    def html(self, most: int = 40) -> str:
        """The same in HTML, for notebooks: names escaped, of more than `most` layers the first and the last."""
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
    """The text, or its beginning where it is longer than the width."""
    return text if len(text) <= width else text[: width - 1] + "…"
