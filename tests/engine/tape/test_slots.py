"""Where the numbers of a tape lie: what can be read without a copy, and how."""

import numpy as np
import pytest

from engine.tape.slots import MOST_AXES, Region, columns, common_shape, is_matrix, lies_by_row


@pytest.mark.parametrize(
    ("slots", "shared", "sampled"),  # whether it can be, of numbers that samples share, and of theirs
    [
        ([[0, 1, 2], [3, 4, 5]], True, True),
        ([[0, 1, 2], [7, 8, 9]], True, True),
        ([[0, 2, 4], [1, 3, 5]], True, False),
        ([[0, 2], [1, 3]], True, False),
        ([[0, 3], [1, 4]], True, False),
        ([[0, 1], [1, 2]], False, False),  # one number in two places
        ([[0, 2, 4], [6, 8, 10]], False, False),
        ([[0, 1], [2, 5]], False, False),
        ([[0], [1], [2]], True, True),
        ([[0], [0], [0]], False, False),
        ([[0, 5, 10]], True, False),
        ([[3]], True, True),
    ],
)
def test_what_a_matrix_product_can_read(slots, shared, sampled):
    assert is_matrix(np.array(slots), False) == shared
    assert is_matrix(np.array(slots), True) == sampled
    assert is_matrix(np.array([slots, slots]), False) == shared


@pytest.mark.parametrize(
    ("slots", "expected"),
    [
        ([[0, 3], [1, 4], [2, 5]], True),
        ([[0, 3], [0, 3]], True),
        ([[0, 1], [2, 3]], False),
        ([[0, 9], [2, 11]], False),
        ([[0, 3], [1, 5]], False),
        ([[0], [1]], False),
        ([[[0], [1], [2]], [[3], [4], [5]]], False),
        ([[[0, 3], [1, 4]], [[6, 9], [7, 10]]], True),
    ],
)
def test_what_lies_by_row(slots, expected):
    assert lies_by_row(np.array(slots)) == expected


@pytest.mark.parametrize("outer", [(), (2,), (2, 3)])
def test_columns_of_samples_lie_side_by_side(outer):
    numbers = np.arange(np.prod((*outer, 4, 5, 3)), dtype=float).reshape(*outer, 4, 5, 3)
    region = Region(True, np.zeros((*outer, 4, 5), int))
    assert np.array_equal(columns(numbers, region), numbers.reshape(*outer, 4, 15))
    assert columns(numbers, Region(False, region.slots)) is numbers


def nested(axes: int) -> np.ndarray:
    """Evenly spaced runs of two, of runs of two, ...: as many times as said."""
    slots = np.zeros(1, int)
    for axis in range(axes):
        slots = np.concatenate([slots, slots + 10**axis * 3])
    return slots


def test_the_shape_in_which_operands_are_evenly_spaced():
    assert common_shape([np.arange(12)], 12) == (12,)
    assert common_shape([np.array([0, 1, 2, 10, 11, 12])], 6) == (2, 3)
    assert common_shape([np.array([0, 1, 2, 10, 11, 12]), np.array([5, 5, 5, 5, 5, 5])], 6) == (2, 3)
    assert common_shape([np.array([0, 1, 2, 10, 11, 13])], 6) == (6,)
    assert common_shape([np.array([0, 1, 5, 6, 10, 11]), np.array([0, 1, 2, 10, 11, 12])], 6) == (3, 2)
    assert common_shape([nested(MOST_AXES)], 2**MOST_AXES) == (2,) * MOST_AXES
    assert common_shape([nested(MOST_AXES + 1)], 2 ** (MOST_AXES + 1)) == (2 ** (MOST_AXES + 1),)
    assert common_shape([np.array([4])], 1) == (1,)
