"""The passes over samples at some indices are those of `value_and_gradient` over these samples."""

import numpy as np
import pytest

import engine
from engine import Value, record
from engine.tape.samples import Samples

SAMPLES = np.random.default_rng(0).normal(size=(7, 2))


def make_tape(**options):
    x, y, w, v = Value(0.5), Value(0.25), Value(-1.5), Value(0.75)
    hidden = (w * x + v).tanh()
    return record((hidden - y) ** 2 + x * v, [x, y], keep=[hidden], **options)


def test_a_mean_and_its_gradient_are_those_of_the_samples_alone():
    tape, other = make_tape(), make_tape()
    samples = Samples(tape, SAMPLES)
    for indices in ([0, 1, 2, 3, 4, 5, 6], [3], [6, 0, 3], [2, 2]):
        mean = samples.run(np.array(indices))
        expected, gradient = other.value_and_gradient(SAMPLES[indices])
        assert mean == pytest.approx(expected, rel=1e-14)
        assert samples.gradient == pytest.approx(gradient, rel=1e-14)
        assert samples.outputs[0] == pytest.approx(other.kept[:, 0], rel=1e-14)


def test_constants_may_stand_between_the_inputs():
    x, y, z, w, v, b = map(Value, (0.5, 0.25, 0.0, -1.5, 0.75, 0.5))
    root = ((w * x + v * y + b).tanh() - z) ** 2  # the row of ones for b comes before z
    batch = np.random.default_rng(1).normal(size=(5, 3))
    tape, other = record(root, [x, y, z]), record(root, [x, y, z])
    assert tape.leaves == [w, v, b]
    samples, indices = Samples(tape, batch), np.array([4, 0, 1])
    expected, gradient = other.value_and_gradient(batch[indices])
    assert samples.run(indices) == pytest.approx(expected, rel=1e-14)
    assert samples.gradient == pytest.approx(gradient, rel=1e-14)
    first = Samples(tape, batch[:, :2])  # and the last input is given apart
    assert first.run(indices, batch[indices, 2:]) == pytest.approx(expected, rel=1e-14)


def test_it_reads_the_parameters_of_the_tape_each_time():
    tape = make_tape()
    samples = Samples(tape, SAMPLES)
    before = samples.run(np.array([0, 1]))
    tape.parameters[:] = [0.5, 0.5]
    assert samples.run(np.array([0, 1])) == tape.value_and_gradient(SAMPLES[:2])[0] != before


def test_other_passes_of_the_tape_in_between_do_no_harm():
    tape = make_tape()
    samples, indices = Samples(tape, SAMPLES), np.array([1, 4])
    before = samples.run(indices), samples.gradient.copy()
    tape.value_and_gradient(SAMPLES[:2], np.array([0.25, 0.5]))
    tape.value_and_gradient(SAMPLES[:2])
    tape.forward(SAMPLES[:2])
    tape.backward([2.0, 3.0])
    assert (samples.run(indices), *samples.gradient) == (before[0], *before[1])


def test_what_is_not_finite_is_nan():
    x, w = Value(1.0), Value(1.0)
    samples = Samples(record((w * x).log(), [x]), [[1.0], [-1.0], [0.0]])
    assert np.isfinite(samples.run(np.array([0])))
    for place in (1, 2):
        assert np.isnan(samples.run(np.array([place])))
    square = Samples(record(w * x, [x]), [[1e200]])  # finite, but its square is not
    assert np.isnan(square.run(np.array([0])))


def test_many_samples_go_in_blocks():
    whole, divided = make_tape(), make_tape()
    divided._block = 3
    indices = np.array([6, 0, 3, 3, 1, 5, 4, 2, 2, 0])
    some, others = Samples(divided, SAMPLES), Samples(whole, SAMPLES)
    assert some.run(indices) == pytest.approx(others.run(indices), rel=1e-14)
    assert some.gradient == pytest.approx(others.gradient, rel=1e-14)
    assert some.outputs == pytest.approx(others.outputs, rel=1e-14)


def test_it_runs_without_conditions():
    assert Samples(make_tape(), SAMPLES).can_run
    x, w = Value(1.0), Value(1.0)
    with engine.comparisons() as seen:
        root = w * x if x > 0 else x
    assert not Samples(record(root, [x], comparisons=seen), SAMPLES[:, :1]).can_run
    constant = Samples(record(w * x, [x], keep=[w * 2]), SAMPLES[:, :1])  # what it keeps is the same for all samples
    assert not constant.can_run
