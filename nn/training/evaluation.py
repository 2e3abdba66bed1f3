"""Evaluation: `predict`, `classify` and `evaluate`, which leave the model as it is."""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import nan
from typing import Any

import numpy as np

from engine import Value
from engine.branches import find_reached
from engine.modes import call_both, current, mode
from engine.numbers import CONSTANT
from engine.value import toposort
from nn import arguments, losses
from nn.answers import Answers, encode_labels
from nn.arguments import Array
from nn.frames import check_columns
from nn.module import Module, check_model, in_mode
from nn.rules import Loss, LossFunction
from nn.training import metrics
from nn.training.predictor import Predictor
from nn.training.sequences import Rows, Samples, read_samples
from nn.untracked import REMEDY, look_within


def predict(model: Module, X: Any, *, record: bool = True) -> Array:
    """Return the outputs for rows X (rows, inputs), in evaluation: (rows,), or (rows, outputs) for several outputs.

    X        rows, or sequences of any lengths, as for `nn.fit`
    record   compute on arrays by replaying a recorded graph, if the model allows it: the same numbers, much faster

    TypeError for anything but a model; TypeError or ValueError for rows that do not fit it, and for a DataFrame whose
    columns are not those that it has learned from, in the same order.

    >>> from nn.layers import MLP
    >>> predict(MLP(2, [1], init="zeros"), [[1.0, 2.0], [3.0, 4.0]])
    array([0., 0.])
    """
    check_model(model)
    check_columns(model.columns, X, "X")
    return Predictor(model, record).predict(read_samples(X))


def classify(model: Module, X: Any, loss: str | LossFunction | None = None) -> Array:
    """Return the class of each row of X (rows,): its label if the model has learned labels, else its number.

    loss   the loss that decides what an output means; by default the one that the model was trained with

    ValueError for a model that has not learned classes, and for an output that is nan.

    >>> from nn.layers import Layer
    >>> from nn.training.train import fit
    >>> model, X = Layer(1, 2, "linear", init="zeros"), [[0.0], [1.0]]
    >>> history = fit(model, X, ["no", "yes"], loss="cross_entropy", epochs=20, progress=False)
    >>> classify(model, X).tolist()
    ['no', 'yes']
    """
    check_model(model)
    if loss is None and not model.answers:
        raise ValueError(
            f"{model!r} has not learned classes: nn.fit it with a loss that knows them, or name the loss, as in "
            'nn.classify(model, X, "cross_entropy")'
        )
    outputs = predict(model, X)
    arguments.check_every("nn.predict(model, X)", outputs, lambda outputs: ~np.isnan(outputs), "an answer")
    classes = find_rule(model, loss).classify(outputs)
    if not model.answers or not model.answers.labels:
        return classes
    return np.array(model.answers.labels)[np.maximum(classes, 0)]  # -1 is the first of two


def evaluate(
    model: Module, X: Any, y: Any, loss: str | LossFunction | None = None, *, record: bool = True
) -> dict[str, float]:
    """Return the mean loss over rows X with targets y, and further metrics, in evaluation.

    loss   as for `nn.fit`; by default the loss of classes that the model was trained with, without its settings, or mse

    The keys are "loss", "accuracy" for a loss of classes, and "r2" for a loss of numbers. The other arguments are those
    of `nn.fit`, and so are TypeError and ValueError for bad ones.

    >>> from nn.layers import MLP
    >>> evaluate(MLP(1, [1], init="zeros"), [[1.0], [2.0]], [1.0, -1.0])
    {'loss': 1.0, 'r2': 0.0}
    """
    check_model(model)
    rule = find_rule(model, loss)
    check_columns(model.columns, X, "X")
    return measure(Predictor(model, record), *check_data(model, X, y, rule), rule)


def find_rule(model: Module, loss: str | LossFunction | None) -> Loss:
    """Return the loss that is given, or else the one whose classes the model has learned, or mse."""
    known = model.answers.loss if model.answers else "mse"
    return losses.get(known if loss is None else loss)


@np.errstate(over="ignore", invalid="ignore")
def measure(predictor: Predictor, rows: Rows, targets: Array, rule: Loss) -> dict[str, float]:
    """Evaluate data that have been checked."""
    if rule.targets == "any":
        total, predictions = predictor.add_own_losses(rows, targets, rule), np.empty(0)
    else:
        predictions = predictor.predict(rows)
        total = float(predictor.find_losses(predictions, targets, rule).sum())
    return describe(total / (rule.find_divisor(targets) or nan), predictions, targets, rule)


def describe(loss: float, predictions: Array, targets: Array, rule: Loss) -> dict[str, float]:
    """Return the mean loss and the metrics of predictions."""
    measured = {"loss": loss}
    if rule.classifies:
        measured["accuracy"] = metrics.share_right(predictions, targets, rule)
    elif rule.targets == "number":
        measured["r2"] = metrics.explained(predictions, targets)
    return measured


def check_data(model: Module, X: Any, y: Any, rule: Loss, which: str = "", answers: Answers | None = None) -> Samples:
    """Return rows and targets after checking that they fit model and loss, by a trial with one row."""
    rows = read_samples(X, f"{which}X")
    with in_mode(model, training=False):
        prediction = model(rows[np.array([0])].tolist()[0])
        outputs = [prediction] if isinstance(prediction, Value) else prediction
        if not isinstance(outputs, list) or not all(isinstance(output, Value) for output in outputs):
            raise TypeError(f"{model!r} must return a Value or a list of them, not {prediction!r}")
        targets = rule.check(
            encode_labels(answers or model.answers, y, rule, len(outputs), f"{which}y"), len(outputs), f"{which}y"
        )
        arguments.check_lengths(rows, targets, f"{which}X and y")
        result = rule.function(prediction, targets[0].tolist())
        if not isinstance(result, Value):
            raise TypeError(f"the loss {rule.name} must return a Value, not {type(result).__name__}: {result!r}")
    return rows, targets


@contextmanager
def note_operands() -> Iterator[set[Value]]:
    """Collect the operands of the nodes that are made in this block, in this thread, without results of the block.

    Results under no_grad() have none.
    """
    found: set[Value] = set()
    made: set[Value] = set()
    with mode(on_node=call_both(current.on_node, made.add)):
        yield found
    for node in made:  # an operation of micrograd's kind gets its operands after it is made
        found.update(node.operands)
    found.difference_update(node for node in made if not node.is_leaf)


def warn_of_unlearned(
    model: Module, rows: Rows, targets: Array, rule: Loss, optimised: Iterable[Value], used: set[Value]
) -> None:
    """Warn, at the caller's caller, about leaves of the loss that are neither `optimised` nor parameters.

    used   what a trial of the first row computed with; if all of it is known, there is no need for another
    """
    known = {*optimised}
    if all(node.op == CONSTANT or node in known for node in used):
        return
    if found := find_unlearned(model, rows, targets, rule, known):
        more = f", as on {len(found) - 1} more," if len(found) > 1 else ","
        text = f"the loss depends on {found[0]!r}{more} which is no parameter of the model and will not be learned"
        warnings.warn(f"{text}: {REMEDY}; the optimizer may hold it as well", stacklevel=3)


def find_unlearned(
    model: Module, rows: Rows, targets: Array, rule: Loss, optimised: Iterable[Value] = ()
) -> list[Value]:
    """Return the leaves, such as in a closure, that the loss of the first row depends on and that nothing learns.

    Parameters, `optimised` leaves, leaves in attributes with an underscore, and leaves made anew at each call are left
    out.
    """
    row, target = rows[np.array([0])].tolist()[0], targets[0].tolist()
    known = {*optimised, *model.parameters()}

    def find() -> list[Value]:
        reached = find_reached(toposort(rule.function(model(row), target)))  # nothing detached is learned
        return [node for node in reached if not node.op and node not in known]

    with in_mode(model, training=False):
        found = find()
        if not found:
            return []
        again = set(find())  # leave out those that forward makes anew
    private = [held for module in model.modules() for name, held in vars(module).items() if name[0] == "_"]
    again.difference_update(look_within(private))
    return [leaf for leaf in found if leaf in again]
