"""K8, K10, and SIGTERM in a preparation (K6): what lies in a run folder, and who may work there."""

import random
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import soundfile
from torture.cases import Case, differences, outcome, start, uninterrupted
from torture.forks import fork, in_lanes
from torture.results import Result
from toys import LANGUAGE

from xlt.corpora.folder import Folder
from xlt.dataset.prepare import prepare
from xlt.dataset.verify import hashes
from xlt.system.exit_status import exit_with_error
from xlt.system.lock import held
from xlt.system.signals import catch_termination
from xlt.transfer import load_source

CASES = tuple(
    Case(steps=14, evaluate_every=every, checkpoint_every=4, keep=3) for every in (1, 2, 3, 5)
)
"""They end with the checkpoints of 8, 12 and 14 steps, and with the best models that these need."""
HARMS = ("missing", "empty", "cut", "one bit")


def harm(file: Path, how: str) -> None:
    """Damage a file as disks do."""
    content = bytearray(file.read_bytes())
    if how == "missing":
        file.unlink()
        return
    content[len(content) // 2] ^= 1
    file.write_bytes({"empty": b"", "cut": content[: len(content) // 2]}.get(how, bytes(content)))


def damaged(
    folder: Path, source: Path, lanes: int, cases: Sequence[Case] = CASES, every: int = 1
) -> Result:
    """K8: every file of the newest checkpoint, and of the best model that it needs, in four ways."""
    begun_s = time.monotonic()
    ways = []
    for k, case in enumerate(cases):
        whole = folder / f"whole-{k}" / "checkpoints"
        expected = uninterrupted(case, whole.parent, source)
        steps = [f"step-{case.steps:08d}"] if k == 0 else []
        for name in (*steps, f"best-{expected['best_step']:08d}"):
            files = sorted((whole / name).iterdir())
            ways += [(k, f"{name}/{file.name}", how) for file in files for how in HARMS]

    ways = ways[::every]

    def work(way: tuple[int, str, str]) -> None:
        k, file, how = way
        place, whole = folder / f"{k}-{how}-{file.replace('/', '-')}", folder / f"whole-{k}"
        shutil.copytree(whole / "checkpoints", place / "checkpoints")
        harm(place / "checkpoints" / file, how)
        child = start(cases[k], place, source)
        assert child.wait() == 0, child.text()
        newest = place / "checkpoints" / f"step-{cases[k].steps:08d}"
        assert f"Passed over checkpoint {newest}" in child.text(), child.text()
        assert Path(file).name in child.text(), child.text()
        found, expected = outcome(place), outcome(whole)
        different = differences(found, expected)
        if "but without" in child.text():  # every kept checkpoint needed it: another best is chosen
            (place / "lost").touch()
            assert file.startswith("best-") and found["best_step"] >= 8, found
            different = [what for what in different if what == "losses"]
        assert not different, different

    failures = in_lanes(work, ways, folder / "lanes", lanes, "damaged files")
    return Result(
        id="K8",
        what="each file of a checkpoint and of the best model missing, empty, cut, or one bit flipped",
        count=len(ways),
        failures=failures,
        took_s=time.monotonic() - begun_s,
        note=f"in {len(list(folder.glob('*/lost')))} of them no kept checkpoint was older than the best "
        "model that was damaged: named, and another best chosen",
    )


def one_at_a_time(count: int, folder: Path) -> Result:
    """K10: the second run in a folder ends at once and names the first; a killed one holds nothing."""
    begun_s = time.monotonic()
    failures, slowest_s = [], 0.0
    for k in range(count):
        place = folder / str(k)

        def hold(seconds: float, place: Path = place) -> None:
            try:
                with held(place):
                    # A child of its own, as a data loader has: it outlives the run, and holds nothing.
                    worker = fork(lambda: time.sleep(1.0), place / "worker.txt")
                    (place / "in").touch()
                    time.sleep(seconds)
                    worker.kill()
            except ValueError as error:
                exit_with_error(error)

        first = fork(lambda: hold(60.0), folder / f"{k}-1.txt")
        while not (place / "in").exists():
            assert first.poll() is None, first.text()
            time.sleep(0.002)
        asked_s = time.monotonic()
        second = fork(lambda: hold(0.0), folder / f"{k}-2.txt")
        code, took_s = second.wait(), time.monotonic() - asked_s
        slowest_s = max(slowest_s, took_s)
        if code != 1 or f"process {first.pid} on" not in second.text() or took_s >= 2:
            failures.append(f"second run: status {code} after {took_s:.1f} s: {second.text()}")
        first.send(signal.SIGKILL)
        first.wait()
        third = fork(lambda: hold(0.0), folder / f"{k}-3.txt")
        if third.wait() != 0 or "did not end" not in third.text():
            failures.append(f"after a kill: status {third.code}: {third.text()}")
    return Result(
        id="K10",
        what="two runs in one folder; then one after a killed one",
        count=2 * count,
        failures=failures,
        took_s=time.monotonic() - begun_s,
        note=f"the second ended after {1000 * slowest_s:.0f} ms at most",
    )


# ------------------------------------------------------------------- preparation


def write_recordings(folder: Path, clips: int) -> Path:
    """A corpus of noises of a second."""
    folder.mkdir(parents=True)
    noise = np.random.default_rng(0)
    lines = ["file_name\ttext\tspeaker"]
    for k in range(clips):
        samples = 0.1 * noise.standard_normal(16_000 + 10 * k).astype(np.float32)
        soundfile.write(folder / f"{k}.wav", samples, 16_000)
        words = " ".join(noise.choice("una casa roja tres perros mar sol pan".split(), size=3))
        lines.append(f"{k}.wav\t{words}\tvoice {k % 20}")
    (folder / "metadata.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def prepared_again(count: int, folder: Path, source: Path, lanes: int, clips: int = 600) -> Result:
    """K6, K1: SIGTERM (and SIGKILL) in a preparation; the dataset comes out the same, byte for byte."""
    begun_s = time.monotonic()
    corpus = Folder(path=write_recordings(folder / "corpus", clips), language="es")

    def make(place: Path) -> Callable[[], None]:
        def work() -> None:
            with catch_termination() as stop:
                (place.parent / f"{place.name}.begun").touch()
                geometry = load_source(source).geometry
                prepare((corpus,), LANGUAGE, geometry, 1.1, place, check=stop.check)
                stop.check()

        return work

    whole = folder / "whole"
    clock_s = time.monotonic()
    child = fork(make(whole), folder / "whole.txt")
    assert child.wait(300) == 0, child.text()
    life_s, expected = time.monotonic() - clock_s, hashes(whole)

    def work(way: tuple[int, int]) -> None:
        k, number = way
        place = folder / f"{number}-{k}"
        dice, met = random.Random(k), False
        while not met:
            shutil.rmtree(place, ignore_errors=True)
            shutil.rmtree(place.with_name(f".{place.name}.prepare"), ignore_errors=True)
            child = fork(make(place), folder / f"{place.name}.txt")
            begun = place.parent / f"{place.name}.begun"
            while not begun.exists():
                time.sleep(0.002)
            time.sleep(dice.random() * life_s)
            met = child.send(number) and child.wait(300) != 0
            child.wait(300)
            begun.unlink()
        assert child.code == (128 + signal.SIGTERM if number == signal.SIGTERM else -9), (
            child.text()
        )
        journal = place.with_name(f".{place.name}.prepare") / "journal.jsonl"
        if number == signal.SIGTERM and journal.is_file():
            lines = journal.read_text(encoding="utf-8").splitlines()
            assert len(lines) == 1 or '"commit"' in lines[-1], "rows were read and not kept"
        again = fork(make(place), folder / f"{place.name}-again.txt")
        assert again.wait(300) == 0, again.text()
        assert hashes(place) == expected, "another dataset came out"

    ways = [(k, number) for number in (signal.SIGTERM, signal.SIGKILL) for k in range(count)]
    return Result(
        id="K6",
        what="SIGTERM, then SIGKILL, in a preparation: the same dataset, byte for byte",
        count=len(ways),
        failures=in_lanes(work, ways, folder / "lanes", lanes, "preparations"),
        took_s=time.monotonic() - begun_s,
        note=f"{clips} clips; status 143 after SIGTERM, with every row that was read kept",
    )
