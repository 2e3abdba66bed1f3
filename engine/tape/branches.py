"""Comparisons of Values: where a program took one branch and might have taken another."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from engine.modes import mode
from engine.tape.places import Array
from engine.value import Value, lift

SIGNS = {"==": np.equal, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}


class BranchError(ValueError):
    """A comparison of Values comes out differently in a replay: the program would have taken another branch."""


@dataclass(frozen=True)
class Comparison:
    """left `sign` right gave `outcome` while a graph was built."""

    sign: str
    left: Value
    right: Value
    outcome: bool


@contextmanager
def comparisons() -> Iterator[list[Comparison]]:
    """Collect the comparisons of Values in this block, in this thread, for `engine.record` to watch.

    >>> from engine.tape import record
    >>> x = Value(2.0)
    >>> with comparisons() as seen:
    ...     y = x * 3 if x > 0 else -x
    >>> record(y, [x], comparisons=seen).forward([[1.0], [-1.0]])
    Traceback (most recent call last):
    engine.tape.branches.BranchError: a comparison (>) that was True when the graph was built is False for sample 1
    """
    seen: list[Comparison] = []
    with mode(on_comparison=lambda sign, a, b, outcome: seen.append(Comparison(sign, a, lift(b), outcome))):
        yield seen


def check_outcome(seen: Comparison, left: Array, right: Array, start: int) -> None:
    """BranchError where it comes out differently for these numbers, of the samples from `start` on."""
    differs = SIGNS[seen.sign](left, right) != seen.outcome
    if differs.any():
        raise BranchError(
            f"a comparison ({seen.sign}) that was {seen.outcome} when the graph was built "
            f"is {not seen.outcome} for sample {start + int(np.argmax(differs))}"
        )
