"""Greedy decoding of hand-made logits, alone and in batches."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.language.labels import labels
from xlt.language.rules import get
from xlt.recognition.decoding.base import true_logits
from xlt.recognition.decoding.greedy import Greedy

SPANISH = labels(get("es"))


def logits(*spoken: str, outputs: int | None = None) -> torch.Tensor:
    """Logits whose best label at each frame is the character there; `_` is the blank."""
    names = {"_": SPANISH.blank, **SPANISH.ids}
    values = torch.zeros(len(spoken), len(spoken[0]), outputs or len(SPANISH.tokens))
    for b, line in enumerate(spoken):
        for t, character in enumerate(line):
            values[b, t, names[character]] = 5.0
    return values


def greedy(logits: torch.Tensor, frames: torch.Tensor) -> list[str]:
    return [Greedy().text(rows, SPANISH) for rows in true_logits(logits, frames, SPANISH)]


def test_it_names_itself():
    assert Greedy().name == "greedy"


@pytest.mark.parametrize(
    ("spoken", "text"),
    [
        ("_hho_l_aa", "hola"),
        ("l_l_uvia", "lluvia"),
        ("lluvia", "luvia"),
        ("el||sol", "el sol"),
        ("|el|_|sol|", "el sol"),
        ("____", ""),
        ("ñ_ñ", "ññ"),
    ],
)
def test_repeats_collapse_and_blanks_separate(spoken, text):
    assert greedy(logits(spoken), torch.tensor([len(spoken)])) == [text]


def test_only_true_frames_are_read():
    values = logits("solxx", "solsa", "aaaaa")
    assert greedy(values, torch.tensor([3, 5, 0])) == ["sol", "solsa", ""]


def test_outputs_that_no_label_names_never_win():
    values = logits("sol", outputs=len(SPANISH.tokens) + 3)
    values[..., -1] = 99.0
    assert greedy(values, torch.tensor([3])) == ["sol"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=6), st.integers(0, 2**31))
def test_padding_changes_nothing(frames, seed):
    values = torch.randn(
        len(frames), 20, len(SPANISH.tokens), generator=torch.Generator().manual_seed(seed)
    )
    together = greedy(values, torch.tensor(frames))
    alone = [greedy(values[b : b + 1, :n], torch.tensor([n]))[0] for b, n in enumerate(frames)]
    assert together == alone
