"""Synthetic English speech with its text, one folder per synthesiser.

Text: the quoted examples in WordNet 3.0 (Debian `wordnet-base`, WordNet licence), with numbers and
short prompts among them. Voices:

- espeak: eSpeak NG 1.52 (PyPI espeakng-loader, GPL-3), 25 formant voices at 22,050 Hz
- flite: Flite 2.2 (Debian libflite1, a BSD-like licence), slt, rms, awb of people, and kal16, at 16 kHz
- hibari: PyPI hibari-tts (Apache-2.0), distilled from Kokoro-82M's voice af_heart, at 24 kHz

A throwaway environment needs espeakng-loader, hibari-tts, soundfile, soxr and tyro; xlt isn't used.
`apt-get download wordnet-base libflite1` and `dpkg -x` get the rest without root:

    python synthesise.py sentences --wordnet usr/share/wordnet --out sentences.txt
    python synthesise.py speak flite --sentences sentences.txt --hours 3 --out data/en-mini/flite
    python synthesise.py speak hibari --sentences sentences.txt --hours 3.5 --skip 14000 --out data/en-mini/hibari
    python synthesise.py speak espeak --sentences sentences.txt --hours 3 --skip 28000 --out data/en-mini/espeak

Where libflite1 isn't installed, LD_LIBRARY_PATH names the folder of its libraries. Each folder
gets metadata.tsv (path, sentence, speaker) and clips/*.flac. The same arguments give the same clips,
but for the breath of some voices of eSpeak NG, which starts from the clock.
"""

import ctypes
import random
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import soundfile
import soxr
import tyro
from numpy.typing import NDArray

Engine = Literal["espeak", "flite", "hibari"]
Samples = NDArray[np.float32]
Say = Callable[[str, random.Random], tuple[Samples, int]]
"""(text, random choices of manner) -> samples (S,) and their rate."""

RATE_HZ = 16_000
SILENCE = RATE_HZ // 10  # kept at both ends
SHORTEST_S, LONGEST_S = 0.3, 12.0
ESPEAK_ACCENTS = {
    "en-us": "m1 m3 m7 f2 f4 f5 Andy steph Annie Alex grandma",
    "en": "m2 m4 f1 f3 Gene2 linda",
    "en-gb-scotland": "m5 f2",
    "en-gb-x-rp": "m3 f4",
    "en-029": "m1 f5",
    "en-gb-x-gbclan": "m6 f1",
}
VOICES: dict[Engine, list[str]] = {
    "espeak": [f"{accent}+{v}" for accent, vs in ESPEAK_ACCENTS.items() for v in vs.split()],
    "flite": [*("slt", "rms", "awb") * 3, "kal16"],
    "hibari": ["heart"] * 2,
}
"""Each entry speaks an equal share of the hours, in a process of its own."""

SMALL = "zero one two three four five six seven eight nine ten eleven twelve".split()
SMALL += "thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()

app = tyro.extras.SubcommandApp()


# ------------------------------------------------------------------- sentences


@app.command(name="sentences")
def write_sentences(wordnet: Path, out: Path, seed: int = 1) -> None:
    """Write what is to be said, shuffled: examples, and a twelfth as many prompts.

    Args:
        wordnet: folder with WordNet's data.noun, data.verb, data.adj and data.adv.
        out: text file, one sentence a line.
        seed: of the prompts and the order.
    """
    rng = random.Random(seed)
    quotes = wordnet_examples(wordnet)
    counts = Counter(word for quote in quotes for word in re.findall(r"[a-z]{3,}", quote))
    common = sorted(word for word, count in counts.items() if count >= 8)
    lines = quotes + [prompt(common, rng) for _ in range(len(quotes) // 12)]
    rng.shuffle(lines)
    out.write_text("\n".join(lines) + "\n")


def wordnet_examples(folder: Path) -> list[str]:
    """Quoted examples of the glosses: plain letters, 2 to 16 words, each once, as they come."""
    found: dict[str, None] = {}
    for part in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"data.{part}").read_text(errors="replace").splitlines():
            for quote in re.findall(r'"([^"]+)"', line.partition("| ")[2]):
                text = quote.replace("`", "'").replace("--", ", ").replace("...", ", ")
                text = re.sub(r"\s+", " ", text).strip()
                if re.fullmatch(r"[A-Za-z',;:.!? -]+", text) and 2 <= len(text.split()) <= 16:
                    found.setdefault(text)
    return list(found)


def prompt(common: list[str], rng: random.Random) -> str:
    """One or two numbers, some digits, or one to three common words."""
    kind = rng.random()
    if kind < 0.3:
        return " ".join(in_words(rng.randrange(1000)) for _ in range(rng.choice((1, 1, 2))))
    if kind < 0.45:
        return ", ".join(SMALL[rng.randrange(10)] for _ in range(rng.randrange(2, 6)))
    return " ".join(rng.choice(common) for _ in range(rng.randrange(1, 4)))


def in_words(number: int) -> str:
    """Of 0 to 999."""
    if number < 20:
        return SMALL[number]
    if number < 100:
        tens, rest = TENS[number // 10 - 2], number % 10
    else:
        tens, rest = f"{SMALL[number // 100]} hundred", number % 100
    return f"{tens} {in_words(rest)}" if rest else tens


# ------------------------------------------------------------------- engines


def espeak(voice: str) -> Say:
    """One voice of eSpeak NG through its C interface (espeak-ng/speak_lib.h)."""
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    synchronous, rate, pitch, pitch_range, utf8 = 2, 1, 3, 4, 1
    data = str(espeakng_loader.get_data_path()).encode()
    rate_hz = library.espeak_Initialize(synchronous, 0, data, 0)
    heard = bytearray()

    def keep(samples: int | None, count: int, _: int | None) -> int:
        if samples and count > 0:
            heard.extend(ctypes.string_at(samples, 2 * count))
        return 0

    address = ctypes.c_void_p
    callback = ctypes.CFUNCTYPE(ctypes.c_int, address, ctypes.c_int, address)(keep)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        raise ValueError(f"eSpeak NG has no voice {voice!r}")

    def say(text: str, rng: random.Random, _callback: object = callback) -> tuple[Samples, int]:
        library.espeak_SetParameter(rate, rng.randrange(125, 195), 0)  # words a minute
        library.espeak_SetParameter(pitch, rng.randrange(30, 71), 0)
        library.espeak_SetParameter(pitch_range, rng.randrange(30, 71), 0)
        heard.clear()
        said = text.encode() + b"\0"
        library.espeak_Synth(said, ctypes.c_size_t(len(said)), 0, 1, 0, utf8, None, None)
        return as_float(np.frombuffer(bytes(heard), np.int16)), rate_hz

    return say


class FliteWave(ctypes.Structure):
    """cst_wave of flite/cst_wave.h."""

    _fields_ = (
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    )


class FliteVoice(ctypes.Structure):
    """The head of cst_voice, flite/cst_voice.h."""

    _fields_ = (("name", ctypes.c_char_p), ("features", ctypes.c_void_p))


def flite(voice: str) -> Say:
    """One voice of Flite (flite/flite.h)."""

    def load(name: str) -> ctypes.CDLL:
        return ctypes.CDLL(f"libflite{name}.so.1", mode=ctypes.RTLD_GLOBAL)

    library, _, _ = load(""), load("_usenglish"), load("_cmulex")
    library.flite_init()
    register = getattr(load(f"_cmu_us_{voice}"), f"register_cmu_us_{voice}")
    register.restype = ctypes.POINTER(FliteVoice)
    speaker = register(None)
    to_wave, stretch = library.flite_text_to_wave, library.flite_feat_set_float
    to_wave.restype = ctypes.POINTER(FliteWave)
    stretch.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_float]

    def say(text: str, rng: random.Random) -> tuple[Samples, int]:
        stretch(speaker.contents.features, b"duration_stretch", rng.uniform(0.85, 1.2))
        wave = to_wave(text.encode(), speaker)
        heard = wave.contents
        samples = np.ctypeslib.as_array(heard.samples, (heard.num_samples,))
        result = as_float(samples), int(heard.sample_rate)
        library.delete_wave(wave)
        return result

    return say


def hibari(_voice: str) -> Say:
    """The one voice of hibari-tts."""
    from hibari import Hibari  # type: ignore[import-not-found, unused-ignore]

    engine: Any = Hibari()

    def say(text: str, rng: random.Random) -> tuple[Samples, int]:
        text = text[0].upper() + text[1:] + ("" if text[-1] in ".?!" else ".")
        return engine(text, seed=rng.randrange(1 << 30), speed=rng.uniform(0.8, 1.35)), 24_000

    return say


ENGINES: dict[Engine, Callable[[str], Say]] = {"espeak": espeak, "flite": flite, "hibari": hibari}


def as_float(samples: NDArray[np.int16]) -> Samples:
    """A copy in [-1, 1)."""
    return samples.astype(np.float32) / np.float32(32_768)


# ------------------------------------------------------------------- clips


@dataclass(frozen=True, kw_only=True, slots=True)
class Speech:
    """Speech to be made: sentences, engine, amount."""

    engine: tyro.conf.Positional[Engine]
    sentences: Path
    """File that `sentences` wrote."""
    out: Path
    """Folder for metadata.tsv and clips/."""
    hours: float = 3.0
    """Audio to make, over all voices."""
    skip: int = 0
    """Lines of the list to pass over: give each engine its own."""
    seed: int = 1
    """Of rate, pitch and the like."""
    jobs: int = 2
    """Voices that speak at once."""


@app.command
def speak(speech: Annotated[Speech, tyro.conf.arg(name="")]) -> None:
    """Make the clips of one engine."""
    (speech.out / "clips").mkdir(parents=True, exist_ok=True)
    parts = range(len(VOICES[speech.engine]))
    with ThreadPoolExecutor(speech.jobs) as threads:
        rows = [row for part in threads.map(speak_alone, repeat(speech), parts) for row in part]
    (speech.out / "metadata.tsv").write_text("\n".join(["path\tsentence\tspeaker", *rows, ""]))


def speak_alone(speech: Speech, part: int) -> list[str]:
    """speak_part in a fresh process: an engine keeps state from sentence to sentence."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(speak_part, speech, part).result()


def speak_part(speech: Speech, part: int) -> list[str]:
    """Lines of metadata.tsv: one voice speaks its share of the sentences until its hours are done."""
    voice, count = VOICES[speech.engine][part], len(VOICES[speech.engine])
    say = ENGINES[speech.engine](voice)
    sentences = [line for line in speech.sentences.read_text().splitlines() if line][speech.skip :]
    rows, total_s = [], 0.0
    for number in range(part, len(sentences), count):
        rng = random.Random(f"{speech.seed}/{speech.engine}/{voice}/{number}")
        samples = prepare(*say(sentences[number], rng))
        duration_s = len(samples) / RATE_HZ
        if not SHORTEST_S <= duration_s <= LONGEST_S:
            continue
        path = f"clips/{speech.engine}_{number + speech.skip:05}.flac"
        soundfile.write(speech.out / path, samples, RATE_HZ, subtype="PCM_16", format="FLAC")
        rows.append(f"{path}\t{sentences[number]}\t{speech.engine}-{voice}")
        total_s += duration_s
        if total_s > speech.hours * 3_600 / count:
            break
    return rows


def prepare(samples: Samples, rate_hz: int) -> Samples:
    """At 16 kHz with a peak of 0.7, 0.1 s of silence kept at both ends; empty where nothing is said."""
    if rate_hz != RATE_HZ:
        samples = soxr.resample(samples, rate_hz, RATE_HZ).astype(np.float32)
    level = np.abs(samples)
    peak = float(level.max()) if samples.size else 0.0
    if peak < 1e-3:
        return samples[:0]
    loud = np.flatnonzero(level > 0.01 * peak)
    return samples[max(0, loud[0] - SILENCE) : loud[-1] + SILENCE] * np.float32(0.7 / peak)


if __name__ == "__main__":
    app.cli()
