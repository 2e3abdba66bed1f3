"""Deep networks, plain and with each remedy against vanishing gradients: built, measured and trained."""

import numpy as np

import nn
from demos.runner import once
from engine import grad, no_grad
from engine import sum as add

LOSS = "binary_cross_entropy_with_logits"
LAYERS = {
    "sigmoid": ("sigmoid", "xavier_uniform"),
    "tanh, Xavier": ("tanh", "xavier_uniform"),
    "ReLU, Xavier": ("relu", "xavier_uniform"),
    "ReLU, He": ("relu", "he_uniform"),
    "leaky ReLU, He": ("leaky_relu", "he_uniform"),
    "sigmoid, batch norm": ("sigmoid", "xavier_uniform"),
    "sigmoid, residual": ("sigmoid", "xavier_uniform"),
    "tanh, residual": ("tanh", "xavier_uniform"),
}


def build(name: str, depth: int, generator: np.random.Generator, width: int = 10) -> nn.Sequential:
    """Two inputs, hidden layers as this row of `LAYERS` says, one output."""
    activation, init = LAYERS[name]
    layers: list[nn.Module] = []
    for number in range(depth):
        n_in = width if number else 2
        layer = nn.Layer(n_in, width, "linear" if "norm" in name else activation, init=init, generator=generator)
        layers.append(nn.Residual(layer) if "residual" in name and number else layer)
        layers += [nn.BatchNorm(width), nn.Activate(activation)] if "norm" in name else []
    return nn.Sequential(*layers, nn.Layer(width, 1, "linear", generator=generator))


def find_weights(model: nn.Module) -> list[list]:
    """The weights of each dense layer, as Values."""
    layers = [module for module in model.modules() if isinstance(module, nn.Layer)]
    return [[weight for neuron in layer.neurons for weight in neuron.weights] for layer in layers]


def measure(model: nn.Module, X: np.ndarray, y: np.ndarray) -> list[float]:
    """The root mean square of the loss's gradient with respect to the weights of each dense layer."""
    outputs = model.batch(X.tolist())  # batch norm looks across all rows
    losses = map(nn.binary_cross_entropy_with_logits, outputs, y.tolist())
    weights = find_weights(model)
    slopes = iter(grad(add(losses) / len(y), [weight for layer in weights for weight in layer]))
    return [float(np.sqrt(np.mean([next(slopes) ** 2 for _ in layer]))) for layer in weights]


def measure_signal(model: nn.Sequential, X: np.ndarray) -> float:
    """The root mean square of the last hidden layer's outputs."""
    with no_grad():
        rows = nn.Sequential(*list(model.layers)[:-1]).batch(X.tolist())
        return float(np.sqrt(np.mean([[value.data**2 for value in row] for row in rows])))


@once
def learn(name: str, seed: int, depth: int = 30, epochs: int = 300) -> tuple[list[float], float, nn.History]:
    """The gradient of each layer and the last signal, before training; and the training, down to a loss of 0.2."""
    X, y = nn.circle(60, np.random.default_rng(seed))
    model = build(name, depth, np.random.default_rng(seed))
    sizes, signal = measure(model, X[:16], y[:16]), measure_signal(model, X[:16])
    adam = nn.Adam(model.parameters(), lr=0.002, clip_norm=1.0)  # at 0.01 the deep tanh network does not train
    history = nn.fit(model, X, y, loss=LOSS, optimizer=adam, epochs=epochs, threshold=0.2, progress=False)
    return sizes, signal, history


def fade(name: str, seed: int) -> float:
    """The gradient of the first layer, divided by that of the last."""
    sizes = learn(name, seed)[0]
    return sizes[0] / sizes[-1]


@once
def move(name: str, seed: int, depth: int = 50) -> list[float]:
    """How far the weights of each dense layer of a deep network move in a hundred steps of training."""
    X, y = nn.circle(24, np.random.default_rng(seed))
    model = build(name, depth, np.random.default_rng(seed))
    before = [[weight.data for weight in layer] for layer in find_weights(model)]
    nn.fit(model, X, y, loss=LOSS, optimizer=nn.SGD(model.parameters(), lr=0.5), epochs=100, progress=False)
    pairs = zip(find_weights(model), before, strict=True)
    return [max(abs(w.data - start) for w, start in zip(*pair, strict=True)) for pair in pairs]
