"""Comparison with NIST's sclite: the counts of every pair of texts, and the pairs where they differ.

Install sclite first (Debian and Ubuntu: `apt-get install sctk`, or unpack the package), then

    python tests/referees/sclite.py /usr/lib/sctk/bin/sclite
    python tests/referees/sclite.py "sctk sclite" --golden tests/golden/sclite.tsv

The second form also writes the counts that tests/scoring/test_align.py compares with.
"""

import argparse
import collections
import random
import re
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from pathlib import Path

import jiwer

from xlt.language.rules import get
from xlt.language.text import normalise
from xlt.scoring.align import MINIMUM, SCLITE, Tally, character_counts, word_counts

LANGUAGES = ("es", "pt", "de")
GOLDEN_PAIRS = 60
"""Pairs a language and kind that go into the golden file, beside those where counts differ."""
COUNTS = re.compile(r"^id: \(s-(\d+)\)\nScores: \(#C #S #D #I\) (\d+) (\d+) (\d+) (\d+)$", re.M)

Pair = tuple[str, str]


def sentences(code: str) -> list[str]:
    """The package's sentences in a language, normalised."""
    text = resources.files("xlt.corpora").joinpath(f"data/sentences/{code}.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [normalise(line, get(code)).text for line in lines]


def random_pairs(code: str, number: int, seed: int) -> Iterator[Pair]:
    """Sentences and the same with words replaced, misspelt, left out and put in, at every rate."""
    chance = random.Random(f"{code} {seed}")
    said = sentences(code)
    words = sorted({word for sentence in said for word in sentence.split()})
    letters = sorted(set("".join(words)))
    for _ in range(number):
        reference = " ".join(chance.choices(said, k=chance.choice((1, 1, 2, 4))))
        yield reference, " ".join(_noisy(reference.split(), words, letters, chance))


def _noisy(
    said: Sequence[str], words: Sequence[str], letters: Sequence[str], chance: random.Random
) -> Iterator[str]:
    rate = chance.random()
    for word in said:
        if chance.random() > rate:
            yield word
            continue
        match chance.choice(("replace", "misspell", "leave out", "put in")):
            case "replace":
                yield chance.choice(words)
            case "misspell":
                at = chance.randrange(len(word))
                yield word[:at] + chance.choice(letters) + word[at + 1 :]
            case "put in":
                yield from chance.sample((word, chance.choice(words)), 2)


def adversarial_pairs(code: str, number: int, seed: int) -> Iterator[Pair]:
    """The same number of each of `TRICKS`."""
    return _tricky(code, number, f"{code} {seed} adversarial", TRICKS)


def hard_pairs(code: str, number: int, seed: int) -> Iterator[Pair]:
    """The same number of each of `HARD`: no speech, made for the weights to differ."""
    return _tricky(code, number, f"{code} {seed} hard", HARD)


def _tricky(code: str, number: int, seed: str, tricks: Sequence["Trick"]) -> Iterator[Pair]:
    chance = random.Random(seed)
    said = sentences(code)
    for k in range(number):
        yield tricks[k % len(tricks)](chance.choice(said), chance.choice(said), chance)


def _few_words(reference: str, other: str, chance: random.Random) -> Pair:
    """Two words over and over: most alignments have equals."""
    words = chance.sample(sorted(set(f"{reference} {other}".split())), 2)
    return tuple(" ".join(chance.choices(words, k=chance.randrange(1, 16))) for _ in "rh")  # type: ignore[return-value]


def _five_words(reference: str, other: str, chance: random.Random) -> Pair:
    words = sorted(set(f"{reference} {other} und y e a o".split()))[:5]
    return tuple(" ".join(chance.choices(words, k=chance.randrange(1, 30))) for _ in "rh")  # type: ignore[return-value]


def _joined(reference: str, other: str, chance: random.Random) -> Pair:
    return reference, re.sub(" ", lambda _: chance.choice(("", " ")), reference)


def _split(reference: str, other: str, chance: random.Random) -> Pair:
    return reference, re.sub(
        r"(?<=\w{3})(?=\w{3})", lambda _: chance.choice(("", "", " ")), reference
    )


def _apostrophes(reference: str, other: str, chance: random.Random) -> Pair:
    marks = ("'", "’", "", " ", "-")
    written = re.sub(r"(?<=\b\w) | (?=\w\b)", "'", reference) + " l'eau geht's d'água"
    return written, re.sub("'", lambda _: chance.choice(marks), written)


def _sharp_s(reference: str, other: str, chance: random.Random) -> Pair:
    written = re.sub("s+", lambda _: chance.choice(("ß", "ss", "s")), reference)
    return written, re.sub("ß|s+", lambda _: chance.choice(("ß", "ss", "ẞ", "SS")), written)


def _accents(reference: str, other: str, chance: random.Random) -> Pair:
    plain = str.maketrans("áéíóúüñçãõâêôàäö", "aeiouuncaoaeoaao")
    return reference, " ".join(
        chance.choice((word, word.translate(plain))) for word in reference.split()
    )


def _cased(reference: str, other: str, chance: random.Random) -> Pair:
    return reference.title(), " ".join(
        chance.choice((w, w.title(), w.upper())) for w in reference.split()
    )


def _swapped(reference: str, other: str, chance: random.Random) -> Pair:
    words = reference.split()
    at = chance.randrange(max(1, len(words) - 1))
    words[at : at + 2] = words[at : at + 2][::-1]
    return reference, " ".join(words)


def _few_letters(reference: str, other: str, chance: random.Random) -> Pair:
    """Long texts of twelve words that are letters."""
    letters = "abcdefghijkl"
    return tuple(" ".join(chance.choices(letters, k=chance.randrange(60, 120))) for _ in "rh")  # type: ignore[return-value]


def _three_words(reference: str, other: str, chance: random.Random) -> Pair:
    words = reference.split()[:3]
    return tuple(" ".join(chance.choices(words, k=chance.randrange(1, 40))) for _ in "rh")  # type: ignore[return-value]


def _shuffled(reference: str, other: str, chance: random.Random) -> Pair:
    words = reference.split()
    return f"{reference} {other}", " ".join(chance.sample(words, len(words)) + other.split()[1:])


def _periods(reference: str, other: str, chance: random.Random) -> Pair:
    """Two words in turn, and the same out of step."""
    return "ab ba " * chance.randrange(1, 10), "ba ab " * chance.randrange(1, 10)


Trick = Callable[[str, str, random.Random], Pair]
HARD: tuple[Trick, ...] = (_few_letters, _three_words, _shuffled, _periods)
TRICKS: tuple[Trick, ...] = (
    lambda reference, other, chance: ("", other),
    lambda reference, other, chance: (reference, ""),
    lambda reference, other, chance: ("", ""),
    lambda reference, other, chance: (reference, other),
    lambda reference, other, chance: (reference, " ".join(reference.split()[::-1])),
    lambda reference, other, chance: (reference, " ".join(reference.split()[1:] + ["x"])),
    lambda reference, other, chance: (reference, f"{reference} {other} {reference}"),
    _few_words,
    _five_words,
    _joined,
    _split,
    _apostrophes,
    _sharp_s,
    _accents,
    _cased,
    _swapped,
)


def sclite_counts(command: str, pairs: Sequence[Pair], *options: str) -> list[Tally]:
    """The counts of sclite for every pair: correct, substituted, deleted, inserted."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name, side in (("ref.trn", 0), ("hyp.trn", 1)):
            files.append(Path(folder) / name)
            lines = (f"{pair[side]} (s-{k})\n" for k, pair in enumerate(pairs))
            files[-1].write_text("".join(lines), encoding="utf-8")
        reference, hypothesis = map(str, files)
        done = subprocess.run(
            [*shlex.split(command), "-r", reference, "trn", "-h", hypothesis, "trn", "-i", "rm"]
            + ["-e", "utf-8", "-s", "-o", "pralign", "stdout", *options],
            capture_output=True,
        )
    found = COUNTS.findall(done.stdout.decode("utf-8", "replace"))
    counts = {int(k): tuple(map(int, rest)) for k, *rest in found}
    if set(counts) != set(range(len(pairs))):
        raise SystemExit(
            f"sclite scored {len(counts)} of {len(pairs)} pairs and said: "
            f"{done.stderr.decode('utf-8', 'replace').strip()[-500:]!r}"
        )
    return [counts[k] for k in range(len(pairs))]  # type: ignore[misc]


def report(
    name: str, pairs: Sequence[Pair], ours: Sequence[Tally], theirs: Sequence[Tally], shown: int = 0
) -> None:
    """Print how many pairs have equal counts, and those that have not, by how they differ."""
    same = sum(a == b for a, b in zip(ours, theirs, strict=True))
    errors = sum(sum(a[1:]) == sum(b[1:]) for a, b in zip(ours, theirs, strict=True))
    print(
        f"{name}: same hits, S, D and I as sclite in {same} of {len(pairs)} pairs; same number of "
        f"errors in {errors}; in total {_sums(ours)}, {_sums(theirs)} sclite"
    )
    ways: dict[str, list[int]] = collections.defaultdict(list)
    for k, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        if a != b:
            s, gaps = b[1] - a[1], b[2] + b[3] - a[2] - a[3]
            ways[f"sclite has {s:+} substitutions and {gaps:+} deletions and insertions"].append(k)
    for way, found in sorted(ways.items(), key=lambda item: -len(item[1])):
        print(f"  {way}: {len(found)} pairs")
        for k in found[:shown]:
            print(f"    ref {pairs[k][0]!r}\n    hyp {pairs[k][1]!r}\n    {ours[k]} {theirs[k]}")


def _sums(counts: Sequence[Tally]) -> str:
    hits, *errors = (sum(column) for column in zip(*counts, strict=True))
    return f"{sum(errors)} errors ({' '.join(map(str, errors))}, {hits} hits)"


def main() -> None:
    """Compare all languages."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sclite", help="the command, such as /usr/lib/sctk/bin/sclite")
    parser.add_argument("--pairs", type=int, default=1000, help="of each kind and language")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--golden", type=Path, help="file for some pairs and sclite's counts")
    options = parser.parse_args()
    golden = ["reference\thypothesis\thits\tsubstitutions\tdeletions\tinsertions"]
    for code in LANGUAGES:
        pairs = list(hard_pairs(code, options.pairs, options.seed))
        theirs = sclite_counts(options.sclite, pairs)
        for costs in (MINIMUM, SCLITE):
            ours = word_counts(*zip(*pairs, strict=True), costs)
            report(f"{code} hard, {costs.name}", pairs, ours, theirs)
        for kind, make in (("random", random_pairs), ("adversarial", adversarial_pairs)):
            pairs = list(make(code, options.pairs, options.seed))
            theirs = sclite_counts(options.sclite, pairs)
            for costs in (MINIMUM, SCLITE):
                ours = word_counts(*zip(*pairs, strict=True), costs)
                report(f"{code} {kind}, {costs.name}", pairs, ours, theirs, len(pairs))
            found = [jiwer.process_words(reference, hypothesis) for reference, hypothesis in pairs]
            jiwers = [(f.hits, f.substitutions, f.deletions, f.insertions) for f in found]
            report(f"{code} {kind}, jiwer", pairs, jiwers, theirs)
            ours = word_counts(*zip(*pairs, strict=True))
            same = sum(sum(a[1:]) == sum(b[1:]) for a, b in zip(ours, jiwers, strict=True))
            print(f"  jiwer counts as many errors as minimum edits in {same} of {len(pairs)} pairs")
            letters = [tuple(text.replace(" ", "") for text in pair) for pair in pairs]
            theirs_c = sclite_counts(options.sclite, pairs, "-c")
            ours_c = character_counts(*zip(*letters, strict=True), SCLITE)
            report(f"{code} {kind}, sclite, characters without spaces", pairs, ours_c, theirs_c, 9)
            golden += [
                "\t".join(map(str, (*pairs[k], *theirs[k])))
                for k in range(len(pairs))
                if k < GOLDEN_PAIRS or ours[k] != theirs[k]
            ]
    if options.golden is not None:
        options.golden.write_text("\n".join(golden) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
