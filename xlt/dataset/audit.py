"""Audit of a dataset in preparation: findings from the facts that vetting noted of every clip.

The facts lie on the disk, in the journal, and are read twice: first the rates of the corpus, then
the clips that are far from them. In memory are histograms, counts, and a sample of texts of a
bounded size.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from xlt.dataset.findings import ClipFinding, Collected
from xlt.dataset.rates import Rates
from xlt.dataset.similar_texts import SimilarTexts
from xlt.language.damage import BRACKETS, ENCODING, LOST, MARKUP

Outcomes = Callable[[], Iterable[Mapping[str, Any]]]
"""The facts of the kept clips in their order, anew at each call."""

CLIPPED = "clipped"
QUIET = "quiet"
SILENCE = "silence"
FAST = "fast"
SLOW = "slow"
UNLIKE = "unlike recordings"
SPELLINGS = "spellings"

CLIPPED_SHARE = 1e-3
"""Share of clipped samples from which on it is heard."""
QUIET_DB = -45.0
"""Level (dB of full scale) of a recording under which 16 bits hold little of its speech."""
SILENCE_S = 1.5
"""Silence at one end, from which on a recording may hold less than its transcript, or be cut badly."""
SIGNS: Mapping[str, tuple[str, str]] = {
    LOST: (
        "have a ? or \ufffd where a letter was lost",
        "The table was once saved in an encoding without these letters: take the transcripts from "
        "where they came from again, as UTF-8.",
    ),
    ENCODING: (
        "have letters that were read in a wrong encoding, as Ã© for é",
        "Convert the table back: iconv -f UTF-8 -t WINDOWS-1252 TABLE > MENDED",
    ),
    BRACKETS: (
        "have brackets in their transcript whose words are trained on",
        "Listen to one: if nobody says these words, take them out of the table.",
    ),
    UNLIKE: (
        "have the same text as another clip that is far shorter or longer",
        "One of the two holds more, or less, than it says: listen to both.",
    ),
    FAST: (
        "have far more letters a second than others of their length",
        "Listen: the recording may be cut off, or the text may belong to another one.",
    ),
    SLOW: (
        "have far fewer letters a second than others of their length",
        "Listen: the text may lack words, or belong to another recording.",
    ),
    SPELLINGS: (
        "have a text that others spell with other accents or spaces",
        "If one spelling is wrong, the model is trained on both: mend the table.",
    ),
    CLIPPED: (
        "are clipped: their loud samples are cut off",
        "They can be trained on; if you still have the originals, record or export them at a lower level.",
    ),
    QUIET: (
        f"are very quiet (speech below {QUIET_DB:.0f} dB of full scale)",
        "If you still have the originals, export them louder, at 16 bits or more.",
    ),
    SILENCE: (
        f"begin or end with more than {SILENCE_S:g} s of silence",
        "See that no words are missing in the recording; silence can be cut off "
        "(in a recipe: --preparation.trim).",
    ),
    MARKUP: (
        "had HTML in their transcript: entities became their characters, tags went out",
        "Nothing is to be done if the text reads well.",
    ),
}
"""Kind -> its sign, said of clips, and what to do; most urgent first."""


def audit(outcomes: Outcomes) -> list[ClipFinding]:
    """Findings on the kept clips, most urgent first; clips whose facts are not noted count as clean."""
    rates, texts = Rates(), SimilarTexts()
    for outcome in outcomes():
        if "letters" in outcome:
            rates.add(*_rate(outcome))
            texts.add(outcome["transcript"], outcome["sentence"], _speech_s(outcome))
    found = _Found()
    for outcome in outcomes():
        found.clips += 1
        if "letters" in outcome:
            for kind, seen, weight in _signs(outcome, rates, texts):
                found.kinds[kind].add(outcome["id"], seen, weight)
    return [
        ClipFinding(
            kind=kind,
            clips=found.kinds[kind].clips,
            of=found.clips,
            sign=sign,
            advice=advice,
            examples=found.kinds[kind].examples(),
        )
        for kind, (sign, advice) in SIGNS.items()
        if found.kinds[kind].clips
    ]


@dataclass(slots=True)
class _Found:
    """Clips by kind."""

    clips: int = 0
    kinds: dict[str, Collected] = field(
        default_factory=lambda: {kind: Collected() for kind in SIGNS}
    )


def _signs(
    outcome: Mapping[str, Any], rates: Rates, texts: SimilarTexts
) -> Iterator[tuple[str, str, float]]:
    """Kinds of a clip, what is seen, and its weight among the examples."""
    shown = repr(outcome["shown"])
    for kind, piece in outcome.get("signs", {}).items():
        yield kind, repr(piece), 0.0
    source, letters, speech_s = _rate(outcome)
    if (far := rates.far(source, letters, speech_s)) is not None:
        said = f"{letters / speech_s:.1f} letters a second, {far.usual:.1f} are usual: {shown}"
        yield FAST if far.factor > 1 else SLOW, said, abs(far.deviation)
    if (other_s := texts.unlike(outcome["transcript"], speech_s)) is not None:
        said = f"{speech_s:.1f} s, another has {other_s:.1f} s: {shown}"
        yield UNLIKE, said, max(speech_s / other_s, other_s / speech_s)
    if texts.rare(outcome["transcript"], outcome["sentence"]):
        yield SPELLINGS, shown, 0.0
    if "heard" in outcome:
        level_db, clipped, lead_s, trail_s = outcome["heard"]
        if clipped >= CLIPPED_SHARE:
            yield CLIPPED, f"{clipped:.1%} of its samples", clipped
        if level_db < QUIET_DB:
            yield QUIET, f"{level_db:.0f} dB", -level_db
        if max(lead_s, trail_s) > SILENCE_S:
            yield SILENCE, f"{lead_s:.1f} s before, {trail_s:.1f} s after", max(lead_s, trail_s)


def _rate(outcome: Mapping[str, Any]) -> tuple[int, int, float]:
    """Corpus, letters, and seconds of speech."""
    return outcome["source"], outcome["letters"], _speech_s(outcome)


def _speech_s(outcome: Mapping[str, Any]) -> float:
    """Seconds from the first sound to the last."""
    _, _, lead_s, trail_s = outcome.get("heard", (0.0, 0.0, 0.0, 0.0))
    return max(float(outcome["duration_s"] - lead_s - trail_s), 0.02)
