"""What the tests of demos share: each demo runs once in a process, and its claims look at what it trained there.

A file of tests has the run of a demo, its claims and its numbers, for a file is run in one process.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from importlib import import_module
from inspect import signature, unwrap
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest
from matplotlib import pyplot

from demos.claims import Claim, find_claims

Demos = dict[str, tuple[dict[str, Any], set[str]]]  # by name: options of its main, and the pictures that it is to leave


def draw_whole(figure: Any, _: str) -> bytes:
    """Lay out and draw a figure, but make no pixels, which nobody reads; look whether its titles lie within it.

    Small ticks of a log scale are left out: there are many, and they take most of the time.
    """
    for ax in figure.axes:
        ax.minorticks_off()
    figure.draw_without_rendering()
    assert figure.axes
    for ax in figure.axes:
        extent = ax.title.get_window_extent()
        assert extent.x0 >= 0, ax.title
        assert extent.x1 <= figure.bbox.width, ax.title
    pyplot.close(figure)
    return b""


@cache
def run_demo(name: str, **options: Any) -> tuple[str, set[str]]:
    """What a demo prints, where its folder is called OUT, and the files that it leaves."""
    text = StringIO()
    whole = patch("demos.runner.render", draw_whole)
    with TemporaryDirectory() as folder, redirect_stdout(text), redirect_stderr(StringIO()), whole:
        import_module(f"demos.{name}").main(Path(folder), **options)
        return text.getvalue().replace(folder, "OUT"), {path.name for path in Path(folder).iterdir()}


def shorten(monkeypatch: pytest.MonkeyPatch, function: Callable[..., Any], options: Mapping[str, Any]) -> None:
    """Let what a demo shares with its claims (`once` in the runner) train as long as the demo does with its options."""
    inner = unwrap(function)
    parameters = signature(inner).parameters.values()
    defaults = [options.get(each.name, each.default) for each in parameters if each.default is not each.empty]
    monkeypatch.setattr(inner, "__defaults__", tuple(defaults))


def check_run(name: str, demos: Demos) -> None:
    """A demo leaves its pictures and no other files, names them all, and prints lines that fit."""
    options, pictures = demos[name]
    text, left = run_demo(name, **options)
    assert left == pictures
    assert all(f"OUT/{picture}" in text for picture in pictures)
    assert [line for line in text.splitlines() if len(line) > 80 and "OUT" not in line] == []


def list_claims(names: Iterable[str]) -> list:
    """The claims of these demos, to be parameters of a test."""
    return [pytest.param(claim, id=f"{name}: {claim.words}") for name in names for claim in find_claims(name)]


def check_claim(claim: Claim) -> None:
    """It holds on the first seed, and would not if the effect were removed: with the control in the number's place."""
    number, control = claim.measure(0)
    assert claim.holds(number, control), claim.say(number, control)
    assert "-0%" not in claim.say(number, control)
    assert not claim.holds(control, control)
    assert claim.say(number, control) != claim.say(control, control)
