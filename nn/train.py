"""Training: forward, loss, backward, update, until it is enough; and what the trained model says."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.random import Generator

from engine import Value, no_grad
from nn import arguments, losses
from nn.arguments import Array
from nn.losses import Loss, LossFunction
from nn.module import Module
from nn.optim import Adam, Optimizer
from nn.recording import NotRecordedError, Recording


@dataclass
class History:
    """What happened during training, one number an epoch.

    loss                 the mean over the epoch's samples, each taken before its batch's update
    accuracy             the share of those samples that were right; empty where the loss knows no classes
    validation_loss      of the validation data, at the end of the epoch; empty without such data
    validation_accuracy  likewise
    stopped              why training ended: "epochs", "threshold", "callback", "interrupted" or "diverged"
    reason               the same in a sentence

    When training is interrupted or diverges, the epoch under way leaves no number.
    """

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    stopped: str = ""
    reason: str = ""

    @property
    def epochs(self) -> int:
        """How many epochs were completed."""
        return len(self.loss)


class _DivergenceError(ArithmeticError):
    """A number that training cannot go on from."""


def fit(
    model: Module,
    X: Any,
    y: Any,
    *,
    loss: str | LossFunction = "mse",
    optimizer: Optimizer | None = None,
    epochs: int = 100,
    batch_size: int | None = None,
    threshold: float | None = None,
    validation: tuple[Any, Any] | None = None,
    generator: Generator | None = None,
    progress: bool = True,
    callback: Callable[[History], Any] | None = None,
    record: bool = True,
) -> History:
    """Train a model on rows X and their targets y; returns what happened.

    model       takes a row and returns a Value or a list of them
    X           rows of finite numbers (rows, inputs)
    y           a target a row, as the loss takes them: numbers, -1 or +1, probabilities, or classes 0, 1, ...
    loss        a name of `nn.losses.table`, or a function of prediction and target
    optimizer   over the model's parameters; Adam with lr=0.05 by default
    epochs      how often to go through the data at most
    batch_size  rows per update, reshuffled each epoch; None takes all rows at once, in order
    threshold   stop once an epoch's mean loss is below this
    validation  (X, y) to measure, not to learn from
    generator   a numpy.random.Generator for the shuffling; None for a new, unseeded one
    progress    show a bar, if tqdm is installed
    callback    called with the history after each epoch; training stops where it returns True
    record      compute on arrays, by replaying a recorded graph: the same numbers, much sooner. Where the graph
                of one sample does not do for another, a warning says why, and training goes on with Values

    The Values have their new numbers and gradients at the end of each epoch, and whenever training ends.
    A loss or a gradient that is not finite ends training before the update that it would cause, and so does
    Ctrl-C; the history says so. TypeError or ValueError for bad arguments, naming rows and columns, comes
    before anything is changed.
    """
    if not isinstance(model, Module):
        raise TypeError(f"model must be an nn.Module, not {type(model).__name__}: {model!r}")
    rule = losses.get(loss)
    rows, targets = _check_data(model, X, y, rule)
    held_out = None if validation is None else _check_data(model, *_pair(validation), rule, "the validation ")
    optimizer = _check_optimizer(model, optimizer)
    epochs = arguments.check_whole("epochs", epochs)
    batch_size = len(rows) if batch_size is None else arguments.check_whole("batch_size", batch_size)
    generator = arguments.choose_generator(generator)
    threshold = None if threshold is None else arguments.check_real("threshold", threshold)
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be a function of the history, not {type(callback).__name__}: {callback!r}")

    history = History()
    samples = list(zip(rows.tolist(), targets.tolist(), strict=True))
    order = np.arange(len(samples))
    recording = _start_recording(model, rule, optimizer) if record else None
    with _mode(model, training=True), _bar(epochs, progress) as show:
        try:
            for epoch in range(1, epochs + 1):
                if batch_size < len(order):
                    generator.shuffle(order)
                predictions: list[Any] = []
                total = 0.0
                for start in range(0, len(order), batch_size):
                    chosen = order[start : start + batch_size]
                    if recording:
                        try:
                            total += _replay(recording, rows[chosen], targets[chosen], optimizer, predictions)
                            continue
                        except NotRecordedError as reason:
                            _warn(str(reason))
                            recording.push_numbers()
                            recording = None
                    total += _update(model, [samples[index] for index in chosen], rule, optimizer, predictions)
                if recording:
                    recording.push()
                measured = None if held_out is None else _measure(model, *held_out, rule)
                history.loss.append(total / len(samples))
                if rule.classifies:
                    history.accuracy.append(_share_right(np.array(predictions), targets[order], rule))
                if measured:
                    history.validation_loss.append(measured[0])
                    history.validation_accuracy += measured[1:]
                show(history)
                if threshold is not None and history.loss[-1] < threshold:
                    history.stopped = "threshold"
                    history.reason = f"the loss {history.loss[-1]:.4g} of epoch {epoch} is below {threshold:g}"
                    break
                if callback and callback(history) is True:
                    history.stopped, history.reason = "callback", f"the callback ended training after epoch {epoch}"
                    break
                if callback and recording:
                    recording.pull()
            else:
                history.stopped, history.reason = "epochs", f"all epochs are done: {epochs}"
        except _DivergenceError as what:
            history.stopped = "diverged"
            history.reason = f"{what} in epoch {history.epochs + 1}; a smaller learning rate may help"
        except KeyboardInterrupt:
            history.stopped, history.reason = "interrupted", f"interrupted in epoch {history.epochs + 1}"
        finally:
            if recording and history.stopped not in ("epochs", "threshold", "callback"):
                recording.push()
    return history


def predict(model: Module, X: Any) -> Array:
    """The model's outputs for rows X (rows, inputs), in evaluation: (rows,), or (rows, outputs) beyond one output."""
    rows = arguments.read_table(X)
    with _mode(model, training=False), no_grad():
        return np.array([_numbers(model(row)) for row in rows.tolist()])


def accuracy(predictions: Any, y: Any, loss: str | LossFunction) -> float:
    """The share of predictions, as `predict` returns them, that stand for the right class.

    The loss says how: the largest of the logits for cross_entropy, the sign for hinge, above 0.5 for
    binary_cross_entropy, above 0 for binary_cross_entropy_with_logits. ValueError for the others.

    >>> accuracy([0.2, 0.9, 0.6], [0, 1, 0], "binary_cross_entropy")
    0.6666666666666666
    """
    rule = losses.get(loss)
    outputs = arguments.read_numbers(predictions, "predictions")
    if outputs.shape == (len(outputs), 1):
        outputs = outputs[:, 0]
    targets = rule.check(y, outputs.shape[1] if outputs.ndim == 2 else 1)
    arguments.check_lengths(outputs, targets, "predictions and y")
    return _share_right(outputs, targets, rule)


def _share_right(predictions: Array, targets: Array, rule: Loss) -> float:
    truth = targets > 0.5 if rule.targets == "probability" else targets
    return float(np.mean(rule.classify(predictions) == truth))


def _start_recording(model: Module, rule: Loss, optimizer: Optimizer) -> Recording | None:
    """Tapes for the samples' graphs; None, with a warning, for a model whose graphs are never alike."""
    if model.needs_eager:
        _warn("the model's graph is another for each sample")
        return None

    def compute(row: Any, target: Any) -> tuple[Any, Value]:
        prediction = model(row)
        return prediction, rule.function(prediction, target)

    return Recording(compute, optimizer.parameters, rule.targets == "class")


def _warn(reason: str) -> None:
    warnings.warn(f"nn.fit computes with Values, not with a recorded tape: {reason}", stacklevel=3)


def _replay(recording: Recording, rows: Array, targets: Array, optimizer: Optimizer, predictions: list[Any]) -> float:
    """One update from a batch on arrays; adds its predictions to the list and returns the sum of its losses."""
    mean, outputs = recording.run(rows, targets)
    if not np.isfinite(mean):
        raise _DivergenceError(f"the loss became {mean}")
    if not np.isfinite(recording.gradient).all():
        raise _DivergenceError("a gradient became infinite or nan")
    with np.errstate(over="ignore", invalid="ignore"):
        optimizer.update(recording.numbers, recording.gradient)
    predictions += outputs.tolist()
    return mean * len(rows)


def _update(model: Module, batch: list[Any], rule: Loss, optimizer: Optimizer, predictions: list[Any]) -> float:
    """One update from a batch of (row, target); adds its predictions to the list and returns the sum of its losses.

    Each sample's graph is differentiated on its own and then freed: the parameters' gradients add up.
    """
    optimizer.zero_grad()
    total = 0.0
    for row, target in batch:
        prediction = model(row)
        loss = rule.function(prediction, target)
        loss.backward(1 / len(batch))
        total += loss.data
        predictions.append(_numbers(prediction))
    if not np.isfinite(total):
        raise _DivergenceError(f"the loss became {total}")
    if not np.isfinite([parameter.grad for parameter in optimizer.parameters]).all():
        raise _DivergenceError("a gradient became infinite or nan")
    optimizer.step()
    return total


def _measure(model: Module, rows: Array, targets: Array, rule: Loss) -> list[float]:
    """The mean loss and, where the loss knows classes, the accuracy on data that is not learned from."""
    with _mode(model, training=False), no_grad():
        predictions = [model(row) for row in rows.tolist()]
        total = sum(rule.function(*pair).data for pair in zip(predictions, targets.tolist(), strict=True))
    numbers = np.array([_numbers(prediction) for prediction in predictions])
    return [total / len(rows)] + ([_share_right(numbers, targets, rule)] if rule.classifies else [])


def _numbers(prediction: Value | list[Value]) -> Any:
    numbers = [prediction.data] if isinstance(prediction, Value) else [value.data for value in prediction]
    return numbers[0] if len(numbers) == 1 else numbers


def _check_data(model: Module, X: Any, y: Any, rule: Loss, which: str = "") -> tuple[Array, Array]:
    """Rows and targets that fit the model and the loss; a trial of one row tells."""
    rows = arguments.read_table(X, f"{which}X")
    with _mode(model, training=False), no_grad():
        prediction = model(rows[0].tolist())
        outputs = [prediction] if isinstance(prediction, Value) else prediction
        if not isinstance(outputs, list) or not all(isinstance(output, Value) for output in outputs):
            raise TypeError(f"{model!r} must return a Value or a list of them, not {prediction!r}")
        targets = rule.check(y, len(outputs), f"{which}y")
        arguments.check_lengths(rows, targets, f"{which}X and y")
        result = rule.function(prediction, targets[0].tolist())
        if not isinstance(result, Value):
            raise TypeError(f"the loss {rule.name} must return a Value, not {type(result).__name__}: {result!r}")
    return rows, targets


def _pair(validation: Any) -> tuple[Any, Any]:
    if not isinstance(validation, tuple | list) or len(validation) != 2:
        raise TypeError(f"validation must be a pair (X, y), not {type(validation).__name__}")
    X, y = validation
    return X, y


def _check_optimizer(model: Module, optimizer: Optimizer | None) -> Optimizer:
    parameters = model.parameters()
    if not parameters:
        raise ValueError(f"{model!r} has no parameters to learn")
    if optimizer is None:
        return Adam(parameters, lr=0.05)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be an Optimizer such as SGD(model.parameters()), not {optimizer!r}")
    if not set(optimizer.parameters) & set(parameters):
        raise ValueError("the optimizer holds none of the model's parameters")
    return optimizer


@contextmanager
def _mode(model: Module, training: bool) -> Iterator[None]:
    """Every module in training or in evaluation while the block runs."""
    before = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, mode in before:
            module.training = mode


@contextmanager
def _bar(epochs: int, progress: bool) -> Iterator[Callable[[History], None]]:
    """A progress bar, as a function that takes the history after each epoch."""
    if not progress:
        yield lambda history: None
        return
    try:
        from tqdm.auto import tqdm
    except ImportError:
        warnings.warn('no progress bar, since tqdm is missing: pip install ".[demos]"', stacklevel=4)
        yield lambda history: None
        return
    with tqdm(total=epochs, unit="epoch") as bar:

        def show(history: History) -> None:
            series = {name: numbers for name, numbers in vars(history).items() if isinstance(numbers, list) and numbers}
            bar.set_postfix({name: f"{numbers[-1]:.4g}" for name, numbers in series.items()}, refresh=False)
            bar.update()

        yield show
