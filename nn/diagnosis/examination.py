"""Examination: run both passes over all rows and collect what every layer did, without changing the model."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Any

import numpy as np

from engine import Value, toposort
from engine import sum as add
from engine.branches import find_reached
from nn.activations import DESCRIPTIONS
from nn.arguments import Array
from nn.layers import GRU, LSTM, RNN, Embedding, Layer
from nn.module import Module, list_layers, watch
from nn.nested import flatten, is_list
from nn.optim import Optimizer
from nn.rules import Loss
from nn.training.sequences import Sequences

FLAT = 0.05  # a bounded activation, such as tanh, is saturated below this share of its largest derivative
BOUNDED = (row for row in DESCRIPTIONS.values() if row.high - row.low < inf and row.steepest)
FLAT_BELOW = {"relu": 0.0} | {row.name: FLAT * row.steepest for row in BOUNDED}


@dataclass
class Unit:
    """How often a neuron, or a channel of a convolution, was computed, and how often with a derivative near 0."""

    op: str
    seen: int = 0
    flat: int = 0


@dataclass
class Examination:
    """The results of one pass over all rows.

    loss          the mean over all rows
    layers        the innermost layers by name, from input to output
    units         the units of each layer, by index
    gradients     for each layer with parameters, the root mean square of the loss's gradients
    through_time  for each recurrent layer, the same for its states: the last one, the one before, and so on
    predictions   (rows, outputs)
    ends          the operation that makes each output
    unreached     the names of parameters that get no gradient from the last row's loss, and 0 from all rows
    failure       the first number that is not finite: the layer, the operation and the row, if known
    """

    loss: float = 0.0
    layers: dict[str, Module] = field(default_factory=dict)
    units: dict[str, dict[int, Unit]] = field(default_factory=dict)
    gradients: dict[str, float] = field(default_factory=dict)
    through_time: dict[str, list[float]] = field(default_factory=dict)
    predictions: Array = field(default_factory=lambda: np.zeros((0, 0)))
    ends: list[str] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)
    failure: tuple[str, str, int | None] | None = None


def examine(model: Module, rows: Array | Sequences, targets: Array, rule: Loss) -> Examination:
    """Run both passes over all rows; gradients stay in the parameters' grad (see `undisturbed`)."""
    found = Examination(layers=dict(list_layers(model)))
    watched = _locate(found.layers)
    at_once = model.needs_batch
    predictions: list[Any] = []  # of the rows so far

    def see(module: Module, given: Any, output: Any) -> None:
        if id(module) not in watched:
            return
        name, index = watched[id(module)]
        passed_on = set(map(id, flatten(given)))
        for channel, part in enumerate(output if is_list(output) else [output]):
            for value in flatten(part):
                if isinstance(value, Value) and id(value) not in passed_on:
                    _tally(
                        found, name, channel if index is None else index, value, None if at_once else len(predictions)
                    )

    model.zero_grad()
    divisor = rule.find_divisor(targets) or 1.0
    losses: list[Value] = []
    trails = {name: _Trail(layer) for name, layer in found.layers.items() if isinstance(layer, RNN | LSTM | GRU)}
    with ExitStack() as watching:
        watching.enter_context(watch(model, see))
        for trail in trails.values():
            watching.enter_context(trail.watch())
        for losses, outputs in _passes(model, rows, targets, rule):
            total = add(losses)
            total.backward(1 / divisor)
            for trail in trails.values():
                trail.read()
            found.loss += total.data / divisor
            predictions += [[value.data for value in flatten(output)] for output in outputs]
    found.predictions = np.array(predictions)
    found.ends = [value.op for value in flatten(outputs[-1])]
    for name, layer in found.layers.items():
        gradients = [parameter.grad for parameter in layer.parameters()]
        if gradients:
            with np.errstate(over="ignore"):
                found.gradients[name] = float(np.sqrt(np.mean(np.square(gradients))))
    found.through_time = {name: trail.sizes for name, trail in trails.items()}
    found.unreached = _find_unreached(model, losses[-1])
    if not isfinite(found.loss) and not found.failure:
        found.failure = "the loss", rule.name, None
    return found


class _Trail:
    """The states of a recurrent layer, step by step, and the sizes of their gradients after the backward pass."""

    def __init__(self, layer: RNN | LSTM | GRU) -> None:
        self.layer = layer
        self._runs: list[list[Any]] = []
        self._squares: list[list[float]] = []  # by the number of steps that follow

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Record the layer's states while the block runs."""
        advance = self.layer.advance

        def follow(inputs: list[Value], before: Any, when: str = "") -> Any:
            output, after = advance(inputs, before, when)
            if not self._runs or self._runs[-1][-1] is not before:
                self._runs.append([])  # another sequence
            self._runs[-1].append(after)
            return output, after

        vars(self.layer)["advance"] = follow
        try:
            yield
        finally:
            del vars(self.layer)["advance"]

    def read(self) -> None:
        """Add the gradients of the sequences since the last call."""
        for run in self._runs:
            for later, state in enumerate(reversed(run)):
                if later == len(self._squares):
                    self._squares.append([])
                self._squares[later] += [value.grad * value.grad for value in flatten(state)]
        self._runs = []

    @property
    def sizes(self) -> list[float]:
        """The root mean square of the gradients of the last state, of the one before, and so on."""
        return [float(np.sqrt(np.mean(squares))) for squares in self._squares]


def read_gradients(model: Module) -> Array:
    """Return the parameters' gradients."""
    return np.array([parameter.grad for parameter in model.parameters()])


def bound_gradients(model: Module, rows: Array | Sequences, targets: Array, rule: Loss) -> Array:
    """Return for each parameter the sum of |gradient| over all rows, each by itself, which no batch can exceed."""
    bound: Array = np.zeros(len(model.parameters()))
    start = 0
    for losses, _ in _passes(model, rows, targets, rule):
        model.zero_grad()
        count = len(losses)
        add(losses).backward(count / (rule.find_divisor(targets[start : start + count]) or 1.0))
        bound += np.abs(read_gradients(model))
        start += count
    return bound


def mean_loss(model: Module, rows: Array | Sequences, targets: Array, rule: Loss) -> float:
    """Return the mean loss; its gradients stay in the parameters' grad."""
    model.zero_grad()
    loss, divisor = 0.0, rule.find_divisor(targets) or 1.0
    for losses, _ in _passes(model, rows, targets, rule):
        total = add(losses)
        total.backward(1 / divisor)
        loss += total.data / divisor
    return loss


@contextmanager
def undisturbed(model: Module, optimizer: Optimizer | None = None) -> Iterator[None]:
    """Normalise batches as in training but draw nothing while the block runs; restore everything afterwards."""
    modes = [(module, module.training) for module in model.modules()]
    gradients = [(parameter, parameter.grad) for parameter in model.parameters()]
    state, memory = model.state_dict(), optimizer and optimizer.state_dict()
    try:
        for module, _ in modes:
            module.training = module.across_batch
        yield
    finally:
        for module, mode in modes:
            module.training = mode
        model.load_state_dict(state)
        if optimizer:
            optimizer.load_state_dict(memory or {})
        for parameter, gradient in gradients:
            parameter.grad = gradient


def _passes(
    model: Module, rows: Array | Sequences, targets: Array, rule: Loss
) -> Iterator[tuple[list[Value], list[Any]]]:
    """Yield losses and outputs of one row at a time, or of all rows at once if the model needs that."""
    samples, answers = rows.tolist(), targets.tolist()
    if model.needs_batch:
        outputs = model.batch(samples)
        yield [rule.function(*pair) for pair in zip(outputs, answers, strict=True)], outputs
        return
    for sample, answer in zip(samples, answers, strict=True):
        output = model(sample)
        yield [rule.function(output, answer)], [output]


def _locate(layers: dict[str, Module]) -> dict[int, tuple[str, int | None]]:
    """Return for each watched module, by id, the name of its layer and, for a neuron, its index."""
    watched: dict[int, tuple[str, int | None]] = {}
    for name, layer in layers.items():
        if isinstance(layer, Layer):
            watched |= {id(neuron): (name, index) for index, neuron in enumerate(layer.neurons)}
        else:
            watched[id(layer)] = name, None
    return watched


def _tally(found: Examination, name: str, index: int, value: Value, row: int | None) -> None:
    if not isfinite(value.data) and not found.failure:
        found.failure = name, value.op, row
    if value.op not in FLAT_BELOW:
        return
    unit = found.units.setdefault(name, {}).setdefault(index, Unit(value.op))
    unit.seen += 1
    unit.flat += abs(value.local_derivatives[0]) <= FLAT_BELOW[value.op]


def _find_unreached(model: Module, loss: Value) -> list[str]:
    spared = {id(value) for part in model.modules() if isinstance(part, Embedding) for value in part.parameters()}
    still = [(name, value) for name, value in model.named_parameters() if value.grad == 0.0 and id(value) not in spared]
    if not still:
        return []
    reached = set(find_reached(toposort(loss)))
    return [name for name, value in still if value not in reached]


def split_evenly(rows: Array | Sequences, targets: Array, most: int) -> tuple[Array | Sequences, Array]:
    """Return at most so many rows, evenly spaced."""
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(int))
    return rows[chosen], targets[chosen]
