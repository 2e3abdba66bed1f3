"""Maps the size of a gradient to a place on a logarithmic scale, a colour and a line width."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

LEAST, MOST = -323, 308  # range of a float, in powers of ten
LIGHT, DARK = 0.98, 0.66  # lightness at the ends of the ramp; black text is readable on both


@dataclass(frozen=True)
class Scale:
    """A logarithmic scale from 10**low to 10**high."""

    low: int
    high: int

    def place(self, size: float) -> float:
        """The place of a positive size: 0 at the low end or below, 1 at the high end or above."""
        return min(max((math.log10(size) - self.low) / (self.high - self.low), 0.0), 1.0)

    def width(self, size: float) -> float:
        """The width of an edge for a contribution of that size, in pixels."""
        return 0.7 + 2.5 * self.place(size)

    def ticks(self) -> list[float]:
        """At most five powers of ten on the scale, including its ends."""
        step = math.ceil((self.high - self.low) / 3)
        between = range(self.high, self.low + step // 2, -step)
        return [10.0**exponent for exponent in (self.low, *reversed(between))]


def find_scale(sizes: Iterable[float]) -> Scale:
    """The smallest scale that holds all positive finite sizes and spans at least two powers of ten.

    >>> find_scale([0.02, 3.0, 0.0])
    Scale(low=-2, high=1)
    """
    exponents = [math.log10(size) for size in sizes if 0 < size < math.inf] or [0.0]
    high = min(max(math.ceil(max(exponents) - 1e-9), LEAST + 2), MOST)
    return Scale(max(min(math.floor(min(exponents) + 1e-9), high - 2), LEAST), high)


def find_decades(products: Iterable[float]) -> tuple[int, int]:
    """The powers of ten that enclose these running products, one of which is 1.0."""
    sizes = [math.log10(abs(product)) for product in products if product and math.isfinite(product)]
    low, high = math.floor(min(sizes)), math.ceil(max(sizes))
    return (low - 1 if low == high else low), high


@cache
def colour(place: float) -> str:
    """The colour of a place from 0 to 1: near white to deep orange, darkening evenly (OKLab).

    Lightness alone carries the size, so it survives black-and-white print and colour blindness.
    """
    hue = math.radians(85 - 40 * place)
    chroma = 0.01 + 0.16 * place
    return _srgb(LIGHT + (DARK - LIGHT) * place, chroma * math.cos(hue), chroma * math.sin(hue))


def _srgb(lightness: float, a: float, b: float) -> str:
    """OKLab to sRGB, as its author gives it: bottosson.github.io/posts/oklab."""
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    clipped = [min(max(part, 0.0), 1.0) for part in linear]
    encoded = [12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055 for part in clipped]
    return "#" + "".join(f"{round(255 * part):02x}" for part in encoded)
