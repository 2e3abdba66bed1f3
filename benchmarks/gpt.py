"""A GPT of one layer, after microgpt: one training step on a name, over Values of any kind.

Embeddings, 4-head attention, RMS norm, a squared-ReLU MLP and cross-entropy; 4,192 parameters. The model
is written once; `Kit` says how sums of products and the like are written with each kind of Value.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

WIDTH, HEADS, LETTERS, LENGTH = 16, 4, 27, 16
NAME = "gradient"[:7]
TOKENS = [26, *(ord(letter) - ord("a") for letter in NAME), 26]  # 26 begins and ends a name
SHAPES = {
    "tokens": (LETTERS, WIDTH), "positions": (LENGTH, WIDTH), "head": (LETTERS, WIDTH),
    "query": (WIDTH, WIDTH), "key": (WIDTH, WIDTH), "value": (WIDTH, WIDTH), "output": (WIDTH, WIDTH),
    "up": (4 * WIDTH, WIDTH), "down": (WIDTH, 4 * WIDTH),
}  # fmt: skip


@dataclass(frozen=True)
class Kit:
    """How a kind of Value adds: `dot` and `add` of lists, `exp` and `log` of one."""

    dot: Callable[[Sequence[Any], Sequence[Any]], Any]
    add: Callable[[Sequence[Any]], Any]
    exp: Callable[[Any], Any]
    log: Callable[[Any], Any]


def draw_numbers(seed: int = 0) -> dict[str, np.ndarray]:
    """The parameters' numbers, matrix by matrix."""
    generator = np.random.default_rng(seed)
    return {name: generator.normal(0, 0.08, shape) for name, shape in SHAPES.items()}


def loss(kit: Kit, state: dict[str, list[list[Any]]], tokens: Sequence[int] = TOKENS) -> Any:
    """The mean cross-entropy of each token after those before it."""
    keys: list[list[Any]] = []
    values: list[list[Any]] = []
    losses = []
    for position, (token, target) in enumerate(pairwise(tokens)):
        x = [a + b for a, b in zip(state["tokens"][token], state["positions"][position], strict=True)]
        x = _normalise(kit, x)
        before = x
        x = _normalise(kit, x)
        query = _linear(kit, state["query"], x)
        keys.append(_linear(kit, state["key"], x))
        values.append(_linear(kit, state["value"], x))
        x = _linear(kit, state["output"], _attend(kit, query, keys, values))
        x = [a + b for a, b in zip(x, before, strict=True)]
        before = x
        x = _linear(kit, state["up"], _normalise(kit, x))
        x = _linear(kit, state["down"], [a.relu() ** 2 for a in x])
        x = [a + b for a, b in zip(x, before, strict=True)]
        losses.append(-kit.log(_softmax(kit, _linear(kit, state["head"], x))[target]))
    return kit.add(losses) * (1 / len(losses))


def _linear(kit: Kit, weights: list[list[Any]], x: list[Any]) -> list[Any]:
    return [kit.dot(row, x) for row in weights]


def _normalise(kit: Kit, x: list[Any]) -> list[Any]:
    scale = (kit.dot(x, x) * (1 / len(x)) + 1e-5) ** -0.5
    return [a * scale for a in x]


def _softmax(kit: Kit, logits: list[Any]) -> list[Any]:
    powers = [kit.exp(logit) for logit in logits]
    total = kit.add(powers)
    return [power / total for power in powers]


def _attend(kit: Kit, query: list[Any], keys: list[list[Any]], values: list[list[Any]]) -> list[Any]:
    size = WIDTH // HEADS
    heads = []
    for start in range(0, WIDTH, size):
        part = slice(start, start + size)
        scores = [kit.dot(query[part], key[part]) * size**-0.5 for key in keys]
        weights = _softmax(kit, scores)
        heads += [kit.dot(weights, [value[at] for value in values]) for at in range(start, start + size)]
    return heads
