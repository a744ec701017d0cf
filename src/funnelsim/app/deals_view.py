"""The open deals in a table that can be edited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from funnelsim.app.deal_lines import call_of
from funnelsim.app.draft import DROPPED, Edit
from funnelsim.app.session import Session
from funnelsim.model.case import Case
from funnelsim.report.words import Words

MOST = 10_000


def take_edits(session: Session) -> None:
    """Put into the draft what stands in the table, if it is shown."""
    key = _key(session)
    if key in st.session_state:
        rows = st.session_state[key]["edited_rows"]
        session.edit(edits_after(frame_of(session.base), st.session_state[f"{key}-begun"], rows))


def draw_deals(session: Session, say: Words) -> None:
    """Draw the table."""
    case = session.base
    if len(case.pipeline) > MOST:
        st.info(say("deals_too_many", n=f"{len(case.pipeline):,}"))
        return
    st.caption(say("deals_how"))
    key, before = _key(session), frame_of(case)
    if key not in st.session_state:
        st.session_state[f"{key}-begun"] = session.draft.edits
    st.data_editor(
        with_edits(before, st.session_state[f"{key}-begun"]), key=key, hide_index=True, disabled=["id", "owner"],
        width="stretch", placeholder="–", column_config=_columns(case, calls_of(before), say),
    )  # fmt: skip


def _key(session: Session) -> str:
    return f"deals-{session.generation}-{session.draft.scenario}"


def frame_of(case: Case) -> pd.DataFrame:
    """Return the open deals: id, stage, amount, calls in per cent, and whether a deal is left out."""
    deals, opinions = case.pipeline.deals, case.opinions
    columns: dict[str, list[Any]] = {
        "id": [deal.id for deal in deals],
        "stage": [deal.stage for deal in deals],
        "amount": [float(deal.amount) for deal in deals],
    }
    if opinions is not None:
        for voice in opinions.voices:
            said = [opinions.calls.get(deal.id, {}).get(voice.name) for deal in deals]
            columns[f"opinions.{voice.name}"] = [_in_percent(call) for call in said]
    else:
        columns["win_rate"] = [_in_percent(deal.win_rate) for deal in deals]
    if any(deal.owner for deal in deals):
        columns["owner"] = [deal.owner for deal in deals]
    columns[DROPPED] = [False] * len(deals)
    frame = pd.DataFrame(columns)
    return frame.astype(dict.fromkeys(calls_of(frame), float))


def calls_of(frame: pd.DataFrame) -> list[str]:
    """Return the columns that hold calls in per cent."""
    return [str(name) for name in frame if _is_call(str(name))]


def edits_after(before: pd.DataFrame, begun: Iterable[Edit], rows: Mapping[int, Mapping[str, Any]]) -> tuple[Edit, ...]:
    """Return the edits of a table that began with some and had more made in it.

    Parameters
    ----------
    before : DataFrame
        Without any edit.
    rows : mapping of row number to column and value
        As the widget tells them.
    """
    found = {(deal, field): value for deal, field, value in begun}
    for row, cells in rows.items():
        for name, value in cells.items():
            told = call_of(value) if _is_call(name) else value
            found[str(before["id"][int(row)]), name] = told
    number = {deal: i for i, deal in enumerate(before["id"])}
    return tuple((deal, name, value) for (deal, name), value in found.items()
                 if not _is_same(before[name][number[deal]], value, name))  # fmt: skip


def with_edits(before: pd.DataFrame, edits: Iterable[Edit]) -> pd.DataFrame:
    """Return the table with edits put in."""
    found, number = before.copy(), {deal: i for i, deal in enumerate(before["id"])}
    for deal, name, value in edits:
        if deal in number and name in found:
            found.loc[number[deal], name] = _in_percent(value) if _is_call(name) else value  # type: ignore[arg-type]
    return found


def _is_same(old: Any, new: Any, name: str) -> bool:
    told = _in_percent(new) if _is_call(name) else new
    return bool(pd.isna(old)) if told is None else bool(old == told)


def _is_call(name: str) -> bool:
    return name == "win_rate" or name.startswith("opinions.")


def _columns(case: Case, voices: list[str], say: Words) -> dict[str, Any]:
    config = st.column_config
    said = {
        name: config.NumberColumn(
            say("deals_own") if name == "win_rate" else say("deals_call", name=name.partition(".")[2]),
            min_value=0.0, max_value=100.0, format="%.1f",
        )
        for name in voices
    }  # fmt: skip
    return {
        "id": config.TextColumn(say("deal")),
        "stage": config.SelectboxColumn(say("stage"), options=list(case.funnel.names), required=True),
        "amount": config.NumberColumn(say("amount"), min_value=0.0, required=True, format="localized"),
        "owner": config.TextColumn(say("owner")),
        DROPPED: config.CheckboxColumn(say("deals_dropped")),
        **said,
    }


def _in_percent(share: float | None) -> float | None:
    return None if share is None else round(100.0 * share, 10)
