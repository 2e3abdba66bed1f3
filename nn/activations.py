"""Activations: functions that a neuron applies to its weighted sum, by name.

All act on a single Value, except softmax and log_softmax, which act on a layer's whole list. PReLU learns its slope.
GELU is the tanh form, PyTorch's approximate="tanh".
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf, sqrt
from textwrap import fill
from typing import Any

from numpy.random import Generator

from engine import Value, logsumexp, ops, softmax
from engine.teaching.writing import write
from engine.value import lift
from nn.arguments import check_real, choose
from nn.module import Module
from nn.nested import each

Activation = Callable[[Any], Any]


@dataclass(frozen=True)
class Description:
    """The properties of an activation.

    low, high   the bounds of its range, reached or only approached
    steepest    its largest derivative, in absolute value
    init, gain  the initialisation of the weights before it, and the gain that keeps the size of signals; see `nn.init`
    torch       its class in torch.nn, or ""
    saturates   where its derivative vanishes, and the effect of that
    advice      when to choose it
    """

    name: str
    low: float
    high: float
    steepest: float
    init: str
    gain: float
    torch: str
    saturates: str
    advice: str

    @property
    def formula(self) -> str:
        """Its formula, written from the op table; xs are all values of the layer."""
        match self.name:
            case "linear":
                return "x"
            case "softmax":
                return _write("exp", a=_write("-", a="x", b="logsumexp(xs)"))
            case "log_softmax":
                return _write("-", a="x", b="logsumexp(xs)")
            case "leaky_relu" | "prelu":
                return _write("leaky_relu", a="x", b="0.01" if self.name == "leaky_relu" else "slope")
        return _write(self.name, a="x")

    def __str__(self) -> str:
        lines = [f"{self.name}(x) = {self.formula}", f"range       {self.low:g} to {self.high:g}"]
        lines += [f"steepest    {self.steepest:g}", f"saturates   {self.saturates}", f"advice      {self.advice}"]
        return "\n".join(fill(line, 80, subsequent_indent=" " * 12) for line in lines)


# The formulas are in the op table. The gains are those of PyTorch's calculate_gain; activations that it lacks have the
# gain of the most similar one.
DESCRIPTIONS = {row.name: row for row in (
    Description("linear", -inf, inf, 1.0, "xavier_uniform", 1.0, "Identity", "nowhere",
        "the output of a regression; hidden layers of it are one linear map"),
    Description("step", 0.0, 1.0, 0.0, "xavier_uniform", 1.0, "",
        "everywhere: the derivative is 0, so gradients teach it nothing", "the perceptron and its own learning rule"),
    Description("sigmoid", 0.0, 1.0, 0.25, "xavier_uniform", 1.0, "Sigmoid",
        "beyond about 5 on either side: the derivative is below 0.01; it is never above 0.25, so only large "
        "weights keep a gradient from shrinking layer by layer",
        "the probability of one class at the output; gates; not in deep hidden layers"),
    Description("tanh", -1.0, 1.0, 1.0, "xavier_uniform", 5 / 3, "Tanh",
        "beyond about 3 on either side: the derivative is below 0.01",
        "hidden layers of small or recurrent networks; centred on zero, unlike sigmoid"),
    Description("relu", 0.0, inf, 1.0, "he_uniform", sqrt(2), "ReLU",
        "below 0: the derivative is 0; a neuron negative for every row is dead and stays so",
        "hidden layers by default, with He initialisation"),
    Description("leaky_relu", -inf, inf, 1.0, "he_uniform", sqrt(2 / (1 + 0.01**2)), "LeakyReLU",
        "nowhere: below 0 the derivative is its slope, 0.01 by default", "hidden layers where ReLUs die"),
    Description("elu", -1.0, inf, 1.0, "he_uniform", sqrt(2), "ELU", "below about -5: the derivative is below 0.01",
        "hidden layers, where the mean is to be nearer zero than with ReLU"),
    Description("softplus", 0.0, inf, 1.0, "he_uniform", sqrt(2), "Softplus",
        "below about -5: the derivative is below 0.01", "an output that must be positive; a ReLU without its kink"),
    Description("softsign", -1.0, 1.0, 1.0, "xavier_uniform", 1.0, "Softsign",
        "beyond about 9 on either side the derivative is below 0.01; slower than tanh",
        "where tanh saturates too soon"),
    Description("gelu", -0.17004075057081885, inf, 1.1289930686585705, "he_uniform", sqrt(2), "GELU",
        "below about -4: value and derivative are near 0",
        "transformers; deep networks that gain from a smooth ReLU. It is the tanh form, as PyTorch's with "
        "approximate=\"tanh\"; the other, PyTorch's default, differs by up to 0.0005"),
    Description("silu", -0.278464542761074, inf, 1.0998393201288432, "he_uniform", sqrt(2), "SiLU",
        "below about -7: value and derivative are near 0",
        "deep networks that gain from a smooth ReLU; also called swish"),
    Description("prelu", -inf, inf, 1.0, "he_uniform", sqrt(2 / (1 + 0.25**2)), "PReLU",
        "nowhere, unless the slope that it learns becomes 0; steeper than 1 if that grows beyond",
        "where there are data enough to learn the slope of leaky_relu, which starts at 0.25"),
    Description("softmax", 0.0, 1.0, 0.25, "xavier_uniform", 1.0, "Softmax",
        "where one value leads by about 5: its probability is near 1, the derivatives near 0",
        "the probabilities of several classes at the output; in training prefer cross_entropy on the logits"),
    Description("log_softmax", -inf, 0.0, 1.0, "xavier_uniform", 1.0, "LogSoftmax",
        "where one value leads by about 5: its derivative is near 0, those of the others near 1",
        "the logarithms of softmax, stable; the output for the loss nll"),
)}  # fmt: skip


def describe(activation: str) -> Description:
    """Describe an activation: formula, range, largest derivative, where it saturates or dies, when to choose it.

    ValueError for an unknown name lists the names.

    >>> print(describe("tanh"))
    tanh(x) = tanh(x)
    range       -1 to 1
    steepest    1
    saturates   beyond about 3 on either side: the derivative is below 0.01
    advice      hidden layers of small or recurrent networks; centred on zero, unlike sigmoid
    """
    return choose("activation", activation, DESCRIPTIONS)


def _write(name: str, **letters: str) -> str:
    row = ops.table[name]
    return write(row.forward, letters | ({"t": write(row.term, letters)} if row.term else {}))


def log_softmax(logits: Any) -> list[Value]:
    """Return the logarithms of `engine.softmax`, stable.

    >>> [round(value.data, 4) for value in log_softmax([Value(1000.0), Value(1000.0)])]
    [-0.6931, -0.6931]
    """
    values = [lift(logit) for logit in logits]
    normaliser = logsumexp(values)
    return [value - normaliser for value in values]


def linear(value: Value) -> Value:
    """Return the value as it is."""
    return value


class PReLU(Module):
    """A leaky ReLU that learns its slope below zero; PyTorch's PReLU.

    He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015. Keras calls the slope alpha. With the activation
    "prelu" each neuron has its own slope; a PReLU() given to a layer is shared by its neurons.

    num_parameters   1, as PyTorch's first argument
    init             the starting slope

    ValueError for another number of parameters; TypeError or ValueError for a slope that is not a finite number.

    >>> PReLU()(Value(-2.0)).data, PReLU(init=0.5)(Value(-2.0)).data
    (-0.5, -1.0)
    """

    listed = False

    def __init__(self, num_parameters: int = 1, init: float = 0.25) -> None:
        if num_parameters != 1:
            advice = 'for a starting slope write nn.PReLU(init=0.1); for a slope per neuron, nn.Layer(2, 3, "prelu")'
            raise ValueError(f"a PReLU has 1 slope, so num_parameters must be 1, not {num_parameters!r}: {advice}")
        self._start = check_real("init", init, least=-inf)
        self.slope = Value(self._start)
        self.name_parts()

    def forward(self, values: Any) -> Any:
        """Return the activation of a Value or number, or of each one in nested lists."""
        return each(lambda value: lift(value).leaky_relu(self.slope), values)

    def reset(self, init: Any = None, generator: Generator | None = None) -> None:
        """Set the slope to its starting number."""
        self.slope.data = self._start

    def __repr__(self) -> str:
        return f"PReLU(init={self._start:g})" if self._start != 0.25 else "PReLU()"


class Activate(Module):
    """An activation as a layer, for example between a BatchNorm and the next Layer; Keras' Activation.

    activation   a name of `nn.activations.table`, or a function; "softmax" and "log_softmax" take a list, the
                 others any nested lists

    ValueError for an unknown name.

    >>> [value.data for value in Activate("relu")([Value(-1.0), Value(2.0)])]
    [0.0, 2.0]
    """

    def __init__(self, activation: str | Activation) -> None:
        self.activation = get(activation)
        self.name_parts()

    def forward(self, values: Any) -> Any:
        """Return the activation of each Value or number in nested lists; softmax takes one list."""
        if is_whole(self.activation):
            return self.activation(each(lift, values))
        return each(lambda value: self.activation(lift(value)), values)

    def __repr__(self) -> str:
        return f"Activate({name(self.activation)!r})"


table: dict[str, Any] = {name: getattr(Value, name, None) for name in DESCRIPTIONS}
table |= {"linear": linear, "prelu": PReLU, "softmax": softmax, "log_softmax": log_softmax}
WHOLE = ("softmax", "log_softmax")  # these act on a layer's whole list


def get(activation: str | Activation) -> Activation:
    """Return the activation of this name, or the function given; ValueError lists the names.

    "prelu" is a new PReLU each time.

    >>> get("relu")(Value(-2.0)).data
    0.0
    """
    found = activation if callable(activation) else choose("activation", activation, table)
    made: Activation = found() if isinstance(found, type) else found
    return made


def is_whole(activation: str | Activation) -> bool:
    """Whether an activation acts on a layer's whole list, as softmax does, rather than on each Value."""
    return name(activation) in WHOLE and not isinstance(activation, Module)


def name(activation: str | Activation) -> str:
    """Return the name of an activation for a repr or an error; a function of yours called relu is "own relu".

    >>> from functools import partial
    >>> name(partial(Value.leaky_relu, slope=0.2))
    'leaky_relu(slope=0.2)'
    """
    if isinstance(activation, str):
        return activation
    if isinstance(activation, partial):
        words = [_write_setting(given) for given in activation.args]
        words += [f"{word}={_write_setting(given)}" for word, given in activation.keywords.items()]
        return f"{name(activation.func)}({', '.join(words)})"
    for known, entry in table.items():
        if entry is activation or (isinstance(entry, type) and type(activation) is entry):
            return known
    found = getattr(activation, "__name__", type(activation).__name__)
    return f"own {found}" if found in table else found


def _write_setting(given: Any) -> str:
    return repr(given) if isinstance(given, int | float | str) else type(given).__name__  # of others, it may change


def check_single(activation: str | Activation) -> None:
    """Raise ValueError for an activation that needs a whole layer, if there is only one neuron."""
    if is_whole(activation):
        raise ValueError(
            f"{name(activation)} acts on a layer of at least 2 neurons; of one value softmax is always 1 "
            "(perhaps 'sigmoid')"
        )
