"""The notebooks run from their sources, offline, each in under a minute; their stored copies are of these sources."""

import json
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parent.parent / "notebooks"
SOURCES = sorted(FOLDER.glob("*.py"))
LIMIT_S = 60
LARGEST_BYTES = 500_000


def code(notebook: nbformat.NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.timeout(LIMIT_S + 15)
@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
def test_notebook_runs(source, tmp_path, monkeypatch):
    monkeypatch.delenv("MPLBACKEND")  # the kernel draws into the page
    notebook = jupytext.read(source)
    client = NotebookClient(
        notebook,
        timeout=LIMIT_S,
        kernel_name="python3",
        resources={"metadata": {"path": tmp_path}},
    )
    client.execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in shown), "it draws something"
    assert any("text/html" in output.get("data", {}) for output in shown), "one can hear something"


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
def test_stored_copy_is_of_this_source(source):
    file = source.with_suffix(".ipynb")
    stored = nbformat.read(file, as_version=4)
    assert code(stored) == code(jupytext.read(source)), f"{file.name} is old: run `make notebooks`"
    assert all(cell.execution_count for cell in stored.cells if cell.cell_type == "code")
    assert file.stat().st_size <= LARGEST_BYTES


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
def test_stored_copy_shows_no_error_and_no_folder_of_its_maker(source):
    stored = nbformat.read(source.with_suffix(".ipynb"), as_version=4)
    outputs = [output for cell in stored.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.output_type == "error"]
    texts = [output.get("text", "") for output in outputs]
    texts += [json.dumps(output.get("data", {}).get("text/plain", "")) for output in outputs]
    assert not [text for text in texts if "/tmp/" in text or str(FOLDER.parent) in text]


def test_there_are_notebooks():
    assert len(SOURCES) >= 2
