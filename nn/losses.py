"""Losses: how far a prediction is from its target, for one sample.

A loss takes a prediction, a Value or a list of them as a model returns it, and a target, a number, a
list of as many, or the index of a class; it returns a Value. For several samples take the mean.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp
from typing import Any, TypeVar

import numpy as np

from engine import Value, logsumexp, maximum
from engine import sum as add
from engine.value import as_float, lift
from nn import arguments
from nn.arguments import Array

Prediction = Value | Sequence[Value]
LossFunction = Callable[[Any, Any], Value]
Function = TypeVar("Function", bound=LossFunction)
SMALLEST = exp(-100)  # PyTorch too takes no logarithm below -100

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
    """

    function: LossFunction
    targets: str
    threshold: float | None = None

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


def _loss(targets: str, threshold: float | None = None) -> Callable[[Function], Function]:
    """Enter the function in the table of losses."""

    def enter(function: Function) -> Function:
        table[function.__name__] = Loss(function, targets, threshold)
        return function

    return enter


def get(loss: str | LossFunction) -> Loss:
    """The loss of this name, or one that wraps a function of your own; ValueError lists the names."""
    if callable(loss):
        return next((known for known in table.values() if known.function is loss), Loss(loss, "any"))
    return arguments.choose("loss", loss, table)


@_loss("number")
def mse(prediction: Prediction, target: Any) -> Value:
    """The mean squared error, (prediction - target)^2.

    >>> mse([Value(1.0), Value(3.0)], [0.0, 1.0]).data
    2.5
    """
    differences = [p - t for p, t in _pairs("mse", prediction, target)]
    return _mean([difference * difference for difference in differences])


@_loss("sign", threshold=0.0)
def hinge(prediction: Prediction, target: Any) -> Value:
    """max(0, 1 - target * prediction), for targets -1 or +1: zero beyond a margin of 1 on the right side.

    >>> hinge(Value(0.25), -1).data
    1.25
    """
    return _mean([(1 - t * p).relu() for p, t in _pairs("hinge", prediction, target)])


@_loss("probability", threshold=0.5)
def binary_cross_entropy(prediction: Prediction, target: Any) -> Value:
    """-(target log p + (1 - target) log(1 - p)), for probabilities p, as a sigmoid gives them.

    As in PyTorch a logarithm is at least -100, so the loss at a certain mistake is 100, not infinite.

    >>> round(binary_cross_entropy(Value(0.8), 1).data, 4)
    0.2231
    """
    pairs = _pairs("binary_cross_entropy", prediction, target)
    return _mean([-(t * _log(p) + (1 - t) * _log(1 - p)) for p, t in pairs])


@_loss("probability", threshold=0.0)
def binary_cross_entropy_with_logits(prediction: Prediction, target: Any) -> Value:
    """Binary cross-entropy of sigmoid(prediction), stable for large predictions: log sigmoid(z) = -softplus(-z).

    >>> binary_cross_entropy_with_logits(Value(-1000.0), 1).data
    1000.0
    """
    pairs = _pairs("binary_cross_entropy_with_logits", prediction, target)
    return _mean([t * (-z).softplus() + (1 - t) * z.softplus() for z, t in pairs])


@_loss("class")
def cross_entropy(prediction: Prediction, target: Any) -> Value:
    """-log softmax(prediction)[target], for one logit per class and the index of the right one; stable.

    >>> round(cross_entropy([Value(2.0), Value(1.0), Value(0.0)], 0).data, 4)
    0.4076
    """
    logits = [lift(logit) for logit in _listed(prediction)]
    if len(logits) < 2:
        raise ValueError(f"cross_entropy needs a list of at least 2 logits, one per class, not {prediction!r}")
    index = arguments.check_whole("the target of cross_entropy, a class,", target, least=0)
    if index >= len(logits):
        raise ValueError(f"cross_entropy: class {index} of {len(logits)} logits (0 to {len(logits) - 1})")
    return logsumexp(logits) - logits[index]


def _log(probability: Value) -> Value:
    return maximum(probability, SMALLEST).log()


def _pairs(name: str, prediction: Any, target: Any) -> list[tuple[Value, Any]]:
    predictions, targets = _listed(prediction), _listed(target)
    if len(predictions) != len(targets) or not predictions:
        raise ValueError(f"{name}: {len(predictions)} predictions for {len(targets)} targets")
    description, allowed = TARGETS[table[name].targets]
    for target in targets:
        number = target.data if isinstance(target, Value) else as_float(target)
        if not allowed(number):
            raise ValueError(f"{name}: the target {number:g} is not {description}")
    return [(lift(p), t) for p, t in zip(predictions, targets, strict=True)]


def _listed(given: Any) -> list[Any]:
    return list(given) if hasattr(given, "__len__") else [given]


def _mean(values: list[Value]) -> Value:
    return values[0] if len(values) == 1 else add(values) / len(values)
