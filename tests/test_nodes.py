"""Blank nodes that the collector does not mind, and operations on sequences written out by length."""

import copy
import dataclasses
import gc
import math
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

import engine
import nn
from engine import Value, nodes, operations, order, value
from engine.functions import neurons
from engine.operations import compile_operations
from engine.ops import ROWS, table
from engine.order import toposort


def build(count):
    x = Value(0.5)
    y = x
    for _ in range(count):
        y = (y * 0.5 + x).sin()
    return y


@pytest.fixture
def collector():
    """The collector is on, as it is by default."""
    assert gc.isenabled()
    yield
    gc.enable()


def test_the_collector_does_not_look_through_graphs(collector):
    gc.collect()
    before = gc.get_stats()[2]["collections"]
    root = build(200_000)
    assert gc.get_stats()[2]["collections"] <= before + 1  # not again and again while it grows
    tracked = [node for node in toposort(root) if gc.is_tracked(node)]
    assert len(tracked) <= nodes.CHUNK + 1  # the leaf, and what was made ahead while the collector was off


def test_where_the_collector_is_off_it_is_told_nothing(collector):
    gc.disable()
    root = build(2 * nodes.CHUNK)
    assert gc.is_tracked(root)


@pytest.mark.parametrize("other", ["no lock", "another Python", "no ctypes"])
def test_another_collector_than_that_of_cpython_is_told_nothing(other, monkeypatch):
    assert nodes.find_untrack()
    match other:
        case "no lock":
            monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)
        case "another Python":
            monkeypatch.setattr(sys, "implementation", SimpleNamespace(name="pypy"))
        case "no ctypes":
            monkeypatch.setitem(sys.modules, "ctypes", None)
    assert nodes.find_untrack() is None
    _, refill, make = nodes.make_supply(Value)
    assert gc.is_tracked(refill())
    assert gc.is_tracked(make(1)[0])


def test_a_supply_gives_each_node_once():
    supply, refill, make = nodes.make_supply(Value)
    taken = [refill()]
    assert len(supply) == nodes.CHUNK - 1
    taken += [supply.pop() for _ in range(nodes.CHUNK - 1)]
    taken.append(refill())
    taken += make(3)
    assert len(set(map(id, taken))) == nodes.CHUNK + 4
    assert {type(node) for node in taken} == {Value}


def test_threads_take_different_nodes():
    found, start = [], threading.Barrier(8)

    def work():
        start.wait()
        found.append([Value(1.0) + i for i in range(2000)])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(node) for made in found for node in made}) == 16_000
    assert all(node.data == 1.0 + i for made in found for i, node in enumerate(made))


SEQUENCES = [row.name for row in ROWS if row.sequences]
NUMBERS = [0.5, -1.5, 2.0, -0.25, 0.0, 3.0, 1e-3]


def apply(function, row, count, special):
    """Result, operands and gradients of a row for `count` elements, by one of its functions."""
    numbers = [NUMBERS[i * i % 7] + i / 8 for i in range(count * len(row.sequences))]
    numbers[-1] = special
    leaves = [Value(number) for number in numbers]
    given = [leaves[i * count : (i + 1) * count] for i in range(len(row.sequences))]
    singles = [Value(0.75) for _ in row.last]
    given[0] += singles
    node = function(*given)
    node.backward(2.0)
    assert node.operands == (*leaves, *singles)
    return [node.data, *node.local_derivatives, *(leaf.grad for leaf in (*leaves, *singles))]


@pytest.mark.parametrize("special", [1.25, math.inf, -math.inf, math.nan, 1e308])
@pytest.mark.parametrize("name", SEQUENCES)
def test_what_is_written_out_gives_what_the_loops_give(name, special):
    row = table[name]
    loops = operations._compile(row, 0)
    for count in (1, 2, 3, 7, operations.MOST):
        ours = apply(operations._compile(row, count), row, count, special)
        assert ours == pytest.approx(apply(loops, row, count, special), rel=1e-13, abs=0.0, nan_ok=True)


@pytest.mark.parametrize("count", [1, 3, operations.MOST + 1])
@pytest.mark.parametrize("name", SEQUENCES)
def test_on_each_of_several_an_operation_gives_what_it_gives_on_one(name, count):
    row = table[name]
    samples = [operations.Operands([Value(NUMBERS[i % 7] + k) for i in range(count)]) for k in range(3)]
    others = [operations.Operands([Value(0.5)] * count + [Value(0.25)] * len(row.last))] * (len(row.sequences) - 1)
    given = [tuple(value.data for value in sample) for sample in samples]
    nodes = operations.compile_each(name)[count](*others, samples, *[None] * len(others), given)
    expected = [compile_operations(name)[count](*others, sample) for sample in samples]
    assert [(n.data, n.operands, n.local_derivatives) for n in nodes] == [
        (n.data, n.operands, n.local_derivatives) for n in expected
    ]


@pytest.mark.parametrize("count", [1, 2, operations.MOST + 1])
def test_a_sum_of_negative_zeros_is_zero_as_pythons_and_numpys_are(count):
    zeros, ones = [Value(-0.0) for _ in range(count)], [1.0] * count
    for total in (engine.sum(zeros), engine.dot(zeros, ones), engine.dot(zeros, ones, -0.0)):
        assert (1 / total).data == math.inf


def test_beyond_a_length_one_function_does_for_all():
    functions = operations.ByLength(lambda count: f"for {count}")
    assert functions[operations.MOST] == f"for {operations.MOST}"
    assert functions[operations.MOST + 1] == functions[1000] == "for 0"
    long = [Value(float(i)) for i in range(operations.MOST + 1)]
    y = engine.dot(long, long)
    y.backward()
    assert [v.grad for v in long] == [2.0 * i for i in range(operations.MOST + 1)]


@pytest.mark.parametrize("count", [3, operations.MOST + 1])
def test_no_gradient_passes_a_dead_node_unless_a_derivative_is_not_finite(count):
    def gradients(number):
        weights, inputs, bias = [Value(1.0) for _ in range(count)], [Value(number) for _ in range(count)], Value(1.0)
        (neurons[""][count]([*weights, bias], inputs) * 0.0).backward()
        return [value.grad for value in (*weights, *inputs, bias)]

    assert gradients(5.0) == [0.0] * (2 * count + 1)
    assert gradients(math.inf) == pytest.approx([math.nan] * count + [0.0] * (count + 1), nan_ok=True)


def test_what_becomes_of_a_dead_node_does_not_hang_on_its_number_afterwards():
    weight, bias = Value(0.0), Value(1.0)
    total = engine.dot([weight], [Value(math.inf)], bias)
    assert math.isnan(total.data)
    total.data = 1.0
    (total * 0.0).backward()
    assert math.isnan(weight.grad)  # 0 · inf
    assert bias.grad == 0.0


@pytest.mark.parametrize("count", [2, operations.MOST + 1])
def test_the_derivative_by_a_third_operand_is_that_of_the_table(count, monkeypatch):
    monkeypatch.setitem(table, "affine", dataclasses.replace(table["affine"], derivatives=("b", "a", "2")))
    monkeypatch.setitem(value.spreads, "affine", operations.compile_spreads("affine"))
    bias, ones = Value(5.0), [Value(1.0) for _ in range(count)]
    y = compile_operations("affine")[count]([*ones, bias], ones)
    y.backward(3.0)
    assert (bias.grad, y.local_derivatives[-1]) == (6.0, 2.0)


def test_a_sequence_that_is_done_does_not_hide_another_one_that_is_not():
    x = Value(3.0)
    weights, first, second = map(operations.Operands, ([Value(2.0)], [x], [x * 5.0]))
    dot = compile_operations("dot")[1]
    y = dot(weights, first) + dot(weights, first) + dot(weights, second)
    y.backward()
    assert (x.grad, weights[0].grad) == (2.0 + 2.0 + 10.0, 3.0 + 3.0 + 15.0)
    assert toposort(y).index(second[0]) < toposort(y).index(y.operands[1])


def test_a_pass_knows_its_own_zeros():
    x = Value(2.0)
    y = (x * 0.0) + x.sin() * 0.0
    y.backward()
    y.backward(3.0)  # grads that the first pass has set to zero are not taken for the second one's
    assert (x.grad, [node.grad for node in y.operands]) == (0.0, [3.0, 3.0])
    z = x * x
    x.grad = z.grad = 0.0
    z.backward()
    assert x.grad == 4.0


def test_where_floats_are_not_objects_of_their_own_the_engine_is_not_imported():
    source, zero = Path(order.__file__).read_text(encoding="utf-8"), 0.0
    with pytest.raises(ImportError, match="needs a Python in which every float is an object of its own"):
        exec(compile(source, order.__file__, "exec"), {"float": lambda text: zero})


def test_operands_are_shared_by_a_layers_neurons_and_found_by_identity():
    layer = nn.Layer(3, 4, "tanh")
    outputs = layer([1.0, 2.0, 3.0])
    sums = [output.operands[0] for output in outputs]
    assert len({id(node.b) for node in sums}) == 1
    assert operations.Operands([1]) != operations.Operands([1])
    assert len({operations.Operands([1]), operations.Operands([1])}) == 2


def test_a_neuron_that_got_another_bias_or_other_weights_uses_them():
    neuron = nn.Neuron(1, "linear", weights=[2.0])
    assert neuron([1.0]).a is neuron([5.0]).a
    neuron.bias = Value(10.0)
    assert (neuron([1.0]).data, neuron.batch([[1.0]])[0].data) == (12.0, 12.0)
    neuron.weights = operations.Operands([Value(3.0)])
    assert (neuron([1.0]).data, neuron.batch([[1.0]])[0].data) == (13.0, 13.0)
    copied = copy.deepcopy(neuron)
    copied([1.0]).backward()
    assert (copied.bias.grad, neuron.bias.grad) == (1.0, 0.0)


def test_a_neuron_takes_weights_that_were_replaced_by_a_list():
    neuron = nn.Neuron(2, "linear", weights=[1.0, 2.0])
    neuron.weights = [Value(3.0), Value(4.0)]
    y = neuron([1.0, 10.0])
    neuron.weights[0] = Value(1000.0)  # the graph keeps what it was computed from
    y.backward()
    assert (y.data, y.operands[0].data, y.operands[0].grad, y.operands[1].grad) == (43.0, 3.0, 1.0, 10.0)
