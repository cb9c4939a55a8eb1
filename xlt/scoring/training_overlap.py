"""Overlap of a test with a model's training: clips, voices and language, and the score without them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xlt.dataset.account import Account
from xlt.dataset.identity import identities
from xlt.dataset.trained_clips import FILE, TrainedClips, trained_clips
from xlt.scoring.conditions import Conditions
from xlt.scoring.errors import Score, score


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


def remarks_on_training(
    model: Path,
    data: Path,
    splits: Sequence[str],
    references: Sequence[str],
    hypotheses: Sequence[str],
    conditions: Conditions,
    durations_s: Sequence[float],
    speakers: Sequence[str | None],
) -> list[str]:
    """Sentences on what a model was trained on, beside its score on some splits of a dataset."""
    trained = trained_clips(model)
    if trained is None:
        return [
            f"{model} does not say which clips it was trained on (it has no {FILE}): if these are "
            "among them, the score is too good."
        ]
    overlap = TrainingOverlap.of(trained, data, *splits)
    without = overlap.score_without(references, hypotheses, conditions, durations_s, speakers)
    return list(overlap.remarks(without))
