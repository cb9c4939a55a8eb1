"""Verbs about a trained model: transcribe, evaluate, publish."""

import sys
from pathlib import Path
from typing import Literal

from xlt.cli.app import Data, Files, Model, Run, app
from xlt.cli.arguments import check_positive, check_writable, unreadable


@app.command
def transcribe(files: Files, /, model: Path | None = None, batch_s: float = 60.0) -> None:
    """Transcribe audio files of any length and format.

    Args:
        files: The recordings.
        model: Folder of a model; by default the newest one in runs/.
        batch_s: Seconds of speech that the model hears at once.
    """
    from xlt.models.location import check_model_folder

    check_positive(batch_s=batch_s)
    if not files:
        raise ValueError("No file was named: xlt transcribe FILE ...")
    folder = model or _newest_model()
    check_model_folder(folder)
    wrong = unreadable(files)
    for path, reason in wrong.items():
        print(f"{path}: {reason}", file=sys.stderr)
    refused, readable = len(wrong), [path for path in files if path not in wrong]
    if not readable:
        raise ValueError(f"None of {len(files)} files could be read; see above.")

    from xlt.recognition.recogniser import Recogniser

    print(f"model {folder}", file=sys.stderr)
    for found in Recogniser.load(folder).transcribe_files(readable, batch_s):
        refused += found.refused is not None
        if found.refused is not None:
            print(f"{found.path}: {found.refused}", file=sys.stderr)
        else:
            print(f"{found.path}\t{found.text}", flush=True)
    if refused:
        raise ValueError(f"{refused} of {len(files)} files could not be read; see above.")


@app.command
def evaluate(
    model: Model,
    data: Data,
    /,
    split: Literal["train", "dev", "test", "all"] = "test",
    transcripts: Path | None = None,
) -> None:
    """Score a model on a split of a prepared dataset.

    Args:
        model: Folder of a model, such as runs/es/model.
        data: Folder of a prepared dataset, such as runs/es/data.
        split: The split to score on; all of them for a corpus that the model has never seen.
        transcripts: File for id, reference, hypothesis, duration and number of the speaker of every utterance.
    """
    from xlt.dataset.account import Account
    from xlt.models.location import check_model_folder

    account = Account.load(data)
    check_model_folder(model)
    check_writable([transcripts] if transcripts else [])

    from xlt.dataset.reader import open_split
    from xlt.dataset.splits import SPLITS
    from xlt.language.text import NORMALISER
    from xlt.recipe.outputs import write_transcripts
    from xlt.recognition.recogniser import Recogniser
    from xlt.scoring.conditions import Conditions
    from xlt.scoring.errors import score
    from xlt.scoring.training_overlap import remarks_on_training

    recogniser, splits = Recogniser.load(model), SPLITS if split == "all" else (split,)
    clips = [open_split(data, name) for name in splits]
    references = [text for part in clips for text in part.texts]
    hypotheses = [text for part in clips for text in recogniser.transcribe_split(part)]
    durations_s = [duration for part in clips for duration in part.durations_s]
    speakers = [speaker for part in clips for speaker in part.speakers]
    conditions = Conditions(
        data=account.name,
        split=split,
        decoder=recogniser.decoding.name,
        normaliser=NORMALISER,
        seed=0,
    )
    print(score(references, hypotheses, conditions, durations_s=durations_s, speakers=speakers))
    texts = references, hypotheses, conditions, durations_s, speakers
    for remark in [
        *remarks_on_training(model, data, splits, *texts),
        *account.remarks(voices=False),
    ]:
        print(remark)
    if transcripts is not None:
        ids = [clip for part in clips for clip in part.ids]
        write_transcripts(transcripts, ids, references, hypotheses, durations_s, speakers)


@app.command
def publish(
    run: Run,
    /,
    repo: str,
    dry_run: bool = False,
    force: bool = False,
    private: bool = False,
) -> None:
    """Write the exact folder of a model repository, push it in one commit, verify every hash.

    Args:
        run: Folder of a finished run, such as runs/es.
        repo: Name on the Hub: you/name.
        dry_run: Write the folder, list it, and stop.
        force: Publish a model whose test WER is above 90 % all the same.
        private: Make a new repository private.
    """
    from xlt.publication import hub

    print(hub.publish(run, repo, dry_run=dry_run, force=force, private=private))


def _newest_model() -> Path:
    """The model of the run that was finished last."""
    records = sorted(Path("runs").glob("*/record.json"), key=lambda p: p.stat().st_mtime)
    if not records:
        raise ValueError(
            "No finished run in runs/. Name a model: xlt transcribe --model FOLDER FILE, or make one "
            "with `make demo`."
        )
    return records[-1].parent / "model"
