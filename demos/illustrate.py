"""Make the pictures of the README, and the playground: python -m demos.illustrate (extra `browser`, and Chromium)."""

import hashlib
import json
import os
import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np

import nn
import viz
from demos import thumbnails
from demos.tour import build_neuron
from viz import plots

PICTURES = Path(__file__).parent / "pictures"
PLAYGROUND = PICTURES.parent / "playground.html"  # for those who have no Python
SOURCES = PICTURES / "sources.json"  # what each picture was made from, so that a test can tell a stale one
UNSEEN = re.compile(  # the tables of a page, and the hash of its script
    r"^const (?:operations|mistakes|factors) = .*?^[}\]];$|'sha256-[^']*'", re.MULTILINE | re.DOTALL
)
STEP = 15  # of the neuron's page, at which the gradient reaches the products


def draw_moons() -> tuple[Any, np.ndarray]:
    """The decision boundary of the network in the README, as axes; and the network's output at some places."""
    generator = np.random.default_rng(0)
    X, y = nn.moons(60, 0.1, generator)
    model = nn.MLP(2, [8, 1], "tanh", generator=generator)
    nn.fit(model, X, y, loss="binary_cross_entropy_with_logits", epochs=200, progress=False)
    return plots.decision_boundary(lambda rows: nn.predict(model, rows), X, y), nn.predict(model, X)


def make_sources() -> dict[str, str]:
    """What the pictures show, as text, by the name of the picture."""
    y = build_neuron()
    y.backward()
    return thumbnails.make_sources() | {
        "neuron.svg": viz.draw(y).svg,
        "page.png": viz.page(y).html,
        "playground.png": viz.playground().html,
        "worksheet.png": viz.worksheet(level=2, seed=7).html,
        "moons.png": " ".join(f"{output:.1f}" for output in draw_moons()[1]),  # the last digits differ by machine
    }


def hash_sources(sources: dict[str, str]) -> dict[str, str]:
    """The sources as short hashes; a new operation or mistake, which no picture shows, changes none."""
    return {name: hashlib.sha256(UNSEEN.sub("", text).encode()).hexdigest() for name, text in sources.items()}


def main() -> None:
    """Draw; open the pages in a browser, the neuron's in the middle of the backward pass, and take their pictures."""
    ArgumentParser(prog="python -m demos.illustrate", description=__doc__).parse_args()
    from playwright.sync_api import sync_playwright

    sources = make_sources()
    PLAYGROUND.write_text(sources["playground.png"], encoding="utf-8")
    (PICTURES / "neuron.svg").write_text(sources["neuron.svg"], encoding="utf-8")
    draw_moons()[0].figure.savefig(PICTURES / "moons.png", dpi=110)
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        still = {"device_scale_factor": 1.5, "reduced_motion": "reduce"}
        for name in ("page.png", "playground.png"):
            page = browser.new_page(viewport={"width": 1280, "height": 720}, **still)
            page.set_content(sources[name])
            page.get_by_role("button", name="To the start").focus()  # not the expression, which takes keys
            for _ in range(STEP):
                page.keyboard.press("ArrowRight")
            page.evaluate("document.activeElement.blur()")
            page.wait_for_timeout(500)
            page.screenshot(path=PICTURES / name)
        sheet = browser.new_page(viewport={"width": 820, "height": 620}, device_scale_factor=1.5)
        sheet.set_content(sources["worksheet.png"])
        sheet.screenshot(path=PICTURES / "worksheet.png")
        thumbnails.save_all(PICTURES, browser)
        browser.close()
    SOURCES.write_text(json.dumps(hash_sources(sources), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
