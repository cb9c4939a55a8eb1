"""Usual speaking rates of corpora, by length of text, and clips that are far from them."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

PER_OCTAVE = 16
"""Classes of a histogram in which a rate doubles: 4.4 % each."""
ENOUGH = 30
"""Clips of about one length from which on they are compared among themselves."""
FEW = 10
"""Clips of a corpus below which nothing is usual."""
SHORTEST = 12
"""Letters from which on a text has a rate: names of letters and single words are said at any."""
LEAST_OCTAVES = 1.0
"""Half or twice the usual rate: below this, people just speak slowly or fast."""
DEVIATIONS = 4.0
"""Robust standard deviations from the median; one in 16,000 of a normal distribution is beyond."""
LEAST_DEVIATION = 1 / 8
"""In octaves: corpora of a synthetic voice vary less, which says nothing about a clip."""
NORMAL_QUARTILES = 1.349
"""Interquartile range of a normal distribution, in standard deviations."""
Histogram = Counter[int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Far:
    """A rate far from the usual one."""

    usual: float
    """Median of the clips that it is compared with, letters a second."""
    factor: float
    """The clip's rate over the usual one."""
    deviation: float
    """The same in robust standard deviations of the logarithm."""


@dataclass(slots=True)
class Rates:
    """Histograms of letters a second, one for each corpus and octave of letters.

    A short text is spoken more slowly, as its pauses weigh more: it is compared with its like.
    """

    _histograms: dict[tuple[int, int], Histogram] = field(default_factory=dict)
    _bounds: dict[tuple[int, int], tuple[float, float] | None] = field(default_factory=dict)

    def add(self, source: int, letters: int, speech_s: float) -> None:
        """Count a clip of corpus number `source`."""
        if letters < SHORTEST:
            return
        for key in ((source, letters.bit_length()), (source, -1)):
            place = round(PER_OCTAVE * math.log2(letters / speech_s))
            self._histograms.setdefault(key, Counter())[place] += 1

    def far(self, source: int, letters: int, speech_s: float) -> Far | None:
        """The distance of a clip from the usual; None where it is near, or nothing is usual yet."""
        if letters < SHORTEST:
            return None
        key = (source, letters.bit_length())
        if self._histograms.get(key, Counter()).total() < ENOUGH:
            key = (source, -1)
        if key not in self._bounds:
            self._bounds[key] = _usual(self._histograms.get(key, {}))
        if (usual := self._bounds[key]) is None:
            return None
        median, deviation = usual
        octaves = math.log2(letters / speech_s) - median
        if abs(octaves) < max(LEAST_OCTAVES, DEVIATIONS * deviation):
            return None
        return Far(usual=2**median, factor=2**octaves, deviation=octaves / deviation)


def _usual(histogram: Mapping[int, int]) -> tuple[float, float] | None:
    """Median and robust standard deviation of a histogram, in octaves."""
    total = sum(histogram.values())
    if total < FEW:
        return None
    low, median, high = (_quantile(histogram, share * total) for share in (0.25, 0.5, 0.75))
    deviation = (high - low) / NORMAL_QUARTILES / PER_OCTAVE
    return median / PER_OCTAVE, max(deviation, LEAST_DEVIATION)


def _quantile(histogram: Mapping[int, int], position: float) -> int:
    passed = 0
    for place in sorted(histogram):
        passed += histogram[place]
        if passed >= position:
            return place
    raise AssertionError(position)
