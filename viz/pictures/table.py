"""Shows arrays and lists of Values as tables, with their gradients."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.arrays import refuse_masked
from engine.value import Value, lift
from viz import svg
from viz.lines import WIDTH, Ends
from viz.numbers import format_number
from viz.scale import colour, find_scale

ROWS, COLUMNS = 20, 8  # shown at most, as text in a terminal's width; of more, the first and last
CELL = "border: 1px solid #888888; padding: 2px 8px; text-align: right"


@dataclass(frozen=True, repr=False)
class Table:
    """The result of `table`. Prints as text; notebooks show the gradients as shade.

    values       an array of the Values
    data, grad   arrays of their numbers at the time of the call

    >>> print(table([Value(1.0), Value(2.0)]))
    2 Values, data:
      1.0  2.0
    """

    values: NDArray[Any]
    data: NDArray[np.float64]
    grad: NDArray[np.float64]

    @property
    def html(self) -> str:
        """The table as HTML, with escaped labels."""
        said = self._say()
        scale = find_scale(np.abs(self.grad).ravel().tolist())
        if self.grad.any():
            said += f"; shade: |grad|, {10.0**scale.low:g} to {10.0**scale.high:g}, log scale"
        lines = [
            '<div style="overflow-x: auto">',
            f"<p>{said}</p>",
            '<table style="border-collapse: collapse; font-family: monospace">',
        ]
        for row in self._rows():
            cells = []
            for at in row:
                if at is None:
                    cells.append("<td>…</td>")
                    continue
                value: Value = self.values.flat[at]
                size = abs(self.grad.flat[at])
                shade = svg.WHITE if size == 0 else colour(round(scale.place(size), 2) if size == size else 1.0)
                style = f"{CELL}; background: {shade}; color: #000000"
                title = escape(svg.shorten(value.label, 80))
                cells.append(f'<td style="{style}" title="{title}">{"<br>".join(self._write(at))}</td>')
            lines.append(f"<tr>{''.join(cells)}</tr>")
        return "\n".join([*lines, "</table>", "</div>"])

    def _repr_html_(self) -> str:
        return self.html

    def __str__(self) -> str:
        for most in range(COLUMNS, 0, -1):
            rows = [[["…"] if at is None else self._write(at) for at in row] for row in self._rows(most)]
            widths = [max(len(text) for cell in column for text in cell) for column in zip(*rows, strict=True)]
            if sum(widths) + 2 * len(widths) <= WIDTH:
                break
        lines = [f"{self._say()}:"]
        for row in rows:
            for texts in zip_longest(*row, fillvalue=""):
                lines.append("  ".join(["", *(f"{text:>{width}}" for text, width in zip(texts, widths, strict=True))]))
        return "\n".join(line.rstrip() for line in lines)

    __repr__ = __str__

    def _say(self) -> str:
        shape = " × ".join(map(str, self.data.shape)) or "1"
        return f"{shape} Value{'s' * (self.data.size != 1)}, data{' and below it grad' * bool(self.grad.any())}"

    def _write(self, at: int) -> list[str]:
        numbers = [self.data.flat[at], self.grad.flat[at]] if self.grad.any() else [self.data.flat[at]]
        return [format_number(number) for number in numbers]

    def _rows(self, most: int = COLUMNS) -> Iterator[list[int | None]]:
        """For every row and cell, the index of its Value; None for those left out, of more than `most` in a row."""
        width = self.data.shape[-1] if self.data.ndim else 1
        columns = Ends(most, range(width))
        for row in Ends(ROWS, range(self.data.size // width)):
            yield [None if row is None or column is None else row * width + column for column in columns]


def table(values: Any) -> Table:
    """Show an array or a nested list of Values as a table of their numbers and gradients.

    Raises TypeError if an element is neither a Value nor a number or if lists differ in length, ValueError if there
    is no element.

    >>> w = np.array([[Value(1.0), Value(-2.0)], [Value(0.5), Value(3.0)]])
    >>> (w * w).sum().backward()
    >>> table(w)
    2 × 2 Values, data and below it grad:
      1.0  -2.0
      2.0  -4.0
      0.5   3.0
      1.0   6.0
    """
    refuse_masked("values", values)
    array = np.array(values, object)
    if not array.size:
        raise ValueError("values is empty: a table needs at least one Value")
    read = np.array([lift(value) for value in array.ravel().tolist()], object).reshape(array.shape)
    data, grad = (
        np.array([getattr(value, name) for value in read.flat]).reshape(array.shape) for name in ("data", "grad")
    )
    return Table(read, data, grad)
