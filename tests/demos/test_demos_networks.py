"""The demos of networks, from activations to the GAN: they run, and what they claim and their numbers hold."""

import re
from math import log, sqrt

import numpy as np
import pytest

import nn
from demos import convolution, deep, forgery, kernels, memory, spam, starts, wave
from tests.conftest import tries
from tests.demos.runs import check_claim, check_run, list_claims, run_demo, shorten

pytestmark = pytest.mark.slow

DEMOS = {  # each demo, with arguments that make it quicker, and what it is to leave
    "activations": ({"epochs": 2}, {"seven.png", "later.png", "contest.png"}),
    "remedies": ({"epochs": tries(300, 150)}, {"remedies.png"}),
    "initialisation": ({"epochs": tries(200, 100)}, {"tanh.png", "relu.png"}),
    "perceptron": ({}, {"lines.png"}),
    "spam": ({"epochs": tries(2000, 1000)}, {"sums.png"}),
    "regression": ({}, {"houses.png", "scores.png"}),
    "xor": ({"starts": 5}, {"boundary.png", "graph.svg"}),
    "moons": ({}, {"boundary.png", "loss.png"}),
    "spiral": ({"epochs": 200}, {"boundaries.png"}),
    "iris": ({}, {"loss.png", "confusion.png", "flower.svg"}),
    "regularisation": ({"epochs": tries(1000, 600)}, {"fits.png", "stopping.png"}),
    "digits": ({}, {"confusion.png", "hardest.png", "weights.png", "update.png"}),
    "convolution": ({}, {"edges.png"}),
    "kernels": ({}, {"kernels.png"}),
    "recurrent": ({"epochs": tries(60, 40)}, {"gradients.png"}),
    "gan": ({"rounds": tries(2000, 1000)}, {"numbers.png", "graph.svg"}),
}


SHARED = {
    "remedies": [deep.learn],
    "initialisation": [starts.learn, starts.part],
    "spam": [spam.learn],
    "regularisation": [wave.learn],
    "recurrent": [memory.learn],
    "gan": [forgery.play],
}


@pytest.fixture(autouse=True)
def _shorter(monkeypatch):
    for name, functions in SHARED.items():
        for function in functions:
            shorten(monkeypatch, function, DEMOS[name][0])


def read(name):
    """What a demo prints, and the files it leaves."""
    return run_demo(name, **DEMOS[name][0])


def numbers(text, start):
    """The numbers behind the line's first words."""
    line = next(line for line in text.splitlines() if line.strip().startswith(start))
    found = re.findall(r"-?\d[\d,]*\.?\d*(?:e[+-]?\d+)?", line.strip()[len(start) :])
    return [float(number.replace(",", "")) for number in found]


@pytest.mark.parametrize("name", DEMOS)
def test_a_demo_runs_and_leaves_its_pictures(name):
    check_run(name, DEMOS)


@pytest.mark.parametrize("claim", list_claims(DEMOS))
def test_a_claim_holds_and_would_not_without_its_effect(claim):
    check_claim(claim)


@pytest.mark.parametrize("name", ["xor", "iris"])
def test_a_demo_is_seeded(name):
    assert run_demo.__wrapped__(name, **DEMOS[name][0]) == read(name)


def test_neurons_that_start_alike_do_learn():
    for start in ("zeros", "constant 0.5"):
        _, neurons = starts.part(start, 0)
        assert start == "zeros" or np.abs(neurons).max() > 0.6  # they did move
        for other in neurons[1:]:
            assert other == pytest.approx(neurons[0], abs=1e-9)


def test_large_weights_are_why_the_gradient_is_large_behind_flat_neurons():
    found = starts.learn("large, 2", "tanh", 0)
    assert found["gradient"][0] > 50 * starts.learn("Xavier", "tanh", 0)["gradient"][0]
    assert 2 * sqrt(10) * found["passed"] > 1 > found["passed"]


def test_descent_finds_what_least_squares_computes():
    text, _ = read("regression")
    for name in ("size", "location", "rooms"):
        found, exact = numbers(text, name)
        assert found == pytest.approx(exact, abs=0.002)


def test_a_line_separates_some_points_and_a_circle_takes_a_hidden_layer():
    text, _ = read("perceptron")
    assert "epoch 6: 0 wrong, then w1 = 2, w2 = 1, bias = -3" in text
    assert numbers(text, "perceptron, two sides of a line")[1::2] == [0, 100]
    assert numbers(text, "perceptron, a circle")[1] > 20
    assert numbers(text, "8 hidden neurons, a circle")[3] > 90


def test_a_hidden_layer_reads_combinations_of_words_and_one_neuron_does_not():
    text, _ = read("spam")
    chances = np.array([numbers(text, f"{' '.join(mail):24}   {kind}") for mail, kind in spam.MAILS.items()])
    wanted = [kind == "spam" for kind in spam.MAILS.values()]
    right = np.equal((chances > 50).T, wanted)
    assert right.all(axis=1).tolist() == [False, True]


def test_one_neuron_cannot_learn_xor():
    text, _ = read("xor")
    assert numbers(text, "A single neuron ends at a loss of")[0] == pytest.approx(log(2), abs=1e-4)
    assert numbers(text, "Its answers to the four corners:") == pytest.approx([0.5] * 4, abs=0.01)
    assert numbers(text, "1 ") == [0]
    assert numbers(text, "2 ")[0] > 0
    assert numbers(text, "6 ") == [5]
    assert numbers(text, "The best with two hidden neurons ends at a loss of")[0] < 0.01


def test_moons_and_spiral_are_told_apart():
    text, _ = read("moons")
    start, end = numbers(text, "0 "), numbers(text, "60 ")
    assert end[0] < 0.05 < start[0]
    assert end[2] > 95 > start[2]
    assert end[3] < start[3]  # points that still teach
    text, _ = read("spiral")
    right = [numbers(text, f"{hidden} ")[-1] for hidden in range(3)]
    assert right[0] < 65
    assert right[2] >= right[1] > 90


def test_iris_and_digits_are_learned():
    text, _ = read("iris")
    assert numbers(text, "right:")[0] > 95
    sizes = {name: numbers(text, name)[0] for name in nn.load_iris().features}
    assert min(sizes["petal_length_cm"], sizes["petal_width_cm"]) > 3 * sizes["sepal_length_cm"]
    text, _ = read("digits")
    training, _, held_out, count = numbers(text, "right:")
    assert training > held_out > 93
    assert count == 359


def test_a_convolution_finds_the_kernel_and_a_dense_layer_does_not():
    text, _ = read("convolution")
    few, _, other = numbers(text, "convolution")
    many, training, elsewhere = numbers(text, "dense layer")
    assert (few, many) == (10, 64 * 36 + 36)
    assert other < 1e-9
    assert elsewhere > 50 * training > 50 * other
    kernel = [numbers(text, f"-0.{digits}00") for digits in (25, 50)]
    assert [row[-3:] for row in kernel] == convolution.SOBEL[:2].tolist()
    image = np.arange(64.0) ** 2
    by_hand = np.sum(image.reshape(8, 8)[2:5, 3:6] * convolution.SOBEL)
    assert convolution.find_edges(image).reshape(6, 6)[2, 3] == pytest.approx(by_hand)


def test_a_local_layer_with_the_same_weights_everywhere_is_a_convolution():
    local = kernels.Local(2, np.random.default_rng(0))
    shared = nn.Conv2d(1, 2, 3, activation="relu", generator=np.random.default_rng(0))
    for place in local.places:
        for neuron, kernel, bias in zip(place.neurons, shared.weights, shared.biases, strict=True):
            flat = [weight for row in kernel[0] for weight in row]
            for mine, theirs in zip([*neuron.weights, neuron.bias], [*flat, bias], strict=True):
                mine.data = theirs.data
    image = nn.load_digits().X[0].tolist()
    expected = shared([[image[8 * row : 8 * row + 8] for row in range(8)]])
    for found, wanted in zip(np.ravel(local(image)), np.ravel(expected), strict=True):
        assert found.data == pytest.approx(wanted.data)


def test_what_is_moved_leaves_at_one_side():
    image = np.arange(1.0, 65.0)[None]
    moved = kernels.move(image, 1, -1).reshape(8, 8)
    assert moved[0].tolist() == [0] * 8
    assert moved[1:, :7].tolist() == image.reshape(8, 8)[:7, 1:].tolist()
    assert kernels.move(image, 0, 0).tolist() == image.tolist()


def test_forged_numbers_are_spread_as_the_real_ones():
    text, _ = read("gan")
    rounds = DEMOS["gan"][0]["rounds"]
    _, start, *_ = [0, *numbers(text, f"{rounds // 10} ")]
    mean, deviation, judged, fooled = numbers(text, f"{rounds:,}")
    assert mean == pytest.approx(3.0, abs=0.2)
    assert deviation == pytest.approx(0.7, abs=0.15)
    assert [judged, fooled] == pytest.approx([log(2), log(2)], abs=0.05)
    assert start != mean
    names = [name for name, _ in forgery.Game(np.random.default_rng(0)).named_parameters()]
    assert {name.partition(".")[0] for name in names} == {"forger", "judge"}


def test_all_ways_to_regularise_have_as_many_epochs():
    trained = {way: wave.learn(way, 0)["history"] for way in wave.WAYS}
    stopped = trained.pop("early stopping")
    assert {history.epochs for history in trained.values()} == {DEMOS["regularisation"][0]["epochs"]}
    assert stopped.epochs == stopped.best + 200
    assert stopped.validation_loss[stopped.best - 1] == min(stopped.validation_loss)
