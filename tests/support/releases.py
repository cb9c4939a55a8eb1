"""Tables and archives of Common Voice in the form of its newer releases."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

NEW = (
    "client_id\tpath\tsentence_id\tsentence\tsentence_domain\tup_votes\tdown_votes\tage\tgender"
    "\taccents\tvariant\tlocale\tsegment\n"
)


def new_row(client: str, path: str, sentence: str) -> str:
    return f"{client}\t{path}\ts1\t{sentence}\t\t2\t0\ttwenties\t\tAndes\t\tes\t\n"


def packed(
    path: Path, files: Mapping[str, bytes], root: str = "cv-corpus-17.0-2024-03-15/es"
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(f"{root}/{name}".strip("/"))
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path
