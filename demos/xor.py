"""XOR: the smallest problem that a single neuron cannot solve but two hidden neurons can.

The answer is 1 if exactly one of two inputs is 1. No straight line separates those corners of the square from the
others, so the best that a single neuron can do is answer one half everywhere, with a loss of log 2. Two hidden
neurons draw two lines, and the output combines them. Whether they find them depends on where they start; with more
neurons than needed, most starts succeed.
"""

from math import log
from pathlib import Path

import numpy as np

import nn
import viz
from demos.runner import run, save
from engine import Value
from viz.figures.plots import decision_boundary

X, Y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])


def build(widths: list[int], generator: np.random.Generator) -> nn.MLP:
    """An untrained network with these layers."""
    return nn.MLP(2, widths, "tanh", output="sigmoid", generator=generator)


def learn(model: nn.MLP) -> tuple[nn.MLP, nn.History]:
    """The network, trained on the four corners."""
    adam = nn.Adam(model.parameters(), lr=0.1)
    return model, nn.fit(model, X, Y, loss="binary_cross_entropy", optimizer=adam, epochs=200, progress=False)


def main(out: Path, seed: int = 0, starts: int = 10) -> None:
    """Learn exclusive or, without and with hidden neurons.

    starts   how many times each network starts, from other weights
    """
    generator = np.random.default_rng(seed)

    # A single neuron computes sigmoid(w1*x1 + w2*x2 + b). To be right it would need b < 0, w1 + b > 0, w2 + b > 0
    # and w1 + w2 + b < 0. The two in the middle add up to w1 + w2 + 2b > 0, the outer two to w1 + w2 + 2b < 0.
    single, history = learn(build([1], generator))
    print(f"A single neuron ends at a loss of {history.loss[-1]:.4f}; log 2 is {log(2):.4f}.")
    print("Its answers to the four corners:", "  ".join(f"{answer:.2f}" for answer in nn.predict(single, X)))

    # Hidden neurons, from several random starts. Which succeed is luck; with more neurons, more of them do.
    print(f"\nHidden neurons, and how many of {starts} starts lead to four right answers:\n")
    best = {}
    for hidden in range(1, 7):
        runs = nn.sweep(learn, {"model": [build([hidden, 1], generator) for _ in range(starts)]}, progress=False)
        best[hidden] = min((run.result for run in runs), key=lambda result: result[1].loss[-1])
        solved = sum(run.history.accuracy[-1] == 1 for run in runs)
        print(f"  {hidden}  {solved:3}  {'#' * round(40 * solved / starts)}".rstrip(), flush=True)

    # The outputs of two hidden neurons can be separated by a single line, which the output neuron draws.
    model, history = best[2]
    print(f"\nThe best with two hidden neurons ends at a loss of {history.loss[-1]:.4f}:\n")
    print("  x1 x2        h1     h2   answer")
    for row, answer in zip(X.tolist(), nn.predict(model, X), strict=True):
        h1, h2 = (neuron.data for neuron in model.layers[0](row))
        print(f"  {row[0]:2.0f} {row[1]:2.0f}   {h1:7.2f}{h2:7.2f}{answer:9.2f}")
    ax = decision_boundary(lambda rows: nn.predict(model, rows), X, Y, threshold=0.5)
    ax.set_title("XOR with two hidden neurons")
    save(ax, out / "boundary.png", "The answer over the square: each hidden neuron draws one of the lines.")

    # The graph of one answer, and how much each weight matters.
    answer = model([Value(1.0, "x1"), Value(0.0, "x2")])
    answer.label = "answer"
    answer.backward()
    save(viz.draw(answer), out / "graph.svg", "The graph of the answer to the corner (1, 0), with its gradients.")


if __name__ == "__main__":
    run(main)
