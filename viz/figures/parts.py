"""Finds the layers, neurons or time steps of a model in its graph, with their parameters and outputs."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np

from engine import sum as add
from engine.arrays import refuse_masked
from engine.numbers import CONSTANT
from engine.teaching.folding import find_moments, find_scopes, name_step
from engine.value import Value, lift, toposort
from viz.words.words import name_graph


@dataclass
class Part:
    """A part of a model: a layer, a neuron or a step.

    name         its path in the model, such as layers[0] or layers[0].neurons[2]
    parameters   its leaves, in order of computation
    outputs      its nodes that other parts use or that the model returns
    """

    name: str
    parameters: list[Value] = field(default_factory=list)
    outputs: list[Value] = field(default_factory=list)


def name_layer(scope: str) -> str:
    """The layer of a scope: ``layers[0]`` for ``layers[0].neurons[3]``; "" for none.

    >>> name_layer("layers[0].neurons[3]"), name_layer("neurons[3]")
    ('layers[0]', 'layer')
    """
    before, found, _ = scope.partition("neurons[")
    return before.rstrip(".") or "layer" if found else before


def find_parts(results: Sequence[Value], name: Callable[[str], str] = name_layer) -> list[Part]:
    """The layers behind the results of a model, from the first to the last.

    name   a function from the scope of a node to the name of its part; str for the scopes themselves

    Nodes built under `debug()` know their layer; for others it is read from the names of parameters
    (``layers[0].neurons[3].weights[1]``). Raises ValueError if these name no layer.
    """
    order = toposort(add(results))
    names = [name(scope) for scope in find_scopes(order)]
    part_of = dict(zip(order[:-1], names[:-1], strict=True))  # the sum added here is not part of the model
    used = set(results)
    for node, part in part_of.items():
        used.update(operand for operand in node.operands if part_of[operand] != part)
    parts: dict[str, Part] = {}
    for node, part in part_of.items():
        if part and node.operands:
            parts.setdefault(part, Part(part))
            if node in used:
                parts[part].outputs.append(node)
    for node, part in part_of.items():
        if part in parts and not node.op:
            parts[part].parameters.append(node)
    if not any(part.parameters for part in parts.values()):
        raise ValueError(
            "no layers found: the graph holds no parameters with names such as layers[0].weights[1] "
            "(label them, call name_parts() of the model, and build the graph outside no_grad())"
        )
    return [part for part in parts.values() if part.parameters]


def find_steps(result: Value) -> list[Part]:
    """The steps of a computation without layers, such as a chain of Values, by their distance from the leaves.

    Each step holds what is computed at that distance and the leaves first used there. It has the name of its result,
    or "step" and a number if it has several. For a network unrolled in time, they are the time steps that its labels
    name. Returns [] for a leaf.
    """
    order = toposort(result)
    times = [name_step(moment) for moment in find_moments(order, find_scopes(order))]
    if any(times):
        return _find_times(order, times)
    lengths: dict[Value, int] = {}
    first: dict[Value, int] = {}  # the first step that uses each leaf
    for node in order:
        lengths[node] = 1 + max((lengths[operand] for operand in node.operands), default=-1)
        for operand in node.operands:
            if operand.is_leaf:
                first[operand] = min(first.get(operand, lengths[node]), lengths[node])
    steps = [Part(f"step {number}") for number in range(1, lengths[result] + 1)]
    names = name_graph(result)
    for node in order:
        if node.operands:
            steps[lengths[node] - 1].outputs.append(node)
        elif node in first and node.op != CONSTANT:
            steps[first[node] - 1].parameters.append(node)
    for step in steps:
        step.name = names[step.outputs[0]] if len(step.outputs) == 1 else step.name
    return steps


def _find_times(order: list[Value], times: list[str]) -> list[Part]:
    step_of = dict(zip(order, times, strict=True))
    handed_on = {operand for node in order for operand in node.operands if step_of[operand] != step_of[node]}
    handed_on.add(order[-1])
    seen: set[Value] = set()
    steps: dict[str, Part] = {}
    for node in order:
        if not node.operands or not step_of[node]:
            continue
        step = steps.setdefault(step_of[node], Part(step_of[node]))
        if node in handed_on:
            step.outputs.append(node)
        for leaf in node.operands:
            if leaf.is_leaf and leaf.op != CONSTANT and leaf not in seen:
                seen.add(leaf)
                step.parameters.append(leaf)
    return list(steps.values())


def check_model(model: Any) -> None:
    """TypeError unless the model can be called with a sample."""
    if not callable(model):
        raise TypeError(f"expected a model, a function of one sample, not {type(model).__name__}: {str(model)[:60]}")


@contextmanager
def predicting(model: Any) -> Iterator[None]:
    """Have no part of the model in training, if it has parts that can be."""
    before = [(part, part.training) for part in (model.modules() if hasattr(model, "modules") else ())]
    try:
        for part, _ in before:
            part.training = False
        yield
    finally:
        for part, training in before:
            part.training = training


@contextmanager
def keeping_draws(model: Any) -> Iterator[None]:
    """Set the random generators of the model's parts back afterwards, so that training goes on as without a look."""
    parts = model.modules() if hasattr(model, "modules") else ()
    held = [value for part in parts for value in vars(part).values() if isinstance(value, np.random.Generator)]
    states = [generator.bit_generator.state for generator in held]
    try:
        yield
    finally:
        for generator, state in zip(held, states, strict=True):
            generator.bit_generator.state = state


def read_results(prediction: Any) -> list[Value]:
    """Flatten what a model returned into a list of Values; TypeError if it holds none."""
    results = _flatten(prediction)
    if not results or not all(isinstance(result, Value) for result in results):
        raise TypeError(f"a model returns a Value or a list of them, not {str(prediction)[:60]}")
    return results


def name_inputs(sample: Sequence[Any]) -> list[Value]:
    """A sample as Values; those without a name are called x1, x2, ..."""
    return [
        value if value.label or value.operands else Value(value.data, f"x{number}")
        for number, value in enumerate(map(lift, sample), 1)
    ]


def read_samples(name: str, given: Any) -> list[Any]:
    """Samples or targets as a list; `name` is theirs in an error."""
    refuse_masked(name, given)
    samples: list[Any] = given.tolist() if hasattr(given, "tolist") else list(given)
    return samples


def read_parameters(model: Any) -> list[tuple[str, Value]]:
    """The parameters of a model, each with its name; TypeError if it names none."""
    if not hasattr(model, "named_parameters"):
        raise TypeError(f"expected a model with named_parameters(), not {type(model).__name__}: {str(model)[:60]}")
    return list(model.named_parameters())


def _flatten(nest: Any) -> list[Any]:
    return list(chain.from_iterable(map(_flatten, nest))) if isinstance(nest, list | tuple) else [nest]
