"""The suite itself: what is skipped and said, and where tests run."""

import configparser
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

import engine
import nn
from tests import conftest
from tests.conftest import FIRST, WANTED, optional

DRAWN: dict[str, list[float]] = {}
TESTS = Path(__file__).parent


def test_what_is_missing_is_skipped_and_fails_in_ci(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setitem(WANTED, "no_such_module", "a dream (extra sleep)")
    with pytest.raises(pytest.skip.Exception, match=r"^a dream \(extra sleep\)$"):
        optional("no_such_module")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(ImportError):
        optional("no_such_module")


def test_each_extra_that_is_told_exists():
    setup = configparser.ConfigParser(interpolation=None)
    setup.read(TESTS.parent / "setup.cfg", encoding="utf-8")
    told = {re.fullmatch(r".* \(extra (\w+)\)", reason)[1] for reason in WANTED.values()}
    assert told < set(setup["options.extras_require"])


def test_all_that_was_skipped_is_told_in_one_line():
    lines = []
    reports = [SimpleNamespace(longrepr=("file", 1, f"Skipped: {reason}")) for reason in ("a cat", "a dog", "a dog")]
    for stats in ({"skipped": reports}, {}):
        conftest.pytest_terminal_summary(SimpleNamespace(stats=stats, write_line=lines.append))
    assert lines == ["3 skipped: 2 without a dog, 1 without a cat"]


@pytest.mark.parametrize("again", [False, True])
def test_what_is_drawn_without_a_seed_is_the_same_in_every_run(again):
    neurons = [nn.Neuron(2) for _ in range(2)]
    numbers = [weight.data for neuron in neurons for weight in neuron.weights]
    assert len(set(numbers)) == 4
    assert numbers == DRAWN.setdefault("numbers", numbers)


@pytest.mark.parametrize("again", [False, True])
def test_what_a_test_registers_is_gone_after_it(again):
    engine.register(engine.Op("cube", "a**3", ("3*a**2",)))


def test_slow_files_come_first_and_exist():
    assert set(FIRST) <= {path.name for path in TESTS.rglob("test_*.py")}
    items = [SimpleNamespace(path=Path(name), keywords={}) for name in ("a.py", FIRST[1], "b.py", FIRST[0])]
    conftest.pytest_collection_modifyitems(SimpleNamespace(), items)
    assert [item.path.name for item in items] == [FIRST[0], FIRST[1], "a.py", "b.py"]


@pytest.mark.parametrize("wanted", [False, True])
def test_a_slow_test_is_skipped_unless_it_is_wanted(wanted):
    marks = []
    items = [SimpleNamespace(path=Path("a.py"), keywords=words, add_marker=marks.append) for words in ({}, {"slow": 1})]
    conftest.pytest_collection_modifyitems(SimpleNamespace(option=SimpleNamespace(slow=wanted)), items)
    assert [mark.args for mark in marks] == [] if wanted else [("--slow (tests that take long)",)]


@pytest.mark.parametrize(
    ("worker", "source", "given", "spread", "slow"),
    [
        (False, "TESTPATHS", None, "logical", False),
        (False, "TESTPATHS", 0, 0, False),
        (False, "ARGS", None, None, True),
        (False, "ARGS", 2, 2, True),
        (True, "TESTPATHS", None, None, False),  # or workers without end
    ],
)
def test_all_tests_are_spread_and_named_ones_are_not(worker, source, given, spread, slow, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    if worker:
        monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    option = SimpleNamespace(numprocesses=given, dist="no", loadscopereorder=True, slow=False)
    plugins = SimpleNamespace(hasplugin=lambda name: True)
    where = pytest.Config.ArgsSource[source]
    conftest.pytest_cmdline_main(SimpleNamespace(option=option, args_source=where, pluginmanager=plugins))
    assert (option.numprocesses, option.slow) == (spread, slow)
    assert (option.dist, option.loadscopereorder) == (("loadfile", False) if spread else ("no", True))
