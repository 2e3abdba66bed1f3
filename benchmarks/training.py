"""python -m benchmarks.training: the time to a result, and of an update, beside what a user would pick instead.

And what else runs over all rows, in forward passes of the tape.
"""

import argparse
import inspect
import json
import platform
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from importlib.util import find_spec
from itertools import product
from math import copysign, inf
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any

import numpy as np

import nn
from benchmarks import forward, updates
from benchmarks.contest import US, judge
from benchmarks.fresh import Fresh, Run
from benchmarks.learners import EPOCHS, MODULES, PROGRAMS, Task

TASKS = {
    "iris": ((16,), 0.95), "wine": ((16,), 0.97), "breast cancer": ((16,), 0.95), "moons": ((16, 16), 0.96),
    "digits": ((32,), 0.96), "diabetes": ((16,), 0.30),
}  # fmt: skip
OURS = {"iris": nn.load_iris, "digits": nn.load_digits}
SEEDS, TURNS, MORE_SEEDS = 5, 3, 12
ROWS = (1_000, 100_000)  # over which more than training runs
FIRST, FACTOR = 4, 1.5  # on so many tasks, and within this factor of the first on the others
LAG = 2  # standard errors behind the best of the others


def draw_task(name: str, seed: int) -> Task:
    """A fifth of the rows held out, drawn by the seed; columns, and targets that are numbers, standardised."""
    hidden, goal = TASKS[name]
    generator = np.random.default_rng(seed)
    X, y = load(name, generator)
    classes = 0 if name == "diabetes" else int(y.max()) + 1
    (X, y), (X_test, y_test) = nn.split(X, y, stratify=bool(classes), generator=generator)
    X, X_test = nn.standardise(X, X_test)
    if not classes:
        y, y_test = (column[:, 0] for column in nn.standardise(y[:, None], y_test[:, None]))
    return Task(X, y, X_test, y_test, hidden, classes, goal)


def load(name: str, generator: np.random.Generator) -> Any:
    """X and y."""
    if name == "moons":
        return nn.moons(400, generator=generator)
    if name in OURS:
        X, y, *_ = OURS[name]()
        return X, y
    from sklearn import datasets

    return getattr(datasets, f"load_{name.replace(' ', '_')}")(return_X_y=True)


def choose(text: str) -> Iterator[tuple[str, list[str]]]:
    """The tasks, and the libraries that can learn each, of which "task, library" holds the text."""
    for task in TASKS:
        if not (task == "moons" or task in OURS or find_spec("sklearn")):
            print(f"scikit-learn is not installed: {task} is left out", file=sys.stderr)
            continue
        chosen = [library for library in PROGRAMS if text in f"{task}, {library}" and find_spec(MODULES[library])]
        if chosen:
            yield task, chosen


@dataclass
class Trained:
    """What a library's program has done with a task.

    cold   its first run in a fresh process, imports included
    runs   until the goal was reached: for each seed, one for each turn
    whole  without a goal, one for each of more seeds
    """

    cold: Run
    goal: float
    runs: list[list[Run]]
    whole: list[Run] = field(default_factory=list)

    @property
    def warm(self) -> float:
        """Seconds: the median over the seeds, of each the median of its turns."""
        return median(median(run.seconds for run in turns) for turns in self.runs)

    @property
    def reached(self) -> int:
        """By how many seeds."""
        return sum(turns[0].score >= self.goal for turns in self.runs)

    def typical(self, name: str) -> float:
        """The median over the seeds of a run's score or epochs."""
        return median(getattr(turns[0], name) for turns in self.runs)

    def scores(self) -> list[float]:
        """After all epochs, seed by seed."""
        return [run.score for run in self.whole]


def measure(name: str, libraries: Iterable[str], quick: bool) -> dict[str, Trained]:
    """What each library makes of a task, in turns, each in a process of its own."""
    tasks = [draw_task(name, seed) for seed in range(2 if quick else SEEDS)]
    processes, found = {}, {}
    for library in libraries:
        processes[library] = Fresh(library)
        cold = processes[library].learn(tasks[0], 0)
        found[library] = Trained(cold, tasks[0].goal, [[] for _ in tasks])
    for _, seed, library in product(range(1 if quick else TURNS), range(len(tasks)), processes):
        found[library].runs[seed].append(processes[library].learn(tasks[seed], seed))
    for seed in range(2 if quick else MORE_SEEDS):
        task = replace(draw_task(name, seed), goal=inf)
        for library, process in processes.items():
            found[library].whole.append(process.learn(task, seed))
    for process in processes.values():
        process.close()
    return found


def find_ratio(found: dict[str, Trained]) -> float:
    """How many times as long as the first Gradwalk takes."""
    return found[US].warm / min(each.warm for each in found.values())


def find_lag(found: dict[str, Trained]) -> float:
    """By how many standard errors we score less than the best of the others, over the same splits; below 0: more."""
    peers = [each.scores() for library, each in found.items() if library != US]
    if not peers:
        return 0.0
    behind = [theirs - ours for theirs, ours in zip(max(peers, key=mean), found[US].scores(), strict=True)]
    error = stdev(behind) / len(behind) ** 0.5
    return mean(behind) / error if error else copysign(inf, mean(behind)) if mean(behind) else 0.0


def count_lines(library: str) -> int:
    """Lines of the program in `benchmarks.learners`, without the empty ones."""
    return sum(bool(line.strip()) for line in inspect.getsource(PROGRAMS[library]).splitlines())


def time_lines(name: str, found: dict[str, Trained]) -> Iterator[str]:
    """Rows of the table of times, one line a library."""
    for library, each in found.items():
        ratio = f"{each.warm / min(other.warm for other in found.values()):.2f}x"
        reached = f"{each.reached}/{len(each.runs)}"
        yield (
            f"{name:14}{library:13}{each.warm * 1e3:8.1f}{ratio:>7}{each.cold.seconds:7.2f}{each.cold.peak:5.0f}"
            f"{each.typical('score'):7.3f}{each.typical('epochs'):7g}{reached:>5} "
            f"{judge(find_ratio(found) <= FACTOR) if library == US else ''}"
        ).rstrip()
        name = ""


def score_lines(name: str, found: dict[str, Trained]) -> Iterator[str]:
    """Rows of the table of scores, one line a library."""
    for library, each in found.items():
        scores, seconds = each.scores(), median(run.seconds for run in each.whole)
        lag = f"{find_lag(found):9.1f}  {judge(find_lag(found) <= LAG)}" if library == US else ""
        yield f"{name:14}{library:13}{mean(scores):8.4f}{stdev(scores):9.4f}{seconds * 1e3:9.1f}{lag}"
        name = ""


def print_tasks(chosen: dict[str, list[str]], quick: bool) -> tuple[dict[str, dict[str, Trained]], list[str]]:
    """The tables of the time to a result and of how good it is; and what was missed."""
    print(f"{'to the goal':27}{'warm ms':>8}{'':7}{'cold s':>7}{'MB':>5}{'score':>7}{'epochs':>7}{'goal':>5}")
    found = {}
    for name, libraries in chosen.items():
        found[name] = measure(name, libraries, quick)
        print("\n".join(time_lines(name, found[name])), flush=True)
    ours = {name: each for name, each in found.items() if US in each}
    missed = [f"{name}: within {FACTOR}x of the first" for name, each in ours.items() if find_ratio(each) > FACTOR]
    missed += [f"{name}: as accurate" for name, each in ours.items() if find_lag(each) > LAG]
    if len(ours) == len(TASKS):
        first = sum(find_ratio(each) == 1 for each in ours.values())
        print(f"first on {first} of {len(TASKS)}, at least {FIRST}: {judge(first >= FIRST)}")
        missed += [f"first on {FIRST}"] if first < FIRST else []
    print(f"\nafter {EPOCHS} epochs; the lag behind the best other in standard errors: at most {LAG}")
    print(f"{'':27}{'score':>8}{'spread':>9}{'ms':>9}{'lag':>9}")
    for name, each in found.items():
        print("\n".join(score_lines(name, each)))
    libraries = [library for library in PROGRAMS if any(library in each for each in found.values())]
    print("\nlines of the program: " + ", ".join(f"{library} {count_lines(library)}" for library in libraries) + "\n")
    return found, missed


def print_updates(text: str, quick: bool) -> tuple[dict[str, Any], list[str]]:
    """The tables of an update; and what was missed."""
    numbers: dict[str, Any] = {}
    missed = []
    for contest in updates.contests(quick):
        if text in contest.name:
            updates.run(contest, quick)
            print(f"{contest.name}\n" + "\n".join(f"  {line[44:]}" for line in contest.lines()), flush=True)
            numbers[contest.name] = {name: result.times for name, result in contest.results.items()}
            missed += [f"{contest.name}: {name}" for name in contest.failures()]
    for size, rows in product((1, 10, 100), (updates.ROWS, 100)):
        name = f"fit beside the tape, batch {size} of {rows:,} rows"
        if text in name:
            seconds = numbers[name] = updates.measure_fit(size, rows, quick)
            print(f"\n{name}\n  " + ", ".join(f"{loop} {each * 1e6:.0f}" for loop, each in seconds.items()) + " µs")
            for loss, pair, ratio in updates.find_ratios(seconds):
                most = updates.MOST[pair]
                print(f"  {loss:6}{pair:22}{ratio:5.2f}x  at most {most:g}x  {judge(ratio <= most)}", flush=True)
                missed += [f"{name}: {loss}, {pair}"] if ratio > most else []
    return numbers, missed


def print_passes(text: str, quick: bool) -> dict[str, Any]:
    """The tables of what else runs over rows, in forward passes of the tape."""
    tables = {f"forward passes over {rows:,} rows": partial(forward.measure, rows, quick) for rows in ROWS}
    tables["forward passes over the points of a film"] = partial(forward.measure_frame, quick)
    numbers: dict[str, Any] = {}
    for name, measure_all in tables.items():
        if text in name:
            print(f"\n{name}")
            for what, seconds, forward_pass in measure_all():
                print(f"  {what:22}{seconds * 1e3:8.2f} ms{seconds / forward_pass:8.1f}x", flush=True)
                numbers[f"{what}, {name}"] = [seconds, forward_pass]
    return numbers


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer seeds and turns")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write all numbers to FILE")
    parser.add_argument("--only", metavar="TEXT", default="", help='only rows with TEXT, such as "iris, PyTorch"')
    options = parser.parse_args(arguments)
    if options.json and not options.json.parent.is_dir():
        parser.error(f"no such folder: {options.json.parent}")
    for library, module in MODULES.items():
        if not find_spec(module):
            print(f"{library} is not installed: its rows are left out", file=sys.stderr)
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, one thread; Adam at .01, batches of 32\n")
    chosen = dict(choose(options.only))
    trained, missed = print_tasks(chosen, options.quick) if chosen else ({}, [])
    seconds, more = print_updates(options.only, options.quick)
    passes = print_passes(options.only, options.quick)
    if not (trained or seconds or passes):
        parser.error(f"no row has {options.only!r}")
    if options.json:
        rows = {name: {library: asdict(each) for library, each in found.items()} for name, found in trained.items()}
        options.json.write_text(json.dumps({"trained": rows, "updates": seconds, "passes": passes}, indent=1) + "\n")
    missed += more
    print("\nmissed:\n  " + "\n  ".join(missed) if missed else "\neverything that is to be reached was reached")
    return 0


if __name__ == "__main__":
    sys.exit(main())
