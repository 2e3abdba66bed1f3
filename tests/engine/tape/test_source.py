"""A graph's passes as Python: the numbers that it leaves, whatever the labels, and the time that it takes."""

import builtins
import math
import re
import time
from collections import Counter

import numpy as np
import pytest

import engine
from engine import Value, record, toposort
from engine.tape.means import batch_mean
from engine.tape.source import CALLED, write_source
from tests.graphs import random_graph

ALIKE = [
    "ϕφ",
    "µμ",
    "xｘ𝐱",
    ["x₁", "x1", "x_1", "x#1"],
    ["x²", "x2"],
    ["é", "e\u0301"],
    ["ﬁ", "fi"],
    ["d_x", "ｄ_x"],
    "௰·℘ªº",
]
LABELS = [
    ["class", "w[0]", "w 0", "d_x", "exp", "math", "x", "x", "5", "é", ""],
    *ALIKE,
    ["v1", "v_1", "__debug__", "_", "None", "match", "place0", "{0}", "{", "a = 1\nb", "d_d_x", "v_d_x"],
    sorted(CALLED),
    dir(builtins),
]


def run_source(root):
    """What the source of a graph leaves in variables, and how often it assigns to each."""
    source = record(root).source()
    names: dict[str, float] = {}
    exec(compile(source, "<source>", "exec"), names)
    return names, Counter(re.findall(r"^(\S+) = ", source, re.MULTILINE))


@pytest.mark.parametrize("seed", range(15))
def test_the_source_gives_the_same_gradients(seed):
    graph = random_graph(seed)
    for index, node in enumerate(graph.nodes):
        node.label = f"n{index}" if node.op != "constant" else ""
        node.grad = 0.0
    graph.root.backward()
    names, _ = run_source(graph.root)
    for node in graph.nodes:
        if node.op != "constant":
            assert names[node.label] == pytest.approx(node.data, rel=1e-12, abs=1e-12, nan_ok=True)
            assert names[f"d_{node.label}"] == pytest.approx(node.grad, rel=1e-12, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("labels", LABELS)
def test_the_source_has_names_that_python_takes(labels):
    values = [Value(1.5 + number / 100, label) for number, label in enumerate(labels)]
    a, b = values[:2]
    root = engine.sum([value.exp() * value for value in values]) + a**b + a.maximum(b) + engine.logsumexp(values)
    names, assigned = run_source(root)
    root.backward()
    graph = [node for node in toposort(root) if node.op != "constant"]
    written = [name for name in names if name.startswith("d_")]
    assert sorted(names[name] for name in written) == pytest.approx(sorted(node.grad for node in graph), rel=1e-12)
    assert len(assigned) == 2 * len(graph)  # a number and a gradient each
    assert set(assigned.values()) == {1}
    assert all(name in names for name in assigned)  # under the very name that is written there


def test_any_letter_may_stand_in_a_label():
    values = [Value(1.0, f"x{chr(letter)}") for letter in [*range(1, 0x400), *range(0x400, 0x3000, 5)]]
    names, assigned = run_source(engine.sum(values))
    assert len(assigned) == 2 * len(values) + 2
    assert set(assigned) <= set(names)


@pytest.mark.parametrize("count", [30, 31, 1000])
def test_the_source_of_many_operands(count):
    generator = np.random.default_rng(0)
    a, b = ([Value(number) for number in generator.normal(size=count)] for _ in range(2))
    root = engine.sum([engine.dot(a, b).tanh(), engine.dot(a, b, -0.5).sin(), engine.sum(b) / count])
    root = (root + engine.logsumexp(a)) * engine.logsumexp([Value(math.inf), 1.0])
    root.label = "root"
    assert run_source(root)[0]["root"] == root.data == math.inf
    root = root.operands[0]
    root.label = "root"
    names, _ = run_source(root)
    root.backward()
    assert names["root"] == pytest.approx(root.data, rel=1e-12)
    gradients = sorted(node.grad for node in toposort(root) if node.op != "constant")
    assert sorted(names[name] for name in names if name.startswith("d_")) == pytest.approx(gradients, rel=1e-9)


def test_the_source_of_a_mean_over_the_samples_is_that_of_one_sample():
    w, x = Value(3.0, "w"), Value(2.0, "x")
    root = batch_mean(w * x) * w
    root.backward()
    names, _ = run_source(root)
    assert (names["d_w"], names["d_x"]) == (w.grad, x.grad) == (12.0, 9.0)


def test_numbers_that_are_not_finite_have_names_in_the_source():
    for number in (math.inf, -math.inf, math.nan):
        names, _ = run_source(Value(number, "x") * Value(2.0, "y") + number)
        assert names["d_y"] == number or number != number


@pytest.mark.slow
def test_the_source_of_a_long_chain_takes_time_in_proportion():
    """100,000 nodes took 14 seconds."""
    y = Value(0.5, "x")
    for number in range(25_000):
        y = (y * 1.01).tanh() if number % 2 else y + 0.001
    began = time.process_time()
    write_source(y)
    assert time.process_time() - began < 2.5
