"""recipes/OWN.md: its recipe runs, and every line of it does what the page says, on recordings of a few seconds."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT, SUPPORT
from recordings import write_recordings

pytestmark = pytest.mark.slow

PAGE = (ROOT / "recipes/OWN.md").read_text(encoding="utf-8")
(RECIPE,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
LINES = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
SHORT = "--training.steps 3 --training.batch-s 20 --transfer.head-only-steps 1 --training.evaluate-every 3"
"""Flags that make a run of minutes one of seconds."""
STARTS = {
    "xlt": ["-m", "xlt"],
    "python": [],
    "accelerate": ["-m", "accelerate.commands.accelerate_cli"],
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that the page names."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "italian.py").write_text(RECIPE, encoding="utf-8")
    (folder / "languages").mkdir()
    (folder / "languages/it.py").write_bytes((SUPPORT / "languages/it.py").read_bytes())
    write_recordings(folder / "my-recordings")
    write_recordings(folder / "more", clips=20, seed=1)
    (folder / "more/metadata.tsv").rename(folder / "more/table.tsv")
    assert run("xlt prepare languages/it.py my-recordings --out data/mine", folder)
    return folder


def run(line: str, folder: Path) -> str:
    """What a line prints; it must end well."""
    program, *words = shlex.split(line)
    if program == "accelerate":
        words[1:1] = (
            "--num_processes 1 --num_machines 1 --mixed_precision no --dynamo_backend no".split()
        )
    done = subprocess.run(
        [sys.executable, *STARTS[program], *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("line", LINES)
def test_every_line_does_what_the_page_says(line: str, place: Path) -> None:
    if "--dry-run" in line:
        said = run(line, place)
        assert "target   Italian: " in said
        assert "refused" not in said
    else:
        name = f"it-{LINES.index(line)}"
        said = run(f"{line} {SHORT} --name {name}", place)
        assert (place / f"runs/{name}/model/model.safetensors").is_file()
        assert "A recogniser of Italian, made from xlt:en-mini" in said


def test_both_corpora_are_in_the_recipe_s_data(place: Path) -> None:
    said = run("xlt train italian.py --dry-run", place)
    assert "data     my-recordings (it): 40 clips" in said
    assert "data     table (it): 20 clips" in said
    assert "layers   2 of 3, the top 1 dropped" in said


def test_flags_and_paths_win_over_the_file(place: Path) -> None:
    longer, other, bare = (run(line, place) for line in LINES if LINES.index(line) > 3)
    assert "run      runs/it-longer" in longer
    assert "steps    480 of 60 s" in longer
    assert "run      runs/it-mine" in other
    assert "data     my-recordings (it): 3" in other, "the kept clips of the prepared dataset"
    assert "run      runs/it-my-recordings" in bare
    assert "steps    20,000 of 240 s" in bare


def test_links_lead_to_files() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", PAGE)
    assert targets
    assert [target for target in targets if not (ROOT / "recipes" / target).is_file()] == []
