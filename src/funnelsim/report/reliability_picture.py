"""The reliability diagram: what was said of deals against what came true."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from funnelsim.analysis.reliability import Reliability
from funnelsim.report.fonts import drawable
from funnelsim.report.ink import DARK, GREY, INK
from funnelsim.report.plots import new_figure, style, write_lines
from funnelsim.report.words import Words


def reliability_picture(told: Reliability, say: Words) -> Figure:
    """Return the diagram: a point a bin with its interval, and the line on which chances come true."""
    with style():
        canvas = new_figure(6.4, 6.6)
        title = say("reliability_title", n=f"{len(told.chance):,}", origins=len(told.days), days=told.n_days)
        write_lines(canvas, title, 11, 0.97, n_lines=2)
        write_lines(canvas, say("reliability_key"), 8, 0.055, n_lines=2)
        axes = canvas.add_axes((0.13, 0.17, 0.82, 0.68))
        axes.plot([0, 1], [0, 1], color=GREY, lw=1)
        bins = told.bins
        said, true = [b.said for b in bins], [b.came_true for b in bins]
        for b in bins:
            axes.plot([b.said, b.said], [b.low, b.high], color=DARK, lw=1.2)
        axes.scatter(said, true, s=26, color=DARK, zorder=3)
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(-0.02, 1.02)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(PercentFormatter(1.0, 0))
        axes.set_xlabel(drawable(say("reliability_x")), color=INK)
        axes.set_ylabel(drawable(say("reliability_y")), color=INK)
        return canvas
