"""Options of a preparation: bounds for clips, and the draw of splits."""

from collections.abc import Mapping
from dataclasses import dataclass

from xlt.dataset.splits import DEV, TEST, Draw
from xlt.dataset.vet import Bounds
from xlt.system.resume import Free, Late

ADDED: Mapping[str, object] = {"share_sentences": False}
"""Options that came later, with the value by which older datasets were made without naming it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Preparation(Bounds):
    """Conditions for clips to be kept, and the draw of splits that a corpus does not publish."""

    dev_share: Late[float] = 0.1
    """Share of the clips that goes to dev where a corpus publishes none."""
    test_share: Late[float] = 0.1
    """Share of the clips that goes to test where a corpus publishes none."""
    seed: Late[int] = 0
    """Another seed draws other splits."""
    share_sentences: Late[bool] = False
    """Let splits share sentences, for corpora in which all speakers read the same ones, such as
    commands or digits. Speakers are kept apart then, and the score says so."""
    max_rejected: Free[float] = 0.5
    """Share of the rows that may be rejected for one reason; above it, nothing is made."""
    workers: Free[int] = 0
    """Threads that decode and check; 0 = one for each usable core. The result is the same."""

    def __post_init__(self) -> None:
        Bounds.__post_init__(self)
        shares = (self.dev_share, self.test_share)
        if min(shares) <= 0 or sum(shares) >= 1:
            raise ValueError(
                f"dev_share is {self.dev_share} and test_share is {self.test_share}: both must be "
                "above 0, and together below 1"
            )
        if not 0 <= self.max_rejected <= 1:
            raise ValueError(f"max_rejected is {self.max_rejected}; it is a share: give 0 to 1")
        if self.workers < 0:
            raise ValueError(f"workers is {self.workers}: 0 or more threads are meant")

    @property
    def draw(self) -> Draw:
        """Conditions of the draw of splits."""
        shares = {TEST: self.test_share, DEV: self.dev_share}
        return Draw(shares=shares, seed=self.seed, share_sentences=self.share_sentences)
