"""Upright lines with labels above a plot that never cross a label.

Every label starts at its own line and runs to the right. From right to left, a label that would run over
lines further right is lifted above the highest of them (a staircase), so no line passes through a label.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from funnelsim.report.fonts import drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

Mark = tuple[float, str, str]
_FONT_SIZE = 9.0
_LANE_POINTS = 13.0
_GAP_PIXELS = 4.0
_REACH = 0.35


def draw_marks(axes: Axes, marks: Sequence[Mark], ink: str) -> None:
    """Draw (place, label, dashes) upright; a mark far outside is named at the edge with an arrow."""
    near, far = _widen(axes, marks)
    labels = [_text(axes, drawable(label), ink) for _, label, _ in near]
    widths = [_width(axes, label) for label in labels]
    _make_room(axes, [x for x, _, _ in near], widths)
    per_pixel = _units_per_pixel(axes)
    reach = [x + (width + _GAP_PIXELS) * per_pixel for (x, _, _), width in zip(near, widths, strict=True)]
    lanes = staircase([x for x, _, _ in near], reach)
    for (x, _, dash), label, lane in zip(near, labels, lanes, strict=True):
        top = 1 + _lane_height(axes, lane + 0.9)
        axes.plot([x, x], [0, top], transform=axes.get_xaxis_transform(), color=ink, ls=dash, lw=1.2, clip_on=False)
        label.set_position((x + _GAP_PIXELS * per_pixel * 0.75, 1 + _lane_height(axes, lane + 0.1)))
    for lane, (x, text, _) in enumerate(far, start=max(lanes, default=-1) + 1):
        _point_beyond(axes, x, text, lane, ink)


def staircase(places: Sequence[float], reaches: Sequence[float]) -> list[int]:
    """Return a lane for each label that starts at `places[i]` and ends at `reaches[i]`.

    Examples
    --------
    >>> staircase([1.0, 2.0, 9.0], [4.0, 5.0, 12.0])
    [1, 0, 0]
    """
    lanes = [0] * len(places)
    order = sorted(range(len(places)), key=lambda i: (places[i], i), reverse=True)
    for k, i in enumerate(order):
        blocked = [lanes[j] for j in order[:k] if places[j] <= reaches[i]]
        lanes[i] = max(blocked, default=-1) + 1
    return lanes


def _widen(axes: Axes, marks: Sequence[Mark]) -> tuple[list[Mark], list[Mark]]:
    """Stretch the axis to marks not far outside of it; return those on it and those beyond."""
    low, high = axes.get_xlim()
    margin = _REACH * (high - low)
    near = [mark for mark in marks if low - margin <= mark[0] <= high + margin]
    pad = 0.02 * (high - low)
    inside = [x for x, _, _ in near]
    axes.set_xlim(min([low, *(x - pad for x in inside)]), max([high, *(x + pad for x in inside)]))
    return near, [mark for mark in marks if mark not in near]


def _text(axes: Axes, text: str, ink: str, ha: str = "left") -> Text:
    return axes.text(
        0, 1, text, transform=axes.get_xaxis_transform(), fontsize=_FONT_SIZE, color=ink, ha=ha, va="bottom"
    )


def _width(axes: Axes, label: Text) -> float:
    renderer = axes.figure.canvas.get_renderer()  # type: ignore[attr-defined]
    return float(label.get_window_extent(renderer).width)


def _units_per_pixel(axes: Axes) -> float:
    low, high = axes.get_xlim()
    return float((high - low) / axes.get_window_extent().width)


def _make_room(axes: Axes, places: Sequence[float], widths: Sequence[float]) -> None:
    """Move the right end so far out that every label ends before it."""
    low, high = axes.get_xlim()
    pixels = axes.get_window_extent().width
    for x, width in zip(places, widths, strict=True):
        share = min((width + 2 * _GAP_PIXELS) / pixels, 0.8)
        high = max(high, (x - low * share) / (1 - share))
    axes.set_xlim(low, high)


def _lane_height(axes: Axes, lanes: float) -> float:
    points = axes.get_window_extent().height / axes.figure.dpi * 72
    return float(lanes * _LANE_POINTS / points)


def _point_beyond(axes: Axes, x: float, text: str, lane: int, ink: str) -> None:
    low, high = axes.get_xlim()
    is_right = x > high
    label = _text(axes, drawable(f"{text} →" if is_right else f"← {text}"), ink, "right" if is_right else "left")
    label.set_position((high if is_right else low, 1 + _lane_height(axes, lane + 0.1)))
