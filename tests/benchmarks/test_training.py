"""The benchmark of training: each program learns, all do the same work, and the tables say what was measured."""

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import __main__ as benchmarks
from benchmarks import training, updates
from benchmarks.fresh import Run
from benchmarks.learners import PROGRAMS, Task
from tests.conftest import optional


def make_task(classes: int) -> Task:
    """Two columns, of which the first decides."""
    X = np.random.default_rng(0).normal(size=(200, 2))
    y = np.digitize(X[:, 0], [0.0, 0.8][: classes - 1]) if classes else X[:, 0]
    return Task(X[:150], y[:150], X[150:], y[150:], (8,), classes, 0.9)


@pytest.mark.parametrize(
    ("library", "module", "classes"),
    [("Gradwalk", "nn", 2), ("Gradwalk", "nn", 3), ("PyTorch", "torch", 0), ("JAX jit", "jax", 3)],
)
def test_each_program_learns_until_the_goal_is_reached(library, module, classes):
    optional(module)
    task = make_task(classes)
    score, epochs = PROGRAMS[library](classes)(task, 1)
    assert score >= 0.9
    assert 1 <= epochs < 60


def test_no_goal_means_all_epochs():
    score, epochs = PROGRAMS["Gradwalk"](0)(replace(make_task(0), goal=np.inf), 1)
    assert score > 0.9
    assert epochs == 60


@pytest.mark.parametrize(
    ("classes", "y", "outputs", "score"),
    [
        (3, [2, 0, 1, 1], [[0, 1, 2], [3, 1, 2], [1, 0, 2], [0, 1, 0]], 0.75),
        (2, [1, 0, 1, 1], [[0.5], [-2.0], [-0.1], [0.0]], 0.5),
        (0, [1.0, 2.0, 3.0], [[1.0], [2.0], [2.0]], 0.5),  # 1 - 1/2: squares of the errors by squares about the mean
    ],
)
def test_a_score_is_what_is_right_of_the_test_rows(classes, y, outputs, score):
    task = replace(make_task(classes), y_test=np.array(y))
    assert task.score(np.array(outputs)) == pytest.approx(score)


def test_a_task_is_scaled_by_the_rows_to_learn_from():
    task, other = training.draw_task("iris", 0), training.draw_task("iris", 1)
    assert (task.X.shape, task.X_test.shape, task.widths) == ((120, 4), (30, 4), [4, 16, 3])
    np.testing.assert_allclose([task.X.mean(0), task.X.std(0)], [[0] * 4, [1] * 4], atol=1e-12)
    assert not np.array_equal(task.X, other.X)


def make_trained(*scores: float) -> training.Trained:
    runs = [Run(score, 3, 0.5, 40.0) for score in scores]
    return training.Trained(runs[0], 0.9, [[run] for run in runs], runs)


def test_a_lag_counts_standard_errors_behind_the_best_over_the_same_splits():
    found = {"Gradwalk": make_trained(0.9, 0.8, 0.9), "PyTorch": make_trained(0.9, 0.9, 1.0)}
    # behind by 0, .1 and .1: .2/3 in the mean, with a deviation of .1/sqrt(3), that is an error of .1/3
    assert training.find_lag(found) == pytest.approx(2.0)
    assert training.find_lag({**found, "JAX jit": make_trained(0.1, 0.1, 0.1)}) == pytest.approx(2.0)
    assert training.find_lag({"Gradwalk": found["Gradwalk"]}) == 0.0


def test_the_loops_start_from_the_same_loss():
    optional("torch"), optional("jax")
    problem = updates.draw(updates.BCE, 20)
    loops = [build(problem, 10, 1) for build in (updates.gradwalk, updates.tape, updates.pytorch, updates.jax)]
    assert [loop.first for loop in loops] == pytest.approx([loops[0].first] * 4, rel=1e-12)
    assert all(loop.time() > 0 for loop in loops)


def test_the_tables_tell_what_was_measured(tmp_path, capsys):
    file = tmp_path / "numbers.json"
    assert training.main(["--quick", "--only", "iris, Gradwalk", "--json", str(file)]) == 0
    (found,) = json.loads(file.read_text())["trained"]["iris"].values()
    assert len(found["whole"]) == 2
    assert all(run["epochs"] == 60 and run["score"] > 0.8 and run["seconds"] > 0 for run in found["whole"])
    assert 20 < found["cold"]["peak"] < 500
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split()[-1] for line in lines if line.startswith("iris")] == ["ok", "ok"]


def test_what_is_not_installed_is_left_out(monkeypatch, capsys):
    monkeypatch.setattr(training, "find_spec", lambda module: None if module in ("sklearn", "jax") else module)
    chosen = dict(training.choose(""))
    assert chosen == {name: ["Gradwalk", "PyTorch"] for name in ("iris", "moons", "digits")}
    assert capsys.readouterr().err.count("scikit-learn is not installed: ") == 3


def test_fit_beside_the_tape_is_measured(monkeypatch, capsys):
    monkeypatch.setattr(updates, "UPDATES", {10: 500})
    assert training.main(["--quick", "--only", "batch 10 of 100 rows"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if "at most" in line]
    assert [line.split()[0] for line in rows] == ["hinge", "hinge", "BCE", "BCE", "BCE"]


def test_an_update_is_measured_beside_the_loops_of_others(monkeypatch, tmp_path, capsys):
    optional("torch")
    monkeypatch.setattr(updates, "UPDATES", {10: 5_000})
    monkeypatch.setattr(updates, "LOOPS", {"PyTorch": updates.pytorch})
    file = tmp_path / "numbers.json"
    assert training.main(["--quick", "--only", "an update", "--json", str(file)]) == 0
    ((name, seconds),) = json.loads(file.read_text())["updates"].items()
    assert name == "an update of nn.fit, batch 10"
    assert [len(times) for times in seconds.values()] == [2, 2]
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[lines.index(name) + 1 :][:2]] == ["Gradwalk", "PyTorch"]
    assert "another loss" not in "".join(lines)


def test_what_runs_over_all_rows_is_measured_in_forward_passes(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(training, "ROWS", (50,))
    file = tmp_path / "numbers.json"
    assert training.main(["--quick", "--only", "forward passes", "--json", str(file)]) == 0
    passes = json.loads(file.read_text())["passes"]
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.endswith("x")]
    ratios = [seconds / forward for seconds, forward in passes.values()]
    assert [row[-1] for row in rows] == [f"{ratio:.1f}x" for ratio in ratios]
    assert [" ".join(row[:-3]) for row in rows] == ["nn.predict", "nn.evaluate", "nn.doctor", "a frame of viz.film"]


@pytest.mark.parametrize("command", [benchmarks.main, training.main])
def test_a_choice_of_nothing_is_an_error(command, capsys):
    with pytest.raises(SystemExit):
        command(["--only", "nothing of that name"])
    assert "'nothing of that name'" in capsys.readouterr().err
