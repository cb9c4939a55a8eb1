"""Seconds of one core for the scores of a million words.

    OMP_NUM_THREADS=1 python tests/benchmarks/scoring_speed.py

Sentences of the package with 15 % of the words wrong, 10 words an utterance. jiwer is timed beside.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import jiwer

sys.path.append(str(Path(__file__).parents[1] / "referees"))

from sclite import sentences

from xlt.scoring.align import character_ops
from xlt.scoring.compare import compare
from xlt.scoring.errors import character_errors, score, word_errors
from xlt.scoring.utterances import Scored, word_alignments
from xlt.scoring.views import views

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
    print(score(references, a, data=f"{options.words:,} words", split="all"))
    timed("word counts", lambda: word_errors(references, a))
    timed("character counts", lambda: character_errors(references, a))
    timed(
        "score: both, with intervals over utterances",
        lambda: score(references, a, data="", split=""),
    )
    timed("two views, with intervals over speakers", lambda: two_views(of_a))
    timed("word alignments", lambda: word_alignments(of_a))
    timed("character alignments", lambda: character_ops(references, a))
    timed("paired comparison", lambda: compared(of_a, of_b))
    timed("jiwer: process_words", lambda: jiwer.process_words(references, a))
    timed("jiwer: process_characters", lambda: jiwer.process_characters(references, a))


def compared(a: Sequence[Scored], b: Sequence[Scored]) -> object:
    """Two recognisers."""
    return compare("a", a, "b", b, data="", split="", normaliser="")


def two_views(utterances: Sequence[Scored]) -> object:
    """As normalised and without accents."""
    return views(utterances, data="", split="", decoder="", normaliser="")


if __name__ == "__main__":
    main()
