"""A run of a recipe, from archives to a model.

corpus -> prepared dataset -> transfer -> training -> scores -> record, report, model folder
"""

import dataclasses
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import numpy as np
import torch
import torchaudio
import transformers
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, InitProcessGroupKwargs

from xlt import __version__
from xlt.dataset.account import Account
from xlt.dataset.reader import open_split
from xlt.language.labels import labels
from xlt.models.source import Source, load_source
from xlt.recipe.arms import ArmResult, Bench, arms_of, source_score, train_arm, with_model
from xlt.recipe.data import prepared
from xlt.recipe.launch import Launch
from xlt.recipe.outputs import finish, make_record, taken, write_transcripts
from xlt.reports.record import Record, plain
from xlt.reports.table import title
from xlt.system.files import write_atomically
from xlt.system.lock import held
from xlt.system.redaction import known_secrets, redact
from xlt.training.device import has_accelerator, has_bf16, keep_memory, use_all_cores
from xlt.training.progress import check_unchanged

SPEED_ONLY = (
    "recipe.training.workers",
    "recipe.training.threads",
    "recipe.training.keep",
    "recipe.training.timeout_s",
    "recipe.preparation.workers",
    "recipe.compare",
)
"""Settings that may differ on resume without changing a result."""


def execute(launch: Launch) -> Record | None:
    """Prepare, train every arm, score, and write the run folder; None where it stops before.

    Raises:
        ValueError: with a sentence, for anything a user can mend.
    """
    if launch.dry_run:
        if _rank() == 0:
            print(describe(launch, _source(launch)))
        return None
    started = time.monotonic()
    # Only the first process of a run asks for the folder: the others belong to it.
    with held(launch.folder) if _rank() == 0 else nullcontext():
        source = _source(launch)
        account = prepared(launch, source, _rank())
        if launch.prepare_only:
            return None
        prepared_s = time.monotonic() - started
        bench = _bench(launch, source, account)
        try:
            scores, results = _all_arms(bench)
        except SystemExit:  # every process leaves: none may abort for threads that are left running
            bench.accelerator.end_training()
            raise
        bench.accelerator.end_training()
        if not bench.accelerator.is_main_process:
            return None
        timings = {"prepare": prepared_s, "total": time.monotonic() - started}
        record = make_record(bench, account, scores, results, timings)
        finish(bench, record, results[record.chosen])
        return record


def describe(launch: Launch, source: Source) -> str:
    """What a run would do, in a few lines."""
    recipe, training = launch.recipe, launch.recipe.training
    head = f"{len(source.labels.tokens)} labels" if source.labels else "no CTC head"
    lines = [
        f"run      {launch.folder}",
        f"source   {source.name}: {source.family}, {source.layers} layers, {head}",
        f"target   {recipe.spoken.name}: {len(labels(recipe.spoken).tokens)} labels",
        *(f"data     {corpus.name}, {corpus.licence}" for corpus in recipe.data),
        f"arms     {', '.join(title(name) for name in arms_of(recipe, source))}",
        f"steps    {training.steps} of {training.batch_s:g} s of speech each "
        f"({training.steps * training.batch_s / 3600:.1f} h in all), for every arm",
    ]
    return "\n".join(lines)


def _source(launch: Launch) -> Source:
    return load_source(launch.recipe.source, revision=launch.recipe.revision)


def _rank() -> int:
    return int(os.environ.get("RANK", "0"))


def _accelerator(launch: Launch) -> Accelerator:
    """One process or many; on a CPU the group is gloo, and bf16 where the device has it."""
    cpu, training = not has_accelerator(), launch.recipe.training
    precision = training.precision
    if precision == "auto":
        precision = "bf16" if has_bf16() else "fp32"
    if cpu:
        keep_memory()
    if cpu and int(os.environ.get("WORLD_SIZE", "1")) == 1:
        use_all_cores(training.threads)
    distributed = DistributedDataParallelKwargs(
        find_unused_parameters=launch.recipe.regularisation.layerdrop > 0
    )
    return Accelerator(
        cpu=cpu,
        mixed_precision="bf16" if precision == "bf16" else "no",
        log_with=list(launch.trackers) or None,
        project_dir=launch.folder / "logs",
        kwargs_handlers=[
            distributed,
            InitProcessGroupKwargs(timeout=timedelta(seconds=training.timeout_s)),
        ],
    )


def _bench(launch: Launch, source: Source, account: Account) -> Bench:
    recipe, data = launch.recipe, launch.folder / "data"
    accelerator = _accelerator(launch)
    asked = redact(plain(dataclasses.asdict(recipe), "recipe"), known_secrets())
    settings = dict(flattened(asked, "recipe"))
    if launch.trackers:
        accelerator.init_trackers(recipe.name, config={k: str(v) for k, v in settings.items()})
    target = labels(recipe.spoken)
    fingerprint = {
        **{k: v for k, v in settings.items() if not k.startswith(SPEED_ONLY)},
        "data": account.digest,
        "labels": " ".join(target.tokens),
        "source": source.digest,
        "precision": accelerator.mixed_precision,
        "xlt": __version__,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "torchaudio": torchaudio.__version__,
        "numpy": np.__version__,
        "processes": accelerator.num_processes,
        "threads": torch.get_num_threads() if accelerator.device.type == "cpu" else None,
    }
    return Bench(
        recipe=recipe,
        source=source,
        extractor=source.extractor(),
        labels=target,
        train=open_split(data, "train"),
        dev=open_split(data, "dev"),
        test=open_split(data, "test"),
        data_name=account.name,
        fingerprint=fingerprint,
        folder=launch.folder,
        accelerator=accelerator,
        resume=launch.resume,
        allow_change=launch.allow_change,
    )


def flattened(settings: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """Nested settings as `a.b.c` -> value, the names that --allow-change takes."""
    if isinstance(settings, Mapping):
        for key, value in settings.items():
            yield from flattened(value, f"{prefix}.{key}")
    else:
        yield prefix, settings


def _all_arms(bench: Bench) -> tuple[dict[str, Any], dict[str, ArmResult]]:
    """Scores by arm, the untrained source first, and the results of the trained ones."""
    scores: dict[str, Any] = {}
    if bench.source.labels is not None and bench.recipe.transfer.weights == "source":
        scores["source"] = source_score(bench)[0].to_dict()
    planned = arms_of(bench.recipe, bench.source)
    results: dict[str, ArmResult] = {}
    for k, (name, options) in enumerate(planned.items()):
        results[name] = _arm(bench, name, options)
        scores[name] = results[name].score.to_dict()
        if bench.accelerator.is_main_process:
            spent_s = sum(r.wall_s for r in results.values())
            left_s = spent_s / (k + 1) * (len(planned) - k - 1)
            print(
                f"{title(name)}: {results[name].score}\n"
                f"{taken(bench, results[name])}.\n"
                f"{k + 1} of {len(planned)} models trained; about {left_s / 60:.1f} min left.",
                flush=True,
            )
    return scores, results


def _arm(bench: Bench, name: str, options: Any) -> ArmResult:
    """Train an arm, or read its stored result where a run that is resumed has finished it."""
    stored = bench.folder / "arms" / f"{name}.json"
    if bench.resume and stored.is_file():
        kept = json.loads(stored.read_text(encoding="utf-8"))
        check_unchanged(kept["fingerprint"], bench.fingerprint, bench.allow_change)
        return with_model(bench, name, options, ArmResult.from_dict(kept["result"]))
    result = train_arm(bench, name, options)
    if bench.accelerator.is_main_process:
        write_transcripts(
            bench.folder / "transcripts" / f"{name}.tsv",
            bench.test.ids,
            bench.test.texts,
            result.hypotheses,
            bench.test.durations_s,
            bench.test.speakers,
        )
        content = {"fingerprint": bench.fingerprint, "result": result.to_dict()}
        shown = redact(plain(content, name), known_secrets())
        write_atomically(stored, json.dumps(shown) + "\n")
    return result
