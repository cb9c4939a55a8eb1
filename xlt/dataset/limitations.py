"""Limitations of figures that are measured on a dataset, as sentences."""

from collections.abc import Iterator, Mapping
from typing import Any


def caveats(account: Mapping[str, Any], *, voices: bool = True) -> list[str]:
    """Sentences that belong beside any figure measured on this data.

    `account` is as `Account.to_dict` gives it; nothing in it is required. `voices` as in `remarks`.
    """
    found = []
    if account.get("synthetic"):
        found.append(
            "Synthetic speech: all recordings were made by a speech synthesiser. "
            "The figures say nothing about human voices."
        )
    elif account.get("synthetic_clips"):
        found.append(f"{account['synthetic_clips']:,} clips were made by a speech synthesiser.")
    if shared := account.get("shared_sentences"):
        which = "1 sentence is" if shared == 1 else f"{shared:,} sentences are"
        found.append(
            f"{which} in more than one split of the data, read by other voices, as was asked for: the figures hold "
            "for these phrases and say nothing about other sentences."
        )
    if not voices:
        return found
    if account.get("same_speaker"):
        found.append(
            "Same-speaker test: the test's sentences are new, but its voices are also in the "
            "training data. Expect more errors on other voices."
        )
    elif account.get("shared_speakers"):
        number = account["shared_speakers"]
        who = "1 speaker is" if number == 1 else f"{number:,} speakers are"
        found.append(f"{who} heard in more than one split.")
    return [*found, *_trained_by_source(account.get("trained_by_source") or {})]


def _trained_by_source(overlap: Mapping[str, Any]) -> Iterator[str]:
    """Sentences on test clips and voices that a run's source was trained on, as the record has them."""
    source = overlap.get("source")
    if overlap.get("clips"):
        heard = f"{overlap['clips']:,} of {overlap['of']:,} test clips"
        less = overlap.get("without")
        yield (
            f"{heard} were trained on by the source, {source}: the figures are too good."
            + (
                f" Without them, WER {100 * less['wer']:.1f} % and CER {100 * less['cer']:.1f} % on "
                f"{less['utterances']:,} utterances."
                if less
                else ""
            )
        )
    if overlap.get("voices"):
        yield (
            f"{overlap['voices']:,} of {overlap['of_voices']:,} known test voices are also in the "
            f"training data of the source, {source}."
        )
