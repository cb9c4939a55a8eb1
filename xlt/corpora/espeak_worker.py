"""One voice of eSpeak NG in a process of its own: `python -m xlt.corpora.espeak_worker VOICE`.

Reads lines of JSON {"text", "rate" [words/min], "pitch" [0-99], "range" [0-99]} and writes, for each, 4 bytes
with the length and then that number of bytes of 16-bit mono samples; the sample rate comes first, in 4 bytes.
eSpeak NG keeps state from call to call, so the same lines sound the same in a fresh process only.

Source: espeak-ng/speak_lib.h.
"""

import ctypes
import json
import sys
from typing import BinaryIO

import espeakng_loader

SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: samples come through the callback
BUFFER_MS = 200
RATE, PITCH, RANGE = 1, 3, 4  # espeak_PARAMETER
CHARS_UTF8 = 1
SEED = 1
CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def main(voice: str, lines: BinaryIO, out: BinaryIO) -> None:
    """Speak every line with one voice.

    Raises:
        ValueError: eSpeak NG doesn't know the voice.
    """
    espeak = ctypes.CDLL(espeakng_loader.get_library_path())
    rate_hz = espeak.espeak_Initialize(
        SYNCHRONOUS, BUFFER_MS, str(espeakng_loader.get_data_path()).encode(), 0
    )
    if espeak.espeak_SetVoiceByName(voice.encode()) != 0:
        raise ValueError(f"eSpeak NG has no voice {voice!r}")
    out.write(rate_hz.to_bytes(4, "little", signed=True))
    libc = ctypes.CDLL(None)
    heard = bytearray()

    def keep(samples: "ctypes._Pointer[ctypes.c_short]", count: int, _: int | None) -> int:
        if samples and count > 0:
            heard.extend(ctypes.string_at(samples, 2 * count))
        return 0

    callback = CALLBACK(keep)
    espeak.espeak_SetSynthCallback(callback)
    for line in lines:
        wanted = json.loads(line)
        heard.clear()
        for parameter, name in ((RATE, "rate"), (PITCH, "pitch"), (RANGE, "range")):
            espeak.espeak_SetParameter(parameter, int(wanted[name]), 0)
        espeak.espeak_ng_SetRandSeed(SEED)
        libc.srand(SEED)  # breath and noise come from rand()
        text = wanted["text"].encode() + b"\0"
        espeak.espeak_Synth(text, len(text), 0, 1, 0, CHARS_UTF8, None, None)
        espeak.espeak_Synchronize()
        out.write(len(heard).to_bytes(4, "little"))
        out.write(heard)
        out.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
