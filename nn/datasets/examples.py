"""Examples: small generated data sets of the sort that courses on neural networks use, such as loans and spam.

None of the data are measured: each function draws its rows at random and applies the rule in its docstring. Each
returns a `nn.data.Dataset` and takes a numpy.random.Generator, or None for a new, unseeded one.
"""

import numpy as np
from numpy.random import Generator

from nn.arguments import Array, check_real, check_whole, choose_generator
from nn.datasets.files import Dataset

WORDS = ("free", "win", "money", "meeting", "report", "friend")


def customers(n: int = 100, generator: Generator | None = None) -> Dataset:
    """Age in years and income in thousands a year, and whether the customer buys.

    The chance to buy is sigmoid((income - 60)/10 - (age - 40)/15): the young and rich do.
    """
    n, generator = check_whole("n", n), choose_generator(generator)
    age, income = generator.integers(18, 71, n).astype(float), generator.uniform(15, 120, n).round(1)
    chance = 1 / (1 + np.exp(-((income - 60) / 10 - (age - 40) / 15)))
    return _classified([age, income], generator.random(n) < chance, ("passes by", "buys"), ("age", "income"))


def house_prices(n: int = 100, noise: float = 10.0, generator: Generator | None = None) -> Dataset:
    """Size in square metres, location from 0 (outskirts) to 2 (centre), rooms; and the price in thousands.

    price = 20 + size*(1 + 0.8*location) + 8*rooms, and normal noise of this standard deviation: what a square metre
    costs depends on where it is.
    """
    n, noise, generator = check_whole("n", n), check_real("noise", noise), choose_generator(generator)
    size, location = generator.uniform(30, 200, n).round(), generator.integers(0, 3, n).astype(float)
    rooms = np.maximum(1.0, (size / 30 + generator.normal(0, 0.7, n)).round())
    price = 20 + size * (1 + 0.8 * location) + 8 * rooms + noise * generator.normal(size=n)
    return Dataset(np.stack([size, location, rooms], axis=1), price, (), ("size", "location", "rooms"))


def student_scores(n: int = 100, noise: float = 3.0, generator: Generator | None = None) -> Dataset:
    """Hours of study and of sleep on the day before, and the score from 0 to 100.

    score = 40 + 6*study - 1.5*(sleep - 8)^2, and normal noise of this standard deviation, cut at 0 and 100.
    """
    n, noise, generator = check_whole("n", n), check_real("noise", noise), choose_generator(generator)
    study, sleep = generator.uniform(0, 10, n).round(1), generator.uniform(4, 10, n).round(1)
    score = np.clip(40 + 6 * study - 1.5 * (sleep - 8) ** 2 + noise * generator.normal(size=n), 0, 100)
    return Dataset(np.stack([study, sleep], axis=1), score, (), ("study", "sleep"))


def spam_words(n: int = 100, generator: Generator | None = None) -> Dataset:
    """Which of six words a mail has (1 or 0), and whether it is spam: a matter of combinations, not of single words.

    Spam has exactly one of "free" and "friend" (free goods, or a false friend; both is a friend's gift),
    or "win" with "money"; but nothing with "meeting" and "report" together is spam.
    """
    n, generator = check_whole("n", n), choose_generator(generator)
    X = generator.integers(0, 2, (n, len(WORDS)))
    has = {word: X[:, index] == 1 for index, word in enumerate(WORDS)}
    spam = (has["free"] != has["friend"]) | (has["win"] & has["money"])
    return _classified(list(X.T.astype(float)), spam & ~(has["meeting"] & has["report"]), ("mail", "spam"), WORDS)


def loans(n: int = 100, noise: float = 0.05, generator: Generator | None = None) -> Dataset:
    """Credit score from 300 to 850 and income in thousands a year, and whether the loan is approved.

    It is where (score - 300)/550 + (income - 20)/130 is above 1, with normal noise of this standard deviation on it.
    """
    n, noise, generator = check_whole("n", n), check_real("noise", noise), choose_generator(generator)
    score, income = generator.integers(300, 851, n).astype(float), generator.uniform(20, 150, n).round(1)
    merit = (score - 300) / 550 + (income - 20) / 130 + noise * generator.normal(size=n)
    return _classified([score, income], merit > 1, ("refused", "approved"), ("credit score", "income"))


def _classified(columns: list[Array], upper: Array, classes: tuple[str, str], features: tuple[str, ...]) -> Dataset:
    return Dataset(np.stack(columns, axis=1), upper.astype(int), classes, features)
