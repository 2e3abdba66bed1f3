"""What tapes plan: each call of NumPy in their passes, with the places in memory that it reads and writes.

python -m tests.engine.tape.plans           writes the digest of every plan to tests/engine/tape/plans.json
python -m tests.engine.tape.plans NAME      prints a plan; two of them can be compared when a digest differs

Another plan with the same numbers may take longer, or more memory; no test of numbers would notice.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import numpy as np

import engine
import nn
from engine import Value
from engine.tape import Tape, record
from engine.tape.calls import write_out
from engine.tape.chains import ChainReplay
from engine.tape.replay import NARROW
from nn.nested import flatten
from tests.graphs import random_graph

# Of the random graphs, by name and in this order: a row that is added to the table changes none of them.
OPERATIONS = (
    "+", "-", "*", "/", "**", "neg", "abs", "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "tanh",
    "sigmoid", "relu", "leaky_relu", "elu", "softplus", "softsign", "silu", "gelu", "step", "sign", "maximum",
    "minimum", "sum", "dot", "affine", "logsumexp",
)  # fmt: skip
DIGESTS = Path(__file__).with_name("plans.json")
Made = tuple[Tape, list[int]]  # a tape, and numbers of samples to replay it for


def seeded() -> np.random.Generator:
    return np.random.default_rng(0)


def make_random(seed: int, special: bool) -> Made:
    graph = random_graph(seed, size=25, special=special, inputs=2, operations=OPERATIONS)
    return record(graph.root, graph.inputs), [1, 4]


def make_mlp(activation: str) -> Made:
    x = [Value(0.0) for _ in range(3)]
    model = nn.MLP(2, [4, 4, 1], activation, generator=seeded())
    loss = (1 - x[2] * model(x[:2])).relu() + 0.01 * sum(p * p for p in model.parameters())
    return record(loss, x), [1, 3, NARROW, NARROW + 1, 2500, 20_000]


def make_classes(count: int) -> Made:
    x = [Value(0.0) for _ in range(count + 3)]
    logits = nn.MLP(count, [5, 3], "tanh", generator=seeded())(x[:count])
    return record(engine.logsumexp(logits) - engine.dot(x[count:], logits), x), [1, 3, 2500]


def make_whole() -> Made:
    model = nn.MLP(2, [3, 1], "relu", generator=seeded())
    return record(engine.sum([model(row) ** 2 for row in seeded().normal(size=(5, 2)).tolist()])), [0]


def make_sums() -> Made:
    """Sums of products as people write them."""
    x, (v, w, b) = [Value(0.0) for _ in range(3)], (Value(number) for number in (0.5, -1.5, 2.0))
    once, twice = engine.dot([v, w], x[:2]), engine.dot([w, v], x[1:])
    written = [
        once + b, twice + b, twice + v, sum([x[0].tanh(), x[1].tanh()]), sum([w * x[0], v * x[1]]) + b,
        w * x[0] + v * x[1] + b + x[2].tanh(), w * x[0] + b, x[0] + x[1] + x[2] + v, w * v + b,
        w * x[0] + v * x[1] + x[2].tanh() + x[1].tanh(), sum(x, b),
    ]  # fmt: skip
    return record(engine.sum([total.tanh() for total in written]), x), [1, 3, 2500]


def make_towers(rows: int) -> Made:
    """Layers of the same size side by side, each for numbers of its own: given ones, or with `rows` inputs."""
    generator = seeded()
    towers = [nn.Layer(2, 3, "tanh", generator=generator) for _ in range(3)]
    x = [[Value(0.0) for _ in range(2)] for _ in range(3 * rows)]
    given = x or generator.normal(size=(6, 2)).tolist()
    outputs = [towers[i % 3](row) for i, row in enumerate(given)]
    return record(engine.sum(flatten(outputs)), [value for row in x for value in row]), [1, 3, 2500] if x else [0]


def make_reversed() -> Made:
    """Two layers, each for several rows; the second takes them from the last to the first."""
    first, second = nn.Layer(2, 3, "tanh", generator=seeded()), nn.Layer(3, 2, "tanh", generator=seeded())
    x = [[Value(0.0) for _ in range(2)] for _ in range(4)]
    outputs = [second(row) for row in reversed([first(row) for row in x])]
    return record(engine.sum(flatten(outputs)), [value for row in x for value in row]), [1, 3, 2500]


def make_convolution() -> Made:
    x = [Value(0.0) for _ in range(8)]
    model = nn.Sequential(nn.Conv1d(1, 2, 3, activation="relu", generator=seeded()), nn.Activate("relu"))
    return record(engine.sum(flatten(model([x]))), x), [1, 3, 2500]


def make_recurrent(layer_class: type) -> Made:
    x = [Value(0.0) for _ in range(6)]
    states = layer_class(2, 3, generator=seeded())([x[i : i + 2] for i in (0, 2, 4)])
    return record(engine.sum(flatten(states)), x), [1, 3, 2500]


def make_attention() -> Made:
    x = [[Value(0.0) for _ in range(3)] for _ in range(4)]
    scores = engine.softmax([engine.dot(x[0], row) for row in x[1:]])
    mixed = [engine.dot(scores, [row[i] for row in x[1:]]) for i in range(3)]
    return record(engine.dot(mixed, mixed), [value for row in x for value in row]), [1, 3, 2500]


def make_chain() -> Made:
    x, w = Value(0.5), Value(0.25)
    y = x
    for _ in range(3000):
        y = (y * w + x).sin()
    return record(y, [x]), [1, 3]


def make_powers() -> Made:
    x, w = Value(0.5), Value(2.0)
    y = x**2 + x**3 + x**-1 + x**1 + x**2.5 + w**x + (x * w) ** 2 + (w + 1) ** -1 * x + x.maximum(w) + abs(x).sqrt()
    return record(y / (x + 3) + engine.sum([x.exp(), w.exp(), x * w]), [x]), [1, 3, 2500]


GRAPHS: dict[str, Callable[[], Made]] = {
    **{f"random {seed}": lambda seed=seed: make_random(seed, seed % 3 == 2) for seed in range(45)},
    **{f"mlp {name}": lambda name=name: make_mlp(name) for name in ("relu", "tanh", "elu", "leaky_relu", "gelu")},
    **{f"classes {count}": lambda count=count: make_classes(count) for count in (1, 2, 6)},
    "whole": make_whole,
    "sums": make_sums,
    **{f"towers {rows}": lambda rows=rows: make_towers(rows) for rows in (0, 1, 2)},
    "reversed": make_reversed,
    "convolution": make_convolution,
    "recurrent": lambda: make_recurrent(nn.RNN),
    "lstm": lambda: make_recurrent(nn.LSTM),
    "attention": make_attention,
    "chain": make_chain,
    "powers": make_powers,
}


def write_plan(name: str) -> str:
    """The plan of a graph, for each number of samples, and its passes written out by hand."""
    passes: list[list] = []

    def capture(calls):
        passes.append(list(calls))
        return write_out(calls)

    with mock.patch("engine.tape.replay.write_out", capture):
        tape, counts = GRAPHS[name]()
        width = len(tape.inputs)
        for count in counts:
            batch = np.zeros((count, width)) if width else None
            tape.value_and_gradient(batch)
            tape.forward(batch)
            tape.backward()
    memory = Memory()
    lines = [repr(tape)]
    for number, calls in enumerate(passes):
        lines.append(f"-- pass {number}")
        lines += [line for call in calls for line in memory.describe(*call)]
    if name != "chain":  # which is long
        lines += ["-- source", tape.source()]
    return "\n".join(lines)


class Memory:
    """Names for what calls read and write: the memory, in order of first use, and where and how it lies there."""

    def __init__(self) -> None:
        self.owners: dict[int, tuple[int, object]] = {}  # with the owner itself, so that no other takes its identity

    def describe(self, function, arguments) -> Iterator[str]:
        holder = getattr(function, "__self__", None)
        name = getattr(function, "__name__", str(function))
        if isinstance(holder, ChainReplay):
            yield f"{name} {[(op.name, operands) for op, operands in holder._chain.links]}"
            return
        given = ([holder] if isinstance(holder, np.ndarray) else []) + list(arguments)
        yield f"{name} {'  '.join(map(self.place, given))}"

    def place(self, thing) -> str:
        if not isinstance(thing, np.ndarray):
            return repr(thing)
        owner = thing
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        if owner.ndim == 0:  # a number that stands in a formula
            return f"{float(owner)!r}{thing.shape}"
        number, _ = self.owners.setdefault(id(owner), (len(self.owners), owner))
        offset = thing.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
        return f"m{number}+{offset}{thing.dtype.str}{thing.shape}{thing.strides}"


def digest(name: str) -> str:
    return hashlib.sha256(write_plan(name).encode()).hexdigest()[:16]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", choices=GRAPHS, metavar="NAME", help=", ".join(GRAPHS))
    if name := parser.parse_args().name:
        print(write_plan(name))
    else:
        DIGESTS.write_text(json.dumps({name: digest(name) for name in GRAPHS}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
