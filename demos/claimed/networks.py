"""Perceptrons and networks: what its demos claim."""

import numpy as np

import nn
from demos import driving, hyperplane, perceptron, regression, spam, xor
from demos.claims import Claim
from demos.runner import once


def share_right(name: str, seed: int) -> float:
    """The share of points that a perceptron gets right after 200 epochs at most."""
    (X, y), model = perceptron.draw(name, seed), nn.Perceptron(2)
    model.fit(X, y, epochs=200)
    return float(np.mean(nn.predict(model, X) == y))


def find_normal(count: int, seed: int) -> np.ndarray:
    """The normal of AND's border, found from answers alone, by halving the way between zeros and ones 30 times."""
    perceptron = hyperplane.learn_and(count)[2]
    zeros = np.random.default_rng(seed).uniform(-1, 0, (20, count))
    ones = np.random.default_rng(seed + 1).uniform(4, 5, (20, count))
    for _ in range(30):
        middle = (zeros + ones) / 2
        said = np.array([[perceptron(row).data > 0.5] for row in middle.tolist()])
        zeros, ones = np.where(said, zeros, middle), np.where(said, middle, ones)
    return np.linalg.svd(zeros - zeros.mean(axis=0))[2][-1]  # the direction in which the border has no extent


def measure_angle(count: int, direction: np.ndarray, seed: int) -> float:
    """The angle in degrees between this direction and the normal that was found."""
    cosine = abs(find_normal(count, seed) @ direction) / np.linalg.norm(direction)
    return float(np.degrees(np.arccos(min(1.0, cosine))))


def count_dents(predict, X: np.ndarray) -> float:
    """The share of pairs of rows answered with 1 whose midpoint is answered with 0."""
    ones = X[predict(X) > 0.5]
    first, second = ones[: len(ones) // 2], ones[len(ones) // 2 : len(ones) // 2 * 2]
    return float(np.mean(predict((first + second) / 2) < 0.5))


def measure_dents(seed: int) -> tuple[float, float]:
    """That share for AND, and for a network that learned what lies outside a circle."""
    generator = np.random.default_rng(seed)
    X, inside = nn.circle(100, generator)
    model = nn.MLP(2, [8, 1], "tanh", "sigmoid", generator=generator)
    nn.fit(model, X, 1 - inside, loss="binary_cross_entropy", epochs=100, progress=False)
    many, perceptron = generator.uniform(-1, 1, (1000, 2)), hyperplane.learn_and(2)[2]
    perceptrons = count_dents(lambda rows: nn.predict(perceptron, rows), 2 * many)
    return perceptrons, count_dents(lambda rows: nn.predict(model, rows), many)


@once
def solve(hidden: int, seed: int, starts: int = 5) -> float:
    """The share of starts that lead to four right answers; no hidden neuron means a single neuron."""
    generator = np.random.default_rng(seed)
    runs = [xor.learn(xor.build([hidden, 1] if hidden else [1], generator))[1] for _ in range(starts)]
    return sum(history.accuracy[-1] == 1 for history in runs) / starts


def compare_line(words: str, subject: str, model: str, most: float, noise: float) -> Claim:
    """The claim that a model predicts nearly as well as the noise allows, and a straight line does not."""
    return Claim(
        words,
        lambda seed: (
            regression.learn(subject, model, seed)["error"],
            regression.learn(subject, regression.LINE, seed)["error"],
        ),
        lambda error, line: error < most < 1.25 * most < line,
        f"wrong by {{:.1f}}, a line {{:.1f}}, noise {noise:g}",
    )


def compare_readers(words: str, first: tuple[str, str], second: tuple[str, str], form: str) -> Claim:
    """The claim that the first of two models is nearly always right and the second is not."""
    return Claim(
        words,
        lambda seed: (spam.learn(*first, seed)[1], spam.learn(*second, seed)[1]),
        lambda right, control: right > 0.95 > 0.85 > control,
        f"{{:.0%}} of others right, {form} {{:.0%}}",
    )


def brake(situation: tuple, seed: int) -> float:
    """The probability of braking."""
    return float(driving.decide(driving.train(12, seed)[0], [situation])[0, 1])


CLAIMS = {
    "perceptron": [
        Claim(
            "a perceptron learns a line, but not a circle",
            lambda seed: (share_right("two sides of a line", seed), share_right("a circle", seed)),
            lambda line, circle: line == 1 > 0.8 > circle,
            "{:.0%} right, circle {:.0%}",
        ),
        Claim(
            "with a hidden layer, a network learns the circle",
            lambda seed: (perceptron.learn_hidden(seed)[1].accuracy[-1], share_right("a circle", seed)),
            lambda hidden, perceptron: hidden > 0.9 > 0.8 > perceptron,
            "{:.0%} right, perceptron {:.0%}",
        ),
    ],
    "hyperplane": [
        Claim(
            "the weights of a perceptron are the normal of its line",
            lambda seed: (
                measure_angle(2, hyperplane.read_weights(2), seed),
                measure_angle(2, np.ones(2), seed),
            ),
            lambda weights, other: weights < 0.01 < 10 < other,
            "{:.0f}° from it, equal weights {:.0f}°",
        ),
        Claim(
            "with four inputs, of its hyperplane",
            lambda seed: (
                measure_angle(4, hyperplane.read_weights(4), seed),
                measure_angle(4, np.ones(4), seed),
            ),
            lambda weights, other: weights < 0.01 < 10 < other,
            "{:.0f}° from it, equal weights {:.0f}°",
        ),
        Claim(
            "a perceptron's ones are a convex set",
            measure_dents,
            lambda perceptron, network: perceptron == 0 < 0.05 < network,
            "{:.0%} of midpoints outside, network {:.0%}",
        ),
    ],
    "xor": [
        Claim(
            "XOR takes hidden neurons: no line separates its corners",
            lambda seed: (solve(5, seed), solve(0, seed)),
            lambda hidden, single: hidden > 0.7 > 0 == single,
            "5 hidden solve it from {:.0%} of starts, a single neuron from {:.0%}",
        )
    ],
    "regression": [
        compare_line("house prices need more than a line", "houses", regression.LAYERED, 14, 10),
        compare_line("what a line lacks is size times location", "houses", regression.GIVEN, 14, 10),
        compare_line("a student's score needs more than a line", "students", regression.LAYERED, 3.5, 3),
    ],
    "spam": [
        compare_readers("for loans one neuron is enough", ("loans", spam.SINGLE), ("spam", spam.SINGLE), "for spam"),
        compare_readers("so is a perceptron", ("loans", spam.PERCEPTRON), ("spam", spam.PERCEPTRON), "for spam"),
        compare_readers(
            "spam takes a hidden layer, for combinations", ("spam", spam.LAYERED), ("spam", spam.SINGLE), spam.SINGLE
        ),
    ],
    "driving": [
        Claim(
            "a choice among three takes a hidden layer",
            lambda seed: (driving.train(12, seed)[1], driving.train(0, seed)[1]),
            lambda hidden, none: hidden > 0.9 > 0.8 > none,
            "{:.0%} of new ones right, without {:.0%}",
        ),
        Claim(
            "what to do at a distance depends on the speed",
            lambda seed: (brake((25, 25, 0), seed), brake((25, 8, 0), seed)),
            lambda fast, slow: fast > 0.9 > 0.3 > slow,
            "P(brake) at 25 m/s {:.0%}, at 8 m/s {:.0%}",
        ),
    ],
}
