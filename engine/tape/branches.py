"""Branches: the comparisons of a recorded program, and the error if a replay would take another branch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.looks import SIGNS
from engine.tape.slots import Array
from engine.value import Value


class BranchError(ValueError):
    """A comparison of Values comes out differently in a replay, so the program would take another branch.

    >>> from engine import Value, record
    >>> x = Value(2.0)
    >>> tape = record(lambda x: x * 2 if x > 0 else x * 3, [x])
    >>> tape.forward([[-1.0]])
    Traceback (most recent call last):
    engine.tape.branches.BranchError: a comparison (>) that was True when the graph was built is False for sample 0
    """


@dataclass(frozen=True)
class Comparison:
    """A comparison, left `sign` right, that gave `outcome` while a graph was built."""

    sign: str
    left: Value
    right: Value
    outcome: bool


class Conditions:
    """The comparisons of a recorded program, each of which must have the same outcome for every sample."""

    def __init__(self, comparisons: Sequence[Comparison]) -> None:
        self._comparisons = list(comparisons)

    def __bool__(self) -> bool:
        return bool(self._comparisons)

    def hold(self, read: Callable[[Value], Array], samples: int) -> Array:
        """Return for which samples (samples,) all hold; `read` returns the numbers of a Value in a replay."""
        held = np.ones(samples, bool)
        for seen in self._comparisons:
            held &= SIGNS[seen.sign](read(seen.left), read(seen.right)) == seen.outcome
        return held

    def check(self, read: Callable[[Value], Array], start: int) -> None:
        """Raise BranchError for the first one that does not hold; samples count from `start`."""
        for seen in self._comparisons:
            outcome = SIGNS[seen.sign](read(seen.left), read(seen.right))
            if (outcome != seen.outcome).any():
                sample = start + int(np.argmax(outcome != seen.outcome))
                raise BranchError(
                    f"a comparison ({seen.sign}) that was {seen.outcome} when the graph was built "
                    f"is {not seen.outcome} for sample {sample}"
                )
