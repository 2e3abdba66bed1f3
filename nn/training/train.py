"""Training: `nn.fit` trains a model by forward pass, loss, backward pass and update, until a limit is reached."""

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from inspect import signature
from math import inf, nan
from typing import Any

import numpy as np
from numpy.random import Generator

from engine.modes import current
from nn import arguments, losses, optim
from nn.answers import Answers, choose_answers
from nn.datasets.data import split
from nn.frames import check_columns, choose_columns
from nn.module import Module, check_model, in_mode
from nn.neighbours import refuse_arguments
from nn.optim import Adam, Optimizer
from nn.rules import Loss, LossFunction
from nn.schedules import Schedule
from nn.training import metrics
from nn.training.evaluation import check_data, describe, measure, note_operands, warn_of_unlearned
from nn.training.history import History
from nn.training.predictor import Predictor
from nn.training.progress import show_progress
from nn.training.sequences import Samples
from nn.training.stopping import Interruptions, Stopping
from nn.training.updates import Batches, DivergenceError, Updates

Callback = Callable[[History], Any]
Show = Callable[[History], None]
Validate = Callable[[Updates], dict[str, float]] | None


def fit(
    model: Module,
    X: Any,
    y: Any,
    *,
    loss: str | LossFunction = "mse",
    optimizer: str | type[Optimizer] | Optimizer | None = None,
    lr: float | None = None,
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
    **habits: Any,
) -> History:
    """Train a model on rows X and their targets y; returns a `History`. Keras' compile and fit in one.

    model       takes a row and returns a Value or a list of them
    X           rows of finite numbers (rows, inputs); or, for a recurrent model, sequences of any lengths, each a list
                of steps, each a list of numbers. One tape serves all lengths, if only recurrent layers read the steps
                and the longest is not much longer than most; otherwise one is recorded for each length. The names of
                a DataFrame's columns are kept in `model.columns`: later ones must have them in the same order
    y           one target per row, as the loss takes them: numbers, -1 or +1, probabilities, or classes 0, 1, ... With
                a loss of classes, texts and booleans are labels, numbered in sorted order: `model.answers` keeps them,
                and `nn.classify` returns them. Labels that the model knows already keep their numbers
    loss        a name of `nn.losses.table`, a function of prediction and target, or a loss with settings, such as
                nn.CrossEntropyLoss(weight=[1.0, 3.0]). It reduces the rows of a batch as in PyTorch
    optimizer   an optimizer of the model's parameters, a name of `nn.optim.table` or a class; by default that of the
                schedule, or Adam with lr=0.05
    lr          the learning rate of an optimizer that is given by name or not at all
    schedule    changes that optimizer's learning rate after each epoch, or after each update if made for that
    epochs      the largest number of passes over the data
    batch_size  rows per update, reshuffled each epoch; None takes all rows at once, in order
    threshold   stop once an epoch's mean loss is below this
    validation  (X, y) to measure but not learn from, or the share of the rows to set aside, drawn by the generator;
                Keras' validation_data and validation_split
    patience    stop after so many epochs without a new lowest validation loss. However training ends, the model and
                what else the optimizer holds get the numbers of the epoch with the lowest: Keras' EarlyStopping with
                restore_best_weights=True
    generator   a numpy.random.Generator for the shuffling; None for a new, unseeded one. Given again with the same
                optimizer, training goes on as if it had not ended, unless `validation` is a share: it is drawn anew
    progress    show a progress bar, if tqdm is installed
    callback    one or several functions, called with the history after each epoch; training stops if one returns True
    record      compute on arrays by replaying a recorded graph: the same numbers, much faster. Comparisons of Values,
                and a loss that looks at its target, are recorded for each outcome. If model and loss do something that
                a tape cannot, a warning says why, and training goes on with Values

    While a tape is recorded, and after epochs 1, 2, 4, 8, ... and the last, model and loss are also called for a few
    rows. Their random draws in these calls are undone, their counts are not.

    A model that looks across the batch, such as one with BatchNorm, gets whole batches of at least two rows: a single
    row left over joins the batch before.

    The Values get their new numbers and gradients when training ends and, with a callback, a schedule or validation,
    after each epoch. A loss or a gradient that is not finite ends training before its update; Ctrl-C ends it between
    two updates. The history says so. A warning says where every gradient is 0, so that nothing has changed. Bad
    arguments raise TypeError or ValueError, naming rows and columns, before anything has changed.

    >>> from nn.layers import MLP
    >>> model = MLP(1, [1], init="zeros")
    >>> fit(model, [[0.0], [1.0]], [1.0, 3.0], optimizer="sgd", lr=0.5, epochs=100, progress=False)
    History(100 epochs, loss 5 to ...; epochs)
    >>> round(model([2.0]).data, 3)
    5.0
    """
    if habits:
        refuse_arguments(habits, [name for name in signature(fit).parameters if name != "habits"])
    record, progress = arguments.check_flag("record", record), arguments.check_flag("progress", progress)
    rule = losses.get(loss)
    check_model(model)
    if current.detach:
        raise ValueError("nn.fit learns from gradients, of which there are none under no_grad(): call it outside")
    answers, columns = choose_answers(model.answers, y, rule), choose_columns(model.columns, X)
    with note_operands() as used:
        samples = check_data(model, X, y, rule, answers=answers)
    optimizer = _check_optimizer(model, optimizer, schedule, lr)
    warn_of_unlearned(model, *samples, rule, optimizer.parameters, used)
    stopping = Stopping(model, optimizer, epochs, threshold, patience, callback)
    if patience and validation is None:
        raise ValueError("patience needs validation data to measure: validation=(X, y), or a share of the rows")
    generator = arguments.choose_generator(generator)
    state = generator.bit_generator.state
    with in_mode(model, training=True):
        at_once = model.needs_batch
        try:
            samples, held_out = _set_aside(model, samples, validation, rule, generator, answers, columns)
            batches = Batches(len(samples[0]), batch_size, generator, at_once)
            if schedule:
                schedule.rate(schedule.steps + stopping.epochs * (len(batches.parts) if schedule.per_batch else 1))
        except BaseException:
            generator.bit_generator.state = state
            raise
        validate = partial(_validate, Predictor(model, record), held_out) if held_out else None
        model.answers, model.columns = answers, columns
        before = [parameter.data for parameter in optimizer.parameters]
        with show_progress(stopping.epochs, progress) as show, Interruptions().watch() as waiting:
            updates = Updates(model, rule, optimizer, samples, record, waiting, at_once)
            history = _train(updates, batches, schedule, validate, stopping, show)
    still = optimizer.lr and before == [parameter.data for parameter in optimizer.parameters]
    if still and history.epochs and history.loss[-1] != 0 and not any(value.grad for value in optimizer.parameters):
        text = "nn.fit has changed no parameter, since every gradient is 0"
        warnings.warn(f"{text}: nn.doctor(model, X, y, loss=...) may say why", stacklevel=2)
    return history


def _train(
    updates: Updates, batches: Batches, schedule: Schedule | None, validate: Validate, stopping: Stopping, show: Show
) -> History:
    """Train and validate, epoch after epoch, until it is time to stop."""
    history = History()
    try:
        for epoch in range(1, stopping.epochs + 1):
            learned = _learn(updates, batches, schedule)
            if stopping.callbacks or schedule:  # whose changes are looked for below
                updates.look_back(epoch)
            measured = validate(updates) if validate else {}
            if schedule or stopping.callbacks or stopping.patience < inf:  # which look at the Values
                updates.push()
            with updates.waiting:  # an epoch is in the history whole, or not at all
                history.add(learned, measured)
                if schedule and not schedule.per_batch:
                    _step(schedule, updates)
                stopping.keep_best(epoch, measured)
            show(history)
            try:
                over = stopping.is_over(epoch, history)
            finally:
                if stopping.callbacks:
                    updates.pull()
            if stopping.callbacks or schedule:
                updates.look_around()
            updates.check(epoch, over)
            if over:
                break
    except DivergenceError as what:
        history.stopped = "diverged"
        advice = "a smaller learning rate may help" if updates.made else "nn.doctor says where, before any update"
        history.reason = f"{what} in epoch {history.epochs + 1}; {advice}"
    except KeyboardInterrupt:
        history.stopped, history.reason = "interrupted", f"interrupted in epoch {history.epochs + 1}"
    finally:
        updates.push()
        with updates.waiting:
            stopping.restore(history)
    return history


def _learn(updates: Updates, batches: Batches, schedule: Schedule | None) -> dict[str, float]:
    """Run one epoch; return the mean loss and the accuracy, of each sample before its batch's update."""
    total = 0.0
    for indices in batches:
        total += updates.make(indices)  # forward, loss, backward, update
        if schedule and schedule.per_batch:
            _step(schedule, updates)
    learned = {"loss": total / (updates.rule.find_divisor(updates.targets) or nan)}
    if updates.rule.classifies:
        learned["accuracy"] = metrics.share_right(updates.predictions, updates.targets, updates.rule)
    return learned


def _step(schedule: Schedule, updates: Updates) -> None:
    """Advance the schedule; one of your own may read and change the Values."""
    is_own = type(schedule).__module__ != Schedule.__module__
    if is_own:
        updates.push()
    schedule.step()
    if is_own:
        updates.pull()
    if schedule.per_batch and (is_own or updates.may_read(schedule.optimizer)):
        updates.look_around()


def _validate(predictor: Predictor, held_out: Samples, updates: Updates) -> dict[str, float]:
    """Evaluate the validation data, with the tape of training if the model has the same graph in evaluation."""
    found = updates.measure(held_out)
    if found:
        return describe(*found, held_out[1], updates.rule)
    updates.push()
    return measure(predictor, *held_out, updates.rule)


def _check_optimizer(model: Module, optimizer: Any, schedule: Schedule | None, lr: float | None) -> Optimizer:
    parameters = model.parameters()
    if not parameters:
        raise ValueError(f"{model!r} has no parameters to learn")
    if schedule is not None and not isinstance(schedule, Schedule):
        raise TypeError(f"schedule must be a Schedule such as StepLR(optimizer, 10), not {schedule!r}")
    if isinstance(optimizer, str):
        optimizer = arguments.choose("optimizer", optimizer.lower(), optim.table)
    if optimizer is None:
        optimizer = schedule.optimizer if schedule else Adam(parameters, lr=0.05 if lr is None else lr)
    elif isinstance(optimizer, type) and issubclass(optimizer, Optimizer):
        optimizer = optimizer(parameters) if lr is None else optimizer(parameters, lr=lr)  # type: ignore[call-arg]
    elif lr is not None and isinstance(optimizer, Optimizer):
        call = f"{type(optimizer).__name__}(parameters, lr={lr!r})"
        raise ValueError(f"the optimizer has a rate of its own, give it there: {call}")
    if lr is not None and schedule:
        raise ValueError(f"the schedule's optimizer has the rate, give it there, not lr={lr!r}")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be an Optimizer such as SGD(model.parameters()), not {optimizer!r}")
    if set(parameters).isdisjoint(optimizer.parameters):
        raise ValueError("the optimizer holds none of the model's parameters")
    if schedule is not None and schedule.optimizer is not optimizer:
        raise ValueError(f"the schedule sets the rate of another optimizer: {schedule.optimizer!r}")
    return optimizer


def _set_aside(
    model: Module,
    samples: Samples,
    validation: Any,
    rule: Loss,
    generator: Generator,
    answers: Answers | None,
    columns: tuple[str, ...],
) -> tuple[Samples, Samples | None]:
    """Return the data to learn from, and the data to validate with, if any."""
    if validation is None:
        return samples, None
    if isinstance(validation, tuple | list) and len(validation) == 2:
        check_columns(columns, validation[0], "the validation X")
        return samples, check_data(model, validation[0], validation[1], rule, "the validation ", answers)
    if not isinstance(validation, float | np.floating):
        allowed = "a pair (X, y) or a share between 0 and 1"
        raise TypeError(f"validation must be {allowed}, not {type(validation).__name__}")
    if not 0 < validation < 1:
        raise ValueError(f"validation must be a share above 0 and below 1, not {validation:g}")
    rows, targets = samples
    indices = np.arange(len(rows))
    parts = split(indices[:, None], indices, float(validation), generator=generator)
    first, second = ((rows[chosen], targets[chosen]) for _, chosen in parts)
    return first, second
