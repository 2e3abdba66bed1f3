"""The doctor computes by tapes: it finds what it finds with Values, in models of every kind, or uses Values."""

import random
from functools import partial
from itertools import product
from math import inf

import numpy as np
import pytest

import nn
from engine import Value
from nn import SGD, Activate, BatchNorm, Layer, Module, Sequential, doctor
from nn.diagnosis import passes
from nn.training.recording import Recording
from tests.arrays import seeded
from tests.conftest import tries
from tests.nn.training.watching import SETTINGS, Case, Program

X, CLASSES = nn.moons(60, 0.1, seeded())
BCE = "binary_cross_entropy_with_logits"


def normal(*sizes, seed=0):
    return seeded(seed).normal(size=sizes)


def sequences(*lengths, numbers=2):
    samples = [normal(length, numbers, seed=index) for index, length in enumerate(lengths)]
    return samples, [float(sample[-1].sum()) for sample in samples]


class Gates(Module):
    """Two layers, of which each sample takes one."""

    def __init__(self, is_positive=lambda number: number > 0.3):
        self.left, self.right = Layer(2, 4, "tanh", generator=seeded()), Layer(2, 4, "relu", generator=seeded(1))
        self.out, self.is_positive = Layer(4, 1, "linear", generator=seeded(2)), is_positive

    def forward(self, row):
        return self.out(self.left(row) if self.is_positive(row[0]) else self.right(row))


class Units(Module):
    """A layer, and an output that some function makes of its units."""

    def __init__(self, function):
        self.layer, self.out = Layer(2, 5, "relu", generator=seeded()), Layer(3, 1, "linear", generator=seeded(1))
        self.layer.neurons[4].bias.data = -30.0
        self.function = function

    def forward(self, row):
        return self.out(self.function(self.layer(row)))


class Logarithms(Module):
    """The logarithm of 0 is infinite, its tanh is not."""

    def __init__(self):
        self.log, self.out = Activate(lambda value: value.log()), Layer(1, 1, "linear", generator=seeded())

    def forward(self, sample):
        first = sample[0] if isinstance(sample[0], list) else sample
        return self.out([self.log(first[0] * first[0]).tanh()])


def own_loss(prediction, target):
    return (prediction - target) ** 2 * (2 if target > 0 else 1)


def recurrent(kind, **options):
    return Sequential(kind(2, 4, generator=seeded(), **options), Layer(4, 1, "linear", generator=seeded(1)))


def with_norm():
    return Sequential(Layer(2, 6, generator=seeded()), BatchNorm(6), Layer(6, 1, "linear", generator=seeded(1)))


def held(model):
    for parameter in model.parameters():
        parameter.grad = 1e3
    return model


CASES = {  # model, X, y, loss, and kinds of findings to be among those found
    "dead": lambda: (Units(lambda units: units[2:]), X, CLASSES, BCE, ["dead"]),
    "units that nothing uses": lambda: (Units(lambda units: units[:3]), X, CLASSES, BCE, ["dead", "unreached"]),
    "saturated": lambda: (nn.MLP(2, [5, 4, 1], "sigmoid", init=partial(nn.init.normal, deviation=60.0),
                                 generator=seeded(1)), X, CLASSES, BCE, ["saturated"]),
    "vanishing": lambda: (nn.MLP(2, [5] * 8 + [1], "sigmoid", generator=seeded()), X, CLASSES, BCE, ["vanishing"]),
    "symmetric": lambda: (nn.MLP(2, [4, 1], "tanh", init="zeros"), X, CLASSES, BCE, ["symmetric"]),
    "convolution": lambda: (Sequential(nn.Unflatten((1, 4, 4)), nn.Conv2d(1, 3, 2, activation="relu", init="constant"),
                                       nn.Flatten(), Layer(27, 1, "linear", init="constant")),
                            normal(30, 16), normal(30, seed=1), "mse", ["symmetric"]),
    "RNN": lambda: (recurrent(nn.RNN), *sequences(*[20] * 5), "mse", ["vanishing through time"]),
    "LSTM of different lengths": lambda: (recurrent(nn.LSTM), *sequences(*[4, 7, 1] * 6), "mse", []),
    "GRU, every step": lambda: (Sequential(nn.GRU(2, 3, every_step=True, generator=seeded()), nn.Flatten(),
                                           Layer(12, 1, "tanh", generator=seeded())), *sequences(*[4] * 8), "mse",
                                ["mismatch"]),
    "embedding": lambda: (Sequential(nn.Embedding(9, 2, generator=seeded()), nn.Flatten(),
                                     Layer(8, 1, "linear", generator=seeded())),
                          seeded().integers(0, 9, (12, 4)), normal(12), "mse", []),
    "batch": lambda: (held(with_norm()), X, CLASSES, BCE, ["not zeroed"]),
    "classes": lambda: (held(nn.MLP(2, [4, 3], generator=seeded())), X, seeded().integers(0, 3, 60),
                        nn.CrossEntropyLoss(weight=[1.0, 3.0, 0.5]), ["not zeroed"]),
    "a class that is missing": lambda: (nn.MLP(2, [4, 3], generator=seeded()), X, CLASSES, "nll", ["unreached"]),
    "own loss": lambda: (nn.MLP(2, [4, 1], generator=seeded()), X, X[:, 0], own_loss, []),
    "branches": lambda: (Gates(), X, CLASSES, BCE, []),
    "blocks": lambda: (nn.MLP(2, [8, 8, 1], "tanh", generator=seeded()), *nn.moons(150, 0.1, seeded()), BCE, []),
    "infinite": lambda: (Logarithms(), [[1.0], [2.0], [0.0], [3.0], [0.0]], [0.0, 1.0, 0.0, 1.0, 1.0], "mse",
                         ["not finite"]),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _few_steps(monkeypatch):
    """Those of the trial are all alike."""
    monkeypatch.setattr("nn.diagnosis.trial.STEPS", 4)


def examine(make, rate=0.1):
    model, rows, targets, loss, kinds = make()
    report = doctor(model, rows, targets, loss=loss, optimizer=SGD(model.parameters(), lr=rate))
    assert set(kinds) <= {finding.kind for finding in report.findings}
    return report


def check_same(report, other):
    assert [(one.kind, one.place) for one in report.findings] == [(one.kind, one.place) for one in other.findings]
    assert report.loss == pytest.approx(other.loss, rel=1e-9, nan_ok=True)
    for one, another in zip(report.findings, other.findings, strict=True):
        assert one.text == another.text
        for name, found in another.numbers.items():
            is_number = isinstance(found, float) or (isinstance(found, list) and isinstance(found[0], float))
            assert one.numbers[name] == (pytest.approx(found, rel=1e-9, nan_ok=True) if is_number else found)


@pytest.mark.parametrize(
    ("name", "rate"),
    [*product(CASES, [0.1, 1e-9]), *product(["dead", "LSTM of different lengths", "batch", "classes"], [1e200])],
)
def test_it_finds_the_same_by_tapes_and_with_values(name, rate, monkeypatch):
    monkeypatch.setattr("engine.tape.tape.CACHE", 0)  # blocks are as small as can be: 64 rows
    walks = []
    walk = Recording.walk
    monkeypatch.setattr(Recording, "walk", lambda self, indices: walks.append(indices) or walk(self, indices))
    report = examine(CASES[name], rate)
    assert len(walks) == 1
    monkeypatch.setattr(passes, "PRICE", inf)
    check_same(report, examine(CASES[name], rate))
    assert len(walks) == 1


@pytest.mark.parametrize("first", range(0, tries(60, 20), 20))
def test_it_finds_the_same_in_programs_that_look_at_numbers_and_draw(first, monkeypatch):
    def examine_program(case):
        SETTINGS["scale"] = 1.0
        random.seed(case.seed)
        np.random.seed(case.seed)
        program = Program(case)
        optimizer = SGD(program.parameters(), lr=0.05)
        report = doctor(program, *case.data(), loss=program.loss, optimizer=optimizer)
        return report, random.random(), np.random.random(), program._generator.random()

    cases = [case for case in map(Case, range(first, first + 20)) if case.deed != "counts"]
    found = list(map(examine_program, cases))
    monkeypatch.setattr(passes, "PRICE", inf)
    for (report, *drawn), (expected, *drawn_then) in zip(found, map(examine_program, cases), strict=True):
        check_same(report, expected)
        assert drawn == drawn_then


def test_another_model_is_told_apart():
    with pytest.raises(AssertionError):
        check_same(examine(CASES["dead"]), examine(CASES["units that nothing uses"]))
    with pytest.raises(AssertionError):
        check_same(examine(CASES["vanishing"], 1e-9), examine(CASES["vanishing"], 2e-9))


def test_dead_units_are_found_even_if_nothing_uses_them():
    (finding,) = [one for one in examine(CASES["units that nothing uses"]).findings if one.kind == "dead"]
    assert (finding.place, finding.numbers["units"]) == ("layer", [4])


def test_the_first_row_with_a_number_that_is_not_finite_is_named_though_tapes_go_by_length():
    samples, y = sequences(*[3, 2] * 10, numbers=1)
    samples[4][0] = samples[7][0] = 0.0  # row 4 is of the first length
    samples[1][0] = 0.0
    (finding,) = doctor(Logarithms(), samples, y).findings
    assert finding.text == "log in log is infinite or nan for row 1"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Gates(lambda number: float(number) > 0.3),
        lambda: Units(lambda units: [unit * unit.data for unit in units[2:]]),
        lambda: Units(lambda units: [unit + random.gauss(0, 1) for unit in units[2:]]),
    ],
)
def test_what_no_tape_can_do_is_done_with_values_and_without_a_word(make, monkeypatch):
    random.seed(0)
    report, then = doctor(make(), X, CLASSES, loss=BCE), random.random()
    monkeypatch.setattr(passes, "PRICE", inf)
    random.seed(0)
    check_same(report, doctor(make(), X, CLASSES, loss=BCE))
    assert random.random() == then


def test_nothing_is_recorded_where_values_are_quicker(monkeypatch):
    monkeypatch.setattr(Recording, "run", lambda *_: pytest.fail("recorded"))
    assert doctor(recurrent(nn.RNN, init="orthogonal"), *sequences(*range(1, 30))).rows == 29
    with pytest.raises(pytest.fail.Exception):
        doctor(recurrent(nn.RNN), *sequences(*[4] * 29))


def test_one_row_is_no_batch():
    with pytest.raises(ValueError, match="needs more than one number for each feature in training, 1 given"):
        doctor(with_norm(), [[1.0, 2.0]], [1.0])


SCALE = Value(2.0, "scale")


def test_a_leaf_that_nothing_learns_is_shown_as_it_was():
    SCALE.grad = 0.25
    report = doctor(Units(lambda units: [unit * SCALE for unit in units[2:]]), X, CLASSES, loss=BCE)
    (finding,) = [finding for finding in report.findings if finding.kind == "no parameter"]
    assert "grad=0.25" in finding.text
    assert "try what makes it one: a parameter is a leaf in an attribute" in " ".join(str(finding).split())
