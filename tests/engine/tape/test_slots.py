"""Where the numbers of a tape lie: what can be read without a copy, and how."""

import numpy as np
import pytest

import engine
from engine import Value, record
from engine.tape.slots import MOST_AXES, Region, columns, common_shape, is_matrix, lies_by_row
from tests.conftest import tries
from tests.graphs import Graph, eager


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


def regular_root(generator: np.random.Generator, leaves: list[Value]) -> Value:
    """Sums of products of lists that lie side by side, spread, across, over each other or backwards, layer by layer."""

    def lists(values: list[Value], length: int) -> list[list[Value]]:
        count, start = generator.integers(1, 4), generator.integers(len(values))
        spacings = [(length, 1), (1, count), (1, 1), generator.integers(-2, 4, 2), generator.integers(0, 4, 2)]
        down, across = spacings[generator.integers(5)]
        return [[values[(start + i * down + j * across) % len(values)] for j in range(length)] for i in range(count)]

    def pick() -> list[Value]:
        return sources[generator.integers(len(sources))]

    cut = generator.integers(1, len(leaves))
    sources, made = [leaves[:cut], leaves[cut:], leaves], []
    for _ in range(generator.integers(1, 3)):
        length, biases = generator.integers(1, 4), pick() if generator.random() < 0.5 else [None]
        pairs = [(left, right) for left in lists(pick(), length) for right in lists(pick(), length)]
        row = [engine.dot(*pair, biases[at % len(biases)]) for at, pair in enumerate(pairs)]
        sources.append([value.tanh() for value in row] if generator.random() < 0.7 else row)
        made += sources[-1]
    return engine.sum([value * at for at, value in enumerate(made, 1)])


@pytest.mark.parametrize("first", range(0, 400, 20))
def test_lists_may_lie_in_any_regular_way(first):
    for seed in range(first, first + tries(20, 5)):
        generator = np.random.default_rng(seed)
        leaves = [Value(number) for number in generator.uniform(-1, 1, generator.integers(2, 16))]
        root = regular_root(generator, leaves)
        nodes = engine.toposort(root)
        used = [leaf for leaf in leaves if leaf in nodes]
        inputs = used[: generator.integers(1, len(used) + 1)]
        samples = generator.uniform(-1, 1, (generator.integers(1, 4), len(inputs)))
        values, gradients = eager(Graph(root, inputs, used[len(inputs) :], nodes, samples))
        tape = record(root, inputs)
        assert tape.forward(samples) == pytest.approx(values[root])
        expected = np.array([gradients[value] for value in inputs]).T
        assert tape.backward() == pytest.approx(expected, rel=1e-9, abs=1e-9), seed
        for leaf in tape.leaves:
            assert leaf.grad == pytest.approx(gradients[leaf].sum(), rel=1e-9, abs=1e-9), seed
