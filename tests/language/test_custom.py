"""A language that the package does not have: from its data file to a trained toy model."""

import csv
import re
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from checkpoints import write_checkpoint
from places import SUPPORT
from toys import NEUTRAL, QUIET
from transformers import Wav2Vec2CTCTokenizer, pipeline

from xlt.cli.alphabets import vocab
from xlt.corpora.espeak import Espeak, speak
from xlt.language import rules
from xlt.language.custom import named, read_language
from xlt.language.labels import encode, labels
from xlt.language.rules import Language
from xlt.language.text import is_normal, normalise
from xlt.language.vocabulary import read_labels
from xlt.recipe.launch import Launch
from xlt.recipe.options import Recipe
from xlt.recipe.run import execute
from xlt.recognition.recogniser import Recogniser
from xlt.reports.record import Record
from xlt.training.options import Training
from xlt.training.schedule import Schedule

FOLDER = SUPPORT / "languages"
FILE = FOLDER / "it.py"
SENTENCES = (
    "L'acqua è fredda.",
    "Il treno parte alle 14:30.",
    "Costa 12,50 € al chilo.",
    "Perché non c'è più pane?",
    "La città è bella così.",
    "Domani vado al mare.",
    "Ho 23 anni e due gatti.",
    "Il sig. Rossi legge un libro.",
    "Nel XX secolo era diverso.",
    "Chiudi la porta, per favore.",
    "Quest'anno la neve è alta.",
    "Mia sorella suona il violino.",
    "Giù in paese c'è la festa.",
    "Ogni sabato andiamo al mercato.",
    "Il gatto dorme sul divano.",
    "Hai visto le mie chiavi?",
    "Un caffè, per piacere.",
    "Martedì piove di sicuro.",
)
VOICES = ("it+m3", "it+f2", "it+m7")


@pytest.fixture(scope="module", autouse=True)
def italian() -> Iterator[Language]:
    """Registered as a recipe would, and forgotten again: other tests know the package's alone."""
    yield read_language(FILE)
    del rules._REGISTERED["it"]


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Launch:
    """A recipe that differs from any other only in naming the file."""
    folder = tmp_path_factory.mktemp("italian")
    (folder / "sentences.txt").write_text("\n".join(SENTENCES), encoding="utf-8")
    recipe = Recipe(
        name="it",
        language=read_language(FILE).code,
        source=str(write_checkpoint(folder / "source")),
        data=(
            Espeak(
                language="it",
                voices=VOICES,
                sentences=folder / "sentences.txt",
                limit=len(SENTENCES),
            ),
        ),
        regularisation=QUIET,
        augmentation=NEUTRAL,
        training=Training(
            steps=6,
            batch_s=20.0,
            evaluate_every=3,
            checkpoint_every=3,
            schedule=Schedule(peak=5e-3, warmup=0.0),
        ),
    )
    return Launch(recipe=recipe, out=folder / "runs")


@pytest.fixture(scope="module")
def record(launch: Launch) -> Record:
    found = execute(launch)
    assert found is not None
    return found


def test_the_package_does_not_have_it() -> None:
    assert "it" not in rules.LANGUAGES
    assert not (Path(rules.__file__).parent / "it.py").exists()


def golden() -> list[list[str]]:
    with (FOLDER / "it.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]


@pytest.mark.parametrize(("written", "spoken"), [row[1:] for row in golden()])
def test_golden(italian: Language, written: str, spoken: str) -> None:
    assert normalise(written, italian).text == spoken
    assert is_normal(spoken, italian)


def test_its_tokenizer_is_written_and_opened(
    tmp_path: Path, italian: Language, capsys: pytest.CaptureFixture[str]
) -> None:
    vocab((str(FILE),), out=tmp_path)
    assert f"{tmp_path / 'it'}: written, 36 labels" in capsys.readouterr().out
    ours = labels(italian)
    assert read_labels(tmp_path / "it") == ours
    theirs = Wav2Vec2CTCTokenizer.from_pretrained(tmp_path / "it")
    assert theirs.get_vocab() == dict(ours.ids)
    assert theirs("c'è più").input_ids == encode("c'è più", ours)


@pytest.mark.slow
def test_it_is_trained_from_an_english_head(record: Record) -> None:
    assert record.language == "it"
    account = record.account
    assert account["clips_in"] == sum(account["kept"].values()) == len(SENTENCES)
    assert account["dropped"].keys() <= set(".,?")
    rows = {row["token"]: row["how"] for row in record.transfer["letters"]["rows"]}
    assert [*rows] == [*labels(rules.get("it")).tokens]
    assert rows["a"] == "case fold"
    assert rows["ù"] == "accent fold"
    losses = [point["loss"] for point in record.curves["letters"]]
    assert losses[-1] < losses[0]
    assert record.scores["letters"]["utterances"] == account["kept"]["test"]


@pytest.mark.slow
def test_its_model_is_opened_by_a_pipeline_and_by_the_recogniser(
    launch: Launch, record: Record, italian: Language, tmp_path: Path
) -> None:
    recording = tmp_path / "acqua.wav"
    recording.write_bytes(next(speak(VOICES[0], SENTENCES[:1])))
    found = next(iter(Recogniser.load(launch.folder / "model").transcribe_files([recording])))
    assert found.refused is None
    assert is_normal(" ".join(found.text.replace("'", "").split()), italian)
    with wave.open(str(recording)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 2**15
        sound = {"raw": samples.astype(np.float32), "sampling_rate": file.getframerate()}
    read = pipeline("automatic-speech-recognition", model=str(launch.folder / "model"))
    assert set(read(sound)["text"]) <= {*italian.letters, " "}
    assert read_labels(launch.folder / "model") == labels(italian)


def test_the_readme_of_the_languages_shows_one_that_works(
    tmp_path: Path, italian: Language
) -> None:
    text = (Path(rules.__file__).parent / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "it.py").write_text(code, encoding="utf-8")
    try:
        shown = named(str(tmp_path / "it.py"))
        assert rules.get("it") is shown
        assert labels(shown) == labels(italian)
        assert normalise("Sig. Rossi, 3,5 % & più", shown).text == (
            "signor rossi tre virgola cinque per cento e più"
        )
    finally:
        rules.register(italian)


# ---- files that are none


def test_a_code_alone_runs_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record or a dataset of others may say anything: only a user's own word runs a file."""
    (tmp_path / "xx.py").write_text("raise SystemExit('it ran')")
    monkeypatch.chdir(tmp_path)
    for code in ("xx", "xx.py", str(tmp_path / "xx.py")):
        with pytest.raises(ValueError, match="no language"):
            rules.get(code)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "must hold one language of its own.*found: none"),
        ("letters = ", "can't be run: invalid syntax"),
        ("Language(code='it')", "can't be run: name 'Language'"),
        ("from xlt.language.rules import Language\nX = Language(code='it')", "missing"),
        ("from xlt.language.data.es import SPANISH", "found: none"),
        ("{}(SPANISH, letters='abc')", "the package has a language 'es'.*es-x"),
        ("{}(SPANISH, code='../up')", "names a folder"),
        ("{}(SPANISH, code='aa'); Y = replace(X, code='bb')", "found: aa, bb"),
        ("{}(SPANISH, code='aa', letters='aa')", "a letter twice"),
    ],
)
def test_what_is_no_language_file(tmp_path: Path, content: str, message: str) -> None:
    start = "from dataclasses import replace\nfrom xlt.language.data.es import SPANISH\nX = replace"
    content = content.replace("{}", start)
    (tmp_path / "xx.py").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        named(str(tmp_path / "xx.py"))
    assert set(rules._REGISTERED) == {"it"}


def test_no_file() -> None:
    with pytest.raises(ValueError, match="no language file nowhere/it.py"):
        named("nowhere/it.py")


def test_a_variant_says_what_differs(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text(
        "from dataclasses import replace\nfrom xlt.language.data.es import SPANISH\n"
        "ARGENTINE = replace(SPANISH, code='es-AR', name='Argentine Spanish', minus='bajo cero')\n"
    )
    try:
        found = named(str(tmp_path / "x.py"))
        assert rules.get("es-AR") is found
        assert normalise("-5 °C", found).text == "bajo cero cinco grados centígrados"
    finally:
        rules._REGISTERED.pop("es-AR", None)
