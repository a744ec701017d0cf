"""Tables -> a history and a report of what was found: the one way in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

import numpy as np

from funnelsim.errors import InputError, Problem
from funnelsim.history.deals import DealRows, bare_deals, read_deals
from funnelsim.history.findings import DROPPED, KEPT, OPENED, Findings, ImportReport, TableRead
from funnelsim.history.frames import Frame, Read, read_frame
from funnelsim.history.moves import Moves, stays_of
from funnelsim.history.names import NOTHING, Names
from funnelsim.history.record import LOST, NEVER, OPEN, WON, Deals, History, Visits, date_of, day_of
from funnelsim.history.shapes import linker, read_entries, read_events, read_milestones, read_stays
from funnelsim.history.stamps import Stamps, no_stamps, zone
from funnelsim.history.stays import Ends, Stays, ends_of, settle, sorted_stays, tell_oddities
from funnelsim.model.contract import DEALS, EVENTS, MILESTONES, ONLY_STAGE, SHAPES, VISITS, Contract

Progress = Callable[[int, int], None]
T = TypeVar("T")


def import_history(
    contract: Contract, read: Read, *, allow_unmapped: bool = False, on_progress: Progress | None = None
) -> tuple[History, ImportReport]:
    """Return the history that a contract describes, and what was found on the way.

    Parameters
    ----------
    read : function
        Returns the bytes of a file by its name as written.
    allow_unmapped : bool
        Drop rows whose stage or outcome means nothing, and count them.
    on_progress : function, optional
        Called with the steps done and the number of steps.

    Raises
    ------
    InputError
        With all problems of all tables.
    """
    desk = Desk(contract, Names(contract, allow_unmapped))
    steps = len(contract.parts) + 2
    for n, kind in enumerate(contract.parts):
        desk.collect(lambda kind=kind: desk.open(kind, read))  # type: ignore[misc]
        if on_progress:
            on_progress(n + 1, steps)
    desk.stop_if_wrong()
    deals, stays, ends = desk.read()
    if on_progress:
        on_progress(steps - 1, steps)
    told = desk.history(deals, stays, ends)
    if on_progress:
        on_progress(steps, steps)
    return told


@dataclass
class Desk:
    """One import: the tables opened, the problems and findings so far."""

    contract: Contract
    names: Names
    frames: dict[str, Frame] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    problems: list[Problem] = field(default_factory=list)

    def collect(self, step: Callable[[], T]) -> T | None:
        """Return what a step returns; its problems are kept for later."""
        try:
            return step()
        except InputError as error:
            self.problems += error.problems
            return None

    def stop_if_wrong(self) -> None:
        """Raise if problems were met, those of names included."""
        self.collect(self.names.check)
        if self.problems:
            raise InputError(self.problems)

    def open(self, kind: str, read: Read) -> None:
        """Read one table."""
        try:
            self.frames[kind] = read_frame(self.contract.parts[kind], read)
        except InputError as error:
            raise InputError(p if p.place and not p.path else p.under(kind) for p in error.problems) from None

    def read(self) -> tuple[DealRows, Stays, Ends]:
        """Return deals and stays out of the tables, with the deals' ends."""
        deals = None
        if DEALS in self.frames:
            deals = self.collect(lambda: read_deals(self.frames[DEALS], self.names, self.contract, self.findings))
        if not self.contract.shape:
            self.stop_if_wrong()
            return self._deals_only(deals or bare_deals(np.zeros(0, object)))
        return self._with_moves(deals)

    def _with_moves(self, deals: DealRows | None) -> tuple[DealRows, Stays, Ends]:
        kind, home = self.contract.shape, self.contract.timezone
        frame, names, findings = self.frames[kind], self.names, self.findings
        link, known = linker(deals.id if deals is not None else None)
        if kind == VISITS and frame.part.has("exit"):
            stays = self.collect(lambda: read_stays(frame, names, link, home, findings))
            self.stop_if_wrong()
            deals = deals if deals is not None else bare_deals(known[0])
            return self._settled(deals, stays or _no_stays())
        left: Stamps | None = None
        if kind == VISITS:
            entries = self.collect(lambda: read_entries(frame, names, link, home, findings))
            moves, left = entries or (None, None)
        elif kind == EVENTS:
            moves = self.collect(lambda: read_events(frame, names, link, home, findings))
        elif kind == MILESTONES:
            moves = self.collect(lambda: read_milestones(frame, names, link, home, findings))
        else:
            raise NotImplementedError
        self.stop_if_wrong()
        deals = deals if deals is not None else bare_deals(known[0])
        if moves is None:
            raise InputError(self.problems)
        if left is not None:
            deals = _closed_where_left(deals, moves, left)
        stays, ends = stays_of(moves, deals, self._start(moves), findings)
        tell_oddities(stays, deals.id, findings)
        return deals, stays, ends

    def _start(self, moves: Moves) -> Stamps | None:
        """Return where the record begins: the day stated, or the first move."""
        first = self.contract.observed_from
        if first is not None:
            midnight = datetime(first.year, first.month, first.day, tzinfo=zone(self.contract.timezone)).timestamp()
            return Stamps(np.array([int(midnight * 1e6)]), np.array([day_of(first)]))
        return moves.at.rows(np.array([int(np.argmin(moves.at.at))])) if len(moves) else None

    def _settled(self, deals: DealRows, stays: Stays) -> tuple[DealRows, Stays, Ends]:
        ids = deals.id
        stays = settle(sorted_stays(stays, ids, self.findings), ids, self.findings)
        stays = self._ended_by_deals(deals, stays)
        tell_oddities(stays, ids, self.findings)
        ends = ends_of(stays, len(deals))
        has_stays = np.zeros(len(deals), bool)
        has_stays[stays.deal] = True
        is_stated = np.isin(deals.outcome, (WON, LOST))
        differs = has_stays & np.isin(deals.outcome, (WON, LOST, OPEN)) & (deals.outcome != ends.outcome)
        self.findings.mark("outcome_disagrees", ids, differs, KEPT)
        silent = ~has_stays & is_stated & deals.closed.is_there
        outcome = np.where(silent, deals.outcome, ends.outcome)
        reason = np.where(silent, deals.reason, ends.reason)
        return deals, stays, Ends(outcome, deals.closed.where(silent, ends.closed), reason)

    def _ended_by_deals(self, deals: DealRows, stays: Stays) -> Stays:
        """Return stays with the end that only the deals table tells."""
        of = stays.deal
        is_ended = (stays.exit == OPEN) & ~stays.is_followed & np.isin(deals.outcome[of], (WON, LOST))
        closed = deals.closed.rows(of)
        is_ended &= closed.is_there & (closed.at >= stays.entered.at)
        if not is_ended.any():
            return stays
        self.findings.note("closed_by_deals", n=int(is_ended.sum()))
        exits = np.where(is_ended, deals.outcome[of], stays.exit)
        reason = np.where(is_ended, deals.reason[of], stays.reason)
        return replace(stays, exit=exits, reason=reason, left=closed.where(is_ended, stays.left))

    def _deals_only(self, deals: DealRows) -> tuple[DealRows, Stays, Ends]:
        """Return one stay a deal, from its creation to its end."""
        findings, ids = self.findings, deals.id
        is_over = np.isin(deals.outcome, (WON, LOST))
        no_start, no_end = ~deals.created.is_there, is_over & ~deals.closed.is_there
        findings.mark("no_created", ids, no_start, DROPPED)
        findings.mark("closed_without_date", ids, no_end & ~no_start, DROPPED)
        is_back = is_over & ~no_start & ~no_end & (deals.closed.at < deals.created.at)
        findings.mark("closed_before_created", ids, is_back, DROPPED)
        deals = deals.rows(~(no_start | no_end | is_back))
        is_over = np.isin(deals.outcome, (WON, LOST))
        findings.mark("open_with_end", deals.id, ~is_over & deals.closed.is_there, OPENED)
        n = len(deals)
        closed = deals.closed.where(is_over, no_stamps(n))
        outcome = np.where(is_over, deals.outcome, OPEN)
        findings.mark("zero_length", deals.id, is_over & (closed.at == deals.created.at), KEPT)
        stays = Stays(np.arange(n), np.zeros(n, np.int64), deals.created, outcome, closed, deals.reason)
        return deals, stays, Ends(outcome, closed, deals.reason)

    def history(self, deals: DealRows, stays: Stays, ends: Ends) -> tuple[History, ImportReport]:
        """Return the history and the report."""
        deals, stays, ends = self._known(deals, stays, ends)
        days = [deals.created.day, ends.closed.day, stays.entered.day, stays.left.day]
        last = max((int(d[d != NEVER].max()) for d in days if (d != NEVER).any()), default=0)
        as_of = last + 1
        if self.contract.observed_to is not None:
            as_of = day_of(self.contract.observed_to) + 1
        else:
            self._refuse_future(last)
        self._tell_future(deals, stays, ends, as_of)
        first = self._first_day(deals, stays)
        whole = History(
            stages=self.contract.stages or (ONLY_STAGE,),
            deals=_deals(deals, ends),
            visits=Visits(stays.deal, stays.stage, stays.entered.day, stays.left.day, stays.exit),
            money=self.contract.money,
            observed_from=min(first, as_of),
            as_of=max(as_of, last + 1),
            timezone=self.contract.timezone,
        )
        known = whole.known_at(as_of)
        return known, self.report(known)

    def _known(self, deals: DealRows, stays: Stays, ends: Ends) -> tuple[DealRows, Stays, Ends]:
        """Return deals of which something is known: a stay or an end."""
        findings = self.findings
        has_stays = np.zeros(len(deals), bool)
        has_stays[stays.deal] = True
        findings.mark("first_seen_closed", deals.id, ~has_stays & (ends.outcome != OPEN), KEPT)
        is_blank = ~has_stays & (ends.outcome == OPEN)
        findings.mark("deals_without_visits", deals.id, is_blank, DROPPED)
        first = no_stamps(len(deals))
        rows = np.flatnonzero(np.append(True, stays.deal[1:] != stays.deal[:-1])[: len(stays)])
        first.at[stays.deal[rows]], first.day[stays.deal[rows]] = stays.entered.at[rows], stays.entered.day[rows]
        first = ends.closed.where(~has_stays, first)
        late = deals.created.is_there & first.is_there & (first.day < deals.created.day)
        findings.mark("created_after_first_stage", deals.id, late, KEPT)
        findings.mark(
            "closed_before_created", deals.id, deals.created.is_there & (ends.closed.day < deals.created.day), KEPT
        )
        if DEALS in self.frames and self.frames[DEALS].has("created"):
            findings.mark("no_created", deals.id, ~deals.created.is_there & ~is_blank, KEPT)
        deals = replace(deals, created=deals.created.where(deals.created.is_there, first))
        if not is_blank.any():
            return deals, stays, ends
        number = np.cumsum(~is_blank) - 1
        kept = Ends(ends.outcome[~is_blank], ends.closed.rows(~is_blank), ends.reason[~is_blank])
        return deals.rows(~is_blank), replace(stays, deal=number[stays.deal]), kept

    def _refuse_future(self, last: int) -> None:
        today = datetime.now(zone(self.contract.timezone)).date()
        if last > day_of(today):
            told = f"the records hold stamps up to {date_of(last)}, after today; state observed: FROM..TO"
            raise InputError.of(told, "observed")

    def _tell_future(self, deals: DealRows, stays: Stays, ends: Ends, as_of: int) -> None:
        ids, of = deals.id, deals.id[stays.deal]
        findings = self.findings
        is_ahead = (stays.left.day >= as_of) & (stays.left.day != NEVER) & (stays.entered.day < as_of)
        findings.mark("future_dates", ids, deals.created.day >= as_of, DROPPED)
        findings.mark("future_entries", of, stays.entered.day >= as_of, DROPPED)
        findings.mark("future_exits", of, is_ahead, OPENED)

    def _first_day(self, deals: DealRows, stays: Stays) -> int:
        if self.contract.observed_from is not None:
            return day_of(self.contract.observed_from)
        days = stays.entered.day if len(stays) else deals.created.day
        self.findings.note("observed_from_records")
        return int(days.min()) if len(days) else 0

    def report(self, history: History) -> ImportReport:
        """Return what was found."""
        for kind, frame in self.frames.items():
            self.findings.tables.append(TableRead(kind, frame.source, frame.rows, frame.left_out))
        for kind in SHAPES:
            if kind in self.frames and (n := self.frames[kind].left_out.get("no_deal")):
                self.findings.tell("visits_without_deal", n, [], DROPPED)
        deals, visits = history.deals, history.visits
        counts = np.bincount(visits.stage, minlength=len(history.stages))
        exits = {"won": int((deals.outcome == WON).sum())}
        lost, n_lost = np.unique(deals.reason[deals.outcome == LOST].astype(str), return_counts=True)
        exits |= {str(name): int(n) for name, n in zip(lost, n_lost, strict=True)}
        changes = history.changes
        if changes is None:
            self.findings.note("static_amounts")
        return ImportReport(
            tables=tuple(self.findings.tables),
            n_deals=len(deals), n_visits=len(visits),
            n_won=exits["won"], n_lost=int(n_lost.sum()), n_open=int((deals.outcome == OPEN).sum()),
            n_changes=0 if changes is None else len(changes.day),
            stages={name: int(n) for name, n in zip(history.stages, counts, strict=True)},
            exits=exits | {"open": int((deals.outcome == OPEN).sum())},
            first=date_of(history.observed_from), last=date_of(history.as_of - 1),
            timezone=history.timezone, currency=history.money.currency, unit=history.money.unit,
            shape=self.contract.shape or DEALS, snapshot_gap_days=history.snapshot_gap_days,
            defects=tuple(self.findings.defects), notes=tuple(self.findings.notes),
        )  # fmt: skip


def _deals(deals: DealRows, ends: Ends) -> Deals:
    return Deals(
        deals.id, deals.created.day, ends.closed.day, ends.outcome, ends.reason, deals.amount,
        deals.expected.day, deals.owner, deals.segment, deals.source,
    )  # fmt: skip


def _no_stays() -> Stays:
    blank = np.zeros(0, np.int64)
    return Stays(blank, blank, no_stamps(0), blank, no_stamps(0), np.zeros(0, object))


def _closed_where_left(deals: DealRows, moves: Moves, left: Stamps) -> DealRows:
    """Return deals that closed on the day the last stay ended, where the deals table states no day.

    Raises
    ------
    InputError
        If stays ended and nothing tells where to.
    """
    order = np.lexsort((moves.at.at, moves.deal))
    last = order[np.append(moves.deal[order][1:] != moves.deal[order][:-1], True)[: len(order)]]
    last = last[(moves.to[last] >= 0) & left.is_there[last]]
    deal = moves.deal[last]
    is_untold = deals.outcome[deal] == NOTHING
    if is_untold.any():
        ids = ", ".join(str(one) for one in deals.id[deal[is_untold]][:3])
        told = f"{int(is_untold.sum()):,} deals left their last stage, and nothing says where to ({ids}, ..)"
        raise InputError.of(f"{told}; name the column of the exit, or of the deals' outcome", VISITS, "exit")
    end = no_stamps(len(deals))
    end.at[deal], end.day[deal] = left.at[last], left.day[last]
    return replace(deals, closed=deals.closed.where(deals.closed.is_there, end))
