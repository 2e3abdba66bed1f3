"""Gradient flow: its numbers against NumPy and hand-worked chains, its table, its picture, its errors."""

import math

import numpy as np
import pytest

import nn
from engine import Value, dot, no_grad, toposort
from viz.figures.flow import GradientFlow, LayerFlow, gradient_flow, measure
from viz.figures.parts import find_parts


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    from matplotlib import pyplot

    pyplot.close("all")


def mlp(activation="sigmoid", depth=3, seed=0):
    return nn.MLP(2, [3] * depth + [1], activation, generator=np.random.default_rng(seed))


def data(rows=4):
    generator = np.random.default_rng(7)
    return generator.normal(size=(rows, 2)), generator.normal(size=rows)


def test_the_spread_is_that_of_numpy():
    numbers = np.random.default_rng(0).normal(size=101)
    spread = measure(numbers)
    assert spread.quantiles == tuple(np.percentile(np.abs(numbers), [0, 25, 50, 75, 100]))
    assert (spread.count, spread.zeros) == (101, 0)
    assert measure([0.0, -0.0, 2.0]).zeros == 2
    assert math.isnan(measure([1.0, math.nan]).median)
    assert measure([1.0, -math.inf]).largest == math.inf


@pytest.mark.parametrize(
    ("numbers", "quantiles"),
    [
        ([math.inf], (math.inf,) * 5),
        ([-math.inf, math.inf], (math.inf,) * 5),
        ([1.0, math.inf], (1.0, math.inf, math.inf, math.inf, math.inf)),
        ([1.0, 2.0, math.inf, math.inf, math.inf], (1.0, 2.0, math.inf, math.inf, math.inf)),
        ([0.0, 1.0, 2.0, math.inf], (0.0, 0.75, 1.5, math.inf, math.inf)),
        ([3.0, 1.0, 2.0, 4.0, math.inf], (1.0, 2.0, 3.0, 4.0, math.inf)),
    ],
)
def test_the_spread_of_infinities_by_hand(numbers, quantiles):
    assert measure(numbers).quantiles == quantiles


def test_every_layer_has_the_gradients_that_numpy_finds():
    """The MLP's backward pass written as matrices, sample by sample."""
    model = mlp()
    X, y = data()
    weights = [np.array([[w.data for w in neuron.weights] for neuron in layer.neurons]) for layer in model.layers]
    biases = [np.array([neuron.bias.data for neuron in layer.neurons]) for layer in model.layers]
    parameters = [[] for _ in weights]
    neurons = [[] for _ in weights]
    for row, target in zip(X, y, strict=True):
        signals = [row]
        for i, (W, b) in enumerate(zip(weights, biases, strict=True)):
            z = W @ signals[-1] + b
            signals.append(z if i == len(weights) - 1 else 1 / (1 + np.exp(-z)))
        upstream = 2 * (signals[-1] - target)
        for i in reversed(range(len(weights))):
            out = signals[i + 1]
            neurons[i] += list(upstream)
            delta = upstream if i == len(weights) - 1 else upstream * out * (1 - out)
            parameters[i] += [*np.outer(delta, signals[i]).ravel(), *delta]
            upstream = weights[i].T @ delta
    flow = gradient_flow(model, X, y, nn.mse)
    assert flow.samples == len(X)
    for i, layer in enumerate(flow.flows["gradients"]):
        assert layer.name == f"layers[{i}]"
        assert layer.parameters.count == len(parameters[i])
        expected = [np.quantile(np.abs(each), [0, 0.25, 0.5, 0.75, 1]) for each in (parameters[i], neurons[i])]
        assert np.allclose([layer.parameters.quantiles, layer.neurons.quantiles], expected, rtol=1e-12, atol=0)


def test_gradients_are_left_alone():
    model = mlp()
    for number, parameter in enumerate(model.parameters()):
        parameter.grad = float(number)
    gradient_flow(model, *data(), nn.mse)
    assert [parameter.grad for parameter in model.parameters()] == list(range(len(model.parameters())))


def test_a_chain_worked_by_hand():
    """y = w2·sigmoid(w1·x) at x = 1, w1 = 0, w2 = 2: ∂y/∂w2 = 0.5, ∂y/∂w1 = 2 · 0.25 · 1."""
    w1, w2 = Value(0.0, "layers[0].w"), Value(2.0, "layers[1].w")
    first, second = gradient_flow(w2 * (w1 * Value(1.0)).sigmoid()).flows["gradients"]
    assert (first.name, first.parameters.median, first.neurons.median) == ("layers[0]", 0.5, 2.0)
    assert (second.name, second.parameters.median, second.neurons.median) == ("layers[1]", 0.5, 1.0)


def test_the_loss_of_a_batch_shows_batch_normalisation():
    generator = np.random.default_rng(0)
    layers = [nn.Layer(2, 3, "tanh", generator=generator), nn.BatchNorm(3), nn.Layer(3, 1, "linear")]
    model = nn.Sequential(*layers)
    X, y = data()
    outputs = model.batch(X.tolist())
    losses = [nn.mse(output[0], target) for output, target in zip(outputs, y.tolist(), strict=True)]
    flow = gradient_flow({"batch norm": dot([1 / len(y)] * len(y), losses)})
    names = [layer.name for layer in flow.flows["batch norm"]]
    assert names == ["layers[0]", "layers[1]", "layers[2]"]
    assert all(layer.parameters.count for layer in flow.flows["batch norm"])
    with pytest.raises(ValueError, match="needs the whole batch"):
        gradient_flow(model, X, y, lambda prediction, target: nn.mse(prediction[0], target))


def test_residuals_keep_the_gradient():
    generator = np.random.default_rng(0)
    body = [nn.Residual(nn.Layer(3, 3, "sigmoid", generator=generator)) for _ in range(6)]
    ends = nn.Layer(2, 3, "tanh", generator=generator), nn.Layer(3, 1, "linear", generator=generator)
    residual = nn.Sequential(ends[0], *body, ends[1])
    flows = gradient_flow(
        {"plain": mlp(depth=7), "residual": residual},
        *data(),
        lambda p, t: nn.mse(p if isinstance(p, Value) else p[0], t),
    ).flows
    assert [layer.name for layer in flows["residual"]][1] == "layers[1].body"
    ratio = {name: flow[0].neurons.median / flow[-1].neurons.median for name, flow in flows.items()}
    assert ratio["plain"] < 1e-3 < 0.1 < ratio["residual"]


def test_the_table_fits_a_terminal_and_tells_the_change():
    flow = gradient_flow({"a rather long name of a deep network": mlp(depth=8)}, *data(), nn.mse)
    text = str(flow)
    assert max(map(len, text.split("\n"))) <= 80
    assert "4 backward passes" in text
    first, *_, last = flow.flows["a rather long name of a deep network"]
    orders = math.log10(last.neurons.median / first.neurons.median)
    assert f"shrinks by {orders:.1f} orders of magnitude from layers[8] back to layers[0]" in " ".join(text.split())
    assert f"{first.parameters.median:9.1e}" in text


def test_zeros_are_counted_and_drawn_at_the_bottom():
    w = [Value(-1.0, f"layers[{i}].w") for i in range(3)]
    signal = Value(1.0, "x")
    for each in w:
        signal = (signal * each).relu()
    flow = gradient_flow(signal + w[0] * 1.0)
    assert "2 of 3 gradients of parameters are zero" in " ".join(str(flow).split())
    assert "1 of 2 gradients of leaves is zero" in str(gradient_flow(Value(2.0, "x") * Value(0.0, "w")))
    ax = flow.plot(of="parameters")
    assert [list(line.get_xdata()) for line in ax.lines if line.get_linestyle() == "None"] == [[2, 3]]


def test_the_picture_shows_the_medians_on_a_log_scale():
    flow = gradient_flow({"sigmoid": mlp(), "tanh": mlp("tanh")}, *data(), nn.mse)
    ax = flow.plot(of="parameters")
    assert ax.get_yscale() == "log"
    assert "log scale" in ax.get_ylabel()
    for line, name in zip(ax.lines, flow.flows, strict=True):
        assert line.get_label() == name
        assert list(line.get_ydata()) == [layer.parameters.median for layer in flow.flows[name]]
    assert len({(line.get_marker(), line.get_linestyle()) for line in ax.lines}) == 2
    assert flow.plot(ax) is ax
    with pytest.raises(ValueError, match="'weights'"):
        flow.plot(of="weights")


def test_bad_input():
    X, y = data()
    with pytest.raises(ValueError, match="needs samples, targets and a loss"):
        gradient_flow(mlp())
    with pytest.raises(ValueError, match="4 and 3 given"):
        gradient_flow(mlp(), X, y[:3], nn.mse)
    with pytest.raises(TypeError, match="expected a model"):
        gradient_flow(3.0, X, y, nn.mse)
    with pytest.raises(TypeError, match="several models need names"):
        gradient_flow([mlp(), mlp()], X, y, nn.mse)
    with pytest.raises(TypeError, match="must return a Value"):
        gradient_flow(mlp(), X, y, lambda prediction, target: 1.0)
    with pytest.raises(ValueError, match="no layers found"):
        gradient_flow(Value(2.0, "a"))
    with no_grad():
        result = mlp()([1.0, 2.0])
    with pytest.raises(ValueError, match="no_grad"):
        gradient_flow(result)
    with pytest.raises(ValueError, match="at least one model"):
        gradient_flow({})


def test_a_chain_of_values_is_told_step_by_step():
    x, w = Value(0.5, "x"), Value(2.0, "w")
    root = ((x * w).sigmoid() * w + x).tanh() * 3.0
    flow = gradient_flow({"chain": root})
    root.backward()
    steps = flow.flows["chain"]
    assert [step.name for step in steps] == ["v1", "v2", "v3", "v4", "v5", "v6"]
    nodes = [node for node in toposort(root) if node.operands]
    assert [step.neurons.median for step in steps] == [abs(node.grad) for node in nodes]
    assert [step.parameters.count for step in steps] == [2, 0, 0, 0, 0, 0]  # where they are used first; 3.0 is none
    assert steps[0].parameters.quantiles[::4] == tuple(sorted((abs(x.grad), abs(w.grad))))
    text = str(flow)
    assert "chain: |gradient| by leaves, 2 numbers from 1 backward pass" in text
    assert "chain: |gradient| by steps, 6 numbers" in text
    assert "nan" not in text
    assert "the steps' median" in text
    ax = flow.plot(of="parameters")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step, from input to output", "|gradient| by leaves (log scale)")
    two = gradient_flow(x.sin() + x.cos()).flows["gradients"]
    assert [(step.name, step.neurons.count) for step in two] == [("step 1", 2), ("v3", 1)]


def test_a_network_unrolled_in_time_is_told_by_its_time_steps():
    layer = nn.LSTM(1, 2, generator=np.random.default_rng(0))
    states, _ = layer.unroll([[0.1 * t] for t in range(5)])
    loss = (states[-1][0] - 1.0) ** 2
    steps = gradient_flow(loss).flows["gradients"]
    loss.backward()
    assert [step.name for step in steps] == [f"step {t}" for t in range(1, 6)]
    # a step hands on its hidden state and its cell; the last hands on one number
    cells = [node for node in toposort(loss) if node.label.startswith("cell[") and node.label.endswith("step 2")]
    handed_on = [abs(node.grad) for node in (*states[1], *cells)]
    assert steps[1].neurons.count == 4
    assert (steps[1].neurons.quantiles[0], steps[1].neurons.quantiles[4]) == (min(handed_on), max(handed_on))
    assert steps[4].neurons.quantiles == (abs(states[-1][0].grad),) * 5
    assert sum(step.parameters.count for step in steps) == len(layer.parameters())


def test_parts_are_neurons_where_asked():
    model = mlp()
    parts = find_parts([model([1.0, 2.0])], str)
    assert [part.name for part in parts][:2] == ["layers[0].neurons[0]", "layers[0].neurons[1]"]
    assert all(len(part.outputs) == 1 for part in parts)
    assert parts[0].parameters == [*model.layers[0].neurons[0].weights, model.layers[0].neurons[0].bias]


def test_medians_farther_apart_than_a_float_can_tell():
    small, large = measure([1e-300]), measure([1e300])
    flow = [LayerFlow("first", small, small), LayerFlow("last", large, large)]
    assert "shrinks by 600.0 orders of magnitude from last back to first" in " ".join(
        str(GradientFlow({"": flow}, 1)).split()
    )


def test_a_result_beside_models_has_one_backward_pass():
    X, y = data()
    flow = gradient_flow({"result": nn.mse(mlp()(X[0]), y[0]), "model": mlp()}, X, y, nn.mse)
    head, other = (line for line in str(flow).split("\n") if "by neurons" in line)
    assert head.endswith("from 1 backward pass")
    assert other.endswith("from 4 backward passes")
    with pytest.raises(ValueError, match="a name of its own, not 1, '1'"):
        gradient_flow({1: mlp(), "1": mlp()}, X, y, nn.mse)


def test_gradients_of_parameters_are_told_apart_from_those_of_neurons():
    weights = [Value(0.5, f"layers[0].neurons[{i}].weights[0]") for i in range(2)]
    outputs = [(weight * Value(1.0, "x")).tanh() for weight in weights]
    flow = gradient_flow(outputs[0] * 2 + outputs[1] * 0 + weights[1] * weights[1])  # the second output does not count
    (layer,) = flow.flows["gradients"]
    assert (layer.neurons.zeros, layer.parameters.zeros) == (1, 0)
    assert str(flow).endswith("\n  no gradient of parameters is zero")


def test_the_legend_says_what_hollow_markers_are():
    dead = [Value(1.0, "x") * Value(-1.0, f"layers[{i}].w") for i in range(2)]
    flow = gradient_flow({name: dead[0].relu() * dead[1].relu() for name in "ab"})
    texts = [text.get_text() for text in flow.plot().get_legend().get_texts()]
    assert sorted(texts) == ["a", "b", "hollow: 0"]


@pytest.mark.parametrize("factor", [math.inf, math.nan])
def test_medians_that_are_not_finite_are_crosses_at_the_top(factor):
    weights = [Value(0.5, f"layers[{i}].w") for i in range(2)]
    signal = (Value(1.0, "x") * weights[0]).tanh()
    flow = gradient_flow(signal * Value(factor) + signal * weights[1])
    ax = flow.plot(of="parameters")
    ax.figure.canvas.draw()
    cross = ax.lines[-1]
    assert (cross.get_marker(), list(cross.get_xdata())) == ("x", [1])
    assert cross.get_ydata()[0] > flow.flows["gradients"][1].parameters.largest
    gradient_flow(signal * weights[1] * factor).plot().figure.canvas.draw()  # nothing else to draw


@pytest.mark.parametrize("name", ["_hidden", "$\\frac{$"])
def test_models_have_their_names_in_the_legend(name):
    models = {each: nn.MLP(1, [1]) for each in (name, "b")}
    flow = gradient_flow(models, [[1.0]], [0.0], nn.mse)
    assert "<svg" in flow._repr_svg_()
    ax = flow.plot()
    texts = [text.get_text().strip().replace(r"\$", "$") for text in ax.get_legend().get_texts()]
    assert name in texts


def test_zeros_lie_below_every_number():
    flow = gradient_flow({"a": nn.MLP(2, [2, 1], init="zeros"), "b": nn.MLP(2, [2, 1])}, [[1.0, 2.0]], [0.5], nn.mse)
    ax = flow.plot()
    hollow = next(line for line in ax.lines if line.get_label() == "hollow: 0")
    least = min(size for layers in flow.flows.values() for layer in layers for size in layer.neurons.quantiles if size)
    assert set(hollow.get_ydata()) == {least / 3}


def test_a_look_at_a_dropout_changes_no_training():
    generator = np.random.default_rng(0)
    model = nn.Sequential(nn.Linear(2, 4, generator=generator), nn.Dropout(0.5, generator=generator), nn.Linear(4, 1))
    before = generator.bit_generator.state
    X, y = [[1.0, 2.0], [0.5, -1.0]], [0.0, 1.0]
    flow = gradient_flow(model, X, y, nn.mse)
    assert generator.bit_generator.state == before
    assert str(flow) == str(gradient_flow(model, X, y, nn.mse))
    assert flow.flows["gradients"][0].neurons.zeros  # what it drops gets no gradient
    with pytest.raises(TypeError):
        gradient_flow(model, X, y, lambda prediction, target: 0.0)
    assert generator.bit_generator.state == before
