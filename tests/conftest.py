import importlib
import os
import signal
from pathlib import Path
from types import ModuleType

import pytest

# A shell lets what it starts in the background ignore Ctrl-C; tests press it.
signal.signal(signal.SIGINT, signal.default_int_handler)


def optional(name: str) -> ModuleType:
    """A module that a person's machine may lack, in which case the test is skipped; in CI that is a failure."""
    if os.environ.get("CI"):
        return importlib.import_module(name)
    return pytest.importorskip(name)


CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium, one for all tests."""
    playwright = optional("playwright.sync_api")
    if not Path(CHROMIUM).exists() and not os.environ.get("CI"):
        pytest.skip(f"no browser at {CHROMIUM}")
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
