"""Splits that may share sentences but no speakers. Run: pytest tests/dataset/test_share_sentences.py.

Also tests: xlt/dataset/assign.py, xlt/dataset/split_draw.py, xlt/dataset/options.py
"""

from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from xlt.audio.frames import Geometry
from xlt.cli.data import prepare as xlt_prepare
from xlt.corpora.folder import Folder
from xlt.dataset.account import Account
from xlt.dataset.assign import assign
from xlt.dataset.leaks import leaks
from xlt.dataset.options import Preparation
from xlt.dataset.prepare import prepare
from xlt.dataset.splits import DEV, SPLITS, TEST, Clip, Draw, Place
from xlt.language.rules import get

GEOMETRY = Geometry(kernels=(400,), strides=(320,))
COMMANDS = ("enciende la luz", "apaga la luz", "sube el volumen", "baja el volumen")


def clip(k: int, sentence: str, speaker: str | None, published: str | None = None) -> Clip:
    return Clip(
        id=f"c/{k}",
        corpus="0 c",
        audio=f"a{k}",
        sentence=sentence,
        speaker=speaker,
        published=published,
    )


def placed(clips: list[Clip], share_sentences: bool = True, seed: int = 0) -> list[Place]:
    shares = {TEST: 0.1, DEV: 0.1}
    return assign(clips, Draw(shares=shares, seed=seed, share_sentences=share_sentences))


def speakers(clips: list[Clip], places: list[Place]) -> dict[str, set[str | None]]:
    return {
        split: {c.speaker for c, p in zip(clips, places, strict=True) if p.split == split}
        for split in SPLITS
    }


@pytest.mark.parametrize("voices", [3, 4, 10])
def test_no_clip_is_lost_where_all_speakers_read_the_same(voices: int):
    clips = [clip(10 * v + s, COMMANDS[s], f"v{v}") for v in range(voices) for s in range(4)]
    places = placed(clips)
    assert Counter(place.reason for place in places) == {"": 4 * voices}
    heard = speakers(clips, places)
    assert sum(map(len, heard.values())) == voices
    lost = Counter(place.reason for place in placed(clips, share_sentences=False))
    assert lost["leak"] > voices


@pytest.mark.parametrize("sizes", [(90, 5, 4), (5, 90, 4), (60, 39, 1), (2, 2, 2)])
def test_three_speakers_are_one_for_each_split(sizes: tuple[int, ...]):
    who = [f"v{v}" for v, size in enumerate(sizes) for _ in range(size)]
    clips = [clip(k, COMMANDS[k % 4], speaker) for k, speaker in enumerate(who)]
    heard = speakers(clips, placed(clips))
    assert sorted(map(len, heard.values())) == [1, 1, 1]


def test_published_splits_lose_the_speakers_of_an_evaluation():
    clips = [
        clip(0, "a", "v", "train"),
        clip(1, "a", "w", "train"),
        clip(2, "a", "x", "dev"),
        clip(3, "a", "w", "dev"),
        clip(4, "a", "w", "test"),
        clip(5, "a", None, "train"),
    ]
    places = placed(clips)
    assert [place.split for place in places] == ["train", None, "dev", None, "test", None]
    assert places[1].detail == "a train speaker that is also in test"
    assert places[5].detail == "a train sentence that is also in test"


@pytest.mark.parametrize("known", [[], ["v"], ["v", "w"]])
def test_too_few_speakers_are_refused(known: list[str]):
    clips = [clip(k, f"s{k}", known[k % len(known)] if known else None) for k in range(30)]
    said = f"keeps speakers apart, which takes 3 at least, but in corpus c {len(known) or 'none'} "
    with pytest.raises(ValueError, match=said):
        placed(clips)


CLIPS = st.lists(
    st.builds(
        clip,
        st.integers(0, 10_000),
        st.integers(0, 5).map(str),
        st.sampled_from([None, "v", "w", "u", "t", "s"]),
        st.sampled_from([None, None, None, *SPLITS]),
    ),
    min_size=8,
    max_size=60,
    unique_by=lambda c: c.id,
)


@settings(max_examples=150, deadline=None)
@given(CLIPS, st.integers(0, 5))
def test_no_speaker_is_ever_in_two_splits(clips: list[Clip], seed: int):
    places: list[Place] = []
    with suppress(ValueError):  # too few speakers, or an empty split
        places = placed(clips, seed=seed)
    assume(places)
    assert set(leaks(clips, [place.split for place in places])) <= {"sentence"}
    unknown = {
        s: {
            c.sentence for c, p in zip(clips, places, strict=True) if p.split == s and not c.speaker
        }
        for s in SPLITS
    }
    held = {
        s: {c.sentence for c, p in zip(clips, places, strict=True) if p.split == s} for s in SPLITS
    }
    assert not unknown["train"] & (held["dev"] | held["test"])
    assert not unknown["dev"] & held["test"]


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of commands with published splits, speakers apart."""
    folder = tmp_path_factory.mktemp("commands")
    noise, lines = np.random.default_rng(0), ["file_name,text,speaker,split"]
    for v, split in enumerate(["train", "dev", "test"]):
        for k, text in enumerate(COMMANDS):
            name = f"{v}-{k}.wav"
            soundfile.write(folder / name, 0.1 * noise.standard_normal(24_000), 16_000)
            lines.append(f"{name},{text},v{v},{split}")
    (folder / "metadata.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_the_option_is_named_where_a_split_is_empty_and_then_keeps_all(
    commands: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    def made(options: Preparation) -> Account:
        corpora = [Folder(path=commands)]
        return prepare(corpora, get("es"), GEOMETRY, 1.1, tmp_path / "data", options)

    with pytest.raises(
        ValueError, match=r"empty split: train.*'leak': 8.*xlt prepare --share-sentences"
    ):
        made(Preparation(workers=1))
    account = made(Preparation(workers=1, share_sentences=True))
    assert account.kept == {"train": 4, "dev": 4, "test": 4}
    assert account.shared_sentences == 4
    remark = "4 sentences are in more than one split of the data, read by other voices"
    assert remark in str(account)
    assert remark in account.remarks(voices=False)[0]
    assert remark in (tmp_path / "data" / "README.md").read_text(encoding="utf-8")
    assert Account.load(tmp_path / "data") == account
    xlt_prepare("es", (commands,), out=tmp_path / "by-verb", share_sentences=True)
    assert Account.load(tmp_path / "by-verb").digest == account.digest
    with pytest.raises(ValueError, match="share_sentences: True -> not set"):
        made(Preparation(workers=1))


def test_the_account_says_what_a_leak_is_and_names_the_way_out(tmp_path: Path):
    noise, lines = np.random.default_rng(0), ["file_name,text,speaker"]
    for k in range(40):
        soundfile.write(tmp_path / f"{k}.wav", 0.1 * noise.standard_normal(24_000), 16_000)
        text = COMMANDS[k % 4] if k % 10 < 6 else f"{COMMANDS[k % 4]} {'a' * (k // 2)}"
        lines.append(f"{k}.wav,{text},v{k // 4}")
    (tmp_path / "metadata.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    corpora = [Folder(path=tmp_path)]
    account = prepare(corpora, get("es"), GEOMETRY, 1.1, tmp_path / "data", Preparation(workers=1))
    line = next(line for line in str(account).splitlines() if line.startswith("rejected: leak"))
    assert "another split keeps their sentence or speaker; rejected.tsv says which" in line
    assert "xlt prepare --share-sentences" in str(account)
    assert "another split keeps" in (tmp_path / "data" / "README.md").read_text(encoding="utf-8")
