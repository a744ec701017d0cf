"""Tables -> a history and a report of what was found: the one way in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from funnelsim.errors import InputError, Problem
from funnelsim.history.changes import Values, changes_of, event_values, read_values
from funnelsim.history.deals import DealRows, bare_deals, read_deals
from funnelsim.history.findings import DROPPED, KEPT, OPENED, Findings, ImportReport, TableRead
from funnelsim.history.frames import Frame, Read, read_frame
from funnelsim.history.moves import Moves, stays_of
from funnelsim.history.names import NOTHING, Names
from funnelsim.history.record import LOST, OPEN, WON, Changes, History, Texts, day_of
from funnelsim.history.recording import Material, end_of_record, history_of, report_of
from funnelsim.history.sayings import Reader, Sayings, calls_of
from funnelsim.history.shapes import Link, linker, read_entries, read_events, read_milestones, read_stays
from funnelsim.history.snapshots import deals_of, gap_days, moves_of, read_copies, values_of
from funnelsim.history.stamps import Stamps, midnight, no_stamps
from funnelsim.history.stays import Ends, Stays, ends_of, settle, sorted_stays, tell_oddities
from funnelsim.model.contract import CHANGES, DEALS, MILESTONES, SHAPES, SNAPSHOTS, VISITS, Contract

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
    desk, steps = Desk(contract, Names(contract, allow_unmapped)), len(contract.parts) + 2
    report = on_progress or _silent
    for n, kind in enumerate(contract.parts):
        desk.open(kind, read)
        report(n + 1, steps)
    desk.stop_if_wrong()
    made = desk.material()
    report(steps - 1, steps)
    history = history_of(made, contract, desk.findings)
    desk.tell_tables()
    desk.refuse_nothing(history)
    report(steps, steps)
    return history, report_of(history, contract, desk.findings)


def _silent(_done: int, _all: int) -> None:
    """Say nothing."""


@dataclass
class Desk:
    """One import: the tables opened, the problems and findings so far."""

    contract: Contract
    names: Names
    frames: dict[str, Frame] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    problems: list[Problem] = field(default_factory=list)
    said: list[Sayings] = field(default_factory=list)

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
            self.problems += [p if p.place and not p.path else p.under(kind) for p in error.problems]

    def material(self) -> Material:
        """Return deals, stays, ends, changes and calls out of the tables."""
        made = self._moved()
        return replace(made, calls=calls_of(self.said, self.contract))

    def _moved(self) -> Material:
        deals = None
        if DEALS in self.frames:
            deals = self.collect(lambda: read_deals(self.frames[DEALS], self.names, self.contract, self.findings))
        link, known = linker(None if deals is None else deals.id)
        if not self.contract.shape:
            values = self._logged(link)
            self.stop_if_wrong()
            return self._deals_only(deals or bare_deals(np.zeros(0, object)), values)
        if self.contract.shape == VISITS and self.frames[VISITS].has("exit"):
            return self._of_stays(deals, link, known)
        if self.contract.shape == SNAPSHOTS:
            return self._of_copies(deals, link, known)
        return self._of_moves(deals, link, known)

    def tell_tables(self) -> None:
        """Tell the rows read and left out of every table."""
        for kind, frame in self.frames.items():
            self.findings.tables.append(TableRead(kind, frame.source, frame.rows, frame.left_out))
            if kind in SHAPES and (n := frame.left_out.get("no_deal")):
                self.findings.tell("visits_without_deal", n, [], DROPPED)

    def refuse_nothing(self, history: History) -> None:
        """Raise if no deal is left."""
        if not len(history.deals):
            rows = ", ".join(f"{t.part} {t.rows:,} rows {t.left_out or ''}".strip() for t in self.findings.tables)
            lost = ", ".join(f"{d.name} {d.count:,}" for d in self.findings.defects)
            told = f"no deal is left: {rows}{'; ' + lost if lost else ''}; check columns, where and observed"
            raise InputError.of(told)

    def _logged(self, link: Link) -> list[Values]:
        """Return what a log of changes states; calls on deals are kept for later."""
        reader = Reader(self.contract, self.names.allow_unmapped, self.findings)
        self.said = self.collect(lambda: reader.read(self.frames, link)) or []
        if CHANGES not in self.frames:
            return []
        frame = self.frames[CHANGES]
        return self.collect(lambda: read_values(frame, link, self.contract, self.findings)) or []

    def _changed(self, values: list[Values], deals: DealRows) -> tuple[Changes | None, DealRows]:
        stated = [one for one in values if len(one.deal)]
        return changes_of(stated, deals, self.findings) if stated else (None, deals)

    def _of_stays(self, deals: DealRows | None, link: Link, known: list[Texts]) -> Material:
        frame, findings = self.frames[VISITS], self.findings
        stays = self.collect(lambda: read_stays(frame, self.names, link, self.contract.timezone, findings))
        values = self._logged(link)
        self.stop_if_wrong()
        deals = bare_deals(known[0]) if deals is None else deals
        changes, deals = self._changed(values, deals)
        stays = sorted_stays(stays or _no_stays(), deals.id, findings)
        as_of = end_of_record(self.contract, stays.entered.day, stays.left.day)
        stays = settle(stays, deals.id, as_of, findings)
        stays = self._ended_by_deals(deals, stays)
        tell_oddities(stays, deals.id, findings)
        return Material(deals, stays, self._ends(deals, stays), changes)

    def _of_moves(self, deals: DealRows | None, link: Link, known: list[Texts]) -> Material:
        kind, home = self.contract.shape, self.contract.timezone
        frame, names, findings = self.frames[kind], self.names, self.findings
        left: Stamps | None = None
        moves: Moves | None = None
        values: list[Values] = []
        if kind == VISITS:
            moves, left = self.collect(lambda: read_entries(frame, names, link, home, findings)) or (None, None)
        elif kind == MILESTONES:
            moves = self.collect(lambda: read_milestones(frame, names, link, home, findings))
        else:
            read = self.collect(lambda: read_events(frame, names, link, home, findings))
            if read is not None:
                moves, deal, at = read
                values = self.collect(lambda: event_values(frame, deal, at, self.contract)) or []
        values += self._logged(link)
        self.stop_if_wrong()
        deals = bare_deals(known[0]) if deals is None else deals
        if left is not None and moves is not None:
            deals = _closed_where_left(deals, moves, left)
        changes, deals = self._changed(values, deals)
        stays, ends = stays_of(moves or _no_moves(), deals, self._start(moves), findings)
        tell_oddities(stays, deals.id, findings)
        return Material(deals, stays, ends, changes)

    def _of_copies(self, deals: DealRows | None, link: Link, known: list[Texts]) -> Material:
        frame, findings = self.frames[SNAPSHOTS], self.findings
        copies = self.collect(lambda: read_copies(frame, self.names, link, self.contract, findings))
        values = self._logged(link)
        self.stop_if_wrong()
        if copies is None:
            raise InputError(self.problems)
        deals = deals_of(copies, known[0]) if deals is None else deals
        changes, deals = self._changed([*values_of(copies, frame), *values], deals)
        moves = moves_of(copies, deals, self.contract, findings)
        stays, ends = stays_of(moves, deals, None, findings)
        tell_oddities(stays, deals.id, findings)
        return Material(deals, stays, ends, changes, gap_days(copies))

    def _start(self, moves: Moves | None) -> Stamps | None:
        """Return where the record begins: the day stated, or the first move."""
        if (first := self.contract.observed_from) is not None:
            return midnight(np.array([day_of(first)]), self.contract.timezone)
        return moves.at.rows(np.array([int(np.argmin(moves.at.at))])) if moves else None

    def _ends(self, deals: DealRows, stays: Stays) -> Ends:
        """Return how each deal stands: by its last stay, or by the deals table where it has none."""
        ends, has_stays = ends_of(stays, len(deals)), np.zeros(len(deals), bool)
        has_stays[stays.deal] = True
        differs = has_stays & np.isin(deals.outcome, (WON, LOST, OPEN)) & (deals.outcome != ends.outcome)
        self.findings.mark("outcome_disagrees", deals.id, differs, KEPT)
        is_stated = np.isin(deals.outcome, (WON, LOST)) & deals.closed.is_there
        # an end that the deals table states as late as the moves or later is a correction, and the last word
        is_corrected = differs & is_stated & (ends.outcome != OPEN) & (deals.closed.day >= ends.closed.day)
        silent = (~has_stays & is_stated) | is_corrected
        outcome = np.where(silent, deals.outcome, ends.outcome)
        return Ends(outcome, deals.closed.where(silent, ends.closed), np.where(silent, deals.reason, ends.reason))

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

    def _deals_only(self, deals: DealRows, values: list[Values]) -> Material:
        """Return one stay a deal, from its creation to its end."""
        findings, ids = self.findings, deals.id
        is_over = np.isin(deals.outcome, (WON, LOST))
        no_start, no_end = ~deals.created.is_there, is_over & ~deals.closed.is_there
        findings.mark("no_created", ids, no_start, DROPPED)
        findings.mark("closed_without_date", ids, no_end & ~no_start, DROPPED)
        is_back = is_over & ~no_start & ~no_end & (deals.closed.at < deals.created.at)
        findings.mark("closed_before_created", ids, is_back, DROPPED)
        findings.mark("open_with_end", ids, ~is_over & ~no_start & deals.closed.is_there, OPENED)
        changes, deals = self._changed(values, deals)
        rows = np.flatnonzero(~(no_start | no_end | is_back))
        closed = deals.closed.where(is_over, no_stamps(len(deals)))
        outcome = np.where(is_over, deals.outcome, OPEN)
        findings.mark("zero_length", ids[rows], (is_over & (closed.at == deals.created.at))[rows], KEPT)
        stage, reason = np.zeros(len(rows), np.int64), np.where(is_over, deals.reason, "")
        stays = Stays(rows, stage, deals.created.rows(rows), outcome[rows], closed.rows(rows), reason[rows])
        return Material(deals, stays, ends_of(stays, len(deals)), changes)


def _no_stays() -> Stays:
    blank = np.zeros(0, np.int64)
    return Stays(blank, blank, no_stamps(0), blank, no_stamps(0), np.zeros(0, object))


def _no_moves() -> Moves:
    blank = np.zeros(0, np.int64)
    return Moves(blank, no_stamps(0), blank, blank, np.zeros(0, object))


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
