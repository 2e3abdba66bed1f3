"""Snapshots of a model in training, and how a page stores them as bytes."""

import math
from base64 import b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import BranchError, record
from engine import sum as add
from engine.arrays import read_array
from engine.tape import watch
from engine.value import Value
from viz.figures.dense import Dense, find_outputs, read_dense
from viz.figures.flow import measure
from viz.figures.network import MOST
from viz.figures.parts import name_inputs, name_layer, predicting, read_results

GRID = 48  # points along each side of the plane
LARGEST = float(np.finfo(np.float32).max)  # weight; larger ones are clipped
DECADES = 4  # of gradients that the picture of the network shows, from the largest down

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """A snapshot of a model; flat arrays are in the order of the camera's layers.

    epoch       the number of epochs trained
    weights     the weights of the layers that are drawn
    gradients   the `.grad` of these weights
    quantiles   the quantiles of \\|grad\\| of each layer, (layers, 5)
    numbers     the output of each unit for the sample
    outputs     the outputs of the model on the grid, (points, outputs)
    """

    epoch: int
    weights: Array
    gradients: Array
    quantiles: Array
    numbers: Array
    outputs: Array


class Camera:
    """Takes frames of a model as it predicts, with no part of it in training: a Dropout draws nothing for them.

    layers   the names of all layers
    dense    the dense layers; empty if the network cannot be drawn
    grid     the points of the plane, (GRID**2, 2); empty without a plane
    """

    def __init__(
        self, model: Any, sample: Sequence[float], grid: Array, predict: Callable[[Array], Any] | None
    ) -> None:
        self.model, self.sample, self.grid, self.predict = model, list(sample), grid, predict
        self.groups: dict[str, list[Value]] = {}
        for name, parameter in model.named_parameters():
            self.groups.setdefault(name_layer(name.rpartition(".")[0]) or "the model", []).append(parameter)
        self.layers = list(self.groups)
        self.dense: list[Dense] = []
        with suppress(TypeError, ValueError):
            dense = read_dense(model)
            if len(dense[0].weights[0]) == len(self.sample):
                self.dense = dense
        self.widths = [len(self.sample), *(len(layer.neurons) for layer in self.dense)]
        self.drawn = [
            [weight for row in layer.weights for weight in row] if max(before, len(layer.neurons)) <= MOST else []
            for before, layer in zip(self.widths, self.dense, strict=False)
        ]
        self._parameters = [weight for weights in self.drawn for weight in weights]
        self._tape: Any = None
        self._count = 0  # units that the tape keeps
        with predicting(model):
            self._start()

    def take(self, epoch: int) -> Frame:
        """Return a frame of the model in its current state."""
        with predicting(self.model):
            numbers, outputs = self._run()
        quantiles = [measure(leaf.grad for leaf in leaves).quantiles for leaves in self.groups.values()]
        return Frame(
            epoch,
            np.clip([leaf.data for leaf in self._parameters], -LARGEST, LARGEST).astype(np.float32).astype(float),
            np.array([leaf.grad for leaf in self._parameters], float),
            np.array(quantiles),
            numbers,
            outputs,
        )

    def _start(self) -> None:
        """Find the units, and record the graph of a sample to take frames quickly."""
        inputs = name_inputs(self.sample)
        with watch() as seen:
            results = read_results(self.model(inputs))
        self.outputs = len(results)
        units: list[Value] = []
        if self.dense:
            try:
                units = [node for nodes in find_outputs(self.dense, results) for node in nodes]
            except ValueError:
                self.dense, self._parameters = [], []
        rows = np.concatenate([[self.sample], self.grid[:: GRID * GRID // 3]])
        units_now, outputs = self._compute(rows)
        if self.predict is None and not np.array_equal(outputs, self._compute(rows)[1], equal_nan=True):
            raise ValueError(
                "the model gives different outputs each time, also with no part of it in training: "
                "say how to predict, film(..., predict=lambda rows: ...)"
            )
        with suppress(TypeError, ValueError):  # not recorded: compute sample by sample
            self._count = len(units)
            seen.refuse()
            self._tape = record(add(results), inputs, keep=[*units, *results], comparisons=seen.comparisons)
            found = self._replay(rows)
            if not found or not all(map(_agree, found, (units_now, outputs))):
                self._tape = None  # the graph depends on the sample

    def _run(self) -> tuple[Array, Array]:
        """Return the outputs of the units for the sample, and the outputs on the grid."""
        grid = self.grid if self.predict is None else self.grid[:0]
        rows = np.concatenate([[self.sample], grid])
        units, outputs = self._replay(rows) or self._compute(rows)
        if self.predict is not None and len(self.grid):
            outputs = read_array("predict(X)", self.predict(self.grid), float).reshape(len(self.grid), -1)
        return (np.concatenate([self.sample, units]) if self.dense else units), outputs

    def _replay(self, rows: Array) -> tuple[Array, Array] | None:
        """Compute with the tape the outputs of the units for the first row, and of the model for the others.

        None if there is no tape, if these rows take other branches, or if the model has changed: a callback may have
        set an attribute.
        """
        with suppress(BranchError):
            if self._tape:
                self._tape.forward(rows)
                units, outputs = np.split(self._tape.kept, [self._count], axis=1)
                expected, _ = self._compute(rows[:1])
                if _agree(outputs[:2], self._predict(rows[:2])) and _agree(units[0], expected):
                    return units[0], outputs[1:]
                self._tape = None
        return None

    def _compute(self, rows: Array) -> tuple[Array, Array]:
        """The same, sample by sample."""
        units = []
        if self.dense:
            results = read_results(self.model(name_inputs(self.sample)))
            units = [node.data for nodes in find_outputs(self.dense, results) for node in nodes]
        return np.array(units), self._predict(rows[1:])

    def _predict(self, rows: Array) -> Array:
        """Return the outputs of the model for rows, sample by sample."""
        outputs = [[value.data for value in read_results(self.model(row))] for row in rows.tolist()]
        return np.array(outputs).reshape(len(outputs), self.outputs)


def _agree(numbers: Array, others: Array) -> bool:
    return np.allclose(numbers, others, 1e-9, 1e-9, equal_nan=True)


def pack(numbers: Any) -> str:
    """Return the bytes of an array as base64."""
    return b64encode(np.ascontiguousarray(numbers).tobytes()).decode()


def pack_shares(numbers: Array, largest: Array) -> str:
    """Pack numbers from -largest to largest as shares of it, in single precision; what is not finite becomes nan."""
    shares = np.where(np.isfinite(numbers), numbers, np.nan) / np.where(largest > 0, largest, 1.0)
    return pack(shares.astype("<f4"))


def pack_signed(numbers: Array, largest: float) -> str:
    """Pack numbers from -largest to largest as bytes from 1 to 255; only 0 and nan become 128."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.nan_to_num(numbers / (largest if largest > 0 else 1.0), nan=0.0, posinf=1.0, neginf=-1.0)
    steps = np.sign(share) * np.ceil(np.minimum(np.abs(share), 1.0) * 127)
    return pack((128 + steps).astype(np.uint8))


def pack_sizes(numbers: Array, high: int) -> str:
    """Pack sizes on a log scale as bytes: 255 for 10**high or more, 1 from `DECADES` below it on down, 0 for zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 1 + (np.log10(np.abs(numbers)) - high) / DECADES
    bytes_ = 1 + np.round(254 * np.clip(np.nan_to_num(share, nan=1.0, posinf=1.0, neginf=0.0), 0, 1))
    return pack(np.where(numbers == 0, 0, bytes_).astype(np.uint8))


def find_high(sizes: Array) -> int:
    """Return the smallest power of ten that no finite size exceeds."""
    finite = sizes[(sizes > 0) & np.isfinite(sizes)]
    return math.ceil(math.log10(finite.max()) - 1e-9) if finite.size else 0
