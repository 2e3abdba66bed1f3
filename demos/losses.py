"""Losses: squared error, binary cross-entropy and cross-entropy on the same predictions, and what each sends back.

A price may be off by any amount, and the squared error says how far. A probability that is certain and wrong is worse
than any distance from 0 to 1 can say: there, cross-entropy grows without bound. Behind a sigmoid, the gradient of the
squared error is multiplied by the sigmoid's slope, p(1 - p), which vanishes just where the mistake is greatest. In the
gradient of cross-entropy this slope cancels out, and p - y is left.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import heading, lines, once, panels, run, save, table
from engine import Value, grad
from viz.figures.axes import add_legend

LOSSES = {"squared error": nn.mse, "binary cross-entropy": nn.binary_cross_entropy}


def slope(loss, p: float, y: float = 1.0) -> float:
    """The gradient of a loss behind a sigmoid, with respect to the logit that gives this probability."""
    logit = Value(np.log(p / (1 - p)))
    return grad(loss(logit.sigmoid(), y), logit)


def judge(p: list[float]) -> tuple[float, float]:
    """The cross-entropy and the mean squared error of three probabilities, where the second class is right."""
    values = [Value(x) for x in p]
    return nn.nll([value.log() for value in values], 1).data, nn.mse(values, [0, 1, 0]).data


@once
def unlearn(name: str, seed: int) -> list[float]:
    """The probability after each of 100 steps of a neuron that begins certain and wrong: targets 1, bias -8."""
    X = np.random.default_rng(seed).normal(size=(20, 2))
    neuron, path = nn.Neuron(2, "sigmoid", weights=[0.1, 0.1], bias=-8.0), []
    sgd = nn.SGD(neuron.parameters(), lr=1.0)

    def watch(history):
        logits = X @ [weight.data for weight in neuron.weights] + neuron.bias.data
        path.append(float(np.mean(1 / (1 + np.exp(-logits)))))

    nn.fit(neuron, X, np.ones(20), loss=LOSSES[name], optimizer=sgd, epochs=100, progress=False, callback=watch)
    return path


def main(out: Path, seed: int = 0) -> None:
    """The same predictions under several losses, then a neuron that is wrong and certain."""
    heading("1. A number: a price of 350 thousand, predicted as 300")
    price = Value(300.0)
    print(f"  squared error {nn.mse(price, 350).data:g}, gradient {grad(nn.mse(price, 350), price):g};", end=" ")
    print(f"absolute error {nn.mae(price, 350).data:g}, gradient {grad(nn.mae(price, 350), price):g}")

    heading("2. A probability, where the truth is 1")
    rows = [(f"{p:g}", *(cell for loss in LOSSES.values() for cell in (loss(Value(p), 1).data, slope(loss, p))))
            for p in (0.8, 0.5, 0.1, 0.001)]  # fmt: skip
    table(("p", "squared error", "by the logit", "cross-entropy", "by the logit"), rows)

    heading("3. Three classes, of which the second is right")
    for p in ([0.1, 0.8, 0.1], [0.8, 0.1, 0.1]):
        print(f"  {p}: cross-entropy -log {p[1]} = {{:.3f}}, mean squared error {{:.3f}}".format(*judge(p)))

    ps = np.linspace(0.005, 0.995, 199)
    left, middle, right = axes = panels(1, 3, 12, 3.9)
    values = {name: [loss(Value(p), 1).data for p in ps.tolist()] for name, loss in LOSSES.items()}
    slopes = {name: [slope(loss, p) for p in ps.tolist()] for name, loss in LOSSES.items()}
    lines(ps, values, left, title="Loss, where the truth is 1", xlabel="probability p")
    lines(ps, slopes, middle, title="Gradient by the logit", xlabel="probability p")
    paths = {name: unlearn(name, seed) for name in LOSSES}
    lines(None, paths, right, title="The truth's p, wrong at first", xlabel="step")
    add_legend(right, fontsize=9)
    what = "Where a sigmoid is certain and wrong (p near 0) the squared error's gradient vanishes, and it stays wrong."
    save(axes, out / "losses.png", what)


if __name__ == "__main__":
    run(main)
