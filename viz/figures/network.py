"""The classic picture of a network: neurons and weights, with what a sample and its gradient make of them."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from engine.value import Value
from viz import svg
from viz.figures.dense import Column, read_columns
from viz.files import SvgFile
from viz.lines import ends, fill
from viz.numbers import format_number
from viz.scale import find_scale

MOST = 64  # units of a layer that are drawn one by one
TALLEST = 460.0  # room for a layer
ACROSS = 62.0, 190.0  # from one layer to the next, at least and at most
WIDTH, BEHIND = 840.0, 110.0  # of a picture, as far as layers allow it: that of a README; the room behind the last
FARTHEST = 46.0  # from one unit to the next
DECADES = 3  # of gradients, below the largest, that widths tell apart
MARGIN, TOP = 18.0, 58.0
TITLED = 500  # weights up to which each has a title of its own
POSITIVE, NEGATIVE, NONE = "#0072b2", "#d55e00", "#8a8a8a"
DASH = "5 3"
STRIPES = 32  # of a layer that is summarised
SMALL = 9.0

Line = tuple[float, float, float, float]


class NetworkDrawing(SvgFile):
    """A picture of a network as it was when drawn; prints what each unit puts out, and notebooks show it.

    svg       the picture as text, complete in itself
    columns   the numbers in it: the inputs, then each layer
    result    the number whose gradient it shows

    >>> import nn
    >>> network(nn.MLP(2, [3, 1], init="zeros"), [1.0, 2.0]).result
    0.0
    """

    def __init__(self, svg: str, columns: list[Column], result: float, said: str) -> None:
        self.svg, self.columns, self.result, self._said = svg, columns, result, said

    def __repr__(self) -> str:
        widths = "-".join(str(len(column.numbers)) for column in self.columns)
        weights = sum(len(row) for column in self.columns for row in column.weights)
        return f"NetworkDrawing({widths}, {weights:,} weights; .save('network.svg') writes it)"

    def __str__(self) -> str:
        lines = [f"{self._said} = {format_number(self.result)}"]
        for column in self.columns:
            shown = ends(len(column.units), 8)
            numbers = [
                f"{format_number(column.numbers[i])} (grad {format_number(column.gradients[i])})," for i in shown
            ]
            if len(shown) < len(column.units):
                numbers.insert(4, f"… {len(column.units) - 8:,} left out …")
            lines.append(fill([f"{svg.shorten(column.name, 24)}:", *numbers[:-1], numbers[-1][:-1]], 2, 2))
        return "\n".join(lines)


def network(model: Any, sample: Sequence[Any], loss: Callable[[Any], Value] | None = None) -> NetworkDrawing:
    """Draw a model of dense layers and what it does with one sample.

    sample   as many numbers or Values as the model has inputs
    loss     from the prediction to the result whose gradient is drawn, such as lambda p: nn.mse(p, 1.0);
             by default the sum of the outputs

    The shade of a unit is what it puts out; the colour and dash of a line are the sign of the weight, its width the
    size of the gradient. A layer of more than 64 units is summarised. TypeError or ValueError for what is no such
    model, and for a sample of another length.

    >>> import nn
    >>> print(network(nn.MLP(2, [1], init="zeros"), [1.0, 2.0]))
    the output = 0.0
      inputs: 1.0 (grad 0.0), 2.0 (grad 0.0)
      layers[0]: 0.0 (grad 1.0)
    """
    columns, root = read_columns(model, sample, loss)
    said = f"the {'loss' if loss else 'output' if len(columns[-1].numbers) == 1 else 'sum of the outputs'}"
    return NetworkDrawing(_draw(columns, root.data, said), columns, root.data, said)


@dataclass(frozen=True)
class _Place:
    """Where the units of a layer are; all at one spot where it is summarised."""

    x: float
    y: list[float]
    radius: float
    whole: bool


@dataclass(frozen=True)
class _Pen:
    """How wide lines are: `widest` for a gradient of 10**high, thin for one `DECADES` smaller, or for less."""

    high: int
    widest: float

    def width(self, size: float) -> float:
        if not math.isfinite(size):
            return round(1.3 * self.widest, 2)
        share = max(1 + (math.log10(size) - self.high) / DECADES, 0.0) if size else 0.0
        return round(self.widest * (0.1 + 0.9 * share), 2)


def _draw(columns: list[Column], result: float, said: str) -> str:
    slopes = [abs(slope) for column in columns for row in column.slopes for slope in row]
    sizes = [len(column.numbers) for column in columns]
    most = max([a * b for a, b in pairwise(sizes) if max(a, b) <= MOST], default=1)
    pen = _Pen(find_scale(slopes).high, min(max(3.5 * math.sqrt(120 / most), 0.8), 3.5))
    height = min(max(max(sizes) * FARTHEST, 120.0), TALLEST)
    left = max(svg.width_of(svg.shorten(name, 14), SMALL) for name in columns[0].units) + MARGIN + 26
    across = min(max((WIDTH - left - BEHIND) / max(len(columns) - 1, 1), ACROSS[0]), ACROSS[1])
    places = [_place(left + across * i, len(column.numbers), height) for i, column in enumerate(columns)]
    parts = [svg.text(MARGIN, 24.0, f"{said} = {format_number(result)}", font_weight="bold")]
    parts += [
        line
        for (before, after), column in zip(pairwise(places), columns[1:], strict=True)
        for line in _draw_weights(before, after, column, pen, sum(map(len, column.weights)) <= TITLED)
    ]
    for number, (place, column) in enumerate(zip(places, columns, strict=True)):
        head = svg.shorten(column.name, min(24, int(across / svg.width_of("0", SMALL)) - 1))
        parts.append(svg.text(place.x, TOP - 8, head, text_anchor="middle", font_size=SMALL, fill="#444444"))
        parts.append(_draw_summary(place, column, height) if place.whole else "\n".join(_draw_units(place, column)))
        if number in (0, len(columns) - 1) and not place.whole and place.radius >= 4:
            parts += _draw_names(place, column, number == 0)
    width = places[-1].x + BEHIND
    bottom = TOP + height + 14
    legend, room = _legend(pen, [column for column, place in zip(columns, places, strict=True) if place.whole])
    parts.append(svg.element("g", legend, transform=svg.shift(MARGIN, bottom), font_size=SMALL, fill="#222222"))
    label = f"Network of {', '.join(str(len(column.numbers)) for column in columns)} units; {said} = {result:.4g}"
    return svg.document(max(width, room + 2 * MARGIN), bottom + 48, label, "\n".join(parts))


def _place(x: float, count: int, height: float) -> _Place:
    middle = TOP + height / 2
    if count > MOST:
        return _Place(x, [middle] * count, 0.0, True)
    apart = min(height / count, FARTHEST)
    return _Place(x, [middle + apart * (i - (count - 1) / 2) for i in range(count)], 0.37 * apart, False)


def _draw_weights(before: _Place, after: _Place, column: Column, pen: _Pen, titled: bool) -> Iterator[str]:
    """The lines of a layer, faint ones first; those of a summarised layer bundled by its neighbour's units."""
    if before.whole or after.whole:
        yield from _draw_bundles(before, after, column, pen)
        return
    lines = [
        (abs(slope), weight, slope, (before.x + before.radius, before.y[j], after.x - after.radius, after.y[i]), (j, i))
        for i, (weights, slopes) in enumerate(zip(column.weights, column.slopes, strict=True))
        for j, (weight, slope) in enumerate(zip(weights, slopes, strict=True))
    ]
    lines.sort(key=lambda line: line[0] if line[0] == line[0] else math.inf)
    styles: dict[tuple[object, ...], list[Line]] = {}
    for size, weight, slope, line, (j, i) in lines:
        style = _style(weight, size, pen)
        if titled:
            text = f"weight {j + 1} of {column.units[i]}: {weight!r}\ngradient {slope!r}"
            yield svg.element("g", svg.title(text) + _path([line], style))
        else:
            styles.setdefault(style, []).append(line)
    for style, bundle in styles.items():
        yield _path(bundle, style)


def _draw_bundles(before: _Place, after: _Place, column: Column, pen: _Pen) -> Iterator[str]:
    """One line for each unit beside a summarised layer, as wide as the largest gradient among its weights."""
    across = [list(row) for row in zip(*column.slopes, strict=True)]
    groups = column.slopes if before.whole else across
    ends = [(before.x + 22, before.y[0], after.x - after.radius, y) for y in after.y]
    if not before.whole:
        ends = [(before.x + before.radius, y, after.x - 22, after.y[0]) for y in before.y]
    if before.whole and after.whole:
        groups, ends = (
            [[slope for row in column.slopes for slope in row]],
            [(before.x + 22, before.y[0], after.x - 22, after.y[0])],
        )
    for group, line in zip(groups, ends, strict=True):
        size = max(map(abs, group))
        yield svg.element(
            "g",
            svg.title(f"{len(group):,} weights, largest |gradient| {size!r}")
            + _path([line], (NONE, pen.width(size), None)),
        )


def _style(weight: float, size: float, pen: _Pen) -> tuple[object, ...]:
    if weight == 0:
        return NONE, pen.width(size), "1 2"
    return (POSITIVE, pen.width(size), None) if weight > 0 else (NEGATIVE, pen.width(size), DASH)


def _path(lines: list[Line], style: tuple[object, ...]) -> str:
    colour, width, dash = style
    d = "".join(f"M{svg.number(x)} {svg.number(y)}L{svg.number(x2)} {svg.number(y2)}" for x, y, x2, y2 in lines)
    return svg.element("path", d=d, stroke=colour, stroke_width=width, stroke_dasharray=dash, fill="none")


def shade(share: float) -> str:
    """From white to a blue on which black text can be read, for a share from 0 to 1."""
    share = min(max(share, 0.0), 1.0) if share == share else 1.0
    return "#" + "".join(f"{round(255 + (end - 255) * share):02x}" for end in (0x6F, 0x9F, 0xD8))


def _draw_units(place: _Place, column: Column) -> Iterator[str]:
    largest = max(map(abs, column.numbers)) or 1.0
    for i, (y, number) in enumerate(zip(place.y, column.numbers, strict=True)):
        text = f"{column.units[i]}: {number!r}\ngradient {column.gradients[i]!r}"
        if column.biases:
            text += f"\nbias {column.biases[i]!r}"
        dash = "3 2" if number < 0 else None
        circle = svg.element(
            "circle", cx=place.x, cy=y, r=place.radius, fill=shade(abs(number) / largest),
            stroke="#222222", stroke_width=1.2 if place.radius > 6 else 0.7, stroke_dasharray=dash,
        )  # fmt: skip
        inside = ""
        if svg.width_of(said := f"{number:.2g}", SMALL) <= 2 * place.radius:
            inside = svg.text(place.x, y + 3, said, font_size=SMALL, text_anchor="middle")
        yield svg.element("g", svg.title(text) + circle + inside)


def _draw_names(place: _Place, column: Column, left: bool) -> Iterator[str]:
    for i, y in enumerate(place.y):
        name = svg.shorten(column.units[i], 14) if left else format_number(column.numbers[i])
        x = place.x - place.radius - 8 if left else place.x + place.radius + 8
        yield svg.text(x, y + 3, name, font_size=SMALL, text_anchor="end" if left else None)


def _draw_summary(place: _Place, column: Column, height: float) -> str:
    """What a large layer puts out, sorted, as stripes."""
    numbers = sorted(column.numbers)
    largest = max(map(abs, numbers)) or 1.0
    step = height / STRIPES
    parts = [svg.title(f"{len(numbers):,} units put out {numbers[0]!r} to {numbers[-1]!r}")]
    for stripe in range(STRIPES):
        number = numbers[-1 - round(stripe / (STRIPES - 1) * (len(numbers) - 1))]
        parts.append(
            svg.element(
                "rect",
                x=place.x - 22,
                y=TOP + stripe * step,
                width=44.0,
                height=step + 0.3,
                fill=shade(abs(number) / largest),
            )
        )
    parts.append(
        svg.element("rect", x=place.x - 22, y=TOP, width=44.0, height=height, rx=6.0, fill="none", stroke="#222222")
    )
    for text, y in (
        (format_number(numbers[-1], 3), TOP + 12),
        (f"{len(numbers):,}", TOP + height / 2 - 2),
        ("units", TOP + height / 2 + 10),
        (format_number(numbers[0], 3), TOP + height - 6),
    ):
        parts.append(svg.text(place.x, y, text, font_size=SMALL, text_anchor="middle"))
    return svg.element("g", "".join(parts))


def _legend(pen: _Pen, summarised: list[Column]) -> tuple[str, float]:
    x = 0.0
    parts = []
    for colour, dash, said in ((POSITIVE, None, "positive weight"), (NEGATIVE, DASH, "negative weight")):
        parts.append(
            svg.element("path", d=f"M{svg.number(x)} 8h34", stroke=colour, stroke_width=2.0, stroke_dasharray=dash)
        )
        parts.append(svg.text(x + 40, 11.0, said))
        x += 40 + svg.width_of(said, SMALL) + 18
    thin, thick = pen.width(10.0 ** (pen.high - DECADES)), pen.width(10.0**pen.high)
    slant = svg.number((thin - thick) / 2)
    d = f"M{svg.number(x)} {svg.number(8 - thin / 2)}l70 {slant}v{svg.number(thick)}l-70 {slant}z"
    said = f"width: |gradient|, 1e{pen.high - DECADES} to 1e{pen.high}, log scale"
    parts += [svg.element("path", d=d, fill="#444444"), svg.text(x + 76, 11.0, said)]
    width = x + 76 + svg.width_of(said, SMALL)
    x = 0.0
    for share, said in ((0.0, "puts out 0"), (1.0, "most in its layer")):
        parts.append(svg.element("circle", cx=x + 7, cy=28.0, r=6.0, fill=shade(share), stroke="#222222"))
        parts.append(svg.text(x + 18, 31.0, said))
        x += 18 + svg.width_of(said, SMALL) + 18
    parts.append(
        svg.element("circle", cx=x + 7, cy=28.0, r=6.0, fill=shade(0.5), stroke="#222222", stroke_dasharray="3 2")
    )
    said = "dashed: below 0"
    parts.append(svg.text(x + 18, 31.0, said))
    x += 18 + svg.width_of(said, SMALL) + 18
    if summarised:
        said = "a layer of more than 64 units: what they put out, sorted"
        parts.append(svg.text(x, 31.0, said))
        x += svg.width_of(said, SMALL)
    return "".join(parts), max(width, x)
