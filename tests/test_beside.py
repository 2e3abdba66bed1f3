"""Other packages called engine, nn or viz: what is in the way is named."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(program: str, *folders: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The program, with these folders first among those that are imported from."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, folders)), "PYTHONSAFEPATH": "1"}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env, timeout=60, check=False)


def install(folder: Path, name: str) -> Path:
    """Another distribution, that has a package of this name."""
    site = folder / "site-packages"
    (site / name).mkdir(parents=True)
    (site / name / "__init__.py").write_text("x = 1\n", encoding="utf-8")
    info = site / "other_tools-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other-tools\nVersion: 1.0\n", encoding="utf-8")
    (info / "top_level.txt").write_text(f"{name}\n", encoding="utf-8")
    return site


@pytest.mark.parametrize(
    ("name", "imported"), [("engine", "nn"), ("engine", "viz"), ("nn", "engine"), ("viz", "engine"), ("viz", "nn")]
)
def test_another_distribution_is_named(name, imported, tmp_path):
    site = install(tmp_path, name)
    done = run(f"import {imported}", site, ROOT, cwd=tmp_path)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: ")
    assert f"in its way is {site / name / '__init__.py'} (distribution other-tools): " in last


def test_a_file_of_ones_own_called_engine_is_named(tmp_path):
    (tmp_path / "engine.py").write_text("class Value: ...\n", encoding="utf-8")
    done = run("import nn", tmp_path, ROOT, cwd=tmp_path)
    assert f"nn needs Gradwalk's engine, {ROOT / 'engine'}; in its way is {tmp_path / 'engine.py'}: " in done.stderr


def test_a_file_of_ones_own_called_nn_is_left_alone(tmp_path):
    (tmp_path / "nn.py").write_text("from engine import Value\nclass MLP: ...\n", encoding="utf-8")
    assert run("import nn; nn.MLP(); nn.Value(1.0)", tmp_path, ROOT, cwd=tmp_path).returncode == 0
    assert run("import engine, nn, viz; nn.Layer", ROOT, tmp_path, cwd=tmp_path).returncode == 0


def test_nn_and_viz_have_the_same_file():
    assert (ROOT / "nn" / "beside.py").read_text() == (ROOT / "viz" / "beside.py").read_text()
