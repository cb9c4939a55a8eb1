"""Hostile input: archives, recordings, tables, checkpoints; and secrets that must not get out.

`python tests/torture/hostile.py` takes a few minutes, prints a markdown table, and writes the same
rows to hostile.json beside this file. `make test` runs the same checks on fewer examples.
"""

import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

TESTS = Path(__file__).parents[1]
SUPPORT = TESTS / "support"
sys.path += map(
    str, [SUPPORT, *(TESTS / room for room in ("corpora/readers", "models", "dataset"))]
)
os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "MPLBACKEND": "Agg"}

import test_archives  # noqa: E402
import test_pretrained  # noqa: E402
import test_tables  # noqa: E402
import test_verify  # noqa: E402
from audio_fuzzing import fuzz  # noqa: E402
from checkpoints import write_checkpoint  # noqa: E402
from hypothesis import given, settings  # noqa: E402
from odd_recordings import KEPT, ODD  # noqa: E402
from recordings import write_recordings  # noqa: E402
from sounds import FORMATS  # noqa: E402
from test_vet import outcome  # noqa: E402

from xlt.audio.decode import REASONS  # noqa: E402
from xlt.audio.sandbox import Decoders  # noqa: E402
from xlt.transfer import ModelRefused, load_source  # noqa: E402

DECODED = 0.05
"""Share of the mutations that must get through to samples: else no decoder was looked at."""
CANARY = "hf_CANARY0123456789abcdef"
RECIPE = """
import sys
from pathlib import Path
from xlt.corpora.folder import Folder
from xlt.recipe.options import Recipe
from xlt.recipe.command import run
from xlt.training.options import Training

if __name__ == "__main__":
    here = Path(__file__).parent
    run(Recipe(
        name="toy", language="es", source=str(here / "{canary}"),
        data=(Folder(path=here / "recordings", language="es"),),
        training=Training(steps=4, batch_s=20.0, evaluate_every=2, checkpoint_every=2),
    ))
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of the table."""

    id: str
    what: str
    figure: str
    target: str
    met: bool
    seconds: float = 0.0


def archives(folder: Path) -> list[Row]:
    """S1: every attack is refused with a reason, and nothing is written meanwhile."""
    found = {name: test_archives.written_elsewhere(name, folder) for name in test_archives.HOSTILE}
    counted = [found[name] for name in test_archives.ATTACKS]
    refused = sum(len(why) > 30 for why, _ in counted)
    every = sum(len(why) > 30 for why, _ in found.values())
    written = sum(len(touched) for _, touched in found.values())
    return [
        Row(
            id="S1",
            what="archive attacks refused with a reason; writes anywhere",
            figure=f"{refused}/{len(counted)} (with their kin {every}/{len(found)}); {written} writes",
            target="28/28; 0",
            met=refused == len(counted) == 28 and every == len(found) and not written,
        )
    ]


def pickles(folder: Path) -> list[Row]:
    """S2: a pickle in place of every file, and beside a checkpoint, never runs."""
    ran, refused, alone = folder / "ran", 0, 0
    for name in (*test_pretrained.OPENED, *test_pretrained.LEFT_ALONE):
        source = write_checkpoint(folder / name.replace(".", "-"))
        (source / name).write_bytes(pickle.dumps(test_verify.Canary(ran)))
        try:
            load_source(source).extractor()
            alone += 1
        except ValueError:
            refused += 1
    data = test_verify.prepared(folder / "prepared")
    seen = test_verify.canaries(data, ran)
    files = len(test_pretrained.OPENED) + len(test_pretrained.LEFT_ALONE) + len(seen)
    met = refused == len(test_pretrained.OPENED) and all(seen.values()) and not ran.exists()
    return [
        Row(
            id="S2",
            what="pickles in place of files: run / refused / never looked at",
            figure=f"{int(ran.exists())} / {refused + sum(seen.values())} / {alone} of {files}",
            target="0 run",
            met=met,
        )
    ]


def configurations(folder: Path) -> list[Row]:
    """S3: hostile configurations are refused before anything asks for the network."""
    import huggingface_hub.constants

    huggingface_hub.constants.HF_HUB_OFFLINE = False
    asked: list[str] = []
    test_pretrained.REPORTS.append(asked)
    refused = 0
    for k, (values, _) in enumerate(test_pretrained.HOSTILE.values()):
        source = write_checkpoint(folder / str(k))
        test_pretrained.change_config(source, **values)
        try:
            load_source(source)
        except ModelRefused:
            refused += 1
    test_pretrained.REPORTS.pop()
    huggingface_hub.constants.HF_HUB_OFFLINE = True
    return [
        Row(
            id="S3",
            what="hostile config.json refused; network calls",
            figure=f"{refused}/{len(test_pretrained.HOSTILE)}; {len(asked)}",
            target="all; 0",
            met=refused == len(test_pretrained.HOSTILE) and not asked,
        )
    ]


def secrets(folder: Path) -> list[Row]:
    """S4: a real run with a credential in the environment, the arguments, a path and an error."""
    (folder / "toy.py").write_text(RECIPE.format(canary=CANARY))
    write_checkpoint(folder / CANARY)
    write_recordings(folder / "recordings")
    said, out = b"", folder / "runs"
    environment = os.environ | {"HF_TOKEN": CANARY, "WANDB_API_KEY": CANARY}
    command = [sys.executable, "toy.py", "--trackers", "tensorboard", "--out", str(out)]
    url = f"https://user:{CANARY}@huggingface.co/a/b"
    xlt = [sys.executable, "-m", "xlt"]
    calls = [
        [*command, "--licence", url],
        [*command, "--source", url],
        [*command, "--source", url, "--traceback"],
        [*xlt, "transfer", url, "es"],
        [*xlt, "publish", "runs/toy", "--repo", "someone/model", "--dry-run", "--force"],
    ]
    codes = []
    for call in calls:
        done = subprocess.run(call, cwd=folder, env=environment, capture_output=True)
        said += done.stdout + done.stderr
        codes.append(done.returncode)
    files = [path for path in out.rglob("*") if path.is_file()]
    hits = [str(path.relative_to(out)) for path in files if CANARY.encode() in path.read_bytes()]
    printed = said.count(CANARY.encode())
    if hits or printed or codes != [0, 1, 1, 1, 0]:
        print(codes, hits, said.decode(errors="replace")[-3_000:], file=sys.stderr)
    return [
        Row(
            id="S4",
            what=f"a credential in what {len(calls)} processes print; in the {len(files)} files"
            " of the run (data, checkpoints, events, record, report, export)",
            figure=f"{printed}; {len(hits)}",
            target="0; 0",
            met=not printed and not hits and codes == [0, 1, 1, 1, 0],
        )
    ]


def mutations(_: Path) -> list[Row]:
    """A1: a thousand mutations of a recording in each format, in a child with limits.

    Half of the Ogg ones (ogg is Vorbis, opus is Opus) have right checksums.
    """
    rows = []
    with Decoders() as decoders:
        for form in FORMATS:
            found = fuzz(form, 1_000, decoders)
            reasons = ", ".join(f"{why} {n}" for why, n in found.outcomes.most_common())
            known = set(found.outcomes) <= {"ok", *REASONS}
            rows.append(
                Row(
                    id="A1",
                    what=f"{form}, 1000 mutations: outcomes; slowest; peak memory of the decoder",
                    figure=f"{reasons} ({found.unlike} of the ok ones sound otherwise: only a hash"
                    f" can tell); {found.slowest_s:.2f} s; {found.peak_rss_mb:.0f} MB",
                    target=f"0 uncaught; {DECODED:.0%} decoded; 2 s; 512 MB",
                    met=known
                    and found.outcomes["ok"] >= 1_000 * DECODED
                    and found.outcomes.total() == 1_000
                    and found.outcomes["crashes_decoder"] == 0
                    and found.slowest_s <= 2
                    and found.peak_rss_mb <= 512,
                )
            )
    return rows


def alterations(folder: Path) -> list[Row]:
    """A1: where the hash is known, every alteration is found."""
    found = test_verify.altered(test_verify.prepared(folder), 1_000)
    seen = sum(seen for _, seen in found)
    return [
        Row(
            id="A1",
            what="alterations of a prepared dataset that `xlt verify` finds",
            figure=f"{seen}/{len(found)}",
            target="100 %",
            met=seen == len(found),
        )
    ]


def recordings(folder: Path) -> list[Row]:
    """A2: the odd recordings get the verdict that they deserve."""
    right = 0
    with Decoders() as decoders:
        for k, (make, verdict) in enumerate(ODD.values()):
            (folder / str(k)).mkdir()
            facts = outcome(make(folder / str(k)), decoders).facts
            right += facts.get("reason", KEPT) == verdict
    return [
        Row(
            id="A2",
            what="odd recordings with the expected verdict",
            figure=f"{right}/{len(ODD)}",
            target="40/40",
            met=right == len(ODD) == 40,
        )
    ]


def tables(_: Path) -> list[Row]:
    """D1: five thousand tables of anything, each line a row or refused; D2 is a test."""
    lines = {"ok": 0, "rejected": 0, "tables": 0}

    @settings(max_examples=5_000, database=None, derandomize=True, **test_tables.ROOM)
    @given(test_tables.TABLES)
    def check(data: bytes) -> None:
        good, bad = test_tables.check_table(data)
        with tempfile.TemporaryDirectory() as folder:
            test_tables.check_corpora(data, Path(folder))
        for name, count in {"ok": good, "rejected": bad, "tables": 1}.items():
            lines[name] += count

    check()
    return [
        Row(
            id="D1",
            what="tables of anything, as tables, as Common Voice and as a folder: rows in = ok +"
            " rejected",
            figure=f"{lines['tables']:,} tables, {lines['ok']:,} + {lines['rejected']:,} rows",
            target="always (5,000)",
            met=lines["tables"] >= 5_000,
        )
    ]


CHECKS: tuple[Callable[[Path], list[Row]], ...] = (
    *(archives, pickles, configurations, secrets),
    *(mutations, alterations, recordings, tables),
)


def rows() -> list[Row]:
    """Every check, one after the other."""
    found = []
    for check in CHECKS:
        with tempfile.TemporaryDirectory(prefix="xlt-hostile-") as folder:
            began = time.monotonic()
            made = check(Path(folder))
            spent_s = (time.monotonic() - began) / len(made)
        found += [Row(**{**asdict(row), "seconds": round(spent_s, 1)}) for row in made]
        print(f"{check.__name__}: {'; '.join(row.figure for row in made)}", file=sys.stderr)
    return found


def table(made: list[Row]) -> str:
    """The rows in markdown."""
    lines = [
        f"| {r.id} | {r.what} | {r.figure} | {r.target} | {'yes' if r.met else '**no**'} | {r.seconds:g} |"
        for r in made
    ]
    head = ["| id | what | figure | target | met | s |", "|---|---|---|---|---|---|"]
    return "\n".join([*head, *lines])


if __name__ == "__main__":
    results = rows()
    print(table(results))
    stored = json.dumps([asdict(row) for row in results], ensure_ascii=False, indent=1)
    Path(__file__).with_suffix(".json").write_text(stored + "\n", encoding="utf-8")
    sys.exit(not all(row.met for row in results))
