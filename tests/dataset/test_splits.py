"""Splits without leaks. Run: pytest tests/dataset/test_splits.py.

Also tests: xlt/dataset/assign.py, xlt/dataset/leaks.py, xlt/dataset/split_draw.py
"""

import time
from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from xlt.dataset.assign import assign
from xlt.dataset.leaks import leaks
from xlt.dataset.splits import DEV, SPLITS, TEST, Clip, Draw, Place


def clip(k: int, sentence: str, speaker: str | None = None, **more: str | None) -> Clip:
    fields = {"id": f"c/{k}", "corpus": "c", "audio": f"a{k}"} | more
    return Clip(sentence=sentence, speaker=speaker, **fields)


def placed(clips: list[Clip], seed: int = 0, share_sentences: bool = False) -> list[Place]:
    draw = Draw(shares={TEST: 0.1, DEV: 0.1}, seed=seed, share_sentences=share_sentences)
    return assign(clips, draw)


def splits(places: list[Place]) -> list[str | None]:
    return [place.split for place in places]


def sizes(places: list[Place]) -> Counter:
    return Counter(splits(places))


def kinds(clips: list[Clip], places: list[Place]) -> set[str]:
    return set(leaks(clips, splits(places)))


def test_one_voice_is_split_by_sentences():
    clips = [clip(k, f"s{k // 2}", "voice") for k in range(400)]
    places = placed(clips)
    assert sizes(places) == {"train": 320, "dev": 40, "test": 40}
    assert kinds(clips, places) == {"speaker"}


def test_unknown_speakers_are_split_by_sentences():
    clips = [clip(k, f"s{k}") for k in range(100)]
    assert sizes(placed(clips)) == {"train": 80, "dev": 10, "test": 10}


def test_known_speakers_stay_whole():
    clips = [clip(k, f"s{k}", f"v{k % 20}") for k in range(400)]
    places = placed(clips)
    assert sizes(places) == {"train": 320, "dev": 40, "test": 40}
    assert kinds(clips, places) == set()


def test_two_speakers_one_is_the_test_and_dev_is_cut_from_the_other():
    clips = [clip(k, f"s{k}", "many" if k % 4 else "few") for k in range(80)]
    places = placed(clips)
    assert {c.speaker for c, p in zip(clips, places, strict=True) if p.split == "test"} == {"few"}
    assert sizes(places) == {"train": 54, "dev": 6, "test": 20}


@pytest.mark.parametrize(
    ("voices", "train", "dev", "test"),
    [
        ({"a": 334, "b": 82, "c": 3}, 300, 34, 85),
        ({"a": 420, "b": 14}, 378, 42, 14),
        ({"a": 50, "b": 50}, 45, 5, 50),
        ({"a": 20, "b": 20, "c": 20, "d": 20, "e": 20}, 60, 20, 20),
    ],
)
def test_few_voices_of_very_different_size(voices, train, dev, test):
    speakers = [v for v, n in voices.items() for _ in range(n)]
    clips = [clip(k, f"s{k}", v) for k, v in enumerate(speakers)]
    places = placed(clips)
    assert sizes(places) == {"train": train, "dev": dev, "test": test}
    heard = {
        s: {c.speaker for c, p in zip(clips, places, strict=True) if p.split == s} for s in SPLITS
    }
    assert not heard["test"] & (heard["train"] | heard["dev"])


def test_speakers_who_all_read_the_same_sentences_leave_a_train_set():
    clips = [clip(100 * v + s, f"s{s}", f"v{v}") for v in range(10) for s in range(100)]
    places = placed(clips)
    assert kinds(clips, places) == set()
    assert sizes(places) == {"train": 8 * 81, "dev": 9, "test": 10, None: 1000 - 648 - 19}
    assert {p.reason for p in places if p.split is None} == {"leak"}


def test_published_splits_are_kept_and_only_train_loses_leaks():
    clips = [
        clip(0, "a", published="train"),
        clip(1, "b", published="train"),
        clip(2, "b", published="dev"),
        clip(3, "c", published="dev"),
        clip(4, "c", published="test"),
        clip(5, "d", published="test"),
        clip(6, "d"),
        clip(7, "e"),
    ]
    places = placed(clips)
    assert splits(places) == ["train", None, "dev", None, "test", "test", None, "train"]
    assert places[1].detail == "a train sentence that is also in dev"
    assert places[3].detail == "a dev sentence that is also in test"


def test_a_missing_dev_is_cut_from_train_and_the_published_test_stays():
    clips = [clip(k, f"s{k}", published="train") for k in range(100)]
    clips += [clip(k, f"s{k}", published="test") for k in range(100, 120)]
    places = placed(clips)
    assert splits(places)[100:] == ["test"] * 20
    assert sizes(places) == {"train": 90, "dev": 10, "test": 20}


def test_a_second_corpus_does_not_leak_into_the_first():
    clips = [clip(k, f"s{k}") for k in range(50)]
    clips += [clip(100 + k, f"s{k}", corpus="other", id=f"o/{k}") for k in range(50)]
    places = placed(clips)
    assert kinds(clips, places) == set()
    assert all(sizes(places)[s] for s in SPLITS)


def test_equal_recordings_and_ids_stay_once_and_the_test_has_the_first_claim():
    clips = [
        clip(0, "a", published="train", audio="same"),
        clip(1, "a", published="test", audio="same"),
        clip(2, "b", published="dev"),
        clip(2, "x", published="train", audio="elsewhere"),
        clip(4, "c", published="train"),
    ]
    places = placed(clips)
    assert splits(places) == [None, "test", "dev", None, "train"]
    assert [p.reason for p in places if p.split is None] == ["duplicate_audio", "duplicate_id"]
    assert places[0].detail == "the same samples as c/1"


def test_three_sentences_are_enough_and_two_are_not():
    assert sizes(placed([clip(k, f"s{k}") for k in range(3)])) == {"train": 1, "dev": 1, "test": 1}
    with pytest.raises(ValueError, match="empty split: dev would hold no clip; of 5 vetted clips"):
        placed([clip(k, f"s{k % 2}") for k in range(5)])
    with pytest.raises(ValueError, match="empty split: train"):
        placed([clip(0, "a", published="dev"), clip(1, "b", published="test")])


def test_seeds_differ_and_growth_moves_few():
    clips = [clip(k, f"s{k}") for k in range(1000)]
    first = splits(placed(clips))
    assert first == splits(placed(clips))
    assert first != splits(placed(clips, seed=1))
    grown = splits(placed([*clips, *(clip(k, f"s{k}") for k in range(1000, 1050))]))
    assert sum(a != b for a, b in zip(first, grown, strict=False)) < 30


@pytest.mark.slow
def test_many_sentences_are_dealt_in_time_that_grows_with_their_number():
    """8 times as many take about 8 times as long; what is quadratic would take 64 times."""

    def dealt_s(count: int) -> float:
        clips, began_s = [clip(k, f"s{k}") for k in range(count)], time.process_time()
        assert splits(placed(clips)).count("test") == count // 10
        return time.process_time() - began_s

    assert dealt_s(80_000) < 28 * min(dealt_s(10_000) for _ in range(3))


def test_leaks_are_found():
    clips = [clip(0, "a", "v"), clip(1, "a", "w"), clip(2, "b", "v", audio="a0"), clip(3, "a", "x")]
    placed_in = ["train", "test", "dev", None]
    assert leaks(clips, placed_in) == {"sentence": 1, "audio": 1, "speaker": 1}
    assert leaks(clips, ["train", "train", "train", "test"]) == {"sentence": 1}
    assert leaks(clips, ["dev", "dev", "dev", "dev"]) == {}


CLIPS = st.lists(
    st.builds(
        Clip,
        id=st.integers(0, 60).map(str),
        corpus=st.sampled_from("xy"),
        sentence=st.sampled_from("abcdefghijklmn"),
        audio=st.integers(0, 60).map(str),
        speaker=st.sampled_from([None, "v", "w", "u", "t"]),
        published=st.sampled_from([None, None, None, *SPLITS]),
    ),
    min_size=5,
    max_size=60,
)


@settings(max_examples=120, deadline=None)
@given(CLIPS, st.integers(0, 5))
def test_whatever_comes_in_no_sentence_and_no_recording_leaks(clips, seed):
    places: list[Place] = []
    with suppress(ValueError):  # an empty split
        places = placed(clips, seed=seed)
    assume(places)
    assert len(places) == len(clips)
    assert all((p.split is None) == bool(p.reason) for p in places)
    assert kinds(clips, places) <= {"speaker"}
    for own, place in zip(clips, places, strict=True):
        if own.published == "test" and place.split != "test":
            assert place.reason in ("duplicate_audio", "duplicate_id")
        if own.published == "dev":
            assert place.split in ("dev", None)
