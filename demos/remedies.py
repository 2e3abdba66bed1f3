"""Remedies against vanishing gradients: the same deep network with each of them, trained side by side.

ReLUs have slope 1 where they are active, leaky ReLUs nearly nowhere less than that; Xavier's and He's rules choose
the weights so that the signal, and with it the gradient, keeps its size; batch normalisation keeps the sums where
activations are steep; a residual connection leads the gradient around a layer. Through time it is the gates of LSTM
and GRU that keep it alive: see `recurrent`.
"""

from pathlib import Path

import viz
from demos.claims import Claim
from demos.deep import LAYERS, fade, learn, reach
from demos.runner import lines, panels, run, save, say, table
from viz.figures.axes import COLOURS, add_legend


def compare(name: str, wanted: float, of: str = "sigmoid") -> Claim:
    """The claim that this remedy lets a deep network train, to this accuracy."""
    return Claim(
        f"{name}: 30 layers train",
        lambda seed: (learn(name, seed)[2].accuracy[-1], learn(of, seed)[2].accuracy[-1]),
        lambda remedy, plain: remedy > wanted > 0.7 > plain,
        f"{{:.0%}} right, {of} {{:.0%}}",
    )


CLAIMS = [
    Claim("Xavier's start keeps the gradient of 30 tanh layers",
          lambda seed: (fade("tanh, Xavier", seed), fade("sigmoid", seed)),
          lambda tanh, sigmoid: tanh > 0.05 > 1e-12 > sigmoid, "{:.2g} of the last reaches the first, sigmoid {:.0e}"),
    compare("ReLU, He", 0.9),
    compare("leaky ReLU, He", 0.9),
    compare("sigmoid, batch norm", 0.9),
    compare("sigmoid, residual", 0.8),
    compare("tanh, residual", 0.9),
]  # fmt: skip


def main(out: Path, seed: int = 0, depth: int = 30, epochs: int = 300) -> None:
    """The same points, learned by the same deep network with each remedy.

    depth    hidden layers
    epochs   of training
    """
    say(f"{depth} hidden layers of each kind: the signal that comes out of the last, the gradient of the first layer's "
        f"weights and of the last's; and how {epochs} epochs of training with Adam end.")  # fmt: skip
    print(flush=True)
    rows, found = [], {}
    for name in LAYERS:
        sizes, signal, history = found[name] = learn(name, seed, depth, epochs)
        right = f"{history.accuracy[-1]:.0%}"
        rows.append((name, f"{signal:.1e}", f"{sizes[0]:.1e}", f"{sizes[-1]:.1e}", history.loss[-1], right))
    table(("", "signal out", "gradient in", "out", "loss then", "right"), rows)
    print()
    say(
        "Look at sizes, not at ratios: with Xavier's start the signal of ReLUs fades on its way there as the gradient "
        "does on its way back, and both ends have a gradient alike, next to none. Sigmoids are never negative: summed "
        "by residual connections they grow by a half with every layer, until all saturate; tanh adds either sign."
    )
    there = viz.shrink("relu", {depth, 50}, init="he", seed=seed).series["relu", "he"].gradients[0]
    say(
        f"`vanishing` has {there:.1g} for ReLUs with He's start: it sends a gradient of size 1 back for a row of size "
        f"1, and takes the norm of the layer. So measured it is {reach('ReLU, He', seed, depth):.1g} here; the rest is "
        "chance, narrow layers differ by factors of a hundred. In the table the two classes pull in opposite ways."
    )

    left, right = axes = panels(1, 2, 12, 5.4)
    lines(None, {name: each[0] for name, each in found.items()}, left, yscale="log")
    left.set(
        title="Before training: gradient by layer", xlabel="layer, from input to output", ylabel="size (log scale)"
    )
    names = list(found)
    hues = COLOURS[: len(names)]  # those of the lines
    bars = right.barh(names[::-1], [found[name][2].accuracy[-1] for name in names[::-1]], color=hues[::-1])
    right.bar_label(bars, [f"{found[name][2].accuracy[-1]:.0%}" for name in names[::-1]], padding=4)
    right.set(title=f"After {epochs} epochs: share of 60 points that is right", xlim=(0, 1.15), xlabel="share")
    add_legend(left, below=True, ncols=3, fontsize=9)
    what = "Without a remedy the gradient is lost on its way, and the network only learns which kind is commoner."
    save(axes, out / "remedies.png", what)


if __name__ == "__main__":
    run(main)
