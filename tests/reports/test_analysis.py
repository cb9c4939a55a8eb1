import numpy as np
import pytest
from scored import split_of

from xlt.audio.decode import SAMPLE_RATE_HZ
from xlt.reports.analysis import LISTENED, WORST, analyse
from xlt.scoring.errors import Counts, character_errors, total, word_errors
from xlt.scoring.utterances import Scored

SAID = ["el niño come", "la señora está aquí", "mañana", "", "sí", "el pan"]
HEARD = ["el nino come", "la senora esta aqui", "", "eh", "sí", "el pan y"]


def utterances(copies=1):
    return [
        Scored(
            id=f"{i}-{k}",
            reference=said,
            hypothesis=heard,
            missing=not heard,
            speaker=f"s{i % 2}",
            accent=("andino", None)[i % 2],
            gender="female" if i else None,
            duration_s=0.5 + i,
        )
        for k in range(copies)
        for i, (said, heard) in enumerate(zip(SAID, HEARD, strict=True))
    ]


def listen(utterance):
    """The louder half is speech; 6 dB more of it for every second."""
    random = np.random.default_rng(0)
    half = random.normal(0, 0.01, SAMPLE_RATE_HZ)
    speech = random.normal(0, 0.01 * 2 ** float(utterance.duration_s), SAMPLE_RATE_HZ)
    return np.concatenate([half, speech]).astype(np.float32)


def test_everything_adds_up_to_the_score():
    found = analyse(split_of(utterances(3)), trained={"el": 5}, listen=listen)
    words, characters = (
        total(3 * word_errors(SAID, HEARD)),
        total(3 * character_errors(SAID, HEARD)),
    )
    assert (found.words, found.characters) == (words, characters)
    assert sum(letter.missed for letter in found.letters) == characters.errors
    assert sum(word.missed for word in found.missed) == words.substitutions + words.deletions
    assert sum(band.words for band in found.bands) == words.reference
    names = [table.name for table in found.tables]
    assert names == [
        "Speaker",
        "Accent",
        "Gender",
        "Length",
        "Speaking rate (characters a second)",
        "Signal to noise",
        "Pauses in the recording",
    ]
    for table in found.tables:
        assert sum(group.utterances for group in table.groups) == 18
        assert total(group.words for group in table.groups) == words
        assert total(group.characters for group in table.groups) == characters
    assert found.marks.lost == 3 * 4
    assert found.missing == 3
    assert found.heard == 18


def test_a_known_ratio_is_taken_and_no_recording_read():
    rows = [
        Scored(id=str(k), reference="a", hypothesis="a", snr_db=5.0 + 30 * (k % 2))
        for k in range(4)
    ]
    (table,) = analyse(split_of(rows)).tables
    assert [(group.label, group.utterances) for group in table.groups] == [
        ("under 10 dB", 2),
        ("30 to 40 dB", 2),
    ]
    assert analyse(split_of(rows)).heard == 0


def test_without_durations_the_length_is_in_words():
    rows = [Scored(id=str(k), reference="a " * k + "a", hypothesis="a") for k in range(12)]
    (table,) = analyse(split_of(rows)).tables
    assert table.name == "Length"
    assert [group.label for group in table.groups] == [
        "under 4 words",
        "4 to 8 words",
        "8 to 16 words",
    ]


def test_of_many_recordings_an_even_part_is_read():
    rows = [Scored(id=str(k), reference="a", hypothesis="a") for k in range(LISTENED * 2 + 1)]
    read = []
    analyse(split_of(rows), listen=lambda utterance: read.append(int(utterance.id)))
    assert 0 < len(read) <= LISTENED
    assert set(np.diff(read)) == {3}


def test_the_worst_stand_first_with_their_words_and_sound():
    found = analyse(split_of(utterances(10)), listen=listen).worst
    assert len(found) == WORST
    errors = [one.words.errors for one in found]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] == 3 and found[0].utterance.reference == "la señora está aquí"
    assert [op[0] for op in found[0].ops].count("substitute") == 3
    assert all(one.player is not None for one in found)
    assert all(
        one.words == word_errors([one.utterance.reference], [one.utterance.hypothesis])[0]
        for one in found
    )


def test_nothing_wrong_leaves_nothing_to_show():
    found = analyse(split_of([Scored(id="a", reference="sí", hypothesis="sí")]), trained={"sí": 1})
    assert (list(found.worst), list(found.missed), list(found.tables)) == ([], [], [])
    assert found.words == Counts(hits=1)


@pytest.mark.slow
def test_fifty_thousand_words_are_taken_apart():
    random = np.random.default_rng(0)
    letters = np.array(list("abcdefghilmnoprstuvñáéí"))
    words = np.array(["".join(random.choice(letters, k % 9 + 1)) for k in range(5000)])
    rows = []
    for k in range(5000):
        said = random.choice(words, 10)
        heard = [w if random.random() > 0.2 else w[1:] + "o" for w in said]
        rows.append(
            Scored(
                id=str(k),
                reference=" ".join(said),
                hypothesis=" ".join(heard),
                speaker=str(k % 300),
                duration_s=5.0 + k % 7,
            )
        )
    found = analyse(split_of(rows), trained=dict.fromkeys(words[:4000], 3))
    assert found.words.reference == 50_000
