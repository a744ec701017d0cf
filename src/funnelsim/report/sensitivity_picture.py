"""Two pictures of what moves a forecast: the tornado, and the shares of the variance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from funnelsim.analysis.sensitivity import Sensitivity
from funnelsim.report.axis_names import fitted
from funnelsim.report.fonts import drawable
from funnelsim.report.ink import DARK, GREY, INK, LIGHT, MIDDLE
from funnelsim.report.numbers import figure
from funnelsim.report.plots import new_figure, style, write_lines
from funnelsim.report.sensitivity import (
    HasTornado,
    amount_axis,
    answer_in_words,
    estimates,
    figure_of,
    input_in_words,
    sensitivity_headline,
    sensitivity_title,
    shown,
    whole_share,
    widest_swing,
)
from funnelsim.report.words import Words

MAX_INPUTS = 20
_WIDTH, _HEAD, _ROW, _FOOT = 9.0, 1.65, 0.44, 0.75
_LEFT, _RIGHT = 3.05, 0.75
_BAR = 0.62
_SMALL = 8.5
_COLOURS = {"sens_alone": MIDDLE, "sens_in_all": LIGHT, "sens_share": GREY}


def tornado_picture(found: HasTornado, answer: int, say: Words, headline: str = "") -> Figure:
    """Return the tornado of an output: a bar an input, from its low end to its high end, the widest on top.

    Parameters
    ----------
    headline : str
        Stands below the title; default: what moves the output most, one at a time.
    """
    order = found.tornado.order(answer)[:MAX_INPUTS]
    with style():
        told = headline or widest_swing(found, answer, say)
        canvas, axes = _sheet(len(order), sensitivity_title(found, say), told)
        scale = 100.0 if found.outputs[answer].startswith("target_") else 1.0
        base = scale * float(found.tornado.base[answer])
        for y, i in enumerate(order):
            for end, colour in (("low", LIGHT), ("high", DARK)):
                value = scale * float(getattr(found.tornado, end)[i, answer])
                axes.barh(y, value - base, _BAR, base, color=colour, edgecolor=MIDDLE, linewidth=0.6)
        axes.axvline(base, color=INK, linewidth=1.0)
        _label_ends(axes, found, answer, order, scale)
        _name_rows(axes, _rows(found, order, say))
        _frame(axes, len(order), drawable(amount_axis(found, answer, say)))
        handles = [Patch(facecolor=LIGHT, edgecolor=MIDDLE, label=say("sens_low_end"))]
        handles.append(Patch(facecolor=DARK, label=say("sens_high_end")))
        handles_of: list[Any] = [*handles, Line2D([], [], color=INK, linewidth=1.0, label=say("sens_base"))]
        _key(axes, handles_of)
        return canvas


def shares_picture(found: Sensitivity, answer: int, say: Words) -> Figure:
    """Return the shares of the variance of an output, with their intervals: alone and in all, or Shapley effects."""
    bars = [(name, _COLOURS[name], estimate) for name, estimate in estimates(found)]
    whole = whole_share(found)
    order = sorted(range(len(found.inputs)), key=lambda i: -whole.value[i, answer])[:MAX_INPUTS]
    with style():
        canvas, axes = _sheet(len(order), sensitivity_title(found, say), sensitivity_headline(found, answer, say))
        for place, (_, colour, estimate) in enumerate(bars):
            height = _BAR / len(bars)
            for y, i in enumerate(order):
                at = y + (place - 0.5 * (len(bars) - 1)) * height
                low, value, high = (100.0 * float(x[i, answer]) for x in (estimate.low, estimate.value, estimate.high))
                axes.barh(at, max(value, 0.0), height, color=colour, edgecolor=MIDDLE, linewidth=0.6)
                axes.hlines(at, max(low, 0.0), max(high, 0.0), color=INK, linewidth=1.0)
        _name_rows(axes, [input_in_words(found.inputs.inputs[i], found, say) for i in order])
        axes.set_xlim(left=0)
        name = f"{answer_in_words(found, answer, say)}: {say('sens_axis_share')}"
        _frame(axes, len(order), drawable(name))
        interval = say("sens_interval", confidence=f"{100 * found.plan.confidence:g}%")
        handles: list[Any] = [Patch(facecolor=colour, edgecolor=MIDDLE, label=say(name)) for name, colour, _ in bars]
        _key(axes, [*handles, Line2D([], [], color=INK, linewidth=1.0, label=interval)])
        return canvas


def _sheet(n_rows: int, title: str, headline: str) -> tuple[Figure, Axes]:
    height = _HEAD + _ROW * n_rows + _FOOT
    canvas = new_figure(_WIDTH, height)
    write_lines(canvas, title, 15, 1.0 - 0.14 / height, n_lines=1)
    write_lines(canvas, headline, 10, 1.0 - 0.56 / height, n_lines=3)
    place = (_LEFT / _WIDTH, _FOOT / height, (_WIDTH - _LEFT - _RIGHT) / _WIDTH, _ROW * n_rows / height)
    return canvas, canvas.add_axes(place)


def _rows(found: HasTornado, order: Sequence[int], say: Words) -> list[str]:
    """Return each input's name with its range below."""
    told = []
    for i in order:
        one = found.inputs.inputs[i]
        name = input_in_words(one, found, say)
        told.append(f"{name}\n{figure_of(one, one.low)} – {figure_of(one, one.high)}")
    return told


def _name_rows(axes: Axes, names: Sequence[str]) -> None:
    room = (_LEFT - 0.25) * axes.figure.dpi
    lines = ["\n".join(fitted(axes, part, room, _SMALL)[0] for part in name.split("\n")) for name in names]
    axes.set_yticks(range(len(names)), lines)
    axes.tick_params(axis="y", length=0, labelsize=_SMALL)


def _label_ends(axes: Axes, found: HasTornado, answer: int, order: Sequence[int], scale: float) -> None:
    """Write the value at each end beside its bar, on the side the bar points to."""
    low, high = axes.get_xlim()
    axes.set_xlim(low - 0.14 * (high - low), high + 0.14 * (high - low))
    for y, i in enumerate(order):
        ends = sorted(float(x[i, answer]) for x in (found.tornado.low, found.tornado.high))
        for value, side, offset in ((ends[0], "right", -4), (ends[1], "left", 4)):
            text = shown(found, answer, value)
            axes.annotate(
                text, (scale * value, y), (offset, 0), textcoords="offset points", fontsize=8, ha=side, va="center"
            )


def _frame(axes: Axes, n_rows: int, name: str) -> None:
    axes.set_ylim(n_rows - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: figure(x, 0 if float(x).is_integer() else 1)))
    axes.xaxis.grid(True, color=GREY, linewidth=0.4, alpha=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(name, fontsize=9)


def _key(axes: Axes, handles: Sequence[Any]) -> None:
    axes.legend(
        handles=list(handles), loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=len(handles), frameon=False,
        fontsize=9, handlelength=1.3, labelcolor=INK,
    )  # fmt: skip
