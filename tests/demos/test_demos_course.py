"""The demos of one claim or a few: they run, what they claim holds, and their numbers are those worked out by hand."""

from math import exp, log, tanh

import numpy as np
import pytest

import nn
from demos import centring, convexity, dying, gates, hyperplane, losses, minima, rates, softmax, stopping, unrolled
from tests.demos.runs import check_claim, check_run, list_claims

DEMOS = {  # each demo, with options that make it quicker, and what it is to leave
    "losses": ({}, {"losses.png"}),
    "outliers": ({}, {"outliers.png"}),
    "minima": ({}, {"minima.png"}),
    "convexity": ({}, {"convexity.png"}),
    "rates": ({}, {"braking.png", "network.png"}),
    "schedules": ({}, {"schedules.png"}),
    "centring": ({}, {"zigzag.png"}),
    "dying": ({}, {"dying.png"}),
    "choosing": ({}, {"contests.png"}),
    "stopping": ({}, {"stopping.png"}),
    "hyperplane": ({}, {"line.png", "plane.png"}),
    "unrolled": ({}, {"unrolled.svg", "unrolled.html", "time.png"}),
    "gates": ({}, {"gates.png"}),
    "features": ({}, {"features.png"}),
    "amount": ({}, {"amount.png"}),
    "driving": ({}, {"decisions.png"}),
    "series": ({}, {"series.png"}),
    "softmax": ({}, {"softmax.svg", "temperature.png"}),
}


@pytest.mark.parametrize("name", DEMOS)
def test_a_demo_runs_and_leaves_its_pictures(name):
    check_run(name, DEMOS)


@pytest.mark.parametrize("claim", list_claims(DEMOS))
def test_a_claim_holds_and_would_not_without_its_effect(claim):
    check_claim(claim)


@pytest.mark.parametrize("rate", rates.BRAKING.values())
def test_braking_follows_its_closed_form(rate):
    assert rates.ride(rate) == pytest.approx(30 * (1 - 2 * rate) ** np.arange(10))


def test_each_rule_ends_its_training():
    for rule in stopping.RULES:
        history, _ = stopping.train(rule, 0)
        assert history.stopped == rule
        assert history.reason
    assert stopping.train("patience", 0)[0].epochs == stopping.train("patience", 0)[0].best + 20


def test_losses_send_back_what_their_formulas_say():
    for p in (0.001, 0.3, 0.8):
        assert losses.slope(nn.binary_cross_entropy, p) == pytest.approx(p - 1)
        assert losses.slope(nn.mse, p) == pytest.approx(2 * (p - 1) * p * (1 - p))
    assert losses.judge([0.1, 0.8, 0.1]) == pytest.approx((-log(0.8), (0.01 + 0.04 + 0.01) / 3))


def test_descents_end_where_the_slope_of_the_polynomial_is_zero():
    left, _, right = sorted(np.roots([0.2, 0, -1, 0.2]).real)
    assert (left, right) == pytest.approx((-2.33, 2.13), abs=0.005)
    assert minima.descend(0.0)[-1] == pytest.approx(right, abs=1e-6)
    assert minima.descend(0.9)[-1] == pytest.approx(left, abs=0.01)
    assert minima.descend(0.9, -4.0)[-1] == pytest.approx(right, abs=0.01)  # out of the deepest, too


def test_two_hidden_neurons_that_change_places_compute_the_same():
    tape, _ = convexity.build_loss("hidden layer of two", 0)
    a = np.random.default_rng(0).normal(size=9)
    b = a[convexity.SWAPPED]
    assert len(tape.parameters) == 9
    here, there, between = (convexity.compute_loss("hidden layer of two", x, 0) for x in (a, b, (a + b) / 2))
    assert here == pytest.approx(there, rel=1e-12)
    assert between != pytest.approx(here)


def test_centring_takes_nothing_but_the_mean_from_a_sigmoid():
    loss, rate, path = centring.walk(0.5, 0)
    assert loss(2.0, -1.0) == pytest.approx(0, abs=1e-20)
    assert path[-1] == pytest.approx(centring.GOAL, abs=1e-3)
    assert rate > 5 * centring.walk(0.0, 0)[1]


def test_the_doctor_finds_the_dead_and_a_leaky_network_has_none():
    for kind, is_dead in (("relu", True), ("leaky_relu", False)):
        X, y, model, *_ = dying.train(kind, 0)
        assert ("dead" in [finding.kind for finding in nn.doctor(model, X, y, loss=dying.LOSS).findings]) == is_dead


def test_softmax_is_that_of_paper():
    powers = [exp(2), exp(1), exp(-1)]
    assert softmax.share() == pytest.approx([power / sum(powers) for power in powers])
    assert softmax.share(4.0) == pytest.approx([x**0.25 / sum(y**0.25 for y in powers) for x in powers])


def test_and_is_a_line_a_plane_a_hyperplane():
    for count, expected in ((2, [2, 1]), (3, [2, 1, 1]), (4, [4, 2, 1, 1])):
        assert hyperplane.read_weights(count).tolist() == expected
        assert hyperplane.learn_and(count)[2].bias.data == -sum(expected)  # the border goes through the corner of ones


def test_the_ledger_of_the_shared_weight_is_that_of_paper():
    states = [0.5]
    for x in unrolled.INPUTS:
        states.append(tanh(0.9 * states[-1] + 0.7 * x + 0.1))
    arriving, ledger = 2 * (states[-1] - unrolled.TARGET), []
    for before, state in zip(states[-2::-1], states[:0:-1], strict=True):
        arriving *= 1 - state**2
        ledger.insert(0, arriving * before)
        arriving *= 0.9
    assert unrolled.read_ledger() == pytest.approx(ledger)
    assert sum(ledger) == pytest.approx(-0.2579, abs=5e-5)


def test_the_gates_are_those_of_the_cell():
    found, (cell, _) = gates.read_gates("LSTM", 0), gates.learn("LSTM", 0)
    hidden, kept = 0.0, 0.0
    for at, symbol in enumerate(gates.encode(gates.SENTENCE)):
        weights = [weight.data for weight in cell.weight_ih[2] + cell.weight_hh[2]]
        new = tanh(np.dot(weights, [*symbol, hidden]) + cell.bias_ih[2].data + cell.bias_hh[2].data)
        kept = found["forget"][at] * kept + found["input"][at] * new
        hidden = found["output"][at] * tanh(kept)
        assert hidden == pytest.approx(found["state"][at])
