"""The falling chain as a picture: a bar a hop, as it is told today and with the remedies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from funnelsim.analysis.communication import Arrival, Communicated
from funnelsim.report.axis_names import fitted
from funnelsim.report.communication import chain_headline, chain_title, reach_of
from funnelsim.report.ink import DARK, GREY, INK, LIGHT, MIDDLE
from funnelsim.report.plots import new_figure, style, write_lines
from funnelsim.report.words import Words

MAX_HOPS = 24
_HOP_INCHES = 1.35
_BAR = 0.56
_NAME_SIZE, _SHARE_SIZE = 9.5, 9.5
_N_NAME_LINES = 2


def chain_picture(told: Communicated, say: Words) -> Figure:
    """Return the picture of a chain; of a very long one the first and the last hops."""
    with style():
        places = _shown(len(told.arrivals))
        canvas = new_figure(max(8.0, _HOP_INCHES * len(places) + 1.2), 6.2)
        width, height = canvas.get_size_inches()
        write_lines(canvas, chain_title(told, say), 16, 0.97, n_lines=1)
        write_lines(canvas, chain_headline(told, say), 10.5, 0.90, n_lines=3)
        axes = canvas.add_axes((0.75 / width, 1.05 / height, (width - 1.0) / width, 3.45 / height))
        _draw(axes, told, places)
        _frame(axes, say)
        axes.set_xticks(range(len(places)), _names(axes, [told.arrivals[i] for i in places], say))
        _key(axes, told, say)
        return canvas


def _shown(n: int) -> list[int]:
    if n <= MAX_HOPS:
        return list(range(n))
    return [*range(MAX_HOPS // 2), *range(n - MAX_HOPS // 2, n)]


def _draw(axes: Axes, told: Communicated, places: Sequence[int]) -> None:
    n = len(told.briefing.communication.message.items)
    for x, i in enumerate(places):
        mended, today = told.arrivals[i], told.as_told[i]
        if today.items == mended.items:
            _bar(axes, x - _BAR / 2, _BAR, mended, n, MIDDLE)
        else:
            _bar(axes, x - _BAR / 2, _BAR / 2, today, n, LIGHT)
            _bar(axes, x, _BAR / 2, mended, n, MIDDLE)
    axes.set_xlim(-0.6, len(places) - 0.4)


def _bar(axes: Axes, left: float, width: float, arrival: Arrival, n: int, colour: str) -> None:
    """Draw what is left with its share above it, and beside that 8 chances in 10 as a line."""
    low, high = reach_of(arrival, n)
    top = 100 * arrival.reaches
    axes.bar(left, top, width, align="edge", color=colour, edgecolor=MIDDLE, linewidth=0.6)
    if high > low:
        axes.vlines(left + _BAR / 2 * 0.9 + width - _BAR / 2, 100 * low, 100 * high, color=DARK, linewidth=1.6)
    text = f"{top:.0f}%" if top >= 0.5 else "<1%"
    axes.annotate(text, (left, top), (1, 2), textcoords="offset points", ha="left", va="bottom", fontsize=_SHARE_SIZE)


def _frame(axes: Axes, say: Words) -> None:
    axes.set_ylim(0, 112)
    axes.set_yticks(range(0, 101, 20))
    axes.yaxis.grid(True, color=GREY, linewidth=0.4, alpha=0.6)
    axes.set_axisbelow(True)
    axes.set_ylabel(say("share_left"), fontsize=9)
    axes.tick_params(axis="x", length=0, labelsize=_NAME_SIZE)


def _names(axes: Axes, arrivals: Sequence[Arrival], say: Words) -> list[str]:
    """Return each hop's name and label, broken so that neighbours stay apart."""
    room = 0.94 * axes.get_window_extent().width / (len(arrivals) + 0.2)

    def lines(text: str) -> list[str]:
        return fitted(axes, text, room, _NAME_SIZE, _N_NAME_LINES) if text else []

    pairs = [(say("intended"), "") if a.hop is None else (a.hop.name, a.hop.label) for a in arrivals]
    return ["\n".join([*lines(name), *lines(label)]) for name, label in pairs]


def _key(axes: Axes, told: Communicated, say: Words) -> None:
    handles: list[Any] = []
    if told.has_remedies:
        handles = [
            Patch(facecolor=LIGHT, edgecolor=MIDDLE, label=say("reaches_today")),
            Patch(facecolor=MIDDLE, label=say("reaches_mended")),
        ]
    handles.append(Line2D([], [], color=DARK, linewidth=1.6, label=say("spread_mark")))
    axes.legend(
        handles=handles, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=len(handles), frameon=False, fontsize=9,
        handlelength=1.3, labelcolor=INK,
    )  # fmt: skip
