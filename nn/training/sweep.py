"""Sweep: run a function for a grid of settings, in this process, on all cores, or on a cluster."""

import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager
from copy import deepcopy
from functools import partial
from inspect import signature
from itertools import product
from multiprocessing import parent_process
from pickle import dumps, loads
from queue import SimpleQueue
from threading import current_thread, main_thread
from typing import Any

from nn.arguments import check_flag, read_list
from nn.training.history import History
from nn.training.progress import hide_progress, show_progress
from nn.training.runs import Run, Runs
from nn.training.stopping import Interruptions

Train = Callable[..., Any]
Show = Callable[[History], None]


def sweep(
    train: Train,
    settings: Mapping[str, Iterable[Any]] | Iterable[Mapping[str, Any]],
    executor: Executor | None = None,
    *,
    progress: bool = True,
) -> Runs:
    """Call `train(**setting)` for each of many settings; returns a `Run` for each, in their order.

    train      your function, which returns whatever to keep: a model, a history, or both
    settings   a list of values for each name: every combination runs, the last name varying fastest; or a list of
               settings, each a mapping from names to values. A seed is a setting like any other
    executor   an executor of `concurrent.futures`: `ProcessPoolExecutor()` uses all cores, dask's
               `client.get_executor()` a cluster; None runs the settings here, one by one
    progress   show one bar, if tqdm is installed; within `train`, `nn.fit` shows none

    The numbers are the same wherever they run: each run gets copies of its values, so a generator among them starts
    anew. A run that fails has its error in its row, and the others go on. If a process dies, the remaining runs of its
    pool fail.

    Ctrl-C ends the sweep. It returns the completed runs; all others have KeyboardInterrupt as their error. Processes of
    a ProcessPoolExecutor, and so the pool, are ended. A thread completes its current run first; so does a worker of a
    cluster, but the sweep does not wait for it.

    Before anything runs, TypeError or ValueError says what is wrong with the settings or the executor and, with an
    executor, what cannot be pickled: train must then be a function defined in a module, and a script that starts
    processes needs `if __name__ == "__main__":`.

    >>> sweep(pow, {"base": [2, 3], "exp": [1, 2]}, progress=False)
    base  exp  result
    2     1    2
    2     2    4
    3     1    3
    3     2    9
    """
    if not callable(train):
        raise TypeError(f"train must be a function of the settings, not {type(train).__name__}: {train!r}")
    plan, values = _read(settings)
    progress = check_flag("progress", progress)
    for setting in plan:
        _check_names(train, setting)
    if executor is not None:
        if not isinstance(executor, Executor):
            known = "a concurrent.futures.Executor, as ProcessPoolExecutor() and dask's client.get_executor() are"
            raise TypeError(f"executor must be {known}, not {type(executor).__name__}: {executor!r}")
        for name, value in {"train": train, **values}.items():
            _check_pickle(name, value)
    watch = Interruptions().watch()
    with show_progress(len(plan), progress, "run") as show, watch as interruptions:
        if executor is None:
            return _run_here(train, plan, show, interruptions)
        return _run_elsewhere(train, plan, executor, show, interruptions)


def _run_here(train: Train, plan: list[dict[str, Any]], show: Show, interruptions: Interruptions) -> Runs:
    runs = Runs(map(_interrupt, plan))
    try:
        for number, setting in enumerate(plan):
            try:
                run = Run(setting, _call(train, setting))
            except Exception as error:
                run = Run(setting, error=error)
            # What was returned after Ctrl-C, as by nn.fit, is kept, but it is not what it was to be.
            runs[number] = _interrupt(setting, run.returned) if interruptions.came else run
            show(run.history)
            if interruptions.came:
                break
    except KeyboardInterrupt:
        pass
    return runs


def _run_elsewhere(
    train: Train, plan: list[dict[str, Any]], executor: Executor, show: Show, interruptions: Interruptions
) -> Runs:
    futures: dict[Future[Any], dict[str, Any]] = {}
    finished: SimpleQueue[Future[Any]] = SimpleQueue()
    try:
        with interruptions, _deaf_children():
            for number, setting in enumerate(plan):
                future = _submit(executor, train, setting, number)
                futures[future] = setting
                future.add_done_callback(finished.put)
        for _ in plan:
            future = finished.get()  # Ctrl-C in as_completed could leave the futures locked
            show(_take(futures[future], future).history)
    except KeyboardInterrupt:
        with interruptions:
            _stop(executor, list(futures))
    return Runs(_take(setting, future, interruptions.came) for future, setting in futures.items())


def _submit(executor: Executor, train: Train, setting: dict[str, Any], number: int) -> Future[Any]:
    try:
        return executor.submit(partial(_call_elsewhere, train, setting, number))  # dask would look into arguments
    except BrokenExecutor as error:  # by a run that is under way already
        failed: Future[Any] = Future()
        failed.set_exception(error)
        return failed


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Keep Ctrl-C from threads and processes that start in the block, except on Windows."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _stop(executor: Executor, futures: list[Future[Any]]) -> None:
    """Start no more runs, and end those in processes."""
    processes = getattr(executor, "_processes", None)  # of a ProcessPoolExecutor; Python 3.14 has terminate_workers
    if processes is None:
        for future in futures:
            future.cancel()
    else:  # what waits fails with them; if it were cancelled, Python 3.11 would stumble over it
        for process in list(processes.values()):
            process.terminate()


def _take(setting: dict[str, Any], future: Future[Any], interrupted: bool = False) -> Run:
    """Return the result of a run, once it is done."""
    if future.cancelled():
        return _interrupt(setting)
    error = future.exception()
    if interrupted and isinstance(error, BrokenExecutor):
        return _interrupt(setting)
    return Run(setting, None if error else future.result(), error)


def _interrupt(setting: dict[str, Any], returned: Any = None) -> Run:
    return Run(setting, returned, KeyboardInterrupt("interrupted"))


def _call(train: Train, setting: dict[str, Any]) -> Any:
    try:
        return hide_progress(train, **deepcopy(setting))
    except SystemExit as error:  # which would end this process, or a worker of a cluster
        raise RuntimeError(f"train raised SystemExit: {error}") from None


def _call_elsewhere(train: Train, setting: dict[str, Any], number: int) -> Any:
    """Call train on an executor. Runs that are alike differ in their number, or dask would make but one of them."""
    if parent_process() is None or current_thread() is not main_thread():
        return _call(train, setting)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where the pool is older than the sweep, too, that is who ends it
    try:
        result = _call(train, setting)
        _check_pickle("what train returned", result)
    except Exception as error:  # one that cannot be read where it arrives would break the pool
        _check_pickle(f"what train raised, {type(error).__name__}: {error},", error)
        raise
    return result


def _read(settings: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the settings, one by one, and the values in them by name."""
    if isinstance(settings, Mapping):
        grid = {name: read_list(values, f"settings[{name!r}]", "a list of values") for name, values in settings.items()}
        values = {f"settings[{name!r}][{i}]": value for name in grid for i, value in enumerate(grid[name])}
        empty = [f"settings[{name!r}]" for name in grid if not grid[name]]
        plan = [dict(zip(grid, chosen, strict=True)) for chosen in product(*grid.values())] if grid else []
    else:
        plan = read_list(settings, "settings", "values by name, or a list of such settings,")
        for i, setting in enumerate(plan):
            if not isinstance(setting, Mapping):
                given = f"{type(setting).__name__}: {setting!r}"
                raise TypeError(f"settings[{i}] must be a mapping from names to values, not {given}")
        plan, empty = list(map(dict, plan)), []
        values = {f"settings[{i}][{name!r}]": each[name] for i, each in enumerate(plan) for name in each}
    if not plan:
        raise ValueError(f"{', '.join(empty or ['settings'])} is empty: there is nothing to run")
    return plan, values


def _check_names(train: Train, setting: dict[str, Any]) -> None:
    try:
        signature(train).bind(**setting)
    except TypeError as error:
        names = ", ".join(map(str, setting)) or "no setting"
        raise TypeError(f"train cannot be called with {names}: {error}") from None
    except ValueError:  # of those that Python cannot say of what they take
        pass


def _check_pickle(name: str, value: Any) -> None:
    try:
        loads(dumps(value))
    except Exception as error:
        raise TypeError(f"{name} cannot be pickled, and so not go to another process and back: {error}") from None
