"""The tour: runs without a display, writes its pictures, says what it shows."""

import json
from pathlib import Path

import numpy as np
import pytest

import engine
import nn
import viz
from demos import illustrate, thumbnails, tour
from demos.runner import run
from engine import toposort

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    from matplotlib import pyplot

    pyplot.close("all")


def test_the_tour_shows_the_numbers_and_writes_the_pictures(tmp_path, capsys):
    run(tour.main, ["--out", str(tmp_path / "new" / "out")])
    text = capsys.readouterr().out
    assert "∂y/∂w1 += ∂y/∂v1 · x1 = 0.5000 · 2.0 = 1.000" in text
    assert "w1.grad: 0 + 0.5000·2.0 via v1 = 1.000" in text
    assert "7 factors, product 0.0001366" in text
    assert "of 120 flowers in training" in text
    assert f"Open first, in a browser: {tmp_path / 'new' / 'out' / 'neuron.svg'}" in text
    assert all(len(line) <= 80 for line in text.splitlines() if str(tmp_path) not in line)
    names = {"neuron.svg", "sigmoid_chain.svg", "mlp.svg", "training.png", "moons.png"}
    assert {path.name for path in (tmp_path / "new" / "out").iterdir()} == names
    assert all(str(tmp_path / "new" / "out" / name) in text for name in names)
    assert (tmp_path / "new" / "out" / "moons.png").read_bytes().startswith(b"\x89PNG")


def test_the_neuron_has_round_gradients():
    y = tour.build_neuron()
    y.backward()
    gradients = {node.label: node.grad for node in toposort(y) if not node.operands}
    assert gradients == pytest.approx({"x1": -1.5, "w1": 1.0, "x2": 0.5, "w2": 0.0, "b": 0.5}, abs=1e-12)


def test_the_chain_shrinks_below_its_bound():
    signal, first = tour.build_sigmoid_chain()
    signal.backward()
    assert 0 < first.grad < 0.25**6


def test_iris_and_moons_are_learned():
    _, history, loss = tour.learn_iris(np.random.default_rng(0))
    assert history.validation_accuracy[-1] >= 0.9
    assert loss.label == "loss"
    generator = np.random.default_rng(0)
    _, history = tour.learn_moons(*nn.moons(100, 0.1, generator), generator)
    assert history.accuracy[-1] >= 0.95


def test_a_folder_that_cannot_be_written_is_reported_before_work_starts(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SystemExit) as stopped:
        run(tour.main, ["--out", str(tmp_path / "file")])
    assert stopped.value.code == 2
    captured = capsys.readouterr()
    assert "cannot write to" in captured.err
    assert captured.out == ""


def test_the_picture_in_the_readme_is_what_the_tour_draws():
    y = tour.build_neuron()
    y.backward()
    picture = Path(tour.__file__).parent / "pictures" / "neuron.svg"
    assert picture.read_text(encoding="utf-8") == viz.draw(y).svg


def test_an_operation_more_makes_no_picture_stale():
    y = tour.build_neuron()
    before = viz.page(y).html
    engine.register(engine.Op("cube", "a**3", ("3*a**2",)))
    after = viz.page(y).html
    assert before != after
    assert illustrate.hash_sources({"page.png": before}) == illustrate.hash_sources({"page.png": after})
    y.data += 0.5
    assert illustrate.hash_sources({"page.png": viz.page(y).html}) != illustrate.hash_sources({"page.png": after})


def test_the_table_of_pictures_has_the_calls_that_made_them():
    rows = (ROOT / "README.md").read_text(encoding="utf-8").split("\n")
    for name, call in thumbnails.CALLS.items():
        assert [row.startswith(f"| `{call}` |") for row in rows if f'src="demos/pictures/{name}"' in row] == [True]
    assert sum('width="280"' in row for row in rows) == 11
    assert sum((illustrate.PICTURES / name).stat().st_size for name in thumbnails.CALLS) < 400_000


def test_the_pictures_in_the_readme_are_not_stale():
    assert json.loads(illustrate.SOURCES.read_text()) == illustrate.hash_sources(illustrate.make_sources())
    assert (illustrate.PICTURES / "page.png").stat().st_size > 10_000


def test_the_playground_beside_the_readme_is_not_stale():
    assert illustrate.PLAYGROUND.read_text(encoding="utf-8") == viz.playground().html
    assert illustrate.PLAYGROUND.stat().st_size < 600_000
