"""Views of the forecast: its pictures and tables, the funnel, the tornado, the deals that matter, the track record."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from funnelsim.analysis.forecast import Forecast
from funnelsim.app import marks
from funnelsim.app.downloads import track_of
from funnelsim.app.pictures import svg
from funnelsim.app.progress import progress
from funnelsim.app.session import Session
from funnelsim.errors import InputError, RefusedError
from funnelsim.report.notes import notes
from funnelsim.report.sentences import assumptions, stale_sentence
from funnelsim.report.tables import deals_table, group_table, measure_tables, targets_table
from funnelsim.report.words import Words

Engine = Literal["exact", "simulate"]
MOST_DEALS = 50


def draw_forecast(told: Forecast, say: Words) -> None:
    """Draw the histogram and the periods, the tables, and what is assumed."""
    from funnelsim.report.plots import distribution_figure, periods_figure

    places = st.columns(2) if told.bookings.periods else st.columns([2, 1])
    places[0].image(svg(lambda: distribution_figure(told, say)), width="stretch")
    if told.bookings.periods:
        places[1].image(svg(lambda: periods_figure(told, say)), width="stretch")
    if told.targets:
        st.html(marks.table(targets_table(told, say)))
    for found in measure_tables(told, say):
        st.html(marks.table(found))
    for axis in told.groups:
        st.html(marks.table(group_table(told, axis, say)))
    with st.expander(say("assumptions")):
        stale = stale_sentence(told, say)
        for line in [*assumptions(told, say), *([stale] if stale else []), *notes(told, say)]:
            st.text(line)


def draw_funnel(session: Session, told: Forecast, say: Words) -> None:
    """Draw the open pipeline by stage."""
    from funnelsim.analysis.pipeline import review_pipeline
    from funnelsim.report.funnel_picture import funnel_picture
    from funnelsim.report.pipeline_tables import standings_table

    engine: Engine = "exact" if told.engine == "exact" else "simulate"
    with st.spinner(say("app_busy")):
        review = review_pipeline(told.case, engine=engine, trials=told.trials, seed=told.seed)
        st.image(svg(lambda: funnel_picture(review, say)), width="stretch")
        st.html(marks.table(standings_table(review, say)))


def draw_tornado(session: Session, told: Forecast, say: Words) -> None:
    """Draw what each input alone does to an answer."""
    from funnelsim.analysis.conditional import outputs_of
    from funnelsim.analysis.sensitivity import output_number
    from funnelsim.analysis.swings import swings
    from funnelsim.report.refusals import refusal
    from funnelsim.report.sensitivity import output_in_words
    from funnelsim.report.sensitivity_picture import tornado_picture

    names = list(outputs_of(told.case))
    chosen = st.selectbox(
        say("app_of_output"), names, output_number(told.case, None), key="output",
        format_func=lambda name: output_in_words(name, told.case, say),
    )  # fmt: skip
    with st.spinner(say("app_busy")):
        try:
            found = swings(told.case, seed=session.bench.seed)
        except (InputError, RefusedError) as error:
            st.info(marks.no_markup(say("app_no_tornado", why=refusal(error, say))))
            return
        st.image(svg(lambda: tornado_picture(found, names.index(chosen), say)), width="stretch")


def draw_critical(session: Session, told: Forecast, say: Words) -> None:
    """Draw each deal's chance and swing, and those on which the first target hangs."""
    from funnelsim.analysis.deal_review import review_deals
    from funnelsim.report.deal_review import make_or_break_table

    if not told.case.targets:
        st.info(say("app_no_target"))
    engine: Engine = "exact" if told.engine == "exact" else "simulate"
    with st.spinner(say("app_busy")):
        try:
            review = review_deals(told.case, engine=engine, trials=told.trials, seed=told.seed)
        except RefusedError as error:
            st.info(marks.no_markup(str(error)))
            return
    if review.make_or_break:
        st.html(marks.table(make_or_break_table(review, say, MOST_DEALS, more="deals_left_out")))
    st.html(marks.table(deals_table(review.forecast, say, MOST_DEALS, more="deals_left_out")))


def draw_track(session: Session, say: Words) -> None:
    """Draw how the same forecast did at past days of the history."""
    from funnelsim.report.backtest_pictures import calibration_figure, fan_figure

    record = session.record
    if record is None:
        st.info(say("track_no_history"))
        return
    if record.track is None and not st.button(say("track_run"), key="try_past"):
        return
    with progress(say("track_busy")) as report:
        track = record.try_the_past(report)
    for line in track_of(session, say):
        st.text(line)
    if track is not None:
        st.image(svg(lambda: fan_figure(track, say)), width="stretch")
        st.image(svg(lambda: calibration_figure(track, say)), width="stretch")
