"""The notebooks: every cell runs and shows what its text announces; they are committed without outputs."""

import json
import os
import re
from pathlib import Path

import pytest

from tests.conftest import optional

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "demos" / "notebooks").glob("*.ipynb"))
SHOWN = {  # in the outputs of each, by kind
    "activation_functions": {
        "text/plain": "dead: 8 of 8",
        "image/svg+xml": "sigmoid",
        "image/png": "",
        "text/html": "iframe",
    },
    "by_hand": {
        "text/plain": "loss 1.5498 before",
        "image/svg+xml": "grad",
        "text/html": "iframe",
        "text/latex": "partial",
    },
    "graphs": {"text/plain": "'w1': 1.0", "image/svg+xml": "s5 = sigmoid", "text/html": "iframe"},
    "networks": {"text/plain": "symmetric", "image/png": "", "text/html": "iframe"},
}


def test_there_are_four():
    assert [path.stem for path in NOTEBOOKS] == sorted(SHOWN)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_committed_without_outputs(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}


@pytest.mark.filterwarnings("ignore")  # those of Jupyter itself
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_and_shows_what_it_announces(path, tmp_path, monkeypatch):
    client, nbformat = optional("nbclient"), optional("nbformat")
    optional("ipykernel")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.delenv("MPLBACKEND", raising=False)  # pictures are to appear in the notebook
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    client.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not any(output.get("name") == "stderr" for output in outputs)
    said: dict[str, str] = {}
    for output in outputs:
        found = output.get("data", {"text/plain": output.get("text", "")})
        for kind, text in found.items():
            said[kind] = said.get(kind, "") + str(text)
    for kind, text in SHOWN[path.stem].items():
        assert text in said.get(kind, "-"), kind
    if path.stem == "networks":
        printed = "".join(output.get("text", "") for output in outputs)
        assert re.search(r"the loss 0\.01\d+ of epoch \d+ is below 0\.02\nloss 0\.01\d\d, accuracy 100%", printed)
