"""Doctor: look at a model, its data and its optimiser, and say what will keep it from learning."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf, isfinite
from textwrap import fill
from typing import Any

import numpy as np

from engine import Value, no_grad
from nn import arguments, losses
from nn.arguments import Array
from nn.convolution import Conv1d, Conv2d
from nn.embedding import Embedding
from nn.examination import Examination, examine, mean_loss, split_evenly, undisturbed
from nn.layers import Layer
from nn.losses import Loss, LossFunction
from nn.module import Module
from nn.nests import flatten
from nn.optim import Adam, Optimizer

RATIO = 1000.0  # how far the gradients of two layers may be apart
SATURATED = 0.9  # the share of rows for which a unit must have no slope to be called saturated
SIZE = 10.0  # how large, and one over this how small, a feature may be
STEPS, ROWS = 12, 40  # of the trial


@dataclass(frozen=True)
class Finding:
    """Something that will keep a model from learning.

    kind      "not finite", "unscaled", "constant", "dead", "saturated", "vanishing", "exploding", "symmetric",
              "unreached", "diverging" or "not falling"
    place     the layer, such as layers[0], the columns of X, or the optimiser
    text      what was seen, with its numbers
    advice    what to try
    numbers   the numbers, by name
    """

    kind: str
    place: str
    text: str
    advice: str
    numbers: dict[str, Any]

    def __str__(self) -> str:
        wrapped = fill(f"{self.kind}: {self.text}", 80, subsequent_indent="    ")
        return wrapped + "\n" + fill(f"try {self.advice}", 80, initial_indent="    ", subsequent_indent="    ")


@dataclass(frozen=True)
class Report:
    """What the doctor found; nothing, for a healthy model. `loss` is the mean over all rows."""

    findings: tuple[Finding, ...]
    rows: int
    loss: float

    @property
    def healthy(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def __str__(self) -> str:
        head = f"{self.rows} rows, mean loss {self.loss:.4g}: "
        counted = {0: "nothing to complain of", 1: "1 finding"}
        head += counted.get(len(self.findings), f"{len(self.findings)} findings")
        return "\n".join([head, *map(str, self.findings)])


def doctor(
    model: Module, X: Any, y: Any, *, loss: str | LossFunction = "mse", optimizer: Optimizer | None = None
) -> Report:
    """Run one pass over all rows and a short trial of training, and report what is wrong, with remedies.

    model, X, y, loss   as for `nn.fit`
    optimizer           to try; Adam with lr=0.05 by default, as `nn.fit` has it

    Weights, gradients, running statistics and the optimiser are afterwards what they were. Dropout and noise are off.
    TypeError or ValueError for bad data, as from `nn.fit`.

    >>> from nn.layers import MLP
    >>> print(doctor(MLP(1, [2, 1], "tanh", init="zeros"), [[1.0], [-1.0]], [1.0, 0.5]).findings[0])
    symmetric: 2 of 2 units of layers[0] (0, 1): same weights, same gradients: they
        stay copies
        try random weights: nn.init.apply(model)
    """
    if not isinstance(model, Module):
        raise TypeError(f"model must be an nn.Module, not {type(model).__name__}: {model!r}")
    rule = losses.get(loss)
    rows = arguments.read_table(X)
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be an Optimizer such as SGD(model.parameters()), not {optimizer!r}")
    if optimizer is not None and not set(optimizer.parameters) <= set(model.parameters()):
        raise ValueError("the optimizer holds parameters that are not the model's")
    with undisturbed(model):
        with no_grad():
            output = model.batch(rows[:1].tolist() * 2)[0]  # twice, since BatchNorm takes no less
        targets = rule.check(y, len(flatten(output)))
        arguments.check_lengths(rows, targets)
        seen = examine(model, rows, targets, rule)
        findings = list(_look_at_features(model, rows))
        if seen.failure:
            findings.insert(0, _tell_failure(seen.failure))
        else:
            for look in (_look_at_units, _look_at_gradients, _look_for_copies, _look_at_reach):
                findings += look(seen)
    if not seen.failure and model.parameters():
        findings += _try(model, rows, targets, rule, optimizer, seen)
    return Report(tuple(findings), len(rows), seen.loss)


def _tell_failure(failure: tuple[str, str, int | None]) -> Finding:
    place, op, row = failure
    text = f"{op or 'a number'} in {place or 'the model'} is infinite or nan{'' if row is None else f' for row {row}'}"
    advice = "engine.debug() for the line that made it; smaller weights, scaled features, a loss on logits"
    return Finding("not finite", place, text, advice, {"row": row, "op": op})


def _look_at_features(model: Module, rows: Array) -> Iterator[Finding]:
    if any(isinstance(module, Embedding) for module in model.modules()):  # the numbers are indices
        return
    constant = np.ptp(rows, axis=0) == 0
    sizes = np.maximum(np.abs(rows.mean(axis=0)), rows.std(axis=0))
    off = ~constant & ((sizes > SIZE) | (sizes < 1 / SIZE / SIZE))
    if constant.any() and len(rows) > 1:
        place = _columns(np.flatnonzero(constant))
        text = f"{place} is the same in every row: nothing to learn from"
        yield Finding("constant", place, text, "leaving it out", {"columns": np.flatnonzero(constant).tolist()})
    if off.any():
        place = _columns(np.flatnonzero(off))
        size = float(max(sizes[off], key=lambda size: abs(np.log(size))))
        text = f"{place} has numbers of about {size:.3g}, far from 1"
        numbers = {"columns": np.flatnonzero(off).tolist(), "size": size}
        yield Finding("unscaled", place, text, "nn.standardise: mean 0 and standard deviation 1", numbers)


def _columns(columns: Array) -> str:
    return f"X[:, {columns[0] if len(columns) == 1 else columns.tolist()}]"


def _look_at_units(seen: Examination) -> Iterator[Finding]:
    last = list(seen.layers)[-1]
    for place, units in seen.units.items():
        dead = [index for index, unit in units.items() if unit.op == "relu" and unit.flat == unit.seen]
        if dead:
            what = "ReLUs put out 0 for every row and learn nothing"
            advice = "leaky_relu or elu, a smaller learning rate, He initialisation, scaled features"
            yield _tell_units("dead", place, dead, len(units), what, advice)
        smooth = {index: unit for index, unit in units.items() if unit.op != "relu" and place != last}
        flat = [index for index, unit in smooth.items() if unit.flat >= SATURATED * unit.seen]
        if flat:
            what = f"{smooth[flat[0]].op}s are saturated, without slope, for at least {SATURATED:.0%} of the rows"
            advice = "smaller starting weights (Xavier), scaled features, batch normalisation, relu"
            yield _tell_units("saturated", place, flat, len(units), what, advice)


def _tell_units(kind: str, place: str, units: list[int], of: int, what: str, advice: str) -> Finding:
    listed = ", ".join(map(str, units[:8])) + (", …" if len(units) > 8 else "")
    text = f"{len(units)} of {of} units of {place or 'the model'} ({listed}): {what}"
    return Finding(kind, place, text, advice, {"units": units, "of": of})


def _look_at_gradients(seen: Examination) -> Iterator[Finding]:
    """Layers whose gradients are far smaller, or far larger, than the output layer's; told of the nearest such.

    Where they are 0 it is for another reason, such as weights of 0 in the next layer.
    """
    if len(seen.gradients) < 2:
        return
    *others, (last, reference) = seen.gradients.items()
    verdicts: dict[str, tuple[Callable[[float], bool], str]] = {
        "vanishing": (
            lambda size: 0 < size * RATIO < reference,
            "ReLU in place of sigmoid or tanh, Xavier or He initialisation, batch normalisation, residual connections; "
            "in a recurrent network LSTM or GRU",
        ),
        "exploding": (
            lambda size: size > RATIO * reference and size > 1 / RATIO,
            "smaller starting weights (Xavier or He), clip_norm of the optimiser, batch normalisation",
        ),
    }
    for kind, (is_off, advice) in verdicts.items():
        off = [(place, size) for place, size in others if is_off(size)]
        if off:
            place, size = off[-1]
            ratio = size / reference if reference else inf
            more = f"; so it is in {len(off) - 1} more layers" if len(off) > 1 else ""
            text = (
                f"the gradients of {place} are {size:.3g}, those of {last} {reference:.3g}: {ratio:.3g} times as large"
            )
            numbers = {"size": size, "reference": reference, "ratio": ratio, "layers": [place for place, _ in off]}
            yield Finding(kind, place, text + more, advice, numbers)


def _look_for_copies(seen: Examination) -> Iterator[Finding]:
    """Neurons with the same weights and the same gradients: they will stay copies."""
    for place, layer in seen.layers.items():
        if isinstance(layer, Layer):
            groups = [neuron.parameters() for neuron in layer.neurons]
        elif isinstance(layer, Conv1d | Conv2d):
            groups = [[*flatten(kernel), bias] for kernel, bias in zip(layer.weights, layer.biases, strict=True)]
        else:
            continue
        alike: dict[Any, list[int]] = defaultdict(list)
        for index, group in enumerate(groups):
            alike[tuple((parameter.data, parameter.grad) for parameter in group)].append(index)
        copies = [index for group in alike.values() if len(group) > 1 for index in group]
        if copies:
            what = "same weights, same gradients: they stay copies"
            yield _tell_units("symmetric", place, copies, len(groups), what, "random weights: nn.init.apply(model)")


def _look_at_reach(seen: Examination) -> Iterator[Finding]:
    if seen.unreached:
        count, first = len(seen.unreached), seen.unreached[0]
        text = f"the loss does not depend on {count} parameters, such as {first}"
        advice = "using them in forward(), or leaving them out"
        yield Finding("unreached", first, text, advice, {"parameters": seen.unreached})


def _try(
    model: Module, rows: Array, targets: Array, rule: Loss, optimizer: Optimizer | None, seen: Examination
) -> Iterator[Finding]:
    """A few steps of training on some of the rows, undone afterwards."""
    optimizer = Adam(model.parameters(), lr=0.05) if optimizer is None else optimizer
    before = optimizer.state_dict()
    some = split_evenly(rows, targets, ROWS)
    path: list[float] = []
    try:
        with undisturbed(model):
            while len(path) <= STEPS and all(map(isfinite, path)):
                path.append(mean_loss(model, *some, rule))
                if np.isfinite([parameter.grad for parameter in optimizer.parameters]).all():
                    optimizer.step()
    finally:
        optimizer.load_state_dict(before)
    first, last = path[0], min(path[-3:]) if isfinite(path[-1]) else path[-1]
    numbers = {"lr": optimizer.lr, "losses": path}
    mean = [Value(number) for number in seen.predictions.mean(axis=0)]
    answer = mean[0] if len(mean) == 1 else mean
    constant = float(np.mean([rule.function(answer, target).data for target in targets.tolist()]))
    if not last <= max(2 * first, constant):
        text = f"{optimizer!r} takes the loss from {first:.4g} to {last:.4g} in {len(path) - 1} steps"
        yield Finding("diverging", "the optimiser", text, "a learning rate ten times smaller, clip_norm", numbers)
        return
    if min(path) > 0.99 * first and seen.loss > 0.95 * constant:
        text = f"{optimizer!r} takes the loss from {first:.4g} to {min(path):.4g} at best in {len(path) - 1} steps; "
        text += f"always giving the mean answer costs {constant:.4g}"
        advice = "a larger learning rate, what else is found here, or whether y goes with X at all"
        yield Finding("not falling", "the optimiser", text, advice, numbers)
