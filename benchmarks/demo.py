"""micrograd's demo step over Values: 100 moons, MLP 2-16-16-1, max-margin loss with an L2 term."""

import importlib.resources
from types import ModuleType, SimpleNamespace
from typing import Any

import engine
from benchmarks.contest import Step
from benchmarks.gpt import Kit
from benchmarks.gpt import draw_numbers as draw_gpt
from benchmarks.gpt import loss as gpt_loss
from benchmarks.networks import RATE, Problem, build_model, replay
from engine import Value
from engine.tape import record

DECAY = 1e-4


def micrograd() -> Any:
    """The package's own Value and its nn."""
    from micrograd import engine, nn

    return SimpleNamespace(Value=engine.Value, nn=nn)


def micrograd_over_ours() -> Any:
    """Its nn.py as it stands, with our Value in place of its own."""
    text = importlib.resources.files("micrograd").joinpath("nn.py").read_text()
    module = ModuleType("nn_over_gradwalk")
    exec(text.replace("from micrograd.engine import Value", "from engine import Value"), module.__dict__)
    return SimpleNamespace(Value=Value, nn=module)


def scalar_step(kit: Any, problem: Problem) -> Step:
    """The step as in the demo: every sample a graph, all of them under one loss."""
    model = kit.nn.MLP(2, [16, 16, 1])
    for layer, (weights, biases) in zip(model.layers, problem.start(), strict=True):
        for neuron, row, bias in zip(layer.neurons, weights.tolist(), biases.tolist(), strict=True):
            neuron.b.data = bias
            for weight, number in zip(neuron.w, row, strict=True):
                weight.data = number

    def step() -> float:
        rows = [list(map(kit.Value, row)) for row in problem.X.tolist()]
        scores = list(map(model, rows))
        losses = [(1 + -y * score).relu() for y, score in zip(problem.y.tolist(), scores, strict=True)]
        total = sum(losses) * (1.0 / len(losses)) + DECAY * sum(p * p for p in model.parameters())
        model.zero_grad()
        total.backward()
        for p in model.parameters():
            p.data -= RATE * p.grad
        return float(total.data)

    return step


def our_step(problem: Problem) -> Step:
    """The same step with nn.MLP, row by row."""
    model = build_model(problem)
    parameters = model.parameters()

    def step() -> float:
        scores = list(map(model, problem.X.tolist()))
        losses = [(1 - y * score).relu() for y, score in zip(problem.y.tolist(), scores, strict=True)]
        total = engine.sum(losses) / len(losses) + DECAY * engine.dot(parameters, parameters)
        model.zero_grad()
        total.backward()
        for p in parameters:
            p.data -= RATE * p.grad
        return total.data

    return step


def gpt_over_micrograd() -> Step:
    """The GPT's step over micrograd's Value, with exp and log written as it writes its operations."""
    import math
    import sys

    from micrograd.engine import Value

    def exp(a: Any) -> Any:
        out = Value(math.exp(a.data), (a,), "exp")

        def backward() -> None:
            a.grad += out.data * out.grad

        out._backward = backward
        return out

    def log(a: Any) -> Any:
        out = Value(math.log(a.data), (a,), "log")

        def backward() -> None:
            a.grad += out.grad / a.data

        out._backward = backward
        return out

    def dot(a: Any, b: Any) -> Any:
        return sum(x * y for x, y in zip(a, b, strict=True))

    sys.setrecursionlimit(100_000)  # its backward is recursive
    state = {name: [[Value(x) for x in row] for row in rows.tolist()] for name, rows in draw_gpt().items()}
    parameters = [p for rows in state.values() for row in rows for p in row]

    def step() -> float:
        total = gpt_loss(Kit(dot, sum, exp, log), state)
        for p in parameters:
            p.grad = 0
        total.backward()
        for p in parameters:
            p.data -= RATE * p.grad
        return float(total.data)

    return step


def gpt_recorded() -> Step:
    """The GPT's step on a tape."""
    state = {name: [[Value(x) for x in row] for row in rows.tolist()] for name, rows in draw_gpt().items()}
    return replay(record(gpt_loss(Kit(engine.dot, engine.sum, Value.exp, Value.log), state)))
