"""Several programs for the same work, timed in turns."""

import multiprocessing
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

Step = Callable[[], float]
US = "Gradwalk"
SHARE = 0.03  # seconds that a turn takes at least: its first steps run on what the others left in the caches


@dataclass
class Result:
    """The times of one program in seconds a step, and the loss of its first step."""

    times: list[float]
    loss: float

    @property
    def time(self) -> float:
        return median(self.times)

    @property
    def spread(self) -> float:
        """The quartiles' distance, as a share of the median."""
        low, _, high = quantiles(self.times, n=4)
        return (high - low) / self.time


class Shared:
    """A program in this process: it has taken two steps; `first` is the loss of the first."""

    def __init__(self, build: Callable[[], Step]) -> None:
        self._step = build()
        self.first = float(self._step())
        self._step()

    def time(self, count: int) -> float:
        """Seconds a step, over `count` steps."""
        start = time.perf_counter()
        for _ in range(count):
            self._step()
        return (time.perf_counter() - start) / count

    def close(self) -> None:
        """Nothing is to be done."""


class Alone:
    """A program in a process of its own, where the collector meets nobody else's garbage."""

    def __init__(self, build: Callable[[], Step]) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("fork").Process(target=_serve, args=(build, theirs), daemon=True)
        self._process.start()
        self.first = float(self._pipe.recv())

    def time(self, count: int) -> float:
        """Seconds a step, over `count` steps."""
        self._pipe.send(count)
        return float(self._pipe.recv())

    def close(self) -> None:
        """End the process."""
        self._pipe.send(0)
        self._process.join()


def _serve(build: Callable[[], Step], pipe: Any) -> None:
    program = Shared(build)
    pipe.send(program.first)
    while count := pipe.recv():
        pipe.send(program.time(count))


@dataclass
class Contest:
    """A workload: programs by name, and by how much Gradwalk is to be faster than some of them.

    alone   each program runs in a process of its own, still in turns
    """

    name: str
    programs: Mapping[str, Callable[[], Step]]
    least: Mapping[str, float] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    alone: bool = False
    turns: int = 15
    results: dict[str, Result] = field(default_factory=dict)

    def run(self, quick: bool = False) -> "Contest":
        """Build every program, note the loss of its first step, then time them in turns."""
        steps = {name: (Alone(build) if self.alone else Shared(build)) for name, build in self.programs.items()}
        counts = {}
        for name, program in steps.items():
            self.results[name] = Result([], program.first)
            counts[name] = max(1, int(SHARE / program.time(1)))
        for _ in range(5 if quick else self.turns):
            for name, program in steps.items():
                self.results[name].times.append(program.time(counts[name]))
        for program in steps.values():
            program.close()
        return self

    def ratio(self, name: str) -> float:
        """How many times as long as Gradwalk a program takes."""
        return self.results[name].time / self.results[US].time

    def disagrees(self, name: str) -> bool:
        """Whether its first loss differs from Gradwalk's."""
        ours = self.results[US].loss
        return not abs(self.results[name].loss - ours) <= 1e-9 * max(1.0, abs(ours))

    def failures(self) -> list[str]:
        """The programs that Gradwalk does not outrun by as much as it is to."""
        return [name for name, least in self.least.items() if name in self.results and self.ratio(name) < least]

    def lines(self) -> list[str]:
        """A row of the table, one line a program."""
        lines = []
        for name, result in self.results.items():
            ratio = "" if name == US else f"{self.ratio(name):8.2f}x"
            least = f"at least {self.least[name]:g}x" if name in self.least else ""
            verdict = judge(name not in self.failures()) if name in self.least else ""
            remark = f"  another loss: {result.loss!r}" if self.disagrees(name) else ""
            first = self.name if name == US else ""
            time_text = f"{show_time(result.time):>10} ±{result.spread / 2:4.0%}"
            lines.append(f"{first:44} {name:14} {time_text} {ratio:>9}  {least:14} {verdict}{remark}".rstrip())
        lines += [f"{'':44} {name:14} not installed" for name in self.missing]
        return lines


def judge(is_reached: bool) -> str:
    return "ok" if is_reached else "MISSED"


def show_time(seconds: float) -> str:
    """A duration with three digits."""
    for suffix, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {suffix}"
    return f"{seconds / 1e-9:.3g} ns"
