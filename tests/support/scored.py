"""Tests of a recogniser as scoring takes them: utterances, conditions, alignments, and their count."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from xlt.language.text import NORMALISER
from xlt.scoring import align
from xlt.scoring.align import MINIMUM, EditCosts, Op
from xlt.scoring.conditions import Conditions
from xlt.scoring.scored_split import ScoredSplit
from xlt.scoring.utterances import Scored

CONDITIONS = Conditions(data="d", split="test", decoder="greedy", normaliser=NORMALISER, seed=0)
ALIGNERS = ("word_counts", "character_counts", "word_paths", "character_paths")


def under(**changed: Any) -> Conditions:
    """Some conditions, with others where a test needs them."""
    return replace(CONDITIONS, **changed)


def split_of(utterances: Sequence[Scored], **changed: Any) -> ScoredSplit:
    """Utterances as a test whose edits will be listed."""
    return ScoredSplit(utterances=utterances, conditions=under(**changed), listed=True)


def texts_of(references: Iterable[str], hypotheses: Iterable[str]) -> list[Scored]:
    """Utterances that are nothing but their texts."""
    pairs = zip(references, hypotheses, strict=True)
    return [Scored(id=f"u{k}", reference=r, hypothesis=h) for k, (r, h) in enumerate(pairs)]


def word_ops(
    references: Sequence[str], hypotheses: Sequence[str], costs: EditCosts = MINIMUM
) -> list[list[Op]]:
    """Aligned words of every pair, as the aligner leaves them."""
    paths = align.word_paths(references, hypotheses, costs)
    return list(map(align.word_ops, paths, references, hypotheses))


def character_ops(
    references: Sequence[str], hypotheses: Sequence[str], costs: EditCosts = MINIMUM
) -> list[list[Op]]:
    """Aligned characters of every pair."""
    paths = align.character_paths(references, hypotheses, costs)
    return list(map(align.character_ops, paths, references, hypotheses))


Call = tuple[str, list[str], list[str]]
"""Name of an aligner, and the texts that it was given."""


@contextmanager
def alignments_counted() -> Iterator[list[Call]]:
    """Calls of the aligners, from wherever in the package, while the context is open."""
    calls: list[Call] = []

    def counting(name: str, aligner: Callable[..., Any]) -> Callable[..., Any]:
        def counted(references: Any, hypotheses: Any, *costs: Any) -> Any:
            calls.append((name, list(references), list(hypotheses)))
            return aligner(references, hypotheses, *costs)

        return counted

    with pytest.MonkeyPatch.context() as patch:
        for name in ALIGNERS:
            aligner = getattr(align, name)
            wrapped = counting(name, aligner)
            for module in [m for key, m in sys.modules.items() if key.startswith("xlt.")]:
                for bound in [k for k, value in vars(module).items() if value is aligner]:
                    patch.setattr(module, bound, wrapped)
        yield calls
