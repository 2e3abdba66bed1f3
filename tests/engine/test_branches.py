"""Branches that are not taken: what passes them in every pass over a graph, against PyTorch and by hand."""

import math
import os
import sys
import threading
import warnings

import numpy as np
import pytest

import engine
from engine import Value, maximum, steps
from engine.ops import table
from engine.tape import record
from engine.tape.tasks import Chain, can_close
from engine.teaching.mistakes import MISTAKES, RIGHT
from engine.teaching.paths import paths
from tests.agreement.pairs import compare_first, compare_tape, compare_torch
from tests.agreement.peers import PeerError
from tests.agreement.programs import Row, build, prune
from tests.agreement.verdicts import find_disagreement

CLOSING = [name for name, row in table.items() if can_close(row)]
# for the three leaves: below, at and above every kink, where roots, logarithms and quotients end or have poles
POINTS = [(-1.0, 0.0, 0.5), (0.0, 0.0, 0.0), (1.0, 0.0, -1.0), (-1.0, 2.0, 0.0), (0.0, -1.0, 2.0), (2.0, 2.0, -0.5)]


def make_pair(inner, outer, points, stretch=0):
    """The outer operation of the inner one, behind which the sign is changed so often."""
    rows = [Row("", (), numbers) for numbers in zip(*points, strict=True)]
    rows.append(Row(inner, tuple(range(len(table[inner].letters)))))
    rows += [Row("neg", (2 + number,)) for number in range(1, stretch + 1)]
    others = len(table[outer].letters) - 1
    rows.append(Row(outer, (len(rows) - 1, *[2, 1][:others])))
    return prune(tuple(rows), len(rows) - 1)


def disagreement(compare, program):
    try:
        return find_disagreement(compare, program)
    except PeerError:
        return None


def test_the_rows_that_close():
    assert set(CLOSING) == {"**", "relu", "leaky_relu", "step", "detach", "sign", "maximum", "minimum", "clip"}


@pytest.mark.parametrize("inner", table)
def test_all_pairs_of_operations_have_the_gradients_of_pytorch(torch, inner):
    for outer in table:
        for point in POINTS:
            program = make_pair(inner, outer, [point])
            assert disagreement(compare_torch, program) is None, (outer, point)
            assert disagreement(compare_first, program) is None, (outer, point)


@pytest.mark.parametrize("inner", CLOSING)
def test_a_tape_has_the_gradients_of_values(inner):
    for outer in table:
        assert disagreement(compare_tape, make_pair(inner, outer, POINTS)) is None, outer


@pytest.mark.parametrize("samples", [1, len(POINTS)])
@pytest.mark.parametrize("inner", CLOSING)
def test_so_has_a_tape_that_is_walked_row_by_row(inner, samples, monkeypatch):
    monkeypatch.setattr("engine.tape.layout.LONG", 20)
    for outer in ("sqrt", "log", "/", "**", "log1p", "sign"):
        program = make_pair(inner, outer, POINTS[:samples], stretch=30)
        nodes = build(program)
        assert any(isinstance(task, Chain) for task in record(nodes[-1])._layout.tasks)
        assert disagreement(compare_tape, program) is None, outer


def test_by_hand():
    for compute, expected in [
        (lambda x: x.relu().sqrt(), 0.0),
        (lambda x: maximum(x, 0.0).log(), 0.0),
        (lambda x: 1 / (-x).minimum(0.0), 0.0),
        (lambda x: x.relu() ** -0.5, 0.0),
        (lambda x: (x + 1).sign().sqrt(), 0.0),
        (lambda x: ((x + 1) ** 2).sqrt(), math.nan),  # a product: 2·0 times infinity
        (lambda x: abs(x + 1).sqrt(), math.nan),
        (lambda x: (x + 1).sqrt().relu(), math.nan),  # the 0 that relu passes on times infinity
    ]:
        x = Value(-1.0)
        compute(x).backward()
        assert x.grad == pytest.approx(expected, nan_ok=True)


def test_a_learned_slope_that_is_not_used_gets_nothing():
    slope, x = Value(0.25), Value(math.inf)
    x.leaky_relu(slope).backward()
    assert (slope.grad, x.grad) == (0.0, 1.0)


def test_large_batches_go_in_blocks():
    x, w = Value(0.0), Value(2.0)
    tape = record((w * x).relu().sqrt() + w, [x])
    batch = np.where(np.arange(200_000) % 2, -1.0, 4.0).reshape(-1, 1)
    # sqrt(w·4) has the slope 4/(2·sqrt(8)) by w, in every other sample
    mean, gradient = tape.value_and_gradient(batch)
    assert mean == pytest.approx(math.sqrt(8) / 2 + 2)
    assert gradient == pytest.approx([1 + 0.5 * 4 / (2 * math.sqrt(8))])


def test_the_gradients_in_between_are_right_too():
    x, w = Value(0.0), Value(1.0)
    hidden = w * x
    tape = record(hidden.relu().sqrt() + w, [x])
    for run in (tape.value_and_gradient, lambda batch: (tape.forward(batch), tape.backward())):
        run([[-1.0], [4.0]])
        share = 0.5 if run == tape.value_and_gradient else 1.0
        assert tape.gradients(hidden) == pytest.approx([0.0, 0.25 * share])


def test_the_source_of_a_tape_closes_branches():
    w = Value(-1.0, "w")
    root = engine.sum([(w.relu() + 1e-320).sqrt() / 1e-300, w])  # the slope of the quotient is infinite
    names: dict = {}
    exec(record(root).source(), names)
    root.backward()
    assert names["d_w"] == w.grad == 1.0


def test_steps_mistakes_and_paths_see_it():
    x = Value(-1.0, "x")
    root = x.relu().sqrt()
    root.backward()
    through, _ = [step for step in steps(root) if step.kind == "backward"][::-1]
    assert (through.upstream, through.local, through.contribution, through.closed) == (math.inf, 0.0, 0.0, True)
    assert RIGHT(root)[x] == x.grad == 0.0
    assert engine.grad(root, x) == engine.grad(root, x, create_graph=True).data == 0.0
    (path,), _ = paths(root, x)
    assert path.product == 0.0
    assert [edge.contribution for edge in engine.teaching.graph.read_graph(root).edges] == [0.0, math.inf]


def test_the_graph_ends_at_a_detach():
    """PyTorch gives x.grad = 1: it does not even multiply the 0 that passes detach with an infinite slope."""
    x, y = Value(0.0, "x"), Value(2.0, "y")
    out = x.sqrt().detach() * y + x + (x.sqrt() + 1).detach() + (y + 2).sqrt()
    expected = [1.0, 0.25]
    with engine.debug():
        out.backward()
    assert [x.grad, y.grad] == expected
    assert engine.grad(out, [x, y]) == expected
    assert [value.data for value in engine.grad(out, [x, y], create_graph=True)] == expected
    assert [RIGHT(out)[leaf] for leaf in (x, y)] == expected
    assert all(math.isfinite(mistake(out)[x]) for mistake in MISTAKES)
    totals = {step.operand: step.total for step in steps(out) if step.kind == "backward"}
    assert [totals[x], totals[y]] == expected
    assert all(math.isfinite(edge.contribution) for edge in engine.teaching.graph.read_graph(out).edges)
    names: dict = {}
    exec(record(out).source(), names)
    assert [names["d_x"], names["d_y"]] == expected
    tape = record(out)
    assert dict(zip(tape.leaves, tape.value_and_gradient()[1], strict=True)) == {x: 1.0, y: 0.25}
    tape = record(out, [x, y])
    tape.forward([[0.0, 2.0]] * 3)
    assert tape.backward().tolist() == [expected] * 3
    assert tape.gradients(x).tolist() == [1.0] * 3
    behind = next(node for node in engine.toposort(out) if node.op == "sqrt" and node.operands == (x,))
    assert tape.gradients(behind).tolist() == [0.0] * 3


def test_debug_raises_no_false_alarm():
    with engine.debug():
        x = Value(-1.0)
        (x.relu() + 1e-320).sqrt().backward()
    assert x.grad == 0.0


def test_a_tape_may_be_used_by_several_threads():
    x, w = Value(0.0), Value(0.5)
    y = x * w
    for _ in range(5):
        y = (y * w + x).tanh()
    tape = record(y, [x])
    batches = [np.random.default_rng(seed).normal(size=(4, 1)) for seed in range(4)]
    expected = [tape.value_and_gradient(batch) for batch in batches]
    wrong = []

    def work(number):
        for _ in range(500):
            mean, gradient = tape.value_and_gradient(batches[number])
            if mean != expected[number][0] or gradient[0] != expected[number][1][0]:
                wrong.append(number)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
def test_a_child_finds_a_tape_free():
    tape = record(Value(2.0) * Value(3.0))
    held, done = threading.Event(), threading.Event()

    def hold():
        with tape._lock:
            held.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python 3.12 warns of threads, and so does JAX where it is loaded
        child = os.fork()
    if not child:
        free = tape._lock.acquire(timeout=10)
        os._exit(0 if free and tape.value_and_gradient()[0] == 6.0 else 1)
    done.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0
