"""Bars that share out a whole: layers of chance, and what evidence on each figure would take off the forecast."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from funnelsim.analysis.evidence import ValueOfEvidence
from funnelsim.analysis.layers import Layers
from funnelsim.report.axis_names import name_rows
from funnelsim.report.evidence import figure_name, value_line, value_title
from funnelsim.report.fonts import drawable
from funnelsim.report.ink import DARK, GREY, INK, LIGHT, MIDDLE
from funnelsim.report.layers import layers_line, layers_note, layers_title, share_of
from funnelsim.report.numbers import decimals, figure
from funnelsim.report.plots import new_figure, style, write_lines
from funnelsim.report.words import Words

_WIDTH, _NAMES_INCHES, _ROW_INCHES = 9.0, 2.9, 0.42
MAX_ROWS = 24


def layers_picture(found: Layers, say: Words) -> Figure:
    """Return a bar a layer, with two standard errors."""
    with style():
        axes, canvas = _page(len(found.shares), layers_title(found, say), layers_line(found, say))
        shares = [100 * share_of(one, found) for one in found.shares]
        errors = [200 * one.error / (found.variance or 1.0) for one in found.shares]
        _bars(axes, shares, errors, MIDDLE, 0.0, 0.6, 1)
        _frame(axes, [say(f"layer_{one.layer}") for one in found.shares], say("layers_axis"))
        write_lines(canvas, layers_note(found, say), 8, 0.6 / canvas.get_size_inches()[1], n_lines=2)
        return canvas


def value_picture(found: ValueOfEvidence, say: Words) -> Figure:
    """Return two bars a figure: so many more closed deals, and certainty."""
    with style():
        worths = found.worths[:MAX_ROWS]
        axes, canvas = _page(len(worths), value_title(found, say), value_line(found, say))
        places = decimals(found.width)
        deals = [w.deals for w in worths]
        _bars(axes, [w.certain.by for w in worths], [2 * w.certain.error for w in worths], LIGHT, -0.2, 0.36, places)
        by, errors = [d.by if d else 0.0 for d in deals], [2 * d.error if d else 0.0 for d in deals]
        _bars(axes, by, errors, MIDDLE, 0.2, 0.36, places, [d is not None for d in deals])
        _frame(axes, [figure_name(w, say) for w in worths], say("value_axis", unit=found.case.money))
        handles = [
            Patch(facecolor=LIGHT, edgecolor=MIDDLE, label=say("if_certain")),
            Patch(facecolor=MIDDLE, label=say("with_deals", n=found.n_deals)),
        ]
        axes.legend(
            handles=handles, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, fontsize=9,
            handlelength=1.3,
        )  # fmt: skip
        return canvas


def _page(n_rows: int, title: str, line: str) -> tuple[Axes, Figure]:
    inches = _ROW_INCHES * max(n_rows, 2)
    height = inches + 3.0
    canvas = new_figure(_WIDTH, height)
    write_lines(canvas, title, 15, 1 - 0.2 / height, n_lines=1)
    write_lines(canvas, line, 10, 1 - 0.6 / height, n_lines=3)
    box = (_NAMES_INCHES / _WIDTH, 1.25 / height, (_WIDTH - _NAMES_INCHES - 0.6) / _WIDTH, inches / height)
    return canvas.add_axes(box), canvas


def _bars(
    axes: Axes,
    values: Sequence[float],
    errors: Sequence[float],
    colour: str,
    shift: float,
    height: float,
    places: int,
    is_there: Sequence[bool] = (),
) -> None:
    for row, (value, error) in enumerate(zip(values, errors, strict=True)):
        if is_there and not is_there[row]:
            continue
        axes.barh(row + shift, value, height, color=colour, edgecolor=MIDDLE, linewidth=0.6)
        axes.hlines(row + shift, value - error, value + error, color=DARK, linewidth=1.4)
        x = max(value + error, value, 0.0)
        axes.annotate(
            figure(value, places), (x, row + shift), (4, 0), textcoords="offset points", fontsize=8.5, va="center"
        )


def _frame(axes: Axes, names: Sequence[str], label: str) -> None:
    name_rows(axes, names)
    low, high = axes.get_xlim()
    axes.set_xlim(low, high + 0.12 * (high - low))
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_xlabel(drawable(label), fontsize=9)
    axes.xaxis.grid(True, color=GREY, linewidth=0.4, alpha=0.6)
    axes.set_axisbelow(True)
