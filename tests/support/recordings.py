"""A folder of WAV files with a metadata.tsv, as a user has them."""

from pathlib import Path

import numpy as np
import soundfile

WORDS = (
    "una casa roja tres perros el camino largo mar y sol noche clara pan tierno agua fría".split()
)


def write_recordings(folder: Path, clips: int = 40, seed: int = 0) -> Path:
    """Noise of a second under two-word sentences, one of them silent, one without a recording."""
    folder.mkdir()
    noise = np.random.default_rng(seed)
    lines = ["file_name\ttext\tspeaker"]
    for k in range(clips):
        samples = 0.1 * noise.standard_normal(16_000 + 100 * k).astype(np.float32)
        soundfile.write(folder / f"{k}.wav", samples * (k != 7), 16_000)
        words = f"{WORDS[k % len(WORDS)]} {WORDS[(k * k + k // 17) % len(WORDS)]}"
        lines.append(f"{k}.wav\t{words}\tvoice {k % 10}")
    lines.append("missing.wav\thola\tvoice 1")
    (folder / "metadata.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
