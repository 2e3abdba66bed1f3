"""Gates: what an LSTM and a GRU keep and what they overwrite, shown while they read a sentence.

A traffic light shows red, green, or nothing, step after step; which light came last? The state must be kept while
nothing comes, and overwritten when a light does. A gate is a number from 0 to 1 that the cell computes at each step. In
an LSTM the forget gate says how much stays and the input gate how much is written; in a GRU the update gate does both.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import heading, lines, once, panels, run, save, table
from viz.figures.axes import add_legend

SYMBOLS = "RG·"  # red, green, nothing
SENTENCE = "R·····G··R·G····"
GATES = {"LSTM": {"input": 0, "forget": 1, "output": 3}, "GRU": {"reset": 0, "update": 1}}  # their place in the weights


def encode(sentence: str) -> list[list[float]]:
    """Three numbers a symbol, one of them 1."""
    return [[float(symbol == known) for known in SYMBOLS] for symbol in sentence]


def draw(count: int, length: int, generator: np.random.Generator) -> tuple[list, np.ndarray]:
    """Sentences, encoded, and whether the last light of each was green."""
    sentences = ["".join(generator.choice(list(SYMBOLS), length - 1, p=[0.15, 0.15, 0.7])) for _ in range(count)]
    sentences = [generator.choice(["R", "G"]) + sentence for sentence in sentences]
    return [encode(sentence) for sentence in sentences], np.array([s.rfind("G") > s.rfind("R") for s in sentences], int)


@once
def learn(cell: str, seed: int, epochs: int = 80) -> tuple[nn.Module, float]:
    """A cell of this class with one number of state, and the share of 100 new sentences that it answers right."""
    generator = np.random.default_rng(seed)
    layer = getattr(nn, cell)(3, 1, generator=generator)
    model = nn.Sequential(layer, nn.Layer(1, 1, "linear", generator=generator))
    X, y = draw(100, 10, generator)
    loss, adam = "binary_cross_entropy_with_logits", nn.Adam(model.parameters(), lr=0.1)
    nn.fit(model, X, y, loss=loss, optimizer=adam, epochs=epochs, progress=False)
    return layer, nn.evaluate(model, *draw(100, 10, generator), loss)["accuracy"]


def read_gates(cell: str, seed: int, epochs: int = 80) -> dict[str, list[float]]:
    """The gates and the output at each symbol of the sentence."""
    layer, _ = learn(cell, seed, epochs)
    hidden, state, found = 0.0, None, {name: [] for name in (*GATES[cell], "state")}
    for symbol in encode(SENTENCE):
        for name, row in GATES[cell].items():
            weights = [weight.data for weight in layer.weight_ih[row] + layer.weight_hh[row]]
            total = np.dot(weights, [*symbol, hidden]) + layer.bias_ih[row].data + layer.bias_hh[row].data
            found[name].append(1 / (1 + np.exp(-total)))
        (output,), state = layer.unroll([symbol], state)
        hidden = output[0].data
        found["state"].append(hidden)
    return found


def main(out: Path, seed: int = 0) -> None:
    """One sentence, read by an LSTM and by a GRU."""
    axes = panels(2, 1, 10, 5.6, xlabel="symbol by symbol", sharex=True)
    places = range(1, len(SENTENCE) + 1)
    for ax, cell in zip(axes, GATES, strict=True):
        heading(f"{cell}, one number of state: {learn(cell, seed)[1]:.0%} of 100 new sentences right")
        found = read_gates(cell, seed)
        columns = [[f"{value:.2f}" for value in values[:10]] for values in found.values()]
        table(("symbol", *found), list(zip(SENTENCE, *columns, strict=False)))
        lines(places, found, ax, title=f"{cell}: gates and state", ylim=(-1.1, 1.1))
        ax.set_xticks(places, list(SENTENCE))
        for line in ax.lines:
            line.set_markevery([at for at, symbol in enumerate(SENTENCE) if symbol != "·"])
        add_legend(ax)
    print("\nThe gate that keeps the state closes at a light; the state's sign says which.")
    what = "R is red, G green, · nothing. At each light (the markers) the gate that keeps the state closes."
    save(axes, out / "gates.png", what)


if __name__ == "__main__":
    run(main)
