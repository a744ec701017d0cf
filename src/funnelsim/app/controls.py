"""The sidebar: language, scenario, undo and reset, and a widget for every lever with its problems below it."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import streamlit as st

from funnelsim.app.answers import Choice
from funnelsim.app.lever import Lever, Value
from funnelsim.app.marks import no_markup
from funnelsim.app.session import Session
from funnelsim.report.clean import one_line
from funnelsim.report.words import Words

_OPEN = {"lever_targets", "lever_stages"}
_FEW = 60
_TRIALS = (500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)
_USUAL = 10_000
_FORMATS = {"percent": "%.1f %%", "factor": "×%.2f", "number": "%.2f"}


def take_moves(session: Session) -> None:
    """Move levers to where their widgets stand.

    A function that a widget calls may be lost where one run of the page cuts off another; where it stands is not.
    """
    for lever in session.levers.values():
        key = _key(session, lever)
        if key in st.session_state and st.session_state[key] != session.draft.value(lever.key, lever.base):
            session.move(lever.key, st.session_state[key])
    if chosen := st.session_state.get("engine"):
        session.choose(chosen, st.session_state.get("trials", _USUAL) if chosen == "simulate" else None)


def draw_controls(session: Session, say: Words) -> None:
    """Draw everything that changes the draft."""
    _draw_steps(session, say)
    if session.bench.scenarios:
        _draw_scenario(session, say)
    for told in session.other_problems():
        st.error(no_markup(told))
    for section, levers in groupby(session.levers.values(), key=lambda lever: lever.section):
        with st.expander(say(section), expanded=section in _OPEN):
            for lever in levers:
                _draw_lever(session, lever, say)
    with st.expander(say("app_engine")):
        _draw_engine(session, say)


def _draw_steps(session: Session, say: Words) -> None:
    left, right = st.columns(2)
    left.button(
        say("app_undo"), on_click=session.undo, disabled=not session.trail.past, width="stretch", key="undo"
    )  # fmt: skip
    right.button(
        say("app_reset"), on_click=session.reset, disabled=session.draft.is_empty, width="stretch", key="reset"
    )  # fmt: skip


def _draw_scenario(session: Session, say: Words) -> None:
    key, names = f"scenario-{session.generation}", ["", *session.bench.scenarios]
    st.selectbox(
        say("app_scenario"), names, names.index(session.draft.scenario), key=key,
        format_func=lambda name: one_line(name, 60) if name else say("app_as_stated"),
        on_change=lambda: session.take(st.session_state[key]),
    )  # fmt: skip


def _draw_lever(session: Session, lever: Lever, say: Words) -> None:
    key = _key(session, lever)
    value = session.draft.value(lever.key, lever.base)
    begun = session.begun.value(lever.key, lever.base)
    _draw_widget(lever, no_markup(label_of(lever, session, say)), begun, key)
    if value != lever.base:
        st.caption(say("lever_was", value=shown(lever, lever.base)))
    for told in session.problems_at(lever.key):
        st.error(no_markup(told))


def _key(session: Session, lever: Lever) -> str:
    return f"{session.generation}:{session.draft.scenario}:{lever.key}"


def label_of(lever: Lever, session: Session, say: Words) -> str:
    """Return what a lever is called."""
    axis = say(lever.of) if lever.what == "lever_rho_by" else ""
    what = say(lever.what, unit=session.base.money, axis=axis)
    if axis:
        return what
    if lever.section == "lever_targets":
        return say("lever_of", of=say("lever_target_no", of=lever.of), what=what)
    return say("lever_of", of=one_line(lever.of, 40), what=what) if lever.of else what


def shown(lever: Lever, value: Value) -> str:
    """Return a value of a lever as text."""
    if lever.kind in _FORMATS and isinstance(value, float | int):
        return (_FORMATS[lever.kind] % value).replace("%%", "%")
    return "–" if value is None else str(value)


def _draw_widget(lever: Lever, label: str, value: Any, key: str) -> None:
    if lever.kind == "switch":
        st.toggle(label, bool(value), key=key)
    elif lever.kind == "day":
        st.date_input(label, value, lever.low, lever.high, key=key, format="YYYY-MM-DD")
    elif lever.step == 0.0 or (lever.kind == "whole" and lever.high > _FEW):
        low, high, step = (
            (int(lever.low), int(lever.high), 1) if lever.kind == "whole" else (lever.low, lever.high, None)
        )
        st.number_input(label, low, high, value, step, key=key)
    elif lever.kind == "whole":
        st.slider(label, int(lever.low), int(lever.high), int(value), 1, key=key)
    else:
        span = (min(lever.low, value), max(lever.high, value))
        st.slider(
            label, *span, float(value), lever.step, _FORMATS[lever.kind], key=key
        )  # fmt: skip


def _draw_engine(session: Session, say: Words) -> None:
    choices: dict[Choice, str] = {"auto": "app_auto", "exact": "app_exact", "simulate": "app_simulate"}
    chosen = st.radio(say("app_engine"), list(choices), format_func=lambda name: say(choices[name]), key="engine")
    trials = None
    if chosen == "simulate":
        trials = st.select_slider(say("app_trials"), _TRIALS, _USUAL, format_func=lambda n: f"{n:,}", key="trials")
    session.choose(chosen, trials)
