"""Initialisation: zeros, constants, too small, too large, Xavier, He: where weights start decides whether they learn.

Weights that start alike stay alike: the neurons of a layer remain copies of one another, however long they learn.
Weights that are too large saturate a tanh, whose slope is then next to 0; through ReLUs the signal explodes. Either way
the network does worse on its own points and on new ones. If weights are too small, the signal dies on its way.
Xavier's and He's rules choose the size so that signal and gradient keep theirs from layer to layer.
"""

from pathlib import Path

import numpy as np

import nn
from demos.diagnosis import find
from demos.runner import heading, lines, panels, run, save, say, table
from demos.starts import STARTS, build, learn, part
from viz.figures.axes import add_legend


def main(out: Path, seed: int = 0, epochs: int = 200) -> None:
    """Symmetry, then size, then what that does to training.

    epochs   of training from each start
    """
    heading("1. Three hidden neurons that start alike, after training")
    for start in ("zeros", "constant 0.5", "Xavier"):
        loss, neurons = part(start, seed, epochs)
        print(f"  {start}: loss {loss:.3f}")
        for w1, w2, bias in neurons:
            print(f"    w1 {w1:9.5f}   w2 {w2:9.5f}   bias {bias:9.5f}")
    X, y = nn.circle(60, np.random.default_rng(seed))
    for start, finding in (("zeros", "symmetric"), ("large, 2", "saturated")):
        print(f"\nThe doctor, of {start}:\n{find(build(start, 'tanh', seed), X, y, finding)}")

    for number, activation, title in ((2, "tanh", "tanh layers"), (3, "relu", "ReLU layers")):
        heading(f"{number}. Signal, gradient and learning through six {title}")
        found = {start: learn(start, activation, seed, epochs) for start in STARTS}
        rows = [
            (name, each["signal"][-1], f"{each['slope']:.2f}", f"{each['saturated']:.0%}", each["gradient"][0],
             each["loss"][-1], f"{each['trained']:.0%}", f"{each['new']:.0%}")
            for name, each in found.items()
        ]  # fmt: skip
        say("Signal after the sixth layer, gradient at the first, and right answers on its own points and on new ones:")
        print()
        table(("start", "signal", "slope", "flat", "gradient", "loss", "right", "new"), rows)
        left, middle, right = axes = panels(1, 3, 12, 4.2)
        curves = [{name: each[what] for name, each in found.items()} for what in ("signal", "gradient", "loss")]
        lines(None, curves[0], left, yscale="log", title="Signal by layer", xlabel="hidden layer")
        lines(None, curves[1], middle, yscale="log", title="Gradient by layer", xlabel="layer")
        lines(None, curves[2], right, yscale="log", title="Training: mean loss", xlabel="epoch", ylim=(1e-3, 10))
        add_legend(right, fontsize=9)
        what = f"Six {title} and six starts, root mean squares on log scales, on which 0 cannot be drawn."
        save(axes, out / f"{activation}.png", what)
        if activation == "tanh":
            large, xavier = found["large, 2"]["passed"], found["Xavier"]["passed"]
            print()
            say(
                "A neuron is flat if its slope is below 0.05. Large weights make most neurons flat, yet the gradient "
                "stays large, because weights multiply it too, not only slopes. A layer multiplies it by about the "
                "size of a weight, the root of the number of neurons and the root mean square of the slopes: 2 · √10 · "
                f"{large:.2f} = {2 * 10**0.5 * large:.1f}, with Xavier's start √(2/20) · √10 · {xavier:.2f} = "
                f"{xavier:.2f}. It reaches the few steep neurons; the flat ones hardly move from where they start."
            )


if __name__ == "__main__":
    run(main)
