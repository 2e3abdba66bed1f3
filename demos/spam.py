"""Spam and loans: what one neuron can tell apart, and what takes a hidden layer.

A loan depends on a weighted sum of credit score and income: one neuron is enough if it trains to the end, and the
perceptron's rule finds the line as well. Spam depends on combinations: "free" and "friend" are harmless together,
but each alone is not. No weights of single words can express this; a hidden layer finds the combinations.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import heading, once, panels, run, save, table
from viz.figures.axes import add_legend

LOSS = "binary_cross_entropy_with_logits"
SINGLE, LAYERED, PERCEPTRON = "one neuron", "8 hidden", "perceptron"
MAILS = {("free",): "spam", ("friend",): "spam", ("free", "friend"): "mail", ("win",): "mail", ("win", "money"): "spam",
         ("win", "money", "meeting", "report"): "mail"}  # fmt: skip


@once
def read(subject: str, seed: int) -> tuple:
    """The data, then X, X_test, y, y_test: two thirds for training and a third for testing."""
    generator = np.random.default_rng(seed)
    data = nn.examples.loans(300, 0.0, generator) if subject == "loans" else nn.examples.spam_words(300, generator)
    (X, y), (X_test, y_test) = nn.split(data.X, data.y, 1 / 3, generator=generator)
    if subject == "loans":  # whose columns differ in size; words are 0 or 1
        X, X_test = nn.standardise(X, X_test)
    return data, X, X_test, y, y_test


@once
def learn(subject: str, model_name: str, seed: int, epochs: int = 2000) -> tuple[nn.Module, float]:
    """A network trained on loans or spam, and its share of right answers on what was held out."""
    _, X, X_test, y, y_test = read(subject, seed)
    generator = np.random.default_rng(seed)
    if model_name == PERCEPTRON:
        perceptron = nn.Perceptron(X.shape[1])
        perceptron.fit(X, y, epochs=epochs // 10)  # it needs fewer, where it ends at all
        return perceptron, float(np.mean(nn.predict(perceptron, X_test) == y_test))
    model = nn.MLP(X.shape[1], [1] if model_name == SINGLE else [8, 1], "tanh", generator=generator)
    adam = nn.Adam(model.parameters(), lr=0.03)
    nn.fit(model, X, y, loss=LOSS, optimizer=adam, epochs=epochs, progress=False)
    return model, nn.accuracy(nn.predict(model, X_test), y_test, LOSS)


def main(out: Path, seed: int = 0, epochs: int = 2000) -> None:
    """One neuron and a hidden layer, on rows that were not learned from.

    epochs   of training
    """
    axes, rows = panels(1, 2, 9, 3.6, "weighted sum of the one neuron", "mails or loans"), []
    for ax, subject in zip(axes, ("loans", "spam"), strict=True):
        data, _, X_test, _, y_test = read(subject, seed)
        found = [learn(subject, name, seed, epochs) for name in (SINGLE, PERCEPTRON, LAYERED)]
        rows.append((subject, *(f"{share:.0%}" for _, share in found)))

        sums = nn.predict(found[0][0], X_test)
        ax.hist([sums[y_test == label] for label in (0, 1)], 20, label=data.classes, color=["#bbbbbb", "#444444"])
        ax.axvline(0, color="black")
        ax.set_title(f"{subject.capitalize()}: one neuron has {found[0][1]:.0%} right")
        add_legend(ax, below=True)
    table((f"right, of {len(y_test)} held out", SINGLE, PERCEPTRON, LAYERED), rows)
    save(axes, out / "sums.png", "Loans fall on either side of 0. Spam does not: it depends on combinations of words.")

    heading("The words' weights, and how mails with some of these words are judged")
    single, layered = (learn("spam", name, seed, epochs)[0] for name in (SINGLE, LAYERED))
    weights = [weight.data for weight in single.layers[0].neurons[0].weights]
    print('Spam: "free" or "friend", not both; or "win" with "money".\nWith "meeting" and "report" it is none.\n')
    print("  " + ", ".join(f"{word} {weight:.2f}" for word, weight in zip(data.features, weights, strict=True)) + "\n")
    contents = np.array([[word in mail for word in data.features] for mail in MAILS], float)
    chances = [1 / (1 + np.exp(-nn.predict(model, contents))) for model in (single, layered)]
    rows = [(" ".join(mail), spam, *(f"{chance:.0%}" for chance in pair))
            for (mail, spam), *pair in zip(MAILS.items(), *chances, strict=True)]  # fmt: skip
    table(("a mail that says", "is", f"spam? {SINGLE}", LAYERED), rows)


if __name__ == "__main__":
    run(main)
