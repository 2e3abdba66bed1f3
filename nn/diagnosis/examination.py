"""Examination: run both passes over all rows and collect what every layer did, without changing the model."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Any

import numpy as np

from engine import Value, toposort
from engine.branches import find_reached
from engine.ops import table
from nn.activations import DESCRIPTIONS
from nn.arguments import Array
from nn.diagnosis.passes import Part, Passes
from nn.diagnosis.sights import Sight
from nn.layers import Embedding
from nn.module import Module, find_parameters
from nn.nested import flatten
from nn.optim import Optimizer

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
    layers        the innermost layers by name, in the order in which they run; before them those that do not
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


def examine(passes: Passes) -> Examination:
    """Run both passes over all rows; gradients stay in the parameters' grad (see `undisturbed`)."""
    found = Examination()
    through_time: dict[str, list[list[Array]]] = {name: [] for name in passes.sights.layers}
    outputs: list[tuple[Array, Array]] = []
    failures: list[tuple[str, str, int | None]] = []
    parameters = set(passes.parameters)

    def counts(node: Value, part: Part) -> bool:
        """Whether flatness matters: a step of inputs, or one that gets no gradient, keeps nothing from learning."""
        if not is_step(node.op):
            return node.op in FLAT_BELOW
        return bool(part.gradients([node]).any()) and not parameters.isdisjoint(toposort(node))

    with passes.sights.watch():
        for part in passes.walk():
            found.loss += part.loss
            outputs.append((part.rows, part.outputs))
            units = [(sight, node) for sight in part.sights if not sight.is_state for node in sight.nodes]
            _tally(found, part, [(sight, node) for sight, node in units if counts(node, part)])
            _collect_states(through_time, part)
            if part.tape is None:  # on a tape all numbers are finite
                row = None if passes.at_once else int(part.rows[0])
                failures += [(sight.layer, node.op, row) for sight, node in units if not isfinite(node.data)]
    if not isfinite(found.loss):
        failures.append(("the loss", passes.rule.name, None))
    found.failure = min(failures, key=lambda failure: inf if failure[2] is None else failure[2], default=None)
    rows, numbers = map(np.concatenate, zip(*outputs, strict=True))
    found.predictions = numbers[np.argsort(rows)]
    found.layers = passes.sights.sort_layers()
    for name, layer in found.layers.items():
        if gradients := [parameter.grad for parameter in find_parameters(layer)]:
            found.gradients[name] = find_size(gradients)
    found.through_time = {
        name: [find_size(np.concatenate(states)) for states in parts] for name, parts in through_time.items()
    }
    output, loss = passes.build_last()
    found.ends = [value.op for value in flatten(output)]
    found.unreached = _find_unreached(passes.model, loss)
    return found


def is_step(op: str) -> bool:
    """Whether the derivative of an operation is 0 everywhere; that of a detach is meant to be."""
    return op != "detach" and op in table and table[op].derivatives == ("0",)


def _tally(found: Examination, part: Part, units: list[tuple[Sight, Value]]) -> None:
    """Count how often units have a derivative near 0."""
    for (sight, node), slopes in zip(units, part.slopes([node for _, node in units]), strict=True):
        unit = found.units.setdefault(sight.layer, {}).setdefault(sight.index, Unit(node.op))
        unit.seen += len(slopes)
        unit.flat += int(np.count_nonzero(np.abs(slopes) <= FLAT_BELOW.get(node.op, 0.0)))


def _collect_states(found: dict[str, list[list[Array]]], part: Part) -> None:
    """Collect the gradients of states, by layer and by the number of steps that follow."""
    sequences: dict[tuple[str, int], list[list[Value]]] = defaultdict(list)
    for sight in part.sights:
        if sight.is_state:
            sequences[sight.layer, sight.index].append(sight.nodes)
    for (layer, _), states in sequences.items():
        for later, nodes in enumerate(reversed(states)):
            if later == len(found[layer]):
                found[layer].append([])
            found[layer][later].append(part.gradients(nodes).ravel())


def find_size(numbers: Any) -> float:
    """Return the root mean square."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.sqrt(np.mean(np.square(numbers))))


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


def _find_unreached(model: Module, loss: Any) -> list[str]:
    spared = {id(value) for part in model.modules() if isinstance(part, Embedding) for value in find_parameters(part)}
    still = [(name, value) for name, value in model.named_parameters() if value.grad == 0.0 and id(value) not in spared]
    if not still or not isinstance(loss, Value):  # a loss may be a number where nothing is wrong
        return []
    reached = set(find_reached(toposort(loss)))
    return [name for name, value in still if value not in reached]
