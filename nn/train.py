"""Training: forward, loss, backward, update, until it is enough."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.random import Generator

from nn import arguments, losses, metrics
from nn.arguments import Array
from nn.data import split
from nn.evaluation import Predictor, check_data, in_mode, measure
from nn.history import History
from nn.losses import Loss, LossFunction
from nn.module import Module
from nn.optim import Adam, Optimizer
from nn.progress import show_progress
from nn.schedules import Schedule
from nn.sequences import Sequences
from nn.stopping import EarlyStopping, Interruptions
from nn.updates import DivergenceError, Updates, divide

Callback = Callable[[History], Any]


def fit(
    model: Module,
    X: Any,
    y: Any,
    *,
    loss: str | LossFunction = "mse",
    optimizer: Optimizer | None = None,
    schedule: Schedule | None = None,
    epochs: int = 100,
    batch_size: int | None = None,
    threshold: float | None = None,
    validation: tuple[Any, Any] | float | None = None,
    patience: int | None = None,
    generator: Generator | None = None,
    progress: bool = True,
    callback: Callback | Sequence[Callback] | None = None,
    record: bool = True,
) -> History:
    """Train a model on rows X and their targets y; returns what happened. Keras' compile and fit in one.

    model       takes a row and returns a Value or a list of them
    X           rows of finite numbers (rows, inputs); or, for a model that takes them, sequences of any lengths, each a
                list of steps, each a list of numbers: one tape is recorded for each length
    y           a target a row, as the loss takes them: numbers, -1 or +1, probabilities, or classes 0, 1, ...
    loss        a name of `nn.losses.table`, or a function of prediction and target
    optimizer   over the model's parameters; the schedule's, or Adam with lr=0.05, by default
    schedule    of that optimizer's learning rate; it goes on after each epoch or, if it is made for that, each update
    epochs      how often to go through the data at most
    batch_size  rows per update, reshuffled each epoch; None takes all rows at once, in order
    threshold   stop once an epoch's mean loss is below this
    validation  (X, y) to measure, not to learn from; or the share of the rows to set aside, drawn by the generator;
                Keras' validation_data and validation_split
    patience    stop once the validation loss has found no new low for so many epochs; in the end, however training
                ends, the model has the numbers of the epoch with the lowest: Keras' EarlyStopping with
                restore_best_weights=True
    generator   a numpy.random.Generator for the shuffling; None for a new, unseeded one
    progress    show a bar, if tqdm is installed
    callback    called with the history after each epoch, one or several; training stops where one returns True
    record      compute on arrays, by replaying a recorded graph: the same numbers, much sooner. Where the graph
                of one sample does not do for another, a warning says why, and training goes on with Values

    A model that looks across the batch, such as one with BatchNorm, gets whole batches, and none of a single row:
    a last row that is left over joins the batch before.

    The Values have their new numbers and gradients at the end of each epoch, and whenever training ends.
    A loss or a gradient that is not finite ends training before the update that it would cause, and so does
    Ctrl-C, between two updates; the history says so. TypeError or ValueError for bad arguments, naming rows and
    columns, comes before anything is changed.
    """
    if not isinstance(model, Module):
        raise TypeError(f"model must be an nn.Module, not {type(model).__name__}: {model!r}")
    rule = losses.get(loss)
    rows, targets = check_data(model, X, y, rule)
    optimizer = _check_optimizer(model, optimizer, schedule)
    epochs = arguments.check_whole("epochs", epochs)
    batch_size = None if batch_size is None else arguments.check_whole("batch_size", batch_size)
    threshold = None if threshold is None else arguments.check_real("threshold", threshold)
    patience = None if patience is None else arguments.check_whole("patience", patience)
    if patience and validation is None:
        raise ValueError("patience needs validation data to measure: validation=(X, y), or a share of the rows")
    callbacks = _check_callbacks(callback)
    generator = arguments.choose_generator(generator)
    state = generator.bit_generator.state
    try:
        (rows, targets), held_out = _set_aside(model, rows, targets, validation, rule, generator)
        batch_size = len(rows) if batch_size is None else batch_size
        least = _check_sizes(model, len(rows), batch_size)
        order = np.arange(len(rows))
        parts = divide(order, batch_size, least)  # views, which are shuffled as the order is
        if schedule:
            schedule.rate(schedule.steps + epochs * (len(parts) if schedule.per_batch else 1))
    except BaseException:
        generator.bit_generator.state = state
        raise

    history, predictor = History(), Predictor(model, record)
    stopping = EarlyStopping(model, patience) if patience else None
    with (
        in_mode(model, training=True),
        show_progress(epochs, progress) as show,
        Interruptions().watch() as waiting,
    ):
        updates = Updates(model, rule, optimizer, record, waiting)
        try:
            for epoch in range(1, epochs + 1):
                if batch_size < len(order):
                    generator.shuffle(order)
                total, predictions = 0.0, []
                for chosen in parts:
                    batch_total, batch_predictions = updates.make(rows[chosen], targets[chosen])
                    total += batch_total
                    predictions += batch_predictions
                    if schedule and schedule.per_batch:
                        schedule.step()
                updates.push()
                measured = measure(predictor, *held_out, rule) if held_out else {}
                with waiting:  # an epoch is in the history whole, or not at all
                    history.loss.append(total / len(rows))
                    if rule.classifies:
                        history.accuracy.append(metrics.share_right(np.array(predictions), targets[order], rule))
                    if measured:
                        history.validation_loss.append(measured["loss"])
                        history.validation_accuracy += [measured["accuracy"]] if rule.classifies else []
                    if schedule and not schedule.per_batch:
                        schedule.step()
                    is_over = stopping is not None and stopping.is_over(epoch, measured["loss"])
                show(history)
                if threshold is not None and history.loss[-1] < threshold:
                    history.stopped = "threshold"
                    history.reason = f"the loss {history.loss[-1]:.4g} of epoch {epoch} is below {threshold:g}"
                    break
                answers = [function(history) for function in callbacks]
                if callbacks:
                    updates.pull()
                if any(answer is True for answer in answers):
                    history.stopped, history.reason = "callback", f"the callback ended training after epoch {epoch}"
                    break
                if is_over:
                    history.stopped = "patience"
                    history.reason = f"no new low of the validation loss in {patience} epochs"
                    break
            else:
                history.stopped, history.reason = "epochs", f"all epochs are done: {epochs}"
        except DivergenceError as what:
            history.stopped = "diverged"
            history.reason = f"{what} in epoch {history.epochs + 1}; a smaller learning rate may help"
        except KeyboardInterrupt:
            history.stopped, history.reason = "interrupted", f"interrupted in epoch {history.epochs + 1}"
        finally:
            updates.push()
            if stopping and stopping.epoch:
                with waiting:
                    stopping.restore()
                    history.best = stopping.epoch
                    history.reason += (
                        f"; restored epoch {stopping.epoch}, with a validation loss of {stopping.loss:.4g}"
                    )
    return history


def _check_optimizer(model: Module, optimizer: Optimizer | None, schedule: Schedule | None) -> Optimizer:
    parameters = model.parameters()
    if not parameters:
        raise ValueError(f"{model!r} has no parameters to learn")
    if schedule is not None and not isinstance(schedule, Schedule):
        raise TypeError(f"schedule must be a Schedule such as StepLR(optimizer, 10), not {schedule!r}")
    if optimizer is None:
        if schedule is None:
            return Adam(parameters, lr=0.05)
        optimizer = schedule.optimizer
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be an Optimizer such as SGD(model.parameters()), not {optimizer!r}")
    if not set(optimizer.parameters) & set(parameters):
        raise ValueError("the optimizer holds none of the model's parameters")
    if schedule is not None and schedule.optimizer is not optimizer:
        raise ValueError(f"the schedule sets the rate of another optimizer: {schedule.optimizer!r}")
    return optimizer


def _check_callbacks(callback: Callback | Sequence[Callback] | None) -> list[Callback]:
    if callback is None:
        return []
    callbacks: list[Any] = list(callback) if isinstance(callback, list | tuple) else [callback]
    for function in callbacks:
        if not callable(function):
            raise TypeError(f"callback must be a function of the history, not {type(function).__name__}: {function!r}")
    return callbacks


def _set_aside(
    model: Module, rows: Array | Sequences, targets: Array, validation: Any, rule: Loss, generator: Generator
) -> tuple[tuple[Array | Sequences, Array], tuple[Array | Sequences, Array] | None]:
    """The data to learn from, and the data to measure, if any."""
    if validation is None:
        return (rows, targets), None
    if isinstance(validation, tuple | list) and len(validation) == 2:
        return (rows, targets), check_data(model, validation[0], validation[1], rule, "the validation ")
    if not isinstance(validation, float | np.floating):
        allowed = "a pair (X, y) or a share between 0 and 1"
        raise TypeError(f"validation must be {allowed}, not {type(validation).__name__}")
    if not 0 < validation < 1:
        raise ValueError(f"validation must be a share above 0 and below 1, not {validation:g}")
    places = np.arange(len(rows))
    parts = split(places[:, None], places, float(validation), generator=generator)
    first, second = ((rows[chosen], targets[chosen]) for _, chosen in parts)
    return first, second


def _check_sizes(model: Module, rows: int, batch_size: int) -> int:
    """How many rows a batch must have; ValueError where it cannot have so many."""
    with in_mode(model, training=True):
        if not model.needs_batch:
            return 1
    for name, size in (("the number of rows to learn from", rows), ("batch_size", batch_size)):
        if size < 2:
            raise ValueError(f"{name} must be at least 2 for a model that looks across the batch, not {size}")
    return 2
