"""What viz returns behaves alike: it is printed, shown in notebooks, and saved; with a browser as pixels too."""

import sys
from functools import cache
from itertools import groupby

import numpy as np
import pytest

import nn
import viz
from engine import Value
from tests.conftest import CHROMIUM, lacks
from viz.browser import find_browser, take_picture

PNG = b"\x89PNG\r\n\x1a\n"
MISSING = lacks(CHROMIUM)


def neuron():
    y = (Value(-3.0, "w") * Value(2.0, "x") + Value(6.5, "b")).tanh()
    y.label = "y"
    y.backward()
    return y


@cache
def make():
    """One of each, with the endings that it can be saved as, and what the text of it says."""
    model = nn.MLP(2, [3, 1], "tanh", init="zeros")
    X, y = np.array([[0.5, -0.5], [1.0, 2.0]]), np.array([0.0, 1.0])
    return [
        (viz.draw(neuron()), "svg png", "v1 = w*x"),
        (viz.path(neuron(), "w"), "svg png", "∂y/∂w = 1.573, along the only path."),
        (viz.network(model, [0.5, -0.5]), "svg png", "inputs: 0.5 (grad 0.0), -0.5 (grad 0.0)"),
        (viz.page(neuron()), "html png", "v1 = w*x = (-3.0)*2.0 = -6.0"),
        (viz.worksheet(neuron()), "html png", "∂y/∂w = ____"),
        (viz.film(model, X, y), "html png", "epoch  |grad| layers[0]"),
        (viz.shrink("sigmoid", range(1, 4)), "svg png pdf", "each layer multiplies the gradient"),
        (viz.gradient_flow(model, X, y, nn.mse), "svg png pdf", "|gradient| by neurons"),
    ]


def test_each_is_printed_shown_and_saved(tmp_path):
    for thing, endings, said in make():
        assert said in str(thing)
        assert all(len(line) <= 100 for line in str(thing).split("\n"))
        first, *_ = endings.split()
        thing.save(tmp_path / f"it.{first}")
        written = (tmp_path / f"it.{first}").read_text(encoding="utf-8")
        shown = thing._repr_svg_() if first == "svg" else thing._repr_html_()
        assert written == (shown if first == "svg" else thing.html)
        assert f"<{first}" in written
        assert shown.startswith(("<svg", "<?xml", "<iframe"))


def test_what_cannot_be_saved_is_refused_with_what_can(tmp_path):
    for thing, endings, _ in make():
        allowed = " or ".join(f".{ending}" for ending in endings.split())
        for name in ("it.txt", "it", "it.svg.gz"):
            with pytest.raises(ValueError, match=f"must end in {allowed}, not '.*{name}'"):
                thing.save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_plot_needs_no_browser_and_without_matplotlib_is_text(tmp_path, monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    found = viz.shrink("sigmoid", range(1, 4))
    found.save(tmp_path / "it.png")
    assert (tmp_path / "it.png").read_bytes().startswith(PNG)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert found._repr_svg_() is None
    with pytest.raises(ImportError, match=r"\[plots\]"):
        found.save(tmp_path / "other.png")
    assert [file.name for file in tmp_path.iterdir()] == ["it.png"]


def test_a_drawing_s_text_leaves_out_the_middle_and_keeps_its_numbers():
    root = signal = Value(0.5, "x")
    for _ in range(100):
        root = root.sin()
    root.backward()
    drawing = viz.draw(root, fold="none")
    before = str(drawing)
    assert "… 41 left out …" in before
    assert before.count("\n") == 61
    signal.data = 3.0
    assert str(drawing) == before


# pixels


@pytest.mark.skipif(MISSING, reason=f"a browser at {CHROMIUM}")
def test_pictures_are_drawn_by_a_browser(tmp_path, monkeypatch):
    matplotlib = pytest.importorskip("matplotlib.image")
    monkeypatch.setenv("CHROMIUM", CHROMIUM)
    drawing = viz.draw(neuron())
    drawing.save(tmp_path / "graph.png")
    pixels = matplotlib.imread(tmp_path / "graph.png")[:, :, :3]
    width, height = (float(drawing.svg.split(f' {name}="')[1].split('"')[0]) for name in ("width", "height"))
    assert abs(pixels.shape[1] - 2 * width) < 3
    assert abs(pixels.shape[0] - 2 * height) < 3
    assert np.ptp(pixels) == pytest.approx(1, abs=0.2)
    viz.worksheet(neuron()).save(tmp_path / "sheet.png")  # as high as both its pages
    sheet = matplotlib.imread(tmp_path / "sheet.png")[:, :, :3]
    assert sheet.shape[1] == 2 * 860
    assert sheet.shape[0] > 2 * 1400
    paper = (sheet[:, 120] == 1).all(axis=1)  # in the margin, from the top down: the ground, a page, the ground, ...
    runs = [is_paper for is_paper, _ in groupby(paper.tolist())]
    assert runs[0] is runs[-1] is False
    assert runs.count(True) >= 2


def test_without_a_browser_it_says_what_to_do(tmp_path, monkeypatch):
    drawing = viz.draw(neuron())
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    with pytest.raises(OSError, match="CHROMIUM names '/no/such/browser', which is not a program: install Chromium or"):
        drawing.save(tmp_path / "graph.png")
    monkeypatch.delenv("CHROMIUM")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OSError, match=r"none was found: .* CHROMIUM to its program; other file types need no"):
        viz.page(neuron()).save(tmp_path / "step.png")
    assert not list(tmp_path.iterdir())
    program = tmp_path / "google-chrome"
    program.write_text("#!/bin/sh\necho 'No usable sandbox!' >&2\n")
    program.chmod(0o755)
    assert find_browser() == str(program)
    with pytest.raises(OSError, match=r"google-chrome drew no picture: No usable sandbox!"):
        drawing.save(tmp_path / "graph.png")
    with pytest.raises(OSError, match=r"google-chrome did not show the page: No usable sandbox!"):
        viz.worksheet(neuron()).save(tmp_path / "sheet.png")
    assert [file.name for file in tmp_path.iterdir()] == ["google-chrome"]


def test_too_many_pixels_are_refused(monkeypatch):
    monkeypatch.setenv("CHROMIUM", sys.executable)  # is not asked
    with pytest.raises(ValueError, match=r"90,000 × 300 pixels are too many for a .png"):
        take_picture("<svg/>", ".svg", 90_000, 300)
