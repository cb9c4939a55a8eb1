"""Fingerprint of a run: every option of a recipe says whether it may differ on resume."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import pytest
from checkpoints import write_checkpoint

from xlt.corpora.folder import Folder
from xlt.models.source import load_source
from xlt.recipe.fingerprint import fingerprint, settings
from xlt.recipe.options import Recipe
from xlt.system.resume import Fixed, OnResume, policies
from xlt.training.progress import RunFacts, check_resumable

RECIPE = Recipe(
    name="toy", language="es", source="toy", data=(Folder(path=Path("x"), language="es"),)
)
FREE = {
    "recipe.compare",
    "recipe.preparation.max_rejected",
    "recipe.preparation.workers",
    "recipe.training.checkpoint_every_s",
    "recipe.training.checkpointing",
    "recipe.training.keep",
    "recipe.training.threads",
    "recipe.training.timeout_s",
    "recipe.training.workers",
}


def test_every_setting_has_a_policy_and_the_free_ones_change_no_result() -> None:
    declared = policies(Recipe, "recipe.")
    assert declared.keys() == settings(RECIPE).keys()
    assert {name for name, policy in declared.items() if policy is OnResume.FREE} == FREE


def test_an_option_that_begins_like_a_free_one_is_not_free() -> None:
    """`training.keep` is free; a `training.keep_best` that says Fixed is not."""
    extended = dataclasses.make_dataclass(
        "Extended",
        [("keep_best", Fixed[int], dataclasses.field(default=1))],
        bases=(type(RECIPE.training),),
        frozen=True,
        kw_only=True,
    )
    declared = policies(extended, "recipe.training.")
    assert declared["recipe.training.keep"] is OnResume.FREE
    assert declared["recipe.training.keep_best"] is OnResume.FIXED


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    source = load_source(write_checkpoint(tmp_path_factory.mktemp("toy") / "source"))
    return {
        "source": source,
        "account": SimpleNamespace(digest="abc"),
        "accelerator": SimpleNamespace(
            mixed_precision="no", num_processes=1, device=SimpleNamespace(type="cpu")
        ),
    }


def test_a_fingerprint_holds_all_that_is_not_free(known: dict[str, object]) -> None:
    found = fingerprint(RECIPE, **known)
    facts = {field.name for field in dataclasses.fields(RunFacts)}
    assert found.keys() == (policies(Recipe, "recipe.").keys() - FREE) | facts
    assert found["data"] == "abc"
    assert found["recipe.training.steps"] == RECIPE.training.steps


def test_free_settings_resume_in_silence_and_others_are_refused(
    known: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    def changed(**training: object) -> dict[str, object]:
        options = dataclasses.replace(RECIPE.training, **training)
        return fingerprint(dataclasses.replace(RECIPE, training=options), **known)

    stored = fingerprint(RECIPE, **known)
    check_resumable(stored, changed(workers=3, threads=2, keep=5, timeout_s=9.0))
    assert not caplog.messages
    with pytest.raises(ValueError, match=r"\n  recipe\.training\.clip_norm: 1\.0 -> 2\.0\n"):
        check_resumable(stored, changed(clip_norm=2.0))
