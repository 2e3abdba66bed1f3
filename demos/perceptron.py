"""The perceptron: what one neuron learns by correcting its mistakes, what it cannot, and what takes a hidden layer.

A perceptron answers 0 or 1, on either side of a straight line, and each mistake moves that line. Where some line
separates the classes it finds one, and stops; inside and outside of a circle it goes on for ever, since no line can
tell them apart. A network with a hidden layer bends the line. Loans are a matter of a weighted sum, so one neuron
will do; spam is a matter of combinations of words, so it will not.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import heading, panels, run, save
from viz import plots


def learn(widths: list[int], X: np.ndarray, y: np.ndarray, seed: int, epochs: int) -> nn.MLP:
    """A network with these layers, trained on 0 and 1."""
    generator = np.random.default_rng(seed)
    model = nn.MLP(X.shape[1], widths, "tanh", generator=generator)
    adam, loss = nn.Adam(model.parameters(), lr=0.03), "binary_cross_entropy_with_logits"
    nn.fit(model, X, y, loss=loss, optimizer=adam, epochs=epochs, generator=generator, progress=False)
    return model


def score(model: nn.MLP, X: np.ndarray, y: np.ndarray) -> float:
    """The share of rows that a network has right."""
    return nn.accuracy(nn.predict(model, X), y, "binary_cross_entropy_with_logits")


def main(out: Path, seed: int = 0, epochs: int = 200) -> None:
    """A line, a circle, loans, spam.

    epochs   of training, at most
    """
    generator = np.random.default_rng(seed)

    heading("1. The rule by hand: is it AND? weights += (target - answer) · input")
    both = nn.Perceptron(2)
    X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1]
    for epoch in range(1, epochs + 1):
        (mistakes,) = both.fit(X, y, epochs=1)
        w1, w2 = (weight.data for weight in both.weights)
        print(f"  epoch {epoch}: {mistakes} wrong, then w1 = {w1:g}, w2 = {w2:g}, bias = {both.bias.data:g}")
        if not mistakes:
            break

    heading("2. Points that a line separates, and points that none does")
    axes = panels(1, 3, 12, 3.5)
    points = {"two sides of a line": nn.separable(100, 0.1, generator), "a circle": nn.circle(100, generator)}
    for ax, (name, (X, y)) in zip(axes, points.items(), strict=False):
        perceptron = nn.Perceptron(2)
        mistakes = perceptron.fit(X, y, epochs=epochs)
        right = np.mean(nn.predict(perceptron, X) == y)
        end = "and stops" if mistakes[-1] == 0 else "and would go on"
        print(f"  {name}: {mistakes[0]} mistakes in epoch 1,", end=" ")
        print(f"{mistakes[-1]} in epoch {len(mistakes)} {end}; {right:.0%} right")
        weights, bias = [weight.data for weight in perceptron.weights], perceptron.bias.data
        plots.decision_boundary(lambda rows, w=weights, b=bias: rows @ w + b, X, y, ax=ax)
        ax.set_title(f"Perceptron on {name}: {right:.0%}")
    model = learn([8, 1], X, y, seed, epochs)
    print(f"  a circle, with 8 hidden neurons: {score(model, X, y):.0%} right")
    plots.decision_boundary(lambda rows: nn.predict(model, rows), X, y, ax=axes[2])
    axes[2].set_title(f"With 8 hidden neurons: {score(model, X, y):.0%}")
    save(axes, out / "lines.png", "The shade is the weighted sum, the black line is where it is 0: the decision.")

    heading("3. One layer or two, on rows that were not learned from")
    print(f"  {'':22}{'one neuron':>12}{'8 hidden':>12}")
    for name, data in {
        "loans": nn.examples.loans(300, 0.0, generator),
        "spam": nn.examples.spam_words(300, generator),
    }.items():
        (X, y), (X_test, y_test) = nn.split(data.X, data.y, 1 / 3, generator=generator)
        X, X_test = nn.standardise(X, X_test)
        shares = [score(learn(widths, X, y, seed, epochs), X_test, y_test) for widths in ([1], [8, 1])]
        print(f"  {name:22}" + "".join(f"{share:12.0%}" for share in shares))


if __name__ == "__main__":
    run(main)
