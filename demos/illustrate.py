"""Make the pictures of the README again: python -m demos.illustrate (needs the extra `browser` and Chromium)."""

import hashlib
import json
import os
from pathlib import Path

import viz
from demos.tour import build_neuron

PICTURES = Path(__file__).parent / "pictures"
SOURCES = PICTURES / "sources.json"  # what each picture was made from, so that a test can tell a stale one
STEP = 15  # of the neuron's page: the gradient reaches the products


def make_sources() -> dict[str, str]:
    """What the pictures show, as text, by the name of the picture."""
    y = build_neuron()
    y.backward()
    return {"neuron.svg": viz.draw(y).svg, "page.png": viz.page(y).html}


def hash_sources(sources: dict[str, str]) -> dict[str, str]:
    """The sources as short hashes."""
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in sources.items()}


def main() -> None:
    """Draw, open the page in a browser, step to the middle of the backward pass, take its picture."""
    from playwright.sync_api import sync_playwright

    sources = make_sources()
    (PICTURES / "neuron.svg").write_text(sources["neuron.svg"], encoding="utf-8")
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 720}, device_scale_factor=1.5)
        page.set_content(sources["page.png"])
        page.keyboard.press("Home")
        for _ in range(STEP):
            page.keyboard.press("ArrowRight")
        page.wait_for_timeout(500)
        page.screenshot(path=PICTURES / "page.png")
        browser.close()
    SOURCES.write_text(json.dumps(hash_sources(sources), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
