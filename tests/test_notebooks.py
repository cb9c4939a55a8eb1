"""The notebooks run from their sources, offline, each in under a minute of CPU time; their stored copies are of these sources."""

import json
import resource
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parent.parent / "notebooks"
SOURCES = sorted(FOLDER.glob("*.py"))
LIMIT_CPU_S = 60
"""A minute on a free machine; what else a machine has to do is not the notebook's fault."""
LARGEST_BYTES = 500_000


def cpu_s() -> float:
    """CPU seconds of all child processes that have ended, such as kernels."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def code(notebook: nbformat.NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
def test_notebook_runs(source, tmp_path, monkeypatch):
    monkeypatch.delenv("MPLBACKEND")  # the kernel draws into the page
    notebook = jupytext.read(source)
    before_s = cpu_s()
    place = {"metadata": {"path": tmp_path}}
    NotebookClient(notebook, timeout=None, kernel_name="python3", resources=place).execute()
    assert cpu_s() - before_s < LIMIT_CPU_S
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
