"""Opening files: a config with its tables, or the tables of a CRM export, checked, fitted and forecast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import streamlit as st

from funnelsim.app import marks
from funnelsim.app.intake import Ends, Mapped, Upload, described, record_in
from funnelsim.app.progress import progress
from funnelsim.app.session import Session
from funnelsim.app.start import Record
from funnelsim.config.history import KINDS
from funnelsim.config.presets import PRESETS
from funnelsim.errors import FunnelsimError
from funnelsim.model.case import Origin
from funnelsim.model.horizon import Horizon
from funnelsim.report.history_terminal import import_tables, note_in_words
from funnelsim.report.words import Words

Span = Literal["week", "month", "quarter", "year"]
Opened = Callable[[Session], None]
_SPANS: tuple[Span, ...] = ("week", "month", "quarter", "year")
_YAML = (".yaml", ".yml")
SEED = 7


def draw_open(opened: Opened, say: Words) -> None:
    """Draw the place for files, and what can be done with those that are there."""
    st.write(say("open_what"))
    files = st.file_uploader(say("open_files"), ["csv", "gz", "yaml", "yml"], accept_multiple_files=True, key="files")
    content = {file.name: file.getvalue() for file in files or []}
    configs = [name for name in content if name.endswith(_YAML)]
    try:
        if configs:
            _draw_config(configs[0], content, opened, say)
        elif content:
            _draw_export(Upload(content), say)
    except FunnelsimError as error:
        st.error(marks.no_markup(str(error)))


def draw_record(record: Record, opened: Opened, say: Words) -> None:
    """Draw what was read and what is odd about it, and the fit that can be made of it."""
    report = record.report
    for table in import_tables(report, say):
        st.html(marks.table(table))
    if not report.defects:
        st.text(say("no_defects"))
    for note in report.notes:
        st.text(note_in_words(note, report, say))
    left, right = st.columns(2)
    n = left.number_input(say("open_horizon"), 1, 60, 2, key="periods")
    of = right.selectbox(say("open_period"), _SPANS, 2, format_func=lambda s: say(f"open_{s}"), key="span")
    if st.button(say("open_fit"), type="primary", key="fit"):
        try:
            with st.spinner(say("open_fitting")):
                opened(Session.of(record.fit(Horizon(int(n), of), SEED), record))
        except FunnelsimError as error:
            st.error(marks.no_markup(str(error)))


def _draw_config(name: str, content: dict[str, bytes], opened: Opened, say: Words) -> None:
    if st.button(say("open_config"), type="primary", key="open_config"):
        opened(Session.of(Origin(name, content=content)))


def _draw_export(upload: Upload, say: Words) -> None:
    names = list(PRESETS)
    preset = st.selectbox(say("open_preset"), names, names.index(upload.preset()), key="preset")
    tables = {name: _draw_table(upload, name, preset, say) for name in upload.tables}
    ends = _draw_ends(upload.ends(tables), preset, say)
    one, two, three = st.columns(3)
    currency = one.text_input(say("open_currency"), "CNY", key="currency")
    unit = two.text_input(say("open_unit"), "1", key="unit")
    zone = three.text_input(say("open_timezone"), "UTC", key="timezone")
    text = described(tables, ends, preset, currency, unit, zone)
    with st.expander(say("open_text")):
        st.code(text, language="yaml")
    allow = st.checkbox(say("open_unmapped"), key="allow_unmapped")
    if st.button(say("open_read"), type="primary", key="read"):
        st.session_state.pop("record", None)
        with progress(say("open_reading")) as report:
            st.session_state["record"] = record_in(upload, text, allow_unmapped=allow, on_progress=report)


def _draw_table(upload: Upload, name: str, preset: str, say: Words) -> Mapped:
    guess = upload.mapped(name, preset)
    kinds = ["", *KINDS]
    kind = st.selectbox(
        marks.no_markup(say("open_kind", file=name)), kinds, kinds.index(guess.kind), key=f"kind-{preset}-{name}",
        format_func=lambda one: say(f"kind_{one}") if one else say("open_nothing"),
    )  # fmt: skip
    if not kind:
        return Mapped("", {})
    usual = getattr(PRESETS[preset], kind)
    there = upload.columns(name, kind, preset)
    rows = [{"meaning": meaning, "column": there.get(meaning)} for meaning in (usual or [""])]
    new = st.data_editor(
        rows, key=f"columns-{preset}-{name}-{kind}", hide_index=True, disabled=["meaning"], width="stretch",
        column_config={
            "meaning": st.column_config.TextColumn(say("open_meaning")),
            "column": st.column_config.SelectboxColumn(say("open_column"), options=list(upload.tables[name].header)),
        },
    )  # fmt: skip
    return Mapped(kind, {row["meaning"]: row["column"] for row in new if row["meaning"] and row["column"]})


def _draw_ends(guess: Ends, preset: str, say: Words) -> Ends:
    places = st.columns(3)
    told = [
        place.text_area(say(f"open_{what}"), "\n".join(getattr(guess, what)), height=160, key=f"{what}-{preset}")
        for place, what in zip(places, ("stages", "won", "lost"), strict=True)
    ]
    return Ends(*(tuple(line.strip() for line in text.splitlines() if line.strip()) for text in told))
