"""Analysis of errors: by letter, by word, and by the circumstances of the utterances.

Everything here is counted from the pairs of texts that the score counts, so it adds up to it.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xlt.audio.snr import Loudness, loudness
from xlt.reports.embedded_audio import Listen, Player, players, silence
from xlt.scoring import breakdown
from xlt.scoring.align import MINIMUM, Op
from xlt.scoring.breakdown import Table, UtteranceCounts
from xlt.scoring.confusions import Letter, Marks, Spaces, confusions, letters, marks, spaces
from xlt.scoring.errors import Counts, total
from xlt.scoring.scored_split import ScoredSplit
from xlt.scoring.utterances import Scored
from xlt.scoring.words import Band, Insertions, Word, bands, insertions, missed_words

WORST = 20
"""Utterances that are shown, and heard."""
LISTENED = 2_000
"""Recordings that are read for their loudness at most, evenly spread over the utterances."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorstUtterance:
    """One of the utterances with the most errors."""

    utterance: Scored
    words: Counts
    ops: Sequence[Op]
    """(kind, reference word, hypothesis word), in the order of speech."""
    player: Player | None
    """The recording, where there is one and the page has room for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Analysis:
    """The errors of a list of utterances, by every circumstance that is known."""

    utterances: int
    words: Counts
    characters: Counts
    missing: int
    """Utterances without a hypothesis."""
    letters: Sequence[Letter]
    marks: Marks
    spaces: Spaces
    missed: Sequence[Word]
    bands: Sequence[Band]
    """By the frequency of a word in training; empty where its words are not known."""
    insertions: Insertions
    tables: Sequence[Table]
    heard: int
    """Recordings that were read for the tables on noise and pauses."""
    worst: Sequence[WorstUtterance]


def analyse(
    split: ScoredSplit,
    *,
    trained: Mapping[str, int] | None = None,
    listen: Listen = silence,
) -> Analysis:
    """Take apart the errors of a test; they are the fewest edits, by whatever rule it is scored.

    Args:
        split: The test as it was recognised.
        trained: Word -> occurrences in training, for the errors by vocabulary.
        listen: Source of an utterance's samples; by default there are none.
    """
    split = split.counted_by(MINIMUM)
    utterances, words, characters = split.utterances, split.words, split.characters
    alignments = list(split.word_ops())
    counts = [
        UtteranceCounts(words=w, characters=c) for w, c in zip(words, characters, strict=True)
    ]
    pairs = confusions(split.character_ops())
    sound = _sound(utterances, listen)
    return Analysis(
        utterances=len(utterances),
        words=total(words),
        characters=total(characters),
        missing=sum(u.missing for u in utterances),
        letters=letters(pairs),
        marks=marks(pairs),
        spaces=spaces(pairs),
        missed=missed_words(alignments, trained),
        bands=bands(alignments, trained) if trained is not None else (),
        insertions=insertions(alignments),
        tables=_tables(utterances, counts, sound),
        heard=sum(one is not None for one in sound),
        worst=worst(utterances, words, alignments, listen),
    )


def _sound(utterances: Sequence[Scored], listen: Listen) -> list[Loudness | None]:
    """Loudness of every utterance, or of LISTENED of them where there are more."""
    every = -(-len(utterances) // LISTENED)
    found: list[Loudness | None] = [None] * len(utterances)
    for k in range(0, len(utterances), every):
        samples = listen(utterances[k])
        found[k] = None if samples is None else loudness(samples)
    return found


def _tables(
    utterances: Sequence[Scored],
    counts: Sequence[UtteranceCounts],
    sound: Sequence[Loudness | None],
) -> list[Table]:
    lengths = [u.duration_s for u in utterances]
    paces = [breakdown.pace(u) for u in utterances]
    measured = [s.snr_db if s else None for s in sound]
    snrs = [m if u.snr_db is None else u.snr_db for u, m in zip(utterances, measured, strict=True)]
    quiet = [100 * s.quiet if s else None for s in sound]
    length = breakdown.by_bounds("Length", lengths, counts, breakdown.LENGTHS_S, "{:g} s")
    if not any(lengths):
        sizes = [u.words for u in utterances]
        length = breakdown.by_bounds("Length", sizes, counts, breakdown.LENGTHS_WORDS, "{:g} words")
    tables = [
        breakdown.by_name("Corpus", [u.corpus for u in utterances], counts),
        breakdown.by_name("Speaker", [u.speaker for u in utterances], counts),
        breakdown.by_name("Accent", [u.accent for u in utterances], counts),
        breakdown.by_name("Gender", [u.gender for u in utterances], counts),
        length,
        breakdown.by_bounds(
            "Speaking rate (characters a second)",
            paces,
            counts,
            breakdown.quartiles(paces),
            "{:.1f}",
        ),
        breakdown.by_bounds("Signal to noise", snrs, counts, breakdown.SNRS_DB, "{:g} dB"),
        breakdown.by_bounds("Pauses in the recording", quiet, counts, breakdown.QUIET, "{:g} %"),
    ]
    return [table for table in tables if table is not None]


def worst(
    utterances: Sequence[Scored],
    words: Sequence[Counts],
    alignments: Sequence[Sequence[Op]],
    listen: Listen,
) -> list[WorstUtterance]:
    """The utterances with the most word errors; among as many, those with the fewest words."""
    wrong = (k for k, counts in enumerate(words) if counts.errors)
    order = heapq.nsmallest(
        WORST, wrong, key=lambda k: (-words[k].errors, words[k].reference, utterances[k].id)
    )
    heard = players([utterances[k] for k in order], listen)
    return [
        WorstUtterance(
            utterance=utterances[k],
            words=words[k],
            ops=alignments[k],
            player=heard.get(utterances[k].id),
        )
        for k in order
    ]
