"""The picture of a network: numbers against NumPy, lines and units against the model, hostile and bad input."""

import math
import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import pytest

import nn
from engine import Value
from viz.figures.histograms import measure_activations
from viz.figures.network import DASH, MOST, NEGATIVE, NONE, POSITIVE, TITLED, network, shade
from viz.files import find_size

NAME = "{http://www.w3.org/2000/svg}"


def mlp(*widths, activation="tanh", output="linear"):
    first, *others = widths
    return nn.MLP(first, others, activation, output, generator=np.random.default_rng(0))


def test_the_numbers_are_those_of_matrices():
    """One hidden layer of tanh: δ2 = 2(y - 1), δ1 = (W2ᵀ δ2)(1 - h²), ∂L/∂W1 = δ1 xᵀ."""
    model, x = mlp(2, 3, 1), np.array([1.0, -0.5])
    W1, W2 = (np.array([[w.data for w in neuron.weights] for neuron in layer.neurons]) for layer in model.layers)
    b1, b2 = (np.array([neuron.bias.data for neuron in layer.neurons]) for layer in model.layers)
    h = np.tanh(W1 @ x + b1)
    y = W2 @ h + b2
    inputs, hidden, output = network(model, x, lambda p: (p - 1.0) ** 2).layers
    delta = (W2.T @ (2 * (y - 1))) * (1 - h * h)
    assert inputs.numbers == [1.0, -0.5]
    assert np.allclose(inputs.gradients, W1.T @ delta, rtol=1e-12, atol=0)
    assert np.allclose(hidden.numbers, h, rtol=1e-12, atol=0)
    assert np.allclose(hidden.gradients, W2.T @ (2 * (y - 1)), rtol=1e-12, atol=0)
    assert np.allclose(hidden.weight_gradients, np.outer(delta, x), rtol=1e-12, atol=0)
    assert np.allclose(output.weight_gradients, np.outer(2 * (y - 1), h), rtol=1e-12, atol=0)
    assert np.array_equal(hidden.weights, W1)
    assert network(model, x).result == pytest.approx(float(y[0]), rel=1e-12)


def test_every_weight_is_a_line_and_every_unit_a_circle():
    drawing = network(mlp(2, 4, 3), [1.0, -0.5])
    tree = ET.fromstring(drawing.svg)
    titles = [title.text for title in tree.iter(f"{NAME}title")]
    assert sum(text.startswith("weight ") for text in titles) == 2 * 4 + 4 * 3
    circles = [
        group
        for group in tree.iter(f"{NAME}g")
        if group.find(f"{NAME}circle") is not None and group.find(f"{NAME}title") is not None
    ]
    assert len(circles) == 2 + 4 + 3
    for group in tree.iter(f"{NAME}g"):
        title = group.find(f"{NAME}title")
        if title is not None and title.text.startswith("weight "):
            line, weight = group.find(f"{NAME}path"), float(re.search(r": (\S+)\n", title.text)[1])
            assert line.get("stroke") == (POSITIVE if weight > 0 else NEGATIVE)
            assert line.get("stroke-dasharray") == (None if weight > 0 else DASH)


def test_width_grows_with_the_gradient():
    tree = ET.fromstring(network(mlp(3, 5, 2), [1.0, -0.5, 0.2]).svg)
    lines = []
    for group in tree.iter(f"{NAME}g"):
        title = group.find(f"{NAME}title")
        if title is not None and title.text.startswith("weight "):
            lines.append(
                (abs(float(title.text.rpartition(" ")[2])), float(group.find(f"{NAME}path").get("stroke-width")))
            )
    widths = [width for _, width in sorted(lines)]
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]


def test_softmax_shows_probabilities():
    model = mlp(2, 3, output="softmax")
    drawing = network(model, [1.0, -0.5], lambda p: -p[1].log())
    assert sum(drawing.layers[-1].numbers) == pytest.approx(1.0, abs=1e-12)


def test_normalisation_between_dense_layers_is_passed():
    generator = np.random.default_rng(0)
    model = nn.Sequential(
        nn.Layer(2, 3, "relu", generator=generator), nn.BatchNorm(3), nn.Layer(3, 1, "linear", generator=generator)
    )
    layers = network(model.eval(), [1.0, -0.5]).layers
    assert [layer.name for layer in layers] == ["inputs", "layers[0]", "layers[2]"]


def test_a_large_layer_is_summarised():
    drawing = network(mlp(2, MOST + 1, 3), [1.0, -0.5])
    text = drawing.svg
    assert f"{MOST + 1} units with outputs from" in text
    assert text.count("<circle") == 2 + 3 + 3  # the units, and three in the legend
    assert text.count("weights, largest |gradient|") == 2 + 3
    assert repr(drawing).startswith(f"NetworkDrawing(2-{MOST + 1}-3, {2 * (MOST + 1) + 3 * (MOST + 1)} weights")
    ET.fromstring(network(mlp(2, MOST + 1, MOST + 2, 1), [1.0, -0.5]).svg)


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", range(3))
def test_a_number_that_is_not_finite_hides_no_other_wherever_it_stands(broken, place):
    sample = [0.0, 1.0, -2.0]
    sample[place] = broken
    drawing = network(mlp(3, 1), sample)
    largest = max(abs(number) for number in sample if math.isfinite(number))
    found = re.findall(r"<title>x\d: (.*?)\n.*?<circle.*?fill=\"(.*?)\"", drawing.svg, re.DOTALL)
    assert [float(number) for number, _ in found] == pytest.approx(sample, nan_ok=True)
    for number, (_, fill) in zip(sample, found, strict=True):
        assert fill == shade(abs(number) / largest if math.isfinite(number) else 1.0)


def test_the_summary_of_a_layer_has_nan_at_its_end():
    model = mlp(2, MOST + 1, 1)
    for neuron in (0, 20):
        model.layers[0].neurons[neuron].bias.data = math.nan
        drawing = network(model, [1.0, -0.5])
        least = min(number for number in drawing.layers[1].numbers if number == number)
        assert f"{MOST + 1} units with outputs from {least!r} to nan" in drawing.svg
        assert drawing.svg.count(f"{MOST + 1} weights, largest |gradient| nan") == 3  # of the inputs, and of the output


def test_many_layers_keep_to_the_width_of_a_readme():
    model = nn.MLP(2, [4] * 9 + [1], "tanh", generator=np.random.default_rng(0))
    svg = network(model, [1.0, 2.0]).svg
    assert float(re.search(r' width="([\d.]+)"', svg)[1]) <= 840
    assert min(float(size) for size in re.findall(r'font-size="([\d.]+)"', svg)) >= 9
    circles = [float(x) for x in re.findall(r'<circle cx="([\d.]+)" cy="[\d.]+" r="17', svg)]
    assert all(after - before >= 60 for before, after in pairwise(sorted(set(circles))))


def test_many_weights_share_paths():
    drawing = network(mlp(64, 64, 1), np.linspace(-1, 1, 64))
    assert TITLED < 64 * 64
    assert sum(d.count("M") for d in re.findall(r'd="(M[^"]*)"', drawing.svg)) >= 64 * 64
    assert drawing.svg.count("<path") < 400


def test_the_same_input_gives_the_same_bytes(tmp_path):
    model = mlp(2, 3, 1)
    first, second = network(model, [1.0, 2.0]), network(model, [Value(1.0), 2.0])
    assert first.svg == second.svg == first._repr_svg_()
    first.save(tmp_path / "network.svg")
    assert (tmp_path / "network.svg").read_text() == first.svg
    with pytest.raises(ValueError, match=r"\.svg"):
        first.save(tmp_path / "network.html")


def test_gradients_are_left_alone():
    model = mlp(2, 3, 1)
    model.parameters()[0].grad = 7.0
    network(model, [1.0, 2.0])
    assert model.parameters()[0].grad == 7.0


def test_hostile_names_stay_text():
    drawing = network(mlp(2, 2, 1), [Value(1.0, "<svg onload=x>"), Value(2.0, "b\x00&")])
    assert "<svg onload" not in drawing.svg
    ET.fromstring(drawing.svg)


def test_bad_input():
    with pytest.raises(ValueError, match="the sample must have 2 numbers, not 3"):
        network(mlp(2, 3, 1), [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="no dense layers"):
        network(nn.Conv1d(1, 1, 2), [1.0])
    with pytest.raises(TypeError, match="expected a model"):
        network(3.0, [1.0])
    with pytest.raises(TypeError, match="must return a Value"):
        network(mlp(2, 1), [1.0, 2.0], lambda p: 1.0)
    mixed = nn.Sequential(nn.Layer(2, 4), nn.Conv1d(1, 1, 2), nn.Layer(3, 1))
    with pytest.raises(ValueError, match=r"has 4 neurons, layers\[2\] takes 3 inputs"):
        network(mixed, [1.0, 2.0])


def test_numbers_in_units_are_written_as_people_do():
    sample = [100.0, -2005.5, 0.25, -0.033, 1e-5]
    svg = network(nn.MLP(5, [1], init="zeros"), sample).svg
    written = [re.findall(r">([^<]*)</text>", unit)[0] for unit in svg.split("<title>x")[1:]]
    assert written == ["100", "-2006", "0.25", "-0.033", "1e-05"]


def test_a_model_is_drawn_as_it_predicts_and_draws_nothing():
    for part in (nn.Dropout(0.5, generator=np.random.default_rng(1)), nn.BatchNorm(3)):
        generator = np.random.default_rng(0)
        model = nn.Sequential(nn.Layer(2, 3, "tanh", generator=generator), part, nn.Layer(3, 1, generator=generator))
        drawing = network(model, [1.0, 2.0])
        assert drawing.result == pytest.approx(nn.predict(model, [[1.0, 2.0]])[0], rel=1e-12)
        assert {"layers[0]", "layers[2]"} <= set(measure_activations(model, [[1.0, 2.0]]))
        assert all(module.training for module in model.modules())
    first, other = (nn.Dropout(0.5, generator=np.random.default_rng(1)) for _ in range(2))
    model = nn.Sequential(nn.Layer(2, 3), first, nn.Layer(3, 1))
    network(model, [1.0, 2.0])
    measure_activations(model, [[1.0, 2.0]])
    ones = [Value(1.0)] * 20
    assert [value.data for value in first(ones)] == [value.data for value in other(ones)]


@pytest.mark.parametrize("number", [0.0, math.nan])
def test_a_weight_without_a_sign_is_neither_positive_nor_negative(number):
    model = nn.MLP(2, [1], generator=np.random.default_rng(0))
    for weight in model.layers[0].neurons[0].weights:
        weight.data = number
    lines = re.findall(r"<title>weight .*?</title><path[^>]*>", network(model, [1.0, 2.0]).svg, re.S)
    assert len(lines) == 2
    assert all(NONE in line and 'stroke-dasharray="1 2"' in line for line in lines)


def test_sixteen_layers_are_read_in_a_notebook():
    drawing = network(mlp(2, *[3] * 15, 1), [1.0, 2.0])
    assert find_size(drawing.svg)[0] <= 978
    names = re.findall(r"layers\[\d+\](?=</text>)", drawing.svg)
    assert names == [f"layers[{number}]" for number in range(1, 16, 2)]


def test_what_is_nearly_a_whole_number_is_not_shown_as_it():
    model = mlp(2, 2, 1)
    weights = model.layers[0].neurons
    weights[0].weights[0].data, weights[0].weights[1].data = -3.1, 0.0  # tanh: -0.996
    weights[1].weights[0].data, weights[1].weights[1].data = -30.0, 0.0  # tanh: -1
    inside = re.findall(r"(?<=>)[-.0-9]+(?=</text>)", network(model, [1.0, 9.96]).svg)
    assert {"1", "10", "-1", "-1.0"} <= set(inside)


def test_a_unit_whose_number_is_too_long_shows_it_rounded_further():
    sample = [0.00043, -0.00043, -1.26e-7, 1.26e10, 4.3e-120, 1.26]  # empty, they looked like an output of 0
    drawn = network(nn.MLP(6, [1], init="zeros"), sample).svg
    written = [re.findall(r">([^<]*)</text>", unit)[0] for unit in drawn.split("<title>x")[1:]]
    assert written == ["4e-04", "-4e-04", "-1e-07", "1e+10", "4e-120", "1.3"]
