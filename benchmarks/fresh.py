"""A program of `benchmarks.learners` in a process of its own, which imports nothing before it is asked to learn."""

import time

START = time.perf_counter()

import pickle  # noqa: E402
import sys  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from pathlib import Path  # noqa: E402
from subprocess import PIPE, Popen  # noqa: E402
from typing import Any  # noqa: E402

ROOT = Path(__file__).parent.parent


@dataclass
class Run:
    """What came of a training; `peak` is the most memory that the process has had so far, in MB."""

    score: float
    epochs: int
    seconds: float
    peak: float


class Fresh:
    """A process for one library, to be used at once: its first run counts from its start, imports included."""

    def __init__(self, library: str) -> None:
        command = [sys.executable, "-m", "benchmarks.fresh", library]
        self._process = Popen(command, stdin=PIPE, stdout=PIPE, cwd=ROOT)

    def learn(self, task: Any, seed: int) -> Run:
        """The program's training."""
        pickle.dump((task, seed), self._process.stdin)
        self._process.stdin.flush()
        return Run(*pickle.load(self._process.stdout))

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def read_peak() -> float:
    """The most memory that this process has had; what `resource` says on Linux may be its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1e3
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # bytes on macOS


def serve(library: str) -> None:
    """Learn one task after another from the standard input until it ends."""
    start, learn, answers = START, None, sys.stdout.buffer
    sys.stdout = sys.stderr
    while True:
        try:
            task, seed = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        if learn is None:
            from benchmarks.learners import PROGRAMS

            learn = PROGRAMS[library](task.classes)
        else:
            start = time.perf_counter()
        score, epochs = learn(task, seed)
        seconds = time.perf_counter() - start
        pickle.dump((score, epochs, seconds, read_peak()), answers)
        answers.flush()


if __name__ == "__main__":
    serve(sys.argv[1])
