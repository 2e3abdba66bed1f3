"""Second order: gradients of gradients, what curvature says about the learning rate, and Newton's method.

`grad(..., create_graph=True)` returns gradients that are Values again: they can be drawn, and differentiated once more.
The second derivative is the curvature of the loss. It tells how large a learning rate may be, and Newton's method
divides by it: where gradient descent creeps along a bent valley for thousands of steps, Newton takes a handful.
"""

from pathlib import Path

import numpy as np

import viz
from demos.runner import heading, panels, run, save, say
from engine import Value, grad
from viz.plots import COLOURS, new_axes


def differentiate(function, x: float, times: int) -> list[float]:
    """The function at x, and its derivatives up to this order."""
    leaf = Value(x, "x")
    results = [function(leaf)]
    for _ in range(times):
        results.append(grad(results[-1], leaf, create_graph=True))
    return [result.data for result in results]


def rosenbrock(x, y):
    """A bent valley with its minimum 0 at (1, 1); Rosenbrock, 1960."""
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2


def curve_at(point: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Loss, gradient and Hessian (the matrix of second derivatives) of the bent valley."""
    weights = [Value(number, name) for number, name in zip(point.tolist(), "xy", strict=True)]
    loss = rosenbrock(*weights)
    slopes = grad(loss, weights, create_graph=True)
    return loss.data, np.array([slope.data for slope in slopes]), np.array([grad(slope, weights) for slope in slopes])


def descend(newton: bool, steps: int, rate: float = 0.001) -> np.ndarray:
    """The path from (-1.2, 1) by gradient descent or by Newton's method, until the loss is below 1e-6."""
    path = [np.array([-1.2, 1.0])]
    for _ in range(steps):
        loss, gradient, hessian = curve_at(path[-1])
        if loss < 1e-6:
            break
        path.append(path[-1] - (np.linalg.solve(hessian, gradient) if newton else rate * gradient))
    return np.array(path)


def main(out: Path, seed: int = 0, steps: int = 2000) -> None:
    """Derivatives of any order, curvature, Newton.

    steps   of gradient descent, at most
    seed    not used here: nothing is random
    """
    heading("1. tanh and its first three derivatives, from the graph")
    print(f"  {'x':>6}{'tanh':>10}{'first':>10}{'second':>10}{'third':>10}")
    for x in (-1.0, 0.0, 0.5, 2.0):
        print(f"  {x:6.1f}" + "".join(f"{number + 0.0:10.5f}" for number in differentiate(Value.tanh, x, 3)))
    xs = np.linspace(-3, 3, 121)
    rows = np.array([differentiate(Value.tanh, x, 3) for x in xs])
    ax = new_axes(7, 4.4)
    for order, name in enumerate(("tanh", "first derivative", "second", "third")):
        ax.plot(xs, rows[:, order], ("-", "--", "-.", ":")[order], color=COLOURS[order], linewidth=2, label=name)
    ax.set(xlabel="x", title="tanh and its derivatives")
    ax.grid(alpha=0.3)
    ax.legend()
    save(
        ax,
        out / "derivatives.png",
        "Each curve is the slope of the one before it, computed by differentiating its graph.",
    )

    x = Value(0.5, "x")
    slope = grad(x.tanh(), x, create_graph=True)
    slope.label = "slope"
    slope.backward()
    save(
        viz.draw(slope),
        out / "slope.svg",
        "The derivative of tanh is a graph as well; its gradient is the second derivative.",
    )

    heading("2. Curvature sets the limit of the learning rate: 2 / the largest curvature")
    _, _, hessian = curve_at(np.array([1.0, 1.0]))
    small, large = np.linalg.eigvalsh(hessian)
    say(
        f"At the minimum (1, 1) the curvature is {small:.3f} along the valley and {large:.1f} across. So rates up to "
        f"{2 / large:.5f} come down, and along the valley they creep: the ratio of the two is {large / small:.0f}."
    )

    heading("3. Through the bent valley from (-1.2, 1), until the loss is below 1e-6")
    X, Y = np.meshgrid(np.linspace(-1.6, 1.6, 200), np.linspace(-4.2, 2.2, 200))
    axes = panels(1, 2, 11, 5, sharey=True)
    for ax, newton, colour in zip(axes, (False, True), COLOURS, strict=False):
        path = descend(newton, steps)
        loss, name = curve_at(path[-1])[0], "Newton's method" if newton else "gradient descent"
        told = f"{len(path) - 1} steps, loss {loss:.2g}"
        print(f"  {name:18} {told}, at ({path[-1][0]:.4f}, {path[-1][1]:.4f})")
        ax.contour(X, Y, rosenbrock(X, Y), levels=np.geomspace(0.5, 2000, 12), colors="grey", linewidths=0.7)
        ax.plot(*path.T, "o-", color=colour, markersize=5 if newton else 3, linewidth=1)
        ax.plot(*path[0], "s", color="black", markersize=8)
        ax.plot(1, 1, "*", color="black", markersize=13)
        ax.set(title=f"{name}: {told}", xlabel="x")
    axes[0].set_ylabel("y")
    save(axes, out / "newton.png", "From the square to the star, on Rosenbrock's function.")


if __name__ == "__main__":
    run(main)
