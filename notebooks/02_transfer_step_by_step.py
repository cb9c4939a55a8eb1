# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Transfer, step by step
#
# What a recipe does in one go, taken apart: a small English recogniser hears Spanish, gets a Spanish head, learns for a
# few steps, and makes mistakes that one can listen to. The speech is **synthetic** (Spanish sentences, spoken by eSpeak
# NG) and the training is far too short for a good model: it is meant to be seen, in less than a minute on a CPU.

# %%
import logging
from pathlib import Path
from tempfile import TemporaryDirectory

import datasets
import jiwer
import matplotlib.pyplot as plt
from accelerate import Accelerator
from IPython.display import Audio
from transformers.utils.logging import disable_progress_bar

from xlt import (
    Augmentation,
    Espeak,
    Preparation,
    Recogniser,
    Regularisation,
    Schedule,
    Training,
    Transfer,
    get_language,
    labels,
    load_source,
    score,
    transfer,
)
from xlt.audio.decode import SAMPLE_RATE_HZ
from xlt.dataset.prepare import prepare
from xlt.dataset.reader import open_split
from xlt.language.text import NORMALISER
from xlt.scoring.conditions import Conditions
from xlt.training.dataloader import BatchSource
from xlt.training.loop import Trainer
from xlt.transfer import trainable
from xlt.transfer.preview import preview_score

logging.getLogger("xlt").setLevel(logging.ERROR)
datasets.disable_progress_bars()
disable_progress_bar()
plt.rcParams |= {
    "figure.figsize": (7, 2.8),
    "figure.dpi": 70,
    "figure.constrained_layout.use": True,
}
spanish = get_language("es")
scratch = TemporaryDirectory()

# %% [markdown]
# ## The source, and some Spanish
# The checkpoint comes with the package. Its convolutions say how many frames a clip has, and so which clips can be used.

# %%
source = load_source("xlt:en-mini")
print(f"{source.family}, {source.layers} layers, writes: {''.join(source.labels.letters)}")

data = Path(scratch.name) / "data"
account = prepare(
    [Espeak(language="es", limit=60)], spanish, source.geometry, 1.0, data, Preparation()
)
train, dev = open_split(data, "train"), open_split(data, "dev")
print(f"{sum(train.durations_s):.0f} s to train on, {sum(dev.durations_s):.0f} s to check with")

# %% [markdown]
# ## What English ears hear
# Before anything is trained: the English model writes what it hears in Spanish. Both sides are compared letter by
# letter, without accents and spaces.

# %%
english = Recogniser.load(source.folder, device="cpu")
heard = english.transcribe_split(dev)
for said, written in list(zip(dev.texts, heard, strict=True))[:3]:
    print(f"said     {said}\nwritten  {written.lower()}\n")
conditions = Conditions(
    data="espeak-es",
    split="dev",
    decoder=english.decoding.name,
    normaliser=NORMALISER,
    seed=0,
)
before = preview_score(dev.texts, heard, conditions)
print(f"letter error rate {before.characters.rate:.0%}")

# %% [markdown]
# ## A Spanish head
# Each row of the new head answers to one Spanish letter. Where English has that letter, its row is carried over; `á`
# starts from `a`; what English does not have at all starts fresh.

# %%
target = labels(spanish)
calm = Regularisation(hidden_dropout=0.0, mask_time_prob=0.0)
model, report = transfer(source, target, Transfer(head="letters"), calm)
print(report)

# %% [markdown]
# ## A few steps
# The same steps twice: with the letter-aware head, and with a fresh one.

# %%
training = Training(
    steps=16,
    batch_s=20.0,
    schedule=Schedule(peak=1e-3, warmup=0.2, hold=0.5),
    evaluate_every=4,
    checkpoint_every=16,
    precision="fp32",
)
batch_source = BatchSource(
    split=train,
    labels=target,
    geometry=source.geometry,
    extractor=source.extractor(),
    augmentation=Augmentation(speeds=(1.0,)),
    batch_s=training.batch_s,
    seed=training.seed,
)


def dev_score(model):
    texts = Recogniser(model=model, labels=target, extractor=source.extractor()).transcribe_split(
        dev
    )
    return texts, score(dev.texts, texts, conditions)


def fit(head):
    """Train with one kind of head; the model and its curve, with the score before the first step."""
    options = Transfer(head=head)
    model, _ = transfer(source, target, options, calm)
    start = {"step": 0, "dev_cer": dev_score(model)[1].cer}
    trainer = Trainer(
        model=model,
        batch_source=batch_source,
        options=training,
        trainable=lambda step: trainable(model, options, step),
        evaluate=lambda model, step: {"dev_cer": dev_score(model)[1].cer},
        folder=Path(scratch.name) / head,
        fingerprint={},
        accelerator=Accelerator(cpu=True),
        label=head,
    )
    outcome = trainer.run()
    return trainer.model, [start, *outcome.curve]


fitted = {head: fit(head) for head in ("letters", "fresh")}

# %%
fig, ax = plt.subplots()
for head, (_, curve) in fitted.items():
    ax.plot(
        [p["step"] for p in curve],
        [100 * p["dev_cer"] for p in curve],
        marker="o",
        label=f"{head} head",
    )
ax.set(xlabel="step", ylabel="dev CER, %", ylim=(0, None))
_ = ax.legend(frameon=False)

# %% [markdown]
# ## Hear the errors
# Rates say how much is wrong, ears say why. The clip with the most errors, reference above, what the model wrote below:

# %%
written, after = dev_score(fitted["letters"][0])
print(after)
outputs = [
    jiwer.process_characters(said, text) for said, text in zip(dev.texts, written, strict=True)
]
worst = max(range(len(outputs)), key=lambda i: outputs[i].cer)
print(jiwer.visualize_alignment(outputs[worst], show_measures=False, skip_correct=False))
Audio(dev.samples(worst), rate=SAMPLE_RATE_HZ)
