"""Descents: how each optimiser goes down a narrow valley; `optimisers` shows them."""

import numpy as np

import nn
from demos.gradient_descent import valley
from demos.runner import once
from engine import Value

BETAS = 0.7, 0.999
OPTIMISERS = {  # the first three are drawn
    "Adam, rate 0.9": (nn.Adam, {"lr": 0.9, "betas": BETAS}),
    "momentum 0.6, rate 0.06": (nn.SGD, {"lr": 0.06, "momentum": 0.6}),
    "plain, rate 0.06": (nn.SGD, {"lr": 0.06}),
    "plain, rate 0.076": (nn.SGD, {"lr": 0.076}),
    "plain, rate 0.081": (nn.SGD, {"lr": 0.081}),
    "momentum 0.7, rate 0.9": (nn.SGD, {"lr": 0.9, "momentum": 0.7}),
    "Nesterov 0.6, rate 0.05": (nn.SGD, {"lr": 0.05, "momentum": 0.6, "nesterov": True}),
    "RMSProp, rate 0.3": (nn.RMSProp, {"lr": 0.3}),
    "RMSProp, rate 0.9": (nn.RMSProp, {"lr": 0.9}),
    "Adam, rate 0.6": (nn.Adam, {"lr": 0.6, "betas": BETAS}),
    "Adam, betas 0.9, 0.999": (nn.Adam, {"lr": 0.9}),
    "Adam without its first moment": (nn.Adam, {"lr": 0.9, "betas": (0.0, 0.999)}),
}
ADAM, MOMENTUM, PLAIN, FASTEST_PLAIN = list(OPTIMISERS)[:4]


def choose_start(seed: int) -> tuple[float, float]:
    """Where to start: far along the valley, up on one side."""
    if not seed:
        return -9.0, 2.0
    generator = np.random.default_rng(seed)
    along, across = generator.uniform((6, 1), (9, 3)) * generator.choice((-1, 1), 2)
    return float(along), float(across)


@once
def descend(name: str, seed: int = 0, steps: int = 100, noise: float = 0.0) -> np.ndarray:
    """The two weights at first and after each step, (steps + 1, 2); ends early beyond a million.

    noise   the standard deviation of where each step takes the minimum to be
    """
    optimizer_class, settings = OPTIMISERS[name]
    x, y = (Value(number) for number in choose_start(seed))
    optimizer, path = optimizer_class([x, y], **settings), [(x.data, y.data)]
    generator = np.random.default_rng(seed)
    while len(path) <= steps and np.abs(path[-1]).max() < 1e6:
        optimizer.zero_grad()
        valley(x - generator.normal(0, noise), y - generator.normal(0, noise)).backward()
        optimizer.step()
        path.append((x.data, y.data))
    return np.array(path)


def count_steps(name: str, seed: int = 0, steps: int = 100) -> float:
    """After how many steps the loss stays below 0.01; infinity if it does not."""
    above = np.flatnonzero(valley(*descend(name, seed, steps).T) >= 0.01)[-1] + 1
    return above if above < len(descend(name, seed, steps)) else np.inf


def shake(name: str, seed: int, steps: int = 100) -> float:
    """The mean loss of the second half of the steps, where each step's gradient has its own noise."""
    return float(np.mean(valley(*descend(name, seed, steps, 0.3)[-(steps // 2) :].T)))


@once
def decay(name: str, seed: int) -> list[float]:
    """Two weights, 1 at first, after 300 steps with weight decay; their gradients are noise, one's 100 times larger."""
    weights = small, large = Value(1.0), Value(1.0)
    optimizer = getattr(nn, name)(weights, lr=0.002, weight_decay=2.0)
    generator = np.random.default_rng(seed)
    for _ in range(300):
        small.grad, large.grad = generator.normal(0, (0.1, 10.0)).tolist()
        optimizer.step()
    return [weight.data for weight in weights]


def compare_decay(name: str, seed: int) -> float:
    """How far apart the two weights end."""
    small, large = decay(name, seed)
    return abs(large - small)
