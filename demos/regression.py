"""Regression: a price and a score learned from examples, one by a straight line, one by a curve.

A single neuron without an activation is linear regression: gradient descent finds the very weights that the method of
least squares computes, and with them the rule by which the house prices were made. A student's score is another
matter. Sleeping eight hours is better than less and better than more, and no weight of a straight line can say that;
a hidden layer of eight neurons can.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import heading, run, save, table
from viz.figures.plots import COLOURS, new_axes


def main(out: Path, seed: int = 0, epochs: int = 1000) -> None:
    """Learn house prices and student scores.

    epochs   of training, each time
    """
    generator = np.random.default_rng(seed)

    # House prices, with a fifth of the houses held out. The columns are scaled alike, so that one learning rate suits
    # every weight; the weights learned are scaled back.
    houses = nn.examples.house_prices(200, noise=10.0, generator=generator)
    (X, y), (X_test, y_test) = nn.split(houses.X, houses.y, 0.2, generator=generator)
    scaled, scaled_test = nn.standardise(X, X_test)
    line = nn.Neuron(3, "linear", generator=generator)
    sgd = nn.SGD(line.parameters(), lr=0.02, momentum=0.9)
    nn.fit(line, scaled, y, optimizer=sgd, epochs=epochs, progress=False)
    learned = np.array([weight.data for weight in line.weights]) / X.std(axis=0)
    exact = np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), y, rcond=None)[0]
    heading(f"House prices, in thousands, from {len(X)} houses")
    found = zip(houses.features, learned, exact[:3], (1.8, 40.0, 8.0), strict=True)
    rows = [(name, *(f"{weight:.3f}" for weight in weights)) for name, *weights in found]
    table(("", "descent", "least squares", "the rule"), rows)
    predicted = nn.predict(line, scaled_test)
    error = np.sqrt(np.mean((predicted - y_test) ** 2))
    print(f"\n  wrong by {error:.1f} on {len(y_test)} other houses; the noise in the data is 10.0")
    ax = new_axes(6, 5)
    ax.axline((200, 200), slope=1, color="black", linestyle="--", label="exactly right")
    ax.plot(y_test, predicted, "o", color=COLOURS[0], label="held-out house")
    ax.set(title="House prices, in thousands", xlabel="price paid", ylabel="price predicted")
    ax.legend()
    save(ax, out / "houses.png", "Prices of held-out houses, predicted by one linear neuron. On the line it is right.")

    # Student scores: the same line, and a network with one hidden layer.
    students = nn.examples.student_scores(200, noise=3.0, generator=generator)
    (X, y), (X_test, y_test) = nn.split(students.X, students.y / 100, 0.2, generator=generator)
    hours = np.column_stack([np.full(61, 5.0), np.linspace(4, 10, 61)])  # five of study, four to ten of sleep
    scaled, scaled_test, scaled_hours = nn.standardise(X, X_test, hours)
    ax, near, rows = new_axes(6, 5), abs(X[:, 0] - 5) < 1, []
    ax.plot(X[near, 1], 100 * y[near], "o", color="grey", label="students, 4 to 6 hours of study")
    for name, widths, style in (("a straight line", [1], "--"), ("8 tanh neurons", [8, 1], "-")):
        model = nn.MLP(2, widths, "tanh", generator=generator)
        nn.fit(model, scaled, y, optimizer=nn.Adam(model.parameters(), lr=0.03), epochs=epochs, progress=False)
        rows.append((name, f"{100 * np.sqrt(nn.evaluate(model, scaled_test, y_test)['loss']):.1f}"))
        ax.plot(hours[:, 1], 100 * nn.predict(model, scaled_hours), style, color=COLOURS[len(widths)], label=name)
    heading(f"Student scores, 0 to 100, from {len(X)} students")
    table((f"wrong by, on {len(y_test)} others", "points"), [*rows, ("the noise in the scores", "3.0")])
    ax.set(title="Score after 5 hours of study", xlabel="hours of sleep", ylabel="score")
    ax.legend()
    save(ax, out / "scores.png", "Too little sleep and too much cost points: a hidden layer sees it, a line cannot.")


if __name__ == "__main__":
    run(main)
