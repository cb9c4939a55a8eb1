"""Word errors by word: missed words, their frequency in training, and inserted words by place."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xlt.corpora.columns import REFERENCE
from xlt.language.rules import Language
from xlt.language.text import normalise
from xlt.scoring.align import Op
from xlt.scoring.files import read_entries

BANDS: Sequence[tuple[int, str]] = (
    (1, "never (out of vocabulary)"),
    (2, "once"),
    (10, "2 to 9 times"),
    (100, "10 to 99 times"),
    (1000, "100 to 999 times"),
)
"""Occurrences in training below which a word falls into the band, and its name."""
MOST = "1,000 times or more"


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """One word of the references that was not always recognised."""

    word: str
    said: int
    missed: int
    """Occurrences recognised as another word, or not at all."""
    heard: Sequence[tuple[str, int]]
    """Words recognised instead (`""`: nothing), most frequent first."""
    trained: int | None
    """Occurrences in training; None: unknown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """Words of the references that training held about equally often."""

    label: str
    words: int
    """Of the references, repetitions included."""
    missed: int

    @property
    def rate(self) -> float:
        """Share that was missed; insertions belong to no word of the references."""
        return self.missed / max(self.words, 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Insertions:
    """Words that were written and that nobody said, by place."""

    start: int
    """Before the first word of a reference that was matched with one."""
    inside: int
    end: int
    silence: int
    """In clips whose reference is empty: nothing is said in them."""
    silent_clips: int
    """Clips whose reference is empty."""
    words: Sequence[tuple[str, int]]
    """The inserted words, most frequent first."""


def trained_words(path: Path, language: Language | None = None) -> Counter[str]:
    """Count the words in a file of training transcripts, read as references are.

    Raises:
        ValueError: the file can't be read, has no column of texts, or no word in it.
    """
    entries = read_entries(path, REFERENCE)
    texts = [next((e.fields[c] for c in REFERENCE if c in e.fields), "") for e in entries]
    if language is not None:
        texts = [normalise(text, language).text for text in texts]
    counts = Counter(word for text in texts for word in text.split())
    if not counts:
        raise ValueError(f"{path} holds no word: give the transcripts that were trained on.")
    return counts


def missed_words(
    alignments: Sequence[Sequence[Op]], trained: Mapping[str, int] | None = None
) -> list[Word]:
    """The words that were missed, most often missed first."""
    said: Counter[str] = Counter()
    instead: dict[str, Counter[str]] = {}
    for ops in alignments:
        for kind, old, new in ops:
            if kind == "insert":
                continue
            said[old] += 1
            if kind != "equal":
                instead.setdefault(old, Counter())[new] += 1
    rows = [
        Word(
            word=word,
            said=said[word],
            missed=heard.total(),
            heard=ranked(heard),
            trained=None if trained is None else trained.get(word, 0),
        )
        for word, heard in instead.items()
    ]
    return sorted(rows, key=lambda row: (-row.missed, row.said, row.word))


def bands(alignments: Sequence[Sequence[Op]], trained: Mapping[str, int]) -> list[Band]:
    """Words and misses by how often training held the word, rarest first; empty bands left out."""
    words: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    labels: dict[str, str] = {}
    for ops in alignments:
        for kind, old, _ in ops:
            if kind == "insert":
                continue
            label = labels.get(old) or labels.setdefault(old, _band(trained.get(old, 0)))
            words[label] += 1
            missed[label] += kind != "equal"
    order = [*(label for _, label in BANDS), MOST]
    return [Band(label=b, words=words[b], missed=missed[b]) for b in order if words[b]]


def insertions(alignments: Sequence[Sequence[Op]]) -> Insertions:
    """Count the inserted words by their place."""
    places: Counter[str] = Counter()
    inserted: Counter[str] = Counter()
    silent_clips = 0
    for ops in alignments:
        added = [i for i, op in enumerate(ops) if op[0] == "insert"]
        inserted.update(ops[i][2] for i in added)
        spoken = [i for i, op in enumerate(ops) if op[0] != "insert"]
        if not spoken:
            silent_clips += 1
            places["silence"] += len(added)
            continue
        places["start"] += sum(i < spoken[0] for i in added)
        places["end"] += sum(i > spoken[-1] for i in added)
        places["inside"] += sum(spoken[0] < i < spoken[-1] for i in added)
    return Insertions(
        start=places["start"],
        inside=places["inside"],
        end=places["end"],
        silence=places["silence"],
        silent_clips=silent_clips,
        words=ranked(inserted),
    )


def ranked(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Most frequent first, then by the alphabet."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _band(count: int) -> str:
    return next((label for below, label in BANDS if count < below), MOST)
