"""Seconds of one core for the scores of a million words.

    OMP_NUM_THREADS=1 python tests/benchmarks/scoring_speed.py

Sentences of the package with 15 % of the words wrong, 10 words an utterance. jiwer is timed beside.
"""

import argparse
import random
import resource
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import jiwer

from xlt.reports.analysis import analyse
from xlt.scoring.compare import compare
from xlt.scoring.conditions import Conditions
from xlt.scoring.errors import character_errors, score, word_errors
from xlt.scoring.scored_split import ScoredSplit
from xlt.scoring.utterances import Scored
from xlt.scoring.views import views

sys.path.insert(0, str(Path(__file__).parents[1] / "referees"))
from sclite import sentences

CONDITIONS = Conditions(data="made", split="all", decoder="noise", normaliser="none", seed=0)

ERROR_RATE = 0.15
UTTERANCE_WORDS = 10


def noisy(said: Sequence[str], words: Sequence[str], chance: random.Random) -> Iterator[str]:
    """Words with errors of the three kinds, and misspelt ones."""
    for word in said:
        if chance.random() >= ERROR_RATE:
            yield word
            continue
        match chance.randrange(4):
            case 0:
                yield chance.choice(words)
            case 1:
                yield word[:-1] + chance.choice("aeiou")
            case 2:
                yield from (word, chance.choice(words))


def timed(name: str, work: Callable[[], object]) -> None:
    """Print the processor seconds of a piece of work."""
    start = time.process_time()
    work()
    print(f"{name:<52} {time.process_time() - start:6.1f} s", flush=True)


def main() -> None:
    """Time everything that a score is made of."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, default=1_000_000)
    options = parser.parse_args()
    chance = random.Random(0)
    words = [word for sentence in sentences("es") for word in sentence.split()]
    said = [
        chance.choices(words, k=UTTERANCE_WORDS) for _ in range(options.words // UTTERANCE_WORDS)
    ]
    references = [" ".join(one) for one in said]
    a, b = ([" ".join(noisy(one, words, chance)) for one in said] for _ in "ab")
    of_a, of_b = (
        [
            Scored(id=str(k), reference=r, hypothesis=h, speaker=str(k % 500), duration_s=4.0)
            for k, (r, h) in enumerate(zip(references, side, strict=True))
        ]
        for side in (a, b)
    )
    print(score(references, a, CONDITIONS))
    timed("word counts", lambda: word_errors(references, a))
    timed("character counts", lambda: character_errors(references, a))
    timed(
        "score: both, with intervals over utterances",
        lambda: score(references, a, CONDITIONS),
    )
    timed("two views, with intervals over speakers", lambda: views(split(of_a, listed=False)))
    timed("words aligned and listed", lambda: through(split(of_a, listed=True).word_ops()))
    timed(
        "characters aligned and listed", lambda: through(split(of_a, listed=True).character_ops())
    )
    timed("paired comparison", lambda: compared(of_a, of_b))
    timed("all of a report: views, analysis, samples", lambda: reported(of_a))
    timed("jiwer: process_words", lambda: jiwer.process_words(references, a))
    timed("jiwer: process_characters", lambda: jiwer.process_characters(references, a))
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10:.0f} MiB at most")


def split(utterances: Sequence[Scored], *, listed: bool) -> ScoredSplit:
    """A test that nothing is known about yet."""
    return ScoredSplit(utterances=utterances, conditions=CONDITIONS, listed=listed)


def through(listed: Iterator[object]) -> None:
    """Take everything from an iterator, and keep nothing."""
    deque(listed, maxlen=0)


def compared(a: Sequence[Scored], b: Sequence[Scored]) -> object:
    """Two recognisers."""
    return compare("a", split(a, listed=True), "b", split(b, listed=True))


def reported(utterances: Sequence[Scored]) -> object:
    """The figures that a run's report shows of its test."""
    tested = split(utterances, listed=True)
    return tested.score, views(tested), analyse(tested)


if __name__ == "__main__":
    main()
