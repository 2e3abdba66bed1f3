"""Tables: the passes over samples at some places are those of `value_and_gradient` over these samples."""

import numpy as np
import pytest

import engine
from engine import Value, record
from engine.tape.table import Table

SAMPLES = np.random.default_rng(0).normal(size=(7, 2))


def make_tape(**options):
    x, y, w, v = Value(0.5), Value(0.25), Value(-1.5), Value(0.75)
    hidden = (w * x + v).tanh()
    return record((hidden - y) ** 2 + x * v, [x, y], keep=[hidden], **options)


def test_a_mean_and_its_gradient_are_those_of_the_samples_alone():
    tape, other = make_tape(), make_tape()
    table = Table(tape, SAMPLES)
    for places in ([0, 1, 2, 3, 4, 5, 6], [3], [6, 0, 3], [2, 2]):
        mean = table.run(np.array(places))
        expected, gradient = other.value_and_gradient(SAMPLES[places])
        assert mean == pytest.approx(expected, rel=1e-14)
        assert table.gradient == pytest.approx(gradient, rel=1e-14)
        assert table.outputs[0] == pytest.approx(other.kept[:, 0], rel=1e-14)


def test_it_reads_the_parameters_of_the_tape_each_time():
    tape = make_tape()
    table = Table(tape, SAMPLES)
    before = table.run(np.array([0, 1]))
    tape.parameters[:] = [0.5, 0.5]
    assert table.run(np.array([0, 1])) == tape.value_and_gradient(SAMPLES[:2])[0] != before


def test_other_passes_of_the_tape_in_between_do_no_harm():
    tape = make_tape()
    table, places = Table(tape, SAMPLES), np.array([1, 4])
    before = table.run(places), table.gradient.copy()
    tape.value_and_gradient(SAMPLES[:2], np.array([0.25, 0.5]))
    tape.value_and_gradient(SAMPLES[:2])
    tape.forward(SAMPLES[:2])
    tape.backward([2.0, 3.0])
    assert (table.run(places), *table.gradient) == (before[0], *before[1])


def test_what_is_not_finite_is_nan():
    x, w = Value(1.0), Value(1.0)
    table = Table(record((w * x).log(), [x]), [[1.0], [-1.0], [0.0]])
    assert np.isfinite(table.run(np.array([0])))
    for place in (1, 2):
        assert np.isnan(table.run(np.array([place])))
    square = Table(record(w * x, [x]), [[1e200]])  # finite, but its square is not
    assert np.isnan(square.run(np.array([0])))


def test_it_takes_what_fits_in_one_block_without_conditions():
    tape = make_tape()
    assert Table(tape, SAMPLES).takes(tape._block)
    assert not Table(tape, SAMPLES).takes(tape._block + 1)
    x, w = Value(1.0), Value(1.0)
    with engine.comparisons() as seen:
        root = w * x if x > 0 else x
    assert not Table(record(root, [x], comparisons=seen), SAMPLES[:, :1]).takes(1)
    constant = Table(record(w * x, [x], keep=[w * 2]), SAMPLES[:, :1])  # what it keeps is the same for all samples
    assert not constant.takes(1)
