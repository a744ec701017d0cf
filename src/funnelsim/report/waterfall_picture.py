"""A waterfall drawn: a bar from where the mean was to where each cause takes it, one below the other."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from funnelsim.analysis.waterfall import Waterfall
from funnelsim.report.axis_names import name_rows
from funnelsim.report.ink import DARK, GREY, INK, LIGHT, MIDDLE
from funnelsim.report.numbers import decimals, figure
from funnelsim.report.waterfalls import signed

MAX_BARS = 14
_HEIGHT = 0.6


def draw_waterfall(axes: Axes, fall: Waterfall, names: Sequence[str], ends: tuple[str, str], rest: str) -> None:
    """Draw start, steps and end of the mean; `names` are those of the steps, `rest` is that of what is too small."""
    bars = _bars(fall, names, rest)
    start, end = fall.start["mean"], fall.end["mean"]
    levels = [start]
    for _, adds in bars:
        levels.append(levels[-1] + adds)
    places = decimals(max(abs(start), abs(end)))
    span = max(levels) - min(levels) or 1.0
    low, high = min(levels) - 0.35 * span, max(levels) + 0.35 * span
    _whole_bar(axes, 0, start, low, places)
    for row, (_, adds) in enumerate(bars, 1):
        _step_bar(axes, row, levels[row - 1], adds, places, span)
    _whole_bar(axes, len(bars) + 1, end, low, places)
    rows = [ends[0], *(name for name, _ in bars), ends[1]]
    name_rows(axes, rows)
    axes.set_xlim(low, high)
    axes.locator_params(axis="x", nbins=5)
    axes.xaxis.set_major_formatter(lambda x, _: figure(x, 0 if span > 10 else 1))


def _bars(fall: Waterfall, names: Sequence[str], rest: str) -> list[tuple[str, float]]:
    """Return name and addition of each step in order; the smallest of very many together."""
    steps = [(name, step.adds["mean"]) for name, step in zip(names, fall.steps, strict=True)]
    if len(steps) <= MAX_BARS:
        return steps
    kept = sorted(range(len(steps)), key=lambda i: -abs(steps[i][1]))[: MAX_BARS - 1]
    small = sum(adds for i, (_, adds) in enumerate(steps) if i not in kept)
    return [*(steps[i] for i in sorted(kept)), (rest, small)]


def _whole_bar(axes: Axes, row: int, level: float, low: float, places: int) -> None:
    axes.barh(row, level - low, _HEIGHT, low, color=GREY)
    _label(axes, row, level, figure(level, places), is_right=True)


def _step_bar(axes: Axes, row: int, before: float, adds: float, places: int, span: float) -> None:
    colour = MIDDLE if adds >= 0 else LIGHT
    axes.barh(row, adds, _HEIGHT, before, color=colour, edgecolor=DARK, linewidth=0.6)
    axes.vlines(before, row - 1 + _HEIGHT / 2, row + _HEIGHT / 2, color=INK, linewidth=0.5)
    if abs(adds) >= 0.0005 * span:
        axes.vlines(before + adds, row - _HEIGHT / 2, row + 1 - _HEIGHT / 2, color=INK, linewidth=0.5)
    _label(axes, row, before + adds, signed(adds, places), is_right=adds >= 0)


def _label(axes: Axes, row: int, x: float, text: str, *, is_right: bool) -> None:
    axes.annotate(
        text, (x, row), (4 if is_right else -4, 0), textcoords="offset points", fontsize=8.5, va="center",
        ha="left" if is_right else "right",
    )  # fmt: skip
