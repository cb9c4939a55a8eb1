"""Score of the untrained source model on target clips.

An English model that hears Spanish does not write Spanish, but its letters are not noise either. Both sides are folded to letters without accents and compared letter by letter.
"""

import dataclasses
from collections.abc import Sequence

from xlt.scoring.errors import Score, character_errors, interval, score, total
from xlt.transfer.head import base_letters


def fold(text: str) -> str:
    """Lower case, accents off, spaces kept: `Año` -> `ano`."""
    return "".join(c if c == " " else base_letters(c) for c in text)


def preview_score(
    references: Sequence[str],
    hypotheses: Sequence[str],
    *,
    data: str,
    split: str,
    decoder: str,
    seed: int = 0,
) -> Score:
    """Score of an untrained source after folding; characters are letters, spaces left out."""
    folded = [[fold(t) for t in texts] for texts in (references, hypotheses)]
    words = score(*folded, data=data, split=split, decoder=f"{decoder}, folded letters", seed=seed)
    letters = character_errors(*([t.replace(" ", "") for t in texts] for texts in folded))
    return dataclasses.replace(
        words, characters=total(letters), character_interval=interval(letters, seed)
    )
