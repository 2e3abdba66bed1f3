"""`help(engine)`, `help(nn)` and `help(viz)` begin with one page that lists every public name."""

import configparser
import re
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

import engine
import nn
import viz

ROOT = Path(__file__).parent.parent
LINES = 60  # of a page


def read_index(package: ModuleType) -> list[str]:
    """The names that stand at the beginning of the indented lines of its docstring."""
    lines = [re.fullmatch(r"    (\w+(?:, \w+)*)(?:  +\S.*)?", line) for line in package.__doc__.split("\n")]
    return [name for line in lines if line for name in line[1].split(", ")]


@pytest.mark.parametrize("package", [engine, nn, viz])
def test_the_index_lists_every_public_name_once(package):
    besides = {"sum"} if package is engine else set()  # which a star import leaves to Python
    listed = read_index(package)
    assert sorted(listed) == sorted({*package.__all__, *besides})
    public = {
        name
        for name, held in vars(package).items()
        if not name.startswith("_") and getattr(held, "__module__", "").partition(".")[0] == package.__name__
    }
    assert public <= set(listed)
    assert all(hasattr(package, name) for name in listed)
    assert len(package.__doc__.split("\n")) <= LINES
    assert max(map(len, package.__doc__.split("\n"))) <= 120


def test_a_name_that_is_missing_would_be_found():
    package = ModuleType(
        "package", "A package.\n\nNames\n    one, two    of these\n    three\n                of this\n"
    )
    assert read_index(package) == ["one", "two", "three"]


def test_the_version_is_the_newest_of_the_changelog():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    heads = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    version, _, day = next(head for head in heads if head != "Unreleased").partition(" - ")
    assert version == setup["metadata"]["version"]
    assert date.fromisoformat(day)
