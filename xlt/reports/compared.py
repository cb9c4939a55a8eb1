"""Remarks on two systems that are compared: settings that differ, clips trained on, lines that work."""

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from xlt.dataset.account import REPORT
from xlt.dataset.reader import open_split
from xlt.dataset.trained_clips import trained_clips
from xlt.reports.run_transcripts import RunTranscripts
from xlt.reports.settings import differing
from xlt.scoring.compare import OtherReferences
from xlt.scoring.pairing import Pairs
from xlt.scoring.training_overlap import TrainingOverlap, marked

MOST = 20
"""Settings that are named before the rest is only counted."""


def marked_pairs(system: RunTranscripts, pairs: Pairs) -> Pairs:
    """The pairs, each with whether the run that recognised them was trained on the clip.

    As they are where that is not known: no run, a model that does not say, or data that is gone.
    """
    if system.run is None:
        return pairs
    model, data = system.run / "model", system.run / "data"
    if not (model.is_dir() and (data / REPORT).is_file()):
        return pairs
    trained = trained_clips(model)
    if trained is None or system.split not in ("train", "dev", "test"):
        return pairs
    flags = TrainingOverlap.of(trained, data, system.split).flags
    ids = open_split(data, system.split).ids
    return replace(pairs, utterances=marked(pairs.utterances, ids, flags))


def settings_that_differ(a: RunTranscripts, b: RunTranscripts) -> list[str]:
    """Lines on the settings of two runs; nothing where one is not a run, or its record has none."""
    if not (a.settings and b.settings):
        return []
    found = differing([a.settings, b.settings])
    if not found:
        return ["The two runs have the same settings."]
    lines = [f"  {name}: {one} against {other}" for name, (one, other) in found.items()]
    rest = [f"  and {len(lines) - MOST:,} more"] if len(lines) > MOST else []
    return ["Settings that differ", *lines[:MOST], *rest]


def as_they_are(a: RunTranscripts, b: RunTranscripts) -> list[str]:
    """Remark where a run, whose texts are normalised, is held against texts that may not be."""
    run = a if a.run is not None else b
    if (a.run is None) == (b.run is None) or run.language is None:
        return []
    return [
        f"The texts are compared as they are: capitals, punctuation and digits of the other system count "
        f"as errors. --language {run.language} normalises both."
    ]


def line_that_works(
    error: OtherReferences,
    a: Path,
    b: Path,
    runs: Sequence[RunTranscripts],
) -> str:
    """The error, with the lines that make two systems comparable."""
    first, second = (shlex.quote(str(path)) for path in (a, b))
    if error.same_ids:
        return (
            f"{error} The recordings are the same: count both against the references of {a} (another "
            f"way of writing counts as errors of {b}):\n"
            f"  xlt compare-scores {first} {second} --reference {first}"
        )
    if all(one.run is not None for one in runs):
        return (
            f"{error} Let the second model read the first one's test:\n"
            f"  xlt evaluate {second} {first}/data --transcripts second.tsv\n"
            f"  xlt compare-scores {first} second.tsv"
        )
    return (
        f"{error} What is missing counts as deleted if you name the references, in a table of id and "
        f"text:\n  xlt compare-scores {first} {second} --reference REFERENCES.tsv"
    )
