"""Padding: a sequence of any length in a recorded graph, padded to the longest, so that one tape serves all lengths."""

from typing import Any

from engine import Value, dot
from nn.nested import flatten, refill


class PaddedSequence:
    """A sequence whose length is not known before the tape is replayed.

    steps   as many steps as the longest sequence has, each of numbers or nested lists of them
    ends    for each step a Value: 1 if it is the last of the sequence, otherwise 0

    It is no list: recurrent layers read it, and any other program fails rather than use what is only padding.
    """

    def __init__(self, steps: list[Any], ends: list[Value]) -> None:
        self.steps, self.ends = steps, ends

    def pick_last(self) -> Any:
        """Return the last step of the sequence."""
        by_unit = zip(*map(flatten, self.steps), strict=True)
        return refill(self.steps[0], (dot(self.ends, list(numbers)) for numbers in by_unit))
