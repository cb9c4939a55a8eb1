"""The torture of the engine: `python tests/torture/run.py`, half an hour and more on two quiet cores.

Writes RESULTS.md beside this file (--page names another) and ends with status 1 if anything failed.
Everything is imported once and forked from then on, so a start costs milliseconds.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ |= {
    "OMP_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "CUDA_VISIBLE_DEVICES": "",
}
os.environ.setdefault("TQDM_DISABLE", "1")
sys.path += [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "support")]

from torture import (
    crash_points,
    folders,
    full_disk,
    killed_runs,
    killed_training,
    ranks,
    resume_matrix,
)
from torture.cases import Case, prepare_source
from torture.results import PAGE, Result, page

TESTS = {
    "k1": (3.5, "training killed at random moments"),
    "k1-cached": (4.5, "the same on stored activations of the lowest layers"),
    "k1-pair": (2.5, "the same on two processes, one of them killed"),
    "k1-whole": (10, "whole runs killed anywhere from the first row to the report"),
    "k2": (3, "a crash at every operation on a checkpoint's files"),
    "k3": (2.5, "training resumed from every kind of stop under every kind of setting"),
    "k4": (3.1, "one process of two lost, hanging, failing or leaving; slow checkpoints"),
    "k5": (0.1, "the same data on 1, 2, 3 and 8 processes"),
    "k6": (2.6, "SIGTERM in training and in preparation"),
    "k7": (2, "an error of the disk at every operation, and full disks"),
    "k8": (0.5, "checkpoints with damaged files"),
    "k9": (0.1, "folders that may not be written"),
    "k10": (0.1, "two runs in one folder"),
}
"""Id -> minutes at full size on two quiet cores, roughly, and a description."""


def main() -> None:
    """Read the command line, run what it names, write the page."""
    options = parsed()
    chosen = options.only.split(",") if options.only else list(TESTS)
    if unknown := sorted(set(chosen) - set(TESTS)):
        sys.exit(f"no such test: {', '.join(unknown)}; there are {', '.join(TESTS)}")
    work = Path(tempfile.mkdtemp(prefix="xlt-torture-", dir=options.folder))
    about = options.share * sum(TESTS[name][0] for name in chosen)
    print(f"{', '.join(chosen)}: about {about:.0f} minutes; files in {work}", flush=True)
    source = prepare_source(work)
    results: list[Result] = []
    for name in chosen:
        print(
            f"{name}: about {options.share * TESTS[name][0]:.1f} min, {TESTS[name][1]}", flush=True
        )
        for k, test in enumerate(tests(name, options)):
            found = test(work / f"{name}-{k}", source)
            results.append(found)
            print(found, flush=True)
            for failure in found.failures[:5]:
                print(f"    FAILED {failure}", flush=True)
            if not found.failures:
                shutil.rmtree(work / f"{name}-{k}", ignore_errors=True)
    options.page.write_text(page(results, f"make torture{_flags()}"), encoding="utf-8")
    print(f"{options.page} is written.")
    if any(result.failures for result in results):
        sys.exit(f"Something failed; its files are in {work}.")
    shutil.rmtree(work)


def parsed() -> argparse.Namespace:
    """The flags."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        epilog="\n".join(f"{name:10} {what}" for name, (_, what) in TESTS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", default="", help=f"some of {','.join(TESTS)}")
    parser.add_argument(
        "--share", type=float, default=1.0, help="of the full numbers, such as 0.05"
    )
    parser.add_argument("--kills", type=int, default=200, help="runs that are killed, in k1")
    parser.add_argument("--pair-kills", type=int, default=50, help="the same on two processes")
    parser.add_argument("--cached-kills", type=int, default=200, help="the same in the cached mode")
    parser.add_argument("--whole-kills", type=int, default=40, help="the same of whole runs")
    parser.add_argument("--lanes", type=int, default=os.cpu_count() or 1, help="children at a time")
    parser.add_argument("--folder", type=Path, help="where the runs lie (default: the system's)")
    parser.add_argument("--page", type=Path, default=PAGE, help="the results as Markdown")
    return parser.parse_args()


def tests(name: str, options: argparse.Namespace) -> Iterator[Callable[[Path, Path], Result]]:
    """The checks behind an id, at the size that is asked for."""
    share, lanes = options.share, options.lanes
    every = max(1, round(1 / share))

    def part(count: int) -> int:
        return max(1, round(share * count))

    match name:
        case "k1":
            yield lambda f, s: killed_training.killed(Case(), part(options.kills), f, s, lanes)
        case "k1-cached":
            cached = Case(freeze_below=2)
            yield lambda f, s: killed_training.killed(
                cached, part(options.cached_kills), f, s, lanes
            )
        case "k1-pair":
            pair = Case(processes=2)
            yield lambda f, s: killed_training.killed(pair, part(options.pair_kills), f, s, 1)
        case "k1-whole":
            yield lambda f, s: killed_runs.killed(part(options.whole_kills), f, s, lanes)
        case "k2":
            yield lambda f, s: crash_points.crashes(f, s, lanes, every)
        case "k3":
            yield lambda f, s: resume_matrix.resumed(resume_matrix.cases()[::every], f, s, lanes)
        case "k4":
            yield lambda f, s: ranks.lost_ranks(ranks.all_faults()[::every], f, s, 1)
            yield ranks.slow_saves
        case "k5":
            yield lambda f, s: ranks.same_data(f, s, lanes)
        case "k6":
            yield lambda f, s: ranks.terminated(part(10), f, s, lanes)
            yield lambda f, s: folders.prepared_again(part(10), f, s, lanes)
        case "k7":
            yield lambda f, s: crash_points.disk_errors(f, s, lanes, every)
            yield lambda f, s: full_disk.full_disks(part(20), f, s, lanes)
        case "k8":
            yield lambda f, s: folders.damaged(f, s, lanes)
        case "k9":
            yield lambda f, s: full_disk.not_writable(f, s, lanes)
        case "k10":
            yield lambda f, _: folders.one_at_a_time(part(20), f)


def _flags() -> str:
    return f' ARGS="{" ".join(sys.argv[1:])}"' if sys.argv[1:] else ""


if __name__ == "__main__":
    begun_s = time.monotonic()
    main()
    print(f"{time.monotonic() - begun_s:.0f} s in all.")
