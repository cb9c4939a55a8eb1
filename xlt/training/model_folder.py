"""Folder of a trained model, in the layout that transformers opens: whole, synced, with hashes."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from torch import Tensor
from transformers import FeatureExtractionMixin, PreTrainedModel

from xlt.dataset.trained_clips import TrainedClips
from xlt.language.rules import Language
from xlt.language.tokenizer import write_tokenizer
from xlt.system.files import replace_folder, sha256
from xlt.training.checkpoint import BEST, CheckpointError, as_os_error, name_of, newest, read


def write_model(
    model: PreTrainedModel,
    extractor: FeatureExtractionMixin,
    language: Language,
    folder: Path,
    trained: TrainedClips | None = None,
) -> dict[str, str]:
    """A folder that `pipeline("automatic-speech-recognition", folder)` opens; whole or not there.

    Returns:
        The SHA-256 of each of its files, by name.

    Raises:
        CheckpointError: if it can't be written; what was there stays.
    """
    draft = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        model.save_pretrained(draft)
        save_processor(extractor, language, draft)
        if trained is not None:
            trained.write(draft)
        hashes = {path.name: sha256(path) for path in sorted(draft.iterdir())}
        replace_folder(draft, folder)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(draft, ignore_errors=True)
        size = sum(t.nbytes for t in model.state_dict().values())
        raise CheckpointError(
            f"Could not write the model {folder}, which needs {size / 1e6:.0f} MB: {error}. Its "
            "checkpoints are whole: mend the disk or make room, and start again with --resume."
        ) from as_os_error(error)
    return hashes


def changed_files(folder: Path, hashes: Mapping[str, str]) -> list[str]:
    """Names of the files that are missing or have changed."""
    return [
        name
        for name, expected in hashes.items()
        if not (folder / name).is_file() or sha256(folder / name) != expected
    ]


def final_weights(checkpoints: Path, best_step: int) -> Mapping[str, Tensor]:
    """Weights with which a finished run ended: the best, or the last where none were best.

    Raises:
        CheckpointError: if they are not whole, or not there any more.
    """
    if best_step >= 0:
        return read(checkpoints / name_of(BEST, best_step)).tensors["model"]
    last = newest(checkpoints)
    if last is None:
        raise CheckpointError(f"There is no checkpoint in {checkpoints}.")
    return last.tensors["model"]


def save_processor(extractor: FeatureExtractionMixin, language: Language, folder: Path) -> None:
    """Tokenizer and feature extractor, in the layouts of transformers 4 and 5."""
    from transformers import Wav2Vec2BertProcessor, Wav2Vec2CTCTokenizer, Wav2Vec2Processor

    write_tokenizer(language, folder)
    tokenizer = Wav2Vec2CTCTokenizer.from_pretrained(folder)
    extractor.save_pretrained(folder)
    bert = type(extractor).__name__ == "SeamlessM4TFeatureExtractor"
    processor_class = Wav2Vec2BertProcessor if bert else Wav2Vec2Processor
    processor_class(extractor, tokenizer).save_pretrained(folder)
