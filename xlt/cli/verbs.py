"""Words that people type for a verb of `xlt`, and the line that is meant."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

_TRAIN = "xlt train es my-recordings --dry-run"
_TRANSCRIBE = "xlt transcribe talk.mp3"
_EVALUATE = "xlt evaluate runs/es/model data/mine"
_COMPARE = "xlt compare-scores runs/a runs/b"
_PUBLISH = "xlt publish runs/es --repo you/name --dry-run"
_PREPARE = "xlt prepare es my-recordings --out data/mine"
MEANT: Mapping[str, str] = {
    **dict.fromkeys(("finetune", "fine-tune", "tune", "fit", "learn", "training", "run"), _TRAIN),
    **dict.fromkeys(("infer", "inference", "predict", "decode", "recognise", "asr"), _TRANSCRIBE),
    **dict.fromkeys(("eval", "test", "validate", "benchmark"), _EVALUATE),
    **dict.fromkeys(("compare", "diff", "significance"), _COMPARE),
    **dict.fromkeys(("list", "ls", "history", "results", "leaderboard"), "xlt runs"),
    **dict.fromkeys(("push", "upload", "release", "hub"), _PUBLISH),
    **dict.fromkeys(("data", "dataset", "preprocess", "import", "ingest"), _PREPARE),
    **dict.fromkeys(("wer", "cer"), "xlt score ref.tsv hyp.tsv --language es"),
    **dict.fromkeys(("tokenizer", "tokenise", "tokenize", "alphabet"), "xlt vocab es"),
    **dict.fromkeys(("check", "env", "info", "checkup"), "xlt doctor"),
}
"""Word -> the line that does it."""


def check_verb(words: Sequence[str], verbs: Sequence[str]) -> None:
    """Refuse a first word that is not a verb, with the line that is meant.

    Raises:
        ValueError: it is not one of `verbs`.
    """
    if not words or words[0].startswith("-") or words[0].replace("_", "-") in verbs:
        return
    word = words[0].lower()
    near = get_close_matches(word, verbs, n=1)
    line = MEANT.get(word.replace("_", "-")) or (f"xlt {near[0]} --help" if near else "xlt --help")
    raise ValueError(
        f"there is no verb {words[0]!r}; there are {', '.join(sorted(verbs))}. Perhaps: {line}"
    )
