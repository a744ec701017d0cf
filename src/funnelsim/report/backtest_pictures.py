"""Two pictures of a backtest: whether intervals hold what they state, and forecast against what happened."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator
from scipy import stats

from funnelsim.analysis.backtest import LEVELS, Backtest
from funnelsim.analysis.scored import Scored
from funnelsim.analysis.scoring import holds
from funnelsim.fitting.windows import MEASURES
from funnelsim.history.record import date_of
from funnelsim.report.backtest_terminal import backtest_title, unit_of
from funnelsim.report.fonts import drawable
from funnelsim.report.ink import DARK, GREY, INK, LIGHT, MIDDLE
from funnelsim.report.numbers import decimals, figure, percent
from funnelsim.report.plots import new_figure, style, write_lines
from funnelsim.report.words import Words

_WIDTH, _HEIGHT = 12.0, 6.8
_MANY = 60
_BINS, _FEW_BINS = 10, 5
_MOST_NAMED = 5
_MONEY = ("open_bookings", "total_bookings")


def calibration_figure(told: Backtest, say: Words) -> Figure:
    """Return, for each measure, the histogram of PITs above and stated against held intervals below."""
    with style():
        canvas = new_figure(_WIDTH, _HEIGHT)
        write_lines(canvas, say("calibration_title"), 15, 0.97, n_lines=1)
        write_lines(canvas, backtest_title(told, say), 10, 0.905, n_lines=1)
        write_lines(canvas, say("coverage_note", independent=told.n_independent), 8, 0.06, n_lines=2)
        for m, measure in enumerate(MEASURES):
            left = 0.065 + 0.238 * m
            _draw_pit(canvas.add_axes((left, 0.57, 0.19, 0.24)), told, measure, say, is_first=m == 0)
            _draw_coverage(canvas.add_axes((left, 0.165, 0.19, 0.25)), told, measure, say, is_first=m == 0)
        return canvas


def fan_figure(told: Backtest, say: Words) -> Figure:
    """Return, for each measure, the forecast of every window as a fan and what happened as points."""
    with style():
        canvas = new_figure(_WIDTH, 7.6)
        write_lines(canvas, say("fan_title"), 15, 0.975, n_lines=1)
        write_lines(canvas, backtest_title(told, say), 10, 0.92, n_lines=1)
        write_lines(canvas, say("fan_note", days=told.plan.n_days), 8, 0.04, n_lines=1)
        for m, measure in enumerate(MEASURES):
            place = (0.075 + 0.49 * (m % 2), 0.50 - 0.40 * (m // 2), 0.40, 0.27)
            _draw_fan(canvas.add_axes(place), told, measure, say)
        _fan_key(canvas, say)
        return canvas


def _draw_pit(axes: Axes, told: Backtest, measure: str, say: Words, *, is_first: bool) -> None:
    pits = [scored.pit for scored in told.of(measure)]
    n_bins = _BINS if len(pits) >= _MANY else _FEW_BINS
    counts, edges = np.histogram(pits, n_bins, (0.0, 1.0))
    axes.stairs(counts, edges, fill=True, color=MIDDLE)
    axes.axhline(len(pits) / n_bins, color=INK, linewidth=0.8, linestyle="dashed")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.15 * max(counts.max(), 1))
    axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.set_title(drawable(say(measure)), fontsize=10.5, loc="left")
    axes.set_xlabel(drawable(say("pit_axis")), fontsize=6.8)
    if is_first:
        axes.set_ylabel(drawable(say("pit_share")), fontsize=9)


def _draw_coverage(axes: Axes, told: Backtest, measure: str, say: Words, *, is_first: bool) -> None:
    axes.plot([0, 100], [0, 100], color=GREY, linewidth=0.8)
    for interval, level in LEVELS.items():
        hits = told.hits(measure, interval)
        held = hits.share or 0.0
        # Jeffreys' interval on as many windows as are independent
        n = hits.independent_windows
        low, high = stats.beta(held * n + 0.5, (1 - held) * n + 0.5).ppf([0.1, 0.9])
        axes.vlines(100 * level, 100 * low, 100 * high, color=MIDDLE, linewidth=5)
        axes.plot(100 * level, 100 * held, "o", color=DARK, markersize=6)
        side, where = (6, "left") if level > 0.85 else (-6, "right")
        place = (100 * level, 100 * held)
        axes.annotate(percent(held, 0), place, (side, 0), textcoords="offset points", fontsize=8, ha=where, va="center")
    axes.set_xlim(30, 106)
    axes.set_ylim(0, 104)
    axes.set_xticks([50, 80, 90])
    axes.set_yticks([0, 50, 80, 100])
    axes.set_xlabel(drawable(say("coverage_stated")), fontsize=9)
    if is_first:
        axes.set_ylabel(drawable(say("coverage_held")), fontsize=9)


def _draw_fan(axes: Axes, told: Backtest, measure: str, say: Words) -> None:
    windows = told.of(measure)
    days = [float(origin.day) for origin in told.origins]
    width = 0.8 * told.plan.step_days
    q = {name: np.array([window.quantiles[name] for window in windows]) for name in windows[0].quantiles}
    axes.bar(days, q["p90"] - q["p10"], width, q["p10"], color=LIGHT)
    axes.bar(days, q["p75"] - q["p25"], width, q["p25"], color=MIDDLE)
    axes.hlines(q["p50"], np.array(days) - width / 2, np.array(days) + width / 2, color=DARK, linewidth=1.6)
    for is_held, face in ((True, INK), (False, "white")):
        shown = [
            (x, w.actual) for x, w in zip(days, windows, strict=True) if holds(w.quantiles, w.actual, "c80") == is_held
        ]
        if shown:
            axes.plot(
                *zip(*shown, strict=True), "o", color=INK, markerfacecolor=face, markersize=3.6, markeredgewidth=0.9
            )
    axes.set_xlim(days[0] - told.plan.step_days, days[-1] + told.plan.step_days)
    top = 1.06 * _highest(windows) or 1.0
    axes.set_ylim(0, top)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    places = 0 if top > 4 else decimals(top)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: figure(y, places)))
    _date_axis(axes, told)
    unit = unit_of(told) if measure in _MONEY else say("deals_unit")
    hits = told.hits(measure)
    name = say("in_unit", measure=say(measure), unit=unit)
    title = say("fan_measure", measure=name, hits=hits.hits, windows=hits.windows)
    axes.set_title(drawable(title), fontsize=10, loc="left")
    axes.yaxis.grid(True, color=GREY, linewidth=0.4, alpha=0.6)
    axes.set_axisbelow(True)


def _highest(windows: list[Scored]) -> float:
    return max(max(w.quantiles["p90"], w.actual) for w in windows)


def _date_axis(axes: Axes, told: Backtest) -> None:
    """Name every origin by its day, or every second, third, ..."""
    days = [origin.day for origin in told.origins][:: -(-len(told.origins) // _MOST_NAMED)]
    axes.set_xticks(days, [date_of(day).isoformat() for day in days])
    axes.tick_params(axis="both", labelsize=8)


def _fan_key(canvas: Figure, say: Words) -> None:
    handles = [
        Patch(facecolor=LIGHT, label=drawable(say("wide_band"))),
        Patch(facecolor=MIDDLE, label=drawable(say("narrow_band"))),
        Line2D([], [], color=DARK, linewidth=2, label=drawable(say("median_mark"))),
        Line2D([], [], color=INK, marker="o", linestyle="", markersize=4, label=drawable(say("fan_actual"))),
        Line2D([], [], color=INK, marker="o", linestyle="", markerfacecolor="white", markersize=4,
               label=drawable(say("fan_outside"))),
    ]  # fmt: skip
    canvas.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.012, 0.895), ncols=5, frameon=False, fontsize=8.5
    )
