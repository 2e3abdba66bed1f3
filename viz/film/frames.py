"""What a film keeps of a model at one moment, and many such moments as bytes for a page."""

import math
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import no_grad
from engine import sum as add
from engine.tape import record
from engine.value import Value
from viz.dense import Dense, find_outputs, read_dense
from viz.flow import measure
from viz.network import MOST
from viz.units import name_inputs, name_layer, read_results

GRID = 48  # points along each side of the plane
DECADES = 4  # of gradients, below the largest, that the network tells apart

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """A model at one moment; the arrays are flat, in the order of the camera's layers.

    epoch       how many epochs were done
    weights     of the layers that are drawn
    slopes      the parameters' `.grad`, of the same weights
    spreads     for every layer (layers, 5): the quantiles of \\|grad\\|
    numbers     what each unit puts out for the sample
    outputs     of the model on the grid (points, outputs)
    """

    epoch: int
    weights: Array
    slopes: Array
    spreads: Array
    numbers: Array
    outputs: Array


class Camera:
    """Takes frames of a model.

    layers   the names of all layers
    dense    the dense layers, where the model has nothing else to draw; else []
    why      why there is no picture of the network, or ""
    grid     points of the plane (GRID**2, 2); (0, 2) where inputs are not in a plane
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
        self.why = ""
        try:
            self.dense = read_dense(model)
            if len(self.dense[0].weights[0]) != len(self.sample):
                raise ValueError("the first dense layer does not take the inputs")
        except (TypeError, ValueError) as error:
            self.dense, self.why = [], str(error)
        self.widths = [len(self.sample), *(len(layer.neurons) for layer in self.dense)]
        self.drawn = [
            [weight for row in layer.weights for weight in row] if max(before, len(layer.neurons)) <= MOST else []
            for before, layer in zip(self.widths, self.dense, strict=False)
        ]
        self._parameters = [weight for weights in self.drawn for weight in weights]
        self._tape: Any = None
        self._columns: list[Value] = []
        self._start()

    def take(self, epoch: int) -> Frame:
        """The model as it is."""
        numbers, outputs = self._run()
        spreads = [measure(leaf.grad for leaf in leaves).quantiles for leaves in self.groups.values()]
        return Frame(
            epoch,
            np.array([leaf.data for leaf in self._parameters], np.float32).astype(float),
            np.array([leaf.grad for leaf in self._parameters], float),
            np.array(spreads),
            numbers,
            outputs,
        )

    def _start(self) -> None:
        """Find the units, and record the graph of a sample so that frames are quick."""
        inputs = name_inputs([Value(number) for number in self.sample])
        results = read_results(self.model(inputs))
        self.outputs = len(results)
        if self.dense:
            try:
                self._columns = [node for nodes in find_outputs(self.dense, results) for node in nodes]
            except ValueError as error:
                self.dense, self.why = [], str(error)
                self._parameters = []
        if self.predict is None or self.dense:
            try:
                self._tape = record(add(results), inputs, keep=[*self._columns, *results])
            except (TypeError, ValueError):
                self._tape = None  # sample by sample, then

    def _run(self) -> tuple[Array, Array]:
        """What the units put out for the sample, and the outputs on the grid."""
        units, outputs = np.empty(0), np.empty((0, self.outputs))
        rows = np.array([self.sample])
        own = self.predict is None
        if self._tape:
            self._tape.pull()
            self._tape.forward(np.concatenate([rows, self.grid]) if own and len(self.grid) else rows)
            kept = np.array(self._tape.kept)
            units = kept[0, : len(self._columns)]
            outputs = kept[1:, len(self._columns) :]
        elif own and len(self.grid):
            with no_grad():
                outputs = np.array(
                    [[value.data for value in read_results(self.model(row))] for row in self.grid.tolist()]
                )
        if self.predict is not None and len(self.grid):
            outputs = np.asarray(self.predict(self.grid), float).reshape(len(self.grid), -1)
        if self.dense:
            units = np.concatenate([rows[0], units])
        return units, outputs


def pack(numbers: Any) -> str:
    """Bytes as base64."""
    return b64encode(np.ascontiguousarray(numbers).tobytes()).decode()


def pack_signed(numbers: Array, largest: Array | float) -> str:
    """Numbers from -largest to largest as bytes from 1 to 255; 128 is 0, and only what is 0 or not a number."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.nan_to_num(
            numbers / np.where(np.asarray(largest) > 0, largest, 1.0), nan=0.0, posinf=1.0, neginf=-1.0
        )
    steps = np.sign(share) * np.ceil(np.minimum(np.abs(share), 1.0) * 127)
    return pack((128 + steps).astype(np.uint8))


def pack_sizes(numbers: Array, high: int) -> str:
    """Sizes on a log scale as bytes: 255 for 10**high and beyond, 1 for `DECADES` less or below, 0 for zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 1 + (np.log10(np.abs(numbers)) - high) / DECADES
    bytes_ = 1 + np.round(254 * np.clip(np.nan_to_num(share, nan=1.0, posinf=1.0, neginf=0.0), 0, 1))
    return pack(np.where(numbers == 0, 0, bytes_).astype(np.uint8))


def find_high(sizes: Array) -> int:
    """The power of ten that no finite size exceeds."""
    finite = sizes[(sizes > 0) & np.isfinite(sizes)]
    return math.ceil(math.log10(finite.max()) - 1e-9) if finite.size else 0
