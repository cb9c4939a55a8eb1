"""Speech by eSpeak NG, made in the test. Run: pytest tests/corpora/test_espeak.py.

Also tests: xlt/corpora/espeak_worker.py
"""

import sys
import time
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.audio.decode import decode
from xlt.corpora.base import CorpusError, Row
from xlt.corpora.espeak import VOICES, Espeak, manner, plan, speak

PACKAGED = {"de": 300, "en": 60, "es": 120, "pt": 300}
ACCENTS = {"de": "äöüß", "en": "", "es": "áéíñóúü", "pt": "àáâãçéêíóôõú"}


def sentences(language: str) -> list[str]:
    text = files("xlt.corpora").joinpath(f"data/sentences/{language}.txt").read_text("utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


@pytest.mark.slow
def test_the_same_voice_and_sentences_sound_the_same_in_a_fresh_process():
    said = ["Die Straße ist naß.", "Zwölf Boxkämpfer."]
    first = list(speak("de+f2", said))  # a breathy voice, whose noise is random
    time.sleep(1.1)  # eSpeak NG seeds by the second
    assert first == list(speak("de+f2", said))
    assert first != list(speak("de+m3", said))
    for audio in first:
        samples = decode(audio)
        assert 0.5 < samples.size / 16_000 < 5
        assert abs(samples).max() > 0.1


def test_rows_of_a_corpus(tmp_path: Path):
    (tmp_path / "s.txt").write_text("# comment\nUm gato.\n\n  Dois cães.\nTrês maçãs.\n")
    corpus = Espeak(
        language="pt", voices=("pt-br+f2", "pt+m3"), sentences=tmp_path / "s.txt", limit=5
    )
    rows = [row for row in corpus.rows() if isinstance(row, Row)]
    assert [(row.id, row.transcript) for row in rows] == [
        ("espeak-pt/pt-br+f2/00000.wav", "Um gato."),
        ("espeak-pt/pt-br+f2/00002.wav", "Três maçãs."),
        ("espeak-pt/pt-br+f2/00001.wav", "Dois cães."),
        ("espeak-pt/pt+m3/00001.wav", "Dois cães."),
        ("espeak-pt/pt+m3/00000.wav", "Um gato."),
    ]
    assert {row.speaker for row in rows} == {"espeak:pt-br+f2", "espeak:pt+m3"}
    assert (corpus.synthetic, corpus.same_speaker) == (True, False)
    assert Espeak(language="pt", voices=("pt",)).same_speaker


@pytest.mark.parametrize("language", VOICES)
def test_every_packaged_voice_speaks_and_none_is_another(language: str):
    heard = {next(speak(voice, ["Piano."])) for voice in VOICES[language]}
    assert len(heard) == len(VOICES[language]) == 6


@given(st.integers(1, 9), st.integers(1, 5), st.none() | st.integers(1, 60))
def test_the_plan_takes_every_sentence_once_a_round(count: int, voices: int, limit: int | None):
    chosen = plan(count, voices, limit)
    pairs = [(n, voice) for voice, numbers in enumerate(chosen) for n in numbers]
    assert len(pairs) == len(set(pairs)) == min(count * voices, limit or count * voices)
    times = Counter(n for n, _ in pairs)
    assert max(times.values()) - min(times[n] for n in range(count)) <= 1
    if limit is None:
        assert {len(numbers) for numbers in chosen} == {count}


def test_manner_differs_and_stays_in_range():
    seen = [manner(voice, "x") for voices in VOICES.values() for voice in voices]
    assert len({tuple(m.values()) for m in seen}) == len(seen)
    assert all(140 <= m["rate"] <= 200 and 0 < m["pitch"] < 99 > m["range"] for m in seen)
    assert manner("de+m3", "x") == manner("de+m3", "x") != manner("de+m3", "y")


@pytest.mark.parametrize("language", PACKAGED)
def test_the_packaged_sentences(language: str):
    lines = sentences(language)
    assert len(lines) >= PACKAGED[language]
    assert len(lines) == len({line.lower() for line in lines})
    assert all(5 <= len(line.split()) <= 12 and line[-1] in ".?!" for line in lines)
    assert not any(letter.isdigit() for line in lines for letter in line)
    letters = set("".join(lines).lower())
    assert set("abcdefghijklmnopqrstuvwxyz" + ACCENTS[language]) <= letters


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(CorpusError, match=r"as 'xx\+f9': ValueError: eSpeak NG has no voice"):
        list(speak("xx+f9", ["a"]))
    with pytest.raises(CorpusError, match=r"no sentences at .*gone\.txt"):
        list(Espeak(language="es", sentences=tmp_path / "gone.txt").rows())
    (tmp_path / "empty.txt").write_text("# nothing\n")
    with pytest.raises(CorpusError, match="holds no sentence"):
        list(Espeak(language="es", sentences=tmp_path / "empty.txt").rows())
    with pytest.raises(CorpusError, match="no sentences at"):
        list(Espeak(language="fr", voices=("fr",)).rows())
    with pytest.raises(ValueError, match="no voices for 'fr'"):
        Espeak(language="fr")
    with pytest.raises(ValueError, match="limit is 0"):
        Espeak(language="es", limit=0)
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(CorpusError, match="needs the extra mini: pip install espeakng-loader"):
        Espeak(language="es").fetch()
