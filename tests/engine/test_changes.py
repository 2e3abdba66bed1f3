"""Numbers that were changed after the forward pass: refused where they would mix with old ones, and told elsewhere."""

import math
import pickle

import pytest

import viz
from engine import Value, debug, grad, maximum, no_grad, toposort
from engine import sum as add
from engine.changes import compute_again, find_changed
from tests.graphs import random_graph


def make() -> tuple[Value, Value, Value]:
    w, x = Value(0.5, "w"), Value(2.0, "x")
    y = (w * x).tanh() + w
    y.label = "y"
    return y, w, x


def test_a_derivative_graph_of_old_and_new_numbers_is_refused():
    y, w, x = make()
    assert grad(y, w, create_graph=True).data == pytest.approx(2 / math.cosh(1.0) ** 2 + 1)
    x.data = 1.0
    with pytest.raises(ValueError, match=r"create_graph: .*: w or x has changed since; compute the graph again"):
        grad(y, w, create_graph=True)
    assert grad(y, w) == pytest.approx(2 / math.cosh(1.0) ** 2 + 1)  # numbers are those of the forward pass
    x.data = 2.0
    assert grad(y, w, create_graph=True).data == pytest.approx(2 / math.cosh(1.0) ** 2 + 1)


def test_a_change_that_only_the_derivative_shows_is_found():
    x = Value(2.0, "x")
    y = x**2
    x.data = -2.0  # the square is the same
    assert find_changed(y) == [y]


def test_a_number_set_on_a_result_is_found():
    y, w, _ = make()
    product = y.operands[0].operands[0]
    product.data = 7.0
    assert find_changed(y) == [product, y.operands[0]]
    with pytest.raises(ValueError, match="create_graph"):
        grad(y, w, create_graph=True)


@pytest.mark.parametrize("seed", range(60))
def test_no_false_alarm(seed):
    root = random_graph(seed, special=seed % 2 == 1).root
    root.backward()
    assert find_changed(root) == []
    assert find_changed(pickle.loads(pickle.dumps(root))) == []


def test_no_false_alarm_under_a_mode():
    with debug(), no_grad():
        assert find_changed(make()[0]) == []
    y, _, x = make()
    x.data = 1.0
    with debug(), no_grad():
        assert len(find_changed(y)) == 1
    x.data = math.inf
    with debug():
        assert len(find_changed(y)) == 1


def test_pictures_say_that_numbers_have_changed():
    y, w, x = make()
    said = "w or x has changed since"

    def show():
        drawn = viz.draw(y)
        return [
            drawn.svg, repr(drawn), viz.draw_dot(y).source, str(viz.path(y, w)), viz.path(y, w).svg,
            viz.page(y).html, viz.worksheet(y).html,
        ]  # fmt: skip

    assert not any(said in text for text in show())
    x.data = 1.0
    assert [said in text for text in show()] == [True] * 7


def test_both_passes_run_anew_by_hand():
    y, w, x = make()
    x.grad = w.grad = 7.0  # left from before
    x.data = 1.0
    compute_again(y)
    slope = 1 / math.cosh(0.5) ** 2
    assert (y.data, y.grad) == (pytest.approx(math.tanh(0.5) + 0.5), 1.0)
    assert (w.grad, x.grad) == (pytest.approx(slope + 1), pytest.approx(slope * 0.5))
    assert find_changed(y) == []


def test_a_graph_without_leaves_is_computed_again_all_the_same():
    for constant in (add([1.0, 2.0]), maximum(0.0, 3.0)):
        compute_again(constant)
        assert constant.data == 3.0


@pytest.mark.parametrize("seed", range(40))
def test_with_its_old_numbers_a_graph_computed_again_is_what_it_was(seed):
    graph = random_graph(seed, special=seed % 2 == 1)
    leaves = [node for node in toposort(graph.root) if node.is_leaf and not node.op]
    graph.root.backward()

    def read():
        return [repr((node.data, node.grad, node.branch_derivatives)) for node in toposort(graph.root)]

    first, numbers = read(), [leaf.data for leaf in leaves]
    for leaf in leaves:
        leaf.data = 0.3 - 2 * leaf.data
    with debug(), no_grad():  # which are for what a program makes itself
        compute_again(graph.root)
    assert find_changed(graph.root) == []
    assert read() != first
    for leaf, number in zip(leaves, numbers, strict=True):
        leaf.data = number
    compute_again(graph.root)
    assert read() == first
