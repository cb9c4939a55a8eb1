"""Ten clips memorised: a recipe that works is seen to work, on real sources; others are not."""

import dataclasses
from pathlib import Path

import pytest
from checkpoints import write_checkpoint
from toys import LANGUAGE, toy_split

from xlt.cli.checks import overfit
from xlt.corpora.espeak import Espeak
from xlt.dataset.prepare import prepare
from xlt.doctor.overfit import KNOWN_CER, Exercise, Point, exercise, learn, short_clips, verdict
from xlt.doctor.subject import subject
from xlt.language.labels import labels
from xlt.transfer import Transfer, load_source


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs, one of them as far as its prepared data."""
    folder = tmp_path_factory.mktemp("runs")
    geometry = load_source("xlt:en-mini").geometry
    (folder / "spoken").mkdir()
    prepare((Espeak(language="es", limit=20),), LANGUAGE, geometry, 1.0, folder / "spoken" / "data")
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Exercise:
    """Two-tone clips and a random model."""
    source = write_checkpoint(tmp_path_factory.mktemp("toy") / "source")
    return Exercise(
        source=load_source(source),
        split=toy_split(6),
        labels=labels(LANGUAGE),
        transfer=Transfer(),
        peak=3e-3,
        clips=6,
        steps=60,
    )


@pytest.mark.slow
def test_real_clips_are_memorised(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    overfit(runs / "spoken", clips=4, limit_s=100.0)  # no SystemExit: exit code 0
    *points, sentence = capsys.readouterr().out.strip().splitlines()
    assert sentence.startswith("It learns: 4 clips memorised")
    assert points[0].startswith("step   10")
    assert float(points[-1].split("CER")[1].split("%")[0]) < 100 * KNOWN_CER


@pytest.mark.slow
def test_one_recording_with_many_texts_is_not_learned(tiny: Exercise) -> None:
    split = tiny.split
    wrong = dataclasses.replace(
        split,
        recordings=[split.recordings[0]] * len(split),
        durations_s=[split.durations_s[0]] * len(split),
    )
    assert len(set(wrong.texts)) > 3
    asked = dataclasses.replace(tiny, split=wrong)
    points = list(learn(asked))
    assert [p.step for p in points] == [10, 20, 30, 40, 50, 60]
    assert points[-1].loss < points[0].loss
    learned, sentence = verdict(points, asked)
    assert not learned
    assert sentence.startswith("It can't learn: CER ")


def test_time_ends_it(tiny: Exercise) -> None:
    asked = dataclasses.replace(tiny, limit_s=0.0)
    points = list(learn(asked))
    assert [p.step for p in points] == [1]
    assert "Not proved" in verdict(points, asked)[1]


def test_the_command_exits_with_1(runs: Path, tiny: Exercise) -> None:
    with pytest.raises(SystemExit) as exit_:
        overfit(runs / "spoken" / "data", source=tiny.source.name, steps=2)
    assert exit_.value.code == 1


def test_clips_with_more_labels_than_frames_are_named(tiny: Exercise) -> None:
    split = toy_split(6)
    split.texts[2] = "a" * 300
    with pytest.raises(ValueError, match="toy/2: more labels than .* prepare the data"):
        list(learn(dataclasses.replace(tiny, split=split)))


def point(step: int, cer: float, passed_s: float = 1.0, read: str = "x") -> Point:
    return Point(step=step, loss=1.0, cer=cer, passed_s=passed_s, example=("casa", read))


@pytest.mark.parametrize(
    ("points", "learned", "said"),
    [
        ([point(10, 0.5), point(20, 0.01)], True, "It learns"),
        ([point(10, 1.0), point(20, 1.0, read="")], False, "nothing but blanks"),
        ([point(10, 0.9), point(20, 0.8)], False, "'casa' is read 'x'"),
        ([point(n, 1 - n / 500, n / 5) for n in range(10, 310, 10)], False, "Not proved"),
        ([point(n, 0.5, n / 5) for n in range(10, 310, 10)], False, "can't learn"),
    ],
)
def test_verdicts(tiny: Exercise, points: list[Point], learned: bool, said: str) -> None:
    found, sentence = verdict(points, tiny)
    assert found is learned
    assert said in sentence


def test_short_clips_are_different_ones_of_a_second_or_more() -> None:
    split = toy_split(6)
    split.texts[:] = ["a", "a", "b", "c", "d", "a"]
    split.durations_s[:] = [1.5, 1.2, 0.3, 9.0, 2.0, 1.2]
    assert short_clips(split, 3) == (1, 4, 3)
    assert short_clips(split, 4) == (1, 4, 3, 2)  # at need a shorter one,
    assert short_clips(split, 99) == (1, 4, 3, 2, 5, 0)  # then the same text again


def test_a_recipe_names_its_source_rate_and_data(
    runs: Path, tiny: Exercise, tmp_path: Path
) -> None:
    file = tmp_path / "recipe.py"
    file.write_text(
        "from xlt.corpora.espeak import Espeak\n"
        "from xlt.recipe.options import Recipe\n"
        "from xlt.training.options import Training\n"
        "from xlt.training.schedule import Schedule\n"
        "from xlt.transfer.surgery import Transfer\n"
        f"R = Recipe(name='spoken', language='es', source={tiny.source.name!r},\n"
        "    data=(Espeak(language='es'),), transfer=Transfer(drop_layers=1, head_only_steps=9),\n"
        "    training=Training(schedule=Schedule(peak=0.25)))\n"
    )
    asked = exercise(subject(file, out=runs))
    assert asked.source.digest == tiny.source.digest
    assert (asked.peak, asked.transfer) == (0.25, Transfer(drop_layers=1))
    assert exercise(subject(file, "xlt:en-mini", out=runs)).source.name == "xlt:en-mini"
