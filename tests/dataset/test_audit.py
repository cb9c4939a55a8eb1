"""Findings on clips whose facts are given, and on a corpus with real faults, from end to end.

Also tests: xlt/dataset/rates.py, xlt/dataset/similar_texts.py, xlt/dataset/facts.py
"""

import csv
import itertools
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from sounds import speechlike

from xlt.audio.frames import Geometry
from xlt.corpora.folder import Folder
from xlt.dataset import audit as audits
from xlt.dataset.account import read_report
from xlt.dataset.audit import FAST, SLOW, SPELLINGS, UNLIKE, audit
from xlt.dataset.findings import EXAMPLES, ClipFinding, read_findings
from xlt.dataset.prepare import prepare
from xlt.dataset.similar_texts import SimilarTexts
from xlt.dataset.transcript_key import transcript_key
from xlt.dataset.verify import verify
from xlt.language.damage import BRACKETS, LOST
from xlt.language.rules import get

GEOMETRY = Geometry(kernels=(400,), strides=(320,))


def facts(k: int, text: str, speech_s: float, **more: Any) -> dict[str, Any]:
    """The facts of a clip with half a second of silence at each end."""
    return {
        "id": f"c/{k}",
        "source": 0,
        "sentence": blake2b(text.encode(), digest_size=12).hexdigest(),
        "transcript": transcript_key(text),
        "duration_s": speech_s + 1.0,
        "letters": len(text.replace(" ", "")),
        "shown": text,
        "heard": [-20.0, 0.0, 0.5, 0.5],
        **more,
    }


def usual(clips: int) -> list[dict[str, Any]]:
    """Clips of 25 letters, each another text, at about 12 letters a second."""
    random = np.random.default_rng(0)
    words = ("".join(letters) for letters in itertools.product("abcdefgh", repeat=5))
    texts = [" ".join(itertools.islice(words, 5)) for _ in range(clips)]
    rates = 12 * 2 ** random.normal(0, 0.15, clips)
    return [
        facts(k, text, 25 / rate) for k, (text, rate) in enumerate(zip(texts, rates, strict=True))
    ]


def found(clips: list[dict[str, Any]]) -> dict[str, ClipFinding]:
    return {one.kind: one for one in audit(lambda: clips)}


def test_a_clean_corpus_has_nothing_to_look_at() -> None:
    assert found(usual(200)) == {}
    assert found([]) == {}


@pytest.mark.parametrize("clips", [12, 40, 400])
def test_rates_far_from_the_corpus_are_found(clips: int) -> None:
    text = "un texto de veinticinco letras"
    odd = [facts(900, text, 0.5), facts(901, f"otro {text}", 9.0)]
    said = found(usual(clips) + odd)
    assert {kind: one.examples[0].id for kind, one in said.items()} == {
        FAST: "c/900",
        SLOW: "c/901",
    }
    assert said[FAST].examples[0].seen.startswith("52.0 letters a second, 1")
    assert text in said[FAST].examples[0].seen


def test_silence_at_the_ends_is_not_slow_speech() -> None:
    padded = facts(900, "un texto de veinticinco letras", 2.1, duration_s=6.1)
    padded["heard"] = [-20.0, 0.0, 2.0, 2.0]
    assert SLOW not in found([*usual(50), padded])


def test_single_words_are_said_at_any_rate() -> None:
    assert found([*usual(50), facts(900, "w", 1.5), facts(901, "a b c d", 6.0)]) == {}


def test_each_corpus_has_its_own_rates() -> None:
    slow = [{**clip, "id": f"s{clip['id']}", "source": 1} for clip in usual(60)]
    for clip in slow:
        clip["duration_s"] = 3 * (clip["duration_s"] - 1) + 1
        clip["transcript"] = transcript_key(clip["id"])
    assert found(usual(60) + slow) == {}


def test_one_text_in_unlike_recordings_is_found_on_all_of_them() -> None:
    pair = [
        facts(900, "está en la casa de al lado", 2.0),
        facts(901, "está en la casa de al lado", 4.5),
    ]
    said = found([*usual(50), *pair])
    assert said[UNLIKE].clips == 2
    seen = {one.id: one.seen for one in said[UNLIKE].examples}
    assert seen["c/900"].startswith("2.0 s, another has 4.5 s")
    assert seen["c/901"].startswith("4.5 s, another has 2.0 s")
    near = [
        facts(900, "está en la casa de al lado", 2.0),
        facts(901, "está en la casa de al lado", 3.0),
    ]
    assert UNLIKE not in found([*usual(50), *near])


def test_the_rarer_spelling_is_shown() -> None:
    three = [facts(900 + k, "el número de teléfono", 1.6) for k in range(2)]
    three.append(facts(903, "el numero de telefono", 1.6))
    said = found([*usual(50), *three])
    assert [one.id for one in said[SPELLINGS].examples] == ["c/903"]


def test_examples_are_few_and_the_worst() -> None:
    silent = [
        facts(900 + k, f"palabra {k}", 1.0, heard=[-20.0, 0.0, 2.0 + k, 0.0]) for k in range(20)
    ]
    said = found(usual(30) + silent)[audits.SILENCE]
    assert said.clips == 20 and said.of == 50
    assert [one.id for one in said.examples] == [f"c/{k}" for k in (919, 918, 917, 916, 915)]
    assert len(said.examples) == EXAMPLES


def test_a_large_corpus_is_compared_by_a_sample_of_its_texts() -> None:
    texts = SimilarTexts(most=50)
    keys = [transcript_key(f"texto número {k}") for k in range(2_000)]
    for speech_s in (1.0, 4.0):
        for key in keys:
            texts.add(key, key, speech_s)
    assert len(texts._texts) <= 50
    unlike = [key for key in keys if texts.unlike(key, 1.0) == 4.0]
    assert 10 <= len(unlike) == len(texts._texts)


# ------------------------------------------------------------------- from end to end

ITALIAN_LIKE = [
    "Se vieni ? meglio",
    "Domani andr? al mare",
    "Buongiorno (con enfasi) a tutti",
    "una frase qualunque",
]


@dataclass(frozen=True)
class _Made:
    folder: Path
    findings: dict[str, ClipFinding]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> _Made:
    """A dataset of 24 clips; two have lost letters, one a remark in brackets, one is clipped."""
    place = tmp_path_factory.mktemp("audit")
    (place / "rec").mkdir()
    texts = [*ITALIAN_LIKE, *(f"la frase número {k} sin nada" for k in range(100, 120))]
    with (place / "rec/metadata.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file_name", "text"])
        for k, text in enumerate(texts):
            samples = (0.5 + k / 100) * speechlike(2.5 + k / 50)
            if k == 3:
                samples = np.clip(samples, -0.05, 0.05)
            soundfile.write(place / f"rec/{k}.wav", samples, 16_000)
            table.writerow([f"{k}.wav", text])
    corpus = Folder(path=place / "rec", language="es")
    prepare((corpus,), get("es"), GEOMETRY, 1.0, place / "data")
    return _Made(place / "data", {one.kind: one for one in read_findings(place / "data")})


def test_lost_letters_and_remarks_of_a_corpus_are_found(made: _Made) -> None:
    lost, brackets = made.findings[LOST], made.findings[BRACKETS]
    assert [(one.id, one.seen) for one in lost.examples] == [
        ("rec/0.wav", "'Se vieni ? meglio'"),
        ("rec/1.wav", "'Domani andr? al mare'"),
    ]
    assert (lost.clips, lost.of) == (2, 24)
    assert [one.seen for one in brackets.examples] == ["'(con enfasi)'"]
    assert [one.id for one in made.findings[audits.CLIPPED].examples] == ["rec/3.wav"]


def test_findings_are_among_the_verified_files(made: _Made) -> None:
    assert "findings.json" in read_report(made.folder)["files"]
    assert verify(made.folder).damaged == ()


def test_urgent_findings_come_first(made: _Made) -> None:
    kinds = list(made.findings)
    assert kinds == [kind for kind in audits.SIGNS if kind in kinds]
    assert kinds[0] == LOST
