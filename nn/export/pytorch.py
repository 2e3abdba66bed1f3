"""Export to PyTorch: turn a model into the equivalent torch.nn.Module."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any, TypeVar

from engine import Value
from nn import activations, layers
from nn.activations import Activate, Activation, PReLU
from nn.module import Module, name_class
from nn.nested import each

RECURRENT_PARAMETERS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
Conversion = TypeVar("Conversion", bound=Callable[..., Any])


def to_torch(model: Module) -> Any:
    """Return the equivalent torch.nn.Module: float64, with the same numbers and in the same mode.

    It takes samples as a tensor (rows, ...) and returns (rows, ...), so a single output is (rows, 1). A shared layer
    stays shared. The module can be copied, and saved by torch.save; it is independent of the model. TypeError for a
    module that is not one of nn's layers; ValueError for different layers, or some of a layer's neurons, that share a
    parameter, and for a number in the place of one; ImportError without PyTorch.

        module = to_torch(model)
        module(torch.tensor([[1.0, -2.0]], dtype=torch.float64))  # (1, 1) for a model of one output
    """
    try:
        torch: Any = import_module("torch")
    except ImportError:
        raise ImportError("to_torch needs PyTorch: pip install torch") from None
    with torch.no_grad():
        module = _convert(torch, model, {}).double().train(model.training)
    count, theirs = len(model.parameters()), sum(parameter.numel() for parameter in module.parameters())
    if theirs != count:  # training would pull apart what is one
        kept = "a layer that is shared, but not what different layers, or some of the neurons, share"
        counts = f"{count} parameters here, {theirs} there"
        raise ValueError(f"to_torch keeps {kept}, nor numbers among the Values: {counts}")
    return module


def find_conversion(exporter: str, conversions: Mapping[type[Module], Conversion], module: Any) -> Conversion:
    """Return the conversion of a module; TypeError for an unknown one, or one with a forward of its own."""
    for part in (module, *getattr(module, "neurons", ())):
        if type(part) not in conversions or name_class(part) != type(part).__name__:
            raise TypeError(f"{exporter} knows nn's own layers, not {name_class(part)}: {part!r}")
    return conversions[type(module)]


def name_activation(exporter: str, given: Sequence[Activation]) -> str:
    """Return the name of a layer's activation, given that of each neuron; TypeError for an unknown one."""
    names = {activations.name(activation) for activation in given}
    if len(names) > 1 or not names <= set(activations.table):
        allowed = ", ".join(activations.table)
        raise TypeError(f"{exporter} knows no activation {', '.join(sorted(names))} (one of {allowed})")
    return names.pop()


def read_dense(layer: layers.Layer | layers.Neuron) -> tuple[list[Sequence[Value]], list[Value], list[Activation]]:
    """Return weights, biases and activations of a layer, or of a neuron as a layer of one."""
    if isinstance(layer, layers.Neuron):
        return [layer.weights], [layer.bias], [layer.activation]
    neurons = layer.neurons
    return [neuron.weights for neuron in neurons], [neuron.bias for neuron in neurons], layer.list_activations()


def _convert(torch: Any, module: Module, made: dict[Module, Any]) -> Any:
    """Convert a module; `made` holds those converted before."""
    if module not in made:
        convert = find_conversion("to_torch", CONVERSIONS, module)
        made[module] = convert(torch, module, *(_convert(torch, part, made) for part in _parts(module)))
    return made[module]


def _parts(module: Module) -> list[Module]:
    """Return the modules that a module consists of."""
    match module:
        case layers.MLP() | layers.Sequential():
            return [*module.layers]
        case layers.Residual():
            return [module.body] if module.shortcut is None else [module.body, module.shortcut]
    return []


def _fill(torch: Any, layer: Any, **nested_lists: Any) -> Any:
    """Copy nested lists into the tensors of a layer."""
    layer.double()
    for name, nested in nested_lists.items():
        tensor = torch.tensor(each(float, nested), dtype=torch.float64)
        getattr(layer, name).copy_(tensor)
    return layer


def _wrap(torch: Any, function: Callable[..., Any], *parts: Any) -> Any:
    """Return a module that computes function(*parts, input); unlike a closure, it can be copied and pickled."""
    module = torch.nn.Module()
    for index, part in enumerate(parts):
        if isinstance(part, torch.nn.Module):
            module.add_module(str(index), part)
    module.forward = partial(function, *parts)
    return module


def _activation(torch: Any, given: list[Any]) -> Any:
    """Return the activation of a layer, given that of each of its neurons."""
    name = name_activation("to_torch", given)
    if name == "step":
        return _wrap(torch, _step)
    torch_class = getattr(torch.nn, activations.describe(name).torch)
    if name == "prelu":
        slopes = [activation.slope for activation in given]
        slopes = slopes if len({*slopes}) > 1 else slopes[:1]
        return _fill(torch, torch_class(len(slopes)), weight=slopes)
    # beyond its threshold Softplus equals its input
    options: dict[str, Any] = {"softplus": {"threshold": 40.0}, "gelu": {"approximate": "tanh"}}
    options |= {whole: {"dim": -1} for whole in activations.WHOLE}
    return torch_class(**options.get(name, {}))


def _step(x: Any) -> Any:
    return (x >= 0).to(x.dtype)


def _layer(torch: Any, layer: layers.Layer | layers.Neuron) -> Any:
    weights, biases, given = read_dense(layer)
    linear = _fill(torch, torch.nn.Linear(layer.n_in, len(biases)), weight=weights, bias=biases)
    return torch.nn.Sequential(linear, _activation(torch, given))


def _row(torch: Any, _: layers.MLP | layers.Sequential, *parts: Any) -> Any:
    return torch.nn.Sequential(*parts)


def _residual(torch: Any, _: layers.Residual, body: Any, around: Any = None) -> Any:
    return _wrap(torch, _add, body, around or torch.nn.Identity())


def _add(body: Any, around: Any, x: Any) -> Any:
    return body(x) + around(x)


def _convolution(torch: Any, layer: layers.Conv1d | layers.Conv2d) -> Any:
    torch_class = getattr(torch.nn, type(layer).__name__)
    convolution = torch_class(layer.channels, layer.n_out, layer.kernel, layer.stride, layer.padding)
    filled = _fill(torch, convolution, weight=layer.weights, bias=layer.biases)
    return torch.nn.Sequential(filled, _activation(torch, [layer.activation]))


def _pool(torch: Any, pool: layers.MaxPool | layers.AvgPool) -> Any:
    classes = (getattr(torch.nn, f"{type(pool).__name__}{axes}d") for axes in (1, 2))
    return _wrap(torch, _pool_by_axes, *(torch_class(pool.kernel, pool.stride) for torch_class in classes))


def _pool_by_axes(one: Any, two: Any, x: Any) -> Any:
    return (one if x.dim() == 3 else two)(x)


def _batch_norm(torch: Any, norm: layers.BatchNorm) -> Any:
    layer = torch.nn.BatchNorm1d(norm.n_in, eps=norm.eps, momentum=norm.momentum)
    layer._check_input_dim = _accept  # any number of positions, as with BatchNorm2d
    statistics = {"running_mean": norm.running_mean, "running_var": norm.running_variance}
    return _fill(torch, layer, weight=norm.weights, bias=norm.biases, **statistics)


def _accept(_: Any) -> None:
    pass


def _layer_norm(torch: Any, norm: layers.LayerNorm) -> Any:
    return _fill(torch, torch.nn.LayerNorm(norm.n_in, eps=norm.eps), weight=norm.weights, bias=norm.biases)


def _noise(torch: Any, noise: layers.GaussianNoise) -> Any:
    module = torch.nn.Module()
    module.forward = partial(_disturb, module, noise.deviation)
    return module


def _disturb(module: Any, deviation: float, x: Any) -> Any:
    return x + deviation * x.new_empty(x.shape).normal_() if module.training else x


def _embedding(torch: Any, embedding: layers.Embedding) -> Any:
    layer = _fill(torch, torch.nn.Embedding(embedding.n, embedding.n_out), weight=embedding.weights)
    return _wrap(torch, _look_up, layer)


def _look_up(layer: Any, x: Any) -> Any:
    return layer(x.long())


def _recurrent(torch: Any, layer: layers.RNN | layers.LSTM | layers.GRU) -> Any:
    more = {"nonlinearity": layer.activation} if isinstance(layer, layers.RNN) else {}
    theirs = getattr(torch.nn, type(layer).__name__)(layer.n_inputs, layer.n_hidden, batch_first=True, **more)
    _fill(torch, theirs, **{f"{name}_l0": getattr(layer, name) for name in RECURRENT_PARAMETERS})
    return _wrap(torch, _run, theirs, layer.every_step)


def _run(theirs: Any, every_step: bool, x: Any) -> Any:
    outputs, _ = theirs(x if x.dim() == 3 else x[:, :, None])
    return outputs if every_step else outputs[:, -1]


CONVERSIONS: dict[type[Module], Callable[..., Any]] = {
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
    layers.Dropout: lambda torch, dropout: torch.nn.Dropout(dropout.p),
    layers.GaussianNoise: _noise,
    layers.Embedding: _embedding,
    layers.RNN: _recurrent,
    layers.LSTM: _recurrent,
    layers.GRU: _recurrent,
    layers.Flatten: lambda torch, _: torch.nn.Flatten(),
    layers.Unflatten: lambda torch, unflatten: torch.nn.Unflatten(1, unflatten.sizes),
    Activate: lambda torch, layer: _activation(torch, [layer.activation]),
    PReLU: lambda torch, prelu: _activation(torch, [prelu]),
}
