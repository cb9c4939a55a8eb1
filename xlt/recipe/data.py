"""Data stage of a run: the dataset is prepared by the first process, or found prepared."""

import os
import time

from xlt.corpora.base import CorpusError
from xlt.dataset.account import REPORT, Account, read_report
from xlt.dataset.findings import read_findings, to_text
from xlt.dataset.inputs import INPUTS, changes
from xlt.dataset.prepare import as_before_inputs, fingerprint, prepare
from xlt.models.source import Source
from xlt.recipe.launch import Launch
from xlt.recipe.prepared_data import alone, linked
from xlt.system.resume import check_unchanged, differences
from xlt.system.signals import catch_termination

WAIT_S = 30
"""Seconds after which a process says for what it waits."""


def prepared(launch: Launch, source: Source, rank: int) -> Account:
    """The dataset's account. The first process prepares; the others wait for the folder.

    No process group is open yet, so however long this takes, nobody runs into a timeout.
    """
    data = launch.folder / "data"
    if rank == 0:
        account = _linked(launch, source) or _found(launch, source) or _made(launch, source)
        print(account, flush=True)
        if findings := to_text(read_findings(data)):
            print("", findings, sep="\n", flush=True)
        return account
    waited_s = 0
    while not (data / REPORT).is_file():
        time.sleep(1)
        waited_s += 1
        if waited_s == WAIT_S:
            print(
                f"Process {rank} waits for process 0 to prepare {data.absolute()}. On several "
                "machines that folder must be on a file system that all of them share.",
                flush=True,
            )
    return Account.load(data)


def _linked(launch: Launch, source: Source) -> Account | None:
    """The dataset that a recipe names as prepared; it is trained on as it is."""
    recipe, corpus = launch.recipe, alone(launch.recipe.data)
    if corpus is None:
        return None
    return linked(corpus, recipe, source.geometry, launch.folder / "data")


def _found(launch: Launch, source: Source) -> Account | None:
    """The dataset of a run that is resumed, where it is whole; its corpora may have gone since.

    Raises:
        ValueError: if other corpora are named now.
    """
    data, recipe = launch.folder / "data", launch.recipe
    if not (launch.resume and (data / REPORT).is_file()):
        return None
    wanted = fingerprint(
        recipe.data,
        recipe.target_language,
        source.geometry,
        recipe.augmentation.max_speed,
        recipe.preparation,
    )
    before = read_report(data)["made_from"]
    if any(not key.startswith("corpus ") for key in differences(before, wanted)):
        return None  # `prepare` raises the error for these
    allowed = bool({"data", "recipe.data"} & set(launch.allow_change))
    noted = (data / INPUTS).is_file()
    check_unchanged(
        before,
        wanted if noted else wanted | as_before_inputs(recipe.data),
        what=f"{data} was prepared from another corpus",
        remedy="Name that one, or go on with the prepared data: --allow-change data",
        allowed={*before, *wanted} if allowed else (),
        show=str,
    )
    if noted and not allowed:
        _check_inputs(launch)
    return Account.load(data)


def _check_inputs(launch: Launch) -> None:
    """Refuse to go on where the files of a corpus that is still there have changed."""
    data = launch.folder / "data"
    try:
        found = changes(launch.recipe.data, launch.recipe.language, data)
    except (CorpusError, OSError) as error:
        print(f"Gone on with the prepared data in {data}; now: {error}", flush=True)
        return
    if found:
        raise ValueError(
            f"{data} was prepared from files that have changed since: {'; '.join(found)}. Give "
            "another --out, or go on with the prepared data: --allow-change data"
        )


def _keep(launch: Launch) -> str:
    """Reason and remedy where a dataset that is there must not be made anew, or ""."""
    if (launch.folder / "checkpoints").is_dir():
        return (
            "A model was trained on it: give another --out, or go on with the prepared data: "
            "--resume --allow-change data"
        )
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:  # the others may have opened it
        return "Prepare it again in one process (--prepare-only), then start the others."
    return ""


def _made(launch: Launch, source: Source) -> Account:
    """Fetch what may be fetched and prepare the dataset, or find it prepared from the same."""
    recipe = launch.recipe
    for corpus in recipe.data:
        corpus.fetch()
    with catch_termination() as stop:
        account = prepare(
            recipe.data,
            recipe.target_language,
            source.geometry,
            recipe.augmentation.max_speed,
            launch.folder / "data",
            recipe.preparation,
            stop.check,
            keep=_keep(launch),
        )
        stop.check()
    return account
