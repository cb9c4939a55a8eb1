"""CTC loss of single clips under a model as it is: no noise, no augmentation, no gradient."""

from collections.abc import Sequence

import torch
from transformers import FeatureExtractionMixin, PreTrainedModel

from xlt.audio.augment import Augmentation
from xlt.audio.frames import geometry
from xlt.dataset.batches import by_length
from xlt.dataset.reader import Split
from xlt.language.labels import Labels
from xlt.models.families import family_of
from xlt.training.dataloader import BatchSource
from xlt.training.loss import batch_losses

AS_RECORDED = Augmentation(speeds=(1.0,), gain_db=0.0)


def clip_losses(
    model: PreTrainedModel,
    labels: Labels,
    extractor: FeatureExtractionMixin,
    split: Split,
    indices: Sequence[int],
    batch_s: float = 60.0,
) -> dict[int, float]:
    """Loss per label, in nats, of some clips of a split, by index.

    Clips that CTC can't align, and losses that are not finite, are left out. Models that hear the
    padding get one clip at a time.

    Args:
        model: a CTC model, on any device; it is left as it was.
        labels: of its head.
        extractor: of its inputs.
        split: where the clips are.
        indices: the clips.
        batch_s: seconds of speech that the model hears at once.
    """
    batch_source = BatchSource(
        split=split,
        labels=labels,
        geometry=geometry(model.config),
        extractor=extractor,
        augmentation=AS_RECORDED,
        batch_s=batch_s,
        seed=0,
    )
    batches = by_length([split.durations_s[i] for i in indices], batch_s)
    if family_of(model.config).hears_padding(model.config):
        batches = [(k,) for k in range(len(indices))]
    found: dict[int, float] = {}
    was_training = model.training
    model.eval()
    try:
        for batch in batches:
            chosen = tuple(indices[k] for k in batch)
            clips = batch_source.micro_batch(chosen, chosen, 0).to(model.device)
            with torch.inference_mode():
                losses, _ = batch_losses(model, clips, labels.blank)
            kept = torch.isfinite(losses).cpu() & (clips.weights.cpu() > 0)
            for i, loss, keep in zip(chosen, losses.tolist(), kept.tolist(), strict=True):
                if keep:
                    found[i] = loss
    finally:
        model.train(was_training)
    return found
