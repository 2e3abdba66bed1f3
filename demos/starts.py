"""Starts: networks with different starting weights, measured before and after training; `initialisation` shows them."""

from functools import partial

import numpy as np

import nn
from demos.deep import LOSS, measure
from demos.runner import once
from engine import no_grad

STARTS = {
    "zeros": nn.init.zeros,
    "constant 0.5": partial(nn.init.constant, number=0.5),
    "small, 0.05": partial(nn.init.normal, deviation=0.05),
    "large, 2": partial(nn.init.normal, deviation=2.0),
    "Xavier": nn.init.xavier_normal,
    "He": nn.init.he_normal,
}


def build(start: str, activation: str, seed: int, depth: int = 6, width: int = 10) -> nn.MLP:
    """Two inputs, hidden layers, one output, with starting weights from `STARTS`."""
    generator = np.random.default_rng(seed)
    return nn.MLP(2, [width] * depth + [1], activation, init=STARTS[start], generator=generator)


def signals(model: nn.MLP, X: np.ndarray) -> list[np.ndarray]:
    """The outputs of each hidden layer, (rows, neurons)."""
    found, rows = [], X.tolist()
    with no_grad():
        for layer in model.layers[:-1]:
            rows = [[value.data for value in layer(row)] for row in rows]
            found.append(np.array(rows))
    return found


@once
def learn(start: str, activation: str, seed: int, epochs: int = 200) -> dict:
    """Signal, slopes and gradient before training, and the results of training."""
    X, y = nn.circle(60, np.random.default_rng(seed))
    model = build(start, activation, seed)
    outputs, gradient = signals(model, X), measure(model, X[:16], y[:16])
    slopes = np.array([1 - each**2 if activation == "tanh" else each > 0 for each in outputs], float)
    sgd = nn.SGD(model.parameters(), lr=0.03, momentum=0.9)
    history = nn.fit(model, X, y, loss=LOSS, optimizer=sgd, epochs=epochs, progress=False)
    return {
        "signal": [float(np.sqrt(np.mean(each**2))) for each in outputs],
        "gradient": gradient, "loss": history.loss, "trained": history.accuracy[-1],
        "slope": np.mean(slopes), "passed": np.sqrt(np.mean(slopes**2)), "saturated": np.mean(slopes < 0.05),
        "new": nn.evaluate(model, *nn.circle(500, np.random.default_rng(seed + 1000)), LOSS)["accuracy"],
    }  # fmt: skip


@once
def part(start: str, seed: int, epochs: int = 200) -> tuple[float, list[list[float]]]:
    """Three neurons of one layer after training: the loss, and the parameters of each."""
    X, y = nn.circle(60, np.random.default_rng(seed))
    model = build(start, "tanh", seed, depth=1, width=3)
    history = nn.fit(model, X, y, loss=LOSS, epochs=epochs, progress=False)
    neurons = model.layers[0].neurons
    return history.loss[-1], [[parameter.data for parameter in neuron.parameters()] for neuron in neurons]
