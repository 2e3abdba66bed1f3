"""The classic picture of a network: neurons and weights, with the numbers and gradients of one sample."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, product
from typing import Any

from engine.value import Value
from viz import svg
from viz.figures.axes import COLOURS
from viz.figures.dense import LayerState, read_layers
from viz.files import SvgFile
from viz.lines import Ends, fill
from viz.numbers import format_number
from viz.scale import find_scale

MOST = 64  # units of a layer that are drawn individually
TALLEST = 460.0  # room for a layer
ACROSS = 46.0, 190.0  # least and most distance between layers
NAMED = 62.0  # least distance at which each layer has its name; else every second has
WIDTH, BEHIND = 840.0, 110.0  # width of the picture, as in a README, where the layers fit; room after the last
FARTHEST = 46.0  # most distance between units
DECADES = 3  # below the largest gradient, that line widths distinguish
MARGIN, TOP = 18.0, 58.0
TITLED = 500  # up to this many weights have titles of their own
POSITIVE, NEGATIVE, NONE = *COLOURS[:2], "#8a8a8a"
DASH = "5 3"
STRIPES, SUMMARY = 32, 22.0  # of a layer that is summarised: how many, and half their width
SMALL = 9.0

Line = tuple[float, float, float, float]


class NetworkDrawing(SvgFile):
    """A picture of a network at the time it was drawn. Prints the output of each unit; notebooks show the picture.

    svg      the picture as self-contained SVG text
    layers   its numbers: the inputs, then each layer
    result   the number whose gradient it shows

    >>> import nn
    >>> network(nn.MLP(2, [3, 1], init="zeros"), [1.0, 2.0]).result
    0.0
    """

    def __init__(self, svg: str, layers: list[LayerState], result: float, said: str) -> None:
        self.svg, self.layers, self.result, self._said = svg, layers, result, said

    def __repr__(self) -> str:
        widths = "-".join(str(len(layer.numbers)) for layer in self.layers)
        weights = sum(len(row) for layer in self.layers for row in layer.weights)
        return f"NetworkDrawing({widths}, {weights:,} weights; .save('network.svg') writes it)"

    def __str__(self) -> str:
        lines = [f"{self._said} = {format_number(self.result)}"]
        for layer in self.layers:
            pairs = zip(map(format_number, layer.numbers), map(format_number, layer.gradients), strict=True)
            shown = Ends(8, (f"{number} (grad {gradient})," for number, gradient in pairs))
            numbers = [each or shown.gap.strip() for each in shown]
            lines.append(fill([f"{svg.shorten(layer.name, 24)}:", *numbers[:-1], numbers[-1][:-1]], 2, 2))
        return "\n".join(lines)


def network(model: Any, sample: Sequence[Any], loss: Callable[[Any], Value] | None = None) -> NetworkDrawing:
    """Draw a model of dense layers and what it does with one sample.

    sample   as many numbers or Values as the model has inputs
    loss     a function from the prediction to the result whose gradient is drawn, such as lambda p: nn.mse(p, 1.0);
             by default the sum of the outputs

    The shade of a unit shows its output. The colour and dash of a line show the sign of the weight, its width the
    size of the gradient. A layer of more than 64 units is summarised. The model is called as it predicts: a Dropout or
    BatchNorm is not in training. Raises TypeError or ValueError if the model has
    other layers, and for a sample of the wrong length.

    >>> import nn
    >>> print(network(nn.MLP(2, [1], init="zeros"), [1.0, 2.0]))
    the output = 0.0
      inputs: 1.0 (grad 0.0), 2.0 (grad 0.0)
      layers[0]: 0.0 (grad 1.0)
    """
    layers, root = read_layers(model, sample, loss)
    said = f"the {'loss' if loss else 'output' if len(layers[-1].numbers) == 1 else 'sum of the outputs'}"
    return NetworkDrawing(_draw(layers, root.data, said), layers, root.data, said)


@dataclass(frozen=True)
class _Spot:
    """The positions of the units of a layer; `whole` is a summarised layer, which has one for all of them."""

    x: float
    y: list[float]
    radius: float
    whole: bool


@dataclass(frozen=True)
class _Pen:
    """Line widths: `widest` for a gradient of 10**high, thin for one that is `DECADES` smaller or more."""

    high: int
    widest: float

    def width(self, size: float) -> float:
        if not math.isfinite(size):
            return round(1.3 * self.widest, 2)
        share = max(1 + (math.log10(size) - self.high) / DECADES, 0.0) if size else 0.0
        return round(self.widest * (0.1 + 0.9 * share), 2)


def _draw(layers: list[LayerState], result: float, said: str) -> str:
    gradients = [abs(gradient) for layer in layers for row in layer.weight_gradients for gradient in row]
    sizes = [len(layer.numbers) for layer in layers]
    most = max([a * b for a, b in pairwise(sizes) if max(a, b) <= MOST], default=1)
    pen = _Pen(find_scale(gradients).high, min(max(3.5 * math.sqrt(120 / most), 0.8), 3.5))
    height = min(max(max(sizes) * FARTHEST, 120.0), TALLEST)
    left = max(svg.width_of(svg.shorten(name, 14), SMALL) for name in layers[0].names) + MARGIN + 26
    across = min(max((WIDTH - left - BEHIND) / max(len(layers) - 1, 1), ACROSS[0]), ACROSS[1])
    spots = [_find_spot(left + across * i, len(layer.numbers), height) for i, layer in enumerate(layers)]
    parts = [svg.text(MARGIN, 24.0, f"{said} = {format_number(result)}", font_weight="bold")]
    parts += [
        line
        for (before, after), layer in zip(pairwise(spots), layers[1:], strict=True)
        for line in _draw_weights(before, after, layer, pen, sum(map(len, layer.weights)) <= TITLED)
    ]
    for number, (spot, layer) in enumerate(zip(spots, layers, strict=True)):
        every = 1 if across >= NAMED else 2
        head = svg.shorten(layer.name, min(24, int(every * across / svg.width_of("0", SMALL)) - 1))
        if number % every == 0:
            parts.append(svg.text(spot.x, TOP - 8, head, text_anchor="middle", font_size=SMALL, fill="#444444"))
        parts.append(_draw_summary(spot, layer, height) if spot.whole else "\n".join(_draw_units(spot, layer)))
        if number in (0, len(layers) - 1) and not spot.whole and spot.radius >= 4:
            parts += _draw_names(spot, layer, number == 0)
    width = spots[-1].x + BEHIND
    bottom = TOP + height + 14
    legend, room = _legend(pen, [layer for layer, spot in zip(layers, spots, strict=True) if spot.whole])
    parts.append(svg.element("g", legend, transform=svg.shift(MARGIN, bottom), font_size=SMALL, fill="#222222"))
    label = f"Network of {', '.join(str(len(layer.numbers)) for layer in layers)} units; {said} = {result:.4g}"
    return svg.document(max(width, room + 2 * MARGIN), bottom + 48, label, "\n".join(parts))


def _find_spot(x: float, count: int, height: float) -> _Spot:
    middle = TOP + height / 2
    if count > MOST:
        return _Spot(x, [middle], SUMMARY, True)
    apart = min(height / count, FARTHEST)
    return _Spot(x, [middle + apart * (i - (count - 1) / 2) for i in range(count)], 0.37 * apart, False)


def _draw_weights(before: _Spot, after: _Spot, layer: LayerState, pen: _Pen, titled: bool) -> Iterator[str]:
    """The lines of a layer, faint ones first; a summarised layer has one line for each unit of its neighbour."""
    if before.whole or after.whole:
        yield from _draw_bundles(before, after, layer, pen)
        return
    lines = [
        (weight, gradient, j, i)
        for i, (weights, gradients) in enumerate(zip(layer.weights, layer.weight_gradients, strict=True))
        for j, (weight, gradient) in enumerate(zip(weights, gradients, strict=True))
    ]
    lines.sort(key=lambda line: _nan_last(abs(line[1])))
    styles: dict[tuple[object, ...], list[Line]] = {}
    for weight, gradient, j, i in lines:
        line = before.x + before.radius, before.y[j], after.x - after.radius, after.y[i]
        style = _style(weight, abs(gradient), pen)
        if titled:
            text = f"weight {j + 1} of {layer.names[i]}: {weight!r}\ngradient {gradient!r}"
            yield svg.element("g", svg.title(text) + _path([line], style))
        else:
            styles.setdefault(style, []).append(line)
    for style, bundle in styles.items():
        yield _path(bundle, style)


def _draw_bundles(before: _Spot, after: _Spot, layer: LayerState, pen: _Pen) -> Iterator[str]:
    """One line for each unit next to a summarised layer, as wide as the largest gradient of its weights."""
    gradients = layer.weight_gradients if before.whole else zip(*layer.weight_gradients, strict=True)
    groups = [list(chain(*gradients))] if before.whole and after.whole else map(list, gradients)
    for group, (y, y2) in zip(groups, product(before.y, after.y), strict=True):
        line = before.x + before.radius, y, after.x - after.radius, y2
        size = max(map(abs, group), key=_nan_last)
        title = svg.title(f"{len(group):,} weights, largest |gradient| {size!r}")
        yield svg.element("g", title + _path([line], (NONE, pen.width(size), None)))


def _nan_last(number: float) -> tuple[bool, float]:
    return number != number, number


def _find_largest(numbers: list[float]) -> float:
    """The largest finite size of an output, or 1.0; it has the full shade, as what is not finite has."""
    return max((abs(number) for number in numbers if math.isfinite(number)), default=0.0) or 1.0


def _style(weight: float, size: float, pen: _Pen) -> tuple[object, ...]:
    if weight > 0:
        return POSITIVE, pen.width(size), None
    return (NEGATIVE, pen.width(size), DASH) if weight < 0 else (NONE, pen.width(size), "1 2")  # 0 or nan


def _path(lines: list[Line], style: tuple[object, ...]) -> str:
    colour, width, dash = style
    d = "".join(f"M{svg.number(x)} {svg.number(y)}L{svg.number(x2)} {svg.number(y2)}" for x, y, x2, y2 in lines)
    return svg.element("path", d=d, stroke=colour, stroke_width=width, stroke_dasharray=dash, fill="none")


def shade(share: float) -> str:
    """A colour from white to a blue that keeps black text readable, for a share from 0 to 1."""
    share = min(max(share, 0.0), 1.0) if share == share else 1.0
    return "#" + "".join(f"{round(255 + (end - 255) * share):02x}" for end in (0x6F, 0x9F, 0xD8))


def _draw_units(spot: _Spot, layer: LayerState) -> Iterator[str]:
    largest = _find_largest(layer.numbers)
    for i, (y, number) in enumerate(zip(spot.y, layer.numbers, strict=True)):
        text = f"{layer.names[i]}: {number!r}\ngradient {layer.gradients[i]!r}"
        if layer.biases:
            text += f"\nbias {layer.biases[i]!r}"
        dash = "3 2" if number < 0 else None
        circle = svg.element(
            "circle", cx=spot.x, cy=y, r=spot.radius, fill=shade(abs(number) / largest),
            stroke="#222222", stroke_width=1.2 if spot.radius > 6 else 0.7, stroke_dasharray=dash,
        )  # fmt: skip
        inside = ""
        said = f"{number:.0f}" if 10 <= abs(number) < 1e5 else f"{number:.2g}"
        if abs(number) < 9.5 and float(said) != number and float(said).is_integer():
            said += ".0"  # nearly
        short = next((each for each in (said, f"{number:.0e}") if svg.width_of(each, SMALL) <= 2 * spot.radius), None)
        if short:
            inside = svg.text(spot.x, y + 3, short, font_size=SMALL, text_anchor="middle")
        yield svg.element("g", svg.title(text) + circle + inside)


def _draw_names(spot: _Spot, layer: LayerState, left: bool) -> Iterator[str]:
    for i, y in enumerate(spot.y):
        name = svg.shorten(layer.names[i], 14) if left else format_number(layer.numbers[i])
        x = spot.x - spot.radius - 8 if left else spot.x + spot.radius + 8
        yield svg.text(x, y + 3, name, font_size=SMALL, text_anchor="end" if left else None)


def _draw_summary(spot: _Spot, layer: LayerState, height: float) -> str:
    """The outputs of a large layer, sorted, as stripes."""
    numbers = sorted(layer.numbers, key=_nan_last)
    largest = _find_largest(numbers)
    step = height / STRIPES
    parts = [svg.title(f"{len(numbers):,} units with outputs from {numbers[0]!r} to {numbers[-1]!r}")]
    for stripe in range(STRIPES):
        number = numbers[-1 - round(stripe / (STRIPES - 1) * (len(numbers) - 1))]
        place = {"x": spot.x - SUMMARY, "y": TOP + stripe * step, "width": 2 * SUMMARY, "height": step + 0.3}
        parts.append(svg.element("rect", **place, fill=shade(abs(number) / largest)))
    place = {"x": spot.x - SUMMARY, "y": TOP, "width": 2 * SUMMARY, "height": height}
    parts.append(svg.element("rect", **place, rx=6.0, fill="none", stroke="#222222"))
    for text, y in (
        (format_number(numbers[-1], 3), TOP + 12),
        (f"{len(numbers):,}", TOP + height / 2 - 2),
        ("units", TOP + height / 2 + 10),
        (format_number(numbers[0], 3), TOP + height - 6),
    ):
        parts.append(svg.text(spot.x, y, text, font_size=SMALL, text_anchor="middle"))
    return svg.element("g", "".join(parts))


def _legend(pen: _Pen, summarised: list[LayerState]) -> tuple[str, float]:
    x = 0.0
    parts = []
    for colour, dash, said in ((POSITIVE, None, "positive weight"), (NEGATIVE, DASH, "negative weight")):
        d = f"M{svg.number(x)} 8h34"
        parts.append(svg.element("path", d=d, stroke=colour, stroke_width=2.0, stroke_dasharray=dash))
        parts.append(svg.text(x + 40, 11.0, said))
        x += 40 + svg.width_of(said, SMALL) + 18
    thin, thick = pen.width(10.0 ** (pen.high - DECADES)), pen.width(10.0**pen.high)
    slant = svg.number((thin - thick) / 2)
    d = f"M{svg.number(x)} {svg.number(8 - thin / 2)}l70 {slant}v{svg.number(thick)}l-70 {slant}z"
    said = f"width: |gradient|, 1e{pen.high - DECADES} to 1e{pen.high}, log scale"
    parts += [svg.element("path", d=d, fill="#444444"), svg.text(x + 76, 11.0, said)]
    width = x + 76 + svg.width_of(said, SMALL)
    x = 0.0
    circles = (0.0, None, "output 0"), (1.0, None, "largest in its layer"), (0.5, "3 2", "dashed: negative")
    for share, dash, said in circles:
        look = {"fill": shade(share), "stroke": "#222222", "stroke_dasharray": dash}
        parts += [svg.element("circle", cx=x + 7, cy=28.0, r=6.0, **look), svg.text(x + 18, 31.0, said)]
        x += 18 + svg.width_of(said, SMALL) + 18
    if summarised:
        said = "a layer of more than 64 units: their outputs, sorted"
        parts.append(svg.text(x, 31.0, said))
        x += svg.width_of(said, SMALL)
    return "".join(parts), max(width, x)
