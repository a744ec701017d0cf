"""Amounts and expected dates that moved: from a log of changes, or from what events and copies state each time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from funnelsim.errors import InputError, Problem
from funnelsim.history.deals import DealRows, note_zones, read_amounts
from funnelsim.history.findings import KEPT, Findings
from funnelsim.history.frames import Frame
from funnelsim.history.record import AMOUNT, EXPECTED_CLOSE, Changes, Floats, Ints
from funnelsim.history.shapes import Link, count_out
from funnelsim.history.stamps import Stamps, read_stamps
from funnelsim.model.contract import Contract

FIELDS = {"amount": AMOUNT, "expected_close": EXPECTED_CLOSE}
CALLS = ("category", "probability")  # read elsewhere


@dataclass(frozen=True)
class Values:
    """What one field was stated to be; arrays of shape (row,).

    Parameters
    ----------
    value : float array
        Not a number where nothing is stated.
    before : float array, optional
        What it was until then, where a log says so.
    """

    field: int
    deal: Ints
    at: Stamps
    value: Floats
    before: Floats | None = None
    is_log: bool = False


def read_values(frame: Frame, link: Link, contract: Contract, findings: Findings) -> list[Values]:
    """Return the values in a log of changes.

    Raises
    ------
    InputError
        With all problems of its dates and amounts.
    """
    deal, text = link(frame, "deal"), frame.text("field")
    meaning = {name: name for name in (*FIELDS, *CALLS)} | dict(frame.part.fields)
    field = text.map(meaning).fillna("")
    count_out(frame, "no_deal", deal < 0)
    count_out(frame, "other_field", (field == "").to_numpy(bool) & (deal >= 0))
    found, problems = [], list[Problem]()
    for name in FIELDS:
        is_here = (field == name).to_numpy(bool) & (deal >= 0)
        part = Frame(frame.part, frame.cells[is_here], frame.pieces)
        try:
            found.append(_logged(part, deal[is_here], name, contract, findings))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def event_values(frame: Frame, deal: Ints, at: Stamps, contract: Contract) -> list[Values]:
    """Return the amounts and expected dates that a log of events states beside each move.

    Raises
    ------
    InputError
        With all problems of these columns.
    """
    found, problems = [], list[Problem]()
    is_here = (deal >= 0) & at.is_there
    for name, field in FIELDS.items():
        if not frame.has(name):
            continue
        try:
            value = _numbers(frame, name, name, contract)
            found.append(Values(field, deal[is_here], at.rows(is_here), value[is_here]))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def changes_of(values: list[Values], deals: DealRows, findings: Findings) -> tuple[Changes, DealRows]:
    """Return the changes among stated values, and the deals with the last value where they state none."""
    parts = []
    amount, expected = deals.amount.copy(), deals.expected.as_numbers()
    for one in values:
        order = np.lexsort((np.arange(len(one.deal)), one.at.at, one.deal))
        deal, day, value = one.deal[order], one.at.day[order], one.value[order]
        is_first = np.append(True, deal[1:] != deal[:-1])[: len(deal)]
        before = np.where(is_first, np.nan, np.append(np.nan, value[:-1])[: len(deal)])
        if one.before is not None:
            before = np.where(np.isfinite(one.before[order]), one.before[order], before)
        is_same = (before == value) | (np.isnan(before) & np.isnan(value))
        is_change = ~is_same & (~is_first | one.is_log)
        last = np.flatnonzero(np.append(deal[1:] != deal[:-1], True)[: len(deal)])
        stated = amount if one.field == AMOUNT else expected
        blank = last[~np.isfinite(stated[deal[last]])]
        stated[deal[blank]] = value[blank]
        n = int(is_change.sum())
        field = np.full(n, one.field, np.int64)
        parts.append((deal[is_change], day[is_change], field, value[is_change], before[is_change]))
        name = "amount_changes" if one.field == AMOUNT else "date_changes"
        findings.mark(name, deals.id[deal], is_change, KEPT)
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    from dataclasses import replace

    moved = replace(deals, amount=amount, expected=Stamps.of_numbers(expected, deals.expected))
    return Changes(*columns), moved


def _logged(frame: Frame, deal: Ints, name: str, contract: Contract, findings: Findings) -> Values:
    at = read_stamps(frame, "at", contract.timezone)
    note_zones(findings, frame, at)
    value = _numbers(frame, "value", name, contract)
    before = _numbers(frame, "before", name, contract) if frame.has("before") else None
    return Values(FIELDS[name], deal, at, value, before, is_log=True)


def _numbers(frame: Frame, column: str, name: str, contract: Contract) -> Floats:
    if name == "amount":
        return read_amounts(frame, column, contract)
    return read_stamps(frame, column, contract.timezone).as_numbers()
