"""Regression: a price and a score learned from examples, one by a straight line, one by a curve.

A single neuron without an activation is linear regression: gradient descent finds the very weights that the method of
least squares computes, and with them the rule by which the house prices were made. A student's score is another
matter. Sleeping eight hours is better than less and better than more, and no weight of a straight line can say that;
a hidden layer of eight neurons can.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import run, save
from viz import plots


def main(out: Path, seed: int = 0, epochs: int = 1000) -> None:
    """Learn house prices and student scores.

    epochs   of training, each time
    """
    generator = np.random.default_rng(seed)

    # House prices: a fifth of the houses is held out, and the columns are scaled alike, so that one learning
    # rate suits every weight. Then a layer of one linear neuron learns, and its weights are scaled back.
    noise = 10.0
    houses = nn.examples.house_prices(200, noise, generator)
    (X, y), (X_test, y_test) = nn.split(houses.X, houses.y, 0.2, generator=generator)
    scaled, scaled_test = nn.standardise(X, X_test)
    line = nn.Layer(3, 1, "linear", generator=generator)
    optimizer = nn.SGD(line.parameters(), lr=0.02, momentum=0.9)
    nn.fit(line, scaled, y, optimizer=optimizer, epochs=epochs, progress=False)
    learned = np.array([weight.data for weight in line.neurons[0].weights]) / X.std(axis=0)

    # Least squares solves the same problem in one stroke. The rule is the one that made the data.
    exact = np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), y, rcond=None)[0]
    print(f"House prices, in thousands, from {len(X)} houses:\n")
    print(f"  {'':10}{'descent':>10}{'least squares':>16}{'the rule':>10}")
    for name, found, solved, rule in zip(houses.features, learned, exact, (1.8, 40, 8), strict=False):
        print(f"  {name:10}{found:10.3f}{solved:16.3f}{rule:10.3f}")
    predicted = nn.predict(line, scaled_test)
    error = np.sqrt(np.mean((predicted - y_test) ** 2))
    print(f"\nOn {len(y_test)} other houses it is wrong by {error:.1f}; the noise in the data is {noise:.1f}.")

    ax = plots.new_axes(6, 5)
    ax.plot([y.min(), y.max()], [y.min(), y.max()], "k--", label="exactly right")
    ax.plot(y_test, predicted, "o", color=plots.COLOURS[0], label="held-out house")
    ax.set(
        title="House prices: predicted and paid", xlabel="price paid, thousands", ylabel="price predicted, thousands"
    )
    ax.legend()
    save(ax, out / "houses.png", "Prices of held-out houses, predicted by one linear neuron. On the line it is right.")

    # Student scores: the same line, and a network with one hidden layer.
    noise = 3.0
    students = nn.examples.student_scores(200, noise, generator)
    (X, y), (X_test, y_test) = nn.split(students.X, students.y / 100, 0.2, generator=generator)
    hours = np.column_stack([np.full(61, 5.0), np.linspace(4, 10, 61)])  # five of study, four to ten of sleep
    scaled, scaled_test, scaled_hours = nn.standardise(X, X_test, hours)
    ax = plots.new_axes(6, 5)
    near = abs(X[:, 0] - 5) < 1
    ax.plot(X[near, 1], 100 * y[near], "o", color="grey", label="students, 4 to 6 hours of study")
    print(f"\nStudent scores, 0 to 100, from {len(X)} students:\n")
    for name, widths, style in (("a straight line", [1], "--"), ("8 tanh neurons", [8, 1], "-")):
        model = nn.MLP(2, widths, "tanh", generator=generator)
        nn.fit(model, scaled, y, optimizer=nn.Adam(model.parameters(), lr=0.03), epochs=epochs, progress=False)
        error = np.sqrt(np.mean((nn.predict(model, scaled_test) - y_test) ** 2))
        print(f"  {name:16} is wrong by {100 * error:4.1f} points on {len(y_test)} other students")
        colour = plots.COLOURS[len(widths) - 1]
        ax.plot(hours[:, 1], 100 * nn.predict(model, scaled_hours), style, color=colour, linewidth=2, label=name)
    print(f"\nThe noise in the scores is {noise:.1f} points: on enough students nothing does better.")
    ax.set(title="Score after 5 hours of study", xlabel="hours of sleep", ylabel="score")
    ax.legend()
    save(
        ax, out / "scores.png", "Sleep too short and sleep too long cost points: a hidden layer sees it, a line cannot."
    )


if __name__ == "__main__":
    run(main)
