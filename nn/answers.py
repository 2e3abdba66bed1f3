"""Answers: turn labels of classes into the numbers that a loss takes, and back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.numbers import write_count
from nn.arguments import Array
from nn.frames import as_plain
from nn.rules import Loss


@dataclass(frozen=True)
class Answers:
    """What the outputs of a model mean.

    labels   the labels of the classes, in order; () if the classes are numbers
    loss     the name of the loss that the model was trained with, which decides what an output means
    """

    labels: tuple[Any, ...]
    loss: str


def choose_answers(before: Answers | None, y: Any, rule: Loss) -> Answers | None:
    """Return the answers of a model that learns these targets; labels that it knows keep their numbers.

    It keeps all of its labels if they include the targets; else as many new ones take the places of those not given.
    """
    if not rule.classifies:
        return None
    labels = read_labels(y)
    if labels is None:
        return Answers((), rule.name)
    known, given = before.labels if before else (), set(labels)
    if given <= {*known}:
        return Answers(known, rule.name)
    if given & {*known} and len(given) == len(known):
        new = iter(sorted(given - {*known}))
        return Answers(tuple(label if label in given else next(new) for label in known), rule.name)
    return Answers(_sort(labels), rule.name)


def encode_labels(answers: Answers | None, y: Any, rule: Loss, outputs: int, name: str) -> Any:
    """Turn targets that are labels into the numbers that the loss takes; other targets do not change.

    ValueError for an unknown label, for a number of labels that does not fit the loss or the model, and for a loss
    without classes; TypeError for a target that is no label among others that are.
    """
    given = read_labels(y)
    if given is None:
        check_unmixed(y, name)
    if given is None or (isinstance(given[0], bool) and not rule.classifies):
        return y
    if not rule.classifies:
        raise ValueError(
            f"{name}: {rule.name} learns numbers, not labels such as {given[0]!r}; cross_entropy learns them"
        )
    labels = answers.labels if answers and answers.labels else _sort(given)
    listed = ", ".join(map(repr, labels[:8])) + ", …" * (len(labels) > 8)
    count = write_count(len(labels), "label")
    if rule.targets == "class" and outputs > 1 and len(labels) != outputs:
        raise ValueError(f"{name}: {count}, {listed}, for a model of {write_count(outputs, 'output')}")
    if rule.targets != "class" and len(labels) != 2:
        raise ValueError(f"{name}: {count}, {listed}, for a loss that tells two apart")
    code = {label: index for index, label in enumerate(labels)}
    for row, label in enumerate(given):
        if label not in code:
            raise ValueError(f"{name}[{row}]: {label!r} is none of the labels {listed}")
    numbers: Array = np.array([code[label] for label in given])
    return 2 * numbers - 1 if rule.targets == "sign" else numbers


def read_labels(y: Any) -> list[Any] | None:
    """Return the labels, one per row, if all targets are texts or all are booleans; None otherwise."""
    cells = _read_cells(y)
    if cells and all(isinstance(cell, str) for cell in cells):
        return [str(cell) for cell in cells]
    if cells and all(isinstance(cell, bool | np.bool_) for cell in cells):
        return [bool(cell) for cell in cells]
    return None


def check_unmixed(y: Any, name: str) -> None:
    """Raise TypeError for a target that is no text, such as a missing one, among others that are."""
    cells = _read_cells(y)
    texts = [cell for cell in cells if isinstance(cell, str)]
    for row, cell in enumerate(cells if texts else []):
        if not isinstance(cell, str):
            given = f"{type(cell).__name__}: {cell!r:.60}"
            raise TypeError(f"{name}[{row}]: a label such as {texts[0]!r:.60} expected, not {given}")


def _read_cells(y: Any) -> list[Any]:
    """The targets, one per row, that may be labels; [] if none can be."""
    plain = as_plain(y)
    if isinstance(plain, np.ndarray):
        if plain.dtype.kind not in "bOUT" or plain.size != len(plain):
            return []
        plain = plain.ravel().tolist()
    if not isinstance(plain, Sequence) or isinstance(plain, str):
        return []
    return [cell[0] if isinstance(cell, list | tuple) and len(cell) == 1 else cell for cell in plain]


def _sort(labels: list[Any]) -> tuple[Any, ...]:
    return (False, True) if isinstance(labels[0], bool) else tuple(sorted(set(labels)))
