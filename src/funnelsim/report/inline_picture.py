"""Pictures as part of a page: the page's colours, ids of their own, and words for those who cannot see them."""

from __future__ import annotations

import re

from markupsafe import Markup, escape
from matplotlib.figure import Figure

from funnelsim.report.ink import DARK, GREY, INK, LIGHT, MIDDLE
from funnelsim.report.plots import svg_text

# what a page calls the colours of pictures, so that it can turn them over on a dark ground
NAMED = {INK: "currentColor", LIGHT: "var(--light)", MIDDLE: "var(--middle)", DARK: "var(--dark)", GREY: "var(--grey)"}
_SOFT, _WHITE = ("#55606c", "var(--soft)"), ("#ffffff", "var(--page)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_SIZE = re.compile(r' (?:width|height)="[\d.]+pt"')
_WIDE_POINTS = 500.0


def inline(drawn: Figure, name: str, title: str, told: str) -> Markup:
    """Return a figure as SVG for a page; `name` sets its ids apart, `told` is what it shows, in words."""
    svg = svg_text(drawn)
    svg = _METADATA.sub("", _COMMENT.sub("", svg[svg.index("<svg") :]))
    svg = svg.replace('id="', f'id="{name}-').replace('href="#', f'href="#{name}-').replace("url(#", f"url(#{name}-")
    for colour, named in (*NAMED.items(), _SOFT, _WHITE):
        svg = svg.replace(colour, named)
    svg = _SIZE.sub("", svg, count=2)
    head, _, rest = svg.partition(">")
    wide = ' class="wide-picture"' if _points_across(drawn) > _WIDE_POINTS else ""
    head += f' role="img"{wide} aria-labelledby="{name}-name {name}-told"'
    words = f'<title id="{name}-name">{escape(title)}</title><desc id="{name}-told">{escape(told)}</desc>'
    return Markup(f"{head}>{words}{rest}")  # noqa: S704 - letters are outlines, and the words are escaped


def _points_across(drawn: Figure) -> float:
    return float(72.0 * drawn.get_size_inches()[0])
