"""Chinese characters for machines that lack them: those of the page and of the config, in the font of the pictures."""

from __future__ import annotations

from functools import lru_cache

import streamlit as st

from funnelsim.app.session import Session
from funnelsim.report.fonts import needs_font, subset_base64
from funnelsim.report.words import PHRASES

_KEY = "font"


def draw_font(session: Session) -> None:
    """Put the font into the page, made once for a config."""
    known = st.session_state.get(_KEY)
    if known is None or known[0] is not session.bench:
        known = st.session_state[_KEY] = session.bench, face(session)
    st.html(known[1])


def face(session: Session) -> str:
    """Return the style that holds the font."""
    config = session.bench.origin.content[session.bench.origin.config].decode("utf-8", "replace")
    deals = (f"{deal.id}{deal.stage}{deal.owner}{deal.segment}{deal.source}" for deal in session.base.pipeline.deals)
    text = "".join((*(chinese for _, chinese in PHRASES.values()), config, *deals))
    return _style("".join(sorted({c for c in text if needs_font(c)})))


@lru_cache(maxsize=8)
def _style(characters: str) -> str:
    """Return the style for some characters; visitors with the same ones share it, and nothing else."""
    return (
        '<style>@font-face { font-family: "Page Han"; unicode-range: U+2E80-10FFFF; '
        f'src: url(data:font/woff;base64,{subset_base64(characters)}) format("woff"); }}</style>'
    )
