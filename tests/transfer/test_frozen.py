"""Output of the frozen layers, and the families that can store it; tests/training has the rest."""

import pytest
import torch
from checkpoints import SHAPE, tiny_model
from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

from xlt.models.families import FAMILIES
from xlt.transfer.frozen import can_cache_features, frozen_layers, lower_output


def stable(norm: bool) -> Wav2Vec2ForCTC:
    torch.manual_seed(0)
    return Wav2Vec2ForCTC(Wav2Vec2Config(**{**SHAPE, "do_stable_layer_norm": norm})).eval()


@pytest.mark.parametrize("pre_norm", [True, False])
@pytest.mark.parametrize("below", [0, 1, 2])
def test_it_is_the_input_of_the_first_upper_layer(below: int, pre_norm: bool) -> None:
    model, inputs = stable(pre_norm), {"input_values": torch.randn(2, 4000)}
    with torch.inference_mode():
        states = model(**inputs, output_hidden_states=True).hidden_states
        assert torch.equal(lower_output(model, below, inputs), states[below])


def test_all_means_everything_but_the_head() -> None:
    model, inputs = stable(True), {"input_values": torch.randn(2, 4000)}
    assert (frozen_layers(model, "all"), frozen_layers(model, 2)) == (3, 2)
    with torch.inference_mode():
        output = lower_output(model, "all", inputs)
        assert torch.equal(model.lm_head(output), model(**inputs).logits)


@pytest.mark.parametrize("name", FAMILIES)
def test_only_layers_that_need_no_more_than_their_input_are_stored(name: str) -> None:
    model = tiny_model(name)
    assert can_cache_features(model) == (name in ("wav2vec2", "hubert"))
    model.config.add_adapter = True
    assert not can_cache_features(model)
