"""ONNX: write a model to a file that other programs can run, such as onnxruntime."""

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from itertools import pairwise, product
from os import PathLike
from typing import Any

import numpy as np

from engine import Value
from engine.files import replace
from engine.numbers import write_count
from nn import layers
from nn.activations import WHOLE, Activate, PReLU
from nn.arguments import Array, check_whole
from nn.export.pytorch import find_conversion, name_activation, read_dense
from nn.export.tensors import Graph, Tensor, apply
from nn.module import Module, check_model
from nn.nested import check_sizes, each, is_list

OPERATORS, FORMAT = 18, 8  # versions of 2022, which programs of today read
END = np.iinfo(np.int64).max

Shape = tuple[int | str, ...]
Recurrent = layers.RNN | layers.LSTM | layers.GRU


def to_onnx(model: Module, path: str | PathLike[str], *, shape: Sequence[int | str] | None = None) -> None:
    """Write a model, as it is in evaluation, to an ONNX file; an old file is replaced as a whole.

    shape   the shape of one sample: sizes, and names for sizes that may vary, such as (1, "height", "width"); by
            default that of the first layer, with any lengths of sequences and sizes of images

    The file has one input, "input" (rows, *shape), with any number of rows, and one output, "output" (rows, ...), which
    is (rows, 1) for one number per row. Numbers have double precision; indices of an Embedding are 64-bit integers.
    Where onnxruntime's operator has single precision only, as for convolutions and recurrent layers, the file uses
    other operators.

    TypeError for a module that is not one of nn's layers; ValueError if the shape is unknown or does not fit;
    ImportError without the package onnx; OSError if the file cannot be written.

        to_onnx(model, "model.onnx")
        onnxruntime.InferenceSession("model.onnx").run(None, {"input": X})  # [(rows, 1)] for a model of one output
    """
    try:
        onnx: Any = import_module("onnx")
    except ImportError:
        raise ImportError('to_onnx needs the package onnx: pip install -e ".[onnx]" in the checkout') from None
    check_model(model)
    made = _make(onnx, model, _check_shape(model, shape))
    with replace(path) as file:
        file.write(made.SerializeToString())


def _make(onnx: Any, model: Module, shape: Shape) -> Any:
    graph = Graph(onnx)
    given = graph.name(1 + len(shape), "input")
    result = graph.add("Identity", _convert(model, given), name="output")
    elem_type = "INT64" if isinstance(_find_first(model), layers.Embedding) else "DOUBLE"
    inputs = [graph.describe(given, elem_type, ["rows", *shape])]
    outputs = [graph.describe(result, sizes=["rows", *[None] * (result.axes - 1)])]
    whole = onnx.helper.make_graph(graph.nodes, "model", inputs, outputs, graph.constants, repr(model))
    versions = [onnx.helper.make_opsetid("", OPERATORS)]
    made = onnx.helper.make_model(whole, opset_imports=versions, ir_version=FORMAT, producer_name="gradwalk")
    try:
        onnx.checker.check_model(made, full_check=True)
        return onnx.shape_inference.infer_shapes(made, strict_mode=True, data_prop=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ValueError(f"samples of shape {shape} do not go through {model!r}: {error}") from None


def _check_shape(model: Module, shape: Sequence[int | str] | None) -> Shape:
    if shape is None:
        found = _shape(_find_first(model))
        if found is None:
            raise ValueError(
                f"{model!r} says nothing of its input: give the shape of a sample, such as shape=(3, 'length')"
            )
        return found
    if not is_list(shape) or not len(shape):
        raise ValueError(f"shape must be the sizes of a sample, such as (3, 'length'), not {shape!r}")
    return tuple(
        size if isinstance(size, str) and size.isidentifier() else check_whole(f"shape[{axis}]", size)
        for axis, size in enumerate(shape)
    )


def _find_first(model: Module) -> Module:
    """Return the first of the innermost modules that does not accept any shape."""
    match model:
        case layers.MLP() | layers.Sequential():
            within = [_find_first(layer) for layer in model.layers]
            return next((layer for layer in within if type(layer) not in ELEMENTWISE), within[0])
        case layers.Residual():
            return _find_first(model.body)
    return model


def _shape(first: Module) -> Shape | None:
    match first:
        case layers.Conv1d():
            return first.channels, "length"
        case layers.Conv2d():
            return first.channels, "height", "width"
        case layers.RNN() | layers.LSTM() | layers.GRU():
            return "steps", first.n_inputs
        case layers.Embedding():
            return ("steps",)
    width = getattr(first, "n_in", None)
    return None if width is None else (width,)


def _convert(module: Module, x: Tensor) -> Tensor:
    result: Tensor = find_conversion("to_onnx", CONVERSIONS, module)(module, x)
    return result


def _numbers(nested: Any) -> Array:
    """Return the numbers of nested lists of Values as an array."""
    return np.array(each(float, nested), np.float64)


def _expect(module: Module, x: Tensor, axes: int) -> None:
    if x.axes != 1 + axes:
        taken = write_count(axes, "axis", "axes")
        raise ValueError(
            f"{module!r} takes samples of {taken}, not of {x.axes - 1}; perhaps another shape, or Flatten()"
        )


def _activate(x: Tensor, given: list[Any]) -> Tensor:
    """Apply the activation of a layer, given that of each of its neurons."""
    name = name_activation("to_onnx", given)
    if name == "linear":
        return x
    if name in WHOLE:
        return x.graph.add("Softmax" if name == "softmax" else "LogSoftmax", x, axis=-1)
    if name in ("leaky_relu", "prelu"):
        return apply("leaky_relu", x, x.graph.lift([-activation(Value(-1.0)).data for activation in given]))
    return apply(name, x)


def _layer(module: layers.Layer | layers.Neuron, x: Tensor) -> Tensor:
    _expect(module, x, 1)
    weights, biases, given = read_dense(module)
    return _activate(_dense(x, _numbers(weights), _numbers(biases)), given)


def _dense(x: Tensor, weights: Array, biases: Array) -> Tensor:
    return x @ weights.T + biases


def _row(module: layers.MLP | layers.Sequential, x: Tensor) -> Tensor:
    for layer in module.layers:
        x = _convert(layer, x)
    return x


def _residual(module: layers.Residual, x: Tensor) -> Tensor:
    around = x if module.shortcut is None else _convert(module.shortcut, x)
    return _convert(module.body, x) + around


def _convolution(module: layers.Conv1d | layers.Conv2d, x: Tensor) -> Tensor:
    _expect(module, x, 1 + module.axes)
    margins = [0, 0, *module.padding]
    padded = x.graph.add("Pad", x, [*margins, *margins], axes=x.axes) if any(margins) else x
    seen = x.graph.add("Concat", *_windows(padded, module.kernel, module.stride), axis=1)
    kernels = np.moveaxis(_numbers(module.weights), 1, -1).reshape(module.n_out, -1)
    biases = _numbers(module.biases).reshape(-1, *[1] * module.axes)
    outputs = x.graph.add("Einsum", kernels, seen, axes=x.axes, equation="ok,nk...->no...")
    return _activate(outputs + biases, [module.activation])


def _pool(module: layers.MaxPool | layers.AvgPool, x: Tensor) -> Tensor:
    if x.axes not in (3, 4):
        _expect(module, x, 2)
    kernel, stride = (check_sizes(name, getattr(module, name), x.axes - 2) for name in ("kernel", "stride"))
    seen = list(_windows(x, kernel, stride))
    if isinstance(module, layers.MaxPool):
        return x.graph.add("Max", *seen)
    return x.graph.add("Sum", *seen) / len(seen)


def _windows(x: Tensor, kernel: Sequence[int], stride: Sequence[int]) -> Iterator[Tensor]:
    """Yield for each position in the kernel the numbers of all windows there."""
    axes = list(range(2, x.axes))
    for offsets in product(*map(range, kernel)):
        after = [offset + 1 - width for offset, width in zip(offsets, kernel, strict=True)]  # counted from the end
        yield x.graph.add("Slice", x, list(offsets), [end or END for end in after], axes, list(stride), axes=x.axes)


def _batch_norm(module: layers.BatchNorm, x: Tensor) -> Tensor:
    def column(numbers: Any) -> Array:
        return np.reshape(numbers, (-1, *[1] * (x.axes - 2)))

    deviations = np.sqrt(np.array(module.running_variance) + module.eps)
    normalised = (x - column(module.running_mean)) / column(deviations)
    return normalised * column(_numbers(module.weights)) + column(_numbers(module.biases))


def _layer_norm(module: layers.LayerNorm, x: Tensor) -> Tensor:
    _expect(module, x, 1)
    differences = x - x.graph.add("ReduceMean", x, [-1])
    variance = x.graph.add("ReduceMean", differences * differences, [-1])
    return differences / apply("sqrt", variance + module.eps) * _numbers(module.weights) + _numbers(module.biases)


def _embedding(module: layers.Embedding, x: Tensor) -> Tensor:
    indices = x.graph.add("Cast", x, to=x.graph.onnx.TensorProto.INT64)
    # Gather takes -1 for the last one, and stops at n.
    indices = x.graph.add("Where", x.graph.add("Less", indices, 0), module.n, indices)
    return x.graph.add("Gather", _numbers(module.weights), indices, axes=x.axes + 1, axis=0)


def _recurrent(module: Recurrent, x: Tensor) -> Tensor:
    """Compute the inputs' part of all steps at once, then the steps."""
    graph = x.graph
    if x.axes == 2 and module.n_inputs == 1:
        x = graph.add("Unsqueeze", x, [2], axes=3)
    _expect(module, x, 2)
    weights, biases = _numbers(module.weight_hh).T, _numbers(module.bias_hh)
    sums = _dense(x, _numbers(module.weight_ih), _numbers(module.bias_ih))
    rows = graph.add("Shape", x, axes=1, start=0, end=1)
    zero = graph.onnx.numpy_helper.from_array(np.zeros(1))
    zeros = graph.add("ConstantOfShape", graph.add("Concat", rows, [module.n_hidden], axis=0), axes=2, value=zero)

    def advance(given: Tensor, *states: Tensor) -> list[Tensor]:
        recalled = states[0] @ weights + biases
        return _advance(module, _split(module, given), _split(module, recalled), *states)

    return graph.scan(advance, sums, [zeros] * (2 if isinstance(module, layers.LSTM) else 1), module.every_step)


def _split(module: Recurrent, total: Tensor) -> list[Tensor]:
    """Return the part of each gate."""
    bounds = [[gate * module.n_hidden] for gate in range(module.gates + 1)]
    return [total.graph.add("Slice", total, *ends, [1], axes=2) for ends in pairwise(bounds)]


def _advance(module: Recurrent, given: list[Tensor], recalled: list[Tensor], *states: Tensor) -> list[Tensor]:
    """Return the new states of one step, from each gate's part of input and state; see `nn.layers.recurrent`."""
    sums = [one + other for one, other in zip(given, recalled, strict=True)]
    match module:
        case layers.RNN():
            return [apply(module.activation, sums[0])]
        case layers.LSTM():
            write, keep, read = (apply("sigmoid", sums[gate]) for gate in (0, 1, 3))
            cell = keep * states[1] + write * apply("tanh", sums[2])
            return [read * apply("tanh", cell), cell]
        case layers.GRU():
            reset, update = (apply("sigmoid", sums[gate]) for gate in (0, 1))
            new = apply("tanh", given[2] + reset * recalled[2])
            return [new + update * (states[0] - new)]


CONVERSIONS: dict[type[Module], Callable[[Any, Tensor], Tensor]] = {
    layers.Neuron: _layer,
    layers.Perceptron: _layer,
    layers.Layer: _layer,
    layers.MLP: _row,
    layers.Sequential: _row,
    layers.Residual: _residual,
    layers.Conv1d: _convolution,
    layers.Conv2d: _convolution,
    layers.MaxPool: _pool,
    layers.AvgPool: _pool,
    layers.BatchNorm: _batch_norm,
    layers.LayerNorm: _layer_norm,
    layers.Dropout: lambda _, x: x,
    layers.GaussianNoise: lambda _, x: x,
    layers.Embedding: _embedding,
    layers.RNN: _recurrent,
    layers.LSTM: _recurrent,
    layers.GRU: _recurrent,
    layers.Flatten: lambda _, x: x.graph.add("Flatten", x, axes=2),
    layers.Unflatten: lambda module, x: x.graph.add("Reshape", x, [0, *module.sizes], axes=1 + len(module.sizes)),
    Activate: lambda activate, x: _activate(x, [activate.activation]),
    PReLU: lambda prelu, x: _activate(x, [prelu]),
}
ELEMENTWISE = (layers.Dropout, layers.GaussianNoise, Activate, PReLU)
