"""The run: inputs made from their seeds and numbers, checked under watch, and faults made as small as they get."""

import argparse
import os
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass, field
from math import ceil
from random import Random
from typing import Any

from tests import fuzz
from tests.fuzz import expressions, files, labels
from tests.fuzz.watch import watched

MOST_FAULTS = 20  # of different kinds that are told of one target
TARGETS = expressions.TARGETS | labels.TARGETS | files.TARGETS


@dataclass
class Fault:
    """The first input at fault, by its number and made small, what was said of it, and how many there are like it."""

    number: int
    given: Any
    said: str
    count: int = 1


@dataclass
class Verdict:
    """What came of a target's inputs, counted, and a fault of each kind."""

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: dict[str, Fault] = field(default_factory=dict)


def make(target: str, seed: int, number: int) -> Any:
    """The input of that number."""
    return TARGETS[target].make(Random(f"{seed} {target} {number}"))


def find_fault(check: Callable[[Any], str], given: Any, **limits: float) -> tuple[str, str]:
    """The outcome of an input, and what is wrong, if anything."""
    try:
        with watched(**limits):
            return check(given), ""
    except Exception as error:  # whatever it is: a fault
        place = error.__traceback__
        while place and place.tb_next:
            place = place.tb_next
        where = f"{os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}" if place else ""
        return "fault", " ".join(f"{type(error).__name__} at {where}: {error}".split())


def run(target: str, seed: int, numbers: range) -> Verdict:
    """Check the inputs of these numbers, in a folder of their own."""
    verdict = Verdict()
    check = TARGETS[target].check
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        for number in numbers:
            given = make(target, seed, number)
            outcome, said = find_fault(check, given)
            verdict.outcomes[outcome] += 1
            kind = _kind(said)
            if kind in verdict.faults:
                verdict.faults[kind].count += 1
            elif said and len(verdict.faults) < MOST_FAULTS:
                if "watch.py" not in said:  # what takes long, or much memory, would do so at every attempt
                    given = shrink(given, lambda each, kind=kind: _kind(find_fault(check, each)[1]) == kind)
                verdict.faults[kind] = Fault(number, given, said)
    return verdict


def _kind(said: str) -> str:
    """What faults of one kind have in common."""
    return re.sub(r"\d+", "0", said)[:60]


def shrink(given: Any, fails: Callable[[Any], bool], most: float = 20.0) -> Any:
    """An input cut down as far as it still fails, or until so many seconds are over; of a tuple its first part."""
    end = time.monotonic() + most
    if isinstance(given, list | str | bytes):
        given = _cut(given, fails, end)
    if isinstance(given, list | tuple):
        for i, part in enumerate(given[:1] if isinstance(given, tuple) else given):
            now = given
            part = shrink(part, lambda each, i=i, now=now: fails(put(now, i, each)), most / len(given))
            given = put(given, i, part)
    return given


def put(given: Any, index: int, part: Any) -> Any:
    return type(given)([*given[:index], part, *given[index + 1 :]])


def _cut(given: Any, fails: Callable[[Any], bool], end: float) -> Any:
    size = len(given) // 2
    while size:
        at = 0
        while at < len(given) and time.monotonic() < end:
            shorter = given[:at] + given[at + size :]
            if fails(shorter):
                given = shorter
            else:
                at += size
        size //= 2
    return given


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=fuzz.__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=20_000, help="how many, shared out among the targets")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"some of {', '.join(TARGETS)}")
    given = parser.parse_args(arguments)
    for unknown in set(given.targets) - TARGETS.keys():
        parser.error(f"unknown target: {unknown!r} (one of {', '.join(TARGETS)})")
    chosen = given.targets or list(TARGETS)
    share = given.inputs / sum(TARGETS[target].share for target in chosen)
    total = faults = 0
    for target in chosen:
        started = time.process_time()
        count = ceil(share * TARGETS[target].share)
        verdict = run(target, given.seed, range(given.first, given.first + count))
        took = (time.process_time() - started) / count
        told = ", ".join(f"{number:,} {outcome}" for outcome, number in sorted(verdict.outcomes.items()))
        print(f"{target:11} {count:9,} inputs at {1000 * took:6.2f} ms: {told}", flush=True)
        for fault in verdict.faults.values():
            print(f"    {fault.count:,} times, first number {fault.number}: {fault.said[:600]}")
            print(f"    {repr(fault.given)[:1000]}", flush=True)
        total, faults = total + count, faults + verdict.outcomes["fault"]
    print(f"{total:,} inputs, {faults:,} faults")
    return 1 if faults else 0
