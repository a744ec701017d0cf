"""Dated copies of the records -> moves: a stage that differs from the copy before is a move between the two.

The day of such a move is known to within the gap between copies; it counts from the copy that shows it, or from the day
of entry where the copy states one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import numpy as np

from funnelsim.errors import InputError, Problem
from funnelsim.history.changes import Values
from funnelsim.history.deals import DealRows, note_zones, read_amounts
from funnelsim.history.findings import DROPPED, KEPT, Findings
from funnelsim.history.frames import Frame
from funnelsim.history.moves import Moves
from funnelsim.history.names import NOTHING, UNKNOWN, Names
from funnelsim.history.record import AMOUNT, EXPECTED_CLOSE, LOST, OPEN, WON, Floats, Ints, Texts, day_of
from funnelsim.history.shapes import Link, count_out, texts_of
from funnelsim.history.stamps import Stamps, midnight, no_stamps, read_stamps, rows_of
from funnelsim.model.contract import SNAPSHOTS, Contract

VANISHED = "vanished"
_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})([-_.]?)(\d{2})\2(\d{2})(?!\d)")


@dataclass(frozen=True)
class Copies:
    """One row per deal and copy, by deal and day; arrays of shape (row,)."""

    deal: Ints
    at: Stamps
    stage: Ints
    entered: Stamps
    created: Stamps
    expected: Stamps
    amount: Floats
    label: Texts
    owner: Texts
    segment: Texts
    source: Texts

    def __len__(self) -> int:
        return len(self.deal)


def read_copies(frame: Frame, names: Names, link: Link, contract: Contract, findings: Findings) -> Copies:
    """Return the rows of dated copies, each deal once a copy.

    Raises
    ------
    InputError
        With all problems of dates and amounts; also where a file's name holds no date.
    """
    home, problems, stamps = contract.timezone, list[Problem](), dict[str, Stamps]()
    for name in ("as_of", "entered", "created", "expected_close"):
        try:
            stamps[name] = copy_dates(frame, home) if name == "as_of" else read_stamps(frame, name, home)
        except InputError as error:
            problems += error.problems
    try:
        amount = read_amounts(frame, "amount", contract)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    note_zones(findings, frame, *(stamps[name] for name in stamps if name != "as_of" or not frame.part.dated_by_name))
    stage = names.read(frame, "stage")
    texts = (texts_of(frame, name) for name in ("stage", "owner", "segment", "source"))
    copies = Copies(
        link(frame, "deal"), stamps["as_of"], stage, stamps["entered"], stamps["created"], stamps["expected_close"],
        amount, *texts,
    )  # fmt: skip
    return _once(_kept(copies, frame), findings)


def copy_dates(frame: Frame, home: str) -> Stamps:
    """Return the day of the copy of each row.

    Raises
    ------
    InputError
        With all problems of the dates; also where a file's name holds none.
    """
    return _dates_of_names(frame, home) if frame.part.dated_by_name else read_stamps(frame, "as_of", home)


def gap_days(copies: Copies) -> int:
    """Return the largest number of days between two copies."""
    days = np.unique(copies.at.day)
    return int(np.diff(days).max()) if len(days) > 1 else 0


def moves_of(copies: Copies, deals: DealRows, contract: Contract, findings: Findings) -> Moves:
    """Return the moves between copies, and what became of deals that later copies no longer show.

    Raises
    ------
    InputError
        If deals vanish and the contract does not say what that means.
    """
    is_first = np.append(True, copies.deal[1:] != copies.deal[:-1])[: len(copies)]
    is_moved = is_first | np.append(True, copies.stage[1:] != copies.stage[:-1])[: len(copies)]
    at = _days_of_moves(copies, is_first, is_moved, deals, findings)
    nothing = np.full(len(copies), NOTHING, np.int64)
    moves = rows_of(Moves(copies.deal, at, copies.stage, nothing, copies.label), is_moved)
    return _with_vanished(moves, copies, deals, contract, findings)


def deals_of(copies: Copies, ids: Texts) -> DealRows:
    """Return what the last copy of each deal says."""
    last = np.flatnonzero(np.append(copies.deal[1:] != copies.deal[:-1], True)[: len(copies)])
    is_known = np.zeros(len(ids), bool)
    is_known[copies.deal[last]] = True
    rows = np.zeros(len(ids), np.int64)
    rows[copies.deal[last]] = last
    found = rows_of(copies, rows) if len(copies) else copies
    n, never = len(ids), no_stamps(len(ids))
    nothing = np.full(n, NOTHING, np.int64)
    return DealRows(
        ids, found.created.where(is_known, never), never, found.expected.where(is_known, never), nothing, nothing,
        np.full(n, "", object), np.where(is_known, found.amount, np.nan), found.owner, found.segment, found.source,
    )  # fmt: skip


def values_of(copies: Copies, frame: Frame) -> list[Values]:
    """Return the amounts and expected dates that the copies state."""
    found = []
    if frame.has("amount"):
        found.append(Values(AMOUNT, copies.deal, copies.at, copies.amount))
    if frame.has("expected_close"):
        found.append(Values(EXPECTED_CLOSE, copies.deal, copies.at, copies.expected.as_numbers()))
    return found


def _dates_of_names(frame: Frame, home: str) -> Stamps:
    found = [(piece, _day_in(piece.name.rpartition("/")[2])) for piece in frame.pieces]
    told = "no date in the name of the file, such as deals-2026-03-01.csv; name the column as_of instead"
    problems = [Problem((SNAPSHOTS, "as_of"), told, piece.name) for piece, day in found if day is None]
    if problems:
        raise InputError(problems)
    days = [np.full(piece.rows, day or 0, np.int64) for piece, day in found]
    return midnight(np.concatenate(days)[frame.cells.index.to_numpy()], home)


def _day_in(name: str) -> int | None:
    found = _DATE.search(name)
    try:
        return day_of(date(int(found[1]), int(found[3]), int(found[4]))) if found else None
    except ValueError:
        return None


def _kept(copies: Copies, frame: Frame) -> Copies:
    is_kept = np.ones(len(copies), bool)
    for why, is_out in (
        ("unmapped", copies.stage == UNKNOWN),
        ("no_stage", np.isin(copies.stage, (NOTHING, OPEN))),
        ("no_date", ~copies.at.is_there),
        ("no_deal", copies.deal < 0),
    ):
        count_out(frame, why, is_kept & is_out)
        is_kept &= ~is_out
    return rows_of(copies, is_kept)


def _once(copies: Copies, findings: Findings) -> Copies:
    """Return the rows by deal and day, the first row of a deal in each copy."""
    copies = rows_of(copies, np.lexsort((np.arange(len(copies)), copies.at.at, copies.deal)))
    is_again = (copies.deal[1:] == copies.deal[:-1]) & (copies.at.at[1:] == copies.at.at[:-1])
    is_again = np.append(False, is_again)[: len(copies)]
    if is_again.any():
        findings.tell("twice_in_a_copy", int(is_again.sum()), [], DROPPED)
    return rows_of(copies, ~is_again)


def _days_of_moves(
    copies: Copies, is_first: np.ndarray, is_moved: np.ndarray, deals: DealRows, findings: Findings
) -> Stamps:
    """Return when each move took place: the stated day of entry, else the copy that first shows it."""
    before = np.append(np.iinfo(np.int64).min, copies.at.at[:-1])[: len(copies)]
    before = np.where(is_first, np.iinfo(np.int64).min, before)
    is_stated = copies.entered.is_there & (copies.entered.at > before) & (copies.entered.day <= copies.at.day)
    at = copies.entered.where(is_stated, copies.at)
    is_odd = is_moved & copies.entered.is_there & ~is_stated
    of = deals.id[copies.deal]
    findings.mark("entered_outside_gap", of, is_odd, KEPT)
    created = deals.created.rows(copies.deal)
    can_date = is_first & ~is_stated & (copies.stage == 0) & created.is_there & (created.day <= copies.at.day)
    at = created.where(can_date, at)
    opening = copies.at.day == copies.at.day.min() if len(copies) else np.zeros(0, bool)
    findings.mark("entered_before_record", of, is_first & opening & ~is_stated & ~can_date, KEPT)
    return at


def _with_vanished(moves: Moves, copies: Copies, deals: DealRows, contract: Contract, findings: Findings) -> Moves:
    last = np.flatnonzero(np.append(copies.deal[1:] != copies.deal[:-1], True)[: len(copies)])
    days = np.unique(copies.at.day)
    is_told = np.isin(deals.outcome, (WON, LOST)) & deals.closed.is_there
    is_gone = (copies.at.day[last] < days.max()) & (copies.stage[last] >= 0) if len(last) else np.zeros(0, bool)
    gone = last[is_gone & ~is_told[copies.deal[last]]]
    deal = copies.deal[gone]
    if not len(gone):
        return moves
    if not contract.vanished:
        ids = ", ".join(str(one) for one in deals.id[deal][:3])
        told = f"{len(gone):,} deals are open in one copy and missing from the next ({ids}, ..); "
        raise InputError.of(told + "state vanished: lost, or vanished: drop", SNAPSHOTS)
    if contract.vanished == "drop":
        findings.tell("vanished", len(gone), list(deals.id[deal]), DROPPED)
        return rows_of(moves, ~np.isin(moves.deal, deal))
    findings.tell("vanished", len(gone), list(deals.id[deal]), "lost")
    day = days[np.searchsorted(days, copies.at.day[gone], side="right")]
    end, n = midnight(day, contract.timezone), len(gone)
    lost, nothing, label = np.full(n, LOST), np.full(n, NOTHING), np.full(n, VANISHED, object)
    return Moves(
        np.append(moves.deal, deal), moves.at.then(end), np.append(moves.to, lost), np.append(moves.before, nothing),
        np.append(moves.label, label),
    )  # fmt: skip
