"""Remedies against vanishing gradients: the same deep network with each of them, side by side.

ReLUs have slope 1 where they are active, leaky ReLUs nearly nowhere less than that; Xavier's and He's rules choose
the weights so that the signal, and with it the gradient, keeps its size; batch normalisation keeps the sums where
activations are steep; a residual connection leads the gradient around a layer. Through time it is the gates of LSTM
and GRU that keep it alive, if they start open.
"""

from pathlib import Path

import numpy as np

import nn
from demos import recurrent
from demos.runner import heading, lines, panels, run, save, table
from engine import grad
from engine import sum as add

LAYERS = {
    "sigmoid": ("sigmoid", "xavier_uniform"),
    "tanh, Xavier": ("tanh", "xavier_uniform"),
    "ReLU, Xavier": ("relu", "xavier_uniform"),
    "ReLU, He": ("relu", "he_uniform"),
    "leaky ReLU, He": ("leaky_relu", "he_uniform"),
    "sigmoid, batch norm": ("sigmoid", "xavier_uniform"),
    "sigmoid, residual": ("sigmoid", "xavier_uniform"),
}


def build(name: str, depth: int, generator: np.random.Generator, width: int = 10) -> nn.Sequential:
    """Two inputs, hidden layers of this kind, one output."""
    activation, init = LAYERS[name]
    layers: list[nn.Module] = []
    for number in range(depth):
        n_in = width if number else 2
        layer = nn.Layer(n_in, width, "linear" if "norm" in name else activation, init=init, generator=generator)
        layers.append(nn.Residual(layer) if "residual" in name and number else layer)
        layers += [nn.BatchNorm(width), nn.Activate(activation)] if "norm" in name else []
    return nn.Sequential(*layers, nn.Layer(width, 1, "linear", generator=generator))


def measure(model: nn.Module, X: np.ndarray, y: np.ndarray) -> list[float]:
    """The root mean square of the loss's gradient by the weights of each dense layer."""
    outputs = model.batch(X.tolist())  # batch norm looks across all rows
    losses = map(nn.binary_cross_entropy_with_logits, outputs, y.tolist())
    layers = [module for module in model.modules() if isinstance(module, nn.Layer)]
    weights = [[weight for neuron in layer.neurons for weight in neuron.weights] for layer in layers]
    slopes = iter(grad(add(losses) / len(y), [weight for layer in weights for weight in layer]))
    return [float(np.sqrt(np.mean([next(slopes) ** 2 for _ in layer]))) for layer in weights]


def main(out: Path, seed: int = 0, depth: int = 50, steps: int = 30) -> None:
    """Through depth, and through time.

    depth   hidden layers
    steps   in time of the recurrent networks
    """
    left, right = panels(1, 2, 12, 5.4, ylabel="size of the gradient (log scale)")
    X, y = nn.circle(24, np.random.default_rng(seed))
    sizes = {name: measure(build(name, depth, np.random.default_rng(seed)), X, y) for name in LAYERS}
    lines(None, sizes, left, yscale="log", xlabel="layer, from input to output", title="By the weights of each layer")

    # The same through time: by the number read at each step, before any training, the mean of five networks.
    X, y = recurrent.draw(10, steps, np.random.default_rng(seed))
    through = {}
    for name in recurrent.KINDS:
        nets = [recurrent.build(name, steps, 6, np.random.default_rng([seed, start])) for start in range(5)]
        through[name] = np.mean([recurrent.measure(net, X, y) for net in nets], axis=0)
    lines(None, through, right, yscale="log", xlabel="time step", title="By what is read at each time step")

    for what, found in ((f"Through {depth} layers", sizes), (f"Through {steps} time steps", through)):
        heading(what)
        rows = [(name, each[0], each[-1], each[0] / each[-1]) for name, each in found.items()]
        table(("gradient at the", "beginning", "end", "ratio"), rows)
    for ax in (left, right):
        ax.legend(fontsize=8)
    save(left, out / "remedies.png", "From real backward passes: plain sigmoids and a plain RNN lose the gradient.")


if __name__ == "__main__":
    run(main)
