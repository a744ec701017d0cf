"""Pictures of a forecast; the only room that imports matplotlib.

One style: one blue in three depths that stay apart in grey print, ink for everything that is read, labels
beside what they name. Text is never taken for mathematics, and dates are left out, so that the same forecast
gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from typing import Any, Literal

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from funnelsim.analysis.forecast import Forecast
from funnelsim.report.fonts import FAMILY, drawable, font_path
from funnelsim.report.ink import DARK, GREY, INK, LIGHT, MIDDLE
from funnelsim.report.lines import broken
from funnelsim.report.marks import draw_marks
from funnelsim.report.numbers import decimals, figure, places_of, plain
from funnelsim.report.sentences import headline, provenance_line, title
from funnelsim.report.words import Words

_MAX_LABELLED_PERIODS = 8
_STYLE: Any = {
    "font.family": [FAMILY],
    "font.size": 10.0,
    "text.parse_math": False,
    "text.color": INK,
    "axes.facecolor": "none",
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.fonttype": "path",
    "svg.hashsalt": "funnelsim",
    "figure.dpi": 144,
    "savefig.dpi": 144,
}


def chart(forecast: Forecast, say: Words) -> Figure:
    """Return the whole picture: headline, distribution and, if there are periods, the periods."""
    with style():
        canvas = new_figure(12.0 if forecast.case.periods else 8.0, 6.5)
        width, height = canvas.get_size_inches()
        panels = 2 if forecast.case.periods else 1
        panel_width = width / panels
        write_lines(canvas, title(forecast, say), 16, 0.97, n_lines=1)
        write_lines(canvas, headline(forecast, say), 11, 0.91, n_lines=2)
        write_lines(canvas, provenance_line(forecast, say), 7.5, 0.055, n_lines=2)
        left = canvas.add_axes((0.8 / width, 0.95 / height, (panel_width - 1.2) / width, 3.3 / height))
        draw_distribution(left, forecast, say)
        if panels == 2:
            right_start = (panel_width + 1.0) / width
            right = canvas.add_axes((right_start, 0.95 / height, (panel_width - 1.3) / width, 3.3 / height))
            draw_periods(right, forecast, say)
        return canvas


def distribution_figure(forecast: Forecast, say: Words) -> Figure:
    """Return the distribution alone, sized for a page that may be read on a telephone."""
    with style():
        canvas = new_figure(5.4, 3.9)
        draw_distribution(canvas.add_axes((0.11, 0.15, 0.86, 0.55)), forecast, say)
        return canvas


def periods_figure(forecast: Forecast, say: Words) -> Figure:
    """Return the periods alone, sized for a page that may be read on a telephone."""
    with style():
        canvas = new_figure(5.4, 3.9)
        draw_periods(canvas.add_axes((0.17, 0.11, 0.80, 0.71)), forecast, say)
        return canvas


def svg_text(canvas: Figure, *, is_tight: bool = False) -> str:
    """Return a figure as SVG, without the room around it if tight; the same text for the same figure."""
    return _saved(canvas, "svg", {"Date": None}, "tight" if is_tight else None).decode("utf-8")


def png_bytes(canvas: Figure) -> bytes:
    """Return a figure as PNG; the same bytes for the same figure."""
    return _saved(canvas, "png", {"Software": None})


def draw_distribution(axes: Axes, forecast: Forecast, say: Words) -> None:
    """Draw the total as a histogram, booked business counted in, with commit, likely, stretch and targets."""
    bookings, law = forecast.bookings, forecast.distribution
    edges = [edge + bookings.booked for edge in law.edges]
    axes.stairs([100 * p for p in law.probability], edges, fill=True, color=MIDDLE)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, 108 * max(law.probability, default=0.01) or 1)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(_thousands(max(abs(edges[0]), abs(edges[-1]))))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel(drawable(_unit_axis(forecast, say)))
    draw_marks(axes, marks_of(forecast, say), INK)
    _name_upright_axis(axes, say("share_of_futures"))


def draw_periods(axes: Axes, forecast: Forecast, say: Words) -> None:
    """Draw each period as a band of 8 futures in 10, one of half of them, and the even chance."""
    periods = forecast.bookings.periods
    for i, period in enumerate(periods):
        q = {name: value + period.booked for name, value in period.to_come.quantiles.items()}
        axes.bar(i, period.booked, 0.52, color=GREY)
        axes.bar(i, q["p90"] - q["p10"], 0.52, q["p10"], color=LIGHT, edgecolor=MIDDLE, linewidth=0.6)
        axes.bar(i, q["p75"] - q["p25"], 0.52, q["p25"], color=MIDDLE)
        axes.hlines(q["p50"], i - 0.26, i + 0.26, color=DARK, linewidth=2.5)
    top = max((p.to_come.quantiles["p90"] + p.booked for p in periods), default=1.0) or 1.0
    axes.set_xlim(-0.6, len(periods) - 0.4)
    axes.set_ylim(-0.08 * top, 1.12 * top)
    axes.spines["bottom"].set_visible(False)
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set_yticks([tick for tick in MaxNLocator(5).tick_values(0, top) if 0 <= tick <= 1.1 * top])
    axes.yaxis.set_major_formatter(_thousands(top))
    step = -(-len(periods) // _MAX_LABELLED_PERIODS)
    axes.set_xticks(range(0, len(periods), step), [drawable(p.label) for p in periods[::step]])
    axes.tick_params(axis="x", length=0)
    if len(periods) <= _MAX_LABELLED_PERIODS:
        _label_periods(axes, forecast)
    _band_key(axes, say, has_booked=any(period.booked for period in periods))
    _name_upright_axis(axes, drawable(_unit_axis(forecast, say)))


@contextmanager
def style() -> Iterator[None]:
    """Draw in the house style while the block lasts; set it before axes are made."""
    _add_font()
    with mpl.rc_context(_STYLE):
        yield


@cache
def _add_font() -> None:
    font_manager.fontManager.addfont(str(font_path()))


def new_figure(width_inches: float, height_inches: float) -> Figure:
    """Return an empty figure that needs no screen."""
    canvas = Figure(figsize=(width_inches, height_inches))
    FigureCanvasAgg(canvas)
    canvas.patch.set_alpha(0.0)
    return canvas


def _saved(canvas: Figure, kind: str, metadata: dict[str, Any], box: Literal["tight"] | None = None) -> bytes:
    out = BytesIO()
    # pages lend a drawing their own ground; a picture that is sent alone may be looked at on a dark one
    canvas.patch.set_alpha(1.0 if kind == "png" else 0.0)
    with style():
        face = "white" if kind == "png" else "none"
        canvas.savefig(out, format=kind, metadata=metadata, facecolor=face, bbox_inches=box)
    return out.getvalue()


def marks_of(forecast: Forecast, say: Words) -> list[tuple[float, str, str]]:
    """Return amount, label and dashes of commit, likely, stretch and the targets of the total."""
    bookings = forecast.bookings
    total, places = bookings.total, places_of(bookings.total)
    found = []
    for name, value, dash in (
        ("commit", total.commit, "dashed"),
        ("likely", total.likely, "solid"),
        ("stretch", total.stretch, "dotted"),
    ):
        x = value + bookings.booked
        found.append((x, f"{say(name)} {figure(x, places)}", dash))
    return found + [(x, say("target_label", amount=plain(x)), "dashdot") for x in _targets(forecast)]


def _targets(forecast: Forecast, at_most: int = 3) -> list[float]:
    """Return the amounts that speak of the total: no group, and no day before the end."""
    amounts = {
        goal.amount
        for goal in (entry.target for entry in forecast.targets)
        if goal.measure == "bookings" and not goal.group and goal.by is None
    }
    return sorted(amounts, reverse=True)[:at_most]


def _unit_axis(forecast: Forecast, say: Words) -> str:
    return say("amount_axis", measure=say("bookings"), unit=forecast.case.money)


def _thousands(size: float) -> FuncFormatter:
    finest = decimals(size) if size < 10 else 0
    return FuncFormatter(lambda x, _: figure(x, finest))


def _name_upright_axis(axes: Axes, text: str) -> None:
    axes.yaxis.grid(True, color=GREY, linewidth=0.4, alpha=0.6)
    axes.set_axisbelow(True)
    axes.set_ylabel(text, fontsize=9)


def _label_periods(axes: Axes, forecast: Forecast) -> None:
    for i, period in enumerate(forecast.bookings.periods):
        summary, places = period.to_come, places_of(period.to_come)
        for value, offset, side in ((summary.stretch, 3, "bottom"), (summary.commit, -3, "top")):
            x = value + period.booked
            foot = 0.0 if side == "top" and x < 0.09 * axes.get_ylim()[1] else x  # clear of the zero line
            text, place = figure(x, places), (0, offset)
            axes.annotate(text, (i, foot), place, textcoords="offset points", fontsize=8, ha="center", va=side)


def _band_key(axes: Axes, say: Words, *, has_booked: bool) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [
        Patch(facecolor=LIGHT, edgecolor=MIDDLE, label=say("wide_band")),
        Patch(facecolor=MIDDLE, label=say("narrow_band")),
        Line2D([], [], color=DARK, linewidth=2.5, label=say("median_mark")),
    ]
    booked = [Patch(facecolor=GREY, label=say("booked"))] if has_booked else []
    axes.legend(
        handles=handles + booked,
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0),
        ncols=2,
        frameon=False,
        fontsize=9,
        handlelength=1.3,
    )


def write_lines(canvas: Figure, text: str, size: float, y: float, n_lines: int) -> None:
    """Write text from the left edge, broken into at most so many lines that fit the width."""
    label = canvas.text(0.02, y, "", fontsize=size, va="top", linespacing=1.35)
    renderer = canvas.canvas.get_renderer()  # type: ignore[attr-defined]

    def fits(line: str) -> bool:
        label.set_text(line.rstrip())
        return bool(label.get_window_extent(renderer).width <= 0.95 * canvas.bbox.width)

    label.set_text("\n".join(broken(drawable(text), fits, n_lines)))
