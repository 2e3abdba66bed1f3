"""A graph as data, that every peer can compute and that can be cut: rows of operations on rows."""

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache

from engine import Value
from engine.letters import bind
from engine.numbers import CONSTANT
from engine.ops import table
from engine.value import lift
from tests.graphs import EXTREME, OPERATIONS, random_graph

SIGNS = ("+", "-", "*", "/", "%", "**")


@dataclass(frozen=True)
class Row:
    """A node: its op, the numbers of its operands in the program; of a leaf its number, or one for each sample."""

    op: str
    operands: tuple[int, ...] = ()
    numbers: tuple[float, ...] = ()


Program = tuple[Row, ...]  # in topological order, the root last


@cache
def read_program(seed: int) -> Program:
    """The random graph of a seed.

    Of three, two are of tame numbers, one has zeros, infinities, nan, huge and tiny numbers. Of ten, one is deep and
    one has long sequences.
    """
    shape = {3: {"size": 80, "reach": 2}, 7: {"size": 15, "width": 15}}.get(seed % 10, {"size": 4 + seed * 7 % 23})
    graph = random_graph(seed, special=seed % 3 == 2, samples=3, numbers=EXTREME, **shape)
    number = {node: index for index, node in enumerate(graph.nodes)}
    samples = {value: tuple(column) for value, column in zip(graph.inputs, graph.samples.T.tolist(), strict=True)}
    return tuple(
        Row(node.op, tuple(number[operand] for operand in node.operands))
        if node.operands
        else Row(node.op, (), samples.get(node, (node.data,)))
        for node in graph.nodes
    )


def build(program: Program, sample: int = 0) -> list[Value]:
    """The program's nodes as Values, made as a person makes them: by operators, methods and functions."""
    nodes: list[Value] = []
    for row in program:
        if row.operands:
            bound = bind(table[row.op], [nodes[index] for index in row.operands])
            nodes.append(OPERATIONS[row.op](*bound.values()))
        else:
            number = row.numbers[sample % len(row.numbers)]
            nodes.append(lift(number) if row.op == CONSTANT else Value(number))
    return nodes


def prune(program: Program, root: int) -> Program:
    """What row `root` depends on, itself included."""
    used = {root}
    for index in range(root, -1, -1):
        if index in used:
            used.update(program[index].operands)
    number = {index: place for place, index in enumerate(sorted(used))}
    return tuple(
        replace(program[index], operands=tuple(number[o] for o in program[index].operands)) for index in sorted(used)
    )


def write(program: Program) -> str:
    """The program as an expression, nodes that are used again and leaves by name.

    >>> write((Row("", (), (2.0,)), Row("tanh", (0,)), Row("*", (1, 1))))
    'v1 * v1  where x0 = 2.0, v1 = tanh(x0)'
    """
    uses = Counter(operand for row in program for operand in row.operands)
    texts: list[str] = []
    said: list[str] = []
    for index, row in enumerate(program):
        if not row.operands:
            text = " or ".join(map(str, row.numbers))
            texts.append(text if row.op else f"x{index}")
            said += [] if row.op else [f"x{index} = {text}"]
            continue
        operands = [texts[operand] for operand in row.operands]
        text = f" {row.op} ".join(operands) if row.op in SIGNS else f"{row.op}({', '.join(operands)})"
        if uses[index] > 1:
            said.append(f"v{index} = {text}")
            text = f"v{index}"
        elif row.op in SIGNS and uses[index]:
            text = f"({text})"
        texts.append(text)
    return f"{texts[-1]}  where {', '.join(said)}"
