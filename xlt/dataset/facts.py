"""Facts of a kept clip that an audit reads: what its transcript and its samples show."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from xlt.audio.quality import quality
from xlt.language.damage import LONGEST, damage
from xlt.language.rules import Language


def facts_of(
    published: str, text: str, language: Language, samples: NDArray[np.float32]
) -> dict[str, Any]:
    """Facts of a kept clip that an audit reads, as they are noted in the journal.

    Args:
        published: its transcript, as published.
        text: the same, normalised.
        language: the language of both.
        samples: (S,) at 16 kHz.
    """
    facts: dict[str, Any] = {
        "letters": len(text.replace(" ", "")),
        "shown": shown
        if len(shown := " ".join(published.split())) <= LONGEST
        else f"{shown[:LONGEST]}…",
    }
    if signs := damage(published, language):
        facts["signs"] = signs
    if (heard := quality(samples)) is not None:
        facts["heard"] = [
            round(heard.level_db, 1),
            round(heard.clipped, 5),
            round(heard.lead_s, 2),
            round(heard.trail_s, 2),
        ]
    return facts
