"""German from a multilingual encoder that has never written a letter.

XLS-R learned from 436 000 h of 128 languages without transcripts, so there is no head to carry
over: all of ä, ö, ü, ß and the rest start fresh, and the head learns alone until its rows mean
something. The top layers of such an encoder are the ones that serve its own pretraining task
(https://arxiv.org/abs/2107.04734), so the last two are dropped.
"""

from pathlib import Path

from xlt import CommonVoice, Recipe, Schedule, Training, Transfer, run

RECIPE = Recipe(
    name="de",
    language="de",
    # Its main holds only a pickle; this pull request of the Hub's own converter holds safetensors.
    source="facebook/wav2vec2-xls-r-300m@refs/pr/2",
    data=(CommonVoice(path=Path("data/cv-corpus-de.tar.gz"), language="de"),),
    transfer=Transfer(drop_layers=2, head_only_steps=2_000),
    training=Training(steps=60_000, schedule=Schedule(peak=3e-4)),
)

if __name__ == "__main__":
    run(RECIPE)
