"""Run: python -m pytest tests/recognition/decoding/test_greedy.py"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.language.labels import labels
from xlt.language.rules import get
from xlt.recognition.decoding.greedy import best_ids, greedy

SPANISH = labels(get("es"))


def logits(*spoken: str, outputs: int | None = None) -> torch.Tensor:
    """Logits whose best label at each frame is the character there; `_` is the blank."""
    names = {"_": SPANISH.blank, **SPANISH.ids}
    values = torch.zeros(len(spoken), len(spoken[0]), outputs or len(SPANISH.tokens))
    for b, line in enumerate(spoken):
        for t, character in enumerate(line):
            values[b, t, names[character]] = 5.0
    return values


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
    assert greedy(logits(spoken), torch.tensor([len(spoken)]), SPANISH) == [text]


def test_only_true_frames_are_read():
    values = logits("solxx", "solsa", "aaaaa")
    assert greedy(values, torch.tensor([3, 5, 0]), SPANISH) == ["sol", "solsa", ""]


def test_outputs_that_no_label_names_never_win():
    values = logits("sol", outputs=len(SPANISH.tokens) + 3)
    values[..., -1] = 99.0
    assert greedy(values, torch.tensor([3]), SPANISH) == ["sol"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=6), st.integers(0, 2**31))
def test_padding_changes_nothing(frames, seed):
    values = torch.randn(
        len(frames), 20, len(SPANISH.tokens), generator=torch.Generator().manual_seed(seed)
    )
    together = greedy(values, torch.tensor(frames), SPANISH)
    alone = [
        greedy(values[b : b + 1, :n], torch.tensor([n]), SPANISH)[0] for b, n in enumerate(frames)
    ]
    assert together == alone


def test_what_does_not_fit_is_said():
    with pytest.raises(ValueError, match=r"\[4\] true frames for logits of shape \(1, 3, "):
        best_ids(logits("sol"), torch.tensor([4]), SPANISH)
    with pytest.raises(ValueError, match="logits of 2 outputs and"):
        best_ids(logits("sol")[..., :2], torch.tensor([3]), SPANISH)
