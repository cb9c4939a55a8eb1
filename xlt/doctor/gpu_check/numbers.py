"""Numbers on a device against the CPU's: kernels, CTC, bf16, padding, gradients of every family.

B utterances, T frames, V labels, L label positions.
"""

import torch
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedModel

from xlt.doctor.gpu_check.check import Bench, Check, Seen, not_here
from xlt.doctor.gpu_check.material import batches, clips, random_model, random_source, sound
from xlt.models.families import FAMILIES
from xlt.models.inputs import model_inputs
from xlt.models.source import Source, load_source
from xlt.training.loss import batch_losses, ctc_losses
from xlt.training.optimizer import make_optimizer
from xlt.transfer.freezing import learn_only, trainable
from xlt.transfer.options import Regularisation, Transfer

LOSS_TOLERANCE, GRADIENT_TOLERANCE, LOGIT_TOLERANCE = 1e-4, 1e-3, 1e-3
"""Relative for losses and gradients (of the largest), absolute for logits: kernels sum in another
order, and those of CUDA's CTC backward use atomics."""


def kernels(bench: Bench) -> Seen:
    """The wheel's kernels against the GPU's architecture, and one product."""
    if not bench.cuda:
        return not_here(f"the device is {bench.device.type}")
    major, minor = torch.cuda.get_device_capability(bench.device)
    known = torch.cuda.get_arch_list()
    name = torch.cuda.get_device_name(bench.device)
    there = f"{name} (sm_{major}{minor}); torch {torch.__version__} is built for {', '.join(known)}"
    if not any(f"{major}{minor}" in arch for arch in known):
        return Seen(text=f"{there}: take a torch that is built for this GPU", ok=False)
    ones = torch.ones(64, 64, device=bench.device)
    return Seen(text=there, ok=float((ones @ ones).sum()) == 64.0**3)


def ctc(bench: Bench) -> Seen:
    """CTC losses and gradients of the run's own function against torch's in float64 on the CPU."""
    lost, bent = 0.0, 0.0
    for size in (33, 10_288):
        chance = torch.Generator().manual_seed(size)
        logits = torch.randn(4, 60, size, generator=chance)
        frames, lengths = torch.tensor([60, 50, 40, 3]), torch.tensor([12, 20, 1, 9])
        labels = torch.randint(1, size, (int(lengths.sum()),), generator=chance)
        expected = _reference(logits.double(), frames, labels, lengths)
        heard = logits.to(bench.device).requires_grad_()
        losses = ctc_losses(heard, frames, labels.to(bench.device), lengths, blank=0)
        (gradient,) = torch.autograd.grad(losses.sum(), heard)
        if float(losses[3].detach()) != 0 or float(gradient[3].abs().max()) != 0:
            return Seen(text="the clip with more labels than frames has a loss", ok=False)
        lost = max(lost, _relative(losses, expected[0]))
        bent = max(bent, _relative(gradient, expected[1]))
    return Seen(
        text=f"losses differ by {lost:.1e}, gradients by {bent:.1e} of the largest",
        ok=lost <= LOSS_TOLERANCE and bent <= GRADIENT_TOLERANCE,
    )


def _reference(
    logits: Tensor, frames: Tensor, labels: Tensor, lengths: Tensor
) -> tuple[Tensor, Tensor]:
    """Losses (B,) by label position and their gradient (B, T, V), in float64."""
    logits = logits.requires_grad_()
    log_probs = functional.log_softmax(logits, dim=-1).transpose(0, 1)
    losses = functional.ctc_loss(
        log_probs, labels, frames, lengths, blank=0, reduction="none", zero_infinity=True
    )
    losses = losses / lengths
    (gradient,) = torch.autograd.grad(losses.sum(), logits)
    return losses.detach(), gradient


def _relative(found: Tensor, expected: Tensor) -> float:
    """Largest difference, over the largest expected value."""
    difference = (found.detach().double().cpu() - expected).abs().max()
    return float(difference / expected.abs().max())


def bf16(bench: Bench) -> Seen:
    """Types of what a bf16 step computes and keeps."""
    model, source = _made(bench, "wav2vec2", Regularisation(hidden_dropout=0.0))
    model.to(bench.device).train()  # type: ignore[arg-type]
    learning = trainable(model, Transfer(), 1)
    optimizer = make_optimizer(model, learning, weight_decay=0.0, beta2=0.98)
    inside: list[torch.dtype] = []
    layer = model.get_submodule("wav2vec2.encoder.layers.0.feed_forward.intermediate_dense")
    hook = layer.register_forward_hook(lambda module, args, out: inside.append(out.dtype))
    batch = batches(source, clips()).micro_batch((0, 1), (0, 1), 0).to(bench.device)
    losses, loss = batch_losses(
        model, batch, 0, autocast=torch.autocast(bench.device.type, dtype=torch.bfloat16)
    )
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    hook.remove()
    kept = {
        "losses": {losses.dtype},
        "gradients": {p.grad.dtype for p in model.parameters() if p.grad is not None},
        "moments": {s["exp_avg"].dtype for s in optimizer.state.values()},
    }
    shown = {name: "/".join(sorted(str(t)[6:] for t in types)) for name, types in kept.items()}
    wide = all(types == {torch.float32} for types in kept.values())
    return Seen(
        text=f"linear outputs {str(inside[0])[6:]}; "
        + ", ".join(f"{name} {types}" for name, types in shown.items()),
        ok=wide and inside[0] == torch.bfloat16 and bool(torch.isfinite(losses).all()),
    )


def same_text(bench: Bench) -> Seen:
    """The small source on this device against the CPU, in float32 and in bf16."""
    source = load_source("xlt:en-mini")
    heard = model_inputs([sound(4.0, seed) for seed in range(4)], source.extractor())
    model = source.load()
    model.eval()
    with torch.inference_mode():
        expected = model(**heard).logits
        model.to(bench.device)  # type: ignore[arg-type]
        moved = {name: tensor.to(bench.device) for name, tensor in heard.items()}
        found = model(**moved).logits.cpu()
        with torch.autocast(bench.device.type, dtype=torch.bfloat16):
            short = model(**moved).logits.float().cpu()
    apart = float((found - expected).abs().max())
    other = float((short.argmax(-1) != expected.argmax(-1)).float().mean())
    return Seen(
        text=f"logits differ by {apart:.1e}; bf16 has another best label in {other:.1%} of the frames",
        ok=apart <= LOGIT_TOLERANCE and other <= 0.02,
    )


def company(bench: Bench) -> Seen:
    """Logits of a short clip alone and beside a long one, for every family."""
    worst: dict[str, float] = {}
    for family in FAMILIES:
        model, source = _made(bench, family, Regularisation())
        model.to(bench.device).eval()  # type: ignore[arg-type]
        short, long = sound(1.0), sound(2.5, 1)
        frames = source.geometry.frames(len(short))
        with torch.inference_mode():
            alone, both = (
                model(
                    **{
                        name: tensor.to(bench.device)
                        for name, tensor in model_inputs(heard, source.extractor()).items()
                    }
                ).logits[0, :frames]
                for heard in ([short], [short, long])
            )
        worst[family] = float((alone - both).abs().max())
    return Seen(
        text=", ".join(f"{family} {apart:.1e}" for family, apart in worst.items()),
        ok=max(worst.values()) <= LOGIT_TOLERANCE,
    )


def gradients(bench: Bench) -> Seen:
    """Parameters that should learn and have no gradient after one masked step."""
    missing: list[str] = []
    for family in FAMILIES:
        model, source = _made(bench, family, Regularisation(mask_time_prob=0.3, mask_time_length=2))
        model.to(bench.device).train()  # type: ignore[arg-type]
        learning = trainable(model, Transfer(), 1)
        learn_only(model, learning)
        batch = batches(source, clips()).micro_batch((0, 1, 2), (0, 1, 2), 0).to(bench.device)
        batch_losses(model, batch, 0)[1].backward()  # type: ignore[no-untyped-call]
        missing += [
            f"{family}: {name}"
            for name, parameter in model.named_parameters()
            if name in learning and parameter.grad is None
        ]
    said = f"none for {', '.join(missing)}" if missing else "one for every parameter that learns"
    return Seen(text=said, ok=not missing)


def _made(bench: Bench, family: str, options: Regularisation) -> tuple[PreTrainedModel, Source]:
    """A random model of a family, and the source it was made of."""
    source = random_source(bench.folder / "sources" / family, family)
    return random_model(source, options), source


CHECKS = (
    Check(name="kernels", expected="the wheel has kernels for this GPU", look=kernels),
    Check(
        name="ctc",
        expected="losses within 1e-4, gradients within 1e-3; a clip with too many labels has none",
        look=ctc,
    ),
    Check(
        name="bf16",
        expected="linear outputs bfloat16; losses, gradients and moments float32",
        look=bf16,
    ),
    Check(
        name="same-text",
        expected="logits within 1e-3 of the CPU's, bf16 with the same label in 98 % of the frames",
        look=same_text,
    ),
    Check(
        name="company",
        expected="a clip has the same logits in any company, in every family",
        look=company,
    ),
    Check(
        name="gradients",
        expected="a gradient for every parameter that learns, in every family",
        look=gradients,
    ),
)
