"""The pipeline picture: one bar a stage, as wide as the open amount; the dark part is the same, weighted.

All places are inches from the upper left corner, so that a line of text takes the same room in every picture.
"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from funnelsim.analysis.pipeline import PipelineReview
from funnelsim.analysis.stages import StageStanding
from funnelsim.model.money import Money
from funnelsim.report.fonts import drawable
from funnelsim.report.ink import DARK, INK, LIGHT, MIDDLE
from funnelsim.report.lines import broken
from funnelsim.report.numbers import plain, rate
from funnelsim.report.pipeline_tables import days
from funnelsim.report.pipeline_terminal import review_line, review_title
from funnelsim.report.plots import new_figure, style
from funnelsim.report.words import Words

SOFT = "#55606c"
_WIDTH, _HEAD, _ROW, _FOOT = 10.0, 1.75, 0.95, 0.35
_KEY = 0.8
_MARGIN, _BAR = 0.2, 0.5
_BARS = (2.75, 6.95)  # from where to where bars may reach
_FIGURES = 7.2
_HAIR = 0.02


def funnel_picture(review: PipelineReview, say: Words) -> Figure:
    """Return the picture: a bar a stage with count, amounts and mean stay, and conversions between."""
    with style():
        height = _HEAD + _ROW * len(review.stages) + _FOOT
        canvas = new_figure(_WIDTH, height)
        axes = _paper(canvas, height)
        _head(axes, review, say)
        _stages(axes, review.stages, _HEAD, say)
        return canvas


def stages_figure(stages: Sequence[StageStanding], unit: Money, say: Words) -> Figure:
    """Return the same without title and sentence, for a page that has its own."""
    with style():
        height = _KEY + _ROW * len(stages) + _FOOT
        canvas = new_figure(_WIDTH, height)
        axes = _paper(canvas, height)
        _key(axes, unit, _MARGIN, say)
        _stages(axes, stages, _KEY, say)
        return canvas


def _paper(canvas: Figure, height: float) -> Axes:
    axes = canvas.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0, _WIDTH)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    return axes


def _stages(axes: Axes, stages: Sequence[StageStanding], top: float, say: Words) -> None:
    widest = max((stage.open_amount for stage in stages), default=0.0) or 1.0
    for i, stage in enumerate(stages):
        _stage(axes, stage, top + _ROW * i, widest, say)
        _conversion(axes, stage, top + _ROW * i, i == len(stages) - 1, say)


def _head(axes: Axes, review: PipelineReview, say: Words) -> None:
    room = _WIDTH - 2 * _MARGIN
    _write(axes, review_title(review, say), (_MARGIN, 0.18), room, size=15, n_lines=1)
    _write(axes, review_line(review, say), (_MARGIN, 0.58), room, size=10, n_lines=2)
    _key(axes, review.case.money, 1.12, say)


def _key(axes: Axes, unit: Money, top: float, say: Words) -> None:
    room = _WIDTH - 2 * _MARGIN
    _write(axes, say("picture_key", unit=unit), (_MARGIN, top), room, size=9, n_lines=2, ink=SOFT)


def _stage(axes: Axes, stage: StageStanding, top: float, widest: float, say: Words) -> None:
    label_room = _BARS[0] - 0.15 - _MARGIN
    name = stage.name if stage.in_forecast else say("not_in_forecast", name=stage.name)
    if stage.label:
        _write(axes, name, (_MARGIN, top + 0.04), label_room, size=11, n_lines=1)
        _write(axes, stage.label, (_MARGIN, top + 0.29), label_room, size=8.5, n_lines=2, ink=SOFT)
    else:
        _write(axes, name, (_MARGIN, top + 0.04), label_room, size=11, n_lines=2)
    _bar(axes, stage.open_amount / widest, top, LIGHT)
    if stage.weighted > 0:
        _bar(axes, stage.weighted / widest, top, DARK)
    stay = say("picture_no_days") if stage.mean_days is None else say("picture_days", days=days(stage.mean_days))
    amounts = say("picture_amounts", open=plain(stage.open_amount), weighted=plain(stage.weighted))
    told = (
        (say("n_deals", n=f"{stage.open_deals:,}"), -0.05, 10.0, INK),
        (amounts, 0.19, 8.5, SOFT),
        (stay, 0.39, 8.5, SOFT),
    )
    for text, below, size, ink in told:
        _write(axes, text, (_FIGURES, top + below), _WIDTH - _FIGURES - 0.1, size=size, n_lines=1, ink=ink)


def _bar(axes: Axes, share: float, top: float, color: str) -> None:
    width = max(share * (_BARS[1] - _BARS[0]), _HAIR)
    middle = 0.5 * (_BARS[0] + _BARS[1])
    axes.add_patch(Rectangle((middle - width / 2, top), width, _BAR, facecolor=color, edgecolor=MIDDLE, linewidth=0.6))


def _conversion(axes: Axes, stage: StageStanding, top: float, is_last: bool, say: Words) -> None:
    """Write the conversion under a bar, beside an arrow that points to the next one."""
    middle, y = 0.5 * (_BARS[0] + _BARS[1]), top + _BAR
    arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.0, "mutation_scale": 9, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (middle, y + 0.4), (middle, y + 0.06), arrowprops=arrow)
    text = f"{rate(stage.conversion)}  {say('won')}" if is_last else rate(stage.conversion)
    axes.text(middle + 0.14, y + 0.23, drawable(text), fontsize=10, va="center", ha="left")


def _write(
    axes: Axes, text: str, place: tuple[float, float], room: float, *, size: float, n_lines: int, ink: str = INK
) -> None:
    """Write text from a place, broken into at most so many lines that fit `room` inches."""
    label = axes.text(*place, "", fontsize=size, color=ink, va="top", linespacing=1.25)
    renderer = axes.figure.canvas.get_renderer()  # type: ignore[attr-defined]

    def fits(line: str) -> bool:
        label.set_text(line.rstrip())
        return bool(label.get_window_extent(renderer).width <= room * axes.figure.dpi)

    label.set_text("\n".join(broken(drawable(text, 400), fits, n_lines)))
