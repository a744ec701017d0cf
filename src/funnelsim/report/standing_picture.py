"""The picture of reps, sources or segments: the adjusted win rate of each with its interval, and the raw share won."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from funnelsim.analysis.standings import Standings
from funnelsim.report.axis_names import name_rows
from funnelsim.report.clean import one_line
from funnelsim.report.fonts import drawable
from funnelsim.report.ink import DARK, GREY, INK, MIDDLE
from funnelsim.report.plots import new_figure, style, write_lines
from funnelsim.report.standings import shares_sentence, standings_title
from funnelsim.report.words import Words

MOST = 40
_HEAD, _ROW, _FOOT, _WIDTH = 1.45, 0.27, 0.75, 8.0


def standings_picture(told: Standings, name: str, say: Words) -> Figure:
    """Return the picture, the best at the top; at most 40 of them."""
    shown = told.standings[:MOST]
    height = _HEAD + _ROW * len(shown) + _FOOT
    with style():
        canvas = new_figure(_WIDTH, height)
        write_lines(canvas, standings_title(told, name, say), 12, 1 - 0.12 / height, n_lines=2)
        write_lines(canvas, shares_sentence(told, say), 8.5, 1 - 0.66 / height, n_lines=3)
        axes = canvas.add_axes((0.17, _FOOT / height, 0.79, _ROW * len(shown) / height))
        for row, one in enumerate(shown):
            axes.plot([one.rate.low, one.rate.high], [row, row], color=MIDDLE, lw=3, solid_capstyle="butt")
            axes.plot([one.rate.mid], [row], "o", color=DARK, ms=5)
            axes.plot([one.raw], [row], "x", color=INK, ms=4.5)
        name_rows(axes, [one_line(one.name) for one in shown], 1)
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, 0))
        axes.grid(axis="x", color=GREY, lw=0.4)
        axes.set_axisbelow(True)
        keys = [Line2D([], [], color=MIDDLE, lw=3), Line2D([], [], color=DARK, marker="o", ms=5, ls=""),
                Line2D([], [], color=INK, marker="x", ms=4.5, ls="")]  # fmt: skip
        labels = [drawable(say(key)) for key in ("standing_band", "standing_rate", "standing_raw")]
        canvas.legend(keys, labels, loc="lower center", ncols=3, frameon=False, fontsize=8)
        return canvas
