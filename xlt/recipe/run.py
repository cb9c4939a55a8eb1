"""Stages of a run in their order, from archives to a model.

corpus -> prepared dataset -> transfer -> training -> scores -> record, report, model folder
"""

import json
import os
import time
from contextlib import nullcontext
from dataclasses import asdict
from typing import Any

from xlt.models.source import Source, load_source
from xlt.recipe.arm_result import ArmResult
from xlt.recipe.arms import arms_of, source_score, train_arm, with_model
from xlt.recipe.context import RunContext, make_context
from xlt.recipe.data import prepared
from xlt.recipe.launch import Launch
from xlt.recipe.outputs import finish, make_record, taken, write_transcripts
from xlt.recipe.preflight import preflight
from xlt.reports.record import Record, plain
from xlt.reports.table import title
from xlt.scoring.errors import Score
from xlt.system.files import write_atomically
from xlt.system.lock import held
from xlt.system.mending import together
from xlt.system.redaction import known_secrets, redact
from xlt.training.progress import trains_on


def execute(launch: Launch) -> Record | None:
    """Prepare, train every arm, score, and write the run folder; None where it stops before.

    Raises:
        ValueError: with a sentence, for anything a user can mend.
    """
    if launch.dry_run:
        if _rank() == 0:
            _dry_run(launch)
        return None
    started = time.monotonic()
    # Only the first process of a run asks for the folder: the others belong to it.
    with held(launch.folder) if _rank() == 0 else nullcontext():
        source = _checked(launch) if _rank() == 0 else _source(launch)
        account = prepared(launch, source, _rank())
        if launch.prepare_only:
            return None
        prepared_s = time.monotonic() - started
        context = make_context(launch, source, account)
        try:
            scores, results = _all_arms(context)
        except SystemExit:  # every process leaves: none may abort for threads that are left running
            context.accelerator.end_training()
            raise
        context.accelerator.end_training()
        if not context.accelerator.is_main_process:
            return None
        timings = {"prepare": prepared_s, "total": time.monotonic() - started}
        record = make_record(context, account, scores, results, timings)
        finish(context, record, results[record.chosen])
        return record


def _checked(launch: Launch) -> Source:
    """The source, after a look at everything that the run needs.

    Raises:
        ValueError: something is wrong: all of it, a line each.
    """
    found = preflight(launch)
    if found.faults or found.source is None:
        raise together(found.faults)
    for sentence in (*found.source.remarks, *found.warnings):
        print(sentence, flush=True)
    return found.source


def _dry_run(launch: Launch) -> None:
    """Print what would be done.

    Raises:
        ValueError: something is wrong.
    """
    found = preflight(launch)
    print(found, flush=True)
    if found.faults:
        several = "the line" if len(found.faults) == 1 else f"the {len(found.faults)} lines"
        raise together(
            found.faults, f"the run would not start: see {several} marked `refused` above."
        )


def _source(launch: Launch) -> Source:
    return load_source(
        launch.recipe.source, target=launch.recipe.language, **asdict(launch.recipe.opening)
    )


def _rank() -> int:
    return int(os.environ.get("RANK", "0"))


def _all_arms(context: RunContext) -> tuple[dict[str, Score], dict[str, ArmResult]]:
    """Scores by arm, the untrained source first, and the results of the trained ones."""
    scores: dict[str, Score] = {}
    if context.source.labels is not None and context.recipe.transfer.weights == "source":
        scores["source"] = source_score(context)[0]
    planned = arms_of(context.recipe, context.source)
    results: dict[str, ArmResult] = {}
    for k, (name, options) in enumerate(planned.items()):
        results[name] = _arm(context, name, options)
        scores[name] = results[name].score
        if context.accelerator.is_main_process:
            spent_s = sum(r.wall_s for r in results.values())
            left_s = spent_s / (k + 1) * (len(planned) - k - 1)
            print(
                f"{title(name)}: {results[name].score}\n"
                f"{taken(context, results[name])}.\n"
                f"{k + 1} of {len(planned)} models trained; about {left_s / 60:.1f} min left.",
                flush=True,
            )
    return scores, results


def _arm(context: RunContext, name: str, options: Any) -> ArmResult:
    """Train an arm, or read its stored result where a run that is resumed has finished it.

    A finished arm that is asked for more steps is trained on from its last checkpoint.
    """
    stored = context.folder / "arms" / f"{name}.json"
    if context.resume and stored.is_file():
        kept = json.loads(stored.read_text(encoding="utf-8"))
        before, done = kept["fingerprint"], int(kept["result"]["curve"][-1]["step"])
        label = title(name)
        if not trains_on(before, context.fingerprint, context.allow_change, done, label):
            seed = context.recipe.training.seed
            result = ArmResult.from_dict(kept["result"], context.test, seed)
            return with_model(context, name, options, result)
    result = train_arm(context, name, options)
    if context.accelerator.is_main_process:
        write_transcripts(
            context.folder / "transcripts" / f"{name}.tsv",
            context.test.ids,
            context.test.texts,
            result.tested.hypotheses,
            context.test.durations_s,
            context.test.speakers,
            corpora=context.test.corpora,
        )
        content = {"fingerprint": context.fingerprint, "result": result.to_dict()}
        shown = redact(plain(content, name), known_secrets())
        write_atomically(stored, json.dumps(shown) + "\n")
    return result
