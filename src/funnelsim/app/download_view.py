"""What is taken away."""

from __future__ import annotations

import streamlit as st

from funnelsim.analysis.forecast import Forecast
from funnelsim.app import downloads
from funnelsim.app.answers import command
from funnelsim.app.pictures import drawn
from funnelsim.app.session import Session
from funnelsim.report.words import Words

_KINDS = {
    "yaml": "application/yaml",
    "zip": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "html": "text/html",
    "csv": "text/csv",
}


def draw_downloads(session: Session, told: Forecast, say: Words) -> None:
    """Draw a button a file; reports are made when they are asked for."""
    name, content = downloads.config_file(session, told)
    _button("take_config", name, content, say)
    st.caption(say("take_same"))
    st.code(command(told, session.bench.name), language=None)
    if session.saved:
        _button("take_scenarios", *_scenarios(session), say)
    stem = session.bench.name.rpartition(".")[0]
    _button("take_workbook", f"{stem}.xlsx", lambda: drawn(lambda: downloads.workbook(session, say)), say)
    _button("take_slides", f"{stem}.pptx", lambda: drawn(lambda: downloads.slides(session, say)), say)
    _button("take_page", f"{stem}.html", lambda: drawn(lambda: downloads.page(session, say)), say)
    _button("take_figures", f"{stem}.csv", lambda: downloads.figures(told), say)
    _button("take_deals", f"{stem}.deals.csv", lambda: downloads.deals(told.case), say)


def _scenarios(session: Session) -> tuple[str, bytes]:
    name, content = downloads.scenarios_file(session)
    stem, _, ending = name.rpartition(".")
    return f"{stem}.scenarios.{ending}", content


def _button(what: str, name: str, content: object, say: Words) -> None:
    kind = _KINDS.get(name.rpartition(".")[2], "application/octet-stream")
    st.download_button(say(what), content, name, kind, key=what, on_click="ignore")  # type: ignore[arg-type]
