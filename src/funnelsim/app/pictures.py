"""Pictures of the report room for the page, one at a time: the style of a drawing is shared by all threads."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any

_DRAWING = Lock()


def svg(draw: Callable[[], Any]) -> str:
    """Return what a function of the report room draws, as SVG."""
    from funnelsim.report.plots import svg_text

    with _DRAWING:
        return svg_text(draw())


def drawn(make: Callable[[], bytes]) -> bytes:
    """Return a report that holds pictures."""
    with _DRAWING:
        return make()
