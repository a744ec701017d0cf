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
_PIXELS_PER_POINT = 1.35
_WIDE_POINTS = 500.0


def inline(drawn: Figure, name: str, title: str, told: str) -> Markup:
    """Return a figure as SVG for a page; `name` sets its ids apart, `told` is what it shows, in words.

    Titles and sentences of the picture are left out, for the page has its own, and so is the room around it. Letters
    are as large in every picture, unless the page is too narrow for it.
    """
    for text in list(drawn.texts):
        text.remove()
    svg = svg_text(drawn, is_tight=True)
    svg = _METADATA.sub("", _COMMENT.sub("", svg[svg.index("<svg") :]))
    svg = svg.replace('id="', f'id="{name}-').replace('href="#', f'href="#{name}-').replace("url(#", f"url(#{name}-")
    for colour, named in (*NAMED.items(), _SOFT, _WHITE):
        svg = svg.replace(colour, named)
    head, _, rest = _SIZE.sub("", svg, count=2).partition(">")
    points = float(head.partition('viewBox="')[2].split()[2])
    wide = ' class="wide-picture"' if points > _WIDE_POINTS else ""
    head += f' style="max-width: {_PIXELS_PER_POINT * points:.0f}px"'
    head += f' role="img"{wide} aria-labelledby="{name}-name {name}-told"'
    words = f'<title id="{name}-name">{escape(title)}</title><desc id="{name}-told">{escape(told)}</desc>'
    return Markup(f"{head}>{words}{rest}")  # noqa: S704 - letters are outlines, and the words are escaped
