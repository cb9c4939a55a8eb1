"""Python and the libraries: installed, new enough, importable, of one build, without known vulnerabilities."""

import contextlib
import importlib.metadata
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from xlt.doctor.finding import Finding, State, child


@dataclass(frozen=True, kw_only=True, slots=True)
class Hole:
    """A published vulnerability of a library that xlt depends on."""

    library: str
    mended_in: str
    name: str
    what: str


HOLES = (
    Hole(
        library="torch",
        mended_in="2.10",
        name="CVE-2026-24747",
        what="a pickled checkpoint can run code in spite of weights_only=True",
    ),
    Hole(
        library="transformers",
        mended_in="5.3",
        name="CVE-2026-4372",
        what="a config.json can make it fetch and run a kernel",
    ),
)
"""As public threads report them. New ones are found every month: a floor, and never proof of safety."""


def python() -> Finding:
    """The interpreter, with a warning where its tarfile can write outside a folder."""
    version = ".".join(map(str, sys.version_info[:3]))
    # The cure of gh-135034 brought this name along, so it also tells a patched build of an old version.
    if not hasattr(os.path, "ALLOW_MISSING"):
        return Finding(
            name="python",
            state="warning",
            seen=f"{version}; its tarfile can be led out of a folder (CVE-2025-4517, gh-135034)",
            do="update to 3.11.13, 3.12.11, 3.13.4 or newer; xlt itself never lets tarfile extract",
        )
    return Finding(name="python", state="ok", seen=version)


def requirements() -> dict[str, str]:
    """Library -> lowest version, as xlt's own metadata declares them."""
    return floors(importlib.metadata.requires("xlt") or [])


def floors(declared: Sequence[str]) -> dict[str, str]:
    """Library -> lowest version ("" where any will do) from requirements; extras are left out."""
    found = {}
    for line in declared:
        name, floor = re.match(r"([\w.-]+)[^;]*?(?:>=\s*([\w.]+))?\s*(?:;|$)", line).groups("")  # type: ignore[union-attr]
        if "extra ==" not in line:
            found[name] = floor
    return found


def older(version: str, floor: str) -> bool:
    """True if a version is below another; what follows the numbers (rc1, +cu130) doesn't count."""

    def numbers(text: str) -> tuple[int, ...]:
        head = re.match(r"\d+(?:\.\d+)*", text)
        found = [int(n) for n in head[0].split(".")] if head else []
        while found and not found[-1]:
            found.pop()
        return tuple(found)

    return numbers(version) < numbers(floor)


def libraries() -> Iterator[Finding]:
    """Every declared library: is it there, new enough, and does it load?"""
    try:
        wanted = requirements()
    except importlib.metadata.PackageNotFoundError:
        yield Finding(
            name="xlt",
            state="problem",
            seen="is not installed, so what it needs is not known",
            do="pip install -e . in the folder of xlt",
        )
        return
    present = {}
    for name, floor in wanted.items():
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            do = f"pip install '{name}>={floor}'"
            yield Finding(name=name, state="problem", seen="is not installed", do=do)
            continue
        if older(version, floor):
            do = f"pip install --upgrade '{name}>={floor}'"
            yield Finding(name=name, state="problem", seen=f"{version} is below {floor}", do=do)
            continue
        present[name] = version
    errors = import_errors(modules_of(present))
    for name, version in present.items():
        if name in errors:
            seen = f"{version} does not load: {errors[name]}"
            yield Finding(name=name, state="problem", seen=seen, do=remedy(name, errors[name]))
    sound = len(present) - len(errors)
    yield Finding(name="libraries", state="ok", seen=f"{sound} of {len(wanted)} are there and load")


def modules_of(distributions: Iterable[str]) -> dict[str, str]:
    """Distribution -> the name by which it is imported: its own, or else its first module's."""
    found: dict[str, list[str]] = {}
    for module, owners in importlib.metadata.packages_distributions().items():
        for owner in owners:
            found.setdefault(_plain(owner), []).append(module)
    names = {}
    for distribution in distributions:
        plain = _plain(distribution)
        modules = sorted(found.get(plain, [plain]))
        names[distribution] = plain if plain in modules else modules[0]
    return names


def _plain(distribution: str) -> str:
    """Names of distributions are equal in either case and with any of -, _ and a dot."""
    return re.sub(r"[-_.]+", "_", distribution).lower()


TRY = """
import importlib, json, sys
for name, module in json.loads(sys.argv[1]).items():
    print("\\n<xlt>" + json.dumps([name, None]), flush=True)
    try:
        importlib.import_module(module)
    except BaseException as error:
        said = f"{type(error).__name__}: {error}".splitlines()[0][:300]
    else:
        said = ""
    print("\\n<xlt>" + json.dumps([name, said]), flush=True)
"""


def import_errors(modules: Mapping[str, str]) -> dict[str, str]:
    """Name -> why its module does not load. One child tries all; after a crash another goes on."""
    left = dict(modules)
    errors: dict[str, str] = {}
    while left:
        said, code = child(TRY, json.dumps(left))
        lines = [line for line in said.splitlines() if line.startswith("<xlt>")]
        heard = dict(json.loads(line.removeprefix("<xlt>")) for line in lines)
        silent = [name for name, error in heard.items() if error is None]
        if not heard or (not silent and len(heard) < len(left)):
            silent = [name for name in left if name not in heard][:1]
        heard |= dict.fromkeys(silent, f"its import ended the process (exit code {code})")
        errors |= {name: error for name, error in heard.items() if error}
        left = {name: module for name, module in left.items() if name not in heard}
    return errors


def remedy(name: str, error: str) -> str:
    """The line that mends an import."""
    if name == "torchaudio" or "torchaudio" in error or "libc10_cuda" in error:
        index = "" if _cuda("torch") else " --index-url https://download.pytorch.org/whl/cpu"
        return f"pip install --force-reinstall --no-deps torchaudio{index}"
    if name == "soundfile" and "sndfile" in error:
        return "pip install --force-reinstall soundfile, or install libsndfile with your system"
    return f"pip install --force-reinstall {name}"


def holes() -> Iterator[Finding]:
    """Libraries below a version that mends a known hole."""
    open_ = []
    for hole in HOLES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            version = importlib.metadata.version(hole.library)
            if older(version, hole.mended_in):
                open_.append(hole)
                yield Finding(
                    name="holes",
                    state="problem",
                    seen=f"{hole.library} {version}: {hole.what} ({hole.name})",
                    do=f"pip install --upgrade '{hole.library}>={hole.mended_in}'",
                )
    if not open_:
        names = ", ".join(hole.name for hole in HOLES)
        yield Finding(
            name="holes",
            state="ok",
            seen=f"none of those known here ({names}); the list is short and ages: check again "
            "with pip-audit",
        )


def _cuda(module: str) -> str | None:
    """CUDA version a wheel was built for, read from its version.py without importing it; None: CPU."""
    spec = PathFinder.find_spec(module)
    if spec is None or spec.origin is None:
        return None
    file = Path(spec.origin).with_name("version.py")
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    found = re.search(r"\+cu(\d+)", text)
    return found[1] if found else None


def builds() -> Finding:
    """Both torch and torchaudio must be built for the same device."""
    ours, theirs = _cuda("torch"), _cuda("torchaudio")
    named = [f"cu{found}" if found else "cpu" for found in (ours, theirs)]
    seen = f"torch for {named[0]}, torchaudio for {named[1]}"
    if ours == theirs:
        return Finding(name="builds", state="ok", seen=seen)
    # A CPU wheel from PyPI carries no mark, and works beside either; the other way round it doesn't load.
    state: State = "problem" if theirs and not ours else "warning"
    return Finding(name="builds", state=state, seen=seen, do=remedy("torchaudio", ""))
