"""Freezing: the parameters that learn at each step, a pure function of the step."""

from transformers import PreTrainedModel

from xlt.models.families import Family, ends_with_norm, family_of
from xlt.transfer.options import Transfer


def region(name: str, family: Family) -> str:
    """Part of the model that a parameter is in: head, convolutions, `layer k`, top or input."""
    modules = family.modules
    if _within(name, modules.head):
        return "head"
    if _within(name, modules.convolutions):
        return "convolutions"
    if _within(name, modules.layers):
        return "layer " + name.removeprefix(f"{modules.layers}.").split(".")[0]
    if _within(name, modules.final_norm) or _within(name, modules.adapter):
        return "top"
    return "input"


def trainable(model: PreTrainedModel, options: Transfer, step: int) -> frozenset[str]:
    """Names of the parameters that learn at a step.

    The head-only phase covers steps 0 ... head_only_steps - 1; the feature encoder and the
    lowest `freeze_below` layers, with all below them, never learn.
    """
    names = [n for n, _ in model.named_parameters() if _learns(n, model, options)]
    if step < options.head_only_steps and options.weights == "source":
        family = family_of(model.config)
        names = [n for n in names if region(n, family) == "head"]
    return frozenset(names)


def learn_only(model: PreTrainedModel, names: frozenset[str]) -> None:
    """Let exactly these parameters learn, and let no gradient be computed below the lowest."""
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name in names)
    family = family_of(model.config)
    convolve = any(region(name, family) == "convolutions" for name in names)
    for module in model.modules():
        # transformers makes the input of its convolutions require a gradient while this is true
        if hasattr(module, "_requires_grad"):
            object.__setattr__(module, "_requires_grad", convolve)


def _within(name: str, module: str | None) -> bool:
    return module is not None and name.startswith(f"{module}.")


def _learns(name: str, model: PreTrainedModel, options: Transfer) -> bool:
    family, below = family_of(model.config), options.freeze_below
    part = region(name, family)
    if _within(name, family.modules.final_norm) and not ends_with_norm(model.config):
        part = "input"  # post-norm encoders have it before the first layer
    if options.weights == "random":
        return not name.endswith("masked_spec_embed") or model.config.mask_time_prob > 0
    if below == "all":
        return part == "head"
    if name.endswith("masked_spec_embed") and model.config.mask_time_prob == 0:
        return False
    if part == "convolutions":
        return not options.freeze_feature_encoder and not below
    if part == "input":
        return not below
    if part.startswith("layer "):
        return int(part.removeprefix("layer ")) >= below
    return True
