"""The chance of at least any amount as a falling staircase, with commit, likely, stretch and the targets on it."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from funnelsim.analysis.forecast import Forecast
from funnelsim.report.exceedance import exceedance
from funnelsim.report.fonts import drawable
from funnelsim.report.ink import DARK, GREY, INK, LIGHT
from funnelsim.report.marks import draw_marks
from funnelsim.report.numbers import figure
from funnelsim.report.plots import marks_of, new_figure, style
from funnelsim.report.words import Words


def exceedance_picture(forecast: Forecast, say: Words) -> Figure:
    """Return the curve; twice its standard error on either side is shaded."""
    with style():
        canvas = new_figure(5.4, 3.9)
        axes = canvas.add_axes((0.12, 0.15, 0.85, 0.55))
        draw_exceedance(axes, forecast, say)
        return canvas


def draw_exceedance(axes: Axes, forecast: Forecast, say: Words) -> None:
    """Draw the curve in whole per cent, what is booked counted in."""
    rows = exceedance(forecast)
    amounts = [amount for amount, _, _ in rows]
    low = [100 * max(p - 2 * error, 0.0) for _, p, error in rows]
    high = [100 * min(p + 2 * error, 1.0) for _, p, error in rows]
    axes.fill_between(amounts, low, high, color=LIGHT, linewidth=0)
    axes.plot(amounts, [100 * p for _, p, _ in rows], color=DARK, linewidth=1.8)
    axes.set_ylim(0, 104)
    axes.set_xlim(amounts[0], max(amounts[-1], amounts[0] + 1))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: figure(x, 0 if abs(amounts[-1]) >= 10 else 1)))
    axes.set_yticks(range(0, 101, 25))
    axes.yaxis.grid(True, color=GREY, linewidth=0.4, alpha=0.6)
    axes.set_axisbelow(True)
    axes.set_ylabel(drawable(say("exceedance_axis")), fontsize=9)
    axes.set_xlabel(drawable(say("amount_axis", measure=say("bookings"), unit=forecast.case.money)))
    draw_marks(axes, marks_of(forecast, say), INK)
