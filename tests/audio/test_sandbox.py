"""Decoding in a child: the same samples, and what a clip can't do to the build. Run: pytest tests/audio/test_sandbox.py."""

import contextlib
import io
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile
from audio_fuzzing import fuzz
from sounds import FORMATS

from xlt.audio.decode import decode
from xlt.audio.limits import REASONS, AudioRefused, Limits
from xlt.audio.sandbox import Decoders, ResourceLimits, child_environment


def noise(seconds: float = 1.0, kind: str = "FLAC") -> bytes:
    samples = 0.1 * np.random.default_rng(0).standard_normal(round(16_000 * seconds))
    out = io.BytesIO()
    soundfile.write(out, samples, 16_000, format=kind)
    return out.getvalue()


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    with Decoders() as started:
        yield started


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "MP3", "OGG"])
def test_a_child_gives_the_same_samples(decoders: Decoders, kind: str):
    data = noise(kind=kind)
    np.testing.assert_array_equal(decoders.decode(data), decode(data))


@pytest.mark.parametrize("form", FORMATS)
def test_fifty_mutations_are_decoded_or_refused_soon_and_cheaply(decoders: Decoders, form: str):
    found = fuzz(form, 50, decoders)
    assert found.outcomes.total() == 50
    assert set(found.outcomes) <= {"ok", *REASONS} - {"crashes_decoder"}
    assert 3 <= found.outcomes["ok"] < found.outcomes.total()
    assert found.slowest_s < 2
    assert found.peak_rss_mb < 512


def test_a_file_is_read_by_the_parent(decoders: Decoders, tmp_path: Path):
    (tmp_path / "a.g722").write_bytes(bytes(range(200)) * 10)  # raw: known by its suffix
    assert decoders.decode(tmp_path / "a.g722").shape == (4_000,)
    with pytest.raises(FileNotFoundError):
        decoders.decode(tmp_path / "gone.wav")


@pytest.mark.parametrize(
    ("data", "limits"),
    [(b"", Limits()), (b"no sound" * 99, Limits()), (noise(3), Limits(max_duration_s=2))],
)
def test_a_refusal_is_the_same(decoders: Decoders, data: bytes, limits: Limits):
    said = []
    for way in (decode, decoders.decode):
        with pytest.raises(AudioRefused) as caught:
            way(data, limits)
        said.append((caught.value.reason, str(caught.value)))
    assert said[0] == said[1]


def test_threads_have_a_child_each():
    with Decoders() as several, ThreadPoolExecutor(2) as pool:
        found = list(pool.map(several.decode, [noise(k / 10) for k in range(3, 20)]))
        assert [len(samples) for samples in found] == [1_600 * k for k in range(3, 20)]
        processes = [child.process for child in several._all]
        assert 1 <= len(processes) <= 2
    assert all(process.poll() == -signal.SIGKILL for process in processes)


@contextlib.contextmanager
def signalling(decoders: Decoders, what: signal.Signals, every_s: float = 0.005) -> Iterator[None]:
    """Send a signal to every child, again and again."""
    done = threading.Event()

    def send() -> None:
        while not done.wait(every_s):
            for child in list(decoders._all):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.process.pid, what)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


LONG = noise(50)


def test_a_child_that_ends_by_itself_is_replaced():
    with Decoders() as decoders:
        decoders.decode(noise())
        (child,) = decoders._all
        os.kill(child.process.pid, signal.SIGKILL)  # as the kernel does when memory is short
        assert decoders.decode(noise()).shape == (16_000,)
        assert child not in decoders._all


@pytest.mark.parametrize(
    ("what", "resources", "reason", "said"),
    [
        (signal.SIGSEGV, ResourceLimits(), "crashes_decoder", "ended with signal 11, twice"),
        (signal.SIGXCPU, ResourceLimits(), "too_costly", "more than 20 s of CPU time"),
        (signal.SIGSTOP, ResourceLimits(deadline_s=3), "too_costly", "more than 3 s"),
    ],
)
def test_the_clip_that_ends_its_decoder_is_refused(
    what: signal.Signals, resources: ResourceLimits, reason: str, said: str
):
    with Decoders(resources) as decoders:
        with signalling(decoders, what), pytest.raises(AudioRefused) as caught:
            decoders.decode(LONG)
        assert caught.value.reason == reason
        assert said in str(caught.value)
        assert decoders.decode(noise()).shape == (16_000,)


def test_memory_ends_where_the_limits_say():
    out = io.BytesIO()
    soundfile.write(out, np.zeros((8 * 384_000, 8), np.int16), 384_000, format="FLAC")
    with Decoders(ResourceLimits(memory_bytes=20_000_000)) as decoders:
        with pytest.raises(AudioRefused) as caught:
            decoders.decode(out.getvalue())
        assert caught.value.reason in ("too_costly", "crashes_decoder")
        assert decoders.decode(noise(0.1)).shape == (1_600,)


@pytest.mark.slow
def test_cpu_time_ends_where_the_limits_say():
    data, limits = noise(1_200), Limits(max_duration_s=2_000)  # half a second of work
    with (
        Decoders(ResourceLimits(cpu_s=0)) as decoders,
        pytest.raises(AudioRefused, match="0 s of CPU"),
    ):
        _ = [decoders.decode(data, limits) for _ in range(20)]


def test_a_child_can_write_no_file_and_has_no_secret(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_TOKEN", "hf_CANARY0123456789")
    with Decoders() as decoders:
        decoders.decode(noise(0.1))
        (child,) = decoders._all
        limits = Path(f"/proc/{child.process.pid}/limits").read_text().splitlines()
        environment = Path(f"/proc/{child.process.pid}/environ").read_bytes()
    assert [n.split()[3:5] for n in limits if n.startswith("Max file size")] == [["0", "0"]]
    assert b"PATH=" in environment
    assert b"CANARY" not in environment


def test_credentials_are_not_handed_on():
    given = {"HF_TOKEN": "x", "AWS_SECRET_ACCESS_KEY": "x", "wandb_api_key": "x", "PATH": "/bin"}
    assert "HF_TOKEN" not in child_environment(given)
    assert {n for n in child_environment(given) if n in given} == {"PATH"}
