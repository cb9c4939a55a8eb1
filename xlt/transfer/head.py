"""Output head for a new alphabet, made from the source's head, and the table of where its rows come from.

A CTC head is a linear map: one row of D weights and a bias for every label (V labels). Rows of
letters that the source knows are worth keeping: an English E already answers to an [e].
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from xlt.language.accents import without_accents
from xlt.language.labels import Labels

How = Literal[
    "blank",
    "delimiter",
    "unknown",
    "same letter",
    "case fold",
    "accent fold",
    "mean of several",
    "fresh",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadRow:
    """One row of the new head: its label, the source labels it was made from, and how."""

    token: str
    sources: tuple[str, ...]
    how: How


def base_letters(letter: str) -> str:
    """Letter without case and accents: `Á` -> `a`, `ñ` -> `n`, `ß` -> `ss`."""
    return without_accents(letter.lower())


def match(source: Labels, target: Labels) -> tuple[HeadRow, ...]:
    """Find for every target label the source labels that it can start from; V rows in order."""
    return tuple(_match_one(token, i, source, target) for i, token in enumerate(target.tokens))


def fresh_rows(target: Labels) -> tuple[HeadRow, ...]:
    """The table of a head that takes nothing from the source."""
    return tuple(HeadRow(token=token, sources=(), how="fresh") for token in target.tokens)


def _match_one(token: str, index: int, source: Labels, target: Labels) -> HeadRow:
    for mine, theirs, how in _specials(source, target):
        if index == mine:
            found = () if theirs is None else (source.tokens[theirs],)
            return HeadRow(token=token, sources=found, how=how if found else "fresh")
    for several, how in _candidates(token, source):
        if several:
            return HeadRow(
                token=token, sources=several, how=how if len(several) == 1 else "mean of several"
            )
    return HeadRow(token=token, sources=(), how="fresh")


def _specials(source: Labels, target: Labels) -> Iterator[tuple[int | None, int | None, How]]:
    yield target.blank, source.blank, "blank"
    yield target.delimiter, source.delimiter, "delimiter"
    yield target.unknown, source.unknown, "unknown"


def _candidates(letter: str, source: Labels) -> Iterator[tuple[tuple[str, ...], How]]:
    """Source labels for a letter, nearest kind first."""
    letters = source.letters
    yield tuple(t for t in letters if t == letter), "same letter"
    yield tuple(t for t in letters if t.lower() == letter.lower()), "case fold"
    base = base_letters(letter)
    yield tuple(t for t in letters if t.lower() == base), "accent fold"
    yield tuple(t for t in letters if base_letters(t) == base), "accent fold"
    parts = dict.fromkeys(base)
    yield tuple(t for t in letters if t.lower() in parts), "accent fold"


def build_head(
    rows: tuple[HeadRow, ...],
    width: int,
    source: tuple[Tensor, Tensor, Labels] | None,
    *,
    seed: int,
    std: float = 0.02,
) -> tuple[Tensor, Tensor]:
    """Weight (V, D) and bias (V,) of the new head.

    A row with sources is their mean; a fresh one is N(0, std) with bias 0, as transformers
    initialises linear layers (`initializer_range`, 0.02).

    Args:
        rows: the table, one entry for every target label.
        width: D.
        source: weight (V', D), bias (V',) and labels of the source head.
        seed: of the fresh rows.
        std: of the fresh rows.
    """
    noise = torch.Generator().manual_seed(seed)
    weight = torch.randn(len(rows), width, generator=noise) * std
    bias = torch.zeros(len(rows))
    if source is None:
        return weight, bias
    old_weight, old_bias, labels = source
    for i, row in enumerate(rows):
        if row.sources:
            ids = [labels.ids[token] for token in row.sources]
            weight[i] = old_weight[ids].mean(dim=0)
            bias[i] = old_bias[ids].mean()
    return weight, bias
