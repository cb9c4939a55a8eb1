"""The small English source: how xlt:en-mini was made.

A demonstration on a laptop needs a source that is English, small, and good at hearing. An hour of
free recordings teaches little to a model that starts from nothing, so this one starts from three
layers of a teacher: recipes/sources/whisper_start.py gives it the lower layers of Whisper tiny.en
(MIT) behind convolutions that have learned to feed them. What is left is to write English letters
by CTC, from two human voices and from synthetic ones (recipes/sources/synthesise.py), through
other rooms and microphones than theirs.
"""

from pathlib import Path

from xlt import (
    Asterisk,
    Augmentation,
    Folder,
    Preparation,
    Recipe,
    Regularisation,
    Schedule,
    Training,
    Transfer,
    run,
)

DATA = Path("data/en-mini")

RECIPE = Recipe(
    name="en-mini",
    language="en",
    source="data/en-mini/start",
    data=(
        Asterisk(language="en"),
        Folder(path=DATA / "kathleen", language="en", licence="CC0-1.0"),
        Folder(path=DATA / "hibari", language="en", licence="Apache-2.0", synthetic=True),
        Folder(path=DATA / "flite", language="en", licence="BSD", synthetic=True),
    ),
    transfer=Transfer(freeze_feature_encoder=False),
    augmentation=Augmentation(
        speeds=(0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.15),
        noise_share=0.3,
        noise_snr_db=(15.0, 35.0),
        colour_db=3.0,
        reverb_share=0.1,
    ),
    preparation=Preparation(dev_share=0.02, test_share=0.02),
    regularisation=Regularisation(hidden_dropout=0.05),
    training=Training(
        steps=1_000,
        batch_s=32.0,
        schedule=Schedule(peak=8e-4, warmup=0.05, hold=0.45),
        evaluate_every=250,
        checkpoint_every=250,
    ),
    licence="cc-by-sa-3.0",
)

if __name__ == "__main__":
    run(RECIPE)
