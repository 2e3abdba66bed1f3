"""Reads the dense layers of a model from the names of its parameters, with the numbers of one sample."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from engine import grad
from engine import sum as add
from engine.value import Value
from viz.figures.parts import check_model, find_parts, name_inputs, predicting, read_parameters, read_results

WEIGHT = re.compile(r"(.*\bneurons\[(\d+)\])\.weights\[(\d+)\]")
NEURON = re.compile(r".*\bneurons\[\d+\]")


@dataclass
class Dense:
    """A dense layer: the names of its neurons, the weights of each in the order of its inputs, its bias or None."""

    name: str
    neurons: list[str] = field(default_factory=list)
    weights: list[list[Value]] = field(default_factory=list)
    biases: list[Value | None] = field(default_factory=list)


@dataclass(frozen=True)
class LayerState:
    """The numbers of a layer for one sample, or those of the inputs, which have no weights.

    names              of the units: the neurons, or the inputs
    numbers            the output of each unit
    gradients          the gradient of the result by each of these
    weights            for each unit, one per input
    weight_gradients   the gradient of the result by each weight
    biases             one per unit
    """

    name: str
    names: list[str]
    numbers: list[float]
    gradients: list[float]
    weights: list[list[float]]
    weight_gradients: list[list[float]]
    biases: list[float]


def read_dense(model: Any) -> list[Dense]:
    """The dense layers in order; ValueError if there are none, or if one does not feed the next."""
    layers: dict[str, Dense] = {}
    parameters = dict(read_parameters(model))
    for name, parameter in parameters.items():
        found = WEIGHT.fullmatch(name)
        if not found:
            continue
        neuron, layer_name = found[1], found[1].rpartition("neurons[")[0].rstrip(".") or "layer"
        layer = layers.setdefault(layer_name, Dense(layer_name))
        if neuron not in layer.neurons:
            layer.neurons.append(neuron)
            layer.weights.append([])
            layer.biases.append(parameters.get(f"{neuron}.bias"))
        layer.weights[-1].append(parameter)
    dense = list(layers.values())
    if not dense:
        raise ValueError(
            "the model has no dense layers (their parameters have names like layers[0].neurons[2].weights[1]): "
            "draw its graph instead, viz.draw(loss, fold='layer')"
        )
    for before, layer in pairwise(dense):
        if len(before.neurons) != len(layer.weights[0]):
            raise ValueError(
                f"{before.name} has {len(before.neurons)} neurons, {layer.name} takes {len(layer.weights[0])} inputs: "
                "draw dense layers with other layers between them by viz.draw(loss, fold='layer')"
            )
    return dense


def read_layers(
    model: Any, sample: Sequence[Any], loss: Callable[[Any], Value] | None = None
) -> tuple[list[LayerState], Value]:
    """The inputs and every dense layer with their numbers for one sample, and the result, of a model as it predicts.

    loss   a function from the model's prediction to the result; by default the sum of the outputs
    """
    check_model(model)
    dense = read_dense(model)
    inputs = name_inputs(sample)
    if len(inputs) != len(dense[0].weights[0]):
        raise ValueError(f"the sample must have {len(dense[0].weights[0])} numbers, not {len(inputs)}")
    with predicting(model):
        prediction = model(inputs)
    results = read_results(prediction)
    root = loss(prediction) if loss else results[0] if len(results) == 1 else add(results)
    if not isinstance(root, Value):
        raise TypeError(f"the loss must return a Value, not {type(root).__name__}")
    outputs = find_outputs(dense, results)
    layers = [_input_layer(inputs, grad(root, inputs))]
    for layer, nodes in zip(dense, outputs, strict=True):
        flat = [weight for row in layer.weights for weight in row]
        gradients = iter(grad(root, flat))
        weight_gradients = [[next(gradients) for _ in row] for row in layer.weights]
        weights = [[weight.data for weight in row] for row in layer.weights]
        biases = [0.0 if bias is None else bias.data for bias in layer.biases]
        numbers = [node.data for node in nodes]
        layers.append(
            LayerState(layer.name, layer.neurons, numbers, grad(root, nodes), weights, weight_gradients, biases)
        )
    return layers, root


def find_outputs(dense: Sequence[Dense], results: list[Value]) -> list[list[Value]]:
    """The output of each neuron of each layer, as a node of the graph; ValueError if the graph lacks one."""
    output_of = {part.name: part.outputs[-1] for part in find_parts(results, _find_neuron) if part.outputs}
    labels = [[row[0].label.rpartition(".")[0] for row in layer.weights] for layer in dense]
    missing = [label for names in labels for label in names if label not in output_of]
    if missing:
        raise ValueError(f"the prediction does not depend on {missing[0] or 'parameters without names'}")
    outputs = [[output_of[label] for label in names] for names in labels]
    if len(results) == len(outputs[-1]):
        outputs[-1] = results  # softmax and the like follow the neurons
    return outputs


def _find_neuron(scope: str) -> str:
    found = NEURON.match(scope)
    return found[0] if found else scope


def _input_layer(inputs: list[Value], gradients: list[float]) -> LayerState:
    return LayerState("inputs", [x.label or "input" for x in inputs], [x.data for x in inputs], gradients, [], [], [])
