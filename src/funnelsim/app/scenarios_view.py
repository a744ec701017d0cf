"""Scenarios of the visitor: saved under a name, gone back to, and held against each other in the same futures."""

from __future__ import annotations

import streamlit as st

from funnelsim.app import marks
from funnelsim.app.marks import no_markup
from funnelsim.app.pictures import svg
from funnelsim.app.session import Session
from funnelsim.errors import FunnelsimError, InputError
from funnelsim.report.compare import (
    assumptions_table,
    compare_headline,
    differences_table,
    dominance_lines,
    fall_tables,
    gain_lines,
)
from funnelsim.report.compare_picture import compare_picture
from funnelsim.report.words import Words


def draw_scenarios(session: Session, say: Words) -> None:
    """Draw saving, going to, removing and comparing."""
    _draw_saving(session, say)
    if not session.saved:
        st.info(say("scenario_none"))
        return
    _draw_saved(session, say)
    saved = list(session.saved)
    names = st.multiselect(say("scenario_which"), saved, saved, key=f"compared-{saved}")  # a new one takes part
    steps = st.checkbox(say("scenario_steps"), key="steps")
    if len(names) < 2:
        st.info(say("scenario_two"))
        return
    _draw_comparison(session, names, steps, say)


def _draw_saving(session: Session, say: Words) -> None:
    with st.form("saving", clear_on_submit=True, border=False):
        name = st.text_input(say("scenario_name"), max_chars=60, key="scenario_name")
        if st.form_submit_button(say("scenario_save"), key="scenario_save"):
            try:
                session.save(name)
            except InputError as error:
                st.error(no_markup(error.problems[0].message))


def _draw_saved(session: Session, say: Words) -> None:
    chosen, go, remove = st.columns([3, 1, 1], vertical_alignment="bottom")
    name = chosen.selectbox(say("scenario_load"), list(session.saved), key="scenario_chosen")
    go.button(say("scenario_load"), on_click=session.load, args=(name,), width="stretch", key="scenario_go")
    remove.button(
        say("scenario_remove"), on_click=session.forget, args=(name,), width="stretch", key="scenario_remove"
    )  # fmt: skip


def _draw_comparison(session: Session, names: list[str], steps: bool, say: Words) -> None:
    with st.spinner(say("app_busy")):
        try:
            found = session.compared(names, steps=steps)
        except FunnelsimError as error:
            st.error(no_markup(str(error)))
            return
    st.markdown(no_markup(compare_headline(found, say)))
    st.image(svg(lambda: compare_picture(found, say)), width="stretch")
    st.html(marks.table(assumptions_table(found, say)))
    st.html(marks.table(differences_table(found, say)))
    for table in fall_tables(found, say):
        st.html(marks.table(table))
    for line in [*dominance_lines(found, say), *gain_lines(found, say)]:
        st.text(line)
