"""Letters: which of its row's letters each operand of a node stands under.

Of an operation over sequences the operands are those of the first sequence, then those of the next, then the others.
"""

from collections.abc import Sequence
from typing import Any

from engine.ops import Op


def find_letter(row: Op, index: int, count: int) -> tuple[str, int]:
    """The letter of operand `index` of `count`, and its place in that letter's sequence (or 0)."""
    length = find_length(row, count)
    if index < length * len(row.sequences):
        return row.sequences[index // length], index % length
    return row.letters[index - count], 0


def find_derivative(row: Op, index: int, count: int) -> str:
    """The formula of the local derivative with respect to operand `index` of `count`."""
    return row.derivatives[row.letters.index(find_letter(row, index, count)[0])]


def find_length(row: Op, count: int) -> int:
    """How many operands each sequence has, where there are `count` in all."""
    return (count - len(row.letters)) // max(1, len(row.sequences)) + 1


def bind(row: Op, operands: Sequence[Any], index: int | None = None) -> dict[str, Any]:
    """What the letters stand for: an operand each, or a list of operands for a sequence.

    With `index`, what they stand for in the derivative by that operand: of each sequence, one element.
    """
    count, length = len(operands), find_length(row, len(operands))
    meaning = {letter: operands[number - len(row.letters)] for number, letter in enumerate(row.letters)}
    for number, letter in enumerate(row.sequences):
        sequence = operands[number * length : (number + 1) * length]
        meaning[letter] = list(sequence) if index is None else sequence[find_letter(row, index, count)[1]]
    return meaning
