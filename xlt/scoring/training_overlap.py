"""Overlap of a test with a model's training: clips, voices and language, and the score without them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from xlt.dataset.account import Account
from xlt.dataset.identity import identities
from xlt.dataset.trained_clips import FILE, TrainedClips, trained_clips
from xlt.scoring.conditions import Conditions
from xlt.scoring.errors import Score, score
from xlt.scoring.scored_split import ScoredSplit
from xlt.scoring.utterances import Scored


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingOverlap:
    """Clips and voices of a test that a model was trained on."""

    unheard: tuple[int, ...]
    """Positions of the clips that it was not trained on."""
    clips: int
    """Clips of the test."""
    voices_heard: int
    """Known voices of the test that it was trained on."""
    voices: int
    """Known voices of the test."""
    languages: tuple[str, str]
    """Code of the model's language, and of the data's."""

    @classmethod
    def of(cls, trained: TrainedClips, data: Path, *splits: str) -> "TrainingOverlap":
        """The overlap with some splits of a prepared dataset."""
        account = Account.load(data)
        found = identities(data, *splits, one_voice=account.same_speaker)
        voices_heard, voices = trained.voices_of(found)
        return cls(
            unheard=tuple(np.flatnonzero(~trained.hold(found)).tolist()),
            clips=len(found.clips),
            voices_heard=voices_heard,
            voices=voices,
            languages=(trained.language, account.language),
        )

    @property
    def flags(self) -> list[bool]:
        """True for each clip that the model was trained on, in the order of the test."""
        unheard = set(self.unheard)
        return [k not in unheard for k in range(self.clips)]

    @property
    def heard(self) -> int:
        """Clips that the model was trained on."""
        return self.clips - len(self.unheard)

    def score_without(
        self,
        references: Sequence[str],
        hypotheses: Sequence[str],
        conditions: Conditions,
        durations_s: Sequence[float],
        speakers: Sequence[str | None],
    ) -> Score | None:
        """The score of the clips that the model was not trained on; None where it was on all or none."""
        if not self.heard or not self.unheard:
            return None
        rest = self.unheard
        return score(
            [references[i] for i in rest],
            [hypotheses[i] for i in rest],
            conditions,
            durations_s=[durations_s[i] for i in rest],
            speakers=[speakers[i] for i in rest],
        )

    def remarks(self, without: Score | None) -> Iterator[str]:
        """Sentences that belong beside the score."""
        if without is not None:
            yield (
                f"{self.heard:,} of {self.clips:,} clips were trained on: the score is too good. "
                f"Without them, {without}"
            )
        elif self.heard:
            yield (
                f"All {self.clips:,} clips were trained on: the score says nothing about new speech. "
                "Give clips that the model has not been trained on."
            )
        model, data = self.languages
        if model != data:
            yield f"The model was trained for {model!r}, and the data is in {data!r}."
        yield from self.remarks_on_voices()

    def remarks_on_voices(self) -> Iterator[str]:
        """A sentence where voices of the test are among those of the training."""
        if self.voices_heard and self.voices_heard == self.voices:
            yield (
                "Same-speaker test: all known voices of these clips are also in the model's training "
                "data. Expect more errors on other voices."
            )
        elif self.voices_heard:
            yield (
                f"{self.voices_heard:,} of {self.voices:,} known voices of these clips are also in "
                "the model's training data."
            )


def marked(utterances: Sequence[Scored], ids: Sequence[str], flags: Sequence[bool]) -> list[Scored]:
    """The utterances, each with whether its recogniser was trained on the clip of its id."""
    known = dict(zip(ids, flags, strict=True))
    return [replace(u, trained_on=known.get(u.id, u.trained_on)) for u in utterances]


def trained_on(name: str, split: ScoredSplit) -> list[str]:
    """A sentence on the clips of a test that a recogniser was trained on, where that is known."""
    known = [u for u in split.utterances if u.trained_on is not None]
    new = [u for u in known if not u.trained_on]
    if len(known) == len(new):
        return []
    heard = (
        f"{len(known) - len(new):,} of {len(split.utterances):,} clips were trained on by {name}"
    )
    if not new:
        return [f"{heard}: its score says nothing about new speech."]
    rest = replace(split, utterances=new).score
    return [
        f"{heard}: its score is too good. Without them, WER {rest.words.rate:.1%} and CER "
        f"{rest.characters.rate:.1%} on {rest.utterances:,} utterances."
    ]


def remarks_on_training(
    overlap: TrainingOverlap | None,
    model: Path,
    references: Sequence[str],
    hypotheses: Sequence[str],
    conditions: Conditions,
    durations_s: Sequence[float],
    speakers: Sequence[str | None],
) -> list[str]:
    """Sentences on what a model was trained on, beside its score; `overlap` None: it is not known."""
    if overlap is None:
        return [
            f"{model} does not say which clips it was trained on (it has no {FILE}): if these are "
            "among them, the score is too good."
        ]
    without = overlap.score_without(references, hypotheses, conditions, durations_s, speakers)
    return list(overlap.remarks(without))


def overlap_with(model: Path, data: Path, splits: Sequence[str]) -> TrainingOverlap | None:
    """Overlap of a model folder's training with some splits; None where its clips are not known."""
    trained = trained_clips(model)
    return None if trained is None else TrainingOverlap.of(trained, data, *splits)
