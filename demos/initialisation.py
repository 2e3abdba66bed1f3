"""Initialisation: zeros, constants, too small, too large, Xavier, He: where weights start decides whether they learn.

Weights that start alike stay alike: the neurons of a layer remain copies of one another, however long they learn.
Weights that are too large saturate a tanh and explode through ReLUs; too small ones let the signal die on its way.
Xavier's and He's rules choose the size so that signal and gradient keep theirs from layer to layer.
"""

from pathlib import Path

import numpy as np

import nn
from demos.runner import heading, panels, run, save
from demos.vanishing import measure
from engine import no_grad
from viz.plots import COLOURS, MARKERS


def scaled(deviation: float):
    """Normal weights of this standard deviation."""

    def init(n_in: int, n_out: int, generator: np.random.Generator) -> np.ndarray:
        return nn.init.normal(n_in, n_out, generator, deviation=deviation)

    return init


STARTS = {
    "zeros": nn.init.zeros,
    "constant 0.5": lambda n_in, n_out, generator: nn.init.constant(n_in, n_out, generator, number=0.5),
    "small, 0.05": scaled(0.05),
    "large, 2": scaled(2.0),
    "Xavier": nn.init.xavier_normal,
    "He": nn.init.he_normal,
}


def build(start: str, activation: str, seed: int, depth: int = 6, width: int = 10) -> nn.MLP:
    """Two inputs, hidden layers, one output, with weights that start as told."""
    generator = np.random.default_rng(seed)
    return nn.MLP(2, [width] * depth + [1], activation, init=STARTS[start], generator=generator)


def measure_signal(model: nn.MLP, X: np.ndarray) -> list[float]:
    """The root mean square of what each layer puts out."""
    sizes, rows = [], X.tolist()
    with no_grad():
        for layer in model.layers:
            rows = [[value.data for value in layer(row)] for row in rows]
            sizes.append(float(np.sqrt(np.mean(np.square(rows)))))
    return sizes


def main(out: Path, seed: int = 0, epochs: int = 150) -> None:
    """Symmetry, then size, then what that does to training.

    epochs   of training from each start
    """
    X, y = nn.circle(60, np.random.default_rng(seed))
    loss = "binary_cross_entropy_with_logits"

    heading("1. Three hidden neurons that start alike, after training")
    for start in ("zeros", "constant 0.5", "Xavier"):
        model = build(start, "tanh", seed, depth=1, width=3)
        history = nn.fit(model, X, y, loss=loss, epochs=epochs, progress=False)
        neurons = [[parameter.data for parameter in neuron.parameters()] for neuron in model.layers[0].neurons]
        print(f"  {start}: loss {history.loss[-1]:.3f}, {np.ptp(neurons, axis=0).max():.3g} apart at most")
        for number, (w1, w2, bias) in enumerate(neurons, 1):
            print(f"    neuron {number}: w1 {w1:9.5f}   w2 {w2:9.5f}   bias {bias:9.5f}")

    for activation, title in (("tanh", "tanh layers"), ("relu", "ReLU layers")):
        heading(f"2. Signal, gradient and learning through six {title}")
        axes = panels(1, 3, 12, 4.2)
        print(f"  {'start':14}{'signal: first':>15}{'last hidden':>12}{'gradient: first':>17}{'last':>9}{'loss':>10}")
        for number, start in enumerate(STARTS):
            model = build(start, activation, seed)
            signal, gradient = measure_signal(model, X)[:-1], measure(model, X, y)
            optimizer = nn.SGD(model.parameters(), lr=0.03, momentum=0.9)
            history = nn.fit(model, X, y, loss=loss, optimizer=optimizer, epochs=epochs, progress=False)
            print(
                f"  {start:14}{signal[0]:15.2g}{signal[-1]:12.2g}{gradient[0]:17.2g}{gradient[-1]:9.2g}"
                f"{history.loss[-1]:10.3g}"
            )
            looks = {"color": COLOURS[number], "marker": MARKERS[number], "markersize": 5, "label": start}
            axes[0].plot(range(1, len(signal) + 1), signal, **looks)
            axes[1].plot(range(1, len(gradient) + 1), gradient, **looks)
            axes[2].plot(range(1, history.epochs + 1), history.loss, markevery=max(1, epochs // 6), **looks)
        axes[0].set(title="Signal by layer", xlabel="hidden layer", ylabel="rms of the outputs (log scale)")
        axes[1].set(title="Gradient by layer", xlabel="layer", ylabel="rms |gradient| of weights (log scale)")
        axes[2].set(title="Training", xlabel="epoch", ylabel="mean loss (log scale)")
        for ax in axes:
            ax.set_yscale("log")
            ax.grid(alpha=0.3)
        axes[2].set_ylim(1e-3, 10)
        axes[0].legend(fontsize=8)
        what = f"Six {title} and six starts. What is exactly 0 has no place on a log scale, and is not drawn."
        save(axes, out / f"{activation}.png", what)


if __name__ == "__main__":
    run(main)
