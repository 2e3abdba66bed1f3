"""The same seed makes the same bytes, in every process; and what is supported is what is tested."""

import configparser
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import nn
from tests import products
from tests.conftest import optional
from tests.kills import read_files

ROOT = Path(__file__).parent.parent


OTHER = {"MPLBACKEND": "agg", "PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "OPENBLAS_NUM_THREADS": "3", "LC_ALL": "C"}


@pytest.mark.slow
def test_the_same_seed_makes_the_same_bytes(tmp_path):
    """Late in this process, in which the same was made before, and first in another."""
    optional("matplotlib")
    for name in ("earlier", "here", "there"):
        (tmp_path / name).mkdir()
    products.make_graph(tmp_path / "earlier")
    products.make(tmp_path / "here")
    command = [sys.executable, "-m", "tests.products", str(tmp_path / "there")]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, env=os.environ | OTHER, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    first, other = read_files(tmp_path / "here"), read_files(tmp_path / "there")
    assert len(first) > 20
    assert {name: content == other.get(name) for name, content in first.items()} == dict.fromkeys(first, True)
    assert other.keys() == first.keys()


def test_another_seed_makes_others():
    assert (
        nn.moons(9, 0.1, np.random.default_rng(0))[0].tolist() != nn.moons(9, 0.1, np.random.default_rng(1))[0].tolist()
    )


def test_a_checkpoint_does_not_know_the_time(tmp_path):
    nn.save(nn.MLP(1, [1], init="zeros"), tmp_path / "m.npz")
    with zipfile.ZipFile(tmp_path / "m.npz") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


# versions


def read_setup() -> configparser.ConfigParser:
    setup = configparser.ConfigParser(interpolation=None)
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    return setup


def test_python_versions_said_are_those_tested():
    setup = read_setup()
    said = re.findall(r":: Python :: (3\.\d+)", setup["metadata"]["classifiers"])
    assert said == ["3.11", "3.12", "3.13"]  # .ci/run reads them there
    assert setup["options"]["python_requires"] == ">=3.11"
    assert "Python 3.11, 3.12 or 3.13" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_ci_knows_the_lowest_version_of_everything_it_tests_with():
    setup = read_setup()
    listed = "\n".join([setup["options"]["install_requires"], *setup["options.extras_require"].values()])
    wanted = [line for line in listed.split("\n") if line and "%" not in line]
    assert all(re.fullmatch(r"[\w-]+(>=|==)[\d.]+|jax|autograd|casadi", line) for line in wanted), wanted
