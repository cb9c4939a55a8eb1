"""The verb about alphabets: vocab."""

from pathlib import Path
from typing import TYPE_CHECKING

from xlt.cli.app import Codes, app

if TYPE_CHECKING:
    from xlt.language.coverage.check import Text


@app.command
def vocab(
    languages: Codes = (), /, out: Path = Path("tokenizers"), text: tuple[Path, ...] = ()
) -> None:
    """Write the tokenizer folders of languages from their fixed alphabets; check these by texts.

    Args:
        languages: Which alphabets.
        out: Folder that holds one folder a language.
        text: Texts to check the alphabet by, which changes no label: files with a sentence a line
            (.gz too), or prepared datasets. letters.tsv then has counts.
    """
    from xlt.cli.arguments import check_folder_to_make
    from xlt.language import rules
    from xlt.language.coverage.check import check
    from xlt.language.coverage.report import counted_table, summary
    from xlt.language.custom import named
    from xlt.language.labels import labels
    from xlt.language.tokenizer import write_tokenizer

    check_folder_to_make(out)
    for language in [named(code) for code in languages or rules.LANGUAGES]:
        folder = out / language.code
        found = check([_open(path) for path in text], language) if text else None
        write_tokenizer(language, folder, counted_table(found) if found else None)
        if found:
            print(summary(found))
        print(f"{folder}: written, {len(labels(language).tokens)} labels")


def _open(path: Path) -> "Text":
    """A file of sentences, or the folder of a prepared dataset."""
    from xlt.dataset.transcripts import TranscriptColumn
    from xlt.language.coverage.text_lines import TextLines

    return TranscriptColumn(path=path) if path.is_dir() else TextLines(path=path)
