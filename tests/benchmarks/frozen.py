"""Speed and accuracy of training above frozen lower layers: `speed`, `accuracy`. Writes FROZEN.md.

    python tests/benchmarks/frozen.py speed --clips FOLDER
    python tests/benchmarks/frozen.py accuracy --clips FOLDER... --language de --minutes 10 20 60

`speed` trains a randomly initialised model of XLS-R-300M's shape (https://arxiv.org/abs/2111.09296):
how long a step takes does not depend on the weights. `accuracy` starts from the small source and
compares every cut with full fine-tuning on the same speech, steps and test.
"""

import argparse
import dataclasses
import functools
import itertools
import json
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from material import CLOCK, SOURCE, peak_mb, quiet

quiet()

import numpy as np  # noqa: E402
import torch  # noqa: E402
from accelerate import Accelerator  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2ForCTC  # noqa: E402

from xlt.audio.augment import Augmentation  # noqa: E402
from xlt.audio.frames import geometry  # noqa: E402
from xlt.corpora.folder import Folder  # noqa: E402
from xlt.dataset.prepare import prepare  # noqa: E402
from xlt.dataset.reader import Split, open_split  # noqa: E402
from xlt.doctor.gpu_check.material import XLS_R_300M  # noqa: E402
from xlt.language import rules  # noqa: E402
from xlt.language.labels import labels  # noqa: E402
from xlt.models.cpu_attention import suit_device  # noqa: E402
from xlt.recipe.options import MINI_TRAINING  # noqa: E402
from xlt.recognition.recogniser import Recogniser  # noqa: E402
from xlt.scoring.errors import (  # noqa: E402
    PERCENTILES,
    character_errors,
    resampled_rates,
    total,
)
from xlt.training.dataloader import BatchSource, RankShare, steps_from  # noqa: E402
from xlt.training.device import has_accelerator, has_bf16, keep_memory, use_all_cores  # noqa: E402
from xlt.training.feature_cache import LowerLayers, build  # noqa: E402
from xlt.training.loop import Trainer  # noqa: E402
from xlt.training.optimizer import make_optimizer  # noqa: E402
from xlt.transfer import Regularisation, Transfer, load_source, trainable, transfer  # noqa: E402
from xlt.transfer.frozen import FrozenBelow, UpperLayers  # noqa: E402

HERE = Path(__file__).parent
IntArray = NDArray[np.int64]
STORED, TABLE = HERE / "frozen.json", HERE / "FROZEN.md"
MASKED = {**XLS_R_300M, "apply_spec_augment": True}


def accelerator() -> Accelerator:
    return Accelerator(cpu=not has_accelerator(), mixed_precision="bf16" if has_bf16() else "no")


def some(split: Split, minutes: float) -> Split:
    """Clips drawn at random until they last so long."""
    order = random.Random(0).sample(range(len(split)), len(split))
    chosen: list[int] = []
    while order and sum(split.durations_s[i] for i in chosen) < 60 * minutes:
        chosen.append(order.pop())
    chosen.sort()
    return Split(
        ids=[split.ids[i] for i in chosen],
        texts=[split.texts[i] for i in chosen],
        durations_s=[split.durations_s[i] for i in chosen],
        speakers=[split.speakers[i] for i in chosen],
        recordings=[split.recordings[i] for i in chosen],
    )


def prepared(clips: list[Path], language: str, work: Path) -> Path:
    source = load_source(SOURCE)
    corpora = tuple(Folder(path=folder, language=language) for folder in clips)
    prepare(corpora, rules.get(language), source.geometry, 1.1, work / language)
    return work / language


def speed(options: argparse.Namespace, work: Path) -> dict[str, object]:
    """Seconds a step of full fine-tuning and of the top layers; time and disk of an hour's bottom."""
    data = prepared(options.clips, options.language, work)
    split, target = some(open_split(data, "train"), 3), labels(rules.get(options.language))
    torch.manual_seed(0)
    config = Wav2Vec2Config(**MASKED, vocab_size=len(target.tokens), pad_token_id=0)
    model = Wav2Vec2ForCTC(config)
    suit_device(model)
    extractor, shape = Wav2Vec2FeatureExtractor(return_attention_mask=True), geometry(config)
    found: dict[str, object] = {"parameters": sum(p.numel() for p in model.parameters())}
    neutral = Augmentation(speeds=(1.0,))
    for name, below in (("full", 0), ("top 4", 20), ("head", "all")):
        features, top = None, None
        if below:
            frozen = LowerLayers(
                model=model, below=below, source="random", geometry=shape, extractor=extractor,
                augmentation=neutral,
            )  # fmt: skip
            begun = CLOCK()
            features = build(
                frozen, split, work / "cache", data="speed", cache_gb=50, seed=0,
                accelerator=accelerator(),
            )  # fmt: skip
            hours = sum(split.durations_s) / 3600
            found[f"{name} build_s_per_hour"] = (CLOCK() - begun) / hours
            found[f"{name} gb_per_hour"] = frozen.needed_bytes(split) / 1e9 / hours
            top = UpperLayers(model, below)
        found[f"{name} step_s"] = step_s(model, top, features, split, target, shape, extractor,
                                         below, work / f"run {name}", options.steps)  # fmt: skip
        found[f"{name} peak_mb"] = peak_mb()
        print(name, {k: v for k, v in found.items() if k.startswith(name)}, flush=True)
    return found


def step_s(model, top, features, split, target, shape, extractor, below, folder, steps):  # type: ignore[no-untyped-def]
    """Median seconds of a step, after the first."""
    choice = Transfer(freeze_below=below)
    training = dataclasses.replace(
        MINI_TRAINING, steps=steps, batch_s=30.0, evaluate_every=steps, checkpoint_every=10**6
    )
    trainer = Trainer(
        model=model,
        trained=top,
        batch_source=BatchSource(
            split=split, labels=target, geometry=shape, extractor=extractor,
            augmentation=Augmentation(speeds=(1.0,)), batch_s=30.0, seed=0, features=features,
        ),
        options=training,
        trainable=functools.partial(trainable, model, choice),
        evaluate=lambda model, step: {"dev_cer": 1.0},
        folder=folder,
        fingerprint={},
        accelerator=accelerator(),
    )  # fmt: skip
    training_step = trainer.training_step()
    optimizer = make_optimizer(
        model, trainable(model, choice, steps), weight_decay=0.01, beta2=0.98
    )
    ends = []
    for step, _, batches in steps_from(trainer.batch_source, RankShare(), 0, steps):
        training_step.take(optimizer, step, batches)
        ends.append(CLOCK())
    training_step.unwrap()
    return statistics.median(b - a for a, b in itertools.pairwise(ends))


def accuracy(options: argparse.Namespace, work: Path) -> dict[str, object]:
    """Test CER of full fine-tuning and of a cut at every depth, with so many minutes of speech."""
    data = prepared(options.clips, options.language, work)
    whole, dev, test = (open_split(data, name) for name in ("train", "dev", "test"))
    lengths = np.array([len(text) for text in test.texts])
    found: dict[str, object] = {}
    for minutes in options.minutes:
        split = some(whole, minutes)
        real = sum(split.durations_s) / 60
        full: IntArray | None = None
        for below in (0, *options.below):
            errors = accuracy_of(options.language, split, dev, test, below, work, options.steps)
            full = errors if full is None else full
            run = {
                "minutes": real,
                "test_minutes": sum(test.durations_s) / 60,
                "steps": options.steps,
                "cer": [errors.sum() / lengths.sum(), *interval(errors, lengths)],
                "given_up": [
                    (errors - full).sum() / lengths.sum(),
                    *interval(errors - full, lengths),
                ],
            }
            found[f"{options.language} {minutes:g} {below}"] = run
            print(options.language, f"{real:.0f} min, below {below}:", run, flush=True)
    return found


def interval(errors: IntArray, lengths: IntArray) -> list[float]:
    """95 % bootstrap over utterances, of a rate or of a paired difference of two."""
    drawn = resampled_rates(errors, lengths, seed=0)
    return [float(end) for end in np.percentile(drawn, PERCENTILES)]


def accuracy_of(
    language: str, split: Split, dev: Split, test: Split, below: FrozenBelow, work: Path, steps: int
) -> IntArray:
    """One run: its character errors in every utterance of the test."""
    source, target = load_source(SOURCE), labels(rules.get(language))
    choice = Transfer(head_only_steps=20, freeze_below=below)
    model, _ = transfer(source, target, choice, Regularisation())
    features, top = None, None
    if below:
        frozen = LowerLayers(
            model=model, below=below, source=source.digest, geometry=source.geometry,
            extractor=source.extractor(), augmentation=Augmentation(),
        )  # fmt: skip
        features = build(
            frozen, split, work / "cache", data=f"{language} {len(split)}", cache_gb=50, seed=0,
            accelerator=accelerator(),
        )  # fmt: skip
        top = UpperLayers(model, below)

    def reader(model: torch.nn.Module) -> Recogniser:
        return Recogniser(model=model, labels=target, extractor=source.extractor())  # type: ignore[arg-type]

    def evaluate(model: torch.nn.Module, step: int) -> dict[str, float]:
        texts = reader(model).transcribe_split(dev)
        return {"dev_cer": total(character_errors(dev.texts, texts)).rate}

    trainer = Trainer(
        model=model,
        trained=top,
        batch_source=BatchSource(
            split=split, labels=target, geometry=source.geometry, extractor=source.extractor(),
            augmentation=Augmentation(), batch_s=MINI_TRAINING.batch_s, seed=0,
            features=features,
        ),
        options=dataclasses.replace(
            MINI_TRAINING, steps=steps, evaluate_every=max(1, steps // 6), checkpoint_every=steps
        ),
        trainable=functools.partial(trainable, model, choice),
        evaluate=evaluate,  # type: ignore[arg-type]
        folder=Path(tempfile.mkdtemp(dir=work)),
        fingerprint={},
        accelerator=accelerator(),
    )  # fmt: skip
    trainer.run()
    texts = reader(trainer.model).transcribe_split(test)
    return np.array([counts.errors for counts in character_errors(test.texts, texts)])


def write(results: dict[str, dict[str, object]]) -> None:
    """FROZEN.md from all that is stored."""
    STORED.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    lines = ["# Frozen lower layers, run once", "", "Made by tests/benchmarks/frozen.py.", ""]
    fast = results.get("speed")
    if fast:
        full = fast["full step_s"]
        lines += [
            f"XLS-R-300M's shape ({fast['parameters'] / 1e6:.0f} M parameters), batches of 30 s, "  # type: ignore[operator]
            f"{fast['when']}:",
            "",
            "| what learns | step | against full | bottom of 1 h | disk of 1 h and speed |",
            "|---|---|---|---|---|",
            f"| everything above the convolutions | {full:.1f} s | 1 | | |",
        ]
        for name in ("top 4", "head"):
            lines.append(
                f"| {name} | {fast[f'{name} step_s']:.2f} s | "
                f"{full / fast[f'{name} step_s']:.1f}x faster | "  # type: ignore[operator]
                f"{fast[f'{name} build_s_per_hour'] / 60:.0f} min | "  # type: ignore[operator]
                f"{fast[f'{name} gb_per_hour']:.2f} GB |"
            )
    rows = results.get("accuracy", {})
    if rows:
        lines += [
            "",
            "From the small source (3 layers) with the settings of the mini recipes, 95 % intervals by",
            "bootstrap over utterances; what is given up is the paired difference to the row with 0:",
            "",
            "| language | minutes | steps | frozen below | CER | given up, in points |",
            "|---|---|---|---|---|---|",
        ]
        lines += [accuracy_row(key, row) for key, row in rows.items()]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def accuracy_row(key: str, row: Any) -> str:
    """One line of the table: the language, the minutes and the cut are in its key."""
    language, _, below = key.split()
    cer, given = ([100 * x for x in row[name]] for name in ("cer", "given_up"))
    lost = "" if below == "0" else f"{given[0]:+.1f} [{given[1]:+.1f}, {given[2]:+.1f}]"
    return (
        f"| {language} | {row['minutes']:.0f} | {row['steps']} | {below} | "
        f"{cer[0]:.1f} % [{cer[1]:.1f}, {cer[2]:.1f}] | {lost} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=["speed", "accuracy"])
    parser.add_argument("--clips", type=Path, nargs="+", required=True)
    parser.add_argument("--language", default="es")
    parser.add_argument("--minutes", type=float, nargs="+", default=[10, 20, 60])
    parser.add_argument("--below", nargs="+", default=["1", "2", "3", "all"])
    parser.add_argument("--steps", type=int, default=6)
    options = parser.parse_args()
    options.below = [b if b == "all" else int(b) for b in options.below]
    keep_memory()
    use_all_cores(0)
    results = json.loads(STORED.read_text()) if STORED.is_file() else {}
    with tempfile.TemporaryDirectory() as folder:
        if options.task == "speed":
            results["speed"] = {**speed(options, Path(folder)), "when": time.strftime("%Y-%m-%d")}
        else:
            results.setdefault("accuracy", {}).update(accuracy(options, Path(folder)))
    write(results)
    print(TABLE.read_text())


if __name__ == "__main__":
    main()
