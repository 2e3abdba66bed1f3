"""Choosing an activation: a table for each place in a network, each row with a contest that supports it.

Hidden layers need a curve, or all layers are one; where there are many, a curve that passes its gradient on. A state
that is fed back needs one that cannot grow. At the output the question decides: a number may be any, a probability
lies between 0 and 1, and those of several classes, one of which is right, add up to 1.
"""

from functools import cache
from pathlib import Path

import numpy as np

import nn
from demos.claims import Claim
from demos.runner import lines, panels, run, save, table
from engine import Value, softmax
from viz.figures.axes import add_legend


@cache
def learn(activation: str, depth: int, seed: int) -> nn.History:
    """Points in and out of a circle, by so many hidden layers with this activation."""
    generator = np.random.default_rng(seed)
    X, y = nn.circle(100, generator)
    model = nn.MLP(2, [8] * depth + [1], activation, generator=generator)
    adam, loss = nn.Adam(model.parameters(), lr=0.02), "binary_cross_entropy_with_logits"
    return nn.fit(model, X, y, loss=loss, optimizer=adam, epochs=100, progress=False)


def score(depth: int, *activations: str):
    """The shares that are right in the end, as what a claim measures."""
    return lambda seed: tuple(learn(activation, depth, seed).accuracy[-1] for activation in activations)


@cache
def remember(activation: str) -> list[float]:
    """A state over 40 time steps: at each the activation of 1.2 times the state before, and of 0.1 that comes in."""
    state, states = Value(0.0), []
    for _ in range(40):
        state = nn.activations.get(activation)(1.2 * state + 0.1)
        states.append(state.data)
    return states


@cache
def read_out(activation: str, examples, seed: int, rate: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    """What one neuron says of 100 examples after it learned them, by the squared error; and what is true."""
    data = examples(100, generator=np.random.default_rng(seed))
    (X,) = nn.standardise(data.X)
    neuron = nn.Neuron(X.shape[1], activation, generator=np.random.default_rng(seed))
    nn.fit(neuron, X, data.y, optimizer=nn.Adam(neuron.parameters(), lr=rate), epochs=200, progress=False)
    return nn.predict(neuron, X), data.y


def miss(activation: str, seed: int) -> float:
    """By how many thousands a neuron is wrong about house prices, on average."""
    return float(abs(np.subtract(*read_out(activation, nn.examples.house_prices, seed, rate=5.0))).mean())


def leave(activation: str, seed: int) -> float:
    """The share of answers about loans, approved (1) or not (0), that are no probabilities."""
    answers, _ = read_out(activation, nn.examples.loans, seed)
    return float(np.mean((answers < 0) | (answers > 1)))


CLAIMS = [
    Claim("hidden layers: tanh, not linear", score(2, "tanh", "linear"),
          lambda tanh, linear: tanh > 0.95 > 0.7 > linear, "{:.0%} right, linear {:.0%}"),
    Claim("many hidden layers: ReLU, not sigmoid", score(8, "relu", "sigmoid"),
          lambda relu, sigmoid: relu > 0.95 > 0.75 > sigmoid, "{:.0%} right, sigmoid {:.0%}"),
    Claim("a state fed back: tanh, not ReLU", lambda seed: (remember("tanh")[-1], remember("relu")[-1]),
          lambda tanh, relu: tanh < 1 < 100 < relu, "grows to {:.1f}, ReLU {:.0f}"),
    Claim("output, a number: linear, not sigmoid", lambda seed: (miss("linear", seed), miss("sigmoid", seed)),
          lambda linear, sigmoid: linear < 50 < 100 < sigmoid, "price off by {:.0f}, sigmoid {:.0f}"),
    Claim("output, yes or no: sigmoid, not linear", lambda seed: (leave("sigmoid", seed), leave("linear", seed)),
          lambda sigmoid, linear: sigmoid == 0 < 0.05 < linear, "{:.0%} beyond 0 to 1, linear {:.0%}"),
    Claim("output, one of several: softmax, not sigmoids",
          lambda seed: tuple(sum(p).data for p in (softmax([2, 1, -1]), [Value(z).sigmoid() for z in (2, 1, -1)])),
          lambda softmax, sigmoid: abs(softmax - 1) < 1e-12 < 0.1 < abs(sigmoid - 1), "sum {:.2f}, sigmoids {:.2f}"),
]  # fmt: skip


def main(out: Path, seed: int = 0) -> None:
    """The table, and the contests of hidden layers and states."""
    rows = [(*claim.words.split(": "), claim.say(*claim.measure(seed))) for claim in CLAIMS]
    table(("where", "choose", "because"), rows)
    left, middle, right = axes = panels(1, 3, 12, 4)
    for ax, depth in ((left, 2), (middle, 8)):
        losses = {name: learn(name, depth, seed).loss for name in ("linear", "sigmoid", "tanh", "relu")}
        lines(None, losses, ax, title=f"{depth} hidden layers: mean loss", xlabel="epoch")
    lines(
        None,
        {name: remember(name) for name in ("tanh", "relu")},
        right,
        title="A state fed back (log scale)",
        xlabel="time step",
        yscale="log",
    )
    add_legend(left)
    add_legend(right)
    save(axes, out / "contests.png", "What tells the activations of hidden layers apart, and those of a state.")


if __name__ == "__main__":
    run(main)
