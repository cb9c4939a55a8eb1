"""Result of one arm: stored when it is done, and the test from which all its figures are made."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xlt.dataset.findings import ClipFinding
from xlt.dataset.reader import Split
from xlt.scoring.conditions import Conditions
from xlt.scoring.errors import Score
from xlt.scoring.scored_split import ScoredSplit
from xlt.scoring.utterances import Scored


@dataclass(frozen=True, kw_only=True, slots=True)
class ArmResult:
    """Result of one arm; stored, so that a resumed run does not do it again."""

    curve: tuple[dict[str, float], ...]
    score: Score
    tested: ScoredSplit
    """The test that the score is of, from which samples, views and analysis are made."""
    transfer: Mapping[str, Any]
    best_step: int
    skipped: Mapping[str, str]
    """Clip id -> why it did not count in a step."""
    wall_s: float
    files: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """SHA-256 of each file of the model folder, where this arm's model is kept."""
    findings: Sequence[ClipFinding] = ()
    """Clips of train and dev that the trained model finds odd, where this arm's model is kept."""
    unchecked: Sequence[str] = ()
    """Sentences on transcripts that this model could not check."""

    def to_dict(self) -> dict[str, Any]:
        """As plain data; of the test, the hypotheses."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        hypotheses = fields.pop("tested").hypotheses
        findings = [dataclasses.asdict(one) for one in self.findings]
        texts = {"hypotheses": hypotheses, "findings": findings}
        return {**fields, "score": self.score.to_dict(), **texts}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any], test: Split, seed: int) -> "ArmResult":
        """The inverse of `to_dict`; the test is aligned again only where a page asks for it."""
        fields = dict(stored)
        score = Score.from_dict(fields.pop("score"))
        conditions = dataclasses.replace(score.conditions, seed=seed)
        tested = scored_test(test, fields.pop("hypotheses"), conditions)
        findings = tuple(map(ClipFinding.from_dict, fields.pop("findings", ())))
        unchecked = tuple(fields.pop("unchecked", ()))
        return cls(**fields, score=score, tested=tested, findings=findings, unchecked=unchecked)


def scored_test(test: Split, hypotheses: Sequence[str], conditions: Conditions) -> ScoredSplit:
    """The test split as it was recognised."""
    corpora = list(test.corpora)
    return ScoredSplit(
        utterances=[
            Scored(
                id=test.ids[i],
                reference=test.texts[i],
                hypothesis=hypotheses[i],
                speaker=test.speakers[i],
                duration_s=test.durations_s[i],
                corpus=corpora[i] if corpora else None,
            )
            for i in range(len(test))
        ],
        conditions=conditions,
        listed=True,
    )
