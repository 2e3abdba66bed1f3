"""Spam and loans: what one neuron can tell apart, and what takes a hidden layer.

Whether a loan is granted is a matter of a weighted sum, credit score and income, so one neuron will do. Spam is a
matter of combinations of words: "free" is harmless beside "friend", and so is "friend" beside "free", but each alone
is not. No weights of single words can say so; a hidden layer finds the combinations.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import panels, run, save, table

LOSS = "binary_cross_entropy_with_logits"


def learn(widths: list[int], X: np.ndarray, y: np.ndarray, generator: np.random.Generator, epochs: int) -> nn.MLP:
    """A network with these layers, trained on 0 and 1."""
    model = nn.MLP(X.shape[1], widths, "tanh", generator=generator)
    nn.fit(model, X, y, loss=LOSS, optimizer=nn.Adam(model.parameters(), lr=0.03), epochs=epochs, progress=False)
    return model


def main(out: Path, seed: int = 0, epochs: int = 200) -> None:
    """One neuron and a hidden layer, on rows that were not learned from.

    epochs   of training
    """
    generator = np.random.default_rng(seed)
    axes, rows = panels(1, 2, 9, 3.6, "weighted sum of the one neuron", "mails or loans"), []
    datasets = {"loans": nn.examples.loans(300, 0.0, generator), "spam": nn.examples.spam_words(300, generator)}
    for ax, (name, data) in zip(axes, datasets.items(), strict=True):
        (X, y), (X_test, y_test) = nn.split(data.X, data.y, 1 / 3, generator=generator)
        X, X_test = nn.standardise(X, X_test)
        single, layered = (learn(widths, X, y, generator, epochs) for widths in ([1], [8, 1]))
        shares = [nn.accuracy(nn.predict(model, X_test), y_test, LOSS) for model in (single, layered)]
        rows.append((name, *(f"{share:.0%}" for share in shares)))

        # The one neuron says yes above 0. Where the two kinds overlap, no threshold tells them apart.
        sums = nn.predict(single, X_test)
        ax.hist([sums[y_test == kind] for kind in (0, 1)], 20, label=data.classes, hatch="/")
        ax.axvline(0, color="black")
        ax.set_title(f"{name.capitalize()}: one neuron has {shares[0]:.0%} right")
        ax.legend()
    table((f"right, of {len(y_test)} held out", "one neuron", "8 hidden"), rows)
    save(axes, out / "sums.png", "Loans fall on either side of 0. Spam does not: it takes combinations of words.")


if __name__ == "__main__":
    run(main)
