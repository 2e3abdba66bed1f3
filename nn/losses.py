"""Losses: how far a prediction is from its target, for one sample.

A loss takes a prediction, a Value or a list of them as a model returns it, and a target, a number, a
list of as many, or the index of a class; it returns a Value. It also takes a list of predictions and
one of targets. The reduction, PyTorch's, says what becomes of several numbers: their "mean", their
"sum", or, with "none", a list of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from engine import Value, logsumexp, peek
from engine import sum as add
from engine.numbers import as_float
from engine.value import lift, operation
from nn import arguments
from nn.arguments import Array
from nn.nests import flatten, is_list, refill, shape

Prediction = Value | Sequence[Value]
LossFunction = Callable[..., Any]
Function = TypeVar("Function", bound=LossFunction)
_cross_entropy = operation("binary_cross_entropy")
_cross_entropy_with_logits = operation("binary_cross_entropy_with_logits")

TARGETS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "number": ("a number", np.isfinite),
    "sign": ("-1 or +1", lambda y: abs(y) == 1),
    "probability": ("a number from 0 to 1", lambda y: (y >= 0) & (y <= 1)),
}


@dataclass(frozen=True)
class Loss:
    """A loss with what else is to be known of it.

    function   of a prediction and its target, to a Value
    targets    what a target is: "number", "sign" (-1 or +1), "probability" (0 to 1), "class" (0, 1, ...) or "any"
    threshold  the prediction above which the answer is the upper class, where there are two
    from_right where targets are classes: the loss from a row's predictions and that for the right class, which
               need not be one of them: it may be their weighted sum
    """

    function: LossFunction
    targets: str
    threshold: float | None = None
    from_right: Callable[[list[Value], Value], Value] | None = None

    @property
    def name(self) -> str:
        """The function's name."""
        return str(getattr(self.function, "__name__", type(self.function).__name__))

    @property
    def classifies(self) -> bool:
        """Whether predictions for this loss stand for classes."""
        return self.targets in ("sign", "probability", "class")

    def check(self, y: Any, outputs: int, name: str = "y") -> Array:
        """The targets for a model with so many outputs: numbers (rows,), beyond one output (rows, outputs).

        Classes are integers. TypeError or ValueError names the place of a target that this loss does not take.
        """
        numbers = arguments.read_numbers(y, name)
        if self.targets == "any":
            return numbers
        if self.targets == "class":
            return self._check_classes(numbers, outputs, name)
        if numbers.shape == (len(numbers), 1) and outputs == 1:
            numbers = numbers[:, 0]
        if numbers.shape[1:] != ((outputs,) if outputs > 1 else ()):
            given = f"rows of {numbers.shape[1]}" if numbers.ndim == 2 else "single numbers"
            raise ValueError(f"{name}: the model has {outputs} outputs, the targets are {given}")
        description, allowed = TARGETS[self.targets]
        arguments.check_every(name, numbers, allowed, description)
        return numbers

    def _check_classes(self, numbers: Array, outputs: int, name: str) -> Array:
        if outputs < 2:
            raise ValueError(f"{self.name} needs a model with one output per class, at least 2; it has 1")
        if numbers.ndim != 1:
            raise ValueError(f"{name}: {self.name} takes the index of a class, not rows of {numbers.shape[1]} numbers")
        description = f"a class from 0 to {outputs - 1}"
        arguments.check_every(name, numbers, lambda y: (y >= 0) & (y < outputs) & (y == y.round()), description)
        return numbers.astype(int)

    def classify(self, predictions: Array) -> Array:
        """The class that each prediction stands for, as targets name it; ValueError where it stands for none."""
        if self.targets == "class":
            largest: Array = np.argmax(predictions, axis=-1)
            return largest
        if self.threshold is None:
            raise ValueError(f"{self.name} predicts numbers, not classes")
        return np.where(np.asarray(predictions) > self.threshold, 1, -1 if self.targets == "sign" else 0)


table: dict[str, Loss] = {}


def _loss(targets: str, **known: Any) -> Callable[[Function], Function]:
    """Enter the function in the table of losses, with what else is `known` of it."""

    def enter(function: Function) -> Function:
        table[function.__name__] = Loss(function, targets, **known)
        return function

    return enter


def get(loss: str | LossFunction) -> Loss:
    """The loss of this name, or one that wraps a function of your own; ValueError lists the names."""
    if callable(loss):
        return next((known for known in table.values() if known.function is loss), Loss(loss, "any"))
    return arguments.choose("loss", loss, table)


@_loss("number")
def mse(prediction: Prediction, target: Any, *, reduction: str = "mean") -> Any:
    """The squared error, (prediction - target)^2; PyTorch's mse_loss, Keras' MeanSquaredError.

    >>> mse([Value(1.0), Value(3.0)], [0.0, 1.0]).data
    2.5
    """
    differences = [p - t for p, t in _pairs("mse", prediction, target, reduction)]
    return _reduce([difference * difference for difference in differences], prediction, reduction)


@_loss("number")
def mae(prediction: Prediction, target: Any, *, reduction: str = "mean") -> Any:
    """The absolute error, |prediction - target|; PyTorch's l1_loss, Keras' MeanAbsoluteError.

    >>> mae([Value(1.0), Value(3.0)], [0.0, 1.0]).data
    1.5
    """
    return _reduce([abs(p - t) for p, t in _pairs("mae", prediction, target, reduction)], prediction, reduction)


@_loss("number")
def huber(prediction: Prediction, target: Any, *, delta: float = 1.0, reduction: str = "mean") -> Any:
    """Half the squared error up to an error of delta, beyond it delta * (|error| - delta/2): outliers pull no harder.

    Huber, "Robust estimation of a location parameter", 1964; PyTorch's huber_loss, Keras' Huber.

    >>> huber(Value(3.0), 0.0).data, huber(Value(0.5), 0.0).data
    (2.5, 0.125)
    """
    delta = arguments.check_real("delta", delta)
    if not delta:
        raise ValueError("delta must be above 0, not 0")
    sizes = [abs(p - t) for p, t in _pairs("huber", prediction, target, reduction)]
    clipped = [size.minimum(delta) for size in sizes]
    return _reduce([c * (size - c / 2) for c, size in zip(clipped, sizes, strict=True)], prediction, reduction)


@_loss("sign", threshold=0.0)
def hinge(prediction: Prediction, target: Any, *, reduction: str = "mean") -> Any:
    """max(0, 1 - target * prediction), for targets -1 or +1: zero beyond a margin of 1 on the right side.

    Keras' Hinge.

    >>> hinge(Value(0.25), -1).data
    1.25
    """
    pairs = _pairs("hinge", prediction, target, reduction)
    return _reduce([(1 - t * p).relu() for p, t in pairs], prediction, reduction)


@_loss("probability", threshold=0.5)
def binary_cross_entropy(prediction: Prediction, target: Any, *, reduction: str = "mean") -> Any:
    """-(target log p + (1 - target) log(1 - p)), for probabilities p, as a sigmoid gives them.

    Keras' BinaryCrossentropy. As in PyTorch a logarithm is at least -100, so the loss at a certain mistake is 100, not
    infinite, and the gradient is (p - target) / max(p (1 - p), 1e-12), so that it is finite there as well. ValueError
    for a p that is no probability, whose loss is nan on a tape.

    >>> round(binary_cross_entropy(Value(0.8), 1).data, 4)
    0.2231
    """
    pairs = _pairs("binary_cross_entropy", prediction, target, reduction)
    for p, _ in pairs:
        number = peek(p)
        if number < 0 or number > 1:
            remedy = "a sigmoid makes one, or binary_cross_entropy_with_logits takes any number"
            raise ValueError(f"binary_cross_entropy: {number:g} is not a probability, from 0 to 1; {remedy}")
    return _reduce([_cross_entropy(p, t) for p, t in pairs], prediction, reduction)


@_loss("probability", threshold=0.0)
def binary_cross_entropy_with_logits(prediction: Prediction, target: Any, *, reduction: str = "mean") -> Any:
    """Binary cross-entropy of sigmoid(prediction), stable for large predictions; its slope is sigmoid(z) - target.

    max(z, 0) - z*target + log(1 + exp(-abs(z))); PyTorch's, and Keras' BinaryCrossentropy(from_logits=True).

    >>> binary_cross_entropy_with_logits(Value(-1000.0), 1).data
    1000.0
    """
    pairs = _pairs("binary_cross_entropy_with_logits", prediction, target, reduction)
    return _reduce([_cross_entropy_with_logits(z, t) for z, t in pairs], prediction, reduction)


@_loss("class", from_right=lambda logits, right: logsumexp(logits) - right)
def cross_entropy(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """-log softmax(prediction)[target], for one logit per class and the index of the right one; stable.

    Keras' SparseCategoricalCrossentropy(from_logits=True).

    >>> round(cross_entropy([Value(2.0), Value(1.0), Value(0.0)], 0).data, 4)
    0.4076
    """
    return _classes("cross_entropy", prediction, target, reduction)


@_loss("class", from_right=lambda logarithms, right: -right)
def nll(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """-prediction[target], for one logarithm of a probability per class and the index of the right one.

    PyTorch's nll_loss. Of the logarithms of a softmax it is `cross_entropy`, which is the better way to it.

    >>> nll([Value(-0.1), Value(-2.3)], 1).data
    2.3
    """
    return _classes("nll", prediction, target, reduction)


def _classes(name: str, prediction: Any, target: Any, reduction: str) -> Any:
    """The loss of a row of one number per class and its class, or of several rows and theirs."""
    check_reduction(reduction)
    if is_list(prediction) and len(prediction) and is_list(prediction[0]):
        if not is_list(target) or len(target) != len(prediction):
            count = len(target) if is_list(target) else 1
            raise ValueError(f"{name}: {len(prediction)} predictions for {count} targets")
        pairs = zip(prediction, target, strict=True)
        return _reduce([_classes(name, *pair, "mean") for pair in pairs], target, reduction)
    numbers = [lift(number) for number in prediction] if is_list(prediction) else []
    if len(numbers) < 2:
        kind = "logits" if name == "cross_entropy" else "log probabilities"
        raise ValueError(f"{name} needs a list of at least 2 {kind}, one per class, not {prediction!r}")
    index = arguments.check_whole(f"the target of {name}, a class,", target, least=0)
    if index >= len(numbers):
        raise ValueError(f"{name}: class {index} of {len(numbers)} predictions (0 to {len(numbers) - 1})")
    from_right = table[name].from_right
    assert from_right is not None
    return from_right(numbers, numbers[index])


def _pairs(name: str, prediction: Any, target: Any, reduction: str) -> list[tuple[Value, Any]]:
    check_reduction(reduction)
    predictions, targets = flatten(prediction), flatten(target)
    if len(predictions) != len(targets) or not predictions:
        raise ValueError(f"{name}: {len(predictions)} predictions for {len(targets)} targets")
    if is_list(prediction) and is_list(prediction[0]) and shape(prediction) != shape(target):
        raise ValueError(f"{name}: predictions of shape {shape(prediction)}, targets of shape {shape(target)}")
    description, allowed = TARGETS[table[name].targets]
    for target in targets:
        number = peek(target) if isinstance(target, Value) else as_float(target)
        if not allowed(number):
            raise ValueError(f"{name}: the target {number:g} is not {description}")
    return [(lift(p), t) for p, t in zip(predictions, targets, strict=True)]


REDUCTIONS = ("mean", "sum", "none")


def check_reduction(reduction: str) -> None:
    """ValueError for anything but "mean", "sum" and "none"."""
    if reduction not in REDUCTIONS:
        raise ValueError(f"unknown reduction: {reduction!r} (one of {', '.join(map(repr, REDUCTIONS))})")


def _reduce(values: list[Value], like: Any, reduction: str) -> Any:
    """The mean or the sum of the values, or the values in the shape of `like`."""
    if reduction == "none":
        return refill(like, iter(values))
    if len(values) == 1:
        return values[0]
    return add(values) / len(values) if reduction == "mean" else add(values)
