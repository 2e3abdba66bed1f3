"""Initialisation: zeros, constants, too small, too large, Xavier, He: where weights start decides whether they learn.

Weights that start alike stay alike: the neurons of a layer remain copies of one another, however long they learn.
Weights that are too large saturate a tanh and explode through ReLUs; too small ones let the signal die on its way.
Xavier's and He's rules choose the size so that signal and gradient keep theirs from layer to layer.
"""

from functools import partial
from pathlib import Path

import numpy as np

import nn
from demos.deep import measure
from demos.runner import heading, lines, panels, run, save, table
from engine import no_grad

LOSS = "binary_cross_entropy_with_logits"
STARTS = {
    "zeros": nn.init.zeros,
    "constant 0.5": partial(nn.init.constant, number=0.5),
    "small, 0.05": partial(nn.init.normal, deviation=0.05),
    "large, 2": partial(nn.init.normal, deviation=2.0),
    "Xavier": nn.init.xavier_normal,
    "He": nn.init.he_normal,
}


def build(start: str, activation: str, seed: int, depth: int = 6, width: int = 10) -> nn.MLP:
    """Two inputs, hidden layers, one output, with weights that start as told."""
    generator = np.random.default_rng(seed)
    return nn.MLP(2, [width] * depth + [1], activation, init=STARTS[start], generator=generator)


def measure_signal(model: nn.MLP, X: np.ndarray) -> list[float]:
    """The root mean square of what each hidden layer puts out."""
    sizes, rows = [], X.tolist()
    with no_grad():
        for layer in model.layers[:-1]:
            rows = [[value.data for value in layer(row)] for row in rows]
            sizes.append(float(np.sqrt(np.mean(np.square(rows)))))
    return sizes


def main(out: Path, seed: int = 0, epochs: int = 150) -> None:
    """Symmetry, then size, then what that does to training.

    epochs   of training from each start
    """
    X, y = nn.circle(60, np.random.default_rng(seed))

    heading("1. Three hidden neurons that start alike, after training")
    for start in ("zeros", "constant 0.5", "Xavier"):
        model = build(start, "tanh", seed, depth=1, width=3)
        history = nn.fit(model, X, y, loss=LOSS, epochs=epochs, progress=False)
        print(f"  {start}: loss {history.loss[-1]:.3f}")
        for neuron in model.layers[0].neurons:
            w1, w2, bias = (parameter.data for parameter in neuron.parameters())
            print(f"    w1 {w1:9.5f}   w2 {w2:9.5f}   bias {bias:9.5f}")

    for activation, title in (("tanh", "tanh layers"), ("relu", "ReLU layers")):
        heading(f"2. Signal, gradient and learning through six {title}")
        signals, gradients, losses = {}, {}, {}
        for start in STARTS:
            model = build(start, activation, seed)
            signals[start], gradients[start] = measure_signal(model, X), measure(model, X, y)
            sgd = nn.SGD(model.parameters(), lr=0.03, momentum=0.9)
            losses[start] = nn.fit(model, X, y, loss=LOSS, optimizer=sgd, epochs=epochs, progress=False).loss
        rows = [(name, s[0], s[-1], gradients[name][0], gradients[name][-1], losses[name][-1])
                for name, s in signals.items()]  # fmt: skip
        table(("start", "signal 1st", "last", "gradient 1st", "last", "loss"), rows)
        left, middle, right = axes = panels(1, 3, 12, 4.2)
        lines(None, signals, left, yscale="log", title="Signal by layer", xlabel="hidden layer")
        lines(None, gradients, middle, yscale="log", title="Gradient by layer", xlabel="layer")
        lines(None, losses, right, yscale="log", title="Training: mean loss", xlabel="epoch", ylim=(1e-3, 10))
        left.legend(fontsize=8)
        what = f"Six {title} and six starts, root mean squares on log scales, where 0 has no place and is not drawn."
        save(axes, out / f"{activation}.png", what)


if __name__ == "__main__":
    run(main)
