"""Local minima: valleys that are not the deepest, in which descent stays because the slope is 0 there too.

Plain gradient descent rolls into the valley below its start and stays there. Momentum keeps some of its speed,
and may roll through a shallow valley and over the hill behind it. Neither knows where the deepest valley is: from
another start, both end elsewhere.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import heading, panels, run, save, say, table
from engine import Value
from viz import plots

STEPS, RATE = 120, 0.1
MOMENTA = {"plain": 0.0, "momentum 0.9": 0.9}


def curve(w):
    """Two valleys: one near 2.13, and a deeper one near -2.33."""
    return 0.05 * w**4 - 0.5 * w**2 + 0.2 * w


def descend(momentum: float, start: float = 4.0) -> np.ndarray:
    """The weight at first and after each step."""
    w = Value(start)
    sgd = nn.SGD([w], lr=RATE, momentum=momentum)
    path = [start]
    for _ in range(STEPS):
        sgd.zero_grad()
        curve(w).backward()
        sgd.step()
        path.append(w.data)
    return np.array(path)


def slope(w: float) -> float:
    """The gradient at a weight."""
    leaf = Value(w)
    curve(leaf).backward()
    return leaf.grad


def main(out: Path, seed: int = 0) -> None:
    """Two descents from the same start, and from others.

    seed   not used here: nothing is random
    """
    heading(f"Down 0.05w⁴ - 0.5w² + 0.2w, from 4, {STEPS} steps at a rate of {RATE:g}")
    axes, line = panels(1, 2, 11, 4.4, sharey=True), np.linspace(-4.2, 4.6, 200)
    for ax, (name, momentum) in zip(axes, MOMENTA.items(), strict=True):
        path = descend(momentum)
        ax.plot(line, curve(line), color="black", linewidth=1)
        plots.descent_curve(curve, path, ax=ax)
        ax.set(title=f"{name}: ends at {path[-1]:.2f}, loss {curve(path[-1]):.2f}", xlabel="weight w")
        ax.set(xlim=(-4.2, 4.6), ylim=(-2.2, 7))
        print(f"  {name:13} ends at {path[-1]:5.2f}: loss {curve(path[-1]):5.2f}, slope {slope(path[-1]):.0e}")
    what = "Both start at the ring on the right: plain descent stays in the first valley, momentum rolls on."
    save(axes, out / "minima.png", what)

    heading("Where both end from other starts")
    starts = [-4.0, -1.0, 0.5, 1.0, 2.0, 4.0]
    table(
        ("start", *MOMENTA),
        [(f"{start:g}", *(f"{descend(m, start)[-1]:.2f}" for m in MOMENTA.values())) for start in starts],
    )
    print()
    say("Momentum is no guarantee: from -4 it even carries the weight out of the deepest valley.")


if __name__ == "__main__":
    run(main)
