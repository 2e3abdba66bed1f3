"""Reads a model, its data and how to train it as the settings that the playground opens with."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.arrays import read_array
from engine.functions import affine, logsumexp
from engine.numbers import CONSTANT, as_float, write_count
from engine.registry import apply
from engine.value import Value
from viz.figures.dense import Dense, find_outputs, read_dense
from viz.figures.parts import check_model, read_results
from viz.playgrounds.network.offered import ACTIVATIONS, LOSSES, MOST, OPTIMISERS, SLOPE
from viz.svg import shorten

Array = NDArray[Any]
DEFAULTS: dict[str, Any] = {
    "loss": None, "optimizer": "adam", "lr": 0.01, "momentum": 0.9, "batch_size": None, "weight_decay": 0.0, "seed": 0,
}  # fmt: skip
MORE = "the playground shows dense layers in sequence, each with its activation; this model does more"
TRIED = 5  # rows on which the model and the network read from it must agree


def read_network(model: Any, X: Any, y: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings for the page, and the names of the classes.

    options   loss, optimizer, lr, momentum, batch_size, weight_decay and seed, as `viz.playground` takes them

    TypeError or ValueError if the playground cannot train the model, or if the data do not fit.
    """
    unknown = [name for name in options if name not in DEFAULTS]
    if unknown:
        raise TypeError(f"unknown argument: {unknown[0]!r} (one of {', '.join(DEFAULTS)})")
    chosen = DEFAULTS | dict(options)
    check_model(model)
    dense = read_dense(model)
    if X is None or y is None:
        raise TypeError("a model needs its data: playground(model, X, y)")
    rows = _read_rows(X, len(dense[0].weights[0]))
    if not all(np.isfinite(leaf.data) for layer in dense for leaf in _list_parameters(layer)):
        raise ValueError("the model has parameters that are not finite")
    activation, output = _read_activations(model, dense, rows[0].tolist())
    loss = _choose_loss(chosen["loss"], output, len(dense[-1].neurons))
    _check_size(dense)
    _compare(model, dense, activation, output, rows[:TRIED].tolist())
    classes, targets, labels = _read_targets(y, len(rows), loss, len(dense[-1].neurons))
    if chosen["optimizer"] not in OPTIMISERS:
        raise ValueError(f"optimizer must be {' or '.join(map(repr, OPTIMISERS))}, not {chosen['optimizer']!r}")
    settings = {
        "data": "points",
        "points": [[*row, target] for row, target in zip(rows.tolist(), targets, strict=True)],
        "classes": classes,
        "hidden": [len(layer.neurons) for layer in dense[:-1]],
        "activation": activation,
        "loss": loss,
        "optimiser": chosen["optimizer"],
        "rate": _read_amount("lr", chosen["lr"]),
        "momentum": _read_amount("momentum", chosen["momentum"], most=1),
        "batch": _read_whole("batch_size", chosen["batch_size"], 1) if chosen["batch_size"] is not None else 0,
        "decay": _read_amount("weight_decay", chosen["weight_decay"]),
        "seed": _read_whole("seed", chosen["seed"], 0),
        "start": [leaf.data for layer in dense for leaf in _list_parameters(layer)],
    }
    return {"settings": settings, "labels": labels}


def _list_parameters(layer: Dense) -> list[Value]:
    """The parameters in the order of the playground: for each neuron, its weights and then its bias."""
    pairs = zip(layer.weights, layer.biases, strict=True)
    return [leaf for weights, bias in pairs for leaf in (*weights, bias) if leaf is not None]


def _read_rows(X: Any, inputs: int) -> Array:
    rows = read_array("X", X, float)
    if rows.ndim != 2 or not len(rows) or rows.shape[1] != inputs:
        raise ValueError(
            f"X must be rows of {inputs} numbers, as the model takes them, not an array of shape {rows.shape}"
        )
    if len(rows) > MOST["points"]:
        raise ValueError(f"X has {len(rows):,} rows; the playground takes at most {MOST['points']:,}")
    if inputs > MOST["inputs"]:
        raise ValueError(f"the playground takes at most {MOST['inputs']} inputs; X has {inputs}")
    if not np.isfinite(rows).all():
        raise ValueError("X must be finite, but contains nan or infinity")
    return rows


def _check_size(dense: list[Dense]) -> None:
    count = sum(len(_list_parameters(layer)) for layer in dense)
    if count > MOST["parameters"]:
        raise ValueError(f"the playground trains at most {MOST['parameters']:,} parameters; the model has {count:,}")
    widest = max(len(layer.neurons) for layer in dense)
    if len(dense) - 1 > MOST["hidden"] or widest > MOST["width"]:
        limits = f"{MOST['hidden']} hidden layers of at most {MOST['width']} neurons"
        raise ValueError(
            f"the playground shows at most {limits}; the model has {len(dense) - 1}, the widest of {widest}"
        )


def _read_activations(model: Any, dense: list[Dense], sample: list[float]) -> tuple[str, str]:
    """The activation of all hidden layers and that of the outputs, read from the graph of a sample."""
    held = {leaf for layer in dense for leaf in _list_parameters(layer)}
    without = [layer.name for layer in dense if None in layer.biases]
    if without:
        raise ValueError(f"the neurons of {without[0]} have no bias; in the playground all neurons have one")
    others = [name for name, leaf in model.named_parameters() if leaf not in held]
    if others:
        raise ValueError(
            f"{others[0]} is neither a weight nor a bias of a dense layer: the playground trains nothing else"
        )
    results = read_results(model([Value(number, f"x{i + 1}") for i, number in enumerate(sample)]))
    outputs = find_outputs(dense, results)
    found = [{_read_activation(node) for node in nodes} for nodes in outputs]
    names = sorted(set[str]().union(*found[:-1]))
    if len(names) > 1:
        raise ValueError(f"the playground has one activation for all hidden layers; the model has {', '.join(names)}")
    if not all(name.isidentifier() for name in (*names, *found[-1]) if " " not in name):
        raise ValueError(MORE)
    if names and names[0] not in ACTIVATIONS:
        raise ValueError(f"hidden layers: {names[0]} is not among {', '.join(ACTIVATIONS)}")
    if len(found[-1]) > 1:
        raise ValueError(f"the outputs have different activations: {', '.join(sorted(found[-1]))}")
    return names[0] if names else "tanh", found[-1].pop()


def _read_activation(node: Value) -> str:
    """The activation applied to a weighted sum; for any other operation, its name."""
    match node.op, [operand.op for operand in node.operands]:
        case "affine", _:
            return "linear"
        case "leaky_relu", ["affine", op] if op == CONSTANT and node.operands[1].data == SLOPE:
            return "leaky_relu"
        case "leaky_relu", _:
            return f"a leaky_relu whose slope is not {SLOPE}"
        case "-", ["affine", "logsumexp"]:
            return "log_softmax"
        case "exp", ["-"]:
            return "softmax"
    return node.op or "an input"


def _choose_loss(loss: Any, output: str, outputs: int) -> str:
    """The given loss, or by default one that fits the outputs."""
    fitting = [
        name for name, known in LOSSES.items() if known.output == output and (known.targets == "class") == (outputs > 1)
    ]
    if not fitting:
        advice = "end it with linear, and train it with a loss on logits"
        told = f"{write_count(outputs, f'{output} output')}"
        raise ValueError(f"the playground has no loss for {told}: {advice}")
    if loss is None:
        return fitting[0]
    if not isinstance(loss, str) or loss not in LOSSES:
        raise ValueError(f"loss must be a name, one of {', '.join(LOSSES)}, not {loss!r}")
    if loss not in fitting:
        needed = f"{'several outputs' if LOSSES[loss].targets == 'class' else 'one output'}, {LOSSES[loss].output}"
        raise ValueError(f"{loss} needs {needed}; the model has {outputs}, {output} (one of {', '.join(fitting)} fits)")
    return loss


def _compare(model: Any, dense: list[Dense], activation: str, output: str, rows: list[list[float]]) -> None:
    """Raise ValueError if the model and the network read from it compute different outputs."""
    for row in rows:
        values: list[Any] = [Value(number) for number in row]
        for layer in dense:
            biases = [bias for bias in layer.biases if bias is not None]
            pairs = zip(layer.weights, biases, strict=True)
            sums = [affine(tuple(weights), tuple(values), bias) for weights, bias in pairs]
            values = _activate(output if layer is dense[-1] else activation, sums)
        found = [value.data for value in read_results(model(row))]
        if not np.allclose(found, [value.data for value in values], rtol=1e-9, atol=1e-12, equal_nan=True):
            raise ValueError(MORE)


def _activate(activation: str, values: list[Value]) -> list[Value]:
    if activation == "linear":
        return values
    if activation == "log_softmax":
        normaliser = logsumexp(values)
        return [value - normaliser for value in values]
    further = (SLOPE,) if activation == "leaky_relu" else ()
    return [apply(activation, value, *further) for value in values]


def _read_targets(y: Any, rows: int, loss: str, outputs: int) -> tuple[int, list[float], list[str]]:
    """The number of classes (0 if targets are numbers), the targets, and the names of the classes."""
    array = read_array("y", y)
    if array.shape == (rows, 1):
        array = array[:, 0]
    if array.shape != (rows,):
        raise ValueError(f"y must be {rows} targets, one per row, not an array of shape {array.shape}")
    targets = LOSSES[loss].targets
    labels: list[str] = []
    if array.dtype.kind not in "fiu" and targets != "number":
        names, array = np.unique(array, return_inverse=True)
        labels = [shorten(str(name), 40) for name in names.tolist()]
        if len(labels) > max(outputs, 2):
            raise ValueError(f"y has {len(labels)} different labels, but the model has {max(outputs, 2)} classes")
    numbers = [as_float(number, "y: ") for number in array.tolist()]
    allowed = set(range(outputs)) if targets == "class" else {0, 1}
    if targets == "sign" and not labels:
        if not set(numbers) <= {-1, 1}:
            raise ValueError("y: the targets of hinge are -1 and +1")
        numbers = [(number + 1) / 2 for number in numbers]
    if targets == "number" and not set(numbers) <= allowed:
        if not np.isfinite(numbers).all():
            raise ValueError("y must be finite, but contains nan or infinity")
        return 0, numbers, []
    wrong = next((number for number in numbers if number not in allowed), None)
    if wrong is not None:
        others = "; loss='mse' takes numbers" * (outputs == 1 and LOSSES[loss].output == LOSSES["mse"].output)
        raise ValueError(f"y: {wrong:g} is not a class of {loss} ({', '.join(map(str, sorted(allowed)))}){others}")
    classes = outputs if targets == "class" else 2
    if classes > MOST["classes"]:
        raise ValueError(f"the playground shows at most {MOST['classes']} classes; the model has {classes}")
    return classes, numbers, labels


def _read_amount(name: str, given: Any, most: int = 1000) -> float:
    number = as_float(given, f"{name}: ")
    if not 0 <= number <= most:
        raise ValueError(f"{name} must be from 0 to {most}, not {number:g}")
    return number


def _read_whole(name: str, given: Any, least: int) -> int:
    if isinstance(given, bool) or not isinstance(given, int | np.integer) or not least <= given < 2**53:
        raise ValueError(f"{name} must be a whole number, at least {least}, not {given!r}")
    return int(given)
