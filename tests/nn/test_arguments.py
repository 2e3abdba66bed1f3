"""Arguments: what callers pass is read once, and as it is."""

import re

import numpy as np
import pytest

import nn
from engine import Value
from nn import arguments


@pytest.mark.parametrize("dtype", [float, np.float32, int, np.uint8, bool])
@pytest.mark.parametrize("shape", [(3,), (3, 1), (3, 2)])
def test_an_array_of_numbers_is_read_as_its_lists_are_but_not_cell_by_cell(dtype, shape, monkeypatch):
    given = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    expected = arguments.read_numbers(given.tolist())
    monkeypatch.setattr(arguments, "_as_floats", None)
    found = arguments.read_numbers(given)
    assert found.dtype == float
    assert found.tolist() == expected.tolist()
    assert not np.shares_memory(found, given)


def test_arrays_of_anything_else_are_refused_with_the_cell():
    with pytest.raises(ValueError, match=r"y\[1\] is nan"):
        arguments.read_numbers(np.array([1.0, np.nan]))
    with pytest.raises(ValueError, match="y is empty"):
        arguments.read_numbers(np.empty(0))
    with pytest.raises(TypeError, match="masked"):
        arguments.read_numbers(np.ma.masked_array([1.0, 2.0], [False, True]))
    with pytest.raises(TypeError, match=r"y\[0\]"):
        arguments.read_numbers(np.array(["a", "b"]))


@pytest.mark.parametrize("unordered", [{3.0, 1.0}, frozenset({3.0, 1.0}), {3.0: 1, 1.0: 2}])
@pytest.mark.parametrize(
    "use",
    [
        nn.Layer(2, 1, init="constant"),
        nn.MLP(2, [1]),
        nn.LayerNorm(2),
        nn.RNN(1, 1),
        nn.Residual(nn.Layer(2, 2)),
        lambda given: nn.fit(nn.Layer(1, 1), [[1.0], [2.0]], given),
        lambda given: nn.predict(nn.Layer(1, 1), given),
        lambda given: nn.mse([Value(1.0), Value(2.0)], given),
        lambda given: nn.cross_entropy([Value(1.0), Value(2.0)], given),
        lambda given: nn.Neuron(2, weights=given),
        lambda given: nn.SGD({Value(number) for number in given}),
        nn.one_hot,
    ],
)
def test_what_has_no_order_is_no_list(use, unordered):
    with pytest.raises((TypeError, ValueError)):
        use(unordered)


ONE = [Value(1.0)]
ROWS = [[1.0], [2.0]]


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("maximize", lambda given: nn.Adam(ONE, maximize=given)),
        ("nesterov", lambda given: nn.SGD(ONE, momentum=0.9, nesterov=given)),
        ("amsgrad", lambda given: nn.AdamW(ONE, amsgrad=given)),
        ("every_step", lambda given: nn.LSTM(1, 1, every_step=given)),
        ("cycle_momentum", lambda given: nn.OneCycleLR(nn.SGD(ONE, momentum=0.9), 1.0, 10, cycle_momentum=given)),
        ("stratify", lambda given: nn.split(ROWS, [0, 1], 0.5, stratify=given)),
        ("shuffle", lambda given: list(nn.batches(ROWS, [0, 1], 2, shuffle=given))),
        ("record", lambda given: nn.predict(nn.Linear(1, 1), ROWS, record=given)),
        ("record", lambda given: nn.evaluate(nn.MLP(1, [1]), ROWS, [0.0, 1.0], record=given)),
        ("record", lambda given: nn.fit(nn.MLP(1, [1]), ROWS, [0.0, 1.0], epochs=1, record=given, progress=False)),
        ("mode", lambda given: nn.MLP(1, [1]).train(given)),
        ("progress", lambda given: nn.sweep(pow, {"base": [1], "exp": [1]}, progress=given)),
        ("progress", lambda given: nn.fit(nn.MLP(1, [1]), ROWS, [0.0, 1.0], epochs=1, progress=given)),
    ],
)
def test_a_text_is_no_flag(name, make):
    """Nor is an array, even of one flag, or a Value."""
    for given in (True, False, np.True_, 1, 0):
        make(given)
    for given in ("no", "False", "", None, 2, np.array([True, False]), np.array([True]), Value(1.0)):
        with pytest.raises(TypeError, match=re.escape(f"{name} must be True or False, not {given!r}")):
            make(given)
