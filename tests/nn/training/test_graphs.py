"""Graphs: two are alike if they compute the same from the same leaves, so that one tape does for both."""

from math import nan

import pytest

import engine
from engine import Value, dot
from engine.tape.watching import Given
from engine.value import lift
from nn.training.graphs import Graph, NotRecordedError

W, V = Value(2.0, "w"), Value(2.0, "v")
HELD = lift(3.0)
TERMS = (W, V)


def build(compute):
    x, y = Given(1.0), Given(1.0)

    def program():
        root = compute(x, y)
        return root, root

    return Graph(program, [x, y])


def shared(x, y):
    product = W * x
    return product + product


ALIKE = {
    "operations": lambda x, y: (W * x + y).tanh() / 3,
    "sums of products": lambda x, y: dot(TERMS, [x, y], V) + engine.sum([x, W * y, 0.5]),
    "a node read twice": shared,
    "constants, also nan": lambda x, y: x * nan + HELD * y - 2.5,
    "a leaf made anew": lambda x, y: Value(4.0) * x + y,
    "comparisons": lambda x, y: W * x if x > 0 else y,
}


@pytest.mark.parametrize("name", ALIKE)
def test_the_same_program_builds_graphs_that_are_alike(name):
    one, other = build(ALIKE[name]), build(ALIKE[name])
    assert one.is_like(other)
    one.record()
    assert one.is_like(other)
    assert other.is_like(one)
    assert not any(one.is_like(build(compute)) for other, compute in ALIKE.items() if other != name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda x, y: W * x, lambda x, y: W * y),
        (lambda x, y: W * x, lambda x, y: V * x),
        (lambda x, y: W * x, lambda x, y: x * W),
        (lambda x, y: W * x, lambda x, y: 2.0 * x),
        (lambda x, y: W * x, lambda x, y: Value(2.0) * x),
        (lambda x, y: x * 2.0, lambda x, y: x * 2.0000000000000004),
        (lambda x, y: x * 2.0, lambda x, y: x * nan),
        (lambda x, y: x.tanh(), lambda x, y: x.sigmoid()),
        (lambda x, y: x + y, lambda x, y: engine.sum([x, y])),
        (lambda x, y: dot(TERMS, [x, y]), lambda x, y: dot(TERMS, [y, x])),
        (lambda x, y: dot(TERMS, [x, y]), lambda x, y: dot((W, W), [x, y])),
        (lambda x, y: engine.sum([x, y]), lambda x, y: engine.sum([x, y, y])),
        (lambda x, y: shared(x, y), lambda x, y: W * x + W * x),
        (lambda x, y: W * x + W * x, lambda x, y: shared(x, y)),
        (lambda x, y: W * x if x > 0 else y, lambda x, y: W * x if x > 1 else y),
        (lambda x, y: W * x if x > 0 else y, lambda x, y: W * x),
        (lambda x, y: W * x if x > 0 else y, lambda x, y: W * x if y > 0 else y),
    ],
)
def test_other_programs_build_others(one, other):
    assert not build(one).is_like(build(other))
    assert not build(other).is_like(build(one))


@pytest.mark.parametrize("compute", [lambda x, y: x * HELD, lambda x, y: dot([HELD, HELD], [x, y])])
def test_a_constant_that_has_changed_since_the_recording_is_noticed(compute):
    recorded = build(compute)
    recorded.record()
    before = HELD.data
    try:
        HELD.data = 4.0
        assert not build(compute).is_like(recorded)
        assert not recorded.is_like(build(compute))
    finally:
        HELD.data = before
    assert build(compute).is_like(recorded)


def test_a_program_must_return_values():
    with pytest.raises(NotRecordedError, match=r"returns 2.5 where a Value"):
        build(lambda x, y: 2.5)
