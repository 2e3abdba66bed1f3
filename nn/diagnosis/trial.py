"""Trial: a few steps of training, undone afterwards, that show whether the learning rate and the steps are right."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf, isfinite, nan
from typing import Any

import numpy as np

from engine import Value
from engine.numbers import write_count
from nn.arguments import Array
from nn.diagnosis.examination import Examination, find_size, undisturbed
from nn.diagnosis.findings import Finding
from nn.diagnosis.passes import STEPS, Passes
from nn.module import find_parameters
from nn.optim import Optimizer

USUAL = 1e-3  # the size of an update relative to the weights: Karpathy, Stanford's CS231n, "Neural networks 3"
FAR = 1000.0  # the learning rate is far off if the update is this many times larger or smaller
ADVICE = "optimizer.zero_grad() before each backward()"
ORDER = "optimizer.zero_grad(), loss.backward() and optimizer.step(), in this order"
SHRUNK = 0.1  # decay is too strong if it leaves less than this share of the parameters' size
LEAST = 0.1  # smaller weights count as this large, since weights that start at zero have to leave it


@dataclass
class Trial:
    """The results of a few steps.

    losses    the loss before the first step, and after each step
    updates   for each layer, the size of each step's update relative to its weights
    left      the size of the parameters after the last step, relative to that before the first
    """

    losses: list[float] = field(default_factory=list)
    updates: dict[str, list[float]] = field(default_factory=dict)
    left: float = 1.0

    @property
    def largest(self) -> tuple[float, str]:
        """The largest update, and its layer."""
        return max(((max(sizes, default=0.0), name) for name, sizes in self.updates.items()), default=(0.0, ""))

    def falls(self) -> bool:
        """Whether the loss fell by at least a hundredth at any time."""
        return min(self.losses) <= 0.99 * self.losses[0]

    def falls_steadily(self) -> bool:
        """Whether the loss fell at each step, so that the steps are large only because the way is long."""
        return all(after < before for before, after in pairwise(self.losses))


def try_rate(passes: Passes, optimizer: Optimizer, seen: Examination) -> Iterator[Finding]:
    """Try steps on a few of the rows; return at most one finding about the learning rate."""
    trial = _try(passes, optimizer)
    path, lr = trial.losses, optimizer.lr
    largest, name = trial.largest
    numbers = {"lr": lr, "losses": path, "update": largest, "layer": name}
    first, last = path[0], min(path[-3:]) if isfinite(path[-1]) else path[-1]
    mean = find_cost(seen.predictions.mean(axis=0), passes, passes.few)
    update = (
        f"a step changes the numbers of {name or 'the model'} by {largest:.2g} times their size; usual is {USUAL:g}"
    )
    taken = write_count(len(path) - 1, "step")
    if optimizer.maximize and (passes.rule.targets == "any" or not last <= first):
        if passes.rule.targets != "any":  # a function of your own may be meant to rise
            text = f"{optimizer!r} follows the gradients upwards: it takes the loss from {first:.4g} to {path[-1]:.4g}"
            yield Finding("diverging", "the optimiser", f"{text} in {taken}", "maximize=False", numbers)
    elif not last <= max(2 * first, mean):
        text = f"{optimizer!r} takes the loss from {first:.4g} to {path[-1]:.4g} in {taken}"
        advice = "a learning rate ten times smaller, clip_norm" + ", less weight decay" * bool(optimizer.weight_decay)
        yield Finding("diverging", "the optimiser", text, advice, numbers)
    elif (optimizer.weight_decay or optimizer.l1) and trial.left < SHRUNK:
        text = f"{optimizer!r} leaves {trial.left:.2g} of the size of the parameters in {taken}: "
        text += "they shrink, whatever the rows are"
        yield Finding("large steps", "the optimiser", text, "less weight_decay and l1", numbers)
    elif largest > FAR * USUAL and not trial.falls_steadily():
        advice = f"a smaller learning rate, such as {lr * USUAL * 10 / largest:.1g}; clip_norm"
        yield Finding("large steps", "the optimiser", f"{optimizer!r}: {update}", advice, numbers)
    elif not lr:
        yield Finding("small steps", "the optimiser", f"{optimizer!r}: {update}", "a learning rate above 0", numbers)
    elif largest * FAR < USUAL and (better := _find_better(passes, optimizer, trial)):
        advice = f"a larger learning rate, such as {better:.1g}"
        advice += ", or less clipping" * bool(optimizer.clip_norm or optimizer.clip_value)
        yield Finding("small steps", "the optimiser", f"{optimizer!r}: {update}", advice, numbers)
    elif not trial.falls() and first > 0.95 * mean:
        text = f"{optimizer!r} takes the loss from {first:.4g} to {min(path):.4g} at best in {taken}; "
        text += f"always giving the mean of the outputs costs {mean:.4g}; {update}"
        advice = "what else is found here, or whether y goes with X at all"
        if 0 < largest < USUAL:
            advice = f"a larger learning rate, {advice}"
        yield Finding("not falling", "the optimiser", text, advice, numbers)


def _try(passes: Passes, optimizer: Optimizer) -> Trial:
    layers = {name: held for name, layer in passes.sights.layers.items() if (held := find_parameters(layer))}
    trial, start = Trial(updates={name: [] for name in layers}), _read(optimizer.parameters)
    with undisturbed(passes.model, optimizer):
        while len(trial.losses) <= STEPS and all(map(isfinite, trial.losses)):
            trial.losses.append(passes.run(passes.few))
            if np.isfinite([parameter.grad for parameter in optimizer.parameters]).all():
                before = {name: _read(parameters) for name, parameters in layers.items()}
                optimizer.step()
                for name, parameters in layers.items():
                    trial.updates[name].append(_compare(before[name], _read(parameters)))
        trial.left = find_size(_read(optimizer.parameters)) / (find_size(start) or 1.0)
    return trial


def _read(parameters: list[Value]) -> Array:
    return np.array([parameter.data for parameter in parameters])


def _compare(before: Array, after: Array) -> float:
    """Return the size of an update relative to the numbers that it updates."""
    with np.errstate(over="ignore", invalid="ignore"):
        return find_size(after - before) / max(find_size(before), LEAST)


def find_cost(outputs: Array, passes: Passes, rows: Array) -> float:
    """Return the mean loss of rows if these were the outputs for each of them."""
    values, targets = [Value(number) for number in outputs.tolist()], passes.targets[rows]
    answer = values[0] if len(values) == 1 else values
    total = sum(float(passes.rule.function(answer, target)) for target in targets.tolist())
    return float(total / (passes.rule.find_divisor(targets) or 1.0))


def _find_better(passes: Passes, optimizer: Optimizer, trial: Trial) -> float:
    """Return the rate whose steps have the usual size, if the loss falls with it; else 0."""
    largest, slow = trial.largest[0], optimizer.lr
    better = slow * USUAL / largest if largest else 0.0
    if not 0 < better < inf:
        return 0.0
    optimizer.lr = better
    try:
        return better if _try(passes, optimizer).falls() else 0.0
    finally:
        optimizer.lr = slow


def try_step(passes: Passes, step: Callable[[], Any], optimizer: Optimizer) -> Iterator[Finding]:
    """Check whether the caller's step moves the parameters, and whether it adds to the gradients that it finds."""
    model, parameters = passes.model, optimizer.parameters
    with undisturbed(model, optimizer):
        idle = _is_idle(passes, step, optimizer)
    if idle:
        text = "step() changes no parameter, though the gradients are not 0"
        yield Finding("no update", "step()", text, ORDER, {})
        return
    with undisturbed(model, optimizer):
        state = model.state_dict()
        model.zero_grad()
        step()
        gradients = [parameter.grad for parameter in parameters]
        if not any(gradients) or not np.isfinite(gradients).all():  # it sets them to zero last, or cannot be judged
            return
        model.load_state_dict(state)
        for parameter in parameters:
            parameter.grad = nan  # which stays nan, whatever is added to it
        step()
        adds = any(parameter.grad != parameter.grad for parameter in parameters)
    if adds:
        text = "step() adds to the gradients that it finds: each update follows the sum of all gradients so far"
        yield Finding("not zeroed", "step()", text, ADVICE, {})


def _is_idle(passes: Passes, step: Callable[[], Any], optimizer: Optimizer) -> bool:
    """Whether two calls of the step change no parameter, while the optimiser does with the gradients of the rows."""
    before = _read(optimizer.parameters)
    passes.model.zero_grad()
    for _ in range(2):  # the second may follow the gradients of the first
        step()
        if (_read(optimizer.parameters) != before).any():
            return False
    passes.run(passes.few)
    optimizer.step()
    return bool((_read(optimizer.parameters) != before).any())
