"""Spanish from English.

The published source is English and fully supervised: 960 h of LibriSpeech, self-trained on 60 000 h
of LibriVox. Spanish has five of its vowels and nearly all of its consonants in common with it, and
26 of its 33 letters, so the head's rows are carried over by letter and only the accented ones start
from their bare letter. The convolutions stay as they are: they hear sound, not language.
"""

from pathlib import Path

from xlt import CommonVoice, Recipe, Transfer, run

RECIPE = Recipe(
    name="es",
    language="es",
    # Its main holds only a pickle; this pull request of the Hub's own converter holds safetensors.
    source="facebook/wav2vec2-large-960h-lv60-self@refs/pr/5",
    data=(CommonVoice(path=Path("data/cv-corpus-es.tar.gz"), language="es"),),
    transfer=Transfer(head_only_steps=500),
)

if __name__ == "__main__":
    run(RECIPE)
