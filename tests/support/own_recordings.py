"""Layouts of own recordings as people have them, each made with three tiny files."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

SAID = {"a": "año uno, dos", "b": "más «tres»", "c": "cuatro"}
"""Recording -> what is said in it, in every layout."""


def recordings(folder: Path, suffix: str = ".wav") -> Path:
    """The recordings a, b and c; only their names are in them: whether they decode is asked later."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in SAID:
        (folder / f"{name}{suffix}").write_bytes(name.encode())
    return folder


def lines(path: Path, *rows: str, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{row}\n" for row in rows).encode(encoding))
    return path


def each(form: str) -> list[str]:
    """A line for every recording."""
    return [form.format(name=name, text=text) for name, text in SAID.items()]


def metadata(d: Path) -> Path:
    lines(recordings(d) / "metadata.csv", "file_name,text", *each('{name}.wav,"{text}"'))
    return d


def _tsv(d: Path) -> Path:
    lines(
        recordings(d / "clips").parent / "metadata.tsv",
        "path\tsentence",
        *each("clips/{name}.wav\t{text}"),
    )
    return d


def _jsonl(d: Path) -> Path:
    rows = [json.dumps({"file_name": f"{n}.wav", "text": t}) for n, t in SAID.items()]
    lines(recordings(d) / "metadata.jsonl", *rows)
    return d


def _splits(d: Path) -> Path:
    for part, name in zip(("train", "dev", "test"), SAID, strict=True):
        recordings(d / part)
        lines(d / part / "metadata.csv", "file_name,text", f'{name}.wav,"{SAID[name]}"')
    return d


def _named(d: Path) -> Path:
    recordings(d / "audio")
    return lines(d / "mine.tsv", "file\ttext", *each("audio/{name}.wav\t{text}"))


def _absolute(d: Path) -> Path:
    recordings(d / "elsewhere")
    return lines(
        d / "tables" / "mine.csv", "path,text", *each(f'{d}/elsewhere/{{name}}.wav,"{{text}}"')
    )


def moved(d: Path) -> Path:
    recordings(d / "clips")
    lines(d / "metadata.csv", "path,text", *each('/home/ana/corpus/clips/{name}.wav,"{text}"'))
    return d


def _array(d: Path) -> Path:
    recordings(d)
    rows = [{"audio": f"{n}.wav", "text": t} for n, t in SAID.items()]
    return lines(d / "mine.json", json.dumps(rows, indent=1))


def _semicolons(d: Path) -> Path:
    lines(recordings(d) / "metadata.csv", "\ufefffile_name;text", *each("{name}.wav;{text}"))
    return d


def _unicode_text(d: Path) -> Path:
    rows = each('{name}.wav\t"{text}"\r')
    lines(recordings(d) / "Mappe1.txt", "\ufefffile_name\ttext\r", *rows, encoding="utf-16-le")
    return d


def pandas_frame(d: Path) -> Path:
    rows = [f'{k},{n}.wav,"{t}"' for k, (n, t) in enumerate(SAID.items())]
    return lines(recordings(d) / "frame.csv", ",path,text", *rows)


def text_files(d: Path) -> Path:
    recordings(d, ".flac")
    for name, text in SAID.items():
        lines(d / f"{name}.txt", text)
    return d


def _ljspeech(d: Path) -> Path:
    recordings(d / "wavs")
    lines(d / "metadata.csv", *each("{name}|{text}|{text} a"))
    return d


def _thorsten(d: Path) -> Path:
    recordings(d / "wavs")
    lines(d / "metadata.csv", *each("{name}|{text}"))
    return d


def _piper(d: Path) -> Path:
    recordings(d / "wavs")
    lines(d / "metadata.csv", *each("wavs/{name}.wav|ana|{text}"))
    return d


def _kaldi(d: Path) -> Path:
    recordings(d / "wavs")
    data = d / "data" / "train"
    lines(data / "wav.scp", *each(f"ana-{{name}} {d}/wavs/{{name}}.wav"))
    lines(data / "text", *each("ana-{name} {text}"))
    lines(data / "utt2spk", *each("ana-{name} ana"))
    return data


def _nemo(d: Path) -> Path:
    recordings(d / "wavs")
    rows = [
        json.dumps({"audio_filepath": f"wavs/{n}.wav", "text": t, "duration": 1.5})
        for n, t in SAID.items()
    ]
    return lines(d / "train_manifest.json", *rows)


def _deepspeech(d: Path) -> Path:
    recordings(d)
    rows = each('{name}.wav,320,"{text}"')
    lines(d / "train.csv", "wav_filename,wav_filesize,transcript", *rows[:2])
    lines(d / "test.csv", "wav_filename,wav_filesize,transcript", *rows[2:])
    return d


def _css10(d: Path) -> Path:
    recordings(d / "libro")
    lines(d / "transcript.txt", *each("libro/{name}.wav|{text}|{text} a|1.5"))
    lines(d / "README.txt", "Ten voices.")
    return d


def _filelists(d: Path) -> Path:
    recordings(d / "wavs")
    rows = each("wavs/{name}.wav|{text}")
    lines(d / "train.txt", *rows[:2])
    lines(d / "val.txt", *rows[2:])
    return d


def _books(d: Path) -> Path:
    for name in SAID:
        book = recordings(d / "female" / f"voice_{name}" / "book" / "wavs").parent
        lines(book / "metadata.csv", f"{name}|{SAID[name]}|{SAID[name]} a")
        (book / "metadata_mls.json").write_text("{\n}")
    return d


def _headless(d: Path) -> Path:
    lines(recordings(d) / "metadata.csv", *each('{name}.wav,"{text}",ana'))
    return d


def tar(path: Path, members: dict[str, str]) -> Path:
    """An archive of small files, in this order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, text in members.items():
            content = text.encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def _shards(d: Path) -> Path:
    for shard, name in zip(("train-000", "train-001", "test-000"), SAID, strict=True):
        tar(d / f"{shard}.tar", {f"{name}.flac": name, f"{name}.txt": f"{SAID[name]}\n"})
    return d


OPENS: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "audiofolder": ("folder with metadata.csv: `file_name,text`", metadata),
    "table with tabs": ("folder with metadata.tsv; nothing is quoted", _tsv),
    "JSON lines": ("folder with metadata.jsonl", _jsonl),
    "one folder per split": ("train/, dev/, test/, each with its metadata.csv", _splits),
    "a table itself": (
        "`mine.tsv`, `mine.csv`, `mine.jsonl`; paths from the table's folder",
        _named,
    ),
    "absolute paths": ("`mine.csv`; recordings anywhere", _absolute),
    "a corpus that moved": ("paths of another machine, whose beginning is taken off", moved),
    "JSON array": ("`mine.json`", _array),
    "Excel in Europe": ("semicolons, a byte order mark", _semicolons),
    "Excel's Unicode text": ("UTF-16 with its mark, tabs", _unicode_text),
    "pandas": ("`DataFrame.to_csv` with its index", pandas_frame),
    "text files": ("a.wav beside a.txt", text_files),
    "LJSpeech": ("`id|text|normalised`, no header, wavs/", _ljspeech),
    "Thorsten": ("`id|text`, no header, wavs/", _thorsten),
    "Piper": ("`path|speaker|text`, no header", _piper),
    "Kaldi": ("wav.scp (paths only), text, utt2spk, segments", _kaldi),
    "NeMo": ("manifest with audio_filepath, text, duration; cut where it has offset", _nemo),
    "DeepSpeech": ("train.csv, test.csv: `wav_filename,wav_filesize,transcript`", _deepspeech),
    "CSS10": ("`path|text|normalised|seconds` in transcript.txt", _css10),
    "lists of VITS": ("train.txt, val.txt: `path|text`", _filelists),
    "M-AILABS, HUI": ("folders in folders, each with metadata.csv: `id|text`", _books),
    "no header": ("`path,text`, maybe a speaker, if the first row is data", _headless),
    "WebDataset": ("`*.tar` with a.flac (wav, mp3 …) beside a.txt or a.json", _shards),
}
"""Layout -> how it looks, and a maker of a tiny one."""
INSIDE = ("WebDataset",)
"""Layouts that hold their recordings."""
