"""The perceptron: what one neuron can learn by correcting its mistakes, and what takes a hidden layer.

A perceptron answers 0 or 1, on either side of a straight line, and each mistake moves that line. If some line separates
the classes, the perceptron finds one and stops. On points inside and outside a circle it never stops, since no line
separates them. A network with a hidden layer bends the line.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import heading, panels, run, save, table
from viz import plots

LOSS = "binary_cross_entropy_with_logits"


def draw(name: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A hundred points of the data set with this name, and their classes 0 and 1."""
    generator = np.random.default_rng(seed)
    return nn.circle(100, generator) if name == "a circle" else nn.separable(100, 0.1, generator)


def learn_hidden(seed: int, epochs: int = 200) -> tuple[nn.MLP, nn.History]:
    """A network with eight hidden neurons that learns the circle."""
    X, y = draw("a circle", seed)
    model = nn.MLP(2, [8, 1], "tanh", generator=np.random.default_rng(seed))
    adam = nn.Adam(model.parameters(), lr=0.03)
    return model, nn.fit(model, X, y, loss=LOSS, optimizer=adam, epochs=epochs, progress=False)


def main(out: Path, seed: int = 0, epochs: int = 200) -> None:
    """A line, and a circle.

    epochs   of training, at most
    """
    heading("1. The rule by hand: is it AND? weights += (target - answer) · input")
    both = nn.Perceptron(2)
    for epoch in range(1, epochs + 1):
        (mistakes,) = both.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1], epochs=1)
        w1, w2, bias = (parameter.data for parameter in both.parameters())
        print(f"  epoch {epoch}: {mistakes} wrong, then w1 = {w1:g}, w2 = {w2:g}, bias = {bias:g}")
        if not mistakes:
            break

    heading("2. Points that a line separates, and points that no line separates")
    axes, rows = panels(1, 3, 12, 3.5), []
    for ax, name in zip(axes, ("two sides of a line", "a circle"), strict=False):
        X, y = draw(name, seed)
        perceptron = nn.Perceptron(2)
        mistakes = perceptron.fit(X, y, epochs=epochs)
        right = f"{np.mean(nn.predict(perceptron, X) == y):.0%}"
        rows.append((f"perceptron, {name}", mistakes[0], mistakes[-1], len(mistakes), right))
        w1, w2, bias = (parameter.data for parameter in perceptron.parameters())
        plots.decision_boundary(lambda rows, w=(w1, w2), bias=bias: rows @ w + bias, X, y, ax=ax)
        ax.set_title(f"Perceptron on {name}: {right}")

    # The same circle, and a hidden layer of eight neurons.
    model, history = learn_hidden(seed, epochs)
    wrong = [round(len(X) * (1 - share)) for share in history.accuracy]
    rows.append(("8 hidden neurons, a circle", wrong[0], wrong[-1], len(wrong), f"{history.accuracy[-1]:.0%}"))
    plots.decision_boundary(lambda rows: nn.predict(model, rows), X, y, ax=axes[2])
    axes[2].set_title(f"With 8 hidden neurons: {history.accuracy[-1]:.0%}")
    table(("", "first mistakes", "last", "epochs", "right"), rows)
    caption = "The shade is the weighted sum, the black line is where it is 0: the decision. "
    save(axes, out / "lines.png", caption + "Where no line is seen, all points get the same answer.")


if __name__ == "__main__":
    run(main)
