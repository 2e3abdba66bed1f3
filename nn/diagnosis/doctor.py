"""Doctor: examine a model, its data and its optimiser, and report what will keep it from learning."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from math import nan
from typing import Any

import numpy as np

from engine import Value
from engine.numbers import write_count
from nn.arguments import Array
from nn.diagnosis.examination import Examination, examine, is_step, undisturbed
from nn.diagnosis.findings import Finding, Report
from nn.diagnosis.mismatches import check_outputs, check_targets
from nn.diagnosis.passes import Passes, read_gradients
from nn.diagnosis.trial import ADVICE, find_cost, try_rate, try_step
from nn.frames import check_columns
from nn.layers import RNN, Conv1d, Conv2d, Embedding, Layer
from nn.module import Module, check_model, find_parameters
from nn.nested import flatten
from nn.optim import Adam, Optimizer
from nn.rules import Loss, LossFunction
from nn.training.evaluation import check_data, find_rule, find_unlearned
from nn.training.sequences import Rows, Sequences
from nn.untracked import REMEDY

RATIO = 1000.0  # the largest ratio of the gradients of two layers
SATURATED = 0.9  # a unit is saturated if its derivative is near 0 for this share of the rows
SIZE = 10.0  # the largest size of a feature, or of a target that is a number; the smallest is 1 / SIZE / SIZE
WRONG = 1.5  # a flat output is wrong if its loss is this many times that of the mean of the targets
ROUNDING = 1e-9  # relative to the largest gradient of a unit
HELD = 10.0  # gradients this many times larger than one pass can make were never set to zero


def doctor(
    model: Module,
    X: Any,
    y: Any,
    *,
    loss: str | LossFunction | None = None,
    optimizer: Optimizer | None = None,
    step: Callable[[], Any] | None = None,
) -> Report:
    """Run one pass over all rows and a short trial of training, and report problems with remedies.

    model, X, y         as for `nn.fit`
    loss                as for `nn.evaluate`
    optimizer           the optimizer to try; Adam with lr=0.05 by default, as in `nn.fit`
    step                one update of your own training loop, a function without arguments that steps the optimizer;
                        it is called a few times, to see whether it moves the parameters and sets the gradients to zero

    Weights, gradients, running statistics and the optimizer are restored afterwards. Dropout and noise are off.
    TypeError or ValueError for bad data, as from `nn.fit`.

    >>> from nn.layers import MLP
    >>> print(doctor(MLP(1, [2, 1], "tanh", init="zeros"), [[1.0], [-1.0]], [1.0, 0.5]).findings[0])
    symmetric: 2 of 2 units of layers[0] (0, 1): same weights, same gradients: they
        stay copies
        try random weights: nn.init.apply(model)
    """
    check_model(model)
    rule = find_rule(model, loss)
    check_columns(model.columns, X, "X")
    rows, targets = check_data(model, X, y, rule)
    _check_optimizer(model, optimizer, step)
    held = read_gradients(model.parameters())
    with undisturbed(model):
        findings = [*_find_unlearned(model, rows, targets, rule), *_check_features(model, rows)]
        if rule.targets == "number":
            findings += _find_constant(targets, "y", "the same answer is always right", "rows with other targets too")
            findings += _check_scale(
                targets, "y", "(y - y.mean(axis=0)) / y.std(axis=0), and to undo it in the answers"
            )
        passes = Passes(model, rows, targets, rule)
        seen = examine(passes)
        if seen.failure:
            findings.insert(0, _tell_failure(seen.failure))
        else:
            copies = list(_find_copies(seen))
            findings += [*_check_units(seen, passes), *_check_gradients(seen, copies), *_check_time(seen), *copies]
            findings += [*_check_reach(seen), *_check_size(seen, rule, targets), *_check_held(held, passes)]
            findings += [*check_outputs(seen, rule), *check_targets(seen, rows, targets, rule)]
    if not seen.failure and model.parameters():
        optimizer = Adam(model.parameters(), lr=0.05) if optimizer is None else optimizer
        findings += try_rate(passes, optimizer, seen)
        findings += try_step(passes, step, optimizer) if step else []
    return Report(tuple(findings), len(rows), seen.loss if rule.find_divisor(targets) else nan)


def _check_optimizer(model: Module, optimizer: Optimizer | None, step: Callable[[], Any] | None) -> None:
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be an Optimizer such as SGD(model.parameters()), not {optimizer!r}")
    if optimizer is not None and not set(optimizer.parameters) <= set(model.parameters()):
        raise ValueError("the optimizer holds parameters that are not the model's")
    if step is not None and not callable(step):
        raise TypeError(f"step must be a function without arguments, not {type(step).__name__}: {step!r}")
    if step is not None and optimizer is None:
        raise ValueError("step needs the optimizer that it moves: doctor(..., optimizer=optimizer, step=step)")


def _tell_failure(failure: tuple[str, str, int | None]) -> Finding:
    place, op, row = failure
    text = f"{op or 'a number'} in {place or 'the model'} is infinite or nan{'' if row is None else f' for row {row}'}"
    advice = "engine.debug() for the line that made it; smaller weights, scaled features, a loss on logits"
    return Finding("not finite", place, text, advice, {"row": row, "op": op})


def _find_unlearned(model: Module, rows: Rows, targets: Array, rule: Loss) -> Iterator[Finding]:
    if found := find_unlearned(model, rows, targets, rule):
        named = ", ".join(repr(value) for value in found[:3]) + (", …" if len(found) > 3 else "")
        text = (
            f"the loss depends on leaves that are not parameters and that nothing learns, {len(found)} in all: {named}"
        )
        advice = f"what makes it one: {REMEDY}"
        yield Finding("no parameter", found[0].label or "the model", text, advice, {"count": len(found)})


def _check_features(model: Module, samples: Rows) -> Iterator[Finding]:
    if any(isinstance(module, Embedding) for module in model.modules()):  # the numbers are indices
        return
    rows = np.concatenate(samples.arrays) if isinstance(samples, Sequences) else samples  # all steps of all sequences
    yield from _find_constant(rows, "X", "nothing to learn from", "leaving it out")
    yield from _check_scale(rows, "X", "nn.standardise: mean 0 and standard deviation 1")


def _find_constant(numbers: Array, name: str, effect: str, advice: str) -> Iterator[Finding]:
    """Find columns of X or y, or a y of one column, that are the same in every row."""
    constant = (numbers == numbers[0]).reshape(len(numbers), -1).all(axis=0)
    if constant.any() and len(numbers) > 1:
        place = _name_columns(name, numbers, constant)
        text = f"{place} is the same in every row: {effect}"
        yield Finding("constant", place, text, advice, {"columns": np.flatnonzero(constant).tolist()})


def _check_scale(numbers: Array, name: str, advice: str) -> Iterator[Finding]:
    """Find columns whose numbers, but for zeros, are far larger or smaller than 1."""
    columns = numbers.reshape(len(numbers), -1)
    largest = np.abs(columns).max(axis=0)
    shares = np.ma.masked_equal(columns / np.where(largest > 0, largest, 1.0), 0.0)  # whose squares do not overflow
    sizes = largest * np.maximum(np.abs(shares.mean(axis=0)), shares.std(axis=0)).filled(0.0)
    off = (columns != columns[0]).any(axis=0) & ((sizes > SIZE) | (sizes < 1 / SIZE / SIZE))
    if off.any():
        place = _name_columns(name, numbers, off)
        size = float(max(sizes[off], key=lambda size: abs(np.log(size))))
        text = f"{place} has numbers of about {size:.3g}, far from 1"
        found = {"columns": np.flatnonzero(off).tolist(), "size": size}
        yield Finding("unscaled", place, text, advice, found)


def _name_columns(name: str, numbers: Array, chosen: Array) -> str:
    columns = np.flatnonzero(chosen).tolist()
    return name if numbers.ndim == 1 else f"{name}[:, {columns[0] if len(columns) == 1 else columns}]"


def _check_units(seen: Examination, passes: Passes) -> Iterator[Finding]:
    last = list(seen.layers)[-1]
    for place, units in seen.units.items():
        dead = [index for index, unit in units.items() if unit.op == "relu" and unit.flat == unit.seen]
        if dead:
            what = "ReLUs put out 0 for every row and learn nothing"
            advice = "leaky_relu or elu, a smaller learning rate, He initialisation, scaled features"
            yield _tell_units("dead", place, dead, len(units), what, advice)
        steps = [index for index, unit in units.items() if is_step(unit.op)]
        if steps:
            what = "steps pass no gradient back, as their derivative is 0: what is before them learns nothing by them"
            advice = "tanh or relu; for a single neuron, nn.Perceptron(n).fit(X, y), whose rule needs no gradient"
            yield _tell_units("dead", place, steps, len(units), what, advice)
        rest = {index: unit for index, unit in units.items() if unit.op != "relu" and index not in steps}
        flat = [index for index, unit in rest.items() if unit.flat >= SATURATED * unit.seen]
        if flat and (place != last or _is_wrong(seen, passes)):
            what = f"{rest[flat[0]].op}s are saturated, with a derivative near 0, for at least {SATURATED:.0%} of "
            what += "the rows"
            advice = "smaller starting weights (Xavier), scaled features, batch normalisation"
            advice += ", relu" if place != last else ", output='linear' and a loss on logits"
            yield _tell_units("saturated", place, flat, len(units), what, advice)


def _is_wrong(seen: Examination, passes: Passes) -> bool:
    """Whether answering each row with the mean of the targets is far better; an output that is right may be flat."""
    if passes.rule.targets in ("class", "any"):
        return False
    cost = find_cost(np.atleast_1d(passes.targets.mean(axis=0)), passes, passes.all)
    return 0 < WRONG * cost < seen.loss


def _tell_units(kind: str, place: str, units: list[int], of: int, what: str, advice: str) -> Finding:
    listed = ", ".join(map(str, units[:8])) + (", …" if len(units) > 8 else "")
    text = f"{len(units)} of {of} units of {place or 'the model'} ({listed}): {what}"
    return Finding(kind, place, text, advice, {"units": units, "of": of})


def _check_gradients(seen: Examination, copies: list[Finding]) -> Iterator[Finding]:
    """Find layers whose gradients are far smaller or larger than the output layer's; report the nearest one.

    Those of units that are all copies may cancel, but for rounding: such a gradient counts as 0.
    """
    alike = {finding.place for finding in copies if len(finding.numbers["units"]) == finding.numbers["of"]}
    least = ROUNDING * max(seen.gradients.values(), default=0.0)
    sizes = [(place, size) for place, size in seen.gradients.items() if size > (least if place in alike else 0)]
    if len(sizes) < 2:
        return
    *others, (last, reference) = sizes
    remedies = {
        "vanishing": "ReLU in place of sigmoid or tanh, Xavier or He initialisation, batch normalisation, residual "
        "connections; in a recurrent network LSTM or GRU",
        "exploding": "smaller starting weights (Xavier or He), clip_norm of the optimiser, batch normalisation",
    }
    for kind, advice in remedies.items():
        off = [(place, size) for place, size in others if _judge(size, reference) == kind]
        if off:
            place, size = off[-1]
            ratio = size / reference
            text = f"the gradients of {place} are {size:.3g}, those of {last} {reference:.3g}: "
            text += f"{ratio:.3g} times as large"
            text += f"; so it is in {len(off) - 1} more layers" if len(off) > 1 else ""
            numbers = {"size": size, "reference": reference, "ratio": ratio, "layers": [place for place, _ in off]}
            yield Finding(kind, place, text, advice, numbers)


def _judge(size: float, reference: float) -> str:
    """Judge a gradient by one that is nearer to the loss: "vanishing", "exploding" or "".

    A gradient of 0 has another cause, such as weights of 0 in the next layer.
    """
    if 0 < size * RATIO < reference:
        return "vanishing"
    return "exploding" if size > RATIO * reference > 0 and size > 1 / RATIO else ""


def _check_size(seen: Examination, rule: Loss, targets: Array) -> Iterator[Finding]:
    """Find outputs far larger than targets or, as logits, than any that a loss tells apart: all layers grow alike."""
    if rule.name not in ("mse", "mae", "huber", "hinge", "cross_entropy", "binary_cross_entropy_with_logits"):
        return
    usual = max(1.0, float(np.abs(targets).max())) if rule.targets == "number" else 1.0
    size = float((np.abs(seen.predictions) / usual).mean()) * usual
    if size > RATIO * usual:
        beyond = "the targets" if rule.targets == "number" else "what tells classes apart"
        text = f"the outputs are numbers of about {size:.3g}, far beyond {beyond}: the loss is {seen.loss:.3g}"
        advice = "smaller starting weights (Xavier or He), scaled features, batch normalisation"
        yield Finding("exploding", "the outputs", text, advice, {"size": size, "usual": usual})


def _check_time(seen: Examination) -> Iterator[Finding]:
    """Find recurrent layers whose first state has gradients far smaller or larger than the last."""
    for place, sizes in seen.through_time.items():
        kind = _judge(sizes[-1], sizes[0]) if sizes else ""
        if kind:
            ratio = sizes[-1] / sizes[0]
            steps = next(steps for steps, size in enumerate(sizes) if _judge(size, sizes[0]) == kind)
            text = f"{place or 'the model'}: the gradients of the state are {sizes[0]:.3g} after the last step, "
            text += f"{sizes[-1]:.3g} after the first of {len(sizes)}: {ratio:.3g} times as large; "
            text += f"already {write_count(steps, 'step')} before the end they are far off"
            numbers = {"ratio": ratio, "sizes": sizes, "steps": steps}
            advice = "clip_norm of the optimiser, orthogonal or smaller starting weights, shorter sequences"
            if kind == "vanishing":
                is_plain = isinstance(seen.layers[place], RNN)
                advice = "LSTM or GRU" if is_plain else "a bias of 1 or more for the gate that keeps the state"
                advice += ", orthogonal starting weights, shorter sequences"
            yield Finding(f"{kind} through time", place, text, advice, numbers)


def _find_copies(seen: Examination) -> Iterator[Finding]:
    """Find neurons with the same weights and the same gradients, which will stay copies."""
    for place, layer in seen.layers.items():
        if isinstance(layer, Layer):
            groups = [find_parameters(neuron) for neuron in layer.neurons]
        elif isinstance(layer, Conv1d | Conv2d):
            groups = [[*flatten(kernel), bias] for kernel, bias in zip(layer.weights, layer.biases, strict=True)]
        else:
            continue
        alike: dict[Any, list[int]] = defaultdict(list)
        for index, group in enumerate(groups):
            alike[tuple(parameter.data for parameter in group)].append(index)
        copies = [index for indices in alike.values() for index in _find_alike(indices, groups)]
        if copies:
            what = "same weights, same gradients: they stay copies"
            yield _tell_units("symmetric", place, copies, len(groups), what, "random weights: nn.init.apply(model)")


def _find_alike(indices: list[int], groups: list[list[Value]]) -> list[int]:
    """Return those of units with the same weights that another has the same gradients as, but for rounding."""
    found: list[int] = []
    while len(indices) > 1:
        gradients = np.array([read_gradients(groups[index]) for index in indices])
        gaps = np.abs(gradients[1:] - gradients[0]).max(axis=1, initial=0.0)
        same = [True, *(gaps <= ROUNDING * np.abs(gradients[0]).max(initial=0.0)).tolist()]
        found += [index for index, is_same in zip(indices, same, strict=True) if is_same and sum(same) > 1]
        indices = [index for index, is_same in zip(indices, same, strict=True) if not is_same]
    return sorted(found)


def _check_reach(seen: Examination) -> Iterator[Finding]:
    if seen.unreached:
        count, first = len(seen.unreached), seen.unreached[0]
        get = "gets" if count == 1 else "get"
        text = f"{write_count(count, 'parameter')} {get} no gradient from the loss, such as {first}"
        advice = "using them in forward(), but not behind a detach(), or leaving them out"
        yield Finding("unreached", first, text, advice, {"parameters": seen.unreached})


def _check_held(held: Array, passes: Passes) -> Iterator[Finding]:
    """Find left-over gradients that are far larger than any batch of these rows could give.

    The first comparison costs nothing and makes the second needless for most models.
    """
    size = float(np.linalg.norm(held))
    if size <= HELD * len(passes.all) * float(np.linalg.norm(read_gradients(passes.parameters))):
        return
    bound = float(np.linalg.norm(passes.bound_gradients()))
    if bound and size > HELD * bound:
        text = (
            f"the parameters hold gradients of norm {size:.3g}, while those of all rows add up to {bound:.3g} at most: "
        )
        text += "they include gradients of earlier updates"
        yield Finding("not zeroed", "the parameters", text, ADVICE, {"size": size, "bound": bound})
