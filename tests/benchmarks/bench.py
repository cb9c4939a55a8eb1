"""Side by side, in one run: xlt against the way of transformers' CTC example. Writes RESULTS.md.

    python tests/benchmarks/bench.py --clips FOLDER [--only training,size] [--runs 5]

FOLDER holds recordings and a metadata.tsv; every figure is a median of paired runs (one of each
side, in turn), with the range and the ratio of the medians. Results of parts that are not asked for
stay as they are in results.json.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
STORED, TABLE = HERE / "results.json", HERE / "RESULTS.md"

Figures = dict[str, Any]


class Bench:
    """Runs either side in a process of its own."""

    def __init__(self, clips: Path, work: Path, runs: int, steps: int) -> None:
        self.clips, self.work, self.runs, self.steps = clips, work, runs, steps
        self.data = work / "data"

    def run(self, side: str, task: str, work: str, *flags: object) -> Figures:
        """The figures of one process."""
        folder = self.work / work
        folder.mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable, str(HERE / f"{side}.py"), task, "--clips", str(self.clips),
            "--data", str(self.data), "--work", str(folder), *map(str, flags),
        ]  # fmt: skip
        environment = {**os.environ, "PYTHONPATH": str(HERE.parent.parent)}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-3000:]}")
        figures: Figures = json.loads(done.stdout.strip().splitlines()[-1])
        print(f"{side:9} {task:10} {' '.join(map(str, flags)):30}", short(figures), flush=True)
        return figures

    def fresh(self, name: str) -> None:
        """Forget the folder of an earlier run."""
        shutil.rmtree(self.work / name, ignore_errors=True)


def short(figures: Figures) -> str:
    """The numbers, for the terminal."""
    shown = {k: v for k, v in figures.items() if isinstance(v, int | float)}
    return "  ".join(f"{k} {v:.4g}" for k, v in shown.items())


def spread(values: list[float], unit: str = "", digits: int = 3) -> str:
    """Median and range."""
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}g}{unit} ({low:.{digits}g}-{high:.{digits}g})"


def row(what: str, theirs: str, ours: str, ratio: str, target: str) -> list[str]:
    return [what, theirs, ours, ratio, target]


def over(a: list[float], b: list[float]) -> float:
    return statistics.median(a) / statistics.median(b)


def corpus(bench: Bench) -> list[list[str]]:
    """Corpus to the first training step, twice, and bytes on disk."""
    first: dict[str, list[Figures]] = {"opponent": [], "ours": []}
    second: dict[str, list[Figures]] = {"opponent": [], "ours": []}
    for _ in range(bench.runs):
        for side in first:
            bench.fresh(f"corpus-{side}")
            first[side].append(bench.run(side, "first_step", f"corpus-{side}"))
            shutil.rmtree(bench.work / f"corpus-{side}" / "once", ignore_errors=True)
            second[side].append(bench.run(side, "first_step", f"corpus-{side}"))
    rows = []
    for name, runs, target in (
        ("corpus to first step, first run", first, "no slower"),
        ("corpus to first step, second run", second, "10x faster"),
    ):
        theirs = [f["first_step_s"] for f in runs["opponent"]]
        ours = [f["first_step_s"] for f in runs["ours"]]
        ratio = f"{over(theirs, ours):.2f}x"
        rows.append(row(name, spread(theirs, " s"), spread(ours, " s"), ratio, target))
    theirs = [f["disk"] / 1e6 for f in first["opponent"]]
    ours = [f["disk"] / 1e6 for f in first["ours"]]
    ratio = f"1/{over(theirs, ours):.1f}"
    rows.append(
        row("disk of the prepared corpus", spread(theirs, " MB"), spread(ours, " MB"), ratio, "1/5")
    )
    return rows


def training(bench: Bench) -> list[list[str]]:
    """Throughput against random and grouped sampling, padding, and the loop's own share."""
    random, grouped, ours = [], [], []
    for _ in range(bench.runs):
        random.append(bench.run("opponent", "train", "train", "--steps", bench.steps))
        ours.append(bench.run("ours", "train", "train-ours", "--steps", bench.steps, "--bare"))
        grouped.append(bench.run("opponent", "train", "train", "--steps", bench.steps, "--grouped"))
        bench.fresh("train-ours")
    mine = [f["speed"] for f in ours]
    rows = []
    for name, theirs, target in (("random", random, "3.5x"), ("grouped", grouped, "1.8x")):
        speeds = [f["speed"] for f in theirs]
        rows.append(
            row(
                f"training, s of speech a second, against {name} sampling",
                spread(speeds, "x"), spread(mine, "x"), f"{over(mine, speeds):.2f}x", target,
            )
        )  # fmt: skip
    share = [100 * (1 - f["bare"]) for f in ours]
    rows.append(
        row("share of a step that is not the bare model's", "", spread(share, " %"), "", "< 3 %")
    )
    for name, key in (
        ("the same utterances an update", "padding"),
        ("the recipe's own batches", "padding_recipe"),
    ):
        found = [f[key] for f in ours]
        rows.append(
            row(f"padded / real samples, {name}", "", spread(found, digits=4), "", "< 1.04")
        )
    clips = statistics.mean(f["utterances"] for f in ours)
    rows.append(row("utterances of an update", "16", f"{clips:.1f}", "", "same"))
    return rows


def size(bench: Bench) -> list[list[str]]:
    """Memory and seconds a second of speech, when there is 4 and 16 times as much of it."""
    peaks: dict[int, list[float]] = {1: [], 4: [], 16: []}
    costs: dict[int, list[float]] = {1: [], 4: [], 16: []}
    theirs = []
    for k in range(bench.runs):
        if k == 0:  # it takes minutes; `training` has its peaks, too
            theirs.append(
                bench.run("opponent", "train", "train", "--steps", bench.steps)["peak_mb"]
            )
        for repeat in peaks:
            flags = ("--steps", bench.steps, "--repeat", repeat)
            found = bench.run("ours", "train", "size", *flags)
            peaks[repeat].append(found["peak_mb"])
            costs[repeat].append(1e3 / found["speed"])
            bench.fresh("size")
    cost = ", ".join(f"x{k}: {statistics.median(v):.2f} ms" for k, v in costs.items())
    return [
        row(
            "peak memory of training", spread(theirs, " MB", 4), spread(peaks[1], " MB", 4),
            f"{over(peaks[1], theirs):.2f}", "<= 0.5",
        ),
        row(
            "peak memory, corpus x16 / x1", "", spread(peaks[16], " MB", 4),
            f"{over(peaks[16], peaks[1]):.3f}", "< 1.05 (x10)",
        ),
        row(
            "cost of a second of speech, corpus x1, x4, x16", "", cost,
            f"{over(costs[16], costs[1]):.2f}", "no slower",
        ),
    ]  # fmt: skip


def quality(bench: Bench) -> list[list[str]]:
    """Wall time to the opponent's final dev CER."""
    theirs = bench.run("opponent", "quality", "quality", "--grouped", "--epochs", 15)
    final = theirs["curve"][-1]["cer"]
    bench.fresh("quality-ours")
    ours = bench.run("ours", "quality", "quality-ours")
    reached = next((p for p in ours["curve"] if p["cer"] <= final), None)
    last = ours["curve"][-1]
    wall = theirs["wall_s"]
    ratio = f"{wall / reached['wall_s']:.1f}x less" if reached else "not reached"
    shown = f"{reached['wall_s']:.0f} s (step {reached['step']})" if reached else "-"
    return [
        row(
            f"wall time to the opponent's final dev CER ({100 * final:.1f} %, 15 epochs, grouped)",
            f"{wall:.0f} s", shown, ratio, "8x less",
        ),
        row(
            "dev CER at the end", f"{100 * final:.1f} %",
            f"{100 * last['cer']:.1f} % after {last['wall_s']:.0f} s", "", "",
        ),
    ]  # fmt: skip


def evaluation(bench: Bench) -> list[list[str]]:
    """The opponent's model on the dev split, by `pipeline` and by xlt."""
    model = bench.work / "quality" / "model"
    if not model.is_dir():
        sys.exit("evaluation reads with the model of the part `quality`: run that first.")
    theirs: list[float] = []
    ours: dict[str, list[float]] = {"split": [], "bf16": [], "files": []}
    equal: dict[str, int] = {}
    for _ in range(bench.runs):
        a = bench.run("opponent", "evaluate", "quality")
        b = bench.run("ours", "evaluate", "evaluation", "--model", model)
        theirs.append(a["walls"][str(a["best"])])
        for way, texts in (("split", "texts"), ("bf16", "bf16"), ("files", "from_files")):
            ours[way].append(b["walls"][way])
            # pipeline leaves two spaces where two delimiters stand side by side
            pairs = zip(a["texts"], b[texts], strict=True)
            equal[way] = sum(x.split() == y.split() for x, y in pairs)
    ways = {
        "split": f"reading the dev split, float32 (pipeline: batch {a['best']})",
        "bf16": "the same in bf16, as during training",
        "files": "the same from the files, float32",
    }
    return [
        row(
            f"{what}; {equal[way]} of {len(a['texts'])} texts have the same words",
            spread(theirs, " s"), spread(ours[way], " s"), f"{over(theirs, ours[way]):.1f}x",
            "3x, text equal" if way == "split" else "",
        )
        for way, what in ways.items()
    ]  # fmt: skip


PARTS: dict[str, Callable[[Bench], list[list[str]]]] = {
    "corpus": corpus,
    "training": training,
    "size": size,
    "quality": quality,
    "evaluation": evaluation,
}


def write(results: dict[str, Any]) -> None:
    """RESULTS.md from everything that is stored."""
    STORED.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    lines = [
        "# Side by side",
        "",
        "Made by `make bench CLIPS=FOLDER` (tests/benchmarks/bench.py); medians (range) of paired runs,",
        "each in a process of its own. The opponent is `opponent.py`, the way of transformers' CTC",
        "example; NOTES.md says where the time goes.",
        "",
        "| what | opponent | xlt | ratio | target |",
        "|---|---|---|---|---|",
    ]
    for part in PARTS:
        if part in results:
            lines += ["| " + " | ".join(cells) + " |" for cells in results[part]["rows"]]
    lines += [
        "",
        "| part | when | clips | runs | machine | versions |",
        "|---|---|---|---|---|---|",
    ]
    for part in PARTS:
        if part in results:
            lines.append(f"| {part} | " + " | ".join(map(str, results[part]["setting"])) + " |")
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def setting(bench: Bench) -> list[str]:
    """When, on what, with what."""
    names = ("torch", "transformers", "accelerate", "datasets")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"
    clips = sum(1 for _ in bench.clips.rglob("*.opus"))
    return [
        time.strftime("%Y-%m-%d"),
        f"{bench.clips.parent.name}/{bench.clips.name}, {clips} files",
        str(bench.runs),
        machine,
        ", ".join(f"{name} {version(name)}" for name in names),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True, help="folder with metadata.tsv")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas between")
    parser.add_argument("--runs", type=int, default=5, help="paired runs of each part")
    parser.add_argument("--steps", type=int, default=23, help="training steps of a run")
    parser.add_argument("--work", type=Path, help="folder for what is made on the way")
    options = parser.parse_args()
    results = json.loads(STORED.read_text(encoding="utf-8")) if STORED.is_file() else {}
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        bench = Bench(options.clips, work, options.runs, options.steps)
        bench.run("ours", "prepare", "prepare")
        for part in options.only.split(","):
            rows = PARTS[part](bench)
            results[part] = {"rows": rows, "setting": setting(bench)}
            write(results)
    print(TABLE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
