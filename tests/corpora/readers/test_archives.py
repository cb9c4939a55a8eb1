"""Archives: what is good is read, what is hostile or damaged is refused. Run: pytest tests/corpora/readers/test_archives.py."""

import gzip
import io
import lzma
import os
import stat
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from xlt.corpora.readers.archives import ArchiveRefused, Caps, members

FILES = {"a.tsv": b"x\ty\n", "clips/b.mp3": bytes(range(256)) * 9, "clips/empty": b""}


def entry(
    name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, link: str = ""
) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, link
    return info


def tar(*infos: tarfile.TarInfo, mode: str = "w", form: int = tarfile.GNU_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=form) as archive:
        for info in infos:
            archive.addfile(info, io.BytesIO(bytes(info.size)))
    return out.getvalue()


def good_tar(mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        archive.addfile(entry("./clips", kind=tarfile.DIRTYPE))
        for name, data in FILES.items():
            archive.addfile(entry(f"./{name}", len(data)), io.BytesIO(data))
    return out.getvalue()


def zipped(files: dict[str, bytes], mode: int = 0, flags: int = 0) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    data = bytearray(out.getvalue())
    if flags:
        data[data.index(b"PK\x01\x02") + 8] |= flags
        data[6] |= flags
    return bytes(data)


def deb(data_tar: bytes, name: str = "data.tar.xz") -> bytes:
    def member(name: str, data: bytes) -> bytes:
        head = f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode()
        return head + data + b"\n" * (len(data) % 2)

    return (
        b"!<arch>\n"
        + member("debian-binary", b"2.0\n")
        + member("control.tar.xz", lzma.compress(good_tar())[:77])
        + member(name, data_tar)
    )


def read(path: Path, data: bytes, caps: Caps | None = None) -> dict[str, bytes]:
    (path / "x.bin").write_bytes(data)
    return {name: file.read() for name, file in members(path / "x.bin", caps or Caps())}


@pytest.mark.parametrize(
    "data",
    [
        good_tar(),
        good_tar("w:gz"),
        good_tar("w:bz2"),
        good_tar("w:xz"),
        zipped(FILES),
        deb(good_tar("w:xz")),
        deb(good_tar("w:gz"), "data.tar.gz/"),
        deb(good_tar(), "data.tar"),
    ],
    ids=["tar", "tar.gz", "tar.bz2", "tar.xz", "zip", "deb", "deb.gz", "deb.tar"],
)
def test_every_kind_gives_the_same_members(tmp_path: Path, data: bytes):
    assert read(tmp_path, data) == FILES


def test_members_may_be_skipped_or_read_in_part_or_by_line(tmp_path: Path):
    (tmp_path / "a.tar.gz").write_bytes(good_tar("w:gz"))
    seen = {}
    for name, file in members(tmp_path / "a.tar.gz"):
        seen[name] = next(iter(file), b"") if name == "a.tsv" else b""
    assert seen == {"a.tsv": b"x\ty\n", "clips/b.mp3": b"", "clips/empty": b""}


def nameless(name: str) -> bytes:
    data = bytearray(tar(entry("clips/a.wav" + "x" * len(name))))
    data[: len(name) + 11] = name.encode() + bytes(11)
    data[148:156] = b"%06o\0 " % (sum(data[:512]) - sum(data[148:156]) + 8 * 32)
    return bytes(data)


def paxed(headers: dict[str, str], size: int = 0) -> bytes:
    """A tar of one member with an extended header."""
    info = entry("a.wav", size)
    info.pax_headers = headers
    return tar(info, form=tarfile.PAX_FORMAT)


def pax_size(size: str) -> bytes:
    """A tar whose extended header overrules the size of its member."""
    data = paxed({"sizX": size}, 512)
    return data.replace(b"sizX", b"size")


def resized(size: bytes) -> bytes:
    """A tar whose header says another size, with a sum that is right."""
    data = bytearray(tar(entry("a.wav", 512)))
    data[124:136] = size
    data[148:156] = b"%06o\0 " % (sum(data[:512]) - sum(data[148:156]) + 8 * 32)
    return bytes(data)


def overlapping() -> bytes:
    """A zip whose second member lies within the first: many names for one flood of bytes.

    Source: D. Fifield, "A better zip bomb", WOOT 2019.
    """
    data = bytearray(zipped({"a.wav": bytes(9_000), "b.wav": bytes(9_000)}))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    data[second + 42 : second + 46] = bytes(4)  # its local header is the first one's
    first = data.index(b"PK\x01\x02")
    data[first + 46 : first + 51] = data[second + 46 : second + 51] = b"a.wav"
    data[second + 46 : second + 51] = b"b.wav"
    return bytes(data)


def deep_links() -> bytes:
    """Folders and links whose resolved path is longer than the system's limit, then a file through them.

    The shape of CVE-2025-4517, with which `tarfile`'s filter="data" could be led out of its folder.
    """
    infos, path, step = [], "", "d" * 247
    for letter in "abcdefghijklmnop":
        infos.append(entry(f"{path}{step}", kind=tarfile.DIRTYPE))
        infos.append(entry(f"{path}{letter}", kind=tarfile.SYMTYPE, link=step))
        path += f"{step}/"
    up = "/".join("abcdefghijklmnop") + "/" + "l" * 254
    infos.append(entry(up, kind=tarfile.SYMTYPE, link="../" * 16))
    infos.append(entry("escape", kind=tarfile.SYMTYPE, link=f"{up}/../../etc"))
    infos.append(entry("escape/canary"))
    return tar(*infos)


def through(link: bytes) -> bytes:
    """A link, then a member of the same name that would be written through it."""
    return tar(entry("a", kind=link, link="/tmp"), entry("a/b.wav"))


CRC_OF_X = zlib.crc32(b"x").to_bytes(4, "little")
SPARSE = {"GNU.sparse.size": "99999999999", "GNU.sparse.map": "0,1"}
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "parent": (lambda: tar(entry("../a.wav")), "leads out"),
    "parent inside": (lambda: tar(entry("a/../../a.wav")), "leads out"),
    "parent folder": (lambda: tar(entry("../a", kind=tarfile.DIRTYPE)), "leads out"),
    "absolute": (lambda: tar(entry("/etc/passwd")), "absolute"),
    "drive": (lambda: tar(entry("C:a.wav")), "absolute"),
    "backslash": (lambda: tar(entry("a\\b.wav")), "leads out"),
    "unicode slash": (lambda: tar(entry("a\uff0fb.wav")), "leads out"),
    "unicode dots": (lambda: tar(entry("a/\u2025/b.wav")), "leads out"),
    "control character": (lambda: tar(entry("a\nb.wav")), "impossible name"),
    "no name": (lambda: nameless("./"), "impossible name"),
    "5000 letters": (lambda: tar(entry("a/" * 2_500)), "impossible name"),
    "300 letters": (lambda: tar(entry("a" * 300)), "impossible name"),
    "long pax header": (lambda: paxed({"comment": "x" * 99_999}), "name or header of"),
    "long name header": (lambda: tar(entry("a/" * 50_000)), "name or header of"),
    "symlink": (lambda: tar(entry("a", kind=tarfile.SYMTYPE, link="/etc")), "link to '/etc'"),
    "hard link": (lambda: tar(entry("a", kind=tarfile.LNKTYPE, link="b")), "link to 'b'"),
    "fifo": (lambda: tar(entry("a", kind=tarfile.FIFOTYPE)), "a fifo"),
    "device": (lambda: tar(entry("a", kind=tarfile.CHRTYPE)), "a device"),
    "block device": (lambda: tar(entry("a", kind=tarfile.BLKTYPE)), "a device"),
    "sparse": (lambda: paxed(SPARSE, 512), "a sparse file"),
    "unknown type": (lambda: tar(entry("a", kind=b"Q")), "unknown type"),
    "twice": (lambda: tar(entry("a"), entry("./a")), "'a' twice"),
    "case": (lambda: tar(entry("a.wav"), entry("A.wav")), "'A.wav' twice"),
    "unicode form": (lambda: tar(entry("\u00e1"), entry("a\u0301")), "twice"),
    "gzip bomb": (lambda: gzip.compress(tar(entry("a", 90_000_000)), 1), "times as many"),
    "zip bomb": (lambda: zipped({"a": bytes(90_000_000)}), "times as many"),
    "zip parent": (lambda: zipped({"../a": b""}), "leads out"),
    "zip absolute": (lambda: zipped({"/a": b""}), "absolute"),
    "zip symlink": (lambda: zipped({"a": b"/etc"}, mode=stat.S_IFLNK | 0o777), "a link"),
    "zip fifo": (lambda: zipped({"a": b""}, mode=stat.S_IFIFO), "a device"),
    "zip twice": (lambda: zipped({"a": b"", "./a": b""}), "twice"),
    "zip password": (lambda: zipped({"a": b"x"}, flags=1), "encrypted"),
    "zip nul": (lambda: zipped({"aXb": b""}).replace(b"aXb", b"a\0b"), "impossible name"),
    "cut tar": (lambda: good_tar()[:1_900], "ends in the middle after 'a.tsv'"),
    "cut tar at a member": (lambda: good_tar()[:1_536], "ends in the middle"),
    "cut tar.gz": (lambda: good_tar("w:gz")[:-20], "ends in the middle"),
    "cut tar.xz": (lambda: good_tar("w:xz")[:-20], "ends in the middle"),
    "cut zip": (lambda: zipped(FILES)[:-30], "ends in the middle"),
    "cut deb": (lambda: deb(good_tar("w:xz"))[:-90], "ends in the middle"),
    "deb without data": (lambda: deb(b"", "other"), "no data.tar"),
    "deb of size -60": (lambda: deb(b"").replace(b"4         `", b"-60       `"), "-60"),
    "bad gzip sum": (lambda: good_tar("w:gz")[:-8] + bytes(8), "CRC check failed"),
    "bad zip sum": (lambda: zipped({"a": b"x"}).replace(CRC_OF_X, bytes(4)), "Bad CRC-32"),
    "overwritten header": (
        lambda: good_tar()[:1_536] + b"Z" * 512 + good_tar()[2_048:],
        "a header can't be read",
    ),
    "zeroed header": (
        lambda: good_tar()[:1_536] + bytes(512) + good_tar()[2_048:],
        "a header can't be read",
    ),
    "written through a link": (lambda: through(tarfile.SYMTYPE), "link to '/tmp'"),
    "deep links": (deep_links, "a link to"),
    "pax path": (lambda: paxed({"path": "../a.wav"}), "leads out"),
    "pax path with NUL": (lambda: paxed({"path": "a\0/b.wav"}), "impossible name"),
    "pax size": (lambda: pax_size("99999"), "middle"),
    "pax size below zero": (lambda: pax_size("-512"), "of -512 bytes"),
    "size below zero": (lambda: resized(b"\xff" * 12), "a member of -1 bytes"),
    "size of exabytes": (lambda: resized(b"\x80" + b"\x01" * 11), "bytes, allowed are"),
    "long link out": (lambda: tar(entry("../" * 80 + "a.wav")), "leads out"),
    "wrong sum": (
        lambda: tar(entry("a.wav"))[:148] + b"000000\0 " + tar(entry("a.wav"))[156:],
        "bad checksum",
    ),
    "something after the end": (lambda: good_tar() + b"#!/bin/sh\n", "can't be read"),
    "gzip x 1000": (lambda: gzip.compress(tar(entry("a", 70_000_000)), 9), "times as many"),
    "zip overlapping": (overlapping, "overlaps the one before"),
    "zip of two names": (
        lambda: zipped({"a.wav": b"x"}).replace(b"a.wav", b"b.wav", 1),
        "differ",
    ),
    "zip backslash": (lambda: zipped({"XX": b"x"}).replace(b"XX", b".\\"), "impossible name"),
    "zip size that lies": (
        lambda: zipped({"a": bytes(5_000)}).replace(
            (5_000).to_bytes(4, "little"), bytes([9, 0, 0, 0])
        ),
        "Bad CRC-32",
    ),
    "zstd": (lambda: b"\x28\xb5\x2f\xfd" + bytes(99), "repack it as tar.gz"),
    "web page": (lambda: b"<!DOCTYPE html><html>", "A web page"),
    "nothing": (lambda: b"", "not an archive that xlt reads"),
}


ATTACKS = (
    *("parent", "absolute", "symlink", "hard link", "fifo", "device", "twice", "deep links"),
    *("written through a link", "pax path with NUL", "unicode slash", "unicode dots", "backslash"),
    *("5000 letters", "case", "unicode form", "sparse", "pax path", "pax size", "size below zero"),
    *("long link out", "gzip x 1000", "cut tar.gz", "wrong sum", "zip parent", "zip symlink"),
    *("zip overlapping", "zip password"),
)
"""The 28 that are counted; the rest of HOSTILE is as hostile, and mostly their kin."""


def written_elsewhere(attack: str, folder: Path) -> tuple[str, list[tuple[str, str]]]:
    """Why an attack was refused ("" if it wasn't), and what was done to the file system meanwhile."""
    (folder / "x.bin").write_bytes(HOSTILE[attack][0]())
    TOUCHED.clear()
    WATCHED.append(attack)
    try:
        for _, file in members(folder / "x.bin"):
            file.read()
    except ArchiveRefused as refused:
        return str(refused), list(TOUCHED)
    finally:
        WATCHED.pop()
    return "", list(TOUCHED)


WATCHED: list[str] = []
TOUCHED: list[tuple[str, str]] = []


def watch(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook: what writes, makes, links, renames or deletes while WATCHED holds something."""
    made = (
        "os.mkdir",
        "os.link",
        "os.symlink",
        "os.rename",
        "os.remove",
        "os.chmod",
        "os.truncate",
    )
    if WATCHED and event in made:
        TOUCHED.append((event, repr(arguments)))
    writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT
    if WATCHED and event == "open" and isinstance(arguments[2], int) and arguments[2] & writes:
        TOUCHED.append((event, repr(arguments)))


sys.addaudithook(watch)


def test_28_attacks_are_refused_and_nothing_is_written(tmp_path: Path):
    assert len(set(ATTACKS)) == 28
    found = {attack: written_elsewhere(attack, tmp_path) for attack in ATTACKS}
    assert [attack for attack, (why, _) in found.items() if len(why) < 30] == []
    assert [touched for _, touched in found.values() if touched] == []
    assert [path.name for path in tmp_path.iterdir()] == ["x.bin"]


def test_the_watch_sees_what_is_written(tmp_path: Path):
    WATCHED.append("this")
    try:
        (tmp_path / "a").write_bytes(b"x")
        (tmp_path / "b").symlink_to("a")
    finally:
        WATCHED.pop()
    assert [event for event, _ in TOUCHED] == ["open", "os.symlink"]
    TOUCHED.clear()


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_or_damaged_is_refused(tmp_path: Path, name: str):
    make, said = HOSTILE[name]
    with pytest.raises(ArchiveRefused) as caught:
        read(tmp_path, make())
    assert said in str(caught.value)
    assert str(tmp_path / "x.bin") in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["x.bin"]


@pytest.mark.parametrize(
    ("caps", "said"),
    [
        (Caps(max_members=2), "more than 2 members"),
        (Caps(max_member_bytes=1_000), "'clips/b.mp3' has 2304 bytes, allowed are 1000"),
        (Caps(max_ratio=1.5, free_bytes=0), "more than 1.5 times"),
    ],
)
@pytest.mark.parametrize("data", [good_tar("w:gz"), zipped(FILES)], ids=["tar", "zip"])
def test_caps(tmp_path: Path, caps: Caps, said: str, data: bytes):
    with pytest.raises(ArchiveRefused, match=said):
        read(tmp_path, data, caps)


def test_a_missing_archive_is_named(tmp_path: Path):
    with pytest.raises(ArchiveRefused, match="no archive at .*gone"):
        next(members(tmp_path / "gone.tar"))


def test_what_came_before_the_damage_has_been_given(tmp_path: Path):
    (tmp_path / "x.tar").write_bytes(good_tar()[:2_500])
    stream = members(tmp_path / "x.tar")
    name, file = next(stream)
    assert (name, file.read()) == ("a.tsv", FILES["a.tsv"])
    _, cut = next(stream)
    with pytest.raises(ArchiveRefused, match=r"after 'clips/b\.mp3'"):
        cut.read()
