"""Kill, at random moments, a process that saves one file after another: each is the old one or the new one, never half.

python -m tests.kills --times 200 --seed 0

Two versions of each file are written in turn. What a kill leaves must be one of them, byte by byte. The draft that the
process was at may stay, one for each file, hidden, and is gone after the next save.
"""

import argparse
import contextlib
import io
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import nn
import viz
from demos import gallery, runner
from engine import parse
from viz.figures.plots import loss_curve

Write = Callable[[Path, int], None]  # of a folder and a version, 0 or 1


def write_checkpoint(folder: Path, version: int) -> None:
    nn.save(MODELS[version], folder / "model.npz")


def write_page(folder: Path, version: int) -> None:
    viz.page(GRAPHS[version]).save(folder / "step.html")


def write_picture(folder: Path, version: int) -> None:
    viz.draw(GRAPHS[version]).save(folder / "graph.svg")


def write_plot(folder: Path, version: int) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        runner.save(loss_curve([3.0, 2.0 + version, 1.0]), folder / "loss.png", "A loss.")


def write_gallery(folder: Path, version: int) -> None:
    """The gallery of two demos instead of all."""
    with (
        mock.patch.object(gallery, "find_names", return_value=["by_hand", "gradient_descent"]),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        gallery.main(folder, seed=version)


WRITERS: dict[str, Write] = {
    "checkpoint": write_checkpoint,
    "page": write_page,
    "picture": write_picture,
    "plot": write_plot,
    "gallery": write_gallery,
}
MODELS = [nn.MLP(20, [60, 60, 1], init=init) for init in ("zeros", "constant")]
GRAPHS = [parse("tanh(w*x + b)", w=w, x=2, b=b)[0] for w, b in ((-3, 6.5), (1, 0.25))]


def kill(write: Write, times: int, seed: int = 0) -> tuple[int, list[str]]:
    """How often a draft was left behind, and what was wrong: files that are neither version, drafts that stay."""
    generator = random.Random(seed)
    with TemporaryDirectory() as name:
        whole: dict[Path, set[bytes]] = {}
        started = time.perf_counter()
        for version in (0, 1):
            folder = Path(name, str(version))
            folder.mkdir()
            write(folder, version)
            for file, content in read_files(folder).items():
                whole.setdefault(file, set()).add(content)
        longest = 1.5 * (time.perf_counter() - started)
        folder = Path(name, "0")
        drafts, wrong = 0, []
        for number in range(times):
            kill_once(write, folder, generator.uniform(0, longest))
            found = read_files(folder)
            litter = found.keys() - whole.keys()
            drafts += bool(litter)
            wrong += [
                f"kill {number}: {file} is {len(found.get(file, b''))} bytes of neither version"
                for file in whole
                if found.get(file) not in whole[file]
            ]
            if strange := litter - {file.with_name(f".{file.name}.part") for file in whole}:
                wrong.append(f"kill {number}: besides the files there are {', '.join(map(str, strange))}")
        write(folder, 0)
        if litter := read_files(folder).keys() - whole.keys():
            wrong.append(f"in the end there are {', '.join(map(str, litter))}")
    return drafts, wrong


def kill_once(write: Write, folder: Path, seconds: float) -> None:
    """Let a process write for so long."""
    sys.stdout.flush()
    process = os.fork()
    if not process:
        try:
            for version in count():
                write(folder, version % 2)
        finally:
            os._exit(1)
    time.sleep(seconds)
    os.kill(process, signal.SIGKILL)
    if os.waitpid(process, 0)[1] != signal.SIGKILL:
        raise AssertionError("the process ended by itself, before it was killed")


def read_files(folder: Path) -> dict[Path, bytes]:
    """What is in the files below a folder."""
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def main(arguments: list[str] | None = None) -> int:
    """Kill each writer so often; the exit code is 1 where a file was harmed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200, help="kills of each writer")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--only", nargs="+", choices=WRITERS, help="some writers instead of all")
    options = parser.parse_args(arguments)
    os.environ.setdefault("MPLBACKEND", "agg")
    harmed = False
    for name in options.only or WRITERS:
        drafts, wrong = kill(WRITERS[name], options.times, options.seed)
        print(f"{name:10} {options.times} kills, {drafts} while a draft was open, {len(wrong)} faults")
        print("".join(f"  {text}\n" for text in wrong[:5]), end="", flush=True)
        harmed = harmed or bool(wrong)
    return int(harmed)


if __name__ == "__main__":
    sys.exit(main())
