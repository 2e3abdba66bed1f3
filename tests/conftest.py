import importlib
import os
from types import ModuleType

import pytest


def optional(name: str) -> ModuleType:
    """A module that a person's machine may lack, in which case the test is skipped; in CI that is a failure."""
    if os.environ.get("CI"):
        return importlib.import_module(name)
    return pytest.importorskip(name)


@pytest.fixture(scope="session")
def torch() -> ModuleType:
    module = optional("torch")
    module.set_num_threads(1)
    return module
