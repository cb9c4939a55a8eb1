"""Word and character error counts as a module that `evaluate.load(<this folder>)` opens offline."""

# One import a line: evaluate reads these lines to find out what the module needs.
from typing import Any

import datasets
import evaluate

from xlt.scoring.errors import character_errors, total, word_errors

DESCRIPTION = "Word and character error rates from counts, micro-averaged over utterances."
INPUTS = """
Args:
    predictions: list of hypotheses, normalised.
    references: list of reference transcripts, normalised.
Returns:
    wer, cer: rates (0.25 is 25 %).
    words, characters: hits, substitutions, deletions, insertions, reference.
"""
FIELDS = ("hits", "substitutions", "deletions", "insertions", "reference")


class EvaluateScore(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """The counts of `xlt.scoring.errors` in the form that `evaluate.combine` takes."""

    def _info(self) -> Any:
        text = datasets.Value("string")
        return evaluate.MetricInfo(
            description=DESCRIPTION,
            citation="",
            inputs_description=INPUTS,
            features=datasets.Features({"predictions": text, "references": text}),
        )

    def _compute(self, predictions: list[str], references: list[str]) -> dict[str, Any]:
        words = total(word_errors(references, predictions))
        characters = total(character_errors(references, predictions))
        return {
            "wer": words.rate,
            "cer": characters.rate,
            "words": {field: getattr(words, field) for field in FIELDS},
            "characters": {field: getattr(characters, field) for field in FIELDS},
        }
