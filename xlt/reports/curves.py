"""Learning curves of a run as one inline SVG that takes its colours from the page's CSS."""

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from xlt.reports.table import YARDSTICK, last, steps_to_reach, title

INKS: Mapping[str, str] = {"#010101": "--ink", "#020202": "--soft", "#030303": "--line"}
"""Stand-in colours -> CSS variables; matplotlib can't write a variable itself."""
INK, SOFT, LINE = INKS
ARM_COLOURS = tuple(f"#0404{i:02x}" for i in range(6))
"""Stand-ins of `--arm-0` to `--arm-5`."""
LABEL_GAP = 0.058
"""Least distance of two labels at the ends of the lines, in heights of the axes."""

Point = Mapping[str, Any]
Curves = Mapping[str, Sequence[Point]]
End = tuple[float, float, str, str]
"""End of a line, with its name and its colour: x, y, text, colour."""


def curves_svg(curves: Curves) -> str:
    """Dev CER and training loss of every arm by step; "" where no arm has two points to join."""
    panels = [
        (k, t) for k, t in (("dev_cer", "dev CER, %"), ("loss", "training loss")) if _has(curves, k)
    ]
    if not panels:
        return ""
    stream = io.StringIO()
    with matplotlib.rc_context(
        {"svg.fonttype": "none", "svg.hashsalt": "xlt", "text.parse_math": False}
    ):
        figure = Figure(figsize=(8.6, 3.9 * len(panels)), layout="constrained")
        axes = figure.subplots(len(panels), 1, squeeze=False)[:, 0]
        for one, (key, heading) in zip(axes, panels, strict=True):
            _panel(one, curves, key, heading)
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    return _inline(stream.getvalue())


def _has(curves: Curves, key: str) -> bool:
    """True if a line can be drawn: one point is a figure, which the table has."""
    return any(sum(point.get(key) is not None for point in curve) > 1 for curve in curves.values())


def _panel(axes: Axes, curves: Curves, key: str, heading: str) -> None:
    scale = 100.0 if key == "dev_cer" else 1.0
    ends: list[End] = []
    for i, (arm, curve) in enumerate(curves.items()):
        seen = [(p["step"], scale * p[key]) for p in curve if p.get(key) is not None]
        if not seen:
            continue
        colour = ARM_COLOURS[i % len(ARM_COLOURS)]
        steps, values = zip(*seen, strict=True)
        mark = "o" if len(seen) <= 40 else ""
        axes.plot(steps, values, color=colour, linewidth=1.8, marker=mark, ms=3.5)
        ends.append((steps[-1], values[-1], title(arm), colour))
    if key == "dev_cer":
        _yardstick(axes, curves)
    _style(axes, heading)
    _label_ends(axes, ends)


def _yardstick(axes: Axes, curves: Curves) -> None:
    """A line at the yardstick's last dev CER, and where each arm first reaches it."""
    target = last(curves.get(YARDSTICK) or (), "dev_cer")
    if target is None or len(curves) < 2:
        return
    axes.axhline(100 * target, color=SOFT, linewidth=0.9, linestyle=(0, (5, 4)), zorder=1)
    for i, curve in enumerate(curves.values()):
        step = steps_to_reach(curve, target)
        if step is not None:
            point = next(p for p in curve if p["step"] == step and p.get("dev_cer") is not None)
            colour = ARM_COLOURS[i % len(ARM_COLOURS)]
            axes.plot(step, 100 * point["dev_cer"], "o", ms=9, mfc="none", mec=colour, mew=1.6)


def _style(axes: Axes, heading: str) -> None:
    axes.set_title(heading, loc="left", color=INK, fontsize=11)
    axes.set_xlabel("step", color=SOFT)
    axes.tick_params(colors=SOFT, length=0)
    axes.grid(axis="y", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(LINE)


def _label_ends(axes: Axes, ends: Sequence[End]) -> None:
    """Name every line at its right end, moved apart where the ends lie close together."""
    low, high = axes.get_ylim()
    wanted = sorted((((y - low) / (high - low)), text, colour) for _, y, text, colour in ends)
    height = -1.0
    for y, text, colour in wanted:
        height = max(y, height + LABEL_GAP)
        axes.annotate(
            text,
            (1.01, height),
            xycoords="axes fraction",
            color=colour,
            va="center",
            fontsize=9,
        )


def _inline(svg: str) -> str:
    """The bare `<svg>` element, sized by the page, with CSS variables for colours."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    for colour, name in INKS.items():
        svg = svg.replace(colour, f"var({name})")
    for i, colour in enumerate(ARM_COLOURS):
        svg = svg.replace(colour, f"var(--arm-{i})")
    return svg.replace("<svg ", '<svg role="img" aria-label="Learning curves" ', 1)
