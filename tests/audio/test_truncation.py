"""Cut recordings are refused, whole ones are not. Run: pytest tests/audio/test_truncation.py."""

import io

import av
import numpy as np
import pytest
from encoded import by_ffmpeg, refusal
from sounds import opus, speechlike, written

from xlt.audio.decode import decode
from xlt.audio.truncation import OGG_AUDIO, missing, ogg, promised_bytes, too_early

SPEECH = speechlike(6.0)


def ffmpeg(kind: str, codec: str, seconds: float = 6.0) -> bytes:
    return by_ffmpeg(speechlike(seconds, 48_000), 48_000, kind, codec)


WHOLE = {
    "Opus": opus(SPEECH),
    "WebM": ffmpeg("webm", "libopus"),
    "Matroska, AAC": ffmpeg("matroska", "aac"),
    "Matroska, MP3": ffmpeg("matroska", "libmp3lame"),
    "MP3": written(SPEECH, "MP3"),
    **{kind: written(SPEECH, kind) for kind in ("OGG", "WAV", "AIFF", "AU", "CAF", "W64", "NIST")},
    "RF64": written(SPEECH, "RF64"),
}


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8, 0.94])
@pytest.mark.parametrize("name", WHOLE)
def test_a_cut_recording_is_not_taken_for_a_short_one(name: str, share: float):
    data = WHOLE[name]
    assert decode(data).size == pytest.approx(6 * 16_000, abs=1_000)
    assert refusal(data[: int(share * len(data))]).reason == "truncated"


@pytest.mark.parametrize(("kind", "codec"), [("webm", "libopus"), ("matroska", "libmp3lame")])
@pytest.mark.parametrize("seconds", [0.1, 0.5, 2.0])
def test_a_short_one_is_whole(kind: str, codec: str, seconds: float):
    assert decode(ffmpeg(kind, codec, seconds)).size == pytest.approx(seconds * 16_000, abs=1_000)


def test_a_chain_is_read_to_its_end():
    first, second = opus(speechlike(2.0)), opus(speechlike(3.0))
    assert ogg(first + second).links == 2
    assert decode(first + second).size == pytest.approx(5 * 16_000, abs=1_000)
    assert refusal((first + second)[:-3_000]).reason == "truncated"
    unended = bytearray(first)
    unended[first.rindex(b"OggS") + 5] = 0
    assert not ogg(bytes(unended)).ended
    assert ogg(bytes(unended) + second).ended


def page(body: bytes, serial: int, kind: int) -> bytes:
    head = b"OggS\0" + bytes([kind]) + bytes(8) + serial.to_bytes(4, "little") + bytes(8)
    return head + bytes([1, len(body)]) + body


def test_of_streams_side_by_side_the_audio_must_end():
    heads = page(b"fishead", 1, 2) + page(OGG_AUDIO[0], 2, 2)
    audio, other = page(b"sound", 2, 0), page(b"more", 1, 0)
    assert not ogg(heads + audio + page(b"", 1, 4)).ended
    assert ogg(heads + audio + other + page(b"sound", 2, 4) + other).ended
    assert ogg(heads + audio + page(b"sound", 2, 4)).links == 1


def test_what_stands_after_the_last_page_does_not_matter():
    assert missing(WHOLE["Opus"] + b"TAG" + bytes(125)) is None
    assert missing(WHOLE["Opus"][:-1]) is not None


def test_a_duration_that_nobody_wrote_down_is_no_promise():
    out = io.BytesIO()
    with av.open(out, "w", format="matroska", options={"live": "1"}) as container:
        stream = container.add_stream("libmp3lame", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(speechlike(3.0, 48_000)[None], "fltp", "mono")
        frame.sample_rate = 48_000
        for piece in [*av.AudioResampler("fltp", "mono", 48_000, frame_size=1152).resample(frame)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    assert decode(out.getvalue()).size == pytest.approx(3 * 16_000, abs=1_500)
    assert too_early(1.0, None) is None
    assert too_early(5.5, 6.0) == "5.50 of 6.00 s are there"


@pytest.mark.parametrize("kind", ["WAV", "AIFF", "AU", "CAF", "W64", "NIST", "RF64"])
def test_headers_promise_what_is_there(kind: str):
    data = written(np.zeros((999, 2), np.float32), kind)
    assert promised_bytes(data) == pytest.approx(len(data), abs=8)
    assert promised_bytes(b"anything else") is None
