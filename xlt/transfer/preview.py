"""Score of the untrained source model on target clips.

An English model that hears Spanish does not write Spanish, but its letters are not noise either. Both sides are folded to letters without accents and compared letter by letter.
"""

import dataclasses
from collections.abc import Sequence

from xlt.scoring.conditions import Conditions
from xlt.scoring.errors import Score, character_errors, score_of, word_errors
from xlt.transfer.head import base_letters


def fold(text: str) -> str:
    """Lower case, accents off, spaces kept: `Año` -> `ano`."""
    return "".join(c if c == " " else base_letters(c) for c in text)


def preview_score(
    references: Sequence[str], hypotheses: Sequence[str], conditions: Conditions
) -> Score:
    """Score of an untrained source after folding; characters are letters, spaces left out."""
    folded = [[fold(t) for t in texts] for texts in (references, hypotheses)]
    words = word_errors(*folded, costs=conditions.costs)
    spaceless = ([t.replace(" ", "") for t in texts] for texts in folded)
    letters = character_errors(*spaceless, costs=conditions.costs)
    decoder = f"{conditions.decoder}, folded letters"
    return score_of(words, letters, dataclasses.replace(conditions, decoder=decoder))
