"""Asterisk's telephone prompts: one professional voice per language, 16 kHz G.722, texts beside them.

Fetched as the Debian packages asterisk-core-sounds-<lang> (texts) and -g722 (recordings) through
`apt-get download`, which needs no root; or read from an archive of the Asterisk project that the
user points to. The texts were typed on keyboards without accents: `asterisk_<lang>.tsv` beside
this file holds what was corrected after review, word by word and clip by clip, and what is left out.
"""

import gzip
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal, Self, get_args

from xlt.corpora.base import CorpusError, RefusedRow, Row, data_folder
from xlt.corpora.readers.archives import ArchiveRefused, members
from xlt.corpora.readers.debian import download, package

Code = Literal["en", "es", "fr", "it"]
CODES: tuple[Code, ...] = get_args(Code)
VOICES: Mapping[Code, str] = {
    "en": "en_US_f_Allison",
    "es": "es_MX_f_Allison",
    "fr": "fr_CA_f_June",
    "it": "it_IT_m_Carlo",
}
LICENCES = {"en": "CC-BY-SA-3.0", "es": "CC-BY-SA-3.0", "fr": "CC-BY-SA-3.0", "it": "CC-BY-3.0"}
SUFFIXES = (".g722", ".wav", ".flac")
NOTE = re.compile(r"\[[^\]]*\]|\([^)]*\)|<[^>]*>")  # "[tono simple]", "(10 seconds of silence)"
SOUNDS = re.compile(r"^(?:usr/share/asterisk/sounds/[^/]+/)?(.+)$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fixes:
    """The reviewed corrections of one language's texts."""

    words: Mapping[str, str] = field(default_factory=dict)
    """Lower-case word -> word, everywhere."""
    phrases: Mapping[str, list[tuple[str, str]]] = field(default_factory=dict)
    """Clip key -> replacements in its text alone."""
    skipped: Mapping[str, str] = field(default_factory=dict)
    """Clip key -> why its text can't be trusted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asterisk:
    """The core prompts in one language: about 25 minutes, one voice."""

    language: Code = "es"
    """Language of the prompts."""
    folder: Path | None = None
    """Folder of the two packages; asterisk/ in $XLT_DATA or data/ if not given."""
    archive: Path | None = None
    """asterisk-core-sounds-<lang>-g722-current.tar.gz of the Asterisk project, instead of packages."""

    def __post_init__(self) -> None:
        if self.language not in VOICES:
            raise ValueError(_unknown(self.language))

    @classmethod
    def at(cls, path: Path, language: str) -> Self:
        """An archive of the Asterisk project, or a folder with the two packages."""
        known = next((code for code in CODES if code == language), None)
        if known is None:
            raise ValueError(_unknown(language))
        return cls(language=known, **{"folder" if path.is_dir() else "archive": path})

    @property
    def name(self) -> str:
        """`asterisk-es`."""
        return f"asterisk-{self.language}"

    @property
    def licence(self) -> str:
        """Creative Commons, by language."""
        return LICENCES[self.language]

    @property
    def synthetic(self) -> bool:
        """A human speaks."""
        return False

    @property
    def same_speaker(self) -> bool:
        """One voice speaks everything."""
        return True

    def fetch(self) -> None:
        """Download the two packages if they aren't there: about 13 MB.

        Raises:
            CorpusError: there is no apt-get, it has no package lists, or the download failed.
        """
        if self.archive is not None:
            return
        print(f"Asterisk prompts ({self.language}), licence {self.licence}, by Debian:")
        for name in self._packages():
            download(name, self._folder, instead=self._instead())

    def inputs(self) -> Iterator[tuple[str, Path]]:
        """The archives of texts and recordings, and the package's table of wrong words."""
        for path in dict.fromkeys(self._archives()):
            yield path.name, path
        with as_file(_fixes(self.language)) as table:
            yield table.name, table

    def rows(self) -> Iterator[Row | RefusedRow]:
        """Every recording and every text, paired by key.

        Raises:
            CorpusError: packages or archive are missing, or hold no texts.
        """
        texts, sounds = self._archives()
        fixes = read_fixes(self.language)
        spoken: dict[str, str] = {}
        for line, (key, text) in enumerate(self._texts(texts), start=1):
            if key in spoken:
                place = f"{self.name}/{key}#{line}"
                detail = f"the texts name {key!r} twice; {text!r} is the later one"
                yield RefusedRow(id=place, reason="repeated_key", detail=detail)
            else:
                spoken[key] = text
        heard = set()
        for path, file in members(sounds):
            key, suffix = split_key(path)
            if suffix in SUFFIXES:
                heard.add(key)
                yield self._row(key, suffix, file.read(), spoken.get(key), fixes)
        for key in sorted(spoken.keys() - heard) if heard else ():
            detail = f"there is no recording of {spoken[key]!r}"
            yield RefusedRow(id=f"{self.name}/{key}", reason="no_audio", detail=detail)
        if not heard:
            raise CorpusError(f"{sounds} holds no recordings ({', '.join(SUFFIXES)}).")

    def _row(
        self, key: str, suffix: str, audio: bytes, text: str | None, fixes: Fixes
    ) -> Row | RefusedRow:
        """One recording with its corrected text, or why not."""
        place = f"{self.name}/{key}{suffix}"
        if text is None:
            return RefusedRow(id=place, reason="no_text", detail=f"the texts don't name {key!r}")
        if key in fixes.skipped:
            detail = f"{text!r}: {fixes.skipped[key]}"
            return RefusedRow(id=place, reason="left_out_by_review", detail=detail)
        corrected, changes = correct(key, text, fixes)
        if not any(map(str.isalnum, corrected)):
            return RefusedRow(id=place, reason="not_speech", detail=f"the text is {text!r}")
        return Row(
            id=place,
            audio=audio,
            suffix=suffix,
            transcript=corrected,
            corpus=self.name,
            language=self.language,
            licence=self.licence,
            speaker=f"asterisk:{VOICES[self.language]}",
            notes={"key": key, "corrected": str(changes), "published": text},
        )

    def _packages(self) -> tuple[str, str]:
        """The names of the packages that hold texts and recordings."""
        texts = f"asterisk-core-sounds-{self.language}"
        return texts, f"{texts}-g722"

    @property
    def _folder(self) -> Path:
        return self.folder or data_folder() / "asterisk"

    def _instead(self) -> str:
        """Advice for where apt-get can't help."""
        return (
            f"get asterisk-core-sounds-{self.language}-g722-current.tar.gz from"
            f" https://downloads.asterisk.org/pub/telephony/sounds/ and pass its path as `archive`"
        )

    def _archives(self) -> tuple[Path, Path]:
        """The archives that hold texts and recordings: two packages, or one that holds both."""
        if self.archive is not None:
            if not self.archive.is_file():
                raise CorpusError(f"There is no archive at {self.archive}: {self._instead()}.")
            return self.archive, self.archive
        found = [package(name, self._folder) for name in self._packages()]
        if found[0] is None or found[1] is None:
            raise CorpusError(
                f"{self._folder} lacks the packages {' and '.join(self._packages())}: fetch them"
                f" (`fetch()`, or `apt-get download` there), or {self._instead()}."
            )
        return found[0], found[1]

    def _texts(self, archive: Path) -> Iterator[tuple[str, str]]:
        """Key and text of every line of core-sounds-<lang>.txt."""
        name = f"core-sounds-{self.language}.txt"
        for path, file in members(archive):
            if path.rsplit("/", 1)[-1] in (name, f"{name}.gz"):
                data = file.read()
                break
        else:
            raise CorpusError(f"{archive} holds no {name}: it isn't Asterisk's {self.name}.")
        try:
            text = (gzip.decompress(data) if path.endswith(".gz") else data).decode("utf-8-sig")
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise ArchiveRefused(f"{path} in {archive} can't be read: {error}.") from error
        yield from parse_texts(text)


def _unknown(language: str) -> str:
    return f"Asterisk has no prompts in {language!r} that xlt knows: {', '.join(VOICES)}"


def parse_texts(text: str) -> Iterator[tuple[str, str]]:
    """Key and text of each line `key: text`; `;` begins a comment line, an empty text is kept."""
    for line in text.splitlines():
        key, colon, said = line.partition(":")
        if colon and not line.startswith(";"):
            yield key.strip(), said.strip()


def split_key(path: str) -> tuple[str, str]:
    """`usr/share/asterisk/sounds/<voice>/digits/0.g722` (or `digits/0.g722`) -> (`digits/0`, `.g722`)."""
    found = SOUNDS.match(path)
    key, dot, suffix = (found[1] if found else path).rpartition(".")
    return (key, f".{suffix.lower()}") if dot else (suffix, "")


def correct(key: str, text: str, fixes: Fixes) -> tuple[str, int]:
    """The text as it is spoken, without notes in brackets, and how many corrections that took."""
    changes = 0
    for wrong, right in fixes.phrases.get(key, ()):
        changes += text.count(wrong)
        text = text.replace(wrong, right)
    words = re.split(r"(\w+(?:-\w+)*)", NOTE.sub(" ", text))
    for at in range(1, len(words), 2):
        if right := fixes.words.get(words[at].lower(), ""):
            changes += 1
            words[at] = right[0].upper() + right[1:] if words[at][0].isupper() else right
    return " ".join("".join(words).split()), changes


def read_fixes(language: str) -> Fixes:
    """The word table of a language: key or `*`, wrong, right, why; nothing to replace = left out."""
    words: dict[str, str] = {}
    phrases: dict[str, list[tuple[str, str]]] = {}
    skipped: dict[str, str] = {}
    for line in _fixes(language).read_text("utf-8").splitlines()[1:]:
        key, wrong, right, why = line.split("\t")
        if not wrong:
            skipped[key] = why
        elif key == "*":
            words[wrong] = right
        else:
            phrases.setdefault(key, []).append((wrong, right))
    return Fixes(words=words, phrases=phrases, skipped=skipped)


def _fixes(language: str) -> Traversable:
    return files("xlt.corpora").joinpath(f"data/asterisk_{language}.tsv")
