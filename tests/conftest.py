import gc
import importlib
import os
import shutil
import signal
from collections import Counter
from itertools import count
from types import ModuleType
from typing import Any

import numpy as np
import pytest

# A shell lets what it starts in the background ignore Ctrl-C; tests press it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What is imported and collected is large and stays: the collector goes through it as rarely as it can.
gc.set_threshold(20_000, 20, 100)

# What tests want beyond the extra `test`, and the extra that brings it.
WANTED = {
    "torch": "PyTorch (extra peers)",
    "jax": "JAX (extra peers)",
    "pandas": "pandas (extra peers)",
    "onnx": "ONNX (extra peers)",
    "onnxruntime": "ONNX (extra peers)",
    "distributed": "dask.distributed (extra sweep)",
    "playwright.sync_api": "a browser (extra browser)",
    "websocket": "Firefox (extra browser)",
    "anywidget": "anywidget (extra widget)",
    "traitlets": "anywidget (extra widget)",
} | dict.fromkeys(
    ("nbclient", "nbformat", "ipykernel", "jupyter_client.manager"), "the notebook runner (extra notebooks)"
)

# The files that take longest, in this order: begun last, they would leave all cores but one idle.
FIRST = (
    "test_demos_networks.py", "test_agreement.py", "test_demos_basics.py", "test_faults.py", "test_load.py",
    "test_page.py", "test_page_paths.py", "test_page_numbers.py", "test_page_cover.py", "test_page_motion.py",
    "test_page_mistaken.py", "test_widget.py", "test_playground.py", "test_firefox.py", "test_language.py",
    "test_layouts.py", "test_panels.py", "test_equal.py", "test_worksheet.py", "test_equations.py",
    "test_survivors.py", "test_demos_course.py", "test_tape.py", "test_reproducibility.py", "test_quiz.py",
    "test_passes.py", "test_doctor.py", "test_shown.py", "test_draw.py", "test_watching.py", "test_demos_gpt.py",
    "test_branches.py", "test_walk.py", "test_cli.py", "test_plans.py", "test_explain.py", "test_learning.py",
    "test_sweep.py",
)  # fmt: skip
# What these leave behind slows the others: an audit hook (tests/fuzz/watch.py).
LAST = ("test_fuzz.py", "test_hostile.py")


def optional(name: str) -> ModuleType:
    """A module that a person's machine may lack, in which case the test is skipped; in CI that is a failure."""
    try:
        return importlib.import_module(name)
    except ImportError:
        if os.environ.get("CI"):
            raise
        pytest.skip(WANTED.get(name, f"{name} (extra test)"))


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads its options
def pytest_cmdline_main(config: pytest.Config) -> None:
    """All tests together are spread over all cores, file by file; those that are named run here, slow ones too."""
    option, all_together = config.option, config.args_source == pytest.Config.ArgsSource.TESTPATHS
    option.slow |= not all_together or bool(os.environ.get("CI"))
    if not config.pluginmanager.hasplugin("xdist") or "PYTEST_XDIST_WORKER" in os.environ:  # which begins no others
        return
    if option.numprocesses is None and all_together:
        option.numprocesses = "logical"
    if option.numprocesses and option.dist == "no":
        option.dist, option.loadscopereorder = "loadfile", False
    if option.numprocesses:  # the threads of NumPy's products would wait for one another's cores, and burn them
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def lacks(program: str) -> bool:
    """Whether a person's machine lacks a program, without which a test is skipped; in CI such a test fails."""
    return not shutil.which(program) and not os.environ.get("CI")


def tries(in_ci: int, elsewhere: int) -> int:
    """How many random cases a test tries: more in CI, which has the time."""
    return in_ci if os.environ.get("CI") else elsewhere


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the slow tests too, as CI does")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    order = {name: number for number, name in enumerate(FIRST)} | dict.fromkeys(LAST, len(FIRST) + 1)
    items.sort(key=lambda item: order.get(item.path.name, len(FIRST)))
    for item in items:
        if "slow" in item.keywords and not config.option.slow:
            item.add_marker(pytest.mark.skip("--slow (tests that take long)"))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line for all that was skipped."""
    skipped = terminalreporter.stats.get("skipped", [])
    wanted = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in skipped)
    if wanted:
        reasons = ", ".join(f"{number} without {reason}" for reason, number in wanted.most_common())
        terminalreporter.write_line(f"{len(skipped)} skipped: {reasons}")


@pytest.fixture(autouse=True)
def _seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test draws without a seed is the same in every run, whatever ran before."""
    draw, seeds = np.random.default_rng, count(1000)  # which no test gives
    monkeypatch.setattr(np.random, "default_rng", lambda seed=None: draw(next(seeds) if seed is None else seed))


CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium, one for all tests."""
    playwright = optional("playwright.sync_api")
    if lacks(CHROMIUM):
        pytest.skip(f"a browser at {CHROMIUM}")
    with playwright.sync_playwright() as running:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = running.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def torch() -> ModuleType:
    module = optional("torch")
    module.set_num_threads(1)
    return module
