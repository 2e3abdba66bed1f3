"""Import from PyTorch: turn a torch.nn.Module into a model of nn, in which every number can be inspected."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from engine import Value
from nn import layers
from nn.activations import DESCRIPTIONS, Activate, PReLU, linear
from nn.export.pytorch import RECURRENT_PARAMETERS, _add, _disturb, _look_up, _pool_by_axes, _run, _step
from nn.init import assign
from nn.module import Module
from nn.nested import flatten

MOST = 20_000  # parameters: each becomes a Value
LONE = "a PReLU of several parameters stands right behind a Linear of as many outputs, in one place alone"
NAMES = {row.torch: name for name, row in DESCRIPTIONS.items() if row.torch}


def from_torch(module: Any) -> Module:
    """Convert a torch.nn.Module to a model with the same outputs and gradients, in the same mode.

    module   one of Linear, activations, Conv1d and Conv2d, pools, BatchNorm1d and 2d, LayerNorm, Embedding, RNN, LSTM,
             GRU, Dropout, Flatten and Unflatten, or a Sequential of them; and what `to_torch` makes. A PReLU of several
             parameters must directly follow its Linear, and must not be shared

    A sample has no axis of rows: it is a list for a tensor (features,). A recurrent layer returns its state after every
    step. A shared module stays shared. The copy is independent of the module; it ignores requires_grad, so give an
    optimiser only the parameters to learn. TypeError names an unknown module; ValueError names a module with a setting,
    hooks or shared tensors that cannot be converted, and refuses more than 20,000 parameters.

        model = from_torch(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh()))
        root = engine.sum(model([1.0, -2.0]))  # for viz.page(root), viz.path(root, "layers[0].neurons[0].weights[1]")
    """
    if isinstance(module, type) or not callable(getattr(module, "named_parameters", None)):
        raise TypeError(f"a torch.nn.Module expected, not {type(module).__name__}: {module!r}")
    count = sum(parameter.numel() for parameter in module.parameters())
    if count > MOST:
        raise ValueError(f"from_torch takes up to {MOST:,} parameters, each as a Value; this module has {count:,}")
    made: dict[int, Module] = {}
    model = _convert(module, "", made, {})
    uses = Counter(id(part) for _, part in module.named_modules(remove_duplicate=False))
    slopes = [place for place, found in made.items() if isinstance(found, _Slopes)]
    if isinstance(model, _Slopes) or (slopes and any(uses[place] > 1 for place in made)):
        raise ValueError(LONE)
    model.name_parts()
    return model


def _convert(theirs: Any, at: str, made: dict[int, Module], tensors: dict[int, str]) -> Module:
    """Convert a module; `made` holds those converted before, `tensors` the name of each tensor's module."""
    if id(theirs) not in made:
        parts = [_convert(part, f"{at}.{name}".lstrip("."), made, tensors) for name, part in theirs._modules.items()]
        function = getattr(theirs.forward, "func", None)  # of a module that to_torch put together
        name = type(theirs).__name__ if function is None else function.__name__
        is_own = type(theirs).__module__.startswith("torch.nn.") and "forward" not in vars(theirs)
        if name not in CONVERSIONS or not (function or is_own) or (parts and is_own and name != "Sequential"):
            known = ", ".join(name for name in CONVERSIONS if name[0] != "_")
            raise TypeError(f"from_torch does not know {_say(theirs, at)} (one of {known})")
        for setting, allowed in SETTINGS.get(name, {}).items():
            if (given := getattr(theirs, setting)) not in allowed:
                raise ValueError(f"{_say(theirs, at)}: {setting} must be {allowed[0]!r}, not {given!r}")
        if theirs._forward_hooks or theirs._forward_pre_hooks:
            raise ValueError(f"{_say(theirs, at)} has hooks (of its own, or of a norm or pruning of its weights)")
        for attribute, parameter in theirs._parameters.items():
            if parameter is not None and tensors.setdefault(id(parameter), at) != at:
                other = tensors[id(parameter)] or "the whole"
                raise ValueError(f"{_say(theirs, at)} shares its {attribute} with {other}: a layer here has its own")
        if (bias := getattr(theirs, "bias", True)) is None or bias is False:
            raise ValueError(f"{_say(theirs, at)}: bias must be True, as a layer here has one")
        try:
            made[id(theirs)] = CONVERSIONS[name](theirs, *parts)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{_say(theirs, at)}: {error}") from None
        made[id(theirs)].training = theirs.training
    return made[id(theirs)]


def _say(theirs: Any, at: str) -> str:
    return type(theirs).__name__ + (f" at {at}" if at else "")


def _fill(ours: Module, **tensors: Any) -> Module:
    """Copy tensors into nested lists of Values."""
    for name, tensor in tensors.items():
        assign(flatten(getattr(ours, name)), tensor.detach().double().flatten().tolist())
    return ours


def _linear(theirs: Any) -> Module:
    layer = layers.Layer(theirs.in_features, theirs.out_features, "linear", init="zeros")
    for neuron, weights, bias in zip(layer.neurons, theirs.weight.tolist(), theirs.bias.tolist(), strict=True):
        assign([*neuron.weights, neuron.bias], [*weights, bias])
    return layer


def _activation(theirs: Any) -> Module:
    return Activate(NAMES[type(theirs).__name__])


def _leaky_relu(theirs: Any) -> Module:
    if theirs.negative_slope == 0.01:
        return _activation(theirs)
    return Activate(partial(Value.leaky_relu, slope=theirs.negative_slope))


class _Slopes(Module):
    """A slope for each neuron of the Linear before it, as long as that is not found."""

    def __init__(self, slopes: list[float]) -> None:
        self.activations = [PReLU(init=slope) for slope in slopes]


def _prelu(theirs: Any) -> Module:
    return _Slopes(theirs.weight.tolist()) if theirs.num_parameters > 1 else PReLU(init=theirs.weight.item())


def _row(_: Any, *parts: Module) -> Module:
    """The parts in a row; what has a slope for each neuron becomes the activation of the Linear before it."""
    row: list[Module] = []
    for part in parts:
        if not isinstance(part, _Slopes):
            row.append(part)
            continue
        layer, count = row[-1] if row else None, len(part.activations)
        if not isinstance(layer, layers.Layer) or layer.activation is not linear or layer.n_out != count:
            raise ValueError(f"{LONE}, such as Linear(4, {count})")
        for neuron, activation in zip(layer.neurons, part.activations, strict=True):
            neuron.activation = activation
        layer.name_parts()
    return layers.Sequential(*row)


def _find_class(theirs: Any) -> Any:
    """Return the layer of the same name; pools of any number of axes are one."""
    return getattr(layers, type(theirs).__name__.replace("Pool1d", "Pool").replace("Pool2d", "Pool"))


def _convolution(theirs: Any) -> Module:
    if isinstance(theirs.padding, str):
        raise ValueError(f"padding must be a number, not {theirs.padding!r}")
    sizes = theirs.kernel_size, theirs.stride, theirs.padding
    layer = _find_class(theirs)(theirs.in_channels, theirs.out_channels, *sizes, init="zeros")
    return _fill(layer, weights=theirs.weight, biases=theirs.bias)


def _pool(theirs: Any) -> Module:
    layer: Module = _find_class(theirs)(theirs.kernel_size, theirs.stride)
    return layer


def _batch_norm(theirs: Any) -> Module:
    norm = layers.BatchNorm(theirs.num_features, momentum=theirs.momentum, eps=theirs.eps)
    norm.running_mean, norm.running_variance = theirs.running_mean.tolist(), theirs.running_var.tolist()
    return _fill(norm, weights=theirs.weight, biases=theirs.bias)


def _layer_norm(theirs: Any) -> Module:
    if len(theirs.normalized_shape) > 1:
        raise ValueError("normalized_shape must be one number")
    return _fill(layers.LayerNorm(theirs.normalized_shape[0], theirs.eps), weights=theirs.weight, biases=theirs.bias)


def _embedding(theirs: Any) -> Module:
    return _fill(layers.Embedding(theirs.num_embeddings, theirs.embedding_dim, init="zeros"), weights=theirs.weight)


def _recurrent(theirs: Any) -> Module:
    more = {"activation": theirs.nonlinearity} if type(theirs).__name__ == "RNN" else {}
    layer = _find_class(theirs)(theirs.input_size, theirs.hidden_size, every_step=True, init="zeros", **more)
    return _fill(layer, **{name: getattr(theirs, f"{name}_l0") for name in RECURRENT_PARAMETERS})


def _last_state(theirs: Any, layer: Any) -> Module:
    layer.every_step = theirs.forward.args[1]
    made: Module = layer
    return made


def _residual(_: Any, body: Module, around: Module) -> Module:
    is_direct = isinstance(around, Activate) and around.activation is linear
    return layers.Residual(body) if is_direct else layers.Residual(body, around)


ONE, NO = (1, (1,), (1, 1)), (False,)
CONVOLUTION = {"groups": ONE, "dilation": ONE, "padding_mode": ("zeros",)}
MAX_POOL = {"padding": (0, (0,), (0, 0)), "dilation": ONE, "ceil_mode": NO, "return_indices": NO}
AVERAGE_POOL = {"padding": MAX_POOL["padding"], "ceil_mode": NO}
NORM = {"affine": (True,), "track_running_stats": (True,)}
RECURRENT = {"num_layers": (1,), "bidirectional": NO, "proj_size": (0,)}
SETTINGS: dict[str, dict[str, tuple[Any, ...]]] = {  # the settings of theirs that ours have no other for
    "Softplus": {"beta": (1, 1.0), "threshold": (20, 40)}, "GELU": {"approximate": ("tanh",)},
    "ELU": {"alpha": (1.0, 1)}, "Softmax": {"dim": (-1, 1)}, "LogSoftmax": {"dim": (-1, 1)},
    "Conv1d": CONVOLUTION, "Conv2d": CONVOLUTION, "MaxPool1d": MAX_POOL, "MaxPool2d": MAX_POOL,
    "AvgPool1d": AVERAGE_POOL, "AvgPool2d": AVERAGE_POOL | {"divisor_override": (None,)},
    "BatchNorm1d": NORM, "BatchNorm2d": NORM, "LayerNorm": {"elementwise_affine": (True,)},
    "Embedding": {"padding_idx": (None,), "max_norm": (None,), "scale_grad_by_freq": NO},
    "RNN": RECURRENT, "LSTM": RECURRENT, "GRU": RECURRENT,
    "Flatten": {"start_dim": (1,), "end_dim": (-1,)}, "Unflatten": {"dim": (1,)},
}  # fmt: skip
CONVERSIONS: dict[str, Callable[..., Module]] = {
    "Sequential": _row,
    "Linear": _linear,
    **dict.fromkeys(NAMES, _activation),
    "LeakyReLU": _leaky_relu,
    "PReLU": _prelu,
    **dict.fromkeys(("Conv1d", "Conv2d"), _convolution),
    **dict.fromkeys(("MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d"), _pool),
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d"), _batch_norm),
    "LayerNorm": _layer_norm,
    "Embedding": _embedding,
    **dict.fromkeys(("RNN", "LSTM", "GRU"), _recurrent),
    "Dropout": lambda theirs: layers.Dropout(theirs.p),
    "Flatten": lambda _: layers.Flatten(),
    "Unflatten": lambda theirs: layers.Unflatten(theirs.unflattened_size),
    # what to_torch puts together
    _step.__name__: lambda _: Activate("step"),
    _add.__name__: _residual,
    _pool_by_axes.__name__: lambda _, one, two: two,
    _look_up.__name__: lambda _, layer: layer,
    _run.__name__: _last_state,
    _disturb.__name__: lambda theirs: layers.GaussianNoise(theirs.forward.args[1]),
}
