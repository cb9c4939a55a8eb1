"""The opponent: transformers' CTC example with today's API (floats in Arrow, Trainer, its samplers).

As the script and its README do it: a vocabulary from the transcripts of train and eval, one `map`
that stores the extractor's float `input_values`, `Trainer` with a padding collator, a new head
(`ignore_mismatched_sizes`), a frozen feature encoder, learning rate 3e-4. What the script cannot do
on this stack (decode with torchcodec, which is not installed) is done by soundfile.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from material import CLOCK, SOURCE, UTTERANCES, Clips, disk_bytes, quiet, read_split, report

quiet()

import datasets  # noqa: E402
import jiwer  # noqa: E402
import numpy as np  # noqa: E402
import soundfile  # noqa: E402
import torch  # noqa: E402
from transformers import (  # noqa: E402
    Trainer,
    TrainerCallback,
    TrainingArguments,
    Wav2Vec2CTCTokenizer,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForCTC,
    Wav2Vec2Processor,
    pipeline,
)

from xlt.models.source import load_source  # noqa: E402

SOURCE_FOLDER = load_source(SOURCE).folder


def make_processor(texts: list[str], out: Path) -> Wav2Vec2Processor:
    """A vocabulary from the letters that occur, and the source's feature extractor."""
    letters = sorted(set("".join(texts)) - {" "})
    tokens = ["|", *letters, "[UNK]", "[PAD]"]
    out.mkdir(parents=True, exist_ok=True)
    (out / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(tokens)}))
    tokenizer = Wav2Vec2CTCTokenizer(
        out / "vocab.json", unk_token="[UNK]", pad_token="[PAD]", word_delimiter_token="|"
    )
    extractor = Wav2Vec2FeatureExtractor.from_pretrained(SOURCE_FOLDER)
    processor = Wav2Vec2Processor(extractor, tokenizer)
    processor.save_pretrained(out)
    return processor


def vectorise(
    clips: Clips, processor: Wav2Vec2Processor, work: Path, name: str
) -> datasets.Dataset:
    """`map` to float input_values, their length and labels; cached by `datasets`."""
    rows = datasets.Dataset.from_dict({"path": [str(f) for f in clips.files], "text": clips.texts})

    def prepare(row: dict[str, Any]) -> dict[str, Any]:
        samples, rate = soundfile.read(row["path"], dtype="float32")
        values = processor.feature_extractor(samples, sampling_rate=rate).input_values[0]
        labels = processor.tokenizer(row["text"]).input_ids
        return {"input_values": values, "input_length": len(values), "labels": labels}

    return rows.map(
        prepare, remove_columns=rows.column_names, cache_file_name=str(work / f"{name}.arrow")
    )


@dataclass
class Collator:
    """Pads what comes, as the script's collator does."""

    processor: Wav2Vec2Processor

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        values = [{"input_values": r["input_values"]} for r in rows]
        batch = self.processor.feature_extractor.pad(values, padding=True, return_tensors="pt")
        labels = [{"input_ids": r["labels"]} for r in rows]
        padded = self.processor.tokenizer.pad(labels, padding=True, return_tensors="pt")
        batch["labels"] = padded.input_ids.masked_fill(padded.attention_mask.ne(1), -100)
        return dict(batch)


def make_model(processor: Wav2Vec2Processor) -> Wav2Vec2ForCTC:
    """The source with a new head, as the script loads it."""
    model = Wav2Vec2ForCTC.from_pretrained(
        SOURCE_FOLDER,
        vocab_size=len(processor.tokenizer),
        pad_token_id=processor.tokenizer.pad_token_id,
        ctc_loss_reduction="mean",
        ctc_zero_infinity=True,
        attention_dropout=0.0,
        hidden_dropout=0.0,
        activation_dropout=0.0,
        feat_proj_dropout=0.0,
        final_dropout=0.0,
        layerdrop=0.0,
        mask_time_prob=0.05,
        mask_time_length=10,
        ignore_mismatched_sizes=True,
        dtype=torch.float32,
    )
    model.freeze_feature_encoder()
    return model


class Stopwatch(TrainerCallback):
    """When each step ended."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.ends.append(CLOCK())


def make_trainer(
    train: datasets.Dataset,
    dev: datasets.Dataset | None,
    processor: Wav2Vec2Processor,
    work: Path,
    *,
    grouped: bool,
    steps: int = -1,
    epochs: float = 1.0,
) -> tuple[Trainer, Stopwatch]:
    """Trainer with the README's settings; bf16 and the number of utterances as on the other side."""

    def metrics(prediction: Any) -> dict[str, float]:
        ids = np.argmax(prediction.predictions, axis=-1)
        labels = np.where(
            prediction.label_ids == -100, processor.tokenizer.pad_token_id, prediction.label_ids
        )
        said = processor.tokenizer.batch_decode(ids)
        meant = processor.tokenizer.batch_decode(labels, group_tokens=False)
        return {"cer": jiwer.cer(meant, said), "wer": jiwer.wer(meant, said)}

    total = steps if steps > 0 else int(epochs * -(-len(train) // UTTERANCES))
    arguments = TrainingArguments(
        output_dir=str(work / "out"),
        per_device_train_batch_size=UTTERANCES,
        per_device_eval_batch_size=UTTERANCES,
        learning_rate=3e-4,
        warmup_steps=max(1, total // 10),
        max_steps=steps,
        num_train_epochs=epochs,
        train_sampling_strategy="group_by_length" if grouped else "random",
        length_column_name="input_length",
        bf16=True,
        use_cpu=not torch.cuda.is_available(),
        eval_strategy="epoch" if dev is not None else "no",
        save_strategy="no",
        logging_steps=10_000,
        report_to="none",
        disable_tqdm=True,
        seed=0,
    )
    watch = Stopwatch()
    trainer = Trainer(
        model=make_model(processor),
        args=arguments,
        train_dataset=train,
        eval_dataset=dev,
        data_collator=Collator(processor),
        compute_metrics=metrics,
        processing_class=processor.feature_extractor,
        callbacks=[watch],
    )
    return trainer, watch


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("task", choices=["first_step", "train", "quality", "evaluate"])
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--grouped", action="store_true")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--epochs", type=float, default=15)
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    begun = CLOCK()
    train = read_split(options.data, options.clips, "train")
    dev = read_split(options.data, options.clips, "dev")
    processor = make_processor(train.texts + dev.texts, options.work / "processor")
    train = Clips(
        *(part * options.repeat for part in (train.files, train.texts, train.durations_s))
    )
    rows = vectorise(train, processor, options.work, f"train{options.repeat}")
    dev_rows = vectorise(dev, processor, options.work, "dev")
    prepared = CLOCK()
    if options.task == "evaluate":
        evaluate(dev, options.work)
        return
    quality = options.task == "quality"
    trainer, watch = make_trainer(
        rows,
        dev_rows if quality else None,
        processor,
        options.work,
        grouped=options.grouped,
        steps=1 if options.task == "first_step" else -1 if quality else options.steps,
        epochs=options.epochs,
    )
    started = CLOCK()
    trainer.train()
    if options.task == "first_step":
        report(
            prepare_s=prepared - begun,
            first_step_s=watch.ends[0] - begun,
            disk=disk_bytes(options.work),
        )
    elif quality:
        curve = [
            {"step": e["step"], "cer": e["eval_cer"], "wer": e["eval_wer"]}
            for e in trainer.state.log_history
            if "eval_cer" in e
        ]
        trainer.save_model(str(options.work / "model"))
        processor.save_pretrained(options.work / "model")
        report(wall_s=CLOCK() - started, curve=curve)
    else:
        mean_s = sum(train.durations_s) / len(train.durations_s)
        steps = len(watch.ends) - 3
        wall = watch.ends[-1] - watch.ends[2]
        report(speed=steps * UTTERANCES * mean_s / wall, step_s=wall / steps)


def evaluate(dev: Clips, work: Path) -> None:
    """`pipeline(...)` over the dev clips, with each batch size; decoding counts, by soundfile."""
    texts: dict[int, list[str]] = {}
    walls: dict[int, float] = {}
    for size in (1, 4, 8, 16):
        reader = pipeline(
            "automatic-speech-recognition", str(work / "model"), batch_size=size, device="cpu"
        )
        walls[size], texts[size] = float("inf"), []
        for _ in range(2):
            begun = CLOCK()
            clips = [soundfile.read(file, dtype="float32") for file in dev.files]
            inputs = [{"raw": samples, "sampling_rate": rate} for samples, rate in clips]
            texts[size] = [r["text"] for r in reader(inputs)]
            walls[size] = min(walls[size], CLOCK() - begun)
    best = min(walls, key=lambda size: walls[size])
    report(
        walls=walls,
        best=best,
        speed=sum(dev.durations_s) / walls[best],
        texts=texts[best],
    )


if __name__ == "__main__":
    main()
