"""What goes wrong, and under which circumstances: what a report says beyond the score.

Everything here is counted from the pairs of texts that the score counts, so it adds up to it.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xlt.audio.snr import Loudness, loudness
from xlt.reports.embedded_audio import Listen, Player, players, silence
from xlt.scoring import breakdown
from xlt.scoring.align import Op
from xlt.scoring.breakdown import Table, Tally
from xlt.scoring.confusions import Letter, Marks, confusions, letters, marks
from xlt.scoring.errors import Counts, character_errors, total, word_errors
from xlt.scoring.utterances import Scored, word_alignments
from xlt.scoring.words import Band, Insertions, Word, bands, insertions, missed_words

WORST = 20
"""Utterances that are shown, and heard."""
LISTENED = 2_000
"""Recordings that are read for their loudness at most, evenly spread over the utterances."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """One of the worst utterances."""

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
    missed: Sequence[Word]
    bands: Sequence[Band]
    """By how often training held a word; empty where its words are not known."""
    insertions: Insertions
    tables: Sequence[Table]
    heard: int
    """Recordings that were read for the tables on noise and pauses."""
    worst: Sequence[Clip]


def analyse(
    utterances: Sequence[Scored],
    *,
    trained: Mapping[str, int] | None = None,
    listen: Listen = silence,
) -> Analysis:
    """Take apart the errors of some utterances.

    Args:
        utterances: What was said and recognised, at least one.
        trained: Word -> how often training held it, for the errors by vocabulary.
        listen: How to get the samples of an utterance; by default there are none.
    """
    references = [u.reference for u in utterances]
    hypotheses = [u.hypothesis for u in utterances]
    alignments = word_alignments(utterances)
    words = word_errors(references, hypotheses)
    characters = character_errors(references, hypotheses)
    tallies = [Tally(words=w, characters=c) for w, c in zip(words, characters, strict=True)]
    pairs = confusions(references, hypotheses)
    sound = _sound(utterances, listen)
    return Analysis(
        utterances=len(utterances),
        words=total(words),
        characters=total(characters),
        missing=sum(u.missing for u in utterances),
        letters=letters(pairs),
        marks=marks(pairs),
        missed=missed_words(alignments, trained),
        bands=bands(alignments, trained) if trained is not None else (),
        insertions=insertions(alignments),
        tables=_tables(utterances, tallies, sound),
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
    utterances: Sequence[Scored], tallies: Sequence[Tally], sound: Sequence[Loudness | None]
) -> list[Table]:
    lengths = [u.duration_s for u in utterances]
    paces = [breakdown.pace(u) for u in utterances]
    measured = [s.snr_db if s else None for s in sound]
    snrs = [m if u.snr_db is None else u.snr_db for u, m in zip(utterances, measured, strict=True)]
    quiet = [100 * s.quiet if s else None for s in sound]
    length = breakdown.by_bounds("Length", lengths, tallies, breakdown.LENGTHS_S, "{:g} s")
    if not any(lengths):
        counts = [u.words for u in utterances]
        length = breakdown.by_bounds(
            "Length", counts, tallies, breakdown.LENGTHS_WORDS, "{:g} words"
        )
    tables = [
        breakdown.by_name("Speaker", [u.speaker for u in utterances], tallies),
        breakdown.by_name("Accent", [u.accent for u in utterances], tallies),
        breakdown.by_name("Gender", [u.gender for u in utterances], tallies),
        length,
        breakdown.by_bounds(
            "Speaking rate (characters a second)",
            paces,
            tallies,
            breakdown.quartiles(paces),
            "{:.1f}",
        ),
        breakdown.by_bounds("Signal to noise", snrs, tallies, breakdown.SNRS_DB, "{:g} dB"),
        breakdown.by_bounds("Pauses in the recording", quiet, tallies, breakdown.QUIET, "{:g} %"),
    ]
    return [table for table in tables if table is not None]


def worst(
    utterances: Sequence[Scored],
    words: Sequence[Counts],
    alignments: Sequence[Sequence[Op]],
    listen: Listen,
) -> list[Clip]:
    """The utterances with the most word errors; among as many, those with the fewest words."""
    wrong = (k for k, counts in enumerate(words) if counts.errors)
    order = heapq.nsmallest(
        WORST, wrong, key=lambda k: (-words[k].errors, words[k].reference, utterances[k].id)
    )
    heard = players([utterances[k] for k in order], listen)
    return [
        Clip(
            utterance=utterances[k],
            words=words[k],
            ops=alignments[k],
            player=heard.get(utterances[k].id),
        )
        for k in order
    ]
