"""Programs: a model with its loss, computed with Values or built as the graph of one sample."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

from engine import Value, dot, grad
from engine import sum as add
from engine.tape.watching import Given
from nn.arguments import Array
from nn.module import Module
from nn.nested import flatten
from nn.rules import Loss
from nn.training.environment import buffers_kept
from nn.training.graphs import Graph
from nn.training.sequences import Rows, as_inputs
from nn.training.tapes import LEAF, ONE_OF


def pass_back(losses: Iterable[Value], share: float) -> float:
    """Return the sum of losses, of which all may be constants; add its gradients, times `share`, to the leaves'."""
    total = add([*losses, Value(0.0)])  # a leaf, for a result that depends on none has no backward
    total.backward(share)
    return total.data


def run(model: Module, rule: Loss, rows: Rows, targets: Array, at_once: bool) -> tuple[list[Any], list[Value]]:
    """Return the outputs and the losses of samples, by Values; all `at_once` for a model that looks across them.

    Else each loss is computed after its output, for it may read what the model has kept.
    """
    samples = rows.tolist()
    outputs = iter(model.batch(samples)) if at_once else map(model, samples)
    pairs = [(output, rule.function(output, target)) for output, target in zip(outputs, targets.tolist(), strict=True)]
    return [output for output, _ in pairs], [loss for _, loss in pairs]


class Program:
    """A model and its loss; `parameters` are the Values to learn.

    at_once   whether the model looks across the batch, and so gets whole batches
    """

    def __init__(self, model: Module, rule: Loss, parameters: Sequence[Value], at_once: bool) -> None:
        self.model, self.rule, self.parameters, self.at_once = model, rule, parameters, at_once

    def build(self, rows: Rows, targets: Array, entry: int, drawn: Iterable[float] = ()) -> Graph:
        """Build the graph of a sample, given as a batch of one, with its draws.

        entry   how its target enters (see `tapes`)
        """
        (target,) = targets.tolist()
        given, inputs = as_inputs(rows)
        aims = [Given(number) for number in np.ravel(target).tolist()] if entry == LEAF else []
        wanted: Any = target if entry != LEAF else aims if np.ndim(target) else aims[0]
        inputs += aims

        def program() -> tuple[Any, Value]:
            prediction = self.model(given)
            if entry != ONE_OF or not self.rule.from_right:
                return prediction, self.rule.function(prediction, wanted)
            ones = [Given(number) for number in self.rule.encode(targets, len(prediction))[0].tolist()]
            inputs.extend(ones)
            return prediction, self.rule.from_right(prediction, partial(dot, ones))

        return Graph(program, inputs, aims, drawn)

    def compute(self, rows: Rows, targets: Array, weights: Array | None = None) -> tuple[float, Array, Array]:
        """Return the mean loss of samples, its gradient and all predictions, by Values, whose gradients stay.

        weights   (samples,) make it a weighted sum
        """
        shares = np.full(len(rows), 1 / len(rows)) if weights is None else weights
        with buffers_kept(self.model):
            outputs, losses = run(self.model, self.rule, rows, targets, self.at_once)
        loss = dot(shares.tolist(), losses)
        predictions = np.array([float(number) for output in outputs for number in flatten(output)])
        return loss.data, np.array(grad(loss, self.parameters)), predictions
