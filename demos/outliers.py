"""Outliers: what one wrong number among five does to the squared error, the absolute error and Huber's loss.

The gradient of the squared error grows with the error, so one price that is ten times too high pulls harder than all
others together. The gradient of the absolute error is the same size for small and large errors: an outlier hardly
matters, but there is a kink at the minimum. Huber's loss is a parabola near 0 and a straight line beyond, and has the
best of both.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import lines, once, panels, run, save, table
from engine import Value, grad
from engine import sum as add
from viz.figures.axes import add_legend

PRICES = 300, 310, 320, 330, 3400  # thousands; the last is a slip of the pen
LOSSES = {"squared error": nn.mse, "absolute error": nn.mae, "Huber": nn.huber}


@once
def answer(name: str, prices: tuple[float, ...] = PRICES) -> float:
    """The single price with the lowest loss over all of these or, where several have it, the one nearest to 300."""
    w = Value(300.0)
    sgd = nn.SGD([w], lr=0.5)
    for _ in range(300):
        sgd.zero_grad()
        (add([LOSSES[name](w, price) for price in prices]) / len(prices)).backward()
        sgd.step()
    return w.data


def pull(name: str) -> float:
    """How far the slip of the pen moves the answer."""
    return answer(name) - answer(name, PRICES[:-1])


def main(out: Path, seed: int = 0) -> None:
    """Find the best single answer to five prices, and draw the curves that explain it.

    seed   not used here: nothing is random
    """
    print(f"Prices: {', '.join(map(str, PRICES))}.\nThe best single answer or, of several, the lowest:\n")
    rows = [(name, *(f"{found:.0f}" for found in (answer(name, PRICES[:-1]), answer(name)))) for name in LOSSES]
    table(("", "without the last", "with it"), rows)
    errors = np.linspace(-4, 4, 161)
    left, right = axes = panels(1, 2, 10, 4, "error")
    losses, slopes = {}, {}
    for name, loss in LOSSES.items():
        leaves = [Value(error) for error in errors.tolist()]
        costs = [loss(leaf, 0.0) for leaf in leaves]
        losses[name] = [cost.data for cost in costs]
        slopes[name] = [grad(cost, leaf) for cost, leaf in zip(costs, leaves, strict=True)]
    lines(errors, losses, left, title="Loss", ylim=(0, 8))
    lines(errors, slopes, right, title="Gradient: how hard an error pulls")
    add_legend(right)
    save(axes, out / "outliers.png", "The squared error pulls harder the larger the error is; the two others do not.")


if __name__ == "__main__":
    run(main)
