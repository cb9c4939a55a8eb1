"""Noise on a recording as a pure function of (seed, epoch, clip): nothing to save on resume.

torch is imported by the functions that need it: the options make a recipe's flags, which are read
before anything heavy. S samples.
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xlt.audio.decode import SAMPLE_RATE_HZ
from xlt.system.resume import Fixed

if TYPE_CHECKING:
    import torchaudio

TELEPHONE_BAND_HZ = (300.0, 3_400.0)  # ITU-T G.712
EDGE_HZ = 100.0  # width of the band's soft edges
COLOUR_HZ = (0, 80, 200, 500, 1000, 2000, 3500, 5000, 6500, 8000)
"""Frequencies at which a random response is drawn; straight lines in dB between."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Augmentation:
    """Options of random changes to a clip when it is read for training."""

    speeds: Fixed[tuple[float, ...]] = (0.9, 1.0, 1.1)
    """Speed factors, one drawn per clip and epoch (tempo and pitch; Ko et al. 2015). (1.0,): off."""
    gain_db: Fixed[float] = 6.0
    """Largest change of loudness, up or down. 0: off."""
    noise_share: Fixed[float] = 0.0
    """Share of clips that get white or pink noise. 0: off."""
    noise_snr_db: Fixed[tuple[float, float]] = (10.0, 30.0)
    """Range of the signal-to-noise ratio of those clips."""
    telephone_share: Fixed[float] = 0.0
    """Share of clips that are limited to a telephone's band (300-3400 Hz). 0: off."""

    colour_db: Fixed[float] = 0.0
    """Random frequency response of microphone and room: standard deviation in dB of the gain in
    each of ten bands. 0: off."""
    reverb_share: Fixed[float] = 0.0
    """Share of clips that are heard in a simulated room. 0: off."""
    reverb_s: Fixed[tuple[float, float]] = (0.05, 0.35)
    """Range of the time in which such a room's echo falls by 60 dB."""

    def __post_init__(self) -> None:
        if not self.speeds or not all(0.5 <= speed <= 2.0 for speed in self.speeds):
            raise ValueError(f"speeds is {self.speeds}: one or more factors from 0.5 to 2")
        if not 0 <= self.gain_db <= 40:
            raise ValueError(f"gain_db is {self.gain_db}: it must be 0 to 40")
        if not 0 <= self.colour_db <= 20:
            raise ValueError(f"colour_db is {self.colour_db}: it must be 0 to 20")
        for name in ("noise_share", "telephone_share", "reverb_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}: a share is 0 to 1")
        for name in ("noise_snr_db", "reverb_s"):
            low, high = getattr(self, name)
            if low > high:
                raise ValueError(f"{name} is {(low, high)}: the lower end comes first")
        if self.reverb_s[0] <= 0:
            raise ValueError(f"reverb_s is {self.reverb_s}: seconds above 0")

    @property
    def max_speed(self) -> float:
        """The factor that leaves the fewest frames."""
        return max(self.speeds)

    @property
    def beyond_speed(self) -> tuple[str, ...]:
        """The noise that is on, besides speed and loudness (which models normalise away)."""
        names = ("noise_share", "telephone_share", "colour_db", "reverb_share")
        return tuple(name for name in names if getattr(self, name))


def augment(
    samples: NDArray[np.float32], options: Augmentation, seed: int, epoch: int, clip: str
) -> NDArray[np.float32]:
    """Samples (S,) as they are heard in this epoch; the input itself where nothing changes.

    Every draw is made whatever the options are, so one option never shifts another's noise.
    """
    noise = _noise(seed, epoch, clip)
    which, gain, noisy, snr, pink, telephone = noise.random(6)
    if not samples.size:
        return samples
    colour = noise.standard_normal(len(COLOUR_HZ))
    room, echo_s, wet = noise.random(3)
    samples = at_speed(samples, options.speeds[int(which * len(options.speeds))])
    if options.colour_db:
        samples = _colour(samples, colour * options.colour_db)
    if room < options.reverb_share:
        low, high = options.reverb_s
        samples = _reverb(samples, low + echo_s * (high - low), 0.1 + 0.5 * wet, noise)
    if noisy < options.noise_share:
        low, high = options.noise_snr_db
        samples = _add_noise(samples, low + snr * (high - low), pink < 0.5, noise)
    if telephone < options.telephone_share:
        samples = _telephone(samples)
    if options.gain_db:
        samples = samples * np.float32(10 ** ((2 * gain - 1) * options.gain_db / 20))
    return samples


def drawn_speed(options: Augmentation, seed: int, epoch: int, clip: str) -> float:
    """The speed at which `augment` plays a clip in an epoch."""
    return options.speeds[int(_noise(seed, epoch, clip).random() * len(options.speeds))]


def _noise(seed: int, epoch: int, clip: str) -> np.random.Generator:
    key = sha256(f"{seed}/{epoch}/{clip}".encode()).digest()
    return np.random.default_rng(np.frombuffer(key, dtype=np.uint32))


def at_speed(samples: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    """Samples (S,) played at `factor` times the speed: ceil(S / factor) of them."""
    if factor == 1.0:
        return samples
    import torch

    with torch.no_grad():
        faster, _ = _speed_of(factor)(torch.from_numpy(np.ascontiguousarray(samples)))
    result: NDArray[np.float32] = faster.numpy()
    return result


@lru_cache(maxsize=32)
def _speed_of(factor: float) -> "torchaudio.transforms.Speed":
    """The resampler of a factor; its filter is computed once."""
    import torchaudio

    return torchaudio.transforms.Speed(SAMPLE_RATE_HZ, factor)


def _add_noise(
    samples: NDArray[np.float32], snr_db: float, pink: bool, draw: np.random.Generator
) -> NDArray[np.float32]:
    """Samples (S,) plus white noise, or pink (power falls as 1/f), at the given ratio."""
    noise = draw.standard_normal(samples.size)
    if pink:
        spectrum = np.fft.rfft(noise)
        noise = np.fft.irfft(spectrum / np.sqrt(np.arange(1, spectrum.size + 1)), n=samples.size)
    power, noise_power = float(np.mean(samples**2)), float(np.mean(noise**2))
    scale = (power / max(noise_power, 1e-12) / 10 ** (snr_db / 10)) ** 0.5
    noisy: NDArray[np.float32] = (samples + scale * noise).astype(np.float32)
    return noisy


def _telephone(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Samples (S,) within a telephone's band."""
    low, high = TELEPHONE_BAND_HZ
    hz = np.fft.rfftfreq(samples.size, 1 / SAMPLE_RATE_HZ)
    mask = np.clip((hz - low) / EDGE_HZ + 1, 0, 1) * np.clip((high - hz) / EDGE_HZ + 1, 0, 1)
    return np.fft.irfft(np.fft.rfft(samples) * mask, n=samples.size).astype(np.float32)


def _colour(samples: NDArray[np.float32], gains_db: NDArray[np.float64]) -> NDArray[np.float32]:
    """Samples (S,) through a filter with the given gains at `COLOUR_HZ`."""
    hz = np.fft.rfftfreq(samples.size, 1 / SAMPLE_RATE_HZ)
    gain = 10 ** (np.interp(hz, COLOUR_HZ, gains_db) / 20)
    return np.fft.irfft(np.fft.rfft(samples) * gain, n=samples.size).astype(np.float32)


def _reverb(
    samples: NDArray[np.float32], echo_s: float, wet: float, draw: np.random.Generator
) -> NDArray[np.float32]:
    """Samples (S,) plus a decaying noise echo of `wet` times their energy; the length stays.

    The echo is exponentially decaying white noise, Polack's model of a diffuse room (1988).
    """
    import torch
    import torchaudio

    time_s = np.arange(int(echo_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    echo = draw.standard_normal(time_s.size) * 10 ** (-3 * time_s / echo_s)
    echo *= wet / np.sqrt(np.sum(echo**2) + 1e-12)
    echo[0] = 1.0
    dry, room = torch.from_numpy(samples), torch.from_numpy(echo.astype(np.float32))
    heard: NDArray[np.float32] = torchaudio.functional.fftconvolve(dry, room).numpy()
    return heard[: samples.size]
