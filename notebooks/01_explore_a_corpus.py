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
# # Explore a corpus
#
# Ten minutes with a corpus before training save days after it. This notebook looks at a prepared dataset: how long its
# clips are, how fast people speak, which letters occur, and what the recordings look and sound like.
#
# To look at your own, prepare it first and name its folder: `XLT_NOTEBOOK_DATA=runs/es/data`. Without that, a small
# **synthetic** corpus is made here: Spanish sentences, spoken by eSpeak NG in several voices.

# %%
import os
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import datasets
import librosa
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Audio

from xlt import Espeak, Preparation, get_language, labels
from xlt.audio.decode import SAMPLE_RATE_HZ
from xlt.audio.frames import geometry
from xlt.dataset.prepare import prepare
from xlt.dataset.reader import open_split
from xlt.language.labels import encode

datasets.disable_progress_bars()
plt.rcParams |= {
    "figure.figsize": (7, 2.2),
    "figure.dpi": 70,
    "figure.constrained_layout.use": True,
}
spanish = get_language("es")

# %% [markdown]
# ## The data, and its account
# `prepare` counts what it does: every clip that comes in is kept or rejected, with the reason. The frames of a clip
# (one label can be written in each) follow from the convolutions of the model that will be trained; these are those of
# wav2vec 2.0, one frame every 20 ms.

# %%
wav2vec2 = geometry({"conv_kernel": (10, 3, 3, 3, 3, 2, 2), "conv_stride": (5, 2, 2, 2, 2, 2, 2)})
folder = os.environ.get("XLT_NOTEBOOK_DATA")
if folder is None:
    scratch = TemporaryDirectory()
    folder = f"{scratch.name}/data"
    account = prepare(
        [Espeak(language="es", limit=40)], spanish, wav2vec2, 1.0, Path(folder), Preparation()
    )
    print(account)
train = open_split(Path(folder), "train")
seconds = np.array(train.durations_s)
print(f"{len(train)} clips, {seconds.sum() / 60:.1f} minutes")

# %% [markdown]
# ## Durations
# A few clips far longer than the rest set the size of a batch, and the memory that it takes.

# %%
fig, ax = plt.subplots()
ax.hist(seconds, bins=20)
_ = ax.set(
    xlabel="duration, s",
    ylabel="clips",
    title=f"median {np.median(seconds):.1f} s, longest {seconds.max():.1f} s",
)
# %% [markdown]
# ## Speaking rate
# Letters a second, clip by clip. Spanish that is read aloud lies near 15. A clip far from the others is often a wrong
# transcript: far above, the text says more than the recording; far below, less (or there is a long silence).

# %%
rates = np.array([len(text.replace(" ", "")) for text in train.texts]) / seconds
fig, ax = plt.subplots()
ax.scatter(seconds, rates, s=8)
_ = ax.set(xlabel="duration, s", ylabel="letters a second", ylim=(0, None))
for i in [*np.argsort(rates)[:2], *np.argsort(rates)[-2:]]:
    print(f"{rates[i]:5.1f} letters/s  {train.ids[i]}: {train.texts[i]}")

# %% [markdown]
# ## Letters
# What the model can learn to write. A letter that hardly occurs will hardly be learned: here a source language that
# already knows it helps most.

# %%
counts = Counter("".join(train.texts).replace(" ", ""))
fig, ax = plt.subplots()
ax.bar(list(spanish.letters), [counts[letter] for letter in spanish.letters])
_ = ax.set(ylabel="times", title="letters in the training texts")
print(
    "rarest:",
    " ".join(f"{c} ({counts[c]})" for c in sorted(spanish.letters, key=lambda c: counts[c])[:8]),
)

# %% [markdown]
# ## Room for the letters
# CTC writes at most one label a frame, and between two equal letters it needs a blank. `prepare` has rejected every clip
# that has fewer frames than that; this is how much room the others have.

# %%
tokens = labels(spanish)
frames = np.array([wav2vec2.frames(round(s * SAMPLE_RATE_HZ)) for s in seconds])
needed = np.array(
    [len(ids) + np.sum(np.diff(ids) == 0) for ids in (encode(t, tokens) for t in train.texts)]
)
print(
    f"frames for each label that must be written: tightest clip {np.min(frames / needed):.1f}, median {np.median(frames / needed):.1f}"
)

# %% [markdown]
# ## See one, hear one
# The waveform shows silence and clipping; the spectrogram shows the bandwidth. Speech that came through a telephone has
# nothing above 4 kHz, and no resampling brings it back.

# %%
shown = int(np.argmin(np.abs(seconds - 2.0)))
samples = train.samples(shown)
level_db = librosa.amplitude_to_db(
    np.abs(librosa.stft(samples, n_fft=512, hop_length=160)), ref=np.max
)
fig, (above, below) = plt.subplots(2, 1, figsize=(7, 4), sharex=True)
librosa.display.waveshow(samples, sr=SAMPLE_RATE_HZ, ax=above, axis="time")
librosa.display.specshow(
    level_db, sr=SAMPLE_RATE_HZ, hop_length=160, x_axis="time", y_axis="linear", ax=below
)
above.set(title=train.texts[shown], xlabel="")
_ = below.set(xlabel="time, s")

# %%
Audio(samples, rate=SAMPLE_RATE_HZ)
