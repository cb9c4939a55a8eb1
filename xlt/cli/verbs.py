"""Words that people type for a verb of `xlt`, and the line that is meant."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from xlt.system.mending import Mendable

_TRAIN = "xlt train es my-recordings --dry-run"
_TRANSCRIBE = "xlt transcribe talk.mp3"
_EVALUATE = "xlt evaluate runs/es/model data/mine"
_COMPARE = "xlt compare-scores runs/a runs/b"
_PUBLISH = "xlt publish runs/es --repo you/name --dry-run"
_PREPARE = "xlt prepare es my-recordings --out data/mine"
EXAMPLES: Mapping[str, str] = {
    "train": _TRAIN,
    "transcribe": _TRANSCRIBE,
    "evaluate": _EVALUATE,
    "compare-scores": _COMPARE,
    "publish": _PUBLISH,
    "prepare": _PREPARE,
    "runs": "xlt runs",
    "score": "xlt score ref.tsv hyp.tsv --language es",
    "vocab": "xlt vocab es",
    "doctor": "xlt doctor",
    "gpu-check": "xlt gpu-check",
    "convert": "xlt convert owner/name --out converted",
    "overfit": "xlt overfit data/mine",
    "transfer": "xlt transfer xlt:en-mini de",
    "verify": "xlt verify runs/es",
}
"""Verb -> a line with it, which is shown where one lacks an argument."""
MEANT: Mapping[str, str] = {
    **dict.fromkeys(("finetune", "fine-tune", "tune", "fit", "learn", "training"), _TRAIN),
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
    line = MEANT.get(word.replace("_", "-")) or (EXAMPLES[near[0]] if near else "xlt --help")
    verb = line.split()[1]
    alike = bool(near) or verb == "train"  # whose arguments are those that were typed
    raise Mendable(
        f"there is no verb {words[0]!r}; there are {', '.join(sorted(verbs))}.",
        words={words[0]: verb} if alike and words[1:] else None,
        line="" if alike and words[1:] else line,
    )
