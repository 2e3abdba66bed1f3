"""Breaks: behind which columns the rows of a long picture end, as the lines of a paragraph do."""

import math
from collections.abc import Sequence

CROSSED = 0.1  # what it costs that a trunk goes on into the next row, in rows


def find_breaks(lengths: Sequence[float], begin: Sequence[float], end: float, trunks: Sequence[int]) -> list[int]:
    """The columns behind which rows end, none as the first: few rows, of equal length, broken where few trunks go on.

    lengths   of each column with the room before it, in rows of length 1
    begin     for each column the room that a row which begins with it needs more
    end       the room that a row which does not end the picture needs more
    trunks    how many go on behind each column

    A row of two columns or more is never longer than 1, if the columns allow it.

    >>> find_breaks([0.3] * 6, [0.0] * 6, 0.05, [1] * 6)
    [2]
    """
    count = len(lengths)
    best = [0.0] + [math.inf] * count  # of the columns before this one
    origin = [0] * (count + 1)
    for first in range(count):
        if first == 1:  # there is nothing but leaves before it
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
