"""Derivatives of derivatives: a gradient is a graph too, which can be drawn and differentiated again.

`grad(..., create_graph=True)` writes the backward pass down in Values, by the same rules as the forward pass. Its
gradient is the second derivative, and so on, to any order. The demo `second_order` uses this.
"""

from pathlib import Path

import numpy as np

import viz
from demos.runner import lines, run, save, table
from engine import Value, grad
from viz.figures.axes import add_legend

ORDERS = ("tanh", "first", "second", "third")


def differentiate(function, x: float, times: int) -> list[float]:
    """The function at x, and its derivatives up to this order."""
    leaf = Value(x, "x")
    results = [function(leaf)]
    for _ in range(times):
        results.append(grad(results[-1], leaf, create_graph=True))
    return [result.data for result in results]


def main(out: Path, seed: int = 0) -> None:
    """tanh and its first three derivatives.

    seed   not used here: nothing is random
    """
    rows = [(f"{x:.1f}", *(f"{y + 0.0:.5f}" for y in differentiate(Value.tanh, x, 3))) for x in (-1.0, 0.0, 0.5, 2.0)]
    table(("x", *ORDERS), rows)
    xs = np.linspace(-3, 3, 121)
    curves = zip(*(differentiate(Value.tanh, x, 3) for x in xs.tolist()), strict=True)
    ax = lines(xs, dict(zip(ORDERS, curves, strict=True)), title="tanh and its derivatives", xlabel="x")
    add_legend(ax)
    save(ax, out / "derivatives.png", "Each curve is the slope of the one before it, by differentiating its graph.")

    # The graph of the first derivative, with its own gradients.
    x = Value(0.5, "x")
    slope = grad(x.tanh(), x, create_graph=True)
    slope.label = "slope"
    slope.backward()
    what = "The derivative of tanh is a graph as well; its gradient is the second derivative."
    save(viz.draw(slope), out / "slope.svg", what)


if __name__ == "__main__":
    run(main)
