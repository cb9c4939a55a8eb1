"""Attention and dropout for CPUs: the numbers of the model, the gradient of torch's kernel, fair dice.

Also tests: xlt/models/cpu_dropout.py
"""

import copy

import pytest
import torch
from checkpoints import tiny_model, write_checkpoint
from torch import nn
from torch.nn import functional

from xlt.models.cpu_attention import NAME, WAVLM_METHOD, attention, suit_device
from xlt.models.cpu_dropout import ByteDropout, suit_dropout
from xlt.recognition.recogniser import Recogniser


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("masked", [False, True])
def test_attention_is_that_of_torch(dtype: torch.dtype, masked: bool) -> None:
    torch.manual_seed(0)
    ours = [torch.randn(2, 3, 17, 8, dtype=dtype, requires_grad=True) for _ in range(3)]
    theirs = [t.detach().clone().requires_grad_() for t in ours]
    mask = torch.zeros(2, 1, 17, 17)
    mask[1, :, :, 11:] = torch.finfo(torch.float32).min
    mask = mask if masked else None
    out, _ = attention(nn.Identity(), *ours, mask)
    expected = functional.scaled_dot_product_attention(
        *theirs, attn_mask=None if mask is None else mask.to(dtype)
    ).transpose(1, 2)
    exact = {"rtol": 1e-5, "atol": 1e-5} if dtype == torch.float32 else {"rtol": 0.05, "atol": 0.03}
    torch.testing.assert_close(out, expected, **exact)
    out.float().square().sum().backward()
    expected.float().square().sum().backward()
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine.grad, other.grad, **exact)


@pytest.mark.parametrize("family", ["wav2vec2", "wavlm"])
def test_a_model_reads_the_same_with_it(family: str) -> None:
    model = tiny_model(family).eval()
    values = torch.randn(3, 4000)
    mask = torch.ones(3, 4000, dtype=torch.long)
    mask[1, 2500:] = 0
    expected = model(values, attention_mask=mask).logits
    suit_device(model)
    replaced = [m for m in model.modules() if WAVLM_METHOD in vars(m)]
    assert len(replaced) == (3 if family == "wavlm" else 0)
    assert (model.config._attn_implementation == NAME) == (family == "wav2vec2")
    frames = [model._get_feat_extract_output_lengths(n) for n in mask.sum(-1)]
    for ours, theirs, count in zip(
        model(values, attention_mask=mask).logits, expected, frames, strict=True
    ):
        torch.testing.assert_close(ours[:count], theirs[:count], rtol=1e-4, atol=1e-5)


def test_wavlm_learns_the_same_with_it() -> None:
    values, gradients = torch.randn(2, 4000), []
    for ours in (False, True):
        model = tiny_model("wavlm").eval()
        if ours:
            suit_device(model)
        model(values).logits.square().sum().backward()
        gradients.append({n: p.grad for n, p in model.named_parameters() if p.grad is not None})
    theirs, mine = gradients
    assert theirs.keys() == mine.keys()
    assert any("rel_attn_embed" in name for name in mine)
    for name, gradient in theirs.items():
        torch.testing.assert_close(mine[name], gradient, rtol=1e-3, atol=1e-4)


def test_a_copy_of_wavlm_computes_with_its_own_weights() -> None:
    model = tiny_model("wavlm").eval()
    suit_device(model)
    other, values = copy.deepcopy(model), torch.randn(1, 4000)
    expected = other(values).logits
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    torch.testing.assert_close(other(values).logits, expected)


@pytest.mark.parametrize("family", ["wavlm", "wav2vec2-bert"])
def test_other_families_keep_their_own(family: str) -> None:
    model = tiny_model(family)
    before = model.config._attn_implementation
    suit_device(model)
    assert model.config._attn_implementation == before


def test_a_saved_model_does_not_speak_of_it(tmp_path) -> None:
    recogniser = Recogniser.load(write_checkpoint(tmp_path / "one"), device="cpu")
    assert recogniser.model.config._attn_implementation == NAME
    recogniser.model.save_pretrained(tmp_path / "two")
    assert NAME not in (tmp_path / "two" / "config.json").read_text()


def test_dropout_drops_its_share_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    dropout = ByteDropout(0.25).train()
    out = dropout(torch.ones(400, 500))
    assert out.unique().tolist() == pytest.approx([0.0, 4 / 3])
    assert float((out == 0).float().mean()) == pytest.approx(0.25, abs=0.005)
    assert float(out.mean()) == pytest.approx(1.0, abs=0.005)
    assert float((out[:, 1:] * out[:, :-1]).mean()) == pytest.approx(1.0, abs=0.01)  # no pattern


def test_dropout_follows_the_seed_and_its_gradient_the_mask() -> None:
    dropout, values = ByteDropout(0.5).train(), torch.randn(7, 9, requires_grad=True)
    outs = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        outs.append(dropout(values))
    assert torch.equal(outs[0], outs[1]) and not torch.equal(outs[0], outs[2])
    outs[0].sum().backward()
    assert torch.equal(values.grad == 0, outs[0] == 0)
    assert dropout.eval()(values) is values


def test_every_dropout_of_a_model_is_replaced() -> None:
    model = tiny_model()
    before = dict(model.state_dict())
    suit_dropout(model)
    kinds = {type(m) for m in model.modules()}
    assert ByteDropout in kinds and nn.Dropout not in kinds
    assert model.state_dict().keys() == before.keys()


@pytest.mark.parametrize("p", [0.999, 1.0, 0.001])
def test_a_probability_that_bytes_cannot_express_is_left_to_torch(p: float) -> None:
    model = nn.Sequential(nn.Dropout(p), nn.Dropout(0.5))
    suit_dropout(model)
    assert [type(m) for m in model] == [nn.Dropout, ByteDropout]
    assert model.train()(torch.ones(4, 4)).isfinite().all()
    with pytest.raises(ValueError, match=f"dropout of {p:g} is all or nothing"):
        ByteDropout(p)
