"""Texts that several clips share but for accents and spaces: their spellings, and their recordings.

Of a large corpus a sample of the texts is compared, all clips of a text or none: those whose digest
is below a bound, which is halved whenever there are too many.
"""

from collections import Counter
from dataclasses import dataclass, field

MOST = 100_000
"""Texts that are in memory: about 40 MB."""
UNLIKE = 2.0
"""Ratio of two durations of one text, beyond what slow and fast speakers differ by."""
UNLIKE_S = 0.7
"""Least difference of such durations, seconds: a single word may be said slowly."""
COMMON = 2
"""Times that a spelling must be more frequent than a rarer one."""
DIGEST_BITS = 96


@dataclass(slots=True)
class _Text:
    """Clips of one text."""

    shortest_s: float
    longest_s: float
    spellings: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class SimilarTexts:
    """Sample of the texts of a dataset, by their digest without accents and spaces."""

    most: int = MOST
    _bound: int = 1 << DIGEST_BITS
    _texts: dict[int, _Text] = field(default_factory=dict)

    def add(self, folded: str, sentence: str, speech_s: float) -> None:
        """Note a clip by the digests of its text, folded (`transcript_key`) and as it is, and its seconds of speech."""
        key = int(folded, 16)
        if key >= self._bound:
            return
        text = self._texts.setdefault(key, _Text(speech_s, speech_s))
        text.shortest_s, text.longest_s = (
            min(text.shortest_s, speech_s),
            max(text.longest_s, speech_s),
        )
        text.spellings[sentence[:8]] += 1
        while len(self._texts) > self.most:
            self._bound //= 2
            self._texts = {k: text for k, text in self._texts.items() if k < self._bound}

    def unlike(self, folded: str, speech_s: float) -> float | None:
        """Seconds of the clip of the same text that is most unlike one of `speech_s`; None: all are like it."""
        text = self._texts.get(int(folded, 16))
        if text is None:
            return None
        far = max((text.shortest_s, text.longest_s), key=lambda other: abs(other - speech_s))
        ratio = max(far, speech_s) / min(far, speech_s)
        return far if ratio >= UNLIKE and abs(far - speech_s) >= UNLIKE_S else None

    def rare(self, folded: str, sentence: str) -> bool:
        """True if the text is spelled in several ways and this is not the most frequent one."""
        text = self._texts.get(int(folded, 16))
        if text is None or len(text.spellings) < 2:
            return False
        count = text.spellings.most_common(1)[0][1]
        return text.spellings[sentence[:8]] < count or len(text.spellings) == text.spellings.total()
