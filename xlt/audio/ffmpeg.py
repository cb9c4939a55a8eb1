"""Reading of a recording by FFmpeg, past packets that are damaged.

S samples, C channels.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

from xlt.audio.limits import AudioRefused, Limits
from xlt.audio.truncation import declared_s, reached_s, too_early

# Playlists and concatenations (hls, concat, dash ...) open other files and URLs: never listed here.
FORMATS = "mov,matroska,webm,aac,asf,ogg,mp3,wav,flac,amr,caf,aiff,mpegts,au"


@dataclass(kw_only=True, slots=True)
class Stream:
    """An audio stream that is being read; what could not be read is known when `blocks` has ended."""

    channels: int
    rate_hz: int
    blocks: Iterator[NDArray[np.float32]]
    """Blocks (S, C)."""
    promised_s: float | None = None
    """Length that the header names; None where it names none."""
    packets: int = 0
    damaged: int = 0
    """Packets that gave no sound."""
    error: str = ""
    """The decoder's word on the first of them."""
    early: str | None = None
    """A sentence on an end before the declared one."""

    def lost(self) -> str | None:
        """A sentence on what could not be read; None if all was."""
        if not self.damaged:
            return self.early
        return (
            f"{self.damaged} of {self.packets} packets {'is' if self.damaged == 1 else 'are'} damaged "
            f"(FFmpeg: {self.error})"
        )


@contextmanager
def opened(
    data: bytes, container_format: str | None, limits: Limits, seen: str
) -> Iterator[Stream]:
    """The first audio stream of a file; `seen` is what libsndfile said.

    Raises:
        AudioRefused: there is none, its header is beyond the limits, or none of it can be read.
    """
    try:
        with av.open(
            io.BytesIO(data),
            mode="r",
            metadata_errors="replace",
            format=container_format,
            options={"format_whitelist": container_format or FORMATS},
        ) as container:
            stream = next(iter(container.streams.audio), None)
            if stream is None or stream.codec_context is None:
                raise AudioRefused("undecodable", "there is no audio stream that FFmpeg knows")
            if container_format is None:
                length_s = float(container.duration or 0) / av.time_base
                limits.check(stream.channels, stream.rate, int(length_s * stream.rate))
            stream.codec_context.thread_count = 1  # the cores are busy with other clips
            found = Stream(
                channels=stream.channels,
                rate_hz=stream.rate,
                blocks=iter(()),
                promised_s=declared_s(container, stream),
            )
            found.blocks = _blocks(container, stream, found)
            yield found
    except (av.FFmpegError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", error)
        raise AudioRefused("undecodable", f"{seen} FFmpeg: {said}") from None


def _blocks(
    container: av.container.InputContainer, stream: av.AudioStream, found: Stream
) -> Iterator[NDArray[np.float32]]:
    """Blocks (S, C) of the stream as floats.

    Raises:
        av.FFmpegError: the first error, where no packet gave any sound.
    """
    to_float = av.AudioResampler(format="fltp", layout=stream.layout, rate=stream.rate)
    end_s, first, heard = 0.0, None, False
    try:
        for (
            packet
        ) in container.demux():  # of all streams: one of them lasts as long as was declared
            end_s = max(end_s, reached_s(packet))
            if packet.stream.index != stream.index:
                continue
            found.packets += packet.size > 0
            try:
                for frame in stream.decode(packet):
                    for piece in to_float.resample(frame):
                        heard = True
                        yield piece.to_ndarray().T.astype(np.float32, copy=False)
            except av.FFmpegError as error:
                first = first or error
                found.damaged += 1
    except av.FFmpegError as error:  # the container itself: nothing after it can be found
        first = first or error
        found.damaged += 1
        found.packets += 1
    if first is not None and not heard:
        raise first
    found.error = "" if first is None else str(first.strerror)
    found.early = too_early(end_s, found.promised_s)
