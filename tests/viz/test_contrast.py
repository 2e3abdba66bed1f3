"""What is written can be read, and what is drawn can be seen: contrast on every colour that pictures and films use."""

import re

import numpy as np
import pytest

from tests.contrast import contrast
from viz import svg
from viz.figures.network import NEGATIVE, NONE, POSITIVE, shade
from viz.figures.plots import WHITE
from viz.offline import read
from viz.pages.page import COLOURS
from viz.paths.waterfall import FILL
from viz.pictures.picture import FAINT, INK
from viz.scale import colour

READ, SEEN = 4.5, 3.0  # what WCAG 2.2 asks of text, and of what is no text


def test_black_is_read_on_every_step_of_the_ramp_and_of_a_unit_s_shade():
    steps = np.linspace(0, 1, 101)
    assert min(contrast("#000000", colour(step)) for step in steps) >= READ
    assert min(contrast("#000000", shade(step)) for step in steps) >= READ


def test_the_words_of_a_picture_are_read_and_its_lines_are_seen_on_white():
    for ink in ("#222222", "#333333", "#444444", INK):  # of legends, local derivatives, heads
        assert contrast(ink, svg.WHITE) >= READ
    for line in (INK, FAINT, POSITIVE, NEGATIVE, NONE, *FILL.values()):
        assert contrast(line, svg.WHITE) >= SEEN, line


def test_counts_are_read_on_every_shade_of_a_confusion_matrix():
    matplotlib = pytest.importorskip("matplotlib")
    for share in np.linspace(0, 1, 201):
        ground = matplotlib.colors.to_hex(matplotlib.colormaps["Blues"](share))
        assert contrast("#ffffff" if share > WHITE else "#000000", ground) >= READ, share


def test_gradients_are_read_on_every_step_of_the_page_s_ramp_on_dark_ground():
    """As `paintAt` of styles.js mixes it in OKLab, with the matrices of bottosson.github.io/posts/oklab."""
    script = read("viz.pages", "canvas/styles.js")
    ((least, more, ground),) = re.findall(r"round\((\d+) \+ (\d+) \* place\)}%, (#[0-9a-f]{6})\)", script)
    (turn,) = re.findall(r'ink: place > ([\d.]+) \? "#000" : "#fff"', script)
    for index in range(COLOURS):
        place = index / (COLOURS - 1)
        share = round(int(least) + int(more) * place) / 100
        mixed = from_oklab(share * to_oklab(colour(1.0)) + (1 - share) * to_oklab(ground))
        assert contrast("#000000" if place > float(turn) else "#ffffff", mixed) >= READ, place


TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def to_oklab(hue: str) -> np.ndarray:
    parts = np.array([int(hue[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return TO_LAB @ np.cbrt(TO_CONES @ linear)


def from_oklab(lab: np.ndarray) -> str:
    linear = np.clip(np.linalg.inv(TO_CONES) @ (np.linalg.inv(TO_LAB) @ lab) ** 3, 0, 1)
    parts = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)


def read_themes() -> list[dict[str, str]]:
    """The colours of a film by name, in light and in dark."""
    light, dark = re.findall(r"^:root[^{]*\{(.*?)\}", read("viz.films", "film.css"), re.MULTILINE | re.DOTALL)
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in (light, dark)]


def test_a_film_is_read_and_seen_in_light_and_in_dark():
    light, dark = read_themes()
    assert light.keys() == dark.keys()
    for theme in (light, dark):
        for ink in ("ink", "muted", "warning"):
            for ground in ("paper", "card"):
                assert contrast(theme[ink], theme[ground]) >= READ, (ink, ground)
        for part in np.linspace(0, 1, 21):  # the number in a unit, whose colour grows with the number
            ground = mix(theme["card"], theme["unit"], part)
            assert contrast(theme["ink"], ground) >= READ, part
        for line in ("positive", "negative", "neutral", *(f"c{number}" for number in range(6))):
            assert contrast(theme[line], theme["card"]) >= SEEN, line
        for line in ("positive", "negative"):  # the faintest of the network
            assert contrast(mix(theme["card"], theme[line], 0.85), theme["card"]) >= SEEN, line


def mix(one: str, other: str, share: float) -> str:
    """So much of the other colour over the one, as a canvas paints it."""
    parts = [[int(each[i : i + 2], 16) for i in (1, 3, 5)] for each in (one, other)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(*parts, strict=True))
