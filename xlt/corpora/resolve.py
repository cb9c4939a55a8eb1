"""Guess of the corpus that a path (or the id of a dataset on the Hub) holds, for where nobody says which one is meant."""

from itertools import islice
from pathlib import Path

from xlt.corpora.asterisk import Asterisk
from xlt.corpora.base import CorpusError
from xlt.corpora.builders import AnyCorpus
from xlt.corpora.common_voice import CommonVoice, is_common_voice, is_common_voice_table
from xlt.corpora.folder import Folder
from xlt.corpora.hub import Hub, is_hub_id
from xlt.corpora.layouts import layout_of
from xlt.corpora.readers.archives import members
from xlt.corpora.readers.webdataset import is_shard

ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")
LOOKED_AT = 200
"""Members of an archive that are looked at."""


def resolve(path: Path, language: str) -> AnyCorpus:
    """The corpus in a file or folder, or on the Hub.

    Raises:
        CorpusError: nothing there, or nothing known; says what would do.
        ArchiveRefused: the archive is damaged or hostile.
    """
    if is_hub_id(path):
        return Hub.at(path, language)
    if path.is_file() and path.name.lower().endswith(ARCHIVES) and not is_shard(path):
        return _of_archive(path, language)
    if path.is_dir():
        if is_common_voice(path, language):
            return CommonVoice.at(path, language)
        if any(path.glob("asterisk-*sounds*")):
            return Asterisk.at(path, language)
    if path.suffix.lower() == ".txt" and path.is_file():
        with path.open("rb") as file:
            if b"|" not in (first := file.readline(2000)) and b"\t" not in first:
                raise CorpusError(
                    f"{path} is a text without recordings. For synthetic speech of its lines: "
                    f"xlt prepare {language} {path} --kind espeak --out data/spoken"
                )
    layout_of(path)
    return Folder.at(path, language)


def _of_archive(path: Path, language: str) -> AnyCorpus:
    if path.name.startswith("asterisk"):
        return Asterisk.at(path, language)
    names = [name for name, _ in islice(members(path), LOOKED_AT)]
    if any(is_common_voice_table(name) or "/clips/" in f"/{name}" for name in names):
        return CommonVoice.at(path, language)
    zipped = path.suffix.lower() == ".zip"
    unpack = f"unzip -q {path} -d unpacked" if zipped else f"tar -xf {path} -C unpacked"
    raise CorpusError(
        f"{path} is an archive, but not of Common Voice; it holds {', '.join(names[:5])}. Unpack it: "
        f"mkdir unpacked && {unpack} && xlt prepare {language} unpacked --out data/mine"
    )
