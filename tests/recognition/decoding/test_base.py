"""Logits of true length: padding and outputs without a label are cut off, misfits are named."""

import pytest
import torch

from xlt.language.labels import labels
from xlt.language.rules import get
from xlt.recognition.decoding.base import true_logits

SPANISH = labels(get("es"))
V = len(SPANISH.tokens)


def test_padding_and_outputs_without_a_label_are_cut_off():
    values = torch.randn(3, 7, V + 2)
    found = true_logits(values, torch.tensor([7, 0, 4]), SPANISH)
    assert [tuple(rows.shape) for rows in found] == [(7, V), (0, V), (4, V)]
    assert torch.equal(found[2], values[2, :4, :V])


def test_a_misfit_is_named():
    with pytest.raises(ValueError, match=r"\[4\] true frames for logits of shape \(1, 3, "):
        true_logits(torch.zeros(1, 3, V), torch.tensor([4]), SPANISH)
    with pytest.raises(ValueError, match=r"\[3\] true frames .* 2 counts up to 3 are needed"):
        true_logits(torch.zeros(2, 3, V), torch.tensor([3]), SPANISH)
    with pytest.raises(ValueError, match="logits of 2 outputs and"):
        true_logits(torch.zeros(1, 3, 2), torch.tensor([3]), SPANISH)
