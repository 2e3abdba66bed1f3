"""Random graphs over the whole op table, for everything that must give the same numbers as `Value`."""

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

import engine
from engine import Value
from engine.letters import bind
from engine.numbers import CONSTANT
from engine.ops import Op, table
from engine.value import lift, operation

SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, -20.0, 25.0, 1000.0, -1000.0, math.inf, -math.inf, math.nan)
EXTREME = (*SPECIAL, 1e300, -1e300, 1e-300, 5e-324)

# Each operation as a person calls it.
OPERATIONS: dict[str, Callable[..., Value]] = {
    name: getattr(Value, name, None) or operation(name) for name in table
} | {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "%": operator.mod,
    "**": operator.pow, "neg": operator.neg, "sum": engine.sum,
    "dot": engine.dot, "affine": engine.dot, "logsumexp": engine.logsumexp,
}  # fmt: skip


@dataclass
class Graph:
    """A graph, its leaves, and the numbers at which it is to be computed, `samples` rows of one number a input."""

    root: Value
    inputs: list[Value]
    parameters: list[Value]
    nodes: list[Value]
    samples: np.ndarray


def random_graph(
    seed: int,
    size: int = 40,
    special: bool = False,
    samples: int = 5,
    inputs: int = 3,
    *,
    numbers: tuple[float, ...] = SPECIAL,
    reach: int = 10,
    width: int = 5,
    operations: Sequence[str] = tuple(table),
) -> Graph:
    """A graph of about `size` operations with shared nodes and constants, of tame numbers or of special ones too.

    numbers      the special ones
    reach        half of the operands are among so many last nodes: the fewer, the deeper the graph
    width        how many operands a sequence has at most
    operations   their names, from which a seed draws; a graph that is to stay as it is names them
    """
    generator = np.random.default_rng(seed)

    def number() -> float:
        if special and generator.random() < 0.3:
            return float(generator.choice(numbers))
        return float(np.round(generator.uniform(-1.5, 1.5), 3))

    xs = [Value(number(), f"x{i}") for i in range(inputs)]
    ws = [Value(number(), f"w{i}") for i in range(5)]
    nodes = [*xs, *ws]

    def pick() -> Value:
        recent = nodes[-reach:] if generator.random() < 0.5 else nodes
        return recent[generator.integers(len(recent))]

    def pick_some() -> list[Value]:
        return [pick() for _ in range(generator.integers(1, width + 1))]

    def tame(value: Value) -> Value:
        return value if special else value.tanh()

    for _ in range(size):
        row = table[operations[generator.integers(len(operations))]]
        nodes.append(_apply(row, pick, pick_some, tame, number, generator))
        if generator.random() < 0.1:  # a layer of neurons, the plainest reason for a matrix
            values = pick_some()
            for _ in range(3):
                weights = [Value(number()) for _ in values]
                ws += weights
                total = Value(number())
                ws.append(total)
                for weight, value in zip(weights, values, strict=True):
                    total = total + weight * value
                nodes.append(tame(total))
    ends = _ends(nodes)
    root = engine.sum([tame(node) for node in ends]) if len(ends) > 1 else ends[0] * 1.0
    columns = np.array([[number() for _ in xs] for _ in range(samples)]).reshape(samples, inputs)
    order = engine.toposort(root)
    used = set(order)
    return Graph(root, xs, [w for w in ws if w in used], order, columns)


def _apply(row: Op, pick, pick_some, tame, number, generator) -> Value:
    if row.sequences:
        first = pick_some()
        others = [[number() if generator.random() < 0.2 else pick() for _ in first] for _ in row.sequences[1:]]
        result = OPERATIONS[row.name](first, *others, *(pick() for _ in row.letters[len(row.sequences) :]))
        return result if row.name == "logsumexp" else tame(result)
    if len(row.letters) == 1:
        operand = pick()
        if tame(operand) is operand and row.name in ("sin", "cos", "tan"):  # of a huge number every digit is chance
            operand = lift(number()) * 1.0 if operand.operands else operand
        if row.name in ("asin", "acos") and tame(operand) is not operand:
            operand = operand.sigmoid() - 0.5
        if row.name in ("log", "log2", "log10", "sqrt", "log1p") and tame(operand) is not operand:
            operand = operand.sigmoid() + 0.1
        return OPERATIONS[row.name](operand)
    a, b = pick(), lift(number()) if generator.random() < 0.3 else pick()
    if tame(a) is not a and row.name in ("/", "%", "**", "atan2"):
        a, b = a.sigmoid() + 0.5, abs(b) + 0.5
    if generator.random() < 0.2:
        a, b = b, a
    if row.name == "binary_cross_entropy":
        a, b = a.sigmoid(), b.sigmoid()
    return tame(OPERATIONS[row.name](a, b, *(pick() for _ in row.letters[2:])))


def _ends(nodes: list[Value]) -> list[Value]:
    """The nodes that no other reads, leaves that are inputs included, so that nothing is unused."""
    read = {operand for node in engine.toposort(engine.sum(nodes))[:-1] for operand in node.operands}
    return [node for node in nodes if node not in read]


def rebuild(graph: Graph, numbers: np.ndarray) -> dict[Value, Value]:
    """For every node of the graph its like in one made anew, of other numbers of the inputs."""
    given = dict(zip(graph.inputs, numbers.tolist(), strict=True))
    made: dict[Value, Value] = {}
    for node in graph.nodes:
        if node.operands:
            bound = bind(table[node.op], [made[operand] for operand in node.operands])
            made[node] = OPERATIONS[node.op](*bound.values())
        else:
            made[node] = lift(node.data) if node.op == CONSTANT else Value(given.get(node, node.data))
    return made


def eager(graph: Graph) -> tuple[dict[Value, np.ndarray], dict[Value, np.ndarray]]:
    """The values and the gradients (samples,) of every node by `Value` itself, sample by sample."""
    values = {node: np.empty(len(graph.samples)) for node in graph.nodes}
    gradients = {node: np.empty(len(graph.samples)) for node in graph.nodes}
    for sample, numbers in enumerate(graph.samples):
        made = rebuild(graph, numbers)
        made[graph.root].backward()
        for node, like in made.items():
            values[node][sample], gradients[node][sample] = like.data, like.grad
    return values, gradients
