"""What launchers set up, told from their variables: FSDP and its kin, srun without torchrun, ignored flags."""

from pathlib import Path

import pytest

from xlt.training.launch_environment import UNTRIED, ignored_settings, refused_launcher

PLAIN = {"RANK": "0", "WORLD_SIZE": "2", "ACCELERATE_MIXED_PRECISION": "no"}


@pytest.mark.parametrize("name", UNTRIED)
def test_what_needs_more_than_data_parallelism_is_refused(name: str) -> None:
    for value in ("true", "1", "True"):
        (sentence,) = refused_launcher({**PLAIN, name: value})
        assert f"accelerate is set up for {UNTRIED[name]}. Start it with accelerate" in sentence
    assert refused_launcher({**PLAIN, name: "false"}) == refused_launcher(PLAIN) == []


def test_the_variables_are_those_of_accelerate() -> None:
    launch = pytest.importorskip("accelerate.utils.launch")
    source = Path(launch.__file__).read_text(encoding="utf-8")
    assert [name for name in UNTRIED if name not in source] == []


def test_copies_that_srun_starts_are_refused_but_not_those_of_torchrun() -> None:
    job = {"SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "3"}
    (sentence,) = refused_launcher(job)
    assert "srun has started 8 copies" in sentence
    assert "srun --ntasks-per-node 1 torchrun" in sentence
    assert refused_launcher({**job, "RANK": "3"}) == []
    assert refused_launcher({"SLURM_STEP_NUM_TASKS": "1"}) == []
    assert refused_launcher({"SLURM_NTASKS": "8"}) == [], "a batch script runs once"


def test_ignored_settings_of_a_launcher_are_said() -> None:
    (sentence,) = ignored_settings({"ACCELERATE_MIXED_PRECISION": "fp16"})
    assert "--training.precision decides" in sentence
    (sentence,) = ignored_settings({"ACCELERATE_DYNAMO_BACKEND": "INDUCTOR"})
    assert "--dynamo_backend no" in sentence
    assert ignored_settings({**PLAIN, "ACCELERATE_DYNAMO_BACKEND": "NO"}) == []
