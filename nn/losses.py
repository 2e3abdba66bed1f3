"""Losses: functions that measure how far a prediction is from its target.

A loss takes a prediction, which is a Value or a list of them as a model returns it, and a target, which is a number, a
list of numbers or the index of a class. It returns a Value. It also takes a list of predictions with a list of targets.
The reduction works as in PyTorch: "mean" and "sum" combine the losses into one, "none" returns a list of them.
"""

from collections.abc import Sequence
from math import inf, nan
from typing import Any

from engine import Value, dot, logsumexp, peek
from engine import sum as add
from engine.numbers import as_float, write_count
from engine.value import lift, operation
from nn import arguments
from nn.frames import as_plain
from nn.nested import flatten, is_list, refill, shape
from nn.rules import REDUCTIONS as REDUCTIONS
from nn.rules import TARGETS, Pick, check_reduction, enter_loss
from nn.rules import Loss as Loss
from nn.rules import LossFunction as LossFunction
from nn.rules import get as get
from nn.rules import table as table

Prediction = Value | Sequence[Value]
_binary_cross_entropy = operation("binary_cross_entropy")
_binary_cross_entropy_with_logits = operation("binary_cross_entropy_with_logits")


@enter_loss("number")
def mse(prediction: Prediction, target: Any, *, reduction: str = "mean") -> Any:
    """Return the squared error, (prediction - target)^2; PyTorch's mse_loss, Keras' MeanSquaredError.

    >>> mse([Value(1.0), Value(3.0)], [0.0, 1.0]).data
    2.5
    """
    differences = [p - t for p, t in _pairs("mse", prediction, target, reduction)]
    return _reduce([difference * difference for difference in differences], prediction, reduction)


@enter_loss("number")
def mae(prediction: Prediction, target: Any, *, reduction: str = "mean") -> Any:
    """Return the absolute error, |prediction - target|; PyTorch's l1_loss, Keras' MeanAbsoluteError.

    >>> mae([Value(1.0), Value(3.0)], [0.0, 1.0]).data
    1.5
    """
    return _reduce([abs(p - t) for p, t in _pairs("mae", prediction, target, reduction)], prediction, reduction)


@enter_loss("number")
def huber(prediction: Prediction, target: Any, *, delta: float = 1.0, reduction: str = "mean") -> Any:
    """Return half the squared error up to an error of delta, and delta * (|error| - delta/2) beyond it.

    So the gradient of an outlier is no larger than that of an error of delta.

    Huber, "Robust estimation of a location parameter", 1964; PyTorch's huber_loss, Keras' Huber.

    TypeError or ValueError for a delta that is not a number above 0, and for targets that do not fit.

    >>> huber(Value(3.0), 0.0).data, huber(Value(0.5), 0.0).data
    (2.5, 0.125)
    """
    delta = arguments.check_positive("delta", delta)
    sizes = [abs(p - t) for p, t in _pairs("huber", prediction, target, reduction)]
    clipped = [size.minimum(delta) for size in sizes]
    return _reduce([c * (size - c / 2) for c, size in zip(clipped, sizes, strict=True)], prediction, reduction)


@enter_loss("sign", threshold=0.0)
def hinge(prediction: Prediction, target: Any, *, reduction: str = "mean") -> Any:
    """Return max(0, 1 - target * prediction), for targets -1 or +1: zero beyond a margin of 1 on the right side.

    Keras' Hinge.

    >>> hinge(Value(0.25), -1).data
    1.25
    """
    pairs = _pairs("hinge", prediction, target, reduction)
    return _reduce([(1 - t * p).relu() for p, t in pairs], prediction, reduction)


@enter_loss("probability", threshold=0.5)
def binary_cross_entropy(prediction: Prediction, target: Any, *, reduction: str = "mean") -> Any:
    """Return -(target log p + (1 - target) log(1 - p)), for probabilities p such as a sigmoid's.

    Keras' BinaryCrossentropy. As in PyTorch, logarithms are at least -100 and the gradient is
    (p - target) / max(p (1 - p), 1e-12), so that both are finite for a p of 0 or 1. ValueError for a p that is not a
    probability; on a tape its loss is nan.

    >>> round(binary_cross_entropy(Value(0.8), 1).data, 4)
    0.2231
    """
    pairs = _pairs("binary_cross_entropy", prediction, target, reduction)
    for p, _ in pairs:
        number = peek(p)
        if number < 0 or number > 1:
            remedy = "a sigmoid makes one, or binary_cross_entropy_with_logits takes any number"
            raise ValueError(f"binary_cross_entropy: {number:g} is not a probability, from 0 to 1; {remedy}")
    return _reduce([_binary_cross_entropy(p, t) for p, t in pairs], prediction, reduction)


@enter_loss("probability", threshold=0.0)
def binary_cross_entropy_with_logits(
    prediction: Prediction, target: Any, *, pos_weight: float | Sequence[float] | None = None, reduction: str = "mean"
) -> Any:
    """Return the binary cross-entropy of sigmoid(prediction), stable for large predictions.

    It is max(z, 0) - z*target + log(1 + exp(-abs(z))), with the derivative sigmoid(z) - target. Keras calls it
    BinaryCrossentropy(from_logits=True).

    pos_weight   how much a target of 1 counts: a number, or one for each output

    ValueError for a target outside 0 to 1, and for weights that do not fit.

    >>> binary_cross_entropy_with_logits(Value(-1000.0), 1).data
    1000.0
    """
    pairs = _pairs("binary_cross_entropy_with_logits", prediction, target, reduction)
    if pos_weight is None:
        return _reduce([_binary_cross_entropy_with_logits(z, t) for z, t in pairs], prediction, reduction)
    weights = [arguments.check_real("pos_weight", weight) for weight in flatten(as_plain(pos_weight))]
    outputs = (1, *shape(prediction))[-1]
    if len(weights) not in (1, outputs):
        raise ValueError(f"pos_weight: {write_count(len(weights), 'weight')} for {write_count(outputs, 'output')}")
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
    """Return the cross-entropy of a row for the class that `pick` picks, times its weight; 0 if it picks none."""
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
    logarithms: list[Value], pick: Pick, *, weight: Sequence[float] | None = None, ignore_index: int | None = None
) -> Any:
    """Return the same from logarithms of probabilities."""
    loss = -pick(logarithms)
    if weight is None and ignore_index is None:
        return loss
    return loss * pick(_check_weights(weight, len(logarithms)))


@enter_loss("class", from_right=_cross_entropy_of)
def cross_entropy(
    prediction: Any,
    target: Any,
    *,
    weight: Sequence[float] | None = None,
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Any:
    """Return -log softmax(prediction)[target], for one logit per class and the index of the right class; stable.

    Keras' SparseCategoricalCrossentropy(from_logits=True). The target may also be one probability per class, as in
    one-hot and soft labels.

    weight            how much each class counts; as in PyTorch, the mean is then weighted by it. Of a single row it
                      cancels, so give nn.fit a loss with settings, such as nn.CrossEntropyLoss(weight=[1.0, 3.0])
    ignore_index      the class of rows to leave out
    label_smoothing   the share of the target that is divided evenly among all classes

    TypeError or ValueError for a class that does not exist, and for settings out of range.

    >>> round(cross_entropy([Value(2.0), Value(1.0), Value(0.0)], 0).data, 4)
    0.4076
    """
    smoothing = arguments.check_real("label_smoothing", label_smoothing, least=-inf)
    if not 0 <= smoothing <= 1:
        raise ValueError(f"label_smoothing must be from 0 to 1, not {smoothing:g}")
    settings = {"weight": weight, "ignore_index": ignore_index, "label_smoothing": smoothing}
    return _classes("cross_entropy", prediction, target, reduction, settings)


@enter_loss("class", from_right=_nll_of)
def nll(
    prediction: Any,
    target: Any,
    *,
    weight: Sequence[float] | None = None,
    ignore_index: int | None = None,
    reduction: str = "mean",
) -> Any:
    """Return -prediction[target], for one log probability per class and the index of the right class.

    PyTorch's nll_loss. After a log_softmax it equals `cross_entropy`, which is preferable. `weight` and `ignore_index`
    are those of `cross_entropy`.

    >>> nll([Value(-0.1), Value(-2.3)], 1).data
    2.3
    """
    return _classes("nll", prediction, target, reduction, {"weight": weight, "ignore_index": ignore_index})


def _classes(name: str, prediction: Any, target: Any, reduction: str, settings: dict[str, Any]) -> Any:
    """Return the loss of one row of a number per class and its target, or of several rows and their targets."""
    check_reduction(reduction)
    if settings["ignore_index"] is not None:
        arguments.check_whole("ignore_index", settings["ignore_index"], least=None)
    in_rows = is_list(prediction) and len(prediction) and is_list(prediction[0])
    if in_rows and (not is_list(target) or len(target) != len(prediction)):
        count = len(target) if is_list(target) else 1
        raise ValueError(f"{name}: {write_count(len(prediction), 'prediction')} for {write_count(count, 'target')}")
    pairs = list(zip(prediction, target, strict=True)) if in_rows else [(prediction, target)]
    found = [_find_cost(name, *pair, settings) for pair in pairs]
    if reduction == "mean":  # nothing of a row that is ignored enters it, as in PyTorch
        found = [(loss, weight) for loss, weight in found if weight is not None] or found
    losses = [loss for loss, _ in found]
    if reduction == "none":
        return losses if in_rows else losses[0]
    total = add(losses) if len(losses) > 1 else losses[0]
    weights = [weight for _, weight in found if weight is not None]
    if reduction == "sum" or weights == [1.0]:
        return total
    return total / (sum(weights) or nan)


def _find_cost(name: str, prediction: Any, target: Any, settings: dict[str, Any]) -> tuple[Value, float | None]:
    """Return the loss of one row times its weight, and that weight; None for the weight of a row that is ignored."""
    numbers = [lift(number) for number in prediction] if is_list(prediction) else []
    count = len(numbers)
    if count < 2:
        wanted = "logits" if name == "cross_entropy" else "log probabilities"
        raise ValueError(f"{name} needs a list of at least 2 {wanted}, one per class, not {prediction!r}")
    if name == "cross_entropy" and is_list(target):
        return _find_shared_cost(numbers, target, **settings), 1.0
    index = arguments.check_whole(f"the target of {name}, a class,", target, least=None)
    is_ignored = index == settings["ignore_index"]
    if index < 0 and not is_ignored:
        arguments.check_whole(f"the target of {name}, a class,", index, least=0)
    if index >= count and not is_ignored:
        raise ValueError(f"{name}: class {index} of {write_count(count, 'prediction')} (0 to {count - 1})")

    weights = _check_weights(settings["weight"], count)
    if is_ignored:
        return add(numbers).step() * 0.0, None  # depends on the row, but passes nothing on to it
    from_right = table[name].from_right
    assert from_right is not None
    return from_right(numbers, lambda parts: parts[index], **settings), weights[index]


def _find_shared_cost(
    logits: list[Value], target: Any, weight: Any, ignore_index: Any, label_smoothing: float
) -> Value:
    """Return the cross-entropy of a row whose target is one probability per class."""
    count = len(logits)
    if len(target) != count:
        given = write_count(len(target), "probability", "probabilities")
        raise ValueError(f"cross_entropy: {given} for {write_count(count, 'prediction')}")
    if ignore_index is not None:
        raise ValueError("cross_entropy: ignore_index is for classes, not for probabilities")
    normaliser = logsumexp(logits)
    shares = [
        weight * ((1 - label_smoothing) * share + label_smoothing / count if label_smoothing else share)
        for weight, share in zip(_check_weights(weight, count), target, strict=True)
    ]
    return dot(shares, [normaliser - logit for logit in logits])


def _check_weights(weight: Sequence[float] | None, count: int) -> list[float]:
    """Return one weight for each class, 1 by default."""
    if weight is None:
        return [1.0] * count
    listed = arguments.read_list(weight, "weight", "a number for each class")
    weights = [arguments.check_real("weight", number) for number in listed]
    if len(weights) != count:
        raise ValueError(f"weight: {write_count(len(weights), 'weight')} for {write_count(count, 'class', 'classes')}")
    return weights


def _pairs(name: str, prediction: Any, target: Any, reduction: str) -> list[tuple[Value, Any]]:
    check_reduction(reduction)
    predictions, targets = flatten(prediction), flatten(target)
    if len(predictions) != len(targets) or not predictions:
        counts = f"{write_count(len(predictions), 'prediction')} for {write_count(len(targets), 'target')}"
        raise ValueError(f"{name}: {counts}")
    if is_list(prediction) and is_list(prediction[0]) and shape(prediction) != shape(target):
        raise ValueError(f"{name}: predictions of shape {shape(prediction)}, targets of shape {shape(target)}")
    description, allowed = TARGETS[table[name].targets]
    for target in targets:
        number = peek(target) if isinstance(target, Value) else as_float(target)
        if not allowed(number):
            raise ValueError(f"{name}: the target {number:g} is not {description}")
    return [(lift(p), t) for p, t in zip(predictions, targets, strict=True)]


def _reduce(values: list[Value], like: Any, reduction: str) -> Any:
    """Return the mean or the sum of the values, or the values in the shape of `like`."""
    if reduction == "none":
        return refill(like, iter(values))
    if len(values) == 1:
        return values[0]
    return add(values) / len(values) if reduction == "mean" else add(values)
