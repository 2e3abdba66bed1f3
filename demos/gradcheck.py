"""The gradient check: a derivative with a bug in it, found without reading the code.

A wrong derivative does not crash. The network learns a little worse, and nobody knows why. But what a derivative means
can be measured: move a weight a little to either side, see how the loss changes, divide. Here a tanh with a bug in its
derivative hides in one layer of a network; the check finds which gradients are wrong, and so which layer, and then,
operation by operation, which one.
"""

import math
from pathlib import Path

import numpy as np

import nn
from demos.runner import heading, run, save, say
from engine import Value, dot, grad, gradcheck
from viz.plots import COLOURS, new_axes


def buggy_tanh(x: Value) -> Value:
    """tanh, with a derivative of 1 - y where 1 - y*y is right."""
    y = math.tanh(x.data)
    return Value(y, "", "tanh", (x, 1 - y))


def build(seed: int) -> nn.Sequential:
    """Three layers, all of them said to be tanh."""
    generator = np.random.default_rng(seed)
    activations = ("tanh", buggy_tanh, "tanh")
    layers = zip((2, 2, 2), (2, 2, 1), activations, strict=True)
    return nn.Sequential(*(nn.Layer(*layer, generator=generator) for layer in layers))


def main(out: Path, seed: int = 0) -> None:
    """Find the bug, then see how small the step of a difference should be."""
    model = build(seed)
    row, target = [0.5, -1.0], [0.3]

    heading("1. All parameters of the network")
    check = gradcheck(lambda *parameters: nn.mse(model(row), target), model.parameters())
    print(check)

    # A gradient passes through everything between its parameter and the loss. So the last layer is right, and the
    # bug is where the wrong ones begin, seen from the end.
    wrong = [result.name for result in check.rows if result.verdict == "wrong"]
    last = max(name.partition(".")[0] for name in wrong)
    print()
    say(f"{len(wrong)} of {len(check.rows)} gradients are wrong, up to those of {last}: the bug is in {last}.")

    heading("2. The operations of that layer, one at a time")
    suspects = {
        "the weighted sum": lambda a, b: dot([a, b], [0.3, -0.8], 0.1),
        "its tanh": lambda a, b: buggy_tanh(a) + b,
        "the engine's tanh": lambda a, b: a.tanh() + b,
    }
    for name, function in suspects.items():
        check = gradcheck(function, [Value(0.7, "a"), Value(-0.2, "b")])
        print(f"  {name:20}{'right' if check else 'WRONG'}")
    y = math.tanh(0.7)
    print(f"\n  at 0.7, where y = {y:.6f}: {1 - y:.6f} is 1 - y, {1 - y * y:.6f} would be 1 - y*y")

    heading("3. How small a step? The error of a difference of tanh at 0.7")
    steps, x = 10.0 ** np.arange(-15, 0, 0.25), 0.7
    exact = grad((value := Value(x)).tanh(), value)
    central = abs((np.tanh(x + steps) - np.tanh(x - steps)) / (2 * steps) - exact) / exact
    forward = abs((np.tanh(x + steps) - np.tanh(x)) / steps - exact) / exact
    for name, errors in (("forward", forward), ("central", central)):
        print(f"  {name}: best {errors.min():.1e}, at a step of {steps[errors.argmin()]:.0e}")
    ax = new_axes(7, 4.4)
    ax.loglog(steps, forward, "s--", color=COLOURS[1], markersize=4, label="forward: (f(x + h) - f(x)) / h")
    ax.loglog(steps, central, "o-", color=COLOURS[0], markersize=4, label="central: (f(x + h) - f(x - h)) / 2h")
    ax.axhline(abs((1 - y) - exact) / exact, color="black", linestyle=":", label="the planted bug")
    ax.set(xlabel="step h (log scale)", ylabel="relative error (log scale)", title="The error of a measured derivative")
    ax.grid(alpha=0.3)
    ax.legend(fontsize=9)
    what = "Too large a step misses the curvature, too small a one drowns in rounding. The bug stands out from both."
    save(ax, out / "step.png", what)


if __name__ == "__main__":
    run(main)
