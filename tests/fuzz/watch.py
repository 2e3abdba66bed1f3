"""The watch over one hostile input: what it runs, how long it takes, how much memory."""

import gc
import os
import resource
import signal
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

SECONDS, MEGABYTES = 1.0, 100.0


class Ran(BaseException):
    """Something hostile input made happen that it must not; no `except Exception` on the way can swallow it."""


class TooLong(BaseException):
    """Time is up."""


_watched = threading.local()


def _watch_event(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook (PEP 578): while an input is at work, code of its own, processes and foreign files are faults."""
    folder = getattr(_watched, "folder", None)
    if folder is None:
        return
    bad = event.startswith(("os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "subprocess.", "socket."))
    if event == "exec":  # the op table's formulas are compiled when they are needed, and modules are imported
        bad = not arguments[0].co_filename.startswith("<op table") and not _imports()
    elif event == "open" and isinstance(arguments[0], str):
        writes = isinstance(arguments[1], str) and arguments[1] not in ("r", "rb")
        bad = writes and not os.path.abspath(arguments[0]).startswith((folder, os.devnull))
    elif event in ("os.remove", "os.rename", "os.rmdir", "os.mkdir"):
        bad = not os.path.abspath(arguments[0]).startswith(folder)
    if bad or event.startswith(("pickle.find_class", "ctypes.")):
        _watched.folder = None
        raise Ran(f"{event}{arguments!r}"[:300])


@cache
def _add_hook() -> None:
    """Once: Python keeps the hook to the end of the process, and calls it at every id()."""
    sys.addaudithook(_watch_event)


def _imports() -> bool:
    """Whether an import is under way."""
    frame: FrameType | None = sys._getframe(2)
    while frame and frame.f_code.co_filename != "<frozen importlib._bootstrap>":
        frame = frame.f_back
    return frame is not None


@contextmanager
def unwatched() -> Iterator[None]:
    """For what a check itself has to run."""
    folder, _watched.folder = getattr(_watched, "folder", None), None
    try:
        yield
    finally:
        _watched.folder = folder


@contextmanager
def watched(seconds: float = SECONDS, megabytes: float = MEGABYTES) -> Iterator[None]:
    """AssertionError for a block that runs what it must not, or takes too much time or memory."""

    def stop(*_: Any) -> None:
        raise TooLong

    _add_hook()
    gc.disable()  # or a collection of what came before counts as its time
    before, started = _peak(again=True), time.process_time()
    handler = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, 10 * seconds)
    _watched.folder = os.getcwd()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    except Ran as ran:
        raise AssertionError(f"it ran {ran}") from None
    except TooLong:
        raise AssertionError(f"it was stopped after {10 * seconds:g} s") from None
    finally:
        _watched.folder = None
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, handler)
        gc.enable()
    took = time.process_time() - started
    assert took <= seconds, f"it took {took:.1f} s"
    grown = _peak() - before
    assert grown <= megabytes, f"it took {grown:.0f} MB"


def _peak(again: bool = False) -> float:
    """The largest size of this process in MB; from now on, if it is to be measured again and the system can."""
    try:
        if again:
            Path("/proc/self/clear_refs").write_bytes(b"5")
        return int(Path("/proc/self/status").read_bytes().partition(b"VmHWM:")[2].split()[0]) / 1024
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
