"""The what-if page, as Streamlit runs it: each visitor has a session, and each change runs this file again."""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from funnelsim.analysis.forecast import Forecast
from funnelsim.app import marks
from funnelsim.app.controls import draw_controls, take_moves
from funnelsim.app.deals_view import draw_deals, take_edits
from funnelsim.app.download_view import draw_downloads
from funnelsim.app.font import draw_font
from funnelsim.app.forecast_view import draw_critical, draw_forecast, draw_funnel, draw_tornado, draw_track
from funnelsim.app.open_view import draw_open, draw_record
from funnelsim.app.scenarios_view import draw_scenarios
from funnelsim.app.session import Session
from funnelsim.app.start import HORIZON, Record, kind_of, origin_of
from funnelsim.errors import FunnelsimError
from funnelsim.report.words import Words

START, LANGUAGE = "FUNNELSIM_APP_START", "FUNNELSIM_APP_LANGUAGE"
_NEXT_VIEW = "next_view"
VIEWS = ("forecast", "funnel", "tornado", "critical", "deals", "compare", "track", "upload", "download")


def draw_page() -> None:
    """Draw the page of this visitor."""
    st.set_page_config("funnelsim", ":material/filter_alt:", "wide")
    say = _language()
    session = _session(say)
    if session is None:
        _draw_open(say)
        return
    take_moves(session)
    take_edits(session)
    draw_font(session)
    place = st.container()
    told = _draw_answer(session, place, say)
    with st.sidebar:
        draw_controls(session, say)
    if _NEXT_VIEW in st.session_state:
        st.session_state["view"] = st.session_state.pop(_NEXT_VIEW)
    view = st.segmented_control(
        say("app_view"), VIEWS, default="forecast", required=True, key="view", label_visibility="collapsed",
        format_func=lambda name: say(f"view_{name}"),
    )  # fmt: skip
    if told is not None:
        _draw_view(view, session, told, say)


def _language() -> Words:
    first = 1 if os.environ.get(LANGUAGE) == "zh" else 0
    with st.sidebar:
        names = {"en": "English", "zh": "中文"}
        chosen = st.segmented_control(
            "Language / 语言", list(names), default=list(names)[first], required=True, key="language",
            format_func=lambda name: names[name], label_visibility="collapsed",
        )  # fmt: skip
    return Words("zh" if chosen == "zh" else "en")


def _session(say: Words) -> Session | None:
    """Return the visitor's session, begun with what the command line named; None if it named nothing."""
    if "session" in st.session_state:
        found: Session = st.session_state["session"]
        return found
    start = os.environ.get(START)
    if not start or "record" in st.session_state:
        return None
    try:
        with st.spinner(say("open_reading")):
            st.session_state["session"] = _begun(Path(start))
    except FunnelsimError as error:
        st.error(marks.no_markup(str(error)))
        return None
    begun: Session = st.session_state["session"]
    return begun


def _begun(path: Path) -> Session:
    if kind_of(path) != "history":
        return Session.of(origin_of(path))
    from funnelsim.config.history import load_history

    history, report = load_history(path)
    record = Record(path.stem, history, report)
    st.session_state["record"] = record
    return Session.of(record.fit(HORIZON, seed=7), record)


def _opened(session: Session) -> None:
    st.session_state["session"] = session
    st.session_state[_NEXT_VIEW] = "forecast"
    st.rerun()


def _draw_open(say: Words) -> None:
    draw_open(_opened, say)
    if "record" in st.session_state:
        draw_record(st.session_state["record"], _opened, say)


def _draw_answer(session: Session, place: DeltaGenerator, say: Words) -> Forecast | None:
    """Draw the headline first of all: it is what a reader waits for."""
    with place:
        with st.spinner(say("app_compiling" if session.answerer.must_compile else "app_busy")):
            told = session.answer()
        if session.problems:
            st.warning(say("app_last_good"))
        if told is not None:
            how = marks.how_made(told, session.seconds, say)
            st.html(marks.answer(told, how, say, is_stale=bool(session.problems)))
    return told


def _draw_view(view: str, session: Session, told: Forecast, say: Words) -> None:
    if view == "forecast":
        draw_forecast(told, say)
    elif view == "funnel":
        draw_funnel(session, told, say)
    elif view == "tornado":
        draw_tornado(session, told, say)
    elif view == "critical":
        draw_critical(session, told, say)
    elif view == "deals":
        draw_deals(session, say)
    elif view == "compare":
        draw_scenarios(session, say)
    elif view == "track":
        draw_track(session, say)
    elif view == "upload":
        _draw_open(say)
    else:
        draw_downloads(session, told, say)


if __name__ == "__main__":
    draw_page()
