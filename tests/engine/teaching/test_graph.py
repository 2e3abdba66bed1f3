import math

import numpy as np
import pytest

import nn
from engine import Value, debug, dot, toposort
from engine.teaching.graph import Graph, name_nodes, read_graph


def network(widths: list[int], samples: int = 1, opened: bool = False) -> Value:
    """The loss of an MLP with two inputs, its parameters labelled as nn does; every sample is fresh leaves."""
    rng = np.random.default_rng(0)
    layers = []
    n_in = 2
    for i, n_out in enumerate(widths):
        place = f"layers[{i}].neurons"
        layers.append(
            [
                (
                    [Value(rng.normal(), f"{place}[{j}].weights[{k}]") for k in range(n_in)],
                    Value(0.1, f"{place}[{j}].bias"),
                )
                for j in range(n_out)
            ]
        )
        n_in = n_out
    total = Value(0.0, "start")
    for _ in range(samples):
        signal = [Value(rng.normal(), name) for name in ("x1", "x2")]
        for neurons in layers:
            signal = [
                (sum((w * x for w, x in zip(ws, signal, strict=True)), b) if opened else dot(ws, signal, b)).tanh()
                for ws, b in neurons
            ]
        total = total + (signal[0] - 1.0) ** 2
    total.backward()
    return total


def recurrent(steps: int, units: int = 3) -> Value:
    """A recurrent network whose units all read one another's last state: neurons form circles, the layer does not."""
    weights = [[Value(0.1 * (i - j) + 0.2, f"cell.neurons[{i}].w[{j}]") for j in range(units)] for i in range(units)]
    state = [Value(0.1 * i, f"h{i}") for i in range(units)]
    for _ in range(steps):
        state = [dot(row, state).tanh() for row in weights]
    state[0].backward()
    return state[0]


def check(graph: Graph, root: Value) -> None:
    """Every node is in one box, every use is an edge or inside a box, edges lead forward, the output comes last."""
    order = toposort(root)
    box = {node: number for number, each in enumerate(graph.nodes) for node in each.members}
    assert len(box) == sum(len(each.members) for each in graph.nodes) == len(order) == len(graph.names)
    assert graph.links == sum(len(node.operands) for node in order)
    between = {
        (box[operand], box[node])
        for node in order
        for operand in node.operands
        if box[operand] != box[node] and (operand.op != "constant" or len(graph.nodes[box[operand]].members) == 1)
    }
    assert {(edge.source, edge.target) for edge in graph.edges} == between
    assert all(edge.source < edge.target for edge in graph.edges)
    assert box[root] == len(graph.nodes) - 1


def test_names() -> None:
    x, again, other = Value(1.0, "x"), Value(2.0, "x"), Value(3.0, "x#2")
    y = x * again + other * 2
    assert list(name_nodes(toposort(y)).values()) == ["x", "x#3", "v1", "x#2", "2", "v2", "v3"]


def test_each_use_of_an_operand_is_an_edge() -> None:
    a = Value(3.0, "a")
    y = a * a
    y.backward()
    graph = read_graph(y)
    check(graph, y)
    assert [(e.source, e.target, e.index, e.local, e.contribution) for e in graph.edges] == [
        (0, 1, 0, 3.0, 3.0),
        (0, 1, 1, 3.0, 3.0),
    ]
    assert (graph.ran, graph.folded) == (True, "")


def test_nodes_say_what_they_are() -> None:
    graph = read_graph((Value(2.0, "a") * 3.0).tanh())
    assert [(n.name, n.kind, n.op, n.depth) for n in graph.nodes] == [
        ("a", "leaf", "", 0),
        ("3", "constant", "constant", 0),
        ("v1", "operation", "*", 1),
        ("v2", "operation", "tanh", 2),
    ]
    assert not graph.ran


def test_a_single_leaf() -> None:
    graph = read_graph(Value(2.0))
    assert [(n.name, n.kind) for n in graph.nodes] == [("v1", "leaf")]
    assert graph.edges == []


def test_a_constant_is_called_by_its_number_as_it_was_written() -> None:
    for number, name in [(0.123456789, "0.123456789"), (1234567.5, "1234567.5"), (1 / 3, "0.333333"), (1e6, "1e+06")]:
        assert read_graph(Value(2.0, "x") * number).nodes[1].name == name


def test_constants_fold_into_their_first_user() -> None:
    a = Value(2.0, "a")
    y = (a * 3.0 + 1.0) ** 2
    graph = read_graph(y, constants=False)
    check(graph, y)
    assert [(n.name, n.kind, len(n.members)) for n in graph.nodes] == [
        ("a", "leaf", 1),
        ("v1", "operation", 2),
        ("v2", "operation", 2),
        ("v3", "operation", 2),
    ]
    assert graph.folded == "3 constants folded into the operations that use them first"


@pytest.mark.parametrize("opened", [False, True])
def test_neurons(opened: bool) -> None:
    root = network([3, 1], opened=opened)
    graph = read_graph(root, "neuron")
    check(graph, root)
    folded = {node.name: node for node in graph.nodes if node.kind == "folded"}
    assert sorted(folded) == [*(f"layers[0].neurons[{j}]" for j in range(3)), "layers[1].neurons[0]"]
    # two weights, a bias and tanh, and between them two products and two sums or one node for all
    assert len(folded["layers[0].neurons[1]"].members) == (8 if opened else 5)
    assert folded["layers[0].neurons[1]"].ops == ({"*": 2, "+": 2, "tanh": 1} if opened else {"affine": 1, "tanh": 1})
    assert graph.folded.startswith(f"{35 if opened else 21} nodes folded into 4 boxes: neurons; 2 constants")


def test_layers() -> None:
    root = network([3, 2, 1])
    graph = read_graph(root, "layer")
    check(graph, root)
    assert [node.name for node in graph.nodes if node.kind == "folded"] == ["layers[0]", "layers[1]", "layers[2]"]
    assert graph.nodes[-1].value is root


def test_a_folded_box_knows_its_gradients() -> None:
    root = network([3, 1])
    box = next(node for node in read_graph(root, "neuron").nodes if node.name == "layers[0].neurons[0]")
    sizes = [abs(node.grad) for node in box.members]
    assert box.gradients == (min(sizes), max(sizes))
    box.members[0].grad = math.nan
    layer = next(node for node in read_graph(root, "layer").nodes if node.name == "layers[0]")
    assert math.isnan(layer.gradients[1])


def test_edges_between_folded_boxes_are_one() -> None:
    root = network([3, 1], samples=4)
    graph = read_graph(root, "neuron")
    number = {node.name: i for i, node in enumerate(graph.nodes)}
    ends = number["layers[0].neurons[2]"], number["layers[1].neurons[0]"]
    (edge,) = [edge for edge in graph.edges if (edge.source, edge.target) == ends]
    assert (edge.count, edge.index, edge.local) == (4, None, None)
    # the largest of the four contributions to the hidden neuron's output
    outputs = [node for node in graph.nodes[ends[0]].members if node.op == "tanh"]
    assert abs(edge.contribution) == max(abs(node.grad) for node in outputs)


def test_neurons_that_form_a_circle_fold_as_layers() -> None:
    root = recurrent(4)
    graph = read_graph(root, "neuron")
    check(graph, root)
    assert [node.name for node in graph.nodes if node.kind == "folded"] == ["cell"]
    assert graph.folded.endswith("layers")


def test_folding_is_automatic_beyond_the_limit() -> None:
    root = network([4, 4, 1], samples=30)
    assert len(toposort(root)) > 300
    graph = read_graph(root)
    check(graph, root)
    assert len(graph.nodes) <= 300
    neurons = [node for node in graph.nodes if ".neurons[" in node.name]
    assert len(neurons) == 9
    assert graph.folded.endswith("neurons and the rest")
    assert len(read_graph(root, "none").nodes) == len(toposort(root))
    small = network([2, 1])
    assert len(toposort(small)) < 50
    assert not read_graph(small).folded
    assert read_graph(network([4, 4, 1])).folded.startswith("55 nodes folded into 9 boxes: neurons")
    assert read_graph(network([4, 4, 1]), False).folded == ""


def test_what_has_no_parts_is_drawn_whole_up_to_the_limit() -> None:
    root = Value(0.5)
    for _ in range(200):
        root = root.tanh()
    assert len(read_graph(root).nodes) == 201
    assert len(read_graph(root, limit=200).nodes) < 30


def test_layers_where_neurons_are_too_many() -> None:
    root = network([12, 12, 1])
    graph = read_graph(root, limit=20)
    check(graph, root)
    assert [node.name for node in graph.nodes if node.scope] == ["layers[0]", "layers[1]", "layers[2]"]


def test_without_names_stretches_are_folded() -> None:
    x = Value(0.3, "x")
    y = x
    for _ in range(500):
        y = y.sigmoid() * 1.5
    y.backward()
    graph = read_graph(y)
    check(graph, y)
    assert len(graph.nodes) <= 30
    assert "stretches of the order of computation" in graph.folded
    assert graph.nodes[-1].value is y
    graph = read_graph(y, "neuron")
    assert not any(node.kind == "folded" for node in graph.nodes)
    assert "no neuron to fold" in graph.folded


@pytest.mark.parametrize("seed", range(20))
def test_folds_of_random_graphs_close_no_circle(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = [Value(rng.normal(), f"part[{i % 3}].unit[{i}].w" if i % 4 else f"x{i}") for i in range(12)]
    for _ in range(80):
        a, b = (values[i] for i in rng.integers(max(0, len(values) - 20), len(values), 2))
        values.append([a + b, a * b, a.tanh(), a * 2.0, a - 1.0][rng.integers(5)])
    root = values[-1] + values[-2]
    for fold in (None, "none", "neuron", "layer"):
        for limit in (10, 30, 300):
            check(read_graph(root, fold, limit=limit), root)
            check(read_graph(root, fold, limit=limit, constants=False), root)


def test_several_outputs_are_one_graph() -> None:
    x = Value(2.0, "x")
    h = (x * 3.0).detach()
    p, q, lone = h * x, (h * 0.5).tanh(), Value(1.0, "lone")
    p.backward()
    q.backward()
    graph = read_graph([p, q, lone])
    assert len(graph.names) == len({*toposort(p), *toposort(q), lone})
    assert [node.value for node in graph.outputs] == [p, q, lone]
    assert graph.links == 8
    box = {node.value: number for number, node in enumerate(graph.nodes)}
    along = {(edge.source, edge.target, edge.index): edge.contribution for edge in graph.edges}
    assert along[box[h], box[p], 0] == 2.0  # x
    assert along[box[h], box[q.operands[0]], 0] == pytest.approx(0.5 * (1 - q.data**2))
    assert along[box[x], box[h.operands[0]], 0] == 0.0  # behind the detach() of both
    x.data = 5.0
    assert "x" in read_graph([q, p]).changed
    with pytest.raises(ValueError, match="the list is empty"):
        read_graph([])


def test_scopes_of_debug_are_used() -> None:
    model = nn.MLP(2, [2, 1], "tanh", generator=np.random.default_rng(0))
    with debug():
        root = (model([1.0, 2.0]) - 1.0) ** 2
    graph = read_graph(root, "neuron")
    check(graph, root)
    names = [node.name for node in graph.nodes if node.kind == "folded"]
    assert sorted(names) == ["layers[0].neurons[0]", "layers[0].neurons[1]", "layers[1].neurons[0]"]


def test_bad_input() -> None:
    with pytest.raises(ValueError, match=r"unknown fold: 'leyer' .*'none', 'neuron', 'gate', 'step', 'layer'"):
        read_graph(Value(1.0), "leyer")
    with pytest.raises(TypeError, match="must be a Value, not float"):
        read_graph([Value(1.0), 2.0])


def test_the_check_rejects_a_wrong_graph() -> None:
    root = network([3, 1])
    graph = read_graph(root, "neuron")
    backwards = [type(e)(e.target, e.source, e.index, e.local, e.contribution, e.count) for e in graph.edges]
    for nodes, edges in (
        (graph.nodes[:-1], graph.edges),
        (graph.nodes, graph.edges[1:]),
        (graph.nodes, backwards),
        (graph.nodes[::-1], graph.edges),
    ):
        with pytest.raises((AssertionError, KeyError)):
            check(Graph(nodes, edges, graph.names, graph.links, graph.folded, graph.ran), root)


def test_parts_are_folded_by_name() -> None:
    root = network([3, 2, 1])
    graph = read_graph(root, ["layers[0]", "layers[1].neurons[1]"])
    check(graph, root)
    assert [node.name for node in graph.nodes if node.kind == "folded"] == ["layers[0]", "layers[1].neurons[1]"]
    assert graph.folded.endswith("boxes: the parts named")
    inner = read_graph(root, ["layers[0].neurons[0]", "layers[0]"])  # the larger part holds the smaller one
    assert [node.name for node in inner.nodes if node.kind == "folded"] == ["layers[0]"]
    assert len(read_graph(root, []).nodes) == len(toposort(root))


def test_parts_that_cannot_be_folded_are_refused() -> None:
    with pytest.raises(ValueError, match=r"no part to fold: 'layers\[7\]' \(one of layers\[0\], layers\[1\]"):
        read_graph(network([3, 2, 1]), ["layers[7]"])
    with pytest.raises(ValueError, match="no name of a parameter tells of one"):
        read_graph(Value(2.0, "a") * 3.0, ["a"])
    with pytest.raises(ValueError, match=r"cannot fold cell\.neurons\[0\]: .* both before and behind"):
        read_graph(recurrent(4), ["cell.neurons[0]"])
    graph = read_graph(recurrent(4), ["cell"])
    assert [node.name for node in graph.nodes if node.kind == "folded"] == ["cell"]


def test_shared_weights_know_how_often_they_are_used() -> None:
    root = network([3, 1], samples=4)
    graph = read_graph(root, "none")
    uses = {node.name: node.uses for node in graph.nodes if node.kind == "leaf"}
    assert uses["layers[0].neurons[0].weights[0]"] == (4,)
    assert uses["x1"] == ()  # no parameter
    box = next(node for node in read_graph(root, "layer").nodes if node.name == "layers[0]")
    assert box.uses == (4,) * 9
    w = Value(2.0, "cell.w")
    assert read_graph(w * w + w, "none").nodes[0].uses == (3,)


def test_a_folded_box_knows_the_median_of_its_gradients() -> None:
    root = network([3, 1])
    box = next(node for node in read_graph(root, "layer").nodes if node.name == "layers[0]")
    assert box.median == np.median([abs(node.grad) for node in box.members])
    box = next(node for node in read_graph(root, "layer").nodes if node.name == "layers[0]")
    box.members[0].grad = math.nan
    assert math.isnan(box.median)


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("fold", ["layer", "neuron"])
def test_a_layer_unrolled_in_time_is_one_box(name: str, fold: str) -> None:
    generator = np.random.default_rng(0)
    layers = [getattr(nn, name)(2, 3, every_step=True, generator=generator), getattr(nn, name)(3, 3)]
    model = nn.Sequential(*layers, nn.Layer(3, 1, "linear", generator=generator))
    root = nn.mse(model(generator.normal(size=(4, 2)).tolist()), 0.5)
    root.backward()
    graph = read_graph(root, fold)
    check(graph, root)
    folded = [node for node in graph.nodes if node.kind == "folded"]
    last = "layers[2].neurons[0]" if fold == "neuron" else "layers[2]"
    assert [node.name for node in folded] == ["layers[0]", "layers[1]", last]
    assert [len(node.uses) for node in folded] == [len(part.parameters()) for part in (*layers, model.layers[2])]
    assert max(folded[0].uses) == 4
    assert len(graph.nodes) == 5


def unrolled(name: str, width: int, steps: int) -> tuple[nn.Module, Value]:
    """A recurrent layer alone, over inputs with names, and the sum of its last state."""
    layer = getattr(nn, name)(1, width, generator=np.random.default_rng(0))
    root = sum(layer([[Value(0.1 * t, f"x{t}")] for t in range(1, steps + 1)]), Value(0.0, "start"))
    root.backward()
    return layer, root


@pytest.mark.parametrize("width", [1, 2])
def test_an_lstm_is_folded_by_its_steps(width: int) -> None:
    layer, root = unrolled("LSTM", width, 5)
    graph = read_graph(root)
    check(graph, root)
    folded = {node.name: node for node in graph.nodes if node.kind == "folded"}
    assert list(folded) == ["parameters", "step 1", "step 2", "step 3", "step 4", "step 5"]
    assert set(folded["parameters"].members) == set(layer.parameters())
    assert folded["parameters"].uses == (5,) * len(layer.parameters())
    assert len(folded["step 3"].members) == width * 17  # 4 gates of 3 nodes, cell 3, hidden 2
    assert {node.name for node in graph.nodes} > {"x1", "x5", "start"}
    assert "boxes: time steps" in graph.folded


def test_gates_are_told_apart_where_there_is_room() -> None:
    _, root = unrolled("GRU", 2, 4)
    graph = read_graph(root)
    check(graph, root)
    names = [node.name for node in graph.nodes if node.kind == "folded"]
    gates = ("reset gate", "update gate", "candidate", "hidden")
    assert sorted(names) == sorted(["parameters", *(f"step {t}.{gate}" for t in range(1, 5) for gate in gates)])
    assert [node.name for node in read_graph(root, "gate").nodes] == [node.name for node in graph.nodes]
    assert "step 4" in [node.name for node in read_graph(root, "step").nodes]
    parts = read_graph(root, ["parameters", "step 1", "step 2.candidate"])
    check(parts, root)
    assert {node.name for node in parts.nodes if node.kind == "folded"} == {"parameters", "step 1", "step 2.candidate"}


def test_steps_inside_a_model_are_named_by_their_layer() -> None:
    generator = np.random.default_rng(0)
    layers = [nn.RNN(1, 2, every_step=True, generator=generator), nn.LSTM(2, 2, generator=generator)]
    model = nn.Sequential(*layers, nn.Layer(2, 1, "linear", generator=generator))
    root = nn.mse(model([[0.1], [0.2], [0.3]]), 0.5)
    root.backward()
    graph = read_graph(root, "step")
    check(graph, root)
    steps = {f"layers[{i}].step {t}" for i in (0, 1) for t in (1, 2, 3)}
    parts = {"layers[0].parameters", "layers[1].parameters", "layers[2].neurons[0]"}
    assert {node.name for node in graph.nodes if node.kind == "folded"} == steps | parts
    assert graph.folded.partition(": ")[2].startswith("time steps and neurons")


def test_labels_of_one_s_own_name_steps() -> None:
    w, h = Value(0.9, "w"), Value(0.5, "h0")
    for t in range(1, 31):
        h = (w * h + 0.1).tanh()
        h.label = f"h, step {t}"
    graph = read_graph(h)
    check(graph, h)
    assert [node.name for node in graph.nodes] == ["w", "h0", *(f"step {t}" for t in range(1, 31))]
    assert "no step to fold: no label tells of one" in read_graph(w * 2, "step").folded


def test_labels_of_one_s_own_that_make_no_picture() -> None:
    """All of it in one box; and steps in a circle, of which it is not said that there are none."""
    w, h = Value(0.3, "w"), Value(0.5, "x")
    for number in range(40):
        h = (h * w).tanh()
        h.label = f"h, step {number % 2}"
    assert "or one lies both before and behind another" in read_graph(h, "step").folded
    cost = h * 1.0
    for node in toposort(cost):
        node.label = node.label if node.is_leaf else ""
    cost.label = "cost, step 2"
    assert len(read_graph(cost).nodes) > 10
    assert len(read_graph(cost, "step").nodes) == 3


def test_what_leads_to_one_layer_only_belongs_to_it() -> None:
    """The mean and the deviation over the batch come before the weights of the layer that takes them."""
    generator = np.random.default_rng(0)
    model = nn.Sequential(nn.Layer(3, 4, generator=generator), nn.BatchNorm(4), nn.Layer(4, 1, generator=generator))
    root = sum(nn.mse(output, 1.0) for output in model.batch(generator.normal(size=(3, 3)).tolist()))
    root.backward()
    graph = read_graph(root, "layer")
    check(graph, root)
    assert [node.name for node in graph.nodes if node.kind == "folded"] == ["layers[0]", "layers[1]", "layers[2]"]
    assert len(graph.nodes) == 3 + 3 * 3  # and of the loss a difference, its square and a sum for each sample


def test_a_label_too_long_to_name_a_part_names_none() -> None:
    root = Value(1.0, "a." * 50_000 + "b") * Value(2.0, "a.b.c")
    with pytest.raises(ValueError, match=r"no part to fold: 'x' \(one of a, a\.b\)"):
        read_graph(root, ["x"])
