"""Regression: a price and a score learned from examples, by a straight line and by a curve.

A single neuron without an activation is linear regression: descent finds the very weights of least squares. House
prices need more: what a square metre costs depends on the location, and no sum of weighted columns can multiply one by
the other. Six hidden neurons can, and so can a line that gets the product as a further column. Nor can a line say that
eight hours of sleep are better than less and better than more.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import heading, once, panels, run, save, table
from viz.figures.axes import add_legend
from viz.figures.plots import COLOURS, new_axes

LINE, LAYERED, GIVEN = "a straight line", "6 tanh neurons", "a line, size · location given"
HOURS = np.column_stack([np.full(61, 5.0), np.linspace(4, 10, 61)])  # five of study, four to ten of sleep


@once
def learn(subject: str, model: str, seed: int, epochs: int = 1000) -> dict:
    """Train on half of 400 houses or students; returns predictions for the others, and how wrong they are."""
    generator = np.random.default_rng(seed)
    examples = nn.examples.house_prices if subject == "houses" else nn.examples.student_scores
    data = examples(400, generator=generator)
    columns = np.column_stack([data.X, data.X[:, 0] * data.X[:, 1]]) if model == GIVEN else data.X
    (X, y), (X_test, y_test) = nn.split(columns, data.y, 0.5, generator=generator)
    scaled, scaled_test, scaled_hours = nn.standardise(X, X_test, HOURS if X.shape[1] == 2 else X[:1])
    mean, spread = y.mean(), y.std()
    network = nn.MLP(X.shape[1], [6, 1] if model == LAYERED else [1], "tanh", generator=generator)
    adam = nn.Adam(network.parameters(), lr=0.03)
    nn.fit(network, scaled, (y - mean) / spread, optimizer=adam, epochs=epochs, progress=False)
    predicted, curve = (mean + spread * nn.predict(network, rows) for rows in (scaled_test, scaled_hours))
    slopes = [weight.data * spread for weight in network.layers[0].neurons[0].weights] / X.std(axis=0)
    error = float(np.sqrt(np.mean((predicted - y_test) ** 2)))
    return {"X": X, "y": y, "truth": y_test, "predicted": predicted, "slopes": slopes, "curve": curve, "error": error}


def main(out: Path, seed: int = 0, epochs: int = 1000) -> None:
    """Learn house prices and student scores.

    epochs   of training, each time
    """
    heading("House prices, in thousands, from 200 houses")
    houses = {model: learn("houses", model, seed, epochs) for model in (LINE, LAYERED, GIVEN)}
    X, y = houses[LINE]["X"], houses[LINE]["y"]
    exact = np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), y, rcond=None)[0]
    weights = [[f"{weight:.3f}" for weight in weights] for weights in (houses[LINE]["slopes"], exact[:3])]
    table(("the line's weights", "descent", "least squares"), zip(("size", "location", "rooms"), *weights, strict=True))
    print()
    table(("wrong by, on 200 others", "thousands"), [(name, f"{each['error']:.1f}") for name, each in houses.items()])
    print("\nThe rule is 20 + size · (1 + 0.8 · location) + 8 · rooms, with noise of 10.")
    axes = panels(1, 2, 9.5, 4.8, "price paid", "price predicted", sharex=True, sharey=True)
    for ax, model in zip(axes, (LINE, LAYERED), strict=True):
        each = houses[model]
        ax.axline((200, 200), slope=1, color="black", linestyle="--", label="exactly right")
        ax.plot(each["truth"], each["predicted"], "o", markersize=4, color=COLOURS[0], label="held-out house")
        ax.set(title=f"House prices by {model}: wrong by {each['error']:.0f}")
    add_legend(axes[0], below=True)
    save(axes, out / "houses.png", "The line errs in a pattern: too low for cheap and expensive houses, else too high.")

    heading("Student scores, 0 to 100, from 200 students")
    students = {model: learn("students", model, seed, epochs) for model in (LINE, LAYERED)}
    X, y = students[LINE]["X"], students[LINE]["y"]
    near = abs(X[:, 0] - 5) < 1
    ax = new_axes(6, 5)
    ax.plot(X[near, 1], y[near], "o", color="grey", label="students, 4 to 6 hours of study")
    for model, style in ((LINE, "--"), (LAYERED, "-")):
        ax.plot(HOURS[:, 1], students[model]["curve"], style, color=COLOURS[1], label=model)
    rows = [(model, f"{each['error']:.1f}") for model, each in students.items()]
    table(("wrong by, on 200 others", "points"), [*rows, ("the noise in the scores", "3.0")])
    ax.set(title="Score after 5 hours of study", xlabel="hours of sleep", ylabel="score")
    add_legend(ax, below=True, ncols=2)
    save(ax, out / "scores.png", "Too little and too much sleep cost points: a hidden layer learns it, a line cannot.")


if __name__ == "__main__":
    run(main)
