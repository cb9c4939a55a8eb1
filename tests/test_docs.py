"""The documentation site holds every page and every room, and builds strictly, without a network."""

import os
import runpy
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from places import ROOT

PAGES = runpy.run_path(str(ROOT / ".ci/docs/pages.py"))


def test_every_page_of_the_repository_is_in_the_site() -> None:
    hidden = {".venv", ".cache", "runs", "data", "golden", "build", "dist"}
    pages = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.md")
        if not hidden & set(path.relative_to(ROOT).parts)
    }
    assert pages == set(PAGES["PAGES"])


def test_every_room_is_in_the_site() -> None:
    rooms = {path.parent.name for path in (ROOT / "xlt").glob("*/__init__.py")}
    assert rooms - set(PAGES["ROOMS"]) == {"cli"}, "cli is explained by `xlt --help`"


def build(tree: Path) -> subprocess.CompletedProcess[str]:
    """Build the site of a tree, where a connection would be refused."""
    nowhere = "http://127.0.0.1:9"
    environment = os.environ | {"HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere}
    subprocess.run([sys.executable, tree / ".ci/docs/pages.py"], check=True)
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "mkdocs",
            "build",
            "--strict",
            "-f",
            tree / ".cache/docs/mkdocs.yml",
        ],
        capture_output=True,
        text=True,
        env=environment,
    )


@pytest.mark.slow
@pytest.mark.skipif(find_spec("mkdocs") is None, reason="mkdocs-material is not installed")
def test_it_builds_and_a_broken_link_is_an_error(tmp_path: Path) -> None:
    for name in (".ci", "xlt", "recipes", "tokenizers", "tests", "README.md", "CHANGELOG.md"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    done = build(tmp_path)
    assert done.returncode == 0, done.stderr
    site = tmp_path / ".cache/docs/site"
    assert "accent fold" in (site / "index.html").read_text(encoding="utf-8")
    assert "check_model_folder" in (site / "python/models.html").read_text(encoding="utf-8")
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert 'src="http' not in text and 'rel="stylesheet" href="http' not in text, page
    with (tmp_path / "CHANGELOG.md").open("a", encoding="utf-8") as page:
        page.write("\n[gone](nowhere.md)\n")
    done = build(tmp_path)
    assert done.returncode != 0
    assert "nowhere.md" in done.stderr
