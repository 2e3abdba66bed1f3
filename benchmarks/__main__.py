"""python -m benchmarks: the tables, and with --picture the growth as a picture."""

import argparse
import gc
import json
import platform
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks import demo, growth, networks
from benchmarks.contest import US, Contest, Step, judge
from benchmarks.networks import MODULES, PROGRAMS, Problem, choose_digits, draw_moons
from engine import Value
from engine.tape import record


def contests() -> Iterator[Contest]:
    """Every workload, with what is to be reached."""
    moons = draw_moons(100)
    if find_spec("micrograd"):
        ours, theirs = demo.micrograd_over_ours(), demo.micrograd()
        programs = {US: lambda: demo.scalar_step(ours, moons), "micrograd": lambda: demo.scalar_step(theirs, moons)}
        yield Contest("micrograd's demo step, its nn.py, our Value", programs, {"micrograd": 9}, alone=True)
        quiet = {name: lambda build=build: _without_collector(build()) for name, build in programs.items()}
        yield Contest("the same, collector off", quiet, {"micrograd": 2}, alone=True)
        programs = {US: lambda: demo.our_step(moons), "micrograd": lambda: demo.scalar_step(theirs, moons)}
        yield Contest("the same step with nn.MLP, row by row", programs, {"micrograd": 35}, alone=True)
        programs = {US: demo.gpt_recorded, "micrograd": demo.gpt_over_micrograd}
        yield Contest("GPT of 4,192 parameters, 7 letters, recorded", programs, {"micrograd": 100}, turns=5, alone=True)
    else:  # the rows above fork, which is safe only before JAX has started its threads
        print("micrograd is not installed: its rows are left out", file=sys.stderr)
    for count in (1, 10, 100, 1_000, 10_000):
        least = {
            "JAX jit": {1_000: 1.0, 10_000: 0.8}.get(count, 1.5),
            "PyTorch": 1.4 if count >= 1_000 else 3.0,
            "NumPy": 1.2,
        }
        yield _contest(f"recorded, batch {count:,}", draw_moons(count), least, slow=count <= 100)
    yield _contest("recorded, batch 100, with the L2 term", draw_moons(100, decay=demo.DECAY), {})
    for count in (1, 100, 1_000):
        yield _contest(f"tanh, batch {count:,}", draw_moons(count, activation="tanh"), {"JAX jit": 1.0})
    for count in (1, 100, 1_000):
        yield _contest(f"MLP 64-32-10, 8x8 digits, batch {count:,}", choose_digits(count), {"JAX jit": 1.0})
    whole = {US: lambda: networks.gradwalk_whole(moons), "one-sample tape": lambda: networks.gradwalk(moons)}
    yield Contest("100 samples recorded as one graph", whole, {"one-sample tape": 1 / 3})


def _contest(name: str, problem: Problem, least: dict[str, float], slow: bool = False) -> Contest:
    programs = {US: lambda: networks.gradwalk(problem)}
    missing = []
    for peer, build in PROGRAMS.items():
        if peer == "CasADi SX" and not (slow and problem.loss == "hinge" and not problem.decay):
            continue
        if peer in MODULES and not find_spec(MODULES[peer]):
            missing.append(peer)
            continue
        programs[peer] = lambda build=build: build(problem)
    return Contest(name, programs, least, tuple(missing))


def _without_collector(step: Step) -> Step:
    def quiet() -> float:
        gc.disable()
        try:
            return step()
        finally:
            gc.enable()

    return quiet


def recording_time() -> float:
    """Seconds to record a sample's loss of the MLP and replay it for the first time: the median of nine."""
    problem = draw_moons(100)
    times = []
    for _ in range(9):
        model = networks.build_model(problem)
        inputs = [Value(0.0) for _ in range(3)]
        start = time.perf_counter()
        outputs = networks.listed(model(inputs[:2]))
        record(networks.sample_loss(problem, outputs, inputs[2]), inputs).value_and_gradient(
            np.column_stack([problem.X, problem.y])
        )
        times.append(time.perf_counter() - start)
    return sorted(times)[4]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Gradwalk measured beside others.")
    parser.add_argument("--quick", action="store_true", help="fewer turns and smaller graphs")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write all numbers to FILE")
    parser.add_argument("--picture", metavar="FILE", type=Path, help="draw the growth (PNG or SVG)")
    parser.add_argument(
        "--only", metavar="TEXT", default="", help="only the workloads with TEXT in their name; no growth"
    )
    options = parser.parse_args(arguments)
    for path in (options.json, options.picture):
        if path and not path.parent.is_dir():
            parser.error(f"no such folder: {path.parent}")
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, one thread, float64; median of a step ± half")
    print("the distance of the quartiles; how many times as long as Gradwalk the others take\n")
    missed = []
    rows: list[dict[str, float]] = []
    drawing: list[dict[str, float]] = []
    chain: dict[str, tuple[float, float]] = {}
    seconds = None
    if not options.only:
        seconds = recording_time()
        # before the others are loaded: the collector looks through all that they hold as well
        print(f"recording the MLP's loss and the first replay: {seconds * 1e3:.1f} ms (at most 50 ms)")
        missed += ["recording"] if seconds > 0.05 else []
        rows = [growth.measure(size, options.quick) for size in growth.SIZES[: 3 if options.quick else 4]]
        print("\nnanoseconds, and bytes, a node\n" + "\n".join(growth.lines(rows)))
        print("\nthe worst of these, beside the smallest graph")
        for name, factor in growth.find_factors(rows).items():
            most = growth.MOST[name]
            print(f"{name:28} {factor:5.2f}x  at most {most}x  {judge(factor <= most)}")
            missed += [f"growth: {name}"] if factor > most else []
        chain = growth.measure_chains(options.quick)
        print("\na chain of operations on two operands, built and differentiated, collector on")
        for name, (number, most) in chain.items():
            print(f"{name:44} {number:6.2f}  at most {most:g}  {judge(number <= most)}")
            missed += [name] if number > most else []
        drawing = [growth.measure_drawing(size) for size in growth.DRAWN[: 4 if options.quick else 6]]
        print("\nseconds to draw a graph in full\n" + "\n".join(growth.lines(drawing)) + "\n")
    found = []
    for contest in contests():
        if options.only not in contest.name:
            continue
        contest.run(options.quick)
        print("\n".join(contest.lines()), flush=True)
        missed += [f"{contest.name}: {name}" for name in contest.failures()]
        found.append(
            {
                "workload": contest.name,
                "least": dict(contest.least),
                "missing": contest.missing,
                "results": {
                    name: {"seconds": result.time, "spread": result.spread, "times": result.times, "loss": result.loss}
                    for name, result in contest.results.items()
                },
            }
        )
    if not found:
        parser.error(f"no workload has {options.only!r} in its name")
    if options.picture:
        growth.draw(rows, drawing, options.picture)
    if options.json:
        numbers = {"contests": found, "recording": seconds, "growth": rows, "chain": chain, "drawing": drawing}
        options.json.write_text(json.dumps(numbers, indent=1) + "\n")
    print("\nmissed: " + "; ".join(missed) if missed else "\neverything that is to be reached was reached")
    return 0


if __name__ == "__main__":
    sys.exit(main())
