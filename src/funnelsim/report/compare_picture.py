"""A comparison drawn: each assumption as a band, and the way from the first one to the others."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from funnelsim.analysis.compare import Assumption, Comparison, Pair
from funnelsim.report.axis_names import name_rows
from funnelsim.report.compare import compare_headline, compare_title, name_in
from funnelsim.report.fonts import drawable
from funnelsim.report.ink import DARK, GREY, LIGHT, MIDDLE
from funnelsim.report.numbers import figure, places_of
from funnelsim.report.plots import new_figure, style, write_lines
from funnelsim.report.waterfall_picture import MAX_BARS, draw_waterfall
from funnelsim.report.waterfalls import name_of_input
from funnelsim.report.words import Words

_ROW_INCHES, _MAX_FALLS = 0.34, 4
_WIDTH, _NAMES_INCHES = 9.0, 2.6


def compare_picture(found: Comparison, say: Words) -> Figure:
    """Return the bands of all assumptions and, below, the waterfalls of the first few pairs that have one."""
    with style():
        falls = [pair for pair in found.pairs if pair.waterfall and pair.waterfall.steps][:_MAX_FALLS]
        bands = max(1.3, 0.5 * len(found.assumptions))
        heights = [_fall_inches(pair) for pair in falls]
        height = 1.75 + bands + 0.55 + sum(h + 1.15 for h in heights)
        canvas = new_figure(_WIDTH, height)
        write_lines(canvas, compare_title(found, say), 15, 1 - 0.2 / height, n_lines=1)
        write_lines(canvas, compare_headline(found, say), 10, 1 - 0.6 / height, n_lines=2)
        top = height - 1.75
        _draw_bands(_panel(canvas, top, bands), found, say)
        for pair, inches in zip(falls, heights, strict=True):
            top -= (bands if pair is falls[0] else heights[falls.index(pair) - 1]) + 1.15
            names = {"first": name_in(found.first.name, say), "name": name_in(pair.name, say)}
            write_lines(canvas, say("fall_picture", **names), 10, (top + 0.35) / height, n_lines=1)
            _draw_fall(_panel(canvas, top, inches), found, pair, say)
        return canvas


def _panel(canvas: Figure, top: float, inches: float) -> Axes:
    height = canvas.get_size_inches()[1]
    return canvas.add_axes(
        (_NAMES_INCHES / _WIDTH, (top - inches) / height, (_WIDTH - _NAMES_INCHES - 0.4) / _WIDTH, inches / height)
    )


def _fall_inches(pair: Pair) -> float:
    n = min(len(pair.waterfall.steps), MAX_BARS) if pair.waterfall else 0
    return _ROW_INCHES * (n + 2)


def _draw_bands(axes: Axes, found: Comparison, say: Words) -> None:
    """Draw 8 futures in 10, half of them, and the even chance of each assumption; targets as lines."""
    for row, one in enumerate(found.assumptions):
        _band(axes, row, one)
    name_rows(axes, [name_in(one.name, say) for one in found.assumptions])
    low, high = axes.get_xlim()
    axes.set_xlim(low - 0.14 * (high - low), high + 0.10 * (high - low))
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: figure(x, 0)))
    axes.set_xlabel(drawable(say("bands_axis", unit=found.first.case.money)), fontsize=9)
    axes.xaxis.grid(True, color=GREY, linewidth=0.4, alpha=0.6)
    axes.set_axisbelow(True)
    handles = [
        Patch(facecolor=LIGHT, edgecolor=MIDDLE, label=say("wide_band")),
        Patch(facecolor=MIDDLE, label=say("narrow_band")),
        Line2D([], [], color=DARK, linewidth=2.5, label=say("median_mark")),
    ]
    axes.legend(
        handles=handles, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False, fontsize=8.5,
        handlelength=1.3,
    )  # fmt: skip


def _band(axes: Axes, row: int, one: Assumption) -> None:
    q = {name: value + one.booked for name, value in one.bookings.quantiles.items()}
    axes.barh(row, q["p90"] - q["p10"], 0.5, q["p10"], color=LIGHT, edgecolor=MIDDLE, linewidth=0.6)
    axes.barh(row, q["p75"] - q["p25"], 0.5, q["p25"], color=MIDDLE)
    axes.vlines(q["p50"], row - 0.25, row + 0.25, color=DARK, linewidth=2.5)
    places = places_of(one.bookings)
    for name, side, offset in (("p10", "right", -3), ("p90", "left", 3)):
        axes.annotate(
            figure(q[name], places), (q[name], row), (offset, 0), textcoords="offset points", fontsize=8, ha=side,
            va="center",
        )  # fmt: skip


def _draw_fall(axes: Axes, found: Comparison, pair: Pair, say: Words) -> None:
    fall = pair.waterfall
    if fall is None:
        return
    ends = name_in(found.first.name, say), name_in(pair.name, say)
    draw_waterfall(axes, fall, [name_of_input(s.cause, say) for s in fall.steps], ends, say("rest"))
    axes.set_xlabel(drawable(say("fall_axis", unit=found.first.case.money)), fontsize=9)
