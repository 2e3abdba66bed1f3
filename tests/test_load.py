"""Large graphs, many graphs, several threads, and copies of graphs; at full size, `python -m tests.load`."""

import copy
import io
import math
import pickle
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import engine
import nn
import viz
from engine import Value
from tests import load
from tests.graphs import random_graph

ROOT = Path(__file__).parent.parent


# how large, how many


@pytest.mark.slow
@pytest.mark.parametrize(("names", "nodes", "limit"), [(["chain", "total"], 10**5, 30), (["dropped"], 10**5, 10)])
def test_memory_is_a_hundredth_of_that_for_ten_million_nodes(names, nodes, limit):
    command = [sys.executable, "-m", "tests.load", *names, f"--nodes={nodes}", f"--limit={limit}"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_load_beyond_its_limit_is_noticed():
    with pytest.raises(AssertionError):
        load.run("total", 10_000, -1)
    with pytest.raises(AssertionError):
        load.agree((1.0, 2.0), (1.0, 2.1))


def test_2_to_the_60_paths_take_no_longer_than_60_nodes():
    x = Value(1.0, "x")
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad == engine.grad(y, x) == engine.grad(y, x, create_graph=True).data == 2.0**60
    tape = engine.record(y, [x])
    assert tape.forward([[3.0]]) == [3 * 2.0**60]
    assert tape.backward() == [[2.0**60]]
    assert sum(step.kind == "backward" for step in engine.steps(y)) == 120
    explanation = viz.explain(y, "x")
    assert (explanation.count, explanation.gradient) == (2**60, 2.0**60)
    for text in (str(explanation), viz.path(y, "x").svg, viz.draw(y).svg, viz.draw_dot(y).source, viz.page(y).html):
        assert len(text) < 10**6
    assert "x.grad: 0 + 5.765e+17·1.0 via v1 + 5.765e+17·1.0 via v1 = 1.153e+18" in viz.walk_text(y)


# threads


def work(seed: int) -> list[float]:
    """Numbers of a graph, of its gradients, of its tape, and of a training: all that a thread might spoil."""
    graph = random_graph(seed, size=20, inputs=2)
    graph.root.backward()
    numbers = [node.data for node in graph.nodes] + [node.grad for node in graph.nodes]
    numbers += engine.grad(graph.root, graph.parameters)
    numbers += engine.record(graph.root, graph.inputs).forward(graph.samples).tolist()
    generator = np.random.default_rng(seed)
    X, y = nn.moons(8, 0.1, generator)
    for record in (True, False):
        model = nn.MLP(2, [3, 1], "tanh", generator=generator)
        history = nn.fit(model, X, y, epochs=3, batch_size=3, generator=generator, record=record, progress=False)
        numbers += [*history.loss, *model.state_dict().values()]
    return [*numbers, float(len(viz.draw(model(X[0].tolist())).svg))]


def in_threads(function: Callable[[int], list[float]]) -> list[list[float]]:
    """What a function of 0 to 7 gives, computed by eight threads that are often interrupted."""
    switching = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    try:
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(function, range(8), timeout=120))
    finally:
        sys.setswitchinterval(switching)


def test_eight_threads_compute_what_one_does():
    alone = [work(seed) for seed in range(8)]
    np.testing.assert_array_equal(np.concatenate(in_threads(work)), np.concatenate(alone))


def test_threads_that_share_a_model_have_the_right_gradients_of_their_own_inputs():
    model = nn.MLP(3, [8, 8, 1], "tanh", generator=np.random.default_rng(0))
    rows = np.random.default_rng(1).normal(size=(8, 3)).tolist()

    def slopes(row: int) -> list[float]:
        found = []
        for _ in range(30):
            inputs = [Value(number) for number in rows[row]]
            (model(inputs) * model(inputs)).backward()
            found += [value.grad for value in inputs]
        return found

    assert in_threads(slopes) == [slopes(row) for row in range(8)]


def test_no_grad_and_debug_of_one_thread_are_unseen_by_others():
    done = threading.Event()
    ready = threading.Barrier(3)
    outcomes: Counter[str] = Counter()

    def inside(block):
        with block:
            ready.wait(30)
            done.wait(30)
            try:
                node = Value(-1.0).log()
            except FloatingPointError:
                outcomes["raised"] += 1
            else:
                outcomes["detached" if not node.operands else "ordinary"] += 1

    threads = [threading.Thread(target=inside, args=(block,)) for block in (engine.no_grad(), engine.debug())]
    for thread in threads:
        thread.start()
    ready.wait(30)
    for number in range(1000):
        x = Value(-float(number + 1))
        y = x.log() * 2.0
        assert math.isnan(y.data)
        assert len(y.operands) == 2
        assert not hasattr(y, "origin")
        y.backward()
        assert x.grad == 2.0 / x.data
    done.set()
    for thread in threads:
        thread.join(30)
    assert outcomes == {"detached": 1, "raised": 1}


# copies


def through(dumps):
    return lambda thing: pickle.loads(dumps(thing))


class PythonPickler(pickle._Pickler):
    """The pickler in Python, as programs such as dill use it."""


def dump_in_python(thing):
    PythonPickler(file := io.BytesIO(), 4).dump(thing)
    return file.getvalue()


COPIES = {
    **{f"protocol {number}": through(lambda thing, number=number: pickle.dumps(thing, number)) for number in range(6)},
    "in Python": through(dump_in_python),
    "deepcopy": copy.deepcopy,
}
every_copy = pytest.mark.parametrize("make", COPIES.values(), ids=COPIES)


def chain(length):
    x = Value(0.5, "x")
    y = x
    for _ in range(length):
        y = (y + x).sin()
    y.backward()
    return y


def described(*roots):
    """All that can be seen of graphs, with numbers in place of nodes."""
    order = engine.toposort(engine.sum(roots))[:-1]
    place = {node: number for number, node in enumerate(order)}
    return [place[root] for root in roots], [
        (node.data, node.grad, node.label, node.op, [place[x] for x in node.operands], node.local_derivatives)
        for node in order
    ]


@every_copy
def test_a_copy_of_a_graph_is_the_same_graph(make):
    for seed in range(5):
        graph = random_graph(seed)
        graph.root.backward()
        graph.root.label = "L"
        other = make(graph.root)
        assert described(other) == described(graph.root)
        assert not {*engine.toposort(other)} & {*graph.nodes}


@every_copy
def test_a_deep_graph_is_copied(make):
    y = chain(1000)
    assert described(make(y)) == described(y)


@every_copy
def test_what_roots_share_stays_shared(make):
    shared = chain(600)
    roots = [shared * 2.0, shared.exp(), shared, (shared * 3.0).log(), shared]
    copied = make({"roots": roots, "leaf": engine.toposort(shared)[0]})
    assert described(*copied["roots"]) == described(*roots)
    assert copied["leaf"] is engine.toposort(copied["roots"][0])[0]


@every_copy
@pytest.mark.parametrize("order", [1, -1])
def test_a_list_of_all_nodes_takes_one_pass(make, order):
    nodes = engine.toposort(chain(1500))[::order]  # with a pass over the graph for each, minutes
    copied = make(nodes)
    assert copied == engine.toposort(copied[-1 if order == 1 else 0])[::order]


def test_a_copy_goes_on_from_where_the_graph_was():
    x = Value(3.0, "x")
    y = x * x
    y.backward()
    other = copy.deepcopy(y)
    other.backward()
    assert (x.grad, other.operands[0].grad) == (6.0, 12.0)
    assert (y.grad, other.grad) == (1.0, 1.0)


def test_a_shallow_copy_is_another_node_with_the_same_operands():
    x = Value(3.0, "x")
    for node in (x, x * x):
        other = copy.copy(node)
        other.label = "other"
        assert other is not node
        assert (node.label == "x", other.data) == (node is x, node.data)
        assert other.operands == node.operands


def test_origins_are_kept_where_there_are_any():
    with engine.debug():
        y = Value(2.0, "x").exp()
    assert pickle.loads(pickle.dumps(y)).origin == y.origin
    assert not hasattr(copy.deepcopy(Value(2.0).exp()), "origin")


@every_copy
def test_a_model_is_copied_with_its_graph(make):
    generator = np.random.default_rng(0)
    model = nn.MLP(2, [3, 2, 1], ["tanh", "prelu"], generator=generator)
    layers = nn.Sequential(nn.Layer(2, 3, "softmax", generator=generator), nn.BatchNorm(3), nn.Activate("gelu"))
    sequence = nn.RNN(2, 2, "relu", generator=generator)
    loss = model([1.0, 2.0]) ** 2
    loss.backward()
    copied = make({"model": model, "loss": loss, "others": [layers, sequence]})
    assert [p.grad for p in copied["model"].parameters()] == [p.grad for p in model.parameters()]
    assert {*copied["model"].parameters()} <= {*engine.toposort(copied["loss"])}
    assert not {*copied["model"].parameters()} & {*model.parameters()}
    assert copied["model"]([0.5, -1.0]).data == model([0.5, -1.0]).data
    for ours, theirs in zip([layers, sequence], copied["others"], strict=True):
        assert (repr(ours), ours.state_dict()) == (repr(theirs), theirs.state_dict())


class Refused(str):
    """A label that cannot be pickled."""

    def __reduce_ex__(self, protocol):
        raise OSError("the disk is full")


def test_after_an_error_in_the_middle_nothing_is_left():
    y = chain(600)
    middle = engine.toposort(y)[700]
    for fail in (pickle.dumps, dump_in_python, copy.deepcopy):
        middle.label = Refused("no")
        with pytest.raises(OSError, match="the disk is full") as caught:
            fail(y)
        middle.label = ""
        for again in (
            COPIES["protocol 4"],
            COPIES["in Python"],
            copy.deepcopy,
        ):  # while `caught` still holds all that the failed one had
            assert described(again(y)) == described(y)
        assert caught


def test_several_picklers_at_once_do_not_mind_each_other():
    y = chain(600)
    z = (y * 2.0).exp()
    files = [io.BytesIO() for _ in range(3)]
    picklers = [pickle.Pickler(files[0]), PythonPickler(files[1]), pickle.Pickler(files[2], 2)]
    for thing in (y, z, [y, z], z.sin()):
        for pickler in picklers:
            pickler.dump(thing)
        assert described(copy.deepcopy(z)) == described(z)
    for file in files:
        file.seek(0)
        unpickler = pickle.Unpickler(file)
        first, second, both, third = (unpickler.load() for _ in range(4))
        assert both == [first, second]
        assert described(first, second, third) == described(y, z, z.sin())


def test_threads_copy_at_the_same_time():
    graphs = [chain(250 + number) for number in range(4)]

    def copies(graph):
        return [described(make(graph)) == described(graph) for make in COPIES.values()]

    with ThreadPoolExecutor(4) as pool:
        assert all(all(done) for done in pool.map(copies, graphs, timeout=120))
