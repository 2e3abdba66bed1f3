"""Large graphs, and what they cost: each load in a process of its own, with its numbers checked.

python -m tests.load                     all of them, at full size
python -m tests.load chain --nodes 1000000 --limit 300

Prints nodes, seconds and the growth of the memory's peak in MB; the exit code is 1 where a number is wrong, or where
the peak grows by more than the limit.
"""

import argparse
import copy
import gc
import math
import pickle
import sys
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import engine
from engine import Value

STATUS = Path("/proc/self/status")


def build_chain(count: int) -> tuple[Value, Value, Value]:
    """A result of about `count` nodes, sin(... sin(x + w) ... + w), and x and w."""
    x, w = Value(1.0, "x"), Value(0.5, "w")
    y = x
    for _ in range(count // 2):
        y = (y + w).sin()
    return y, x, w


def differ_chain(count: int) -> tuple[float, float, float]:
    """The same in plain numbers, forward: y, ∂y/∂x, ∂y/∂w."""
    y, dx, dw = 1.0, 1.0, 0.0
    for _ in range(count // 2):
        slope = math.cos(y + 0.5)
        y, dx, dw = math.sin(y + 0.5), dx * slope, (dw + 1.0) * slope
    return y, dx, dw


def chain(count: int) -> None:
    """Build a chain, differentiate it, free it."""
    y, x, w = build_chain(count)
    y.backward()
    agree((y.data, x.grad, w.grad), differ_chain(count))


def gradients(count: int) -> None:
    """The gradients of a chain as a result, once as numbers, once as Values."""
    y, x, w = build_chain(count // 6)
    numbers = engine.grad(y, [x, w])
    values = engine.grad(y, [x, w], create_graph=True)
    agree((y.data, *numbers), differ_chain(count // 6))
    agree((y.data, *map(float, values)), differ_chain(count // 6))


def total(count: int) -> None:
    """A sum over so many leaves."""
    leaves = [Value(0.5) for _ in range(count)]
    y = engine.sum(leaves)
    y.backward(3.0)
    agree((y.data, min(map(gradient, leaves)), max(map(gradient, leaves))), (count / 2, 3.0, 3.0))


def gradient(value: Value) -> float:
    return value.grad


def dropped(count: int) -> None:
    """Graphs of 20 nodes, `count` nodes in all, built, differentiated and dropped, without the cyclic collector."""
    gc.collect()
    gc.disable()
    for _ in range(count // 20):
        build_chain(20)[0].backward()
    assert gc.collect() < 50  # and not one reference cycle or more for each graph
    gc.enable()


def pickled(count: int) -> None:
    """A chain written by pickle and read again."""
    y, *_ = build_chain(count)
    y.backward()
    same(pickle.loads(pickle.dumps([y, y]))[1], y, count)


def copied(count: int) -> None:
    """A chain copied by copy.deepcopy."""
    y, *_ = build_chain(count)
    y.backward()
    same(copy.deepcopy(y), y, count)


def same(other: Value, root: Value, count: int) -> None:
    ours, theirs = engine.toposort(root), engine.toposort(other)
    place = {node: number for number, node in enumerate(theirs)}
    assert len(ours) == len(theirs) == count + 2
    for node, twin in zip(ours, theirs, strict=True):
        assert node is not twin
        assert (node.data, node.grad, node.op, node.label) == (twin.data, twin.grad, twin.op, twin.label)
        assert node.local_derivatives == twin.local_derivatives
    assert [place[operand] for operand in theirs[-1].operands] == [count]


def agree(ours: tuple[float, ...], theirs: tuple[float, ...]) -> None:
    assert all(math.isclose(*pair, rel_tol=1e-9) for pair in zip(ours, theirs, strict=True)), f"{ours} and {theirs}"


LOADS: dict[str, tuple[Callable[[int], None], int, int]] = {  # at full size: nodes, and MB
    "chain": (chain, 10_000_000, 3000),
    "gradients": (gradients, 6_000_000, 3000),
    "total": (total, 10_000_000, 3000),
    "dropped": (dropped, 1_000_000, 10),
    "pickled": (pickled, 1_000_000, 3000),
    "copied": (copied, 1_000_000, 3000),
}


def peak() -> float:
    """The most memory that this process had at one time, in MB; where the system does not tell, 0."""
    if not STATUS.exists():
        return 0.0
    return next(int(line.split()[1]) / 1000 for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))


def run(name: str, count: int, limit: int) -> None:
    """One load, here; AssertionError where it goes wrong."""
    LOADS[name][0](min(count, 1000))  # whatever is made once is made
    before, began = peak(), time.perf_counter()
    LOADS[name][0](count)
    grown = peak() - before
    print(f"{name:10} {count:12,} nodes {time.perf_counter() - began:7.1f} s {grown:8.0f} MB (at most {limit:,})")
    assert grown <= limit


def main(arguments: list[str] | None = None) -> int:
    """Run the loads that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *LOADS], metavar="load", help=", ".join(LOADS))
    parser.add_argument("--nodes", type=int, help="of the graph, or of all graphs together")
    parser.add_argument("--limit", type=int, help="MB")
    options = parser.parse_args(arguments)
    failed = False
    for name in options.names or LOADS:
        _, nodes, limit = LOADS[name]
        process = get_context("fork").Process(target=run, args=(name, options.nodes or nodes, options.limit or limit))
        process.start()
        process.join()
        failed |= bool(process.exitcode)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
