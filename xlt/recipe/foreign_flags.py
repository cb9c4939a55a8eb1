"""Flags of other trainers (transformers, Whisper, ESPnet, NeMo), and those here that do the same."""

import re
from collections.abc import Mapping, Sequence

from xlt.system.mending import Mendable

_PEAK = "--training.schedule.peak RATE"
_STEPS = "--training.steps N (steps of --training.batch-s seconds of speech each; --dry-run says how many epochs)"
_BATCH = "--training.batch-s SECONDS (speech in a batch, over all processes)"
_PIECES = "--training.accumulation N"
_WARMUP = "--training.schedule.warmup SHARE (of the steps, such as 0.1)"
_DATA = "the path itself, behind the language: xlt train es my-recordings"
_SOURCE = "--source NAME"
_EVALUATE = "--training.evaluate-every STEPS"
_KEEP = "--training.checkpoint-every STEPS"
_PRECISION = "--training.precision bf16 (auto takes it where the device has it)"
_READERS = "--training.workers N"
_FREEZE = "--transfer.freeze-below N (or all)"
OURS: Mapping[str, str] = {
    **dict.fromkeys(("learning-rate", "lr", "rate", "peak", "max-lr", "peak-lr"), _PEAK),
    **dict.fromkeys(("epochs", "num-train-epochs", "num-epochs", "max-epochs"), _STEPS),
    **dict.fromkeys(("max-steps", "num-steps", "max-updates", "train-steps"), "--training.steps N"),
    **dict.fromkeys(
        ("batch-size", "per-device-train-batch-size", "train-batch-size", "batch", "bs"), _BATCH
    ),
    **dict.fromkeys(("gradient-accumulation-steps", "accum-grad", "grad-accum"), _PIECES),
    **dict.fromkeys(("warmup-steps", "warmup-ratio", "warmup"), _WARMUP),
    **dict.fromkeys(("data", "dataset", "dataset-name", "data-dir", "train-data", "corpus"), _DATA),
    **dict.fromkeys(("model", "model-name-or-path", "checkpoint", "pretrained", "init"), _SOURCE),
    **dict.fromkeys(("output-dir", "output", "out-dir", "save-dir"), "--out FOLDER and --name NAME"),
    **dict.fromkeys(("resume-from-checkpoint", "continue"), "--resume"),
    **dict.fromkeys(("eval-steps", "evaluation-steps", "val-interval"), _EVALUATE),
    **dict.fromkeys(("save-steps", "save-interval"), _KEEP),
    **dict.fromkeys(("save-total-limit",), "--training.keep N"),
    **dict.fromkeys(("fp16", "bf16", "mixed-precision", "amp"), _PRECISION),
    **dict.fromkeys(("num-workers", "dataloader-num-workers", "preprocessing-num-workers"), _READERS),
    **dict.fromkeys(("freeze-layers", "freeze-encoder", "freeze"), _FREEZE),
    **dict.fromkeys(("freeze-feature-encoder",), "--transfer.freeze-feature-encoder"),
    **dict.fromkeys(("max-grad-norm", "clip-grad", "gradient-clip-val"), "--training.clip-norm NORM"),
    **dict.fromkeys(("report-to", "wandb", "logger"), "--trackers tensorboard"),
    **dict.fromkeys(("early-stopping-patience", "early-stopping"), "--training.patience N"),
    **dict.fromkeys(("lang", "target-language"), "--language CODE"),
    **dict.fromkeys(("gpus", "devices", "num-gpus", "nproc"), "accelerate launch --num_processes N -m xlt train …"),
    **dict.fromkeys(("device", "cpu", "use-cpu"), "nothing: a GPU is used where there is one (CUDA_VISIBLE_DEVICES= hides it)"),
    "seed": "--training.seed N",
    "weight-decay-rate": "--training.weight-decay SHARE",
    "run-name": "--name NAME",
}  # fmt: skip
"""Name of a flag elsewhere -> what does that here."""
SAME = re.compile(r"--[\w.-]+( [A-Z]+)?")
"""Flags that take the same value as the one that they stand for."""


def check_flags(arguments: Sequence[str]) -> None:
    """Refuse flags of other trainers that no recipe has, with those that do the same.

    Raises:
        ValueError: one is among the arguments.
    """
    found = {
        word.partition("=")[0]: ours
        for word in arguments
        if word.startswith("--")
        and (ours := OURS.get(word[2:].partition("=")[0].replace("_", "-").lower()))
    }
    if found:
        same = {flag: ours.split()[0] for flag, ours in found.items() if SAME.fullmatch(ours)}
        raise Mendable(
            "; ".join(f"{flag} is {ours} here" for flag, ours in found.items()),
            words=same if same.keys() == found.keys() else None,
        )
