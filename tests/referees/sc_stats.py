"""Comparison with NIST's sc_stats: the segments and the z of paired comparisons.

    python tests/referees/sc_stats.py /usr/lib/sctk/bin

The argument is the folder of sclite and sc_stats. With `--golden tests/golden/sc_stats.tsv` the last
pair of recognisers is written for tests/scoring/test_compare.py, with what sc_stats says in the first line.
"""

import argparse
import random
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sclite import LANGUAGES, sentences

from xlt.scoring.align import MINIMUM, SCLITE
from xlt.scoring.compare import compare
from xlt.scoring.conditions import Conditions
from xlt.scoring.scored_split import ScoredSplit
from xlt.scoring.utterances import Scored

TEST = Conditions(
    data="made", split="all", decoder="noise", normaliser="none", seed=0, costs=SCLITE
)
FOUND = re.compile(r"# segs: (\d+)\).*\(mean: (\S+)\).*\(Z Stat: (\S+)\)")


def recognised(said: Sequence[str], rate: float, chance: random.Random) -> str:
    """Words with errors at a rate, a third of them insertions."""
    heard: list[str] = []
    for word in said:
        if chance.random() >= rate:
            heard.append(word)
        else:
            heard += chance.choice(([], [chance.choice(said)], [word, chance.choice(said)]))
    return " ".join(heard)


def theirs(folder: Path, texts: dict[str, list[str]]) -> tuple[int, float, float]:
    """Segments, mean difference and z, as sc_stats has them."""
    with tempfile.TemporaryDirectory() as made:
        for name, lines in texts.items():
            content = "".join(f"{text} (s-{k})\n" for k, text in enumerate(lines))
            Path(made, f"{name}.trn").write_text(content, encoding="utf-8")
        for name in ("a", "b"):
            command = f"-r reference.trn trn -h {name}.trn trn -i rm -e utf-8 -s -o sgml".split()
            subprocess.run([folder / "sclite", *command], cwd=made, check=True, capture_output=True)
        both = b"".join(Path(made, f"{name}.trn.sgml").read_bytes() for name in ("a", "b"))
        command = "-p -t mapsswe -v -n -".split()
        done = subprocess.run(
            [folder / "sc_stats", *command], cwd=made, input=both, capture_output=True
        )
    found = FOUND.search(done.stdout.decode("utf-8", "replace"))
    if found is None:
        raise SystemExit(f"sc_stats said no result: {done.stderr.decode(errors='replace')[-500:]}")
    return int(found[1]), float(found[2]), float(found[3])


def main() -> None:
    """Compare recognisers of all languages, near and far."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--golden", type=Path)
    options = parser.parse_args()
    folder = options.folder.resolve()
    for code in LANGUAGES:
        for size, rates in (
            (300, (0.1, 0.15)),
            (300, (0.4, 0.4)),
            (300, (0.8, 0.7)),
            (60, (0.1, 0.2)),
        ):
            chance = random.Random(f"{code} {size} {rates}")
            said = [chance.choice(sentences(code)) for _ in range(size)]
            texts = {"reference": said} | {
                name: [recognised(one.split(), rate, chance) for one in said]
                for name, rate in zip("ab", rates, strict=True)
            }
            a, b = (
                [
                    Scored(id=str(k), reference=r, hypothesis=h)
                    for k, (r, h) in enumerate(zip(said, texts[name], strict=True))
                ]
                for name in "ab"
            )
            segments, mean, z = theirs(folder, texts)
            one, other = (
                ScoredSplit(utterances=side, conditions=TEST, listed=True) for side in (a, b)
            )
            ours = compare("a", one, "b", other)
            fewest = compare("a", one.counted_by(MINIMUM), "b", other.counted_by(MINIMUM))
            same = ours.segments == segments and round(ours.z or 0, 3) == z
            print(
                f"{code}, error rates {rates}, {size} utterances: {ours.segments} segments and "
                f"z {ours.z:.3f} here, {segments} and {z} sc_stats: {'equal' if same else 'NOT EQUAL'}"
                f"; p {ours.p:.3g}, by permutations {ours.p_permutation:.3g}; with minimum edits "
                f"{fewest.segments} segments, z {fewest.z:.3f}"
            )
    if options.golden is not None:
        rows = zip(*(texts[name] for name in ("reference", "a", "b")), strict=True)
        lines = [f"# segments {segments}, mean {mean}, z {z}", *("\t".join(row) for row in rows)]
        options.golden.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
