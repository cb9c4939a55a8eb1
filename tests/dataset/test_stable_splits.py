"""Draws of splits that don't move: other writing, other order of files, rejected clips beside.

Also tests: xlt/dataset/transcript_key.py
"""

import dataclasses
import random
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from recordings import write_recordings

from xlt.audio.frames import Geometry
from xlt.corpora.folder import Folder
from xlt.dataset.assign import assign
from xlt.dataset.prepare import prepare
from xlt.dataset.reader import open_split
from xlt.dataset.splits import DEV, SPLITS, TEST, Clip, Draw, Place
from xlt.dataset.transcript_key import transcript_key
from xlt.language import rules
from xlt.language.choices import Choices, chosen

GEOMETRY = Geometry(kernels=(400,), strides=(320,))
FACTS = st.tuples(
    st.integers(0, 30),  # transcript
    st.integers(0, 60),  # recording
    st.sampled_from(["a", "b", "c", "d", None]),  # speaker
    st.sampled_from([None, None, None, "train", "dev", "test"]),
)


def clips_of(facts: list) -> list[Clip]:
    return [
        Clip(
            id=f"c/{k % 50}",
            corpus="c",
            sentence=f"s{text}",
            audio=f"a{audio}",
            transcript=f"t{text}",
            speaker=speaker,
            published=published,
        )
        for k, (text, audio, speaker, published) in enumerate(facts)
    ]


def placed(clips: list[Clip]) -> list[Place]:
    try:
        return assign(clips, Draw(shares={TEST: 0.1, DEV: 0.1}, seed=0))
    except ValueError:  # a split would be empty: no draw to compare
        assume(False)
        raise


CORPORA = st.lists(FACTS, min_size=20, max_size=70).map(clips_of)


@pytest.mark.slow
@given(clips=CORPORA, data=st.data())
@settings(deadline=None, max_examples=150)
def test_another_way_of_writing_moves_no_clip(clips: list[Clip], data: st.DataObject) -> None:
    """Whatever sentences become: alike that were not, or not alike that were."""
    written = data.draw(st.lists(st.integers(0, 30), min_size=31, max_size=31))
    other = [dataclasses.replace(c, sentence=f"w{written[int(c.transcript[1:])]}") for c in clips]
    for one, two in zip(placed(clips), placed(other), strict=True):
        if one.split and two.split:
            assert one.split == two.split


@pytest.mark.slow
@given(clips=CORPORA, seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=150)
def test_another_order_of_files_moves_no_clip(clips: list[Clip], seed: int) -> None:
    order = list(range(len(clips)))
    random.Random(seed).shuffle(order)
    mixed = placed([clips[k] for k in order])

    def outcome(pairs: list[tuple[Clip, Place]]) -> list[tuple[str, str]]:
        return sorted((repr(clip), place.split or place.reason) for clip, place in pairs)

    before = outcome(list(zip(clips, placed(clips), strict=True)))
    assert outcome([(clips[k], mixed[i]) for i, k in enumerate(order)]) == before


@pytest.mark.slow
@given(clips=CORPORA, data=st.data())
@settings(deadline=None, max_examples=150)
def test_a_duplicate_that_is_rejected_moves_no_clip(clips: list[Clip], data: st.DataObject) -> None:
    k = data.draw(st.integers(0, len(clips) - 1))
    at = data.draw(st.integers(0, len(clips)))
    twin = dataclasses.replace(clips[k], id="z/twin", published=None, transcript="t99")
    before, after = placed(clips), placed([*clips[:at], twin, *clips[at:]])
    assume(after.pop(at).reason == "duplicate_audio")
    assert [place.split for place in after] == [place.split for place in before]


@pytest.mark.slow
@given(text=st.text())
def test_the_key_of_a_transcript_is_blind_to_how_it_is_typed(text: str) -> None:
    assert transcript_key(text) == transcript_key(f" {text}. ") or not any(map(str.isalnum, text))
    assert len(transcript_key(text)) == 24


@pytest.mark.slow
def test_the_key_folds_case_accents_and_signs_and_keeps_digits() -> None:
    assert transcript_key("¿Está AHÍ?") == transcript_key("esta ahi")
    assert transcript_key("Straße, Mühle") == transcript_key("STRASSE Mu\u0308hle")
    assert transcript_key("7") != transcript_key("8")
    assert transcript_key("?") != transcript_key("!")
    assert transcript_key("tres casas") == "7dbf4e02c1e54400137156dc"


def split_of(data: Path) -> dict[str, str]:
    return {clip: split for split in SPLITS for clip in open_split(data, split).ids}


def german(folder: Path) -> Path:
    """Recordings whose words have umlauts."""
    write_recordings(folder)
    table = folder / "metadata.tsv"
    text = table.read_text(encoding="utf-8")
    for old, new in {"a": "ä", "o": "ö", "í": "i", "ñ": "n"}.items():
        head, _, rest = text.partition("\n")
        text = f"{head}\n{rest.replace(old, new)}".replace(".wäv", ".wav").replace("vöice", "v")
    table.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("speakers", [True, False])
def test_a_dataset_keeps_its_splits_in_another_writing(tmp_path: Path, speakers: bool) -> None:
    folder, language = german(tmp_path / "rec"), rules.get("de")
    table = folder / "metadata.tsv"
    lines = table.read_text(encoding="utf-8").splitlines()
    if not speakers:
        lines = [line.rpartition("\t")[0] for line in lines]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    corpus = (Folder(path=folder, language="de"),)
    prepare(corpus, language, GEOMETRY, 1.0, tmp_path / "keep")
    spelled = chosen(language, Choices(umlauts="ae", sharp_s="ss"))
    prepare(corpus, spelled, GEOMETRY, 1.0, tmp_path / "ae")
    keep, ae = split_of(tmp_path / "keep"), split_of(tmp_path / "ae")
    assert any("ä" in t for t in open_split(tmp_path / "keep", "train").texts)
    assert len(keep) == len(ae) and keep == ae
    head, *rest = lines
    silent = next(line for line in rest if line.startswith("7.wav"))
    rest = [silent.replace("7.wav", "gone.wav"), *reversed(rest), "none.wav" + silent[5:]]
    table.write_text("\n".join([head, *rest]) + "\n", encoding="utf-8")
    account = prepare(corpus, language, GEOMETRY, 1.0, tmp_path / "more")
    assert account.rejected["no_audio"] == 3
    assert split_of(tmp_path / "more") == keep
