"""Preflight: what a run would do and need, and what is wrong with it, before anything long begins.

Every path is opened, tables are counted, the source is read, and the settings are held against each
other. A run begins with it, and stops at what is wrong; `--dry-run` prints all of it.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from xlt.corpora.builders import AnyCorpus
from xlt.corpora.outline import Outline, brief, outline
from xlt.corpora.prepared import Prepared
from xlt.dataset.account import REPORT
from xlt.dataset.corpora_together import in_one_language
from xlt.language.labels import labels
from xlt.models.hub_files import HTTP_ERROR
from xlt.models.source import Source, load_source
from xlt.recipe.arms import arms_of
from xlt.recipe.estimates import Needs, Speed, measured_speed, needs_of
from xlt.recipe.launch import Launch, in_the_way, nothing_to_resume
from xlt.recipe.misfits import (
    head_only,
    letters_lacking,
    mostly_head,
    other_language,
    rate_for_batch,
    too_many_passes,
)
from xlt.recipe.options import SMALL_SOURCE
from xlt.recipe.prepared_data import alone, check_fits
from xlt.recipe.resumable import other_settings
from xlt.reports.table import title
from xlt.system.mending import Mendable
from xlt.training.device import unfit_gpu
from xlt.training.launch_environment import ignored_settings, refused_launcher
from xlt.transfer.options import Transfer
from xlt.transfer.surgery import TransferReport, outlined


@dataclass(frozen=True, kw_only=True, slots=True)
class Preflight:
    """Account of a run before it."""

    launch: Launch
    source: Source | None
    outlines: tuple[Outline, ...]
    report: TransferReport | None
    """The rows of the head and the layers, as the transfer would make them."""
    arms: tuple[str, ...]
    needs: Needs | None
    speed: Speed | None
    faults: tuple[ValueError, ...]
    """Reasons not to start, each with what mends it."""
    warnings: tuple[str, ...]

    @property
    def hours(self) -> float | None:
        """Speech in all corpora, as far as it is known; None where a corpus is still to be made."""
        known = [corpus.hours for corpus in self.outlines]
        return None if not known or None in known else sum(h for h in known if h is not None)

    def __str__(self) -> str:
        """A line for each part, the faults last."""
        return "\n".join(f"{name:8} {text}" for name, text in self._lines())

    def _lines(self) -> Iterator[tuple[str, str]]:
        recipe = self.launch.recipe
        language = recipe.target_language
        yield "run", str(self.launch.folder)
        if self.source is not None:
            known = self.source.labels
            head = f"{len(known.tokens)} labels" if known else "no CTC head"
            yield "source", f"{self.source.name}: {self.source.family}, {head}"
        yield "target", f"{language.name}: {len(labels(language).tokens)} labels"
        for corpus in self.outlines:
            yield "data", str(corpus)
        if self.report is not None:
            yield "layers", _layers(self.report, recipe.transfer)
            yield "head", "rows by letter, copied or fresh:"
            for line in str(self.report).splitlines()[1:]:
                yield "", line.strip()
        for change in self.launch.changed:
            yield "mini", change
        yield "models", f"{len(self.arms)}: {'; '.join(self.arms)}"
        yield "steps", self._steps()
        yield "time", self._time()
        if self.needs is not None:
            yield "memory", self.needs.memory
            yield "disk", self.needs.disk
        for warning in self.warnings:
            yield "look at", warning
        for fault in self.faults:
            yield "refused", str(fault)

    def _steps(self) -> str:
        training, alone = self.launch.recipe.training, self.launch.recipe.transfer.head_only_steps
        heard = training.steps * training.batch_s / 3600
        times = f", {brief(heard / self.hours)} times the data" if self.hours else ""
        first = f"; in the first {alone:,} only the head learns" if alone else ""
        each = ", for each model" if self.arms[1:] else ""
        return f"{training.steps:,} of {training.batch_s:g} s of speech ({brief(heard)} h{times}){each}{first}"

    def _time(self) -> str:
        if self.speed is None:
            return f"not known: no run in {self.launch.out} has trained from this source on this machine"
        training = self.launch.recipe.training
        spoken_s = training.steps * training.batch_s * len(self.arms)
        return (
            f"roughly {max(1, round(spoken_s / self.speed.speech_s / 60)):,} min of training, at "
            f"{self.speed.speech_s:.3g} s of speech a second as in {self.speed.run}"
        )


def preflight(launch: Launch) -> Preflight:
    """Look at everything that a run needs; nothing is written."""
    recipe, warnings = launch.recipe, ignored_settings()
    faults = _errors(refused_launcher())
    outlines, wrong, odd = _data(launch)
    faults += [*wrong, *in_the_way(launch), *head_only(recipe)]
    warnings += [*odd, *mostly_head(recipe), *nothing_to_resume(launch)]
    known_h = [corpus.hours for corpus in outlines if corpus.hours is not None]
    if len(known_h) == len(outlines):
        warnings += too_many_passes(recipe, sum(known_h))
    if gpu := unfit_gpu():
        faults.append(ValueError(gpu))
    source, model, report, needs = None, None, None, None
    try:
        source = load_source(recipe.source, target=recipe.language, **asdict(recipe.opening))
        target = labels(recipe.target_language)
        model, report = outlined(source, target, recipe.transfer, recipe.regularisation)
    except ValueError as error:
        faults.append(_or_mini(error, launch))
    if source is not None and model is not None:
        prepared = alone(recipe.data) or (launch.folder / "data" / REPORT).is_file()
        hours = 0.0 if prepared else sum(corpus.hours or 0.0 for corpus in outlines)
        needs = needs_of(model, recipe, launch.folder, hours)
        faults += other_settings(launch, source)
        faults += _errors(needs.faults())
        warnings += rate_for_batch(recipe, int(source.config.hidden_size))
    return Preflight(
        launch=launch,
        source=source,
        outlines=tuple(outlines),
        report=report,
        arms=tuple(title(name) for name in arms_of(recipe, source)) if source else ("one model",),
        needs=needs,
        speed=measured_speed(launch.out, source.digest) if source else None,
        faults=tuple(faults),
        warnings=tuple(warnings),
    )


def _data(launch: Launch) -> tuple[list[Outline], list[ValueError], list[str]]:
    """Outlines of the corpora, faults and warnings; of the run's dataset, where that is made."""
    recipe, made = launch.recipe, launch.folder / "data"
    outlines: list[Outline] = []
    faults: list[ValueError] = []
    warnings: list[str] = []
    corpora: tuple[AnyCorpus, ...] = recipe.data
    language = recipe.target_language
    if (made / REPORT).is_file():
        corpora = (Prepared(path=made),)
    elif (dataset := alone(recipe.data)) is not None:
        try:
            check_fits(dataset, language)
        except ValueError as error:
            return [], [error], []
    if corpora is recipe.data and not alone(corpora):
        try:
            in_one_language(corpora, language)
        except ValueError as error:
            faults.append(error)
    for corpus in corpora:
        try:
            found = outline(corpus)
        except ValueError as error:
            faults.append(error)
            continue
        outlines.append(found)
        wrong, odd = _of_corpus(found)
        faults += _errors(wrong)
        warnings += odd
        for look in (letters_lacking, other_language):
            warnings += look(found.transcripts, language, found.name)
    return outlines, faults, warnings


def _or_mini(error: ValueError, launch: Launch) -> ValueError:
    """A source that could not be fetched, with the way that needs no network; other errors as they are."""
    if not isinstance(error.__cause__, (HTTP_ERROR, OSError)) or launch.mini or launch.smoke:
        return error
    words = error.words if isinstance(error, Mendable) else {}
    small = (
        f"Without network, --mini --no-compare starts from {SMALL_SOURCE}, which is in the package."
    )
    return Mendable(f"{error} {small}", words=words)


def _of_corpus(found: Outline) -> tuple[list[str], list[str]]:
    """Faults and warnings about one corpus."""
    if found.clips == 0:
        first = f": {found.first_refused}" if found.first_refused else ""
        return [f"{found.name} has no row that can be used{first}."], []
    warnings = []
    if found.refused:
        warnings.append(
            f"{found.name}: rows that can't be used: {found.refused:,}, the first: {found.first_refused}"
        )
    if found.unheard:
        sentence = (
            f"{found.name}: {len(found.unheard)} of {found.heard} recordings that were tried can't be "
            f"decoded, the first: {found.unheard[0]}"
        )
        if len(found.unheard) == found.heard:
            return [f"{sentence}."], warnings
        warnings.append(sentence)
    return [], warnings


def _layers(report: TransferReport, options: Transfer) -> str:
    dropped, below = report.layers_before - report.layers_after, options.freeze_below
    cut = f", the top {dropped} dropped" if dropped else ", none dropped"
    if below:
        cut += ", all of them frozen" if below == "all" else f", the lowest {below} frozen"
    return f"{report.layers_after} of {report.layers_before}{cut}; {report.parameters / 1e6:.1f} M parameters"


def _errors(sentences: list[str]) -> list[ValueError]:
    return [ValueError(sentence) for sentence in sentences]
