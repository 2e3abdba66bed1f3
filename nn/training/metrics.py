"""Metrics: accuracy, confusion matrix and R² of predictions."""

from typing import Any

import numpy as np

from nn import arguments, losses
from nn.answers import read_labels
from nn.arguments import Array
from nn.rules import Loss, LossFunction


def accuracy(predictions: Any, y: Any, loss: str | LossFunction | None = None) -> float:
    """Return the share of predictions, as `predict` returns them, that mean the right class.

    The loss decides what a prediction means: for cross_entropy the class of the largest logit, for hinge the sign; for
    binary_cross_entropy it is class 1 above 0.5, for binary_cross_entropy_with_logits above 0. ValueError for others.

    >>> accuracy([0.2, 0.9, 0.6], [0, 1, 0], "binary_cross_entropy")
    0.6666666666666666
    """
    if loss is None:
        call = 'nn.accuracy(predictions, y, "cross_entropy")'
        raise TypeError(
            f"the loss says what a prediction stands for: {call}, or the loss that the model has learned by"
        )
    rule = losses.get(loss)
    return share_right(*_read(predictions, y, rule), rule)


def confusion_matrix(predictions: Any, y: Any, loss: str | LossFunction) -> Array:
    """Count the predictions of each class: a row for each true class, a column for each predicted one.

    Returns whole numbers (classes, classes), with two classes if the loss has one output for both. The loss decides
    what a prediction means, as in `accuracy`; ValueError for a loss without classes, and for several answers per row.

    >>> confusion_matrix([0.2, 0.9, 0.6], [0, 1, 0], "binary_cross_entropy")
    array([[1, 1],
           [0, 1]])
    """
    rule = losses.get(loss)
    outputs, targets = _read(predictions, y, rule)
    if targets.ndim > 1:
        raise ValueError(f"a confusion matrix takes one answer a row, not {targets.shape[1]}")
    classes = outputs.shape[1] if rule.targets == "class" else 2
    matrix = np.zeros((classes, classes), int)
    # +1 and True are the class 1, -1 and False the class 0
    answered = _find_answered(targets, rule)
    truth, guess = (np.maximum(part[answered], 0).astype(int) for part in (np.round(targets), rule.classify(outputs)))
    np.add.at(matrix, (truth, guess), 1)
    return matrix


def r2(predictions: Any, y: Any) -> float:
    """Return the share of the targets' variance that the predictions explain: 1 is perfect, 0 no better than the mean.

    That is 1 - sum (y - prediction)^2 / sum (y - mean of y)^2; for several outputs, the mean over these. nan if all
    targets are the same.

    TypeError or ValueError for arrays that do not fit together.

    >>> r2([1.0, 2.0, 2.0], [1.0, 2.0, 3.0])
    0.5
    """
    outputs, targets = arguments.read_numbers(predictions, "predictions"), arguments.read_numbers(y)
    arguments.check_lengths(outputs, targets, "predictions and y")
    if outputs.size != targets.size:
        raise ValueError(f"predictions of shape {outputs.shape}, targets of shape {targets.shape}")
    return explained(outputs, targets)


@np.errstate(over="ignore", invalid="ignore")
def explained(outputs: Array, targets: Array) -> float:
    """Return `r2` of arrays that have been checked."""
    outputs, targets = outputs.reshape(len(outputs), -1), targets.reshape(len(targets), -1)
    exponents = np.frexp(np.abs(targets).max(axis=0))[1]  # of powers of two, which round nothing
    outputs, targets = np.ldexp(outputs, -exponents), np.ldexp(targets, -exponents)  # whose squares do not overflow
    missed = np.square(targets - outputs).sum(axis=0)
    differences = targets - targets[0]  # exactly 0 where all are the same
    total = np.square(differences - differences.mean(axis=0)).sum(axis=0)
    return float("nan") if not total.all() else float(np.mean(1 - missed / total))


def share_right(outputs: Array, targets: Array, rule: Loss) -> float:
    """Return `accuracy` of arrays that have been checked, except that outputs may be nan, which is never right."""
    known = ~np.isnan(outputs)
    if rule.threshold is None:
        right = rule.classify(outputs) == (targets if targets.ndim == 1 else targets.argmax(axis=1))
        right = (right & known.all(axis=1))[_find_answered(targets, rule)]
    else:
        right = known & ((outputs > rule.threshold) == (targets > (0.5 if rule.targets == "probability" else 0.0)))
    return float(np.count_nonzero(right) / right.size) if right.size else float("nan")


def _find_answered(targets: Array, rule: Loss) -> Any:
    """Return the rows that have a class, without those that the loss ignores."""
    return slice(None) if rule.ignored is None else targets != rule.ignored


def _read(predictions: Any, y: Any, rule: Loss) -> tuple[Array, Array]:
    outputs = arguments.read_numbers(predictions, "predictions")
    if outputs.shape == (len(outputs), 1):
        outputs = outputs[:, 0]
    if (labels := read_labels(y)) and isinstance(labels[0], str):
        numbers = "their numbers are [model.answers.labels.index(label) for label in y]"
        known = "nn.evaluate(model, X, y, loss) knows what they stand for"
        raise ValueError(f"y: labels such as {labels[0]!r}: {known}; {numbers}")
    targets = rule.check(y, outputs.shape[1] if outputs.ndim == 2 else 1)
    arguments.check_lengths(outputs, targets, "predictions and y")
    return outputs, targets
