"""Letters: match the operands of a node with the letters of its row.

The operands of a row over sequences are those of the first sequence, then those of the next, then the others.
"""

from collections.abc import Sequence
from typing import Any

from engine.ops import Op


def find_letter(row: Op, index: int, count: int) -> tuple[str, int]:
    """Return the letter of operand `index` of `count`, and its index in that letter's sequence (or 0)."""
    length = find_length(row, count)
    if index < length * len(row.sequences):
        return row.sequences[index // length], index % length
    return row.letters[index - count], 0


def find_derivative(row: Op, index: int, count: int) -> str:
    """Return the formula of the local derivative with respect to operand `index` of `count`."""
    return row.derivatives[row.letters.index(find_letter(row, index, count)[0])]


def find_length(row: Op, count: int) -> int:
    """Return the length of each sequence, for `count` operands in all."""
    return (count - len(row.letters)) // max(1, len(row.sequences)) + 1


def bind(row: Op, operands: Sequence[Any], index: int | None = None) -> dict[str, Any]:
    """Return the operand of each letter, or the list of operands for a sequence.

    With `index`, return what the letters mean in the derivative by that operand: one element of each sequence.
    """
    count, length = len(operands), find_length(row, len(operands))
    meaning = {letter: operands[number - len(row.letters)] for number, letter in enumerate(row.letters)}
    for number, letter in enumerate(row.sequences):
        sequence = operands[number * length : (number + 1) * length]
        meaning[letter] = list(sequence) if index is None else sequence[find_letter(row, index, count)[1]]
    return meaning
