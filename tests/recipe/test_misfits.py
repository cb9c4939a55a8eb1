"""Settings that don't go together, and transcripts in another language than the recipe's."""

import dataclasses

import pytest
from places import GOLDEN, ROOT

from xlt.language import rules
from xlt.recipe.misfits import (
    head_only,
    letters_lacking,
    mostly_head,
    other_language,
    passes_over,
    rate_for_batch,
    too_many_passes,
)
from xlt.recipe.options import Recipe
from xlt.training.options import Training
from xlt.training.schedule import Schedule
from xlt.transfer.options import Transfer

WIDE, SMALL = 1024, 256


def recipe(
    steps: int = 100, peak: float = 1e-4, batch_s: float = 240.0, **transfer: object
) -> Recipe:
    training = Training(steps=steps, batch_s=batch_s, schedule=Schedule(peak=peak))
    return Recipe(
        name="a",
        language="es",
        source="x",
        data=(),
        training=training,
        transfer=Transfer(**transfer),
    )


@pytest.mark.parametrize("alone", [20, 500])
def test_a_training_of_the_head_alone_is_refused_with_numbers_that_pass(alone: int) -> None:
    (sentence,) = head_only(recipe(steps=20, head_only_steps=alone))
    assert "--transfer.head-only-steps 2, or more --training.steps" in str(sentence)
    assert sentence.flags == {"--transfer.head-only-steps": "2"}
    for mended in (
        recipe(steps=20, head_only_steps=2),
        recipe(steps=alone + 1, head_only_steps=alone),
        recipe(steps=20, head_only_steps=alone, freeze_below="all"),
        recipe(steps=20, head_only_steps=alone, weights="random"),
    ):
        assert head_only(mended) == []


def test_more_than_half_for_the_head_is_worth_a_word() -> None:
    (sentence,) = mostly_head(recipe(steps=100, head_only_steps=60))
    assert "40 are left for the layers" in sentence
    assert mostly_head(recipe(steps=100, head_only_steps=50)) == []
    assert mostly_head(recipe(steps=100, head_only_steps=100)) == [], "refused already"


@pytest.mark.parametrize(
    ("peak", "batch_s", "width", "advised"),
    [
        (3e-4, 1600, WIDE, ""),  # fairseq's own
        (1e-4, 240, WIDE, ""),
        (3e-4, 240, WIDE, "--training.schedule.peak 0.0001"),
        (8e-4, 60, SMALL, ""),  # the demonstration
        (0.05, 60, SMALL, "--training.schedule.peak 0.001"),
        (0.05, 1600, WIDE, "--training.schedule.peak 0.0003"),
    ],
)
def test_rates_are_held_against_batches(
    peak: float, batch_s: float, width: int, advised: str
) -> None:
    said = rate_for_batch(recipe(peak=peak, batch_s=batch_s), width)
    assert (advised in said[0]) if advised else said == []
    if advised:
        mended = recipe(peak=float(advised.split()[-1]), batch_s=batch_s)
        assert rate_for_batch(mended, width) == []


def texts(code: str) -> list[str]:
    """Normalised texts of the golden lines of a language: written by hand, for another purpose."""
    lines = (GOLDEN / f"{code}.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t")[2] for line in lines[1:]]


@pytest.mark.parametrize("spoken", ["es", "pt", "de"])
@pytest.mark.parametrize("asked", ["es", "pt", "de"])
def test_words_tell_a_language(asked: str, spoken: str) -> None:
    found = other_language(texts(spoken), rules.get(asked), "mine")
    assert bool(found) == (asked != spoken)
    if found:
        name = rules.get(spoken).name
        assert f"look like {name}" in found[0]
        assert f"To train {name}: xlt train {spoken}" in found[0]


def test_a_few_words_say_nothing_about_a_language() -> None:
    assert other_language(["der Hund und die Katze"], rules.get("es"), "mine") == []
    words = (ROOT / "xlt/corpora/data/sentences/de.txt").read_text("utf-8").split()
    assert other_language(["xyz"] * 100 + words[:5], rules.get("es"), "mine") == []
    italian = dataclasses.replace(rules.get("es"), code="it", name="Italian")
    assert other_language(texts("es"), italian, "mine") == [], "no sentences to compare it with"


def test_letters_that_a_language_lacks_are_shown() -> None:
    spanish = rules.get("es")
    (sentence,) = letters_lacking(["hola", "привет", "до свидания"], spanish, "mine")
    assert "2 of 3 transcripts of mine" in sentence
    assert "'привет'" in sentence
    assert letters_lacking(["hola"] * 9 + ["привет"], spanish, "mine") == []
    assert letters_lacking([], spanish, "mine") == []


def test_steps_that_pass_over_little_speech_too_often_are_told_with_a_number_that_is_not():
    often = recipe(steps=20_000, batch_s=160.0)
    assert passes_over(often, 0.1) == pytest.approx(20_000 * 160 / 360)
    (said,) = too_many_passes(often, 0.1)
    assert "20,000 steps of 160 s pass 8,889 times over this speech" in said
    fewer = int(said.rpartition("--training.steps ")[2].rstrip("."))
    assert fewer == 225
    assert too_many_passes(recipe(steps=fewer, batch_s=160.0), 0.1) == []
    assert too_many_passes(often, 100.0) == []
    assert too_many_passes(often, None) == []
    (said,) = too_many_passes(recipe(steps=20_000, batch_s=160.0, head_only_steps=500), 0.001)
    assert said.endswith("--training.steps 1000.")  # the layers learn, too
