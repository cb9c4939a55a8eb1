"""Coverage of a text by an alphabet: what can be read, which letters it lacks, what folds do.

The alphabet comes from the language, never from data; a text only checks it. It is read twice,
line by line: what is kept in memory is counts of letters and, up to a limit, folded words.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from xlt.language.characters import INPUT_TABLE
from xlt.language.coverage.text_lines import MISREAD
from xlt.language.letter_table import fold_of
from xlt.language.rules import Language
from xlt.language.text import normalise

EXAMPLES = 3
COLLISIONS = 5
"""Pairs of words that are shown for a fold; all are counted."""
MOST_SPELLINGS = 100_000
"""Different folded words that are kept to look for collisions: some 20 MB."""
_LONGEST = 60
"""Letters of a word; longer ones are not words, and not kept."""
FREQUENT = 1e-4
"""Share of all letters from which a foreign letter is not an accident; Spanish ü has about as much."""
FREQUENT_LINES = 5
"""Lines that it must be in, at least."""
ENOUGH = 10_000
"""Letters of a text in which every letter of an alphabet is expected."""
_EXCERPT = 30  # characters on each side
_WORD = re.compile(r"[^\W\d_]+")
_TOKEN = re.compile(r"\S*[^\W_]\S*")
_LOST = re.compile(f"\ufffd|{MISREAD}")  # a letter that was lost, and one that was misread


class Text(Protocol):
    """Sentences that can be read several times."""

    @property
    def name(self) -> str:
        """For messages."""

    def __iter__(self) -> Iterator[str]: ...

    def remarks(self) -> list[str]:
        """Remarks after reading, on everything that is not a sentence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Collision:
    """Two different words that are written alike in the language's letters."""

    words: tuple[str, str]
    """As the text has them, in lower case; the first is folded."""
    counts: tuple[int, int]

    def __str__(self) -> str:
        (a, b), (n, m) = self.words, self.counts
        return f"{a} ({n:,}) = {b} ({m:,})"


@dataclass(kw_only=True, slots=True)
class Foreign:
    """Counts of one letter that the alphabet lacks, in a text."""

    fold: str | None
    """Its replacement; None if there is none."""
    count: int = 0
    dropped: int = 0
    """Of these, left no letter; the others were folded, or read aloud as `º` is."""
    lines: int = 0
    words: int = 0
    """Words that it stands in."""
    examples: list[str] = field(default_factory=list)
    """Words and what they become; where it is dropped, pieces of lines."""
    collisions: list[Collision] = field(default_factory=list)
    """The most frequent."""
    collided: int = 0
    """Number of pairs in all."""

    @property
    def decision(self) -> str:
        """Folded, dropped, or read aloud: what became of it in the text."""
        if self.read_aloud:
            return "read aloud"
        if self.fold is None or self.dropped == self.count:
            return "dropped"
        some = f", {self.dropped:,} of {self.count:,} dropped" if self.dropped else ""
        return f"folded to {self.fold}{some}"

    @property
    def read_aloud(self) -> bool:
        """It has no fold, and yet nothing was lost, as of `º` in `3º`."""
        return self.fold is None and not self.dropped


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """Shares of a text that can be read in a language's letters, and what stands in the way."""

    language: Language
    name: str
    """Of the text."""
    sentences: int
    readable_sentences: int
    """Those of which no letter or digit is lost."""
    words: int
    readable_words: int
    letters: int
    """Letters and digits, as in the text."""
    readable_letters: int
    counts: Mapping[str, int]
    """Lower-case letter of the alphabet -> how often it was seen; capitals count as small ones."""
    foreign: Mapping[str, Foreign]
    """Lower-case letter outside the alphabet -> what was seen; the most frequent first."""
    lost: int = 0
    """Lines with U+FFFD or `Ã±`: their encoding was misread before."""
    full: bool = False
    """There were more folded words than are kept: later ones are not among the collisions."""
    remarks: tuple[str, ...] = ()

    @property
    def unseen(self) -> str:
        """Letters of the alphabet that the text never has."""
        return "".join(c for c in self.language.letters if not self.counts.get(c))

    def is_frequent(self, letter: str) -> bool:
        """Say whether a foreign letter is too frequent for an accident or a foreign name."""
        seen = self.foreign[letter]
        return seen.lines >= FREQUENT_LINES and seen.count >= FREQUENT * self.letters


def check(texts: Sequence[Text], language: Language) -> Coverage:
    """Read texts in a language's letters and count what that does to them.

    Raises:
        ValueError: a text can't be opened, or none holds a sentence that can be read.
    """
    census = _Census(language=language)
    for text in texts:
        for line in text:
            census.take(line)
    remarks = [remark for text in texts for remark in text.remarks()]
    names = ", ".join(text.name for text in texts)
    if not census.sentences:
        raise ValueError(" ".join([f"{names} holds no sentence.", *remarks]))
    if census.spellings:
        _collide(census, _count(texts, census.forms()))
    return census.coverage(names, remarks)


@dataclass(kw_only=True, slots=True)
class _Census:
    """Counts while a text is read."""

    language: Language
    sentences: int = 0
    readable_sentences: int = 0
    words: int = 0
    unreadable_words: int = 0
    unread: int = 0
    lost: int = 0
    characters: Counter[str] = field(default_factory=Counter)
    foreign: dict[str, Foreign] = field(default_factory=dict)
    spellings: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Word with a folded letter -> what it becomes, and how often it was seen."""
    full: bool = False
    known: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        apostrophes = (c for c, plain in INPUT_TABLE.items() if not plain.isalpha())
        self.known = {*self.language.letters, *map(chr, range(0x60)), *apostrophes}

    def take(self, line: str) -> None:
        """Count one sentence."""
        transcript = normalise(line, self.language)
        lower = unicodedata.normalize("NFC", line).lower()
        self.sentences += 1
        self.characters.update(lower)
        self.words += sum(1 for _ in _TOKEN.finditer(lower))
        self.lost += _LOST.search(line) is not None
        lost = {c: n for c, n in transcript.dropped.items() if len(c) == 1 and c.isalnum()}
        self.unread += sum(lost.values())
        self.readable_sentences += not lost
        if lost:
            self.unreadable_words += sum(
                not lost.keys().isdisjoint(token) for token in _TOKEN.findall(lower)
            )
        foreign = {c for c in set(lower) - self.known if c.isalpha()}
        if foreign:
            self._foreign(lower, foreign, lost)

    def _foreign(self, line: str, letters: set[str], lost: Mapping[str, int]) -> None:
        unshown = set()
        for letter in letters:
            seen = self.foreign.get(letter)
            if seen is None:
                seen = self.foreign[letter] = Foreign(fold=fold_of(letter, self.language))
            seen.lines += 1
            seen.dropped += lost.get(letter, 0)
            if (seen.fold is None or letter in lost) and len(seen.examples) < EXAMPLES:
                unshown.add(letter)
        for letter, at in _first(line, unshown).items():
            self.foreign[letter].examples.append(_excerpt(line, at))
        for word in _WORD.findall(line):
            inside = letters.intersection(word)
            for letter in inside:
                self.foreign[letter].words += 1
            folds = (self.foreign[letter].fold for letter in inside)
            if len(word) <= _LONGEST and any(fold is not None for fold in folds):
                self._spelling(word, inside)

    def _spelling(self, word: str, letters: set[str]) -> None:
        """Remember a folded word and what it becomes."""
        form, seen = self.spellings.get(word, ("", 0))
        if not seen:
            if len(self.spellings) >= MOST_SPELLINGS:
                self.full = True
                return
            form = normalise(word, self.language).text
            for letter in letters if form else ():
                foreign = self.foreign[letter]
                if foreign.fold is not None and len(foreign.examples) < EXAMPLES:
                    foreign.examples.append(f"{word} → {form}")
        self.spellings[word] = form, seen + 1

    def forms(self) -> set[str]:
        """Spellings of the folded words."""
        return {form for form, _ in self.spellings.values() if form}

    def coverage(self, name: str, remarks: Sequence[str]) -> Coverage:
        """The result, once all is counted."""
        for letter, seen in self.foreign.items():
            seen.count = self.characters[letter]
        letters = sum(n for c, n in self.characters.items() if c.isalnum())
        order = sorted(self.foreign, key=lambda c: (-self.foreign[c].count, c))
        return Coverage(
            language=self.language,
            name=name,
            sentences=self.sentences,
            readable_sentences=self.readable_sentences,
            words=self.words,
            readable_words=self.words - self.unreadable_words,
            letters=letters,
            readable_letters=letters - self.unread,
            counts={c: self.characters[c] for c in self.language.letters},
            foreign={c: self.foreign[c] for c in order},
            lost=self.lost,
            full=self.full,
            remarks=tuple(remarks),
        )


def _first(line: str, letters: set[str]) -> dict[str, int]:
    """Place of the first of each of the letters."""
    places: dict[str, int] = {}
    for at, character in enumerate(line if letters else ""):
        if character in letters:
            places.setdefault(character, at)
    return places


def _excerpt(line: str, at: int) -> str:
    """A letter and what is around it, printable, on one line."""
    piece = line[max(0, at - _EXCERPT) : at + _EXCERPT]
    return " ".join("".join(c if c.isprintable() else " " for c in piece).split())


def _count(texts: Iterable[Text], forms: set[str]) -> Counter[str]:
    """Counts of words that are not folded: the second reading."""
    counts: Counter[str] = Counter()
    for text in texts:
        for line in text:
            words = _WORD.findall(unicodedata.normalize("NFC", line).lower())
            counts.update(word for word in words if word in forms)
    return counts


def _collide(census: _Census, plain: Mapping[str, int]) -> None:
    """Find the folded words that are written like another word of the text."""
    alike: dict[str, list[tuple[str, int]]] = {}
    for word, (form, n) in census.spellings.items():
        if form:
            alike.setdefault(form, []).append((word, n))
    for form, n in plain.items():
        if form not in census.spellings:
            alike[form].append((form, n))
    for words in alike.values():
        often = sorted(words, key=lambda w: (-w[1], w[0]))[: COLLISIONS + 1]
        for word, n in words:
            pairs = [Collision(words=(word, o), counts=(n, m)) for o, m in often if o != word]
            for seen in (census.foreign[c] for c in set(word) if c in census.foreign):
                seen.collided += len(words) - 1
                seen.collisions += pairs
    for seen in census.foreign.values():
        seen.collisions.sort(key=lambda c: (-min(c.counts), -max(c.counts), c.words))
        del seen.collisions[COLLISIONS:]
