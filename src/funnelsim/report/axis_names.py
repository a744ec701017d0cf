"""Names left of an upright axis, cut to the room there is."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from funnelsim.report.fonts import drawable
from funnelsim.report.lines import broken

_SIZE, _GAP = 9.0, 14.0  # points, pixels
_N_LINES = 2


def name_rows(axes: Axes, names: Sequence[str], n_lines: int = _N_LINES) -> None:
    """Write a name beside each row, in at most two lines (or so many) that do not leave the picture."""
    room = axes.get_window_extent().x0 - _GAP
    lines = ["\n".join(fitted(axes, name, room, _SIZE, n_lines)) for name in names]
    axes.set_yticks(range(len(names)), lines, fontsize=_SIZE, linespacing=0.95)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)


def fitted(axes: Axes, text: str, room: float, size: float, n_lines: int = 1) -> list[str]:
    """Return a text in at most so many lines of `room` pixels in letters of `size` points."""
    label = axes.text(0, 0, "", fontsize=size)
    renderer = axes.figure.canvas.get_renderer()  # type: ignore[attr-defined]

    def fits(line: str) -> bool:
        label.set_text(line.rstrip())
        return bool(label.get_window_extent(renderer).width <= room)

    lines = broken(drawable(text), fits, n_lines)
    label.remove()
    return lines
