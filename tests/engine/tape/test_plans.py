"""The plans of tapes are those that were looked at; see `tests.engine.tape.plans`."""

import json
from functools import partial

import numpy as np
import pytest

from engine.tape import arithmetic, calls
from tests.conftest import tries
from tests.engine.tape import plans

EXPECTED = json.loads(plans.DIGESTS.read_text())


def test_every_graph_has_a_digest():
    assert list(EXPECTED) == list(plans.GRAPHS)


@pytest.mark.parametrize("name", [*list(plans.GRAPHS)[: tries(45, 15)], *list(plans.GRAPHS)[45:]])  # 45 are random
def test_the_plan_is_the_one_that_was_looked_at(name):
    assert plans.digest(name) == EXPECTED[name], (
        f"python -m tests.engine.tape.plans '{name}' prints another plan than before; "
        "if it is a better one: python -m tests.engine.tape.plans"
    )


@pytest.mark.parametrize(
    ("name", "attribute", "value"),
    [
        ("mlp relu", "WIDE", 0),
        ("mlp tanh", "BOOLEAN", ()),
        ("classes 6", "LARGEST", 1.0),
        ("mlp relu", "QUICKER", {}),
        ("mlp gelu", "SMALL", 0),
    ],
)
def test_another_plan_is_noticed(name, attribute, value, monkeypatch):
    monkeypatch.setattr(arithmetic, attribute, value)
    assert plans.digest(name) != EXPECTED[name]


def test_very_many_calls_are_walked():
    call = np.negative, (np.ones(1), np.ones(1))
    assert not isinstance(calls.write_out([call] * calls.LONGEST), partial)
    assert isinstance(calls.write_out([call] * (calls.LONGEST + 1)), partial)


@pytest.mark.parametrize(("version", "by"), [("1.26.4", "errstate"), ("2.0.0", "run"), ("2.4.6", "run")])
def test_warnings_are_silenced_by_what_is_quickest(version, by, monkeypatch):
    monkeypatch.setattr(np, "__version__", version)
    monkeypatch.setattr(np, "seterr", lambda **how: None)
    assert (calls.silence().__name__ == "run") == (by == "run")
