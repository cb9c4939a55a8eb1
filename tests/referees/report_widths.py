"""Width of a report in Chromium on phones and desktops: parts beyond the edge of the window.

    python tests/referees/report_widths.py chromium
    python tests/referees/report_widths.py chromium runs/es-mini/report.html --shots shots

Without a page, one is made of words, names and ids that are far too long. A table or drawing that is
wider than the window moves inside its box, which is counted; anything else is a fault (exit status 1).
"""

import argparse
import html
import json
import random
import re
import subprocess
import tempfile
from pathlib import Path

from xlt.reports.page import write_score_report
from xlt.scoring.conditions import Conditions
from xlt.scoring.scored_split import ScoredSplit
from xlt.scoring.utterances import Scored
from xlt.scoring.views import views

WIDTHS = (320, 360, 768, 1280)
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update --hide-scrollbars"
).split()
FRAME = """<!doctype html><meta charset="utf-8"><body style="margin:0">
<iframe src="{page}" style="width:{width}px;height:{height}px;border:0"></iframe>"""
"""Chromium's own windows are at least 500 pixels wide; a frame is not."""
MEASURE = """<pre></pre><script>onload = () => {
  const page = document.querySelector('iframe').contentDocument, out = []
  for (const e of page.querySelectorAll('main *'))
    if (e.matches('.box') || !e.closest('.box'))
      if (e.getBoundingClientRect().right > %d + 1) out.push(e.outerHTML.slice(0, 80))
  const boxes = [...page.querySelectorAll('.box')].filter(b => b.scrollWidth > b.clientWidth + 1)
  const wide = page.documentElement.scrollWidth
  document.querySelector('pre').textContent = JSON.stringify([wide, out, boxes.length])
}</script>"""


def too_long(path: Path) -> None:
    """A report of texts without a place to break a line."""
    chance = random.Random(0)
    words = ["donaudampfschifffahrtsgesellschaftskapitänsmützen", "größe", "x" * 80, "ñ", "mañana"]
    utterances = [
        Scored(
            id=f"/{'folder' * 15}/{k}.wav",
            reference=" ".join(chance.choices(words, k=6)),
            hypothesis=" ".join(chance.choices(words, k=k % 7)),
            speaker=f"{'speaker' * 12}{k % 25}",
            accent=f"العربية {'accent' * 10}{k % 3}",
            gender=f"a description in words {k % 2}",
            duration_s=1.0 + k % 30,
        )
        for k in range(80)
    ]
    conditions = Conditions(data="d" * 90, split="test", decoder="beam", normaliser="none", seed=0)
    split = ScoredSplit(utterances=utterances, conditions=conditions, listed=True)
    write_score_report(views(split), split, path, title="t" * 90, training_words={"ñ": 12_345_678})


def chromium(command: str, *options: str) -> str:
    """The output of a headless Chromium with an empty profile that is deleted afterwards."""
    with tempfile.TemporaryDirectory() as profile:
        call = [command, *QUIET, f"--user-data-dir={profile}", *options]
        return subprocess.run(call, capture_output=True, check=True, timeout=120, text=True).stdout


def main() -> None:
    """Measure a page at every width."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chromium", help="the command")
    parser.add_argument("page", nargs="?", type=Path)
    parser.add_argument("--shots", type=Path, help="folder for a picture a width")
    options = parser.parse_args()
    faults = 0
    with tempfile.TemporaryDirectory() as made:
        page, frame = options.page, Path(made, "frame.html")
        if page is None:
            page = Path(made, "report.html")
            too_long(page)
        for width in WIDTHS:
            shown = FRAME.format(page=page.resolve().as_uri(), width=width, height=6000)
            frame.write_text(shown + MEASURE % width, encoding="utf-8")
            reading = ("--disable-web-security", "--virtual-time-budget=9000", "--dump-dom")
            measured = re.search(
                "<pre>(.*?)</pre>", chromium(options.chromium, *reading, frame.as_uri())
            )
            wide, out, boxes = (
                json.loads(html.unescape(measured[1])) if measured else (0, ["nothing"], 0)
            )
            faults += wide > width or bool(out)
            print(f"{width}: page {wide} wide, {boxes} boxes that move, beyond the edge: {out[:3]}")
            if options.shots is not None:
                options.shots.mkdir(parents=True, exist_ok=True)
                shot = options.shots.resolve() / f"{width}.png"
                frame.write_text(shown, encoding="utf-8")
                size = f"--window-size={max(width, 500)},6000"
                chromium(options.chromium, size, f"--screenshot={shot}", frame.as_uri())
    raise SystemExit(faults > 0)


if __name__ == "__main__":
    main()
