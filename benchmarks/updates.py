"""What an update costs in a loop that trains: beside the loops of others, and beside the tape's own step.

Two moons, MLP 2-16-16-1 of ReLU, Adam, float64. All start from the same weights.
"""

import contextlib
import io
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from statistics import median
from typing import Any

import numpy as np

import nn
from benchmarks.contest import US, Contest, Result
from benchmarks.networks import RATE, Problem, array_loss, build_model, draw_moons
from engine import Value
from engine.tape import record

BCE = "binary_cross_entropy_with_logits"
ROWS = 1_000  # to be divided into batches, unless a batch has more
UPDATES = {1: 10_000, 10: 10_000, 100: 10_000, 10_000: 400}  # made in a row, by the size of a batch
MOST = {"fit / tape": 1.5, "bar / fit": 1.2, "tape / tape of hinge": 1.4}
A_BATCH, AN_EPOCH = "partial_fit", "sklearn's epoch"


@dataclass
class Loop:
    """`run` makes so many `updates`; `first` is the mean loss of all rows before them."""

    first: float
    updates: int
    run: Callable[[], Any]

    def time(self) -> float:
        """Seconds an update."""
        start = time.perf_counter()
        self.run()
        return (time.perf_counter() - start) / self.updates


def contests(quick: bool) -> Iterator[Contest]:
    """The loops of others, at each size of a batch, with what is to be reached; `run` times them."""
    for size in UPDATES:
        problem, epochs = draw(BCE, max(ROWS, size)), count_epochs(size, max(ROWS, size), quick)
        programs = {US: partial(gradwalk, problem, size, epochs)}
        missing = tuple(name for name in LOOPS if not find_spec(MODULES[name]))
        for name in LOOPS:
            if name not in missing:  # a tenth of the epochs: they take longer, and have nothing to record
                programs[name] = partial(LOOPS[name], problem, size, -(-epochs // 10))
        least = {"PyTorch": 10.0, "JAX jit": 3.0, A_BATCH: 5.0} if size <= 100 else {"PyTorch": 1.3, "JAX jit": 1.3}
        yield Contest(f"an update of nn.fit, batch {size:,}", programs, least, missing)


def run(contest: Contest, quick: bool) -> Contest:
    """Time the loops of a contest in turns."""
    loops = {name: build() for name, build in contest.programs.items()}
    contest.results = {name: Result([], loop.first) for name, loop in loops.items()}
    for name, times in take_turns(loops, quick).items():
        contest.results[name].times = times
    return contest


def take_turns(loops: Mapping[str, Loop], quick: bool) -> dict[str, list[float]]:
    """Seconds an update of each loop, over and over, after a first time that does not count."""
    times: dict[str, list[float]] = {name: [] for name in loops}
    for turn in range(-1, 2 if quick else 5):
        for name, loop in loops.items():
            seconds = loop.time()
            if turn >= 0:
                times[name].append(seconds)
    return times


def draw(loss: str, rows: int) -> Problem:
    """The moons, with targets as the loss wants them."""
    problem = replace(draw_moons(rows), loss=loss)
    return problem if loss == "hinge" else replace(problem, y=(problem.y + 1) / 2)


def count_epochs(size: int, rows: int, quick: bool) -> int:
    """How many epochs make the updates that are timed in a row."""
    return max(1, UPDATES[size] * size // rows // (5 if quick else 1))


def gradwalk(problem: Problem, size: int, epochs: int, progress: bool = False) -> Loop:
    """nn.fit from its beginning, recording included, with all that it keeps and checks."""
    model, X, y = build_model(problem), problem.X, problem.y

    def train() -> None:
        optimizer = nn.Adam(model.parameters(), lr=RATE)
        options = {"epochs": epochs, "batch_size": size, "progress": progress}
        with contextlib.redirect_stderr(io.StringIO()):
            nn.fit(model, X, y, loss=problem.loss, optimizer=optimizer, **options)

    return Loop(nn.evaluate(model, X, y, problem.loss)["loss"], epochs * len(y) // size, train)


def tape(problem: Problem, size: int, updates: int) -> Loop:
    """The tape's own step: loss and gradient of a batch, always the same, and Adam's update."""
    inputs = [Value(0.0), Value(0.0), Value(1.0)]
    graph = nn.losses.get(problem.loss).function(build_model(problem)(inputs[:2]), inputs[2])
    tape = record(graph, inputs)
    optimizer = nn.Adam(tape.leaves, lr=RATE)
    rows = np.column_stack([problem.X, problem.y])
    batch = np.asfortranarray(rows[:size])

    def train() -> None:
        for _ in range(updates):
            _, gradient = tape.value_and_gradient(batch)
            optimizer.update(tape.parameters, gradient)

    return Loop(tape.value_and_gradient(rows)[0], updates, train)


def pytorch(problem: Problem, size: int, epochs: int) -> Loop:
    """The tutorial's loop, over shuffled indices: its DataLoader would take longer."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    layers: list[Any] = []
    for weights, biases in problem.start():
        layer = nn.Linear(*weights.shape[::-1], dtype=torch.float64)
        layer.load_state_dict({"weight": torch.tensor(weights), "bias": torch.tensor(biases)})
        layers += [layer, nn.ReLU()]
    model, loss_fn = nn.Sequential(*layers[:-1]), nn.BCEWithLogitsLoss()
    X, y = torch.tensor(problem.X), torch.tensor(problem.y[:, None])

    def train() -> None:
        optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
        for _ in range(epochs):
            for batch in torch.randperm(len(X)).split(size):
                loss = loss_fn(model(X[batch]), y[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

    return Loop(loss_fn(model(X), y).item(), epochs * len(y) // size, train)


def jax(problem: Problem, size: int, epochs: int) -> Loop:
    """Gradient and Adam's update jitted as one, over shuffled rows that NumPy picks."""
    import jax
    import jax.numpy as jnp
    from jax.example_libraries.optimizers import adam

    jax.config.update("jax_enable_x64", True)
    start, update, parameters_of = adam(RATE)
    state = start([tuple(map(jnp.array, layer)) for layer in problem.start()])
    generator = np.random.default_rng(0)

    def loss(parameters: Any, X: Any, y: Any) -> Any:
        return array_loss(problem, jnp, parameters, X, y)

    @jax.jit
    def step(index: int, state: Any, X: Any, y: Any) -> Any:
        value, gradient = jax.value_and_grad(loss)(parameters_of(state), X, y)
        return value, update(index, gradient, state)

    def train() -> None:
        nonlocal state
        count = 0
        for _ in range(epochs):
            order = generator.permutation(len(problem.y))
            for at in range(0, len(order), size):
                batch = order[at : at + size]
                _, state = step(count, state, problem.X[batch], problem.y[batch])
                count += 1
        jax.block_until_ready(state)

    return Loop(float(loss(parameters_of(state), problem.X, problem.y)), epochs * len(problem.y) // size, train)


def scikit_learn(problem: Problem, size: int, epochs: int, whole: bool = False) -> Loop:
    """partial_fit once a batch or, as a `whole`, once an epoch, which it then divides by itself."""
    from sklearn.metrics import log_loss
    from sklearn.neural_network import MLPClassifier

    X, y = problem.X, problem.y.astype(int)
    model = MLPClassifier(problem.widths[1:-1], learning_rate_init=RATE, batch_size=size, alpha=0.0)
    model.partial_fit(X[:size], y[:size], classes=[0, 1])
    for (weights, biases), W, b in zip(problem.start(), model.coefs_, model.intercepts_, strict=True):
        W[:], b[:] = weights.T, biases
    generator = np.random.default_rng(0)

    def train() -> None:
        for _ in range(epochs):
            if whole:
                model.partial_fit(X, y)
                continue
            order = generator.permutation(len(y))
            for at in range(0, len(order), size):
                batch = order[at : at + size]
                model.partial_fit(X[batch], y[batch])

    return Loop(log_loss(y, model.predict_proba(X)), epochs * len(y) // size, train)


LOOPS: dict[str, Callable[[Problem, int, int], Loop]] = {
    "PyTorch": pytorch, "JAX jit": jax, A_BATCH: scikit_learn,
    AN_EPOCH: lambda problem, size, epochs: scikit_learn(problem, size, epochs, whole=True),
}  # fmt: skip
MODULES = {"PyTorch": "torch", "JAX jit": "jax", A_BATCH: "sklearn", AN_EPOCH: "sklearn"}


def measure_fit(size: int, rows: int, quick: bool) -> dict[str, float]:
    """Seconds of the tape's own step and of an update in nn.fit, also with its bar, with two losses."""
    epochs = count_epochs(size, rows, quick)
    loops = {}
    for name, loss in (("hinge", "hinge"), ("BCE", BCE)):
        problem = draw(loss, rows)
        loops[f"{name} tape"] = tape(problem, size, epochs * rows // size)
        loops[f"{name} fit"] = gradwalk(problem, size, epochs)
        loops[f"{name} bar"] = gradwalk(problem, size, epochs, progress=True)
    return {name: median(times) for name, times in take_turns(loops, quick).items()}


def find_ratios(seconds: Mapping[str, float]) -> Iterator[tuple[str, str, float]]:
    """What is compared of `measure_fit`: the loss, a name in `MOST`, the ratio."""
    for loss in ("hinge", "BCE"):
        own, fit, bar = (seconds[f"{loss} {loop}"] for loop in ("tape", "fit", "bar"))
        yield loss, "fit / tape", fit / own
        yield loss, "bar / fit", bar / fit
    yield "BCE", "tape / tape of hinge", seconds["BCE tape"] / seconds["hinge tape"]
