"""Mismatches: find outputs, losses and targets that do not fit together, before any training."""

from collections.abc import Iterator
from math import inf
from typing import Any

import numpy as np

from nn.activations import DESCRIPTIONS
from nn.arguments import Array
from nn.datasets.data import standardise
from nn.diagnosis.examination import Examination
from nn.diagnosis.findings import Finding
from nn.diagnosis.passes import choose_evenly
from nn.rules import Loss
from nn.training.sequences import Rows, Sequences

LINEAR = ("affine", "dot")  # a weighted sum can be any number
WITHIN = {"binary_cross_entropy": (0.0, 1.0)}  # the numbers that a loss takes
REACHED = {  # the numbers that outputs should be able to reach
    "binary_cross_entropy_with_logits": (-inf, inf),
    "hinge": (-1.0, 1.0),
    "cross_entropy": (0.0, inf),  # one class against the others
}
ENOUGH, MOST = 60, 300  # the rows that show whether targets depend on rows; more than the most add nothing
SHUFFLES = 99


def check_outputs(seen: Examination, rule: Loss) -> Iterator[Finding]:
    """Check that the loss fits the output layer."""
    ends = [(end, *_find_range(end)) for end in seen.ends if end in LINEAR or end in DESCRIPTIONS]
    low, high = WITHIN.get(rule.name, (-inf, inf))
    for end, least, most in ends:
        if least < low or most > high:
            text = f"{rule.name} takes probabilities, and the outputs are {_describe(end, least, most)}"
            advice = "output='sigmoid', or binary_cross_entropy_with_logits, which takes any number"
            yield _tell(text, advice, {"output": end})
            return
    low, high = REACHED.get(rule.name, (inf, -inf))
    for end, least, most in ends:
        if least > low or most < high:
            text = f"{rule.name} takes any numbers, and the outputs are {_describe(end, least, most)}: "
            text += "right answers stay out of reach"
            advice = "output='linear'"
            if end == "sigmoid" and rule.targets == "probability":
                advice += ", since this loss has the sigmoid in it; or binary_cross_entropy, which has not"
            yield _tell(text, advice, {"output": end})
            return
    if rule.name in REACHED and len(seen.ends) > 1 and _are_probabilities(seen.predictions):
        text = f"{rule.name} takes logits, and the outputs of each row are probabilities that add up to 1: "
        is_twice = rule.name == "cross_entropy"
        text += "the softmax is applied twice" if is_twice else "right answers stay out of reach"
        yield _tell(
            text, "output='linear'" + ", since this loss has the softmax in it" * is_twice, {"output": "softmax"}
        )
    if rule.name == "nll" and not _are_probabilities(np.exp(seen.predictions)):
        text = "nll takes logarithms of probabilities, and those of a row do not add up to 1: it can fall without end"
        yield _tell(text, "cross_entropy, which takes logits, with output='linear'", {})


def check_targets(seen: Examination, rows: Rows, targets: Array, rule: Loss) -> Iterator[Finding]:
    """Check that the targets differ, are in reach of the outputs, and depend on the rows, of those rows that count."""
    counted = np.flatnonzero(rule.weigh(targets))
    if not len(counted):
        text = "no row counts: each target is the class that the loss ignores, or one whose weight is 0"
        yield Finding("mismatch", "y", text, "another ignore_index or other weights", {})
        return
    that_counts = ""
    if len(counted) < len(targets):
        that_counts = " that counts" if len(counted) < np.count_nonzero(targets != rule.ignored) else ""
        rows, targets = rows[counted], targets[counted]
    if rule.classifies and len(targets) > 1 and not np.ptp(targets, axis=0).any():
        text = f"every target{that_counts} is {targets[0]}: the same answer is right for every row"
        yield Finding("one class", "y", text, "rows of the other classes as well", {"class": targets[0].tolist()})
        return
    if rule.targets == "number":
        yield from _look_beyond_reach(seen.ends, targets)
    if rule.classifies and targets.ndim == 2 and targets.shape[1] > 1 and _are_probabilities(targets):
        targets = targets.argmax(axis=1)  # the class, of a row for each
    if not isinstance(rows, Sequences) and targets.ndim == 1 and len(targets) >= ENOUGH:
        yield from _look_for_relation(rows, targets, rule.classifies)


def _look_beyond_reach(ends: list[str], targets: Array) -> Iterator[Finding]:
    for end, column in zip(ends, targets.reshape(len(targets), -1).T, strict=True):
        if end in DESCRIPTIONS:
            low, high = _find_range(end)
            outside = column[(column < low) | (column > high)]
            if len(outside):
                text = f"{len(outside)} of {len(column)} targets, such as {outside[0]:g}, are out of reach: "
                text += f"the outputs are {_describe(end, low, high)}"
                yield _tell(text, "output='linear', or targets that are scaled", {"output": end})
                return


def _look_for_relation(rows: Array, targets: Array, classifies: bool) -> Iterator[Finding]:
    """Compare the targets with shuffled ones, by nearest rows and by correlation: do shuffled ones fit as well?"""
    chosen = choose_evenly(len(rows), MOST)
    X, y = standardise(rows[chosen])[0], targets[chosen]
    if not X.any() or (y == y[0]).all():
        return
    y = y if classifies else standardise(y[:, None])[0][:, 0]
    squares = (X * X).sum(axis=1)
    distances = squares[:, None] + squares - 2 * X @ X.T
    np.fill_diagonal(distances, inf)
    nearest = distances.argmin(axis=1)
    generator = np.random.default_rng(0)

    def measure(y: Array) -> tuple[float, float]:
        away = np.mean(y != y[nearest]) if classifies else np.mean((y - y[nearest]) ** 2)
        return -float(away), float(np.abs(X.T @ (y - y.mean())).max())

    found = measure(y)
    shuffled = [measure(generator.permutation(y)) for _ in range(SHUFFLES)]
    better = [sum(other[way] >= found[way] for other in shuffled) for way in (0, 1)]
    are_opposed = all(other[0] > found[0] for other in shuffled)  # as in a parity or on a chessboard
    if min(better) > 0.05 * SHUFFLES and not are_opposed:
        text = (
            f"near rows have no more similar targets than after a shuffle ({better[0]} of {SHUFFLES} shuffles did as "
            f"well), and no column correlates better with y ({better[1]} of {SHUFFLES})"
        )
        advice = "a look at whether X and y are still in the same order"
        yield Finding("unrelated", "y", text, advice, {"nearest": better[0], "line": better[1]})


def _find_range(end: str) -> tuple[float, float]:
    if end in LINEAR:
        return -inf, inf
    return DESCRIPTIONS[end].low, DESCRIPTIONS[end].high


def _describe(end: str, low: float, high: float) -> str:
    if end in LINEAR:
        return "linear, any numbers"
    if high == inf:
        return f"{end}'s, " + ("any numbers" if low == -inf else f"from {low:.3g} up")
    return f"{end}'s, from {low:g} to {high:g}"


def _are_probabilities(numbers: Array) -> bool:
    return bool((numbers >= 0).all() and np.allclose(numbers.sum(axis=1), 1.0))


def _tell(text: str, advice: str, numbers: dict[str, Any]) -> Finding:
    return Finding("mismatch", "the output", text, advice, numbers)
