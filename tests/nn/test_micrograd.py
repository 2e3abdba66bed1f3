"""Code in the manner of the lecture on micrograd, and of its tests, with its imports changed and nothing else."""

import copy
import math
import pickle
import random

import numpy as np
import pytest
from graphviz import Digraph

import engine
import nn
from nn.micrograd import MLP, Layer, Neuron, Value
from viz import draw, explain


def trace(root):
    """All nodes and edges behind a root, as the lecture's cell collects them."""
    nodes, edges = set(), set()

    def visit(node):
        if node in nodes:
            return
        nodes.add(node)
        for child in node._prev:
            edges.add((child, node))
            visit(child)

    visit(root)
    return nodes, edges


def draw_dot(root):
    dot = Digraph(format="svg", graph_attr={"rankdir": "LR"})
    nodes, edges = trace(root)
    for node in nodes:
        name = str(id(node))
        label = "{%s | data %.4f | grad %.4f}" % (node.label, node.data, node.grad)  # noqa: UP031 - as one learns it there
        dot.node(name=name, label=label, shape="record")
        if node._op:
            dot.node(name=name + node._op, label=node._op)
            dot.edge(name + node._op, name)
    for child, node in edges:
        dot.edge(str(id(child)), str(id(node)) + node._op)
    return dot


def make_neuron():
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    b = Value(6.8813735870195432, label="b")
    total = x1 * w1 + x2 * w2
    total.label = "total"
    n = total + b
    n.label = "n"
    o = n.tanh()
    o.label = "o"
    return o, {leaf.label: leaf for leaf in (x1, x2, w1, w2, b)}


EXPECTED = {"x1": -1.5, "x2": 0.5, "w1": 1.0, "w2": 0.0, "b": 0.5}  # the lecture's, with tanh' = 1/2


def test_the_lectures_cell_draws_the_graph():
    o, _ = make_neuron()
    nodes, edges = trace(o)
    assert (len(nodes), len(edges)) == (10, 9)
    source = draw_dot(o).source
    assert source.count("shape=record") == 10
    assert sorted(node._op for node in nodes if node._op) == ["*", "*", "+", "+", "tanh"]
    assert "{x1 | data 2.0000 | grad 0.0000}" in source


def test_a_backward_pass_by_hand_calls_each_node():
    o, leaves = make_neuron()
    o.grad = 1.0
    order = [o]
    for node in order:
        node._backward()
        order += [child for child in node._prev if child not in order]
    assert {name: leaf.grad for name, leaf in leaves.items()} == pytest.approx(EXPECTED, abs=1e-12)


def test_backward_and_the_pictures_of_viz():
    o, leaves = make_neuron()
    o.backward()
    assert {name: leaf.grad for name, leaf in leaves.items()} == pytest.approx(EXPECTED, abs=1e-12)
    assert "10 nodes" in repr(draw(o))
    assert str(explain(o, "x1")).startswith("∂o/∂x1")


def test_tanh_in_its_parts_is_the_same():
    o, leaves = make_neuron()
    x1, x2, w1, w2, b = leaves.values()
    e = (2 * (x1 * w1 + x2 * w2 + b)).exp()
    again = (e - 1) / (e + 1)
    again.backward()
    assert again.data == pytest.approx(o.data, rel=1e-12)
    assert {name: leaf.grad for name, leaf in leaves.items()} == pytest.approx(EXPECTED, abs=1e-12)


def test_many_operations_have_the_numbers_of_pytorch(torch):
    def compute(a, b):
        c = a + b
        d = a * b + b**3
        c = c + c + 1
        c = c + 1 + c + (-a)
        d = d + d * 2 + (b + a).relu()
        d = d + 3 * d + (b - a).relu()
        e = c - d
        f = e**2
        g = f / 2.0
        return g + 10.0 / f

    numbers = (-4.0, 2.0)
    ours = [Value(number) for number in numbers]
    theirs = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in numbers]
    y, expected = compute(*ours), compute(*theirs)
    y.backward()
    expected.backward()
    assert y.data == pytest.approx(expected.item(), rel=1e-12)
    assert [value.grad for value in ours] == pytest.approx([tensor.grad.item() for tensor in theirs], rel=1e-12)


class Sine(Value):
    """A class with an operation of its own, written as the lecture writes them."""

    def sine(self):
        out = Sine(math.sin(self.data), (self,), "sine")

        def _backward():
            self.grad += math.cos(self.data) * out.grad

        out._backward = _backward
        return out


def test_an_operation_by_hand_among_ours_is_differentiated():
    x, k = Sine(0.7, label="x"), Sine(3.0)
    y = (k * x).sine() * x + 1
    y.backward()
    assert y.data == pytest.approx(0.7 * math.sin(2.1) + 1)
    assert x.grad == pytest.approx(math.sin(2.1) + 0.7 * 3 * math.cos(2.1), rel=1e-12)
    assert k.grad == pytest.approx(0.7 * 0.7 * math.cos(2.1), rel=1e-12)
    y.backward()  # leaves accumulate, those in between start anew
    assert x.grad == pytest.approx(2 * (math.sin(2.1) + 0.7 * 3 * math.cos(2.1)), rel=1e-12)
    assert Sine in {type(node) for node in trace(y)[0]}


def test_it_is_so_also_where_the_engine_goes_back():
    x = Sine(0.7, label="x")
    y = engine.sum([x.sine(), x])
    y.backward()
    assert x.grad == pytest.approx(math.cos(0.7) + 1, rel=1e-12)
    assert engine.grad(y, x) == pytest.approx(math.cos(0.7) + 1, rel=1e-12)


def test_a_model_of_operations_by_hand_alone_is_fitted():
    class Wave(nn.Module):
        def __init__(self):
            self.angle = Sine(0.5)

        def forward(self, row):
            return self.angle.sine()

    def square(prediction, target):
        out = Value((prediction.data - target) ** 2, (prediction,), "square")

        def _backward():
            prediction.grad += 2 * (prediction.data - target) * out.grad

        out._backward = _backward
        return out

    wave, sought = Wave(), math.sin(0.8)
    options = {"loss": square, "optimizer": "sgd", "lr": 0.5, "epochs": 30, "record": False, "progress": False}
    assert nn.fit(wave, [[1.0], [2.0]], [sought, sought], **options).loss[-1] < 1e-6
    assert wave.angle.data == pytest.approx(0.8, abs=1e-3)


def test_a_node_by_hand_of_one_operand_twice():
    x = Value(3.0)
    square = Value(9.0, (x, x), "square")

    def _backward():
        x.grad += 2 * x.data * square.grad

    square._backward = _backward
    x.grad = 5.0
    (square * 2).backward()
    assert x.grad == 5.0 + 12.0
    assert (square._op, square._prev, square.grad) == ("square", {x}, 2.0)


def test_a_backward_that_is_no_local_derivative_is_refused():
    a, b = Value(2.0), Value(5.0)

    def clip():
        a.grad += max(-1.0, min(1.0, out.grad))

    def overwrite():
        a.grad = 4.0 * out.grad

    def touch():
        a.grad += b.data * out.grad
        b.grad += a.data * out.grad

    out = Value(10.0, (a,), "mul")
    for function, message in (
        (clip, r"\+=, not ="),
        (overwrite, r"\+=, not ="),
        (touch, "none of its node's children"),
    ):
        with pytest.raises(ValueError, match=message):
            out._backward = function
        assert (a.grad, b.grad, out.grad) == (0.0, 0.0, 0.0)
    out = Value(10.0, (a, b), "mul")
    out._backward = touch
    (out * 3).backward()
    assert (a.grad, b.grad) == (15.0, 6.0)


def test_without_a_backward_of_its_own_nothing_passes():
    x = Value(3.0)
    (Value(9.0, (x,), "square") * 2).backward()
    assert x.grad == 0.0
    leaf = Value(1.0)
    leaf._backward = lambda: None
    leaf._backward()
    assert (leaf.grad, leaf._prev, leaf._op) == (0.0, set(), "")


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "sigmoid", "relu", "leaky_relu", "abs", "atan", "log2"])
def test_a_method_gives_the_class_of_its_operand(name):
    x = Sine(0.7)
    y = getattr(x, name)()
    assert type(y) is Sine
    assert y.data == getattr(engine.Value(0.7), name)().data
    for result in (1 - x, 2 / x, 2**x, -x, x % 2, 7 % x, x.atan2(1.0), x.clip(0, 1), abs(x), +x):
        assert type(result) is Sine


def test_our_values_and_those_of_the_engine_go_together():
    x, w = Value(2.0), engine.Value(3.0)
    y = engine.sum([x * w, w * x, x])
    y.backward()
    assert (x.grad, w.grad) == (7.0, 4.0)
    assert (np.array([x, x]) * x)[0].data == 4.0


def test_values_are_copied_and_pickled_with_their_attributes():
    x = Value(2.0, label="x")
    x.color = "red"
    y = x * 3
    for again in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        (leaf,) = [node for node in again._prev if node.label]
        assert (again.data, leaf.color, type(leaf)) == (6.0, "red", Value)


def test_the_weights_are_those_that_random_draws():
    random.seed(1337)
    model = MLP(2, [3, 1])
    random.seed(1337)
    for neuron in [neuron for layer in model.layers for neuron in layer.neurons]:
        assert [weight.data for weight in neuron.w] == [random.uniform(-1, 1) for _ in neuron.w]
        assert neuron.b.data == 0.0
    assert repr(model) == "MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(3)]]"


def test_a_loop_of_the_lecture_learns():
    random.seed(0)
    model = MLP(3, [4, 4, 1])
    xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    ys = [1.0, -1.0, -1.0, 1.0]
    losses = []
    for _ in range(30):
        loss = sum((model(x) - y) ** 2 for x, y in zip(xs, ys, strict=True))
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.02 * p.grad
        losses.append(loss.data)
    assert losses[-1] < losses[0] / 4


def test_an_adam_by_hand_keeps_its_means_on_the_parameters(torch):
    random.seed(1)
    model = MLP(2, [3, 1])
    start = [p.data for p in model.parameters()]
    for p in model.parameters():
        p.m, p.v = 0.0, 0.0
    for step in range(1, 4):
        model.zero_grad()
        ((model([1.0, -2.0]) - 1) ** 2).backward()
        for p in model.parameters():
            p.m = 0.9 * p.m + 0.1 * p.grad
            p.v = 0.999 * p.v + 0.001 * p.grad**2
            p.data -= 0.1 * (p.m / (1 - 0.9**step)) / ((p.v / (1 - 0.999**step)) ** 0.5 + 1e-8)
    by_hand = [p.data for p in model.parameters()]
    for p, number in zip(model.parameters(), start, strict=True):
        p.data = number
    adam = nn.Adam(model.parameters(), lr=0.1)
    for _ in range(3):
        model.zero_grad()
        ((model([1.0, -2.0]) - 1) ** 2).backward()
        adam.step()
    assert by_hand == pytest.approx([p.data for p in model.parameters()], rel=1e-9)


def test_fit_records_it_and_gives_the_same_numbers():
    X, y = nn.moons(12, 0.1, np.random.default_rng(0))
    losses = []
    for record in (True, False):
        random.seed(3)
        model = MLP(2, [4, 1])
        history = nn.fit(model, X, y, loss="mse", epochs=5, progress=False, record=record)
        losses.append(history.loss)
    assert losses[0] == pytest.approx(losses[1], rel=1e-9)


def test_what_is_wrong_is_said():
    for make in (lambda: Neuron(0), lambda: Layer(2, 0), lambda: MLP(2, [])):
        with pytest.raises(ValueError, match="at least"):
            make()
    with pytest.raises(TypeError, match="expected an int, a float"):
        Value("2")
    with pytest.raises(ValueError, match="2 inputs expected, 3 given"):
        Neuron(2)([1.0, 2.0, 3.0])
