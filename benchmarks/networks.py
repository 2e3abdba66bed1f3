"""A multi-layer perceptron's training step on arrays: value, gradient and update, program by program."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

import engine
import nn
from benchmarks.contest import Step
from engine import Value
from engine.tape import Tape, record
from nn.init import assign

RATE = 0.01


@dataclass(frozen=True)
class Problem:
    """widths of the layers, inputs first; activation "relu" or "tanh"; loss "hinge" or "cross_entropy".

    X (samples, inputs); y (samples,) of -1 and +1, or of classes
    decay   the factor of the sum of all squared parameters in the loss
    """

    widths: tuple[int, ...]
    activation: str
    loss: str
    X: np.ndarray
    y: np.ndarray
    decay: float = 0.0

    def start(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Weights (outputs, inputs) and biases (outputs,) of each layer."""
        generator = np.random.default_rng(1)
        pairs = pairwise(self.widths)
        return [(generator.uniform(-1, 1, (n, m)) / np.sqrt(m), np.zeros(n)) for m, n in pairs]


def draw_moons(count: int, **options: Any) -> Problem:
    """Two moons and micrograd's MLP 2-16-16-1 with its max-margin loss."""
    generator = np.random.default_rng(0)
    angle = generator.uniform(0, np.pi, count)
    y = np.where(np.arange(count) % 2, 1.0, -1.0)
    X = np.stack([np.cos(angle) * y + (y < 0), np.sin(angle) * y + (y < 0) / 2], axis=1)
    X = X + generator.normal(0, 0.1, X.shape)
    return Problem((2, 16, 16, 1), options.pop("activation", "relu"), "hinge", X, y, **options)


def choose_digits(count: int) -> Problem:
    """The first 8x8 digits, and MLP 64-32-10 with cross-entropy."""
    digits = nn.load_digits()
    return Problem((64, 32, 10), "relu", "cross_entropy", digits.X[:count] / 16, digits.y[:count])


def build_model(problem: Problem) -> nn.MLP:
    """The network as an nn.MLP with the problem's parameters."""
    model = nn.MLP(problem.widths[0], list(problem.widths[1:]), problem.activation)
    for layer, (weights, biases) in zip(model.layers, problem.start(), strict=True):
        for neuron, row, bias in zip(layer.neurons, weights.tolist(), biases.tolist(), strict=True):
            assign([*neuron.weights, neuron.bias], [*row, bias])
    return model


def listed(outputs: Any) -> list[Value]:
    """A network's outputs as a list, also where there is one."""
    return [outputs] if isinstance(outputs, Value) else list(outputs)


def sample_loss(problem: Problem, outputs: list[Value], target: Any) -> Value:
    """Of one sample; `target` is -1 or +1, or a list with a 1 at the class."""
    if problem.loss == "hinge":
        return (1 - target * outputs[0]).relu()
    return engine.logsumexp(outputs) - engine.dot(target, outputs)


def gradwalk(problem: Problem) -> Step:
    """One sample recorded, replayed over the batch."""
    model = build_model(problem)
    inputs = [Value(0.0) for _ in range(problem.widths[0])]
    if problem.loss == "hinge":
        target: Any = Value(1.0)
        targets, columns = [target], np.column_stack([problem.X, problem.y])
    else:
        target = targets = [Value(0.0) for _ in range(problem.widths[-1])]
        columns = np.column_stack([problem.X, np.eye(len(targets))[problem.y]])
    batch = np.asfortranarray(columns)
    loss = sample_loss(problem, listed(model(inputs)), target)
    if problem.decay:
        loss = loss + problem.decay * sum(p * p for p in model.parameters())
    return replay(record(loss, [*inputs, *targets]), batch)


def replay(tape: Tape, *batch: np.ndarray) -> Step:
    """Value, gradient and update by a tape."""

    def step() -> float:
        value, gradient = tape.value_and_gradient(*batch)
        tape.parameters -= RATE * gradient
        return value

    return step


def gradwalk_whole(problem: Problem) -> Step:
    """The loss of the whole batch recorded as one graph."""
    model = build_model(problem)
    losses = [
        sample_loss(problem, listed(model(row)), target)
        for row, target in zip(problem.X.tolist(), problem.y.tolist(), strict=True)
    ]
    return replay(record(sum(losses) * (1 / len(losses))))


def numpy(problem: Problem) -> Step:
    """As people write it."""
    parameters = problem.start()
    X, y, count = problem.X, problem.y, len(problem.y)
    activate = {"relu": lambda a: np.maximum(a, 0), "tanh": np.tanh}[problem.activation]
    slope = {"relu": lambda a, h: a > 0, "tanh": lambda a, h: 1 - h * h}[problem.activation]

    def step() -> float:
        h, hidden, sums = X, [X], []
        for index, (W, b) in enumerate(parameters):
            a = h @ W.T + b
            h = activate(a) if index < len(parameters) - 1 else a
            sums.append(a)
            hidden.append(h)
        if problem.loss == "hinge":
            margin = 1 - y * h[:, 0]
            loss = np.maximum(margin, 0).mean()
            d = (-y * (margin > 0) / count)[:, None]
        else:
            shifted = h - h.max(axis=1, keepdims=True)
            powers = np.exp(shifted)
            total = powers.sum(axis=1, keepdims=True)
            loss = (np.log(total[:, 0]) - shifted[np.arange(count), y]).mean()
            d = powers / total
            d[np.arange(count), y] -= 1
            d /= count
        if problem.decay:
            loss += problem.decay * sum((p * p).sum() for layer in parameters for p in layer)
        gradients = []
        for index in range(len(parameters) - 1, -1, -1):
            gradients.append((d.T @ hidden[index], d.sum(axis=0)))
            if index:
                d = d @ parameters[index][0] * slope(sums[index - 1], hidden[index])
        for layer, slopes in zip(parameters, reversed(gradients), strict=True):
            for p, g in zip(layer, slopes, strict=True):
                p -= RATE * (g + 2 * problem.decay * p if problem.decay else g)
        return float(loss)

    return step


def array_loss(problem: Problem, np: Any, parameters: Any, X: Any, y: Any) -> Any:
    """The loss on arrays of anything that has NumPy's functions."""
    activate = {"relu": lambda a: np.maximum(a, 0.0), "tanh": np.tanh}[problem.activation]
    h = X
    for index, (W, b) in enumerate(parameters):
        h = np.dot(h, W.T) + b
        h = activate(h) if index < len(parameters) - 1 else h
    if problem.loss == "hinge":
        loss = np.mean(np.maximum(1 - y * h[:, 0], 0.0))
    elif problem.loss == "binary_cross_entropy_with_logits":
        loss = np.mean(np.logaddexp(0.0, h[:, 0]) - y * h[:, 0])
    else:
        largest = np.max(h, axis=1)
        sums = np.sum(np.exp(h - largest[:, None]), axis=1)
        loss = np.mean(np.log(sums) + largest - h[np.arange(len(y)), y])
    if problem.decay:
        loss = loss + problem.decay * sum(np.sum(p * p) for layer in parameters for p in layer)
    return loss


def jax(problem: Problem) -> Step:
    """Jitted: value, gradient and update in one call."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    X, y = jnp.array(problem.X), jnp.array(problem.y)
    state = [tuple(map(jnp.array, layer)) for layer in problem.start()]

    @jax.jit
    def update(parameters: Any, X: Any, y: Any) -> Any:
        value, gradient = jax.value_and_grad(lambda p: array_loss(problem, jnp, p, X, y))(parameters)
        return value, jax.tree.map(lambda p, g: p - RATE * g, parameters, gradient)

    def step() -> float:
        nonlocal state
        value, state = update(state, X, y)
        return float(value)

    return step


def autograd(problem: Problem) -> Step:
    """HIPS autograd."""
    import autograd.numpy as anp
    from autograd import value_and_grad

    state = [tuple(layer) for layer in problem.start()]
    differentiate = value_and_grad(lambda p: array_loss(problem, anp, p, problem.X, problem.y))

    def step() -> float:
        nonlocal state
        value, gradient = differentiate(state)
        state = [tuple(p - RATE * g for p, g in zip(*pair, strict=True)) for pair in zip(state, gradient, strict=True)]
        return float(value)

    return step


def torch(problem: Problem) -> Step:
    """Eager, with its own modules' functions."""
    import torch
    from torch.nn import functional

    torch.set_num_threads(1)
    X, y = torch.tensor(problem.X), torch.tensor(problem.y)
    layers = [tuple(torch.tensor(p, requires_grad=True) for p in layer) for layer in problem.start()]
    parameters = [p for layer in layers for p in layer]
    activate = {"relu": torch.relu, "tanh": torch.tanh}[problem.activation]

    def step() -> float:
        h = X
        for index, (W, b) in enumerate(layers):
            h = functional.linear(h, W, b)
            h = activate(h) if index < len(layers) - 1 else h
        loss = torch.relu(1 - y * h[:, 0]).mean() if problem.loss == "hinge" else functional.cross_entropy(h, y)
        if problem.decay:
            loss = loss + problem.decay * sum((p * p).sum() for p in parameters)
        for p in parameters:
            p.grad = None
        loss.backward()
        with torch.no_grad():
            for p in parameters:
                p -= RATE * p.grad
        return loss.item()

    return step


def casadi(problem: Problem) -> Step:
    """An SX function of one sample, mapped over the batch."""
    import casadi as ca

    start = problem.start()
    sizes = [p.size for layer in start for p in layer]
    flat = ca.SX.sym("p", sum(sizes))
    x, y = ca.SX.sym("x", problem.widths[0]), ca.SX.sym("y")
    parts = ca.vertsplit(flat, [0, *np.cumsum(sizes).tolist()])
    h = x
    for index in range(len(start)):
        rows, columns = start[index][0].shape
        h = ca.reshape(parts[2 * index], columns, rows).T @ h + parts[2 * index + 1]
        if index < len(start) - 1:
            h = ca.fmax(h, 0) if problem.activation == "relu" else ca.tanh(h)
    loss = ca.fmax(1 - y * h, 0) / len(problem.y)
    one = ca.Function("one", [flat, x, y], [loss, ca.gradient(loss, flat)])
    whole = one.map("whole", "serial", len(problem.y), [0], [0, 1])
    state = np.concatenate([p.ravel() for layer in start for p in layer])
    X, targets = problem.X.T.copy(), problem.y[None].copy()

    def step() -> float:
        value, gradient = whole(state, X, targets)
        np.subtract(state, RATE * np.asarray(gradient)[:, 0], state)
        return float(value)

    return step


PROGRAMS: dict[str, Callable[[Problem], Step]] = {
    "NumPy": numpy, "JAX jit": jax, "PyTorch": torch, "HIPS autograd": autograd, "CasADi SX": casadi,
}  # fmt: skip
MODULES = {"JAX jit": "jax", "PyTorch": "torch", "HIPS autograd": "autograd", "CasADi SX": "casadi"}
