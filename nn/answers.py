"""Answers: the labels that classes have, and how they become the numbers that a loss takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nn.arguments import Array
from nn.frames import as_plain
from nn.rules import Loss


@dataclass(frozen=True)
class Answers:
    """What the outputs of a model stand for.

    labels   of the classes, in order; () where they are numbers
    loss     the name of the loss that it has learned by, which says what an output stands for
    """

    labels: tuple[Any, ...]
    loss: str


def choose_answers(before: Answers | None, y: Any, rule: Loss) -> Answers | None:
    """What a model that learns these targets will answer: the labels that it knows, where all are among them."""
    if not rule.classifies:
        return None
    labels = read_labels(y)
    if labels is None:
        return Answers((), rule.name)
    if before and before.labels and set(labels) <= set(before.labels):
        return Answers(before.labels, rule.name)
    return Answers(_sort(labels), rule.name)


def encode_labels(answers: Answers | None, y: Any, rule: Loss, outputs: int, name: str) -> Any:
    """Targets that are labels as the numbers that the loss takes; others as they are.

    ValueError for a label that is not known, for more or fewer than the loss or the model tells apart, and for a loss
    that knows no classes.
    """
    given = read_labels(y)
    if given is None or (isinstance(given[0], bool) and not rule.classifies):
        return y
    if not rule.classifies:
        raise ValueError(
            f"{name}: {rule.name} learns numbers, not labels such as {given[0]!r}; cross_entropy learns them"
        )
    labels = answers.labels if answers and answers.labels else _sort(given)
    listed = ", ".join(map(repr, labels[:8])) + ", …" * (len(labels) > 8)
    if rule.targets == "class" and outputs > 1 and len(labels) != outputs:
        raise ValueError(f"{name}: {len(labels)} labels, {listed}, for a model of {outputs} outputs")
    if rule.targets != "class" and len(labels) != 2:
        raise ValueError(f"{name}: {len(labels)} labels, {listed}, for a loss that tells two apart")
    code = {label: index for index, label in enumerate(labels)}
    for row, label in enumerate(given):
        if label not in code:
            raise ValueError(f"{name}[{row}]: {label!r} is none of the labels {listed}")
    numbers: Array = np.array([code[label] for label in given])
    return 2 * numbers - 1 if rule.targets == "sign" else numbers


def read_labels(y: Any) -> list[Any] | None:
    """The labels, where all targets are texts or all are booleans, one a row; None for anything else."""
    plain = as_plain(y)
    if isinstance(plain, np.ndarray):
        if plain.dtype.kind not in "bOUT" or plain.size != len(plain):
            return None
        plain = plain.ravel().tolist()
    if not isinstance(plain, Sequence) or isinstance(plain, str) or not len(plain):
        return None
    cells = [cell[0] if isinstance(cell, list | tuple) and len(cell) == 1 else cell for cell in plain]
    if all(isinstance(cell, str) for cell in cells):
        return [str(cell) for cell in cells]
    if all(isinstance(cell, bool | np.bool_) for cell in cells):
        return [bool(cell) for cell in cells]
    return None


def _sort(labels: list[Any]) -> tuple[Any, ...]:
    return (False, True) if isinstance(labels[0], bool) else tuple(sorted(set(labels)))
