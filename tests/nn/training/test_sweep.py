import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

import nn
from nn.training.runs import Run, Runs
from nn.training.sweep import sweep
from tests.conftest import optional

# what is swept


def learn(rate, seed, epochs=3):
    generator = np.random.default_rng(seed)
    X, y = nn.moons(20, 0.1, generator)
    model = nn.MLP(2, [4, 1], "tanh", generator=generator)
    sgd = nn.SGD(model.parameters(), lr=rate)
    return model, nn.fit(model, X, y, loss="hinge_of_no_name" if rate == 9 else "mse", optimizer=sgd, epochs=epochs)


def draw(generator, times=1):
    return generator.normal(size=times).tolist()


class Unreadable:
    def __reduce__(self):
        return int, ("a word",)


class TwoWordsError(Exception):
    def __init__(self, first, second):
        super().__init__(f"{first} {second}")


def fail(how):
    if how == "error that cannot be read":
        raise TwoWordsError("so", "long")
    if how == "exit":
        sys.exit("enough")
    return threading.Lock() if how == "lock" else how


def die(how):
    if how == "die":
        os._exit(1)
    time.sleep(how)


def interrupt(at, pid, moment=0.0):
    """The run that is `at` 1 presses Ctrl-C in a process; it and all behind it take a moment."""
    if at == 1:
        time.sleep(0.1)  # until there is somebody who waits
        os.kill(pid, signal.SIGINT)
    if at:
        time.sleep(moment)
    return at


# where


@pytest.fixture(scope="module")
def processes():
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        yield pool


@pytest.fixture(scope="module")
def cluster():
    distributed = optional("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client.get_executor()


@pytest.fixture(params=["here", "threads", "processes", "cluster"])
def executor(request):
    if request.param == "threads":
        with ThreadPoolExecutor(2) as pool:
            yield pool
    else:
        yield None if request.param == "here" else request.getfixturevalue(request.param)


def quietly(train, settings, executor=None):
    return sweep(train, settings, executor, progress=False)


# settings, numbers


def test_a_grid_has_every_combination_the_last_name_fastest():
    def train(rate, seed):
        return rate, seed

    runs = quietly(train, {"rate": np.array([0.1, 0.2]), "seed": range(3)})
    expected = [(0.1, 0), (0.1, 1), (0.1, 2), (0.2, 0), (0.2, 1), (0.2, 2)]
    assert [run.result for run in runs] == expected
    assert [tuple(run.setting.values()) for run in runs] == expected


def test_the_numbers_are_those_of_a_loop_wherever_they_run(executor):
    runs = quietly(learn, {"rate": [0.1, 0.2], "seed": range(2)}, executor)
    for run, (rate, seed) in zip(runs, [(0.1, 0), (0.1, 1), (0.2, 0), (0.2, 1)], strict=True):
        (model, history), (expected, losses) = run.result, learn(rate, seed)
        assert run.setting == {"rate": rate, "seed": seed}
        assert model.state_dict() == expected.state_dict()
        assert model([0.5, -0.5]).data == expected([0.5, -0.5]).data
        assert history == run.history == losses


def test_a_list_of_settings_is_taken_as_it_is_also_twice_and_each_run_has_its_own_copies(executor):
    generator = np.random.default_rng(5)
    settings = [{"generator": generator}, {"generator": generator, "times": 2}, {"generator": generator}]
    first, second = np.random.default_rng(5).normal(size=2)
    assert [run.result for run in quietly(draw, settings, executor)] == [[first], [first, second], [first]]
    assert generator.normal() == first


def test_runs_that_are_alike_are_all_run(executor):
    assert len({run.result for run in quietly(uuid4, [{}] * 3, executor)}) == 3


def test_any_name_may_be_that_of_a_setting():
    def train(train, setting, function, self):
        return train + setting + function + self

    assert quietly(train, [{"train": 1, "setting": 2, "function": 3, "self": 4}])[0].result == 10


# errors


def test_a_failed_run_is_reported_and_the_others_go_on(executor):
    runs = quietly(learn, {"rate": [0.1, 9, 0.2], "seed": [0]}, executor)
    assert [run.error is None for run in runs] == [True, False, True]
    assert runs[1].returned is None
    assert "unknown loss: 'hinge_of_no_name'" in str(runs[1].error)
    with pytest.raises(ValueError, match="unknown loss"):
        runs[1].result  # noqa: B018


def test_what_cannot_come_back_fails_alone(processes):
    runs = quietly(fail, {"how": [1, "error that cannot be read", "lock", "exit", 2]}, processes)
    cannot = "cannot be pickled, and so not go to another process and back"
    said = [
        "1",
        f"TypeError: what train raised, TwoWordsError: so long, {cannot}: "
        "TwoWordsError.__init__() missing 1 required positional argument: 'second'",
        f"TypeError: what train returned {cannot}: cannot pickle '_thread.lock' object",
        "RuntimeError: train raised SystemExit: enough",
        "2",
    ]
    assert [str(run) for run in runs] == said
    assert str(quietly(fail, {"how": ["exit"]})[0]) == said[3]


def test_a_process_that_dies_is_reported():
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        runs = quietly(die, {"how": [0, "die", 0, 0, 0, 0]}, pool)
    assert runs[0].error is None
    assert {type(run.error).__name__ for run in runs[1:]} == {"BrokenProcessPool"}


REFUSED = [
    (3, {"seed": [1]}, TypeError, "train must be a function of the settings, not int: 3"),
    (learn, {"rate": 0.1, "seed": [1]}, TypeError, "settings['rate']: a list of values expected, not float: 0.1"),
    (learn, {"rate": "0.1"}, TypeError, "settings['rate']: a list of values expected, not str: '0.1'"),
    (learn, {"rate": [0.1], "seed": []}, ValueError, "settings['seed'] is empty: there is nothing to run"),
    (learn, {}, ValueError, "settings is empty: there is nothing to run"),
    (learn, [], ValueError, "settings is empty: there is nothing to run"),
    (learn, 3, TypeError, "settings: values by name, or a list of such settings, expected, not int: 3"),
    (learn, [{"rate": 1, "seed": 1}, 3], TypeError, "settings[1] must be a mapping from names to values, not int: 3"),
    (learn, {"lr": [1]}, TypeError, "train cannot be called with lr: missing a required argument: 'rate'"),
    (learn, [{"rate": 1, "seed": 1}, {"rate": 1}], TypeError,
     "train cannot be called with rate: missing a required argument: 'seed'"),
    (learn, [{1: 2}], TypeError, "train cannot be called with 1: keywords must be strings"),
]  # fmt: skip


@pytest.mark.parametrize(("train", "settings", "error", "message"), REFUSED)
def test_bad_settings_are_refused(train, settings, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        sweep(train, settings)


@pytest.mark.parametrize(
    ("train", "settings", "place"),
    [
        (fail, {"how": [1, lambda x: x]}, "settings['how'][1]"),
        (fail, [{"how": 1}, {"how": threading.Lock()}], "settings[1]['how']"),
        (fail, {"how": [Unreadable()]}, "settings['how'][0]"),
        (lambda how: how, {"how": [1]}, "train"),
    ],
)
def test_what_cannot_be_pickled_is_named_before_anything_runs(train, settings, place):
    class Unused(ThreadPoolExecutor):
        def submit(self, *args):
            raise AssertionError

    with pytest.raises(TypeError, match=f"^{re.escape(place)} cannot be pickled, and so not go to another process"):
        sweep(train, settings, Unused())


@pytest.mark.parametrize("given", [3, ProcessPoolExecutor, threading])
def test_an_executor_is_an_executor(given):
    with pytest.raises(
        TypeError, match=r"executor must be a concurrent.futures.Executor, as .* are, not (int|type|module)"
    ):
        sweep(learn, {"rate": [1], "seed": [1]}, given)


# Ctrl-C


def test_ctrl_c_here_ends_the_sweep_also_where_fit_catches_it():
    def train(at):
        model, seen = nn.MLP(1, [1], generator=np.random.default_rng(0)), []

        def press(history):
            seen.append(history)
            if at == len(seen) == 2:
                signal.raise_signal(signal.SIGINT)

        return nn.fit(model, [[1.0]], [2.0], epochs=5, callback=press)

    handler = signal.getsignal(signal.SIGINT)
    runs = quietly(train, {"at": [1, 2, 3]})
    assert (runs[0].result.stopped, runs[1].returned.stopped, runs[2].returned) == ("epochs", "interrupted", None)
    assert [str(run) for run in runs[1:]] == ["KeyboardInterrupt: interrupted"] * 2
    with pytest.raises(KeyboardInterrupt):
        runs[2].result  # noqa: B018
    assert signal.getsignal(signal.SIGINT) is handler
    runs = quietly(interrupt, {"at": [0, 1, 2], "pid": [os.getpid()]})
    assert [run.returned for run in runs] == [0, None, None]


def test_ctrl_c_lets_a_thread_complete_its_run_and_nothing_begin():
    with ThreadPoolExecutor(1) as pool:
        runs = quietly(interrupt, {"at": [0, 1, 2, 3], "pid": [os.getpid()], "moment": [0.5]}, pool)
        assert [run.returned for run in runs] == [0, 1, None, None]
        assert [str(run) for run in runs[2:]] == ["KeyboardInterrupt: interrupted"] * 2
        assert quietly(fail, {"how": [7]}, pool)[0].result == 7  # it works on


def test_ctrl_c_leaves_a_cluster_in_order(cluster):
    runs = quietly(interrupt, {"at": [1, 2, 3, 4, 5], "pid": [os.getpid()], "moment": [0.5]}, cluster)
    assert [str(run) for run in runs] == ["KeyboardInterrupt: interrupted"] * 5
    assert quietly(fail, {"how": [7]}, cluster)[0].result == 7


def test_ctrl_c_ends_processes_at_once():
    begun = time.monotonic()
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        runs = quietly(interrupt, {"at": [0, 1, 2], "pid": [os.getpid()], "moment": [60.0]}, pool)
    assert time.monotonic() - begun < 30
    assert [run.returned for run in runs] == [0, None, None]
    assert {type(run.error) for run in runs[1:]} == {KeyboardInterrupt}


TERMINAL = r"""
import nn, os, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

os.write(1, b"begun\n")  # by this process and by those of the pool, which come to sleep as they begin

def train(seed):
    time.sleep(60)

if __name__ == "__main__":
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        print(nn.sweep(train, {"seed": range(3)}, pool, progress=False))
else:
    time.sleep(60)
"""


def test_ctrl_c_in_a_terminal_leaves_no_process_and_no_traceback(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(nn.__file__).parent.parent))
    script = tmp_path / "script.py"
    script.write_text(TERMINAL)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, script], start_new_session=True, **pipes) as process:
        assert [process.stdout.readline() for _ in range(2)] == ["begun\n"] * 2
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)  # once each process has closed its end
    assert err == ""
    assert out.replace("begun\n", "").splitlines() == [
        "seed  result",
        *(f"{i}     KeyboardInterrupt: interrupted" for i in range(3)),
    ]


# bar, table


def test_one_bar_counts_the_runs_wherever_they_run(executor, capfd):
    runs = sweep(learn, {"rate": [0.1], "seed": [3, 4]}, executor)
    said = capfd.readouterr().err
    assert "2/2" in said
    assert "epoch" not in said
    assert any(f"loss={run.history.loss[-1]:.4g}" in said for run in runs)


def test_without_a_bar_nothing_is_said(capfd):
    quietly(learn, {"rate": [0.1], "seed": [3]})
    assert capfd.readouterr() == ("", "")


def test_runs_print_as_a_table_of_80_columns():
    history = nn.History(loss=[0.5, 0.25], accuracy=[0.5, 1.0], validation_loss=[0.75, 0.125], stopped="diverged")
    runs = Runs([
        Run({"activation": np.tanh, "rate": 0.00012345}, (nn.MLP(1, [1]), history)),
        Run({"activation": "tanh", "rate": 1, "words": "a long\nway to say nothing at all"}, {"history": history}),
        Run({"activation": "relu"}, 3.0),
        Run({"activation": "relu"}, error=ValueError("no\nsuch thing, " * 9)),
    ])  # fmt: skip
    assert str(runs).splitlines() == [
        "activation  rate       words             result",
        "tanh        0.0001234                    loss 0.25, accuracy 1, validation loss…",
        "tanh        1          a long way to s…  loss 0.25, accuracy 1, validation loss…",
        "relu                                     3",
        "relu                                     ValueError: no such thing, no such thi…",
    ]
