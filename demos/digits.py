"""Digits: real handwriting in 8 by 8 pixels, what a network confuses, and what its neurons look for.

E. Alpaydin and C. Kaynak collected these 1,797 digits. A network with one hidden layer learns four fifths of them.
The confusion matrix counts its answers to the rest: what lies off the diagonal is mistaken. Each hidden neuron has a
weight for every pixel, so its weights are a picture too: ink on dark pixels excites the neuron, ink on light ones
calms it.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import panels, run, save
from viz import plots


def main(out: Path, seed: int = 0, hidden: int = 24, epochs: int = 80) -> None:
    """Read handwritten digits.

    hidden   neurons of the hidden layer
    epochs   of training, each with all digits at once
    """
    generator = np.random.default_rng(seed)
    digits = nn.load_digits()
    (X, y), (X_test, y_test) = nn.split(digits.X / 16, digits.y, 0.2, stratify=True, generator=generator)
    model = nn.MLP(64, [hidden, 10], "tanh", generator=generator)
    print(f"{model}\n{len(model.parameters()):,} parameters")
    optimizer = nn.Adam(model.parameters(), lr=0.02, weight_decay=1e-3)
    history = nn.fit(model, X, y, loss="cross_entropy", optimizer=optimizer, epochs=epochs, progress=False)
    outputs = nn.predict(model, X_test)
    answers = outputs.argmax(axis=1)
    print(f"right: {history.accuracy[-1]:.1%} of {len(X):,} digits in training,", end=" ")
    print(f"{np.mean(answers == y_test):.1%} of {len(X_test)} held out")

    # The confusion matrix: a row for each digit, a column for each answer.
    ax = plots.confusion_matrix(y_test, answers)
    save(ax, out / "confusion.png", "How often each digit got each answer; what lies off the diagonal is mistaken.")

    # The digits it is most wrong about: those to which it gives the least probability.
    probability = np.exp(outputs[np.arange(len(y_test)), y_test] - np.logaddexp.reduce(outputs, axis=1))
    worst = np.argsort(probability)[:8]
    titles = [f"{y_test[at]}, read as {answers[at]}" for at in worst]
    caption = "The eight held-out digits whose right answer the network finds least probable."
    save(images(X_test[worst], titles, "Greys"), out / "hardest.png", caption)

    # What the hidden neurons look for.
    weights = np.array([[weight.data for weight in neuron.weights] for neuron in model.layers[0].neurons])
    caption = "The weights of hidden neurons, pixel by pixel: dark ones excite, light ones calm, grey is zero."
    save(images(weights[:16], [f"neuron {at}" for at in range(16)], "gray_r"), out / "weights.png", caption)


def images(rows: np.ndarray, titles: list[str], colours: str) -> object:
    """Axes with images of 8 by 8 pixels, eight in a row."""
    lines = -(-len(rows) // 8)
    axes = panels(lines, 8, 11, 1.8 * lines).ravel()
    reach = abs(rows).max()
    for ax, row, title in zip(axes, rows, titles, strict=False):
        ax.imshow(row.reshape(8, 8), cmap=colours, vmin=-reach if rows.min() < 0 else 0, vmax=reach)
        ax.set_title(title, fontsize=9)
        ax.set(xticks=[], yticks=[])
    return axes


if __name__ == "__main__":
    run(main)
