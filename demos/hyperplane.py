"""Hyperplane: the weights of a perceptron in space are the normal of its line, plane or hyperplane.

A perceptron says 1 where w · x + b is not below 0. Its border, where the sum is 0, is a line; with three inputs a
plane, with more a hyperplane. The weights stand at right angles to it and point to the side of the ones; |b| / |w| is
its distance from the origin. Each side is convex: any point between two ones is a one. The perceptron's rule stops
after the last mistake, so the border may touch a one, as it does here.
"""

from itertools import product
from pathlib import Path

import numpy as np

import nn
from demos.claims import say_claims
from demos.runner import heading, once, panels, run, save
from viz.figures.axes import add_legend
from viz.figures.plots import new_axes


@once
def learn_and(count: int) -> tuple[np.ndarray, np.ndarray, nn.Perceptron]:
    """A perceptron that says 1 only if all of its inputs are 1, and the corners that it learned from."""
    X = np.array(list(product([0.0, 1.0], repeat=count)))
    perceptron = nn.Perceptron(count)
    perceptron.fit(X, X.all(axis=1).astype(int))
    return X, X.all(axis=1).astype(int), perceptron


def read_weights(count: int) -> np.ndarray:
    """The weights of AND."""
    return np.array([weight.data for weight in learn_and(count)[2].weights])


def draw_corners(ax, X: np.ndarray, y: np.ndarray) -> None:
    """Draw the rows, zeros as discs and the one as a square."""
    for name, marker in ((0, "o"), (1, "s")):
        fill = "black" if name else "white"
        ax.plot(*X[y == name].T, marker, color="black", markerfacecolor=fill, label=f"class {name}")
    add_legend(ax)


def main(out: Path, seed: int = 0) -> None:
    """AND of two, of three, of four."""
    heading("AND as an equation")
    for count in (2, 3, 4):
        w, b = read_weights(count), learn_and(count)[2].bias.data
        terms = " + ".join(f"{weight:g}·x{at}" for at, weight in enumerate(w, 1))
        print(f"  {count} inputs: {terms} - {-b:g} = 0, {abs(b) / np.linalg.norm(w):.2f} from the origin")
    print()
    say_claims("hyperplane", seed)

    X, y, _ = learn_and(2)
    w = read_weights(2)
    ax = new_axes(5.6, 4.6)
    ax.plot([0.7, 1.5], [1.6, 0], color="black")
    ax.quiver(1.2, 0.6, *(0.2 * w), angles="xy", scale_units="xy", scale=1, color="black")
    draw_corners(ax, X, y)
    ax.set(title="AND of two: 2·x1 + x2 - 3 = 0, and its normal", xlabel="x1", ylabel="x2")
    ax.set(xlim=(-0.2, 1.8), aspect="equal")
    save(ax, out / "line.png", "The weights stand at right angles to the line and point to the ones.")

    X, y, perceptron = learn_and(3)
    w, b = read_weights(3), perceptron.bias.data
    ax = panels(1, 1, 6, 5, subplot_kw={"projection": "3d"})
    x2, x3 = np.meshgrid(np.linspace(0, 1.5, 2), np.linspace(0, 1.5, 2))
    ax.plot_surface(-(b + w[1] * x2 + w[2] * x3) / w[0], x2, x3, color="0.7", alpha=0.5, edgecolor="black")
    draw_corners(ax, X, y)
    ax.quiver(1.5, 0.5, 0.5, *(0.3 * w), color="black", linewidth=2)
    ax.set(title="AND of three: a plane, and its normal", xlabel="x1", ylabel="x2", zlabel="x3")
    ax.set(xticks=(0, 1), yticks=(0, 1), zticks=(0, 1))
    ax.view_init(18, -60)
    save(ax, out / "plane.png", "With three inputs the border is a plane, which touches the only corner that is a one.")


if __name__ == "__main__":
    run(main)
