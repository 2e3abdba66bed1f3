"""Second order: what curvature says about the learning rate, and Newton's method.

`grad(..., create_graph=True)` returns gradients that are Values again, so they can be differentiated once more. The
second derivative is the curvature of the loss. It limits the learning rate, and Newton's method divides
by it: where gradient descent creeps along a bent valley for thousands of steps, Newton takes a handful.
"""

from pathlib import Path

import numpy as np

from demos.runner import heading, run, save, say, table
from engine import Value, grad
from viz import plots


def rosenbrock(x, y):
    """A bent valley with its minimum 0 at (1, 1); Rosenbrock, 1960."""
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2


def curve_at(point: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Loss, gradient and Hessian (the matrix of second derivatives) of the bent valley."""
    weights = [Value(number) for number in point.tolist()]
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
    """Curvature, and Newton.

    steps   of gradient descent, at most
    seed    not used here: nothing is random
    """
    heading("1. Curvature sets the limit of the learning rate: 2 / the largest curvature")
    small, large = np.linalg.eigvalsh(curve_at(np.array([1.0, 1.0]))[2])
    say(
        f"At the minimum (1, 1) the curvature is {small:.3f} along the valley and {large:.1f} across. So rates up to "
        f"{2 / large:.5f} converge, but creep along the valley: the two curvatures differ by a factor of "
        f"{large / small:.0f}."
    )

    heading("2. Through the bent valley from (-1.2, 1), until the loss is below 1e-6")
    ax, rows = plots.new_axes(9, 6), []
    for name, newton in (("Newton's method", True), ("gradient descent", False)):
        path = descend(newton, steps)
        rows.append((name, len(path) - 1, curve_at(path[-1])[0], f"({path[-1][0]:.4f}, {path[-1][1]:.4f})"))
        plots.descent_contour(rosenbrock, path, ax=ax, label=f"{name}: {len(path) - 1} steps")
    table(("", "steps", "loss", "at"), rows)
    ax.set(title="Rosenbrock's bent valley", xlabel="x", ylabel="y")
    save(ax, out / "newton.png", "From the ring towards (1, 1): Newton jumps, gradient descent follows the valley.")


if __name__ == "__main__":
    run(main)
