"""Writes SVG as text: escaped, with rounded coordinates, the same bytes every time.

Text has a fixed width in a monospace font, so no font is measured. Styles are attributes of the elements, since a
stylesheet would affect the rest of a notebook.
"""

import hashlib
import unicodedata
from collections.abc import Sequence
from html import escape
from itertools import pairwise

FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"
SIZE = 11.0  # of the text in a box
EM = 0.62  # the width of a character in ems; monospace fonts have 0.55 to 0.61
WHITE = "#ffffff"
EXCHANGE = "matrix(0 1 1 0 0 0)"  # a transform that draws x as y and y as x
LINE = 1.3  # the height of a line in ems


def clean(text: str) -> str:
    """The text without control characters, direction marks and characters that XML forbids."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_clean_character, text))


def _clean_character(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    if category == "Cf":
        return ""
    return "\ufffd" if category in ("Cs", "Cn") else character


def shorten(text: str, most: int) -> str:
    """The cleaned text in at most this many cells; … replaces what is left out in the middle.

    >>> shorten("a_rather_long_name", 9)
    'a_ra…name'
    """
    if len(text) > 4 * most:  # combining marks take no cell but can pile up
        text = text[: 2 * most] + "…" + text[-2 * most :]
    text = clean(text)
    if cells(text) <= most:
        return text
    head, tail = text[: most // 2 + most % 2], text[len(text) - most // 2 :]
    while cells(head) + cells(tail) >= most and (head or tail):
        head, tail = (head[:-1], tail) if cells(head) > cells(tail) else (head, tail[1:])
    return f"{head}…{tail}"


def cells(text: str) -> int:
    """The width of a text in characters; a wide character counts as two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def width_of(text: str, size: float = SIZE) -> float:
    """The width of a text at a font size."""
    return cells(text) * size * EM


def number(x: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    rounded = f"{x:.1f}".removesuffix(".0")
    return "0" if rounded == "-0" else rounded


def element(name: str, content: str = "", /, **attributes: object) -> str:
    """An element. Underscores in attribute names become hyphens; attributes that are None are left out.

    >>> element("path", d="M0 0", stroke_width=1.5)
    '<path d="M0 0" stroke-width="1.5"/>'
    """
    written = "".join(
        f' {key.replace("_", "-")}="{number(value) if isinstance(value, float) else quote(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def quote(string: str) -> str:
    """The text of an attribute; single quotes stay, which `html.escape` would write as numbers."""
    return escape(string, quote=False).replace('"', "&quot;")


def text(x: float, y: float, string: str, **attributes: object) -> str:
    """A line of text whose baseline starts at (x, y)."""
    return element("text", escape(clean(string), quote=False), x=x, y=y, **attributes)


def shift(x: float, y: float) -> str:
    """A transform that moves an element."""
    return f"translate({number(x)} {number(y)})"


def title(string: str) -> str:
    """A tooltip for the element whose first child this is."""
    lines = [shorten(line, 400) for line in string.split("\n")[:12]]
    return f"<title>{escape(chr(10).join(lines), quote=False)}</title>"


def curve(points: Sequence[tuple[float, float]]) -> str:
    """Path data through points: straight between points of the same y, else a curve that is level at both ends."""
    parts = [f"M{number(points[0][0])} {number(points[0][1])}"]
    for (x, y), (x2, y2) in pairwise(points):
        if number(y) == number(y2):
            parts.append(f"H{number(x2)}")
        else:
            middle = number((x + x2) / 2)
            parts.append(f"C{middle} {number(y)} {middle} {number(y2)} {number(x2)} {number(y2)}")
    return "".join(parts)


def shape(
    kind: str, x: float, y: float, width: float, height: float, fill: str, bold: bool = False, again: bool = False
) -> str:
    """The outline of a box of this kind, distinct without colour. `again` marks the copy of a box."""
    corner = {"leaf": 0.0, "operation": 8.0, "constant": height / 2, "folded": 3.0}[kind]
    border = 0.8 if again else 2.6 if bold else 1.8 if kind == "leaf" else 1.0
    dash = "3 2" if kind == "constant" or again else None
    rx = min(corner, height / 2) or None
    style = {"fill": fill, "stroke": "#222222", "stroke_width": border, "stroke_dasharray": dash}
    return element("rect", x=x, y=y, width=width, height=height, rx=rx, **style)


def mark(which: str, x: float, y: float) -> str:
    """The mark of a gradient: a crossed circle for "zero", a triangle with a ! for "not finite"."""
    a, b = number(x), number(y)
    if which == "zero":
        circle = element("circle", cx=x, cy=y, r=4.0)
        return element("g", circle + element("path", d=f"M{a} {b}m-4 4l8 -8"), fill="none", stroke="#222222")
    triangle = element("path", d=f"M{a} {b}m-6 5h12l-6 -11z", fill="#000000")
    return triangle + text(x, y + 4, "!", fill=WHITE, font_size=9.0, font_weight="bold", text_anchor="middle")


def document(width: float, height: float, label: str, body: str) -> str:
    """A complete SVG on a white ground; `label` describes it for screen readers."""
    name = "gradwalk-" + hashlib.sha256(body.encode()).hexdigest()[:12]
    size = f'width="{number(width)}" height="{number(height)}" viewBox="0 0 {number(width)} {number(height)}"'
    head = f'id="{name}" role="img" aria-label="{quote(shorten(label, 400))}"'
    font = f'font-family="{FONT}" font-size="{number(SIZE)}"'
    ground = element("rect", width=width, height=height, fill=WHITE)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {head} {font}>\n{ground}\n{body}\n</svg>\n'
