"""Deals, stays and ends -> the history as it is known on its last day, and the report of what was found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from funnelsim.errors import InputError
from funnelsim.history.blank_amounts import blank_amounts, is_blank_amount
from funnelsim.history.calls import Calls
from funnelsim.history.deals import DealRows
from funnelsim.history.findings import DROPPED, KEPT, OPENED, SHIFTED, UNPARTED, Findings, ImportReport
from funnelsim.history.record import (
    EXPECTED_CLOSE,
    LOST,
    NEVER,
    OPEN,
    WON,
    Changes,
    Deals,
    History,
    Ints,
    Visits,
    date_of,
    day_of,
)
from funnelsim.history.sayings import FROM_THE_FIRST
from funnelsim.history.stamps import Stamps, no_stamps, zone
from funnelsim.history.stays import Ends, Mask, Stays
from funnelsim.model.contract import DEALS, ONLY_STAGE, Contract


@dataclass(frozen=True)
class Material:
    """What the tables gave: deals, their stays, how they ended, and what was stated of them that moved."""

    deals: DealRows
    stays: Stays
    ends: Ends
    changes: Changes | None = None
    snapshot_gap_days: int = 0
    calls: Calls | None = None


def history_of(made: Material, contract: Contract, findings: Findings) -> History:
    """Return the history as it is known at the end of its last day.

    Raises
    ------
    InputError
        If stamps lie after today and the contract does not say where the record ends.
    """
    made = _without_final_dates(_known(made, contract, findings), contract, findings)
    deals, stays, ends = made.deals, made.stays, made.ends
    if deals.created.is_there.any():
        findings.mark("no_created", deals.id, ~deals.created.is_there, KEPT)
    elif len(deals):
        findings.note("created_from_moves")
    deals = replace(deals, created=deals.created.where(deals.created.is_there, _first_seen(made)))
    as_of = end_of_record(contract, deals.created.day, ends.closed.day, stays.entered.day, stays.left.day)
    _tell_future(deals, stays, as_of, findings)
    made = _begun(replace(made, deals=deals), as_of)
    deals, stays, ends = made.deals, made.stays, made.ends
    whole = History(
        stages=_stages(contract, findings),
        deals=_deals(deals, ends),
        visits=Visits(stays.deal, stays.stage, stays.entered.day, stays.left.day, stays.exit),
        money=contract.money,
        observed_from=min(_first_day(deals, stays, contract, findings), as_of),
        as_of=max(as_of, _last(deals.created.day, ends.closed.day, stays.entered.day, stays.left.day) + 1),
        timezone=contract.timezone,
        changes=made.changes,
        snapshot_gap_days=made.snapshot_gap_days or contract.snapshot_gap_days,
        closed=contract.closed,
        calls=None if made.calls is None else _dated(made.calls, deals, stays, contract, findings, as_of),
    )
    history = whole.known_at(as_of)
    _tell_closed(history, findings)
    _tell_blank_amounts(history.deals, findings)
    return history


def report_of(history: History, contract: Contract, findings: Findings) -> ImportReport:
    """Return what was found."""
    deals, visits, changes = history.deals, history.visits, history.changes
    counts = np.bincount(visits.stage, minlength=len(history.stages))
    n_won, n_open = int((deals.outcome == WON).sum()), int((deals.outcome == OPEN).sum())
    lost, n_lost = np.unique(deals.reason[deals.outcome == LOST].astype(str), return_counts=True)
    by_reason = {str(name) or "lost": int(n) for name, n in zip(lost, n_lost, strict=True)}
    if changes is None:
        findings.note("static_amounts")
    return ImportReport(
        tables=tuple(findings.tables),
        n_deals=len(deals),
        n_visits=len(visits),
        n_won=n_won,
        n_lost=int(n_lost.sum()),
        n_open=n_open,
        n_changes=0 if changes is None else len(changes.day),
        stages={name: int(n) for name, n in zip(history.stages, counts, strict=True)},
        exits={"won": n_won, **by_reason, "open": n_open},
        first=date_of(history.observed_from),
        last=date_of(history.as_of - 1),
        timezone=history.timezone,
        currency=history.money.currency,
        unit=history.money.unit,
        shape=contract.shape or DEALS,
        snapshot_gap_days=history.snapshot_gap_days,
        defects=tuple(findings.defects),
        notes=tuple(findings.notes),
    )


def _dated(calls: Calls, deals: DealRows, stays: Stays, contract: Contract, findings: Findings, as_of: int) -> Calls:
    """Return the calls with a day for each: those that only the export states are as of its last day."""
    begins = as_of if contract.observed_from is None else day_of(contract.observed_from)
    if contract.observed_from is None and len(stays):
        begins = int(stays.entered.day.min())
    first = np.maximum(deals.created.day, begins)[calls.deal]
    is_by_export = calls.day == NEVER
    day = np.where(is_by_export, as_of - 1, np.where(calls.day == FROM_THE_FIRST, first, calls.day))
    _tell_calls(calls, is_by_export, findings)
    findings.mark("future_calls", deals.id[calls.deal], day >= as_of, DROPPED)
    return replace(calls, day=day).rows(np.flatnonzero(day < as_of))


def _tell_calls(calls: Calls, is_by_export: Mask, findings: Findings) -> None:
    for i, name in enumerate(calls.voices):
        of = calls.voice == i
        n_export, n = int((of & is_by_export).sum()), int(of.sum())
        if n_export == n:
            findings.note("calls_undated", by=name, n=n)
            continue
        findings.note("calls_dated", by=name, n=n - n_export)
        if n_export:
            findings.note("calls_by_export", by=name, n=n_export)


def _tell_closed(history: History, findings: Findings) -> None:
    """Tell how many days are stated closed, and which moves fall on them.

    Raises
    ------
    InputError
        If no day of the record is open.
    """
    closed = history.closed
    if not closed:
        return
    days = np.arange(history.observed_from, history.as_of)
    is_shut = np.array([closed.holds(date_of(int(day))) for day in days], np.bool_)
    if is_shut.all():
        raise InputError.of("every day of the record is closed; mend `closed` or `weekend`", "closed")
    ahead = sum(
        (last - max(first, date_of(history.as_of))).days + 1
        for first, last in closed.runs
        if last >= date_of(history.as_of)
    )
    findings.note("closed_days", n=int(is_shut.sum()), ahead=ahead)
    left, deal = history.visits.left, history.visits.deal
    is_move = (left >= history.observed_from) & (left < history.as_of)
    is_move[is_move] = is_shut[left[is_move] - history.observed_from]
    findings.mark("moves_on_closed_days", history.deals.id[deal], is_move, SHIFTED)


def _tell_blank_amounts(deals: Deals, findings: Findings) -> None:
    """Tell whether amounts seem to be written at closing, with the counts that say so."""
    won, lost, is_open = (deals.outcome == outcome for outcome in (WON, LOST, OPEN))
    told = blank_amounts(deals.amount, won, lost, is_open)
    if not told.are_written_at_closing:
        return
    findings.mark("amounts_at_closing", deals.id, is_blank_amount(deals.amount) & ~won, UNPARTED)
    parts = {"won": told.won, "lost": told.lost, "open": told.open}
    counts = {f"{name}_blank": part.n_blank for name, part in parts.items()}
    findings.note("amounts_at_closing", **counts, **{f"{name}_deals": part.n_deals for name, part in parts.items()})


def end_of_record(contract: Contract, *days: Ints) -> int:
    """Return the day on which nothing is known any more: after the last day stated, or after the last stamp.

    Raises
    ------
    InputError
        If stamps lie after today and the contract does not say where the record ends.
    """
    if contract.observed_to is not None:
        return day_of(contract.observed_to) + 1
    last = _last(*days)
    if last > day_of(datetime.now(zone(contract.timezone)).date()):
        told = f"the records hold stamps up to {date_of(last)}, after today; state observed: FROM..TO"
        raise InputError.of(told, "observed")
    return last + 1


def _last(*days: Ints) -> int:
    return max((int(some[some != NEVER].max()) for some in days if (some != NEVER).any()), default=0)


def _stages(contract: Contract, findings: Findings) -> tuple[str, ...]:
    """Return the stages; deals alone have one."""
    if contract.shape:
        return contract.stages
    only = (*contract.stages, ONLY_STAGE)[0]
    if len(contract.stages) > 1:
        findings.note("one_stage", stage=only)
    return (only,)


def _known(made: Material, contract: Contract, findings: Findings) -> Material:
    """Return deals of which something is known, a stay or an end; the others are dropped."""
    deals, stays, ends = made.deals, made.stays, made.ends
    has_stays = np.zeros(len(deals), bool)
    has_stays[stays.deal] = True
    findings.mark("first_seen_closed", deals.id, ~has_stays & (ends.outcome != OPEN), KEPT)
    is_blank = ~has_stays & (ends.outcome == OPEN)
    if contract.shape:  # of deals alone the reason was told before
        findings.mark("deals_without_visits", deals.id, is_blank, DROPPED)
    first, created = _first_seen(made), deals.created
    is_late = created.is_there & first.is_there & (first.day < created.day)
    findings.mark("created_after_first_stage", deals.id, is_late, KEPT)
    findings.mark("closed_before_created", deals.id, created.is_there & (ends.closed.day < created.day), KEPT)
    return _only(made, ~is_blank)


def _without_final_dates(made: Material, contract: Contract, findings: Findings) -> Material:
    """Return deals without expected dates where these are the days of closing: the past would know its future."""
    part, deals = contract.parts.get(DEALS), made.deals
    is_logged = made.changes is not None and bool((made.changes.field == EXPECTED_CLOSE).any())
    if part is None or not part.dates_overwritten or is_logged or not deals.expected.is_there.any():
        return made
    findings.note("dates_overwritten", n=int(deals.expected.is_there.sum()))
    return replace(made, deals=replace(deals, expected=no_stamps(len(deals))))


def _begun(made: Material, as_of: int) -> Material:
    """Return the deals of which something is known before a day."""
    has_begun = made.ends.closed.day < as_of
    has_begun[made.stays.deal[made.stays.entered.day < as_of]] = True
    return _only(made, has_begun)


def _only(made: Material, kept: Mask) -> Material:
    """Return some of the deals, with what belongs to them."""
    if kept.all():
        return made
    number, changes, stays = np.cumsum(kept) - 1, made.changes, made.stays
    if changes is not None:
        changes = changes.rows(kept[changes.deal])
        changes = replace(changes, deal=number[changes.deal])
    stays = stays.rows(kept[stays.deal])
    stays = replace(stays, deal=number[stays.deal])
    ends = Ends(made.ends.outcome[kept], made.ends.closed.rows(kept), made.ends.reason[kept])
    calls = made.calls
    if calls is not None:
        calls = calls.rows(kept[calls.deal])
        calls = replace(calls, deal=number[calls.deal])
    return replace(made, deals=made.deals.rows(kept), stays=stays, ends=ends, changes=changes, calls=calls)


def _first_seen(made: Material) -> Stamps:
    """Return when each deal entered its first stage, or closed where it was in none."""
    deals, stays, ends = made.deals, made.stays, made.ends
    first, has_stays = no_stamps(len(deals)), np.zeros(len(deals), bool)
    rows = np.flatnonzero(np.append(True, stays.deal[1:] != stays.deal[:-1])[: len(stays)])
    first.at[stays.deal[rows]], first.day[stays.deal[rows]] = stays.entered.at[rows], stays.entered.day[rows]
    has_stays[stays.deal[rows]] = True
    return first.where(has_stays, ends.closed)


def _tell_future(deals: DealRows, stays: Stays, as_of: int, findings: Findings) -> None:
    is_ahead = (stays.left.day >= as_of) & (stays.left.day != NEVER) & (stays.entered.day < as_of)
    findings.mark("future_dates", deals.id, deals.created.day >= as_of, DROPPED)
    findings.mark("future_entries", deals.id[stays.deal], stays.entered.day >= as_of, DROPPED)
    findings.mark("future_exits", deals.id[stays.deal], is_ahead, OPENED)


def _first_day(deals: DealRows, stays: Stays, contract: Contract, findings: Findings) -> int:
    if contract.observed_from is not None:
        return day_of(contract.observed_from)
    days = stays.entered.day if len(stays) else deals.created.day
    findings.note("observed_from_records")
    return int(days.min()) if len(days) else 0


def _deals(deals: DealRows, ends: Ends) -> Deals:
    return Deals(
        deals.id, deals.created.day, ends.closed.day, ends.outcome, ends.reason, deals.amount,
        deals.expected.day, deals.owner, deals.segment, deals.source,
    )  # fmt: skip
