"""The gradient check: a derivative with a bug in it, found without reading the code.

A wrong derivative does not crash. The network learns a little worse, and nobody knows why. But what a derivative means
can be measured: move a weight a little to either side, see how the loss changes, divide. Here a tanh with a bug in its
derivative hides in one layer of a network; the check finds which gradients are wrong, hence in which layer, and
then which operation.
"""

import math
from pathlib import Path

import numpy as np

import nn
from demos.runner import heading, run, save, say
from engine import Value, dot, gradcheck
from viz import plots


def buggy_tanh(x: Value) -> Value:
    """tanh, with a derivative of 1 - y where 1 - y*y is right."""
    y = math.tanh(x.data)
    slope = 1 - y
    return slope * x + (y - slope * x.data)  # a line through the right point, with the wrong slope


def build(generator: np.random.Generator) -> nn.Sequential:
    """Three layers, all supposed to be tanh."""
    first = nn.Layer(2, 2, "tanh", generator=generator)
    second = nn.Layer(2, 2, buggy_tanh, generator=generator)
    return nn.Sequential(first, second, nn.Layer(2, 1, "tanh", generator=generator))


def main(out: Path, seed: int = 0) -> None:
    """Find the bug."""
    model = build(np.random.default_rng(seed))

    heading("1. All parameters of the network")
    check = gradcheck(lambda *parameters: nn.mse(model([0.5, -1.0]), [0.3]), model.parameters())
    print(check)

    # A gradient passes through everything between its parameter and the loss. So the last layer is right, and the
    # bug is where the wrong ones begin, seen from the end.
    wrong = [result.name for result in check.rows if result.verdict == "wrong"]
    last = max(name.partition(".")[0] for name in wrong)
    print()
    say(f"{len(wrong)} of {len(check.rows)} gradients are wrong, up to those of {last}: the bug is in {last}.")
    what = "The error of each gradient. Rounding alone leaves the right ones far below the line."
    save(plots.gradcheck_errors(check), out / "errors.png", what)

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


if __name__ == "__main__":
    run(main)
