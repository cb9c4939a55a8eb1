"""Limits on a recording, and its refusal with a reason."""

from dataclasses import dataclass

REASONS = {
    "empty_file": "holds no sound",
    "undecodable": "can't be read as audio",
    "truncated": "can't be read to its end",
    "cancelling_channels": "has channels that cancel each other",
    "too_many_channels": "has too many channels",
    "too_long": "lasts too long",
    "too_large": "is too large",
    "bad_rate": "has an impossible sample rate",
    "not_finite": "holds NaN or infinite samples",
    "too_costly": "costs too much to decode",
    "crashes_decoder": "crashes its decoder",
}


class AudioRefused(ValueError):
    """A recording that can't be used: `reason` is a key of REASONS, str() a sentence with `detail`."""

    def __init__(self, reason: str, detail: str) -> None:
        assert reason in REASONS, reason
        self.reason, self.detail = reason, detail
        super().__init__(f"The recording {REASONS[reason]}: {detail.rstrip('.')}.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Bounds on a recording; checked from its header, before decoding."""

    max_duration_s: float = 60.0
    """Longest recording."""
    max_channels: int = 8
    """Most channels."""
    max_bytes: int = 200_000_000
    """Largest file, and largest decoded recording (4 bytes a sample and channel)."""
    min_rate_hz: int = 4_000
    """Lowest sample rate."""
    max_rate_hz: int = 384_000
    """Highest sample rate."""

    def __post_init__(self) -> None:
        for name in ("max_duration_s", "max_channels", "max_bytes", "min_rate_hz", "max_rate_hz"):
            if getattr(self, name) <= 0:
                raise ValueError(f"Limits.{name} is {getattr(self, name)}: it must be above 0")

    def check(self, channels: int, rate_hz: int, samples: int) -> None:
        """Refuse by what a header says, or by what was decoded so far.

        Raises:
            AudioRefused: with the figure and what is allowed.
        """
        if channels > self.max_channels or channels < 1:
            raise AudioRefused("too_many_channels", f"{channels}, allowed are {self.max_channels}")
        if not self.min_rate_hz <= rate_hz <= self.max_rate_hz:
            allowed = f"{self.min_rate_hz} to {self.max_rate_hz} Hz"
            raise AudioRefused("bad_rate", f"{rate_hz} Hz, allowed are {allowed}")
        if samples > self.max_duration_s * rate_hz:
            length = f"{samples / rate_hz:.1f} s"
            raise AudioRefused("too_long", f"{length}, allowed are {self.max_duration_s:g} s")
        if samples * channels * 4 > self.max_bytes:
            raise AudioRefused("too_large", f"{samples * channels * 4} bytes decoded")
