"""Remedies against vanishing gradients: the same deep network, trained with each of them.

ReLUs have slope 1 where they are active. Leaky ReLUs are never flat. Xavier's and He's rules choose the weights so
that, over many starts, the signal and with it the gradient keep their size. Batch normalisation keeps the sums where
activations are steep. A residual connection leads the gradient around a layer. Through time, the gates of LSTM and GRU
keep the gradient alive: see `recurrent`.
"""

from pathlib import Path

from demos.deep import LAYERS, learn
from demos.runner import lines, panels, run, save, say, table
from viz.figures.axes import COLOURS, add_legend


def main(out: Path, seed: int = 0, depth: int = 30, epochs: int = 300) -> None:
    """The same points, learned by the same deep network with each remedy.

    depth    hidden layers
    epochs   of training at most; it ends once the mean loss is below 0.2
    """
    say(f"{depth} hidden layers each: the signal after the last of them, the gradients of the first and of the last "
        f"layer's weights, and how training ends, after {epochs} epochs or at a loss of 0.2.")  # fmt: skip
    print(flush=True)
    rows, found = [], {}
    for name in LAYERS:
        sizes, signal, history = found[name] = learn(name, seed, depth, epochs)
        right = f"{history.accuracy[-1]:.0%}"
        rows.append((name, f"{signal:.1e}", f"{sizes[0]:.1e}", f"{sizes[-1]:.1e}", history.epochs, right))
    table(("", "signal out", "gradient first", "last", "epochs", "right"), rows)
    print()
    say(
        "For ReLUs Xavier's start is too small: signal and gradient both fade, so their ratio says nothing, and "
        "training succeeds only by chance. He's start has twice the variance, which keeps the signal over many starts. "
        "In narrow layers a single start may still lose orders of magnitude, yet it trains. Sigmoids are never "
        "negative, so residual connections add about 0.5 to the signal at every layer until all saturate, and they "
        "learn slowly. tanh adds either sign."
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
    right.set(title="After training: share of 60 points that is right", xlim=(0, 1.15), xlabel="share")
    add_legend(left, below=True, ncols=3, fontsize=9)
    what = "Plain sigmoids lose the gradient on its way, and only learn which class is more common."
    save(axes, out / "remedies.png", what)


if __name__ == "__main__":
    run(main)
