"""The tape gives the numbers of Value: on random graphs over the whole op table, and on networks."""

import copy
import dataclasses
import gc
import itertools
import math
import operator
import pickle
import tracemalloc

import numpy as np
import pytest

import engine
import engine.ops
import engine.tape.layout
from engine import Value, toposort
from engine.tape import BranchError, Tape, comparisons, record
from engine.tape.grouping import SUMS
from engine.tape.layout import LONG, THIN
from engine.tape.samples import Samples
from engine.tape.tasks import Chain
from tests.conftest import tries
from tests.graphs import Graph, eager, random_graph

TINY = 1e-12


def close(a, b, relative: float = TINY, scale: float = 1.0) -> np.ndarray:
    """Equal, both nan, or so near that rounding explains it: relative to the larger, or to the summands (`scale`)."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    with np.errstate(all="ignore"):
        gap = np.abs(a - b)
        near = np.isfinite(gap) & (gap <= relative * np.maximum(np.maximum(np.abs(a), np.abs(b)), scale))
    return (a == b) | (np.isnan(a) & np.isnan(b)) | near


def neurons(count: int, n_in: int, generator: np.random.Generator) -> list[list[Value]]:
    return [[Value(number) for number in generator.normal(size=n_in + 1)] for _ in range(count)]


def numbers_of(weights: list[list[Value]]) -> list[list[float]]:
    return [[value.data for value in row] for row in weights]


def layer(weights, x, style="dot"):
    if style == "dot":
        return [engine.dot(row[:-1], x, row[-1]) for row in weights]
    if style == "bias first":
        return [sum((w * v for w, v in zip(row, x, strict=False)), row[-1]) for row in weights]
    return [sum(v * w for w, v in zip(row, x, strict=False)) + row[-1] for row in weights]


def network(x, layers, style="dot"):
    for index, weights in enumerate(layers):
        x = layer(weights, x, style)
        if index < len(layers) - 1:
            x = [value.relu() for value in x]
    return x[0]


def steps_of(tape: Tape) -> int:
    return len(tape._layout.tasks)


# ---- the same numbers


@pytest.mark.parametrize("seed", range(tries(20, 5)))
def test_random_graphs(seed):
    graph = random_graph(seed)
    values, gradients = eager(graph)
    tape = record(graph.root, graph.inputs)
    results = tape.forward(graph.samples)
    assert close(results, values[graph.root]).all()
    for leaf in tape.leaves:
        leaf.grad = 0.5
    by_input = tape.backward()
    for column, value in enumerate(graph.inputs):
        assert close(by_input[:, column], gradients[value]).all()
    for leaf in tape.leaves:
        assert close(leaf.grad, 0.5 + gradients[leaf].sum())
    for node in graph.nodes:
        if node.op != "constant":
            assert close(tape.values(node), values[node]).all(), node
            assert close(tape.gradients(node), gradients[node]).all(), node
    mean, gradient = tape.value_and_gradient(graph.samples)
    assert close(mean, values[graph.root].mean())
    assert close(gradient, [gradients[leaf].mean() for leaf in tape.leaves]).all()
    for node in graph.nodes:
        if node.op != "constant":
            assert close(tape.gradients(node) * len(graph.samples), gradients[node]).all(), node


@pytest.mark.parametrize("seed", range(10))
def test_random_graphs_without_inputs(seed):
    graph = random_graph(seed, inputs=0, samples=1)
    values, gradients = eager(graph)
    tape = record(graph.root)
    mean, gradient = tape.value_and_gradient()
    assert close(mean, values[graph.root][0])
    assert close(gradient, [gradients[leaf][0] for leaf in tape.leaves]).all()
    assert all(close(tape.values(node), values[node]).all() for node in graph.nodes)


@pytest.mark.parametrize("seed", range(tries(40, 10)))
def test_random_graphs_of_special_numbers(seed):
    graph = random_graph(seed, size=15, special=True, samples=4)
    values, gradients = eager(graph)
    tape = record(graph.root, graph.inputs)
    tape.forward(graph.samples)
    tape.backward()
    finite = [numbers[np.isfinite(numbers)] for numbers in (*values.values(), *gradients.values())]
    scale = max(1.0, np.abs(np.concatenate(finite)).max(initial=1.0)) * 1e-3
    for node in graph.nodes:
        if node.op != "constant":
            assert close(tape.values(node), values[node], scale=scale).all(), node
            assert close(tape.gradients(node), gradients[node], scale=scale).all(), node


@pytest.mark.parametrize("style", ["dot", "bias first", "bias last"])
@pytest.mark.parametrize("samples", [1, 2, 100, 5000])
def test_a_network_is_a_few_matrix_products(style, samples, torch):
    generator = np.random.default_rng(2)
    layers = [neurons(8, 3, generator), neurons(5, 8, generator), neurons(1, 5, generator)]
    x, y = [Value(0.0) for _ in range(3)], Value(0.0)
    tape = record((network(x, layers, style) - y) ** 2, [*x, y])
    assert steps_of(tape) <= 7  # 3 products, 2 activations, a difference and its square
    batch = generator.normal(size=(samples, 4))
    mean, gradient = tape.value_and_gradient(batch)

    matrices = [torch.tensor(numbers_of(weights), dtype=float, requires_grad=True) for weights in layers]
    h = torch.tensor(batch[:, :3])
    for index, matrix in enumerate(matrices):
        h = torch.nn.functional.linear(h, matrix[:, :-1], matrix[:, -1])
        h = torch.relu(h) if index < 2 else h
    loss = ((h[:, 0] - torch.tensor(batch[:, 3])) ** 2).mean()
    loss.backward()
    expected = {
        v: slope
        for weights, matrix in zip(layers, matrices, strict=True)
        for row, slopes in zip(weights, matrix.grad.tolist(), strict=True)
        for v, slope in zip(row, slopes, strict=True)
    }
    assert close(mean, loss.item())
    assert close(gradient, [expected[leaf] for leaf in tape.leaves]).all()


@pytest.mark.parametrize("style", ["dot", "bias first", "bias last"])
def test_a_whole_batch_in_one_graph_takes_as_many_steps_as_one_sample(style):
    generator = np.random.default_rng(3)
    layers = [neurons(6, 2, generator), neurons(6, 6, generator), neurons(1, 6, generator)]
    rows = [*generator.normal(size=(20, 2)).tolist(), [0.5, 0.5], [0.5, 0.5]]  # equal samples too
    root = sum([network(row, layers, style) ** 2 for row in rows]) * (1 / len(rows))
    tape = record(root)
    mean, gradient = tape.value_and_gradient()
    root.backward()
    assert close(mean, root.data)
    assert close(gradient, [leaf.grad for leaf in tape.leaves]).all()
    x = [Value(0.0), Value(0.0)]
    one = record(network(x, layers, style) ** 2, x)
    assert steps_of(tape) <= steps_of(one) + 2  # the sum, and the division by the number
    assert close(one.value_and_gradient(np.array(rows))[0], mean)


def test_a_recurrent_network_and_shared_weights():
    generator = np.random.default_rng(4)
    cell, out = neurons(4, 6, generator), neurons(1, 4, generator)

    def unroll(rows):
        state: list[Value | float] = [0.0] * 4
        outputs = []
        for row in rows:
            state = [value.tanh() for value in layer(cell, [*row, *state])]
            outputs.append(layer(out, state)[0] ** 2)
        return engine.sum(outputs)

    inputs = [[Value(0.0) for _ in range(2)] for _ in range(5)]
    tape = record(unroll(inputs), [value for row in inputs for value in row])
    batch = generator.normal(size=(7, 10))
    for numbers in batch:
        unroll(numbers.reshape(5, 2).tolist()).backward()
    assert close(tape.value_and_gradient(batch)[1] * 7, [leaf.grad for leaf in tape.leaves]).all()


def test_attention_has_grids_of_its_own():
    generator = np.random.default_rng(5)
    rows = [[Value(number) for number in numbers] for numbers in generator.normal(size=(4, 3))]
    total = Value(0.0)
    for at, query in enumerate(rows):
        weights = engine.softmax([engine.dot(query, key) for key in rows[: at + 1]])
        mixed = [engine.dot(weights, [row[i] for row in rows[: at + 1]]) for i in range(3)]
        total = total + engine.dot(mixed, mixed)
    tape = record(total)
    total.backward()
    assert close(tape.value_and_gradient()[0], total.data)
    assert close(tape.value_and_gradient()[1], [leaf.grad for leaf in tape.leaves]).all()


def test_blocks_of_samples_add_up():
    graph = random_graph(11, samples=100)
    whole = record(graph.root, graph.inputs).value_and_gradient(graph.samples)
    tape = record(graph.root, graph.inputs, keep=[graph.root])
    tape._block = 7
    blocks = tape.value_and_gradient(graph.samples)
    assert close(blocks[0], whole[0])
    assert close(blocks[1], whole[1]).all()
    assert close(tape.kept[:, 0], tape.forward(graph.samples)).all()
    tape.value_and_gradient(graph.samples)
    with pytest.raises(RuntimeError, match="blocks"):
        tape.values(graph.root)


@pytest.mark.parametrize("block", [7, 1000])
@pytest.mark.parametrize("seed", range(tries(8, 2)))
def test_the_gradient_by_learned_inputs_is_that_of_a_backward_pass(seed, block):
    graph = random_graph(seed, samples=20)
    plain, tape = record(graph.root, graph.inputs), record(graph.root, graph.inputs, learned=graph.inputs[::-2])
    plain._block = tape._block = block
    expected, gradient = plain.value_and_gradient(graph.samples)
    for weights in (None, np.linspace(0.0, 1.0, 20)):
        plain.forward(graph.samples)
        by_input = plain.backward(1 / 20 if weights is None else weights)
        mean, found = tape.value_and_gradient(graph.samples, weights)
        assert close(tape.learned_gradient, by_input[:, ::-1][:, ::2]).all()
        assert weights is not None or (close(mean, expected) and close(found, gradient).all())
        samples = Samples(tape, graph.samples)
        if weights is None and np.isfinite(samples.run(np.arange(20))):
            assert close(tape.learned_gradient, by_input[:, ::-1][:, ::2]).all()


@pytest.mark.parametrize("samples", [1, 3, 700])
@pytest.mark.parametrize("width", [1, 2])
@pytest.mark.parametrize("count", [1, 2])
def test_the_gradient_by_inputs_of_neurons_used_at_several_steps(count, width, samples):
    generator = np.random.default_rng(count)
    weights = neurons(count, width, generator)
    inputs = [Value(0.0) for _ in range(3 * width)]
    steps = [inputs[start : start + width] for start in range(0, 3 * width, width)]
    root = engine.sum([step * output.tanh() for step, x in enumerate(steps, 1) for output in layer(weights, x)])
    tape, rows = record(root, inputs, learned=inputs), generator.normal(size=(samples, 3 * width))
    table = np.array(numbers_of(weights))  # d/dx of step * tanh(w x + b) is step * w / cosh(w x + b)^2
    sums = rows.reshape(samples, 3, width) @ table[:, :-1].T + table[:, -1]
    by_hand = ([[1.0], [2.0], [3.0]] / np.cosh(sums) ** 2) @ table[:, :-1]
    tape.forward(rows)
    assert close(tape.backward(), by_hand.reshape(samples, -1)).all()
    tape.value_and_gradient(rows)
    assert close(tape.learned_gradient, by_hand.reshape(samples, -1) / samples).all()


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_tape_is_recorded_again_instead_of_copied(again):
    """A shallow copy had the same buffers: its replays changed what `backward` of the first one went back through."""
    w, x = Value(3.0), Value(2.0)
    tape = record(w * x, [x])
    tape.forward([[1.0], [2.0]])
    with pytest.raises(TypeError, match="a Tape cannot be copied or pickled: record its graph"):
        again(tape)
    tape.backward()
    assert w.grad == 3.0
    assert record(*copy.deepcopy((tape.root, tape.inputs))).forward([[4.0]]) == [12.0]


def test_learned_inputs_are_inputs_and_their_branches_are_closed_too():
    w, x = Value(2.0), Value(0.0)
    tape = record((w * x).relu().sqrt() + w, [x], learned=[x])
    assert tape.value_and_gradient([[-1.0], [4.0]])[1] == pytest.approx([1 + 0.5 * 4 / (2 * math.sqrt(8))])
    assert tape.learned_gradient.tolist() == [[0.0], [pytest.approx(0.5 / math.sqrt(8))]]
    tape = record(w + x.relu().sqrt(), [x], learned=[x])  # only the gradient by the input is not finite at first
    assert tape.value_and_gradient([[-1.0]])[1].tolist() == [1.0]
    assert tape.learned_gradient.tolist() == [[0.0]]
    assert np.isfinite(Samples(tape, [[4.0]]).run(np.array([0])))
    assert np.isnan(Samples(tape, [[0.0]]).run(np.array([0])))
    with pytest.raises(ValueError, match=r"learned\[0\] is not among the inputs"):
        record(w * x, [x], learned=[w])


def test_gradients_of_the_mean_by_inputs_that_stand_beside_parameters():
    w, x = Value(3.0), Value(0.0)
    tape = record((x + w) + x.exp(), [x])
    tape.value_and_gradient([[0.0], [1.0]])
    assert close(tape.gradients(x), [(1 + 1) / 2, (1 + math.e) / 2]).all()
    root = x.exp()
    tape = record(root, [x], keep=[root * 2])
    tape.value_and_gradient([[0.0], [1.0]])
    assert close(tape.gradients(root), [0.5, 0.5]).all()
    assert close(tape.gradients(x), [0.5, math.e / 2]).all()


def test_a_parameter_seen_by_samples_and_by_itself():
    w, x = Value(3.0), Value(0.0)
    tape = record(w * x + 0.5 * w * w + w.exp(), [x])
    mean, gradient = tape.value_and_gradient([[1.0], [4.0]])
    assert close(mean, 3 * 2.5 + 4.5 + math.exp(3))
    assert close(gradient, [2.5 + 3 + math.exp(3)]).all()
    tape.forward([[1.0], [4.0]])
    tape.backward()
    assert close(tape.gradients(w), [1 + 3 + math.exp(3), 4 + 3 + math.exp(3)]).all()


@pytest.mark.parametrize("samples", [1, 4])
@pytest.mark.parametrize("inputs", [0, 3])
@pytest.mark.parametrize("seed", range(tries(12, 3)))
def test_random_graphs_row_by_row(monkeypatch, seed, inputs, samples):
    monkeypatch.setattr(engine.tape.layout, "THIN", 1000)
    monkeypatch.setattr(engine.tape.layout, "LONG", 1)
    graph = random_graph(seed, special=seed % 2 == 1, inputs=inputs, samples=samples if inputs else 1)
    values, gradients = eager(graph)
    tape = record(graph.root, graph.inputs)
    classes = {type(task) for task in tape._layout.tasks}
    assert Chain in classes
    batch = graph.samples if inputs else None
    assert close(tape.forward(batch), values[graph.root]).all()
    for leaf in tape.leaves:
        leaf.grad = 0.0
    tape.backward()
    finite = [numbers[np.isfinite(numbers)] for numbers in (*values.values(), *gradients.values())]
    scale = max(1.0, np.abs(np.concatenate(finite)).max(initial=1.0) * (1e-3 if seed % 2 else 0.0))
    for node in graph.nodes:
        if node.op != "constant":
            assert close(tape.values(node), values[node], scale=scale).all(), node
            assert close(tape.gradients(node), gradients[node], scale=scale).all(), node
    mean, gradient = tape.value_and_gradient(batch)
    with np.errstate(invalid="ignore"):  # inf and -inf may be added up
        assert close(mean, values[graph.root].mean())
        for slope, leaf in zip(gradient, tape.leaves, strict=True):
            if not {math.inf, -math.inf} <= set(gradients[leaf]):  # 1·inf + (-2)·inf is nan, and (1 - 2)·inf is not
                assert close(slope, gradients[leaf].mean(), scale=scale), leaf
                assert close(leaf.grad, gradients[leaf].sum(), scale=scale), leaf


def test_a_long_chain_is_one_step_and_only_that_is():
    def chain(length):
        x, w = Value(0.5), Value(0.9)
        y = x
        for _ in range(length):
            y = (y * w).sin()
        return record(y * y, [x]), y, w

    tape, y, w = chain(LONG)
    assert steps_of(tape) == 1
    y.backward(2 * y.data)
    for batch in ([[0.5]], [[0.5]] * 3):
        mean, gradient = tape.value_and_gradient(batch)
        assert close(mean, y.data**2)
        assert close(gradient, [w.grad]).all()
    assert steps_of(chain(LONG // 4)[0]) == 1 + 2 * (LONG // 4)
    exactly = Value(0.5)
    for _ in range(LONG):
        exactly = exactly.sin()
    assert steps_of(record(exactly)) == 1
    assert steps_of(record(exactly.operands[0])) == LONG - 1


@pytest.mark.parametrize("samples", [1, 3])
def test_a_long_chain_divides_by_a_zero_that_samples_share(samples):
    x, zero = Value(0.5), Value(0.0)
    y = x / zero
    for _ in range(LONG):
        y = y.atan()
    (y + x).backward()
    tape = record(y + x, [x])
    assert steps_of(tape) < 5
    assert close(tape.forward([[0.5]] * samples), y.data + 0.5).all()
    assert close(tape.backward(), x.grad).all()
    assert close(tape.gradients(zero), zero.grad).all()


@pytest.mark.parametrize("readers", [1, 2, 3])
def test_a_sum_that_is_kept_is_not_lost_in_the_sums_that_read_it(readers):
    x, w, b = Value(0.0), Value(2.0), Value(0.5)
    total = w * x + b
    root = engine.sum([(total + x * (i + 1.0) * w).tanh() for i in range(readers)])
    tape = record(root, [x], keep=[total])
    tape.value_and_gradient([[1.0], [3.0]])
    assert tape.kept.tolist() == [[2.5], [6.5]]
    assert tape.values(total).tolist() == [2.5, 6.5]


SUMMED = {
    "sum": engine.sum,
    "dot": lambda x: engine.dot(x, [1.0] * len(x)),
    "weighted": lambda x: engine.dot([Value(1.0) for _ in x], x),
    "affine": lambda x: engine.dot([Value(1.0) for _ in x], x, Value(-0.0)),
    "squares": lambda x: engine.dot(x, [v.abs() for v in x]),
    "sum of +": lambda x: sum(Value(1.0) * v for v in x),
}


@pytest.mark.parametrize("samples", [1, 2, 3, 3000])
@pytest.mark.parametrize("neurons", [1, 2, 16])
@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("name", SUMMED)
def test_a_sum_of_negative_zeros_is_zero_on_a_tape_too(name, count, neurons, samples):
    x = [Value(-0.0) for _ in range(count)]
    root = engine.sum([1 / SUMMED[name](x) for _ in range(neurons)])
    assert root.data == math.inf
    assert (record(root, x).forward([[-0.0] * count] * samples) == math.inf).all()


def test_samples_beyond_a_block_go_in_blocks_and_only_those():
    x, w = Value(0.0), Value(2.0)
    tape = record((w * x).tanh(), [x])
    tape._block = 3
    tape.value_and_gradient([[1.0], [2.0], [3.0]])
    assert close(tape.values(tape.root), np.tanh([2.0, 4.0, 6.0])).all()
    tape.value_and_gradient([[1.0], [2.0], [3.0], [4.0]])
    with pytest.raises(RuntimeError, match="they went in blocks"):
        tape.values(tape.root)


def test_few_chains_side_by_side_are_one_step():
    def chains(count):
        ends = [Value(0.5 + i) for i in range(count)]
        for _ in range(LONG):
            ends = [end.sin() for end in ends]
        return record(engine.sum(ends))

    assert steps_of(chains(THIN)) == 1
    assert steps_of(chains(THIN + 1)) > LONG


def test_the_collector_is_left_as_it_was():
    for begin, is_on in ((gc.disable, False), (gc.enable, True)):
        begin()
        record(Value(1.0) * 2).value_and_gradient()
        assert gc.isenabled() == is_on


def test_where_pythons_arithmetic_raises_a_chain_has_the_gradients_of_values():
    x, w = Value(0.5), Value(0.25)
    y = x
    for _ in range(LONG):
        y = (y + w).cos()
    y = 1 - (y - y.data).log() * 2  # log(0) = -inf, whose derivative is 1/0
    y.backward()
    tape = record(y, [x])
    assert steps_of(tape) == 1
    assert tape.forward([[0.5]]).tolist() == [y.data] == [math.inf]
    expected = x.grad, w.grad
    x.grad = w.grad = 0.0
    assert close([tape.backward().item(), w.grad], expected).all()
    assert abs(expected[0]) == math.inf


def test_a_deep_chain():
    x, w = Value(0.5), Value(0.9)
    y = x
    for _ in range(1500):
        y = (y * w).tanh()
    tape = record(y, [x])
    assert close(tape.forward([[0.5]]), y.data).all()
    tape.backward()
    expected = engine.grad(y, w)
    assert close(w.grad, expected, scale=1e-300)


def test_the_root_may_be_a_leaf():
    w, x = Value(2.0), Value(0.0)
    assert record(w).value_and_gradient()[0] == 2.0
    assert record(x, [x]).forward([[1.0], [5.0]]).tolist() == [1.0, 5.0]


# ---- derivatives stand in the op table


def test_a_wrong_derivative_in_the_table_shows(monkeypatch):
    a, x = Value(0.3), Value(0.4)
    root = engine.dot([a, a], [x, x]) + (a * x).tanh()
    right = record(root, [x]).value_and_gradient([[0.4]])[1]
    for name in ("dot", "tanh", "*"):
        row = engine.ops.table[name]
        wrong = dataclasses.replace(row, derivatives=tuple(f"1.5*({d})" for d in row.derivatives))
        with monkeypatch.context() as patch:
            patch.setitem(engine.ops.table, name, wrong)
            assert not close(record(root, [x]).value_and_gradient([[0.4]])[1], right).any(), name


def test_sums_are_rewritten_only_by_the_rules_that_the_table_has():
    assert all(engine.ops.table[name].derivatives == rule for name, rule in SUMS.items())


# ---- Values and arrays


def test_parameters_are_pulled_and_pushed():
    w, x = Value(2.0), Value(0.0)
    tape = record(w * x, [x])
    w.data = 5.0
    assert tape.value_and_gradient([[1.0]])[0] == 2.0  # arrays only
    assert tape.forward([[1.0]]).tolist() == [5.0]  # forward pulls
    tape.parameters -= 1.0
    assert (w.data, tape.value_and_gradient([[1.0]])[0]) == (5.0, 4.0)
    tape.push()
    assert w.data == 4.0
    tape.forward([[3.0]])
    w.data = 10.0
    x.grad = w.grad = 0.0
    assert tape.backward([2.0]).tolist() == [[20.0]]  # the leaf as it is now
    assert (w.grad, x.grad) == (6.0, 0.0)
    with pytest.raises(ValueError, match="1 parameter expected, not an array of shape"):
        tape.parameters = np.zeros(2)


def test_backward_takes_a_seed_for_each_sample():
    w, x = Value(2.0), Value(0.0)
    tape = record(w * x * x, [x])
    tape.forward([[1.0], [3.0]])
    assert tape.backward([1.0, 10.0]).tolist() == [[4.0], [120.0]]
    assert w.grad == 91.0
    tape.backward()
    assert w.grad == 101.0


def test_results_are_not_overwritten_by_the_next_replay():
    w, x = Value(2.0), Value(0.0)
    tape = record(w * x, [x], keep=[x])
    first, kept = tape.forward([[1.0], [2.0]]), tape.kept
    by_input = tape.backward()
    gradient = tape.value_and_gradient([[5.0], [6.0]])[1]
    tape.value_and_gradient([[7.0], [8.0]])
    tape.forward([[0.0], [0.0]])
    assert (first.tolist(), kept.tolist()) == ([2.0, 4.0], [[1.0], [2.0]])
    assert (by_input.tolist(), gradient.tolist()) == ([[2.0], [2.0]], [5.5])


def test_the_caches_of_buffers_stay_small():
    x = Value(0.0)
    tape = record((x * Value(2.0)).tanh(), [x])
    for samples in range(1, 40):
        tape.forward(np.ones((samples, 1)))
    tracemalloc.start()
    for samples in range(1, 40):
        tape.forward(np.ones((samples, 1)))
    assert tracemalloc.get_traced_memory()[0] < 300_000
    tracemalloc.stop()


# ---- what a tape refuses


def test_what_cannot_be_recorded():
    x, w = Value(1.0), Value(2.0)
    y = x * w
    with pytest.raises(TypeError, match="root must be a Value, not float: 3"):
        record(3.0)
    with pytest.raises(TypeError, match=r"inputs\[1\] must be a Value, not int: 2"):
        record(y, [x, 2])
    with pytest.raises(TypeError, match=r"keep\[0\] must be a Value"):
        record(y, [x], keep=[None])
    with pytest.raises(ValueError, match=r"inputs\[0\] is the result of '\*', not a leaf"):
        record(y + 1, [y])
    with pytest.raises(ValueError, match=r"inputs\[1\] is given twice"):
        record(y, [x, x])
    with pytest.raises(ValueError, match=r"inputs\[1\] is not part of the graph"):
        record(y, [x, Value(0.0)])
    with pytest.raises(ValueError, match="depends on none of the inputs"):
        record(w * 2, [x], keep=[x])
    with pytest.raises(ValueError, match="depends on no leaf"):
        record(engine.value.lift(2.0))


def test_what_is_given_once_counts_for_a_function_too():
    x, w = Value(1.0), Value(2.0)
    assert record(lambda x: x * w, iter([x])).forward([[3.0]]).tolist() == [6.0]
    with comparisons() as seen:
        y = x * w if x > 0 else -x
    with pytest.raises(BranchError):
        record(y, [x], comparisons=iter(seen)).forward([[-3.0]])


@pytest.mark.parametrize(
    ("batch", "error", "message"),
    [
        (None, ValueError, r"a batch of shape \(samples, 2\) is needed"),
        ([1.0, 2.0], ValueError, r"\(samples, 2\) expected, not \(2,\)"),
        ([[1.0]], ValueError, r"\(samples, 2\) expected, not \(1, 1\)"),
        (np.empty((0, 2)), ValueError, r"\(samples, 2\) expected, not \(0, 2\)"),
        ([[1.0, 2.0], [1.0]], ValueError, "rows of equal length"),
        ([["a", "b"]], TypeError, "real numbers expected"),
        ([[1j, 2.0]], TypeError, "real numbers expected, not an array of complex128"),
        ([[Value(1.0), 2.0]], TypeError, "real numbers expected, not an array of object"),
    ],
)
def test_wrong_batches(batch, error, message):
    x, y = Value(1.0), Value(2.0)
    tape = record(x * y, [x, y])
    for replay in (tape.forward, tape.value_and_gradient):
        with pytest.raises(error, match=message):
            replay(batch)


def test_integers_and_nan_are_numbers():
    x, y = Value(1.0), Value(2.0)
    tape = record(x * y, [x, y])
    assert tape.forward(np.array([[2, 3]], dtype=np.int32)).tolist() == [6.0]
    assert tape.forward([[True, 3]]).tolist() == [3.0]
    assert np.isnan(tape.forward([[math.nan, 1.0]])).all()
    with pytest.raises(ValueError, match="one sample, not 2"):
        record(Value(1.0) * 2).forward(np.empty((2, 0)))


def test_parameters_that_change_after_a_replay_change_no_number_of_it():
    w, v, x = Value(3.0), Value(1.0), Value(0.0)
    h, e = w * x, w.exp()
    tape = record((h + v * x) ** 2 + e * x, [x])
    tape.value_and_gradient([[2.0]])
    before = [(tape.values(node), tape.gradients(node)) for node in (w, x, h, e)]
    assert close(before[1][1], 64 + math.exp(3.0))
    tape.value_and_gradient([[2.0]])
    tape.parameters[:] = [5.0, 7.0]
    assert [(tape.values(node), tape.gradients(node)) for node in (w, x, h, e)] == before


def test_backward_reads_leaves_again_that_were_pushed():
    w, x = Value(3.0), Value(0.0)
    tape = record((w * x) ** 2, [x])
    tape.forward([[2.0]])
    tape.parameters[:] = 5.0
    tape.push()
    assert tape.backward().tolist() == [[2 * 10.0 * 5.0]]
    assert w.grad == 2 * 10.0 * 2.0


def test_order_of_calls():
    x, other = Value(1.0), Value(2.0)
    tape = record(x * 2, [x])
    with pytest.raises(RuntimeError, match="follows forward"):
        tape.backward()
    with pytest.raises(RuntimeError, match="nothing was replayed"):
        tape.values(x)
    tape.forward([[1.0]])
    with pytest.raises(RuntimeError, match="only a forward pass"):
        tape.gradients(x)
    with pytest.raises(ValueError, match="not part of the recorded graph"):
        tape.values(other)
    with pytest.raises(ValueError, match=r"a number or 1 numbers expected, not an array of shape \(2,\)"):
        tape.backward([1.0, 2.0])


def test_a_branch_that_would_have_gone_the_other_way():
    w, x = Value(2.0), Value(1.0)
    with comparisons() as seen:
        y = w * x if x < 3 and w > 0 else x - w
    tape = record(y, [x], comparisons=seen)
    assert tape.forward([[1.0], [2.0]]).tolist() == [2.0, 4.0]
    for replay in (tape.forward, tape.value_and_gradient):
        with pytest.raises(BranchError, match=r"\(<\) that was True .* is False for sample 1"):
            replay([[1.0], [3.0]])
        with pytest.raises(RuntimeError, match="nothing was replayed"):
            tape.values(x)
        with pytest.raises(RuntimeError, match="no forward pass"):
            tape.backward()
    tape.parameters[:] = -1.0
    with pytest.raises(BranchError, match=r"\(>\) that was True"):
        tape.value_and_gradient([[1.0]])
    before = len(seen)
    assert x < 3
    assert len(seen) == before  # only within the block


# ---- shapes


def leaves(*shape):
    return [Value(0.3 * i - 1.0) if len(shape) == 1 else leaves(*shape[1:]) for i in range(shape[0])]


def shared_weights(bias):
    """Two neurons that see four inputs each, one after the other, as in a sequence."""
    xs, ws = leaves(4, 3), leaves(2, 3)
    return engine.sum([engine.dot(w, x, bias).tanh() for x in xs for w in ws]), [value for x in xs for value in x]


def separate_weights():
    xs, ws = leaves(2, 3), leaves(2, 2, 3)
    pairs = [(w, x) for x, neurons in zip(xs, ws, strict=True) for w in neurons]
    return engine.sum([engine.dot(w, x).tanh() for w, x in pairs]), [value for x in xs for value in x]


def neurons_of_a_constant_bias():
    xs = leaves(3)
    return engine.sum([engine.dot(w, xs, 0.5).tanh() for w in leaves(2, 3)]), xs


def pairs_in_no_order():
    """Operands that lie in twos on the left, in threes on the right."""
    xs = leaves(8)
    pairs = zip((0, 1, 3, 4, 6, 7), (0, 1, 2, 4, 5, 6), strict=True)
    return engine.sum([engine.maximum(xs[i], xs[j]).exp() for i, j in pairs]), xs


@pytest.mark.parametrize("samples", [1, 5])
@pytest.mark.parametrize(
    "make",
    [
        lambda: shared_weights(None), lambda: shared_weights(0.5), lambda: shared_weights(Value(0.5)),
        separate_weights, neurons_of_a_constant_bias, pairs_in_no_order,
    ],
)  # fmt: skip
def test_operands_in_every_order(make, samples):
    root, inputs = make()
    batch = np.random.default_rng(3).normal(size=(samples, len(inputs)))
    values, gradients = eager(Graph(root, inputs, [], toposort(root), batch))
    tape = record(root, inputs)
    mean, gradient = tape.value_and_gradient(batch)
    assert close(mean, values[root].mean())
    assert close(gradient, [gradients[leaf].mean() for leaf in tape.leaves]).all()
    for value in inputs:
        assert close(tape.gradients(value) * samples, gradients[value]).all()
    assert close(tape.forward(batch), values[root]).all()
    assert close(tape.backward(), np.transpose([gradients[value] for value in inputs])).all()


def test_products_of_what_no_input_changes():
    """The lists on the right lie one after the other here, each a row."""
    xs, ws = [[value.exp() for value in row] for row in leaves(4, 3)], leaves(2, 3)
    root = engine.sum([engine.dot(w, x).tanh() for x in xs for w in ws])
    tape = record(root)
    mean, gradient = tape.value_and_gradient()
    root.backward()
    assert close(mean, root.data)
    assert close(gradient, [leaf.grad for leaf in tape.leaves]).all()


def test_parameters_can_be_given_as_numbers_and_a_tape_says_what_it_is():
    w, x = Value(2.0), Value(3.0)
    tape = record((w * x).tanh(), [x])
    tape.parameters = [0.5]
    mean, gradient = tape.value_and_gradient([[0.0]])
    assert (mean, gradient.tolist()) == (0.0, [0.0])
    assert tape.value_and_gradient([[1.0]])[0] == math.tanh(0.5)
    assert w.data == 2.0
    with pytest.raises(ValueError, match=r"1 parameter expected, not an array of shape \(2,\)"):
        tape.parameters = [1.0, 2.0]
    for other in (["0.5"], [1j], [Value(0.5)], np.array([1], "timedelta64[s]")):
        with pytest.raises(TypeError, match="parameters: real numbers expected, not an array of"):
            tape.parameters = other
    assert tape.parameters.tolist() == [0.5]
    assert repr(tape) == "Tape(1 input, 1 parameter, 4 nodes in 2 steps)"


def test_a_constant_is_no_input():
    y = Value(2.0) * 3.0
    with pytest.raises(ValueError, match=r"inputs\[0\] is a constant, 3, not a leaf"):
        record(y, [y.operands[1]])


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
def test_a_comparison_is_watched_as_python_makes_it_ties_included(compare):
    for before, after in itertools.product([-1.0, 0.0, 1.0], repeat=2):
        x, zero = Value(before), Value(0.0)
        with comparisons() as seen:
            outcome = compare(x, zero)
        tape = record(x * 3 + zero, [x], comparisons=seen)
        if compare(after, 0.0) == outcome:
            assert tape.forward([[after]]) == [3 * after]
        else:
            with pytest.raises(BranchError, match=f"that was {outcome} when the graph was built is {not outcome}"):
                tape.forward([[after]])


@pytest.mark.parametrize("weights", [2.0, [2.0], [[1.0], [2.0], [3.0]], [[1.0, 2.0, 3.0]], [1.0, 2.0], []])
def test_weights_are_a_number_for_each_sample(weights):
    x, w = Value(1.0), Value(2.0)
    tape = record(w * x, [x])
    batch = [[1.0], [2.0], [3.0]]
    with pytest.raises(ValueError, match="weights: 3 numbers expected, not an array of shape"):
        tape.value_and_gradient(batch, weights)
    with pytest.raises(TypeError, match="weights: real numbers expected"):
        tape.value_and_gradient(batch, ["1", "2", "3"])
    for given in ([1, 0, 2], [True, False, True], np.array([1, 2, 3], np.float32)):
        mean, gradient = tape.value_and_gradient(batch, given)
        assert (mean, gradient.tolist()) == (2 * np.dot(given, [1, 2, 3]), [np.dot(given, [1, 2, 3])])


def test_a_leaf_that_has_become_minus_zero_is_read_again():
    x, w = Value(1.0), Value(0.0)
    tape = record(x / w, [x])
    assert tape.forward([[1.0]]) == [math.inf]
    w.data = -0.0
    assert tape.backward() == [[-math.inf]]
    assert tape.values(tape.root) == [-math.inf]
    assert w.grad == -math.inf  # -y / w
