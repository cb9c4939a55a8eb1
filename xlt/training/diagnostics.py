"""Training diagnostics from loss and dev metrics: blank collapse, divergence, overfitting.

`Diagnostics` is a fold over the values that a checkpoint stores: the losses and the curve. A resumed
run replays them in silence and then gives the messages of an uninterrupted one.

Thresholds are ours, each with its reason; a message explains and never stops anything.
"""

import math
import statistics
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from xlt.training.loss_levels import exploded
from xlt.training.run_plan import Plan

BLANK_SHARE = 0.98
"""Nothing but blanks: reading about 14 letters a second in 50 frames, a model that has learned
writes a letter in a fifth of the frames or more, so 2 % is not text."""
EMPTY_SHARE = 0.9
"""Empty hypotheses that make an evaluation an all-blank one, where frames are not counted."""
LEARNED_CER = 0.7
"""Below this a model has learned letters; constant output stays above it."""
WINDOW = 20
"""Losses under one median: a single odd batch moves it by nothing."""
DIVERGED = 2.0
"""Median loss, as a multiple of the untrained model's; learning only ever lowers it."""
FELL_BACK = 5.0
"""The same, as a multiple of the best so far: a high rate or a phase's edge costs less than this."""
GUESSING = 1.0
"""Loss per letter, in nats, under which a model is still far from guessing (about 3 for 30 letters)."""
WORDS_FAIL = 0.97
"""WER at which words are lost altogether."""
LETTERS_WORK = 0.3
"""CER at which words of five letters, with errors at random, would be right in 0.7^5 = 17 of 100."""
STUCK_CER = 0.9
"""CER of text that has nothing to do with what was said."""
WORSE_FOR = 3
"""Evaluations after the best one, all worse, that make a trend."""
WORSE_BY = 1.03
"""Least ratio of the last dev CER to the best one."""
BETTER_BY = 0.9
"""Most that is left of the training loss at the best evaluation, as a share."""

Curve = Sequence[Mapping[str, float]]
TOO_HIGH = (
    "The learning rate is too high for this model or batch: stop, and start again with half of "
    "--training.schedule.peak or twice of --training.batch-s; a longer warm-up "
    "(--training.schedule.warmup) helps a fresh head."
)
Found = tuple[str, int, str]
"""Code, step and text of a message."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One thing to know about a run."""

    code: str
    step: int
    text: str
    harmless: bool = False
    """Nothing is wrong: it explains what will look wrong."""

    def __str__(self) -> str:
        return f"{self.code} at step {self.step}: {self.text}"


@dataclass(slots=True)
class Diagnostics:
    """Fold over all losses and evaluations, in order; returns the messages that are new."""

    plan: Plan
    _said: set[str] = field(default_factory=set)
    _window: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _first: float = math.inf
    """Median of the first window."""
    _lowest: float = math.inf
    """Lowest median of any window."""
    _best: Mapping[str, float] | None = None
    """The evaluation with the lowest CER."""
    _worse: int = 0
    """Evaluations since."""

    @classmethod
    def replayed(cls, plan: Plan, losses: Sequence[float], curve: Curve) -> "Diagnostics":
        """Diagnostics after these losses and evaluations; their messages are not repeated."""
        diagnostics = cls(plan)
        list(diagnostics.story(losses, curve))
        return diagnostics

    def story(self, losses: Sequence[float], curve: Curve) -> Iterator[Message]:
        """All messages of a run from its start, in order."""
        yield from self.start()
        entries = {int(entry["step"]): entry for entry in curve}
        for step, loss in enumerate(losses, start=1):
            yield from self.note(step, loss)
            if step in entries:
                yield from self.scored(entries[step])

    def start(self) -> tuple[Message, ...]:
        """Before step 1."""
        return self._new(*self._infeasible(), *self._head_only())

    def _infeasible(self) -> Iterable[Found]:
        bad, clips = self.plan.infeasible, self.plan.clips
        if not bad:
            return
        shown = ", ".join(bad[:5]) + (", ..." if len(bad) > 5 else "")
        text = (
            f"{len(bad)} of {clips} clips ({100 * len(bad) / clips:.1f} %) have more labels "
            f"than frames at the fastest speed ({shown}). CTC's loss for them is infinite and is counted "
            "as 0: they teach nothing, and the loss looks better than it is. Prepare the data again for "
            "this source and these speeds, and look at their transcripts."
        )
        yield "XLT-T05", 0, text

    def _head_only(self) -> Iterable[Found]:
        steps, head_only = self.plan.steps, self.plan.head_only
        if not head_only:
            return
        yield (
            "XLT-T09",
            0,
            f"only the head will learn: all {steps} steps are in its own phase, and everything below it "
            "stays as the source has it, whatever rate, layers or data are tried. Give the rest of the "
            f"model steps of its own: --transfer.head-only-steps {steps // 10}, or more "
            "--training.steps.",
        )

    def note(self, step: int, loss: float) -> tuple[Message, ...]:
        """After a step; losses that are not finite are the step guard's to name."""
        if not math.isfinite(loss):
            return ()
        self._window.append(loss)
        if len(self._window) < WINDOW:
            return ()
        median = statistics.median(self._window)
        if self._first == math.inf:
            self._first = median
        self._lowest = min(self._lowest, median)
        limit = max(GUESSING, min(DIVERGED * self._first, FELL_BACK * self._lowest))
        if median <= limit:
            return ()
        text = (
            f"the loss diverges: {median:.2f} over the last {WINDOW} steps, after {self._first:.2f} at "
            f"the start and {self._lowest:.2f} at best. {TOO_HIGH}"
        )
        return self._new(("XLT-T04", step, text))

    def scored(self, entry: Mapping[str, float]) -> tuple[Message, ...]:
        """After an evaluation: an entry of the curve, with as many of the figures as there are.

        step, loss (mean since the last evaluation), dev_cer, dev_wer, dev_blank (share of frames
        that are blank), dev_empty (share of hypotheses without a letter).
        """
        step = int(entry["step"])
        best = self._best
        if best is None or entry["dev_cer"] < best["dev_cer"]:
            self._best, self._worse = dict(entry), 0
        else:
            self._worse += 1
        found: tuple[Found, ...]
        if exploded(entry):
            found = tuple(_explosion(step, entry))
        elif best is None or best["dev_cer"] >= LEARNED_CER:
            found = (*self._plateau(step, entry), *self._stuck(step, entry))
        else:
            found = (*_collapse(step, entry, best), *self._overfits(step, entry))
        return self._new(*found, *_words(step, entry))

    def _new(self, *found: Found) -> tuple[Message, ...]:
        """Messages whose code has not appeared before."""
        fresh = [
            Message(code=code, step=step, text=text, harmless=code == "XLT-T01")
            for code, step, text in found
            if code not in self._said
        ]
        self._said |= {message.code for message in fresh}
        return tuple(fresh)

    def _plateau(self, step: int, entry: Mapping[str, float]) -> Iterable[Found]:
        if not _all_blank(entry) or "XLT-T04" in self._said:
            return
        end = self.plan.plateau_ends
        if step <= end:
            yield (
                "XLT-T01",
                step,
                "the model writes nothing but blanks yet. That is how CTC begins: blank is the most "
                "frequent label, so it is learned first, and letters come at once later. It is normal "
                f"until about step {end} of {self.plan.steps}; there is nothing to do.",
            )
            return
        if step <= self.plan.head_only_steps:
            return
        yield (
            "XLT-T02",
            step,
            f"the model still writes nothing but blanks; letters should have come by about step {end}. "
            "First see whether it can learn at all: `xlt overfit` with this data and source. If it can: "
            "a phase for the head alone (--transfer.head-only-steps), a higher --training.schedule.peak, "
            "a longer warm-up (--training.schedule.warmup), a larger --training.batch-s, or another "
            "--training.seed, in this order. If it can't, it says what to look at.",
        )

    def _stuck(self, step: int, entry: Mapping[str, float]) -> Iterable[Found]:
        if step <= max(self.plan.plateau_ends, self.plan.head_only_steps):
            return
        if _all_blank(entry) or entry["dev_cer"] < STUCK_CER or "XLT-T04" in self._said:
            return
        yield (
            "XLT-T07",
            step,
            f"the model writes letters, but not what is said: CER {100 * entry['dev_cer']:.0f} % after "
            f"step {self.plan.plateau_ends}. Listen to a few clips beside their transcripts: are they of "
            "each other, in this language, and at the rate they claim? Then try `xlt overfit`.",
        )

    def _overfits(self, step: int, entry: Mapping[str, float]) -> Iterable[Found]:
        best = self._best
        assert best is not None
        worse = entry["dev_cer"] > WORSE_BY * best["dev_cer"]
        still_falls = entry.get("loss", math.inf) < BETTER_BY * best.get("loss", 0.0)
        if self._worse < WORSE_FOR or not worse or not still_falls:
            return
        yield (
            "XLT-T08",
            step,
            f"the model begins to memorise the training clips: their loss still falls, while dev "
            f"CER rises from {100 * best['dev_cer']:.1f} % (step {int(best['step'])}) to "
            f"{100 * entry['dev_cer']:.1f} %. The model of step {int(best['step'])} is kept. "
            f"--training.patience {WORSE_FOR} ends such a run; more data, stronger augmentation, or fewer "
            "--training.steps go further.",
        )


def _all_blank(entry: Mapping[str, float]) -> bool:
    return entry.get("dev_blank", 0.0) >= BLANK_SHARE or entry.get("dev_empty", 0.0) >= EMPTY_SHARE


def _explosion(step: int, entry: Mapping[str, float]) -> Iterable[Found]:
    """The loss is far above what it was, before or instead of anything that the texts show."""
    yield (
        "XLT-T04",
        step,
        f"the loss has exploded: {entry['loss_now']:.1f} a letter in the last steps, after "
        f"{entry['loss_lowest']:.1f} before; dev CER is {100 * entry['dev_cer']:.0f} %. {TOO_HIGH}",
    )


def _collapse(step: int, entry: Mapping[str, float], best: Mapping[str, float]) -> Iterable[Found]:
    """Half of what was learned is lost, or nothing is written any more."""
    if not _all_blank(entry) and entry["dev_cer"] <= (1 + best["dev_cer"]) / 2:
        return
    state = "it writes only blanks" if _all_blank(entry) else f"CER {100 * entry['dev_cer']:.0f} %"
    yield (
        "XLT-T03",
        step,
        f"the model has collapsed: {state}, after CER {100 * best['dev_cer']:.1f} % at step "
        f"{int(best['step'])}, whose model is kept. Most often the learning rate is too high "
        "(halve --training.schedule.peak), or damaged clips came in: see the skipped ones.",
    )


def _words(step: int, entry: Mapping[str, float]) -> Iterable[Found]:
    """Letters are right and words are not."""
    if entry["dev_cer"] > LETTERS_WORK or entry.get("dev_wer", 0.0) < WORDS_FAIL:
        return
    yield (
        "XLT-T06",
        step,
        f"letters are right (CER {100 * entry['dev_cer']:.0f} %), words are not (WER "
        f"{100 * entry['dev_wer']:.0f} %): the model does not write the spaces. Look at a few "
        "hypotheses; check that the transcripts have spaces between words and that `|` is a label "
        "of the model (`xlt transfer SOURCE LANGUAGE` shows its row). A row that starts fresh comes last.",
    )
