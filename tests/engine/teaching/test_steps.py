"""steps: the lines of both passes, as data."""

import pytest

from engine import Value, dot, grad, steps, toposort


def neuron():
    """tanh(x·w + b) with x = 2, w = -3, b = 6.5: tanh(0.5)."""
    x, w, b = Value(2.0, "x"), Value(-3.0, "w"), Value(6.5, "b")
    return (x * w + b).tanh()


def test_a_neuron_by_hand():
    records = list(steps(neuron()))
    assert [record.kind for record in records] == [
        "leaf", "leaf", "forward", "leaf", "forward", "forward", "seed", "backward", "backward", "backward", "backward",
        "backward",
    ]  # fmt: skip
    slope = 1 - 0.46211715726000973**2  # tanh(0.5) from a table, its derivative by hand
    backward = [
        (r.operand.label, r.formula, r.upstream, r.local, r.contribution) for r in records if r.kind == "backward"
    ]
    assert backward[0][1] == "1 - y*y"
    assert backward[0][2:] == pytest.approx((1.0, slope, slope))
    assert backward[2] == ("b", "1", backward[0][4], 1.0, backward[0][4])
    assert backward[3][:2] == ("x", "b")
    assert backward[3][4] == pytest.approx(-3.0 * slope)
    assert backward[4][4] == pytest.approx(2.0 * slope)


def test_totals_end_at_the_gradients_and_the_graph_is_untouched():
    a, b = Value(0.5, "a"), Value(-2.0, "b")
    y = (a * a + b).exp() * a + dot([a, b], [b, b], a)
    totals = {record.operand: record.total for record in steps(y, seed=3.0)}
    assert all(node.grad == 0.0 for node in toposort(y))
    assert [totals[a], totals[b]] == pytest.approx([3 * g for g in grad(y, [a, b])], rel=1e-15)
    assert totals[y] == 3.0


def test_both_edges_of_a_square_have_a_step():
    a = Value(3.0)
    assert [(r.index, r.total) for r in steps(a * a) if r.kind == "backward"] == [(0, 3.0), (1, 6.0)]


def test_constants_are_given_and_receive_nothing():
    a = Value(3.0)
    records = list(steps(a * 2 + 1))
    assert sum(record.kind == "leaf" for record in records) == 3
    assert [record.operand.op for record in records if record.kind == "backward"] == ["*", ""]


def test_letters_say_what_a_formula_speaks_of():
    w, v, x, z, b = (Value(float(n), label) for n, label in enumerate("wvxzb"))
    y = dot([w, v], [x, z], b)
    forward, *_, last = [record for record in steps(y) if record.node is y]
    assert forward.letters() == {"a": [w, v], "b": [x, z], "c": b, "y": y}
    assert last.letters()["c"] is b
    to_z = next(record for record in steps(y) if record.kind == "backward" and record.operand is z)
    assert (to_z.formula, to_z.letters()["a"], to_z.local) == ("a", v, 1.0)
    assert next(steps(y)).letters() == {}
