"""The metadata of a model card: what the Hub searches, sorts and draws by, in the words it takes."""

import re
from collections.abc import Mapping
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from xlt.reports.hub_licences import HUB_LICENCES, hub_licence
from xlt.reports.record import Record

TASK = "automatic-speech-recognition"
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
LANGUAGE = re.compile(r"[a-z]{2,3}")
"""An ISO 639-1, -2 or -3 code."""
BCP47 = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
LICENCE_NAME = re.compile(r"[a-z0-9.-]{1,96}")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
LONGEST = 2000
"""Characters of one printed value; longer ones are cut."""


def metadata(record: Record, repo: str | None = None, licence: str | None = None) -> ModelCardData:
    """The card's YAML.

    Args:
        record: of the finished run.
        repo: Hub id that it is published as.
        licence: licence of the model in any usual spelling; None: the record's.
    """
    score = record.test_scores.get(record.chosen)
    language, variety = hub_language(record.language)
    tags = [TASK, "hf-asr-leaderboard", "cross-lingual-transfer"]
    tags += ["synthetic"] if record.account.get("synthetic") else []
    results = []
    if score is not None:
        at = score.conditions
        results = [
            _result(at.data, at.split, "wer", score.words.rate),
            _result(at.data, at.split, "cer", score.characters.rate),
        ]
    terms = hub_licence(one_line(record.licence if licence is None else licence))
    base = base_model(record.source)
    return ModelCardData(
        language=language,
        language_bcp47=None if variety is None else [variety],
        license=None if terms is None else terms.id,
        license_name=None if terms is None else terms.name,
        license_link=None if terms is None else terms.link,
        library_name="transformers",
        pipeline_tag=TASK,
        base_model=base,
        base_model_relation=None if base is None else "finetune",
        datasets=datasets(record.account) or None,
        tags=tags,
        metrics=["wer", "cer"],
        model_name=one_line(repo.split("/")[-1] if repo else record.name),
        eval_results=results or None,
    )


def faults(data: Mapping[str, Any]) -> list[str]:
    """Sentences on the metadata that the Hub would not take; none if it would.

    The Hub's own check needs the network; this one knows its rules for the keys that a card of a
    recogniser has.
    """
    found = []
    for code in _several(data.get("language")):
        if not LANGUAGE.fullmatch(str(code)):
            found.append(
                f"language is {code!r}; a code of two or three small letters is meant, and varieties go "
                "into language_bcp47"
            )
    found += [
        f"language_bcp47 has {code!r}; a code such as pt-PT is meant"
        for code in _several(data.get("language_bcp47"))
        if not BCP47.fullmatch(str(code))
    ]
    for licence in _several(data.get("license")):
        if licence not in HUB_LICENCES | {"other", "unknown"}:
            found.append(
                f"license is {licence!r}, which is not on the Hub's list (or give `other`)"
            )
    name = data.get("license_name")
    if name is not None and not LICENCE_NAME.fullmatch(str(name)):
        found.append(
            f"license_name is {name!r}; small letters, digits, points and hyphens are meant"
        )
    for key in ("base_model", "datasets"):
        found += [
            f"{key} has {value!r}; a Hub id is meant, owner/name"
            for value in _several(data.get(key))
            if not HUB_ID.fullmatch(str(value)) and (key == "base_model" or "/" in str(value))
        ]
    return found


def hub_language(code: str) -> tuple[str | None, str | None]:
    """The language's own code, and the whole code where it names a variety: pt-PT is pt, and pt-PT.

    None for a code that is not made of ISO 639 letters.
    """
    code = one_line(code)
    own = re.split(r"[-_]", code, maxsplit=1)[0].lower()
    variety = code.replace("_", "-")
    if not LANGUAGE.fullmatch(own):
        return None, None
    return own, variety if variety != own and BCP47.fullmatch(variety) else None


def base_model(source: Mapping[str, Any]) -> str | None:
    """The source's Hub id; None when it is a folder or came with the package."""
    name = str(source.get("id") or "").partition("@")[0]
    return name if HUB_ID.fullmatch(name) and not source.get("local") else None


def datasets(account: Mapping[str, Any]) -> list[str]:
    """Hub ids of the corpora that were read from the Hub."""
    return [name for name in account.get("corpora") or {} if HUB_ID.fullmatch(name)]


def one_line(text: str) -> str:
    """Printable text on one line, for metadata."""
    return " ".join(UNPRINTABLE.sub(" ", text).split())[:LONGEST]


def _several(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _result(data: str, split: str, metric: str, rate: float) -> EvalResult:
    return EvalResult(
        task_type=TASK,
        task_name="Automatic Speech Recognition",
        dataset_type=re.sub(r"[^\w.-]+", "-", one_line(data)).strip("-").lower() or "unknown",
        dataset_name=one_line(data),
        dataset_split=one_line(split),
        metric_type=metric,
        metric_name=f"Test {metric.upper()} (%)",
        metric_value=round(100 * rate, 2),
    )
