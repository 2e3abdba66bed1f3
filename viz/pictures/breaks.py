"""Breaks a long picture into rows, as a paragraph is broken into lines."""

import math
from collections.abc import Sequence

CROSSED = 0.1  # cost of a trunk that continues in the next row, in rows


def find_breaks(lengths: Sequence[float], begin: Sequence[float], end: float, trunks: Sequence[int]) -> list[int]:
    """Choose the ranks that end a row, never the first: few rows, of similar length, broken where few trunks continue.

    lengths   the length of each rank with the gap before it; a row has length 1
    begin     for each rank, the extra length of a row that begins with it
    end       the extra length of every row but the last
    trunks    how many trunks continue after each rank

    A row of two or more ranks is longer than 1 only where the ranks allow nothing else.

    >>> find_breaks([0.3] * 6, [0.0] * 6, 0.05, [1] * 6)
    [2]
    """
    count = len(lengths)
    best = [0.0] + [math.inf] * count  # cost of the ranks before each rank
    origin = [0] * (count + 1)
    for first in range(count):
        if first == 1:  # only leaves stand before it
            continue
        room = begin[first] if first else 0.0
        for last in range(first, count):
            room += lengths[last]
            length = room + end * (last + 1 < count)
            if length > 1.0 and last > max(first, 1):
                break
            slack = max(1.0 - length, 0.0)
            cost = best[first] + 1.0 + slack**2 + max(length - 1.0, 0.0) + CROSSED * trunks[last] * (last + 1 < count)
            if cost < best[last + 1]:
                best[last + 1], origin[last + 1] = cost, first
    breaks = []
    at = origin[count]
    while at:
        breaks.append(at - 1)
        at = origin[at]
    return breaks[::-1]
