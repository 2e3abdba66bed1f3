import math

import pytest

from engine import Value, grad, ops, parse
from engine.numbers import CONSTANT
from engine.teaching.mistakes import (
    MISTAKES,
    MOST_VISITS,
    RIGHT,
    diagnose,
    find_first_step,
    find_first_wrong,
    table,
)
from engine.value import operation
from tests.conftest import tries
from tests.graphs import random_graph

# One line a mistake, worked by hand: the expression, its numbers, the node, the right gradient, the wrong one.
BY_HAND = [
    # the seed, 1, is handed on as it is, where 5 and then x = 3 have to be its factors
    ("no_local", "h = w*x; L = 5*h", {"w": -2, "x": 3}, "w", 15.0, 1.0),
    # the contributions 1, -6 and -6, divided by three
    ("average", "h = w*x; L = h*h + h", {"w": -2, "x": 3}, "h", -11.0, -11.0 / 3),
    # -a/b² = -6/4; of a**-2 it is -2/27
    ("lost_minus", "L = a / b", {"a": 6, "b": 2}, "b", -1.5, 1.5),
    ("lost_minus", "L = a**-2", {"a": 3}, "a", -2 / 27, 2 / 27),
    # 3·2², not 3·2³
    ("exponent", "L = a**3", {"a": 2}, "a", 12.0, 24.0),
    # L = h² + h at h = -6: 1 + h + h = -11; the last of the three contributions alone is -6
    ("overwrite", "h = w*x; L = h*h + h", {"w": -2, "x": 3}, "h", -11.0, -6.0),
    # the sum's contribution, 1, comes first
    ("forget_first", "h = w*x; L = h*h + h", {"w": -2, "x": 3}, "h", -11.0, -12.0),
    # of h*h only one edge is left
    ("forget_last", "h = w*x; L = h*h + h", {"w": -2, "x": 3}, "h", -11.0, -5.0),
    # ∂L/∂h = 5, times x = 3; without the 5 it is 3
    ("no_upstream", "h = w*x; L = 5*h", {"w": -2, "x": 3}, "w", 15.0, 3.0),
    # w itself instead of x
    ("own_operand", "L = w*x", {"w": -2, "x": 3}, "w", 3.0, -2.0),
    ("wrong_sign", "L = a - b", {"a": 7, "b": 4}, "b", -1.0, 1.0),
    # of log at 0.5 the slope is 2; at the result, log(0.5), it is 1/log(0.5)
    ("at_output", "L = log(a)", {"a": 0.5}, "a", 2.0, 1 / math.log(0.5)),
    # 1 - y² with 0.5 for y
    ("at_input", "L = tanh(a)", {"a": 0.5}, "a", 1 - math.tanh(0.5) ** 2, 0.75),
    # h passes on the 0 that it has before the output gives it 5
    ("forward_order", "h = w*x; L = 5*h", {"w": -2, "x": 3}, "w", 15.0, 0.0),
    # h = x² = 4 has gathered 1 + 4 + 4 = 9 when it is reached, but it is reached three times, twice from h*h and once
    # from the sum, and each time passes 9·2·2 = 36 on
    ("recursion", "h = x*x; L = h*h + h", {"x": 2}, "x", 36.0, 108.0),
    # micrograd's: v = a² holds 3 from the first pass, 6 after the second; 9 + 6·(3 + 3) = 45
    ("no_reset", "L = a*a*a", {"a": 3}, "a", 27.0, 45.0),
    ("no_zero", "L = a*a*a", {"a": 3}, "a", 27.0, 54.0),
]


def find(text, numbers, name):
    root, leaves = parse(text, **numbers)
    inner = {node.label: node for node in RIGHT(root)}
    return root, leaves.get(name) or inner[name]


@pytest.mark.parametrize(("name", "text", "numbers", "at", "right", "wrong"), BY_HAND)
def test_each_mistake_by_hand(name, text, numbers, at, right, wrong):
    root, node = find(text, numbers, at)
    assert RIGHT(root)[node] == pytest.approx(right, rel=1e-15)
    assert table[name](root)[node] == pytest.approx(wrong, rel=1e-15)


def test_a_derivative_may_speak_of_the_operand_and_of_the_result(monkeypatch):
    """exp(-a²) at 0.5: -2·a·y, with 0.5 for y too."""
    monkeypatch.setitem(ops.table, "bell", ops.Op("bell", "exp(-a*a)", ("-2*a*y",)))
    a = Value(0.5)
    assert table["at_input"](operation("bell")(a))[a] == -0.5


@pytest.mark.parametrize(("name", "text", "numbers", "at", "right", "wrong"), BY_HAND)
def test_a_typed_answer_for_each_mistake_is_recognised(name, text, numbers, at, right, wrong):
    root, node = find(text, numbers, at)
    assert name in [mistake.name for mistake in diagnose(root, node, repr(wrong))]
    assert diagnose(root, node, repr(right)) == []
    assert find_first_wrong(root, node, table[name], repr(wrong)) in RIGHT(root)


def test_every_mistake_has_an_example_and_words():
    assert {name for name, *_ in BY_HAND} == set(table)
    for mistake in MISTAKES:
        assert mistake.title
        assert mistake.hint.endswith("?")
        assert "{" not in mistake.sentence.format(name="a") + mistake.hint.format(name="a")


def test_mistakes_that_give_the_same_number_everywhere_are_told_as_one():
    a = Value(3.0, "a")
    # 3 is what one edge of a*a leaves, whichever of them is lost, and the mean of both
    assert [mistake.name for mistake in diagnose(a * a, a, "3")] == ["overwrite"]
    # h is used twice, unlike: 1 and then 5 come back, 3 in the mean
    root, _ = parse("h = 2*a; L = h*5 + h", a=3)
    (h,) = [node for node in RIGHT(root) if node.label == "h"]
    assert [mistake.name for mistake in diagnose(root, h, "5")] == ["overwrite"]
    assert [mistake.name for mistake in diagnose(root, h, "3")] == ["average"]


def test_different_mistakes_that_give_the_same_number_are_all_named_the_one_made_there_first():
    b = Value(-1.0, "b")
    # ∂L/∂b = -1 through a - b: handed on as it is, or the sign lost: both give 1, but not elsewhere
    root = (Value(2.0, "c") - b) * Value(4.0, "k")
    names = [mistake.name for mistake in diagnose(root, b, "4")]
    assert names[:2] == ["wrong_sign", "no_local"]


def test_a_mistake_made_on_the_way_is_placed_where_it_was_made():
    root, leaves = parse("h = w*x; L = h*h", w=-2, x=3)
    h = root.operands[0]
    # h overwritten is -6 instead of -12, and so w is -18 instead of -36, though w is used only once
    found = diagnose(root, leaves["w"], "-18")
    assert "overwrite" in [mistake.name for mistake in found]
    assert find_first_wrong(root, leaves["w"], table["overwrite"], "-18") is h
    assert find_first_wrong(root, h, table["overwrite"], "-6") is h


def test_a_number_that_no_mistake_gives():
    root, leaves = parse("h = w*x; L = h*h + h", w=-2, x=3)
    assert diagnose(root, leaves["w"], "123.4") == []


@pytest.mark.parametrize("seed", range(tries(12, 3)))
def test_right_answers_are_never_called_mistakes(seed):
    root = random_graph(seed, size=14, special=seed > 7).root
    nodes = [node for node in RIGHT(root) if node.op != CONSTANT]
    expected = grad(root, nodes)
    for node, gradient in zip(nodes, expected, strict=True):
        assert RIGHT(root)[node] == pytest.approx(gradient, rel=1e-12, abs=1e-15, nan_ok=True)
        for answer in (repr(gradient), f"{gradient:.2e}", f"{gradient:.1e}"):
            assert diagnose(root, node, answer) == [], answer


@pytest.mark.parametrize("seed", range(6))
def test_no_mistake_raises_for_its_numbers_or_changes_the_graph(seed):
    graph = random_graph(seed, size=25, special=True)
    before = [(node.data, node.grad, node.operands) for node in graph.nodes]
    for mistake in MISTAKES:
        try:
            assert set(mistake(graph.root)) == set(graph.nodes)
        except OverflowError:
            assert mistake.order == "recursive"
        mistake(graph.root, only=graph.inputs[0])
    assert str([(node.data, node.grad, node.operands) for node in graph.nodes]) == str(before)


def test_the_root_of_zero_at_the_input():
    a = Value(0.0, "a")
    assert table["at_input"](a.sqrt())[a] == math.inf


def test_plain_recursion_refuses_at_once_where_paths_are_many():
    node = x = Value(1.0, "x")
    for _ in range(60):
        node = node + node
    with pytest.raises(OverflowError, match=f"more than {MOST_VISITS:,} nodes"):
        table["recursion"](node)
    # the last contribution to x alone is half of 2**60, and so is the other one
    found = [mistake.name for mistake in diagnose(node, x, repr(2.0**59))]
    assert found == ["overwrite"]
    deep = Value(1.0)
    for _ in range(5_000):
        deep = deep.tanh()
    assert len(table["recursion"](deep)) == 5_001


def test_the_first_step_that_matters():
    root, leaves = parse("h = w*x; k = h + c; L = k*h", w=-2, x=3, c=1)
    nodes = {node.label: node for node in RIGHT(root)}
    first = find_first_step(root, leaves["w"])
    assert (first.node.label, first.operand.label) == ("L", "k")
    # k is known: h's own contribution from L is the first that can be wrong
    first = find_first_step(root, leaves["w"], known=[nodes["k"]])
    assert (first.node.label, first.operand.label) == ("L", "h")
    first = find_first_step(root, leaves["w"], known=[nodes["k"], nodes["h"]])
    assert (first.node.label, first.operand.label) == ("h", "w")
    first = find_first_step(root, leaves["c"])
    assert (first.node.label, first.operand.label) == ("L", "k")
    assert find_first_step(root, root) is None


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_at_a_node_whose_number_is_zero_is_made_there_alone(mistake):
    def compute(number):
        a = Value(number, "a")
        y = (a * a + a) * Value(2.0)
        return [*mistake(y, only=a).values()][1:]  # all but that of the node

    assert compute(0.0) == pytest.approx(compute(1e-12), abs=1e-9)
