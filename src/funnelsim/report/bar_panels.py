"""Panels of named rows, one below the other, for pictures of decisions: a headline, and bars beside their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from funnelsim.report.axis_names import fitted
from funnelsim.report.fonts import drawable
from funnelsim.report.ink import DARK, GREY, INK, LIGHT, MIDDLE
from funnelsim.report.plots import new_figure, style, write_lines

_WIDTH, _HEAD, _ROW, _ABOVE, _BELOW = 9.0, 1.1, 0.4, 0.55, 0.75
_LEFT, _RIGHT, _GAP = 3.0, 0.35, 0.95
_SMALL, _TITLE, _MARGIN = 8.5, 9.5, 0.2
_LETTER = 0.045  # of the width of the bars
MOST_ROWS = 16


@dataclass(frozen=True)
class Row:
    """One row: a bar from 0 to `value`, or a band from `low` to `high` with a mark at `value`; `told` stands beside."""

    name: str
    value: float
    told: str
    low: float | None = None
    high: float | None = None
    is_base: bool = False


@dataclass(frozen=True)
class Panel:
    """Rows under one title, and what their axis is called; a line where one is wanted."""

    title: str
    axis: str
    rows: Sequence[Row]
    line: float | None = None
    shares_names: bool = field(default=False)


def panels_picture(title: str, sentence: str, panels: Sequence[Panel]) -> Figure:
    """Return panels one below the other; two side by side where the second shares the names of the first."""
    shown = [panel for panel in panels if panel.rows]
    tall = [panel for panel in shown if not panel.shares_names]
    heights = [_ABOVE + _ROW * min(len(panel.rows), MOST_ROWS) + _BELOW for panel in tall]
    height = _HEAD + sum(heights)
    with style():
        canvas = new_figure(_WIDTH, height)
        write_lines(canvas, title, 14, 1 - 0.12 / height, n_lines=1)
        write_lines(canvas, sentence, 9.5, 1 - 0.5 / height, n_lines=3)
        bottom = height - _HEAD
        for panel, own in zip(tall, heights, strict=True):
            bottom -= own
            after = shown.index(panel) + 1
            beside = [panel, *(shown[after : after + 1] if after < len(shown) and shown[after].shares_names else [])]
            _draw_beside(canvas, beside, bottom + _BELOW, own - _ABOVE - _BELOW, height)
        return canvas


def _draw_beside(canvas: Figure, panels: Sequence[Panel], bottom: float, tall: float, height: float) -> None:
    room = (_WIDTH - _LEFT - _RIGHT - _GAP * (len(panels) - 1)) / len(panels)
    for place, panel in enumerate(panels):
        left = _LEFT + place * (room + _GAP)
        axes = canvas.add_axes((left / _WIDTH, bottom / height, room / _WIDTH, tall / height))
        _draw(axes, panel, has_names=place == 0)


def _draw(axes: Axes, panel: Panel, *, has_names: bool) -> None:
    rows = panel.rows[:MOST_ROWS]
    for y, row in enumerate(rows):
        if row.low is not None and row.high is not None:
            axes.barh(y, row.high - row.low, 0.5, row.low, color=LIGHT, edgecolor=MIDDLE, linewidth=0.6)
            axes.plot([row.value, row.value], [y - 0.25, y + 0.25], color=DARK, linewidth=2.2)
        else:
            axes.barh(y, row.value, 0.5, color=GREY if row.is_base else MIDDLE)
    axes.set_xlim(*_limits(rows))
    for y, row in enumerate(rows):
        end = _end(row)
        place, aside = (max(end, 0.0), 4) if end >= 0 else (end, -4)
        axes.annotate(
            drawable(row.told), (place, y), (aside, 0), textcoords="offset points", fontsize=_SMALL, va="center",
            ha="left" if end >= 0 else "right", bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
        )  # fmt: skip
    if panel.line is not None:
        axes.axvline(panel.line, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    _frame(axes, panel, [row.name for row in rows], has_names=has_names)


def _end(row: Row) -> float:
    return row.value if row.high is None else row.high


def _limits(rows: Sequence[Row]) -> tuple[float, float]:
    """Return the ends of the axis, with room beside the bars, on either side, for what is told there."""
    least = min(0.0, *(_end(row) if row.low is None else row.low for row in rows))
    most = max(0.0, *map(_end, rows))
    letter = _LETTER * ((most - least) or 1.0)
    left = max((2 + len(row.told) for row in rows if _end(row) < 0), default=0)
    right = 2 + max((len(row.told) for row in rows if _end(row) >= 0), default=0)
    return least - letter * left, most + letter * right


def _frame(axes: Axes, panel: Panel, names: Sequence[str], *, has_names: bool) -> None:
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.spines["left"].set_visible(False)
    axes.set_yticks(
        range(len(names)),
        [fitted(axes, name, (_LEFT - _MARGIN) * axes.figure.dpi, _SMALL)[0] for name in names]
        if has_names
        else [""] * len(names),
    )
    axes.tick_params(axis="y", length=0, labelsize=_SMALL)
    axes.tick_params(axis="x", labelsize=_SMALL)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.12g}"))
    axes.set_xlabel(drawable(panel.axis), fontsize=_SMALL)
    reach = (_LEFT - _MARGIN if has_names else 0.0) * axes.figure.dpi
    room = axes.get_window_extent().width + reach
    title = fitted(axes, panel.title, room, _TITLE)[0]
    left = -reach / axes.get_window_extent().width
    axes.text(left, 1.0 + 0.22 / _tall(axes), title, fontsize=_TITLE, color=INK, transform=axes.transAxes)


def _tall(axes: Axes) -> float:
    return float(axes.get_window_extent().height) / axes.figure.dpi
