"""The dense layers of a model, read from the names of its parameters, and what a sample makes of them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from engine import grad
from engine import sum as add
from engine.value import Value
from viz.figures.units import check_model, find_units, name_inputs, read_results

WEIGHT = re.compile(r"(.*\bneurons\[(\d+)\])\.weights\[(\d+)\]")
NEURON = re.compile(r".*\bneurons\[\d+\]")


@dataclass
class Dense:
    """A dense layer: for each neuron its name, its weights in the order of its inputs, and its bias or None."""

    name: str
    neurons: list[str] = field(default_factory=list)
    weights: list[list[Value]] = field(default_factory=list)
    biases: list[Value | None] = field(default_factory=list)


@dataclass(frozen=True)
class Column:
    """A layer as a sample passes it, or the inputs, which have no weights.

    numbers     what each unit puts out
    gradients   the result's gradient by them
    weights     for each unit, those of its inputs
    slopes      the result's gradient by the weights
    biases      for each unit
    """

    name: str
    units: list[str]
    numbers: list[float]
    gradients: list[float]
    weights: list[list[float]]
    slopes: list[list[float]]
    biases: list[float]


def read_dense(model: Any) -> list[Dense]:
    """The dense layers in order; ValueError where there are none, or where one does not feed the next."""
    if not hasattr(model, "named_parameters"):
        raise TypeError(f"expected a model with named_parameters(), not {type(model).__name__}: {str(model)[:60]}")
    layers: dict[str, Dense] = {}
    parameters = dict(model.named_parameters())
    for name, parameter in parameters.items():
        found = WEIGHT.fullmatch(name)
        if not found:
            continue
        neuron, place = found[1], found[1].rpartition("neurons[")[0].rstrip(".") or "layer"
        layer = layers.setdefault(place, Dense(place))
        if neuron not in layer.neurons:
            layer.neurons.append(neuron)
            layer.weights.append([])
            layer.biases.append(parameters.get(f"{neuron}.bias"))
        layer.weights[-1].append(parameter)
    dense = list(layers.values())
    if not dense:
        raise ValueError(
            "the model has no dense layers, whose parameters are named like layers[0].neurons[2].weights[1]: "
            "draw its graph instead, viz.draw(loss, fold='layer')"
        )
    for before, layer in pairwise(dense):
        if len(before.neurons) != len(layer.weights[0]):
            raise ValueError(
                f"{before.name} has {len(before.neurons)} neurons, {layer.name} takes {len(layer.weights[0])} inputs: "
                "dense layers with others between them are drawn by viz.draw(loss, fold='layer')"
            )
    return dense


def read_columns(
    model: Any, sample: Sequence[Any], loss: Callable[[Any], Value] | None = None
) -> tuple[list[Column], Value]:
    """The inputs and every dense layer with the numbers that a sample gives, and the result they lead to.

    loss   from the model's prediction to the result; by default the sum of the outputs
    """
    check_model(model)
    dense = read_dense(model)
    inputs = name_inputs(sample)
    if len(inputs) != len(dense[0].weights[0]):
        raise ValueError(f"a sample of {len(dense[0].weights[0])} numbers is needed, {len(inputs)} given")
    prediction = model(inputs)
    results = read_results(prediction)
    root = loss(prediction) if loss else results[0] if len(results) == 1 else add(results)
    if not isinstance(root, Value):
        raise TypeError(f"the loss must return a Value, not {type(root).__name__}")
    outputs = find_outputs(dense, results)
    columns = [_input_column(inputs, grad(root, inputs))]
    for layer, nodes in zip(dense, outputs, strict=True):
        flat = [weight for row in layer.weights for weight in row]
        gradients = iter(grad(root, flat))
        slopes = [[next(gradients) for _ in row] for row in layer.weights]
        weights = [[weight.data for weight in row] for row in layer.weights]
        biases = [0.0 if bias is None else bias.data for bias in layer.biases]
        numbers = [node.data for node in nodes]
        columns.append(Column(layer.name, layer.neurons, numbers, grad(root, nodes), weights, slopes, biases))
    return columns, root


def find_outputs(dense: Sequence[Dense], results: list[Value]) -> list[list[Value]]:
    """What each neuron of each layer puts out, in the graph behind the results; ValueError where one is not there."""
    puts_out = {unit.name: unit.outputs[-1] for unit in find_units(results, _find_neuron) if unit.outputs}
    labels = [[row[0].label.rpartition(".")[0] for row in layer.weights] for layer in dense]
    missing = [label for names in labels for label in names if label not in puts_out]
    if missing:
        raise ValueError(f"the prediction does not depend on {missing[0] or 'parameters without names'}")
    outputs = [[puts_out[label] for label in names] for names in labels]
    if len(results) == len(outputs[-1]):
        outputs[-1] = results  # softmax and the like come behind the neurons
    return outputs


def _find_neuron(scope: str) -> str:
    found = NEURON.match(scope)
    return found[0] if found else scope


def _input_column(inputs: list[Value], gradients: list[float]) -> Column:
    return Column("inputs", [x.label or "input" for x in inputs], [x.data for x in inputs], gradients, [], [], [])
