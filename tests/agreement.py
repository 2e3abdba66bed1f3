"""Random graphs over the whole op table, computed by everything that can, and what they disagree on.

python -m tests.agreement --graphs 10000 --seed 1 [--only torch]

Values are compared with the tape, with `engine.grad` (as numbers and as Values), with PyTorch in float64 (values,
gradients, and second derivatives by double backward), with central differences of textbook definitions in extended
precision, with the page's JavaScript in Chromium, and with JAX. A peer that is not installed is said and left out.

Numbers agree if they are equal, both nan, or closer than 1e-9 relative. Where summands cancel, no digits are left to
compare: there the bound is 1e-14 of what was added up in size; such numbers are counted. A disagreement is printed as
the smallest expression that shows it.
"""

import argparse
import math
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cache

import engine
from engine import Value
from engine.ops import table
from engine.tape import record
from engine.value import CONSTANT, affine
from tests.agreement_peers import PeerError, difference_slopes, jax_numbers, open_browser, torch_numbers, torch_second
from tests.graphs import random_graph

RELATIVE = 1e-9
CANCELLED = 1e-14
OPERATORS = {"+": "__add__", "-": "__sub__", "*": "__mul__", "/": "__truediv__", "**": "__pow__"}
METHODS = OPERATORS | {"neg": "__neg__"}
SEQUENCES = {"sum": engine.sum, "logsumexp": engine.logsumexp, "dot": engine.dot, "affine": affine}


@dataclass(frozen=True)
class Row:
    """A node: its op, the numbers of its operands in the program; of a leaf its number, or one for each sample."""

    op: str
    operands: tuple[int, ...] = ()
    numbers: tuple[float, ...] = ()


Program = tuple[Row, ...]  # in topological order, the root last
Comparison = tuple[str, float, float, float]  # what is compared, ours, theirs, and what was added up, in size


def read_program(seed: int) -> Program:
    """The random graph of a seed: of three, two of tame numbers, and one with zeros, infinities, nan, huge numbers."""
    graph = random_graph(seed, size=4 + seed * 7 % 23, special=seed % 3 == 2, samples=3)
    number = {node: index for index, node in enumerate(graph.nodes)}
    samples = {value: tuple(column) for value, column in zip(graph.inputs, graph.samples.T.tolist(), strict=True)}
    return tuple(
        Row(node.op, tuple(number[operand] for operand in node.operands))
        if not node.is_leaf
        else Row(node.op, (), samples.get(node, (node.data,)))
        for node in graph.nodes
    )


def build(program: Program, sample: int = 0) -> list[Value]:
    """The program's nodes as Values, made as a person makes them: by operators, methods and functions."""
    nodes: list[Value] = []
    for row in program:
        if row.operands:
            bound = table[row.op].bind([nodes[index] for index in row.operands])
            nodes.append(operation(row.op)(*bound.values()))
        else:
            nodes.append(Value(row.numbers[sample % len(row.numbers)], "", row.op))
    return nodes


@cache
def operation(name: str) -> Callable[..., Value]:
    return SEQUENCES.get(name) or getattr(Value, METHODS.get(name, name))


# The size of the terms where a local derivative is a difference that cancels: 1 - y*y where tanh saturates.
TERMS: dict[str, Callable[[float, float], float]] = {
    "tanh": lambda a, y: 1 + y * y,
    "sigmoid": lambda a, y: y * (1 + y),
    "silu": lambda a, y: 1 + 2 * abs(a),
    "gelu": lambda a, y: 1 + abs(a) * (1 + 0.134145 * a * a),
}


def add_sizes(nodes: list[Value]) -> dict[Value, float]:
    """Both passes on sizes, as if nothing had a sign: for every node, all that its gradient was added up from."""
    data: dict[Value, float] = {}
    for node in nodes:
        operands = [data[operand] for operand in node.operands]
        if node.op in ("+", "-", "sum"):
            data[node] = sum(operands)
        elif node.op in ("*", "dot", "affine"):
            data[node] = sum(data[operand] * s for operand, s in zip(node.operands, slopes(node, data), strict=True))
        else:
            data[node] = abs(node.data)
    sizes = dict.fromkeys(nodes, 0.0)
    sizes[nodes[-1]] = 1.0
    for node in reversed(nodes):
        for operand, slope in zip(node.operands, slopes(node, data), strict=True):
            sizes[operand] += sizes[node] * slope
    return sizes


def slopes(node: Value, data: dict[Value, float]) -> list[float]:
    """The sizes of the local derivatives."""
    operands = node.operands
    if node.op in ("*", "dot", "affine"):
        half = len(operands) // 2
        others = operands[half : 2 * half] + operands[:half]
        return [data[other] for other in others] + [1.0] * (len(operands) - 2 * half)
    if node.op in TERMS:
        return [TERMS[node.op](operands[0].data, node.data)]
    return [abs(local) for local in node.local_derivatives]


# ---- the pairs: from a program, what to compare


def compare_tape(program: Program) -> Iterator[Comparison]:
    count = max(len(row.numbers) for row in program)
    nodes = build(program)
    inputs = [index for index, row in enumerate(program) if len(row.numbers) > 1]
    batch = [[program[index].numbers[sample] for index in inputs] for sample in range(count)]
    try:
        tape = record(nodes[-1], [nodes[index] for index in inputs])
    except ValueError as error:
        raise PeerError(str(error)) from None  # it depends on no leaf
    tape.forward(batch if inputs else None)
    tape.backward()
    values, gradients = ({n: f(n) for n in nodes if n.op != CONSTANT} for f in (tape.values, tape.gradients))
    mean, gradient = tape.value_and_gradient(batch if inputs else None)
    means, sizes = dict.fromkeys(range(len(nodes)), 0.0), dict.fromkeys(range(len(nodes)), 0.0)
    total = 0.0
    for sample in range(count):
        eager = build(program, sample)
        eager[-1].backward()
        added = add_sizes(eager)
        total += eager[-1].data
        for index, (node, other) in enumerate(zip(eager, nodes, strict=True)):
            means[index] += node.grad
            sizes[index] += added[node]
            if node.op != CONSTANT:  # where a number is the same for all samples, the tape may give it once
                at = sample % len(values[other])
                yield f"value {index}", node.data, values[other][at], 0.0
                yield f"gradient {index}", node.grad, gradients[other][sample % len(gradients[other])], added[node]
    yield "mean", total / count, mean, 0.0
    for leaf, slope in zip(tape.leaves, gradient.tolist(), strict=True):
        index = nodes.index(leaf)
        if not math.isfinite(slope) and not math.isfinite(means[index]):
            continue  # the tape adds over samples before it multiplies: inf where a sum of inf and nan is nan
        yield f"mean gradient {index}", means[index] / count, slope, sizes[index] / count


def compare_first(program: Program) -> Iterator[Comparison]:
    nodes = build(program)
    numbers = engine.grad(nodes[-1], nodes)
    values = engine.grad(nodes[-1], nodes, create_graph=True)
    nodes[-1].backward()
    sizes = add_sizes(nodes)
    for index, (node, number, value) in enumerate(zip(nodes, numbers, values, strict=True)):
        if node.op != CONSTANT:
            yield f"gradient {index}", node.grad, number, sizes[node]
            yield f"gradient as a Value {index}", node.grad, value.data, sizes[node]


def compare_second(program: Program) -> Iterator[Comparison]:
    """The gradient of a weighted sum of the gradients: a product with the Hessian."""
    nodes = build(program)
    leaves = [node for node in nodes if not node.op]
    if not leaves or not all(math.isfinite(n.data) and all(map(math.isfinite, n.local_derivatives)) for n in nodes):
        raise PeerError("not finite: compared node by node in 'torch'")
    first = engine.grad(nodes[-1], leaves, create_graph=True)
    weights = [0.5 + index % 3 for index in range(len(leaves))]
    total = engine.dot(first, weights)
    second = engine.grad(total, leaves)
    sizes = add_sizes(engine.toposort(total))
    for index, (leaf, ours, theirs) in enumerate(zip(leaves, second, torch_second(program, weights), strict=True)):
        yield f"second derivative by leaf {index}", ours, theirs, sizes.get(leaf, 0.0)


def compare_torch(program: Program) -> Iterator[Comparison]:
    nodes = build(program)
    nodes[-1].backward()
    sizes = add_sizes(nodes)
    if all(math.isfinite(node.data) and math.isfinite(node.grad) for node in nodes):
        values, gradients = torch_numbers(program)
        for index, node in enumerate(nodes):
            yield f"value {index}", node.data, values[index], 0.0
            if gradients[index] is not None:
                yield f"gradient {index}", node.grad, gradients[index], sizes[node]
        return
    # PyTorch masks some gradients (relu, where) instead of multiplying them by 0, so that infinity times 0 is 0
    # there and nan here: every node by itself, from the same numbers, with an upstream gradient of 1.
    for index, row in enumerate(program):
        if row.operands:
            yield from compare_node(index, nodes[index], row)


def compare_node(index: int, node: Value, row: Row) -> Iterator[Comparison]:
    leaves = [Row(CONSTANT if v.op == CONSTANT else "", (), (v.data,)) for v in node.operands]
    alone = (*leaves, Row(row.op, tuple(range(len(leaves)))))
    try:
        values, gradients = torch_numbers(alone)
    except PeerError:
        return
    yield f"value {index} alone", node.data, values[-1], 0.0
    for k, local in enumerate(node.local_derivatives):
        if gradients[k] is not None:
            yield f"local derivative {index}.{k}", 0.0 + local, gradients[k], abs(local)


def compare_differences(program: Program) -> Iterator[Comparison]:
    nodes = build(program)
    if not all(math.isfinite(node.data) for node in nodes):
        raise PeerError("not finite: no difference to take")
    nodes[-1].backward()
    sizes = add_sizes(nodes)
    value, found = difference_slopes(program, [node.data for node in nodes])
    size = 1e-6 * max(1.0, abs(value))  # how finely a difference of 60 digits resolves a slope, and more
    yield "value", nodes[-1].data, value, 0.0
    for index, slope in found.items():
        yield f"gradient {index}", nodes[index].grad, slope, sizes[nodes[index]] + size


def compare_page(program: Program) -> Iterator[Comparison]:
    nodes = build(program)
    nodes[-1].backward()
    sizes = add_sizes(nodes)
    values, gradients = page_numbers(program)
    for index, node in enumerate(nodes):
        yield f"value {index}", node.data, values[index], 0.0
        if node.op != CONSTANT:
            yield f"gradient {index}", node.grad, gradients[index], sizes[node]


def compare_jax(program: Program) -> Iterator[Comparison]:
    nodes = build(program)
    if not all(math.isfinite(n.data) and all(map(math.isfinite, n.local_derivatives)) for n in nodes):
        raise PeerError("not finite: JAX masks as PyTorch does")
    nodes[-1].backward()
    sizes = add_sizes(nodes)
    value, gradients = jax_numbers(program)
    yield "value", nodes[-1].data, value, 0.0
    for index, slope in gradients.items():
        yield f"gradient {index}", nodes[index].grad, slope, sizes[nodes[index]]


PAIRS: dict[str, Callable[[Program], Iterator[Comparison]]] = {
    "tape": compare_tape,
    "first": compare_first,
    "second": compare_second,
    "torch": compare_torch,
    "differences": compare_differences,
    "page": compare_page,
    "jax": compare_jax,
}
NEEDS = {"second": "torch", "torch": "torch", "differences": "mpmath", "page": "playwright.sync_api", "jax": "jax"}
page_numbers: Callable[[Program], tuple[list[float], list[float]]]


# ---- what agrees, what does not


@dataclass
class Verdict:
    """What came of a pair: how many graphs and numbers were compared, and the programs that disagree."""

    graphs: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    numbers: int = 0
    cancelled: int = 0
    ops: Counter[str] = field(default_factory=Counter)
    disagreements: list[tuple[int, Program]] = field(default_factory=list)


def agree(ours: float, theirs: float) -> bool:
    if ours == theirs or (math.isnan(ours) and math.isnan(theirs)):
        return True
    gap, size = abs(ours - theirs), max(abs(ours), abs(theirs))
    return math.isfinite(size) and gap <= max(RELATIVE * size, sys.float_info.min)


def cancelled(ours: float, theirs: float, size: float) -> bool:
    return math.isfinite(size) and abs(ours - theirs) <= CANCELLED * size


def find_disagreement(pair: str, program: Program, verdict: Verdict | None = None) -> Comparison | None:
    """The first comparison that fails, or None; PeerError where the pair cannot compute the program."""
    verdict = verdict or Verdict()
    for comparison in PAIRS[pair](program):
        _, ours, theirs, size = comparison
        verdict.numbers += 1
        if not agree(ours, theirs):
            if not cancelled(ours, theirs, size):
                return comparison
            verdict.cancelled += 1
    return None


def run(pair: str, seeds: range) -> Verdict:
    """Compare the graphs of the seeds in one pair."""
    verdict = Verdict()
    for seed in seeds:
        program = read_program(seed)
        try:
            found = find_disagreement(pair, program, verdict)
        except PeerError as reason:
            verdict.left_out[str(reason)] += 1
            continue
        verdict.graphs += 1
        verdict.ops.update(row.op for row in program if row.operands)
        if found:
            verdict.disagreements.append((seed, program))
    return verdict


# ---- the smallest expression


def shrink(pair: str, program: Program) -> Program:
    """The smallest program that still disagrees: other roots, numbers in place of nodes, fewer operands and samples."""
    progress = True
    while progress:
        progress = False
        for candidate in smaller(program):
            if weight(candidate) < weight(program) and disagrees(pair, candidate):
                program, progress = candidate, True
                break
    return program


def disagrees(pair: str, program: Program) -> bool:
    try:
        return find_disagreement(pair, program) is not None
    except PeerError:
        return False


def weight(program: Program) -> tuple[int, ...]:
    numbers = [number for row in program for number in row.numbers]
    edges = sum(len(row.operands) for row in program)
    return len(program), edges, len(numbers), sum(len(repr(number)) for number in numbers)


def smaller(program: Program) -> Iterator[Program]:
    for end in range(1, len(program)):
        yield prune(program[:end])
    samples = range(max(len(row.numbers) for row in program))
    numbers = [build(program, sample) for sample in samples]
    for index, row in enumerate(program):
        if row.operands and index < len(program) - 1:
            data = tuple(nodes[index].data for nodes in numbers)
            yield put(program, index, Row("", (), data if len(set(map(repr, data))) > 1 else data[:1]))
        for operand in dict.fromkeys(row.operands) if row.operands else ():  # the node makes way for an operand
            yield bypass(program, index, operand)
        if row.op in SEQUENCES and len(row.operands) > 1:
            for bound in shorter(row):
                yield put(program, index, bound)
        if len(row.numbers) > 1:
            yield put(program, index, replace(row, numbers=row.numbers[:1]))
        if row.op == CONSTANT:
            yield put(program, index, replace(row, op=""))
        for plain in (0.0, 1.0, 0.5, 2.0):
            if row.numbers not in ((), (plain,)):
                yield put(program, index, replace(row, numbers=(plain,)))
    for sample in samples if len(samples) > 1 else ():
        yield tuple(
            replace(row, numbers=row.numbers[:sample] + row.numbers[sample + 1 :]) if len(row.numbers) > 1 else row
            for row in program
        )


def shorter(row: Row) -> Iterator[Row]:
    op = table[row.op]
    length = len(op.bind(row.operands)[op.letters[0]])
    for place in range(length if length > 1 else 0):
        dropped = {place + number * length for number in range(len(op.sequences))}
        yield replace(row, operands=tuple(o for k, o in enumerate(row.operands) if k not in dropped))


def put(program: Program, index: int, row: Row) -> Program:
    return prune((*program[:index], row, *program[index + 1 :]))


def bypass(program: Program, index: int, operand: int) -> Program:
    moved = [replace(r, operands=tuple(operand if o == index else o for o in r.operands)) for r in program]
    return prune(tuple(moved if index < len(program) - 1 else moved[: operand + 1]))


def prune(program: Program) -> Program:
    """Without what the root does not depend on."""
    used = {len(program) - 1}
    for index in range(len(program) - 1, -1, -1):
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
        if row.op in OPERATORS and len(operands) == 2:
            text = f" {row.op} ".join(operands)
        else:
            text = f"{row.op}({', '.join(operands)})"
        if uses[index] > 1:
            said.append(f"v{index} = {text}")
            text = f"v{index}"
        elif row.op in OPERATORS and uses[index]:
            text = f"({text})"
        texts.append(text)
    return f"{texts[-1]}  where {', '.join(said)}"


# ---- the command


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.agreement", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--graphs", type=int, default=500, help="how many graphs a pair")
    parser.add_argument("--seed", type=int, default=0, help="of the first graph")
    parser.add_argument("--only", choices=PAIRS, help="one pair")
    given = parser.parse_args(arguments)
    found = 0
    totals: dict[str, Counter[str]] = {}
    with ExitStack() as stack:
        for pair in [given.only] if given.only else PAIRS:
            missing = prepare(pair, stack)
            if missing:
                print(f"{pair:12} left out: {missing}")
                continue
            verdict = run(pair, range(given.seed, given.seed + given.graphs))
            totals[pair] = verdict.ops
            found += len(verdict.disagreements)
            print(describe(pair, verdict), flush=True)
    print(write_ops(totals))
    return 1 if found else 0


def prepare(pair: str, stack: ExitStack) -> str:
    """Get a peer ready; why it cannot be, or ""."""
    global page_numbers
    try:
        if pair in NEEDS:
            __import__(NEEDS[pair])
        if pair == "page":
            page_numbers = stack.enter_context(open_browser(os.environ.get("CHROMIUM", "/usr/bin/chromium")))
    except ImportError as error:
        return f"{error.name} is not installed"
    except OSError as error:
        return str(error)
    return ""


def describe(pair: str, verdict: Verdict) -> str:
    lines = [
        f"{pair:12} {verdict.graphs:,} graphs, {verdict.numbers:,} numbers, {verdict.cancelled:,} of them cancelled, "
        f"{len(verdict.disagreements)} graphs disagree"
    ]
    lines += [f"{'':12} {count:,} graphs left out: {reason}" for reason, count in verdict.left_out.most_common()]
    for seed, program in verdict.disagreements:
        smallest = shrink(pair, program)
        what, ours, theirs, _ = find_disagreement(pair, smallest) or ("?", math.nan, math.nan, 0.0)
        lines.append(f"{'':12} seed {seed}: {what}: {ours!r} and {float(theirs)!r}: {write(smallest)}")
    return "\n".join(lines)


def write_ops(totals: dict[str, Counter[str]]) -> str:
    lines = ["", f"{'nodes':12} " + " ".join(f"{pair:>11}" for pair in totals)]
    lines += [f"{name:12} " + " ".join(f"{ops[name]:11,}" for ops in totals.values()) for name in table]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
