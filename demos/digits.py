"""Digits: real handwriting in 8 by 8 pixels, what a network confuses, and what its neurons look for.

E. Alpaydin and C. Kaynak collected these 1,797 digits. A network with one hidden layer learns four fifths of them.
The confusion matrix counts its answers to the rest; mistakes are off the diagonal. Each hidden neuron has a
weight for every pixel, so its weights are a picture too: ink on dark pixels excites the neuron, ink on light ones
calms it. Before all that comes one update on one digit: its probability rises, and the nine others fall.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import heading, images, run, save
from engine import softmax
from viz import plots
from viz.figures.axes import add_legend, new_axes


def update_once(seed: int, rate: float = 0.1) -> tuple[int, np.ndarray, np.ndarray]:
    """A digit, and a new network's ten probabilities for it before and after one update on it alone."""
    generator, digits = np.random.default_rng(seed), nn.load_digits()
    at = int(generator.integers(len(digits.y)))
    row, digit = digits.X[at] / 16, int(digits.y[at])
    model = nn.MLP(64, [24, 10], "tanh", generator=generator)
    before = softmax(model(row.tolist()))
    nn.cross_entropy(model(row.tolist()), digit).backward()
    for parameter in model.parameters():
        parameter.data -= rate * parameter.grad
    after = softmax(model(row.tolist()))
    return digit, *(np.array([p.data for p in probabilities]) for probabilities in (before, after))


def main(out: Path, seed: int = 0, hidden: int = 24, epochs: int = 10) -> None:
    """Read handwritten digits.

    hidden   neurons of the hidden layer
    epochs   of training, in batches of 50 digits
    """
    heading("1. One digit, one update")
    digit, before, after = update_once(seed)
    print(f"  It is a {digit}: the network says so with {before[digit]:.1%}, after the update with {after[digit]:.1%}.")
    ax = new_axes(7, 3.6)
    ax.bar(np.arange(10) - 0.2, before, 0.4, color="white", edgecolor="black", label="before")
    ax.bar(np.arange(10) + 0.2, after, 0.4, color="0.4", edgecolor="black", label="after")
    ax.set(title=f"A {digit}, before and after one update", xlabel="digit", ylabel="probability", xticks=range(10))
    add_legend(ax)
    save(ax, out / "update.png", "The ten probabilities for one digit, before training and after one update.")

    heading("2. All of them")
    generator, digits = np.random.default_rng(seed), nn.load_digits()
    (X, y), (X_test, y_test) = nn.split(digits.X / 16, digits.y, 0.2, stratify=True, generator=generator)
    model = nn.MLP(64, [hidden, 10], "tanh", generator=generator)
    print(f"{model}\n{len(model.parameters()):,} parameters")
    adam = nn.Adam(model.parameters(), lr=0.01, weight_decay=1e-3)
    settings = {"optimizer": adam, "epochs": epochs, "batch_size": 50, "generator": generator, "progress": False}
    history = nn.fit(model, X, y, loss="cross_entropy", **settings)
    outputs = nn.predict(model, X_test)
    answers = outputs.argmax(axis=1)
    print(f"right: {history.accuracy[-1]:.1%} of {len(X):,} digits in training,", end=" ")
    print(f"{np.mean(answers == y_test):.1%} of {len(X_test)} held out")

    # The confusion matrix: a row for each digit, a column for each answer.
    ax = plots.confusion_matrix(y_test, answers)
    save(ax, out / "confusion.png", "How often each digit got each answer; what lies off the diagonal is wrong.")

    # The digits it gets most wrong: those whose right answer it finds least probable.
    probability = np.exp(outputs[np.arange(len(y_test)), y_test] - np.logaddexp.reduce(outputs, axis=1))
    worst = np.argsort(probability)[:8]
    drawn = {f"{y_test[at]}, read as {answers[at]} ({at})": X_test[at].reshape(8, 8) for at in worst}
    save(images(drawn), out / "hardest.png", "The held-out digits whose right answer the network finds least probable.")

    # What the hidden neurons look for.
    neurons = enumerate(model.layers[0].neurons[:16])
    drawn = {f"neuron {at}": np.reshape([weight.data for weight in neuron.weights], (8, 8)) for at, neuron in neurons}
    save(images(drawn), out / "weights.png", "Weights, pixel by pixel: dark ones excite, light ones calm, grey is 0.")


if __name__ == "__main__":
    run(main)
