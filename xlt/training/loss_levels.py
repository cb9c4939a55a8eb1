"""Levels of the training loss that tell a rate that is too high from a model that learns slowly."""

import math
import statistics
from collections.abc import Mapping, Sequence

LATEST = 10
"""Losses under the median of now: a single odd batch moves it by nothing."""
FEWEST = 3
"""Losses on each side, below which nothing is compared."""
EXPLODED = 4.0
"""Loss per letter, nats: above it a model does worse than one that writes nothing but blanks (3 to 3.5
for 30 letters)."""
ROSE = 3.0
"""Least ratio of the losses now to the lowest one before; the edge of a phase costs less."""


def loss_levels(losses: Sequence[float]) -> dict[str, float]:
    """`loss_now`, the median of the last losses (nats a letter), and `loss_lowest` of those before.

    Empty where there are too few; losses that are not finite are left out.
    """
    finite = [loss for loss in losses if math.isfinite(loss)]
    latest = min(LATEST, len(finite) // 2)
    if latest < FEWEST:
        return {}
    return {
        "loss_now": statistics.median(finite[-latest:]),
        "loss_lowest": min(finite[:-latest]),
    }


def exploded(entry: Mapping[str, float]) -> bool:
    """True if the losses of an entry of the curve say that the rate is too high."""
    now, lowest = entry.get("loss_now", 0.0), entry.get("loss_lowest", math.inf)
    return now >= max(EXPLODED, ROSE * lowest)
