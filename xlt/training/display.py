"""Display of a run's progress: a bar on a terminal, lines elsewhere, and messages between them."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tqdm import tqdm

from xlt.training.diagnostics import Message
from xlt.training.progress import Progress

log = logging.getLogger(__name__)

LINE_EVERY = 50
"""Steps between lines of progress where there is no terminal."""
SHOWN = ("dev_cer", "dev_wer", "dev_cer_all", "dev_wer_all")
"""Figures of an evaluation that a line of progress shows."""
FULL_S = 240.0
"""Speech in a step of one GPU with which computing outweighs the start of its kernels: an XLS-R 300M
takes about 0.5 ms of an H100 for a second of speech and 25 ms to start a step (computed, not run)."""


def share_of_a_step(batch_s: float, processes: int, device: str) -> str:
    """Sentence on the speech that each process has in a step, and what to raise where a GPU idles.

    Args:
        batch_s: Seconds of speech in a global batch.
        processes: Processes of the run.
        device: Its type, as torch names it.
    """
    each = batch_s / processes
    units = "processes" if device == "cpu" else "GPUs"
    said = f"{batch_s:.0f} s of speech in a step"
    if processes > 1:
        said += f", {each:.0f} s for each of {processes} {units}"
    if device == "cpu" or each >= FULL_S / 2:
        return f"{said}."
    return (
        f"{said}: a GPU would wait for the start of its work. --training.batch-s "
        f"{FULL_S * processes:.0f} gives each {FULL_S:.0f} s, for fewer --training.steps."
    )


@dataclass(slots=True)
class ProgressDisplay:
    """Display of one run; only the main process shows anything."""

    label: str
    steps: int
    main: bool
    """True in the main process."""
    _bar: "tqdm[Any]" = field(init=False)

    def open(self, first: int) -> None:
        """Show the bar of a run that begins after `first` steps."""
        self._bar = tqdm(
            total=self.steps,
            initial=first,
            desc=self.label,
            unit="step",
            disable=None if self.main else True,
        )

    def step(self, done: int, progress: Progress) -> None:
        """Move the bar; where there is no terminal for one, write a line now and then."""
        self._bar.update()
        self._bar.set_postfix(loss=f"{progress.losses[-1]:.3f}", refresh=False)
        if self._bar.disable and self.main and done % LINE_EVERY == 0:
            print(self.label, progress.line(done, self.steps), flush=True)

    def evaluation(self, done: int, loss: float, figures: Mapping[str, float]) -> None:
        """Write the line of an evaluation."""
        if self.main:
            shown = "  ".join(f"{k} {100 * figures[k]:.1f} %" for k in SHOWN if k in figures)
            if "dev_cer_low" in figures:
                low, high = (100 * figures[f"dev_cer_{end}"] for end in ("low", "high"))
                shown += f"  (dev_cer of a draw: {low:.1f} to {high:.1f} %)"
            tqdm.write(f"{self.label} step {done}: loss {loss:.3f}  {shown}")

    def note(self, sentence: str) -> None:
        """Write a sentence."""
        if self.main:
            tqdm.write(f"{self.label}: {sentence}")

    def messages(self, messages: Iterable[Message]) -> None:
        """Write harmless messages of the diagnostics, and log the others as warnings."""
        for message in messages if self.main else ():
            if message.harmless:
                tqdm.write(f"{self.label} {message}")
            else:
                log.warning("%s %s", self.label, message)

    def close(self) -> None:
        """End the bar."""
        self._bar.close()
