"""Letter confusions: every edit of a score, as a pair of letters.

The edits are the ones that the character error rate counts (`xlt.scoring.align`). Where several
alignments have the same counts, the one is taken that a reader would draw: `ñ` against `n` rather
than against `i`, letters against letters rather than against spaces.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from xlt.language.accents import without_accents
from xlt.scoring.align import Op

Pair = tuple[str, str]
"""A letter that was said and the one that was heard; `""` where there is none."""

BRIDGE = 3
"""Edits with fewer equal letters between them than this are one stretch, and drawn anew as one."""
LARGEST = 20_000
"""Cells of a stretch (letters said times letters heard) up to which it is drawn anew."""

EDIT, SUBSTITUTION = 1_000_000, 1_000
"""Price of any edit, and what a substitution costs on top: fewest edits first, then most hits."""
SPACE, OTHER, CLASS, BASE = 6, 2, 1, 0
"""Prices that decide between alignments of the same counts: a letter for a space, for any other letter,
vowel for vowel or consonant for consonant, the same letter with another mark (`n` for `ñ`)."""
VOWELS = frozenset("aeiouy")


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """One letter of the references, and the letters recognised in its place."""

    letter: str
    """`""` gathers what was heard where nothing was said."""
    said: int
    """Occurrences in the references."""
    missed: int
    """Occurrences recognised as another letter, or not at all; insertions for `""`."""
    heard: Sequence[tuple[str, int]]
    """Letters recognised instead (`""`: nothing), most frequent first."""
    marked: bool
    """True for more than a plain a to z: ñ, ç, ß, ä, á ..."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """Errors in accents and special letters among all character errors."""

    lost: int
    """A marked letter was heard as its plain one: `ñ` as `n`."""
    added: int
    """A plain letter was heard with a mark: `n` as `ñ`."""
    swapped: int
    """One mark was heard as another on the same letter: `ã` as `á`."""
    elsewhere: int
    """Every other edit of a marked letter: dropped, inserted, heard as another letter."""

    @property
    def errors(self) -> int:
        """Character errors in which a marked letter takes part."""
        return self.lost + self.added + self.swapped + self.elsewhere


@dataclass(frozen=True, kw_only=True, slots=True)
class Spaces:
    """Errors in spaces among all character errors."""

    lost: int
    """Two words were joined."""
    added: int
    """A word was split."""
    swapped: int
    """A space was heard as a letter, or a letter as a space."""

    @property
    def errors(self) -> int:
        """Character errors in which a space takes part."""
        return self.lost + self.added + self.swapped


def confusions(alignments: Iterable[Sequence[Op]]) -> Counter[Pair]:
    """Count the pairs of letters of aligned utterances, equal ones included; spaces are letters."""
    pairs: Counter[Pair] = Counter()
    for ops in alignments:
        pairs.update(_redrawn(ops))
    return pairs


def letters(pairs: Mapping[Pair, int]) -> list[Letter]:
    """One row a letter: marked ones first, then the insertions, then by how often it was missed."""
    said: Counter[str] = Counter()
    instead: dict[str, Counter[str]] = {}
    for (old, new), n in pairs.items():
        said[old] += n if old else 0
        if old != new:
            instead.setdefault(old, Counter())[new] += n
    rows = [
        Letter(
            letter=letter,
            said=said[letter],
            missed=sum(instead.get(letter, {}).values()),
            heard=sorted(instead.get(letter, {}).items(), key=lambda item: (-item[1], item[0])),
            marked=is_marked(letter),
        )
        for letter in said | dict.fromkeys(instead, 0)
    ]
    return sorted(rows, key=lambda row: (not row.marked, row.letter != "", -row.missed, row.letter))


def marks(pairs: Mapping[Pair, int]) -> Marks:
    """Count what happened to accents and special letters."""
    found: Counter[str] = Counter()
    for (old, new), n in pairs.items():
        if old == new or not (is_marked(old) or is_marked(new)):
            continue
        if not (old and new) or base(old) != base(new):
            found["elsewhere"] += n
        elif is_marked(old) and is_marked(new):
            found["swapped"] += n
        else:
            found["lost" if is_marked(old) else "added"] += n
    return Marks(**{kind: found[kind] for kind in ("lost", "added", "swapped", "elsewhere")})


def spaces(pairs: Mapping[Pair, int]) -> Spaces:
    """Count the spaces that were lost, added, or taken for a letter."""
    wrong = {pair: n for pair, n in pairs.items() if pair[0] != pair[1] and " " in pair}
    lost, added = wrong.pop((" ", ""), 0), wrong.pop(("", " "), 0)
    return Spaces(lost=lost, added=added, swapped=sum(wrong.values()))


def is_marked(letter: str) -> bool:
    """True for a letter that is not a plain a to z."""
    return letter.isalpha() and not letter.isascii()


@lru_cache(maxsize=4096)
def base(letter: str) -> str:
    """The letter without its marks, in lower case; ß counts as an s."""
    return (without_accents(letter, sharp_s="s", foreign=False)[:1] or letter).lower()


def _redrawn(ops: Sequence[Op]) -> Iterator[Pair]:
    """The pairs of an utterance, every stretch of edits drawn anew with what lies between them."""
    wrong = [i for i, op in enumerate(ops) if op[0] != "equal"]
    done = k = 0
    while k < len(wrong):
        first = k
        while k + 1 < len(wrong) and wrong[k + 1] - wrong[k] <= BRIDGE:
            k += 1
        start, stop = wrong[first], wrong[k] + 1
        yield from ((old, new) for _, old, new in ops[done:start])
        stretch = ops[start:stop]
        said, heard = ("".join(op[side] for op in stretch) for side in (1, 2))
        if said and heard and len(stretch) > 1 and len(said) * len(heard) <= LARGEST:
            yield from _drawn(said, heard)
        else:
            yield from ((old, new) for _, old, new in stretch)
        done, k = stop, k + 1
    yield from ((old, new) for _, old, new in ops[done:])


@lru_cache(maxsize=2**16)
def _drawn(said: str, heard: str) -> tuple[Pair, ...]:
    """The alignment of a stretch that a reader would draw, of those that have its counts.

    No second count: `xlt.scoring.align` knows letters only as equal or not, for thousands of
    utterances at once; a price by likeness can be had for a short stretch of its edits alone.

    Wagner and Fischer, "The string-to-string correction problem", J. ACM 21 (1974).
    """
    rows, columns = len(said), len(heard)
    price = [[j * EDIT for j in range(columns + 1)]]
    for i in range(1, rows + 1):
        above, here = price[-1], [i * EDIT]
        for j in range(1, columns + 1):
            swap = above[j - 1] + _price(said[i - 1], heard[j - 1])
            here.append(min(swap, above[j] + EDIT, here[j - 1] + EDIT))
        price.append(here)
    pairs, i, j = [], rows, columns
    while i or j:
        if i and j and price[i][j] == price[i - 1][j - 1] + _price(said[i - 1], heard[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((said[i], heard[j]))
        elif i and price[i][j] == price[i - 1][j] + EDIT:
            i -= 1
            pairs.append((said[i], ""))
        else:
            j -= 1
            pairs.append(("", heard[j]))
    return tuple(reversed(pairs))


@lru_cache(maxsize=2**14)
def _price(old: str, new: str) -> int:
    if old == new:
        return 0
    if " " in (old, new):
        return EDIT + SUBSTITUTION + SPACE
    plain_old, plain_new = base(old), base(new)
    if plain_old == plain_new:
        return EDIT + SUBSTITUTION + BASE
    alike = (plain_old in VOWELS) == (plain_new in VOWELS)
    return EDIT + SUBSTITUTION + (CLASS if alike else OTHER)
