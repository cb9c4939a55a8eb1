"""Portuguese from the finished Spanish model: the chain that the project is named for.

Spanish and Portuguese share most of their words, and the Spanish model has already left English
behind. What is new is nasal vowels and the letters that write them: ã and õ start from a and o,
ç from c. Portuguese corpora are small, so the lowest layers stay frozen, and the head learns alone
for longer before the rest follows.
"""

from pathlib import Path

from xlt import CommonVoice, Recipe, Training, Transfer, run

RECIPE = Recipe(
    name="pt",
    language="pt",
    source="runs/es/model",
    data=(CommonVoice(path=Path("data/cv-corpus-pt.tar.gz"), language="pt"),),
    transfer=Transfer(head_only_steps=1_000, freeze_below=2),
    training=Training(cache_gb=0),  # hundreds of hours: two layers are quickly run again
)

if __name__ == "__main__":
    run(RECIPE)
