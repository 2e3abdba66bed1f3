"""Differences: how small a step measures a derivative best.

A gradient check divides the change of a result by the step that caused it. A large step ignores that the slope changes
on the way; with a small one, the change drowns in the rounding of the two results. The best step lies in between, and
its error is far below that of any bug. Stepping to both sides is worth the two evaluations: the error then falls with
the square of the step.
"""

from pathlib import Path

import numpy as np

from demos.runner import OptionError, lines, run, save, table
from engine import Value, grad
from viz.figures.axes import add_legend


def main(out: Path, seed: int = 0, at: float = 0.7) -> None:
    """The error of the derivative of tanh, by the step.

    at     the point, from -5 to 5
    seed   not used here: nothing is random
    """
    if abs(at) > 5:
        raise OptionError(f"at must lie between -5 and 5, where tanh has a slope to speak of, not at {at:g}")
    steps, x = 10.0 ** np.arange(-15, 0, 0.25), Value(at, "x")
    exact = grad(x.tanh(), x)
    forward = (np.tanh(at + steps) - np.tanh(at)) / steps
    central = (np.tanh(at + steps) - np.tanh(at - steps)) / (2 * steps)
    errors = {
        "to one side: (f(x + h) - f(x)) / h": abs(forward - exact) / exact,
        "to both: (f(x + h) - f(x - h)) / 2h": abs(central - exact) / exact,
        "a bug: 1 - y for 1 - y*y": np.full(len(steps), abs(1 - np.tanh(at) - exact) / exact),
    }
    best = [(name, error.min(), f"{steps[error.argmin()]:.0e}") for name, error in errors.items()]
    table((f"tanh'({at:g}) = {exact:.6f}", "least error", "at a step of"), best[:2])
    print(f"\n  The bug's error is {best[2][1]:.2g}, whatever the step.")
    settings = {"xlabel": "step h (log scale)", "ylabel": "relative error (log scale)"}
    ax = lines(steps, errors, title="The error of a measured derivative", xscale="log", yscale="log", **settings)
    add_legend(ax, below=True, ncols=2)
    what = "A large step ignores the curvature, a small one drowns in rounding. The bug stands out from both."
    save(ax, out / "step.png", what)


if __name__ == "__main__":
    run(main)
