"""Score of each corpus in a test that has several, a line each."""

from collections.abc import Sequence

from xlt.scoring.errors import character_errors, total, word_errors


def by_corpus(
    references: Sequence[str], hypotheses: Sequence[str], corpora: Sequence[str | None]
) -> list[str]:
    """A line for each corpus; none where there is but one, or an utterance's is not known.

    Counted by the fewest edits.
    """
    if len(set(corpora)) < 2 or None in corpora:
        return []
    words = word_errors(references, hypotheses)
    characters = character_errors(references, hypotheses)
    lines = []
    for name in dict.fromkeys(corpora):
        own = [k for k, corpus in enumerate(corpora) if corpus == name]
        of_words, of_characters = total(words[k] for k in own), total(characters[k] for k in own)
        lines.append(
            f"{name}: WER {of_words.rate:.1%} ({of_words.errors:,} of {of_words.reference:,} words), "
            f"CER {of_characters.rate:.1%} ({of_characters.errors:,} of "
            f"{of_characters.reference:,} characters), {len(own):,} utterances"
        )
    return lines
