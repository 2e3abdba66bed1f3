"""Losses: how far a prediction is from its target, for one sample.

A loss takes a prediction, a Value or a list of them as a model returns it, and a target, a number, a
list of as many, or the index of a class; it returns a Value. It also takes a list of predictions and
one of targets. The reduction, PyTorch's, says what becomes of several numbers: their "mean", their
"sum", or, with "none", a list of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import numpy as np

from engine import Value, dot, logsumexp, peek
from engine import sum as add
from engine.numbers import as_float
from engine.value import lift, operation
from nn import arguments
from nn.arguments import Array
from nn.nests import flatten, is_list, refill, shape

Prediction = Value | Sequence[Value]
LossFunction = Callable[..., Any]
Pick = Callable[[Sequence[Any]], Any]
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
    from_right where targets are classes: the loss from a row's predictions and a function that picks from a list what
               belongs to the right class. It need not be one of the list: it may be a weighted sum
    settings   what the function is called with besides, by name

    Called with a prediction and a target, it is the function with its settings. `nn.fit` takes the mean over its rows:
    with class weights w, of w[y] * loss, where PyTorch's "mean" divides by the sum of the batch's w[y] and not by the
    number of rows; the loss of a row of the class `ignore_index` is 0.

    >>> get("cross_entropy", label_smoothing=0.1)
    cross_entropy(label_smoothing=0.1)
    """

    function: LossFunction
    targets: str
    threshold: float | None = None
    from_right: Callable[[list[Value], Pick], Value] | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The function's name."""
        function = self.function.func if isinstance(self.function, partial) else self.function
        return str(getattr(function, "__name__", type(function).__name__))

    @property
    def ignored(self) -> int | None:
        """The class of rows that have none, and count for nothing."""
        return self.settings.get("ignore_index")

    def __call__(self, prediction: Any, target: Any) -> Any:
        """The loss of a prediction, or of several."""
        known = table.get(self.name, self)
        return known.function(prediction, target, **self.settings)

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={given!r}' for name, given in self.settings.items())})"

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
        if numbers.shape == (len(numbers), 1):
            numbers = numbers[:, 0]
        if numbers.ndim == 2:
            return self._check_shares(numbers, outputs, name)

        def is_class(y: Any) -> Any:
            known = (y >= 0) & (y < outputs) & (y == y.round())
            return known if self.ignored is None else known | (y == self.ignored)

        arguments.check_every(name, numbers, is_class, f"a class from 0 to {outputs - 1}")
        return numbers.astype(int)

    def _check_shares(self, numbers: Array, outputs: int, name: str) -> Array:
        """Rows of one probability a class, as a one-hot table has them."""
        if self.name != "cross_entropy" or numbers.shape[1] != outputs:
            shares = f", or {outputs} probabilities" if self.name == "cross_entropy" else ""
            raise ValueError(
                f"{name}: {self.name} takes the index of a class{shares}, not rows of {numbers.shape[1]} numbers"
            )
        arguments.check_every(name, numbers, TARGETS["probability"][1], TARGETS["probability"][0])
        for row, total in enumerate(numbers.sum(axis=1).tolist()):
            if abs(total - 1) > 1e-6:
                raise ValueError(f"{name}[{row}]: probabilities that add up to 1 expected, not to {total:g}")
        return numbers

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


def get(loss: "str | LossFunction | Loss", **settings: Any) -> Loss:
    """The loss of this name, or one that wraps a function of your own; ValueError lists the names.

    settings   the function's keyword arguments, such as label_smoothing=0.1; those that are None are left out
    """
    if isinstance(loss, Loss):
        return loss
    if callable(loss):
        found = next((known for known in table.values() if known.function is loss), Loss(loss, "any"))
    else:
        found = arguments.choose("loss", loss, table)
    given = {name: setting for name, setting in settings.items() if setting is not None}
    if not given:
        return found
    check_reduction(given.get("reduction", "mean"))
    inner = {name: setting for name, setting in given.items() if name != "reduction"}
    each = {"reduction": "sum"} if found.from_right or given.get("reduction") == "sum" else {}
    from_right = found.from_right and partial(found.from_right, **inner)
    return Loss(partial(found.function, **inner, **each), found.targets, found.threshold, from_right, given)


def encode(targets: Array, classes: int) -> Array:
    """A row for each target, a class: 1.0 in its column, 0.0 elsewhere; zeros alone for one that is ignored."""
    return np.equal.outer(targets, np.arange(classes)).astype(float)


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
def binary_cross_entropy_with_logits(
    prediction: Prediction, target: Any, *, pos_weight: float | Sequence[float] | None = None, reduction: str = "mean"
) -> Any:
    """Binary cross-entropy of sigmoid(prediction), stable for large predictions; its slope is sigmoid(z) - target.

    max(z, 0) - z*target + log(1 + exp(-abs(z))); PyTorch's, and Keras' BinaryCrossentropy(from_logits=True).

    pos_weight   how many times a target of 1 counts: a number, or one for each output

    >>> binary_cross_entropy_with_logits(Value(-1000.0), 1).data
    1000.0
    """
    pairs = _pairs("binary_cross_entropy_with_logits", prediction, target, reduction)
    if pos_weight is None:
        return _reduce([_cross_entropy_with_logits(z, t) for z, t in pairs], prediction, reduction)
    weights = [arguments.check_real("pos_weight", weight) for weight in flatten(pos_weight)]
    if len(weights) != 1 and len(pairs) % len(weights):
        raise ValueError(f"pos_weight: {len(weights)} weights for {len(pairs)} predictions")
    repeated = weights * (len(pairs) // len(weights))
    losses = [
        (1 - t) * z + (1 + (weight - 1) * t) * (-z).softplus() for (z, t), weight in zip(pairs, repeated, strict=True)
    ]
    return _reduce(losses, prediction, reduction)


def _cross_entropy_of(
    logits: list[Value],
    pick: Pick,
    *,
    weight: Sequence[float] | None = None,
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
) -> Any:
    """The cross-entropy of a row: of the class that `pick` picks, times its weight; 0 where it picks none."""
    normaliser = logsumexp(logits)
    loss = normaliser - pick(logits)
    if weight is not None or ignore_index is not None:
        loss = loss * pick(_check_weights(weight, len(logits)))
    if label_smoothing:
        weights = _check_weights(weight, len(logits))
        others = dot(weights, [normaliser - logit for logit in logits]) / len(logits)
        loss = (1 - label_smoothing) * loss + label_smoothing * others * pick([1.0] * len(logits))
    return loss


def _nll_of(
    logarithms: list[Value],
    pick: Pick,
    *,
    weight: Sequence[float] | None = None,
    ignore_index: int | None = None,
) -> Any:
    """The same from logarithms of probabilities."""
    loss = -pick(logarithms)
    if weight is None and ignore_index is None:
        return loss
    return loss * pick(_check_weights(weight, len(logarithms)))


@_loss("class", from_right=_cross_entropy_of)
def cross_entropy(
    prediction: Any,
    target: Any,
    *,
    weight: Sequence[float] | None = None,
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Any:
    """-log softmax(prediction)[target], for one logit per class and the index of the right one; stable.

    Keras' SparseCategoricalCrossentropy(from_logits=True). The target may be one probability per class as well, as
    one-hot tables and soft labels have them.

    weight            how many times each class counts; as in PyTorch the mean is then that by these weights
    ignore_index      the class of rows that have none: they count for nothing
    label_smoothing   this share of the target is spread evenly over all classes

    >>> round(cross_entropy([Value(2.0), Value(1.0), Value(0.0)], 0).data, 4)
    0.4076
    """
    smoothing = arguments.check_real("label_smoothing", label_smoothing, below=1.0 + 1e-9)
    settings = {"weight": weight, "ignore_index": ignore_index, "label_smoothing": smoothing}
    return _classes("cross_entropy", prediction, target, reduction, settings)


@_loss("class", from_right=_nll_of)
def nll(
    prediction: Any,
    target: Any,
    *,
    weight: Sequence[float] | None = None,
    ignore_index: int | None = None,
    reduction: str = "mean",
) -> Any:
    """-prediction[target], for one logarithm of a probability per class and the index of the right one.

    PyTorch's nll_loss. Of the logarithms of a softmax it is `cross_entropy`, which is the better way to it.
    `weight` and `ignore_index` are those of `cross_entropy`.

    >>> nll([Value(-0.1), Value(-2.3)], 1).data
    2.3
    """
    return _classes("nll", prediction, target, reduction, {"weight": weight, "ignore_index": ignore_index})


def _classes(name: str, prediction: Any, target: Any, reduction: str, settings: dict[str, Any]) -> Any:
    """The loss of a row of one number per class and its class, or of several rows and theirs."""
    check_reduction(reduction)
    in_rows = is_list(prediction) and len(prediction) and is_list(prediction[0])
    if in_rows and (not is_list(target) or len(target) != len(prediction)):
        count = len(target) if is_list(target) else 1
        raise ValueError(f"{name}: {len(prediction)} predictions for {count} targets")
    pairs = list(zip(prediction, target, strict=True)) if in_rows else [(prediction, target)]
    found = [_find_cost(name, *pair, settings) for pair in pairs]
    losses, weights = [loss for loss, _ in found], [weight for _, weight in found]
    if reduction == "none":
        return losses if in_rows else losses[0]
    total = add(losses) if len(losses) > 1 else losses[0]
    if reduction == "sum" or weights == [1.0]:
        return total
    return total / sum(weights)


def _find_cost(name: str, prediction: Any, target: Any, settings: dict[str, Any]) -> tuple[Value, float]:
    """The loss of one row times its weight, and that weight."""
    numbers = [lift(number) for number in prediction] if is_list(prediction) else []
    count = len(numbers)
    if count < 2:
        kind = "logits" if name == "cross_entropy" else "log probabilities"
        raise ValueError(f"{name} needs a list of at least 2 {kind}, one per class, not {prediction!r}")
    if name == "cross_entropy" and is_list(target):
        return _find_shared_cost(numbers, target, **settings), 1.0
    index = arguments.check_whole(f"the target of {name}, a class,", target, least=None)
    is_ignored = index == settings["ignore_index"]
    if index < 0 and not is_ignored:
        arguments.check_whole(f"the target of {name}, a class,", index, least=0)
    if index >= count and not is_ignored:
        raise ValueError(f"{name}: class {index} of {count} predictions (0 to {count - 1})")

    def pick(parts: Sequence[Any]) -> Any:
        return lift(0.0) if is_ignored else parts[index]

    from_right = table[name].from_right
    assert from_right is not None
    weight = 0.0 if is_ignored else _check_weights(settings["weight"], count)[index]
    return from_right(numbers, pick, **settings), weight


def _find_shared_cost(
    logits: list[Value], target: Any, weight: Any, ignore_index: Any, label_smoothing: float
) -> Value:
    """The cross-entropy of a row whose target is one probability per class."""
    count = len(logits)
    if len(target) != count:
        raise ValueError(f"cross_entropy: {len(target)} probabilities for {count} predictions")
    if ignore_index is not None:
        raise ValueError("cross_entropy: ignore_index is for classes, not for probabilities")
    normaliser = logsumexp(logits)
    shares = [
        weight * ((1 - label_smoothing) * share + label_smoothing / count if label_smoothing else share)
        for weight, share in zip(_check_weights(weight, count), target, strict=True)
    ]
    return dot(shares, [normaliser - logit for logit in logits])


def _check_weights(weight: Sequence[float] | None, count: int) -> list[float]:
    """One weight for each class, 1 by default."""
    if weight is None:
        return [1.0] * count
    weights = [arguments.check_real("weight", number) for number in weight]
    if len(weights) != count:
        raise ValueError(f"weight: {len(weights)} weights for {count} classes")
    return weights


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
