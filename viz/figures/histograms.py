"""Histograms of the weights and of the neurons' outputs, layer by layer."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viz.figures.axes import COLOURS, find_ink, new_axes, write_plain
from viz.figures.parts import (
    check_model,
    find_parts,
    name_layer,
    predicting,
    read_parameters,
    read_results,
    read_samples,
)
from viz.lines import shorten

Array = NDArray[np.float64]

BINS = 60  # at most; fewer for fewer numbers
OVERLAP = 0.85  # share of a layer's room that its tallest bar fills


def weight_histograms(model: Any, *, ax: Any = None) -> Any:
    """Plot a histogram of the weights of each layer, with the first layer at the top.

    model   has named_parameters(), with names like layers[0].weights[1]; biases (bias, biases[...]) are left out
    """
    return _draw_rows(measure_weights(model), "weight", ax)


def measure_weights(model: Any) -> dict[str, Array]:
    """The numbers that `weight_histograms` draws, by layer."""
    layers: dict[str, list[float]] = {}
    for name, parameter in read_parameters(model):
        if not name.rpartition(".")[2].startswith("bias"):
            layers.setdefault(name_layer(name.rpartition(".")[0]) or "the model", []).append(parameter.data)
    if not layers:
        raise ValueError("the model has no weights")
    return {name: np.array(numbers) for name, numbers in layers.items()}


def activation_histograms(model: Any, X: Any, *, ax: Any = None) -> Any:
    """Plot a histogram of the outputs of each layer's neurons over samples, with the first layer at the top.

    X   the samples, each as the model takes it

    The model is called as it predicts: a Dropout or BatchNorm is not in training.
    """
    return _draw_rows(measure_activations(model, X), "output of a neuron", ax)


def measure_activations(model: Any, X: Any) -> dict[str, Array]:
    """The numbers that `activation_histograms` draws, by layer."""
    check_model(model)
    samples = read_samples("X", X)
    if not samples:
        raise ValueError("X is empty: give at least one sample")
    layers: dict[str, list[float]] = {}
    with predicting(model):
        for sample in samples:
            for part in find_parts(read_results(model(sample))):
                layers.setdefault(part.name, []).extend(node.data for node in part.outputs)
    return {name: np.array(numbers) for name, numbers in layers.items()}


def _draw_rows(layers: Mapping[str, Array], what: str, ax: Any) -> Any:
    for name, numbers in layers.items():
        if not np.isfinite(numbers).all():
            raise ValueError(f"{name} holds numbers that are not finite, of which no histogram can be drawn")
    ax = new_axes(6.4, 1.3 + 0.75 * len(layers)) if ax is None else ax
    everything = np.concatenate(list(layers.values()))
    low, high = float(everything.min()), float(everything.max())
    size = max(abs(low), abs(high))
    if high - low <= 1e-12 * size:  # constant but for rounding, too narrow for bins
        room = max(0.5, 1e-3 * size)
        low, high = low - room, high + room
    for row, numbers in enumerate(layers.values()):
        counts, edges = np.histogram(numbers, min(max(int(2 * math.sqrt(numbers.size)), 8), BINS), (low, high))
        tops = -row + OVERLAP * counts / counts.max()
        ax.stairs(tops, edges, baseline=-row, fill=True, color=COLOURS[0], alpha=0.45)
        ax.stairs(tops, edges, baseline=-row, color=find_ink(), linewidth=0.8)
        ax.plot([numbers.mean()] * 2, [-row, -row + OVERLAP], color=COLOURS[1], linewidth=1.4, linestyle="--")
        spread = (numbers - numbers.min()) / (size or 1.0)  # exact for near numbers; no square overflows
        said = f"mean {numbers.mean():.2g}, deviation {size * spread.std():.2g}"
        ax.text(0.995, -row + 0.62, said, transform=ax.get_yaxis_transform(), ha="right", fontsize=8)
    ax.set_yticks([-row for row in range(len(layers))], [write_plain(shorten(name, 16)) for name in layers])
    ax.set_ylim(-len(layers) + 0.9, 1.0)
    ax.set_xlim(low, high + 0.5 * (high - low))
    ax.axvline(0, color=find_ink(), linewidth=0.5)
    ax.set_xlabel(what)
    ax.set_ylabel("layer")
    ax.set_title(f"{what[0].upper()}{what[1:]}, by layer; the largest bar of each has the same height", fontsize=10)
    ax.grid(alpha=0.3, axis="x")
    return ax
