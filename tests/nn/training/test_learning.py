"""Real training, judged by rows that were held out: iris, handwritten digits, moons, and what a gate remembers."""

import numpy as np
import pytest

from nn import LSTM, MLP, RNN, Adam, Layer, Sequential, fit, load_digits, load_iris, moons, predict, split, standardise
from tests.arrays import seeded
from tests.conftest import tries


def share_right(model, X, y):
    answers = predict(model, X)
    return np.mean((answers.argmax(axis=1) if answers.ndim == 2 else answers > 0) == y)


def learn(model, X, y, generator, **options):
    loss = "cross_entropy" if y.max() > 1 else "binary_cross_entropy_with_logits"
    return fit(model, X, y, loss=loss, generator=generator, progress=False, **options)


def divide(y, count, generator):
    """The part of each row, of `count` parts that have the same share of each class."""
    order = generator.permutation(len(y))
    parts = np.empty(len(y), int)
    parts[order[np.argsort(y[order], kind="stable")]] = np.arange(len(y)) % count
    return parts


@pytest.mark.parametrize("seed", range(tries(5, 2)))
def test_iris_every_flower_held_out_once(seed):
    """Cross-validation in five parts: 144 to 146 of 150 are right for each of the seeds 0 to 9."""
    generator, iris = seeded(seed), load_iris()
    parts, right = divide(iris.y, 5, generator), []
    for part in range(5):
        known, held_out = parts != part, parts == part
        X, X_held_out = standardise(iris.X[known], iris.X[held_out])
        model = MLP(4, [6, 3], "tanh", generator=generator)
        adam = Adam(model.parameters(), lr=0.03, weight_decay=1e-3)
        learn(model, X, iris.y[known], generator, optimizer=adam, epochs=150)
        right.append(share_right(model, X_held_out, iris.y[held_out]))
    assert np.mean(right) >= 0.95


@pytest.mark.parametrize("seed", range(tries(3, 1)))
def test_digits_are_read(seed):
    """Recorded; 96.4 to 97.8 % for each of the seeds 0 to 9."""
    generator, digits = seeded(seed), load_digits()
    (X, y), held_out = split(digits.X / 16, digits.y, 0.2, stratify=True, generator=generator)
    model = MLP(64, [32, 10], generator=generator)
    adam = Adam(model.parameters(), lr=0.02, weight_decay=1e-3)
    learn(model, X, y, generator, optimizer=adam, epochs=100)  # a warning, that it is not recorded, would be an error
    assert share_right(model, *held_out) >= 0.96


@pytest.mark.parametrize("seed", range(3))
def test_moons_are_told_apart(seed):
    generator = seeded(seed)
    X, y = moons(300, 0.1, generator)
    model = MLP(2, [16, 16, 1], "tanh", generator=generator)
    learn(model, X, y, generator, optimizer=Adam(model.parameters(), lr=0.05), epochs=300)
    assert share_right(model, *moons(2000, 0.1, generator)) >= 0.99


def remember(layer_class, seed):
    """The share of held-out rows of which a network of eight hidden units knows the sign that came first, 59 steps ago.

    Noise follows that sign, and one linear neuron reads the last state.
    """
    generator = seeded(seed)
    X = 0.7 * generator.normal(size=(700, 60))
    X[:, 0] = np.sign(X[:, 0])
    y = (X[:, 0] > 0).astype(int)
    model = Sequential(layer_class(1, 8, generator=generator), Layer(8, 1, "linear", generator=generator))
    if layer_class is LSTM:  # forget little at first: Gers, Schmidhuber and Cummins, "Learning to forget", 2000
        for bias in model.layers[0].bias_ih[8:16]:
            bias.data = 5.0
    adam = Adam(model.parameters(), lr=0.02, clip_norm=1.0)
    learn(model, X[:500], y[:500], generator, optimizer=adam, epochs=25, batch_size=50)
    return share_right(model, X[500:], y[500:])


@pytest.mark.slow
def test_an_lstm_remembers_where_a_plain_rnn_forgets():
    """The same size, data, training and seeds. Of ten seeds that were tried, seven LSTMs find it, and no RNN.

    Which, the last digits decide, and so the machine. On these seeds it was

    RNN   0.47  0.51  0.47  0.48  0.47
    LSTM  1.00  1.00  1.00  0.95  0.94
    """
    for seed in (5, 7, 0, 6, 4):
        assert remember(RNN, seed) < 0.65
        if remember(LSTM, seed) > 0.95:
            return
    pytest.fail("none of five LSTMs remembers")
