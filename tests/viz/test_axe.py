"""What people see can be used by everyone: axe-core finds no violation on any page, in light and in dark."""

import os
from pathlib import Path

import pytest

import viz
from demos import gallery
from engine import Value
from tests.viz.films.test_film import model, moons, train
from tests.viz.pages.pages import network, small
from viz.films.film import film
from viz.pages.page import page

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
VIOLATIONS = """async (options) => (await axe.run(options)).violations.map(
    ({ id, nodes }) => `${id}: ${nodes[0].target.join(" ")}`)"""
SCHEMES = {  # in the dark only colours are others
    "light": {"rules": {"target-size": {"enabled": True}}},
    "dark": {"runOnly": ["color-contrast"]},
}


@pytest.fixture(scope="module")
def axe():
    if not AXE.exists() and not os.environ.get("CI"):
        pytest.skip("axe-core (npm ci)")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture
def find_violations(browser, axe, tmp_path):
    """What axe-core finds on a page of HTML, in both schemes, as it opens and after each of some scripts."""
    contexts = []

    def find(html, *scripts, width=1280, height=720):
        path = tmp_path / "seen.html"
        path.write_text(html, encoding="utf-8")
        found = []
        for scheme, options in SCHEMES.items():
            contexts.append(browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme))
            tab = contexts[-1].new_page()
            tab.goto(path.as_uri())
            tab.evaluate(axe)
            for script in ("", *scripts):
                tab.evaluate(script)
                found += [f"{scheme}, after {script}: {violation}" for violation in tab.evaluate(VIOLATIONS, options)]
        return found

    yield find
    for context in contexts:
        context.close()


def test_the_checker_finds_what_is_wrong(find_violations):
    wrong = '<html lang="en"><title>t</title><main><h1>t</h1><p style="color: #999; background: #fff">pale</p></main>'
    assert [violation.split(": ")[1] for violation in find_violations(wrong)] == ["color-contrast"] * 2


def test_the_page(find_violations):
    everything = (
        "page.go(Infinity); page.pin(page.graph.leaves[0]); page.chooseMistake('overwrite'); page.tour.show(3)",
        "page.setCover(true)",
        "page.setCover(false); page.tour.help()",
    )
    assert find_violations(page(small()).html, *everything) == []
    assert find_violations(page(network(2, (3, 3, 1))).html, "page.go(3)", width=390, height=844) == []
    chain = Value(0.5, "x")
    for _ in range(20):
        chain = chain.sigmoid()
    assert find_violations(page(chain).html, "page.go(3)", width=844, height=390) == []  # its formula is scrolled


def test_the_playground(find_violations):
    everything = (
        "shell.expression.box.value = 'tahn(x)'; shell.expression.type()",
        "shell.expression.box.value = 'tanh(x)'; shell.expression.type(); byId('share').click()",
    )
    assert find_violations(viz.playground().html, *everything) == []
    assert find_violations(viz.playground().html, *everything, width=390, height=844) == []


def test_the_film_the_worksheet_and_the_gallery(find_violations):
    mlp, (X, y) = model(2, 3, 1), moons()
    taken = film(mlp, X, y)
    train(mlp, X, y, taken)
    assert find_violations(taken.html) == []
    assert find_violations(viz.worksheet(level=3).html) == []
    names = ["by_hand"]
    section = gallery.write_section("by_hand", [Path("by_hand.svg"), Path("by_hand.html")], "printed")
    assert find_violations(gallery.write_page(names, [section], {"by_hand": [("It holds", "1", 1)]})) == []
