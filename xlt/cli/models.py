"""Verbs about a trained model: transcribe, evaluate, publish."""

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from xlt.cli.app import Checkpoint, Data, Files, Model, Opened, Run, app
from xlt.cli.arguments import (
    check_folder_to_make,
    check_positive,
    check_writable,
    unreadable,
    with_folders,
)
from xlt.models.location import Opening

if TYPE_CHECKING:
    from xlt.dataset.reader import Split


@app.command
def transcribe(
    files: Files,
    /,
    model: str | None = None,
    opening: Opened = Opening(),
    batch_s: float = 60.0,
    channel: Literal["mix", "left", "right", "apart"] = "mix",
) -> None:
    """Transcribe audio files of any length and format.

    A line for every file: its name, a tab, its text; with --channel apart a line for every channel, and
    its name between them. What is cut or damaged is read as far as it goes, and that is said.

    Args:
        files: The recordings, or folders of recordings.
        model: A run (runs/es), a model folder, xlt:en-mini or a Hub id; by default the newest run.
        opening: Revision of a Hub id, language of an MMS checkpoint, and pickled weights.
        batch_s: Seconds of speech that the model hears at once.
        channel: The mean of the channels, one of them, or each apart, as of two people on a telephone.
    """
    from xlt.models.location import located_recogniser

    check_positive(batch_s=batch_s)
    if not files:
        raise ValueError("No file was named: xlt transcribe FILE ...")
    name = model or _newest_run()
    located_recogniser(name, opening)
    wrong = unreadable(files)
    for path, reason in wrong.items():
        print(f"{path}: {reason}", file=sys.stderr)
    readable = with_folders([path for path in files if path not in wrong])
    refused, all_of_them = len(wrong), len(wrong) + len(readable)
    if not readable:
        raise ValueError(f"None of {all_of_them} files could be read; see above.")
    said = "" if model else " (the newest run; --model names another)"
    print(f"model {name}{said}; {_counted(len(readable), 'file')}", file=sys.stderr, flush=True)

    from xlt.models.resolver import open_model
    from xlt.recognition.recogniser import Recogniser

    opened = open_model(name, opening)
    print(*(f"{remark}\n" for remark in opened.remarks), sep="", end="", file=sys.stderr)
    for found in Recogniser.of(opened).transcribe_files(readable, batch_s, channel=channel):
        refused += found.refused is not None
        for remark in (found.refused,) if found.refused is not None else found.remarks:
            print(f"{found.path}: {remark}", file=sys.stderr)
        if found.refused is None:
            part = "" if found.channel is None else f"\t{found.channel}"
            print(f"{found.path}{part}\t{found.text}", flush=True)
    if refused:
        raise ValueError(f"{refused} of {all_of_them} files could not be read; see above.")


@app.command
def evaluate(
    model: Model,
    data: Data,
    /,
    split: Literal["train", "dev", "test", "all"] = "test",
    transcripts: Path | None = None,
    opening: Opened = Opening(),
) -> None:
    """Score a model on a split of a prepared dataset.

    Args:
        model: A run (runs/es), a model folder, xlt:en-mini, or a Hub id.
        data: Folder of a prepared dataset, such as runs/es/data.
        split: The split to score on; all of them for a corpus that the model has never seen.
        transcripts: File for every utterance: id, reference, hypothesis, duration, number of the speaker.
        opening: Revision of a Hub id, language of an MMS checkpoint, and pickled weights.
    """
    from xlt.dataset.account import Account
    from xlt.models.location import located_recogniser

    _check_prepared(data, model)
    account = Account.load(data)
    located_recogniser(model, opening)
    check_writable([transcripts] if transcripts else [])

    from xlt.dataset.reader import open_split
    from xlt.dataset.splits import SPLITS
    from xlt.language.text import NORMALISER
    from xlt.models.resolver import open_model
    from xlt.recipe.outputs import write_transcripts
    from xlt.recognition.recogniser import Recogniser
    from xlt.scoring.by_corpus import by_corpus
    from xlt.scoring.caveats import too_few
    from xlt.scoring.conditions import Conditions
    from xlt.scoring.errors import score
    from xlt.scoring.training_overlap import overlap_with, remarks_on_training

    opened = open_model(model, opening)
    print(*opened.remarks, sep="\n", end="\n" if opened.remarks else "", file=sys.stderr)
    recogniser, splits = Recogniser.of(opened), SPLITS if split == "all" else (split,)
    clips = [open_split(data, name) for name in splits]
    ids, references, durations_s, speakers, corpora = _columns(clips)
    hypotheses = [text for part in clips for text in recogniser.transcribe_split(part)]
    at: dict[str, Any] = {"data": account.name, "split": split, "decoder": recogniser.decoding.name}
    conditions = Conditions(**at, normaliser=NORMALISER, seed=0)
    print(score(references, hypotheses, conditions, durations_s=durations_s, speakers=speakers))
    texts = references, hypotheses, conditions, durations_s, speakers
    overlap = overlap_with(opened.folder, data, splits)
    for remark in [
        *too_few(len(references)),
        *by_corpus(references, hypotheses, corpora),
        *remarks_on_training(overlap, opened.folder, *texts),
        *account.remarks(voices=False),
    ]:
        print(remark)
    if transcripts is not None:
        flags = overlap.flags if overlap else None
        table = ids, references, hypotheses, durations_s, speakers
        write_transcripts(transcripts, *table, corpora=corpora, trained_on=flags)


def _columns(clips: Sequence["Split"]) -> list[list[Any]]:
    """Ids, texts, durations in seconds, speakers and corpora of several splits, one after another."""
    names = ("ids", "texts", "durations_s", "speakers", "corpora")
    return [[value for part in clips for value in getattr(part, name)] for name in names]


def _check_prepared(data: Path, model: str) -> None:
    """Refuse recordings that are to be prepared first, with both lines that score a run on them.

    Raises:
        ValueError: the folder is there, and holds no dataset.
    """
    from xlt.corpora.prepared import REPORT, not_prepared

    record = Path(model) / "record.json"
    if any((folder / REPORT).is_file() for folder in (data, data / "data")) or not data.exists():
        return
    if record.is_file():
        language = json.loads(record.read_text(encoding="utf-8"))["recipe"]["language"]
        then = shlex.join(["xlt", "evaluate", model, f"data/{data.name}"])
        raise ValueError(f"{not_prepared(data, language)}, then: {then}")


@app.command
def publish(
    run: Run,
    /,
    repo: str,
    dry_run: bool = False,
    force: bool = False,
    private: bool = False,
    licence: str | None = None,
    with_transcripts: bool = False,
) -> None:
    """Write the exact folder of a model repository, push it in one commit, verify every hash.

    Args:
        run: Folder of a finished run, such as runs/es.
        repo: Name on the Hub: you/name.
        dry_run: Write the folder, list it, and stop.
        force: Publish a model whose test WER is above 90 % all the same.
        private: Make a new repository private.
        licence: Licence of the model, such as cc-by-4.0; by default the one of its recipe.
        with_transcripts: Publish the reference and recognised texts of the test, too.
    """
    from xlt.models.location import run_of
    from xlt.publication import hub

    print(
        hub.publish(
            run_of(run),
            repo,
            dry_run=dry_run,
            force=force,
            private=private,
            licence=licence,
            with_transcripts=with_transcripts,
        )
    )


@app.command
def convert(model: Checkpoint, /, out: Path, revision: str | None = None) -> None:
    """Write a model's pickled weights as safetensors, in a process with limits; nothing in them is run.

    Args:
        model: A model folder or a Hub id that holds pytorch_model.bin.
        out: Folder to write.
        revision: Revision of a Hub id.
    """
    from xlt.models.location import hub_id, located

    check_folder_to_make(out)
    folder = located(model, revision)

    from xlt.models.hub_files import fetch
    from xlt.models.pickled import convert as write

    if folder is None:
        folder = fetch(hub_id(model, revision), allow_pickle=True).folder
    print(f"{write(folder, out)}: written, from {model}")


def _newest_run() -> str:
    """The run that was finished last."""
    records = sorted(Path("runs").glob("*/record.json"), key=lambda p: p.stat().st_mtime)
    if not records:
        raise ValueError(
            "No finished run in runs/. Name a model: xlt transcribe --model MODEL FILE, or make one "
            "with `make demo`."
        )
    return str(records[-1].parent)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
