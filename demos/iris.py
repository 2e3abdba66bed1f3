"""Iris: real flowers, three species, and which of four measurements tells them apart.

R. A. Fisher published the lengths and widths of 150 flowers in 1936. A network with one hidden layer learns 120 of
them and is tried on the other 30. The table of its answers shows which species it mistakes for which. Backpropagation
does not stop at the weights: the gradient of the loss with respect to the inputs says to which measurement the
answer is most sensitive.
"""

from pathlib import Path

import numpy as np

import nn
import viz
from demos.runner import run, save
from engine import Value
from viz import plots


def main(out: Path, seed: int = 0, hidden: int = 6, epochs: int = 150) -> None:
    """Learn to tell three species of iris apart.

    hidden   neurons of the hidden layer
    epochs   of training
    """
    generator = np.random.default_rng(seed)
    iris = nn.load_iris()

    # A fifth of each species is held out. Only the flowers to learn from decide how the columns are scaled.
    (X, y), (X_test, y_test) = nn.split(iris.X, iris.y, 0.2, stratify=True, generator=generator)
    X, X_test = nn.standardise(X, X_test)
    model = nn.MLP(4, [hidden, 3], "tanh", generator=generator)
    adam = nn.Adam(model.parameters(), lr=0.03, weight_decay=1e-3)
    settings = {"optimizer": adam, "epochs": epochs, "validation": (X_test, y_test), "progress": False}
    history = nn.fit(model, X, y, loss="cross_entropy", **settings)
    print(f"{model}: {len(model.parameters())} parameters")
    print(f"right: {history.accuracy[-1]:.1%} of {len(X)} flowers in training,", end=" ")
    print(f"{history.validation_accuracy[-1]:.1%} of {len(X_test)} held out")
    save(plots.loss_curve(history), out / "loss.png", "The mean loss on the training flowers and on those held out.")

    # Answers against the truth, over all 150 flowers: setosa is easy, the other two species overlap a little.
    truth, answers = np.concatenate([y, y_test]), nn.predict(model, np.concatenate([X, X_test])).argmax(axis=1)
    ax = plots.confusion_matrix(truth, answers, names=iris.classes)
    save(ax, out / "confusion.png", "How often each species got each answer.")

    # The size of the gradient of each input, averaged over the flowers: which measurement the loss depends on most.
    sensitivity = np.zeros(4)
    for row, species in zip(X.tolist(), y.tolist(), strict=True):
        flower = [Value(number, name) for number, name in zip(row, iris.features, strict=True)]
        loss = nn.cross_entropy(model(flower), species)
        loss.backward()
        sensitivity += [abs(measure.grad) / len(X) for measure in flower]
    print("\n  mean |∂loss/∂measurement|, for standardised measurements:\n")
    for name, size in zip(iris.features, sensitivity, strict=True):
        print(f"  {name:17}{size:7.4f}  {'#' * round(30 * size / sensitivity.max())}")
    loss.label = "loss"
    save(viz.draw(loss, fold="neuron"), out / "flower.svg", "The loss of one flower, a box for each neuron.")


if __name__ == "__main__":
    run(main)
