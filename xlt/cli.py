"""`xlt ...`: the verbs of the command line. Each one reads its flags and calls one function.

Heavy libraries are imported by the verb that needs them, so that `xlt --help` answers at once.
"""

import logging
import sys
from pathlib import Path
from typing import Annotated, Literal

import tyro

from xlt import __version__

app = tyro.extras.SubcommandApp()

Files = Annotated[tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="FILE")]
Model = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="MODEL")]
Data = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="DATA")]
Run = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]
Corpus = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="CORPUS")]
Checkpoint = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="SOURCE")]
Code = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="LANGUAGE")]
Codes = Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="LANGUAGE")]


@app.command
def transcribe(files: Files, /, model: Path | None = None, batch_s: float = 60.0) -> None:
    """Write what is said in audio files of any length and format.

    Args:
        files: The recordings.
        model: Folder of a model; by default the newest one in runs/.
        batch_s: Seconds of speech that the model hears at once.
    """
    from xlt.recognition.transcribe import Recogniser

    folder = model or _newest_model()
    print(f"model {folder}", file=sys.stderr)
    refused = 0
    for found in Recogniser.load(folder).transcribe_files(files, batch_s):
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
        transcripts: File for id, reference and hypothesis of every utterance.
    """
    from xlt.dataset.account import Account
    from xlt.dataset.splits import SPLITS
    from xlt.dataset.store import open_split
    from xlt.recognition.transcribe import Recogniser
    from xlt.results import write_transcripts
    from xlt.scoring.errors import score

    account, recogniser = Account.load(data), Recogniser.load(model)
    clips = [open_split(data, name) for name in (SPLITS if split == "all" else (split,))]
    references = [text for part in clips for text in part.texts]
    hypotheses = [text for part in clips for text in recogniser.transcribe_split(part)]
    print(score(references, hypotheses, data=account.name, split=split))
    for remark in account.remarks():
        print(remark)
    if transcripts is not None:
        ids = [clip for part in clips for clip in part.ids]
        write_transcripts(transcripts, ids, references, hypotheses)


@app.command
def prepare(
    language: Code,
    path: Corpus,
    /,
    out: Path,
    kind: Literal["folder", "common-voice"] = "folder",
    source: str = "xlt:en-mini",
) -> None:
    """Make a vetted dataset of a corpus: what is kept, what is rejected, and why.

    Args:
        language: Code of the language: de, en, es, pt.
        path: A folder with a metadata file, or a Common Voice archive or folder.
        out: Folder of the dataset.
        kind: What `path` is.
        source: Checkpoint whose frames decide which transcripts are too long for their clip.
    """
    from xlt.audio.augment import Augmentation
    from xlt.corpora.common_voice import CommonVoice
    from xlt.corpora.folder import Folder
    from xlt.dataset import prepare as preparing
    from xlt.language import rules
    from xlt.transfer.source import load_source

    corpus = (CommonVoice if kind == "common-voice" else Folder)(path=path, language=language)
    geometry, speed = load_source(source).geometry, Augmentation().max_speed
    print(preparing.prepare((corpus,), rules.get(language), geometry, speed, out))


@app.command
def transfer(source: Checkpoint, language: Code, /, revision: str | None = None) -> None:
    """Show which rows of a checkpoint's head a language can start from; trains nothing.

    Args:
        source: A Hub id, a folder, or xlt:en-mini.
        language: Code of the target language: de, en, es, pt.
        revision: Revision of a Hub source.
    """
    from xlt.language import rules
    from xlt.language.vocab import labels
    from xlt.transfer import load_source
    from xlt.transfer import transfer as make

    _, report = make(load_source(source, revision=revision), labels(rules.get(language)))
    print(report)


@app.command
def vocab(languages: Codes = (), /, out: Path = Path("tokenizers")) -> None:
    """Write the tokenizer folders of languages from their fixed alphabets.

    Args:
        languages: Codes; all of them by default.
        out: Folder that holds one folder a language.
    """
    from xlt.language import rules
    from xlt.language.vocab import labels, write_tokenizer

    for code in languages or rules.LANGUAGES:
        language = rules.get(code)
        write_tokenizer(language, out / code)
        print(f"{out / code}: {len(labels(language).tokens)} labels")


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


def main() -> None:
    """Entry point of the `xlt` command."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    if sys.argv[1:] == ["--version"]:
        print(f"xlt {__version__}")
        return
    try:
        app.cli(
            prog="xlt",
            description="Speech recognition for the next language, from a checkpoint of another.",
        )
    except (ValueError, OSError, RuntimeError) as error:
        sys.exit(f"xlt: {error}")
