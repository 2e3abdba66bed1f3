"""Choosing an activation: a table for each part of a network, with a contest to support each row.

Hidden layers need a curve, or they all collapse into one; deep networks need a curve that passes its gradient on. A
state that is fed back needs one that cannot grow. At the output, the question decides: a number can be anything, a
probability lies between 0 and 1, and the probabilities of several classes, one of which is right, add up to 1.
"""

from pathlib import Path

import numpy as np

import nn
from demos.claims import find_claims
from demos.runner import lines, once, panels, run, save, table
from engine import Value
from viz.figures.axes import add_legend


@once
def learn(activation: str, depth: int, seed: int) -> nn.History:
    """Points in and out of a circle, learned by this many hidden layers with this activation."""
    generator = np.random.default_rng(seed)
    X, y = nn.circle(100, generator)
    model = nn.MLP(2, [8] * depth + [1], activation, generator=generator)
    adam, loss = nn.Adam(model.parameters(), lr=0.02), "binary_cross_entropy_with_logits"
    return nn.fit(model, X, y, loss=loss, optimizer=adam, epochs=100, progress=False)


@once
def remember(activation: str) -> list[float]:
    """A state over 40 time steps: each is the activation of 1.2 times the state before, plus an input of 0.1."""
    state, states = Value(0.0), []
    for _ in range(40):
        state = nn.activations.get(activation)(1.2 * state + 0.1)
        states.append(state.data)
    return states


@once
def read_out(activation: str, examples, seed: int, rate: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    """One neuron's answers to 100 examples after learning them with the squared error, and the true answers."""
    data = examples(100, generator=np.random.default_rng(seed))
    (X,) = nn.standardise(data.X)
    neuron = nn.Neuron(X.shape[1], activation, generator=np.random.default_rng(seed))
    nn.fit(neuron, X, data.y, optimizer=nn.Adam(neuron.parameters(), lr=rate), epochs=200, progress=False)
    return nn.predict(neuron, X), data.y


def main(out: Path, seed: int = 0) -> None:
    """The table, and the contests of hidden layers and states."""
    rows = [(*claim.words.split(": "), claim.say(*claim.measure(seed))) for claim in find_claims("choosing")]
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
    save(axes, out / "contests.png", "How activations differ in hidden layers, and in a state that is fed back.")


if __name__ == "__main__":
    run(main)
