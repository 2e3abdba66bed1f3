"""What tests and examples share, README's too: see also tests/conftest.py."""

from collections.abc import Iterator

import pytest

from engine.modes import open_blocks
from engine.ops import table


@pytest.fixture(autouse=True)
def _table() -> Iterator[None]:
    """An operation that one of them registers is gone after it."""
    before = table.copy()
    yield
    table.clear()
    table.update(before)


@pytest.fixture(autouse=True)
def _modes() -> Iterator[None]:
    """None of them leaves a mode open, which would change what Values do in those that follow."""
    yield
    assert not open_blocks
