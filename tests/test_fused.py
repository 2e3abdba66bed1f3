"""Fused nodes: a neuron's activation that holds its weighted sum within, beside the two nodes that it stands for."""

import copy
import math
import pickle
import threading

import numpy as np
import pytest

import engine
import nn
from engine import Value, operations
from engine.functions import neurons, neurons_on_each
from engine.fused import ACTIVATIONS, Fused
from engine.operations import Operands
from engine.order import reset_gradients, toposort
from engine.value import mode
from tests.graphs import OPERATIONS

NUMBERS = [0.5, -1.5, 2.0, -0.25, 0.0, 3.0, 1e-3]
SPECIAL = [1.25, -40.0, 0.0, -0.0, 1e200, -1e308, math.inf, -math.inf, math.nan]


def same(one, other):
    """Whether the numbers are the same, to the sign of a zero."""
    assert repr(list(one)) == repr(list(other))


def leaves(count, special=1.25):
    """Weights and bias, and inputs."""
    numbers = [NUMBERS[i * i % 7] + i / 8 for i in range(2 * count)] + [special]
    values = list(map(Value, numbers))
    return [*values[:count], values[-1]], values[count:-1]


def in_two(name, terms, inputs):
    """The neuron as two nodes."""
    return OPERATIONS[name](neurons[""][len(inputs)](terms, inputs))


def in_one(name, terms, inputs):
    return neurons[name][len(inputs)](terms, inputs)


def one_of_several(name, terms, inputs):
    """The neuron for one of two samples."""
    samples = [Operands([Value(9.0) for _ in inputs]), Operands(inputs)]
    numbers = [tuple(value.data for value in sample) for sample in samples]
    return neurons_on_each[name][len(inputs)](Operands(terms), samples, None, numbers)[-1]


def read(node, values):
    """All that is to be seen of a neuron."""
    (within,) = node.operands
    assert (within.op, node.op, within.operands) == ("affine", node.op, (*values[1:], values[0]))
    numbers = [node.data, node.grad, *node.local_derivatives, within.data, within.grad, *within.local_derivatives]
    return [*numbers, *(value.grad for value in values)]


def run(build, name, count, special, seeds):
    """All that is to be seen of a neuron after backward with each of the seeds."""
    terms, inputs = leaves(count, special)
    node = build(name, terms, inputs)
    for seed in seeds:
        (node * seed).backward()
    return read(node, [terms[-1], *terms[:-1], *inputs])


@pytest.mark.parametrize("seeds", [[], [0.0], [-2.0], [3.0, 0.0], [math.inf]])
@pytest.mark.parametrize("count", [1, 3, operations.MOST + 1])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_fused_node_is_what_two_nodes_are(name, count, seeds):
    for special in SPECIAL:
        expected = run(in_two, name, count, special, seeds)
        same(run(in_one, name, count, special, seeds), expected)
        same(run(one_of_several, name, count, special, seeds), expected)


def test_each_way_to_make_a_neuron_makes_it_fused():
    terms, inputs = leaves(2)
    for build in (in_one, one_of_several):
        node = build("relu", terms, inputs)
        assert isinstance(node, Fused)
        assert node.a.__class__ is Operands
    assert not isinstance(in_two("relu", terms, inputs), Fused)
    layer = nn.Layer(2, 3, "tanh")
    for outputs in (layer([1.0, 2.0]), *layer.batch([[1.0, 2.0]])):
        assert {type(node) for node in outputs} == {Fused}
    assert {type(node) for node in nn.Layer(2, 3, "linear")([1.0, 2.0])} == {Value}
    assert type(nn.Neuron(2, lambda value: value.relu())([1.0, 2.0])) is Value


def test_an_activation_of_ones_own_is_used_whatever_its_name_and_kind():
    class Threefold:
        __hash__ = None

        def __call__(self, value):
            return value * 3.0

    def relu(value):
        return value * 3.0

    for activation in (relu, Threefold()):
        neuron = nn.Neuron(1, activation, weights=[-2.0])
        assert [neuron([1.0]).data, neuron.batch([[1.0]])[0].data] == [-6.0, -6.0]


def test_gradients_set_by_hand_do_not_reach_the_sum_by_themselves():
    terms, inputs = leaves(2)
    node = in_one("tanh", terms, inputs)
    node.grad = 1.0
    (within,) = node.operands
    assert within.grad == 0.0
    for operand, local in zip(node.operands, node.local_derivatives, strict=True):
        operand.grad += local * node.grad
    assert within.grad == 1.0 - node.data * node.data


def test_to_look_before_between_and_after_two_passes_changes_nothing():
    def walk(looks):
        terms, inputs = leaves(3)
        node = in_one("sigmoid", terms, inputs)
        for look, seed in zip(looks, (2.0, -5.0, None), strict=True):
            if look:
                assert node.operands[0] is node.operands[0]
            if seed:
                (node * seed).backward()
        return [node.operands[0].grad, *(value.grad for value in (*terms, *inputs))]

    expected = walk((False, False, True))
    same(walk((True, False, False)), expected)
    same(walk((False, True, False)), expected)


def test_a_pass_that_does_not_come_to_a_neuron_leaves_its_sum_alone():
    terms, inputs = leaves(2)
    node = in_one("tanh", terms, inputs)
    node.backward(4.0)
    (inputs[0] * 2.0).backward()
    assert node.operands[0].grad == 4.0 * (1.0 - node.data * node.data)


def random_network(generator, build, look):
    """Layers of neurons that share inputs, weights, or neither, with other nodes among them; some are looked at."""
    values = [Value(x) for x in generator.uniform(-1, 1, 3)]
    found = list(values)
    for _ in range(6):
        inputs = Operands([values[i] for i in generator.integers(len(values), size=generator.integers(1, 5))])
        outputs = []
        for _ in range(generator.integers(1, 5)):
            if generator.random() < 0.3:
                inputs = Operands([*inputs[1:], values[generator.integers(len(values))]])
            terms = Operands([Value(x) for x in generator.uniform(-1, 1, len(inputs) + 1)])
            found += terms
            outputs.append(build(str(generator.choice(["relu", "tanh", "gelu"])), terms, inputs))
            if generator.random() < 0.3:
                outputs.append(build("sigmoid", terms, inputs) * outputs[-1])
        chosen = [outputs[i] for i in generator.integers(len(outputs), size=2) if generator.random() < 0.4]
        look(chosen)
        values = [*outputs, values[generator.integers(len(values))]]
    return engine.sum(values), found


@pytest.mark.parametrize("seed", range(40))
def test_networks_of_fused_nodes_have_the_same_numbers(seed):
    def run(build, look):
        root, found = random_network(np.random.default_rng(seed), build, look)
        root.backward(1.5)
        root.backward()
        return root, [root.data, *(value.grad for value in found)]

    plain, expected = run(in_two, lambda chosen: None)
    for look in (lambda chosen: None, lambda chosen: [node.operands for node in chosen]):
        root, numbers = run(in_one, look)
        assert numbers == pytest.approx(expected, rel=1e-13, abs=1e-15)
        order = toposort(root)
        assert [(node.op, node.data) for node in order] == [(node.op, node.data) for node in toposort(plain)]
        assert [n.grad for n in order] == pytest.approx([n.grad for n in toposort(plain)], rel=1e-13, abs=1e-15)
        place = {node: index for index, node in enumerate(order)}
        assert all(place[operand] < place[node] for node in order for operand in node.operands)


def test_backward_leaves_fused_nodes_as_they_are_and_toposort_does_not():
    model = nn.MLP(2, [3, 1])
    y = model([1.0, 2.0])
    y.backward()
    results, _, _ = reset_gradients(y)
    assert [node.op for node in results] == ["relu"] * 3 + ["affine"]
    assert [node.op for node in toposort(y) if node.operands] == ["affine", "relu"] * 3 + ["affine"]
    assert [node.op for node in reset_gradients(y)[0]] == ["affine", "relu"] * 3 + ["affine"]


def test_toposort_finds_the_sums_of_neurons_that_share_weights_and_inputs():
    outputs = nn.Layer(2, 3, "tanh").batch([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    order = [node.op for node in toposort(engine.sum([node for row in outputs for node in row]))]
    assert [order.count(op) for op in ("affine", "tanh", "sum", "constant", "")] == [9, 9, 1, 6, 9]


def test_threads_that_look_at_the_same_node_see_the_same_sum():
    layer = nn.Layer(1, 300, "tanh")
    outputs, seen, start = layer([1.0]), [], threading.Barrier(8)

    def look():
        start.wait()
        seen.append([node.operands[0] for node in outputs])

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert all(found == seen[0] for found in seen)  # a Value is equal to itself alone


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_copies_of_fused_nodes(duplicate):
    terms, inputs = leaves(2)
    node = in_one("tanh", terms, inputs)
    node.backward()
    copied = duplicate(node)
    assert copied.operands[0].grad == node.operands[0].grad != 0.0
    copied.backward()
    assert [value.grad for value in copied.operands[0].operands] == [2 * v.grad for v in node.operands[0].operands]


def test_a_copy_of_the_node_alone_has_the_same_operand():
    terms, inputs = leaves(2)
    node = in_one("tanh", terms, inputs)
    assert copy.copy(node).operands == node.operands


def test_modes_see_the_two_nodes():
    neuron, seen = nn.Neuron(2, "relu"), []
    for run in (neuron, lambda row: neuron.batch([row])[0]):
        seen.clear()
        with mode(on_node=seen.append):
            node = run([1.0, 2.0])
        assert [each.op for each in seen] == ["constant", "constant", "affine", "relu"]
        assert seen[-2:] == [node.operands[0], node]
        with engine.no_grad():
            assert run([1.0, 2.0]).is_leaf
        node = run([1.0, 2.0])
        seen.clear()
        with mode(on_backward=seen.extend):
            node.backward()
        assert seen == toposort(node)
        assert seen[-2:] == [node.operands[0], node]


def test_debug_says_where_a_neuron_was_made_and_finds_its_sum():
    neuron = nn.Neuron(1, "relu", weights=[1e308])
    with engine.debug(), pytest.raises(FloatingPointError, match=r"affine\(.*test_fused"):
        neuron([100.0])
