"""Export: the same model in PyTorch, for those who outgrow scalars."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, TypeVar

from nn import activations
from nn.activations import Activate, Activation, PReLU
from nn.convolution import Conv1d, Conv2d
from nn.embedding import Embedding
from nn.flatten import Flatten, Unflatten
from nn.layers import MLP, Layer, Neuron
from nn.module import Module
from nn.nests import each
from nn.noise import Dropout, GaussianNoise
from nn.normalisation import BatchNorm, LayerNorm
from nn.perceptron import Perceptron
from nn.pooling import AvgPool, MaxPool
from nn.recurrent import GRU, LSTM, RNN
from nn.sequential import Residual, Sequential

Conversion = TypeVar("Conversion", bound=Callable[..., Any])


def to_torch(model: Module) -> Any:
    """The equivalent torch.nn.Module: float64, the same numbers, in the same mode.

    It takes samples as a tensor (rows, ...) and returns (rows, ...), so one output is (rows, 1). What it learns
    afterwards does not come back. TypeError for a module that is none of nn's own layers; ImportError without PyTorch.
    """
    try:
        torch: Any = import_module("torch")
    except ImportError:
        raise ImportError("to_torch needs PyTorch: pip install torch") from None
    with torch.no_grad():
        return _convert(torch, model).double().train(model.training)


def find_conversion(exporter: str, conversions: Mapping[type[Module], Conversion], module: Any) -> Conversion:
    """How this module is converted; TypeError for one that is not known, or is a subclass with a forward of its own."""
    if type(module) not in conversions:
        raise TypeError(f"{exporter} knows nn's own layers, not {type(module).__name__}: {module!r}")
    return conversions[type(module)]


def name_activation(exporter: str, given: Sequence[Activation]) -> str:
    """The name of a layer's activation, given that of each of its neurons; TypeError for one that is not known."""
    names = {activations.name(activation) for activation in given}
    if len(names) > 1 or not names <= set(activations.table):
        allowed = ", ".join(activations.table)
        raise TypeError(f"{exporter} knows no activation {', '.join(sorted(names))} (one of {allowed})")
    return names.pop()


def _convert(torch: Any, module: Module) -> Any:
    return find_conversion("to_torch", CONVERSIONS, module)(torch, module)


def _fill(torch: Any, layer: Any, **nests: Any) -> Any:
    """Give the tensors of a layer the numbers of these nests."""
    layer.double()
    for name, nest in nests.items():
        tensor = torch.tensor(each(float, nest), dtype=torch.float64)
        getattr(layer, name).copy_(tensor)
    return layer


def _wrap(torch: Any, function: Callable[..., Any], *parts: Any) -> Any:
    """A module that computes function(input, *parts)."""
    module = torch.nn.Module()
    for index, part in enumerate(parts):
        module.add_module(str(index), part)
    module.forward = lambda x: function(x, *parts)
    return module


def _activation(torch: Any, given: list[Any]) -> Any:
    """The activation of a layer, given that of each of its neurons."""
    name = name_activation("to_torch", given)
    if name == "step":
        return _wrap(torch, lambda x: (x >= 0).to(x.dtype))
    kind = getattr(torch.nn, activations.describe(name).torch)
    if name == "prelu":
        slopes = list(dict.fromkeys(activation.slope for activation in given))
        return _fill(torch, kind(len(slopes)), weight=slopes)
    # beyond its threshold Softplus equals its input
    options: dict[str, Any] = {"softplus": {"threshold": 40.0}, "gelu": {"approximate": "tanh"}, "softmax": {"dim": -1}}
    return kind(**options.get(name, {}))


def _neuron(torch: Any, neuron: Neuron) -> Any:
    linear = _fill(torch, torch.nn.Linear(neuron.n_in, 1), weight=[neuron.weights], bias=[neuron.bias])
    return torch.nn.Sequential(linear, _activation(torch, [neuron.activation]))


def _layer(torch: Any, layer: Layer) -> Any:
    rows = [neuron.weights for neuron in layer.neurons]
    linear = torch.nn.Linear(layer.n_in, layer.n_out)
    whole = activations.is_whole(layer.activation)
    given = [layer.activation] if whole else [neuron.activation for neuron in layer.neurons]
    return torch.nn.Sequential(
        _fill(torch, linear, weight=rows, bias=[neuron.bias for neuron in layer.neurons]), _activation(torch, given)
    )


def _row(torch: Any, row: MLP | Sequential) -> Any:
    return torch.nn.Sequential(*(_convert(torch, layer) for layer in row.layers))


def _residual(torch: Any, residual: Residual) -> Any:
    around = torch.nn.Identity() if residual._direct else _convert(torch, residual.shortcut)
    return _wrap(torch, lambda x, body, around: body(x) + around(x), _convert(torch, residual.body), around)


def _convolution(torch: Any, layer: Conv1d | Conv2d) -> Any:
    kind = getattr(torch.nn, type(layer).__name__)
    convolution = kind(layer.channels, layer.n_out, layer.kernel, layer.stride, layer.padding)
    filled = _fill(torch, convolution, weight=layer.weights, bias=layer.biases)
    return torch.nn.Sequential(filled, _activation(torch, [layer.activation]))


def _pool(torch: Any, pool: MaxPool | AvgPool) -> Any:
    name = "max_pool" if isinstance(pool, MaxPool) else "avg_pool"
    functions = {3: getattr(torch.nn.functional, name + "1d"), 4: getattr(torch.nn.functional, name + "2d")}
    return _wrap(torch, lambda x: functions[x.dim()](x, pool.kernel, pool.stride))


def _batch_norm(torch: Any, norm: BatchNorm) -> Any:
    layer = torch.nn.BatchNorm1d(norm.n_in, eps=norm.eps, momentum=norm.momentum)
    layer._check_input_dim = lambda x: None  # any number of positions, as with BatchNorm2d
    statistics = {"running_mean": norm.running_mean, "running_var": norm.running_variance}
    return _fill(torch, layer, weight=norm.weights, bias=norm.biases, **statistics)


def _layer_norm(torch: Any, norm: LayerNorm) -> Any:
    return _fill(torch, torch.nn.LayerNorm(norm.n_in, eps=norm.eps), weight=norm.weights, bias=norm.biases)


def _noise(torch: Any, noise: GaussianNoise) -> Any:
    module = torch.nn.Module()
    module.forward = lambda x: x + noise.deviation * torch.randn_like(x) if module.training else x
    return module


def _embedding(torch: Any, embedding: Embedding) -> Any:
    layer = _fill(torch, torch.nn.Embedding(embedding.n, embedding.n_out), weight=embedding.weights)
    return _wrap(torch, lambda x, layer: layer(x.long()), layer)


def _recurrent(torch: Any, layer: RNN | LSTM | GRU) -> Any:
    more = {"nonlinearity": layer.activation} if isinstance(layer, RNN) else {}
    theirs = getattr(torch.nn, type(layer).__name__)(layer.n_inputs, layer.n_hidden, batch_first=True, **more)
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    _fill(torch, theirs, **{f"{name}_l0": getattr(layer, name) for name in names})

    def run(x: Any, theirs: Any) -> Any:
        outputs, _ = theirs(x if x.dim() == 3 else x[:, :, None])
        return outputs if layer.every_step else outputs[:, -1]

    return _wrap(torch, run, theirs)


CONVERSIONS: dict[type[Module], Callable[[Any, Any], Any]] = {
    Neuron: _neuron,
    Perceptron: _neuron,
    Layer: _layer,
    MLP: _row,
    Sequential: _row,
    Residual: _residual,
    Conv1d: _convolution,
    Conv2d: _convolution,
    MaxPool: _pool,
    AvgPool: _pool,
    BatchNorm: _batch_norm,
    LayerNorm: _layer_norm,
    Dropout: lambda torch, dropout: torch.nn.Dropout(dropout.p),
    GaussianNoise: _noise,
    Embedding: _embedding,
    RNN: _recurrent,
    LSTM: _recurrent,
    GRU: _recurrent,
    Flatten: lambda torch, _: torch.nn.Flatten(),
    Unflatten: lambda torch, unflatten: torch.nn.Unflatten(1, unflatten.sizes),
    Activate: lambda torch, layer: _activation(torch, [layer.activation]),
    PReLU: lambda torch, prelu: _activation(torch, [prelu]),
}
