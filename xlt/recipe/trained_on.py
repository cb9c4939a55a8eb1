"""Training clips of a run, for its model's folder; and test clips that its source was trained on."""

from typing import Any

from xlt.dataset.account import Account
from xlt.dataset.batches import reached_clips
from xlt.dataset.identity import ClipIdentities, identities
from xlt.dataset.trained_clips import TrainedClips, trained_clips
from xlt.recipe.context import RunContext
from xlt.scoring.scored_split import ScoredSplit
from xlt.scoring.training_overlap import TrainingOverlap
from xlt.transfer.options import Transfer


def trained_by(context: RunContext, options: Transfer, steps: int) -> TrainedClips:
    """The clips that a run has trained on in so many steps, and those of its source."""
    training, data = context.recipe.training, context.folder / "data"
    same_speaker = Account.load(data).same_speaker
    found = identities(data, "train", one_voice=same_speaker)
    reached = reached_clips(context.train.durations_s, training.batch_s, training.seed, steps)
    met = ClipIdentities(clips=found.clips[reached], voices=found.voices[reached])
    before = trained_clips(context.source.folder) if options.weights == "source" else None
    return TrainedClips.of(context.recipe.language, met, before)


def source_overlap(context: RunContext, tested: ScoredSplit) -> dict[str, Any] | None:
    """Overlap of a run's test with the training of its source; None where there is none.

    It enters the account in the record, from which report and card say it.
    """
    if context.recipe.transfer.weights != "source":
        return None
    before = trained_clips(context.source.folder)
    if before is None:
        return None
    overlap = TrainingOverlap.of(before, context.folder / "data", "test")
    if not (overlap.heard or overlap.voices_heard):
        return None
    without = overlap.score_without(
        tested.references,
        tested.hypotheses,
        tested.conditions,
        [u.duration_s or 0.0 for u in tested.utterances],
        [u.speaker for u in tested.utterances],
    )
    return {
        "source": context.source.name,
        "clips": overlap.heard,
        "of": overlap.clips,
        "voices": overlap.voices_heard,
        "of_voices": overlap.voices,
        "without": None if without is None else without.to_dict(),
    }
