"""Portuguese from the finished Spanish model: the chain that the project is named for.

Spanish and Portuguese share most of their words, and the Spanish model has already left English
behind. What is new is nasal vowels and the letters that write them: ã and õ start from a and o,
ç from c. Portuguese corpora are small, so the lowest layers stay frozen, and the head learns alone
for longer before the rest follows.
"""

from pathlib import Path

from xlt import CommonVoice, Recipe, Regularisation, Schedule, Training, Transfer, run

RECIPE = Recipe(
    name="pt",
    language="pt",
    source="runs/es/model",
    data=(CommonVoice(path=Path("data/cv-corpus-pt.tar.gz"), language="pt"),),
    transfer=Transfer(head_only_steps=500, freeze_below=2),
    # Masks and dropout of es.py, with more feature masks, as there is less speech: fairseq's share
    # (examples/wav2vec/xlsr/config/finetune.yaml: mask_channel_prob 0.25, mask_channel_length 64).
    regularisation=Regularisation(
        activation_dropout=0.1, mask_feature_prob=0.25, mask_feature_length=64
    ),
    # A little more than the published rate of the English source (es.py), as less speech is heard.
    training=Training(
        steps=5_000,
        batch_s=960.0,
        schedule=Schedule(peak=5e-5),
        evaluate_every=250,
        checkpoint_every_s=600.0,
        cache_gb=0,  # hundreds of hours: two layers are quickly run again
    ),
)

if __name__ == "__main__":
    run(RECIPE)
